# SPDX-License-Identifier: Apache-2.0
"""domxml-to-native: the command line of a guest that nobody has started.

What only preparation knows is stood in for as libvirt does: interfaces of every type are taps with a descriptor,
automatic ports are the first of their range, emulators of others have null devices.
"""

from __future__ import annotations

import os
import re
from typing import Final

import msgspec

from manor.drivers.qemu import cpu_model, firmware_choice, prepare_secrets
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.command import CommandLine, build_command, secrets
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.passes import Purpose, complete
from manor.drivers.qemu.paths import DriverPaths
from manor.drivers.qemu.plan import LaunchPlan
from manor.drivers.qemu.prepare_secrets import SecretLookup
from manor.schema.common.address import VirtioSerialAddress
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Channel, ChardevSource
from manor.schema.domain.interface import Interface

FIRST_DESCRIPTOR: Final = 25
VNC_PORT: Final = 5900
SPICE_PORT: Final = 5901
NO_ID: Final = -1


class Draft(msgspec.Struct, frozen=True):
    """A guest nobody started, ready to be described but for its secrets."""

    document: Domain
    caps: QemuCaps
    plan: LaunchPlan

    def command(self) -> CommandLine:
        """The command line; secrets must be in the plan by now."""
        return build_command(self.document, self.caps, self.plan)


async def translate(document: Domain, caps: QemuCaps, paths: DriverPaths, lookup: SecretLookup) -> CommandLine:
    """The command line of `document`, which is completed in place, with its secrets looked up.

    Raises what `complete` and command building raise, VIR_ERR_NO_SECRET for a secret that is not there.
    """
    made = draft(document, caps, paths)
    key = os.urandom(prepare_secrets.MASTER_KEY_BYTES)
    await prepare_secrets.fill(made.plan, secrets.needs(document), key, lookup)
    return made.command()


def describe(document: Domain, caps: QemuCaps, paths: DriverPaths) -> CommandLine:
    """The same of a document without secrets."""
    return draft(document, caps, paths).command()


def draft(document: Domain, caps: QemuCaps, paths: DriverPaths) -> Draft:
    """Complete `document` in place and stand in for what preparation knows."""
    document.drop_runtime()
    complete(document, caps, Purpose.DEFINE)
    for nic in devices_of(document).interfaces:
        _disconnect(nic)
    complete(document, caps, Purpose.NATIVE)
    firmware_choice.choose(document, caps, paths.nvram)
    cpu_model.resolve(document, caps)
    plan = LaunchPlan(paths.guest(NO_ID, document.name or ""), paths, described=True)
    descriptors = iter(range(FIRST_DESCRIPTOR, 1 << 16))
    for nic in devices_of(document).interfaces:
        plan.fds[alias_of(nic), "tap"] = [next(descriptors)]
    for graphics in devices_of(document).graphics:
        if graphics.port in (None, -1) and (graphics.autoport or graphics.type == "vnc"):
            graphics.port = VNC_PORT if graphics.type == "vnc" else SPICE_PORT
    fill_channels(document, plan)
    return Draft(document, caps, plan)


def _disconnect(nic: Interface) -> None:
    """Leave of an interface its model and MAC address: the rest depends on what it is connected to, and that is
    nothing. Its place on the bus is chosen anew."""
    kept = {"type": "ethernet", "model": nic.model, "mac": nic.mac, "script": nic.script}
    if nic.type == "hostdev":
        return
    for field in nic.__schema__.fields:
        setattr(nic, field.name, kept[field.name] if field.name in kept else field.initial())


def fill_channels(document: Domain, plan: LaunchPlan) -> None:
    """Paths of channels whose source the definition leaves to us; those of an earlier run are made anew."""
    for channel in devices_of(document).channels:
        if channel.type != "unix":
            continue
        name = channel.target.name if channel.target is not None else None
        if all(not source.path or _is_ours(source.path, name, plan) for source in channel.sources):
            path = plan.paths.channel(name or _unnamed(channel))
            channel.sources = [ChardevSource(mode="bind", path=str(path))]


def _is_ours(path: str, name: str | None, plan: LaunchPlan) -> bool:
    """Whether a path was made by us or by an earlier libvirt: it ends with a guest's folder and the channel's name."""
    made_before = name is not None and re.search(rf"/domain-[^/]+/{re.escape(name)}$", path) is not None
    return made_before or path.startswith(f"{plan.driver_paths.runtime}/")


def _unnamed(channel: Channel) -> str:
    """The socket of a port without a name: called after its place."""
    address = channel.address
    if not isinstance(address, VirtioSerialAddress):
        return alias_of(channel)
    return f"vioser-{address.controller or 0:02}-{address.bus or 0:02}-{address.port or 0:02}.sock"
