# SPDX-License-Identifier: Apache-2.0
"""Reads manord's configuration file: TOML, held against the declarations of manor.daemon.settings.

Whatever is wrong is refused with the file's name and line, and with the nearest valid name or the valid values.
"""

from __future__ import annotations

import dataclasses
import grp
import pwd
import types
import typing
from collections.abc import Callable
from dataclasses import Field
from pathlib import Path
from typing import Any, TypeVar

from manor.daemon.settings import Settings
from manor.errors import ManorError

T = TypeVar("T")

Key = tuple[str, ...]


class ConfigError(Exception):
    """The configuration cannot be used; the text says where and why."""


class _WrongError(Exception):
    """What is wrong with the value or key at `key`."""

    def __init__(self, key: Key, text: str) -> None:
        super().__init__(text)
        self.key = key


def load(path: Path, *, required: bool = True) -> Settings:
    """The settings of a file; the defaults where there is none and none is `required`. Raises ConfigError."""
    try:
        text = path.read_text()
    except FileNotFoundError as error:
        if not required:
            return Settings()
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str = "manord.toml") -> Settings:
    """The settings of a text; `name` is what errors call it."""
    # Most daemons run without a file, and start sooner without the parser.
    import tomllib

    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {error}") from error
    try:
        return _section(Settings, found, ())
    except _WrongError as wrong:
        line = line_of(text, wrong.key)
        where = f"{name}:{line}" if line else name
        raise ConfigError(f"{where}: {wrong}") from None


def _section(section: type[T], found: dict[str, Any], at: Key) -> T:
    """One section of the file as its class."""
    known = {one.name: one for one in dataclasses.fields(section)}  # type: ignore[arg-type]
    kinds = typing.get_type_hints(section)
    values = {}
    for name, value in found.items():
        if name not in known:
            raise _WrongError((*at, name), f"unknown {_called(name, value, at)}{_nearest(name, known)}")
        values[name] = _value(kinds[name], known[name], value, (*at, name))
    for name, one in known.items():
        if one.metadata.get("required") and name not in values:
            raise _WrongError(at, f"[{_dotted(at)}] needs '{name}'")
    return section(**values)


def _called(name: str, value: object, at: Key) -> str:
    if isinstance(value, dict):
        return f"section [{'.'.join((*at, name))}]"
    where = f" in [{_dotted(at)}]" if at else ""
    return f"setting '{name}'{where}"


def _dotted(at: Key) -> str:
    return ".".join(part for part in at if not part.isdecimal())


def _nearest(name: str, known: typing.Iterable[str]) -> str:
    return _hint(name, known) or f"; there are {', '.join(known)}"


def _hint(wrong: str, known: typing.Iterable[str]) -> str:
    """The valid word that was probably meant, or nothing."""
    from difflib import get_close_matches

    matches = get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{matches[0]}'?" if matches else ""


def _value(kind: Any, known: Field[Any], value: Any, at: Key) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        kind = next(one for one in inner if one is not type(None))
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _section(typing.cast("type[Any]", kind), _expect(dict, value, at), at)
    if origin is list:
        items = _expect(list, value, at)
        if dataclasses.is_dataclass(inner[0]):
            section = typing.cast("type[Any]", inner[0])
            return [_section(section, _expect(dict, item, at), (*at, str(n))) for n, item in enumerate(items)]
        return [_checked(_expect(inner[0], item, at), known, at) for item in items]
    if origin is dict:
        table = _expect(dict, value, at)
        if inner[1] is str:
            for name, item in table.items():
                _expect(str, item, (*at, name))
        return table
    if known.metadata.get("mode"):
        return _mode(value, at)
    if kind is Path:
        return _path(value, at)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return _checked(_expect(kind, value, at), known, at)


_NAMES = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a section",
}


def _expect(kind: type[T], value: Any, at: Key) -> T:
    # A bool is an int to Python, but not to whoever writes a configuration.
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return value
    raise _WrongError(at, f"'{at[-1]}' takes {_NAMES[kind]}, not {value!r}")


def _mode(value: Any, at: Key) -> int:
    text = _expect(str, value, at)
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise _WrongError(at, f"'{at[-1]}' takes a mode in octal such as \"0770\", not {text!r}")
    return mode


def _path(value: Any, at: Key) -> Path:
    path = Path(_expect(str, value, at))
    if not path.is_absolute():
        raise _WrongError(at, f"'{at[-1]}' takes an absolute path, not '{path}'")
    return path


