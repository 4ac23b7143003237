# SPDX-License-Identifier: Apache-2.0
"""Serial ports, consoles, channels and other character devices."""

from __future__ import annotations

from collections.abc import Iterable

from manor.schema.common.address import CcidAddress
from manor.schema.domain import Domain
from manor.schema.domain.chardev import (
    Channel,
    Chardev,
    ChardevSource,
    Console,
    ConsoleTarget,
    ParallelTarget,
    RedirDev,
    Serial,
    SerialTarget,
)
from manor.schema.domain_rules.basics import devices_of, internal

_SHARED = ("type", "tty", "sources", "protocol", "log", "address", "alias")
"""What a serial port and the console on it have in common."""


def complete_characters(domain: Domain) -> None:
    """Ports in order, modes of sockets, and the console that the first serial port is."""
    devices = devices_of(domain)
    for device in devices.walk(Chardev):
        _complete_source(device)
    _number_serials(devices.serials)
    for number, console in enumerate(devices.consoles):
        console.target = console.target or ConsoleTarget()
        console.target.port = number
        console.target.type = console.target.type or "serial"
    ports = [parallel.target.port for parallel in devices.parallels if parallel.target is not None]
    for parallel in devices.parallels:
        parallel.target = parallel.target or ParallelTarget()
        if parallel.target.port is None:
            parallel.target.port = _after(ports)
            ports.append(parallel.target.port)
    _pair_console(domain)


def _after(ports: Iterable[int | None]) -> int:
    return max((port for port in ports if port is not None), default=-1) + 1


def _number_serials(serials: list[Serial]) -> None:
    for serial in serials:
        serial.target = serial.target or SerialTarget()
        if serial.target.port is None:
            serial.target.port = _after(other.target.port for other in serials if other.target is not None)


def _complete_source(device: Chardev) -> None:
    if device.type == "tcp" and device.protocol is None and not isinstance(device, RedirDev):
        device.protocol = "raw"
    if device.type != "unix":
        return
    if not isinstance(device, Channel) and not any(source.path for source in device.sources):
        raise internal("Missing source path attribute for char device")
    device.sources = [source for source in device.sources if source.path is not None]
    for source in device.sources:
        source.mode = source.mode or "connect"


def _pair_console(domain: Domain) -> None:
    """A full guest's first console is its first serial port; each makes the other where it is missing."""
    devices = devices_of(domain)
    if domain.os is None or domain.os.type is None or domain.os.type.value != "hvm":
        return
    if devices.consoles and devices.consoles[0].target is not None:
        first = devices.consoles[0]
        if first.target is not None and first.target.type == "serial":
            if not devices.serials:
                devices.serials.append(Serial(target=SerialTarget(port=0)))
                _share(first, devices.serials[0])
            elif _serves_as_console(devices.serials[0]):
                first.target.port = devices.serials[0].target.port if devices.serials[0].target is not None else 0
                _share(devices.serials[0], first)
    if not devices.serials:
        return
    first_type = devices.consoles[0].target.type if devices.consoles and devices.consoles[0].target else None
    if first_type != "serial" and _serves_as_console(devices.serials[0]):
        console = Console(target=ConsoleTarget(type="serial", port=_port(devices.serials[0])))
        _share(devices.serials[0], console)
        devices.consoles.insert(0, console)


def _serves_as_console(serial: Serial) -> bool:
    return serial.target is None or serial.target.type not in ("pci-serial", "usb-serial", "isa-debug")


def _port(serial: Serial) -> int:
    return (serial.target.port if serial.target is not None else None) or 0


def _share(origin: Chardev, other: Chardev) -> None:
    for name in _SHARED:
        setattr(other, name, getattr(origin, name))


def place_smartcards(domain: Domain) -> None:
    """Give smartcards a slot of their reader."""
    devices = devices_of(domain)
    taken = {card.address.slot for card in devices.smartcards if isinstance(card.address, CcidAddress)}
    for card in devices.smartcards:
        if card.address is None:
            slot = next(slot for slot in range(256) if slot not in taken)
            taken.add(slot)
            card.address = CcidAddress(type="ccid", controller=0, slot=slot)


def check_characters(domain: Domain) -> None:
    """Refuse sources without what their kind needs."""
    for device in devices_of(domain).walk(Chardev):
        for source in device.sources:
            _check_source(device, source)


def _check_source(device: Chardev, source: ChardevSource) -> None:
    if device.type in ("file", "dev", "pipe", "unix") and source.path is None:
        if device.type == "unix" and isinstance(device, Channel):
            return
        raise internal("Missing source path attribute for char device")
    if device.type == "tcp" and source.host is None:
        raise internal("Missing source host attribute for char device")
