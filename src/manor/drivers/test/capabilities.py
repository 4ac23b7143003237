# SPDX-License-Identifier: Apache-2.0
"""The capabilities document of the test driver's host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from manor.drivers.test.node import Cell

EMULATOR = "/usr/bin/test-hv"
_PAGES = (4, 8, 2048, 1048576)  # KiB


def capabilities_xml(cells: Sequence[Cell]) -> str:
    """What virConnectGetCapabilities answers for a host with these cells."""
    lines = [
        "<capabilities>",
        "",
        "  <host>",
        "    <cpu>",
        "      <arch>i686</arch>",
        "      <features>",
        "        <pae/>",
        "        <nonpae/>",
        "      </features>",
        *(f"      <pages unit='KiB' size='{size}'/>" for size in _PAGES),
        "    </cpu>",
        "    <power_management/>",
        "    <iommu support='no'/>",
        *_topology(cells),
        "    <secmodel>",
        "      <model>testSecurity</model>",
        "      <doi></doi>",
        "    </secmodel>",
        "  </host>",
        "",
        *_guest("hvm"),
        *_guest("xen"),
        "</capabilities>",
    ]
    return "\n".join(lines) + "\n"


def _topology(cells: Sequence[Cell]) -> Iterator[str]:
    yield "    <topology>"
    yield f"      <cells num='{len(cells)}'>"
    for number, cell in enumerate(cells):
        yield f"        <cell id='{number}'>"
        yield f"          <memory unit='KiB'>{cell.memory}</memory>"
        for size, count in cell.pages:
            yield f"          <pages unit='KiB' size='{size}'>{count}</pages>"
        yield f"          <cpus num='{len(cell.cpus)}'>"
        for core, cpu in enumerate(cell.cpus):
            place = f"socket_id='{cell.socket}' die_id='0' core_id='{core}' siblings='{cpu}'"
            yield f"            <cpu id='{cpu}' {place}/>"
        yield "          </cpus>"
        yield "        </cell>"
    yield "      </cells>"
    yield "    </topology>"


def _guest(os_type: str) -> Iterator[str]:
    yield from (
        "  <guest>",
        f"    <os_type>{os_type}</os_type>",
        "    <arch name='i686'>",
        "      <wordsize>32</wordsize>",
        f"      <emulator>{EMULATOR}</emulator>",
        "      <domain type='test'/>",
        "    </arch>",
        "    <features>",
        "      <pae/>",
        "      <nonpae/>",
        "    </features>",
        "  </guest>",
        "",
    )
