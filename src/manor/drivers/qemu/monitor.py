# SPDX-License-Identifier: Apache-2.0
"""The QMP monitor of one QEMU: commands, deadlines, events, loss of the connection.

The only place that speaks QMP; what a command is good for is said where it is given. The protocol itself
is in `qmp_core`, which says why this is not the ``qemu.qmp`` package.

A `Monitor` sits on a connected socket. For a guest, listen with `manor.system.fds.listen_unix`, pass the
listening descriptor to QEMU (``-chardev socket,id=charmonitor,fd=N,server=on,wait=off``) and connect at
once: the connection waits in the backlog until QEMU accepts it. After a restart of the daemon connect to
the same path again; QEMU then greets anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeVar, overload

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.qmp_core import (
    Command,
    Event,
    Message,
    QmpCore,
    QmpProtocolError,
    Ready,
    Refusal,
    Reply,
)
from manor.drivers.qemu.qmp_socket import QmpSocket
from manor.errors import ManorError, reporter
from manor.system.fds import DupFds, connect_unix

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.QEMU)
_T = TypeVar("_T")

COMMAND_TIMEOUT: Final = 60.0
"""Seconds until a command that was given no deadline fails; long ones are jobs in QEMU and answer at once."""

READY_TIMEOUT: Final = 30.0
"""Seconds for QEMU to accept, greet and negotiate."""


class QmpError(ManorError):
    """QEMU refused a command: VIR_ERR_INTERNAL_ERROR with libvirt's text.

    ``error_class`` is QMP's (``GenericError``, ``DeviceNotFound``, ``CommandNotFound``, …), ``description``
    QEMU's own text, for those who react to certain refusals.
    """

    def __init__(self, command: str, error_class: str, description: str) -> None:
        detail = f"unable to execute QEMU command '{command}': {description}"
        made = _error(ErrorNumber.INTERNAL_ERROR, detail)
        super().__init__(made.code, made.message, made.domain, str1=made.str1, str2=made.str2)
        self.command = command
        self.error_class = error_class
        self.description = description


class EventQueue:
    """The events of some names since the queue was opened, in order; made by `Monitor.listening`."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self._events: deque[Event] = deque()
        self._failure: Callable[[], ManorError] | None = None
        self._arrived = asyncio.Event()

    async def get(self, timeout: float) -> Event:
        """The next event; VIR_ERR_OPERATION_TIMEOUT after ``timeout`` seconds, or the monitor's failure."""
        return await self.where(timeout)

    async def where(self, timeout: float, **data: Any) -> Event:
        """The next event whose data has these members, dropping those before it; raises as `get`."""
        try:
            async with asyncio.timeout(timeout):
                return await self._match(data)
        except TimeoutError:
            what = " or ".join(sorted(self.names))
            raise _error(
                ErrorNumber.OPERATION_TIMEOUT, f"QEMU did not emit {what} within {timeout:g} seconds"
            ) from None

    def put(self, event: Event) -> None:
        if event.name in self.names:
            self._events.append(event)
            self._arrived.set()

    def fail(self, failure: Callable[[], ManorError]) -> None:
        """Let readers fail once what has arrived is read."""
        self._failure = failure
        self._arrived.set()

    async def _match(self, data: Mapping[str, Any]) -> Event:
        while True:
            while self._events:
                event = self._events.popleft()
                if all(event.data.get(name) == value for name, value in data.items()):
                    return event
            if self._failure is not None:
                raise self._failure()
            self._arrived.clear()
            await self._arrived.wait()


class Question(NamedTuple):
    """A command of several that are sent together; ``result`` is the msgspec type of what it returns."""

    command: str
    arguments: Mapping[str, Any] | None = None
    result: Any = Any


_Outcome = msgspec.Raw | ManorError


class _Batch:
    """Commands sent together and what became of each; wakes whoever waits once, when the last one is settled."""

    __slots__ = ("commands", "done", "outcomes", "timer")

    def __init__(self, commands: Sequence[Command], loop: asyncio.AbstractEventLoop) -> None:
        self.commands = commands
        self.outcomes: dict[int, _Outcome] = {}
        self.done: asyncio.Future[None] = loop.create_future()
        self.timer: asyncio.TimerHandle | None = None
        if not commands:
            self.done.set_result(None)

    def settle(self, key: int, outcome: _Outcome) -> None:
        self.outcomes.setdefault(key, outcome)
        if len(self.outcomes) == len(self.commands) and not self.done.done():
            self.done.set_result(None)


