# SPDX-License-Identifier: Apache-2.0
"""The backends of pools of types fs and netfs: folders whose content is mounted while the pool is active."""

from __future__ import annotations

import shutil
from typing import ClassVar

from manor import constants
from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.pool import Pool, Source
from manor.storage.documents import pool_path
from manor.storage.errors import error
from manor.storage.folder import folders, mounts
from manor.storage.folder.backend import FolderBackend
from manor.storage.work import in_thread
from manor.system.process_run import run


class MountedBackend(FolderBackend):
    """What both types have in common."""

    async def is_there(self, pool: Pool) -> bool:
        return await in_thread(mounts.is_mounted, pool)

    async def start(self, pool: Pool) -> None:
        command = mounts.mount_command(pool)
        if not await in_thread(mounts.is_mounted, pool):
            (await run(command, timeout=None)).check()

    async def stop(self, pool: Pool) -> None:
        if await in_thread(mounts.is_mounted, pool):
            (await run([mounts.UMOUNT, pool_path(pool)], timeout=None)).check()


class FileSystemBackend(MountedBackend):
    """Pools that are file systems on block devices."""

    type: ClassVar[str] = "fs"

    async def build(self, pool: Pool, flags: int) -> None:
        folders.check_build_flags(flags)
        await in_thread(folders.make, pool)
        if not flags:
            return
        device = await in_thread(mounts.check_device, pool)
        if flags & constants.StoragePoolBuildFlags.NO_OVERWRITE:
            mounts.check_empty(pool, device, await _file_system_on(device))
        (await run(mounts.mkfs_command(pool), timeout=None)).check()


async def _file_system_on(device: str) -> str:
    """What is on a device, as blkid calls it; "" for nothing it knows."""
    done = await run(["blkid", "-p", "-s", "TYPE", "-o", "value", device], timeout=None)
    return done.stdout.decode(errors="replace").strip()


class NetworkFileSystemBackend(MountedBackend):
    """Pools that are folders of a server."""

    type: ClassVar[str] = "netfs"

    async def find_sources(self, spec: str | None, flags: int) -> str:
        """The folders that an NFS server exports, by showmount; the server must be named."""
        asked = Source()
        if spec is not None:
            asked = Source.parse(spec, source="(storage_source_specification)", domain=ErrorDomain.STORAGE)
        if len(asked.hosts) != 1:
            raise error(ErrorNumber.INVALID_ARG, "hostname must be specified for netfs sources")
        host = asked.hosts[0].name
        program = shutil.which("showmount")
        listing = b""
        if program is not None:
            listing = (await run([program, "--no-headers", "--exports", host], timeout=None)).stdout
        found = mounts.exported(host, listing.decode(errors="replace"))
        if not found.sources:
            raise error(ErrorNumber.OPERATION_FAILED, f"no storage pools were found on host '{host}'")
        return found.format()
