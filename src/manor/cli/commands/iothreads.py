# SPDX-License-Identifier: Apache-2.0
"""The I/O threads of domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.cpus import host_cpus
from manor.cli.common import affect
from manor.cli.cpulist import format_list, from_map, read_pinning
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.constants import DomainIOThreadField
from manor.records import int_param, uint_param, ullong_param

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainIOThreadInfo, TypedParam


@command(
    "iothreadinfo",
    "list the I/O threads of a domain",
    """
    @domain
    @affect
    """,
)
def iothreadinfo(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    with shell.failing("Unable to get domain IOThreads information"):
        threads: list[DomainIOThreadInfo] = shell.call("domain_get_iothread_info", dom, flags)
    if not threads:
        shell.out.data([])
        shell.out.note("No IOThreads found for the domain", "")
        return
    maximum = host_cpus(shell)
    shell.out.table(
        ("IOThread ID", "CPU Affinity"),
        [[str(thread.iothread_id), format_list(from_map(thread.cpumap, maximum))] for thread in threads],
        [{"iothread": thread.iothread_id, "affinity": from_map(thread.cpumap, maximum)} for thread in threads],
    )


@command(
    "iothreadpin",
    "change on which host CPUs an I/O thread runs",
    """
    @domain
    <iothread:number>{iothread}  number of the thread
    <cpulist>{cpulist}  host CPUs, such as 0-3,^2; r for all
    @affect
    """,
)
def iothreadpin(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    thread = args.unsigned("iothread")
    cpumap = read_pinning(args.required("cpulist"), host_cpus(shell))
    shell.call("domain_pin_iothread", dom, thread, cpumap, flags)


def _thread_id(args: Args) -> int:
    number = args.number("id")
    if number is None or number <= 0:
        raise CommandFailed(f"Invalid IOThread id value: '{number}'")
    return number


@command(
    "iothreadadd",
    "add an I/O thread",
    """
    @domain
    <id:number>  number of the new thread
    @affect
    """,
)
def iothreadadd(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    shell.call("domain_add_iothread", dom, _thread_id(args), flags)


@command(
    "iothreadset",
    "change an I/O thread",
    """
    @domain
    <id:number>{iothread}  number of the thread
    --poll-max-ns NUMBER  nanoseconds to poll at most
    --poll-grow NUMBER  factor by which polling grows
    --poll-shrink NUMBER  factor by which polling shrinks
    --thread-pool-min NUMBER  helper threads to keep
    --thread-pool-max NUMBER  helper threads at most
    --poll-weight=NUMBER  weight of the last poll in the average
    @affect
    """,
)
def iothreadset(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    thread = _thread_id(args)
    params: list[TypedParam] = []
    for field in DomainIOThreadField:
        option = field.value.replace("_", "-")
        if field is DomainIOThreadField.POLL_MAX_NS:
            value, make = args.unsigned64(option), ullong_param
        elif field in (DomainIOThreadField.THREAD_POOL_MIN, DomainIOThreadField.THREAD_POOL_MAX):
            value, make = args.number(option), int_param
        else:
            value, make = args.unsigned(option), uint_param
        if value is not None:
            params.append(make(field.value, value))
    if not params:
        raise CommandFailed("Not enough arguments passed, nothing to set")
    shell.call("domain_set_iothread_params", dom, thread, params, flags)


@command(
    "iothreaddel",
    "remove an I/O thread",
    """
    @domain
    <id:number>{iothread}  number of the thread
    @affect
    """,
)
def iothreaddel(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    shell.call("domain_del_iothread", dom, _thread_id(args), flags)
