# SPDX-License-Identifier: Apache-2.0
"""Connections: how they are opened, what they find and make."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID

from manor.api.domain import Domain
from manor.api.events import EventStream
from manor.api.network import Network
from manor.api.node import HostInterface, NetworkFilter, NodeDevice, Secret
from manor.api.opening import open_driver
from manor.api.stats import DomainStats
from manor.api.storage import StoragePool, StorageVolume
from manor.client.backend import Authenticator
from manor.constants import ConnectCloseReason, ConnectListAllDomainsFlags
from manor.drivers.interface import Driver
from manor.drivers.remote import Gap, Healing, RemoteDriver
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records import NodeInfo

_error = reporter(ErrorDomain.RPC)

R = TypeVar("R")
T = TypeVar("T")


class Connection:
    """An open connection. Close it, or use it as an async context manager.

    `driver` is the catalogue of operations, `ended` the error that calls fail with once it is over, else None.
    """

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.event_streams: set[EventStream[Any]] = set()
        self.ended: ManorError | None = None
        self._closed: asyncio.Future[ConnectCloseReason] = asyncio.get_running_loop().create_future()
        if isinstance(driver, RemoteDriver):
            driver.on_close.append(self._over)
            driver.on_gap.append(self._interrupted)

    async def close(self) -> None:
        """Close it: what belongs to it ends (autodestroyed domains, streams, event streams)."""
        self._over(ConnectCloseReason.CLIENT)
        await self.driver.close()

    async def wait_closed(self) -> ConnectCloseReason:
        """Return when it is over, with the reason: lost and not to be healed, or closed by this program.

        As a callback of virConnectRegisterCloseCallback is told.
        """
        return await asyncio.shield(self._closed)

    def _over(self, reason: ConnectCloseReason) -> None:
        if self.ended is None:
            if reason is ConnectCloseReason.CLIENT:
                self.ended = _error(ErrorNumber.INVALID_CONN, "a connection that is closed")
            else:
                self.ended = _error(ErrorNumber.INTERNAL_ERROR, "client socket is closed")
            self._closed.set_result(reason)
            for stream in tuple(self.event_streams):
                stream.over(self.ended)

    def _interrupted(self, gap: Gap) -> None:
        for stream in tuple(self.event_streams):
            stream.interrupted(gap)

    async def __aenter__(self) -> Connection:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # The host

    async def uri(self) -> str:
        """The URI by which the driver knows itself."""
        return await self.driver.host.connect_get_uri()

    async def hypervisor(self) -> str:
        """The hypervisor: QEMU, TEST …"""
        return await self.driver.host.connect_get_type()

    async def version(self) -> int:
        """The hypervisor's version: 1 000 000 × major + 1 000 × minor + release."""
        return await self.driver.host.connect_get_version()

    async def hostname(self) -> str:
        """The host's name."""
        return await self.driver.host.connect_get_hostname()

    async def node_info(self) -> NodeInfo:
        """The host's processors and memory."""
        return await self.driver.host.node_get_info()

    async def capabilities(self) -> str:
        """What the host and its emulators can do, as XML."""
        return await self.driver.host.connect_get_capabilities()

    async def domain_capabilities(
        self,
        emulator: str | None = None,
        arch: str | None = None,
        machine: str | None = None,
        virt_type: str | None = None,
    ) -> str:
        """What domains of a kind can have, as XML."""
        return await self.driver.host.connect_get_domain_capabilities(emulator, arch, machine, virt_type, 0)

    # Events

    def events(self, *kinds: type[T]) -> EventStream[T]:
        """Events of some kinds (`manor.records.events`) of all objects.

        `Gap` may be one of the kinds: it then stands where events may be missing because the connection was lost.
        """
        return EventStream(self, self.driver.events, kinds, None)

    # Domains

    async def domains(self, flags: ConnectListAllDomainsFlags | int = 0) -> list[Domain]:
        """All domains, or those that flags let through."""
        return self._wrap(Domain, await self.driver.domain.connect_list_all_domains(int(flags)))

    async def domain(self, name: str) -> Domain:
        """The domain with a name."""
        return Domain(self, await self.driver.domain.domain_lookup_by_name(name))

    async def domain_by_uuid(self, uuid: UUID | str) -> Domain:
        """The domain with a UUID."""
        return Domain(self, await self.driver.domain.domain_lookup_by_uuid(_uuid(uuid)))

    async def domain_by_id(self, domain_id: int) -> Domain:
        """The running domain with an id."""
        return Domain(self, await self.driver.domain.domain_lookup_by_id(domain_id))

    async def define_domain(self, xml: str, flags: int = 0) -> Domain:
        """Define a domain, or redefine it."""
        return Domain(self, await self.driver.domain.domain_define_xml_flags(xml, int(flags)))

    async def create_domain(self, xml: str, flags: int = 0) -> Domain:
        """Start a domain that is gone when it ends."""
        return Domain(self, await self.driver.domain.domain_create_xml(xml, int(flags)))

    async def restore(self, path: Path | str, *, xml: str | None = None, flags: int = 0) -> None:
        """Start a domain from a saved state."""
        await self.driver.domain.domain_restore_flags(str(path), xml, int(flags))

    async def stats(self, groups: int = 0, flags: int = 0) -> list[DomainStats]:
        """Figures of all domains, asked at once; `groups` are DomainStatsTypes, 0 all."""
        records = await self.driver.domain.connect_get_all_domain_stats([], int(groups), int(flags))
        return [DomainStats.from_record(record) for record in records]

    # Networks

    async def networks(self, flags: int = 0) -> list[Network]:
        """All virtual networks."""
        return self._wrap(Network, await self.driver.network.connect_list_all_networks(flags))

    async def network(self, name: str) -> Network:
        """The network with a name."""
        return Network(self, await self.driver.network.network_lookup_by_name(name))

    async def define_network(self, xml: str) -> Network:
        """Define a network."""
        return Network(self, await self.driver.network.network_define_xml(xml))

    # Storage

    async def storage_pools(self, flags: int = 0) -> list[StoragePool]:
        """All storage pools."""
        return self._wrap(StoragePool, await self.driver.storage.connect_list_all_storage_pools(flags))

    async def storage_pool(self, name: str) -> StoragePool:
        """The pool with a name."""
        return StoragePool(self, await self.driver.storage.storage_pool_lookup_by_name(name))

    async def define_storage_pool(self, xml: str) -> StoragePool:
        """Define a pool."""
        return StoragePool(self, await self.driver.storage.storage_pool_define_xml(xml, 0))

    async def storage_volume(self, path: str) -> StorageVolume:
        """The volume at a path."""
        return StorageVolume(self, await self.driver.storage.storage_vol_lookup_by_path(path))

    # The rest of the host

    async def node_devices(self, flags: int = 0) -> list[NodeDevice]:
        """The host's devices."""
        return self._wrap(NodeDevice, await self.driver.node_device.connect_list_all_node_devices(flags))

    async def interfaces(self, flags: int = 0) -> list[HostInterface]:
        """The host's network interfaces."""
        return self._wrap(HostInterface, await self.driver.interface.connect_list_all_interfaces(flags))

    async def network_filters(self) -> list[NetworkFilter]:
        """All network filters."""
        return self._wrap(NetworkFilter, await self.driver.nwfilter.connect_list_all_nwfilters(0))

    async def secrets(self, flags: int = 0) -> list[Secret]:
        """All secrets."""
        return self._wrap(Secret, await self.driver.secret.connect_list_all_secrets(flags))

    def _wrap(self, kind: Callable[[Connection, R], T], references: list[R]) -> list[T]:
        return [kind(self, reference) for reference in references]


class _Opening:
    """A connection being opened: await it, or enter it."""

    def __init__(self, uri: str | None, *, readonly: bool, auth: Authenticator | None, heal: bool | Healing) -> None:
        self._arguments = (uri, readonly, auth, heal)
        self._connection: Connection | None = None

    async def _open(self) -> Connection:
        self._connection = Connection(await open_driver(*self._arguments))
        return self._connection

    def __await__(self) -> Generator[object, object, Connection]:
        return self._open().__await__()

    async def __aenter__(self) -> Connection:
        return await self._open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close()


def connect(
    uri: str | None = None, *, readonly: bool = False, auth: Authenticator | None = None, heal: bool | Healing = False
) -> _Opening:
    """Open a connection: ``async with manor.connect("qemu:///system") as connection`` or ``await manor.connect(…)``.

    Without a URI, the one the environment or the client's configuration names, else what this machine has. With `heal`
    a connection to a daemon that is lost is opened again by itself, with its event streams; a `Healing` says how.

    Raises ManorError.
    """
    return _Opening(uri, readonly=readonly, auth=auth, heal=heal)


def _uuid(value: UUID | str) -> bytes:
    return (value if isinstance(value, UUID) else UUID(value)).bytes
