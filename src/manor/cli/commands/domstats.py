# SPDX-License-Identifier: Apache-2.0
"""Statistics of many domains at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits
from manor.cli.model import command
from manor.cli.params import as_record, value_text
from manor.constants import ConnectGetAllDomainStatsFlags as Flags
from manor.constants import DomainStatsTypes

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef, DomainStatsRecord

GROUPS = {
    "state": DomainStatsTypes.STATE,
    "cpu-total": DomainStatsTypes.CPU_TOTAL,
    "balloon": DomainStatsTypes.BALLOON,
    "vcpu": DomainStatsTypes.VCPU,
    "interface": DomainStatsTypes.INTERFACE,
    "block": DomainStatsTypes.BLOCK,
    "perf": DomainStatsTypes.PERF,
    "iothread": DomainStatsTypes.IOTHREAD,
    "memory": DomainStatsTypes.MEMORY,
    "dirtyrate": DomainStatsTypes.DIRTYRATE,
    "vm": DomainStatsTypes.VM,
}
FLAGS = {
    "list-active": Flags.ACTIVE,
    "list-inactive": Flags.INACTIVE,
    "list-persistent": Flags.PERSISTENT,
    "list-transient": Flags.TRANSIENT,
    "list-running": Flags.RUNNING,
    "list-paused": Flags.PAUSED,
    "list-shutoff": Flags.SHUTOFF,
    "list-other": Flags.OTHER,
    "enforce": Flags.ENFORCE_STATS,
    "backing": Flags.BACKING,
    "nowait": Flags.NOWAIT,
}


@command(
    "domstats",
    "print statistics of domains",
    """
    --state  their states
    --cpu-total  CPU time used
    --balloon  memory
    --vcpu  each virtual CPU
    --interface  network interfaces
    --block  disks
    --perf  performance events
    --iothread  I/O threads
    --memory  memory bandwidth
    --dirtyrate  how fast memory is written
    --vm  what the hypervisor counts
    --list-active  of running domains
    --list-inactive  of domains that are not running
    --list-persistent  of domains with a definition
    --list-transient  of domains without one
    --list-running  of domains in the state running
    --list-paused  of paused domains
    --list-shutoff  of domains that are shut off
    --list-other  of domains in any other state
    --raw  print the values as they are
    --enforce  fail if a group is not supported
    --backing  disks with their backing images
    --nowait  only what can be had at once
    [domain...]{domain}  only of these
    """,
)
def domstats(shell: Shell, args: Args) -> None:
    domains: list[DomainRef] = [lookup.domain_called(shell, text) for text in args.many("domain")]
    records: list[DomainStatsRecord] = shell.call(
        "connect_get_all_domain_stats", domains, int(bits(args, GROUPS)), int(bits(args, FLAGS))
    )
    shell.out.data([{"domain": record.dom.name, "stats": as_record(record.params)} for record in records])
    for place, record in enumerate(records):
        if place:
            shell.out.line()
        shell.out.line(f"Domain: '{record.dom.name}'")
        for param in record.params:
            shell.out.line(f"  {param.field}={value_text(param)}")
