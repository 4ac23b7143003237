# SPDX-License-Identifier: Apache-2.0
"""Made-up machines: our figures against those a real libvirtd gave (machines.json)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from manor.errors import ManorError
from manor.system import cpu
from manor.system.host import Host
from manor.system.sysfs import format_ranges
from tests.unit.system.machines import MACHINES, build

ANSWERS: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("machines.json").read_text())


@pytest.fixture(params=list(ANSWERS))
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Host, dict[str, str]]:
    build(MACHINES[request.param], tmp_path)
    return Host(tmp_path, arch="x86_64"), ANSWERS[request.param]


def values(text: str) -> dict[str, str]:
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def test_every_machine_was_recorded() -> None:
    assert list(ANSWERS) == list(MACHINES)


def test_node_info(machine: tuple[Host, dict[str, str]]) -> None:
    host, answers = machine
    info = host.info()
    assert values(answers["nodeinfo"]) == {
        "CPU model": info.model,
        "CPU(s)": str(info.cpus),
        "CPU frequency": f"{info.mhz} MHz",
        "CPU socket(s)": str(info.sockets),
        "Core(s) per socket": str(info.cores),
        "Thread(s) per core": str(info.threads),
        "NUMA cell(s)": str(info.nodes),
        "Memory size": f"{info.memory} KiB",
    }


def test_cpu_map(machine: tuple[Host, dict[str, str]]) -> None:
    host, answers = machine
    found = host.cpu_map()
    bits = [found.cpumap[n // 8] >> n % 8 & 1 for n in range(found.ncpus)]
    assert values(answers["nodecpumap"]) == {
        "CPUs present": str(found.ncpus),
        "CPUs online": str(found.online),
        "CPU map": "".join("y" if bit else "-" for bit in bits),
    }
    assert len(found.cpumap) == (found.ncpus + 7) // 8


@pytest.mark.parametrize(("command", "number"), [("nodecpustats", -1), ("nodecpustats --cpu 1", 1)])
def test_cpu_stats(machine: tuple[Host, dict[str, str]], command: str, number: int) -> None:
    host, answers = machine
    found = dict(host.cpu_stats(number))
    shown = {"user": "user", "system": "kernel", "idle": "idle", "iowait": "iowait"}
    assert values(answers[command]) == {name: str(found[field]) for name, field in shown.items()}


@pytest.mark.parametrize(("command", "cell"), [("nodememstats", -1), ("nodememstats 0", 0), ("nodememstats 1", 1)])
def test_memory_stats(machine: tuple[Host, dict[str, str]], command: str, cell: int) -> None:
    host, answers = machine
    try:
        found = "\n".join(f"{field:7}: {value:20} KiB" for field, value in host.memory_stats(cell))
    except ManorError as error:
        found = f"error: Unable to get number of memory stats\nerror: {error}"
    assert found == answers[command]


def test_free_memory(machine: tuple[Host, dict[str, str]]) -> None:
    host, answers = machine
    assert answers["freecell"] == f"Total: {host.free_memory() // 1024} KiB"
    cells = {cell.id: host.cells_free_memory(cell.id, 1)[0] for cell in host.cells()}
    shown = dict(re.findall(r"(\d+): +(\d+) KiB", answers["freecell --all"]))
    assert shown == {str(cell): str(free // 1024) for cell, free in cells.items()}


def test_free_pages(machine: tuple[Host, dict[str, str]]) -> None:
    host, answers = machine
    recorded = answers["freepages --all"]
    if recorded.startswith("error"):
        with pytest.raises(ManorError) as caught:
            host.free_pages([4, 2048], 0, 1)
        assert recorded == f"error: {caught.value}"
    else:
        parts = []
        for cell in host.cells():
            counts = [f"{page.size}KiB: {page.free}" for page in host.pages(cell.id)]
            parts.append("\n".join([f"Node {cell.id}:", *counts]))
        assert recorded == "\n\n".join(parts)


def test_topology_and_caches(machine: tuple[Host, dict[str, str]]) -> None:
    host, answers = machine
    assert "\n".join([*topology(host), *caches(host)]) == answers["capabilities"]


def topology(host: Host) -> list[str]:
    info = host.info()
    lines = [f"      <topology sockets='{info.sockets}' dies='1' cores='{info.cores}' threads='{info.threads}'/>"]
    cells = host.cells()
    lines += ["    <topology>", f"      <cells num='{len(cells)}'>"]
    for cell in cells:
        lines.append(f"        <cell id='{cell.id}'>")
        if cell.memory:
            lines.append(f"          <memory unit='KiB'>{cell.memory}</memory>")
        lines += [f"          <pages unit='KiB' size='{p.size}'>{p.total}</pages>" for p in host.pages(cell.id)]
        if cell.distances:
            siblings = [f"            <sibling id='{n}' value='{v}'/>" for n, v in cell.distances.items()]
            lines += ["          <distances>", *siblings, "          </distances>"]
        cpus = [cpu_line(place) for place in cell.cpus]
        number = f"          <cpus num='{len(cpus)}'"
        lines += [f"{number}>", *cpus, "          </cpus>"] if cpus else [f"{number}/>"]
        lines.append("        </cell>")
    return [*lines, "      </cells>", "    </topology>"]


def cpu_line(place: cpu.CpuPlace) -> str:
    ids = f"id='{place.cpu}' socket_id='{place.socket}' die_id='{place.die}' core_id='{place.core}'"
    return f"            <cpu {ids} siblings='{format_ranges(place.siblings)}'/>"


def caches(host: Host) -> list[str]:
    lines = [
        f"      <bank id='{bank.id}' level='{bank.level}' type='{bank.type}' size='{bank.size // 1024}' unit='MiB' "
        f"cpus='{format_ranges(bank.cpus)}'/>"
        for bank in host.caches()
    ]
    return ["    <cache>", *lines, "    </cache>"] if lines else []
