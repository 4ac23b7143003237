# SPDX-License-Identifier: Apache-2.0
"""Network interfaces before a start: taps, made and connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.drivers.qemu.documents import alias_of
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.domain.interface import BridgeInterfaceSource, Interface, InterfaceTarget
from manor.system import tap

if TYPE_CHECKING:
    from manor.drivers.qemu.prepare import Preparation

_error = reporter(ErrorDomain.QEMU)

TAP_PREFIX = "vnet"


async def prepare(p: Preparation) -> None:
    """Make what each interface needs on the host."""
    for nic in p.document.devices.interfaces if p.document.devices is not None else ():
        match nic.type:
            case "bridge" | "ethernet":
                _tap(p, nic)
            case "user" | "server" | "client" | "mcast" | "udp" | "vhostuser":
                continue
            case "network":
                name = getattr(nic.source, "network", None)
                raise _error(ErrorNumber.NO_NETWORK, f"no network with matching name '{name}'")
            case _:
                raise _error(
                    ErrorNumber.CONFIG_UNSUPPORTED,
                    f"interfaces of type '{nic.type}' are not supported by this driver yet",
                )


def _tap(p: Preparation, nic: Interface) -> None:
    """A tap per queue, on its bridge."""
    queues = (nic.driver.queues if nic.driver is not None else None) or 1
    wanted = nic.target.dev if nic.target is not None else None
    made = tap.create(wanted or f"{TAP_PREFIX}%d", queues, multi_queue=queues > 1)
    p.plan.fds[alias_of(nic), "tap"] = made.fds
    if nic.target is None:
        nic.target = InterfaceTarget()
    nic.target.dev = made.name
    if nic.mac is not None and nic.mac.address:
        tap.set_mac(made.name, "fe" + nic.mac.address[2:])
    bridge = nic.source.bridge if isinstance(nic.source, BridgeInterfaceSource) else None
    # A port with smaller packets would make those of the whole bridge smaller.
    mtu = nic.mtu or (tap.mtu_of(bridge) if bridge else None)
    if mtu:
        tap.set_mtu(made.name, mtu)
    if bridge:
        tap.add_to_bridge(made.name, bridge)
    tap.set_up(made.name, up=nic.link != "down")
