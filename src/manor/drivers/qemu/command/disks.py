# SPDX-License-Identifier: Apache-2.0
"""Disks: their block nodes, and the devices the guest sees. Firmware flash comes the same way."""

from __future__ import annotations

from typing import Any

from manor.constants import ErrorNumber
from manor.drivers.qemu.command import blockdev, secrets
from manor.drivers.qemu.command.blockdev import Image
from manor.drivers.qemu.command.line import (
    Build,
    Props,
    address_props,
    alias_of,
    boot_index,
    controller_of,
    escape,
    on_off,
    to_json,
    virtio_driver,
    virtio_options,
)
from manor.drivers.qemu.passes.aliases import disk_index
from manor.drivers.qemu.passes.context import error
from manor.schema.common.address import DriveAddress
from manor.schema.common.storage import BlockSource, FileSource, VhostUserSource
from manor.schema.domain.disk import Disk, DiskDriver


def flash(build: Build) -> None:
    """The firmware image and its variables, as block nodes the machine refers to."""
    os = build.document.os
    loader = os.loader if os is not None else None
    if os is None or loader is None or loader.type != "pflash" or not loader.value:
        return
    _flash_nodes(build, Image("libvirt-pflash0", FileSource(file=loader.value), "raw", bool(loader.readonly), top=True))
    nvram = os.nvram
    if nvram is not None and (nvram.source is not None or nvram.value):
        image = secrets.variable_store(build.document)
        _flash_nodes(build, image or Image("libvirt-pflash1", FileSource(file=nvram.value), "raw", False, top=True))


def _flash_nodes(build: Build, image: Image) -> None:
    secrets.image_objects(build, image)
    for node in blockdev.image_nodes(image, None, False):
        build.args += ["-blockdev", _node_json(node)]


def floppy_boot(build: Build) -> None:
    """The boot order of floppies belongs to their controller, which a PC with PCI Express has to be given."""
    places = {
        "AB"[(disk.address.unit or 0) % 2]: build.boot_order.get(id(disk))
        for disk in build.machine.devices.disks
        if disk.device == "floppy" and isinstance(disk.address, DriveAddress)
    }
    if build.machine.is_q35 and places:
        order = {f"bootindex{letter}": place for letter, place in places.items() if place is not None}
        build.device({"driver": "isa-fdc", **order})
        return
    for letter, place in places.items():
        if place is not None:
            build.option("global", f"isa-fdc.bootindex{letter}={place}")


def disks(build: Build) -> None:
    """All disks, but those that share what is below them: they get their own image first, and are plugged then."""
    for disk in build.machine.devices.disks:
        if disk.transient is not None and disk.transient.share_backing:
            continue
        if isinstance(disk.source, VhostUserSource):
            _vhost_user(build, disk, disk.source)
            continue
        if disk.bus == "sd":
            _sd_card(build, disk)
            continue
        for image, nodes in blockdev.image_stack(disk):
            secrets.image_objects(build, image)
            for node in nodes:
                build.args += ["-blockdev", _node_json(node)]
        build.device(disk_device(build, disk), disk)


def _sd_card(build: Build, disk: Disk) -> None:
    """A card in the machine's own slot, which QEMU has no device for."""
    images = blockdev.chain(disk)
    if len(images) != 1 or not isinstance(images[0].source, FileSource | BlockSource):
        raise error(ErrorNumber.CONFIG_UNSUPPORTED, "disks on the SD bus are files or devices without backing store")
    source = images[0].source
    path = source.file if isinstance(source, FileSource) else source.dev
    target = disk.target_name
    build.comma(
        "drive",
        [
            f"file={escape(path or '')}",
            f"format={images[0].format}",
            "if=sd",
            f"index={disk_index(target)}",
            "readonly=on" if images[0].read_only else None,
        ],
    )


def _node_json(node: Props) -> str:
    # A node without a node below says so with null, which to_json would drop.
    text = to_json(node)
    return text[:-1] + ',"backing":null}' if "backing" in node and node["backing"] is None else text


def _vhost_user(build: Build, disk: Disk, source: VhostUserSource) -> None:
    alias = alias_of(disk)
    reconnect = source.reconnect
    suffix = f",reconnect={reconnect.timeout}" if reconnect is not None and reconnect.enabled else ""
    build.option("chardev", f"socket,id=chr-vu-{alias},path={source.path}{suffix}")
    build.device(disk_device(build, disk), disk)


