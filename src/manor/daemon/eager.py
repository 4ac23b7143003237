# SPDX-License-Identifier: Apache-2.0
"""Runs a coroutine's first step at once, and makes a task only of what is left then.

Most operations answer from held state without ever waiting. A task for each of them would cost more than the
operation. The first step runs as asyncio's rules for tasks of another make have it: `current_task()` gives an object
of ours, which stands for the real task as soon as there is one, so that timeouts and task groups work in it.
"""

from __future__ import annotations

import asyncio
from asyncio import _enter_task, _leave_task  # asyncio's hooks for tasks that are not its own
from collections.abc import Coroutine
from contextvars import Context, copy_context
from typing import Any


class _Stand:
    """What `current_task()` gives during the first step; afterwards it acts on the real task."""

    __slots__ = ("_cancels", "_task")

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._cancels = 0

    def attach(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        for _ in range(self._cancels):
            task.cancel()

    def cancel(self, msg: object = None) -> bool:
        if self._task is not None:
            return self._task.cancel(msg)
        self._cancels += 1
        return True

    def cancelling(self) -> int:
        return self._cancels if self._task is None else self._task.cancelling()

    def uncancel(self) -> int:
        if self._task is not None:
            return self._task.uncancel()
        self._cancels = max(self._cancels - 1, 0)
        return self._cancels

    def done(self) -> bool:
        return self._task is not None and self._task.done()

    def get_name(self) -> str:
        return "first step" if self._task is None else self._task.get_name()


class _Rest(Coroutine[Any, Any, Any]):
    """A coroutine that has begun: the task that runs it is first given what it already waits for."""

    __slots__ = ("_coroutine", "_first", "_yielded")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], yielded: object) -> None:
        self._coroutine = coroutine
        self._yielded: object = yielded
        self._first = True

    def send(self, value: Any) -> Any:
        if self._first:
            self._first = False
            yielded, self._yielded = self._yielded, None
            return yielded
        return self._coroutine.send(value)

    def throw(self, *failure: Any) -> Any:
        self._first = False
        return self._coroutine.throw(*failure)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        raise RuntimeError("what is left of a coroutine can only be run by its task")


def begin(
    coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop, name: str
) -> tuple[asyncio.Task[Any] | None, Any]:
    """Run the first step: (None, the result) where that was all, (the task of the rest, None) otherwise.

    Raises whatever the first step raises. To be called from a callback of the running loop, not from a task.
    """
    stand = _Stand()
    context: Context = copy_context()
    _enter_task(loop, stand)  # type: ignore[arg-type]
    try:
        yielded = context.run(coroutine.send, None)
    except StopIteration as end:
        return None, end.value
    finally:
        _leave_task(loop, stand)  # type: ignore[arg-type]
    task = loop.create_task(_Rest(coroutine, yielded), name=name, context=context)
    stand.attach(task)
    return task, None


def first_step(coroutine: Coroutine[Any, Any, Any], *, default: Any) -> Any:
    """The result of a coroutine that has it at once; `default` where it would have to wait, or fails."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    except Exception:
        return default
    finally:
        coroutine.close()
    return default
