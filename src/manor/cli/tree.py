# SPDX-License-Identifier: Apache-2.0
"""Trees of names, drawn as virsh draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def draw(names: Sequence[str], parents: Mapping[str, str | None]) -> Iterator[str]:
    """The lines of the trees that names form under their parents; a name whose parent is not listed is a root."""
    below: dict[str, list[str]] = {name: [] for name in names}
    roots = []
    for name in names:
        parent = parents.get(name)
        if parent is not None and parent in below and parent != name:
            below[parent].append(name)
        else:
            roots.append(name)
    for root in roots:
        yield root
        if below[root]:
            yield from _branches(below[root], below, "  ")
        else:
            yield ""


def _branches(children: Sequence[str], below: Mapping[str, Sequence[str]], indent: str) -> Iterator[str]:
    yield f"{indent}|"
    for child in children:
        yield f"{indent}+- {child}"
        last = child == children[-1]
        if below[child]:
            yield from _branches(below[child], below, indent + ("    " if last else "|   "))
        elif last:
            yield f"{indent}  "
