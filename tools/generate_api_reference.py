# SPDX-License-Identifier: Apache-2.0
"""Write docs/reference/asyncio-api.md from the docstrings and signatures of the API, its records and the catalogue.

Run it with the project's interpreter after something public has changed; a test compares.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, ForwardRef

import manor.api
import manor.api.stats
from manor import records
from manor.drivers.interface.driver import FAMILIES, operations
from manor.errors import ManorError
from manor.records.events import EVENTS

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "asyncio-api.md"

CLASSES: tuple[type, ...] = (
    *(manor.api.Connection, manor.api.Domain, manor.api.Snapshot, manor.api.Checkpoint, manor.api.Network),
    *(manor.api.StoragePool, manor.api.StorageVolume, manor.api.NodeDevice, manor.api.HostInterface),
    *(manor.api.NetworkFilter, manor.api.Secret, manor.api.EventStream, manor.api.DataStream),
    *(manor.api.JobProgress, manor.api.DomainStats, manor.api.stats.VcpuStats, manor.api.stats.DiskStats),
    *(manor.api.stats.InterfaceStats, manor.api.Gap, manor.api.Healing),
)
"""In the order of the page; a test makes sure that nothing public is left out."""

SPECIAL = {
    "__aenter__": "`async with`: enter it.",
    "__aiter__": "`async for`: iterate over it.",
}

INTERNAL = frozenset(
    {(manor.api.EventStream, "interrupted"), (manor.api.EventStream, "over"), (manor.api.DataStream, "start")}
)
"""What one class of the API calls on another."""

INTRO = """\
# The asyncio API: reference

<!-- Written by tools/generate_api_reference.py from docstrings and signatures; do not edit by hand. -->

What `import manor` gives. [The guide](../asyncio-api.md) says how the parts belong together. Names of `manor.constants`
are libvirt's without `vir` and the common prefix: `VIR_DOMAIN_RUNNING` is `DomainState.RUNNING`.

"""

CATALOGUE = """\
## The catalogue

Every operation of libvirt as a coroutine function of `connection.driver`, by family, for what has no method above:
`await connection.driver.domain.domain_get_vcpus(domain.reference)`. Which driver serves which function is in
[What is supported](../support.md).

"""


def prose(text: str | None) -> str:
    """A docstring as one paragraph of Markdown; code blocks in it stay what they are."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    parts = []
    for paragraph in paragraphs:
        if paragraph.startswith("    "):
            parts.append(f"\n\n```python\n{dedent(paragraph)}\n```\n\n")
        else:
            parts.append(" ".join(paragraph.split()).replace("``", "`").replace("::", ":") + " ")
    return "".join(parts).strip()


def annotation(value: Any) -> str:
    """An annotation as it is written in the code."""
    if isinstance(value, ForwardRef):
        return value.__forward_arg__
    return value if isinstance(value, str) else getattr(value, "__name__", str(value))


def signature(name: str, function: Callable[..., Any], *, method: bool = True) -> str:
    """A function's call as a program writes it, with the types."""
    found = inspect.signature(function)
    parts: list[str] = []
    for parameter in list(found.parameters.values())[int(method) :]:
        word = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            word = f"*{word}"
        elif parameter.kind is parameter.KEYWORD_ONLY and not any(part.startswith("*") for part in parts):
            parts.append("*")
        if parameter.annotation is not parameter.empty:
            word += f": {annotation(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            word += f" = {parameter.default!r}"
        parts.append(word)
    awaited = "await " if inspect.iscoroutinefunction(function) else ""
    returned = annotation(found.return_annotation)
    arrow = "" if returned in ("None", "_empty", "_Opening") else f" → {returned}"
    return f"{awaited}{name}({', '.join(parts)}){arrow}"


def members(kind: type) -> Iterator[str]:
    """A line for each field, property and method that is public, in the order of the code, inherited ones last."""
    seen = set()
    for owner in kind.__mro__[:-1]:
        if not owner.__module__.startswith("manor."):
            continue
        for name, member in vars(owner).items():
            if name in seen or (kind, name) in INTERNAL or (name.startswith("_") and name not in SPECIAL):
                continue
            seen.add(name)
            if name in SPECIAL:
                yield f"- {SPECIAL[name]}"
            elif isinstance(member, property):
                returned = annotation(inspect.signature(member.fget).return_annotation) if member.fget else ""
                yield f"- `{name}: {returned}`: {prose(member.__doc__)}"
            elif inspect.isfunction(member):
                yield f"- `{signature(name, member)}`: {prose(member.__doc__)}"


def fields(kind: type) -> Iterator[str]:
    """A record's fields, with their types."""
    if dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            yield f"`{field.name}: {annotation(field.type)}`"
    else:
        known = kind.__annotations__
        for name in getattr(kind, "_fields", ()):
            yield f"`{name}: {annotation(known[name])}`"


def section(kind: type) -> str:
    """A class with what it has."""
    parts = [f"### {kind.__name__}\n\n{prose(kind.__doc__)}\n\n"]
    if listed := ", ".join(fields(kind)):
        parts.append(f"Fields: {listed}.\n\n")
    if lines := list(members(kind)):
        parts.append("\n".join(lines) + "\n\n")
    return "".join(parts)


def named_records(texts: Iterable[str]) -> list[type]:
    """The records that are named in some texts, and those that these name."""
    found: dict[str, type] = {}
    waiting = list(texts)
    while waiting:
        for word in re.findall(r"\b[A-Z]\w+\b", waiting.pop()):
            kind = getattr(records, word, None)
            if word not in found and isinstance(kind, type) and hasattr(kind, "_fields"):
                found[word] = kind
                waiting.append(" ".join(fields(kind)))
    return [found[name] for name in sorted(found)]


def record_line(kind: type) -> str:
    """A record in one line; those that say no more of themselves than their fields have these alone."""
    doc = prose(kind.__doc__)
    said = "" if doc.startswith(f"{kind.__name__}(") else f"{doc} "
    return f"- **{kind.__name__}**: {said}{', '.join(fields(kind))}\n"


def catalogue() -> str:
    """All operations by family."""
    parts = [CATALOGUE]
    for family, base in FAMILIES.items():
        parts.append(f"### {family}\n\n")
        for name, owner in operations().items():
            if owner == family:
                function = getattr(base, name)
                parts.append(f"- `{signature(name, function).removeprefix('await ')}`: {prose(function.__doc__)}\n")
        parts.append("\n")
    return "".join(parts)


def document() -> str:
    """The page."""
    connect = f"- `{signature('manor.connect', manor.connect, method=False)}`: {prose(manor.connect.__doc__)}\n\n"
    classes = "".join(section(kind) for kind in CLASSES)
    operations_text = catalogue()
    events = "".join(
        f"- **{kind.__name__}**: {', '.join(fields(kind))} ({prose(kind.__doc__).rstrip('.')})\n"
        for kind in dict.fromkeys(EVENTS.values())
    )
    used = "".join(record_line(kind) for kind in named_records((classes, events, operations_text)))
    return (
        f"{INTRO}## Opening\n\n{connect}## Objects\n\n{classes}"
        f"### ManorError\n\n{prose(ManorError.__doc__)}\n\n"
        f"## Events\n\nClasses of `manor.records.events`.\n\n{events}\n"
        f"## Records\n\nClasses of `manor.records`.\n\n{used}\n{operations_text}"
    ).rstrip("\n") + "\n"


if __name__ == "__main__":
    TARGET.write_text(document())
