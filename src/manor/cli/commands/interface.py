# SPDX-License-Identifier: Apache-2.0
"""Network interfaces of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import act, bits, read_text
from manor.cli.document import print_document
from manor.cli.editor import edit_document
from manor.cli.model import command
from manor.constants import ConnectListAllInterfacesFlags, InterfaceDefineFlags, InterfaceXMLFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import InterfaceRef

INTERFACE = "<interface>{iface}  interface name or MAC address"

for _name, _summary, _operation, _verb, _arguments in (
    ("iface-start", "start a host interface (as ifup does)", "interface_create", "start", (0,)),
    ("iface-destroy", "stop a host interface (as ifdown does)", "interface_destroy", "destroy", (0,)),
    ("iface-undefine", "remove the configuration of a host interface", "interface_undefine", "undefine", ()),
):
    act(
        _name,
        _summary,
        INTERFACE,
        lookup.interface,
        _operation,
        label="interface",
        failed=f"Failed to {_verb} interface {{}}",
        done=f"Interface {{}} {_verb.removesuffix('e')}ed",
        arguments=_arguments,
    )


@command("iface-begin", "note the configuration of all host interfaces, to come back to")
def iface_begin(shell: Shell, args: Args) -> None:
    with shell.failing("Failed to begin network config change transaction"):
        shell.call("interface_change_begin", 0)
    shell.out.note("Network config change transaction started")


@command("iface-commit", "keep what was changed since iface-begin")
def iface_commit(shell: Shell, args: Args) -> None:
    with shell.failing("Failed to commit network config change transaction"):
        shell.call("interface_change_commit", 0)
    shell.out.note("Network config change transaction committed")


@command("iface-rollback", "take back what was changed since iface-begin")
def iface_rollback(shell: Shell, args: Args) -> None:
    with shell.failing("Failed to rollback network config change transaction"):
        shell.call("interface_change_rollback", 0)
    shell.out.note("Network config change transaction rolled back")


@command(
    "iface-define",
    "configure a host interface described in a file",
    """
    <file>{file}  XML description of the interface
    --validate  check the description against the schema
    """,
)
def iface_define(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    flags = bits(args, {"validate": InterfaceDefineFlags.VALIDATE})
    with shell.failing(f"Failed to define interface from {path}"):
        made: InterfaceRef = shell.call("interface_define_xml", document, flags)
    shell.out.note(f"Interface {made.name} defined from {path}", name=made.name, mac=made.mac)


@command(
    "iface-dumpxml",
    "print the XML of a host interface",
    """
    <interface>{iface}  interface name or MAC address
    --inactive  as configured, rather than as it is now
    @xpath
    """,
)
def iface_dumpxml(shell: Shell, args: Args) -> None:
    interface = lookup.interface(shell, args)
    flags = bits(args, {"inactive": InterfaceXMLFlags.INACTIVE})
    print_document(shell, args, shell.call("interface_get_xml_desc", interface, flags), "(interface)")


@command("iface-edit", "edit the configuration of a host interface", INTERFACE)
def iface_edit(shell: Shell, args: Args) -> None:
    interface = lookup.interface(shell, args)
    flags = int(InterfaceXMLFlags.INACTIVE)
    changed = edit_document(
        shell,
        lambda: str(shell.call("interface_get_xml_desc", interface, flags)),
        lambda document: shell.call("interface_define_xml", document, 0),
    )
    result = "edited" if changed else "not changed"
    shell.out.note(f"Interface {interface.name} XML configuration {result}.", changed=changed)


@command(
    "iface-list",
    "list host interfaces",
    """
    --inactive  those that are down
    --all  those that are up and those that are down
    """,
)
def iface_list(shell: Shell, args: Args) -> None:
    flags = ConnectListAllInterfacesFlags(0)
    if args.any("inactive", "all"):
        flags |= ConnectListAllInterfacesFlags.INACTIVE
    if args.flag("all") or not args.flag("inactive"):
        flags |= ConnectListAllInterfacesFlags.ACTIVE
    with shell.failing("Failed to list interfaces"):
        interfaces: list[InterfaceRef] = shell.call("connect_list_all_interfaces", int(flags))
    interfaces.sort(key=lambda interface: interface.name.lower())
    rows, records = [], []
    for interface in interfaces:
        active = bool(shell.call("interface_is_active", interface))
        rows.append([interface.name, "active" if active else "inactive", interface.mac])
        records.append({"name": interface.name, "active": active, "mac": interface.mac})
    shell.out.table(("Name", "State", "MAC Address"), rows, records)


@command("iface-mac", "print the MAC address of a host interface", "<interface>{iface}  interface name")
def iface_mac(shell: Shell, args: Args) -> None:
    interface = lookup.interface(shell, args, kinds=(lookup.NAME,))
    shell.out.value(interface.mac, mac=interface.mac)


@command("iface-name", "print the name of a host interface", "<interface>{iface-mac}  MAC address of the interface")
def iface_name(shell: Shell, args: Args) -> None:
    interface = lookup.interface(shell, args, kinds=(lookup.MAC,))
    shell.out.value(interface.name, name=interface.name)
