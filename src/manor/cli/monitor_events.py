# SPDX-License-Identifier: Apache-2.0
"""Waiting for raw events of QEMU's monitor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from manor.cli import lookup
from manor.cli.common import bits
from manor.cli.events import Waiter
from manor.constants import ConnectDomainQemuMonitorEventRegisterFlags as Flags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records.events import DomainMonitorEvent, Event


def wait_for_monitor(shell: Shell, args: Args) -> None:
    """What qemu-monitor-event does."""
    flags = bits(args, {"regex": Flags.REGEX, "no-case": Flags.NOCASE})
    waiter = Waiter(shell, args)
    name = args.text("event")
    dom = lookup.domain(shell, args) if args.flag("domain") else None
    waiter.adopt(name or "", shell.backend.subscribe_monitor(name, flags, dom))
    pretty, own_time = args.flag("pretty"), not args.flag("timestamp")

    def describe(_: str, event: Event) -> str:
        told = cast("DomainMonitorEvent", event)
        text = told.details or "<null>"
        if pretty and told.details:
            text = json.dumps(json.loads(told.details), indent=2)
        when = f" at {told.seconds}.{told.micros:06d}" if own_time else ""
        return f"event {told.event}{when} for domain '{told.dom.name}': {text}"

    waiter.run(describe)
