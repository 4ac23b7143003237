# SPDX-License-Identifier: Apache-2.0
"""The daemon's log: levels, filters and outputs in libvirt's notation, changeable while it runs.

A filter is `LEVEL:MATCH`, an output `LEVEL:stderr`, `LEVEL:file:PATH`, `LEVEL:syslog:NAME` or `LEVEL:journald`; levels
are 1 for debug to 4 for errors. A filter counts for every logger whose name contains MATCH, the first one first.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

_error = reporter(ErrorDomain.NONE)

LEVELS = {"1": logging.DEBUG, "2": logging.INFO, "3": logging.WARNING, "4": logging.ERROR}
NUMBERS = {level: number for number, level in LEVELS.items()}
NAMED = {"debug": "1", "info": "2", "warning": "3", "error": "4"}

JOURNAL = Path("/run/systemd/journal/socket")
_FORMAT = "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s: %(message)s"
_TIME = "%Y-%m-%d %H:%M:%S"

# Everything of ours is below this logger.
_ROOT = "manor"


class LogFilter(NamedTuple):
    """Another level for the loggers whose name contains `match`, which may have wildcards."""

    level: int
    match: str

    def __str__(self) -> str:
        return f"{NUMBERS[self.level]}:*{self.match}*"

    def covers(self, name: str) -> bool:
        """Whether it counts for a logger."""
        return fnmatchcase(name, f"*{self.match}*")


class Output(NamedTuple):
    """Where messages of at least a level go."""

    level: int
    kind: str
    target: str = ""

    def __str__(self) -> str:
        return ":".join([NUMBERS[self.level], self.kind, *([self.target] if self.target else [])])


def parse_filters(text: str) -> list[LogFilter]:
    """Read filters. Raises VIR_ERR_INVALID_ARG."""
    found = []
    for word in text.split():
        level, colon, match = word.partition(":")
        if not colon:
            raise _invalid(f"Malformed format for filter '{word}'")
        if level not in LEVELS:
            raise _invalid(f"Invalid priority '{level}' for filter '{word}'")
        # libvirt once took "+" for stack traces; stars around the text are what it adds itself when it shows a filter.
        match = match.lstrip("+").strip("*")
        if not match:
            raise _invalid("Invalid match string ''")
        found.append(LogFilter(LEVELS[level], match))
    return found


def parse_outputs(text: str) -> list[Output]:
    """Read outputs. Raises VIR_ERR_INVALID_ARG."""
    found = []
    for word in text.split():
        level, colon, rest = word.partition(":")
        if not colon:
            raise _invalid(f"Malformed format for log output '{word}'")
        if level not in LEVELS:
            raise _invalid(f"Invalid log priority '{level}' for log output '{word}'")
        kind, more, target = rest.partition(":")
        if kind not in _OUTPUTS:
            raise _invalid(f"Invalid log destination '{kind}' for log output '{word}'")
        if (bool(target) if kind in ("file", "syslog") else not more) is False:
            raise _invalid(f"Log output '{word}' does not meet the format requirements for destination type '{kind}'")
        found.append(Output(LEVELS[level], kind, target))
    return found


def _invalid(text: str) -> ManorError:
    return _error(ErrorNumber.INVALID_ARG, text)


class _ByName(logging.Filter):
    """Lets a record through by its logger's level."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        self._levels: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        level = self._levels.get(record.name)
        if level is None:
            level = self._levels[record.name] = self._log.level_of(record.name)
        return record.levelno >= level


