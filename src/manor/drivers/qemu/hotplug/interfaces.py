# SPDX-License-Identifier: Apache-2.0
"""What changes in a network interface of a running guest: its link, and the bridge it is on."""

from __future__ import annotations

from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import alias_of, devices_of
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import matching, rules
from manor.schema.domain.interface import BridgeInterfaceSource, Interface
from manor.system import tap


async def update(core: QemuCore, guest: Guest, running: Running, wanted: Interface) -> None:
    """Change an interface; VIR_ERR_OPERATION_UNSUPPORTED for what must stay, VIR_ERR_DEVICE_MISSING without one."""
    nic = matching.find_interface(running.document, wanted)
    _check(nic, wanted)
    if wanted.type != nic.type:
        raise rules.unsupported(f"unable to change config on '{wanted.type}' network type")
    if (wanted.link or "up") != (nic.link or "up"):
        await set_link(running, nic, up=wanted.link != "down")
        nic.link = wanted.link
    if isinstance(wanted.source, BridgeInterfaceSource) and isinstance(nic.source, BridgeInterfaceSource):
        _move(nic, nic.source, wanted.source.bridge)
    core.save_status(guest)


def _move(nic: Interface, source: BridgeInterfaceSource, bridge: str | None) -> None:
    """Put the host's end on another bridge."""
    if bridge and bridge != source.bridge and nic.target is not None:
        tap.add_to_bridge(nic.target.dev or "", bridge)
        source.bridge = bridge


def _check(nic: Interface, wanted: Interface) -> None:
    model, new_model = nic.model or "virtio", wanted.model
    if new_model is not None and new_model != model:
        raise rules.unsupported(f"cannot modify network device model from {model} to {new_model}")
    if wanted.driver is not None and not matching.covers(nic.driver, wanted.driver):
        raise rules.unsupported("cannot modify virtio network device driver attributes")
    if wanted.script is not None and wanted.script != nic.script:
        raise rules.unsupported("cannot modify network device script attribute")
    if wanted.target is not None and wanted.target.dev and not matching.covers(nic.target, wanted.target):
        raise rules.unsupported("cannot modify network device tap name")
    if wanted.address is not None and not matching.covers(nic.address, wanted.address):
        raise rules.unsupported("cannot modify network device guest PCI address")
    if wanted.boot is not None and not matching.covers(nic.boot, wanted.boot):
        raise rules.unsupported("cannot modify network device boot index setting")
    if wanted.mtu is not None and wanted.mtu != nic.mtu:
        raise rules.unsupported("cannot modify MTU")


async def set_link(running: Running, nic: Interface, *, up: bool) -> None:
    """Plug or pull the guest's network cable."""
    await running.monitor.execute("set_link", {"name": alias_of(nic), "up": up})


async def apply_all(running: Running) -> None:
    """Pull the cables that are to be down in a QEMU that has just started."""
    for nic in devices_of(running.document).interfaces:
        if nic.link == "down" and nic.type != "hostdev":
            await set_link(running, nic, up=False)
