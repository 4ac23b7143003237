# SPDX-License-Identifier: Apache-2.0
"""Makes enumerations out of the compact table in _data.py, each on its first use.

Nothing is imported at the top but the table, not even `enum` or `typing`: the command line imports
`manor.constants` at every start, and those two cost ten times what the table does.
"""

from __future__ import annotations

from manor.constants._data import ENUMS, INTEGERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import Enum


def _split(prefix: str, text: str) -> Iterator[tuple[str, str, str]]:
    """(member name, C name, value) of each word of a table entry."""
    for word in text.split():
        name, _, value = word.partition("=")
        if name.startswith("VIR_"):
            yield name[4:], name, value
        else:
            yield name, prefix + name, value


def _base(kind: str) -> type[Enum]:
    import enum

    if kind == "O":
        from manor.constants._open import OpenIntEnum

        return OpenIntEnum
    bases: dict[str, type[Enum]] = {"I": enum.IntEnum, "F": enum.IntFlag, "S": enum.StrEnum}
    return bases[kind]


def build(name: str) -> type[Enum] | None:
    """The enumeration called `name`, None where the table has none."""
    entry = ENUMS.get(name)
    if entry is None:
        return None
    source, kind, _, prefix, text = entry
    members: dict[str, int | str] = {
        member: value if kind == "S" else int(value) for member, _, value in _split(prefix, text)
    }
    functional_api: object = _base(kind)
    assert callable(functional_api)  # noqa: S101 - tells the type checker about the call form of Enum classes
    made: type[Enum] = functional_api(name, members, module="manor.constants", qualname=name)
    made.__doc__ = f"libvirt's {source or prefix + '*'}."
    return made


def integers() -> dict[str, int]:
    """Integer macros, without VIR_."""
    return {name: int(value) for text in INTEGERS.values() for name, _, value in _split("", text)}


def values(library: str = "libvirt") -> dict[str, int | str]:
    """Every constant of a library's Python module under its C name.

    `library` is "libvirt", "libvirt-qemu" or "libvirt-admin".
    """
    found: dict[str, int | str] = {}
    for _, kind, owner, prefix, text in ENUMS.values():
        if owner == library:
            for _, c_name, value in _split(prefix, text):
                found[c_name] = value if kind == "S" else int(value)
    for _, c_name, value in _split("", INTEGERS.get(library, "")):
        found[c_name] = int(value)
    return found
