# SPDX-License-Identifier: Apache-2.0
"""Headers of disk images: what an image is based on, how large it is for the guest.

Only the format that the caller names is read: content a guest can write never decides how an image is understood.
The formats' layouts are QEMU's (docs/interop/qcow2.txt, docs/interop/qed_spec.txt).
"""

from __future__ import annotations

import os
import struct
from typing import Final

import msgspec

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.STORAGE)

QCOW2_MAGIC: Final = b"QFI\xfb"
_QCOW2: Final = struct.Struct(">4sIQIIQ")
_EXTENSION: Final = struct.Struct(">II")
_BACKING_FORMAT: Final = 0xE2792ACA
_MAX_NAME: Final = 1023
_HEADER_BYTES: Final = 64 * 1024


class ImageHeader(msgspec.Struct, frozen=True):
    """What a header says; capacity in bytes as the guest sees it, None where the format does not say."""

    capacity: int | None = None
    backing_file: str | None = None
    backing_format: str | None = None


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
        return _qcow2(path, stream.read(_HEADER_BYTES))


def _qcow2(path: str, data: bytes) -> ImageHeader:
    if len(data) < _QCOW2.size or data[:4] != QCOW2_MAGIC:
        raise _error(ErrorNumber.INTERNAL_ERROR, f"Image '{path}' is not a qcow2 image")
    _magic, version, name_offset, name_size, _cluster_bits, capacity = _QCOW2.unpack_from(data)
    if not name_offset:
        return ImageHeader(capacity=capacity)
    if name_size > _MAX_NAME or name_offset + name_size > len(data):
        raise _error(ErrorNumber.INTERNAL_ERROR, f"Image '{path}' has an invalid backing file name")
    name = data[name_offset : name_offset + name_size].decode(errors="surrogateescape")
    start = 72 if version < 3 else struct.unpack_from(">I", data, 100)[0]
    return ImageHeader(capacity, name, _backing_format(data, start, name_offset))


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
