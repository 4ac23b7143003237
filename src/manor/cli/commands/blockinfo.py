# SPDX-License-Identifier: Apache-2.0
"""The disks of a domain: which there are, how large, how busy, whether in error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import as_record, value_text
from manor.cli.sizes import pretty
from manor.cli.words import word
from manor.cli.xml import Element, parse
from manor.constants import DomainXMLFlags
from manor.errors import ErrorDomain, ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainBlockInfo, DomainRef, TypedParam

SOURCES = ("file", "dev", "dir", "name", "volume", "path")
"""The attributes of <source> that say where a disk's data is."""

STATISTICS = (
    ("rd_operations", "rd_req", "number of read operations:"),
    ("rd_bytes", "rd_bytes", "number of bytes read:"),
    ("wr_operations", "wr_req", "number of write operations:"),
    ("wr_bytes", "wr_bytes", "number of bytes written:"),
    ("flush_operations", "flush_operations", "number of flush operations:"),
    ("rd_total_times", "rd_total_times", "total duration of reads (ns):"),
    ("wr_total_times", "wr_total_times", "total duration of writes (ns):"),
    ("flush_total_times", "flush_total_times", "total duration of flushes (ns):"),
    ("errs", "errs", "error count:"),
)
"""Statistics in the order in which they are printed: field, short name, description."""

HUMAN_WIDTH = 31

ERRORS = ("no error", "unspecified error", "no space")
"""By virDomainDiskErrorCode."""


def disks_of(shell: Shell, dom: DomainRef, inactive: bool = False) -> list[Element]:
    """The <disk> elements of a domain."""
    flags = DomainXMLFlags.INACTIVE if inactive else DomainXMLFlags(0)
    return parse(shell.call("domain_get_xml_desc", dom, int(flags)), "(domain)").findall("devices/disk")


def disk_source(disk: Element) -> str | None:
    """Where a disk's data is; None for an empty drive."""
    source = disk.find("source")
    if source is None:
        return None
    if disk.get("type") == "nvme":
        return _nvme_source(source)
    return next((value for name, value in source.attributes.items() if name in SOURCES), None)


def _nvme_source(source: Element) -> str | None:
    address = source.find("address")
    if address is None:
        return None
    domain, bus, slot, function = (int(address.get(name) or "0", 0) for name in ("domain", "bus", "slot", "function"))
    return f"nvme://{domain:04x}:{bus:02x}:{slot:02x}.{function}/{source.get('namespace')}"


@command(
    "domblklist",
    "list the disks of a domain",
    """
    @domain
    --inactive  as defined, rather than as they are now
    --details  their types as well
    """,
)
def domblklist(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    rows, records = [], []
    for disk in disks_of(shell, dom, args.flag("inactive")):
        source = disk_source(disk)
        kind, device = disk.get("type") or "", disk.get("device") or "disk"
        target = disk.value("target/@dev") or ""
        records.append({"type": kind, "device": device, "target": target, "source": source})
        rows.append([kind, device, target, source or "-"] if args.flag("details") else [target, source or "-"])
    header = ("Type", "Device", "Target", "Source") if args.flag("details") else ("Target", "Source")
    shell.out.table(header, rows, records)


@command(
    "domblkinfo",
    "print the sizes of a domain's disks",
    """
    @domain
    --device STRING{disk}  target or path of the disk
    --human  with units
    --all  of all disks, in a table
    """,
)
def domblkinfo(shell: Shell, args: Args) -> None:
    if not args.any("all", "device"):
        raise CommandFailed("command 'domblkinfo' requires <device> option")
    dom = lookup.domain(shell, args)
    human = args.flag("human")
    if args.flag("all"):
        _all_sizes(shell, dom, human)
        return
    info = shell.call("domain_get_block_info", dom, args.required("device"), 0)
    for label, size in (("Capacity:", info.capacity), ("Allocation:", info.allocation), ("Physical:", info.physical)):
        shell.out.field(label, _size(size, human), **{label[:-1].lower(): size})


def _size(size: int, human: bool) -> str:
    if not human:
        return str(size)
    value, unit = pretty(size)
    return f"{value:.3f} {unit}"


def _all_sizes(shell: Shell, dom: DomainRef, human: bool) -> None:
    rows, records = [], []
    for disk in disks_of(shell, dom):
        target = disk.value("target/@dev") or ""
        info = _sizes_of(shell, dom, disk, target)
        sizes = (info.capacity, info.allocation, info.physical) if info is not None else (0, 0, 0)
        rows.append([target, *(_size(size, human) if any(sizes) else "-" for size in sizes)])
        keys = ("capacity", "allocation", "physical")
        records.append(
            {"target": target, **{key: size if info else None for key, size in zip(keys, sizes, strict=True)}}
        )
    shell.out.table(("Target", "Capacity", "Allocation", "Physical"), rows, records)


def _sizes_of(shell: Shell, dom: DomainRef, disk: Element, target: str) -> DomainBlockInfo | None:
    if disk.find("source") is None:
        return None
    try:
        info: DomainBlockInfo = shell.call("domain_get_block_info", dom, target, 0)
    except ManorError as failure:
        # Nobody but the running hypervisor can ask a network disk for its size.
        remote = disk.value("source/@protocol") is not None and dom.id == -1
        if remote and failure.code == ErrorNumber.INTERNAL_ERROR and failure.domain == ErrorDomain.STORAGE:
            return None
        raise
    return info


@command(
    "domblkstat",
    "print the statistics of a domain's disk",
    """
    @active
    --device STRING{disk}  target or path of the disk, all together if not given
    --human  described in words
    """,
)
def domblkstat(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    name = args.required("domain")
    device = (args.values("device") or [""])[-1]
    try:
        params: list[TypedParam] = shell.call("domain_block_stats_flags", dom, device, 0)
    except ManorError as failure:
        if failure.code != ErrorNumber.NO_SUPPORT:
            raise
    else:
        _print_params(shell, params, device, args.flag("human"))
        return
    with shell.failing(f"Failed to get block stats {name} {device}"):
        stats = shell.call("domain_block_stats", dom, device)
    values = dict(zip(("rd_operations", "rd_bytes", "wr_operations", "wr_bytes", "errs"), stats, strict=True))
    # A negative number says that the hypervisor does not count this.
    known = {field: value for field, value in values.items() if value >= 0}
    shell.out.data(known)
    _print_statistics(shell, {field: str(value) for field, value in known.items()}, device, args.flag("human"))


def _print_params(shell: Shell, params: list[TypedParam], device: str, human: bool) -> None:
    shell.out.data(as_record(params))
    _print_statistics(shell, {param.field: value_text(param) for param in params}, device, human)


def _print_statistics(shell: Shell, values: dict[str, str], device: str, human: bool) -> None:
    first = "" if human else device
    width = HUMAN_WIDTH if human else 0
    if human:
        shell.out.line(f"Device: {device}")
    rest = dict(values)
    for field, short, description in STATISTICS:
        if field in rest:
            shell.out.line(f"{first} {description if human else short:<{width}} {rest.pop(field)}")
    for field, value in rest.items():
        shell.out.line(f"{first} {field:<{width}} {value}")


@command("domblkerror", "show which disks of a domain are in error", "@active")
def domblkerror(shell: Shell, args: Args) -> None:
    errors = shell.call("domain_get_disk_errors", lookup.domain(shell, args), 0)
    shell.out.data([{"disk": disk, "error": word(ERRORS, number, "unknown error")} for disk, number in errors])
    if not errors:
        shell.out.line("No errors found")
    for disk, number in errors:
        shell.out.line(f"{disk}: {word(ERRORS, number, 'unknown error')}")
