# SPDX-License-Identifier: Apache-2.0
"""Ports of virtio-serial controllers: those that documents give, and those that channels are assigned."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.passes.context import Context
from manor.schema.common.address import VirtioSerialAddress
from manor.schema.domain.chardev import Channel, Console
from manor.schema.domain.controller import Controller
from manor.schema.passes.report import xml_error

_SERIAL_PORTS: Final = 31


class _Ports:
    """The free ports of every virtio-serial controller."""

    def __init__(self, controllers: list[Controller]) -> None:
        self._counts = {
            item.index or 0: item.ports if item.ports is not None else _SERIAL_PORTS
            for item in controllers
            if item.type == "virtio-serial"
        }
        self.free = {index: set(range(count)) for index, count in self._counts.items()}

    def take(self, controller: int, port: int) -> None:
        """Take a port; VIR_ERR_XML_ERROR when it is taken or there is none."""
        free = self.free.get(controller)
        if free is None:
            raise xml_error(f"virtio serial controller {controller} is missing")
        if port >= self._counts[controller]:
            raise xml_error(f"virtio serial controller {controller} does not have port {port}")
        if port not in free:
            raise xml_error(f"virtio serial port {port} on controller {controller} is already occupied")
        free.discard(port)


def assign(context: Context) -> None:
    """Channels: the next free port, on a further controller where all are taken. Port 0 is a console's."""
    devices = context.devices
    users: list[Console | Channel] = [*devices.consoles, *devices.channels]
    users = [item for item in users if _is_virtio(item)]
    if not users:
        return
    ports = _Ports(devices.controllers)
    for item in users:
        address = item.address
        if isinstance(address, VirtioSerialAddress) and address.port:
            ports.take(address.controller or 0, address.port)
    for channel in devices.channels:
        if not _is_virtio(channel):
            continue
        address = channel.address
        if isinstance(address, VirtioSerialAddress) and address.port:
            address.bus = 0
            continue
        wanted = address.controller or 0 if isinstance(address, VirtioSerialAddress) else None
        controller, port = _next_port(context, ports, wanted)
        ports.free[controller].discard(port)
        channel.address = VirtioSerialAddress(type="virtio-serial", controller=controller, bus=0, port=port)


def _is_virtio(item: Console | Channel) -> bool:
    return item.target is not None and item.target.type == "virtio"


def _next_port(context: Context, ports: _Ports, wanted: int | None) -> tuple[int, int]:
    for controller in sorted(ports.free) if wanted is None else (wanted,):
        usable = [port for port in ports.free.get(controller, ()) if port]
        if usable:
            return controller, min(usable)
    if wanted is not None:
        raise xml_error("Unable to find a free virtio-serial port")
    index = max(ports.free, default=-1) + 1
    context.add_controller(Controller(type="virtio-serial", index=index))
    ports.free[index] = set(range(_SERIAL_PORTS))
    return index, 1
