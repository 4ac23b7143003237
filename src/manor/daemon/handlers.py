# SPDX-License-Identifier: Apache-2.0
"""How a procedure is served: what decodes its arguments, which coroutine runs, what encodes its answer.

A handler is made from the wire tables on a procedure's first call and kept for the daemon's life. Procedures of the
connection itself (authentication, opening, event registrations) go to a method of the connection's service with the
values as they are on the wire; all others to an operation of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from manor.daemon.arguments import checks_of
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.wire.calls import CONNECTION_LAYER, Call, call_of
from manor.wire.errors import DecodeError, EncodeError
from manor.wire.programs import ADMIN, PROGRAMS, Procedure

_error = reporter(ErrorDomain.RPC)

Reply = tuple[bytes, Sequence[int]]

ADMIN_LAYER = frozenset({"connect_open", "connect_close"})
"""Procedures of the admin program that concern the connection itself."""


class Handler:
    """A procedure as the daemon serves it."""

    __slots__ = ("_call", "_checks", "high", "is_layer", "is_open", "name", "procedure", "stream", "takes_fds")

    def __init__(self, procedure: Procedure, call: Call | None) -> None:
        self.procedure = procedure
        self.name = procedure.name
        self.high = procedure.high_priority
        self.stream = procedure.stream
        self.takes_fds = procedure.takes_fds
        self.is_layer = call is None
        self.is_open = procedure.before_authentication
        self._call = call
        self._checks = checks_of(procedure)

    def check(self, wire_args: tuple[Any, ...]) -> None:
        """Raise what libvirt's library raises for arguments that no driver has to see."""
        for check in self._checks:
            if (error := check(wire_args)) is not None:
                raise error

    @property
    def count_operation(self) -> str | None:
        """An operation with the same arguments whose result's length belongs into the answer as well."""
        return None if self._call is None else self._call.count_operation

    def decode(self, payload: bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The operation's arguments, and the arguments as they are on the wire. Raises ManorError."""
        try:
            if self._call is None:
                args = self.procedure.args.decode(payload)
                return args, args
            return self._call.decode_args(payload)
        except DecodeError as error:
            raise _error(ErrorNumber.RPC, "Unable to decode message payload") from error

    def join(self, args: tuple[Any, ...], stream: Any, fds: Sequence[int]) -> tuple[Any, ...]:
        """All arguments of the operation, with its stream or descriptors."""
        if self._call is None or not (self.stream or self.takes_fds):
            return args
        return self._call.join(args, stream, fds)

    def encode(self, result: Any, raw: Any) -> Reply:
        """The payload of the answer and the descriptors that go with it. Raises ManorError."""
        try:
            if self._call is None:
                return self.procedure.ret.encode(result or ()), ()
            return self._call.encode_ret(result, raw)
        except EncodeError as error:
            raise _error(ErrorNumber.RPC, f"Unable to encode message payload: {error}") from error


class Answer(NamedTuple):
    """What a procedure of the connection layer answers, and what to do once that is sent."""

    values: tuple[Any, ...]
    then: Callable[[], None]


@cache
def find(program: int, version: int, number: int) -> Handler:
    """The handler of a procedure. Raises VIR_ERR_RPC for one that does not exist, in libvirtd's words."""
    known = PROGRAMS.get(program)
    if known is None or known.version != version:
        raise no_program(program, version)
    procedure = known.find(number)
    if procedure is None or procedure.is_event:
        raise _error(ErrorNumber.RPC, f"unknown procedure: {number}")
    layer = ADMIN_LAYER if known is ADMIN else CONNECTION_LAYER
    return Handler(procedure, None if procedure.name in layer else call_of(procedure))


def no_program(program: int, version: int) -> ManorError:
    """What libvirtd says to a program that the socket does not serve."""
    return _error(ErrorNumber.RPC, f"Cannot find program {program} version {version}")
