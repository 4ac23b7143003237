# SPDX-License-Identifier: Apache-2.0
"""Migrating domains, and the limits of migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits, read_text
from manor.cli.failure import CommandFailed
from manor.cli.longjob import LongJob
from manor.cli.model import command
from manor.cli.sizes import pretty
from manor.constants import DomainMigrateFlags as Flags
from manor.constants import DomainMigrateMaxSpeedFlags, MigrateField
from manor.errors import ManorError
from manor.records import int_param, string_param, ullong_param

if TYPE_CHECKING:
    from collections.abc import Callable

    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef, TypedParam

FLAGS = {
    "live": Flags.LIVE,
    "offline": Flags.OFFLINE,
    "p2p": Flags.PEER2PEER,
    "tunnelled": Flags.TUNNELLED,
    "persistent": Flags.PERSIST_DEST,
    "undefinesource": Flags.UNDEFINE_SOURCE,
    "suspend": Flags.PAUSED,
    "copy-storage-all": Flags.NON_SHARED_DISK,
    "copy-storage-inc": Flags.NON_SHARED_INC,
    "copy-storage-synchronous-writes": Flags.NON_SHARED_SYNCHRONOUS_WRITES,
    "change-protection": Flags.CHANGE_PROTECTION,
    "unsafe": Flags.UNSAFE,
    "compressed": Flags.COMPRESSED,
    "auto-converge": Flags.AUTO_CONVERGE,
    "rdma-pin-all": Flags.RDMA_PIN_ALL,
    "abort-on-error": Flags.ABORT_ON_ERROR,
    "postcopy": Flags.POSTCOPY,
    "postcopy-resume": Flags.POSTCOPY_RESUME,
    "zerocopy": Flags.ZEROCOPY,
    "tls": Flags.TLS,
    "parallel": Flags.PARALLEL,
}
TEXTS = (
    ("migrateuri", MigrateField.URI),
    ("graphicsuri", MigrateField.GRAPHICS_URI),
    ("listen-address", MigrateField.LISTEN_ADDRESS),
    ("disks-uri", MigrateField.DISKS_URI),
    ("dname", MigrateField.DEST_NAME),
    ("tls-destination", MigrateField.TLS_DESTINATION),
)
LISTS = (
    ("migrate-disks", MigrateField.MIGRATE_DISKS),
    ("migrate-disks-detect-zeroes", MigrateField.MIGRATE_DISKS_DETECT_ZEROES),
    ("migrate-disks-target-zero", MigrateField.MIGRATE_DISKS_TARGET_ZERO),
    ("comp-methods", MigrateField.COMPRESSION),
)
NUMBERS = (
    ("disks-port", MigrateField.DISKS_PORT),
    ("comp-mt-level", MigrateField.COMPRESSION_MT_LEVEL),
    ("comp-mt-threads", MigrateField.COMPRESSION_MT_THREADS),
    ("comp-mt-dthreads", MigrateField.COMPRESSION_MT_DTHREADS),
    ("comp-zlib-level", MigrateField.COMPRESSION_ZLIB_LEVEL),
    ("comp-zstd-level", MigrateField.COMPRESSION_ZSTD_LEVEL),
    ("auto-converge-initial", MigrateField.AUTO_CONVERGE_INITIAL),
    ("auto-converge-increment", MigrateField.AUTO_CONVERGE_INCREMENT),
    ("parallel-connections", MigrateField.PARALLEL_CONNECTIONS),
)
SIZES = (
    ("comp-xbzrle-cache", MigrateField.COMPRESSION_XBZRLE_CACHE),
    ("postcopy-bandwidth", MigrateField.BANDWIDTH_POSTCOPY),
    ("bandwidth", MigrateField.BANDWIDTH),
    ("available-switchover-bandwidth", MigrateField.BANDWIDTH_AVAIL_SWITCHOVER),
)
FUNCTION = "virDomainMigrate3"


@command(
    "migrate",
    "move a domain to another host",
    """
    @active
    <desturi>{uri}  the other host, as this computer reaches it; with --p2p as the domain's host reaches it
    --live  while it runs
    --offline  only its definition
    --p2p  from host to host, without this computer between them
    --direct  by the hypervisors alone
    --tunnelled  through the connection between the hosts
    --tunneled -> tunnelled
    --persistent  define it there
    --undefinesource  remove its definition here
    --suspend  leave it paused there
    --copy-storage-all  copy its disks
    --copy-storage-inc  copy what its disks have above images that are there already
    --copy-storage-synchronous-writes  have the guest wait for the copies of its disks
    --change-protection  let nobody change it meanwhile
    --unsafe  even if its disks may be damaged
    --verbose  show the progress
    --compressed  compress memory that is sent again
    --auto-converge  slow it down until it can be moved
    --rdma-pin-all  pin all memory before
    --abort-on-error  call it off if a disk has an error
    --postcopy  make post-copy possible
    --postcopy-after-precopy  go to post-copy after the memory was sent once
    --postcopy-resume  go on with a post-copy that failed
    --zerocopy  send memory without copying it
    --migrateuri STRING  where the data goes
    --graphicsuri STRING  where clients of its graphics shall go
    --listen-address STRING  address at which the other host listens
    --dname STRING  its name there
    --timeout NUMBER  suspend it if it takes more seconds
    --timeout-suspend  on timeout suspend it, as without this option
    --timeout-postcopy  on timeout go to post-copy
    --xml STRING{file}  file with its XML there
    --migrate-disks STRING{disk}  the disks to copy, with commas between them
    --disks-port NUMBER  port for the disks
    --disks-uri STRING  where the data of the disks goes
    --comp-methods STRING{compression}  how to compress, with commas between the methods
    --comp-mt-level NUMBER  level of compression by threads
    --comp-mt-threads NUMBER  threads that compress
    --comp-mt-dthreads NUMBER  threads that uncompress
    --comp-xbzrle-cache NUMBER  bytes of cache for compression by difference
    --auto-converge-initial NUMBER  percent by which it is slowed down at first
    --auto-converge-increment NUMBER  percent by which it is slowed down more each time
    --persistent-xml STRING{file}  file with its definition there
    --tls  encrypt the data
    --postcopy-bandwidth NUMBER  MiB a second during post-copy
    --parallel  over several connections
    --parallel-connections NUMBER  how many connections
    --bandwidth NUMBER  MiB a second at most
    --tls-destination STRING  name in the other host's certificate
    --migrate-disks-detect-zeroes=STRING{disk}  disks of which zeros are not sent
    --migrate-disks-target-zero=STRING{disk}  disks whose copies read as zeros already
    --comp-zlib-level=NUMBER  level of compression by zlib
    --comp-zstd-level=NUMBER  level of compression by zstd
    --available-switchover-bandwidth=NUMBER  MiB a second to count on for the last step
    """,
)
def migrate(shell: Shell, args: Args) -> None:
    args.exclusive("live", "offline")
    args.exclusive("timeout-suspend", "timeout-postcopy")
    args.requires("postcopy-after-precopy", "postcopy")
    args.requires("timeout-postcopy", "postcopy")
    args.requires("persistent-xml", "persistent")
    args.requires("tls-destination", "tls")
    args.requires("parallel-connections", "parallel")
    timeout = args.number("timeout", 1)
    if timeout is None and args.any("timeout-suspend", "timeout-postcopy"):
        raise CommandFailed("migrate: Unexpected --timeout-* option without --timeout")
    if timeout is not None and not args.flag("live"):
        raise CommandFailed("migrate: Unexpected timeout for offline migration")
    if args.flag("copy-storage-synchronous-writes") and not args.any("copy-storage-all", "copy-storage-inc"):
        raise CommandFailed(
            "'--copy-storage-synchronous-writes' requires one of '--copy-storage-all', 'copy-storage-inc'"
        )
    dom = lookup.domain(shell, args)
    params, flags = _params(args), bits(args, FLAGS)
    job = LongJob(shell, dom, "Migration", verbose=args.flag("verbose"))
    if timeout is not None:
        job.after(timeout, lambda: _late(shell, dom, postcopy=args.flag("timeout-postcopy")))
    if args.flag("postcopy-after-precopy"):
        job.after_iteration(1, lambda: _go_to_postcopy(shell, dom))
    job.run(_work(shell, args, dom, params, flags))
    if args.flag("verbose"):
        shell.out.note("", "")


def _work(shell: Shell, args: Args, dom: DomainRef, params: list[TypedParam], flags: int) -> Callable[[], object]:
    """The migration itself; what can fail before it begins fails here."""
    from manor.client.backend import open_backend
    from manor.client.migration import Migration, migrate, migrate_to_uri

    target = args.required("desturi")
    migration = Migration.of_params(params, flags)
    source = shell.backend
    if flags & Flags.PEER2PEER or args.flag("direct"):
        return lambda: migrate_to_uri(source, dom, target, migration, FUNCTION)
    from manor.cli.connection import TerminalAuthenticator

    destination = open_backend(target, auth=TerminalAuthenticator())

    def work() -> object:
        try:
            return migrate(source, destination, dom, migration, FUNCTION)
        finally:
            destination.close()

    return work


def _params(args: Args) -> list[TypedParam]:
    params: list[TypedParam] = []
    for option, field in TEXTS:
        text = args.text(option)
        if text is not None:
            params.append(string_param(field.value, text))
    for option, field in LISTS:
        text = args.text(option)
        if text is not None:
            params += [string_param(field.value, part) for part in text.split(",")]
    for option, field in (("xml", MigrateField.DEST_XML), ("persistent-xml", MigrateField.PERSIST_XML)):
        path = args.text(option)
        if path is not None:
            params.append(string_param(field.value, read_text(path)))
    for option, field in NUMBERS:
        number = args.number(option)
        if number is not None:
            params.append(int_param(field.value, number))
    for option, field in SIZES:
        size = args.unsigned64(option)
        if size is not None:
            params.append(ullong_param(field.value, size))
    return params


def _late(shell: Shell, dom: DomainRef, *, postcopy: bool) -> None:
    if postcopy:
        shell.debug(1, "migration timed out; switching to post-copy")
        _go_to_postcopy(shell, dom)
        return
    shell.debug(1, "migration timed out; suspending domain")
    try:
        shell.call("domain_suspend", dom)
    except ManorError as failure:
        # The migration goes on either way, and may be about to end.
        shell.debug(1, f"suspending domain failed: {failure.message}")


def _go_to_postcopy(shell: Shell, dom: DomainRef) -> None:
    try:
        shell.call("domain_migrate_start_post_copy", dom, 0)
    except ManorError as failure:
        shell.debug(1, f"switching to post-copy failed: {failure.message}")


@command(
    "migrate-setmaxdowntime",
    "set how long a domain may stand still during its migration",
    """
    @active
    <downtime:number>  milliseconds
    """,
)
def migrate_setmaxdowntime(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    downtime = args.number("downtime", -(2**63), 2**63 - 1)
    if not downtime or downtime < 1:
        raise CommandFailed("migrate: Invalid downtime")
    shell.call("domain_migrate_set_max_downtime", dom, downtime, 0)


@command("migrate-getmaxdowntime", "print how long a domain may stand still during its migration", "@active")
def migrate_getmaxdowntime(shell: Shell, args: Args) -> None:
    downtime = shell.call("domain_migrate_get_max_downtime", lookup.domain(shell, args), 0)
    shell.out.value(str(downtime), downtime_ms=downtime)


@command(
    "migrate-compcache",
    "show or set the cache for compressing memory that is sent again",
    """
    @active
    --size=NUMBER  bytes, or with a unit
    """,
)
def migrate_compcache(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    size = args.size("size")
    if size is not None:
        shell.call("domain_migrate_set_compression_cache", dom, size, 0)
    size = shell.call("domain_migrate_get_compression_cache", dom, 0)
    value, unit = pretty(size or 0)
    shell.out.data({"cache": size})
    shell.out.write(f"Compression cache: {value:.3f} {unit}")


@command(
    "migrate-setspeed",
    "set how fast a domain may be migrated",
    """
    @active
    <bandwidth:number>  MiB a second
    --postcopy  during post-copy
    """,
)
def migrate_setspeed(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    flags = bits(args, {"postcopy": DomainMigrateMaxSpeedFlags.POSTCOPY})
    shell.call("domain_migrate_set_max_speed", dom, args.unsigned64("bandwidth"), flags)


@command(
    "migrate-getspeed",
    "print how fast a domain may be migrated",
    """
    @active
    --postcopy  during post-copy
    """,
)
def migrate_getspeed(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    flags = bits(args, {"postcopy": DomainMigrateMaxSpeedFlags.POSTCOPY})
    speed = shell.call("domain_migrate_get_max_speed", dom, flags)
    shell.out.value(str(speed), mib_per_second=speed)


@command("migrate-postcopy", "go over to post-copy in the migration under way", "@active")
def migrate_postcopy(shell: Shell, args: Args) -> None:
    shell.call("domain_migrate_start_post_copy", lookup.domain(shell, args), 0)
