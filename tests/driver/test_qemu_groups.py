# SPDX-License-Identifier: Apache-2.0
"""Control groups of guests in the machine's real hierarchies."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.groups import EMULATOR
from manor.errors import ErrorNumber, ManorError
from manor.records import DomainRef, TypedParam, llong_param, params_dict, string_param, uint_param, ullong_param
from manor.records.events import DomainTunableEvent
from manor.schema.domain import Domain
from manor.system.cgroup import Cgroup, Controller
from manor.system.host import Host
from tests.support.qemu import GROUPS, QemuHost, groups_below, qemu_host, small

ALL = {Controller.CPU, Controller.CPUACCT, Controller.CPUSET, Controller.MEMORY, Controller.DEVICES, Controller.BLKIO}

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not GROUPS.usable or not GROUPS.mounts.v1.keys() >= ALL,
    reason="needs root, and writable control groups of version 1 with all controllers",
)

LIVE, CONFIG = 1, 2
RNG = "<rng model='virtio'><backend model='random'>{path}</backend></rng>"


def tuned(name: str, tuning: str, vcpus: int = 1, devices: str = "") -> str:
    """A small guest with limits."""
    return small(name, devices).replace("<vcpu>1</vcpu>", f"<vcpu>{vcpus}</vcpu>{tuning}")


@pytest_asyncio.fixture
async def host() -> AsyncIterator[QemuHost]:
    """A driver whose guests leave no group behind."""
    with tempfile.TemporaryDirectory(prefix="manor-groups-") as folder:
        async with qemu_host(Path(folder) / "h") as host:
            yield host
        assert not list((Path(folder) / "h/run").rglob("cgroup/*"))


def group_of(core: QemuCore, name: str) -> Cgroup:
    """The group of a running guest."""
    group = core.guests.by_name(name).require_active().group
    assert group is not None
    return group.group


async def create(host: QemuHost, xml: str) -> tuple[DomainRef, Cgroup]:
    """A running guest and its group, with every thread in its place."""
    ref = await host.driver.domain.domain_create_xml(xml, 0)
    guest = host.guest(ref.name).require_active().group
    assert guest is not None
    await guest.settled()
    return ref, guest.group


def text(group: Cgroup, controller: Controller, name: str) -> str:
    """A file of a group, as the kernel has it."""
    return (GROUPS.mounts.v1[controller] / group.path / name).read_text().strip()


async def refused(host: QemuHost, xml: str) -> str:
    """Why a guest does not start."""
    with pytest.raises(ManorError) as caught:
        await host.driver.domain.domain_create_xml(xml, 0)
    assert caught.value.code in (ErrorNumber.CONFIG_UNSUPPORTED, ErrorNumber.SYSTEM_ERROR)
    return caught.value.message


async def test_a_guest_and_its_threads_have_groups(host: QemuHost) -> None:
    ref, group = await create(host, tuned("threads", "<iothreads>1</iothreads>", vcpus=2))
    running = host.guest("threads").require_active()
    assert group.path.startswith("machine/qemu-embed-")
    assert group.path.endswith(f"-{ref.id}-threads.libvirt-qemu")
    assert group.children() == {EMULATOR, "vcpu0", "vcpu1", "iothread1"}
    assert group.processes() == {running.process.pid}
    for number, tid in running.vcpu_pids.items():
        assert group.child(f"vcpu{number}").threads() == {tid}
    assert running.process.pid in group.child(EMULATOR).threads()
    assert text(group, Controller.MEMORY, "cgroup.procs") == str(running.process.pid)
    # QEMU began in there: it did not come in later with memory that counts elsewhere.
    assert int(text(group, Controller.MEMORY, "memory.max_usage_in_bytes")) > 10 << 20
    document = Domain.parse(await host.driver.domain.domain_get_xml_desc(ref, 0))
    assert document.resource is not None
    assert document.resource.partition == "/machine"
    await host.driver.domain.domain_destroy(ref)
    assert not group.exists()


TUNING = """
<iothreads>1</iothreads>
<cputune><shares>2048</shares><period>50000</period><quota>40000</quota><global_period>90000</global_period>
<global_quota>150000</global_quota><emulator_period>60000</emulator_period><emulator_quota>30000</emulator_quota>
<iothread_period>70000</iothread_period><iothread_quota>20000</iothread_quota>
<vcpupin vcpu='0' cpuset='0'/><emulatorpin cpuset='0'/><iothreadpin iothread='1' cpuset='0'/>
<vcpusched vcpus='0' scheduler='batch'/></cputune>
<memtune><hard_limit unit='MiB'>512</hard_limit><soft_limit unit='MiB'>256</soft_limit>
<swap_hard_limit unit='MiB'>1024</swap_hard_limit></memtune>
<numatune><memory mode='restrictive' nodeset='0'/></numatune>
"""


async def test_what_the_document_says_is_applied(host: QemuHost) -> None:
    _, group = await create(host, tuned("tuned", TUNING, vcpus=2))
    running = host.guest("tuned").require_active()
    cpu = group.of(Controller.CPU)
    assert (cpu.cpu_shares(), cpu.cpu_bandwidth()) == (2048, (90000, 150000))
    bandwidths = {name: group.child(name).of(Controller.CPU).cpu_bandwidth() for name in group.children()}
    assert bandwidths == {
        "vcpu0": (50000, 40000),
        "vcpu1": (50000, 40000),
        EMULATOR: (60000, 30000),
        "iothread1": (70000, 20000),
    }
    memory = group.of(Controller.MEMORY)
    limits = (memory.memory_hard_limit(), memory.memory_soft_limit(), memory.swap_hard_limit())
    assert limits == (512 << 10, 256 << 10, 1024 << 10)
    pinned = {name: group.child(name).of(Controller.CPUSET).cpus() for name in ("vcpu0", EMULATOR, "iothread1")}
    assert set(pinned.values()) == {"0"}
    assert os.sched_getaffinity(running.vcpu_pids[0]) == os.sched_getaffinity(running.process.pid) == {0}
    assert os.sched_getaffinity(running.vcpu_pids[1]) >= set(range(os.cpu_count() or 1))
    assert os.sched_getscheduler(running.vcpu_pids[0]) == os.SCHED_BATCH
    assert text(group, Controller.CPUSET, "cpuset.memory_migrate") == "1"


async def test_limits_are_changed_while_the_guest_runs(host: QemuHost) -> None:
    domain = host.driver.domain
    ref = await domain.domain_define_xml(small("changed"))
    await domain.domain_create(ref)
    ref = host.guest("changed").ref
    group = group_of(host.provider.core, "changed")
    params = [ullong_param("cpu_shares", 300), llong_param("vcpu_quota", 50000), llong_param("global_quota", 0)]
    await domain.domain_set_scheduler_parameters_flags(ref, params, LIVE | CONFIG)
    told = [event.params for event in host.events if isinstance(event, DomainTunableEvent)]
    assert told == [[ullong_param("cputune.cpu_shares", 300), llong_param("cputune.vcpu_quota", 50000)]]
    assert group.child("vcpu0").of(Controller.CPU).cpu_bandwidth() == (100000, 50000)
    live = params_dict(await domain.domain_get_scheduler_parameters_flags(ref, LIVE))
    assert (live["cpu_shares"], live["vcpu_quota"], live["iothread_quota"]) == (300, 50000, -1)
    config = params_dict(await domain.domain_get_scheduler_parameters_flags(ref, CONFIG))
    assert (config["cpu_shares"], config["vcpu_quota"], config["vcpu_period"]) == (300, 50000, 0)

    limits = [ullong_param("hard_limit", 400000), ullong_param("swap_hard_limit", 500000)]
    await domain.domain_set_memory_parameters(ref, limits, LIVE)
    await domain.domain_set_memory_parameters(ref, [ullong_param(p.field, 600000) for p in limits], LIVE)
    assert params_dict(await domain.domain_get_memory_parameters(ref, LIVE))["hard_limit"] == 600000
    await domain.domain_set_blkio_parameters(ref, [uint_param("weight", 300)], LIVE)
    assert params_dict(await domain.domain_get_blkio_parameters(ref, LIVE))["weight"] == 300
    document = Domain.parse(await domain.domain_get_xml_desc(ref, 0))
    assert document.memtune is not None
    assert document.blkiotune is not None
    assert (document.memtune.hard_limit, document.blkiotune.weight) == (600000, 300)


@pytest.mark.parametrize(
    ("operation", "params", "words"),
    [
        (
            "scheduler_parameters_flags",
            [ullong_param("cpu_shares", 500), llong_param("vcpu_quota", 50000), ullong_param("cpu_shares", 1)],
            "occurs multiple times",
        ),
        ("scheduler_parameters_flags", [llong_param("vcpu_quota", 9000), ullong_param("cpu_shares", 1)], "in range"),
        ("memory_parameters", [ullong_param("soft_limit", 9000), ullong_param("hard_limit", 4)], "Device or resource"),
        (
            "blkio_parameters",
            [uint_param("weight", 400), string_param("device_read_iops_sec", "/dev/nosuch,5")],
            "is not accessible",
        ),
    ],
)
async def test_a_change_that_fails_changes_nothing(
    host: QemuHost, operation: str, params: list[TypedParam], words: str
) -> None:
    domain = host.driver.domain
    ref, group = await create(host, small("kept"))

    def state() -> tuple[object, ...]:
        cpu, memory, block = (group.of(c) for c in (Controller.CPU, Controller.MEMORY, Controller.BLKIO))
        vcpu = group.child("vcpu0").of(Controller.CPU).cpu_bandwidth()
        return cpu.cpu_shares(), vcpu, memory.memory_soft_limit(), memory.memory_hard_limit(), block.io_weight()

    before, document = state(), await domain.domain_get_xml_desc(ref, 0)
    with pytest.raises(ManorError, match=words):
        await getattr(domain, f"domain_set_{operation}")(ref, params, LIVE)
    assert state() == before
    assert await domain.domain_get_xml_desc(ref, 0) == document


async def test_threads_that_come_and_go(host: QemuHost) -> None:
    domain = host.driver.domain
    tuning = "<cputune><iothread_quota>30000</iothread_quota></cputune>"
    xml = tuned("plugged", tuning, vcpus=2).replace("<vcpu>", "<vcpu current='1'>")
    ref, group = await create(host, xml)
    await domain.domain_add_iothread(ref, 4, LIVE)
    assert group.children() == {EMULATOR, "vcpu0", "iothread4"}
    assert group.child("iothread4").of(Controller.CPU).cpu_bandwidth()[1] == 30000
    await domain.domain_pin_iothread(ref, 4, b"\1", LIVE)
    assert group.child("iothread4").of(Controller.CPUSET).cpus() == "0"
    await domain.domain_del_iothread(ref, 4, LIVE)
    assert group.children() == {EMULATOR, "vcpu0"}
    await domain.domain_set_vcpus_flags(ref, 2, LIVE)
    assert group.children() == {EMULATOR, "vcpu0", "vcpu1"}
    assert group.child("vcpu1").threads() == {host.guest("plugged").require_active().vcpu_pids[1]}
    await domain.domain_pin_vcpu_flags(ref, 1, b"\1", LIVE)
    assert group.child("vcpu1").of(Controller.CPUSET).cpus() == "0"
    with pytest.raises(ManorError, match="Numerical result out of range"):
        await domain.domain_pin_vcpu_flags(ref, 1, bytes(64) + b"\1", LIVE)
    assert group.child("vcpu1").of(Controller.CPUSET).cpus() == "0"


async def test_cpu_time_is_counted_by_the_group(host: QemuHost) -> None:
    domain = host.driver.domain
    ref, _ = await create(host, tuned("counted", "", vcpus=2))
    total = params_dict((await domain.domain_get_cpu_stats(ref, -1, 1, 0))[0])
    assert total.keys() == {"cpu_time", "user_time", "system_time"}
    each = [params_dict(row) for row in await domain.domain_get_cpu_stats(ref, 0, 0, 0)]
    assert len(each) == os.cpu_count()
    assert sum(int(row["cpu_time"] or 0) for row in each) >= int(total["cpu_time"] or 0) > 0
    assert all(0 <= int(row["vcpu_time"] or 0) <= int(row["cpu_time"] or 0) for row in each)
    with pytest.raises(ManorError, match="start_cpu 4096 larger than maximum of"):
        await domain.domain_get_cpu_stats(ref, 4096, 1, 0)


async def test_only_device_files_of_the_document_can_be_opened(host: QemuHost) -> None:
    source = Path("/dev/hwrng")
    if not source.exists():
        pytest.skip("there is no /dev/hwrng to give to a guest")
    status = source.stat()
    rule = f"c {os.major(status.st_rdev)}:{os.minor(status.st_rdev)} rw"
    null = Path("/dev/null").stat()
    assert stat.S_ISCHR(null.st_mode)
    ref, group = await create(host, small("opens"))
    controller = group.of(Controller.DEVICES)
    basic = set(controller.allowed_devices())
    assert f"c {os.major(null.st_rdev)}:{os.minor(null.st_rdev)} rw" in basic
    assert "c 136:* rw" in basic
    assert rule not in basic
    await host.driver.domain.domain_attach_device_flags(ref, RNG.format(path=source), LIVE)
    assert set(controller.allowed_devices()) == basic | {rule}
    with pytest.raises(ManorError):
        await host.driver.domain.domain_attach_device_flags(ref, RNG.format(path="/dev/nosuch"), LIVE)
    assert set(controller.allowed_devices()) == basic | {rule}
    _, other = await create(host, small("began", RNG.format(path=source)))
    assert set(other.of(Controller.DEVICES).allowed_devices()) == basic | {rule}


@pytest.mark.parametrize(
    ("tuning", "words"),
    [
        (
            "<resource><partition>/machine/nosuch</partition></resource>",
            "Failed to create v1 controller cpu for group: No such file or directory",
        ),
        (
            "<resource><partition>nosuch</partition></resource>",
            "unsupported configuration: Resource partition 'nosuch' must start with '/'",
        ),
        ("<cputune><vcpupin vcpu='0' cpuset='4000'/></cputune>", "/vcpu0/cpuset.cpus': Numerical result out of range"),
        (
            "<cputune><emulatorpin cpuset='4000'/></cputune>",
            "/emulator/cpuset.cpus': Numerical result out of range",
        ),
        (
            "<blkiotune><device><path>/dev/nosuch</path><read_iops_sec>1</read_iops_sec></device></blkiotune>",
            "Path '/dev/nosuch' is not accessible: No such file or directory",
        ),
    ],
)
async def test_a_start_that_fails_leaves_no_group(host: QemuHost, tuning: str, words: str) -> None:
    # The tests beside this one have groups in the same folder.
    name = f"fails-{os.getpid()}"
    assert (await refused(host, tuned(name, tuning))).endswith(words)
    assert not [path for mount in GROUPS.mounts.v1.values() for path in mount.glob(f"machine/*-{name}.libvirt-qemu")]


async def test_a_partition_of_the_administrator(host: QemuHost) -> None:
    partition = GROUPS.create(f"manor-test-{os.getpid()}.partition")
    try:
        tuning = f"<resource><partition>/manor-test-{os.getpid()}</partition></resource>"
        ref, group = await create(host, tuned("elsewhere", tuning))
        assert group.path.startswith(f"{partition.path}/qemu-embed-")
        await host.driver.domain.domain_destroy(ref)
    finally:
        partition.remove()


DEMANDS = {
    "<blkiotune><weight>200</weight></blkiotune>": "Block I/O tuning is not available {}",
    "<memtune><soft_limit>100000</soft_limit></memtune>": "Memory {} is not available {}",
    "<cputune><shares>2048</shares></cputune>": "CPU tuning is not available {}",
}


async def test_a_host_without_groups(host: QemuHost, tmp_path: Path) -> None:
    core = host.provider.core
    core.host = Host(tmp_path)
    for tuning, words in DEMANDS.items():
        expected = words.format("on this host") if "Memory" not in words else words.format("cgroup", "on this host")
        assert await refused(host, tuned("demands", tuning)) == f"unsupported configuration: {expected}"
    quota = "<cputune><quota>50000</quota></cputune>"
    assert (await refused(host, tuned("demands", quota))).endswith("cgroup cpu is required for scheduler tuning")
    ref = await host.driver.domain.domain_create_xml(
        tuned("plain", "<cputune><vcpupin vcpu='0' cpuset='0'/><emulatorpin cpuset='0'/></cputune>"), 0
    )
    running = host.guest("plain").require_active()
    assert running.group is None
    assert running.document.resource is None
    assert os.sched_getaffinity(running.vcpu_pids[0]) == os.sched_getaffinity(running.process.pid) == {0}
    for query in ("scheduler_parameters_flags", "memory_parameters", "blkio_parameters"):
        with pytest.raises(ManorError, match="mounted") as caught:
            await getattr(host.driver.domain, f"domain_get_{query}")(ref, LIVE)
        assert caught.value.code == ErrorNumber.OPERATION_INVALID
    with pytest.raises(ManorError, match="cgroup CPUACCT controller is not mounted"):
        await host.driver.domain.domain_get_cpu_stats(ref, -1, 1, 0)
    await host.driver.domain.domain_destroy(ref)


async def test_a_users_own_daemon(host: QemuHost) -> None:
    core = host.provider.core
    core.context = replace(core.context, privileged=False)
    for tuning, words in DEMANDS.items():
        expected = (
            words.format("in session mode") if "Memory" not in words else words.format("tuning", "in session mode")
        )
        assert await refused(host, tuned("demands", tuning)) == f"unsupported configuration: {expected}"
    ref = await host.driver.domain.domain_create_xml(small("plain"), 0)
    for query in ("scheduler_parameters_flags", "memory_parameters", "blkio_parameters"):
        with pytest.raises(ManorError, match="tuning is not available in session mode"):
            await getattr(host.driver.domain, f"domain_get_{query}")(ref, 0)
    await host.driver.domain.domain_destroy(ref)


async def test_groups_are_found_again_and_removed() -> None:
    with tempfile.TemporaryDirectory(prefix="manor-groups-") as folder:
        root = Path(folder) / "h"
        async with qemu_host(root) as first:
            for name in ("keeps", "dies"):
                await first.driver.domain.domain_create(await first.driver.domain.domain_define_xml(small(name)))
            await first.driver.domain.domain_set_scheduler_parameters_flags(
                first.guest("keeps").ref, [ullong_param("cpu_shares", 77)], LIVE
            )
            kept, dead = (group_of(first.provider.core, name) for name in ("keeps", "dies"))
            dying = first.guest("dies").require_active().process.pid
            await first.leave()
            os.kill(dying, signal.SIGKILL)
            # What a manager killed in the middle of a start leaves, and one killed before it had made the group.
            stray = GROUPS.create(f"machine/qemu-embed-test{os.getpid()}-9-stray.libvirt-qemu")
            (root / "run/qemu/cgroup/domain-9-stray").write_text(stray.path)
            (root / "run/qemu/cgroup/domain-10-none").write_text("")
            second = await QemuHost.open(root)
            try:
                assert not dead.exists()
                assert not stray.exists()
                ref = second.guest("keeps").ref
                found = params_dict(await second.driver.domain.domain_get_scheduler_parameters_flags(ref, LIVE))
                assert found["cpu_shares"] == 77
                await second.driver.domain.domain_destroy(ref)
                assert not kept.exists()
                assert not list((root / "run/qemu/cgroup").iterdir())
            finally:
                await second.close()
            first.provider.core.guests = type(first.provider.core.guests)()


async def test_a_start_that_is_given_up_leaves_no_group(host: QemuHost) -> None:
    for moment in (0.002, 0.006, 0.012, 0.03):
        task = asyncio.ensure_future(host.driver.domain.domain_create_xml(small("givenup"), 0))
        await asyncio.sleep(moment)
        task.cancel()
        try:
            ref = await task
        except asyncio.CancelledError:
            continue
        await host.driver.domain.domain_destroy(ref)
    await asyncio.gather(*host.provider.core.leaving)
    assert not groups_below(host.root)


async def test_a_guest_destroyed_before_its_threads_are_placed(host: QemuHost) -> None:
    for _ in range(3):
        ref = await host.driver.domain.domain_create_xml(small("short"), 0)
        await host.driver.domain.domain_destroy(ref)
    # What is still going on the driver waits for when it closes, as the fixture looks after.
