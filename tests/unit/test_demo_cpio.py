# SPDX-License-Identifier: Apache-2.0
"""The initramfs writer: what it writes is read back by the stock cpio program."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manor.demo.cpio import Archive

needs_cpio = pytest.mark.skipif(shutil.which("cpio") is None, reason="cpio is not installed")


def unpack(archive: bytes, folder: Path) -> None:
    subprocess.run(["cpio", "--extract", "--quiet", "--no-absolute-filenames"], input=archive, cwd=folder, check=True)


@needs_cpio
def test_every_kind_of_entry_survives(tmp_path: Path) -> None:
    archive = Archive()
    archive.directory("tmp", 0o1777)
    archive.file("/etc/deep/er/file", b"content", 0o600)
    archive.file("bin/tool", b"#!/bin/sh\n", 0o755)
    archive.symlink("bin/alias", "/bin/tool")
    unpack(archive.build(), tmp_path)
    assert (tmp_path / "etc/deep/er/file").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "etc/deep/er/file").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "bin/tool").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "tmp").stat().st_mode) == 0o1777
    assert (tmp_path / "bin/alias").readlink() == Path("/bin/tool")


@needs_cpio
@settings(max_examples=10, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.binary(max_size=70), max_size=5))
def test_any_length_of_name_and_content_is_padded_right(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("unpacked")
    archive = Archive()
    for name, content in files.items():
        archive.file(name, content)
    unpack(archive.build(), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_the_same_content_gives_the_same_bytes() -> None:
    def build() -> bytes:
        archive = Archive()
        archive.file("a/b", b"x")
        return archive.build()

    assert build() == build()


def test_one_path_is_added_once() -> None:
    archive = Archive()
    archive.file("a", b"")
    with pytest.raises(ValueError, match="already holds 'a'"):
        archive.symlink("/a", "b")
    archive.directory("d")
    archive.directory("d")
