# SPDX-License-Identifier: Apache-2.0
"""Interface figures: the kernel's counters of a guest's tap, seen from the guest's side."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.guest import Guest
from manor.records import DomainInterfaceStats, TypedParam, string_param, uint_param, ullong_param
from manor.schema.domain.interface import Interface

_FIELDS: Final = ("bytes", "packets", "errors", "dropped")
_BULK_FIELDS: Final = ("bytes", "pkts", "errs", "drop")


def counters(device: str, *, swap: bool = True) -> DomainInterfaceStats | None:
    """The counters of a host interface; None if it does not exist.

    What a tap receives is what the guest sends, so the directions are swapped; not for an interface that the guest
    shares the direction with (macvtap).
    """
    folder = Path("/sys/class/net") / device / "statistics"
    try:
        received = [int((folder / f"rx_{name}").read_text()) for name in _FIELDS]
        sent = [int((folder / f"tx_{name}").read_text()) for name in _FIELDS]
    except OSError:
        return None
    return DomainInterfaceStats(*sent, *received) if swap else DomainInterfaceStats(*received, *sent)


def host_side(nic: Interface) -> str | None:
    """The host interface of a guest's card."""
    return nic.target.dev if nic.target is not None else None


def bulk(guest: Guest) -> list[TypedParam]:
    """The interface group; cards without a host interface have no figures."""
    if guest.running is None:
        return []
    nics = devices_of(guest.document).interfaces
    params = [uint_param("net.count", len(nics))]
    for number, nic in enumerate(nics):
        device = host_side(nic)
        if device is None:
            continue
        params.append(string_param(f"net.{number}.name", device))
        figures = counters(device, swap=nic.type != "direct")
        if figures is None:
            continue
        values = tuple(figures)
        for direction, part in (("rx", values[:4]), ("tx", values[4:])):
            params += [
                ullong_param(f"net.{number}.{direction}.{name}", value)
                for name, value in zip(_BULK_FIELDS, part, strict=True)
            ]
    return params
