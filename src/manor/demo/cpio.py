# SPDX-License-Identifier: Apache-2.0
"""Writing a cpio archive in the "newc" format, the one the Linux kernel unpacks as an initramfs.

Only what an initramfs needs: directories, regular files and symbolic links, all owned by root, with a
fixed time stamp so that the same content gives the same bytes. Format: the kernel's
Documentation/driver-api/early-userspace/buffer-format.rst.
"""

import stat
from pathlib import PurePosixPath

_MAGIC = b"070701"
_TRAILER = "TRAILER!!!"


class Archive:
    """An initramfs in the making; parents of an entry are created as they are needed."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._names: set[str] = set()

    def __contains__(self, path: str) -> bool:
        return path.strip("/") in self._names

    def directory(self, path: str, mode: int = 0o755) -> None:
        """Add a directory; adding it again does nothing."""
        if path not in self:
            self._add(path, stat.S_IFDIR | mode, b"")

    def file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Add a regular file with these bytes."""
        self._add(path, stat.S_IFREG | mode, content)

    def symlink(self, path: str, target: str) -> None:
        """Add a symbolic link that points to `target`."""
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def build(self) -> bytes:
        """The archive's bytes, closed with the trailer the format asks for."""
        return b"".join([*self._chunks, self._entry(_TRAILER, 0, b"", number=0, links=1)])

    def _add(self, path: str, mode: int, content: bytes) -> None:
        name = path.strip("/")
        if name in self._names:
            raise ValueError(f"the archive already holds '{name}'")
        parent = str(PurePosixPath(name).parent)
        if parent != ".":
            self.directory(parent)
        self._names.add(name)
        links = 2 if stat.S_ISDIR(mode) else 1
        self._chunks.append(self._entry(name, mode, content, number=len(self._names), links=links))

    @staticmethod
    def _entry(name: str, mode: int, content: bytes, *, number: int, links: int) -> bytes:
        raw_name = name.encode() + b"\0"
        # inode, mode, uid, gid, links, mtime, size, device numbers (four), name length, checksum
        fields = (number, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(raw_name), 0)
        header = _MAGIC + b"".join(b"%08x" % field for field in fields) + raw_name
        return _padded(header) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
