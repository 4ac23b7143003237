# SPDX-License-Identifier: Apache-2.0
"""From the command-line options of one device to the QMP commands that plug it, and those that take it away again.

The options come from the builders a start uses, given a document that is reduced to the controllers and this device.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.command import blockdev, chardevs, controllers, disks, memory, misc, network, secrets
from manor.drivers.qemu.command.line import Build
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.hotplug.chardev_options import chardev_add
from manor.drivers.qemu.passes import insert_device
from manor.drivers.qemu.plan import LaunchPlan, SecretObject
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import Device
from manor.schema.core import Element
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Channel, Console, Parallel, RedirDev, Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices, Input, MemoryDevice, Rng, Vsock, Watchdog
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Shmem
from manor.schema.domain.interface import Interface

_error = reporter(ErrorDomain.QEMU)

Arguments = dict[str, Any]

_SECTIONS: Final[Mapping[type[Element], Callable[[Build], None]]] = {
    Disk: disks.disks,
    Interface: network.interfaces,
    Serial: chardevs.serials,
    Parallel: chardevs.parallels,
    Channel: chardevs.channels,
    Console: chardevs.consoles,
    RedirDev: chardevs.redirections,
    Filesystem: misc.filesystems,
    Input: misc.inputs,
    Rng: misc.rngs,
    Shmem: misc.shmems,
    MemoryDevice: memory.devices,
    Vsock: misc.vsock,
    Watchdog: misc.watchdog,
}
"""The part of the command line each kind of device is in."""

_PREPARED_BY_QEMU: Final = frozenset({"user", "server", "client", "mcast", "udp", "vhostuser", "hostdev"})
"""Interfaces without a descriptor of the host's."""


class Step(msgspec.Struct, frozen=True):
    """One QMP command, and the one that takes it back (`undo` is empty where there is nothing to take back)."""

    command: str
    arguments: Arguments
    undo: str
    undo_arguments: Arguments


def reduced(document: Domain, device: Device, controllers: tuple[Controller, ...] = ()) -> Domain:
    """The document with nothing but its controllers, those about to be plugged as well, and one device."""
    known = devices_of(document)
    narrow = Devices(controllers=[*known.controllers, *controllers], redirfilter=known.redirfilter)
    result = document.evolve(devices=narrow)
    if not isinstance(device, Controller):
        insert_device(result, device)
    elif all(item is not device for item in narrow.controllers):
        narrow.controllers.append(device)
    return result


def steps(document: Domain, caps: QemuCaps, plan: LaunchPlan, device: Device) -> list[Step]:
    """The commands that plug `device`, in order; `document` is `reduced` to it and `plan` has its descriptors.

    Raises VIR_ERR_CONFIG_UNSUPPORTED for what cannot be built.
    """
    build = Build(document, caps, plan)
    # Without the other devices the boot order of kinds says nothing; a device's own place counts.
    build.boot_order = {id(device): device.boot.order} if device.boot is not None and device.boot.order else {}
    if isinstance(device, Controller):
        build.device(controllers.controller_device(build, device), device)
    else:
        section = _SECTIONS.get(type(device))
        if section is None:
            raise _error(
                ErrorNumber.OPERATION_UNSUPPORTED, f"live attach of device '{device.__schema__.tag}' is not supported"
            )
        section(build)
    names = descriptor_names(plan)
    arguments = iter(build.args)
    return [_step(option.removeprefix("-"), next(arguments), names) for option in arguments]


def removal_steps(document: Domain, caps: QemuCaps, plan: LaunchPlan, device: Device) -> list[Step]:
    """What is left of `device` in QEMU once the guest has let go of it, in the order it was made."""
    if isinstance(device, Interface) and device.type not in _PREPARED_BY_QEMU:
        # Which descriptors it has does not matter any more, only that it is a tap.
        plan.fds[alias_of(device), "tap"] = [0]
    if isinstance(device, Disk):
        # Nor does what is in its secrets.
        needs = [need for image in blockdev.chain(device) for need in secrets.image_needs(image)]
        plan.secrets = {need.alias: SecretObject(need.alias, "", "") for need in needs}
    try:
        found = steps(reduced(document, device), caps, plan, device)
    finally:
        plan.fds.clear()
    return [step for step in found if step.undo and step.command != "device_add"]


def descriptor_names(plan: LaunchPlan) -> dict[str, str]:
    """What QEMU shall call each descriptor of a plan: number on this side, in text, to name on QEMU's."""
    return {
        str(fd): f"{role}-{alias}-{position}"
        for (alias, role), fds in plan.fds.items()
        for position, fd in enumerate(fds)
    }


def _step(option: str, value: str, names: Mapping[str, str]) -> Step:
    if option == "chardev":
        arguments = chardev_add(value, names)
        return Step("chardev-add", arguments, "chardev-remove", {"id": arguments["id"]})
    if option == "watchdog-action":
        return Step("watchdog-set-action", {"action": value}, "", {})
    command, undo, key = _COMMANDS[option]
    arguments = json.loads(value)
    for name in ("fd", "fds", "vhostfd", "vhostfds"):
        if isinstance(arguments.get(name), str):
            arguments[name] = ":".join(names.get(part, part) for part in arguments[name].split(":"))
    return Step(command, arguments, undo, {key: arguments[key]} if key in arguments else {})


_COMMANDS: Final = {
    "blockdev": ("blockdev-add", "blockdev-del", "node-name"),
    "object": ("object-add", "object-del", "id"),
    "netdev": ("netdev_add", "netdev_del", "id"),
    "device": ("device_add", "device_del", "id"),
}
"""Option to the command that does the same, the one that takes it back, and the argument that names the thing."""
