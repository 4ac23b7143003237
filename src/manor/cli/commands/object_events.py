# SPDX-License-Identifier: Apache-2.0
"""Waiting for events of networks, pools, devices of the host, and secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from manor.cli import lookup
from manor.cli.events import Waiter, choose, print_names
from manor.cli.lookup import uuid_text
from manor.cli.model import command
from manor.cli.words import word

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records.events import Event

METADATA_TYPES = ("description", "title", "element")


class Kind(NamedTuple):
    """Events of one kind of object.

    `names` are the events by number, `states` the words of a lifecycle event; `key` is that of the catalogue.
    """

    command: str
    summary: str
    option: str
    help: str
    noun: str
    key: str
    names: tuple[str, ...]
    states: tuple[str, ...]
    find: Callable[[Shell, Args], object]
    called: Callable[[Any], str]


KINDS = (
    Kind(
        "net-event",
        "wait for events of networks",
        "--network STRING{network}",
        "only of this network",
        "network",
        "network",
        ("lifecycle", "metadata-change"),
        ("Defined", "Undefined", "Started", "Stopped"),
        lookup.network,
        lambda reference: str(reference.name),
    ),
    Kind(
        "pool-event",
        "wait for events of pools",
        "--pool STRING{pool}",
        "only of this pool",
        "storage pool",
        "storage_pool",
        ("lifecycle", "refresh"),
        ("Defined", "Undefined", "Started", "Stopped", "Created", "Deleted"),
        lookup.pool,
        lambda reference: str(reference.name),
    ),
    Kind(
        "nodedev-event",
        "wait for events of devices of the host",
        "--device STRING{nodedev}",
        "only of this device",
        "node device",
        "node_device",
        ("lifecycle", "update"),
        ("Created", "Deleted", "Defined", "Undefined"),
        lookup.node_device,
        lambda reference: str(reference.name),
    ),
    Kind(
        "secret-event",
        "wait for events of secrets",
        "--secret STRING{secret}",
        "only of this secret",
        "secret",
        "secret",
        ("lifecycle", "value-changed"),
        ("Defined", "Undefined"),
        lookup.secret,
        lambda reference: uuid_text(reference.uuid),
    ),
)


def _run(shell: Shell, args: Args, kind: Kind) -> None:
    if args.flag("list"):
        print_names(shell, kind.names)
        return
    complaint = "either --list or --event <type> is required"
    name = choose(args, kind.names, complaint)
    waiter = Waiter(shell, args)
    option = kind.option[2:].partition(" ")[0]
    reference = kind.find(shell, args) if args.flag(option) else None
    waiter.subscribe(name, (kind.key, kind.names.index(name)), reference)

    def describe(name: str, event: Event) -> str:
        return _describe(kind, name, event)

    waiter.run(describe)


def _describe(kind: Kind, name: str, event: Any) -> str:
    text = f"event '{name}' for {kind.noun} {kind.called(event[0])}"
    if name == "lifecycle":
        return f"{text}: {word(kind.states, event.event)}"
    if name == "metadata-change":
        return f"{text}: type {word(METADATA_TYPES, event.type)}, uri {event.nsuri or '<null>'}"
    return text


def _enter(kind: Kind) -> None:
    def run(shell: Shell, args: Args) -> None:
        _run(shell, args, kind)

    options = f"{kind.option}  {kind.help}\n--event STRING{{{kind.key}-event}}  the kind of event\n@event-wait"
    command(kind.command, kind.summary, options)(run)


for _kind in KINDS:
    _enter(_kind)
