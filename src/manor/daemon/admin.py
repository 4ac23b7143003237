# SPDX-License-Identifier: Apache-2.0
"""The daemon for administrators: libvirt's admin program, as virt-admin speaks it, with our own figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from manor.constants import LIBVIR_VERSION_NUMBER
from manor.constants import AdmConnectDaemonShutdownFlags as ShutdownFlags
from manor.daemon.handlers import Answer, Handler
from manor.daemon.logs import Log
from manor.daemon.peer import Operation, Peer
from manor.daemon.server import Client, Server
from manor.drivers.interface import Session
from manor.drivers.interface.admin import AdminFamily
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import AdminClientRef, AdminServerRef, TypedParam, bool_param, int_param, string_param, uint_param
from manor.records.checks import UINT, checked
from manor.wire.programs import ADMIN

_error = reporter(ErrorDomain.ADMIN)
_rpc_error = reporter(ErrorDomain.RPC)
_plain_error = reporter(ErrorDomain.NONE)


class Administered(Protocol):
    """What administrators see and change of the daemon."""

    log: Log

    @property
    def servers(self) -> Mapping[str, Server]:
        """The servers by name."""

    def update_tls(self, server: Server) -> bool:
        """Read a server's certificates again; False where it has none."""

    def set_timeout(self, seconds: int) -> None:
        """Stop after so many seconds without a client; 0 means never."""

    def shut_down(self) -> None:
        """Stop, leaving guests running."""


def _check_flags(flags: int, function: str, allowed: int = 0) -> None:
    if flags & ~allowed:
        raise _error.unsupported_flags(flags & ~allowed, function)


def _settings(params: list[TypedParam], allowed: tuple[str, ...]) -> dict[str, int]:
    """The parameters by name. Raises libvirt's errors for those that cannot be."""
    return {name: int(value) for name, value in checked(params, dict.fromkeys(allowed, UINT)).items()}