def disk_device(build: Build, disk: Disk) -> Props:
    """The `-device` of a disk."""
    driver = disk.driver or DiskDriver()
    props: Props = {"driver": _driver(build, disk)}
    props |= _virtio_queue(build, disk, driver) if disk.bus == "virtio" else {}
    props |= _place(build, disk)
    images = blockdev.chain(disk)
    if isinstance(disk.source, VhostUserSource):
        props["chardev"] = f"chr-vu-{alias_of(disk)}"
    elif images:
        props["drive"] = images[0].format_node
    props["id"] = alias_of(disk)
    if disk.device != "floppy":
        props |= boot_index(build, disk)
    props |= _sizes_and_policies(build, disk, driver)
    return {name: value for name, value in props.items() if value is not None}


def _driver(build: Build, disk: Disk) -> str:
    bus = disk.bus or ""
    optical = disk.device == "cdrom"
    match bus:
        case "ide" | "sata":
            return "ide-cd" if optical else "ide-hd"
        case "scsi":
            if disk.device == "lun":
                return "scsi-block"
            return "scsi-cd" if optical else "scsi-hd"
        case "virtio":
            base = "vhost-user-blk" if isinstance(disk.source, VhostUserSource) else "virtio-blk"
            return virtio_driver(base, disk.model, disk)
        case "usb":
            return "usb-storage"
        case "fdc":
            return "floppy"
    raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"unsupported disk bus '{bus}' with device setup")


def _virtio_queue(build: Build, disk: Disk, driver: DiskDriver) -> Props:
    props: Props = {}
    if driver.iothread is not None:
        props["iothread"] = f"iothread{driver.iothread}"
    props["ioeventfd"] = driver.ioeventfd
    props["event_idx"] = driver.event_idx
    if disk.device == "lun" and build.caps.has_prop("virtio-blk-pci", "scsi"):
        props["scsi"] = True
    props["num-queues"] = driver.queues
    props["queue-size"] = driver.queue_size
    return {name: value for name, value in (props | virtio_options(driver)).items() if value is not None}


def _place(build: Build, disk: Disk) -> Props:
    address = disk.address
    bus = disk.bus
    if not isinstance(address, DriveAddress):
        return address_props(build, disk)
    number, unit = address.bus or 0, address.unit or 0
    controller = controller_of(build, bus or "", address.controller)
    name = alias_of(controller) if controller is not None else f"{bus}{address.controller or 0}"
    match bus:
        case "ide":
            return {"bus": f"{name}.{number}", "unit": unit}
        case "sata":
            return {"bus": f"{name}.{unit}"}
        case "fdc":
            return {"unit": unit}
        case "scsi":
            model = controller.model if controller is not None else None
            if model == "lsilogic":
                return {"bus": f"{name}.{number}", "scsi-id": unit, "device_id": _device_id(disk)}
            return {
                "bus": f"{name}.0",
                "channel": number,
                "scsi-id": address.target or 0,
                "lun": unit,
                "device_id": _device_id(disk),
            }
    return {}


def _device_id(disk: Disk) -> str | None:
    """What the guest finds in the SCSI identification page; a passed-through device has its own."""
    return None if disk.device == "lun" else disk.serial or f"drive-{alias_of(disk)}"


def _sizes_and_policies(build: Build, disk: Disk, driver: DiskDriver) -> Props:
    props: Props = {}
    if disk.blockio is not None:
        props["logical_block_size"] = disk.blockio.logical_block_size
        props["physical_block_size"] = disk.blockio.physical_block_size
    geometry = disk.geometry
    if geometry is not None and geometry.cyls:
        props |= {"cyls": geometry.cyls, "heads": geometry.heads, "secs": geometry.secs}
        props["bios-chs-trans"] = geometry.trans if geometry.trans != "default" else None
    if disk.target is not None:
        if disk.bus == "usb":
            props["removable"] = bool(disk.target.removable)
        props["rotation_rate"] = disk.target.rotation_rate
    if disk.wwn:
        props["wwn"] = int(disk.wwn, 16)
    props["vendor"] = disk.vendor
    props["product"] = disk.product
    if disk.shareable and disk.device != "floppy":
        props["share-rw"] = True
    cache = driver.cache
    if cache not in (None, "default") and disk.device not in ("lun", "floppy"):
        props["write-cache"] = on_off(cache not in ("writethrough", "directsync"))
    props["serial"] = disk.serial
    props["werror"] = _policy(driver.error_policy)
    props["rerror"] = _policy(
        driver.rerror_policy or (driver.error_policy if driver.error_policy != "enospace" else None)
    )
    return props


def _policy(value: str | None) -> Any:
    return {"enospace": "enospc", "default": None}.get(value or "default", value)
