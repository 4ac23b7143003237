# SPDX-License-Identifier: Apache-2.0
"""Defining and creating storage pools, from a file or from options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.commands.pool import start_flags
from manor.cli.common import bits, read_text
from manor.cli.lookup import uuid_text
from manor.cli.model import command
from manor.cli.xml import Tag
from manor.constants import StoragePoolDefineFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import StoragePoolRef

DESCRIPTION = """
    <name>  name of the pool
    <type>{pool-type}  type of the pool
    --print-xml  print the XML, and do nothing
    --source-host STRING  host that has the storage
    --source-path STRING  directory or image of the storage
    --source-dev STRING  device of the storage
    --source-name STRING  name of the storage, such as a volume group's
    --target STRING{file}  where the volumes appear
    --source-format STRING  format of the storage
    --auth-type STRING  how to authenticate
    --auth-username STRING  user to authenticate as
    --secret-usage STRING  usage of the secret to authenticate with
    --secret-uuid STRING{secret}  UUID of the secret to authenticate with
    --adapter-name STRING  name of the SCSI adapter
    --adapter-wwnn STRING  node name of the fibre channel adapter
    --adapter-wwpn STRING  port name of the fibre channel adapter
    --adapter-parent STRING  parent of the fibre channel adapter
    --adapter-parent-wwnn STRING  node name of that parent
    --adapter-parent-wwpn STRING  port name of that parent
    --adapter-parent-fabric-wwn STRING  fabric of that parent
    --source-protocol-ver STRING  version of NFS
    --source-initiator STRING  iSCSI name to connect as
"""
BUILDING = """
    --build  prepare its storage before
    --no-overwrite  leave what is there already
    --overwrite  destroy what is there already
"""


def pool_tag(args: Args) -> Tag:
    """The XML of a pool that options describe."""
    pool = Tag("pool", type=args.required("type"))
    pool.add("name", args.required("name"))
    source = _source(args)
    if not source.empty:
        pool.extend(source)
    target = args.text("target")
    if target is not None:
        pool.add("target").add("path", target)
    return pool


def _source(args: Args) -> Tag:
    source = Tag("source")
    for option, name, attribute in (
        ("source-host", "host", "name"),
        ("source-path", "dir", "path"),
        ("source-dev", "device", "path"),
    ):
        if args.flag(option):
            source.add(name, **{attribute: args.text(option)})
    source.extend(_adapter(args), _authentication(args))
    if args.flag("source-initiator"):
        source.add("initiator").add("iqn", name=args.text("source-initiator"))
    if args.flag("source-format"):
        source.add("format", type=args.text("source-format"))
    if args.flag("source-name"):
        source.add("name", args.text("source-name"))
    if args.flag("source-protocol-ver"):
        source.add("protocol", ver=args.text("source-protocol-ver"))
    return source


def _adapter(args: Args) -> Tag | None:
    if args.flag("adapter-wwnn") and args.flag("adapter-wwpn"):
        return Tag(
            "adapter",
            type="fc_host",
            parent=args.text("adapter-parent"),
            parent_wwnn=args.text("adapter-parent-wwnn"),
            parent_wwpn=args.text("adapter-parent-wwpn"),
            parent_fabric_wwn=args.text("adapter-parent-fabric-wwn"),
            wwnn=args.text("adapter-wwnn"),
            wwpn=args.text("adapter-wwpn"),
        )
    name = args.text("adapter-name")
    return None if name is None else Tag("adapter", type="scsi_host", name=name)


def _authentication(args: Args) -> Tag | None:
    kind, user = args.text("auth-type"), args.text("auth-username")
    usage, uuid = args.text("secret-usage"), args.text("secret-uuid")
    if kind is None or user is None or (usage is None and uuid is None):
        return None
    auth = Tag("auth", type=kind, username=user)
    auth.extend(Tag("secret", usage=usage) if usage is not None else Tag("secret", uuid=uuid))
    return auth


def _identity(pool: StoragePoolRef) -> dict[str, object]:
    return {"name": pool.name, "uuid": uuid_text(pool.uuid)}


@command("pool-create-as", "create and start a pool described by options", DESCRIPTION + BUILDING)
def pool_create_as(shell: Shell, args: Args) -> None:
    flags = start_flags(args)
    document = pool_tag(args).format()
    if args.flag("print-xml"):
        shell.out.xml(document)
        return
    name = args.required("name")
    with shell.failing(f"Failed to create pool {name}"):
        pool: StoragePoolRef = shell.call("storage_pool_create_xml", document, flags)
    shell.out.note(f"Pool {name} created", **_identity(pool))


@command("pool-create", "create and start a pool described in a file", f"<file>{{file}}  XML of the pool{BUILDING}")
def pool_create(shell: Shell, args: Args) -> None:
    path = args.required("file")
    flags = start_flags(args)
    document = read_text(path)
    with shell.failing(f"Failed to create pool from {path}"):
        pool: StoragePoolRef = shell.call("storage_pool_create_xml", document, flags)
    shell.out.note(f"Pool {pool.name} created from {path}", **_identity(pool))


@command("pool-define-as", "define a pool described by options", DESCRIPTION)
def pool_define_as(shell: Shell, args: Args) -> None:
    document = pool_tag(args).format()
    if args.flag("print-xml"):
        shell.out.xml(document)
        return
    name = args.required("name")
    with shell.failing(f"Failed to define pool {name}"):
        pool: StoragePoolRef = shell.call("storage_pool_define_xml", document, 0)
    shell.out.note(f"Pool {name} defined", **_identity(pool))


@command(
    "pool-define",
    "define a pool described in a file, or change its definition",
    """
    <file>{file}  XML of the pool
    --validate  check the description against the schema
    """,
)
def pool_define(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    flags = bits(args, {"validate": StoragePoolDefineFlags.VALIDATE})
    with shell.failing(f"Failed to define pool from {path}"):
        pool: StoragePoolRef = shell.call("storage_pool_define_xml", document, flags)
    shell.out.note(f"Pool {pool.name} defined from {path}", **_identity(pool))
