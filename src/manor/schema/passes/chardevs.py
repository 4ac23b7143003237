# SPDX-License-Identifier: Apache-2.0
"""Character devices: their host ends, port numbers, and the console that the first serial port is."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import UsbAddress
from manor.schema.domain import Domain
from manor.schema.domain.chardev import (
    Channel,
    Chardev,
    ChardevSource,
    Console,
    ConsoleTarget,
    Parallel,
    ParallelTarget,
    Serial,
    SerialTarget,
)
from manor.schema.domain.devices import Devices
from manor.schema.passes.report import error, internal, missing_attribute, unsupported, xml_error
from manor.schema.passes.small import check_usb_address

_plain_error = reporter(ErrorDomain.NONE)

_SHARED: Final = ("type", "tty", "sources", "protocol", "log", "address", "alias")
"""What a serial port and the console on it have in common."""

_NOT_CONSOLES: Final = frozenset({"pci-serial", "usb-serial", "isa-debug"})
"""Serial ports that no console is on."""

_WITH_PATH: Final = frozenset({"dev", "file", "pipe"})
_WITHOUT_SOURCE: Final = frozenset({"null", "vc", "stdio", "spicevmc"})


def character_devices(devices: Devices) -> None:
    """Complete every character device."""
    for smartcard in devices.smartcards:
        if smartcard.mode == "passthrough":
            source(smartcard)
    for redirected in devices.redirdevs:
        redirected.bus = redirected.bus or "usb"
        if redirected.type is None:
            raise internal("missing type in redirdev")
        check_usb_address(redirected)
        source(redirected)
    for rng in devices.rngs:
        if rng.backend is not None and rng.backend.model == "egd":
            source(rng.backend)
    _serials(devices.serials)
    _parallels(devices.parallels)
    for number, console in enumerate(devices.consoles):
        console.type = console.type or "pty"
        source(console)
        console.target = console.target or ConsoleTarget()
        console.target.type = console.target.type or "serial"
        console.target.port = number
    for channel in devices.channels:
        _channel_target(channel)
        channel.type = channel.type or "pty"
        if channel.type == "spicevmc" and channel.target is not None and channel.target.type != "virtio":
            raise unsupported("spicevmc device type only supports virtio")
        source(channel)


def _channel_target(channel: Channel) -> None:
    target = channel.target
    if target is None:
        raise xml_error("target type must be specified for channel device")
    if target.type is None:
        raise unsupported("unknown target type '(null)' specified for character device")
    if target.type != "guestfwd":
        return
    if target.address is None:
        raise xml_error("guestfwd channel does not define a target address")
    if target.port is None:
        raise missing_attribute("target", "port")
    try:
        socket.inet_aton(target.address)
    except OSError:
        _check_ipv6(target.address)


def _check_ipv6(address: str) -> None:
    try:
        IPv6Address(address)
    except ValueError:
        text = f"Cannot parse socket address '{address}': Name or service not known"
        raise _plain_error(ErrorNumber.SYSTEM_ERROR, text) from None
    raise unsupported("guestfwd channel only supports IPv4 addresses")


def _serials(serials: list[Serial]) -> None:
    for serial in serials:
        serial.type = serial.type or "pty"
        source(serial)
        serial.target = serial.target or SerialTarget()
        if serial.target.type == "usb-serial" and not isinstance(serial.address, UsbAddress | None):
            raise unsupported("usb-serial requires address of usb type")
        if serial.target.port is None:
            serial.target.port = _next_port(other.target.port for other in serials if other.target is not None)


def _parallels(parallels: list[Parallel]) -> None:
    for parallel in parallels:
        parallel.type = parallel.type or "pty"
        source(parallel)
        parallel.target = parallel.target or ParallelTarget()
        if parallel.target.port is None:
            parallel.target.port = _next_port(other.target.port for other in parallels if other.target is not None)


def _next_port(ports: Iterable[int | None]) -> int:
    return max((port for port in ports if port is not None), default=-1) + 1


def source(device: Chardev) -> None:
    """The host's end of a device: what its type needs must be there, and what it has no use for goes."""
    kind = device.type
    if kind is None:
        return
    if kind == "spicevmc" and isinstance(device, Serial | Parallel | Console):
        raise unsupported("spicevmc device type only supports virtio")
    if kind in _WITHOUT_SOURCE:
        device.sources = []
        return
    _check_count(device)
    if kind == "tcp":
        device.protocol = device.protocol or "raw"
    elif device.protocol is not None and kind != "udp":
        device.protocol = None
    if kind in _WITH_PATH:
        if device.source is None or not device.source.path:
            raise internal("Missing source path attribute for char device")
    elif kind in _CHECKS:
        _CHECKS[kind](device)
    for item in device.sources:
        if item.reconnect is not None:
            _check_reconnect(device, item)


