# SPDX-License-Identifier: Apache-2.0
"""A guest: the actor that owns one domain's documents, process, monitor, agent and state.

Held state answers most questions; only this module's owner, the lifecycle modules (`launch`, `shutdown`, `recovery`)
and `qmp_events` change it. Operations reach it through `Guests` and change it inside a job (`guest.jobs`).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from manor.constants import (
    DomainAgentResponseTimeoutValues,
    DomainPausedReason,
    DomainRunningReason,
    DomainShutoffReason,
    DomainState,
)
from manor.drivers.interface import Session
from manor.drivers.qemu.agent import Agent
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.jobs import Jobs
from manor.drivers.qemu.monitor import Monitor
from manor.drivers.qemu.paths import GuestPaths
from manor.drivers.qemu.trees import TREES
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import DomainRef
from manor.schema.domain import Domain
from manor.system.process import Process
from manor.system.process_stat import process_cpu_time
from manor.system.undo import Undo

if TYPE_CHECKING:
    from manor.drivers.qemu.groups import GuestGroup

_error = reporter(ErrorDomain.DOMAIN)


class Running(msgspec.Struct, eq=False):
    """What exists only while QEMU runs.

    `document` is the live document (aliases, addresses, ports filled in); `cleanup` holds the undo of every host
    change made for this run and unwinds when the run ends, in reverse order. `tasks` belong to this run (agent
    connection, watchers) and are cancelled with it. `pause_reason` and `resume_reason` are what an operation expects
    QEMU's next STOP and RESUME events to mean. `device_cleanup` undoes the host's part of devices plugged into the
    run, `removals` are clean-ups after devices the guest let go of; both by alias. `clock_adjustment` is the offset in
    seconds the clock started with. `cpu_path` is the first vCPU in QEMU's object tree, `original_cpu` the document's
    CPU before what QEMU made of it was added. `destroyed`: the run ends because somebody said so. `group` is the
    guest's control group, None where it has none.
    """

    id: int
    document: Domain
    caps: QemuCaps
    paths: GuestPaths
    process: Process
    monitor: Monitor
    cleanup: Undo
    group: GuestGroup | None = None
    agent: Agent | None = None
    agent_timeout: int = DomainAgentResponseTimeoutValues.BLOCK
    vcpu_pids: dict[int, int] = msgspec.field(default_factory=dict)
    cpu_path: str = ""
    original_cpu: str = ""
    halted: dict[int, bool] = msgspec.field(default_factory=dict)
    consoles: dict[str, asyncio.Future[None]] = msgspec.field(default_factory=dict)
    disk_errors: dict[str, int] = msgspec.field(default_factory=dict)
    messages: list[str] = msgspec.field(default_factory=list)
    device_cleanup: dict[str, Undo] = msgspec.field(default_factory=dict)
    removals: dict[str, asyncio.Future[None]] = msgspec.field(default_factory=dict)
    balloon_kib: int | None = None
    pause_reason: DomainPausedReason | None = None
    resume_reason: DomainRunningReason | None = None
    shutdown_seen: bool = False
    fake_reboot: bool = False
    ending: bool = False
    destroyed: bool = False
    ended: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    clock_adjustment: int = 0
    ports: list[int] = msgspec.field(default_factory=list)
    autodestroy: Session | None = None
    tasks: set[asyncio.Task[None]] = msgspec.field(default_factory=set)

    def cpu_time_ns(self) -> int:
        """CPU time QEMU has used, in ns; 0 once it is gone."""
        return process_cpu_time(self.process.pid)

    def spawn(self, task: asyncio.Task[None]) -> None:
        """Keep a task of this run alive until it ends or the run does."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


@dataclass(slots=True, eq=False)
class Guest:
    """One domain, persistent (`definition`), running (`running`) or both.

    `stored` is the definition as its text in the store: a daemon with thousands of definitions neither parses all of
    them nor keeps their trees. `state` and `reason` are virDomainState and the reason enum of that state;
    `state_since` is in monotonic seconds.
    """

    name: str
    uuid: bytes
    stored: str | None = None
    running: Running | None = None
    state: DomainState = DomainState.SHUTOFF
    reason: int = DomainShutoffReason.UNKNOWN
    state_since: float = field(default_factory=time.monotonic)
    autostart: bool = False
    autostart_once: bool = False
    managed_save: bool = False
    updated: bool = False
    jobs: Jobs = field(init=False)
    _ref: DomainRef | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.name)

    @property
    def key(self) -> str:
        """The guest's key in the store: its UUID in text."""
        return str(UUID(bytes=self.uuid))

    @property
    def ref(self) -> DomainRef:
        """The reference clients hold."""
        number = self.id
        known = self._ref
        # Kept, since listings give thousands of them again and again.
        if known is None or known.id != number or known.name is not self.name:
            known = self._ref = DomainRef(self.name, self.uuid, number)
        return known

    @property
    def id(self) -> int:
        """The running guest's id, -1 while it does not run."""
        return self.running.id if self.running is not None else -1

    @property
    def active(self) -> bool:
        """Whether QEMU runs."""
        return self.running is not None

    @property
    def persistent(self) -> bool:
        """Whether a definition outlives the run."""
        return self.stored is not None

    @property
    def definition(self) -> Domain | None:
        """The definition; documents are replaced by changed copies, never changed in place."""
        return None if self.stored is None else TREES.of(self.stored)

    def define(self, document: Domain, text: str) -> None:
        """Have another definition; `text` is how it is stored."""
        self.stored = text
        TREES.keep(text, document)

    @property
    def document(self) -> Domain:
        """The document that describes the guest now: the live one, else the definition."""
        if self.running is not None:
            return self.running.document
        definition = self.definition
        if definition is None:
            raise _error(ErrorNumber.INTERNAL_ERROR, f"domain '{self.name}' has neither definition nor process")
        return definition

    def set_state(self, state: DomainState, reason: int) -> None:
        """Record a change of state."""
        self.state, self.reason = state, reason
        self.state_since = time.monotonic()

    def set_running(self, reason: DomainRunningReason) -> None:
        """The vCPUs run."""
        self.set_state(DomainState.RUNNING, reason)

    def set_paused(self, reason: DomainPausedReason) -> None:
        """The vCPUs are stopped."""
        self.set_state(DomainState.PAUSED, reason)

    def require_active(self) -> Running:
        """The running side; VIR_ERR_OPERATION_INVALID "domain is not running" without one."""
        if self.running is None:
            raise _error(ErrorNumber.OPERATION_INVALID, "domain is not running")
        return self.running

    def require_persistent(self) -> Domain:
        """The definition; VIR_ERR_OPERATION_INVALID for a transient domain."""
        definition = self.definition
        if definition is None:
            raise _error(ErrorNumber.OPERATION_INVALID, "transient domains do not have any persistent config")
        return definition
