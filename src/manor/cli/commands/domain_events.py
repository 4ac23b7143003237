# SPDX-License-Identifier: Apache-2.0
"""Waiting for events of domains, and for states of domains."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from manor.cli import lookup
from manor.cli.commands.blockjobs import JOB_TITLES
from manor.cli.events import EventQueue, Waiter, choose, print_names, read_timeout
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import value_text
from manor.cli.words import word
from manor.cli.xml import parse
from manor.constants import DomainEventID, DomainMemoryFailureFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef, TypedParam
    from manor.records.events import Event

LIFECYCLES = (
    "Defined",
    "Undefined",
    "Started",
    "Suspended",
    "Resumed",
    "Stopped",
    "Shutdown",
    "PMSuspended",
    "Crashed",
)
DETAILS = (
    ("Added", "Updated", "Renamed", "Snapshot"),
    ("Removed", "Renamed"),
    ("Booted", "Migrated", "Restored", "Snapshot", "Event wakeup"),
    (
        "Paused",
        "Migrated",
        "I/O Error",
        "Watchdog",
        "Restored",
        "Snapshot",
        "API error",
        "Post-copy",
        "Post-copy Error",
    ),
    ("Unpaused", "Migrated", "Snapshot", "Post-copy", "Post-copy Error"),
    ("Shutdown", "Destroyed", "Crashed", "Migrated", "Saved", "Failed", "Snapshot"),
    ("Finished", "Finished after guest request", "Finished after host request"),
    ("Memory", "Disk"),
    ("Panicked", "Crashloaded"),
)
"""The details of a lifecycle event, by its type."""

WATCHDOG_ACTIONS = ("none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi")
IO_ERROR_ACTIONS = ("none", "pause", "report")
GRAPHICS_PHASES = ("connect", "initialize", "disconnect")
ADDRESS_FAMILIES = ("IPv4", "IPv6", "unix")
DISK_CHANGES = ("changed", "dropped")
TRAY_CHANGES = ("opened", "closed")
JOB_STATES = ("completed", "failed", "canceled", "ready")
AGENT_STATES = ("unknown", "connected", "disconnected")
AGENT_REASONS = ("unknown", "domain started", "channel event")
METADATA_TYPES = ("description", "title", "element")
MEMORY_RECIPIENTS = ("hypervisor", "guest")
MEMORY_ACTIONS = ("ignore", "inject", "fatal", "reset")

Text = Callable[[Any], str]
"""What is said of an event after the domain's name."""


def _params(params: list[TypedParam]) -> str:
    return "".join(f"\n\t{param.field}: {value_text(param)}" for param in params)


def _graphics(event: Any) -> str:
    local, remote = (
        f"{word(ADDRESS_FAMILIES, end.family)} {end.node} {end.service}" for end in (event.local, event.remote)
    )
    subject = "".join(f"\n\t{identity.type}={identity.name}" for identity in event.subject)
    return f": {word(GRAPHICS_PHASES, event.phase)} local[{local}] remote[{remote}] {event.auth_scheme}{subject}"


def _lifecycle(event: Any) -> str:
    details = DETAILS[event.event] if 0 <= event.event < len(DETAILS) else ()
    return f": {word(LIFECYCLES, event.event)} {word(details, event.detail)}"


def _memory_failure(event: Any) -> str:
    required = bool(event.flags & DomainMemoryFailureFlags.ACTION_REQUIRED)
    recursive = bool(event.flags & DomainMemoryFailureFlags.RECURSIVE)
    return (
        f":\nrecipient: {word(MEMORY_RECIPIENTS, event.recipient)}\naction: {word(MEMORY_ACTIONS, event.action)}"
        f"\nflags:\n\taction required: {int(required)}\n\trecursive: {int(recursive)}"
    )


def _block_job(event: Any) -> str:
    path = event.dst if hasattr(event, "dst") else event.path
    return f": {word(JOB_TITLES, event.type, JOB_TITLES[0])} for {path} {word(JOB_STATES, event.status)}"


def _nothing(event: Any) -> str:
    return ""


class Kind(NamedTuple):
    """An event of domains: its name, its number, and what is said of it."""

    name: str
    number: int
    text: Text


