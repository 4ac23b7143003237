# SPDX-License-Identifier: Apache-2.0
"""Assigning PCI addresses, and adding the controllers that takes.

A first run over buses that may grow tells how many are needed; the controllers for them go into the document, and a
second run, in the same order, gives every device its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from manor.constants import ErrorNumber
from manor.drivers.qemu.passes.context import Context, Purpose, error
from manor.drivers.qemu.passes.pci_buses import Connect, PciBuses, Place
from manor.drivers.qemu.passes.pci_devices import EXPRESS, connection
from manor.schema.common.address import Device, PciAddress
from manor.schema.domain.controller import Controller, PciControllerModel, PciControllerTarget

MODEL_NAMES: Final[dict[str, str]] = {
    "pci-bridge": "pci-bridge",
    "pci-expander-bus": "pxb",
    "pcie-expander-bus": "pxb-pcie",
    "dmi-to-pci-bridge": "i82801b11-bridge",
    "pcie-to-pci-bridge": "pcie-pci-bridge",
    "pcie-switch-upstream-port": "x3130-upstream",
    "pcie-switch-downstream-port": "xio3130-downstream",
}
"""The QEMU device behind a controller model, where there is one for all machines."""

_ORDER: Final[tuple[Callable[[Context], list[Device]], ...]] = (
    lambda c: [*c.devices.filesystems],
    lambda c: [nic for nic in c.devices.interfaces if nic.type != "hostdev" or nic.address is None],
    lambda c: [*c.devices.sounds],
    lambda c: [item for item in c.devices.controllers if item.type != "pci"],
    lambda c: [*c.devices.disks],
    lambda c: [*c.devices.hostdevs],
    lambda c: [c.devices.memballoon] if c.devices.memballoon is not None else [],
    lambda c: [*c.devices.rngs],
    lambda c: [c.devices.watchdog] if c.devices.watchdog is not None else [],
    lambda c: [*c.devices.videos],
    lambda c: [*c.devices.shmems],
    lambda c: [*c.devices.inputs],
    lambda c: [*c.devices.serials],
    lambda c: [*c.devices.memories],
    lambda c: [c.devices.iommu] if c.devices.iommu is not None else [],
    lambda c: [c.devices.vsock] if c.devices.vsock is not None else [],
)
"""The order in which devices get their places."""


def assign(context: Context) -> None:
    """Give every PCI device an address."""
    if not (context.has_pci_root or context.has_pcie_root):
        return
    for controller in _controllers(context):
        _describe(context, controller)
    if context.purpose is not Purpose.ATTACH:
        _grow_controllers(context)
    buses = _occupied(context, growable=False)
    _place_all(context, buses, commit=True)
    for controller in _controllers(context):
        _describe(context, controller)


def _controllers(context: Context) -> list[Controller]:
    return [controller for controller in context.devices.controllers if controller.type == "pci"]


def _occupied(context: Context, *, growable: bool) -> PciBuses:
    """The buses with every address that the document gives, and what the machine has built in."""
    buses = PciBuses(growable=growable)
    for controller in _controllers(context):
        buses.add(controller.index or 0, controller.model or "")
    if growable:
        buses.fill_gaps()
    for device in context.devices.walk(Device):
        address = device.address
        if isinstance(address, PciAddress) and address.slot is not None:
            aggregate = isinstance(device, Controller) and bool(connection(context, device) & Connect.AGGREGATE)
            buses.reserve(Place.of(address), aggregate=aggregate)
    return buses


def _grow_controllers(context: Context) -> None:
    """Add the controllers for all buses that devices name or need."""
    given = _controllers(context)
    only_root = all((controller.index or 0) == 0 for controller in given)
    buses = _occupied(context, growable=True)
    known = len(given)
    if context.has_pci_root and not context.is_pseries:
        _reserve_spare(context, buses)
    _place_all(context, buses, commit=False)
    if context.has_pcie_root and only_root and len(buses.buses) > known:
        # One port stays free, so that a device can be plugged later.
        buses.take_next(EXPRESS)
    for index, bus in enumerate(buses.buses):
        if bus is not None and context.controller("pci", index) is None:
            context.add_controller(_new_controller(context, index, bus.model))


def _reserve_spare(context: Context, buses: PciBuses) -> None:
    """Where the last free slot would be used up, one is kept for a bridge."""
    if all(bus is None or bus.full() for bus in buses.buses):
        return
    trial = _occupied(context, growable=True)
    _place_all(context, trial, commit=False)
    if len(trial.buses) > len(buses.buses) or all(bus is None or bus.full() for bus in trial.buses):
        buses.take_next(Connect.PCI_BRIDGE)


def _new_controller(context: Context, index: int, model: str) -> Controller:
    controller = Controller(type="pci", index=index, model=model)
    _describe(context, controller)
    return controller


def _describe(context: Context, controller: Controller) -> None:
    """The QEMU device behind a controller and its number, where the document leaves them open."""
    model = controller.model or ""
    if model in ("pci-root", "pcie-root"):
        return
    name = MODEL_NAMES.get(model)
    if model == "pcie-root-port":
        name = "pcie-root-port" if context.caps.has_device("pcie-root-port") else "ioh3420"
    if controller.pci_model is None and name is not None:
        controller.pci_model = PciControllerModel(name=cast(Any, name))
    if controller.target is None:
        controller.target = PciControllerTarget()
    target = controller.target
    match model:
        case "pci-bridge":
            target.chassis_nr = target.chassis_nr if target.chassis_nr is not None else controller.index
        case "pcie-root-port" | "pcie-switch-downstream-port":
            target.chassis = target.chassis if target.chassis is not None else controller.index
            if target.port is None and isinstance(controller.address, PciAddress):
                target.port = _port(model, controller.address)
        case "pci-expander-bus" | "pcie-expander-bus":
            if target.bus_nr is None:
                target.bus_nr = _expander_number(context, controller)


def _port(model: str, address: PciAddress) -> int:
    if model == "pcie-root-port":
        return ((address.slot or 0) << 3) + (address.function or 0)
    return address.slot or 0


def _expander_number(context: Context, controller: Controller) -> int:
    """Bus numbers of expanders count down from 254, leaving room for the buses below each."""
    used = [c.target.bus_nr for c in _controllers(context) if c.target is not None and c.target.bus_nr is not None]
    low = min(used, default=256)
    number = low - 2
    if number <= (controller.index or 0):
        raise error(ErrorNumber.XML_ERROR, "No free busNr lower than current lowest busNr available to auto-assign")
    return number


def _place_all(context: Context, buses: PciBuses, *, commit: bool) -> None:
    """Give places in libvirt's order; with `commit`, write them into the document."""
    _builtin(context, buses, commit=commit)
    for controller in sorted(_controllers(context), key=lambda item: item.index or 0):
        if controller.address is None and controller.model not in ("pci-root", "pcie-root"):
            _place(context, buses, controller, commit=commit)
    for group in _ORDER:
        for device in group(context):
            if device.address is None or _unplaced(device):
                _place(context, buses, device, commit=commit)


