# SPDX-License-Identifier: Apache-2.0
"""Undo stacks: host changes of several steps that leave nothing behind when one of them fails.

Only the stack lives here; what a step does and how it is taken back belongs to whoever changes the host.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import ParamSpec, Self

from manor.system.waiting import to_the_end

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")


class Undo:
    """A stack of undo steps that unwinds in reverse unless it is committed.

    ::

        async with Undo() as undo:
            tap = await create_tap(name)
            undo.push(delete_tap, tap)
            await add_to_bridge(tap, bridge)
            undo.commit()

    Leaving the block without ``commit`` unwinds, whether by an exception, by cancellation or by a plain
    ``return``: forgetting to commit is then seen at once, while forgetting to clean up is not. Every step
    runs even if another one fails, and a cancellation cannot interrupt the unwinding. Failed steps are
    logged and attached as notes to the exception being handled; without one, the first of them is raised.
    """

    __slots__ = ("_attempts", "_steps")

    def __init__(self) -> None:
        self._steps: list[Callable[[], object]] = []
        self._attempts: list[Callable[[], object]] = []

    def __len__(self) -> int:
        """How many steps would run now."""
        return len(self._steps)

    def push(self, step: Callable[_P, object], /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        """Add ``step(*args, **kwargs)``, a plain or an ``async`` function, to be run first on unwinding."""
        self._steps.append(partial(step, *args, **kwargs))

    def push_for_failure(self, step: Callable[_P, object], /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        """Like `push`, for what shall last when the whole succeeds: `commit` hands this step to nobody."""
        self.push(step, *args, **kwargs)
        self._attempts.append(self._steps[-1])

    def commit(self, into: Undo | None = None) -> None:
        """Keep the changes: forget the steps, or hand them to ``into`` when they belong to a longer life."""
        if into is not None:
            into._steps.extend(step for step in self._steps if step not in self._attempts)
        self._steps, self._attempts = [], []

    async def unwind(self) -> list[BaseException]:
        """Run every step now, last pushed first; return the failures. A cancellation waits for the end."""
        if not self._steps:
            return []
        steps, self._steps = self._steps[::-1], []
        return await to_the_end(_run_all(steps))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        failures = await self.unwind()
        if exc is None and failures:
            raise failures[0]
        if exc is not None:
            for failure in failures:
                exc.add_note(f"while undoing: {failure!r}")


async def _run_all(steps: list[Callable[[], object]]) -> list[BaseException]:
    failures: list[BaseException] = []
    for step in steps:
        try:
            result = step()
            if inspect.isawaitable(result):
                await _finish(result)
        except (Exception, asyncio.CancelledError) as exc:
            _log.warning("undo step %s failed: %s", _name(step), exc, exc_info=True)
            failures.append(exc)
    return failures


async def _finish(result: Awaitable[object]) -> None:
    await result


def _name(step: Callable[[], object]) -> str:
    target = step.func if isinstance(step, partial) else step
    return getattr(target, "__qualname__", repr(target))
