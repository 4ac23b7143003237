# SPDX-License-Identifier: Apache-2.0
"""File systems that pools mount: what is mounted where, the command lines of mount and mkfs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from manor.errors import ErrorNumber
from manor.schema.pool import Pool, Source, SourceDir, SourceFormat, SourceHost, SourceList
from manor.schema.pool_rules import sanitized
from manor.storage.documents import pool_path
from manor.storage.errors import error, not_valid, unsupported

MOUNT: Final = "/bin/mount"
UMOUNT: Final = "/bin/umount"
MKFS: Final = "/sbin/mkfs"

_SAFE: Final = ("nodev", "nosuid", "noexec")
"""A file system of images has no business with devices, privileges and programs."""

_FORCE: Final = {"ext2": ["-F"], "ext3": ["-F"], "ext4": ["-F"], "vfat": ["-I"], "xfs": ["-f"]}
"""What makes mkfs overwrite what is there; whether it may, we have decided before."""

_EXPORT: Final = re.compile(r"(/.*\S)\s+\S+\Z")


def _format(pool: Pool) -> str:
    source = pool.source or Source()
    return (source.format_.type if source.format_ is not None else None) or "auto"


def source_of(pool: Pool) -> str:
    """What is mounted: a device, or a folder of a server. Raises VIR_ERR_CONFIG_UNSUPPORTED for not exactly one."""
    source = pool.source or Source()
    if pool.type == "fs":
        if len(source.devices) != 1:
            raise unsupported("expected exactly 1 device for the storage pool")
        return source.devices[0].path
    if len(source.hosts) != 1:
        raise unsupported("expected exactly 1 host for the storage pool")
    host, folder = source.hosts[0].name, (source.dir.path if source.dir is not None else None) or ""
    if _format(pool) == "cifs":
        return f"//{host}/{folder}"
    return f"[{host}]:{folder}" if ":" in host else f"{host}:{folder}"


def mount_command(pool: Pool) -> list[str]:
    """The command that mounts a pool."""
    form, source = _format(pool), pool.source or Source()
    options = list(_SAFE)
    if form == "glusterfs":
        options.append("direct-io-mode=1")
    elif form == "cifs":
        options.append("guest")
    if source.protocol is not None and source.protocol.ver:
        options.append(f"nfsvers={source.protocol.ver}")
    if pool.mount_options is not None:
        options += [option.name for option in pool.mount_options.options]
    # Which of the network's file systems it is, mount finds out by itself.
    kind = [] if pool.type == "netfs" and form == "auto" else ["-t", form]
    return [MOUNT, "-o", ",".join(options), *kind, source_of(pool), pool_path(pool)]


def mkfs_command(pool: Pool) -> list[str]:
    """The command that makes the file system of a pool."""
    form = _format(pool)
    return [MKFS, "-t", form, *_FORCE.get(form, []), source_of(pool)]


def is_mounted(pool: Pool) -> bool:
    """Whether the pool's source is at the pool's path now."""
    wanted = (_compared(source_of(pool)), pool_path(pool))
    for line in Path("/proc/self/mounts").read_text(errors="surrogateescape").splitlines():
        device, place = line.split(" ")[:2]
        if (_compared(_unescaped(device)), _unescaped(place)) == wanted:
            return True
    return False


def _compared(source: str) -> str:
    """A source as it can be compared: the kernel drops slashes that mean nothing."""
    host, separator, folder = source.partition(":")
    return f"{host}:{sanitized(folder)}" if separator and folder else sanitized(source)


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def check_device(pool: Pool) -> str:
    """The device a file system shall be made on. Raises VIR_ERR_OPERATION_INVALID without one."""
    source = pool.source or Source()
    if not source.devices:
        raise not_valid(f"No source device specified when formatting pool '{pool.name}'")
    if not os.path.exists(source.devices[0].path):  # noqa: PTH110 - a name, not a path object, comes out as well
        raise not_valid(f"Source device does not exist when formatting pool '{pool.name}'")
    return source.devices[0].path


def check_empty(pool: Pool, device: str, found: str) -> None:
    """Refuse to overwrite a file system; `found` is what is on the device, "" for nothing."""
    if not found:
        return
    if found == _format(pool):
        text = f"Device '{device}' already formatted using '{found}'"
    else:
        text = (
            f"Format of device '{device}' does not match the expected format '{_format(pool)}', "
            "forced overwrite is necessary"
        )
    raise error(ErrorNumber.STORAGE_POOL_BUILT, text)


def exported(host: str, listing: str) -> SourceList:
    """The sources that a server offers, by what showmount prints."""
    paths = [match[1] for line in listing.splitlines() if (match := _EXPORT.match(line.strip()))]
    return SourceList(
        sources=[
            Source(hosts=[SourceHost(name=host)], dir=SourceDir(path=path), format_=SourceFormat(type="nfs"))
            for path in paths
        ]
    )
