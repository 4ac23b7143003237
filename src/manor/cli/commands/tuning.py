# SPDX-License-Identifier: Apache-2.0
"""Memory, NUMA placement, scheduling and performance counters of domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import affect
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import as_record, value_text
from manor.cli.sizes import MAX_LLONG, integer, scaled
from manor.constants import (
    DomainMemoryField,
    DomainMemoryModFlags,
    DomainNumaField,
    DomainNumatuneMemMode,
    TypedParameterType,
)
from manor.records import TypedParam, bool_param, int_param, string_param, ullong_param

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell

UNLIMITED = 9007199254740991
"""VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, in KiB."""


@command(
    "setmem",
    "change how much memory a domain has now",
    """
    @domain
    <size:number>  new size, in KiB or with a unit
    --kilobytes -> size
    @affect
    """,
)
def setmem(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    kib = _kib(args)
    shell.call("domain_set_memory_flags", dom, kib, flags)


def _kib(args: Args) -> int:
    size = args.size("size", 1024, MAX_LLONG) or 0
    return -(-size // 1024)


@command(
    "setmaxmem",
    "change how much memory a domain may have",
    """
    @domain
    <size:number>  new size, in KiB or with a unit
    --kilobytes -> size
    @affect
    """,
)
def setmaxmem(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    kib = _kib(args)
    with shell.failing("Unable to change MaxMemorySize"):
        if flags or args.flag("current"):
            shell.call("domain_set_memory_flags", dom, kib, flags | int(DomainMemoryModFlags.MAXIMUM))
        else:
            shell.call("domain_set_max_memory", dom, kib)


@command(
    "memtune",
    "show or change the memory limits of a domain",
    """
    @domain
    --hard-limit NUMBER  memory at most, in KiB or with a unit; -1 for no limit
    --soft-limit NUMBER  memory to keep to when there is little
    --swap-hard-limit NUMBER  memory and swap at most
    --min-guarantee NUMBER  memory at least
    @affect
    """,
)
def memtune(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    params = []
    for field in (
        DomainMemoryField.HARD_LIMIT,
        DomainMemoryField.SOFT_LIMIT,
        DomainMemoryField.SWAP_HARD_LIMIT,
        DomainMemoryField.MIN_GUARANTEE,
    ):
        option = field.value.replace("_", "-")
        if args.flag(option):
            params.append(ullong_param(field.value, _limit(option, args.values(option)[-1])))
    if params:
        with shell.failing("Unable to change memory parameters"):
            shell.call("domain_set_memory_parameters", dom, params, flags)
        return
    with shell.failing("Unable to get memory parameters"):
        found: list[TypedParam] = shell.call("domain_get_memory_parameters", dom, flags)
    shell.out.data({param.field: None if param.value == UNLIMITED else param.value for param in found})
    for param in found:
        shown = "unlimited" if param.value == UNLIMITED else value_text(param)
        shell.out.line(f"{param.field:<15}: {shown}")


def _limit(option: str, text: str) -> int:
    try:
        if text.lstrip().startswith("-"):
            integer(text, -MAX_LLONG, 0)
            return UNLIMITED
        return -(-scaled(text, 1024, MAX_LLONG) // 1024)
    except ValueError:
        raise CommandFailed(f"Unable to parse integer parameter {option}") from None


@command(
    "numatune",
    "show or change from which NUMA nodes a domain gets memory",
    """
    @domain
    --mode STRING{numa-mode}  strict, preferred, interleave, restrictive, or a number
    --nodeset STRING  the nodes, such as 0-1,^3
    @affect
    """,
)
def numatune(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    params: list[TypedParam] = []
    nodeset, mode = args.text("nodeset"), args.text("mode")
    if nodeset is not None:
        params.append(string_param(DomainNumaField.NODESET.value, nodeset))
    if mode is not None:
        params.append(int_param(DomainNumaField.MODE.value, _numa_mode(mode)))
    if params:
        with shell.failing("Unable to change numa parameters"):
            shell.call("domain_set_numa_parameters", dom, params, flags)
        return
    with shell.failing("Unable to get numa parameters"):
        found: list[TypedParam] = shell.call("domain_get_numa_parameters", dom, flags)
    record = as_record(found)
    for param in found:
        text = value_text(param)
        if param.field == DomainNumaField.MODE and param.value in list(DomainNumatuneMemMode):
            text = DomainNumatuneMemMode(int(param.value)).name.lower()
            record[param.field] = text
        shell.out.line(f"{param.field:<15}: {text}")
    shell.out.data(record)


def _numa_mode(text: str) -> int:
    named = {mode.name.lower(): mode for mode in DomainNumatuneMemMode}
    if text in named:
        return int(named[text])
    try:
        return integer(text, 0, 2**31 - 1)
    except ValueError:
        raise CommandFailed(f"Invalid mode: {text}") from None


@command(
    "perf",
    "show or change which performance events of a domain are counted",
    """
    @domain
    --enable STRING{perf}  events to count, with commas between them
    --disable STRING{perf}  events not to count, with commas between them
    @affect
    """,
)
def perf(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    params = [
        bool_param(name, value)
        for option, value in (("enable", True), ("disable", False))
        for name in (args.text(option) or "").split(",")
        if name
    ]
    if params:
        with shell.failing("Unable to enable/disable perf events"):
            shell.call("domain_set_perf_events", dom, params, flags)
        found = params
    else:
        with shell.failing("Unable to get perf events"):
            found = shell.call("domain_get_perf_events", dom, flags)
    shell.out.data(as_record(found))
    for param in found:
        shell.out.note(f"{param.field:<15}: {'enabled' if param.value else 'disabled'}")


@command(
    "schedinfo",
    "show or change how a domain is scheduled",
    """
    @domain
    --weight=NUMBER  share, for hypervisors that know it by this name
    --cap=NUMBER  upper limit, for hypervisors that know it by this name
    --current  of the domain as it is now
    --config  of the definition
    --live  of the running domain
    [set...]  other parameters, as name=value
    """,
)
def schedinfo(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    scheduler = shell.call("domain_get_scheduler_type", dom)
    shell.out.field("Scheduler", f": {scheduler}", 14, scheduler=scheduler)
    known: list[TypedParam] = (
        shell.call("domain_get_scheduler_parameters_flags", dom, flags)
        if flags or args.flag("current")
        else shell.call("domain_get_scheduler_parameters", dom)
    )
    changes = _scheduler_changes(args, known)
    if changes:
        if flags or args.flag("current"):
            shell.call("domain_set_scheduler_parameters_flags", dom, changes, flags)
            known = shell.call("domain_get_scheduler_parameters_flags", dom, flags)
        else:
            shell.call("domain_set_scheduler_parameters", dom, changes)
            known = shell.call("domain_get_scheduler_parameters", dom)
    shell.out.data({"scheduler": scheduler, **as_record(known)})
    for param in known:
        shell.out.line(f"{param.field:<15}: {value_text(param)}")


def _scheduler_changes(args: Args, known: list[TypedParam]) -> list[TypedParam]:
    wanted: dict[str, str] = {}
    for name in ("weight", "cap"):
        number = args.number(name)
        if number is not None:
            wanted[name] = str(number)
    for text in args.many("set"):
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise CommandFailed("Invalid syntax for --set, expecting name=value")
        wanted[name] = value
    changes = [_typed(param, wanted.pop(param.field)) for param in known if param.field in wanted]
    if wanted:
        raise CommandFailed(f"invalid scheduler option: {next(iter(wanted))}")
    return changes


KINDS = {
    TypedParameterType.INT: "int",
    TypedParameterType.UINT: "unsigned int",
    TypedParameterType.LLONG: "long long",
    TypedParameterType.ULLONG: "unsigned long long",
    TypedParameterType.DOUBLE: "double",
    TypedParameterType.BOOLEAN: "boolean",
}


def _typed(param: TypedParam, text: str) -> TypedParam:
    """A parameter with the value that a text means for its type."""
    kind = TypedParameterType(param.type)
    try:
        if kind is TypedParameterType.STRING:
            return param._replace(value=text)
        if kind is TypedParameterType.DOUBLE:
            return param._replace(value=float(text))
        if kind is TypedParameterType.BOOLEAN:
            return param._replace(value=integer(text, 0, 1) == 1)
        bits = 32 if kind in (TypedParameterType.INT, TypedParameterType.UINT) else 64
        signed = kind in (TypedParameterType.INT, TypedParameterType.LLONG)
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        return param._replace(value=integer(text, low, high))
    except ValueError:
        raise CommandFailed(
            f"invalid argument: Invalid value for field '{param.field}': expected {KINDS[kind]}"
        ) from None
