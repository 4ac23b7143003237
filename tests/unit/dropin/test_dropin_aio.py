# SPDX-License-Identifier: Apache-2.0
"""libvirtaio: libvirt's events in an asyncio loop."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import pytest

import libvirt
import libvirtaio
from manor.records.events import DomainLifecycleEvent
from tests.unit.dropin.fake import DOM, FakeBackend

EVENT = DomainLifecycleEvent(DOM, 4, 0)


async def test_registration(fresh_loop: None) -> None:
    impl = libvirtaio.virEventRegisterAsyncIOImpl()
    assert impl is libvirtaio.getCurrentImpl()
    assert impl.loop is asyncio.get_running_loop()
    assert impl.is_idle()
    assert "virEventAsyncIOImpl" in repr(impl)
    await asyncio.wait_for(impl.drain(), 20)


async def test_domain_events_arrive_in_the_loop(
    fresh_loop: None, conn: libvirt.virConnect, backend: FakeBackend
) -> None:
    impl = libvirtaio.virEventRegisterAsyncIOImpl()
    arrived: asyncio.Queue[Any] = asyncio.Queue()

    def callback(*arguments: Any) -> None:
        arrived.put_nowait((arguments[1].name(), arguments[2:], threading.get_ident()))

    number = conn.domainEventRegisterAny(None, 0, callback, "op")
    thread = threading.Thread(target=backend.publish, args=(100, EVENT))
    thread.start()
    assert await asyncio.wait_for(arrived.get(), 20) == ("web", (4, 0, "op"), threading.get_ident())
    thread.join()
    assert not impl.is_idle()
    conn.domainEventDeregisterAny(number)
    conn.close()
    await asyncio.wait_for(impl.drain(), 20)
    assert impl.is_idle()


async def test_handles(fresh_loop: None) -> None:
    impl = libvirtaio.virEventRegisterAsyncIOImpl()
    reader, writer = os.pipe()
    seen: asyncio.Queue[Any] = asyncio.Queue()
    watch = libvirt.virEventAddHandle(
        reader, libvirt.VIR_EVENT_HANDLE_READABLE, lambda *a: seen.put_nowait((a, os.read(a[1], 9))), "op"
    )
    other = libvirt.virEventAddHandle(
        writer, libvirt.VIR_EVENT_HANDLE_WRITABLE, lambda *a: seen.put_nowait((a, b"")), "out"
    )
    assert await asyncio.wait_for(seen.get(), 20) == ((other, writer, 2, "out"), b"")
    libvirt.virEventUpdateHandle(other, 0)
    while not seen.empty():
        seen.get_nowait()
    os.write(writer, b"x")
    assert await asyncio.wait_for(seen.get(), 20) == ((watch, reader, 1, "op"), b"x")
    assert f"fd={reader}" in repr(impl.callbacks[watch])
    libvirt.virEventRemoveHandle(watch)
    libvirt.virEventRemoveHandle(other)
    with pytest.raises(libvirt.libvirtError):
        libvirt.virEventRemoveHandle(watch)
    await asyncio.wait_for(impl.drain(), 20)
    assert impl.descriptors == {}
    os.close(reader)
    os.close(writer)


async def test_two_watches_on_one_descriptor(fresh_loop: None) -> None:
    impl = libvirtaio.virEventRegisterAsyncIOImpl()
    reader, writer = os.pipe()
    seen: list[str] = []
    done = asyncio.Event()
    first = libvirt.virEventAddHandle(reader, 1, lambda *a: seen.append("a"), None)

    def take(*_: object) -> None:
        seen.append("b")
        os.read(reader, 9)
        done.set()

    second = libvirt.virEventAddHandle(reader, 1, take, None)
    os.write(writer, b"x")
    await asyncio.wait_for(done.wait(), 20)
    assert seen == ["a", "b"]
    libvirt.virEventRemoveHandle(first)
    assert list(impl.descriptors[reader].callbacks) == [second]
    libvirt.virEventRemoveHandle(second)
    await asyncio.wait_for(impl.drain(), 20)
    os.close(reader)
    os.close(writer)


async def test_timers(fresh_loop: None) -> None:
    impl = libvirtaio.virEventRegisterAsyncIOImpl()
    fired: asyncio.Queue[Any] = asyncio.Queue()
    timer = libvirt.virEventAddTimeout(1, lambda *a: fired.put_nowait(a), "op")
    assert [await asyncio.wait_for(fired.get(), 20) for _ in range(3)] == [(timer, "op")] * 3
    libvirt.virEventUpdateTimeout(timer, -1)
    assert "timeout=-1" in repr(impl.callbacks[timer])
    libvirt.virEventRemoveTimeout(timer)
    with pytest.raises(libvirt.libvirtError):
        libvirt.virEventRemoveTimeout(timer)
    await asyncio.wait_for(impl.drain(), 20)


async def test_a_timer_that_stops_itself(fresh_loop: None) -> None:
    impl = libvirtaio.virEventRegisterAsyncIOImpl()
    seen: list[int] = []

    def once(timer: int, opaque: object) -> None:
        seen.append(timer)
        libvirt.virEventRemoveTimeout(timer)

    libvirt.virEventAddTimeout(0, once, None)
    await asyncio.wait_for(impl.drain(), 20)
    assert len(seen) == 1


async def test_opaque_values_are_freed_after_removal(fresh_loop: None) -> None:
    impl = libvirtaio.virEventAsyncIOImpl()
    freed: list[Any] = []
    number = impl._add_timeout(-1, print, (print, "data", freed.append))
    assert impl._remove_timeout(number) == 0
    assert freed == []
    assert not impl.is_idle()
    await asyncio.wait_for(impl.drain(), 20)
    assert freed == ["data"]


def test_a_loop_that_does_not_run_yet(fresh_loop: None) -> None:
    loop = asyncio.new_event_loop()
    impl = libvirtaio.virEventRegisterAsyncIOImpl(loop)
    fired = asyncio.Event()
    timer = libvirt.virEventAddTimeout(0, lambda *_: fired.set(), None)
    assert loop.run_until_complete(asyncio.wait_for(fired.wait(), 20))
    libvirt.virEventRemoveTimeout(timer)
    loop.run_until_complete(impl.drain())
    loop.close()
