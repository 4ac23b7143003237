# SPDX-License-Identifier: Apache-2.0
"""Network filters and their bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import act, read_text
from manor.cli.document import print_document
from manor.cli.editor import edit_document
from manor.cli.lookup import uuid_text
from manor.cli.model import command
from manor.constants import NWFilterBindingCreateFlags, NWFilterDefineFlags
from manor.errors import ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import NwfilterBindingRef, NwfilterRef


@command(
    "nwfilter-define",
    "define a network filter described in a file, or change its definition",
    """
    <file>{file}  XML description of the filter
    --validate  check the description against the schema
    """,
)
def nwfilter_define(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    with shell.failing(f"Failed to define network filter from {path}"):
        made: NwfilterRef = (
            shell.call("nwfilter_define_xml_flags", document, int(NWFilterDefineFlags.VALIDATE))
            if args.flag("validate")
            else shell.call("nwfilter_define_xml", document)
        )
    shell.out.note(f"Network filter {made.name} defined from {path}", name=made.name, uuid=uuid_text(made.uuid))


act(
    "nwfilter-undefine",
    "remove a network filter",
    "<nwfilter>{nwfilter}  network filter name or UUID",
    lookup.nwfilter,
    "nwfilter_undefine",
    label="nwfilter",
    failed="Failed to undefine network filter {}",
    done="Network filter {} undefined",
)
act(
    "nwfilter-binding-delete",
    "delete a network filter binding",
    "<binding>{nwfilter-binding}  port device of the binding",
    lookup.nwfilter_binding,
    "nwfilter_binding_delete",
    label="binding",
    failed="Failed to delete network filter binding on {}",
    done="Network filter binding on {} deleted",
)


@command(
    "nwfilter-dumpxml",
    "print the XML of a network filter",
    """
    <nwfilter>{nwfilter}  network filter name or UUID
    @xpath
    """,
)
def nwfilter_dumpxml(shell: Shell, args: Args) -> None:
    nwfilter = lookup.nwfilter(shell, args)
    print_document(shell, args, shell.call("nwfilter_get_xml_desc", nwfilter, 0), "(nwfilter)")


@command("nwfilter-edit", "edit a network filter", "<nwfilter>{nwfilter}  network filter name or UUID")
def nwfilter_edit(shell: Shell, args: Args) -> None:
    nwfilter = lookup.nwfilter(shell, args)
    changed = edit_document(
        shell,
        lambda: str(shell.call("nwfilter_get_xml_desc", nwfilter, 0)),
        lambda document: shell.call("nwfilter_define_xml", document),
    )
    result = "edited" if changed else "not changed"
    shell.out.note(f"Network filter {nwfilter.name} XML configuration {result}.", changed=changed)


@command("nwfilter-list", "list network filters")
def nwfilter_list(shell: Shell, args: Args) -> None:
    try:
        filters: list[NwfilterRef] = shell.call("connect_list_all_nwfilters", 0)
    except ManorError as failure:
        if failure.code != ErrorNumber.NO_SUPPORT:
            shell.error("Failed to list network filters")
            raise
        filters = _filters_of_old(shell)
    filters.sort(key=lambda known: known.name.lower())
    rows = [[uuid_text(known.uuid), known.name] for known in filters]
    shell.out.table(("UUID", "Name"), rows)


def _filters_of_old(shell: Shell) -> list[NwfilterRef]:
    """The filters of a driver that can only list their names."""
    with shell.failing("Failed to count network filters"):
        shell.call("connect_num_of_nwfilters")
    with shell.failing("Failed to list network filters"):
        names = shell.call("connect_list_nwfilters")
    return [shell.call("nwfilter_lookup_by_name", name) for name in names]


@command(
    "nwfilter-binding-create",
    "create a network filter binding described in a file",
    """
    <file>{file}  XML description of the binding
    --validate  check the description against the schema
    """,
)
def nwfilter_binding_create(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    flags = NWFilterBindingCreateFlags.VALIDATE if args.flag("validate") else NWFilterBindingCreateFlags(0)
    with shell.failing(f"Failed to create network filter from {path}"):
        made: NwfilterBindingRef = shell.call("nwfilter_binding_create_xml", document, int(flags))
    shell.out.note(f"Network filter binding on {made.portdev} created from {path}", port_dev=made.portdev)


@command(
    "nwfilter-binding-dumpxml",
    "print the XML of a network filter binding",
    """
    <binding>{nwfilter-binding}  port device of the binding
    @xpath
    """,
)
def nwfilter_binding_dumpxml(shell: Shell, args: Args) -> None:
    binding = lookup.nwfilter_binding(shell, args)
    print_document(shell, args, shell.call("nwfilter_binding_get_xml_desc", binding, 0), "(nwfilter-binding)")


@command("nwfilter-binding-list", "list network filter bindings")
def nwfilter_binding_list(shell: Shell, args: Args) -> None:
    with shell.failing("Failed to list network filter bindings"):
        bindings: list[NwfilterBindingRef] = shell.call("connect_list_all_nwfilter_bindings", 0)
    bindings.sort(key=lambda known: known.portdev.lower())
    shell.out.table(("Port Dev", "Filter"), [[known.portdev, known.filtername] for known in bindings])
