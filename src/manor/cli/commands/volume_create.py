# SPDX-License-Identifier: Apache-2.0
"""Making storage volumes: from a file, from options, from other volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.volume import size
from manor.cli.common import bits, read_text
from manor.cli.document import indented
from manor.cli.failure import CommandFailed
from manor.cli.lookup import VOLUME_KEY, VOLUME_PATH
from manor.cli.model import command
from manor.cli.xml import Element, Tag, Text, parse
from manor.constants import StorageVolCreateFlags
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import StoragePoolRef, StorageVolRef

FLAGS = {
    "prealloc-metadata": StorageVolCreateFlags.PREALLOC_METADATA,
    "validate": StorageVolCreateFlags.VALIDATE,
    "reflink": StorageVolCreateFlags.REFLINK,
}


def _flags(args: Args, *names: str) -> int:
    return bits(args, {name: FLAGS[name] for name in names})


def _record(vol: StorageVolRef) -> dict[str, object]:
    return {"name": vol.name, "key": vol.key, "pool": vol.pool}


@command(
    "vol-create",
    "create a volume described in a file",
    """
    <pool>{pool.active}  pool name or UUID
    <file>{file}  XML description of the volume
    --prealloc-metadata  allocate the metadata at once
    --validate  check the description against the schema
    """,
)
def vol_create(shell: Shell, args: Args) -> None:
    flags = _flags(args, "prealloc-metadata", "validate")
    pool = lookup.pool(shell, args)
    path = args.required("file")
    document = read_text(path)
    with shell.failing(f"Failed to create vol from {path}"):
        vol: StorageVolRef = shell.call("storage_vol_create_xml", pool, document, flags)
    shell.out.note(f"Vol {vol.name} created from {path}", **_record(vol))


@command(
    "vol-create-from",
    "create a volume described in a file with the contents of another",
    """
    <pool>{pool.active}  pool name or UUID
    <file>{file}  XML description of the volume
    <vol>{volume}  the other volume
    --inputpool STRING{pool}  pool of the other volume
    --prealloc-metadata  allocate the metadata at once
    --reflink  share blocks with the other volume
    --validate  check the description against the schema
    """,
)
def vol_create_from(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args)
    flags = _flags(args, "prealloc-metadata", "reflink", "validate")
    path = args.required("file")
    source = lookup.volume(shell, args, "vol", "inputpool")
    document = read_text(path)
    with shell.failing(f"Failed to create vol from {path}"):
        vol: StorageVolRef = shell.call("storage_vol_create_xml_from", pool, document, source, flags)
    shell.out.note(f"Vol {vol.name} created from input vol {source.name}", **_record(vol))


@command(
    "vol-create-as",
    "create a volume described by options",
    """
    <pool>{pool.active}  pool name or UUID
    <name>  name of the volume
    <capacity>  its size, in bytes or with a unit
    --allocation STRING  how much of it to allocate at once
    --format STRING{volume-format}  its format
    --backing-vol STRING{volume}  volume below it
    --backing-vol-format STRING{volume-format}  format of the volume below it
    --prealloc-metadata  allocate the metadata at once
    --print-xml  print the XML, and do nothing
    """,
)
def vol_create_as(shell: Shell, args: Args) -> None:
    flags = _flags(args, "prealloc-metadata")
    pool = lookup.pool(shell, args)
    name = args.required("name")
    volume = Tag("volume")
    volume.add("name", name)
    volume.add("capacity", str(size(args.required("capacity"))))
    allocation, kind = args.text("allocation"), args.text("format")
    if allocation is not None:
        volume.add("allocation", str(size(allocation)))
    if kind is not None:
        volume.add("target").add("format", type=kind)
    volume.extend(_backing(shell, args, pool))
    document = volume.format()
    if args.flag("print-xml"):
        shell.out.xml(document)
        return
    with shell.failing(f"Failed to create vol {name}"):
        vol: StorageVolRef = shell.call("storage_vol_create_xml", pool, document, flags)
    shell.out.note(f"Vol {name} created", **_record(vol))


def _backing(shell: Shell, args: Args, pool: StoragePoolRef) -> Tag | None:
    text = args.text("backing-vol")
    if text is None:
        return None
    try:
        found = shell.call("storage_vol_lookup_by_name", pool, text)
    except ManorError as failure:
        shell.debug(1, failure.message)
        with shell.failing(f"failed to get vol '{text}'"):
            found = lookup.find(shell, (VOLUME_KEY, VOLUME_PATH), text)
    backing = Tag("backingStore")
    backing.add("path", shell.call("storage_vol_get_path", found))
    kind = args.text("backing-vol-format")
    if kind is not None:
        backing.add("format", type=kind)
    return backing


@command(
    "vol-clone",
    "copy a volume within its pool",
    """
    <vol>{volume}  volume name, key or path
    <newname>  name of the copy
    --pool STRING{pool}  its pool
    --prealloc-metadata  allocate the metadata at once
    --reflink  share blocks with the volume
    --print-xml  print the XML, and do nothing
    """,
)
def vol_clone(shell: Shell, args: Args) -> None:
    source = lookup.volume(shell, args)
    flags = _flags(args, "prealloc-metadata", "reflink")
    with shell.failing("failed to get parent pool"):
        pool: StoragePoolRef = shell.call("storage_pool_lookup_by_volume", source)
    name = args.required("newname")
    document = indented(_renamed(shell.call("storage_vol_get_xml_desc", source, 0), name), 0)
    if args.flag("print-xml"):
        shell.out.xml(document)
        return
    with shell.failing(f"Failed to clone vol from {source.name}"):
        vol: StorageVolRef = shell.call("storage_vol_create_xml_from", pool, document, source, flags)
    shell.out.note(f"Vol {vol.name} cloned from {source.name}", **_record(vol))


def _renamed(document: str, name: str) -> Element:
    root = parse(document, "(volume_definition)")
    element = root.find("name")
    if element is None:
        raise CommandFailed("Failed to allocate XML buffer")
    element.children = [Text(name, element, element.order)]
    return root
