# SPDX-License-Identifier: Apache-2.0
"""The backend of pools of type dir."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from manor import constants
from manor.drivers.interface.flags import check_flags
from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.common.encryption import SecretReference
from manor.schema.pool import Pool
from manor.schema.volume import Volume, VolumeTarget
from manor.storage.backend import Backend, Clone, Contents
from manor.storage.documents import encryption_of, format_of, path_of, permissions_of, pool_path
from manor.storage.errors import error, host_error, not_valid, unsupported
from manor.storage.folder import change, create, folders, look, qemu_img, transfer
from manor.storage.work import in_thread, stoppable
from manor.system.process_run import run


class FolderBackend(Backend):
    """Pools that are folders of this host."""

    type: ClassVar[str] = "dir"

    def __init__(self, secrets: Callable[[SecretReference, str], Awaitable[bytes]]) -> None:
        self._secrets = secrets

    # -- pools ---------------------------------------------------------------------------------------------

    async def is_there(self, pool: Pool) -> bool:
        return await in_thread(os.path.exists, pool_path(pool))

    async def build(self, pool: Pool, flags: int) -> None:
        await in_thread(folders.build, pool, flags)

    async def refresh(self, pool: Pool) -> Contents:
        return await in_thread(look.contents, pool)

    async def delete(self, pool: Pool, flags: int) -> None:
        await in_thread(folders.delete, pool, flags)

    # -- volumes -------------------------------------------------------------------------------------------

    async def place_volume(self, pool: Pool, volume: Volume) -> Volume:
        name = volume.name or ""
        # Volumes are not in folders below the pool's, and nobody shall get out of it.
        if "/" in name:
            raise not_valid(f"volume name '{name}' cannot contain '/'")
        path = f"{pool_path(pool)}/{name}"
        if await in_thread(os.path.lexists, path):
            raise not_valid(f"volume target path '{path}' already exists")
        kind = "dir" if format_of(volume) == "dir" else "file"
        return volume.evolve(type=kind, key=path, target=(volume.target or VolumeTarget()).evolve(path=path))

    async def build_volume(self, pool: Pool, volume: Volume, flags: int, clone: Clone | None = None) -> None:
        preallocate = bool(flags & constants.StorageVolCreateFlags.PREALLOC_METADATA)
        if clone is None and volume.type == "dir":
            await in_thread(create.folder, volume)
        elif not _needs_tool(volume) and (clone is None or not _needs_tool(clone.source)):
            if preallocate:
                raise unsupported("metadata preallocation is not supported for raw volumes")
            await stoppable(lambda stop: create.plain(volume, clone, stop))
        else:
            await self._build_image(volume, clone, preallocate=preallocate)

    async def _build_image(self, volume: Volume, clone: Clone | None, *, preallocate: bool) -> None:
        await in_thread(qemu_img.check, volume, preallocate=preallocate, clone=clone is not None)
        keys = {qemu_img.KEY: volume} | ({qemu_img.SOURCE_KEY: clone.source} if clone is not None else {})
        secrets = {name: value for name, of in keys.items() if (value := await self._passphrase(of)) is not None}
        path = path_of(volume)
        try:
            if clone is None or secrets:
                own = {name: value for name, value in secrets.items() if name == qemu_img.KEY}
                await qemu_img.call(qemu_img.create_arguments(volume, preallocate=preallocate), own)
            if clone is not None and secrets:
                await qemu_img.call(qemu_img.transcribe_arguments(volume, clone.source), secrets)
            elif clone is not None:
                await qemu_img.call(qemu_img.convert_arguments(volume, clone.source, preallocate=preallocate))
            await in_thread(create.settle, path, permissions_of(volume))
        except BaseException:
            with contextlib.suppress(OSError):
                Path(path).unlink()
            raise

    async def _passphrase(self, volume: Volume) -> bytes | None:
        encryption = encryption_of(volume)
        if encryption is None or volume.type == "dir":
            return None
        qemu_img.require_secret(encryption)
        return await self._secrets(encryption.secrets[0], "volume")

    async def refresh_volume(self, pool: Pool, volume: Volume) -> Volume:
        return await in_thread(look.measure, volume)

    async def probe_volume(self, pool: Pool, volume: Volume) -> Volume:
        try:
            return await in_thread(look.probe, volume.name or "", path_of(volume)) or volume
        except OSError:
            return volume

    async def delete_volume(self, pool: Pool, volume: Volume, flags: int) -> None:
        check_flags(flags, 0, "virStorageBackendVolDeleteLocal", ErrorDomain.STORAGE)
        await in_thread(change.remove, volume)

    async def resize_volume(self, pool: Pool, volume: Volume, capacity: int, flags: int) -> None:
        allocate = bool(flags & constants.StorageVolResizeFlags.ALLOCATE)
        if _is_raw(volume):
            await in_thread(change.resize, volume, capacity, allocate=allocate)
            return
        if allocate:
            text = "preallocate is only supported for raw type volume"
            raise error(ErrorNumber.OPERATION_UNSUPPORTED, text)
        passphrase = await self._passphrase(volume)
        secrets = {} if passphrase is None else {qemu_img.KEY: passphrase}
        await qemu_img.call(qemu_img.resize_arguments(volume, capacity), secrets)

    async def wipe_volume(self, pool: Pool, volume: Volume, algorithm: int) -> None:
        known = constants.StorageVolWipeAlgorithm
        if algorithm == known.ZERO:
            await stoppable(lambda stop: change.overwrite_with_zeros(volume, stop))
            return
        os.close(await in_thread(change.open_to_wipe, volume))
        if algorithm == known.TRIM:
            raise error(ErrorNumber.ARGUMENT_UNSUPPORTED, "'trim' algorithm not supported")
        # The program's names of its patterns are libvirt's.
        await _scrub(volume, known(algorithm).name.lower())

    async def upload(self, pool: Pool, volume: Volume, offset: int, length: int, flags: int) -> transfer.Upload:
        return await in_thread(transfer.Upload, path_of(volume), offset, length)

    async def download(self, pool: Pool, volume: Volume, offset: int, length: int, flags: int) -> transfer.Download:
        return await in_thread(transfer.Download, path_of(volume), offset, length, sparse=bool(flags & 1))


def _needs_tool(volume: Volume) -> bool:
    """Whether only qemu-img can write the content; else the content is the file itself."""
    return volume.type == "file" and not _is_raw(volume)


def _is_raw(volume: Volume) -> bool:
    return format_of(volume) == "raw" and encryption_of(volume) is None


async def _scrub(volume: Volume, pattern: str) -> None:
    program = shutil.which("scrub")
    if program is None:
        raise host_error.system(errno.ENOENT, "Cannot find 'scrub' in path")
    (await run([program, "-f", "-p", pattern, path_of(volume)], timeout=None)).check()
