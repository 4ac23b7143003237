# SPDX-License-Identifier: Apache-2.0
"""Attaching and detaching disks, and changing the media of drives."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.commands.devices import change, check_impact, impact
from manor.cli.common import CONFIG, affect, bits
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.xml import Element, Tag, Text, parse
from manor.constants import DomainDeviceModifyFlags, DomainXMLFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef

MODES = ("readonly", "shareable")
SOURCE_TYPES = ("file", "block", "network")

ADDRESS_RULES = {
    "sd": (("scsi", "usb", "sata"), "expecting a scsi:00.00.00 or usb:00.00 or sata:00.00.00 address."),
    "hd": (("ide",), "expecting an ide:00.00.00 address."),
}
"""What address a disk may have, by the beginning of its target."""

OTHER_ADDRESSES = (("pci", "ccw"), "expecting a pci:0000.00.00.00 or ccw:00.0.0000 address.")


@command(
    "attach-disk",
    "attach a disk described by options",
    """
    @domain
    <source>?{file}  file or device with its data, or its name at the other end of a network
    <target>  device name it shall have
    --targetbus STRING{disk-bus}  bus it shall be on
    --driver STRING  driver of the hypervisor
    --subdriver STRING{volume-format}  format of the data
    --iothread STRING  number of an I/O thread
    --cache STRING{disk-cache}  how writes are cached
    --io STRING{disk-io}  how reads and writes are done
    --type STRING{disk-type}  disk, cdrom, floppy or lun
    --mode STRING{disk-mode}  readonly or shareable
    --shareable -> mode=shareable
    --sourcetype STRING{disk-source}  file, block or network
    --serial STRING  its serial number
    --wwn STRING  its world wide name
    --alias STRING  its alias
    --rawio  let it send raw commands
    --address STRING  its address, such as pci:0000.00.11.0 or scsi:0.0.1
    --multifunction  make the PCI device multifunction
    --print-xml  print the XML, and do nothing
    --source-protocol STRING  protocol of the network
    --source-host-name STRING  host at the other end, with :port if need be
    --source-host-transport STRING  tcp, unix or rdma
    --source-host-socket STRING  socket of the host
    @persistent-affect
    --throttle-groups STRING  throttle groups it belongs to, with commas between them
    """,
)
def attach_disk(shell: Shell, args: Args) -> None:
    check_impact(args)
    for option in ("source-host-name", "source-host-transport", "source-host-socket"):
        args.requires(option, "source-protocol")
    document = disk_tag(args).format()
    if args.flag("print-xml"):
        shell.out.xml(document)
        return
    dom = lookup.domain(shell, args)
    flags = impact(shell, args, dom)
    with shell.failing("Failed to attach disk"):
        change(shell, args, dom, "attach", document, flags)
    shell.out.note("Disk attached successfully")


def disk_tag(args: Args) -> Tag:
    """The XML of a disk that options describe. Raises CommandFailed."""
    mode, target = args.text("mode"), args.required("target")
    if mode not in (None, *MODES):
        raise CommandFailed(f"No support for {mode} in command 'attach-disk'")
    kind = _source_type(args)
    disk = Tag("disk", type=kind, device=args.text("type"), rawio="yes" if args.flag("rawio") else None)
    driver = Tag(
        "driver",
        name=args.text("driver"),
        type=args.text("subdriver"),
        iothread=args.text("iothread"),
        cache=args.text("cache"),
        io=args.text("io"),
    )
    disk.extend(None if driver.empty else driver, _source(args, kind))
    disk.add("target", dev=target, bus=args.text("targetbus"))
    if mode is not None:
        disk.add(mode)
    if args.flag("serial"):
        disk.add("serial", args.text("serial"))
    if args.flag("alias"):
        disk.add("alias", name=args.text("alias"))
    if args.flag("wwn"):
        disk.add("wwn", args.text("wwn"))
    groups = args.text("throttle-groups")
    if groups is not None:
        disk.add("throttlefilters").extend(*(Tag("throttlefilter", group=name) for name in groups.split(",")))
    address = args.text("address")
    if address is not None:
        disk.extend(address_tag(address, target, multifunction=args.flag("multifunction")))
    return disk


def _source_type(args: Args) -> str:
    kind = args.text("sourcetype")
    if kind is not None and kind not in SOURCE_TYPES:
        raise CommandFailed(f"Unknown source type: '{kind}'")
    if kind is None and args.flag("source-protocol"):
        return "network"
    if (kind == "network") != args.flag("source-protocol"):
        raise CommandFailed("--source-protocol option requires --sourcetype network")
    if kind is not None:
        return kind
    try:
        mode = os.stat(args.required("source")).st_mode  # noqa: PTH116 - an empty path is allowed here
    except OSError:
        return "file"
    return "block" if stat.S_ISBLK(mode) else "file"


def _source(args: Args, kind: str) -> Tag:
    source = args.required("source")
    if kind != "network":
        return Tag("source", **{"dev" if kind == "block" else "file": source})
    tag = Tag("source", protocol=args.text("source-protocol"), name=source)
    name, colon, port = (args.text("source-host-name") or "").partition(":")
    host = Tag(
        "host",
        transport=args.text("source-host-transport"),
        socket=args.text("source-host-socket"),
        name=name or None,
        port=port if colon else None,
    )
    return tag.extend(None if host.empty else host)


def address_tag(text: str, target: str, *, multifunction: bool) -> Tag:
    """The <address> of a disk: `pci:0000.00.11.0`, `ccw:fe.0.0000`, `usb:0.1`, `scsi:0.0.1`, `ide:`, `sata:`."""
    kind, _, rest = text.partition(":")
    parts = rest.split(".")
    base = 16 if kind in ("pci", "ccw") else 10
    least = {"pci": 4, "ccw": 3, "usb": 2, "scsi": 3, "ide": 3, "sata": 3}.get(kind)
    try:
        numbers = [int(part, base) for part in parts[:least]]
    except ValueError:
        raise CommandFailed("Invalid address.") from None
    if least is None or len(numbers) < least or min(numbers) < 0:
        raise CommandFailed("Invalid address.")
    allowed, complaint = ADDRESS_RULES.get(target[:2], OTHER_ADDRESSES)
    if kind not in allowed:
        raise CommandFailed(complaint)
    if kind == "pci":
        return pci_tag(numbers, multifunction=multifunction)
    if kind == "ccw":
        cssid, ssid, devno = numbers
        return Tag("address", type="ccw", cssid=f"0x{cssid:02x}", ssid=f"0x{ssid:01x}", devno=f"0x{devno:04x}")
    if kind == "usb":
        return Tag("address", type="usb", bus=numbers[0], port=numbers[1])
    return Tag("address", type="drive", controller=numbers[0], bus=numbers[1], unit=numbers[2])


def pci_tag(numbers: list[int], *, multifunction: bool = False) -> Tag:
    """The <address> of domain, bus, slot and function."""
    domain, bus, slot, function = numbers
    return Tag(
        "address",
        type="pci",
        domain=f"0x{domain:04x}",
        bus=f"0x{bus:02x}",
        slot=f"0x{slot:02x}",
        function=f"0x{function:x}",
        multifunction="on" if multifunction else None,
    )


def domain_document(shell: Shell, dom: DomainRef, flags: int) -> Element:
    """The XML that a change with these flags is about."""
    wanted = DomainXMLFlags.INACTIVE if flags & CONFIG else DomainXMLFlags(0)
    return parse(shell.call("domain_get_xml_desc", dom, int(wanted)), "(domain_definition)")


def find_disk(document: Element, path: str, *, changeable: bool = False) -> Element:
    """The disk with that target, source or (if `changeable`) drive. Raises CommandFailed."""
    for disk in document.findall("devices/disk"):
        if changeable and disk.get("device") not in ("cdrom", "floppy"):
            continue
        source = disk.find("source")
        values = [] if source is None else [source.get(name) for name in ("file", "dev", "dir", "name")]
        if path in (disk.value("target/@dev"), *values):
            return disk
    raise CommandFailed(f"No disk found whose source path or target is {path}")


@command(
    "detach-disk",
    "detach a disk",
    """
    @domain
    <target>{disk}  device name of the disk
    @persistent-affect
    --print-xml  print the XML, and do nothing
    """,
)
def detach_disk(shell: Shell, args: Args) -> None:
    check_impact(args)
    dom = lookup.domain(shell, args)
    flags = impact(shell, args, dom)
    document = find_disk(domain_document(shell, dom, flags), args.required("target")).format()
    if args.flag("print-xml"):
        shell.out.xml(document)
        return
    with shell.failing("Failed to detach disk"):
        change(shell, args, dom, "detach", document, flags)
    shell.out.note("Disk detached successfully")


@command(
    "change-media",
    "insert, eject or change the media of a CD or floppy drive",
    """
    @domain
    <path>{disk}  target or source of the drive
    --source STRING{file}  the new media
    --eject  take the media out
    --insert  put media into an empty drive
    --update  change the media
    --current  in the domain as it is now
    --live  in the running domain
    --config  in the definition
    --force  even if the guest holds it
    --print-xml  print the XML, and do nothing
    --block  the new media is a block device
    """,
)
def change_media(shell: Shell, args: Args) -> None:
    args.exclusive("eject", "insert")
    args.exclusive("eject", "update")
    args.exclusive("insert", "update")
    args.exclusive("eject", "block")
    flags = affect(args)
    source = args.text("source")
    action = "eject" if args.flag("eject") else "insert" if args.flag("insert") else "update"
    # An update to nothing takes the media out, if that is what was asked for in so many words.
    if source is None and args.flag("update"):
        action = "eject"
    dom = lookup.domain(shell, args)
    path = args.required("path")
    wanted = DomainXMLFlags.INACTIVE if flags & CONFIG else DomainXMLFlags(0)
    document = parse(shell.call("domain_get_xml_desc", dom, int(wanted)), "(domain_definition)")
    disk = find_disk(document, path, changeable=True)
    _change_source(disk, path, action, source, block=args.flag("block"))
    text = disk.format()
    if args.flag("print-xml"):
        shell.out.xml(text)
        return
    flags |= bits(args, {"force": DomainDeviceModifyFlags.FORCE})
    with shell.failing(f"Failed to complete action {action} on media"):
        shell.call("domain_update_device_flags", dom, text, int(flags))
    done = {"eject": "ejected", "insert": "inserted", "update": "updated"}[action]
    shell.out.note(f"Successfully {done} media.", "")


def _change_source(disk: Element, path: str, action: str, source: str | None, *, block: bool) -> None:
    """Take the media out of a <disk>, or put another in; blanks stay as they are."""
    present = disk.find("source")
    inserted = present is not None and any(present.get(name) is not None for name in ("file", "dev", "dir", "name"))
    if action == "eject" and not inserted:
        raise CommandFailed(f"The disk device '{path}' doesn't have media")
    if action == "insert" and inserted:
        raise CommandFailed(f"The disk device '{path}' already has media")
    if action != "eject" and source is None:
        raise CommandFailed("New disk media source was not specified")
    for name in ("source", "backingStore"):
        for element in list(disk.elements(name)):
            disk.children.remove(element)
    if source is None or action == "eject":
        return
    disk.set("type", "block" if block else "file")
    made = Element("source", {"dev" if block else "file": source}, disk)
    policy = None if present is None else present.get("startupPolicy")
    if policy is not None:
        made.set("startupPolicy", policy)
    place = next(
        index for index, child in enumerate(disk.children) if isinstance(child, Element) and child.name == "target"
    )
    before = disk.children[place - 1]
    blanks = [Text(before.value, disk, before.order)] if isinstance(before, Text) else []
    disk.children[place:place] = [made, *blanks]
