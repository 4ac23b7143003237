# SPDX-License-Identifier: Apache-2.0
"""Removing the definition of a domain, and what hangs on it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from manor.cli import lookup
from manor.cli.commands.blockinfo import disk_source
from manor.cli.common import bits
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.xml import Element, parse
from manor.constants import DomainSnapshotListFlags, DomainXMLFlags, StorageVolDeleteFlags
from manor.constants import DomainUndefineFlagsValues as Flags
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef, StorageVolRef

FLAGS = {
    "managed-save": Flags.MANAGED_SAVE,
    "snapshots-metadata": Flags.SNAPSHOTS_METADATA,
    "checkpoints-metadata": Flags.CHECKPOINTS_METADATA,
    "nvram": Flags.NVRAM,
    "keep-nvram": Flags.KEEP_NVRAM,
    "tpm": Flags.TPM,
    "keep-tpm": Flags.KEEP_TPM,
}


class Volume(NamedTuple):
    """A disk of the domain that is a volume of a pool."""

    target: str
    source: str
    reference: StorageVolRef


@command(
    "undefine",
    "remove the definition of a domain",
    """
    @domain
    --managed-save  and its managed save
    --storage STRING{disk}  and these of its volumes: targets or sources, with commas between them
    --remove-all-storage  and all its volumes
    --delete-storage-volume-snapshots  and the snapshots of the volumes
    --delete-snapshots -> delete-storage-volume-snapshots
    --wipe-storage  overwrite the volumes before
    --snapshots-metadata  and what is known of its snapshots
    --checkpoints-metadata  and what is known of its checkpoints
    --nvram  and its NVRAM
    --keep-nvram  and keep its NVRAM
    --tpm  and the state of its TPM
    --keep-tpm  and keep the state of its TPM
    """,
)
def undefine(shell: Shell, args: Args) -> None:
    args.exclusive("nvram", "keep-nvram")
    args.exclusive("tpm", "keep-tpm")
    storage = args.text("storage")
    everything = args.flag("remove-all-storage")
    if args.flag("wipe-storage") and not (storage is not None or everything):
        raise CommandFailed("'--wipe-storage' requires '--storage <string>' or '--remove-all-storage'")
    dom = lookup.domain(shell, args)
    name = args.required("domain")
    running = bool(shell.call("domain_is_active", dom))
    _refuse_to_forget(shell, args, dom, running)
    volumes: list[Volume] = []
    if storage is not None or everything:
        if running:
            raise CommandFailed("Storage volume deletion is supported only on stopped domains")
        if storage is not None and everything:
            raise CommandFailed("Specified both --storage and --remove-all-storage")
        volumes = _volumes(shell, dom, None if storage is None else storage.split(","))
    with shell.failing(f"Failed to undefine domain '{name}'"):
        _undefine(shell, args, dom)
    shell.out.note(f"Domain '{name}' has been undefined")
    for volume in volumes:
        _remove(shell, args, volume)


def _refuse_to_forget(shell: Shell, args: Args, dom: DomainRef, running: bool) -> None:
    """Without --managed-save, a state that would be lost is a reason not to go on."""
    if running or args.flag("managed-save"):
        return
    try:
        saved = shell.call("domain_has_managed_save_image", dom, 0)
    except ManorError as failure:
        shell.debug(1, failure.message)
        return
    if saved:
        raise CommandFailed("Refusing to undefine while domain managed save image exists")


def _undefine(shell: Shell, args: Args, dom: DomainRef) -> None:
    flags = bits(args, FLAGS)
    if not flags:
        shell.call("domain_undefine", dom)
        return
    try:
        shell.call("domain_undefine_flags", dom, flags)
    except ManorError as failure:
        if failure.code != ErrorNumber.NO_SUPPORT or flags & ~(Flags.MANAGED_SAVE | Flags.SNAPSHOTS_METADATA):
            raise
        _undefine_of_old(shell, dom, flags)


def _undefine_of_old(shell: Shell, dom: DomainRef, flags: int) -> None:
    """The same for a driver that knows no flags: what would keep it from undefining is removed first."""
    if flags & Flags.MANAGED_SAVE and shell.call("domain_has_managed_save_image", dom, 0):
        shell.call("domain_managed_save_remove", dom, 0)
    count = shell.call("domain_snapshot_num", dom, int(DomainSnapshotListFlags.METADATA))
    if count and flags & Flags.SNAPSHOTS_METADATA:
        raise CommandFailed(f"Unable to remove metadata of {count} snapshots")
    if count:
        raise CommandFailed(f"Refusing to undefine while {count} snapshots exist")
    shell.call("domain_undefine", dom)


def _volumes(shell: Shell, dom: DomainRef, wanted: list[str] | None) -> list[Volume]:
    """The volumes to remove: those wanted (None: all) that a pool knows."""
    document = parse(shell.call("domain_get_xml_desc", dom, int(DomainXMLFlags.INACTIVE)), "(domain_definition)")
    found: list[Volume] = []
    missing = list(wanted or ())
    for disk in document.findall("devices/disk"):
        target, source = disk.value("target/@dev") or "", disk_source(disk)
        if source is None:
            continue
        if wanted is not None:
            matched = {target, source} & set(missing)
            if not matched:
                continue
            missing = [word for word in missing if word not in matched]
        reference = _managed(shell, disk, target, source)
        if reference is not None:
            found.append(Volume(target, source, reference))
    if missing:
        raise CommandFailed(f"Volume '{missing[0]}' was not found in domain's definition.")
    return found


def _managed(shell: Shell, disk: Element, target: str, source: str) -> StorageVolRef | None:
    pool_name = disk.value("source/@pool")
    reference: StorageVolRef
    if pool_name is not None:
        try:
            pool = shell.call("storage_pool_lookup_by_name", pool_name)
        except ManorError:
            shell.error(f"Storage pool '{pool_name}' for volume '{target}' not found.")
            return None
        with suppress(ManorError):
            reference = shell.call("storage_vol_lookup_by_name", pool, source)
            return reference
    else:
        with suppress(ManorError):
            reference = shell.call("storage_vol_lookup_by_path", source)
            return reference
    shell.error(f"Storage volume '{target}'({source}) is not managed by libvirt. Remove it manually.\n")
    return None


def _remove(shell: Shell, args: Args, volume: Volume) -> None:
    """Remove one volume; one that fails does not keep the others from going."""
    flags = bits(args, {"delete-storage-volume-snapshots": StorageVolDeleteFlags.WITH_SNAPSHOTS})
    title = f"'{volume.target}'({volume.source})"
    if args.flag("wipe-storage"):
        shell.out.note(f"Wiping volume {title} ... ", "")
        try:
            shell.call("storage_vol_wipe", volume.reference, 0)
        except ManorError:
            shell.error("Failed! Volume not removed.")
            raise
        shell.out.note("Done.")
    with shell.failing(f"Failed to remove storage volume {title}"):
        shell.call("storage_vol_delete", volume.reference, flags)
    shell.out.note(f"Volume {title} removed.")
