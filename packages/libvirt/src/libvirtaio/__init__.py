# SPDX-License-Identifier: Apache-2.0
"""libvirt's events on asyncio.

    libvirtaio.virEventRegisterAsyncIOImpl()
    conn = libvirt.open("qemu:///system")
    conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, callback, None)

Callbacks then run in the asyncio event loop that was current at registration. Calls of libvirt itself still block.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Any

import libvirt

__all__ = [
    "Callback",
    "Descriptor",
    "DescriptorDict",
    "FDCallback",
    "TimeoutCallback",
    "getCurrentImpl",
    "virEventAsyncIOImpl",
    "virEventRegisterAsyncIOImpl",
]

_READABLE = libvirt.VIR_EVENT_HANDLE_READABLE
_WRITABLE = libvirt.VIR_EVENT_HANDLE_WRITABLE


class Callback:
    """Something libvirt wants to be called for: a function, its opaque value, and the number libvirt knows it by."""

    _iden_counter = itertools.count()

    def __init__(
        self, impl: virEventAsyncIOImpl, cb: Callable[..., Any], opaque: Any, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.iden = next(self._iden_counter)
        self.impl = impl
        self.cb = cb
        self.opaque = opaque

    def __repr__(self) -> str:
        return f"<{type(self).__name__} iden={self.iden}>"

    def close(self) -> None:
        """Forget the callback; its opaque value is freed a little later, outside libvirt's own call."""
        self.impl.schedule_ff_callback(self.iden, self.opaque)


