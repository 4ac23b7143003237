# SPDX-License-Identifier: Apache-2.0
"""Waiting for a block job: progress, interrupt, timeout, and what became of it."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from manor.cli.events import EventQueue
from manor.cli.failure import CommandFailed
from manor.cli.progress import Progress
from manor.constants import ConnectDomainEventBlockJobStatus as Status
from manor.constants import DomainBlockJobAbortFlags, DomainBlockJobType, DomainEventID
from manor.errors import ManorError
from manor.records.events import DomainBlockJob2Event, DomainBlockJobEvent

if TYPE_CHECKING:
    from manor.cli.shell import Shell
    from manor.records import DomainBlockJobInfo, DomainRef

INTERVAL = 0.5
PATIENCE = 4
"""How many times a job may be gone before its event must have come."""

MIRRORING = (DomainBlockJobType.COPY, DomainBlockJobType.ACTIVE_COMMIT)


class BlockJobWait:
    """Waits for the job of one disk. Use as a context manager, begun before the job is started."""

    def __init__(
        self, shell: Shell, dom: DomainRef, path: str, label: str, *, verbose: bool, timeout: int, asynchronous: bool
    ) -> None:
        self._shell = shell
        self._dom = dom
        self._path = path
        self._progress = Progress(label) if verbose else None
        self._deadline = monotonic() + timeout if timeout else None
        self._abort_flags = int(DomainBlockJobAbortFlags.ASYNC) if asynchronous else 0
        self._subscriptions: list[int] = []
        self._queue = EventQueue(shell.backend)

    def __enter__(self) -> BlockJobWait:
        self._queue.__enter__()
        for event in (DomainEventID.BLOCK_JOB, DomainEventID.BLOCK_JOB_2):
            with suppress(ManorError):
                self._subscriptions.append(self._shell.backend.subscribe(("domain", int(event)), self._dom))
        return self

    def __exit__(self, *exception: object) -> None:
        for subscription in self._subscriptions:
            with suppress(ManorError):
                self._shell.backend.unsubscribe(subscription)
        self._queue.__exit__()

    def run(self) -> Status:
        """Wait until the job is done, failed, called off, or (for mirrors) has caught up."""
        gone = 0
        while True:
            try:
                status = self._told()
            except KeyboardInterrupt:
                return self._call_off()
            info = self._ask() if status is None else None
            if info is not None:
                status = Status.READY if self._caught_up(info) else None
                self._show(info)
            elif status is None:
                # The job has ended; if its event was lost, we do not wait for it for ever.
                gone += 1
                status = Status.COMPLETED if gone > PATIENCE or not self._subscriptions else None
            if status is not None:
                if self._progress is not None and status in (Status.COMPLETED, Status.READY):
                    self._progress.complete()
                return status
            if self._deadline is not None and monotonic() >= self._deadline:
                return self._call_off()

    def _told(self) -> Status | None:
        """What an event said of our job."""
        for subscription, event in self._queue.wait(INTERVAL):
            if subscription in self._subscriptions and isinstance(event, DomainBlockJobEvent | DomainBlockJob2Event):
                return Status(event.status)
        return None

    def _ask(self) -> DomainBlockJobInfo | None:
        with self._shell.failing(f"failed to query job for disk {self._path}"):
            info: DomainBlockJobInfo | None = self._shell.call("domain_get_block_job_info", self._dom, self._path, 0)
        return info

    def _caught_up(self, info: DomainBlockJobInfo) -> bool:
        return not self._subscriptions and info.type in MIRRORING and info.end > 0 and info.cur == info.end

    def _show(self, info: DomainBlockJobInfo) -> None:
        if self._progress is not None:
            self._progress.show(info.end - info.cur, info.end)

    def _call_off(self) -> Status:
        with self._shell.failing(f"failed to abort job for disk '{self._path}'"):
            self._shell.call("domain_block_job_abort", self._dom, self._path, self._abort_flags)
        return Status.CANCELED


def finish_mirror(shell: Shell, dom: DomainRef, path: str, *, pivot: bool) -> None:
    """End a mirror that has caught up: by moving over to the copy, or by leaving it behind."""
    flags = int(DomainBlockJobAbortFlags.PIVOT) if pivot else 0
    what = "pivot" if pivot else "finish"
    with shell.failing(f"failed to {what} job for disk {path}"):
        shell.call("domain_block_job_abort", dom, path, flags)


def bandwidth_of(text: str, *, in_bytes: bool, largest: int) -> tuple[int, bool]:
    """A bandwidth as the user wrote it: in MiB/s, or with a unit or `in_bytes` in bytes/s; and whether it is bytes.

    Raises CommandFailed.
    """
    from manor.cli.sizes import BadSuffix, integer, scaled

    try:
        if not in_bytes:
            with suppress(ValueError):
                number = integer(text, 0, 2**63 - 1)
                if number > largest >> 20:
                    raise CommandFailed(f"bandwidth must be less than {largest >> 20}")
                return number, False
        return scaled(text, 1, largest), True
    except BadSuffix as problem:
        raise CommandFailed(
            f"Scaled numeric value '{text}' for <--bandwidth> option is malformed or out of range", str(problem)
        ) from None
    except ValueError:
        raise CommandFailed(
            f"Scaled numeric value '{text}' for <--bandwidth> option is malformed or out of range"
        ) from None
