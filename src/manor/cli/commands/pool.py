# SPDX-License-Identifier: Apache-2.0
"""Storage pools: starting, stopping, building and listing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import act, bits
from manor.cli.document import print_document
from manor.cli.editor import edit_document
from manor.cli.failure import CommandFailed
from manor.cli.lookup import NAME, UUID, uuid_text
from manor.cli.model import command
from manor.cli.sizes import pretty
from manor.cli.words import word
from manor.constants import ConnectListAllStoragePoolsFlags as Filter
from manor.constants import StoragePoolBuildFlags, StoragePoolCreateFlags, StoragePoolState, StorageXMLFlags
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import StoragePoolInfo, StoragePoolRef

STATES = ("inactive", "building", "running", "degraded", "inaccessible")
"""By virStoragePoolState."""

FILTERS = {
    "persistent": Filter.PERSISTENT,
    "transient": Filter.TRANSIENT,
    "autostart": Filter.AUTOSTART,
    "no-autostart": Filter.NO_AUTOSTART,
}
TYPES = {
    "dir": Filter.DIR,
    "fs": Filter.FS,
    "netfs": Filter.NETFS,
    "logical": Filter.LOGICAL,
    "disk": Filter.DISK,
    "iscsi": Filter.ISCSI,
    "iscsi-direct": Filter.ISCSI_DIRECT,
    "scsi": Filter.SCSI,
    "mpath": Filter.MPATH,
    "rbd": Filter.RBD,
    "sheepdog": Filter.SHEEPDOG,
    "gluster": Filter.GLUSTER,
    "zfs": Filter.ZFS,
    "vstorage": Filter.VSTORAGE,
}
START_FLAGS = {
    "build": StoragePoolCreateFlags.WITH_BUILD,
    "overwrite": StoragePoolCreateFlags.WITH_BUILD_OVERWRITE,
    "no-overwrite": StoragePoolCreateFlags.WITH_BUILD_NO_OVERWRITE,
}
BUILD_FLAGS = {"overwrite": StoragePoolBuildFlags.OVERWRITE, "no-overwrite": StoragePoolBuildFlags.NO_OVERWRITE}


def start_flags(args: Args) -> int:
    """The flags of --build, --overwrite and --no-overwrite."""
    args.exclusive("overwrite", "no-overwrite")
    return bits(args, START_FLAGS)


@command(
    "pool-autostart",
    "have a pool started with the host",
    """
    <pool>{pool}  pool name or UUID
    --disable  no longer start it with the host
    """,
)
def pool_autostart(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args)
    name, enable = args.required("pool"), not args.flag("disable")
    mark = "mark" if enable else "unmark"
    with shell.failing(f"failed to {mark} pool {name} as autostarted"):
        shell.call("storage_pool_set_autostart", pool, int(enable))
    shell.out.note(f"Pool {name} {mark}ed as autostarted")


@command(
    "pool-build",
    "prepare the storage of a pool",
    """
    <pool>{pool}  pool name or UUID
    --no-overwrite  leave what is there already
    --overwrite  destroy what is there already
    """,
)
def pool_build(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args)
    name = args.required("pool")
    with shell.failing(f"Failed to build pool {name}"):
        shell.call("storage_pool_build", pool, bits(args, BUILD_FLAGS))
    shell.out.note(f"Pool {name} built")


@command(
    "pool-start",
    "start a defined pool",
    """
    <pool>{pool.inactive}  pool name or UUID
    --build  prepare its storage before
    --no-overwrite  leave what is there already
    --overwrite  destroy what is there already
    """,
)
def pool_start(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args)
    name = args.required("pool")
    flags = start_flags(args)
    with shell.failing(f"Failed to start pool {name}"):
        shell.call("storage_pool_create", pool, flags)
    shell.out.note(f"Pool {name} started")


act(
    "pool-destroy",
    "stop a pool at once; its data stays",
    "<pool>{pool.active}  pool name or UUID",
    lookup.pool,
    "storage_pool_destroy",
    label="pool",
    failed="Failed to destroy pool {}",
    done="Pool {} destroyed",
)
act(
    "pool-delete",
    "delete the storage of a pool",
    "<pool>{pool}  pool name or UUID",
    lookup.pool,
    "storage_pool_delete",
    label="pool",
    failed="Failed to delete pool {}",
    done="Pool {} deleted",
    arguments=(0,),
)
act(
    "pool-refresh",
    "look for volumes in a pool again",
    "<pool>{pool.active}  pool name or UUID",
    lookup.pool,
    "storage_pool_refresh",
    label="pool",
    failed="Failed to refresh pool {}",
    done="Pool {} refreshed",
    arguments=(0,),
)
act(
    "pool-undefine",
    "remove the definition of a pool",
    "<pool>{pool}  pool name or UUID",
    lookup.pool,
    "storage_pool_undefine",
    label="pool",
    failed="Failed to undefine pool {}",
    done="Pool {} has been undefined",
)


@command(
    "pool-dumpxml",
    "print the XML of a pool",
    """
    <pool>{pool}  pool name or UUID
    --inactive  the definition for the next start
    @xpath
    """,
)
def pool_dumpxml(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args)
    flags = bits(args, {"inactive": StorageXMLFlags.INACTIVE})
    print_document(shell, args, shell.call("storage_pool_get_xml_desc", pool, flags), "(pool)")


@command("pool-edit", "edit the definition of a pool", "<pool>{pool}  pool name or UUID")
def pool_edit(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args)

    def fetch() -> str:
        try:
            return str(shell.call("storage_pool_get_xml_desc", pool, int(StorageXMLFlags.INACTIVE)))
        except ManorError as failure:
            # A driver that knows no difference refuses the flag.
            shell.debug(1, failure.message)
            return str(shell.call("storage_pool_get_xml_desc", pool, 0))

    changed = edit_document(shell, fetch, lambda document: shell.call("storage_pool_define_xml", document, 0))
    result = "edited" if changed else "not changed"
    shell.out.note(f"Pool {pool.name} XML configuration {result}.", changed=changed)


@command("pool-name", "print the name of a pool", "<pool>{pool}  pool UUID")
def pool_name(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args, kinds=(UUID,))
    shell.out.value(pool.name, name=pool.name)


@command("pool-uuid", "print the UUID of a pool", "<pool>{pool}  pool name")
def pool_uuid(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args, kinds=(NAME,))
    shell.out.value(uuid_text(pool.uuid), uuid=uuid_text(pool.uuid))


def size_text(size: int) -> str:
    """A size with a unit, to two digits."""
    value, unit = pretty(size)
    return f"{value:.2f} {unit}"


@command(
    "pool-info",
    "print what is known of a pool",
    """
    <pool>{pool}  pool name or UUID
    --bytes  sizes in bytes
    """,
)
def pool_info(shell: Shell, args: Args) -> None:
    pool = lookup.pool(shell, args)
    out = shell.out
    out.field("Name:", pool.name)
    out.field("UUID:", uuid_text(pool.uuid))
    info: StoragePoolInfo = shell.call("storage_pool_get_info", pool)
    out.field("State:", word(STATES, info.state))
    persistent = bool(shell.call("storage_pool_is_persistent", pool))
    shell.debug(0, f"Pool persistent flag value: {int(persistent)}")
    out.field("Persistent:", "yes" if persistent else "no", persistent=persistent)
    autostart = _autostart(shell, pool)
    out.field("Autostart:", _autostart_text(autostart), autostart=autostart)
    if info.state in (StoragePoolState.RUNNING, StoragePoolState.DEGRADED):
        for label, size in (
            ("Capacity:", info.capacity),
            ("Allocation:", info.allocation),
            ("Available:", info.available),
        ):
            text = str(size) if args.flag("bytes") else size_text(size)
            out.field(label, text, 15, **{label[:-1].lower(): size})


def _autostart(shell: Shell, pool: StoragePoolRef) -> bool | None:
    try:
        return bool(shell.call("storage_pool_get_autostart", pool))
    except ManorError as failure:
        shell.debug(1, failure.message)
        return None


def _autostart_text(autostart: bool | None) -> str:
    return "no autostart" if autostart is None else "yes" if autostart else "no"


@command(
    "pool-list",
    "list pools",
    """
    --inactive  those that are not running
    --all  those that are running and those that are not
    --transient  those without a definition
    --persistent  those with a definition
    --autostart  those started with the host
    --no-autostart  those not started with the host
    --type STRING{pool-type}  those of these types, with commas between them
    --details  sizes as well
    --uuid  print UUIDs
    --name  print names
    """,
)
def pool_list(shell: Shell, args: Args) -> None:
    flags = bits(args, FILTERS)
    if args.any("inactive", "all"):
        flags |= Filter.INACTIVE
    if args.flag("all") or not args.flag("inactive"):
        flags |= Filter.ACTIVE
    for kind in (args.text("type") or "").split(",") if args.flag("type") else ():
        if kind not in TYPES:
            raise CommandFailed(f"Invalid pool type '{kind}'")
        flags |= TYPES[kind]
    args.exclusive("details", "uuid")
    args.exclusive("details", "name")
    with shell.failing("Failed to list pools"):
        pools: list[StoragePoolRef] = shell.call("connect_list_all_storage_pools", int(flags))
    pools.sort(key=lambda pool: pool.name.lower())
    if args.any("name", "uuid"):
        _print_identities(shell, args, pools)
    else:
        _print_table(shell, pools, args.flag("details"))


def _print_identities(shell: Shell, args: Args, pools: list[StoragePoolRef]) -> None:
    shell.out.data([{"name": pool.name, "uuid": uuid_text(pool.uuid)} for pool in pools])
    for pool in pools:
        words = [uuid_text(pool.uuid)] if args.flag("uuid") else []
        words += [f"{pool.name:<20}"] if args.flag("name") else []
        shell.out.line(" ".join(words))


def _print_table(shell: Shell, pools: list[StoragePoolRef], details: bool) -> None:
    rows, records = [], []
    for pool in pools:
        autostart = _autostart(shell, pool)
        active = bool(shell.call("storage_pool_is_active", pool))
        record: dict[str, object] = {"name": pool.name, "uuid": uuid_text(pool.uuid), "active": active}
        record["autostart"] = autostart
        if not details:
            rows.append([pool.name, "active" if active else "inactive", _autostart_text(autostart)])
        else:
            info: StoragePoolInfo = shell.call("storage_pool_get_info", pool)
            persistent = bool(shell.call("storage_pool_is_persistent", pool))
            state = word(STATES, info.state)
            sizes = (info.capacity, info.allocation, info.available)
            known = info.state in (StoragePoolState.RUNNING, StoragePoolState.DEGRADED)
            record |= {"state": state, "persistent": persistent}
            record |= dict(zip(("capacity", "allocation", "available"), sizes, strict=True))
            rows.append(
                [
                    pool.name,
                    state,
                    _autostart_text(autostart),
                    "yes" if persistent else "no",
                    *(size_text(size) if known else "-" for size in sizes),
                ]
            )
        records.append(record)
    header = ("Name", "State", "Autostart")
    if details:
        header = (*header, "Persistent", "Capacity", "Allocation", "Available")  # type: ignore[assignment]
    shell.out.table(header, rows, records)
