# SPDX-License-Identifier: Apache-2.0
"""The QEMU command line: a pure function of a completed document, the binary's capabilities and the host's plan.

`SECTIONS` is the order of options, libvirt's own; each section lives with the devices it is about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.command import (
    chardevs,
    controllers,
    disks,
    display,
    firmware,
    hostdevs,
    machine,
    memory,
    misc,
    network,
    security,
)
from manor.drivers.qemu.command.line import Build, CommandLine
from manor.drivers.qemu.plan import LaunchPlan
from manor.schema.domain import Domain

__all__ = ["Build", "CommandLine", "build_command"]

Section = Callable[[Build], None]

SECTIONS: Final[tuple[Section, ...]] = (
    machine.name,
    machine.stopped,
    machine.master_key,
    disks.flash,
    machine.machine,
    machine.cpu,
    machine.bios,
    memory.size,
    memory.main,
    machine.overcommit,
    machine.smp,
    machine.iothreads,
    memory.numa,
    machine.identity,
    firmware.smbios,
    firmware.fw_cfg,
    firmware.generation_id,
    machine.headless,
    machine.no_defaults,
    machine.monitor,
    machine.clock,
    machine.power,
    machine.boot,
    misc.iommu,
    controllers.root_options,
    controllers.controllers,
    memory.devices,
    misc.hubs,
    controllers.card_readers,
    disks.floppy_boot,
    disks.disks,
    misc.filesystems,
    network.interfaces,
    chardevs.smartcards,
    chardevs.serials,
    chardevs.parallels,
    chardevs.channels,
    chardevs.consoles,
    misc.tpms,
    misc.inputs,
    display.audio,
    display.graphics,
    display.videos,
    display.sounds,
    misc.watchdog,
    chardevs.redirections,
    hostdevs.hostdevs,
    machine.incoming,
    misc.balloon,
    misc.rngs,
    misc.nvram,
    firmware.crash_notes,
    security.guest,
    machine.commandline,
    machine.sandbox,
    misc.panics,
    misc.shmems,
    misc.vsock,
    machine.messages,
)


def build_command(document: Domain, caps: QemuCaps, plan: LaunchPlan) -> CommandLine:
    """The command line that runs `document`, which has been through the passes.

    Raises VIR_ERR_CONFIG_UNSUPPORTED for what this QEMU or this driver cannot run.
    """
    build = Build(document, caps, plan)
    for section in SECTIONS:
        section(build)
    emulator = (document.devices.emulator if document.devices is not None else None) or caps.path
    return CommandLine([emulator, *build.args], _environment(document, plan))


def _environment(document: Domain, plan: LaunchPlan) -> dict[str, str]:
    """QEMU's whole environment: nothing of ours leaks into it."""
    folder = str(plan.paths.folder)
    environment = {
        "LC_ALL": "C",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": folder,
        "XDG_DATA_HOME": f"{folder}/.local/share",
        "XDG_CACHE_HOME": f"{folder}/.cache",
        "XDG_CONFIG_HOME": f"{folder}/.config",
    }
    for screen in document.devices.graphics if document.devices is not None else ():
        if screen.type == "sdl":
            wanted = {"XAUTHORITY": screen.xauth, "DISPLAY": screen.display}
            environment |= {name: value for name, value in wanted.items() if value}
    own = document.qemu_commandline
    for variable in own.envs if own is not None else ():
        environment[variable.name or ""] = variable.value or ""
    return environment
