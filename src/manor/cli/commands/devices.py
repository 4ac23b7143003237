# SPDX-License-Identifier: Apache-2.0
"""Attaching, detaching and updating devices described in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import CONFIG, LIVE, affect, read_text
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.xml import Element, Text, parse
from manor.constants import DomainDeviceModifyFlags, DomainXMLFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef

UNIT_OF_REQUEST = "KiB"


def impact(shell: Shell, args: Args, dom: DomainRef) -> int:
    """The virDomainModificationImpact of a device command.

    --persistent means the definition, and the running domain if there is one.
    """
    check_impact(args)
    flags = affect(args)
    if args.flag("persistent"):
        flags |= CONFIG | (LIVE if shell.call("domain_is_active", dom) else 0)
    return flags


def check_impact(args: Args) -> None:
    """Complain about --current beside what says otherwise."""
    args.exclusive("persistent", "current")
    args.exclusive("current", "live")
    args.exclusive("current", "config")


def change(shell: Shell, args: Args, dom: DomainRef, verb: str, document: str, flags: int) -> None:
    """Attach or detach (`verb`) a device, by the older call where nothing is said of what it shall affect."""
    if flags or args.flag("current"):
        shell.call(f"domain_{verb}_device_flags", dom, document, flags)
    else:
        shell.call(f"domain_{verb}_device", dom, document)


@command(
    "attach-device",
    "attach a device described in a file",
    """
    @domain
    <file>{file}  XML of the device
    @persistent-affect
    """,
)
def attach_device(shell: Shell, args: Args) -> None:
    _from_file(shell, args, "attach")


@command(
    "detach-device",
    "detach a device described in a file",
    """
    @domain
    <file>{file}  XML of the device
    @persistent-affect
    """,
)
def detach_device(shell: Shell, args: Args) -> None:
    _from_file(shell, args, "detach")


def _from_file(shell: Shell, args: Args, verb: str) -> None:
    check_impact(args)
    dom = lookup.domain(shell, args)
    path = args.required("file")
    flags = impact(shell, args, dom)
    document = read_text(path)
    with shell.failing(f"Failed to {verb} device from {path}"):
        change(shell, args, dom, verb, document, flags)
    shell.out.note(f"Device {verb}ed successfully")


@command(
    "update-device",
    "change a device as described in a file",
    """
    @domain
    <file>{file}  XML of the device as it shall be
    @persistent-affect
    --force  even if the guest holds it
    """,
)
def update_device(shell: Shell, args: Args) -> None:
    check_impact(args)
    dom = lookup.domain(shell, args)
    path = args.required("file")
    flags = impact(shell, args, dom)
    document = read_text(path)
    if args.flag("force"):
        flags |= DomainDeviceModifyFlags.FORCE
    with shell.failing(f"Failed to update device from {path}"):
        shell.call("domain_update_device_flags", dom, document, int(flags))
    shell.out.note("Device updated successfully")


@command(
    "detach-device-alias",
    "detach a device by its alias",
    """
    @domain
    <alias>{device-alias}  alias of the device
    @affect
    """,
)
def detach_device_alias(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    alias = args.required("alias")
    with shell.failing(f"Failed to detach device with alias {alias}"):
        shell.call("domain_detach_device_alias", dom, alias, flags)
    shell.out.note("Device detach request sent successfully", "")


@command(
    "update-memory-device",
    "change the size of a memory device",
    """
    @domain
    @affect
    --print-xml  print the XML, and do nothing
    --alias STRING{device-alias}  alias of the device
    --node NUMBER  guest NUMA node of the device
    --requested-size NUMBER  new size, in KiB or with a unit
    """,
)
def update_memory_device(shell: Shell, args: Args) -> None:
    args.exclusive("node", "alias")
    flags = affect(args)
    dom = lookup.domain(shell, args)
    document = shell.call("domain_get_xml_desc", dom, int(DomainXMLFlags.INACTIVE if flags & 2 else 0))
    device = _memory_device(args, parse(document, "(domain_definition)").findall("devices/memory"))
    size = args.size("requested-size", 1024)
    if size is not None:
        _request(device, size // 1024)
    text = device.format()
    if args.flag("print-xml"):
        shell.out.xml(text)
        return
    shell.call("domain_update_device_flags", dom, text, flags)


def _memory_device(args: Args, devices: list[Element]) -> Element:
    alias, node = args.text("alias"), args.unsigned("node")
    if alias is not None:
        devices = [device for device in devices if device.value("alias/@name") == alias]
    elif node is not None:
        devices = [device for device in devices if device.value("target/node") == str(node)]
    if not devices:
        raise CommandFailed("no memory device found")
    if len(devices) > 1:
        raise CommandFailed("multiple memory devices found, use --alias or --node to select one")
    return devices[0]


def _request(device: Element, kib: int) -> None:
    requested = device.find("target/requested")
    if requested is None:
        raise CommandFailed("virtio-mem device is missing <requested/>")
    requested.set("unit", UNIT_OF_REQUEST)
    requested.children = [Text(str(kib), requested, requested.order)]
