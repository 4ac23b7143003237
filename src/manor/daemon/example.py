# SPDX-License-Identifier: Apache-2.0
"""The configuration file described by the declarations of manor.daemon.settings: every key, its meaning, its default.

`manord --print-config` shows it; packaging/manord.toml and the reference in docs/manord.md are written from it.
"""

from __future__ import annotations

import dataclasses
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from manor.daemon.settings import AccessRule, Settings

_WIDTH = 100
_HEAD = """\
# manord's configuration. Every line that is commented out shows the default.
# After a change: systemctl reload manord, or send SIGHUP; sockets and drivers change with a restart only.
"""


class Setting(NamedTuple):
    """One key as the file has it."""

    name: str
    doc: str
    default: str
    choices: str


class Section(NamedTuple):
    """One section; one that is not there by default may be there any number of times, or under other names."""

    name: str
    doc: str
    settings: list[Setting]
    by_default: bool = True
    repeated: bool = False

    @property
    def header(self) -> str:
        """Its name in as many brackets as the file wants."""
        return f"[[{self.name}]]" if self.repeated else f"[{self.name}]"


def sections() -> Iterator[Section]:
    """All sections in the order of the file."""
    for one in dataclasses.fields(Settings):
        if dataclasses.is_dataclass(one.default_factory):
            yield from _section(one.name, typing.cast("type[Any]", one.default_factory))


def _section(name: str, kind: type[Any]) -> Iterator[Section]:
    nested: list[Section] = []
    settings = []
    for one in dataclasses.fields(kind):
        if dataclasses.is_dataclass(one.default_factory):
            nested += _section(f"{name}.{one.name}", typing.cast("type[Any]", one.default_factory))
        elif "doc" in one.metadata:
            settings.append(_setting(one))
        else:
            nested.append(_rules(f"{name}.{one.name}"))
    yield Section(name, _first_paragraph(kind), settings)
    yield from nested


def _rules(name: str) -> Section:
    settings = [_setting(one) for one in dataclasses.fields(AccessRule)]
    return Section(name, _first_paragraph(AccessRule), settings, by_default=False, repeated=True)


def _first_paragraph(kind: type[Any]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _setting(one: dataclasses.Field[Any]) -> Setting:
    factory: Any = one.default_factory
    default = one.default if factory is dataclasses.MISSING else factory()
    return Setting(one.name, one.metadata["doc"], _spelt(default, one), ", ".join(one.metadata.get("choices", ())))


def _spelt(value: Any, one: dataclasses.Field[Any]) -> str:
    """A value as TOML; nothing for none, since the default then depends on something."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if one.metadata.get("mode"):
        return f'"{value:04o}"'
    if isinstance(value, list):
        return "[" + ", ".join(_spelt(item, one) for item in value) + "]"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, str | Path):
        return f'"{value}"'
    return f"{value:g}" if isinstance(value, float) else str(value)


def example() -> str:
    """The whole file."""
    parts = [_HEAD]
    for section in sections():
        lines = [_comment(section.doc), section.header if section.by_default else f"#{section.header}"]
        for setting in section.settings:
            choices = f" One of: {setting.choices}." if setting.choices else ""
            lines.append(_comment(setting.doc + choices))
            lines.append(f"#{setting.name} = {setting.default}".rstrip())
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _comment(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def reference() -> str:
    """The same as tables of Markdown."""
    parts = []
    for section in sections():
        parts.append(f"### `{section.header}`\n\n{section.doc}\n")
        if section.settings:
            parts.append("| key | default | meaning |\n|---|---|---|")
            parts += [
                f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {_cell(one)} |"
                for one in section.settings
            ]
            parts.append("")
    return "\n".join(parts)


def _cell(one: Setting) -> str:
    choices = f" One of: {one.choices}." if one.choices else ""
    # Wildcards are no emphasis.
    return (one.doc + choices).replace("*", "\\*").replace("|", "\\|")
