# SPDX-License-Identifier: Apache-2.0
"""Control groups on made-up hierarchies: which files are written, in which form, and what is read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from manor.errors import ErrorNumber, ManorError
from manor.system import cgroup_files
from manor.system.cgroup import UNLIMITED, Cgroup, Cgroups, Controller, CpuUsage, Throttle, group_name, partition_path
from manor.system.sysfs import Tree
from tests.unit.system.machines import put

DISK = "/dev/made-up"


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manor.system.cgroup_v1.device_number", lambda _: "253:0")
    monkeypatch.setattr("manor.system.cgroup_v2.device_number", lambda _: "253:0")


def mounts(root: Path, *lines: str) -> Cgroups:
    put(root / "proc/self/mounts", "\n".join(("tmpfs /tmp tmpfs rw 0 0", *lines)))
    return Cgroups(Tree(root))


V1_LINES = (
    "cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0",
    "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0",
    "cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0",
    "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0",
    "cgroup /sys/fs/cgroup/blkio cgroup rw,blkio 0 0",
    "cgroup /sys/fs/cgroup/freezer cgroup rw,freezer 0 0",
)
V2_LINE = "cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0"


@pytest.fixture
def v1(tmp_path: Path) -> Cgroup:
    groups = mounts(tmp_path, *V1_LINES)
    for name in ("cpu,cpuacct", "cpuset", "memory", "blkio", "freezer"):
        (tmp_path / "sys/fs/cgroup" / name / "vm").mkdir(parents=True)
    return groups.group("vm")


@pytest.fixture
def v2(tmp_path: Path) -> Cgroup:
    put(tmp_path / "sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids")
    (tmp_path / "sys/fs/cgroup/vm").mkdir()
    return mounts(tmp_path, V2_LINE).group("vm")


def fill(root: Path, **files: str) -> None:
    for name, text in files.items():
        put(root / "sys/fs/cgroup" / name, text)


def content(root: Path, name: str) -> str:
    return (root / "sys/fs/cgroup" / name).read_text().rstrip("\n")


# -- finding the hierarchies ---------------------------------------------------------------------------


def test_modes(tmp_path: Path) -> None:
    assert mounts(tmp_path).mounts.mode == "none"
    assert not mounts(tmp_path).usable
    assert mounts(tmp_path, *V1_LINES).mounts.mode == "v1"
    fill(tmp_path, **{"unified/cgroup.controllers": "hugetlb", "cgroup.controllers": "cpu memory"})
    beside = "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0"
    assert mounts(tmp_path, *V1_LINES, beside).mounts.mode == "v1"
    assert mounts(tmp_path, V2_LINE).mounts.mode == "v2"
    mixed = mounts(tmp_path, "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0", V2_LINE)
    assert mixed.mounts.mode == "hybrid"
    assert Controller.MEMORY in mixed.mounts.v1
    assert mixed.mounts.v2_controllers == {Controller.CPU, Controller.CPUACCT, Controller.FREEZER}


def test_places_with_blanks(tmp_path: Path) -> None:
    groups = mounts(tmp_path, r"cgroup /odd\040place cgroup rw,cpu 0 0")
    assert groups.mounts.v1 == {Controller.CPU: tmp_path / "odd place"}


@pytest.mark.parametrize(
    ("controller", "text"),
    [
        (Controller.CPU, "cgroup CPU controller is not mounted"),
        (Controller.MEMORY, "cgroup memory controller is not mounted"),
        (Controller.BLKIO, "blkio cgroup isn't mounted"),
        (Controller.DEVICES, "cgroup devices controller is not mounted"),
    ],
)
def test_a_controller_the_machine_has_not(tmp_path: Path, controller: Controller, text: str) -> None:
    group = mounts(tmp_path).group("vm")
    assert not group.has(controller)
    with pytest.raises(ManorError) as caught:
        group.of(controller)
    assert caught.value.code == ErrorNumber.OPERATION_INVALID
    assert caught.value.message == f"Requested operation is not valid: {text}"


@pytest.mark.parametrize("path", ["", "/", "a/../../b", "a\0b"])
def test_paths_stay_below(tmp_path: Path, path: str) -> None:
    with pytest.raises(ManorError, match="is not the path of a cgroup"):
        mounts(tmp_path).group(path)


# -- version 1 -----------------------------------------------------------------------------------------


def test_v1_cpu(v1: Cgroup, tmp_path: Path) -> None:
    place = "cpu,cpuacct/vm"
    fill(tmp_path, **{f"{place}/cpu.shares": "1024", f"{place}/cpu.cfs_period_us": "100000"})
    fill(tmp_path, **{f"{place}/cpu.cfs_quota_us": "-1", f"{place}/cpuacct.usage": "5000"})
    fill(tmp_path, **{f"{place}/cpuacct.stat": "user 3\nsystem 4", f"{place}/cpuacct.usage_percpu": "2000 3000 "})
    cpu = v1.of(Controller.CPU)
    assert (cpu.cpu_shares(), cpu.cpu_bandwidth()) == (1024, (100000, -1))
    cpu.set_cpu_shares(2048)
    cpu.set_cpu_period(50000)
    cpu.set_cpu_quota(20000)
    assert (cpu.cpu_shares(), cpu.cpu_bandwidth()) == (2048, (50000, 20000))
    cpu.set_cpu_quota(0)
    assert content(tmp_path, f"{place}/cpu.cfs_quota_us").startswith("-1")
    tick = 10**9 // os.sysconf("SC_CLK_TCK")
    usage = v1.of(Controller.CPUACCT)
    assert usage.cpu_usage() == CpuUsage(5000, 3 * tick, 4 * tick)
    assert usage.per_cpu_usage() == [2000, 3000]


@pytest.mark.parametrize("shares", [1, 262145])
def test_v1_shares_range(v1: Cgroup, shares: int) -> None:
    with pytest.raises(ManorError) as caught:
        v1.of(Controller.CPU).set_cpu_shares(shares)
    assert caught.value.message == f"invalid argument: shares '{shares}' must be in range [2, 262144]"


def test_v1_memory(v1: Cgroup, tmp_path: Path) -> None:
    unlimited = str((1 << 63) - 4096)
    names = ("memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes")
    fill(tmp_path, **{f"memory/vm/{name}": unlimited for name in names})
    fill(tmp_path, **{"memory/vm/memory.usage_in_bytes": "4096"})
    memory = v1.of(Controller.MEMORY)
    assert memory.memory_usage() == 4
    assert memory.memory_hard_limit() == memory.memory_soft_limit() == memory.swap_hard_limit() == UNLIMITED
    memory.set_memory_hard_limit(2048)
    memory.set_memory_soft_limit(1024)
    assert content(tmp_path, "memory/vm/memory.limit_in_bytes").startswith("2097152")
    memory.set_swap_hard_limit(UNLIMITED)
    assert content(tmp_path, "memory/vm/memory.memsw.limit_in_bytes").startswith("-1")


def test_v1_block_io(v1: Cgroup, tmp_path: Path) -> None:
    block = v1.of(Controller.BLKIO)
    with pytest.raises(ManorError, match="blkio weight is valid only for bfq or cfq scheduler"):
        block.set_io_weight(100)
    with pytest.raises(ManorError, match="blkio device weight is valid only for cfq scheduler"):
        block.set_device_weight(DISK, 100)
    fill(tmp_path, **{"blkio/vm/blkio.bfq.weight": "100", "blkio/vm/blkio.weight_device": "8:0 300\n253:0 400"})
    fill(tmp_path, **{"blkio/vm/blkio.throttle.read_bps_device": "8:0 1\n253:0 10000"})
    fill(tmp_path, **{"blkio/vm/blkio.throttle.write_iops_device": ""})
    assert (block.io_weight(), block.device_weight(DISK)) == (100, 400)
    assert block.throttle(DISK, Throttle.READ_BYTES) == 10000
    assert block.throttle(DISK, Throttle.WRITE_OPERATIONS) == 0
    block.set_throttle(DISK, Throttle.WRITE_OPERATIONS, 20)
    assert content(tmp_path, "blkio/vm/blkio.throttle.write_iops_device") == "253:0 20"


def test_v1_cpu_sets_and_freezing(v1: Cgroup, tmp_path: Path) -> None:
    fill(tmp_path, **{"cpuset/vm/cpuset.cpus": "0-3", "cpuset/vm/cpuset.mems": "0", "freezer/vm/freezer.state": "x"})
    sets = v1.of(Controller.CPUSET)
    assert (sets.cpus(), sets.memory_nodes()) == ("0-3", "0")
    sets.set_cpus("1-2")
    assert content(tmp_path, "cpuset/vm/cpuset.cpus") == "1-2"
    v1.of(Controller.FREEZER).set_frozen(frozen=True)
    assert content(tmp_path, "freezer/vm/freezer.state") == "FROZEN"


def test_v1_members(v1: Cgroup, tmp_path: Path) -> None:
    places = ("cpu,cpuacct", "cpuset", "memory", "blkio", "freezer")
    fill(tmp_path, **{f"{place}/vm/cgroup.procs": "" for place in places})
    fill(tmp_path, **{f"{place}/vm/tasks": "" for place in places})
    v1.add_process(77)
    v1.add_thread(78)
    assert {content(tmp_path, f"{place}/vm/cgroup.procs") for place in places} == {"77"}
    assert {content(tmp_path, f"{place}/vm/tasks") for place in places} == {"78"}
    assert v1.processes() == {77}


def test_v1_devices(v1: Cgroup, tmp_path: Path) -> None:
    (tmp_path / "sys/fs/cgroup/devices").mkdir()
    put(tmp_path / "proc/self/mounts", "cgroup /sys/fs/cgroup/devices cgroup rw,devices 0 0")
    devices = Cgroups(Tree(tmp_path)).group("vm").of(Controller.DEVICES)
    fill(tmp_path, **{"devices/vm/devices.list": "c 1:3 rw\nb 8:* r", "devices/vm/devices.deny": ""})
    fill(tmp_path, **{"devices/vm/devices.allow": ""})
    assert devices.allowed_devices() == ["c 1:3 rw", "b 8:* r"]
    devices.deny_devices()
    assert content(tmp_path, "devices/vm/devices.deny") == "a"
    # The kernel takes one rule with each write; a mere file keeps them all.
    devices.allow_devices(["c 5:2 rw", "b 7:0 r"])
    assert content(tmp_path, "devices/vm/devices.allow") == "c 5:2 rwb 7:0 r"
    devices.forbid_devices(["b 7:0 r"])
    assert content(tmp_path, "devices/vm/devices.deny") == "b 7:0 r"


def test_v1_starting_inside(v1: Cgroup, tmp_path: Path) -> None:
    places = ("cpu,cpuacct", "cpuset", "memory", "blkio", "freezer")
    for place in places:
        (tmp_path / "sys/fs/cgroup" / place / "vm/emulator").mkdir()
        fill(tmp_path, **{f"{place}/tasks": "", f"{place}/vm/tasks": "", f"{place}/vm/emulator/tasks": ""})

    def entered() -> set[str]:
        root = tmp_path / "sys/fs/cgroup"
        return {str(path.parent.relative_to(root)) for path in root.rglob("tasks") if path.read_text().strip()}

    assert v1.start_inside(lambda: 42, v1.child("emulator")) == 42
    assert entered() == {"cpu,cpuacct/vm/emulator", "cpuset/vm/emulator", "memory/vm", "blkio/vm", "freezer/vm"}

    def fail() -> int:
        raise RuntimeError

    # The thread does not stay: a group with something in it cannot be removed.
    with pytest.raises(RuntimeError):
        v1.start_inside(fail, v1.child("emulator"))
    assert entered() >= set(places)


def test_a_group_that_must_be_there(v1: Cgroup) -> None:
    v1.require()
    with pytest.raises(ManorError, match="Failed to create v1 controller cpu for group: No such file or directory"):
        v1.child("nosuch").require()


# -- version 2 -----------------------------------------------------------------------------------------


def test_v2_cpu(v2: Cgroup, tmp_path: Path) -> None:
    fill(tmp_path, **{"vm/cpu.weight": "100", "vm/cpu.max": "max 100000"})
    fill(tmp_path, **{"vm/cpu.stat": "usage_usec 9\nuser_usec 4\nsystem_usec 5\nnr_periods 0"})
    cpu = v2.of(Controller.CPU)
    assert (cpu.cpu_shares(), cpu.cpu_bandwidth()) == (100, (100000, -1))
    cpu.set_cpu_quota(50000)
    assert content(tmp_path, "vm/cpu.max").startswith("50000 100000")
    put(tmp_path / "sys/fs/cgroup/vm/cpu.max", "50000 100000")
    cpu.set_cpu_period(20000)
    assert content(tmp_path, "vm/cpu.max").startswith("50000 20000")
    put(tmp_path / "sys/fs/cgroup/vm/cpu.max", "50000 20000")
    cpu.set_cpu_quota(-1)
    assert content(tmp_path, "vm/cpu.max").startswith("max 20000")
    assert v2.of(Controller.CPUACCT).cpu_usage() == CpuUsage(9000, 4000, 5000)
    with pytest.raises(ManorError, match="not supported for backend 'cgroup V2'"):
        v2.of(Controller.CPUACCT).per_cpu_usage()
    with pytest.raises(ManorError, match=r"must be in range \[1, 10000\]"):
        cpu.set_cpu_shares(20000)


def test_v2_memory(v2: Cgroup, tmp_path: Path) -> None:
    fill(tmp_path, **{"vm/memory.max": "max", "vm/memory.high": "4096", "vm/memory.swap.max": "max"})
    fill(tmp_path, **{"vm/memory.current": "8192"})
    memory = v2.of(Controller.MEMORY)
    assert (memory.memory_usage(), memory.memory_hard_limit(), memory.memory_soft_limit()) == (8, UNLIMITED, 4)
    memory.set_memory_soft_limit(UNLIMITED)
    assert content(tmp_path, "vm/memory.high").startswith("max")
    memory.set_swap_hard_limit(16)
    assert content(tmp_path, "vm/memory.swap.max").startswith("16384")


def test_v2_block_io(v2: Cgroup, tmp_path: Path) -> None:
    block = v2.of(Controller.BLKIO)
    with pytest.raises(ManorError, match="blkio weight is valid only for bfq or cfq scheduler"):
        block.io_weight()
    fill(
        tmp_path,
        **{"vm/io.weight": "default 100\n253:0 200", "vm/io.max": "8:0 rbps=1 wbps=max\n253:0 rbps=5 wiops=max"},
    )
    assert (block.io_weight(), block.device_weight(DISK)) == (100, 200)
    assert block.throttle(DISK, Throttle.READ_BYTES) == 5
    assert block.throttle(DISK, Throttle.WRITE_OPERATIONS) == 0
    fill(tmp_path, **{"vm/io.max": "", "vm/io.weight": ""})
    block.set_throttle(DISK, Throttle.READ_BYTES, 0)
    block.set_device_weight(DISK, 0)
    assert content(tmp_path, "vm/io.max").startswith("253:0 rbps=max")
    assert content(tmp_path, "vm/io.weight").startswith("253:0 default")


def test_v2_cpu_sets(v2: Cgroup, tmp_path: Path) -> None:
    fill(tmp_path, **{"vm/cpuset.cpus": "", "vm/cpuset.cpus.effective": "0-7", "vm/cpuset.mems": "1"})
    sets = v2.of(Controller.CPUSET)
    assert (sets.cpus(), sets.memory_nodes()) == ("0-7", "1")


def test_v2_creation_switches_controllers_on(tmp_path: Path) -> None:
    fill(tmp_path, **{"cgroup.controllers": "cpu memory hugetlb", "cgroup.subtree_control": "memory"})
    groups = mounts(tmp_path, V2_LINE)
    fill(tmp_path, **{"machine/cgroup.controllers": "cpu memory", "machine/cgroup.subtree_control": "cpu memory"})
    group = groups.create("machine/vm")
    assert group.exists()
    assert content(tmp_path, "cgroup.subtree_control").startswith("+cpu")
    fill(tmp_path, **{"machine/vm/cgroup.controllers": "cpu memory", "machine/vm/cgroup.subtree_control": ""})
    # The kernel would make this file with the directory.
    with pytest.raises(ManorError, match=r"Unable to write to .*cgroup.type"):
        group.create_threads("vcpu0")
    assert content(tmp_path, "machine/vm/cgroup.subtree_control") == "+cpu"
    assert not group.child("vcpu0").exists()
    put(tmp_path / "sys/fs/cgroup/machine/vm/cgroup.procs", "5")
    with pytest.raises(ManorError, match="cgroup 'machine/vm' is in use by process 5"):
        groups.create("machine/vm")


def test_v2_starting_inside(v2: Cgroup, tmp_path: Path) -> None:
    fill(tmp_path, **{"vm/cgroup.procs": "", "vm/cgroup.threads": "5\n6"})
    assert v2.start_inside(lambda: 42) == 42
    assert content(tmp_path, "vm/cgroup.procs") == "42"
    assert v2.threads() == {5, 6}
    with pytest.raises(ManorError, match=r"Failed to create v2 cgroup '.*/vm/x': No such file or directory"):
        v2.child("x").require()
    assert not v2.has(Controller.DEVICES)


# -- the rest ------------------------------------------------------------------------------------------


def test_removing(v1: Cgroup, tmp_path: Path) -> None:
    (tmp_path / "sys/fs/cgroup/cpuset/vm/vcpu0").mkdir()
    v1.remove()
    assert not v1.exists()
    v1.remove()


def test_failed_creation_leaves_nothing(tmp_path: Path) -> None:
    for name in ("cpu,cpuacct", "cpuset", "blkio", "freezer"):
        (tmp_path / "sys/fs/cgroup" / name).mkdir(parents=True)
    put(tmp_path / "sys/fs/cgroup/memory", "not a directory")
    groups = mounts(tmp_path, *V1_LINES)
    with pytest.raises(ManorError, match="Failed to create v1 controller memory for group: Not a directory"):
        groups.create("a/b", [Controller.CPU, Controller.BLKIO, Controller.MEMORY])
    assert not list((tmp_path / "sys/fs/cgroup").glob("*/a"))


def test_reading_what_is_not_there(v1: Cgroup) -> None:
    with pytest.raises(ManorError, match=r"Unable to read from '.*cpu.shares': No such file") as caught:
        v1.of(Controller.CPU).cpu_shares()
    assert caught.value.code == ErrorNumber.SYSTEM_ERROR


def test_reading_nonsense(v1: Cgroup, tmp_path: Path) -> None:
    fill(tmp_path, **{"cpu,cpuacct/vm/cpu.shares": "many"})
    with pytest.raises(ManorError, match="Unable to parse 'many' as an integer"):
        v1.of(Controller.CPU).cpu_shares()


def test_device_numbers() -> None:
    for path, message in (
        ("/dev/nonsense", "Path '/dev/nonsense' is not accessible: No such file or directory"),
        ("/dev/null", "Path '/dev/null' must be a block device: Invalid argument"),
    ):
        with pytest.raises(ManorError) as caught:
            cgroup_files.device_number(path)
        assert caught.value.message == message
    disks = [disk for disk in Path("/dev").iterdir() if stat.S_ISBLK(disk.stat().st_mode)]
    for disk in disks[:1]:
        major, _, minor = cgroup_files.device_number(str(disk)).partition(":")
        assert os.makedev(int(major), int(minor)) == disk.stat().st_rdev


@pytest.mark.parametrize(
    ("partition", "path"),
    [
        ("/machine", "machine"),
        ("/machine/production", "machine/production.partition"),
        ("/a/machine", "a.partition/machine.partition"),
        ("/machine.slice/x.slice/", "machine.slice/x.slice"),
        ("/cpu.shares/_a/cgroup.procs/.x", "_cpu.shares/__a.partition/_cgroup.procs/_.x"),
        ("/", ""),
    ],
)
def test_partitions(partition: str, path: str) -> None:
    assert partition_path(partition) == path


def test_groups_of_embedded_drivers() -> None:
    assert group_name("qemu", 1, "em", "/tmp/cgx/emb") == "qemu-embed-7ad4b5ea-1-em.libvirt-qemu"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vm", "qemu-1-vm.libvirt-qemu"),
        ("a b/ü.x_y", "qemu-1-ab.xy.libvirt-qemu"),
        ("We ird_näme.-x", "qemu-1-Weirdnme.x.libvirt-qemu"),
        ("-.a--b.", "qemu-1-a-b.libvirt-qemu"),
        ("..", "qemu-1.libvirt-qemu"),
        ("x" * 100, f"qemu-1-{'x' * 57}.libvirt-qemu"),
    ],
)
def test_group_names(name: str, expected: str) -> None:
    assert group_name("qemu", 1, name) == expected
