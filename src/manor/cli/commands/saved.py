# SPDX-License-Identifier: Apache-2.0
"""The XML inside saved states of domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import absolute, bits, read_text
from manor.cli.document import print_document
from manor.cli.editor import edit_document
from manor.cli.model import command
from manor.constants import DomainSaveImageXMLFlags, DomainSaveRestoreFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell

STATE_FLAGS = {"running": DomainSaveRestoreFlags.RUNNING, "paused": DomainSaveRestoreFlags.PAUSED}
DUMP_FLAGS = {"security-info": DomainSaveImageXMLFlags.SECURE}


def _state_flags(args: Args) -> int:
    args.exclusive("running", "paused")
    return bits(args, STATE_FLAGS)


@command(
    "save-image-define",
    "change the XML inside a file a domain was saved to",
    """
    <file>{file}  the file
    <xml>{file}  file with the new XML
    --running  let the domain run after the restore
    --paused  leave the domain paused after the restore
    """,
)
def save_image_define(shell: Shell, args: Args) -> None:
    flags = _state_flags(args)
    path = args.required("file")
    document = read_text(args.required("xml"))
    with shell.failing(f"Failed to update {path}"):
        shell.call("domain_save_image_define_xml", absolute(path), document, flags)
    shell.out.note(f"State file {path} updated.")


@command(
    "save-image-dumpxml",
    "print the XML inside a file a domain was saved to",
    """
    <file>{file}  the file
    --security-info  passwords included
    @xpath
    """,
)
def save_image_dumpxml(shell: Shell, args: Args) -> None:
    path = absolute(args.required("file"))
    document = shell.call("domain_save_image_get_xml_desc", path, bits(args, DUMP_FLAGS))
    print_document(shell, args, document, "(domain-save-image)")


@command(
    "save-image-edit",
    "edit the XML inside a file a domain was saved to",
    """
    <file>{file}  the file
    --running  let the domain run after the restore
    --paused  leave the domain paused after the restore
    """,
)
def save_image_edit(shell: Shell, args: Args) -> None:
    flags = _state_flags(args)
    path = args.required("file")
    changed = edit_document(
        shell,
        lambda: str(shell.call("domain_save_image_get_xml_desc", absolute(path), int(DomainSaveImageXMLFlags.SECURE))),
        lambda document: shell.call("domain_save_image_define_xml", absolute(path), document, flags),
    )
    if changed:
        shell.out.note(f"State file {path} edited.", changed=True)
    else:
        shell.out.note(f"Saved image {path} XML configuration not changed.", changed=False)


@command(
    "managedsave-define",
    "change the XML inside a domain's managed save",
    """
    @inactive
    <xml>{file}  file with the new XML
    --running  let the domain run after the start
    --paused  leave the domain paused after the start
    """,
)
def managedsave_define(shell: Shell, args: Args) -> None:
    flags = _state_flags(args)
    path = args.required("xml")
    dom = lookup.domain(shell, args)
    document = read_text(path)
    with shell.failing(f"Failed to update {path} XML configuration"):
        shell.call("domain_managed_save_define_xml", dom, document, flags)
    shell.out.note(f"Managed save state file of domain '{dom.name}' updated.")


@command(
    "managedsave-dumpxml",
    "print the XML inside a domain's managed save",
    """
    @inactive
    --security-info  passwords included
    @xpath
    """,
)
def managedsave_dumpxml(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    document = shell.call("domain_managed_save_get_xml_desc", dom, bits(args, DUMP_FLAGS))
    print_document(shell, args, document, "(domain-save-image)")


@command(
    "managedsave-edit",
    "edit the XML inside a domain's managed save",
    """
    @inactive
    --running  let the domain run after the start
    --paused  leave the domain paused after the start
    """,
)
def managedsave_edit(shell: Shell, args: Args) -> None:
    flags = _state_flags(args)
    dom = lookup.domain(shell, args)
    secure = int(DomainSaveImageXMLFlags.SECURE)
    changed = edit_document(
        shell,
        lambda: str(shell.call("domain_managed_save_get_xml_desc", dom, secure)),
        lambda document: shell.call("domain_managed_save_define_xml", dom, document, flags),
    )
    if changed:
        shell.out.note(f"Managed save image of Domain '{dom.name}' XML configuration edited.", changed=True)
    else:
        shell.out.note(f"Managed save image of domain '{dom.name}' XML configuration not changed.", changed=False)
