# SPDX-License-Identifier: Apache-2.0
"""Running an operation that takes long: in a thread of its own, with its progress, an interrupt and a timeout.

The interrupt of the terminal (Ctrl-C) asks the domain to call its job off, and then waits for the operation to fail.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from manor.cli.progress import Progress
from manor.constants import DomainJobType
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.shell import Shell
    from manor.records import DomainJobInfo, DomainRef

INTERVAL = 0.5
"""Seconds between two looks at the progress."""

UNDER_WAY = (DomainJobType.BOUNDED, DomainJobType.UNBOUNDED)

Work = Callable[[], object]


class LongJob:
    """One operation under way on a domain."""

    def __init__(self, shell: Shell, dom: DomainRef, label: str, *, verbose: bool) -> None:
        self._shell = shell
        self._dom = dom
        self._progress = Progress(label) if verbose else None
        self._failure: BaseException | None = None
        self._done = threading.Event()
        self._timeout: tuple[float, Work] | None = None
        self._at_iteration: tuple[int, Work] | None = None

    def after(self, seconds: float, act: Work) -> None:
        """Have `act` called once if the operation still goes on after that time."""
        self._timeout = (monotonic() + seconds, act)

    def after_iteration(self, count: int, act: Work) -> None:
        """Have `act` called once when a migration has gone over the memory that many times."""
        self._at_iteration = (count, act)

    def run(self, work: Work) -> None:
        """Do the work; returns when it is done. Raises what it raises."""
        # The connection is opened here, so that the thread cannot be the one to do it.
        _ = self._shell.backend
        thread = threading.Thread(target=self._work, args=(work,), name="job", daemon=True)
        thread.start()
        while not self._done.is_set():
            try:
                if not self._done.wait(self._pause()):
                    self._look()
            except KeyboardInterrupt:
                self._call_off()
        thread.join()
        if self._failure is not None:
            raise self._failure
        if self._progress is not None:
            self._progress.complete()

    def _work(self, work: Work) -> None:
        try:
            work()
        except BaseException as failure:
            self._failure = failure
        finally:
            self._done.set()

    def _pause(self) -> float | None:
        if self._progress is not None or self._at_iteration is not None:
            return INTERVAL
        return None if self._timeout is None else max(0.0, self._timeout[0] - monotonic())

    def _look(self) -> None:
        if self._timeout is not None and monotonic() >= self._timeout[0]:
            act, self._timeout = self._timeout[1], None
            act()
        if self._at_iteration is not None:
            self._count_iterations(*self._at_iteration)
        if self._progress is not None:
            with suppress(ManorError):
                info: DomainJobInfo = self._shell.call("domain_get_job_info", self._dom)
                if info.type in UNDER_WAY and info.data_total > 0:
                    self._progress.show(info.data_remaining, info.data_total)

    def _count_iterations(self, count: int, act: Work) -> None:
        with suppress(ManorError):
            stats = self._shell.call("domain_get_job_stats", self._dom, 0)
            for param in stats.params:
                if param.field == "memory_iteration" and param.value > count:
                    self._at_iteration = None
                    act()

    def _call_off(self) -> None:
        with suppress(ManorError):
            self._shell.call("domain_abort_job", self._dom)
