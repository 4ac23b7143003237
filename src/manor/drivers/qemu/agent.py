# SPDX-License-Identifier: Apache-2.0
"""The QEMU guest agent of one guest: commands with deadlines over the agent's channel.

Nothing here knows what the commands are for; the guest's owner does, and decides whether an agent is there
(VSERPORT_CHANGE). The protocol is in `agent_core`. The guest is untrusted and may answer late, never, or
nonsense: each of these costs the command its result and the next one a synchronisation, no more.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
import secrets
import socket
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any, Final, Self, TypeVar, overload

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.agent_core import AgentCore, AgentMessage, AgentRefusal, Answer, Garbage
from manor.drivers.qemu.qmp_socket import QmpSocket
from manor.errors import ManorError, reporter
from manor.system.fds import connect_unix

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.QEMU)
_T = TypeVar("_T")

COMMAND_TIMEOUT: Final = 5.0
"""Seconds for an answer by default: libvirt's VIR_DOMAIN_QEMU_AGENT_COMMAND_DEFAULT."""

SYNC_TIMEOUT: Final = 5.0
"""Seconds for an agent to answer synchronisation before a command, which shows whether one is alive."""

_IDLE_BUDGET: Final = 65536
"""Bytes read and dropped while no command is in flight; beyond that the guest blocks, not we."""


class AgentError(ManorError):
    """The agent refused a command: VIR_ERR_INTERNAL_ERROR with libvirt's text.

    ``error_class`` is the agent's (``GenericError``, ``CommandNotFound``…), ``description`` its own text.
    """

    def __init__(self, command: str, error_class: str, description: str) -> None:
        made = _error(ErrorNumber.INTERNAL_ERROR, f"unable to execute QEMU agent command '{command}': {description}")
        super().__init__(made.code, made.message, made.domain, str1=made.str1, str2=made.str2)
        self.command = command
        self.error_class = error_class
        self.description = description


