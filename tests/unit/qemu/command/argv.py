# SPDX-License-Identifier: Apache-2.0
"""Command lines recorded from libvirt, and how ours are compared with them.

Options are compared with their values, comma lists and JSON without regard to the order of keys; what belongs to one
daemon or one run is masked.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.unit.schema.corpus import CORPUS

ARGV: Final = CORPUS / "domain-argv"
COMPLETED: Final = CORPUS / "xml-normalise" / "domain"

_MASKS: Final = (
    (re.compile(r'"(data|iv)":"[^"]*"'), r'"\1":"SECRET"'),
    (re.compile(r"unix:path=/[^,]*dbus\.sock"), "DBUS"),
    (re.compile(r'(?<![\w.])/[^",]*/domain--1-[^"/]*?/'), "DIR/"),
    (re.compile(r'/[^",]*/ram/[^/",]*/'), "RAM/"),
    (re.compile(r'/[^",]*/nvram/'), "NVRAM/"),
    (re.compile(r'(libvirt/qemu/)-1-[^",/]*'), r"\1GUEST"),
    (re.compile(r'"fd":"[^"]*"'), '"fd":"N"'),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}"), "MAC"),
    (re.compile(r"base=\d{4}-[^,]*"), "base=DATE"),
)

Option = tuple[str, str | None]


class Case(NamedTuple):
    """A document and the options libvirt gives QEMU for it; `host_cpu` says that the CPU may depend on the host's."""

    name: str
    document: str
    wanted: list[Option]
    host_cpu: bool


def cases() -> Iterator[Case]:
    """The recorded cases this machine has what they need for."""
    index = json.loads((ARGV / "index.json").read_text())
    for path in sorted(ARGV.glob("*.xml")):
        facts = index.get(path.stem, {})
        needs = facts.get("needs", [])
        if all(Path(need[5:]).exists() for need in needs if need.startswith("file:")):
            recorded = path.with_suffix(".argv").read_text().replace("\\\n", " ")
            yield Case(path.stem, path.read_text(), options(shlex.split(recorded)), "cpu" in facts)


def completed_cases() -> Iterator[Case]:
    """Those of them whose document is also recorded as libvirt completes it when it is defined."""
    for case in cases():
        given, answer = (COMPLETED / f"{case.name}.{part}.xml" for part in ("in", "out"))
        if answer.exists() and given.read_text() == case.document:
            yield case._replace(document=answer.read_text())


def options(words: Sequence[str]) -> list[Option]:
    """A command line as options with their values, without the environment before the program."""
    start = next(place for place, word in enumerate(words) if not re.match(r"\w+=", word))
    result: list[Option] = []
    for word in words[start + 1 :]:
        if re.match(r"-[a-z]", word):
            result.append((word, None))
        elif result and result[-1][1] is None:
            result[-1] = (result[-1][0], _normal(word))
        else:
            result.append((word, None))
    return result


def _normal(value: str) -> str:
    for pattern, mask in _MASKS:
        value = pattern.sub(mask, value)
    if value.startswith("{"):
        return json.dumps(json.loads(value), sort_keys=True)
    return ",".join(sorted(value.split(",")))


def difference(wanted: Sequence[Option], got: Sequence[Option]) -> list[str]:
    """What is missing and what is too much; empty when only the order may differ."""
    left, right = Counter(wanted), Counter(got)
    missing = [f"- {name} {value or ''}" for name, value in left - right]
    return missing + [f"+ {name} {value or ''}" for name, value in right - left]
