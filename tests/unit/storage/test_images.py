# SPDX-License-Identifier: Apache-2.0
"""Headers of images: what they are recognised by, and that damaged ones do no harm."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.system.images import ImageHeader, backing_path, luks_payload, parse_header, recognise


def qcow2(version: int = 3, *, backing: bytes = b"", form: bytes = b"", bits: int = 16, crypt: int = 0) -> bytes:
    """The header of a qcow2 image of 1 MiB."""
    start = 104 if version == 3 else 72
    extension = struct.pack(">II", 0xE2792ACA, len(form)) + form.ljust(-(-len(form) // 8) * 8, b"\0") if form else b""
    extension += struct.pack(">II", 0, 0)
    offset = start + len(extension) if backing else 0
    head = struct.pack(">4sIQIIQI", b"QFI\xfb", version, offset, len(backing), bits, 1 << 20, crypt).ljust(72, b"\0")
    if version == 3:
        head += struct.pack(">QQQII", 16, 1, 0, 4, 104)
    return head + extension + backing


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"", "raw"),
        (b"QFI\xfb\0\0\0\1", "qcow"),
        (b"QFI\xfb\0\0\0\2", "qcow2"),
        (b"QFI\xfb\0\0\0\3", "qcow2"),
        (b"QFI\xfb\0\0\0\4", "raw"),
        (b"QED\0", "qed"),
        (b"KDMV\1\0\0\0", "vmdk"),
        (b"KDMV\0\0\0\1", "raw"),
        (b"conectix" + bytes(4) + b"\0\1\0\0", "vpc"),
        (bytes(64) + b"\x7f\x10\xda\xbe\1\0\1\0", "vdi"),
        (bytes(32769) + b"CD001", "iso"),
        (b"LUKS\xba\xbe\0\1", "raw"),
    ],
)
def test_recognised_by_magic_and_version(data: bytes, form: str) -> None:
    assert recognise(data) == form


def test_what_a_qcow2_header_says() -> None:
    header = parse_header("qcow2", qcow2(backing=b"base.img", form=b"raw", crypt=2))
    assert header == ImageHeader(
        1 << 20, "base.img", "raw", "luks", 65536, "1.1", frozenset({"lazy_refcounts", "extended_l2"})
    )
    assert parse_header("qcow2", qcow2(2)) == ImageHeader(1 << 20, cluster_size=65536)
    assert parse_header("qcow2", qcow2(2, backing=b"b")).backing_file == "b"
    assert parse_header("raw", qcow2(backing=b"base.img")) == ImageHeader()


def test_what_luks_says() -> None:
    data = (b"LUKS\xba\xbe\0\1".ljust(104, b"\0") + struct.pack(">I", 4096)).ljust(592, b"\0")
    assert parse_header("raw", data).encryption == "luks"
    assert luks_payload(data) == 4096 * 512
    assert luks_payload(b"LUKS") is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("base", "/d/base"),
        ("../base", "/base"),
        ("/x/base", "/x/base"),
        ("file:base", "/d/base"),
        ("nbd://host/x", "nbd://host/x"),
        ('json:{"driver":"raw","file":{"driver":"file","filename":"/y"}}', "/y"),
        ('json:{"file.filename":"/y"}', "/y"),
        ("json:{", "json:{"),
    ],
)
def test_where_the_image_below_is(name: str, path: str) -> None:
    assert backing_path("/d/top", name) == path


@given(st.binary(max_size=300), st.sampled_from([b"QFI\xfb", b"QED\0", b"KDMV", b"LUKS\xba\xbe\0\1", b""]))
def test_damaged_headers_do_no_harm(data: bytes, magic: bytes) -> None:
    data = magic + data
    for form in (recognise(data), "qcow2", "qcow", "qed", "vmdk", "raw"):
        header = parse_header(form, data)
        assert header.backing_file is None or len(header.backing_file) <= 1023
