# SPDX-License-Identifier: Apache-2.0
"""Making elements without __init__: functions that create an empty one and copy a full one, per class.

They are generated, as the writers are, because both run for every element of every document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from manor.schema.core.field import Field, Kind

if TYPE_CHECKING:
    from manor.schema.core.element import Element, Schema


def compile_blank(schema: Schema) -> Callable[[], Element]:
    """A function that makes an element with every field at its initial value."""
    lines = ["def blank():", " e = new(cls)"]
    nothing = [field.name for field in schema.fields if field.initial() is None]
    if nothing:
        lines.append(" " + " = ".join(f"e.{name}" for name in nothing) + " = None")
    others = [field for field in schema.fields if field.name not in nothing]
    lines.extend(f" e.{field.name} = {field.initial()!r}" for field in others)
    lines.append(" return e")
    blank: Callable[[], Element] = _compiled(lines, "blank", schema)
    return blank


def compile_copy(schema: Schema) -> Any:
    """The `_copy` method of a class: it copies an element and everything below it."""
    lines = ["def copy(o):", " e = new(cls)"]
    lines.extend(line for field in schema.fields for line in _copy_lines(field))
    lines.append(" return e")
    return _compiled(lines, "copy", schema)


def _copy_lines(field: Field) -> list[str]:
    name = field.name
    if field.kind is Kind.ONE:
        return [f" v = o.{name}", f" e.{name} = v if v is None else v.copy()"]
    if field.kind is Kind.MANY:
        return [f" e.{name} = [v.copy() for v in o.{name}]"]
    if field.is_list:
        return [f" e.{name} = o.{name}[:]"]
    return [f" e.{name} = o.{name}"]


def _compiled(lines: list[str], name: str, schema: Schema) -> Any:
    scope: dict[str, Any] = {"new": object.__new__, "cls": schema.cls}
    exec("\n".join(lines), scope)  # noqa: S102 - text made of our own declarations only
    return scope[name]
