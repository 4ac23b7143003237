# SPDX-License-Identifier: Apache-2.0
"""Control groups of the real kernel, with a real process in them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from manor.errors import ErrorNumber, ManorError
from manor.system.cgroup import NO_QUOTA, UNLIMITED, Cgroup, Cgroups, Controller
from manor.system.cgroup_v2 import GroupV2
from manor.system.sysfs import Tree

GROUPS = Cgroups(Tree())

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not GROUPS.usable, reason="making control groups needs root and a mounted hierarchy"
)

PARTITION = f"manor-test-{os.getpid()}"


@pytest.fixture
def group() -> Iterator[Cgroup]:
    group = GROUPS.create(f"{PARTITION}/vm")
    yield group
    GROUPS.group(PARTITION).remove()
    assert not GROUPS.group(PARTITION).exists()


@pytest.fixture
def worker() -> Iterator[int]:
    """A process that computes."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process.pid
        process.kill()


def need(*controllers: Controller) -> None:
    lacking = [each for each in controllers if each not in GROUPS.controllers]
    if lacking:
        pytest.skip(f"this machine has no {', '.join(lacking)} controller")


def test_members_and_accounting(group: Cgroup, worker: int) -> None:
    need(Controller.CPUACCT)
    assert group.processes() == set()
    group.add_process(worker)
    assert group.processes() == {worker}
    account = group.of(Controller.CPUACCT)
    before = account.cpu_usage().total
    while account.cpu_usage().total == before:
        pass
    if Controller.CPUACCT in GROUPS.mounts.v1:
        assert len(account.per_cpu_usage()) >= (os.cpu_count() or 1)
    with pytest.raises(ManorError, match=r"Unable to remove cgroup .*: Device or resource busy"):
        group.remove()
    with pytest.raises(ManorError, match=f"is in use by process {worker}"):
        GROUPS.create(group.path)
    os.kill(worker, 9)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    group.remove()
    assert not group.exists()


def test_a_set_that_somebody_else_is_just_making(worker: int) -> None:
    need(Controller.CPUSET)
    mount = GROUPS.mounts.v1.get(Controller.CPUSET)
    if mount is None:
        pytest.skip("only sets of version 1 begin empty")
    (mount / PARTITION).mkdir()
    try:
        group = GROUPS.create(f"{PARTITION}/vm")
        assert group.of(Controller.CPUSET).cpus() == (mount / "cpuset.cpus").read_text().strip()
        group.add_process(worker)
        os.kill(worker, 9)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    finally:
        GROUPS.group(PARTITION).remove()


def test_single_threads(group: Cgroup, worker: int) -> None:
    need(Controller.CPU)
    group.add_process(worker)
    vcpu = group.create_threads("vcpu0")
    vcpu.add_thread(worker)
    vcpu.of(Controller.CPU).set_cpu_quota(50_000)
    assert vcpu.of(Controller.CPU).cpu_bandwidth()[1] == 50_000
    os.kill(worker, 9)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)


def test_cpu_limits(group: Cgroup) -> None:
    need(Controller.CPU)
    cpu = group.of(Controller.CPU)
    cpu.set_cpu_shares(2048)
    assert cpu.cpu_shares() == 2048
    assert cpu.cpu_bandwidth() == (100_000, NO_QUOTA)
    cpu.set_cpu_period(50_000)
    cpu.set_cpu_quota(25_000)
    assert cpu.cpu_bandwidth() == (50_000, 25_000)
    with pytest.raises(ManorError, match="Invalid argument") as caught:
        cpu.set_cpu_period(10)
    assert caught.value.code == ErrorNumber.SYSTEM_ERROR
    assert cpu.cpu_bandwidth() == (50_000, 25_000)
    cpu.set_cpu_quota(NO_QUOTA)
    assert cpu.cpu_bandwidth() == (50_000, NO_QUOTA)


def test_cpu_sets(group: Cgroup) -> None:
    need(Controller.CPUSET)
    sets = group.of(Controller.CPUSET)
    assert sets.cpus()
    assert sets.memory_nodes()
    sets.set_cpus("0")
    assert sets.cpus() == "0"


def test_memory_limits(group: Cgroup) -> None:
    need(Controller.MEMORY)
    memory = group.of(Controller.MEMORY)
    assert memory.memory_hard_limit() == UNLIMITED
    memory.set_memory_hard_limit(200_000)
    memory.set_memory_soft_limit(100_000)
    assert (memory.memory_hard_limit(), memory.memory_soft_limit()) == (200_000, 100_000)
    memory.set_memory_hard_limit(UNLIMITED)
    assert memory.memory_hard_limit() == UNLIMITED
    assert memory.memory_usage() >= 0


def test_freezing(group: Cgroup, worker: int) -> None:
    need(Controller.FREEZER)
    group.add_process(worker)
    group.of(Controller.FREEZER).set_frozen(frozen=True)
    group.of(Controller.FREEZER).set_frozen(frozen=False)
    os.kill(worker, 9)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)


def test_version_2_without_controllers(worker: int) -> None:
    """What version 2 does of itself works beside version 1, too."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    mount = next((words[1] for words in mounts if words[2] == "cgroup2"), None)
    if mount is None:
        pytest.skip("version 2 is not mounted")
    group = GroupV2(Path(mount), f"{PARTITION}-v2/vm")
    threads = GroupV2(Path(mount), f"{PARTITION}-v2/vm/vcpu0")
    try:
        group.create(tuple(Controller), threads=False)
        threads.create(tuple(Controller), threads=True)
        group.add_process(worker)
        threads.add_thread(worker)
        before = group.cpu_usage().total
        while group.cpu_usage().total == before:
            pass
        assert threads.cpu_usage().total > 0
        group.set_frozen(frozen=True)
        group.set_frozen(frozen=False)
        os.kill(worker, 9)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        assert group.processes() == set()
    finally:
        GroupV2(Path(mount), f"{PARTITION}-v2").remove()
    assert not group.exists()