ID = DomainEventID
KINDS = (
    Kind("lifecycle", ID.LIFECYCLE, _lifecycle),
    Kind("reboot", ID.REBOOT, _nothing),
    Kind("rtc-change", ID.RTC_CHANGE, lambda event: f": {event.offset}"),
    Kind("watchdog", ID.WATCHDOG, lambda event: f": {word(WATCHDOG_ACTIONS, event.action)}"),
    Kind(
        "io-error",
        ID.IO_ERROR,
        lambda event: f": {event.src_path} ({event.dev_alias}) {word(IO_ERROR_ACTIONS, event.action)}",
    ),
    Kind("graphics", ID.GRAPHICS, _graphics),
    Kind(
        "io-error-reason",
        ID.IO_ERROR_REASON,
        lambda event: (
            f": {event.src_path} ({event.dev_alias}) {word(IO_ERROR_ACTIONS, event.action)} due to {event.reason}"
        ),
    ),
    Kind("control-error", ID.CONTROL_ERROR, _nothing),
    Kind("block-job", ID.BLOCK_JOB, _block_job),
    Kind(
        "disk-change",
        ID.DISK_CHANGE,
        lambda event: (
            f" disk {event.dev_alias}: {event.old_src_path} -> {event.new_src_path}: {word(DISK_CHANGES, event.reason)}"
        ),
    ),
    Kind(
        "tray-change",
        ID.TRAY_CHANGE,
        lambda event: f" disk {event.dev_alias}: {word(TRAY_CHANGES, event.reason)}",
    ),
    Kind("pm-wakeup", ID.PMWAKEUP, _nothing),
    Kind("pm-suspend", ID.PMSUSPEND, _nothing),
    Kind("balloon-change", ID.BALLOON_CHANGE, lambda event: f": {event.actual}KiB"),
    Kind("pm-suspend-disk", ID.PMSUSPEND_DISK, _nothing),
    Kind("device-removed", ID.DEVICE_REMOVED, lambda event: f": {event.dev_alias}"),
    Kind("block-job-2", ID.BLOCK_JOB_2, _block_job),
    Kind("tunable", ID.TUNABLE, lambda event: f":{_params(event.params)}"),
    Kind(
        "agent-lifecycle",
        ID.AGENT_LIFECYCLE,
        lambda event: f": state: '{word(AGENT_STATES, event.state)}' reason: '{word(AGENT_REASONS, event.reason)}'",
    ),
    Kind("device-added", ID.DEVICE_ADDED, lambda event: f": {event.dev_alias}"),
    Kind("migration-iteration", ID.MIGRATION_ITERATION, lambda event: f": iteration: '{event.iteration}'"),
    Kind("job-completed", ID.JOB_COMPLETED, lambda event: f":{_params(event.params)}"),
    Kind("device-removal-failed", ID.DEVICE_REMOVAL_FAILED, lambda event: f": {event.dev_alias}"),
    Kind(
        "metadata-change",
        ID.METADATA_CHANGE,
        lambda event: f": type {word(METADATA_TYPES, event.type)}, uri {event.nsuri or '<null>'}",
    ),
    Kind(
        "block-threshold",
        ID.BLOCK_THRESHOLD,
        lambda event: f": dev: {event.dev}({event.path}) {event.threshold} {event.excess}",
    ),
    Kind("memory-failure", ID.MEMORY_FAILURE, _memory_failure),
    Kind(
        "memory-device-size-change",
        ID.MEMORY_DEVICE_SIZE_CHANGE,
        lambda event: f":\nalias: {event.alias}\nsize: {event.size}",
    ),
    Kind(
        "nic-mac-change",
        ID.NIC_MAC_CHANGE,
        lambda event: f": alias: '{event.alias}' old: '{event.old_mac}' new: '{event.new_mac}'",
    ),
    Kind("vcpu-removed", ID.VCPU_REMOVED, lambda event: f": vcpu: {event.vcpuid}"),
    Kind(
        "channel-lifecycle",
        ID.CHANNEL_LIFECYCLE,
        lambda event: (
            f": channel: '{event.channel_name}' state: '{word(AGENT_STATES, event.state)}'"
            f" reason: '{word(AGENT_REASONS, event.reason)}'"
        ),
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def describe(name: str, event: Event) -> str:
    """An event of a domain as text."""
    return f"event '{name}' for domain '{event[0].name}'{BY_NAME[name].text(event)}"  # type: ignore[union-attr]


@command(
    "event",
    "wait for events of domains",
    """
    --domain STRING{domain}  only of this domain
    --event STRING{event}  only of this kind
    --all  of all kinds
    @event-wait
    """,
)
def event(shell: Shell, args: Args) -> None:
    args.exclusive("list", "all")
    args.exclusive("list", "event")
    args.exclusive("event", "all")
    if args.flag("list"):
        print_names(shell, BY_NAME)
        return
    waiter = Waiter(shell, args)
    chosen = (
        list(KINDS)
        if args.flag("all")
        else [BY_NAME[choose(args, BY_NAME, "one of --list, --all, or --event <type> is required")]]
    )
    dom: DomainRef | None = lookup.domain(shell, args) if args.flag("domain") else None
    for kind in chosen:
        waiter.subscribe(kind.name, ("domain", int(kind.number)), dom, optional=args.flag("all"))
    waiter.run(describe)


TIMED_OUT = 2
"""The exit status of `await` when the condition does not come true in time."""

CONDITIONS = ("domain-inactive", "guest-agent-available")


@command(
    "await",
    "wait until something is so with a domain",
    """
    @domain
    --condition!=STRING{await-condition}  domain-inactive or guest-agent-available
    --timeout=NUMBER  seconds to wait at most
    """,
)
def await_(shell: Shell, args: Args) -> None:
    condition = args.required("condition")
    if condition not in CONDITIONS:
        raise CommandFailed(f"Unsupported await condition name '{condition}'")
    timeout = read_timeout(args)
    dom = lookup.domain(shell, args)
    backend = shell.backend
    number = backend.subscribe(
        ("domain", int(ID.AGENT_LIFECYCLE if condition == "guest-agent-available" else ID.LIFECYCLE)), dom
    )
    try:
        deadline = None if timeout is None else time.monotonic() + timeout
        with EventQueue(backend) as queue:
            # The state is asked for after subscribing, so no change goes unseen.
            while not _is_so(shell, dom, condition):
                if not queue.wait(None if deadline is None else max(0, deadline - time.monotonic())):
                    shell.out.line("event loop timed out")
                    raise CommandFailed(status=TIMED_OUT)
    finally:
        backend.unsubscribe(number)


def _is_so(shell: Shell, dom: DomainRef, condition: str) -> bool:
    if condition == "domain-inactive":
        return not shell.call("domain_is_active", dom)
    document = parse(shell.call("domain_get_xml_desc", dom, 0), "(domain)")
    return any(
        target.get("name") == "org.qemu.guest_agent.0" and target.get("state") == "connected"
        for target in document.findall("devices/channel/target")
    )
