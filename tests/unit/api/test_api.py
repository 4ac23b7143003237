# SPDX-License-Identifier: Apache-2.0
"""The asyncio API over the test driver."""

import asyncio
from collections.abc import AsyncIterator

import pytest

import manor
from manor.api import Connection
from manor.constants import ConnectCloseReason, DomainEventType, DomainState, ErrorNumber
from manor.errors import ManorError
from manor.records.events import DomainLifecycleEvent

XML = "<domain type='test'><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>"


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    async with manor.connect("test:///default") as opened:
        yield opened


async def test_a_connection_can_be_awaited_or_entered() -> None:
    opened = await manor.connect("test:///default")
    assert await opened.hypervisor() == "TEST"
    await opened.close()
    async with manor.connect("test:///default") as entered:
        assert await entered.uri() == "test:///default"


async def test_domains_are_found_made_and_forgotten(connection: Connection) -> None:
    domain = await connection.define_domain(XML)
    try:
        assert domain.name == "web"
        assert await connection.domain("web") == domain
        assert await connection.domain_by_uuid(domain.uuid) == domain
        assert domain in await connection.domains()
        await domain.start()
        assert (await domain.state())[0] is DomainState.RUNNING
        assert await connection.domain_by_id((await connection.domain("web")).id) == domain
        await domain.destroy()
    finally:
        await domain.undefine()
    with pytest.raises(ManorError) as missing:
        await connection.domain("web")
    assert missing.value.code == ErrorNumber.NO_DOMAIN


async def test_events_arrive_in_order_and_only_of_their_object(connection: Connection) -> None:
    other = await connection.domain("test")
    domain = await connection.define_domain(XML)
    try:
        async with domain.events(DomainLifecycleEvent) as events, asyncio.timeout(5):
            await other.suspend()
            await other.resume()
            await domain.start()
            await domain.destroy()
            seen = [await events.get(), await events.get()]
    finally:
        await domain.undefine()
    kinds = [event.event for event in seen if isinstance(event, DomainLifecycleEvent)]
    assert kinds == [DomainEventType.STARTED, DomainEventType.STOPPED]


async def test_waiting_for_a_state(connection: Connection) -> None:
    domain = await connection.define_domain(XML)
    try:
        waiting = asyncio.create_task(domain.wait_for(DomainState.RUNNING))
        await asyncio.sleep(0)
        await domain.start()
        async with asyncio.timeout(5):
            await waiting
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await domain.wait_for(DomainState.CRASHED)
        await domain.destroy()
    finally:
        await domain.undefine()


async def test_statistics_are_typed(connection: Connection) -> None:
    stats = await connection.stats()
    test = next(found for found in stats if found.name == "test")
    assert test.state is DomainState.RUNNING
    assert test.raw["state.state"] == DomainState.RUNNING


async def test_storage_and_networks(connection: Connection) -> None:
    assert [network.name for network in await connection.networks()] == ["default"]
    pool = await connection.storage_pool("default-pool")
    volume = await pool.create_volume("<volume><name>v</name><capacity>1048576</capacity></volume>")
    assert (await volume.info()).capacity == 1048576
    assert volume.name in [found.name for found in await pool.volumes()]
    await volume.delete()


async def test_a_screenshot_comes_through_a_stream(connection: Connection) -> None:
    picture = await (await connection.domain("test")).screenshot()
    assert picture.startswith(b"\x89PNG")


async def test_what_a_driver_lacks_is_said(connection: Connection) -> None:
    domain = await connection.domain("test")
    with pytest.raises(ManorError) as refused:
        await domain.checkpoints()
        await connection.secrets()
    assert refused.value.code == ErrorNumber.NO_SUPPORT


async def test_a_readonly_connection_changes_nothing() -> None:
    async with manor.connect("test:///default", readonly=True) as opened:
        domain = await opened.domain("test")
        with pytest.raises(ManorError) as refused:
            await domain.suspend()
    assert refused.value.code == ErrorNumber.OPERATION_DENIED


async def test_iteration_over_events_ends_when_the_program_closes_the_connection() -> None:
    connection = await manor.connect("test:///default")
    async with connection.events(DomainLifecycleEvent) as events, asyncio.timeout(5):
        await (await connection.domain("test")).destroy()
        await connection.close()
        assert [event.dom.name async for event in events] == ["test"]
        with pytest.raises(manor.ManorError, match="a connection that is closed"):
            await events.get()
    assert await connection.wait_closed() is ConnectCloseReason.CLIENT


async def test_a_slow_reader_of_events_is_told_what_it_missed(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manor.api.events.WAITING_EVENTS", 3)
    domain = await connection.domain("test")
    async with connection.events(DomainLifecycleEvent) as events, asyncio.timeout(5):
        for _ in range(3):
            await domain.suspend()
            await domain.resume()
        assert len([await events.get() for _ in range(3)]) == 3
        with pytest.raises(manor.ManorError, match="events were lost while 3 waited"):
            await events.get()
        await domain.suspend()
        assert (await events.get()).event == DomainEventType.SUSPENDED
