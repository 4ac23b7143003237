# SPDX-License-Identifier: Apache-2.0
"""Putting a host interface into a bridge, and taking it out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.xml import Element, parse
from manor.constants import InterfaceXMLFlags
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import InterfaceRef

OWN_ELEMENTS = ("mac", "bond", "vlan", "ethernet")
"""The children that belong to the device itself; all others go with its addresses to the bridge."""


@command(
    "iface-bridge",
    "make a bridge and put a host interface into it",
    """
    <interface>{iface}  name of the interface
    <bridge>  name of the new bridge
    --no-stp  without the spanning tree protocol
    --delay NUMBER  seconds to wait before a new port forwards
    --no-start  do not start it yet
    """,
)
def iface_bridge(shell: Shell, args: Args) -> None:
    interface = lookup.interface(shell, args)
    name = args.required("bridge")
    if _exists(shell, name):
        raise CommandFailed(f"Network device {name} already exists")
    stp, delay = "off" if args.flag("no-stp") else "on", args.unsigned("delay") or 0
    outer = _definition(shell, interface)
    kind = outer.get("type")
    if kind is None:
        raise CommandFailed(f"Existing device {interface.name} has no type")
    if kind == "bridge":
        raise CommandFailed(f"Existing device {interface.name} is already a bridge")
    _wrap(outer, name, interface.name, kind, {"stp": stp, "delay": str(delay)})
    with shell.failing(f"Failed to define new bridge interface {name}"):
        bridge: InterfaceRef = shell.call("interface_define_xml", outer.format(), 0)
    shell.out.note(f"Created bridge {name} with attached device {interface.name}")
    if not args.flag("no-start"):
        with shell.failing(f"Failed to start bridge interface {name}"):
            shell.call("interface_create", bridge, 0)
        shell.out.note(f"Bridge interface {name} started")


def _wrap(outer: Element, bridge_name: str, name: str, kind: str, attributes: dict[str, str]) -> None:
    """Turn the definition of a device into that of a bridge around it."""
    inner = Element("interface", {"type": kind, "name": name})
    for child in list(outer.elements()):
        if child.name in OWN_ELEMENTS:
            outer.remove(child)
            inner.append(child)
    outer.set("type", "bridge")
    outer.set("name", bridge_name)
    outer.append(Element("bridge", attributes)).append(inner)


def _exists(shell: Shell, name: str) -> bool:
    try:
        shell.call("interface_lookup_by_name", name)
    except ManorError as failure:
        shell.debug(1, failure.message)
        return False
    return True


def _definition(shell: Shell, interface: InterfaceRef) -> Element:
    document = shell.call("interface_get_xml_desc", interface, int(InterfaceXMLFlags.INACTIVE))
    return parse(document, "(interface definition)")


@command(
    "iface-unbridge",
    "take the host interface out of a bridge and remove the bridge",
    """
    <bridge>{iface}  name of the bridge
    --no-start  do not start the interface yet
    """,
)
def iface_unbridge(shell: Shell, args: Args) -> None:
    name = args.required("bridge")
    with shell.failing(f"failed to get interface '{name}'"):
        bridge: InterfaceRef = shell.call("interface_lookup_by_name", name)
    outer = _definition(shell, bridge)
    inner_name = _unwrap(outer, name)
    document = outer.format()
    if shell.call("interface_is_active", bridge):
        with shell.failing(f"Failed to destroy bridge interface {name}"):
            shell.call("interface_destroy", bridge, 0)
    with shell.failing(f"Failed to undefine bridge interface {name}"):
        shell.call("interface_undefine", bridge)
    with shell.failing(f"Failed to define new interface {inner_name}"):
        interface: InterfaceRef = shell.call("interface_define_xml", document, 0)
    shell.out.note(f"Device {inner_name} un-attached from bridge {name}")
    if not args.flag("no-start"):
        with shell.failing(f"Failed to start interface {inner_name}"):
            shell.call("interface_create", interface, 0)
        shell.out.note(f"Interface {inner_name} started")


def _unwrap(outer: Element, name: str) -> str:
    """Turn the definition of a bridge into that of the one device in it; returns the device's name."""
    if outer.get("type") != "bridge":
        raise CommandFailed(f"Device {name} is not a bridge")
    bridge = outer.find("bridge")
    if bridge is None:
        raise CommandFailed("No bridge node in xml document")
    members = list(bridge.elements("interface"))
    if not members:
        raise CommandFailed("No interface attached to bridge")
    if len(members) > 1:
        raise CommandFailed("Multiple interfaces attached to bridge")
    inner = members[0]
    inner_name, kind = inner.get("name"), inner.get("type")
    if inner_name is None:
        raise CommandFailed(f"Device attached to bridge {name} has no name")
    if kind is None:
        raise CommandFailed(f"Attached device {inner_name} has no type")
    outer.set("type", kind)
    outer.set("name", inner_name)
    outer.remove(bridge)
    for child in list(inner.elements()):
        outer.append(child)
    return inner_name
