# SPDX-License-Identifier: Apache-2.0
"""This machine: our figures against those of a real libvirtd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from manor.errors import ManorError
from manor.records import TypedParam
from manor.system import sysinfo
from manor.system.host import Host, hostname
from tests.support import stock
from tests.support.libvirtd import Libvirtd

if (reason := stock.missing_python()) is not None:
    pytest.skip(reason, allow_module_level=True)

FIGURES = """
c = libvirt.open(URI)
answer({
    "info": c.getInfo(), "cpu_map": c.getCPUMap(), "hostname": c.getHostname(),
    "cpu_stats": c.getCPUStats(-1), "cpu0_stats": c.getCPUStats(0),
    "memory_stats": c.getMemoryStats(-1), "cell_memory_stats": c.getMemoryStats(0),
    "memory_parameters": c.getMemoryParameters(), "free": c.getFreeMemory(),
    "cells_free": c.getCellsFreeMemory(0, 8), "free_pages": c.getFreePages([4, 2048], 0, 1),
})
"""


@pytest.fixture(scope="module")
def figures(libvirtd: Libvirtd) -> dict[str, Any]:
    """libvirtd's figures, taken while the machine's memory stayed the same: a virtual one's may change."""
    for _ in range(20):
        before = Host().info()
        found: dict[str, Any] = stock.stock_python(FIGURES, libvirtd.uri())
        if Host().info() == before:
            return {"ours": before, **found}
    pytest.skip("the machine's memory changes all the time")


def test_node_info(figures: dict[str, Any]) -> None:
    info = figures["ours"]
    assert figures["info"] == [info.model, info.memory // 1024, *info[2:]]


def test_cpu_map(figures: dict[str, Any]) -> None:
    found = Host().cpu_map()
    bits = [bool(found.cpumap[n // 8] >> n % 8 & 1) for n in range(found.ncpus)]
    assert figures["cpu_map"] == [found.ncpus, bits, found.online]


def test_cpu_stats(figures: dict[str, Any]) -> None:
    """The same fields; the values are those of a moment later."""
    for key, cpu in (("cpu_stats", -1), ("cpu0_stats", 0)):
        ours = dict(Host().cpu_stats(cpu))
        assert list(ours) == list(figures[key])
        for field, value in figures[key].items():
            assert value <= ours[field] < value + 600 * 10**9


def test_memory(figures: dict[str, Any]) -> None:
    host = Host()
    for key, cell in (("memory_stats", -1), ("cell_memory_stats", 0)):
        ours = dict(host.memory_stats(cell))
        assert list(ours) == list(figures[key])
        if cell == -1:
            assert ours["total"] == figures[key]["total"]
        else:
            assert figures["ours"].memory >= figures[key]["total"]
    assert {param.field: param.value for param in host.memory_parameters()} == figures["memory_parameters"]
    assert len(host.cells_free_memory(0, 8)) == len(figures["cells_free"])
    assert len(host.free_pages([4, 2048], 0, 1)) == len(figures["free_pages"]["0"])


def test_free_memory_is_of_the_same_order(figures: dict[str, Any]) -> None:
    """Other programs use memory meanwhile: within an eighth of the whole."""
    host = Host()
    slack = host.info().memory * 1024 // 8
    assert abs(host.free_memory() - figures["free"]) < slack
    assert abs(host.free_pages([4], 0, 1)[0] - figures["free_pages"]["0"]["4"]) < slack // 4096


def test_hostname(figures: dict[str, Any]) -> None:
    assert hostname() == figures["hostname"]


def test_firmware(libvirtd: Libvirtd) -> None:
    real = stock.virsh(libvirtd.uri(), "sysinfo")
    assert bool(sysinfo.read(Host().tree)) == (real.returncode == 0)


def test_kvm(libvirtd: Libvirtd) -> None:
    """libvirtd offers KVM guests where KVM can be used."""
    capabilities = stock.virsh(libvirtd.uri(), "capabilities", check=True).stdout
    assert ("<domain type='kvm'/>" in capabilities) == Host().kvm.usable


ERRORS = """
c = libvirt.open(URI)
def told(call, *arguments):
    try:
        call(*arguments)
    except libvirt.libvirtError as e:
        return [e.get_error_code(), e.get_error_message(), e.get_str1(), e.get_str2(), e.get_int1()]
answer({
    "cpu_stats": told(c.getCPUStats, 4000), "memory_stats": told(c.getMemoryStats, 99),
    "cells": told(c.getCellsFreeMemory, 99, 1), "size": told(c.getFreePages, [5], 0, 1),
    "start": told(c.getFreePages, [4], 99, 1), "pool": told(c.allocPages, {4: 1}, 0, 1, 1),
    "parameter": told(c.setMemoryParameters, {"shm_pages_shared": 1}),
    "suspend": told(c.suspendForDuration, 7, 60),
})
"""


def test_errors(libvirtd: Libvirtd) -> None:
    host = Host()
    attempts: dict[str, Callable[[], object]] = {
        "cpu_stats": lambda: host.cpu_stats(4000),
        "memory_stats": lambda: host.memory_stats(99),
        "cells": lambda: host.cells_free_memory(99, 1),
        "size": lambda: host.free_pages([5], 0, 1),
        "start": lambda: host.free_pages([4], 99, 1),
        "pool": lambda: host.allocate_pages({4: 1}, 0, 1, add=False),
        "parameter": lambda: host.set_memory_parameters([TypedParam("shm_pages_shared", 4, 1)]),
        "suspend": lambda: host.suspend(7, 60),
    }
    ours: dict[str, list[object]] = {}
    for name, attempt in attempts.items():
        with pytest.raises(ManorError) as caught:
            attempt()
        error = caught.value
        ours[name] = [int(error.code), error.message, error.str1, error.str2, error.int1]
    assert ours == stock.stock_python(ERRORS, libvirtd.uri())