class FDCallback(Callback):
    """A watch on a file descriptor."""

    def __init__(self, *args: Any, descriptor: Descriptor, event: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.descriptor = descriptor
        self.event = event

    def __repr__(self) -> str:
        return f"<{type(self).__name__} iden={self.iden} fd={self.descriptor.fd} event={self.event}>"

    def update(self, event: int) -> None:
        """Wait for other events."""
        self.event = event
        self.descriptor.update()


class TimeoutCallback(Callback):
    """A timer that fires again and again until it is stopped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timeout = -1
        self._pending: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} iden={self.iden} timeout={self.timeout}>"

    def _timer(self) -> None:
        # Armed before the callback, which may change or stop the timer.
        self._arm()
        self.cb(self.iden, self.opaque)

    def _arm(self) -> None:
        self._pending = self.impl.loop.call_later(self.timeout / 1000, self._timer)

    def _disarm(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None

    def update(self, timeout: int) -> None:
        """Fire every so many milliseconds from now on, or with -1 not."""
        self._disarm()
        self.timeout = timeout
        if timeout >= 0:
            self._arm()

    def close(self) -> None:
        """Stop the timer."""
        self._disarm()
        super().close()


class Descriptor:
    """A file descriptor and all watches on it: asyncio takes only one reader and one writer for each."""

    def __init__(self, impl: virEventAsyncIOImpl, fd: int) -> None:
        self.impl = impl
        self.fd = fd
        self.callbacks: dict[int, FDCallback] = {}

    def _handle(self, event: int) -> None:
        for callback in list(self.callbacks.values()):
            # An earlier callback may have removed this one.
            if callback.iden in self.callbacks and callback.event & event:
                callback.cb(callback.iden, self.fd, event, callback.opaque)

    def update(self) -> None:
        """Watch for what the watches together want."""
        wanted = 0
        for callback in self.callbacks.values():
            wanted |= callback.event
        loop = self.impl.loop
        if wanted & _READABLE:
            loop.add_reader(self.fd, self._handle, _READABLE)
        else:
            loop.remove_reader(self.fd)
        if wanted & _WRITABLE:
            loop.add_writer(self.fd, self._handle, _WRITABLE)
        else:
            loop.remove_writer(self.fd)

    def add_handle(self, callback: FDCallback) -> None:
        """Add a watch."""
        self.callbacks[callback.iden] = callback
        self.update()

    def remove_handle(self, iden: int) -> None:
        """Remove a watch, and the descriptor with the last one."""
        callback = self.callbacks.pop(iden)
        self.update()
        if not self.callbacks:
            self.impl.descriptors.pop(self.fd, None)
        callback.close()


class DescriptorDict(dict[int, Descriptor]):
    """The descriptors that are watched; one is made when it is first asked for."""

    def __init__(self, impl: virEventAsyncIOImpl) -> None:
        super().__init__()
        self.impl = impl

    def __missing__(self, fd: int) -> Descriptor:
        descriptor = self[fd] = Descriptor(self.impl, fd)
        return descriptor


class virEventAsyncIOImpl:
    """libvirt's event implementation on an asyncio loop: the running or current one where none is given.

    libvirt calls it from any thread; what touches the loop is handed to the loop's own thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.loop = loop or asyncio.get_event_loop()
        self.callbacks: dict[int, Callback] = {}
        self.descriptors = DescriptorDict(self)
        self.log = logging.getLogger(type(self).__name__)
        self._pending = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} callbacks={self.callbacks} descriptors={self.descriptors}>"

    def register(self) -> virEventAsyncIOImpl:
        """Have libvirt use this implementation."""
        libvirt.virEventRegisterImpl(
            self._add_handle,
            self._update_handle,
            self._remove_handle,
            self._add_timeout,
            self._update_timeout,
            self._remove_timeout,
        )
        return self

    def is_idle(self) -> bool:
        """Whether libvirt waits for nothing."""
        return not self.callbacks and not self._pending

    async def drain(self) -> None:
        """Wait until libvirt waits for nothing, for example after the last connection was closed."""
        await self._idle.wait()

    def _pending_inc(self) -> None:
        self._pending += 1
        self._idle.clear()

    def _pending_dec(self) -> None:
        self._pending -= 1
        if self.is_idle():
            self._idle.set()

    def schedule_ff_callback(self, iden: int, opaque: Any) -> None:
        """Free an opaque value soon; libvirt must not find it freed within the call that removed it."""
        self._pending_inc()
        self.loop.call_soon(self._ff_callback, iden, opaque)

    def _ff_callback(self, iden: int, opaque: Any) -> None:
        libvirt.virEventInvokeFreeCallback(opaque)
        self._pending_dec()

    def _on_loop(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function on the loop's thread: now, where this is it."""
        try:
            here = asyncio.get_running_loop() is self.loop
        except RuntimeError:
            here = not self.loop.is_running()
        if here:
            function(*arguments)
        else:
            self.loop.call_soon_threadsafe(function, *arguments)

    def _add(self, callback: Callback) -> int:
        self.callbacks[callback.iden] = callback
        return callback.iden

    def _add_handle(self, fd: int, event: int, cb: Callable[[int, int, int, Any], Any], opaque: Any) -> int:
        callback = FDCallback(self, cb, opaque, descriptor=self.descriptors[fd], event=event)
        self._on_loop(self._idle.clear)
        self._on_loop(callback.descriptor.add_handle, callback)
        return self._add(callback)

    def _update_handle(self, watch: int, event: int) -> None:
        callback = self.callbacks.get(watch)
        if isinstance(callback, FDCallback):
            self._on_loop(callback.update, event)

    def _remove_handle(self, watch: int) -> int:
        callback = self.callbacks.pop(watch, None)
        if not isinstance(callback, FDCallback):
            return -1
        self._on_loop(callback.descriptor.remove_handle, watch)
        return 0

    def _add_timeout(self, timeout: int, cb: Callable[[int, Any], Any], opaque: Any) -> int:
        callback = TimeoutCallback(self, cb, opaque)
        self._on_loop(self._idle.clear)
        self._on_loop(callback.update, timeout)
        return self._add(callback)

    def _update_timeout(self, timer: int, timeout: int) -> None:
        callback = self.callbacks.get(timer)
        if isinstance(callback, TimeoutCallback):
            self._on_loop(callback.update, timeout)

    def _remove_timeout(self, timer: int) -> int:
        callback = self.callbacks.pop(timer, None)
        if not isinstance(callback, TimeoutCallback):
            return -1
        self._on_loop(callback.close)
        return 0


_current_impl: virEventAsyncIOImpl | None = None


def getCurrentImpl() -> virEventAsyncIOImpl | None:
    """The implementation in use, None before registration."""
    return _current_impl


def virEventRegisterAsyncIOImpl(loop: asyncio.AbstractEventLoop | None = None) -> virEventAsyncIOImpl:
    """Make an implementation and have libvirt use it."""
    global _current_impl
    _current_impl = virEventAsyncIOImpl(loop).register()
    return _current_impl
