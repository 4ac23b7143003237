# SPDX-License-Identifier: Apache-2.0
"""The XML of a domain: printing and editing it, its title and metadata, conversion from and to other formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import affect, bits, read_text
from manor.cli.document import print_document
from manor.cli.editor import edit_document, edit_text
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.xml import parse
from manor.constants import (
    DomainDefineFlags,
    DomainMetadataType,
    DomainModificationImpact,
    DomainXMLFlags,
    NetworkMetadataType,
    NetworkXMLFlags,
)
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef, NetworkRef

_NO_METADATA = (ErrorNumber.NO_DOMAIN_METADATA, ErrorNumber.NO_NETWORK_METADATA)

DUMP_FLAGS = {
    "inactive": DomainXMLFlags.INACTIVE,
    "security-info": DomainXMLFlags.SECURE,
    "update-cpu": DomainXMLFlags.UPDATE_CPU,
    "migratable": DomainXMLFlags.MIGRATABLE,
}


@command(
    "dumpxml",
    "print the XML of a domain",
    """
    @domain
    --inactive  the definition for the next start
    --security-info  passwords included
    --update-cpu  the guest CPU as this host would give it
    --migratable  in a form suited for migration
    @xpath
    """,
)
def dumpxml(shell: Shell, args: Args) -> None:
    flags = bits(args, DUMP_FLAGS)
    dom = lookup.domain(shell, args)
    print_document(shell, args, shell.call("domain_get_xml_desc", dom, flags), "(domain)")


@command(
    "edit",
    "edit the definition of a domain",
    """
    @domain
    --skip-validate  do not check the XML against the schema
    """,
)
def edit(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    flags = int(DomainXMLFlags.INACTIVE | DomainXMLFlags.SECURE)

    def define(document: str) -> object:
        if args.flag("skip-validate"):
            return define_unchecked(document)
        try:
            return shell.call("domain_define_xml_flags", document, int(DomainDefineFlags.VALIDATE))
        except ManorError as failure:
            # A daemon older than the flag refuses the flag itself, not the document.
            if failure.code == ErrorNumber.NO_SUPPORT:
                return define_unchecked(document)
            raise

    def define_unchecked(document: str) -> object:
        defined: object = shell.call("domain_define_xml", document)
        return defined

    changed = edit_document(
        shell, lambda: str(shell.call("domain_get_xml_desc", dom, flags)), define, relax=define_unchecked
    )
    result = "edited" if changed else "not changed"
    shell.out.note(f"Domain '{dom.name}' XML configuration {result}.", changed=changed)


@command(
    "desc",
    "show or change the description or the title of a domain",
    """
    @domain
    --live  of the running domain
    --config  of the definition
    --current  of the domain as it is now
    --title  the title instead of the description
    --edit  in an editor
    [new-desc...]  the new text
    """,
)
def desc(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    kind = DomainMetadataType.TITLE if args.flag("title") else DomainMetadataType.DESCRIPTION
    edit_note(shell, args, dom, kind, flags)


def edit_note(
    shell: Shell,
    args: Args,
    thing: DomainRef | NetworkRef,
    kind: DomainMetadataType | NetworkMetadataType,
    flags: int,
) -> None:
    """Show, set or edit the title or the description of a domain or a network."""
    family, word = _family(kind), kind.name.lower()
    text: str | None = args.joined("new-desc") if args.flag("new-desc") else None
    if text is None and not args.flag("edit"):
        known = note_of(shell, thing, kind, flags)
        if known:
            shell.out.data({word: known})
            shell.out.write(known)
        else:
            shell.out.note(f"No {word} for {family}: {thing.name}", "", **{word: None})
        return
    if args.flag("edit"):
        before = note_of(shell, thing, kind, flags) if text is None else text
        text = edit_text(before, ".txt").rstrip("\n")
        if text == before:
            shell.out.note(f"{family.capitalize()} {word} not changed")
            return
    with shell.failing(f"Failed to set new {family} {word}"):
        shell.call(f"{family}_set_metadata", thing, int(kind), text, None, None, flags)
    shell.out.note(f"{family.capitalize()} {word} updated successfully", "")


def note_of(
    shell: Shell, thing: DomainRef | NetworkRef, kind: DomainMetadataType | NetworkMetadataType, flags: int
) -> str:
    """The title or the description of a domain or a network, empty if it has none."""
    family = _family(kind)
    try:
        return str(shell.call(f"{family}_get_metadata", thing, int(kind), None, flags))
    except ManorError as failure:
        if failure.code in _NO_METADATA:
            return ""
        # A daemon older than the question still has the document.
        if failure.code not in (ErrorNumber.NO_SUPPORT, ErrorNumber.RPC):
            raise
    inactive = int(DomainXMLFlags.INACTIVE if family == "domain" else NetworkXMLFlags.INACTIVE)
    wanted = inactive if flags & DomainModificationImpact.CONFIG else 0
    document = shell.call(f"{family}_get_xml_desc", thing, wanted)
    return parse(document, f"({family})").value(kind.name.lower()) or ""


def _family(kind: DomainMetadataType | NetworkMetadataType) -> str:
    return "domain" if isinstance(kind, DomainMetadataType) else "network"


@command(
    "metadata",
    "show or change a domain's metadata of an application",
    """
    @domain
    <uri>  namespace of the metadata
    --live  of the running domain
    --config  of the definition
    --current  of the domain as it is now
    --edit  in an editor
    --key STRING  prefix that stands for the namespace
    --set STRING  the new XML
    --remove  remove it
    """,
)
def metadata(shell: Shell, args: Args) -> None:
    args.exclusive("edit", "set")
    args.exclusive("remove", "set")
    args.exclusive("remove", "edit")
    flags = affect(args)
    dom = lookup.domain(shell, args)
    edit_metadata(shell, args, dom, DomainMetadataType.ELEMENT, flags)


def edit_metadata(
    shell: Shell,
    args: Args,
    thing: DomainRef | NetworkRef,
    kind: DomainMetadataType | NetworkMetadataType,
    flags: int,
) -> None:
    """Show, set, edit or remove the metadata of a domain or a network."""
    family = _family(kind)
    uri, key, new = args.required("uri"), args.text("key"), args.text("set")

    def fetch() -> str:
        return str(shell.call(f"{family}_get_metadata", thing, int(kind), uri, flags))

    def change(text: str | None) -> None:
        shell.call(f"{family}_set_metadata", thing, int(kind), text, key, uri, flags)

    if args.any("set", "edit") and key is None:
        raise CommandFailed("namespace key is required when modifying metadata")
    if args.flag("edit"):
        changed = edit_document(shell, lambda: _or_nothing(fetch), change)
        shell.out.note("Metadata modified" if changed else "Metadata not changed")
    elif new is not None:
        change(new)
        shell.out.note("Metadata modified")
    elif args.flag("remove"):
        change(None)
        shell.out.note("Metadata removed")
    else:
        text = fetch()
        shell.out.value(text, metadata=text)


def _or_nothing(fetch: Callable[[], str]) -> str:
    try:
        return fetch()
    except ManorError as failure:
        if failure.code not in _NO_METADATA:
            raise
        return "\n"


@command(
    "domxml-from-native",
    "turn another program's configuration into domain XML",
    """
    <format>{native}  the format of the configuration
    <config>{file}  file with the configuration
    """,
)
def domxml_from_native(shell: Shell, args: Args) -> None:
    native, path = args.required("format"), args.required("config")
    document = shell.call("connect_domain_xml_from_native", native, read_text(path), 0)
    shell.out.xml(document)


@command(
    "domxml-to-native",
    "turn domain XML into another program's configuration",
    """
    <format>{native}  the format wanted
    --domain=STRING{domain}  a defined domain
    --xml STRING{file}  file with domain XML
    """,
)
def domxml_to_native(shell: Shell, args: Args) -> None:
    args.exclusive("domain", "xml")
    native, path = args.required("format"), args.text("xml")
    if path is not None:
        document = read_text(path)
    elif args.flag("domain"):
        document = shell.call("domain_get_xml_desc", lookup.domain(shell, args), 0)
    else:
        raise CommandFailed("need either domain or domain XML")
    result = shell.call("connect_domain_xml_to_native", native, document, 0)
    shell.out.data({"config": result})
    shell.out.write(result)
