# SPDX-License-Identifier: Apache-2.0
"""What a control group can be told and asked, whichever version of the kernel's interface is below.

A group knows only the controllers of its version.  `manor.system.cgroup.Cgroup` puts the two together.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from manor.constants import ErrorNumber
from manor.system.cgroup_files import Controller, error

#: A memory limit that is none, in KiB: VIR_DOMAIN_MEMORY_PARAM_UNLIMITED.
UNLIMITED: Final = 9007199254740991

#: A CPU quota that is none, in µs.
NO_QUOTA: Final = -1

#: Limits of the CPU parameters in libvirt's checks.
PERIOD_RANGE: Final = (1000, 1_000_000)
QUOTA_RANGE: Final = (1000, 17592186044415)


class Throttle(StrEnum):
    """A limit on block I/O: bytes or operations per second, by the names of version 2's io.max."""

    READ_BYTES = "rbps"
    WRITE_BYTES = "wbps"
    READ_OPERATIONS = "riops"
    WRITE_OPERATIONS = "wiops"


class CpuUsage(msgspec.Struct, frozen=True):
    """CPU time used by a group, in ns."""

    total: int
    user: int
    system: int


class Group(ABC):
    """One group in one version's hierarchies.

    Getters and setters raise SYSTEM_ERROR when the kernel refuses, in libvirt's words; the caller has made
    sure that the controller is there.
    """

    #: The range CPU shares must be in.
    shares_range: tuple[int, int]

    # -- existence and members -------------------------------------------------------------------------

    @abstractmethod
    def create(self, controllers: Iterable[Controller], *, threads: bool) -> list[Path]:
        """Make the group, and what is above it; returns the directories made, outermost first.

        With `threads`, the group is to hold single threads of the processes of the group above it.
        """

    @abstractmethod
    def remove(self) -> None:
        """Remove the group and those below it; one that is not there is no error."""

    @abstractmethod
    def children(self) -> set[str]:
        """The names of the groups below."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether any part of the group is there."""

    @abstractmethod
    def add_process(self, pid: int) -> None:
        """Move a process, with all its threads."""

    @abstractmethod
    def add_thread(self, tid: int) -> None:
        """Move one thread."""

    @abstractmethod
    def enter(self, controllers: Collection[Controller]) -> bool:
        """Move the calling thread, as far as these controllers go, so that what it starts is in the group.

        Whether that can be done; where it cannot, the process is moved when it runs.
        """

    @abstractmethod
    def leave(self) -> None:
        """Move the calling thread to the group above."""

    @abstractmethod
    def require(self, controllers: Iterable[Controller]) -> None:
        """Raise SYSTEM_ERROR when the group is not there for one of these controllers."""

    @abstractmethod
    def processes(self) -> set[int]:
        """The processes in the group and those below it."""

    @abstractmethod
    def threads(self) -> set[int]:
        """The threads in the group itself, for all its controllers; the group exists."""

    # -- CPU -------------------------------------------------------------------------------------------

    def check_shares(self, value: int) -> None:
        """Raise INVALID_ARG when CPU shares are out of range."""
        lowest, highest = self.shares_range
        if not lowest <= value <= highest:
            text = f"shares '{value}' must be in range [{lowest}, {highest}]"
            raise error(ErrorNumber.INVALID_ARG, text)

    @abstractmethod
    def cpu_shares(self) -> int:
        """Weight against other groups (version 2: cpu.weight)."""

    @abstractmethod
    def set_cpu_shares(self, value: int) -> None:
        """See cpu_shares."""

    @abstractmethod
    def cpu_bandwidth(self) -> tuple[int, int]:
        """Period and quota in µs; `NO_QUOTA` for none."""

    @abstractmethod
    def set_cpu_period(self, period: int) -> None:
        """The period in µs that the quota counts for."""

    @abstractmethod
    def set_cpu_quota(self, quota: int) -> None:
        """How much CPU time a period allows, in µs; `NO_QUOTA` or 0 for no limit."""

    @abstractmethod
    def cpu_usage(self) -> CpuUsage:
        """CPU time used."""

    @abstractmethod
    def per_cpu_usage(self) -> list[int]:
        """CPU time used on each CPU in ns, by number; raises OPERATION_UNSUPPORTED on version 2."""

    # -- CPU sets --------------------------------------------------------------------------------------

    @abstractmethod
    def cpus(self) -> str:
        """The CPUs the group may run on, as a list (``0-3,7``)."""

    @abstractmethod
    def set_cpus(self, cpus: str) -> None:
        """See cpus."""

    @abstractmethod
    def memory_nodes(self) -> str:
        """The NUMA nodes memory may come from, as a list."""

    @abstractmethod
    def set_memory_nodes(self, nodes: str) -> None:
        """See memory_nodes."""

    # -- memory, in KiB --------------------------------------------------------------------------------

    @abstractmethod
    def memory_usage(self) -> int:
        """Memory used."""

    @abstractmethod
    def memory_hard_limit(self) -> int:
        """Most memory allowed; `UNLIMITED` for no limit."""

    @abstractmethod
    def set_memory_hard_limit(self, limit: int) -> None:
        """See memory_hard_limit."""

    @abstractmethod
    def memory_soft_limit(self) -> int:
        """Memory above which the kernel takes back; `UNLIMITED` for no limit."""

    @abstractmethod
    def set_memory_soft_limit(self, limit: int) -> None:
        """See memory_soft_limit."""

    @abstractmethod
    def swap_hard_limit(self) -> int:
        """Most memory and swap together (version 2: swap alone); `UNLIMITED` for no limit."""

    @abstractmethod
    def set_swap_hard_limit(self, limit: int) -> None:
        """See swap_hard_limit."""

    # -- block I/O -------------------------------------------------------------------------------------

    @abstractmethod
    def io_weight(self) -> int:
        """Weight against other groups."""

    @abstractmethod
    def set_io_weight(self, weight: int) -> None:
        """See io_weight; raises OPERATION_INVALID when no scheduler knows weights."""

    @abstractmethod
    def device_weight(self, device: str) -> int:
        """Weight on one block device (a path), 0 when it has none of its own."""

    @abstractmethod
    def set_device_weight(self, device: str, weight: int) -> None:
        """See device_weight; raises OPERATION_INVALID when no scheduler knows weights."""

    @abstractmethod
    def throttle(self, device: str, limit: Throttle) -> int:
        """A limit per second on one block device (a path), 0 for none."""

    @abstractmethod
    def set_throttle(self, device: str, limit: Throttle, value: int) -> None:
        """See throttle."""

    # -- devices ---------------------------------------------------------------------------------------

    @abstractmethod
    def deny_devices(self) -> None:
        """Allow no device file."""

    @abstractmethod
    def allowed_devices(self) -> list[str]:
        """The device files that are allowed, as rules."""

    @abstractmethod
    def allow_devices(self, rules: Iterable[str]) -> None:
        """Allow device files, each rule as version 1 has it: ``b 8:0 rw``, ``c 136:* rw``."""

    @abstractmethod
    def forbid_devices(self, rules: Iterable[str]) -> None:
        """Take back what `allow_devices` allowed."""

    # -- freezing --------------------------------------------------------------------------------------

    @abstractmethod
    def set_frozen(self, *, frozen: bool) -> None:
        """Stop all processes of the group, or let them go on."""
