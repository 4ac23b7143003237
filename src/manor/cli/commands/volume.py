# SPDX-License-Identifier: Apache-2.0
"""Storage volumes: what is known of them, resizing, wiping, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.pool import size_text
from manor.cli.common import bits
from manor.cli.document import print_document
from manor.cli.failure import CommandFailed
from manor.cli.lookup import uuid_text
from manor.cli.model import command
from manor.cli.sizes import MAX_ULLONG, BadSuffix, scaled
from manor.cli.words import word
from manor.constants import (
    StorageVolDeleteFlags,
    StorageVolInfoFlags,
    StorageVolResizeFlags,
    StorageVolWipeAlgorithm,
)

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import StoragePoolRef, StorageVolInfo, StorageVolRef

TYPES = ("file", "block", "dir", "network", "netdir", "ploop")
"""By virStorageVolType."""

ALGORITHMS = {algorithm.name.lower(): algorithm for algorithm in StorageVolWipeAlgorithm}


def size(text: str) -> int:
    """A volume's size as the user wrote it, in bytes. Raises CommandFailed."""
    try:
        return scaled(text, 1, MAX_ULLONG)
    except BadSuffix as problem:
        raise CommandFailed(f"Malformed size {text}", str(problem)) from None
    except ValueError:
        raise CommandFailed(f"Malformed size {text}") from None


@command(
    "vol-delete",
    "delete a volume",
    """
    <vol>{volume}  volume name, key or path
    --pool STRING{pool}  its pool
    --delete-snapshots  its snapshots as well
    """,
)
def vol_delete(shell: Shell, args: Args) -> None:
    vol = lookup.volume(shell, args)
    name = args.required("vol")
    flags = bits(args, {"delete-snapshots": StorageVolDeleteFlags.WITH_SNAPSHOTS})
    with shell.failing(f"Failed to delete vol {name}"):
        shell.call("storage_vol_delete", vol, flags)
    shell.out.note(f"Vol {name} deleted")


@command(
    "vol-dumpxml",
    "print the XML of a volume",
    """
    <vol>{volume}  volume name, key or path
    --pool STRING{pool}  its pool
    @xpath
    """,
)
def vol_dumpxml(shell: Shell, args: Args) -> None:
    vol = lookup.volume(shell, args)
    print_document(shell, args, shell.call("storage_vol_get_xml_desc", vol, 0), "(volume)")


@command(
    "vol-info",
    "print what is known of a volume",
    """
    <vol>{volume}  volume name, key or path
    --pool STRING{pool}  its pool
    --bytes  sizes in bytes
    --physical  the size of the storage it takes instead of its allocation
    """,
)
def vol_info(shell: Shell, args: Args) -> None:
    vol = lookup.volume(shell, args)
    physical = args.flag("physical")
    shell.out.field("Name:", vol.name)
    info: StorageVolInfo = (
        shell.call("storage_vol_get_info_flags", vol, int(StorageVolInfoFlags.GET_PHYSICAL))
        if physical
        else shell.call("storage_vol_get_info", vol)
    )
    shell.out.field("Type:", word(TYPES, info.type))
    for label, number in (
        ("Capacity:", info.capacity),
        ("Physical:" if physical else "Allocation:", info.allocation),
    ):
        text = f"{number} bytes" if args.flag("bytes") else size_text(number)
        shell.out.field(label, text, 15, **{label[:-1].lower(): number})


@command(
    "vol-key",
    "print the key of a volume",
    """
    <vol>{volume}  volume name or path
    --pool STRING{pool}  its pool
    """,
)
def vol_key(shell: Shell, args: Args) -> None:
    vol = lookup.volume(shell, args)
    shell.out.value(vol.key, key=vol.key)


@command("vol-name", "print the name of a volume", "<vol>{volume}  volume key or path")
def vol_name(shell: Shell, args: Args) -> None:
    vol = lookup.volume(shell, args, pool_option=None, kinds=("key", "path"))
    shell.out.value(vol.name, name=vol.name)


