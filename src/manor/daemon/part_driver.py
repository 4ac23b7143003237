# SPDX-License-Identifier: Apache-2.0
"""Connections to one service of the daemon's hypervisor driver, such as network:///system.

libvirtd has them too. They know one kind of object, and answer the few questions about the connection itself.
"""

from __future__ import annotations

from functools import cache

from manor.drivers.interface import Driver
from manor.drivers.interface.driver import FAMILIES
from manor.drivers.interface.host import HostFamily

PARTS = {
    "interface": "interface",
    "network": "network",
    "nodedev": "node_device",
    "nwfilter": "nwfilter",
    "secret": "secret",
    "storage": "storage",
}
"""URI scheme to the family (attribute of `Driver`) that is served."""


class _PartHost(HostFamily):
    """What such a connection says of itself; the rest is not its business."""

    def __init__(self, whole: Driver, scheme: str) -> None:
        super().__init__(whole.session)
        self._whole = whole
        self._scheme = scheme

    async def connect_get_type(self) -> str:
        return self._scheme

    async def connect_get_uri(self) -> str:
        return self.session.uri

    async def connect_get_hostname(self) -> str:
        return await self._whole.host.connect_get_hostname()

    async def connect_is_secure(self) -> int:
        return await self._whole.host.connect_is_secure()

    async def connect_supports_feature(self, feature: int) -> int:
        return await self._whole.host.connect_supports_feature(feature)


class _PartDriver(Driver):
    """A connection to one part of `whole`, which is closed with it."""

    def __init__(self, whole: Driver) -> None:
        family = PARTS[self.name]
        parts = {"host": _PartHost(whole, self.name), family: getattr(whole, family)}
        super().__init__(whole.session, whole.events, **parts)
        self._whole = whole

    async def close(self) -> None:
        await self._whole.close()


@cache
def _class_of(scheme: str) -> type[_PartDriver]:
    return type(f"{scheme.capitalize()}PartDriver", (_PartDriver,), {"name": scheme})


def part_of(whole: Driver, scheme: str) -> Driver | None:
    """A connection to what a scheme stands for; None where the driver has nothing of the kind."""
    family = PARTS[scheme]
    if type(getattr(whole, family)) is FAMILIES[family]:
        return None
    return _class_of(scheme)(whole)
