# SPDX-License-Identifier: Apache-2.0
"""The event loop API: the default implementation, and a program's own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import libvirt
from manor.records.events import DomainLifecycleEvent
from tests.unit.dropin.fake import DOM, FakeBackend


@pytest.fixture
def looped(fresh_loop: None) -> None:
    assert libvirt.virEventRegisterDefaultImpl() == 0


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def test_nothing_works_without_an_implementation(fresh_loop: None) -> None:
    calls: tuple[tuple[str, Callable[[], int]], ...] = (
        ("virEventAddHandle", lambda: libvirt.virEventAddHandle(0, 1, print, None)),
        ("virEventAddTimeout", lambda: libvirt.virEventAddTimeout(0, print, None)),
        ("virEventRemoveHandle", lambda: libvirt.virEventRemoveHandle(1)),
        ("virEventRemoveTimeout", lambda: libvirt.virEventRemoveTimeout(1)),
    )
    for function, call in calls:
        with pytest.raises(libvirt.libvirtError, match=rf"{function}\(\) failed"):
            call()
    assert libvirt.virEventUpdateHandle(1, 1) is None  # type: ignore[func-returns-value]
    assert libvirt.virEventUpdateTimeout(1, 1) is None  # type: ignore[func-returns-value]


def test_handles(looped: None, pipe: tuple[int, int]) -> None:
    seen: list[Any] = []

    def readable(watch: int, fd: int, events: int, opaque: str) -> None:
        seen.append((watch, fd, events, opaque, os.read(fd, 10)))

    watch = libvirt.virEventAddHandle(pipe[0], libvirt.VIR_EVENT_HANDLE_READABLE, readable, "op")
    assert watch == 1
    os.write(pipe[1], b"x")
    assert libvirt.virEventRunDefaultImpl() == 0
    assert seen == [(1, pipe[0], 1, "op", b"x")]
    libvirt.virEventUpdateHandle(watch, 0)
    os.write(pipe[1], b"y")
    libvirt.virEventAddTimeout(0, lambda *_: None, None)
    libvirt.virEventRunDefaultImpl()
    assert len(seen) == 1
    libvirt.virEventUpdateHandle(watch, libvirt.VIR_EVENT_HANDLE_READABLE)
    libvirt.virEventRunDefaultImpl()
    assert len(seen) == 2
    assert libvirt.virEventRemoveHandle(watch) == 0
    with pytest.raises(libvirt.libvirtError, match=r"virEventRemoveHandle\(\) failed"):
        libvirt.virEventRemoveHandle(watch)


def test_hangup_and_writable(looped: None) -> None:
    seen: list[int] = []
    reader, writer = os.pipe()
    libvirt.virEventAddHandle(writer, libvirt.VIR_EVENT_HANDLE_WRITABLE, lambda w, f, e, o: seen.append(e), None)
    libvirt.virEventRunDefaultImpl()
    assert seen == [libvirt.VIR_EVENT_HANDLE_WRITABLE]
    os.close(reader)
    libvirt.virEventRunDefaultImpl()
    assert seen[1] & libvirt.VIR_EVENT_HANDLE_ERROR
    os.close(writer)
    libvirt.virEventRunDefaultImpl()
    assert seen[2] == libvirt.VIR_EVENT_HANDLE_ERROR


def test_two_watches_on_one_descriptor(looped: None, pipe: tuple[int, int]) -> None:
    seen: list[str] = []
    libvirt.virEventAddHandle(pipe[0], 1, lambda *a: seen.append("a"), None)
    libvirt.virEventAddHandle(pipe[0], 1, lambda *a: seen.append("b"), None)
    os.write(pipe[1], b"x")
    libvirt.virEventRunDefaultImpl()
    assert seen == ["a", "b"]


def test_timers_come_again_until_changed(looped: None) -> None:
    seen: list[Any] = []
    timer = libvirt.virEventAddTimeout(1, lambda *a: seen.append(a), "op")
    while len(seen) < 3:
        libvirt.virEventRunDefaultImpl()
    assert seen == [(timer, "op")] * 3
    libvirt.virEventUpdateTimeout(timer, -1)
    other = libvirt.virEventAddTimeout(0, lambda *a: seen.append("other"), None)
    libvirt.virEventRunDefaultImpl()
    assert seen[3:] == ["other"]
    assert libvirt.virEventRemoveTimeout(other) == 0
    with pytest.raises(libvirt.libvirtError, match=r"virEventRemoveTimeout\(\) failed"):
        libvirt.virEventRemoveTimeout(other)


def test_callbacks_may_remove_each_other(looped: None, pipe: tuple[int, int]) -> None:
    seen: list[str] = []
    watches: list[int] = []

    def remove_all(*_: Any) -> None:
        seen.append("x")
        for watch in watches:
            libvirt.virEventRemoveHandle(watch)

    watches += [libvirt.virEventAddHandle(pipe[0], 1, remove_all, None) for _ in range(2)]
    os.write(pipe[1], b"x")
    libvirt.virEventRunDefaultImpl()
    assert seen == ["x"]


def test_another_thread_wakes_a_waiting_round(looped: None) -> None:
    seen: list[str] = []
    timer = libvirt.virEventAddTimeout(-1, lambda *_: seen.append("fired"), None)
    waiting = threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in range(2)])
    waiting.start()
    libvirt.virEventUpdateTimeout(timer, 0)
    waiting.join(20)
    assert not waiting.is_alive()
    assert "fired" in seen


def test_a_failing_callback_does_not_end_the_loop(looped: None, capsys: pytest.CaptureFixture[str]) -> None:
    libvirt.virEventAddTimeout(0, lambda *_: int("broken"), None)
    assert libvirt.virEventRunDefaultImpl() == 0
    assert "ValueError" in capsys.readouterr().err


class OwnLoop:
    """A program's implementation that only notes what it is told."""

    def __init__(self) -> None:
        self.handles: dict[int, list[Any]] = {}
        self.timers: dict[int, list[Any]] = {}

    def add_handle(self, fd: int, events: int, cb: Any, opaque: Any) -> int:
        self.handles[len(self.handles) + 1] = [fd, events, cb, opaque]
        return len(self.handles)

    def update_handle(self, watch: int, events: int) -> None:
        self.handles[watch][1] = events

    def remove_handle(self, watch: int) -> Any:
        return self.handles.pop(watch)[3]

    def add_timeout(self, timeout: int, cb: Any, opaque: Any) -> int:
        self.timers[len(self.timers) + 1] = [timeout, cb, opaque]
        return len(self.timers)

    def update_timeout(self, timer: int, timeout: int) -> None:
        self.timers[timer][0] = timeout

    def remove_timeout(self, timer: int) -> Any:
        return self.timers.pop(timer)[2]

    def register(self) -> None:
        libvirt.virEventRegisterImpl(
            self.add_handle,
            self.update_handle,
            self.remove_handle,
            self.add_timeout,
            self.update_timeout,
            self.remove_timeout,
        )

    def fire(self) -> None:
        for number, (timeout, cb, opaque) in list(self.timers.items()):
            if timeout == 0:
                cb(number, opaque)


