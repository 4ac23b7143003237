# SPDX-License-Identifier: Apache-2.0
"""domxml-to-native: the command line of a guest that nobody has started.

What only preparation knows is stood in for as libvirt does: interfaces of every type are taps with a descriptor,
automatic ports are the first of their range, emulators of others have null devices.
"""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.command import CommandLine, build_command
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.passes import Purpose, complete
from manor.drivers.qemu.paths import DriverPaths
from manor.drivers.qemu.plan import LaunchPlan
from manor.schema.domain import Domain
from manor.schema.domain.chardev import ChardevSource

FIRST_DESCRIPTOR: Final = 25
VNC_PORT: Final = 5900
SPICE_PORT: Final = 5901
NO_ID: Final = -1


def describe(document: Domain, caps: QemuCaps, paths: DriverPaths) -> CommandLine:
    """The command line of `document`, which is completed in place."""
    complete(document, caps, Purpose.NATIVE)
    plan = LaunchPlan(paths.guest(NO_ID, document.name or ""), paths, described=True)
    descriptors = iter(range(FIRST_DESCRIPTOR, 1 << 16))
    for nic in devices_of(document).interfaces:
        if nic.type != "hostdev":
            # Options of a card depend on the connection behind it, and this one has none.
            nic.driver = nic.tune = nic.mtu = nic.teaming = nic.coalesce = None
            plan.fds[alias_of(nic), "tap"] = [next(descriptors)]
    for graphics in devices_of(document).graphics:
        if graphics.port in (None, -1) and (graphics.autoport or graphics.type == "vnc"):
            graphics.port = VNC_PORT if graphics.type == "vnc" else SPICE_PORT
    fill_channels(document, plan)
    return build_command(document, caps, plan)


def fill_channels(document: Domain, plan: LaunchPlan) -> None:
    """Paths of channels whose source the definition leaves to us; those of an earlier run are made anew."""
    ours = f"{plan.driver_paths.runtime}/"
    for channel in devices_of(document).channels:
        given = [source.path for source in channel.sources if source.path and not source.path.startswith(ours)]
        if channel.type == "unix" and not given:
            name = (channel.target.name if channel.target is not None else None) or alias_of(channel)
            channel.sources = [ChardevSource(mode="bind", path=str(plan.paths.channel(name)))]
