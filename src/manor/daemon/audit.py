# SPDX-License-Identifier: Apache-2.0
"""The audit log: who got in, who was refused, and who changed what; one JSON object a line.

It is apart from the daemon's own log, because it has other readers and has to be complete.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from manor.daemon.glimpse import document_of, name_in
from manor.daemon.handlers import Handler
from manor.daemon.peer import Operation
from manor.daemon.permissions import READABLE, needs
from manor.drivers.interface import Identity
from manor.errors import ErrorNumber, ManorError

_log = logging.getLogger(__name__)

_REFUSALS = (ErrorNumber.ACCESS_DENIED, ErrorNumber.OPERATION_DENIED)

# What a name in the log is taken from, of the first argument that has one of them.
_NAMES = ("name", "portdev", "usage_id")


class Actor(Protocol):
    """Who acts, as the log needs it."""

    @property
    def identity(self) -> Identity: ...

    @property
    def number(self) -> int: ...


class Audit:
    """Writes the log. `active` says whether calls have to be watched at all."""

    def __init__(self, record: str, path: Path) -> None:
        """`record` is none, refusals or changes. Raises OSError."""
        self.active = False
        self._fd = -1
        self.configure(record, path)

    def configure(self, record: str, path: Path) -> None:
        """Record otherwise from now on; the file is opened again, by its name."""
        fd = -1
        if record != "none":
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.close()
        self._fd = fd
        self.active = record != "none"
        self._changes = record == "changes"

    def close(self) -> None:
        """Write no more."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self.active = False

    def authentication(self, number: int, address: str, who: Identity, method: str, failure: str | None) -> None:
        """Somebody tried to get in, from an address where that is not this machine."""
        if self.active:
            details = {"method": method, **({"address": address} if address else {})}
            self._write(number, who, "authenticate", details, failure)

    def refusal(self, actor: Actor, handler: Handler, args: Sequence[Any], error: ManorError) -> None:
        """Somebody was refused something."""
        if self.active:
            self._write(actor.number, actor.identity, handler.name, _object(handler, args), error.message)

    def watched(self, actor: Actor, handler: Handler, operation: Operation, wire_args: tuple[Any, ...]) -> Operation:
        """An operation whose refusal is noted, and whose outcome if it does more than to read."""
        notes_outcome = self._changes and not READABLE.issuperset(needs(handler.procedure).of(wire_args))

        async def run(*args: Any) -> Any:
            try:
                result = await operation(*args)
            except ManorError as error:
                if notes_outcome or error.code in _REFUSALS:
                    self._write(actor.number, actor.identity, handler.name, _object(handler, args), error.message)
                raise
            if notes_outcome:
                self._write(actor.number, actor.identity, handler.name, _object(handler, (*args, result)), None)
            return result

        return run

    def _write(self, number: int, who: Identity, operation: str, details: dict[str, Any], failure: str | None) -> None:
        known = {name: value for name in Identity.__slots__ if (value := getattr(who, name)) is not None}
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "client": number,
            "identity": known,
            "operation": operation,
            **details,
            "result": "refused or failed" if failure else "done",
            **({"error": failure} if failure else {}),
        }
        try:
            os.write(self._fd, json.dumps(entry, ensure_ascii=True).encode() + b"\n")
        except OSError as error:
            _log.error("the audit log cannot be written: %s", error)


def _object(handler: Handler, args: Sequence[Any]) -> dict[str, Any]:
    """The object a call is about, as the client names it: by a reference, by nothing but its name, or in a document."""
    for argument in args:
        fields = getattr(argument, "_fields", ())
        for name in _NAMES:
            if name in fields:
                return {"object": getattr(argument, name)}
    named = dict(zip((field.name for field in handler.procedure.args.fields), args, strict=False))
    bare = named.get("name")
    if bare is None and (xml := document_of(named)) is not None:
        bare = name_in(xml)
    return {"object": bare} if isinstance(bare, str) else {}
