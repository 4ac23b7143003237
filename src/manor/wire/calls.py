# SPDX-License-Identifier: Apache-2.0
"""The mapping between wire structures and the catalogue's operations, derived from the tables for every procedure.

A `Call` works in both directions: a client encodes an operation's arguments and decodes the result, a server does the
opposite. What C needs to size its buffers exists only on the wire: a client fills in what makes the server send
everything, a server cuts its answer to what was asked for, and answers counts. The few procedures whose shape differs
otherwise are in manor.wire.adapters; exchanges of several calls, which a few operations need on the client's side, in
manor.wire.exchanges.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.wire.errors import EncodeError
from manor.wire.programs import ADMIN, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from manor.wire.codec import Field
    from manor.wire.programs import Procedure

_error = reporter(ErrorDomain.RPC)

CONNECTION_LAYER = frozenset(
    {
        "auth_list",
        "auth_polkit",
        "auth_sasl_init",
        "auth_sasl_start",
        "auth_sasl_step",
        "connect_close",
        "connect_domain_event_callback_deregister_any",
        "connect_domain_event_callback_register_any",
        "connect_domain_event_deregister",
        "connect_domain_event_deregister_any",
        "connect_domain_event_register",
        "connect_domain_event_register_any",
        "connect_domain_monitor_event_deregister",
        "connect_domain_monitor_event_register",
        "connect_get_lib_version",
        "connect_network_event_deregister_any",
        "connect_network_event_register_any",
        "connect_node_device_event_deregister_any",
        "connect_node_device_event_register_any",
        "connect_open",
        "connect_register_close_callback",
        "connect_secret_event_deregister_any",
        "connect_secret_event_register_any",
        "connect_storage_pool_event_deregister_any",
        "connect_storage_pool_event_register_any",
        "connect_unregister_close_callback",
    }
)
"""Procedures that concern the connection itself and stand for no operation of the catalogue."""

TYPED_PARAM_STRING = 7
STRING_OKAY = 4  # VIR_TYPED_PARAM_STRING_OKAY

# Arguments that say how much may be answered. A client asks for as much as the answer's array admits.
_MAXIMA = frozenset({"maxnames", "maxids", "maxuuids", "maxerrors", "max_stats", "nparams"})
# Counts beside the array they count.
_COUNTS = frozenset({"ret", "nparams", "nerrors"})
# Arrays that are one value.
_BYTES = frozenset({"opaque", "octets", "text"})


class Call:
    """A procedure as an operation of the catalogue."""

    __slots__ = (
        "_array",
        "_count",
        "_counts_params",
        "_flags",
        "_kept",
        "_maximum",
        "_need_results",
        "name",
        "procedure",
    )

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.name = procedure.name
        args, ret = procedure.args.fields, procedure.ret.fields
        # The position of the array that is answered, and of its count.
        self._array = next((at for at, field in enumerate(ret) if field.form == "<" and field.base not in _BYTES), -1)
        counts = [at for at, field in enumerate(ret) if len(ret) > 1 and field.name in _COUNTS]
        self._count = counts[0] if counts else -1
        self._counts_params = self._count >= 0 and ret[self._count].name == "nparams"
        self._maximum = _position(args, _MAXIMA)
        self._need_results = _position(args, {"need_results"})
        self._flags = _position(args, {"flags"}) if "string_okay" in procedure.words else -1
        dropped = {self._maximum, self._need_results}
        self._kept = tuple(at for at in range(len(args)) if at not in dropped)

    count_operation: str | None = None
    """An operation whose result's length the server has to give `encode_ret` as well, in a tuple (result, count).

    It takes the same arguments.
    """

    # Where streams and descriptors stand among an operation's arguments

    @property
    def asks_for_strings(self) -> bool:
        """Whether the client must say that it takes string parameters."""
        return self._flags >= 0

    def split(self, arguments: Sequence[Any]) -> tuple[Sequence[Any], Any, Sequence[int]]:
        """An operation's arguments as those in the structure, the stream (or None), and descriptors."""
        if self.procedure.stream is not None:
            return arguments[:-1], arguments[-1], ()
        if self.procedure.takes_fds:
            return arguments[:-1], None, arguments[-1]
        return arguments, None, ()

    def join(self, args: Sequence[Any], stream: Any, fds: Sequence[int]) -> tuple[Any, ...]:
        """The inverse of `split`."""
        if self.procedure.stream is not None:
            return (*args, stream)
        if self.procedure.takes_fds:
            return (*args, fds)
        return tuple(args)

    # The client's direction

    def encode_args(self, args: Sequence[Any], *, strings: bool = True) -> bytes:
        """The payload of a call. `strings` says whether the peer knows string parameters."""
        layout = self.procedure.args
        if len(args) != len(self._kept):
            raise EncodeError(f"{self.name} takes {len(self._kept)} arguments, not {len(args)}")
        if len(self._kept) < len(layout.fields) or self._flags >= 0:
            args = self._filled(args, strings)
        return layout.encode(args)

    def _filled(self, args: Sequence[Any], strings: bool) -> list[Any]:
        given = iter(args)
        filled = [next(given) if at in self._kept else self._fill(at) for at in range(len(self.procedure.args.fields))]
        if self._flags >= 0 and strings:
            filled[self._flags] |= STRING_OKAY
        return filled

    def _fill(self, at: int) -> int:
        return self.procedure.ret.fields[self._array].limit if at == self._maximum else 1

    def decode_ret(self, payload: bytes, fds: Sequence[int] = ()) -> Any:
        """The result from the payload of a good reply; `fds` are the descriptors that came with it."""
        values = self.procedure.ret.decode(payload)
        if self._count >= 0:
            values = tuple(value for at, value in enumerate(values) if at != self._count)
        if len(values) > 1:
            return values
        if values:
            return values[0]
        return fds[0] if self.procedure.returns_fds and fds else None

    # The server's direction

    def decode_args(self, payload: bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The operation's arguments and the whole structure, which `encode_ret` needs, from the payload of a call.

        Raises DecodeError, and ManorError where more is asked for than the protocol can answer.
        """
        raw = self.procedure.args.decode(payload)
        self._check(raw)
        if self._flags < 0 and len(self._kept) == len(raw):
            return raw, raw
        args = [raw[at] for at in self._kept]
        if self._flags >= 0:
            args[self._kept.index(self._flags)] &= ~STRING_OKAY
        return tuple(args), raw

    def _check(self, raw: tuple[Any, ...]) -> None:
        """Refuse what libvirt's daemon refuses before it asks a driver."""
        if self._maximum >= 0:
            field, array = self.procedure.args.fields[self._maximum], self.procedure.ret.fields[self._array]
            check_maximum(field.name, raw[self._maximum], array.limit, f"REMOTE_{array.limit_name}")

    def encode_ret(self, result: Any, raw: Sequence[Any]) -> tuple[bytes, Sequence[int]]:
        """The payload of the reply and its descriptors; `raw` is the call's structure from `decode_args`."""
        layout = self.procedure.ret
        if self.procedure.returns_fds:
            return layout.encode(()), (result,)
        if not layout:
            return b"", ()
        values = list(result) if len(layout.fields) - (self._count >= 0) > 1 else [result]
        count = 0
        if self._array >= 0:
            at = self._array - (0 <= self._count < self._array)
            values[at], count = self._cut(values[at], raw)
        if self._count >= 0:
            values.insert(self._count, count)
        return layout.encode(values), ()

    def _cut(self, items: Sequence[Any], raw: Sequence[Any]) -> tuple[Sequence[Any], int]:
        """As many of the items as the client asked for, and the count it is told."""
        if self._need_results >= 0 and not raw[self._need_results]:
            return [], len(items)
        if self._maximum >= 0:
            maximum = raw[self._maximum]
            # Asking for none is how C programs ask how many there are, where a count is answered at all.
            if not maximum and self._count >= 0:
                return [], len(items)
            items = items[:maximum]
        if self._flags >= 0 and not raw[self._flags] & STRING_OKAY:
            items = [param for param in items if param[1] != TYPED_PARAM_STRING]
        # libvirt's daemon tells the number of parameters only to those who asked for nothing else.
        return items, 0 if self._counts_params else len(items)


def _position(fields: Sequence[Field], names: frozenset[str] | set[str]) -> int:
    return next((at for at, field in enumerate(fields) if field.name in names), -1)


# What the daemon says of maxima out of range; the names are spelled as on the wire.
_LISTS = frozenset({"maxnames", "maxids", "maxuuids", "maxcells"})


def check_maximum(name: str, value: int, limit: int, limit_name: str) -> None:
    """Raise what libvirt's daemon raises where more is asked for than one answer can carry."""
    if 0 <= value <= limit:
        return
    if value < 0:
        text = f"{name} must be non-negative"
    elif name in ("nparams", "maxerrors"):
        text = f"{name} too large"
    else:
        text = f"{'maxStats' if name == 'max_stats' else name} > {limit_name}"
    raise _error(ErrorNumber.RPC if name in _LISTS else ErrorNumber.INTERNAL_ERROR, text)


@cache
def call(name: str) -> Call:
    """The call behind an operation of the catalogue. Raises LookupError where the wire has none."""
    procedure = operation(name)
    if procedure is None:
        raise LookupError(name)
    return call_of(procedure)


@cache
def call_of(procedure: Procedure) -> Call:
    """The call of a procedure, as `call` gives it for the programs of a hypervisor; here of any program."""
    # Adapters are classes of calls themselves, so their module cannot be imported at the top.
    adapters: dict[str, type[Call]] = import_module("manor.wire.adapters").ADAPTERS
    return adapters.get(procedure.name, Call)(procedure)


@cache
def admin_call(name: str) -> Call:
    """The call behind an operation of the admin family. Raises LookupError where there is none."""
    procedure = ADMIN.named(name)
    if procedure is None:
        raise LookupError(name)
    return call_of(procedure)