def _check_count(device: Chardev) -> None:
    given = len(device.sources)
    if given > (2 if device.type == "udp" else 1):
        allowed = "two source elements are" if device.type == "udp" else "one source element is"
        raise xml_error(f"only {allowed} allowed for character device")


def _check_reconnect(device: Chardev, item: ChardevSource) -> None:
    reconnect = item.reconnect
    if reconnect is None:
        return
    if reconnect.enabled is None:
        item.reconnect = None
    elif not reconnect.enabled:
        reconnect.timeout = None
    elif reconnect.timeout is None:
        raise missing_attribute("reconnect", "timeout")
    if reconnect.enabled and device.type in ("tcp", "unix") and item.mode == "bind":
        raise internal("chardev reconnect is possible only for connect mode")


def _tcp(device: Chardev) -> None:
    item = device.source
    if item is None or item.host is None:
        raise internal("Missing source host attribute for char device")
    if item.service is None:
        raise internal("Missing source service attribute for char device")
    item.mode = item.mode or "connect"


def _udp(device: Chardev) -> None:
    if not any(item.service is not None for item in device.sources if item.mode != "bind"):
        raise internal("Missing source service attribute for char device")
    ends: dict[str, ChardevSource] = {}
    for item in device.sources:
        item.mode = item.mode or "connect"
        ends.setdefault(item.mode, item)
    device.sources = [ends[mode] for mode in ("bind", "connect") if mode in ends]


def _unix(device: Chardev) -> None:
    item = device.source
    if item is None or not item.path:
        if isinstance(device, Channel) and device.target is not None and device.target.type in ("virtio", "xen"):
            device.sources = []
            return
        raise internal("Missing source path attribute for char device")
    item.mode = item.mode or "connect"


def _nmdm(device: Chardev) -> None:
    if device.source is None or not device.source.master or not device.source.slave:
        raise internal("Should define both master and slave path attributes for nmdm device")


def _channel(device: Chardev) -> None:
    if device.source is None or not device.source.channel:
        raise unsupported("Missing source channel attribute for char device")
    if any(not (letter.isalnum() and letter.isascii()) and letter not in "-_." for letter in device.source.channel):
        raise error(ErrorNumber.INVALID_ARG, "Invalid character in source channel for char device")


_CHECKS: Final = {"tcp": _tcp, "udp": _udp, "unix": _unix, "nmdm": _nmdm, "spiceport": _channel, "dbus": _channel}


def pair(domain: Domain, devices: Devices) -> None:
    """A full guest's first console is its first serial port; each makes the other where it is missing."""
    if domain.os is None or domain.os.type is None or domain.os.type.value != "hvm":
        return
    first = devices.consoles[0] if devices.consoles else None
    if first is not None and first.target is not None and first.target.type == "serial":
        if not devices.serials:
            serial = Serial(target=SerialTarget(port=0))
            devices.serials.append(serial)
            _share(first, serial)
            first.target.port = 0
        elif _takes_console(devices.serials[0]):
            first.target.port = _port(devices.serials[0])
            _share(devices.serials[0], first)
    elif devices.serials and _takes_console(devices.serials[0]):
        console = Console(target=ConsoleTarget(type="serial", port=_port(devices.serials[0])))
        _share(devices.serials[0], console)
        devices.consoles.insert(0, console)


def _takes_console(serial: Serial) -> bool:
    return serial.target is None or serial.target.type not in _NOT_CONSOLES


def _port(serial: Serial) -> int:
    return (serial.target.port if serial.target is not None else None) or 0


def _share(origin: Chardev, other: Chardev) -> None:
    for name in _SHARED:
        setattr(other, name, getattr(origin, name))


def share_console(devices: Devices) -> None:
    """Bring the console that is the first serial port up to what has been decided about the port since."""
    if devices.consoles and devices.serials:
        first = devices.consoles[0]
        if first.target is not None and first.target.type == "serial" and _takes_console(devices.serials[0]):
            _share(devices.serials[0], first)
