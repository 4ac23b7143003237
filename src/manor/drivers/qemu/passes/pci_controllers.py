# SPDX-License-Identifier: Apache-2.0
"""PCI controllers: the QEMU device behind each, and its numbers as the guest sees them."""

from __future__ import annotations

from typing import Any, Final, cast

from manor.drivers.qemu.passes.context import Context, unsupported, xml_error
from manor.schema.common.address import PciAddress
from manor.schema.domain.controller import Controller, PciControllerModel, PciControllerTarget

MODEL_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "pci-bridge": ("pci-bridge",),
    "pci-expander-bus": ("pxb",),
    "pcie-expander-bus": ("pxb-pcie",),
    "dmi-to-pci-bridge": ("i82801b11-bridge",),
    "pcie-to-pci-bridge": ("pcie-pci-bridge",),
    "pcie-root-port": ("pcie-root-port", "ioh3420"),
    "pcie-switch-upstream-port": ("x3130-upstream",),
    "pcie-switch-downstream-port": ("xio3130-downstream",),
}
"""The QEMU devices that can play a controller model, the preferred first."""

_ROOTS: Final = ("pci-root", "pcie-root")
_HIGHEST_BUS_NUMBER: Final = 254


def check_machine(context: Context) -> None:
    """Only some machines have further host bridges."""
    for controller in context.devices.controllers:
        if controller.model == "pci-expander-bus" and not context.is_i440fx:
            raise unsupported("pci-expander-bus controllers are only supported on 440fx-based machinetypes")
        if controller.model == "pcie-expander-bus" and not (context.is_q35 or context.is_arm_virt):
            raise unsupported("pcie-expander-bus controllers are not supported with this machine type")


def describe(context: Context, controller: Controller) -> None:
    """The QEMU device behind a controller and its numbers, where the document leaves them open."""
    model = controller.model or ""
    if model in _ROOTS:
        _root(context, controller)
        return
    names = MODEL_NAMES.get(model)
    if controller.pci_model is None or controller.pci_model.name is None:
        name = next((item for item in names or () if context.caps.has_device(item)), names[0] if names else None)
        controller.pci_model = PciControllerModel(name=cast(Any, name)) if name is not None else None
    match model:
        case "pci-bridge":
            target = _target(controller)
            target.chassis_nr = controller.index if target.chassis_nr is None else target.chassis_nr
        case "pcie-root-port" | "pcie-switch-downstream-port":
            target = _target(controller)
            target.chassis = controller.index if target.chassis is None else target.chassis
        case "pci-expander-bus" | "pcie-expander-bus":
            target = _target(controller)
            if target.bus_nr is None:
                target.bus_nr = _expander_number(context, controller)


def _target(controller: Controller) -> PciControllerTarget:
    if controller.target is None:
        controller.target = PciControllerTarget()
    return controller.target


def _root(context: Context, controller: Controller) -> None:
    """The host bridges of pSeries machines are devices with numbers of their own."""
    if not context.is_pseries:
        return
    if controller.pci_model is None or controller.pci_model.name is None:
        controller.pci_model = PciControllerModel(name="spapr-pci-host-bridge")
    target = _target(controller)
    if target.index is None:
        target.index = 0 if not controller.index else _bridge_number(context)


def _bridge_number(context: Context) -> int:
    used = {
        item.target.index
        for item in context.devices.controllers
        if item.type == "pci" and item.target is not None and item.target.index is not None
    }
    return next(number for number in range(1, len(used) + 2) if number not in used)


def describe_ports(context: Context) -> None:
    """A port's number follows from its address."""
    for controller in context.devices.controllers:
        if controller.model not in ("pcie-root-port", "pcie-switch-downstream-port"):
            continue
        target, address = controller.target, controller.address
        if target is None or target.port is not None or not isinstance(address, PciAddress):
            continue
        slot, function = address.slot or 0, address.function or 0
        target.port = (slot << 3) + function if controller.model == "pcie-root-port" else slot


def _expander_number(context: Context, controller: Controller) -> int:
    """Bus numbers of expanders count down from 254, leaving room for the bus below each."""
    used = [
        item.target.bus_nr
        for item in context.devices.controllers
        if item.type == "pci" and item.target is not None and item.target.bus_nr is not None
    ]
    number = min(used, default=_HIGHEST_BUS_NUMBER + 2) - 2
    if number <= (controller.index or 0):
        raise xml_error("No free busNr lower than current lowest busNr available to auto-assign to PCI Expander Bus")
    return number


def check(context: Context) -> None:
    """Controllers that cannot be where they are."""
    cpu = context.document.cpu
    nodes = len(cpu.numa.cells) if cpu is not None and cpu.numa is not None else 0
    for controller in context.devices.controllers:
        if controller.type != "pci":
            continue
        index, model = controller.index or 0, controller.model or ""
        if model in _ROOTS and index and not context.is_pseries:
            raise xml_error("pci-root and pcie-root controllers should have index 0")
        address = controller.address
        if index and model == "pci-bridge" and isinstance(address, PciAddress) and (address.bus or 0) >= index:
            bus = address.bus or 0
            raise unsupported(
                f"PCI controller at index {index} (0x{index:02x}) has bus='0x{bus:02x}', "
                "but index must be larger than bus"
            )
        node = controller.target.node if controller.target is not None else None
        if node is not None and node >= nodes:
            raise xml_error(
                f"{model} with index {index} is configured for a NUMA node ({node}) not present in the domain's "
                f"<cpu><numa> array ({nodes})"
            )