class DaemonAdmin(AdminFamily):
    """The operations of the admin program."""

    def __init__(self, session: Session, daemon: Administered) -> None:
        super().__init__(session)
        self._daemon = daemon

    def _server(self, name: str) -> Server:
        server = self._daemon.servers.get(name)
        if server is None:
            raise _rpc_error(ErrorNumber.NO_SERVER, f"No server named '{name}'")
        return server

    def _client(self, srv: AdminServerRef, number: int) -> Client:
        client = self._server(srv.name).clients.get(number)
        if client is None:
            raise _rpc_error(ErrorNumber.NO_CLIENT, f"No client with matching ID '{number}'")
        return client

    def _known_client(self, clnt: AdminClientRef) -> Client:
        """The same for the one call where libvirt has other words for what is not there."""
        server = self._daemon.servers.get(clnt.srv.name)
        if server is None:
            raise _error(ErrorNumber.NO_SERVER, f"no server with matching name '{clnt.srv.name}' found")
        client = server.clients.get(clnt.id)
        if client is None:
            raise _error(ErrorNumber.NO_CLIENT, f"no client with matching id '{clnt.id}' found")
        return client

    async def connect_get_lib_version(self) -> int:
        return LIBVIR_VERSION_NUMBER

    # Servers

    async def connect_list_servers(self, flags: int) -> list[AdminServerRef]:
        _check_flags(flags, "adminConnectListServers")
        return [AdminServerRef(name) for name in self._daemon.servers]

    async def connect_lookup_server(self, name: str, flags: int) -> AdminServerRef:
        return AdminServerRef(self._server(name).name)

    async def server_get_threadpool_parameters(self, srv: AdminServerRef, flags: int) -> list[TypedParam]:
        _check_flags(flags, "adminServerGetThreadPoolParameters")
        workers = self._server(srv.name).workers
        figures = {
            "minWorkers": workers.minimum,
            "maxWorkers": workers.maximum,
            "nWorkers": workers.count,
            "freeWorkers": workers.free,
            "prioWorkers": workers.reserved,
            "jobQueueDepth": workers.waiting,
        }
        return [uint_param(name, figure) for name, figure in figures.items()]

    async def server_set_threadpool_parameters(self, srv: AdminServerRef, params: list[TypedParam], flags: int) -> None:
        _check_flags(flags, "adminServerSetThreadPoolParameters")
        workers = self._server(srv.name).workers
        given = _settings(params, ("minWorkers", "maxWorkers", "prioWorkers"))
        minimum, maximum = given.get("minWorkers", workers.minimum), given.get("maxWorkers", workers.maximum)
        if minimum > maximum:
            raise _plain_error(ErrorNumber.INVALID_ARG, "minWorkers cannot be larger than maxWorkers")
        workers.minimum, workers.maximum = minimum, maximum
        workers.reserved = given.get("prioWorkers", workers.reserved)
        workers.next()

    async def server_get_client_limits(self, srv: AdminServerRef, flags: int) -> list[TypedParam]:
        _check_flags(flags, "adminServerGetClientLimits")
        server = self._server(srv.name)
        figures = {
            "nclients_max": server.max_clients,
            "nclients": len(server.clients),
            "nclients_unauth_max": server.max_anonymous,
            "nclients_unauth": server.anonymous,
        }
        return [uint_param(name, figure) for name, figure in figures.items()]

    async def server_set_client_limits(self, srv: AdminServerRef, params: list[TypedParam], flags: int) -> None:
        _check_flags(flags, "adminServerSetClientLimits")
        server = self._server(srv.name)
        given = _settings(params, ("nclients_max", "nclients_unauth_max"))
        clients = given.get("nclients_max", server.max_clients)
        anonymous = given.get("nclients_unauth_max", server.max_anonymous)
        if anonymous > clients:
            text = (
                "The overall maximum number of clients waiting for authentication must not be less than the overall "
                "maximum number of clients"
            )
            raise _rpc_error(ErrorNumber.INVALID_ARG, text)
        server.max_clients, server.max_anonymous = clients, anonymous
        server.accept_clients()

    async def server_update_tls_files(self, srv: AdminServerRef, flags: int) -> None:
        _check_flags(flags, "adminServerUpdateTlsFiles")
        if not self._daemon.update_tls(self._server(srv.name)):
            raise _rpc_error(ErrorNumber.INTERNAL_ERROR, "no tls service found, unable to update tls files")

    # Clients

    async def server_list_clients(self, srv: AdminServerRef, flags: int) -> list[AdminClientRef]:
        _check_flags(flags, "adminServerListClients")
        return [_reference(srv, client) for client in self._server(srv.name).clients.values()]

    async def server_lookup_client(self, srv: AdminServerRef, id: int, flags: int) -> AdminClientRef:
        _check_flags(flags, "adminServerLookupClient")
        return _reference(srv, self._client(srv, id))

    async def client_get_info(self, clnt: AdminClientRef, flags: int) -> list[TypedParam]:
        client = self._known_client(clnt)
        _check_flags(flags, "adminClientGetInfo")
        who = client.service.identity
        params = [bool_param("readonly", client.readonly)]
        texts: dict[str, str | None] = {
            "sasl_user_name": who.sasl_user_name,
            "tls_x509_dname": who.x509_distinguished_name,
            "sock_addr": client.address or None,
        }
        if client.identity.user_id is not None:
            params += [
                int_param("unix_user_id", client.identity.user_id),
                string_param("unix_user_name", client.identity.user_name or ""),
                int_param("unix_group_id", client.identity.group_id or 0),
                string_param("unix_group_name", client.identity.group_name or ""),
                int_param("unix_process_id", -1 if client.identity.process_id is None else client.identity.process_id),
            ]
            texts["selinux_context"] = who.selinux_context
        return params + [string_param(name, text) for name, text in texts.items() if text is not None]

    async def client_close(self, clnt: AdminClientRef, flags: int) -> None:
        client = self._client(clnt.srv, clnt.id)
        _check_flags(flags, "adminClientClose")
        client.peer.close("an administrator has closed the connection")

    # The daemon

    async def connect_get_logging_outputs(self, flags: int) -> str:
        _check_flags(flags, "adminConnectGetLoggingOutputs")
        return " ".join(map(str, self._daemon.log.outputs))

    async def connect_get_logging_filters(self, flags: int) -> str | None:
        _check_flags(flags, "adminConnectGetLoggingFilters")
        return " ".join(map(str, self._daemon.log.filters)) or None

    async def connect_set_logging_outputs(self, outputs: str | None, flags: int) -> None:
        _check_flags(flags, "adminConnectSetLoggingOutputs")
        self._daemon.log.set_outputs(outputs or "")

    async def connect_set_logging_filters(self, filters: str | None, flags: int) -> None:
        _check_flags(flags, "adminConnectSetLoggingFilters")
        self._daemon.log.set_filters(filters or "")

    async def connect_set_daemon_timeout(self, timeout: int, flags: int) -> None:
        _check_flags(flags, "adminConnectSetDaemonTimeout")
        self._daemon.set_timeout(timeout)

    async def connect_daemon_shutdown(self, flags: int) -> None:
        _check_flags(flags, "adminConnectDaemonShutdown", int(ShutdownFlags.PRESERVE))
        # What preserving guests means in libvirt's flag is what always happens here: they go on running.
        self._daemon.shut_down()


def _reference(srv: AdminServerRef, client: Client) -> AdminClientRef:
    return AdminClientRef(srv, client.number, client.since, client.listener.transport)


class AdminService:
    """One client's connection to the admin socket, which only administrators can connect to."""

    programs = frozenset({ADMIN.number})
    authenticated = True

    def __init__(self, peer: Peer, client: Client, daemon: Administered) -> None:
        self.identity = client.identity
        self._peer = peer
        self._family = DaemonAdmin(Session("", client.identity), daemon)

    def operation(self, handler: Handler, args: tuple[Any, ...], wire_args: tuple[Any, ...]) -> Operation:
        """The coroutine function of a call."""
        owner = self if handler.is_layer else self._family
        bound: Operation = getattr(owner, handler.name)
        return bound

    def lost(self) -> None:
        """Nothing is sent by itself here."""

    async def end(self) -> None:
        """Nothing belongs to the client."""

    async def connect_open(self, flags: int) -> None:
        _check_flags(flags, "adminConnectOpen")

    async def connect_close(self) -> Answer:
        return Answer((), self._peer.close_soon)