def test_a_programs_own_loop(fresh_loop: None, conn: libvirt.virConnect, backend: FakeBackend) -> None:
    loop = OwnLoop()
    loop.register()
    seen: list[Any] = []
    watch = libvirt.virEventAddHandle(5, 1, lambda *a: seen.append(a), "op")
    fd, events, cb, opaque = loop.handles[watch]
    assert (fd, events) == (5, 1)
    cb(watch, fd, 1, opaque)
    assert seen == [(watch, 5, 1, "op")]
    libvirt.virEventUpdateHandle(watch, 3)
    assert loop.handles[watch][1] == 3
    assert libvirt.virEventRemoveHandle(watch) == 0

    conn.domainEventRegisterAny(None, 0, lambda *a: seen.append(a[2:]), "op")
    assert [one[0] for one in loop.timers.values()] == [-1]
    backend.publish(100, DomainLifecycleEvent(DOM, 2, 0))
    assert [one[0] for one in loop.timers.values()] == [0]
    loop.fire()
    assert seen[1:] == [(2, 0, "op")]
    assert [one[0] for one in loop.timers.values()] == [-1]
    conn.close()
    assert loop.timers == {}


def test_the_first_implementation_stays(fresh_loop: None) -> None:
    first, second = OwnLoop(), OwnLoop()
    first.register()
    second.register()
    libvirt.virEventRegisterDefaultImpl()
    libvirt.virEventAddTimeout(5, print, None)
    assert (len(first.timers), len(second.timers)) == (1, 0)


def test_freeing_an_opaque_value() -> None:
    freed: list[Any] = []
    libvirt.virEventInvokeFreeCallback((print, "data", freed.append))
    libvirt.virEventInvokeFreeCallback((print, "data", None))
    assert freed == ["data"]


def test_old_style_invocation() -> None:
    seen: list[Any] = []
    libvirt._eventInvokeTimeoutCallback(4, lambda *a: seen.append(a), "data")
    libvirt._eventInvokeHandleCallback(4, 5, 1, lambda *a: seen.append(a), "data")
    assert seen == [(4, "data"), (4, 5, 1, "data")]
