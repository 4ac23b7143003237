# SPDX-License-Identifier: Apache-2.0
"""What is known of one domain: state, memory, time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import affect
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.sizes import MAX_INT
from manor.cli.words import DOMAIN_STATES, STATE_REASONS, word
from manor.constants import DomainControlState, DomainMemoryStatTags, DomainSetTimeFlags
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainInfo, DomainRef

UNLIMITED = 2**32 - 1
"""The maximum memory of a domain that has none, in KiB."""

CONTROL_STATES = ("ok", "background job", "occupied", "error")
CONTROL_ERRORS = ("", "unknown", "monitor failure", "internal (locking) error")

MEMORY_STATS = {
    DomainMemoryStatTags.SWAP_IN: "swap_in",
    DomainMemoryStatTags.SWAP_OUT: "swap_out",
    DomainMemoryStatTags.MAJOR_FAULT: "major_fault",
    DomainMemoryStatTags.MINOR_FAULT: "minor_fault",
    DomainMemoryStatTags.UNUSED: "unused",
    DomainMemoryStatTags.AVAILABLE: "available",
    DomainMemoryStatTags.USABLE: "usable",
    DomainMemoryStatTags.ACTUAL_BALLOON: "actual",
    DomainMemoryStatTags.RSS: "rss",
    DomainMemoryStatTags.LAST_UPDATE: "last_update",
    DomainMemoryStatTags.DISK_CACHES: "disk_caches",
    DomainMemoryStatTags.HUGETLB_PGALLOC: "hugetlb_pgalloc",
    DomainMemoryStatTags.HUGETLB_PGFAIL: "hugetlb_pgfail",
}


@command("dominfo", "print what is known of a domain", "@domain")
def dominfo(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    out = shell.out
    running = dom.id != -1
    out.field("Id:", dom.id if running else "-", id=dom.id if running else None)
    out.field("Name:", dom.name)
    out.field("UUID:", lookup.uuid_text(dom.uuid))
    try:
        out.field("OS Type:", shell.call("domain_get_os_type", dom))
    except ManorError as failure:
        shell.debug(1, failure.message)
    info: DomainInfo = shell.call("domain_get_info", dom)
    _print_info(shell, info)
    _print_settings(shell, dom)
    _print_security(shell, dom)
    _print_messages(shell, dom)


def _print_info(shell: Shell, info: DomainInfo) -> None:
    out = shell.out
    out.field("State:", word(DOMAIN_STATES, info.state, "no state"))
    out.field("CPU(s):", info.nr_virt_cpu)
    if info.cpu_time:
        out.field("CPU time:", f"{info.cpu_time / 1e9:.1f}s", cpu_time_ns=info.cpu_time)
    if info.max_mem == UNLIMITED:
        out.field("Max memory:", "no limit", max_memory_kib=None)
    else:
        out.field("Max memory:", f"{info.max_mem} KiB", max_memory_kib=info.max_mem)
    out.field("Used memory:", f"{info.memory} KiB", used_memory_kib=info.memory)


def _print_settings(shell: Shell, dom: DomainRef) -> None:
    """Yes or no to three questions, each of which a driver may not know how to answer."""
    for label, operation, arguments, words in (
        ("Persistent:", "domain_is_persistent", (), ("no", "yes")),
        ("Autostart:", "domain_get_autostart", (), ("disable", "enable")),
        ("Managed save:", "domain_has_managed_save_image", (0,), ("no", "yes")),
    ):
        key = label[:-1].lower().replace(" ", "_")
        try:
            answer = shell.call(operation, dom, *arguments)
        except ManorError as failure:
            shell.debug(1, failure.message)
            # Autostart is left out where it does not exist, the others are unknown.
            if operation != "domain_get_autostart":
                shell.out.field(label, "unknown", 15, **{key: None})
        else:
            shell.out.field(label, words[bool(answer)], 15, **{key: bool(answer)})


def _print_security(shell: Shell, dom: DomainRef) -> None:
    try:
        model = shell.call("node_get_security_model")
    except ManorError as failure:
        shell.debug(1, failure.message)
        return
    if not model.model:
        return
    shell.out.field("Security model:", model.model)
    shell.out.field("Security DOI:", model.doi)
    if dom.id == -1:
        return
    label = shell.call("domain_get_security_label", dom)
    if label.label:
        mode = "enforcing" if label.enforcing else "permissive"
        shell.out.field("Security label:", f"{label.label} ({mode})")


def _print_messages(shell: Shell, dom: DomainRef) -> None:
    try:
        messages = shell.call("domain_get_messages", dom, 0)
    except ManorError as failure:
        shell.debug(1, failure.message)
        return
    for place, message in enumerate(messages):
        shell.out.field("" if place else "Messages:", message, messages=messages)


@command(
    "domstate",
    "print the state of a domain",
    """
    @domain
    --reason  and the reason for it
    """,
)
def domstate(shell: Shell, args: Args) -> None:
    state = shell.call("domain_get_state", lookup.domain(shell, args), 0)
    text = word(DOMAIN_STATES, state.state, "no state")
    reason = word(STATE_REASONS.get(state.state, ()), state.reason)
    if args.flag("reason"):
        shell.out.value(f"{text} ({reason})", state=text, reason=reason)
    else:
        shell.out.value(text, state=text, reason=reason)


@command("domcontrol", "print the state of the interface to a domain's hypervisor", "@active")
def domcontrol(shell: Shell, args: Args) -> None:
    info = shell.call("domain_get_control_info", lookup.domain(shell, args), 0)
    state = word(CONTROL_STATES, info.state)
    if info.state == DomainControlState.ERROR:
        reason = word(CONTROL_ERRORS, info.details)
        shell.out.value(f"{state}: {reason}" if reason else state, state=state, reason=reason)
    elif info.state == DomainControlState.OK:
        shell.out.value(state, state=state)
    else:
        seconds = info.state_time / 1000
        shell.out.value(f"{state} ({seconds:.3f}s)", state=state, seconds=seconds)


@command(
    "dommemstat",
    "print the memory statistics of a domain",
    """
    @active
    --period=NUMBER  have them collected every so many seconds
    @affect
    """,
)
def dommemstat(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    period = args.number("period")
    if period is not None:
        if not 0 <= period <= MAX_INT:
            raise CommandFailed(f"Invalid collection period value '{period}'")
        with shell.failing("Unable to change balloon collection period."):
            shell.call("domain_set_memory_stats_period", dom, period, flags)
        return
    with shell.failing(f"Failed to get memory statistics for domain {args.required('domain')}"):
        stats = shell.call("domain_memory_stats", dom, 0)
    named = [(MEMORY_STATS[stat.tag], stat.val) for stat in stats if stat.tag in MEMORY_STATS]
    shell.out.data(dict(named))
    for name, value in named:
        shell.out.line(f"{name} {value}")


@command(
    "domtime",
    "print or set the time of the guest",
    """
    @active
    --now  set it to the time of this host
    --pretty  print it as a date
    --sync  set it from the guest's own hardware clock
    --time NUMBER  set it to these seconds since 1970
    """,
)
def domtime(shell: Shell, args: Args) -> None:
    args.exclusive("time", "now")
    args.exclusive("time", "sync")
    args.exclusive("now", "sync")
    seconds = args.number("time", -(2**63), 2**63 - 1)
    dom = lookup.domain(shell, args)
    if args.flag("now"):
        seconds = int(time.time())
    if seconds is not None or args.flag("sync"):
        flags = DomainSetTimeFlags.SYNC if args.flag("sync") else DomainSetTimeFlags(0)
        shell.call("domain_set_time", dom, seconds or 0, 0, int(flags))
        return
    now = shell.call("domain_get_time", dom, 0).seconds
    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)) if args.flag("pretty") else str(now)
    shell.out.data({"seconds": now})
    shell.out.write(f"Time: {shown}")
