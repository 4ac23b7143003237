# SPDX-License-Identifier: Apache-2.0
"""Ports of USB buses: those that documents give, those that are assigned, and the hubs that makes necessary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manor.drivers.qemu.passes.context import Context, Purpose, unsupported
from manor.errors import ErrorNumber
from manor.schema.common.address import Device, UsbAddress
from manor.schema.domain.chardev import RedirDev, Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Hub, Input
from manor.schema.domain.disk import Disk
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.domain.sound import Sound
from manor.schema.passes.order import iterate
from manor.schema.passes.report import error, xml_error

_PORTS: Final = {
    "piix3-uhci": 2,
    "piix4-uhci": 2,
    "vt82c686b-uhci": 2,
    "ich9-uhci1": 2,
    "ich9-uhci2": 2,
    "ich9-uhci3": 2,
    "pci-ohci": 3,
    "ehci": 6,
    "ich9-ehci1": 6,
    "nec-xhci": 4,
    "qemu-xhci": 4,
}
"""Ports of a controller where its document does not say."""

_HUB_PORTS: Final = 8
_DEPTH: Final = 4
"""How many ports a path can name."""

_Path = tuple[int, ...]


class _Ports:
    """The ports of a controller or of a hub: free, or taken, by a hub or by anything else."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken: set[int] = set()
        self.hubs: dict[int, _Ports] = {}

    def first_free(self) -> int | None:
        """The lowest free port."""
        return next((port for port in range(1, self.count + 1) if port not in self.taken), None)

    def find(self, depth: int = 1) -> _Path | None:
        """The path of a free port: of this hub's own, else of the hubs on its ports, in order."""
        own = self.first_free()
        if own is not None:
            return (own,)
        if depth >= _DEPTH:
            return None
        for port in sorted(self.hubs):
            below = self.hubs[port].find(depth + 1)
            if below is not None:
                return (port, *below)
        return None

    def available(self) -> int:
        """How many ports are free, here and below."""
        return self.count - len(self.taken) + sum(hub.available() for hub in self.hubs.values())


class _Buses:
    """All USB buses of a guest by their number."""

    def __init__(self, controllers: list[Controller]) -> None:
        self.buses: dict[int, _Ports] = {}
        for item in controllers:
            if item.type != "usb" or item.model == "none" or item.master is not None:
                continue
            if (item.index or 0) in self.buses:
                raise xml_error(f"Duplicate USB controllers with index {item.index or 0}")
            count = item.ports if item.ports else _PORTS.get(item.model or "", 2)
            self.buses[item.index or 0] = _Ports(count)

    def reserve(self, device: Device, address: UsbAddress) -> None:
        """Take the port a document gives. Raises VIR_ERR_XML_ERROR where it does not exist or is taken."""
        number, text = address.bus or 0, address.port or ""
        bus = self.buses.get(number)
        if bus is None:
            raise xml_error(f"Missing USB bus {number}")
        path = [int(part) for part in text.split(".")]
        for position, port in enumerate(path[:-1]):
            below = bus.hubs.get(port)
            if below is None:
                above = ".".join(map(str, path[: position + 1]))
                raise xml_error(f"there is no hub at port {above} in USB address bus: {number} port: {text}")
            bus = below
        port = path[-1]
        if not 1 <= port <= bus.count:
            raise xml_error(f"requested USB port {text} not present on USB bus {number}")
        if port in bus.taken:
            raise xml_error(f"Duplicate USB address bus {number} port {text}")
        self._take(bus, port, device)

    def assign(self, device: Device, wanted: int | None) -> None:
        """Give a device the first free port, of the bus it wants. Raises VIR_ERR_XML_ERROR when there is none."""
        for number in sorted(self.buses) if wanted is None else (wanted,):
            bus = self.buses.get(number)
            if bus is None:
                raise xml_error(f"Missing USB bus {number}")
            path = bus.find()
            if path is None:
                continue
            for port in path[:-1]:
                bus = bus.hubs[port]
            self._take(bus, path[-1], device)
            device.address = UsbAddress(type="usb", bus=number, port=".".join(map(str, path)))
            return
        if wanted is not None:
            raise xml_error(f"no free USB ports on bus {wanted}")
        raise error(ErrorNumber.INTERNAL_ERROR, "No free USB ports")

    @staticmethod
    def _take(bus: _Ports, port: int, device: Device) -> None:
        bus.taken.add(port)
        if isinstance(device, Hub):
            bus.hubs[port] = _Ports(_HUB_PORTS)

    def available(self) -> int:
        """How many ports are free."""
        return sum(bus.available() for bus in self.buses.values())


def assign(context: Context) -> None:
    """Give every USB device a port."""
    devices = context.devices
    users = [device for device in iterate(devices) if is_usb(device)]
    if not users:
        return
    buses = _Buses(devices.controllers)
    hubs = [device for device in users if isinstance(device, Hub)]
    others = [device for device in users if not isinstance(device, Hub)]
    if not buses.buses:
        _refuse_without_bus(context, users)
        return
    for device in (*sorted(hubs, key=_depth), *others):
        address = device.address
        if isinstance(address, UsbAddress) and address.port:
            buses.reserve(device, address)
    _place_hubs(buses, hubs)
    if context.purpose is not Purpose.ATTACH:
        _add_hubs(context, buses, others)
    for device in others:
        _place(buses, device)


def _refuse_without_bus(context: Context, users: list[Device]) -> None:
    disabled = any(item.type == "usb" and item.model == "none" for item in context.devices.controllers)
    for device in users:
        address = device.address
        if isinstance(address, UsbAddress) and address.port and not disabled:
            raise xml_error(f"Missing USB bus {address.bus or 0}")
    raise unsupported("USB is disabled for this domain, but USB devices are present in the domain XML")


def _depth(device: Device) -> int:
    return (getattr(device.address, "port", None) or "").count(".")


def _unplaced(device: Device) -> bool:
    address = device.address
    return address is None or (isinstance(address, UsbAddress) and not address.port)


def _place_hubs(buses: _Buses, hubs: list[Hub]) -> None:
    for hub in hubs:
        if not isinstance(hub.address, UsbAddress):
            hub.address = None
        _place(buses, hub)


def _place(buses: _Buses, device: Device) -> None:
    if _unplaced(device):
        buses.assign(device, device.address.bus if isinstance(device.address, UsbAddress) else None)


def _add_hubs(context: Context, buses: _Buses, others: list[Device]) -> None:
    """Where ports run short, a hub takes one and brings eight."""
    missing = sum(_unplaced(device) for device in others)
    free = buses.available()
    if missing <= free or not free:
        return
    for _ in range(-(-(missing - free + 1) // (_HUB_PORTS - 1))):
        hub = Hub(type="usb")
        buses.assign(hub, None)
        context.devices.hubs.append(hub)


def is_usb(device: Device) -> bool:
    """Whether a device is plugged into a USB bus."""
    rule = _RULES.get(type(device))
    return rule is not None and rule(device)


def _is_usb_serial(device: Serial) -> bool:
    return device.target is not None and device.target.type == "usb-serial"


_RULES: Final[dict[type[Device], Callable[[Any], bool]]] = {
    Hub: lambda _hub: True,
    RedirDev: lambda _device: True,
    Disk: lambda disk: disk.bus == "usb",
    Input: lambda item: item.bus == "usb",
    Hostdev: lambda item: item.type == "usb",
    Sound: lambda sound: sound.model == "usb",
    Interface: lambda nic: nic.model == "usb-net",
    Serial: _is_usb_serial,
    Controller: lambda controller: controller.type == "ccid",
}
"""Which devices of a kind are USB devices."""
