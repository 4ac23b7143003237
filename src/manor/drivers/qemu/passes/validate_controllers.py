# SPDX-License-Identifier: Apache-2.0
"""Controllers that QEMU, or this machine, cannot have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from manor.drivers.qemu.passes.context import Context, internal, unsupported
from manor.drivers.qemu.passes.pci_controllers import MODEL_NAMES
from manor.drivers.qemu.passes.validate_disks import has_io_thread
from manor.schema.common.address import CcwAddress, PciAddress
from manor.schema.domain.controller import Controller

_XHCI: Final = frozenset({"nec-xhci", "qemu-xhci"})
_XHCI_PORTS: Final = 15
_VIRTIO_SCSI: Final = frozenset({"virtio-scsi", "virtio-transitional", "virtio-non-transitional"})
_VIRTIO_SCSI_ONLY: Final = ("queues", "cmd_per_lun", "max_sectors", "ioeventfd")

_SCSI_DEVICES: Final = {
    "lsilogic": ("lsi53c895a", "This QEMU doesn't support the LSI 53C895A SCSI controller"),
    "lsisas1068": ("mptsas1068", "This QEMU doesn't support the LSI SAS1068 controller"),
    "lsisas1078": ("megasas", "This QEMU doesn't support the LSI SAS1078 controller"),
}
"""The device behind a model of SCSI controller, and what libvirt says where there is none."""


def controller(context: Context, item: Controller) -> None:
    """Check one controller."""
    if item.driver is not None and not (item.type == "scsi" and item.model in _VIRTIO_SCSI):
        for name in _VIRTIO_SCSI_ONLY:
            if getattr(item.driver, name) is not None:
                raise unsupported(f"'{name}' is only supported by virtio-scsi controller")
    check = _CHECKS.get(item.type or "")
    if check is not None:
        check(context, item)


def _ide(context: Context, item: Controller) -> None:
    if not context.board.has_builtin_ide:
        raise unsupported("IDE controllers are unsupported for this QEMU binary or machine type")
    if item.index:
        raise unsupported("Only a single IDE controller is supported for this machine type")


def _sata(context: Context, _item: Controller) -> None:
    if not context.caps.has_device("ich9-ahci"):
        raise unsupported("SATA is not supported with this QEMU binary")


def _scsi(context: Context, item: Controller) -> None:
    model = item.model or ""
    if model == "buslogic":
        raise unsupported("Unsupported controller model: buslogic")
    if model == "ncr53c90":
        if context.arch != "sparc":
            raise unsupported("ncr53c90 SCSI controller is not a built-in for this machine")
        if item.index:
            raise unsupported("ncr53c90 can only be used as first SCSI controller")
    if model in _SCSI_DEVICES:
        device, text = _SCSI_DEVICES[model]
        if not context.caps.has_device(device):
            raise unsupported(text)
    thread = item.driver.iothread if item.driver is not None else None
    if thread is None or model not in _VIRTIO_SCSI:
        return
    if not isinstance(item.address, PciAddress | CcwAddress):
        raise unsupported("virtio-scsi IOThreads only available for virtio pci and virtio ccw controllers")
    if not has_io_thread(context, thread):
        raise unsupported(f"controller iothread '{thread}' not defined in iothreadid")


def _usb(_context: Context, item: Controller) -> None:
    if item.model in ("qusb1", "qusb2"):
        raise unsupported("USB controller model type 'qusb1' or 'qusb2' is not supported in qemu")
    if item.model in _XHCI and (item.ports or 0) > _XHCI_PORTS:
        raise unsupported(f"'{item.model}' controller only supports up to '{_XHCI_PORTS}' ports")


_PORT: Final = frozenset({"chassis", "port", "hotplug"})
_PCI_OPTIONS: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "pci-root": (frozenset(), frozenset({"hotplug"})),
    "pcie-root": (frozenset(), frozenset()),
    "pci-bridge": (frozenset({"chassis_nr"}), frozenset({"chassis_nr"})),
    "dmi-to-pci-bridge": (frozenset(), frozenset()),
    "pcie-to-pci-bridge": (frozenset(), frozenset()),
    "pcie-root-port": (frozenset({"chassis", "port"}), _PORT),
    "pcie-switch-upstream-port": (frozenset(), frozenset()),
    "pcie-switch-downstream-port": (frozenset({"chassis", "port"}), _PORT),
    "pci-expander-bus": (frozenset({"bus_nr"}), frozenset({"bus_nr", "node"})),
    "pcie-expander-bus": (frozenset({"bus_nr"}), frozenset({"bus_nr", "node"})),
}
"""The numbers a model of PCI controller must have, and those it may have."""

_OPTION_NAMES: Final = (
    ("chassis_nr", "chassisNr"),
    ("chassis", "chassis"),
    ("port", "port"),
    ("bus_nr", "busNr"),
    ("node", "numaNode"),
    ("index", "targetIndex"),
    ("hotplug", "hotplug"),
)
_ROOTS: Final = frozenset({"pci-root", "pcie-root"})


def _pci(context: Context, item: Controller) -> None:
    model = item.model or ""
    required, allowed = _PCI_OPTIONS.get(model, (frozenset(), frozenset()))
    if context.is_pseries and model == "pci-root":
        required, allowed = frozenset({"index"}), frozenset({"index", "node", "hotplug"})
    given = item.pci_model.name if item.pci_model is not None else None
    name = given or "none"
    about = f"for PCI controller with index '{item.index or 0}', model '{model}' and modelName '{name}'"
    _pci_name(context, item, model, name, about)
    target = item.target
    for option, shown in _OPTION_NAMES:
        value = getattr(target, option) if target is not None else None
        if value is not None and option not in allowed:
            raise unsupported(f"Option '{shown}' is not valid {about}")
        if value is None and option in required:
            raise internal(f"Required option '{shown}' is not set {about}")
    if item.pcihole64 is not None and not context.board.is_x86:
        text = f"Setting the 64-bit PCI hole size is not supported for machine '{context.machine}'"
        raise unsupported(text)
    if name != "none" and model not in _ROOTS and not context.caps.has_device(name):
        raise unsupported(f"The '{name}' device is not supported by this QEMU binary")


def _pci_name(context: Context, item: Controller, model: str, name: str, about: str) -> None:
    if model in _ROOTS and not (context.is_pseries and model == "pci-root"):
        if name != "none":
            raise unsupported(f"Option 'modelName' is not valid {about}")
        return
    names = MODEL_NAMES.get(model, ("spapr-pci-host-bridge",))
    if name == "none":
        raise internal(f"Required option 'modelName' is not set {about}")
    if name not in names:
        raise unsupported(f"Option 'modelName' has invalid value {about}")


_CHECKS: Final[dict[str, Callable[[Context, Controller], None]]] = {
    "ide": _ide,
    "sata": _sata,
    "scsi": _scsi,
    "usb": _usb,
    "pci": _pci,
}
