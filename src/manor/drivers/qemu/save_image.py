# SPDX-License-Identifier: Apache-2.0
"""The files virDomainSave writes: a header, the document, QEMU's migration stream. The layout is libvirt's own.

The header is in the byte order of the machine that wrote it. Until everything is on disk its magic says that the image
is not complete, so that a file left by a crash is never taken for a guest's state.
"""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path
from typing import Final

import msgspec

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.QEMU)

COMPLETE: Final = b"LibvirtQemudSave"
PARTIAL: Final = b"LibvirtQemudPart"
VERSION: Final = 2
_HEADER: Final = struct.Struct("=16sIIIII56x")
_SWAPPED_VERSION: Final = struct.unpack(">I", struct.pack("<I", VERSION))[0]
MAX_DOCUMENT: Final = 16 * 1024 * 1024
ALIGNMENT: Final = 64 * 1024
"""Room left after the document, so that it can be replaced by a longer one (virDomainSaveImageDefineXML)."""


class Compression:
    """Numbers of the `compressed` field."""

    RAW: Final = 0


class SaveImage(msgspec.Struct, frozen=True):
    """What the front of an image says; `offset` is where QEMU's stream begins."""

    document: str
    was_running: bool
    compression: int
    cookie: str | None
    offset: int


def create(path: Path, document: str, *, was_running: bool) -> int:
    """Start an image at `path` and return a descriptor positioned for QEMU's stream; it says it is not complete.

    Raises VIR_ERR_SYSTEM_ERROR; a file made here is the caller's to remove on failure.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as failure:
        raise _error.system(failure.errno or errno.EIO, f"Failed to create file '{path}'") from failure
    try:
        _write_front(handle, PARTIAL, document, was_running=was_running, room=None)
    except OSError as failure:
        os.close(handle)
        raise _error.system(
            failure.errno or errno.EIO, f"failed to write header to domain save file '{path}'"
        ) from failure
    return handle


def finish(path: Path) -> None:
    """Say that the image at `path` is complete, after all of it is on disk."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            os.fsync(handle)
            os.pwrite(handle, COMPLETE, 0)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as failure:
        raise _error.system(failure.errno or errno.EIO, f"unable to write file '{path}'") from failure


def read(path: Path) -> SaveImage:
    """Read the front of an image.

    Raises VIR_ERR_SYSTEM_ERROR when it cannot be opened and VIR_ERR_OPERATION_FAILED when it is not a complete image.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEADER.size)
            return _parse(path, head, stream.read(_document_size(path, head)))
    except OSError as failure:
        raise _error.system(failure.errno or errno.EIO, f"Failed to open file '{path}'") from failure


def replace_document(path: Path, document: str, *, was_running: bool | None = None) -> None:
    """Put another document into an image, whose state stays as it is.

    Raises VIR_ERR_OPERATION_FAILED "new xml too large to fit in file" when it does not fit.
    """
    image = read(path)
    room = image.offset - _HEADER.size
    running = image.was_running if was_running is None else was_running
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        _write_front(handle, COMPLETE, document, was_running=running, room=room, cookie=image.cookie)
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_front(
    handle: int, magic: bytes, document: str, *, was_running: bool, room: int | None, cookie: str | None = None
) -> None:
    text = document.encode() + b"\0"
    cookie_offset = 0
    if cookie is not None:
        cookie_offset = len(text)
        text += cookie.encode() + b"\0"
    if room is None:
        room = -(-(len(text) + _HEADER.size) // ALIGNMENT) * ALIGNMENT - _HEADER.size
    if len(text) > room:
        raise _error(ErrorNumber.OPERATION_FAILED, "new xml too large to fit in file")
    header = _HEADER.pack(magic, VERSION, room, was_running, Compression.RAW, cookie_offset)
    os.lseek(handle, 0, os.SEEK_SET)
    data = header + text.ljust(room, b"\0")
    while data:
        data = data[os.write(handle, data) :]


def _document_size(path: Path, head: bytes) -> int:
    if len(head) < _HEADER.size:
        raise _error(ErrorNumber.OPERATION_FAILED, f"failed to read qemu header from '{path}'")
    magic, version, size, *_rest = _HEADER.unpack(head)
    if magic == PARTIAL:
        raise _error(ErrorNumber.OPERATION_FAILED, f"save image '{path}' is incomplete")
    if magic != COMPLETE:
        raise _error(ErrorNumber.OPERATION_FAILED, "image magic is incorrect")
    if version == _SWAPPED_VERSION:
        raise _error(ErrorNumber.OPERATION_FAILED, "image was written on a machine of the other byte order")
    if version > VERSION:
        raise _error(ErrorNumber.OPERATION_FAILED, f"image version is not supported ({version} > {VERSION})")
    if not 0 < size <= MAX_DOCUMENT:
        raise _error(ErrorNumber.OPERATION_FAILED, f"invalid header data length: {size}")
    return int(size)


def _parse(path: Path, head: bytes, data: bytes) -> SaveImage:
    _magic, _version, size, was_running, compression, cookie_offset = _HEADER.unpack(head)
    if len(data) < size:
        raise _error(ErrorNumber.OPERATION_FAILED, f"failed to read domain XML from '{path}'")
    document, _, _rest = data.partition(b"\0")
    cookie = None
    if 0 < cookie_offset < size:
        cookie = data[cookie_offset:].partition(b"\0")[0].decode()
    return SaveImage(document.decode(), bool(was_running), compression, cookie, _HEADER.size + size)
