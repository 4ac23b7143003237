# SPDX-License-Identifier: Apache-2.0
"""The virtual CPUs of domains: how many, where they run, how long they ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import CONFIG, LIVE, affect
from manor.cli.cpulist import format_list, from_map, read_pinning
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import as_record
from manor.cli.sizes import MAX_UINT
from manor.cli.words import VCPU_STATES, word
from manor.constants import DomainSetVcpuFlags, DomainVcpuFlags, VcpuHostCpuState
from manor.errors import ErrorNumber, ManorError
from manor.records import params_dict

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef, TypedParam, VcpuPlacement


def host_cpus(shell: Shell) -> int:
    """How many CPUs the host could have."""
    try:
        return int(shell.call("node_get_cpu_map", 0).ncpus)
    except ManorError as failure:
        shell.debug(1, failure.message)
    info = shell.call("node_get_info")
    return int(info.nodes * info.sockets * info.cores * info.threads)


@command(
    "setvcpus",
    "change the number of virtual CPUs",
    """
    @domain
    <count:number>  how many
    --maximum  of the most that may be plugged in
    --config  change the definition, effective from the next start
    --live  change the running domain
    --current  change the domain as it is now
    --guest  ask the guest to use that many
    --hotpluggable  make new ones such that they can be unplugged
    --async  do not wait for the guest to let go of them
    """,
)
def setvcpus(shell: Shell, args: Args) -> None:
    flags = DomainVcpuFlags(affect(args))
    args.exclusive("guest", "config")
    args.requires("maximum", "config")
    for option, flag in (
        ("guest", DomainVcpuFlags.GUEST),
        ("maximum", DomainVcpuFlags.MAXIMUM),
        ("hotpluggable", DomainVcpuFlags.HOTPLUGGABLE),
        ("async", DomainVcpuFlags.ASYNC_UNPLUG),
    ):
        if args.flag(option):
            flags |= flag
    dom = lookup.domain(shell, args)
    count = args.number("count", 0, MAX_UINT)
    if not count:
        raise CommandFailed("Can't set 0 processors for a VM")
    if flags or args.flag("current"):
        shell.call("domain_set_vcpus_flags", dom, count, int(flags))
    else:
        shell.call("domain_set_vcpus", dom, count)


@command(
    "setvcpu",
    "plug virtual CPUs in or out",
    """
    @domain
    <vcpulist>{vcpu}  which, such as 0-3,8
    --enable  plug them in
    --disable  plug them out
    @affect
    --async  do not wait for the guest to let go of them
    """,
)
def setvcpu(shell: Shell, args: Args) -> None:
    args.exclusive("enable", "disable")
    flags = affect(args)
    if not args.any("enable", "disable"):
        raise CommandFailed("one of --enable, --disable is required")
    if args.flag("async"):
        flags |= DomainSetVcpuFlags.ASYNC_UNPLUG
    dom = lookup.domain(shell, args)
    shell.call("domain_set_vcpu", dom, args.required("vcpulist"), int(args.flag("enable")), int(flags))


@command(
    "guestvcpus",
    "show or change which virtual CPUs the guest uses",
    """
    @active
    --cpulist STRING{vcpu}  which, such as 0-3,8
    --enable  let it use them
    --disable  have it not use them
    """,
)
def guestvcpus(shell: Shell, args: Args) -> None:
    args.exclusive("enable", "disable")
    args.requires("enable", "cpulist")
    args.requires("disable", "cpulist")
    cpus = args.text("cpulist")
    if cpus is not None and not args.any("enable", "disable"):
        raise CommandFailed("One of options --enable or --disable is required by option --cpulist")
    dom = lookup.domain(shell, args)
    if cpus is not None:
        shell.call("domain_set_guest_vcpus", dom, cpus, int(args.flag("enable")), 0)
        return
    params: list[TypedParam] = shell.call("domain_get_guest_vcpus", dom, 0)
    shell.out.data(as_record(params))
    for param in params:
        shell.out.line(f"{param.field:<15}: {param.value}")


COUNTS = (
    ("maximum", "config", DomainVcpuFlags.MAXIMUM | DomainVcpuFlags.CONFIG),
    ("maximum", "live", DomainVcpuFlags.MAXIMUM | DomainVcpuFlags.LIVE),
    ("current", "config", DomainVcpuFlags.CONFIG),
    ("current", "live", DomainVcpuFlags.LIVE),
)


@command(
    "vcpucount",
    "print how many virtual CPUs a domain has",
    """
    @domain
    --maximum  the most that may be plugged in
    --active  those plugged in
    --live  of the running domain
    --config  of the definition
    --current  of the domain as it is now
    --guest  as the guest sees it
    """,
)
def vcpucount(shell: Shell, args: Args) -> None:
    for pair in (("live", "config"), ("current", "live"), ("current", "config"), ("active", "maximum")):
        args.exclusive(*pair)
    args.exclusive("guest", "config")
    dom = lookup.domain(shell, args)
    flags = DomainVcpuFlags(affect(args))
    if args.flag("maximum"):
        flags |= DomainVcpuFlags.MAXIMUM
    if args.flag("guest"):
        flags |= DomainVcpuFlags.GUEST
    if args.any("maximum", "active", "live", "config", "current", "guest"):
        count = _count(shell, dom, flags)
        shell.out.value(str(count), vcpus=count)
    else:
        _print_counts(shell, dom)


def _count(shell: Shell, dom: DomainRef, flags: DomainVcpuFlags) -> int:
    what = (
        "Failed to retrieve vCPU count from the guest"
        if flags & DomainVcpuFlags.GUEST
        else "Failed to retrieve maximum vcpu count"
        if flags & DomainVcpuFlags.MAXIMUM
        else "Failed to retrieve current vcpu count"
    )
    try:
        count: int = shell.call("domain_get_vcpus_flags", dom, int(flags))
    except ManorError as failure:
        # What a driver does not know of deserves a word; other errors speak for themselves.
        if failure.code in (ErrorNumber.INVALID_ARG, ErrorNumber.NO_SUPPORT):
            shell.error(what)
        raise
    return count


def _print_counts(shell: Shell, dom: DomainRef) -> None:
    """A line for each count there is: a domain may have no definition, or not be running."""
    found: dict[str, dict[str, int]] = {}
    for what, where, flags in COUNTS:
        try:
            count = shell.call("domain_get_vcpus_flags", dom, int(flags))
        except ManorError as failure:
            if failure.code not in (ErrorNumber.OPERATION_INVALID, ErrorNumber.INVALID_ARG, ErrorNumber.NO_SUPPORT):
                raise
            continue
        found.setdefault(where, {})[what] = count
        shell.out.line(f"{what:<12} {where:<12} {count:3d}")
    shell.out.data(found)


def _affinity(cpumap: bytes, maximum: int, pretty: bool) -> str:
    chosen = from_map(cpumap, maximum)
    if pretty:
        return f"{format_list(chosen)} (out of {maximum})"
    present = set(chosen)
    return "".join("y" if cpu in present else "-" for cpu in range(maximum))


def _host_cpu(cpu: int) -> str:
    return "N/A" if cpu in (VcpuHostCpuState.UNAVAILABLE, VcpuHostCpuState.OFFLINE) else str(cpu)


@command(
    "vcpuinfo",
    "print what is known of a domain's virtual CPUs",
    """
    @domain
    --pretty  affinities as lists
    """,
)
def vcpuinfo(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    pretty = args.flag("pretty")
    maximum = host_cpus(shell)
    running = dom.id != -1
    vcpus: list[VcpuPlacement] = shell.call("domain_get_vcpus", dom) if running else []
    records = []
    if running:
        for place, vcpu in enumerate(vcpus):
            if place:
                shell.out.line()
            _print_vcpu(shell, vcpu, maximum, pretty)
            records.append(
                {
                    "vcpu": vcpu.number,
                    "cpu": vcpu.cpu,
                    "state": word(VCPU_STATES, vcpu.state),
                    "cpu_time_ns": vcpu.cpu_time,
                    "affinity": from_map(vcpu.cpumap, maximum),
                }
            )
        shell.out.data(records)
        return
    pins: list[bytes] = shell.call("domain_get_vcpu_pin_info", dom, CONFIG)
    for number, pin in enumerate(pins):
        if number:
            shell.out.line()
        shell.out.field("VCPU:", number)
        shell.out.field("CPU:", "N/A")
        shell.out.field("State:", "N/A")
        shell.out.field("CPU time", "N/A")
        shell.out.field("CPU Affinity:", _affinity(pin, maximum, pretty))
    shell.out.data([{"vcpu": number, "affinity": from_map(pin, maximum)} for number, pin in enumerate(pins)])


def _print_vcpu(shell: Shell, vcpu: VcpuPlacement, maximum: int, pretty: bool) -> None:
    out = shell.out
    out.field("VCPU:", vcpu.number)
    out.field("CPU:", _host_cpu(vcpu.cpu))
    out.field("State:", word(VCPU_STATES, vcpu.state, "no state"))
    if vcpu.cpu_time:
        out.field("CPU time:", f"{vcpu.cpu_time / 1e9:.1f}s")
    out.field("CPU Affinity:", _affinity(vcpu.cpumap, maximum, pretty))


@command(
    "vcpupin",
    "show or change on which host CPUs virtual CPUs run",
    """
    @domain
    --vcpu NUMBER{vcpu}  only of this virtual CPU
    --cpulist STRING{cpulist}  host CPUs, such as 0-3,^2; r for all
    @affect
    """,
)
def vcpupin(shell: Shell, args: Args) -> None:
    cpus, flags = _pinning(args)
    vcpu = args.unsigned("vcpu")
    dom = lookup.domain(shell, args)
    if cpus is not None and vcpu is None:
        raise CommandFailed("vcpupin: Missing vCPU number in pin mode.")
    maximum = host_cpus(shell)
    if cpus is None:
        _print_pins(shell, dom, vcpu, maximum, flags)
        return
    cpumap = read_pinning(cpus, maximum)
    if flags or args.flag("current"):
        shell.call("domain_pin_vcpu_flags", dom, vcpu, cpumap, flags)
    else:
        shell.call("domain_pin_vcpu", dom, vcpu, cpumap)


def _pinning(args: Args) -> tuple[str | None, int]:
    """The CPUs to pin to, None for a question, and the virDomainModificationImpact."""
    cpus, flags = args.text("cpulist"), affect(args)
    if cpus is None:
        # A question can only be about one of the two.
        args.exclusive("live", "config")
    return cpus, flags


def _print_pins(shell: Shell, dom: DomainRef, vcpu: int | None, maximum: int, flags: int) -> None:
    pins: list[bytes] = shell.call("domain_get_vcpu_pin_info", dom, flags)
    if vcpu is not None and vcpu >= len(pins):
        if flags & LIVE or (not flags & CONFIG and shell.call("domain_is_active", dom)):
            raise CommandFailed(f"vcpu {vcpu} is out of range of live cpu count {len(pins)}")
        raise CommandFailed(f"vcpu {vcpu} is out of range of persistent cpu count {len(pins)}")
    shown = [(number, pin) for number, pin in enumerate(pins) if vcpu in (None, number)]
    shell.out.table(
        ("VCPU", "CPU Affinity"),
        [[str(number), format_list(from_map(pin, maximum))] for number, pin in shown],
        [{"vcpu": number, "affinity": from_map(pin, maximum)} for number, pin in shown],
    )


@command(
    "emulatorpin",
    "show or change on which host CPUs the hypervisor's own threads run",
    """
    @domain
    --cpulist STRING{cpulist}  host CPUs, such as 0-3,^2; r for all
    @affect
    """,
)
def emulatorpin(shell: Shell, args: Args) -> None:
    cpus, flags = _pinning(args)
    dom = lookup.domain(shell, args)
    maximum = host_cpus(shell)
    if cpus is not None:
        shell.call("domain_pin_emulator", dom, read_pinning(cpus, maximum), flags)
        return
    pinned = from_map(shell.call("domain_get_emulator_pin_info", dom, flags), maximum)
    shell.out.data({"affinity": pinned})
    shell.out.note(f"emulator: CPU Affinity\n{'-' * 34}")
    shell.out.line(f"       *: {format_list(pinned)}")


TIMES = ("cpu_time", "vcpu_time", "user_time", "system_time")


@command(
    "cpu-stats",
    "print how long a domain used each host CPU",
    """
    @active
    --total  all together only
    --start NUMBER  from this CPU on
    --count NUMBER  so many CPUs at most
    """,
)
def cpu_stats(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    total = args.flag("total")
    start, count = args.number("start"), args.number("count")
    if start is not None and start < 0:
        raise CommandFailed("Invalid value for start CPU")
    if count is not None and count < 0:
        raise CommandFailed("Invalid value for number of CPUs to show")
    # Without any choice, everything is shown.
    cpus = start is not None or count is not None or not total
    record: dict[str, object] = {}
    with shell.failing(f"Failed to retrieve CPU statistics for domain '{args.required('domain')}'"):
        if cpus:
            record["cpus"] = _print_per_cpu(shell, dom, start or 0, count)
        if total or (start is None and count is None):
            record["total"] = _print_total(shell, dom)
    shell.out.data(record)


def _print_per_cpu(shell: Shell, dom: DomainRef, start: int, count: int | None) -> list[dict[str, object]]:
    stats: list[list[TypedParam]] = shell.call("domain_get_cpu_stats", dom, 0, host_cpus(shell), 0)
    # What follows the last CPU that was ever counted says nothing.
    while stats and not stats[-1]:
        stats.pop()
    there = len(stats)
    if start >= there:
        raise CommandFailed(f"Start CPU {start} is out of range (min: 0, max: {there - 1})")
    if count is not None and start + count > there:
        shell.out.line(f"Only {there} CPUs available to show")
    end = there if count is None else min(there, start + count)
    records: list[dict[str, object]] = []
    for cpu, params in enumerate(stats[start:end], start):
        if not params:
            continue
        shell.out.line(f"CPU{cpu}:")
        _print_times(shell, params)
        records.append({"cpu": cpu, **params_dict(params)})
    return records


def _print_total(shell: Shell, dom: DomainRef) -> dict[str, object]:
    stats: list[list[TypedParam]] = shell.call("domain_get_cpu_stats", dom, -1, 1, 0)
    if not stats or not stats[0]:
        raise CommandFailed("No total stats available")
    shell.out.line("Total:")
    _print_times(shell, stats[0])
    return dict(params_dict(stats[0]))


def _print_times(shell: Shell, params: list[TypedParam]) -> None:
    for param in params:
        if param.field in TIMES and isinstance(param.value, int):
            seconds, rest = divmod(param.value, 10**9)
            shell.out.line(f"\t{param.field:<12} {seconds:9d}.{rest:09d} seconds")
        else:
            shell.out.line(f"\t{param.field:<12} {param.value}")
