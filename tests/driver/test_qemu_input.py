# SPDX-License-Identifier: Apache-2.0
"""Keys, viewers, sleep, I/O threads and resources of one guest that stays paused."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from manor.constants import KeycodeSet
from manor.drivers.qemu.keycodes import numbers
from manor.records import (
    DomainRef,
    TypedParam,
    bool_param,
    int_param,
    llong_param,
    string_param,
    uint_param,
    ullong_param,
)
from manor.records.events import DomainTunableEvent
from tests.support.embedded import Embedded, embedded

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="needs qemu-system-x86_64"),
]

LIVE, CONFIG = 1, 2

XML = """
<domain type='qemu'><name>input</name><memory unit='MiB'>64</memory><vcpu current='1'>2</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices>
  <graphics type='vnc' port='-1'/>
  <interface type='bridge'><source bridge='nowhere'/><mac address='52:54:00:11:22:44'/></interface>
</devices></domain>
"""


class Running(NamedTuple):
    room: Embedded
    dom: DomainRef

    async def call(self, operation: str, *arguments: Any) -> Any:
        return await getattr(self.room.domain, f"domain_{operation}")(self.dom, *arguments)

    async def refused(self, operation: str, *arguments: Any) -> str:
        return await self.room.refused(f"domain_{operation}", self.dom, *arguments)


def values(params: list[TypedParam]) -> dict[str, Any]:
    return {param.field: param.value for param in params}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guest() -> AsyncIterator[Running]:
    async with embedded() as room:
        # The definition has an interface that this machine has no bridge for; the run goes without.
        dom = await room.domain.domain_define_xml_flags(XML.replace("bridge'><source bridge='nowhere'/>", "user'>"), 0)
        dom = await room.domain.domain_create_with_flags(dom, 1)
        await room.domain.domain_define_xml_flags(XML.replace("<name>", f"<uuid>{dom.uuid.hex()}</uuid><name>"), 0)
        yield Running(room, dom)


@pytest.mark.parametrize("codeset", list(KeycodeSet))
async def test_every_key_of_every_set_is_known_to_qemu(guest: Running, codeset: KeycodeSet) -> None:
    codes = sorted(numbers(codeset))
    for start in range(0, len(codes), 16):
        await guest.call("send_key", codeset, 1, codes[start : start + 16], 0)


async def test_keys_nobody_has(guest: Running) -> None:
    assert await guest.refused("send_key", KeycodeSet.XT, 0, [400], 0) == (
        "internal error: cannot translate keycode 400 of xt codeset to qnum keycode"
    )
    assert numbers(KeycodeSet.LINUX)[30] == numbers(KeycodeSet.USB)[4] == numbers(KeycodeSet.OSX)[0] == 30


async def test_nmi_sleep_and_signals(guest: Running) -> None:
    await guest.call("inject_nmi", 0)
    assert "Unable to wake up: guest is not in suspended state" in await guest.refused("pm_wakeup", 0)
    assert await guest.refused("pm_suspend_for_duration", 0, 5, 0) == (
        "argument unsupported: Duration not supported. Use 0 for now"
    )
    assert await guest.refused("send_process_signal", 1, 15, 0) == (
        "this function is not supported by the connection driver: virDomainSendProcessSignal"
    )


async def test_a_viewer_is_handed_over(guest: Running) -> None:
    handle = await guest.call("open_graphics_fd", 0, 1)
    try:
        assert os.read(handle, 12).startswith(b"RFB 003.")
    finally:
        os.close(handle)
    assert await guest.refused("open_graphics_fd", 3, 0) == "internal error: No graphics backend with index 3"


async def test_io_threads_come_are_pinned_and_go(guest: Running) -> None:
    await guest.call("add_iothread", 5, LIVE | CONFIG)
    assert await guest.refused("add_iothread", 5, LIVE) == (
        "invalid argument: an IOThread is already using iothread_id '5'"
    )
    assert [row["id"] for row in await guest.room.qmp(guest.dom, "query-iothreads")] == ["iothread5"]
    await guest.call("pin_iothread", 5, b"\x01", LIVE)
    event = await guest.room.event(DomainTunableEvent)
    assert [tuple(param) for param in event.params] == [tuple(string_param("cputune.iothreadpin5", "0"))]
    await guest.call("set_iothread_params", 5, [ullong_param("poll_max_ns", 1000)], LIVE)
    assert (await guest.room.qmp(guest.dom, "query-iothreads"))[0]["poll-max-ns"] == 1000
    await guest.call("del_iothread", 5, LIVE | CONFIG)
    assert await guest.refused("del_iothread", 5, CONFIG) == (
        "invalid argument: cannot find IOThread '5' in iothreadids list"
    )
    assert (await guest.room.defined(guest.dom)).iothreadids == []


async def test_monitor_commands_that_are_no_text(guest: Running) -> None:
    for flags in (0, 1):
        assert "internal error: " in await guest.refused("monitor_command", "\udcff", flags)
    assert "info" in await guest.call("monitor_command", "help info", 1)


async def test_one_vcpu_is_plugged(guest: Running) -> None:
    await guest.call("set_vcpu", "1", 1, LIVE)
    assert (await guest.room.live(guest.dom)).vcpu.current in (None, 2)
    assert await guest.refused("set_vcpu", "0", 0, LIVE) == "Operation not supported: vcpu '0' can't be unplugged"
    assert await guest.refused("set_vcpu", "3", 1, CONFIG) == (
        "invalid argument: vcpu 3 is not present in persistent config"
    )
    assert await guest.refused("set_vcpu", "1-", 1, LIVE) == "invalid argument: Failed to parse bitmap '1-'"
    assert await guest.refused("set_guest_vcpus", "", 1, 0) == "invalid argument: Failed to parse bitmap ''"
    assert await guest.refused("set_vcpu", "1-500", 1, LIVE) == (
        "invalid argument: vcpu 500 is not present in live config"
    )
    assert await guest.refused("set_vcpu", "0", 0, CONFIG) == "invalid argument: vCPU '0' can't be modified"
    await guest.call("set_vcpu", "1", 1, CONFIG)
    assert (await guest.room.defined(guest.dom)).vcpu.current is None


async def test_resources_of_the_definition(guest: Running) -> None:
    await guest.call("set_scheduler_parameters_flags", [ullong_param("cpu_shares", 100)], CONFIG)
    found = values(await guest.call("get_scheduler_parameters_flags", CONFIG))
    assert found["cpu_shares"] == 100
    assert len(found) == 9
    assert (
        await guest.refused("set_scheduler_parameters_flags", [llong_param("vcpu_quota", 5)], CONFIG)
        == "invalid argument: value of 'vcpu_quota' is out of range [1000, 17592186044415]"
    )

    await guest.call("set_memory_parameters", [ullong_param("hard_limit", 1000000)], CONFIG)
    found = values(await guest.call("get_memory_parameters", CONFIG))
    assert found == {"hard_limit": 1000000, "soft_limit": (1 << 53) - 1, "swap_hard_limit": (1 << 53) - 1}
    assert "must be lower than or equal" in await guest.refused(
        "set_memory_parameters", [ullong_param("swap_hard_limit", 10)], CONFIG
    )

    devices = string_param("device_weight", "/dev/sda,300")
    await guest.call("set_blkio_parameters", [uint_param("weight", 500), devices], CONFIG)
    found = values(await guest.call("get_blkio_parameters", CONFIG))
    assert (found["weight"], found["device_weight"]) == (500, "/dev/sda,300")

    await guest.call("set_numa_parameters", [string_param("numa_nodeset", "0"), int_param("numa_mode", 1)], CONFIG)
    found = values(await guest.call("get_numa_parameters", CONFIG))
    assert found == {"numa_mode": 1, "numa_nodeset": "0"}

    mac = "52:54:00:11:22:44"
    await guest.call("set_interface_parameters", mac, [uint_param("inbound.average", 100)], CONFIG)
    assert values(await guest.call("get_interface_parameters", mac, CONFIG))["inbound.average"] == 100

    await guest.call("set_perf_events", [bool_param("cpu_cycles", True)], CONFIG)
    assert values(await guest.call("get_perf_events", CONFIG))["cpu_cycles"] is True


async def test_parameters_of_a_running_guest(guest: Running) -> None:
    assert await guest.refused("get_interface_parameters", "vnetq", LIVE) == (
        "invalid argument: 'vnetq' is not a known interface"
    )
    assert values(await guest.call("get_numa_parameters", LIVE)) == {"numa_mode": 0, "numa_nodeset": ""}
