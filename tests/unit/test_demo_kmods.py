# SPDX-License-Identifier: Apache-2.0
"""Kernel module tables, from module files with just the strings that matter."""

import lzma
from pathlib import Path

from manor.demo import kmods


def write(path: Path, *strings: str) -> None:
    content = b"\x7fELF" + b"\0".join(text.encode() for text in ("", *strings, ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(content) if path.suffix == ".xz" else content)


def test_dependencies_come_first_and_are_complete(tmp_path: Path) -> None:
    write(tmp_path / "kernel/virtio.ko", "depends=virtio_ring")
    write(tmp_path / "kernel/virtio_ring.ko", "depends=")
    write(tmp_path / "kernel/virtio-blk.ko.xz", "alias=virtio:d00000002v*", "depends=virtio_ring,virtio")
    modules = kmods.closure(kmods.index(tmp_path), ("virtio-blk", "not_there"))
    assert [module.name for module in modules] == ["virtio_ring", "virtio", "virtio_blk"]
    assert kmods.dependency_table(modules).splitlines() == [
        "virtio_ring.ko:",
        "virtio.ko: virtio_ring.ko",
        "virtio_blk.ko: virtio.ko virtio_ring.ko",
    ]
    assert kmods.alias_table(modules) == "alias virtio:d00000002v* virtio_blk\n"


def test_a_compressed_module_is_unpacked(tmp_path: Path) -> None:
    write(tmp_path / "a-b.ko.xz", "depends=")
    module = kmods.load(tmp_path / "a-b.ko.xz")
    assert module.name == "a_b"
    assert module.image.startswith(b"\x7fELF")
