# SPDX-License-Identifier: Apache-2.0
"""Headers of disk images: their format, what an image is based on, how large it is for the guest.

`parse_header` and `read_header` read the format that the caller names: content a guest can write never decides how an
image is understood. `recognise` tells what a file looks like, for lists of files that nobody has described. Layouts
are those of QEMU's documents (docs/interop/qcow2.txt, qed_spec.txt), the VDI, VPC and VMDK headers, and LUKS version 1.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Final, NamedTuple

import msgspec

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.STORAGE)

HEADER_BYTES: Final = 64 * 1024
"""How much of a file `read_header` looks at."""

_QCOW2: Final = struct.Struct(">4sIQIIQI")
_QCOW2_FEATURES: Final = struct.Struct(">QQQII")
_QCOW: Final = struct.Struct(">4sIQI")
_QED: Final = struct.Struct("<16sQ32xII")
_QED_BACKED: Final = 1
_QED_BACKED_BY_RAW: Final = 4
_EXTENSION: Final = struct.Struct(">II")
_BACKING_FORMAT: Final = 0xE2792ACA
_MAX_NAME: Final = 1023
_LAZY_REFCOUNTS: Final = 1
_EXTENDED_L2: Final = 16
_LUKS: Final = b"LUKS\xba\xbe\x00\x01"
_SECTOR: Final = 512
_VERSION_2_BYTES: Final = 72
"""Length of a qcow2 header of version 2; later ones say theirs."""


class _Layout(NamedTuple):
    """How a format is known, and where it says its size: struct formats of version and size, with their offsets."""

    magic: bytes
    at: int = 0
    version: tuple[str, int] | None = None
    versions: tuple[int, ...] = ()
    size: tuple[str, int] | None = None
    unit: int = 1


_LAYOUTS: Final[dict[str, _Layout]] = {
    "bochs": _Layout(b"Bochs Virtual HD Image", 0, ("<I", 64), (0x20000,), ("<Q", 84)),
    "cloop": _Layout(b"#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0 && mount -r -t iso9660 /dev/cloop $1\n"),
    "iso": _Layout(b"CD001", 32769),
    "vpc": _Layout(b"conectix", 0, (">I", 12), (0x10000,), (">Q", 40)),
    "vdi": _Layout(b"\x7f\x10\xda\xbe", 64, ("<I", 68), (0x10001,), ("<Q", 368)),
    "cow": _Layout(b"OOOM", 0, (">I", 4), (2,), (">Q", 1032)),
    "qcow": _Layout(b"QFI\xfb", 0, (">I", 4), (1,), (">Q", 24)),
    "qcow2": _Layout(b"QFI\xfb", 0, (">I", 4), (2, 3), (">Q", 24)),
    "qed": _Layout(b"QED\0", 0, None, (), ("<Q", 48)),
    "vmdk": _Layout(b"KDMV", 0, ("<I", 4), (1, 2, 3), ("<Q", 12), _SECTOR),
}
_ENCRYPTED: Final[dict[str, tuple[int, dict[int, str]]]] = {
    "qcow": (36, {1: "qcow"}),
    "qcow2": (32, {1: "qcow", 2: "luks"}),
}
"""Where a format says how its content is encrypted, and the words for that."""


class ImageHeader(msgspec.Struct, frozen=True):
    """What a header says; sizes in bytes, None where the format does not say.

    `capacity` is what the guest sees. `compat` and `features` are those of qcow2 of version 3.
    """

    capacity: int | None = None
    backing_file: str | None = None
    backing_format: str | None = None
    encryption: str | None = None
    cluster_size: int | None = None
    compat: str | None = None
    features: frozenset[str] = frozenset()


def recognise(data: bytes) -> str:
    """The format a file looks like by its beginning; what is nothing known is raw."""
    for name, layout in _LAYOUTS.items():
        if data.startswith(layout.magic, layout.at) and _has_version(layout, data):
            return name
    return "raw"


def _has_version(layout: _Layout, data: bytes) -> bool:
    return layout.version is None or _number(layout.version, data) in layout.versions


def _number(place: tuple[str, int], data: bytes) -> int | None:
    form, offset = place
    if offset + struct.calcsize(form) > len(data):
        return None
    number: int = struct.unpack_from(form, data, offset)[0]
    return number


def parse_header(form: str, data: bytes) -> ImageHeader:
    """What the beginning of an image of a format says; a damaged one says less."""
    if form == "raw":
        return ImageHeader(encryption="luks" if data.startswith(_LUKS) else None)
    layout = _LAYOUTS.get(form)
    if layout is None or not data.startswith(layout.magic, layout.at):
        return ImageHeader()
    size = _number(layout.size, data) if layout.size is not None else None
    capacity = size * layout.unit if size is not None else None
    place, words = _ENCRYPTED.get(form, (0, {}))
    encryption = words.get(_number((">I", place), data) or 0)
    if form == "qcow2" and len(data) >= _VERSION_2_BYTES:
        return _qcow2(data, capacity, encryption)
    return ImageHeader(capacity, *_named_backing(form, data), encryption)


def _named_backing(form: str, data: bytes) -> tuple[str | None, str | None]:
    """Name and format of what an image of an older format is based on; such a header hardly knows the format."""
    if form == "qcow" and len(data) >= _QCOW.size:
        return _name(data, *_QCOW.unpack_from(data)[2:4]), None
    if form == "qed" and len(data) >= _QED.size:
        _, features, offset, size = _QED.unpack_from(data)
        if features & _QED_BACKED:
            return _name(data, offset, size), "raw" if features & _QED_BACKED_BY_RAW else None
    return None, None


def _name(data: bytes, offset: int, size: int) -> str | None:
    if not offset or size > _MAX_NAME or offset + size > len(data):
        return None
    return data[offset : offset + size].decode(errors="surrogateescape")


def luks_payload(data: bytes) -> int | None:
    """Where the content of a LUKS volume begins, in bytes; None for what is none."""
    sectors = _number((">I", 104), data) if data.startswith(_LUKS) else None
    return sectors * _SECTOR if sectors is not None else None


def _qcow2(data: bytes, capacity: int | None, encryption: str | None) -> ImageHeader:
    _, version, name_offset, name_size, cluster_bits, _, _ = _QCOW2.unpack_from(data)
    start, compat, features = _VERSION_2_BYTES, None, set()
    if version > 2 and len(data) >= _VERSION_2_BYTES + _QCOW2_FEATURES.size:
        incompatible, compatible, _, _, start = _QCOW2_FEATURES.unpack_from(data, _VERSION_2_BYTES)
        compat = "1.1"
        features = {"lazy_refcounts"} if compatible & _LAZY_REFCOUNTS else set()
        features |= {"extended_l2"} if incompatible & _EXTENDED_L2 else set()
    name = _name(data, name_offset, name_size)
    return ImageHeader(
        capacity,
        name,
        _backing_format(data, start, name_offset or len(data)) if name is not None else None,
        encryption,
        1 << cluster_bits if cluster_bits < 32 else None,
        compat,
        frozenset(features),
    )


def _backing_format(data: bytes, start: int, end: int) -> str | None:
    """The header extension that names the format of the backing file."""
    offset = start
    while offset + _EXTENSION.size <= min(end, len(data)):
        kind, size = _EXTENSION.unpack_from(data, offset)
        offset += _EXTENSION.size
        if kind == 0:
            break
        if kind == _BACKING_FORMAT:
            return data[offset : offset + size].decode(errors="replace")
        offset += (size + 7) // 8 * 8
    return None


def read_header(path: str, form: str) -> ImageHeader:
    """The header of the image at `path`, read as format `form`.

    Raises VIR_ERR_SYSTEM_ERROR when it cannot be read, VIR_ERR_INTERNAL_ERROR when it is not of that format.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as failure:
        raise _error.system(failure.errno or 5, f"Failed to open file '{path}'") from failure
    with os.fdopen(handle, "rb") as stream:
        if form not in ("qcow2", "qcow"):
            return ImageHeader(capacity=stream.seek(0, os.SEEK_END))
        data = stream.read(HEADER_BYTES)
    header = parse_header(form, data)
    if header.capacity is None or recognise(data) not in ("qcow", "qcow2"):
        raise _error(ErrorNumber.INTERNAL_ERROR, f"Image '{path}' is not a qcow2 image")
    if header.backing_file is None and struct.unpack_from(">Q", data, 8)[0]:
        raise _error(ErrorNumber.INTERNAL_ERROR, f"Image '{path}' has an invalid backing file name")
    return header


def backing_path(path: str, name: str) -> str:
    """Where the image is that `name` stands for in the header of the image at `path`.

    A relative name is relative to the image that names it; QEMU's json: form may hold a file name. Other storage than
    files stays as it is written.
    """
    if name.startswith("json:"):
        return _json_file_name(name.removeprefix("json:")) or name
    name = name.removeprefix("file:")
    if "://" in name:
        return name
    return os.path.normpath(os.path.join(os.path.dirname(path), name))  # noqa: PTH118, PTH120


def _json_file_name(text: str) -> str | None:
    try:
        node = json.loads(text)
    except ValueError:
        return None
    while isinstance(node, dict):
        for key in ("filename", "file.filename"):
            if isinstance(node.get(key), str):
                return str(node[key])
        node = node.get("file")
    return None