def _checked(value: Any, known: Field[Any], at: Key) -> Any:
    rules = known.metadata
    choices = rules.get("choices")
    if choices and value not in choices:
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise _WrongError(at, f"'{at[-1]}' takes {listed}, not '{value}'{_hint(value, choices)}")
    low, high = rules.get("low"), rules.get("high")
    if low is not None and value < low:
        raise _WrongError(at, f"'{at[-1]}' must be at least {low}, not {value}")
    if high is not None and value > high:
        raise _WrongError(at, f"'{at[-1]}' must be at most {high}, not {value}")
    account, words = rules.get("account"), rules.get("words")
    if account:
        _check_account(account, value, at)
    if words and (complaint := _COMPLAINTS[words](value)):
        raise _WrongError(at, f"'{at[-1]}': {complaint}")
    return value


# What is wrong with a text of some kind, or nothing. What they need is loaded by those who set such things only.


def _about_filters(text: str) -> str:
    from manor.daemon.logs import parse_filters

    return _complaint(parse_filters, text)


def _about_outputs(text: str) -> str:
    from manor.daemon.logs import parse_outputs

    return _complaint(parse_outputs, text)


def _complaint(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except ManorError as error:
        return error.message
    return ""


def _about_mechanism(name: str) -> str:
    from manor.daemon.auth import MECHANISMS

    if name.upper() in MECHANISMS:
        return ""
    return f"there is no SASL mechanism '{name}'{_nearest(name.upper(), MECHANISMS)}"


def _about_permission(word: str) -> str:
    from manor.daemon.permissions import all_permissions, matching

    return "" if matching(word) else f"there is no permission '{word}'{_nearest(word, sorted(all_permissions()))}"


_COMPLAINTS: dict[str, Callable[[str], str]] = {
    "filters": _about_filters,
    "outputs": _about_outputs,
    "mechanisms": _about_mechanism,
    "permissions": _about_permission,
}


def _check_account(kind: str, value: str, at: Key) -> None:
    """There must be such a user or group, unless it is a number."""
    if value.removeprefix("+").isdecimal():
        return
    names = [entry.pw_name for entry in pwd.getpwall()] if kind == "user" else [e.gr_name for e in grp.getgrall()]
    if value not in names:
        # Names may come from a directory that does not list them.
        find = pwd.getpwnam if kind == "user" else grp.getgrnam
        try:
            find(value)
        except KeyError:
            raise _WrongError(at, f"'{at[-1]}': there is no {kind} '{value}'{_hint(value, names)}") from None


def line_of(text: str, key: Key) -> int | None:
    """The line on which a key of a TOML text, or its section, begins; numbers in the key count [[sections]].

    tomllib does not tell. This follows headers and keys only, which is enough for a text that tomllib has accepted.
    """
    section: Key = ()
    counts: dict[Key, int] = {}
    best: tuple[int, int] | None = None
    for number, line in _statements(text):
        if line.startswith("["):
            name = tuple(_parts(line.strip("[]")))
            if line.startswith("[["):
                counts[name] = counts.get(name, -1) + 1
                name = (*name, str(counts[name]))
            section, here = name, name
        else:
            here = (*section, *_parts(line.partition("=")[0]))
        common = len(here) if here == key[: len(here)] else 0
        if common and (best is None or common > best[0]):
            best = (common, number)
    return None if best is None else best[1]


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _statements(text: str) -> typing.Iterator[tuple[int, str]]:
    """The lines that begin a statement, with their numbers, without comments; not those within a longer value."""
    depth, closing = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        inside = depth > 0 or bool(closing)
        stripped, depth, closing = _scan(line, depth, closing)
        if not inside and stripped:
            if stripped.startswith("["):
                depth = 0
            yield number, stripped


def _scan(line: str, depth: int, closing: str) -> tuple[str, int, str]:
    """A line without its comment, and what is open at its end: brackets, and the quotes that close a text."""
    at, kept = 0, len(line)
    while at < len(line):
        if closing:
            if closing[0] == '"' and line[at] == "\\":
                at += 2
            elif line.startswith(closing, at):
                at += len(closing)
                closing = ""
            else:
                at += 1
            continue
        character = line[at]
        if character == "#":
            kept = at
            break
        if character in "\"'":
            closing = character * 3 if line.startswith(character * 3, at) else character
            at += len(closing)
            continue
        depth += (character in "[{") - (character in "]}")
        at += 1
    # Only texts in three quotes go on in the next line.
    return line[:kept].strip(), depth, closing if len(closing) == 3 else ""