def _unplaced(device: Device) -> bool:
    return isinstance(device.address, PciAddress) and device.address.slot is None


def _place(context: Context, buses: PciBuses, device: Device, *, commit: bool) -> None:
    wanted = connection(context, device)
    if wanted is Connect.NONE:
        return
    place = buses.take_next(wanted)
    if commit:
        _write(device, place)
        if wanted & Connect.AGGREGATE and place.function == 0 and isinstance(device.address, PciAddress):
            device.address.multifunction = True


def _write(device: Device, place: Place, *, multifunction: bool | None = None) -> None:
    zpci = device.address.zpci if isinstance(device.address, PciAddress) else None
    device.address = PciAddress(
        type="pci",
        domain=place.domain,
        bus=place.bus,
        slot=place.slot,
        function=place.function,
        multifunction=multifunction,
        zpci=zpci,
    )


def _builtin(context: Context, buses: PciBuses, *, commit: bool) -> None:
    """Places of what the machine type has on board."""
    if context.is_i440fx:
        _builtin_i440fx(context, buses, commit=commit)
    elif context.is_q35:
        _builtin_q35(context, buses, commit=commit)


def _fix(
    buses: PciBuses, device: Device | None, place: Place, *, commit: bool, multifunction: bool | None = None
) -> None:
    """Put a device where the chipset has it."""
    if device is None:
        return
    if device.address is None or _unplaced(device):
        buses.reserve(place)
        if commit:
            _write(device, place, multifunction=multifunction)


