# SPDX-License-Identifier: Apache-2.0
"""Host figures that the recorded machines do not show: no NUMA, pages, KSM, identity, suspending, KVM."""

from __future__ import annotations

import errno
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.constants import NodeSuspendTarget
from manor.errors import ErrorNumber, ManorError
from manor.records import NodeMemoryStat, TypedParam
from manor.system import kvm, memory, pages
from manor.system.cpu import cpu_stats
from manor.system.host import Host, hostname
from manor.system.sysfs import Tree, format_ranges, parse_ranges
from tests.unit.system.machines import MACHINES, NO_NUMA, build, put


@given(st.sets(st.integers(0, 300)))
def test_ranges(numbers: set[int]) -> None:
    assert parse_ranges(format_ranges(numbers)) == tuple(sorted(numbers))


@pytest.mark.parametrize("text", ["a", "3-1", "-1", "1--2", "0-99999999999", "1;2"])
def test_bad_ranges(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_ranges(text)


def test_a_machine_without_numa(tmp_path: Path) -> None:
    build(NO_NUMA, tmp_path)
    host = Host(tmp_path, "x86_64")
    info = host.info()
    assert (info.nodes, info.sockets, info.cores, info.threads) == (1, 1, 4, 2)
    assert info.memory == 16_000_000
    assert host.free_memory() == 3_000_000 * 1024
    (cell,) = host.cells()
    assert (cell.id, cell.memory, cell.distances, len(cell.cpus)) == (0, 16_000_000, {}, 8)
    assert host.memory_stats(0) == [NodeMemoryStat("total", 16_000_000), NodeMemoryStat("free", 3_000_000)]


def test_cpus_going_offline_are_noticed(tmp_path: Path) -> None:
    build(MACHINES["threads"], tmp_path)
    host = Host(tmp_path, "x86_64")
    assert (host.info().cpus, len(host.cells()[0].cpus)) == (4, 4)
    put(tmp_path / "sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 8 kB\nNode 0 MemFree: 4 kB")
    assert (host.cells()[0].memory, host.info().memory) == (8, 8)
    put(tmp_path / "sys/devices/system/cpu/online", "0-2")
    put(tmp_path / "sys/devices/system/node/node0/cpulist", "0-2")
    assert (host.info().cpus, len(host.cells()[0].cpus)) == (3, 3)


def test_an_empty_machine(tmp_path: Path) -> None:
    """Nothing can be read: no figure, but no failure either."""
    host = Host(tmp_path, "riscv64")
    assert host.cpu_map().ncpus == 0
    assert host.caches() == []
    assert host.memory_parameters() == []
    assert host.memory_stats(-1) == []
    assert host.suspend_targets() == []
    assert host.security_modules() == []
    assert not host.has_iommu()
    assert host.free_memory() == 0
    assert host.page_sizes() == [pages.SYSTEM_PAGE]


@pytest.mark.parametrize(
    ("arch", "line", "mhz"),
    [
        ("x86_64", "cpu MHz\t\t: 2596.999", 2596),
        ("ppc64le", "clock\t\t: 3425.000000MHz", 3425),
        ("s390x", "cpu MHz dynamic : 5208", 5208),
        ("aarch64", "BogoMIPS\t: 200.00", 0),
        ("x86_64", "cpu MHz\t\t: unknown", 0),
    ],
)
def test_clock(tmp_path: Path, arch: str, line: str, mhz: int) -> None:
    build(NO_NUMA, tmp_path)
    put(tmp_path / "proc/cpuinfo", f"processor : 0\n{line}")
    assert Host(tmp_path, arch).info().mhz == mhz


def test_architecture_names() -> None:
    assert Host(arch="i586").arch == "i686"
    assert Host(arch="arm64").arch == "aarch64"


def test_cpu_stats_of_an_unknown_cpu(tmp_path: Path) -> None:
    build(NO_NUMA, tmp_path)
    with pytest.raises(ManorError, match="Invalid cpuNum in virHostCPUGetStatsLinux"):
        cpu_stats(Tree(tmp_path), 8)


# -- pages ---------------------------------------------------------------------------------------------


def machine_with_pages(root: Path) -> Host:
    for node in (0, 1):
        place = root / f"sys/devices/system/node/node{node}"
        put(place / "meminfo", f"Node {node} MemTotal: 1000000 kB\nNode {node} MemFree: 400000 kB")
        put(place / "hugepages/hugepages-2048kB/nr_hugepages", "10")
        put(place / "hugepages/hugepages-2048kB/free_hugepages", "4")
    put(root / "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "20")
    put(root / "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "8")
    return Host(root, "x86_64")


def test_pages(tmp_path: Path) -> None:
    host = machine_with_pages(tmp_path)
    size = pages.SYSTEM_PAGE
    small = pages.Pages(size, (1000000 - 10 * 2048) // size, 400000 // size)
    assert host.pages(0) == [small, pages.Pages(2048, 10, 4)]
    assert host.free_pages([2048, size], 0, 9) == [4, small.free, 4, small.free]
    assert host.free_pages([2048], -1, 2) == [8, 4]
    with pytest.raises(ManorError, match="operation failed: page size 5 is not available on node 1"):
        host.free_pages([5], 1, 1)
    with pytest.raises(ManorError, match=r"start cell 2 out of range .0-1"):
        host.free_pages([2048], 2, 1)


def test_allocating_pages(tmp_path: Path) -> None:
    host = machine_with_pages(tmp_path)
    count = tmp_path / "sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages"
    assert host.allocate_pages({2048: 5}, 0, 2, add=True) == 2
    assert count.read_text() == "15"
    assert host.allocate_pages({2048: 3}, 0, 1, add=False) == 1
    assert count.read_text() == "3"
    with pytest.raises(ManorError, match="system pages pool can't be modified"):
        host.allocate_pages({pages.SYSTEM_PAGE: 1}, 0, 1, add=True)


def test_the_kernel_finds_fewer_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = machine_with_pages(tmp_path)
    monkeypatch.setattr(Path, "write_text", lambda *_: 0)
    with pytest.raises(ManorError, match=r"Unable to allocate 15 pages. Allocated only 10"):
        host.allocate_pages({2048: 5}, 0, 1, add=True)


# -- KSM -----------------------------------------------------------------------------------------------


def test_memory_parameters(tmp_path: Path) -> None:
    place = tmp_path / "sys/kernel/mm/ksm"
    put(place / "pages_to_scan", "100")
    put(place / "sleep_millisecs", "20")
    put(place / "pages_shared", "7")
    tree = Tree(tmp_path)
    assert memory.parameters(tree) == [
        TypedParam("shm_pages_to_scan", 2, 100),
        TypedParam("shm_sleep_millisecs", 2, 20),
        TypedParam("shm_pages_shared", 4, 7),
    ]
    memory.set_parameters(tree, [TypedParam("shm_pages_to_scan", 2, 200), TypedParam("shm_sleep_millisecs", 2, 1)])
    assert (place / "pages_to_scan").read_text() == "200"
    for refused in ("shm_pages_shared", "shm_merge_across_nodes", "nonsense"):
        params = [TypedParam("shm_sleep_millisecs", 2, 5), TypedParam(refused, 2, 1)]
        with pytest.raises(ManorError, match=f"parameter '{refused}' not supported") as caught:
            memory.set_parameters(tree, params)
        assert caught.value.code == ErrorNumber.ARGUMENT_UNSUPPORTED
    assert (place / "sleep_millisecs").read_text() == "1"


def test_refused_memory_parameter_puts_the_others_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "sys/kernel/mm/ksm"
    put(place / "pages_to_scan", "100")
    put(place / "sleep_millisecs", "20")
    write = Path.write_text

    def refuse(path: Path, text: str) -> int:
        if path.name == "sleep_millisecs":
            raise OSError(errno.EINVAL, "no")
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", refuse)
    params = [TypedParam("shm_pages_to_scan", 2, 200), TypedParam("shm_sleep_millisecs", 2, 1)]
    with pytest.raises(ManorError, match="failed to set shm_sleep_millisecs: Invalid argument"):
        memory.set_parameters(Tree(tmp_path), params)
    assert (place / "pages_to_scan").read_text() == "100"


# -- identity ------------------------------------------------------------------------------------------


def test_uuid(tmp_path: Path) -> None:
    firmware = tmp_path / "sys/class/dmi/id/product_uuid"
    put(firmware, "4C4C4544-0051-3410-8056-B7C04F4A4E32")
    put(tmp_path / "etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4")
    assert str(Host(tmp_path).uuid) == "4c4c4544-0051-3410-8056-b7c04f4a4e32"
    for unusable in (
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "00000000-0000-0000-0000-000000000000",
        "Not Settable",
        "",
    ):
        firmware.write_text(unusable)
        assert str(Host(tmp_path).uuid) == "3d1219c7-c4c5-404a-aa1f-6d2a48adfda4"
    nameless = Host(tmp_path / "elsewhere")
    assert nameless.uuid == nameless.uuid
    assert nameless.uuid != uuid.UUID(int=0)


def test_boot_id() -> None:
    assert uuid.UUID(Host().boot_id)


@pytest.mark.parametrize(
    ("own", "full", "expected"),
    [
        ("node", "node.example.org", "node.example.org"),
        ("node", "localhost.localdomain", "node"),
        ("node", "node", "node"),
        ("node", None, "node"),
        ("node.lan", "other", "node.lan"),
        ("localhost", "x.example.org", "localhost"),
    ],
)
def test_hostname(own: str, full: str | None, expected: str) -> None:
    assert hostname(lambda: own, lambda _: full) == expected


# -- suspending, security, KVM -------------------------------------------------------------------------


def test_suspend_targets(tmp_path: Path) -> None:
    put(tmp_path / "sys/power/state", "freeze mem disk")
    put(tmp_path / "sys/power/disk", "[platform] shutdown suspend")
    host = Host(tmp_path)
    assert host.suspend_targets() == []
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    assert host.suspend_targets() == ["suspend_mem", "suspend_disk", "suspend_hybrid"]
    put(tmp_path / "sys/power/state", "freeze mem")
    assert host.suspend_targets() == ["suspend_mem"]


@pytest.mark.parametrize(
    ("target", "duration", "message"),
    [
        (7, 60, "invalid argument: Invalid suspend target"),
        (NodeSuspendTarget.DISK, 60, "argument unsupported: Suspend-to-Disk"),
        (NodeSuspendTarget.MEM, 59, "invalid argument: Suspend duration is too short"),
    ],
)
def test_suspend_refused(tmp_path: Path, target: int, duration: int, message: str) -> None:
    put(tmp_path / "sys/power/state", "mem")
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    with pytest.raises(ManorError) as caught:
        Host(tmp_path).suspend(target, duration)
    assert caught.value.message == message


def test_security_modules(tmp_path: Path) -> None:
    put(tmp_path / "sys/kernel/security/lsm", "lockdown,capability,apparmor,bpf")
    assert Host(tmp_path).security_modules() == ["apparmor"]
    put(tmp_path / "sys/fs/selinux/enforce", "1")
    assert Host(tmp_path).security_modules() == ["apparmor", "selinux"]


def test_iommu(tmp_path: Path) -> None:
    (tmp_path / "sys/kernel/iommu_groups/0").mkdir(parents=True)
    assert Host(tmp_path).has_iommu()


def test_kvm_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    missing, other = kvm.probe(tmp_path / "kvm"), kvm.probe(tmp_path / "file")
    assert not missing.usable
    assert "kernel module is not loaded" in missing.reason
    assert not other.usable
    assert "does not work" in other.reason
    assert (other.max_vcpus, other.tsc_frequency) == (0, 0)
