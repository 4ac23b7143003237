# SPDX-License-Identifier: Apache-2.0
"""Files of saved test domains: a mark, the length of the document, the document. The marks are libvirt's."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from manor.drivers.test.errors import internal, test_error
from manor.errors import ManorError

_MAGIC = b"TestGuestMagic\0"
_LONGEST = 8192
_LENGTH = struct.Struct("=i")


def _system_error(text: str, error: OSError) -> ManorError:
    return test_error.system(error.errno or 0, text)


def save(path: str, name: str, xml: str) -> None:
    """Write a domain's document to a file."""
    data = xml.encode()
    try:
        with _create(path) as stream:
            stream.write(_MAGIC + _LENGTH.pack(len(data)) + data)
    except OSError as error:
        raise _system_error(f"saving domain '{name}' to '{path}': open failed", error) from None


def load(path: str) -> str:
    """The document in a file. Raises ManorError for a file that is no saved domain."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise _system_error(f"cannot read domain image '{path}'", error) from None
    if len(data) < len(_MAGIC):
        raise test_error.system(0, f"incomplete save header in '{path}'")
    if not data.startswith(_MAGIC):
        raise internal("mismatched header magic")
    data = data[len(_MAGIC) :]
    if len(data) < _LENGTH.size:
        raise test_error.system(0, f"failed to read metadata length in '{path}'")
    (length,) = _LENGTH.unpack_from(data)
    text = data[_LENGTH.size :]
    if not 0 < length <= _LONGEST:
        raise internal("length of metadata out of range")
    if len(text) < length:
        raise test_error.system(0, f"incomplete metadata in '{path}'")
    return text[:length].decode()


def dump(path: str, name: str) -> None:
    """Write what stands for a domain's memory to a file."""
    try:
        with _create(path) as stream:
            stream.write(_MAGIC)
    except OSError as error:
        raise _system_error(f"domain '{name}' coredump: failed to open {path}", error) from None


def _create(path: str) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
