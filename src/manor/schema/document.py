# SPDX-License-Identifier: Apache-2.0
"""The reference documentation of XML documents, written from their declarations.

`python -m manor.schema.document [NAME …]` writes docs/reference/NAME.md below the current folder, by default
for every document listed here. A test compares the committed files with what this module makes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from manor.schema.core import Element, Field, Kind, Schema, reachable, schema_of
from manor.schema.domain import Domain

# The file's name, and the module and class of the root element.
DOCUMENTS: Final = {
    "domain-xml": ("manor.schema.domain", "Domain"),
    "network-xml": ("manor.schema.network", "Network"),
    "network-port-xml": ("manor.schema.network_port", "NetworkPort"),
    "storage-pool-xml": ("manor.schema.pool", "Pool"),
    "storage-volume-xml": ("manor.schema.volume", "Volume"),
    "nwfilter-xml": ("manor.schema.nwfilter", "Filter"),
    "nwfilter-binding-xml": ("manor.schema.nwfilter_binding", "FilterBinding"),
    "secret-xml": ("manor.schema.secret", "Secret"),
    "snapshot-xml": ("manor.schema.snapshot", "DomainSnapshot"),
    "checkpoint-xml": ("manor.schema.checkpoint", "DomainCheckpoint"),
    "backup-xml": ("manor.schema.backup", "DomainBackup"),
    "node-device-xml": ("manor.schema.nodedev", "NodeDevice"),
    "interface-xml": ("manor.schema.interface", "Interface"),
}

_HEAD: Final = """\
# The {tag} document

<!-- Written by `python -m manor.schema.document`; do not edit. -->

Every element libvirt knows in this document, with the Python class that stands for it. Fields are listed in the
order in which they are written. `@name` is an attribute, `<name>` a child element; fields that are not there
are `None`, `False` or an empty list. Where a kind is given, an attribute decides which class an element has.

"""


def reference(root: type[Element]) -> str:
    """The reference of one document, as Markdown; for a whole domain in it, it leads to the domain's own."""
    classes = reachable(root)
    elsewhere = set(reachable(Domain)) if root is not Domain and Domain in classes else set()
    parts = [_HEAD.format(tag=f"`<{root.__schema__.tag}>`")]
    parts.extend(_section(cls) for cls in classes if cls not in elsewhere)
    text = "".join(parts)
    for cls in elsewhere:
        text = text.replace(_link(cls), f"[{cls.__name__}](domain-xml.md#{cls.__name__.lower()})")
    return text


def _section(cls: type[Element]) -> str:
    schema = schema_of(cls)
    lines = [f"## {cls.__name__}", "", f"`<{schema.written}>`{_selected_by(schema)}", ""]
    doc = " ".join((cls.__doc__ or "").split())
    if doc:
        lines += [doc, ""]
    if schema.variants:
        lines += ["Kinds: " + ", ".join(_variants(schema)) + ".", ""]
    rows = [_row(field) for field in schema.fields]
    if rows:
        lines += ["| field | XML | value | |", "|---|---|---|---|", *rows, ""]
    return "\n".join(lines) + "\n"


def _selected_by(schema: Schema) -> str:
    if not schema.kind or not schema.by:
        return ""
    words = " or ".join(f"`{kind}`" for kind in schema.kind)
    by, parent = schema.by.removeprefix("../"), schema.by.startswith("../")
    return f" where {'the parent’s ' if parent else ''}`{by}` is {words}"


def _variants(schema: Schema) -> Iterator[str]:
    for kind, cls in schema.variants.items():
        yield f"`{kind}` {_link(cls)}"


def _link(cls: type[Element]) -> str:
    return f"[{cls.__name__}](#{cls.__name__.lower()})"


def _row(field: Field) -> str:
    return f"| `{field.name}` | {_place(field)} | {_value(field)} | {'; '.join(_notes(field))} |"


def _place(field: Field) -> str:
    """Where the value stands, relative to the element."""
    name = f"{field.namespace.prefix}:{field.xml}" if field.namespace else field.xml
    match field.kind:
        case Kind.ATTRIBUTE:
            place = f"`@{name}`"
        case Kind.TEXT:
            place = "text"
        case Kind.ONE | Kind.MANY:
            place = ", ".join(f"`<{tag}>`" for tag in dict.fromkeys(cls.__schema__.written for cls in field.types))
        case _:
            place = f"`<{name}>`" if field.at is None else f"`<{name} {field.at}=…>`"
    if field.within:
        place = f"`<{field.within}>` / {place}"
    return place + (" …" if field.is_list else "")


def _value(field: Field) -> str:
    if field.types:
        return ", ".join(_link(cls) for cls in field.types)
    match field.kind:
        case Kind.FLAG:
            return "there or not"
        case Kind.RAW:
            return "kept as it is"
    if field.unit:
        return f"amount, in {field.unit}"
    if field.choices:
        ways = (f"for {kind}: {_words(words)}" for kind, words in field.choices.words.items())
        return f"depends on `{field.choices.by}`: " + "; ".join(ways)
    if field.codec is None:
        return ""
    return _words(field.codec.values) if field.codec.values else field.codec.name


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _notes(field: Field) -> Iterator[str]:
    if field.required:
        yield "required"
    if field.since:
        yield "since " + ".".join(str(part) for part in field.since)
    if field.secure:
        yield "only with security information"
    if field.live_only:
        yield "not in inactive XML"
    if field.inactive_only:
        yield "only in inactive XML"
    if field.runtime and not field.live_only and not field.status:
        yield "set while running"
    if field.status:
        yield "only in the daemon’s records"
    if not field.migratable:
        yield "not in migratable XML"
    if field.bare is not None:
        yield "an empty element means yes" if field.bare is True else f"an empty element means {field.bare}"
    if field.doc:
        yield field.doc


def main(names: list[str]) -> int:
    """Write the files named, or all."""
    unknown = [name for name in names if name not in DOCUMENTS]
    if unknown:
        print(f"unknown document '{unknown[0]}'; known are {', '.join(DOCUMENTS)}", file=sys.stderr)
        return 1
    folder = Path("docs/reference")
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or DOCUMENTS:
        module, cls = DOCUMENTS[name]
        (folder / f"{name}.md").write_text(reference(getattr(importlib.import_module(module), cls)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
