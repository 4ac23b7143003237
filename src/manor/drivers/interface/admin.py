# SPDX-License-Identifier: Apache-2.0
"""The daemon itself, as libvirt's admin program sees it."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import AdminClientRef, AdminServerRef, TypedParam


class AdminFamily(Family):
    """The daemon itself, as libvirt's admin program sees it."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.ADMIN

    async def connect_get_lib_version(self) -> int:
        """virAdmConnectGetLibVersion."""
        raise self.unsupported("virAdmConnectGetLibVersion")

    async def connect_list_servers(self, flags: int) -> list[AdminServerRef]:
        """virAdmConnectListServers."""
        raise self.unsupported("virAdmConnectListServers")

    async def connect_lookup_server(self, name: str, flags: int) -> AdminServerRef:
        """virAdmConnectLookupServer."""
        raise self.unsupported("virAdmConnectLookupServer")

    async def server_get_threadpool_parameters(self, srv: AdminServerRef, flags: int) -> list[TypedParam]:
        """virAdmServerGetThreadPoolParameters."""
        raise self.unsupported("virAdmServerGetThreadPoolParameters")

    async def server_set_threadpool_parameters(self, srv: AdminServerRef, params: list[TypedParam], flags: int) -> None:
        """virAdmServerSetThreadPoolParameters."""
        raise self.unsupported("virAdmServerSetThreadPoolParameters")

    async def server_list_clients(self, srv: AdminServerRef, flags: int) -> list[AdminClientRef]:
        """virAdmServerListClients."""
        raise self.unsupported("virAdmServerListClients")

    async def server_lookup_client(self, srv: AdminServerRef, id: int, flags: int) -> AdminClientRef:
        """virAdmServerLookupClient."""
        raise self.unsupported("virAdmServerLookupClient")

    async def client_get_info(self, clnt: AdminClientRef, flags: int) -> list[TypedParam]:
        """virAdmClientGetInfo."""
        raise self.unsupported("virAdmClientGetInfo")

    async def client_close(self, clnt: AdminClientRef, flags: int) -> None:
        """virAdmClientClose."""
        raise self.unsupported("virAdmClientClose")

    async def server_get_client_limits(self, srv: AdminServerRef, flags: int) -> list[TypedParam]:
        """virAdmServerGetClientLimits."""
        raise self.unsupported("virAdmServerGetClientLimits")

    async def server_set_client_limits(self, srv: AdminServerRef, params: list[TypedParam], flags: int) -> None:
        """virAdmServerSetClientLimits."""
        raise self.unsupported("virAdmServerSetClientLimits")

    async def connect_get_logging_outputs(self, flags: int) -> str:
        """virAdmConnectGetLoggingOutputs."""
        raise self.unsupported("virAdmConnectGetLoggingOutputs")

    async def connect_get_logging_filters(self, flags: int) -> str | None:
        """virAdmConnectGetLoggingFilters."""
        raise self.unsupported("virAdmConnectGetLoggingFilters")

    async def connect_set_logging_outputs(self, outputs: str | None, flags: int) -> None:
        """virAdmConnectSetLoggingOutputs."""
        raise self.unsupported("virAdmConnectSetLoggingOutputs")

    async def connect_set_logging_filters(self, filters: str | None, flags: int) -> None:
        """virAdmConnectSetLoggingFilters."""
        raise self.unsupported("virAdmConnectSetLoggingFilters")

    async def server_update_tls_files(self, srv: AdminServerRef, flags: int) -> None:
        """virAdmServerUpdateTlsFiles."""
        raise self.unsupported("virAdmServerUpdateTlsFiles")

    async def connect_set_daemon_timeout(self, timeout: int, flags: int) -> None:
        """virAdmConnectSetDaemonTimeout."""
        raise self.unsupported("virAdmConnectSetDaemonTimeout")

    async def connect_daemon_shutdown(self, flags: int) -> None:
        """virAdmConnectDaemonShutdown."""
        raise self.unsupported("virAdmConnectDaemonShutdown")