@command(
    "vol-path",
    "print the path of a volume",
    """
    <vol>{volume}  volume name or key
    --pool STRING{pool}  its pool
    """,
)
def vol_path(shell: Shell, args: Args) -> None:
    path = shell.call("storage_vol_get_path", lookup.volume(shell, args))
    shell.out.value(path, path=path)


@command(
    "vol-pool",
    "print the pool of a volume",
    """
    <vol>{volume}  volume key or path
    --uuid  its UUID rather than its name
    """,
)
def vol_pool(shell: Shell, args: Args) -> None:
    vol = lookup.volume(shell, args, pool_option=None, kinds=("key", "path"))
    with shell.failing("failed to get parent pool"):
        pool: StoragePoolRef = shell.call("storage_pool_lookup_by_volume", vol)
    uuid = uuid_text(pool.uuid)
    shell.out.value(uuid if args.flag("uuid") else pool.name, name=pool.name, uuid=uuid)


@command(
    "vol-list",
    "list the volumes of a pool",
    """
    <pool>{pool.active}  pool name or UUID
    --details  types and sizes as well
    """,
)
def vol_list(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args)
    with shell.failing("Failed to list volumes"):
        volumes: list[StorageVolRef] = shell.call("storage_pool_list_all_volumes", pool, 0)
    volumes.sort(key=lambda vol: vol.name.lower())
    rows, records = [], []
    for vol in volumes:
        path = shell.call("storage_vol_get_path", vol)
        row, record = [vol.name, path], {"name": vol.name, "path": path, "key": vol.key}
        if args.flag("details"):
            info: StorageVolInfo = shell.call("storage_vol_get_info", vol)
            kind = word(TYPES, info.type)
            row += [kind, size_text(info.capacity), size_text(info.allocation)]
            record |= {"type": kind, "capacity": info.capacity, "allocation": info.allocation}
        rows.append(row)
        records.append(record)
    header = ("Name", "Path", *(("Type", "Capacity", "Allocation") if args.flag("details") else ()))
    shell.out.table(header, rows, records)


@command(
    "vol-resize",
    "change the size of a volume",
    """
    <vol>{volume}  volume name, key or path
    <capacity>  new size, in bytes or with a unit
    --pool STRING{pool}  its pool
    --allocate  take the space at once
    --delta  by that much, rather than to that size
    --shrink  even if it gets smaller
    """,
    description="Change the size of a volume that no running domain uses; for disks in use there is blockresize.",
)
def vol_resize(shell: Shell, args: Args) -> None:
    flags = bits(
        args,
        {
            "allocate": StorageVolResizeFlags.ALLOCATE,
            "delta": StorageVolResizeFlags.DELTA,
            "shrink": StorageVolResizeFlags.SHRINK,
        },
    )
    vol = lookup.volume(shell, args)
    text = args.required("capacity")
    delta = args.flag("delta")
    # A minus sign says that it is a difference.
    if text.startswith("-"):
        if not args.flag("shrink"):
            raise CommandFailed("negative size requires --shrink")
        text, delta = text[1:], True
        flags |= StorageVolResizeFlags.DELTA
    capacity = size(text)
    change = f"{'by' if delta else 'to'} {text}"
    with shell.failing(f"Failed to change size of volume '{vol.name}' {change}"):
        shell.call("storage_vol_resize", vol, capacity, int(flags))
    shell.out.note(f"Size of volume '{vol.name}' successfully changed {change}")


@command(
    "vol-wipe",
    "overwrite a volume",
    """
    <vol>{volume}  volume name, key or path
    --pool STRING{pool}  its pool
    --algorithm STRING{wipe-algorithm}  how
    """,
)
def vol_wipe(shell: Shell, args: Args) -> None:
    vol = lookup.volume(shell, args)
    name, algorithm = args.required("vol"), args.text("algorithm")
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise CommandFailed(f"Unsupported algorithm '{algorithm}'")
    with shell.failing(f"Failed to wipe vol {name}"):
        if algorithm is None:
            shell.call("storage_vol_wipe", vol, 0)
        else:
            shell.call("storage_vol_wipe_pattern", vol, int(ALGORITHMS[algorithm]), 0)
    shell.out.note(f"Vol {name} wiped")