class Agent:
    """The channel to one guest agent; all of it happens in the event loop that made it.

    One command at a time; others wait in line, within their own deadline.
    """

    def __init__(self, sock: socket.socket, name: str) -> None:
        """Take over a connected socket (QEMU's side of the channel); ``name`` is the guest's."""
        self.name = name
        self._core = AgentCore()
        self._turn = asyncio.Lock()
        self._idents = itertools.count(secrets.randbits(31))
        self._answer: asyncio.Future[msgspec.Raw] | None = None
        self._synced: asyncio.Future[None] | None = None
        self._command = ""
        self._idle_bytes = 0
        self._socket = QmpSocket(sock, self._received, self._lost)

    @classmethod
    def connect(cls, path: Path, name: str) -> Self:
        """An agent on the unix socket of the guest's channel; raises VIR_ERR_SYSTEM_ERROR.

        It succeeds whether or not an agent runs in the guest.
        """
        try:
            return cls(connect_unix(path), name)
        except OSError as exc:
            raise _error.system(exc.errno or errno.EIO, "failed to connect to agent socket") from exc

    @property
    def closed(self) -> bool:
        return self._socket.closed

    @overload
    async def execute(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = COMMAND_TIMEOUT,
        until: Awaitable[object] | None = None,
    ) -> Any: ...

    @overload
    async def execute(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        result: type[_T],
        timeout: float | None = COMMAND_TIMEOUT,
    ) -> _T: ...

    async def execute(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        result: Any = Any,
        timeout: float | None = COMMAND_TIMEOUT,
        until: Awaitable[object] | None = None,
    ) -> Any:
        """Give a command and return its result, decoded as ``result`` (a msgspec type; default: plain values).

        ``timeout`` is in seconds for the answer, after the synchronisation that may be due; None waits as long
        as the channel lasts. Commands without an answer (guest-shutdown, guest-suspend-*) are over when
        ``until`` is, or when the channel is lost; then None is returned.

        Raises `AgentError` when the agent refuses, VIR_ERR_AGENT_UNRESPONSIVE when it does not answer in time
        or disappears, VIR_ERR_INTERNAL_ERROR when it answers nonsense.
        """
        raw = await self._run(command, self._core.command(command, arguments), timeout, until)
        if raw is None:
            return None
        try:
            return msgspec.json.decode(raw, type=result)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            detail = f"guest agent returned malformed or invalid return value: {exc}"
            raise _error(ErrorNumber.INTERNAL_ERROR, detail) from exc

    async def passthrough(self, message: Mapping[str, Any], *, timeout: float | None = COMMAND_TIMEOUT) -> str:
        """Send a message of the user's (virDomainQemuAgentCommand), return the whole answer as JSON."""
        name = str(message.get("execute"))
        raw = await self._run(name, self._core.message(message), timeout, None)
        return msgspec.json.format(msgspec.json.encode({"return": raw}), indent=-1).decode()

    def close(self) -> None:
        """Close the channel now; a command in flight fails as if the agent had disappeared."""
        self._socket.close()
        self._lost(None)

    async def _run(
        self, command: str, data: bytes, timeout: float | None, until: Awaitable[object] | None
    ) -> msgspec.Raw | None:
        try:
            async with asyncio.timeout(timeout):
                await self._turn.acquire()
        except TimeoutError:
            raise _unavailable() from None
        try:
            if self.closed:
                raise _error(ErrorNumber.AGENT_UNRESPONSIVE, "QEMU guest agent is not connected")
            self._socket.resume()
            if not self._core.synced:
                await self._synchronise(timeout)
            return await self._ask(command, data, timeout, until)
        finally:
            self._idle_bytes = 0
            self._turn.release()

    async def _synchronise(self, timeout: float | None) -> None:
        synced = self._synced = asyncio.get_running_loop().create_future()
        self._socket.send(self._core.sync(next(self._idents)))
        try:
            async with asyncio.timeout(SYNC_TIMEOUT if timeout is None else min(timeout, SYNC_TIMEOUT)):
                await synced
        except TimeoutError:
            raise _unavailable() from None
        finally:
            self._synced = None

    async def _ask(
        self, command: str, data: bytes, timeout: float | None, until: Awaitable[object] | None
    ) -> msgspec.Raw | None:
        answer: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._answer = answer
        waited: list[asyncio.Future[Any]] = [answer]
        if until is not None:
            waited.append(asyncio.ensure_future(until))
        self._command = command
        self._socket.send(data)
        try:
            await asyncio.wait(waited, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if until is not None and (waited[1].done() or self.closed):
                return None
            if not answer.done():
                raise _unavailable()
            return answer.result()
        finally:
            self._answer = None
            if not answer.done():
                self._core.desync()
            for future in waited:
                _dismiss(future)

    def _received(self, data: bytes) -> None:
        if self._answer is None and self._synced is None:
            self._overhear(len(data))
        for message in self._core.receive(data):
            self._dispatch(message)
        if self._synced is not None and self._core.synced and not self._synced.done():
            self._synced.set_result(None)

    def _overhear(self, size: int) -> None:
        """Data that nobody asked for: an answer that came too late, or a guest that plays games."""
        self._core.desync()
        self._idle_bytes += size
        if self._idle_bytes > _IDLE_BUDGET:
            _log.debug("guest %s: the agent's channel is not read until the next command", self.name)
            self._socket.pause()

    def _dispatch(self, message: AgentMessage) -> None:
        answer = self._answer
        if answer is None or answer.done():
            _log.debug("guest %s: ignoring delayed reply of the agent", self.name)
            self._core.desync()
            return
        match message:
            case Answer(value):
                answer.set_result(value)
            case AgentRefusal(error_class, description):
                answer.set_exception(AgentError(self._command, error_class, description))
            case Garbage(reason):
                answer.set_exception(_error(ErrorNumber.INTERNAL_ERROR, reason))

    def _lost(self, exc: OSError | None) -> None:
        if exc is not None:
            _log.warning("guest %s: the agent's channel failed: %s", self.name, exc)
        for future in (self._answer, self._synced):
            if future is not None and not future.done():
                detail = "Guest agent disappeared while executing command"
                future.set_exception(_error(ErrorNumber.AGENT_UNRESPONSIVE, detail))


def _dismiss(future: asyncio.Future[Any]) -> None:
    """Nobody waits any more: cancel it, or take note of an exception that would be reported as lost."""
    if not future.cancel() and not future.cancelled():
        future.exception()


def _unavailable() -> ManorError:
    return _error(ErrorNumber.AGENT_UNRESPONSIVE, "Guest agent not available for now")
