# SPDX-License-Identifier: Apache-2.0
"""Which trees are kept, and that a text gives the same tree again."""

from __future__ import annotations

from manor.drivers.qemu.trees import Trees
from manor.schema.core import Format
from manor.schema.domain import Domain


def document(name: str) -> Domain:
    return Domain.parse(f"<domain type='qemu'><name>{name}</name><memory>1024</memory></domain>")


def test_the_last_used_are_kept() -> None:
    trees = Trees(2)
    given = {name: document(name) for name in "abc"}
    texts = {name: tree.format(Format.SECURE | Format.INACTIVE) for name, tree in given.items()}
    for name in "ab":
        trees.keep(texts[name], given[name])
    assert trees.of(texts["a"]) is given["a"]
    trees.keep(texts["c"], given["c"])
    assert len(trees) == 2
    assert trees.of(texts["a"]) is given["a"]
    again = trees.of(texts["b"])
    assert again is not given["b"] and again == given["b"]
    assert trees.of(texts["b"]) is again
