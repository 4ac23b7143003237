# SPDX-License-Identifier: Apache-2.0
"""Guests in the machine's real hierarchy of version 2, with whatever controllers it has there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from manor.errors import ErrorNumber, ManorError
from manor.records import params_dict
from manor.system import cgroup_files
from manor.system.cgroup import Cgroups, Controller
from manor.system.sysfs import Tree
from tests.support.qemu import QemuHost, qemu_host, small

MOUNTS = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
MOUNT = next((words[1] for words in MOUNTS if words[2] == "cgroup2"), None)

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or MOUNT is None or not os.access(MOUNT, os.W_OK),
    reason="needs root, and writable control groups of version 2",
)


@pytest_asyncio.fixture
async def host() -> AsyncIterator[QemuHost]:
    """A driver that finds nothing but version 2."""
    with tempfile.TemporaryDirectory(prefix="manor-groups-") as folder:
        root = Path(folder)
        (root / "proc/self").mkdir(parents=True)
        (root / "proc/self/mounts").write_text("cgroup2 /groups cgroup2 rw 0 0\n")
        (root / "groups").symlink_to(str(MOUNT))
        async with qemu_host(root / "h") as host:
            host.provider.core.host.__dict__["cgroups"] = Cgroups(Tree(root))
            yield host
    assert not list(Path(str(MOUNT)).glob("machine/*-unified*.libvirt-qemu"))


async def test_a_guest(host: QemuHost) -> None:
    ref = await host.driver.domain.domain_create_xml(small("unified"), 0)
    running = host.guest("unified").require_active()
    assert running.group is not None
    group = running.group.group
    assert group.processes() == {running.process.pid}
    assert not group.has(Controller.DEVICES)
    total = params_dict((await host.driver.domain.domain_get_cpu_stats(ref, -1, 1, 0))[0])
    assert int(total["cpu_time"] or 0) > 0
    with pytest.raises(ManorError, match="not supported for backend 'cgroup V2'") as caught:
        await host.driver.domain.domain_get_cpu_stats(ref, 0, 1, 0)
    assert caught.value.code == ErrorNumber.OPERATION_UNSUPPORTED
    await host.driver.domain.domain_destroy(ref)
    assert not group.exists()


async def test_threads(host: QemuHost, monkeypatch: pytest.MonkeyPatch) -> None:
    # Threads are grouped for the sake of a controller that may be elsewhere on this machine.
    there = cgroup_files.v2_controllers
    monkeypatch.setattr(cgroup_files, "v2_controllers", lambda place: there(place) | {Controller.CPU})
    tree = host.provider.core.host.cgroups.mounts.v2
    assert tree is not None
    host.provider.core.host.__dict__["cgroups"] = Cgroups(Tree(tree.parent))
    xml = small("unifiedthreads").replace("<vcpu>1</vcpu>", "<vcpu>2</vcpu><iothreads>1</iothreads>")
    ref = await host.driver.domain.domain_create_xml(xml, 0)
    running = host.guest("unifiedthreads").require_active()
    assert running.group is not None
    await running.group.settled()
    group = running.group.group
    assert group.children() == {"emulator", "vcpu0", "vcpu1", "iothread1"}
    for number, tid in running.vcpu_pids.items():
        assert group.child(f"vcpu{number}").threads() == {tid}
    assert running.process.pid in group.child("emulator").threads()
    assert group.threads() == set()
    await host.driver.domain.domain_del_iothread(ref, 1, 1)
    assert group.children() == {"emulator", "vcpu0", "vcpu1"}
    await host.driver.domain.domain_destroy(ref)
    assert not group.exists()