class Log:
    """The log of the process. `apply` may be called again at any time."""

    def __init__(self) -> None:
        self.level = logging.WARNING
        self.filters: list[LogFilter] = []
        self.outputs: list[Output] = []

    def apply(self, level: str, filters: str, outputs: str) -> None:
        """Log as told from now on; nothing changes where something is wrong. Raises ManorError."""
        chosen = parse_filters(filters)
        handlers = self._open(parse_outputs(outputs))
        self.level = LEVELS[NAMED.get(level, level)]
        self.filters = chosen
        self._install(handlers)

    def set_filters(self, filters: str) -> None:
        """Other filters; none for an empty text."""
        self.filters = parse_filters(filters)
        self._install(logging.getLogger(_ROOT).handlers)

    def set_outputs(self, outputs: str) -> None:
        """Other outputs; standard error for an empty text."""
        self._install(self._open(parse_outputs(outputs or f"{NUMBERS[self.level]}:stderr")))

    def level_of(self, name: str) -> int:
        """From which level on a logger's messages count."""
        return next((one.level for one in self.filters if one.covers(name)), self.level)

    def _open(self, outputs: list[Output]) -> list[logging.Handler]:
        handlers: list[logging.Handler] = []
        for output in outputs:
            try:
                handler = _OUTPUTS[output.kind](output.target)
            except OSError as error:
                for handler in handlers:
                    handler.close()
                raise _error.system(error.errno or 0, f"failed to open log output '{output}'") from error
            handler.setLevel(output.level)
            handlers.append(handler)
        self.outputs = outputs
        return handlers

    def _install(self, handlers: list[logging.Handler]) -> None:
        logger = logging.getLogger(_ROOT)
        logger.propagate = False
        old, logger.handlers = logger.handlers, handlers
        for handler in old:
            if handler not in handlers:
                handler.close()
        for handler in handlers:
            handler.filters = [_ByName(self)]
        # Messages that count nowhere are not even made.
        logger.setLevel(min([self.level, *(one.level for one in self.filters)]))

    def reopen(self) -> None:
        """Open files again by their names, because somebody has moved them away."""
        if self.outputs:
            self._install(self._open(self.outputs))


class _Journal(logging.Handler):
    """systemd's journal by its own protocol: fields as NAME=VALUE lines in one datagram."""

    def __init__(self) -> None:
        super().__init__()
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._sock.connect(str(JOURNAL))
        self._sock.setblocking(False)

    def emit(self, record: logging.LogRecord) -> None:
        fields = {
            "MESSAGE": self.format(record),
            "PRIORITY": str(_PRIORITIES.get(record.levelno, 6)),
            "SYSLOG_IDENTIFIER": "manord",
            "LOGGER": record.name,
        }
        # A journal that does not keep up loses messages, not us.
        with contextlib.suppress(OSError):
            self._sock.send(b"".join(_journal_field(name, value) for name, value in fields.items()))

    def close(self) -> None:
        self._sock.close()
        super().close()


_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


def _journal_field(name: str, value: str) -> bytes:
    data = value.encode(errors="surrogateescape")
    if b"\n" not in data:
        return name.encode() + b"=" + data + b"\n"
    return name.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"


def _stderr(_: str) -> logging.Handler:
    return _formatted(logging.StreamHandler(sys.stderr))


class _File(logging.FileHandler):
    """A file that nobody else may read: the daemon's log may name guests and users."""

    def _open(self) -> TextIOWrapper:
        def private(path: str, flags: int) -> int:
            return os.open(path, flags | os.O_CLOEXEC, 0o600)

        return open(self.baseFilename, "a", encoding="utf-8", errors="surrogateescape", opener=private)


def _file(path: str) -> logging.Handler:
    return _formatted(_File(path))


def _syslog(name: str) -> logging.Handler:
    from logging.handlers import SysLogHandler

    handler = SysLogHandler("/dev/log", SysLogHandler.LOG_DAEMON)
    handler.ident = f"{name}: "
    return handler


def _formatted(handler: logging.Handler) -> logging.Handler:
    handler.setFormatter(logging.Formatter(_FORMAT, _TIME))
    return handler


_OUTPUTS: dict[str, Callable[[str], logging.Handler]] = {
    "stderr": _stderr,
    "file": _file,
    "syslog": _syslog,
    "journald": lambda _: _Journal(),
}


def default_outputs(level: str, *, foreground: bool) -> str:
    """Where the log goes where nobody says: to whoever started us, or to the journal."""
    kind = "stderr" if foreground or not JOURNAL.exists() else "journald"
    return f"{NAMED[level]}:{kind}"
