# SPDX-License-Identifier: Apache-2.0
"""Controllers: PCI bridges first, then the buses behind them."""

from __future__ import annotations

from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.command.line import (
    Build,
    Props,
    address_props,
    alias_of,
    on_off,
    virtio_driver,
    virtio_options,
)
from manor.drivers.qemu.passes.context import error
from manor.schema.domain.controller import Controller, PciControllerTarget
from manor.system.arch import S390

_ORDER: Final = ("pci", "usb", "scsi", "ide", "sata", "virtio-serial")

_USB_DEVICES: Final = {
    "piix3-uhci": "piix3-usb-uhci",
    "piix4-uhci": "piix4-usb-uhci",
    "ehci": "usb-ehci",
    "ich9-ehci1": "ich9-usb-ehci1",
    "ich9-uhci1": "ich9-usb-uhci1",
    "ich9-uhci2": "ich9-usb-uhci2",
    "ich9-uhci3": "ich9-usb-uhci3",
    "vt82c686b-uhci": "vt82c686b-usb-uhci",
    "pci-ohci": "pci-ohci",
    "nec-xhci": "nec-usb-xhci",
    "qemu-xhci": "qemu-xhci",
}

_SCSI_DEVICES: Final = {
    "lsilogic": "lsi",
    "ibmvscsi": "spapr-vscsi",
    "lsisas1068": "mptsas1068",
    "lsisas1078": "megasas",
    "vmpvscsi": "pvscsi",
    "am53c974": "am53c974",
    "dc390": "dc390",
}


def controllers(build: Build) -> None:
    """All controllers that are not part of the machine."""
    for kind in ("pci", *(k for k in _ORDER[1:] if k != "usb")):
        for controller in build.machine.devices.controllers:
            if controller.type == kind and not _builtin(build, controller):
                build.device(controller_device(build, controller), controller)
        if kind == "pci":
            _usb(build)
    if _has_legacy_usb(build):
        build.option("usb")


def card_readers(build: Build) -> None:
    """Smartcard controllers: USB devices, which may be behind hubs."""
    for controller in build.machine.devices.controllers:
        if controller.type == "ccid":
            build.device(controller_device(build, controller), controller)


def root_options(build: Build) -> None:
    """Properties of the machine's PCI root, which is nobody's `-device`: hotplug, the size of the 64-bit hole."""
    root = build.machine.controller("pci", 0)
    if root is None:
        return
    hotplug = root.target.hotplug if root.target is not None else None
    if hotplug is not None and build.machine.is_i440fx:
        build.option("global", f"PIIX4_PM.acpi-root-pci-hotplug={on_off(hotplug)}")
    if root.pcihole64 is not None:
        host = "q35-pcihost" if build.machine.is_q35 else "i440FX-pcihost"
        build.option("global", f"{host}.pci-hole64-size={root.pcihole64}K")


def _has_legacy_usb(build: Build) -> bool:
    """Whether the machine gets a USB controller of QEMU's choice: older machines, when the document says nothing."""
    machine = build.machine
    modern = (machine.is_q35, machine.is_arm_virt, machine.is_riscv_virt, machine.is_microvm, machine.arch in S390)
    return not any(modern) and not any(c.type == "usb" for c in machine.devices.controllers)


def _usb(build: Build) -> None:
    for controller in build.machine.devices.controllers:
        if controller.type == "usb" and controller.model != "none":
            if controller.model is None:
                # s390 has no USB; documents may say so by a controller without a model.
                if build.machine.arch not in S390:
                    build.option("usb")
            else:
                build.device(controller_device(build, controller), controller)


def _builtin(build: Build, controller: Controller) -> bool:
    index = controller.index or 0
    match controller.type:
        case "pci":
            if controller.model == "pci-root" and build.machine.is_pseries:
                return index == 0
            return controller.model in ("pci-root", "pcie-root")
        case "ide":
            return index == 0 and build.machine.is_i440fx
        case "sata":
            return index == 0 and build.machine.is_q35
    return False


def controller_device(build: Build, controller: Controller) -> Props:
    """The `-device` of a controller."""
    match controller.type:
        case "pci":
            props = _pci(controller)
        case "usb":
            props = _usb_device(build, controller)
        case "scsi":
            props = _scsi(controller)
        case "virtio-serial":
            props = _virtio_serial(controller)
        case "sata":
            props = {"driver": "ahci", "id": alias_of(controller)}
        case "ccid":
            props = {"driver": "usb-ccid", "id": alias_of(controller)}
        case "ide":
            raise error(
                ErrorNumber.CONFIG_UNSUPPORTED, "Only a single IDE controller is supported for this machine type"
            )
        case _:
            raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"Unsupported controller type: {controller.type}")
    return {name: value for name, value in (props | address_props(build, controller)).items() if value is not None}


def _pci(controller: Controller) -> Props:
    target = controller.target or PciControllerTarget()
    name = controller.pci_model.name if controller.pci_model is not None else None
    if name is None:
        raise error(ErrorNumber.INTERNAL_ERROR, f"PCI controller {controller.index} has no device model")
    alias = alias_of(controller)
    match controller.model:
        case "pci-bridge":
            return {"driver": name, "chassis_nr": target.chassis_nr, "id": alias}
        case "pci-expander-bus" | "pcie-expander-bus":
            return {"driver": name, "bus_nr": target.bus_nr, "id": alias, "numa_node": target.node}
        case "pcie-root-port" | "pcie-switch-downstream-port":
            hotplug = None if target.hotplug is None else target.hotplug
            return {"driver": name, "port": target.port, "chassis": target.chassis, "id": alias, "hotplug": hotplug}
        case "pci-root":
            return {"driver": "spapr-pci-host-bridge", "index": target.index, "id": alias, "numa_node": target.node}
    return {"driver": name, "id": alias}


def _usb_device(build: Build, controller: Controller) -> Props:
    driver = _USB_DEVICES.get(controller.model or "")
    if driver is None or not build.caps.has_device(driver):
        raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"{controller.model} not supported in this QEMU binary")
    props: Props = {"driver": driver}
    if controller.ports is not None:
        props |= {"p2": controller.ports, "p3": controller.ports}
    if controller.master is not None:
        props |= {"masterbus": f"{alias_of(controller)}.0", "firstport": controller.master.startport}
    else:
        props["id"] = alias_of(controller)
    return props


def _scsi(controller: Controller) -> Props:
    model = controller.model or ""
    options = controller.driver
    if model.startswith("virtio"):
        props: Props = {"driver": virtio_driver("virtio-scsi", model if model != "virtio-scsi" else None, controller)}
        if options is not None and options.iothread is not None:
            props["iothread"] = f"iothread{options.iothread}"
        props |= virtio_options(options)
        props["id"] = alias_of(controller)
        if options is not None:
            props["num_queues"] = options.queues
            props["cmd_per_lun"] = options.cmd_per_lun
            props["max_sectors"] = options.max_sectors
            props["ioeventfd"] = options.ioeventfd
        return props
    driver = _SCSI_DEVICES.get(model)
    if driver is None:
        raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"Unsupported controller model: {model}")
    return {"driver": driver, "id": alias_of(controller)}


def _virtio_serial(controller: Controller) -> Props:
    return {
        "driver": virtio_driver("virtio-serial", controller.model, controller),
        **virtio_options(controller.driver),
        "id": alias_of(controller),
        "max_ports": controller.ports,
        "vectors": controller.vectors,
    }
