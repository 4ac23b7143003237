# SPDX-License-Identifier: Apache-2.0
"""Who may change a guest, when: the job rules of one guest.

Changes run one at a time. A long operation (save, dump, migration, backup …) is an *async job*: while it runs, only
the kinds of change it allows may begin, and its own steps name it with `within`. Queries take no job at all: they read
held state or ask QEMU under a deadline of their own, so nothing waits behind a change just to look.

Every wait ends: a change that cannot begin within `WAIT_S` seconds fails with VIR_ERR_OPERATION_TIMEOUT naming the
guest, the job in its way and that job's age. When QEMU is gone `abandon` ends every job and every wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from typing import Final

import msgspec

from manor.constants import DomainJobOperation, DomainJobType, ErrorDomain, ErrorNumber
from manor.drivers.qemu.job_stats import JobStats
from manor.errors import ManorError, reporter

_error = reporter(ErrorDomain.QEMU)

WAIT_S: Final = 30.0
"""Seconds a change waits for its turn, as libvirt's."""


class Job(Enum):
    """A change that holds the guest for itself."""

    DESTROY = "destroy"
    SUSPEND = "suspend"
    MODIFY = "modify"
    ABORT = "abort"
    MIGRATION_OP = "migration operation"


ALWAYS: Final = frozenset({Job.DESTROY, Job.ABORT})
"""What any async job lets pass."""


class AsyncJob(Enum):
    """A long operation, and what virDomainGetJobStats calls it."""

    START = DomainJobOperation.START
    SAVE = DomainJobOperation.SAVE
    RESTORE = DomainJobOperation.RESTORE
    DUMP = DomainJobOperation.DUMP
    SNAPSHOT = DomainJobOperation.SNAPSHOT
    SNAPSHOT_REVERT = DomainJobOperation.SNAPSHOT_REVERT
    SNAPSHOT_DELETE = DomainJobOperation.SNAPSHOT_DELETE
    BACKUP = DomainJobOperation.BACKUP
    MIGRATION_IN = DomainJobOperation.MIGRATION_IN
    MIGRATION_OUT = DomainJobOperation.MIGRATION_OUT


class RunningJob(msgspec.Struct, eq=False):
    """A job that has begun. `stats` is only set for async jobs."""

    kind: Job | AsyncJob
    holder: str
    since: float
    allowed: frozenset[Job] = ALWAYS
    stats: JobStats | None = None
    cancelled: asyncio.Event = msgspec.field(default_factory=asyncio.Event)

    def __str__(self) -> str:
        return f"{self.holder}, for {time.monotonic() - self.since:.1f} s"


class Jobs:
    """The jobs of one guest."""

    def __init__(self, guest: str) -> None:
        """`guest` is the name used in messages; see `rename`."""
        self._guest = guest
        self._change: RunningJob | None = None
        self._async: RunningJob | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self.completed: JobStats | None = None
        """Figures of the last async job that ended, until they are read (VIR_DOMAIN_JOB_STATS_COMPLETED)."""

    @property
    def current(self) -> RunningJob | None:
        """The async job that runs, if any."""
        return self._async

    def rename(self, guest: str) -> None:
        """Follow a rename of the guest."""
        self._guest = guest

    @asynccontextmanager
    async def change(
        self, kind: Job, holder: str, *, within: RunningJob | None = None, wait_s: float = WAIT_S
    ) -> AsyncIterator[RunningJob]:
        """Hold the guest for one change; `holder` names the operation in messages of those who wait.

        Raises VIR_ERR_OPERATION_TIMEOUT when the turn does not come within `wait_s` seconds.
        """
        await self._turn(lambda: self._admits(kind, within), holder, wait_s)
        job = self._change = RunningJob(kind, holder, time.monotonic())
        try:
            yield job
        finally:
            if self._change is job:
                self._change = None
            self._wake()

    @asynccontextmanager
    async def long(
        self,
        kind: AsyncJob,
        holder: str,
        *,
        allow: frozenset[Job] = frozenset(),
        wait_s: float = WAIT_S,
    ) -> AsyncIterator[RunningJob]:
        """Run a long operation; changes within it pass this job as `within`. Its figures stay in `completed`."""
        await self._turn(lambda: self._async is None and self._change is None, holder, wait_s)
        stats = JobStats(operation=DomainJobOperation(kind.value))
        job = self._async = RunningJob(kind, holder, time.monotonic(), ALWAYS | allow, stats)
        outcome = DomainJobType.FAILED
        try:
            yield job
            outcome = DomainJobType.COMPLETED
        except BaseException:
            if job.cancelled.is_set():
                outcome = DomainJobType.CANCELLED
            raise
        finally:
            stats.finish(outcome)
            self.completed = stats
            if self._async is job:
                self._async = None
            self._wake()

    def abandon(self) -> None:
        """QEMU is gone: nobody has to wait for anybody any more."""
        if self._async is not None:
            self._async.cancelled.set()
        self._change = self._async = None
        self._wake()

    def _admits(self, kind: Job, within: RunningJob | None) -> bool:
        if self._change is not None:
            return False
        return self._async is None or self._async is within or kind in self._async.allowed

    async def _turn(self, ready: Callable[[], bool], holder: str, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        while not ready():
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await asyncio.wait_for(waiter, deadline - time.monotonic())
            except TimeoutError:
                raise self._timeout(holder) from None
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)

    def _timeout(self, holder: str) -> ManorError:
        blocker = self._change or self._async
        return _error(
            ErrorNumber.OPERATION_TIMEOUT,
            f"cannot acquire state change lock for {holder} on domain '{self._guest}' (held by {blocker})",
        )

    def _wake(self) -> None:
        # Everyone looks again in order of arrival; whoever cannot go yet queues up behind.
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