class Answers:
    """What QEMU says to commands that `Monitor.ask` has sent."""

    __slots__ = ("_batch", "_monitor", "_questions")

    def __init__(self, monitor: Monitor, batch: _Batch, questions: Sequence[Question]) -> None:
        self._monitor = monitor
        self._batch = batch
        self._questions = questions

    async def get(self) -> list[Any]:
        """The results in the order of the questions; where one failed, the ManorError that `execute` would raise."""
        outcomes = await self._monitor.finish(self._batch)
        return [
            outcome if isinstance(outcome, ManorError) else _try_decode(outcome, question)
            for outcome, question in zip(outcomes, self._questions, strict=True)
        ]


class Monitor:
    """One QMP session; all of it happens in the event loop that made it.

    When the connection ends, by whomever, every command in flight, every queue and every later call fails
    with the same error, and the callbacks of `on_close` are called. Events are handed to callbacks in the
    order of the wire, those that precede the answer to a command before the command returns.
    """

    def __init__(self, sock: socket.socket, name: str) -> None:
        """Take over a connected socket; ``name`` is the guest's, for messages. See `open`."""
        self.name = name
        self._core = QmpCore()
        self._loop = asyncio.get_running_loop()
        self._calls: dict[int, _Batch] = {}
        self._queues: list[EventQueue] = []
        self._callbacks: list[Callable[[Event], object]] = []
        self._close_callbacks: list[Callable[[ManorError], object]] = []
        self._ready: asyncio.Future[Ready] = self._loop.create_future()
        self._failure: Callable[[], ManorError] | None = None
        self._socket = QmpSocket(sock, self._received, self._lost)

    @classmethod
    async def open(cls, sock: socket.socket, name: str, timeout: float = READY_TIMEOUT) -> Self:
        """A monitor on a connected socket, ready for commands; the socket is closed if that fails.

        Raises VIR_ERR_OPERATION_TIMEOUT if QEMU does not greet, VIR_ERR_INTERNAL_ERROR if it goes away.
        """
        monitor = cls(sock, name)
        try:
            await monitor.wait_ready(timeout)
        except BaseException:
            monitor.close()
            raise
        return monitor

    @classmethod
    async def connect(cls, path: Path, name: str, timeout: float = READY_TIMEOUT) -> Self:
        """A monitor on the unix socket a running QEMU listens on; raises also VIR_ERR_SYSTEM_ERROR."""
        try:
            sock = connect_unix(path)
        except OSError as exc:
            raise _error.system(exc.errno or errno.EIO, "failed to connect to monitor socket") from exc
        return await cls.open(sock, name, timeout)

    async def wait_ready(self, timeout: float = READY_TIMEOUT) -> Ready:
        """Wait for the end of negotiation; what QEMU said of itself."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._ready), timeout)
        except TimeoutError:
            raise _error(
                ErrorNumber.OPERATION_TIMEOUT,
                f"QEMU monitor of '{self.name}' did not greet within {timeout:g} seconds",
            ) from None

    @property
    def version(self) -> tuple[int, int, int]:
        """QEMU's version; only once ready."""
        return self._ready.result().version

    @property
    def closed(self) -> bool:
        return self._failure is not None

    @overload
    async def execute(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float = COMMAND_TIMEOUT,
        fds: Sequence[int] = (),
    ) -> Any: ...

    @overload
    async def execute(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        result: type[_T],
        timeout: float = COMMAND_TIMEOUT,
        fds: Sequence[int] = (),
    ) -> _T: ...

    async def execute(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        result: Any = Any,
        timeout: float = COMMAND_TIMEOUT,
        fds: Sequence[int] = (),
    ) -> Any:
        """Give a command and return its result, decoded as ``result`` (a msgspec type; default: plain values).

        Several may be in flight; QEMU executes them in order. ``timeout`` is in seconds; ``fds`` are passed
        along. Raises `QmpError`, VIR_ERR_OPERATION_TIMEOUT, or the monitor's failure. After a deadline or a
        cancellation the command may still take effect; its answer is ignored.
        """
        self._check_open()
        raw = await self._finish(self._core.command(command, arguments, fds=_held(fds)), timeout)
        return _decode(raw, result, command)

    def ask(self, questions: Sequence[Question], *, timeout: float = COMMAND_TIMEOUT) -> Answers:
        """Send several commands in one go, now; QEMU answers them on one round trip.

        Nobody waits yet, so that many guests can be asked before the first one's `Answers` are waited for.
        """
        self._check_open()
        commands = [self._core.command(question.command, question.arguments) for question in questions]
        return Answers(self, self._begin(commands, timeout), questions)

    async def execute_oob(
        self, command: str, arguments: Mapping[str, Any] | None = None, *, timeout: float = COMMAND_TIMEOUT
    ) -> Any:
        """Give a command that passes those in flight (yank, migrate-pause, …), where QEMU can do that."""
        self._check_open()
        raw = await self._finish(self._core.command(command, arguments, oob=True), timeout)
        return _decode(raw, Any, command)

    async def human(self, command_line: str, *, timeout: float = COMMAND_TIMEOUT) -> str:
        """Run a command of the human monitor and return what it prints."""
        try:
            return await self.execute(
                "human-monitor-command", {"command-line": command_line}, result=str, timeout=timeout
            )
        except QmpError as exc:
            if exc.error_class != "CommandNotFound":
                raise
            detail = f"Human monitor command is not available to run {command_line}"
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, detail) from exc

    async def passthrough(
        self, message: Mapping[str, Any], *, fds: Sequence[int] = (), timeout: float = COMMAND_TIMEOUT
    ) -> str:
        """Send a message of the user's (virDomainQemuMonitorCommand) and return QEMU's whole answer as JSON.

        A refusal by QEMU is an answer here, not an error. The id is ours to give: VIR_ERR_INTERNAL_ERROR if the
        message has one, as in libvirt.
        """
        self._check_open()
        if "id" in message:
            raise _error(ErrorNumber.INTERNAL_ERROR, "Unable to append command 'id' string")
        command = self._core.message(message, fds=_held(fds))
        ident = f"libvirt-{command.key}"
        try:
            raw = await self._finish(command, timeout)
        except QmpError as exc:
            error = {"class": exc.error_class, "desc": exc.description}
            return msgspec.json.encode({"id": ident, "error": error}).decode()
        answer = msgspec.json.encode({"return": raw, "id": ident})
        return msgspec.json.format(answer, indent=-1).decode()

    def on_event(self, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call ``callback(event)`` for every event; returns what unsubscribes."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def on_close(self, callback: Callable[[ManorError], object]) -> None:
        """Call ``callback(error)`` once the connection has ended; not after `close` of our own."""
        self._close_callbacks.append(callback)

    @contextlib.asynccontextmanager
    async def listening(self, *names: str) -> AsyncIterator[EventQueue]:
        """A queue of the events of these names; open it before the command that causes them."""
        self._check_open()
        queue = EventQueue(frozenset(names))
        self._queues.append(queue)
        try:
            yield queue
        finally:
            self._queues.remove(queue)

    def close(self) -> None:
        """Close the connection now; QEMU goes on and can be connected to again. May be called again."""
        self._close_callbacks.clear()
        self._fail(lambda: _error(ErrorNumber.INTERNAL_ERROR, f"QEMU monitor was closed (vm='{self.name}')"))

    async def aclose(self) -> None:
        """`close`, for ``contextlib.aclosing`` and the like."""
        self.close()

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure()

    async def _finish(self, command: Command, timeout: float) -> msgspec.Raw:
        """Send what is to be sent and wait for the answer to ``command``."""
        (outcome,) = await self.finish(self._begin([command], timeout))
        if isinstance(outcome, ManorError):
            raise outcome
        return outcome

    def _begin(self, commands: Sequence[Command], timeout: float) -> _Batch:
        batch = _Batch(commands, self._loop)
        for command in commands:
            self._calls[command.key] = batch
        batch.timer = self._loop.call_later(timeout, self._expire, batch, timeout)
        self._flush()
        return batch

    async def finish(self, batch: _Batch) -> list[_Outcome]:
        """Wait for the end of commands that were sent; for `Answers`."""
        try:
            await batch.done
        finally:
            self._withdraw(batch)
        return [batch.outcomes[command.key] for command in batch.commands]

    def _withdraw(self, batch: _Batch) -> None:
        if batch.timer is not None:
            batch.timer.cancel()
        for command in batch.commands:
            # Still there after a deadline or a cancellation: the answer, if any, will find nobody.
            if self._calls.pop(command.key, None) is not None:
                self._core.withdraw(command)

    def _expire(self, batch: _Batch, timeout: float) -> None:
        late = [command for command in batch.commands if command.key not in batch.outcomes]
        self._withdraw(batch)
        for command in late:
            detail = f"QEMU monitor of '{self.name}' did not answer '{command.name}' within {timeout:g} seconds"
            batch.settle(command.key, _error(ErrorNumber.OPERATION_TIMEOUT, detail))

    def _flush(self) -> None:
        outgoing = self._core.outgoing()
        if len(outgoing) > 1 and not any(fds for _, fds in outgoing):
            # Each of them would wake QEMU.
            self._socket.send(b"".join(data for data, _ in outgoing))
            return
        for data, fds in outgoing:
            self._socket.send(data, fds)

    def _received(self, data: bytes) -> None:
        try:
            for message in self._core.receive(data):
                self._dispatch(message)
        except QmpProtocolError as exc:
            detail = f"Error while processing monitor IO (vm='{self.name}'): {exc}"
            self._fail(lambda: _error(ErrorNumber.INTERNAL_ERROR, detail))
            return
        self._flush()

    def _dispatch(self, message: Message) -> None:
        match message:
            case Event():
                self._emit(message)
            case Ready():
                self._ready.set_result(message)
            case Reply(command, value):
                batch = self._calls.pop(command.key, None)
                if batch is not None:
                    batch.settle(command.key, value)
            case Refusal(command, error_class, description):
                batch = self._calls.pop(command.key, None)
                if batch is not None:
                    batch.settle(command.key, QmpError(command.name, error_class, description))

    def _emit(self, event: Event) -> None:
        for queue in self._queues:
            queue.put(event)
        for callback in tuple(self._callbacks):
            try:
                callback(event)
            except Exception:
                _log.exception("guest %s: a handler of the QEMU event %s failed", self.name, event.name)

    def _lost(self, exc: OSError | None) -> None:
        if exc is None or isinstance(exc, ConnectionResetError):
            detail = f"End of file from qemu monitor (vm='{self.name}')"
            self._fail(lambda: _error(ErrorNumber.INTERNAL_ERROR, detail))
        else:
            number = exc.errno or errno.EIO
            self._fail(lambda: _error.system(number, "Unable to read from monitor"))

    def _fail(self, failure: Callable[[], ManorError]) -> None:
        """End the session; every waiter gets an exception of its own, since raising one changes it."""
        if self._failure is not None:
            return
        self._failure = failure
        self._socket.close()
        if not self._ready.done():
            self._ready.set_exception(failure())
            # Nobody need be waiting.
            self._ready.exception()
        calls, self._calls = self._calls, {}
        for key, batch in calls.items():
            batch.settle(key, failure())
        for queue in self._queues:
            queue.fail(failure)
        callbacks, self._close_callbacks = self._close_callbacks, []
        for callback in callbacks:
            self._loop.call_soon(callback, failure())


def _held(fds: Sequence[int]) -> Sequence[int]:
    return DupFds(fds) if fds else ()


def _decode(raw: msgspec.Raw, result: Any, command: str) -> Any:
    try:
        return _decoder(result).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        detail = f"unexpected type returned by QEMU command '{command}': {exc}"
        raise _error(ErrorNumber.INTERNAL_ERROR, detail) from exc


def good(answer: Any) -> Any:
    """One of `Answers`, raised where it is a failure."""
    if isinstance(answer, ManorError):
        raise answer
    return answer


def _try_decode(raw: msgspec.Raw, question: Question) -> Any:
    try:
        return _decode(raw, question.result, question.command)
    except ManorError as failure:
        return failure


@lru_cache(maxsize=256)
def _decoder(result: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(result)
