# SPDX-License-Identifier: Apache-2.0
"""Assigning PCI addresses, and adding the controllers that takes.

A first run over buses that may grow tells how many are needed; the controllers for them go into the document, and a
second run, in the same order, gives every device its address.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from manor.drivers.qemu.passes.context import Context, Purpose
from manor.drivers.qemu.passes.pci_buses import PCI_BRIDGE, PciBuses, Place
from manor.drivers.qemu.passes.pci_chipset import Placement, place_builtin
from manor.drivers.qemu.passes.pci_controllers import check_machine, describe, describe_ports
from manor.drivers.qemu.passes.pci_devices import EXPRESS, ON_PCI_ONLY, connection, express_connection
from manor.schema.common.address import Device, PciAddress
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices
from manor.schema.passes.order import iterate
from manor.schema.passes.report import xml_error

_ROOTS: Final = ("pci-root", "pcie-root")


def assign(context: Context) -> None:
    """Give every PCI device an address."""
    if not context.board.supports_pci:
        if any(isinstance(device.address, PciAddress) for device in iterate(context.devices)):
            raise xml_error("No PCI buses available")
        return
    check_machine(context)
    for controller in _controllers(context):
        describe(context, controller)
    express = express_connection(context)
    open_places = list(_open_places(context, express))
    if context.purpose is not Purpose.ATTACH:
        _grow(context, open_places, express)
        open_places = list(_open_places(context, express))
    buses = _occupied(context, growable=False, express=express)
    placement = Placement(context, buses, commit=True)
    _run(context, placement, open_places)
    _join_functions(context, buses)
    describe_ports(context)


def _controllers(context: Context) -> list[Controller]:
    return [item for item in context.devices.controllers if item.type == "pci"]


def _occupied(context: Context, *, growable: bool, express: int) -> PciBuses:
    """The buses with every address that the document gives."""
    buses = PciBuses(growable=growable, phb=context.is_pseries)
    for controller in _controllers(context):
        buses.add(controller.index or 0, controller.model or "")
    if growable or context.board.root is None:
        buses.fill_gaps()
    for device in iterate(context.devices):
        address = device.address
        if isinstance(address, PciAddress) and address.slot is not None:
            if _is_root(device):
                buses.take(Place.of(address))
            else:
                buses.reserve(Place.of(address), connection(context, device, express))
    return buses


def _is_root(device: Device) -> bool:
    return isinstance(device, Controller) and device.model in _ROOTS


def _is_open(device: Device) -> bool:
    address = device.address
    return address is None or (isinstance(address, PciAddress) and address.slot is None)


def _open_places(context: Context, express: int) -> Iterator[tuple[Device, int]]:
    """The devices that need a place, in libvirt's order, and what they plug into."""
    for device in _in_order(context.devices):
        if not _is_open(device):
            continue
        wanted = connection(context, device, express)
        if wanted:
            yield device, wanted
        else:
            rule = ON_PCI_ONLY.get(type(device))
            if rule is not None and rule(device):
                yield device, wanted


def _in_order(devices: Devices) -> Iterator[Device]:
    for controller in devices.controllers:
        if controller.type == "pci" and controller.model not in _ROOTS:
            yield controller
    yield from devices.filesystems
    yield from devices.interfaces
    yield from devices.sounds
    for controller in devices.controllers:
        if controller.type != "pci":
            yield controller
    yield from devices.disks
    yield from devices.hostdevs
    if devices.memballoon is not None:
        yield devices.memballoon
    yield from devices.rngs
    if devices.watchdog is not None:
        yield devices.watchdog
    yield from devices.videos
    yield from devices.shmems
    yield from devices.inputs
    yield from devices.serials
    yield from devices.memories
    if devices.iommu is not None:
        yield devices.iommu
    if devices.vsock is not None:
        yield devices.vsock


def _run(context: Context, placement: Placement, open_places: list[tuple[Device, int]]) -> None:
    """Put the machine's own devices where the chipset has them, then the others where there is room."""
    place_builtin(placement)
    for device, wanted in open_places:
        if id(device) not in placement.done:
            placement.put(device, wanted)


def _grow(context: Context, open_places: list[tuple[Device, int]], express: int) -> None:
    """Add the controllers for all buses that devices name or need."""
    given = _controllers(context)
    last = max((item.index or 0 for item in given), default=-1)
    buses = _occupied(context, growable=True, express=express)
    placement = Placement(context, buses, commit=False)
    place_builtin(placement)
    if (
        context.has_pci_root
        and not context.is_pseries
        and any(bus is not None and not bus.full() for bus in buses.buses)
    ):
        # A slot is kept for the bridge that may become necessary.
        buses.take_next(PCI_BRIDGE)
    for device, wanted in open_places:
        if id(device) not in placement.done:
            placement.put(device, wanted)
    if last <= 0 and len(buses.buses) > last + 1 and buses.express():
        # One port stays free, so that a device can be plugged later.
        buses.take_next(EXPRESS)
    for index, bus in enumerate(buses.buses):
        if bus is not None and (index or context.board.root) and context.controller("pci", index) is None:
            controller = Controller(type="pci", index=index, model=bus.model)
            describe(context, controller)
            context.add_controller(controller)


def _join_functions(context: Context, buses: PciBuses) -> None:
    """Function 0 of a slot with several functions says so."""
    for device in iterate(context.devices):
        address = device.address
        if (
            isinstance(address, PciAddress)
            and address.function == 0
            and address.slot is not None
            and address.multifunction is None
            and buses.functions(Place.of(address)) & ~1
        ):
            address.multifunction = True
