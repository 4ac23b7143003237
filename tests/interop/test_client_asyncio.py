# SPDX-License-Identifier: Apache-2.0
"""The remote driver against a real libvirtd: operations, many at once, events, streams, healing after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

import manor
from manor.client.backend import Backend
from manor.client.blocking import connect as connect_blocking
from manor.constants import ConnectCloseReason
from manor.drivers.remote import Gap, Healing, RemoteDriver, connect
from manor.errors import ErrorNumber, ManorError
from manor.records import DomainRef
from manor.records.events import DomainLifecycleEvent, Event
from manor.uri import ConnectURI
from tests.support.caller import CallerEnd
from tests.support.libvirtd import Libvirtd

POOL = "<pool type='dir'><name>{name}</name><target><path>{path}</path></target></pool>"
VOLUME = (
    "<volume><name>{name}</name><allocation>0</allocation><capacity>{size}</capacity>"
    "<target><format type='raw'/></target></volume>"
)
DOMAIN = "<domain type='qemu'><name>{name}</name><memory>32768</memory><os><type>hvm</type></os></domain>"


@pytest.fixture
async def test_driver(libvirtd: Libvirtd) -> AsyncIterator[RemoteDriver]:
    driver = await connect(libvirtd.uri("test", "/default"))
    yield driver
    await driver.close()


@pytest.fixture
async def qemu(libvirtd: Libvirtd) -> AsyncIterator[RemoteDriver]:
    driver = await connect(libvirtd.uri())
    yield driver
    await driver.close()


async def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


async def test_operations(test_driver: RemoteDriver) -> None:
    (dom,) = await test_driver.domain.connect_list_all_domains(0)
    assert dom.name == "test"
    assert await test_driver.domain.domain_lookup_by_uuid(uuid=dom.uuid) == dom
    assert await test_driver.host.connect_get_type() == "TEST"
    assert await test_driver.host.connect_is_secure() == 1
    assert await test_driver.lib_version() >= 9_000_000
    assert len(await test_driver.domain.domain_get_vcpus(dom)) == 2
    with pytest.raises(ManorError) as caught:
        await test_driver.domain.domain_lookup_by_name("nobody")
    assert caught.value.code == ErrorNumber.NO_DOMAIN


async def test_both_shells_find_the_same(libvirtd: Libvirtd, test_driver: RemoteDriver) -> None:
    blocking: Backend = connect_blocking(ConnectURI.parse(libvirtd.uri("test", "/default")))
    (dom,) = await test_driver.domain.connect_list_all_domains(0)
    for operation, arguments in (
        ("node_get_info", ()),
        ("connect_list_all_networks", (0,)),
        ("connect_list_all_storage_pools", (0,)),
        ("connect_list_all_interfaces", (0,)),
        ("connect_list_all_node_devices", (0,)),
        ("domain_get_state", (dom, 0)),
        ("domain_get_blkio_parameters", (dom, 0)),
        ("node_get_cpu_map", (0,)),
        ("connect_get_capabilities", ()),
    ):
        found = await test_driver.operation(operation)(*arguments)
        theirs = blocking.call(operation, *arguments)
        # Each connection has objects of its own, with UUIDs of its own.
        assert str(found)[:40] == str(theirs)[:40], operation
        assert type(found) is type(theirs)
    blocking.close()


async def test_many_calls_at_once(test_driver: RemoteDriver) -> None:
    (dom,) = await test_driver.domain.connect_list_all_domains(0)
    xml = await test_driver.domain.domain_get_xml_desc(dom, 0)
    answers = await asyncio.gather(
        *(test_driver.domain.domain_get_xml_desc(dom, 0) for _ in range(300)),
        *(test_driver.domain.domain_lookup_by_name("nobody") for _ in range(300)),
        return_exceptions=True,
    )
    assert answers[:300] == [xml] * 300
    assert all(isinstance(answer, ManorError) for answer in answers[300:])


async def test_events(test_driver: RemoteDriver) -> None:
    (dom,) = await test_driver.domain.connect_list_all_domains(0)
    got: list[Event] = []
    subscription = test_driver.events.subscribe(("domain", 0), got.append, dom)
    await test_driver.domain.domain_suspend(dom)
    await test_driver.domain.domain_resume(dom)
    await wait_for(lambda: len(got) == 2)
    assert [(type(event), event[0]) for event in got] == [(DomainLifecycleEvent, dom)] * 2
    subscription.cancel()
    await test_driver.settle()
    await test_driver.domain.domain_suspend(dom)
    assert len(got) == 2


async def test_upload_and_download(qemu: RemoteDriver, tmp_path: Path) -> None:
    pool = await qemu.storage.storage_pool_create_xml(POOL.format(name="async-pool", path=tmp_path), 0)
    content = bytes(range(256)) * 8192
    volume = await qemu.storage.storage_vol_create_xml(pool, VOLUME.format(name="v", size=len(content)), 0)
    upload = CallerEnd(content[:1_000_000], content[1_000_000:], None)
    await qemu.storage.storage_vol_upload(volume, 0, 0, 0, upload)
    await upload.run()
    assert (tmp_path / "v").read_bytes() == content
    download = CallerEnd()
    await qemu.storage.storage_vol_download(volume, 0, 0, 0, download)
    await download.run()
    assert download.data == content
    await qemu.storage.storage_pool_destroy(pool)


async def test_a_refused_stream(qemu: RemoteDriver) -> None:
    with pytest.raises(ManorError) as caught:
        await qemu.domain.domain_open_console(DomainRef("nobody", bytes(16), 1), None, 0, CallerEnd())
    assert caught.value.code == ErrorNumber.NO_DOMAIN


async def test_loss(own_libvirtd: Libvirtd) -> None:
    driver = await connect(own_libvirtd.uri("test", "/default"))
    reasons: list[ConnectCloseReason] = []
    driver.on_close.append(reasons.append)
    await asyncio.to_thread(own_libvirtd.stop_daemon)
    await wait_for(lambda: bool(reasons))
    assert reasons == [ConnectCloseReason.EOF]
    with pytest.raises(ManorError, match="client socket is closed"):
        await driver.host.connect_get_type()
    await driver.close()


async def test_healing_after_a_restart(own_libvirtd: Libvirtd) -> None:
    """Events go on after the daemon was away, and the program learns of the gap."""
    gaps: list[Gap] = []
    got: list[Event] = []
    driver = await connect(own_libvirtd.uri(), healing=Healing(first=0.02, on_gap=gaps.append))
    driver.events.subscribe(("domain", 0), got.append)
    await driver.domain.domain_define_xml(DOMAIN.format(name="before"))
    await wait_for(lambda: len(got) == 1)
    await asyncio.to_thread(own_libvirtd.stop_daemon)
    pending = asyncio.ensure_future(driver.host.connect_get_type())
    await asyncio.to_thread(own_libvirtd.start_daemon)
    assert await pending == "QEMU"
    dom = await driver.domain.domain_define_xml(DOMAIN.format(name="after"))
    await wait_for(lambda: len(got) == 2)
    assert [event[0] for event in got[1:]] == [dom]
    assert [gap.healed for gap in gaps] == [True]
    assert driver.closed_reason is None
    await driver.close()


async def test_event_streams_tell_of_gaps_in_their_place(own_libvirtd: Libvirtd) -> None:
    """What the API gives: events, the gap, events; a stream that did not ask for gaps goes on without."""
    async with manor.connect(own_libvirtd.uri(), heal=Healing(first=0.02)) as connection:
        async with (
            connection.events(DomainLifecycleEvent, manor.Gap) as events,
            connection.events(DomainLifecycleEvent) as plain,
            asyncio.timeout(60),
        ):
            await connection.define_domain(DOMAIN.format(name="before"))
            await asyncio.to_thread(own_libvirtd.stop_daemon)
            await asyncio.to_thread(own_libvirtd.start_daemon)
            await connection.define_domain(DOMAIN.format(name="after"))
            got = [await events.get() for _ in range(3)]
            names = [(await plain.get()).dom.name for _ in range(2)]
        assert [type(one) for one in got] == [DomainLifecycleEvent, manor.Gap, DomainLifecycleEvent]
        assert isinstance(got[1], manor.Gap)
        assert got[1].healed
        assert names == ["before", "after"]
        for domain in await connection.domains():
            await domain.undefine()


async def test_event_streams_end_with_their_connection(own_libvirtd: Libvirtd) -> None:
    connection = await manor.connect(own_libvirtd.uri("test", "/default"))
    async with connection.events(DomainLifecycleEvent) as events, asyncio.timeout(60):
        domain = await connection.domain("test")
        await domain.destroy()
        await asyncio.to_thread(own_libvirtd.stop_daemon)
        assert (await events.get()).dom.name == "test"
        for _ in range(2):
            with pytest.raises(ManorError, match="client socket is closed"):
                await events.get()
        assert await connection.wait_closed() is ConnectCloseReason.EOF
        with pytest.raises(ManorError, match="client socket is closed"):
            async with connection.events(DomainLifecycleEvent):
                pass
    await connection.close()
    assert await connection.wait_closed() is ConnectCloseReason.EOF
