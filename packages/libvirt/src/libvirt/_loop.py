# SPDX-License-Identifier: Apache-2.0
"""The event loop API: which implementation is used, and watching descriptors and timers through it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from libvirt._default_loop import DefaultLoop
from libvirt._errors import failed

HandleCallback = Callable[[int, int, int, Any], object]
TimeoutCallback = Callable[[int, Any], object]


class Implementation(NamedTuple):
    """The six functions that a program (or the default loop) gives us.

    The callback they get is `_eventInvokeHandleCallback` or `_eventInvokeTimeoutCallback`; the opaque value that goes
    with it is a tuple of the real callback, its data, and a function that frees the data or None.
    """

    add_handle: Callable[[int, int, Any, Any], int]
    update_handle: Callable[[int, int], Any]
    remove_handle: Callable[[int], Any]
    add_timeout: Callable[[int, Any, Any], int]
    update_timeout: Callable[[int, int], Any]
    remove_timeout: Callable[[int], Any]


_default: DefaultLoop | None = None
_current: Implementation | None = None


def current() -> Implementation | None:
    """The registered implementation."""
    return _current


def _default_loop() -> DefaultLoop:
    global _default
    if _default is None:
        _default = DefaultLoop()
    return _default


def virEventRegisterImpl(
    addHandle: Callable[[int, int, Any, Any], int],
    updateHandle: Callable[[int, int], Any],
    removeHandle: Callable[[int], Any],
    addTimeout: Callable[[int, Any, Any], int],
    updateTimeout: Callable[[int, int], Any],
    removeTimeout: Callable[[int], Any],
) -> None:
    """Use the program's own event loop. Must come before connections that need events; the first one stays."""
    global _current
    if _current is None:
        _current = Implementation(addHandle, updateHandle, removeHandle, addTimeout, updateTimeout, removeTimeout)


def virEventRegisterDefaultImpl() -> int:
    """Use the default event loop, which `virEventRunDefaultImpl` runs."""
    loop = _default_loop()
    virEventRegisterImpl(
        loop.add_handle,
        loop.update_handle,
        loop.remove_handle,
        loop.add_timeout,
        loop.update_timeout,
        loop.remove_timeout,
    )
    return 0


def virEventRunDefaultImpl() -> int:
    """Run one round of the default event loop: wait until something happens and call back for it."""
    _default_loop().run_once()
    return 0


def add_handle(fd: int, events: int, callback: HandleCallback, data: Any) -> int:
    """Watch a descriptor through the registered implementation; -1 where it cannot."""
    if _current is None:
        return -1
    return _current.add_handle(fd, events, _eventInvokeHandleCallback, (callback, data, None))


def add_timeout(milliseconds: int, callback: TimeoutCallback, data: Any) -> int:
    """Add a timer through the registered implementation; -1 where it cannot."""
    if _current is None:
        return -1
    return _current.add_timeout(milliseconds, _eventInvokeTimeoutCallback, (callback, data, None))


def update_timeout(timer: int, milliseconds: int) -> None:
    """Change a timer through the registered implementation."""
    if _current is not None:
        _current.update_timeout(timer, milliseconds)


def remove_timeout(timer: int) -> bool:
    """Remove a timer through the registered implementation; whether it knew it."""
    return _current is not None and _current.remove_timeout(timer) != -1


def remove_handle(watch: int) -> bool:
    """Remove a watch through the registered implementation; whether it knew it."""
    return _current is not None and _current.remove_handle(watch) != -1


def virEventAddHandle(fd: int, events: int, cb: HandleCallback, opaque: Any) -> int:
    """Have `cb(watch, fd, events, opaque)` called when one of the VIR_EVENT_HANDLE_* events happens."""
    number = add_handle(fd, events, _dispatchEventHandleCallback, {"cb": cb, "opaque": opaque})
    if number < 0:
        raise failed("virEventAddHandle")
    return number


def virEventUpdateHandle(watch: int, events: int) -> None:
    """Change the events a watch waits for."""
    if _current is not None:
        _current.update_handle(watch, events)


def virEventRemoveHandle(watch: int) -> int:
    """Stop watching."""
    if not remove_handle(watch):
        raise failed("virEventRemoveHandle")
    return 0


def virEventAddTimeout(timeout: int, cb: TimeoutCallback, opaque: Any) -> int:
    """Have `cb(timer, opaque)` called every `timeout` milliseconds; 0 means always, -1 not yet."""
    number = add_timeout(timeout, _dispatchEventTimeoutCallback, {"cb": cb, "opaque": opaque})
    if number < 0:
        raise failed("virEventAddTimeout")
    return number


def virEventUpdateTimeout(timer: int, timeout: int) -> None:
    """Change a timer's interval in milliseconds."""
    update_timeout(timer, timeout)


def virEventRemoveTimeout(timer: int) -> int:
    """Stop a timer."""
    if not remove_timeout(timer):
        raise failed("virEventRemoveTimeout")
    return 0


def _eventInvokeHandleCallback(watch: int, fd: int, event: int, opaque: Any, opaquecompat: Any = None) -> None:
    """What an event implementation calls when a watched descriptor is ready."""
    callback, data = (opaque, opaquecompat) if opaquecompat is not None else opaque[:2]
    _guarded(callback, watch, fd, event, data)


def _eventInvokeTimeoutCallback(timer: int, opaque: Any, opaquecompat: Any = None) -> None:
    """What an event implementation calls when a timer is due."""
    callback, data = (opaque, opaquecompat) if opaquecompat is not None else opaque[:2]
    _guarded(callback, timer, data)


def _guarded(callback: Callable[..., Any], *arguments: Any) -> None:
    # As in C: an exception in a callback is shown and must not end the loop.
    try:
        callback(*arguments)
    except Exception:
        traceback.print_exc()


def _dispatchEventHandleCallback(watch: int, fd: int, events: int, cbData: dict[str, Any]) -> int:
    cbData["cb"](watch, fd, events, cbData["opaque"])
    return 0


def _dispatchEventTimeoutCallback(timer: int, cbData: dict[str, Any]) -> int:
    cbData["cb"](timer, cbData["opaque"])
    return 0


def virEventInvokeFreeCallback(opaque: Any) -> None:
    """What an event implementation calls once it has removed a handle or timer, with the opaque value it got."""
    if isinstance(opaque, tuple) and len(opaque) > 2 and callable(opaque[2]):
        opaque[2](opaque[1])
