# SPDX-License-Identifier: Apache-2.0
"""Definition, start, stop, pause, save and dump of real guests."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from manor.constants import (
    DomainCoreDumpFlags,
    DomainCreateFlags,
    DomainEventType,
    DomainPausedReason,
    DomainRunningReason,
    DomainShutoffReason,
    DomainState,
    DomainUndefineFlagsValues,
    DomainXMLFlags,
    ErrorNumber,
)
from manor.errors import ManorError
from manor.records import DomainRef
from tests.support.leaks import Leaks
from tests.support.qemu import QemuHost, qemu_host, small

Defined, Undefined = DomainEventType.DEFINED, DomainEventType.UNDEFINED
Started, Stopped = DomainEventType.STARTED, DomainEventType.STOPPED
Suspended, Resumed = DomainEventType.SUSPENDED, DomainEventType.RESUMED


@pytest.fixture
async def host(leaks: Leaks) -> AsyncIterator[QemuHost]:
    async with qemu_host(leaks.root / "h") as opened:
        yield opened
    leaks.allowed.update(path for path in leaks.root.rglob("*") if path.is_file())


async def started(host: QemuHost, name: str = "g", devices: str = "", flags: int = 0) -> DomainRef:
    ref = await host.driver.domain.domain_define_xml(small(name, devices))
    return await host.driver.domain.domain_create_with_flags(ref, flags)


async def state(host: QemuHost, ref: DomainRef) -> tuple[int, int]:
    found = await host.driver.domain.domain_get_state(ref, 0)
    return found.state, found.reason


async def test_a_guest_lives_and_dies(host: QemuHost) -> None:
    ref = await started(host)
    assert ref.id == 1
    assert await state(host, ref) == (DomainState.RUNNING, DomainRunningReason.BOOTED)
    await host.driver.domain.domain_suspend(ref)
    assert await state(host, ref) == (DomainState.PAUSED, DomainPausedReason.USER)
    await host.driver.domain.domain_resume(ref)
    assert await state(host, ref) == (DomainState.RUNNING, DomainRunningReason.UNPAUSED)
    await host.driver.domain.domain_destroy(ref)
    assert await state(host, ref) == (DomainState.SHUTOFF, DomainShutoffReason.DESTROYED)
    await host.driver.domain.domain_undefine(ref)
    assert [event for event, _ in host.lifecycle()] == [
        Defined, Resumed, Started, Suspended, Resumed, DomainEventType.SHUTDOWN, Stopped, Undefined,
    ]  # fmt: skip
    with pytest.raises(ManorError) as gone:
        await host.driver.domain.domain_get_info(ref)
    assert gone.value.code == ErrorNumber.NO_DOMAIN
    assert "no domain with matching uuid" in gone.value.message


async def test_paused_start_waits_for_resume(host: QemuHost) -> None:
    ref = await started(host, flags=DomainCreateFlags.START_PAUSED)
    assert await state(host, ref) == (DomainState.PAUSED, DomainPausedReason.USER)
    await host.driver.domain.domain_resume(ref)
    assert (await state(host, ref))[0] == DomainState.RUNNING


async def test_a_transient_guest_is_gone_when_it_ends(host: QemuHost) -> None:
    ref = await host.driver.domain.domain_create_xml(small("transient"), 0)
    assert not await host.driver.domain.domain_is_persistent(ref)
    await host.driver.domain.domain_destroy(ref)
    assert await host.driver.domain.connect_list_all_domains(0) == []


async def test_autodestroy_ends_with_its_connection(host: QemuHost) -> None:
    await started(host, flags=DomainCreateFlags.START_AUTODESTROY)
    await host.driver.session.close()
    assert not host.guest("g").active


async def test_save_and_restore(host: QemuHost, tmp_path: Path) -> None:
    ref = await started(host)
    image = tmp_path / "image"
    await host.driver.domain.domain_save(ref, str(image))
    assert await state(host, ref) == (DomainState.SHUTOFF, DomainShutoffReason.SAVED)
    assert "<name>g</name>" in await host.driver.domain.domain_save_image_get_xml_desc(str(image), 0)
    await host.driver.domain.domain_restore(str(image))
    assert await state(host, ref) == (DomainState.RUNNING, DomainRunningReason.RESTORED)


async def test_a_failed_save_leaves_the_guest_running_and_no_file(host: QemuHost, tmp_path: Path) -> None:
    ref = await started(host)
    target = tmp_path / "no" / "such" / "folder"
    with pytest.raises(ManorError) as failure:
        await host.driver.domain.domain_save(ref, str(target))
    assert failure.value.code == ErrorNumber.SYSTEM_ERROR
    assert str(target) in failure.value.message
    assert (await state(host, ref))[0] == DomainState.RUNNING


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
async def test_a_full_disk_ends_a_save_and_nothing_else(host: QemuHost, tmp_path: Path) -> None:
    ref = await started(host)
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "small", str(folder)], check=True)
    try:
        with pytest.raises(ManorError) as failure:
            await host.driver.domain.domain_save(ref, str(folder / "image"))
        assert failure.value.code == ErrorNumber.OPERATION_FAILED
        assert not list(folder.iterdir())
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    assert (await state(host, ref))[0] == DomainState.RUNNING


async def test_managed_save_is_continued_by_the_next_start(host: QemuHost) -> None:
    ref = await started(host)
    await host.driver.domain.domain_managed_save(ref, 0)
    assert await host.driver.domain.domain_has_managed_save_image(ref, 0)
    with pytest.raises(ManorError, match="managed save image exists"):
        await host.driver.domain.domain_undefine(ref)
    await host.driver.domain.domain_create(ref)
    assert await state(host, ref) == (DomainState.RUNNING, DomainRunningReason.RESTORED)
    assert not await host.driver.domain.domain_has_managed_save_image(ref, 0)
    await host.driver.domain.domain_destroy(ref)
    await host.driver.domain.domain_undefine_flags(ref, DomainUndefineFlagsValues.MANAGED_SAVE)


async def test_core_dump_leaves_the_guest_running(host: QemuHost, tmp_path: Path) -> None:
    ref = await started(host)
    target = tmp_path / "core"
    await host.driver.domain.domain_core_dump_with_format(ref, str(target), 0, DomainCoreDumpFlags.MEMORY_ONLY)
    assert target.read_bytes()[:4] == b"\x7fELF"
    assert (await state(host, ref))[0] == DomainState.RUNNING


async def test_the_definition_can_change_while_the_guest_runs(host: QemuHost) -> None:
    ref = await started(host)
    await host.driver.domain.domain_define_xml(
        small("g").replace("<vcpu>1</vcpu>", f"<uuid>{host.guest('g').key}</uuid><vcpu>2</vcpu>")
    )
    live = await host.driver.domain.domain_get_xml_desc(ref, 0)
    inactive = await host.driver.domain.domain_get_xml_desc(ref, DomainXMLFlags.INACTIVE)
    assert "<vcpu placement='static'>1</vcpu>" in live
    assert "<vcpu placement='static'>2</vcpu>" in inactive


async def test_names_and_uuids_are_unique(host: QemuHost) -> None:
    await host.driver.domain.domain_define_xml(small("g"))
    with pytest.raises(ManorError) as taken:
        await host.driver.domain.domain_define_xml(small("g"))
    assert taken.value.code == ErrorNumber.OPERATION_FAILED
    assert taken.value.message.endswith(f"domain 'g' already exists with uuid {host.guest('g').key}")


async def test_a_guest_that_powers_off_is_seen_at_once(host: QemuHost) -> None:
    ref = await started(host)
    running = host.guest("g").require_active()
    await running.monitor.execute("quit")
    await asyncio.wait_for(running.ended.wait(), 5)
    assert (await state(host, ref))[0] == DomainState.SHUTOFF


async def test_rename_and_metadata(host: QemuHost) -> None:
    ref = await host.driver.domain.domain_define_xml(small("old"))
    await host.driver.domain.domain_rename(ref, "new", 0)
    ref = await host.driver.domain.domain_lookup_by_name("new")
    await host.driver.domain.domain_set_metadata(ref, 1, "A title", None, None, 0)
    await host.driver.domain.domain_set_metadata(ref, 2, "<a>b</a>", "my", "urn:mine", 0)
    assert await host.driver.domain.domain_get_metadata(ref, 1, None, 0) == "A title"
    assert await host.driver.domain.domain_get_metadata(ref, 2, "urn:mine", 0) == "<a>b</a>"
    with pytest.raises(ManorError) as absent:
        await host.driver.domain.domain_get_metadata(ref, 0, None, 0)
    assert absent.value.code == ErrorNumber.NO_DOMAIN_METADATA
