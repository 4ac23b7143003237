# SPDX-License-Identifier: Apache-2.0
"""Listing domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.common import bits
from manor.cli.failure import CommandFailed
from manor.cli.lookup import uuid_text
from manor.cli.model import command
from manor.cli.words import DOMAIN_STATES, word
from manor.constants import ConnectListAllDomainsFlags as Filter
from manor.constants import DomainState, DomainXMLFlags
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef

FILTERS = {
    "persistent": Filter.PERSISTENT,
    "transient": Filter.TRANSIENT,
    "with-managed-save": Filter.MANAGEDSAVE,
    "without-managed-save": Filter.NO_MANAGEDSAVE,
    "autostart": Filter.AUTOSTART,
    "no-autostart": Filter.NO_AUTOSTART,
    "with-snapshot": Filter.HAS_SNAPSHOT,
    "without-snapshot": Filter.NO_SNAPSHOT,
    "with-checkpoint": Filter.HAS_CHECKPOINT,
    "without-checkpoint": Filter.NO_CHECKPOINT,
    "state-running": Filter.RUNNING,
    "state-paused": Filter.PAUSED,
    "state-shutoff": Filter.SHUTOFF,
    "state-other": Filter.OTHER,
}


@command(
    "list",
    "list domains",
    """
    --inactive  those that are not running
    --all  those that are running and those that are not
    --transient  those without a definition
    --persistent  those with a definition
    --with-snapshot  those that have snapshots
    --without-snapshot  those that have no snapshot
    --with-checkpoint  those that have checkpoints
    --without-checkpoint  those that have no checkpoint
    --state-running  those in the state running
    --state-paused  those in the state paused
    --state-shutoff  those in the state shut off
    --state-other  those in any other state
    --autostart  those started with the host
    --no-autostart  those not started with the host
    --with-managed-save  those that have a managed save
    --without-managed-save  those that have no managed save
    --uuid  print UUIDs
    --name  print names
    --id  print ids
    --table  print a table, as without this option
    --managed-save  show which have a managed save
    --title  show their titles
    """,
)
def list_domains(shell: Shell, args: Args) -> None:
    if args.flag("table") and args.any("uuid", "name", "id"):
        other = next(name for name in ("name", "uuid", "id") if args.flag(name))
        raise CommandFailed(f"Options --table and --{other} are mutually exclusive")
    flags = bits(args, FILTERS)
    if args.flag("inactive") or args.flag("state-shutoff"):
        flags |= Filter.INACTIVE
    if args.flag("all"):
        flags |= Filter.ACTIVE | Filter.INACTIVE
    # Where nothing is said of activity, only running domains are meant.
    if not args.any("inactive", "all", "state-shutoff"):
        flags |= Filter.ACTIVE
    with shell.failing("Failed to list domains"):
        domains: list[DomainRef] = shell.call("connect_list_all_domains", int(flags))
    domains.sort(key=_order)
    if args.any("uuid", "name", "id"):
        _print_identities(shell, args, domains)
    else:
        _print_table(shell, args, domains)


def _order(dom: DomainRef) -> tuple[bool, int, str]:
    """Running domains by id, then the others by name."""
    return dom.id == -1, dom.id, dom.name.lower()


def _print_identities(shell: Shell, args: Args, domains: list[DomainRef]) -> None:
    if args.flag("id") and not args.any("uuid", "name"):
        domains = [dom for dom in domains if dom.id != -1]
    records: list[dict[str, object]] = []
    for dom in domains:
        record: dict[str, object] = {}
        if args.flag("uuid"):
            record["uuid"] = uuid_text(dom.uuid)
        if args.flag("id"):
            record["id"] = None if dom.id == -1 else dom.id
        if args.flag("name"):
            record["name"] = dom.name
        records.append(record)
    shell.out.data(records)
    for record in records:
        shell.out.line(" ".join("-" if value is None else str(value) for value in record.values()))


def _print_table(shell: Shell, args: Args, domains: list[DomainRef]) -> None:
    header = ["Id", "Name", "State", *(["Title"] if args.flag("title") else ())]
    rows, records = [], []
    for dom in domains:
        try:
            state = _state(shell, dom, args.flag("managed-save"))
        except ManorError as failure:
            if failure.code == ErrorNumber.NO_DOMAIN:
                continue  # it went away since the list was made
            raise
        record: dict[str, object] = {
            "id": None if dom.id == -1 else dom.id,
            "name": dom.name,
            "uuid": uuid_text(dom.uuid),
            "state": state,
        }
        row = ["-" if dom.id == -1 else str(dom.id), dom.name, state]
        if args.flag("title"):
            record["title"] = _title(shell, dom)
            row.append(str(record["title"] or ""))
        rows.append(row)
        records.append(record)
    shell.out.table(header, rows, records)


def _state(shell: Shell, dom: DomainRef, managed_save: bool) -> str:
    number = shell.call("domain_get_state", dom, 0).state
    if managed_save and number == DomainState.SHUTOFF and shell.call("domain_has_managed_save_image", dom, 0):
        return "saved"
    return word(DOMAIN_STATES, number, "no state")


def _title(shell: Shell, dom: DomainRef) -> str:
    from manor.cli.xml import parse
    from manor.constants import DomainMetadataType

    try:
        return str(shell.call("domain_get_metadata", dom, int(DomainMetadataType.TITLE), None, 0))
    except ManorError as failure:
        if failure.code == ErrorNumber.NO_DOMAIN_METADATA:
            return ""
        if failure.code != ErrorNumber.NO_SUPPORT:
            raise
    document = shell.call("domain_get_xml_desc", dom, int(DomainXMLFlags(0)))
    return parse(document, "(domain)").value("title") or ""