def _builtin_i440fx(context: Context, buses: PciBuses, *, commit: bool) -> None:
    for kind, function in (("ide", 1), ("usb", 2)):
        controller = context.controller(kind, 0)
        if controller is None:
            continue
        if kind == "usb" and controller.model not in ("piix3-uhci", None):
            continue
        place = Place(0, 0, 1, function)
        if isinstance(controller.address, PciAddress) and not _unplaced(controller):
            if kind == "ide" and Place.of(controller.address) != place:
                raise error(ErrorNumber.INTERNAL_ERROR, "Primary IDE controller must have PCI address 0:0:1.1")
            continue
        _fix(buses, controller, place, commit=commit)
    if not _taken(buses, Place(0, 0, 1, 0)):
        buses.reserve(Place(0, 0, 1, 0))
    _primary_video(context, buses, Place(0, 0, 2, 0), commit=commit)


def _builtin_q35(context: Context, buses: PciBuses, *, commit: bool) -> None:
    sata = context.controller("sata", 0)
    if sata is not None and (sata.address is None or _unplaced(sata)):
        _fix(buses, sata, Place(0, 0, 0x1F, 2), commit=commit)
    for function in (0, 3):
        if not _taken(buses, Place(0, 0, 0x1F, function)):
            buses.reserve(Place(0, 0, 0x1F, function), multifunction=True)
    _ich9_usb(context, buses, commit=commit)
    _primary_video(context, buses, Place(0, 0, 1, 0), commit=commit)
    _ich9_sound(context, buses, commit=commit)
    for controller in _controllers(context):
        if controller.model == "dmi-to-pci-bridge" and controller.address is None:
            place = Place(0, 0, 0x1E, 0)
            if not buses.in_use(place):
                _fix(buses, controller, place, commit=commit)
            break


def _taken(buses: PciBuses, place: Place) -> bool:
    bus = buses.buses[place.bus]
    return bus is not None and bool(bus.slots[place.slot].functions & (1 << place.function))


def _primary_video(context: Context, buses: PciBuses, place: Place, *, commit: bool) -> None:
    """The first video card sits where firmware has always found it."""
    videos = context.devices.videos
    primary = videos[0] if videos else None
    if primary is None or connection(context, primary) is Connect.NONE:
        return
    if primary.address is None and not buses.in_use(place):
        _fix(buses, primary, place, commit=commit)


_UHCI: Final[dict[str, int]] = {"ich9-uhci1": 0, "ich9-uhci2": 1, "ich9-uhci3": 2, "ich9-ehci1": 7}


def _ich9_usb(context: Context, buses: PciBuses, *, commit: bool) -> None:
    """The chipset's own USB controllers: all functions of one slot, first 1d, then 1a."""
    slots = iter((0x1D, 0x1A))
    for group in _usb_groups(context):
        if any(isinstance(item.address, PciAddress) and not _unplaced(item) for item in group):
            continue
        slot = next((slot for slot in slots if not buses.in_use(Place(0, 0, slot, 0))), None)
        if slot is None:
            return
        for controller in group:
            function = _UHCI[controller.model or ""]
            place = Place(0, 0, slot, function)
            if not _taken(buses, place):
                _fix(buses, controller, place, commit=commit, multifunction=True if function == 0 else None)


def _usb_groups(context: Context) -> Iterator[list[Controller]]:
    groups: dict[int, list[Controller]] = {}
    for controller in context.devices.controllers:
        if controller.type == "usb" and controller.model in _UHCI:
            groups.setdefault(controller.index or 0, []).append(controller)
    yield from groups.values()


def _ich9_sound(context: Context, buses: PciBuses, *, commit: bool) -> None:
    """The chipset's sound controller is at 1b."""
    for sound in context.devices.sounds:
        if sound.model == "ich9" and sound.address is None:
            place = Place(0, 0, 0x1B, 0)
            if not buses.in_use(place):
                _fix(buses, sound, place, commit=commit)
            return
