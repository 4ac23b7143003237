# SPDX-License-Identifier: Apache-2.0
"""Writing: a function per class, generated from its schema on first use.

The functions append to a list of strings, two spaces per level, attributes in single quotes, as libvirt's
buffers do. Generated source (not an interpreter of field tables) because most fields of most elements are
empty, and a test for None is the cheapest thing that can be done about an empty field.
"""

from __future__ import annotations

import linecache
from typing import Any

from manor.schema.core.codec import escape
from manor.schema.core.element import Element, Format, Schema, codec_of, schema_of
from manor.schema.core.field import Field, Kind
from manor.schema.core.units import pretty


def compile_writer(cls: type[Element]) -> Any:
    """The `_write` method of a class."""
    schema = schema_of(cls)
    source = _Source(schema)
    text = source.generate()
    name = f"<writer of {cls.__module__}.{cls.__qualname__}>"
    exec(compile(text, name, "exec"), source.scope)  # noqa: S102 - text made of our own declarations only
    # Tracebacks through generated code show its lines.
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    return source.scope["write"]


class _Source:
    """The source text of one writer, as it grows."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {"escape": escape}

    def add(self, depth: int, line: str) -> None:
        self.lines.append(" " * (depth + 1) + line)

    def generate(self) -> str:
        fields = self.schema.fields
        attributes = [field for field in fields if field.kind is Kind.ATTRIBUTE]
        content = [field for field in fields if field.kind is not Kind.ATTRIBUTE]
        self.lines.append("def write(o, out, pad, flags):")
        if self.schema.cls.written is not Element.written:
            self.add(0, "o = o.written(flags)")
        self.add(0, "a = ''")
        text = next((field for field in content if field.kind is Kind.TEXT), None)
        declared = False
        for field in attributes:
            # libvirt declares namespaces after the type and id of the root.
            if field.order >= 0 and not declared and field.name not in ("type", "id"):
                self._namespaces(content)
                declared = True
            self._attribute(field)
        if not declared:
            self._namespaces(content)
        if text is not None and text.unit:
            self.add(0, f"if o.{text.name} is not None: a += \" unit='{text.unit}'\"")
        below = [field for field in content if field.kind is not Kind.TEXT]
        if text is not None:
            self._text_element(text, below)
        else:
            self._container(below)
        return "\n".join(self.lines) + "\n"

    def _attribute(self, field: Field) -> None:
        name = f"{field.namespace.prefix}:{field.xml}" if field.namespace else field.xml
        self.add(0, f"v = o.{field.name}")
        self.add(0, f"if {self._wanted(field)}:")
        if field.unit and field.pretty:
            self.scope["pretty"] = pretty
            self.add(1, "v, unit = pretty(v)")
        unit = f" {field.unit_name}='{'{unit}' if field.pretty else field.unit}'" if field.unit else ""
        self.add(1, f"a += f\" {name}='{{{self._spelt(field)}}}'{unit}\"")

    def _namespaces(self, content: list[Field]) -> None:
        """Declare the namespaces of the children that are there."""
        users: dict[Any, list[Field]] = {}
        for field in content:
            for cls in field.types:
                if cls.__schema__.namespace not in (None, self.schema.namespace):
                    users.setdefault(cls.__schema__.namespace, []).append(field)
            if field.namespace is not None and field.namespace != self.schema.namespace:
                users.setdefault(field.namespace, []).append(field)
        for namespace, fields in users.items():
            wanted = (self._wanted(field, f"o.{field.name}") for field in dict.fromkeys(fields))
            self.add(0, "if " + " or ".join(f"({condition})" for condition in wanted) + ":")
            self.add(1, f"a += \" xmlns:{namespace.prefix}='{namespace.uri}'\"")

    def _text_element(self, text: Field, below: list[Field]) -> None:
        tag = self.schema.written
        if below:
            # Mixed content does not occur together: the children win.
            self._container(below, otherwise=text)
            return
        self.add(0, f"v = o.{text.name}")
        self.add(0, f"if {self._wanted(text)}:")
        self.add(1, f'out.append(f"{{pad}}<{tag}{{a}}>{{{self._spelt(text)}}}</{tag}>\\n")')
        self._empty()

    def _empty(self, condition: str = "") -> None:
        """What is written when there is no content: nothing at all, unless there are attributes."""
        tag = self.schema.written
        clause = f"elif {condition}:" if condition else "else:"
        if not self.schema.keep_empty:
            clause = "elif a:"
        self.add(0, clause)
        self.add(1, f'out.append(f"{{pad}}<{tag}{{a}}/>\\n")')

    def _container(self, below: list[Field], otherwise: Field | None = None) -> None:
        tag = self.schema.written
        if not below:
            self.add(0, "if False: pass")
            self._empty()
            return
        self.add(0, "mark = len(out)")
        self.add(0, 'out.append("")')
        self.add(0, "inner = pad + '  '")
        early = [field for field in below if field.early is not None]
        for field in below:
            for moved in early:
                if moved.early is not None and moved.early.before == field.name:
                    self._below(moved, f"o.{moved.early.by} == {moved.early.value!r}")
            self._below(field, f"o.{field.early.by} != {field.early.value!r}" if field.early else "")
        self.add(0, "if len(out) > mark + 1:")
        self.add(1, f'out[mark] = f"{{pad}}<{tag}{{a}}>\\n"')
        self.add(1, f'out.append(f"{{pad}}</{tag}>\\n")')
        if otherwise is not None:
            self.add(0, f"elif o.{otherwise.name} is not None:")
            self.add(1, f"v = o.{otherwise.name}")
            self.add(1, f'out[mark] = f"{{pad}}<{tag}{{a}}>{{{self._spelt(otherwise)}}}</{tag}>\\n"')
        self.add(0, "else:" if self.schema.keep_empty else "elif a:")
        if self.schema.keep_empty == "open":
            self.add(1, f'out[mark] = f"{{pad}}<{tag}{{a}}>\\n{{pad}}</{tag}>\\n"')
        else:
            self.add(1, f'out[mark] = f"{{pad}}<{tag}{{a}}/>\\n"')
        if not self.schema.keep_empty:
            self.add(0, "else:")
            self.add(1, "out.pop()")

    def _below(self, field: Field, only: str = "") -> None:
        self.add(0, f"v = o.{field.name}")
        self.add(0, f"if {self._wanted(field)}{' and ' + only if only else ''}:")
        pad = "inner"
        if field.within:
            self.add(1, f'out.append(f"{{inner}}<{field.within}>\\n")')
            self.add(1, "n = len(out)")
            pad = "inner + '  '"
        self._child(field, pad)
        if field.within:
            self.add(1, f'if len(out) > n: out.append(f"{{inner}}</{field.within}>\\n")')
            self.add(1, "else: out.pop()")

    def _child(self, field: Field, pad: str) -> None:
        name = f"{field.namespace.prefix}:{field.xml}" if field.namespace else field.xml
        lead = "{inner}  " if field.within else "{inner}"
        match field.kind:
            case Kind.ONE:
                self.add(1, f"v._write(out, {pad}, flags)")
                if field.keep_empty:
                    self._keep(field)
            case Kind.MANY:
                self.add(1, f"for e in v: e._write(out, {pad}, flags)")
            case Kind.FLAG:
                self.add(1, f'out.append(f"{lead}<{name}/>\\n")')
            case Kind.SIZE if field.pretty:
                self.scope["pretty"] = pretty
                self.add(1, "v, unit = pretty(v)")
                self.add(1, f"out.append(f\"{lead}<{name} unit='{{unit}}'>{{v}}</{name}>\\n\")")
            case Kind.SIZE:
                self.add(1, f"out.append(f\"{lead}<{name} unit='{field.unit}'>{{v}}</{name}>\\n\")")
            case Kind.RAW:
                self.add(1, f"for e in v: e.write(out, {pad})" if field.is_list else f"v.write(out, {pad})")
            case _:
                value = f"{{{self._spelt(field)}}}"
                spelt = f"<{name} {field.at}='{value}'/>" if field.at else f"<{name}>{value}</{name}>"
                loop = "for v in v: " if field.kind is Kind.VALUES else ""
                self.add(1, f'{loop}out.append(f"{lead}{spelt}\\n")')

    def _keep(self, field: Field) -> None:
        self.lines[-1] = "  n = len(out); " + self.lines[-1].strip()
        self.add(1, f'if len(out) == n: out.append(f"{{inner}}<{field.xml}/>\\n")')

    def _wanted(self, field: Field, value: str = "v") -> str:
        condition = value if field.is_list or field.kind is Kind.FLAG else f"{value} is not None"
        if field.secure:
            condition += f" and flags & {Format.SECURE:d}"
        if field.live_only:
            condition += f" and not flags & {Format.INACTIVE:d}"
        if field.inactive_only:
            condition += f" and flags & {Format.INACTIVE:d}"
        if field.status:
            condition += f" and flags & {Format.STATUS:d}"
        if not field.migratable:
            condition += f" and not flags & {Format.MIGRATABLE:d}"
        return condition

    def _spelt(self, field: Field) -> str:
        codec = codec_of(field)
        if codec.expression is not None:
            return codec.expression
        name = f"encode_{field.name}"
        self.scope[name] = codec.encode
        return f"{name}(v)"
