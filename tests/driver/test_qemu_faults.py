# SPDX-License-Identifier: Apache-2.0
"""What goes wrong: images that are missing, emulators that die or hang, a manager that is killed."""

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from manor.constants import DomainRunningReason, DomainShutoffReason, DomainState, ErrorNumber
from manor.drivers.qemu.measures import bulk
from manor.errors import ManorError
from tests.support import ROOT
from tests.support.leaks import Leaks
from tests.support.qemu import QemuHost, groups_below, missing, qemu_host, small


@pytest.fixture
async def host(leaks: Leaks) -> AsyncIterator[QemuHost]:
    async with qemu_host(leaks.root / "h") as opened:
        yield opened
    leaks.allowed.update(path for path in leaks.root.rglob("*") if path.is_file())


async def test_a_missing_image_is_named(host: QemuHost, tmp_path: Path) -> None:
    disk = f"<disk type='file'><source file='{tmp_path}/absent.img'/><target dev='vda' bus='virtio'/></disk>"
    ref = await host.driver.domain.domain_define_xml(small("g", disk))
    with pytest.raises(ManorError) as failure:
        await host.driver.domain.domain_create(ref)
    assert failure.value.code == ErrorNumber.SYSTEM_ERROR
    assert f"{tmp_path}/absent.img" in failure.value.message
    assert not host.guest("g").active


async def test_descriptors_that_nobody_gave(host: QemuHost, tmp_path: Path) -> None:
    disk = f"<disk type='file'><source file='{tmp_path}/x' fdgroup='g'/><target dev='vda' bus='virtio'/></disk>"
    ref = await host.driver.domain.domain_define_xml(small("g", disk))
    with pytest.raises(ManorError, match="file descriptor group 'g' was not associated with the domain"):
        await host.driver.domain.domain_create(ref)


@pytest.mark.parametrize(
    ("old", "new", "code", "word"),
    [
        ("machine='pc'", "machine='no-such-machine'", ErrorNumber.CONFIG_UNSUPPORTED, "no-such-machine"),
        ("<name>g</name>", "", ErrorNumber.NO_NAME, "name"),
        ("type='qemu'", "type='nonsense'", ErrorNumber.CONFIG_UNSUPPORTED, "nonsense"),
        ("</domain>", "", ErrorNumber.XML_DETAIL, "domain"),
    ],
)
async def test_a_bad_document_is_refused(host: QemuHost, old: str, new: str, code: int, word: str) -> None:
    with pytest.raises(ManorError) as failure:
        await host.driver.domain.domain_define_xml(small("g").replace(old, new, 1))
    assert failure.value.code == code
    assert word in failure.value.message
    assert await host.driver.domain.connect_list_all_domains(0) == []


async def test_what_qemu_says_before_it_dies_is_the_error(host: QemuHost) -> None:
    space = "http://libvirt.org/schemas/domain/qemu/1.0"
    own = f"<q:commandline xmlns:q='{space}'><q:arg value='-nonsense'/></q:commandline></domain>"
    ref = await host.driver.domain.domain_define_xml(small("g").replace("</domain>", own))
    with pytest.raises(ManorError) as failure:
        await host.driver.domain.domain_create(ref)
    assert failure.value.code == ErrorNumber.INTERNAL_ERROR
    assert "-nonsense: invalid option" in failure.value.message
    assert not host.guest("g").active
    assert not list((host.root / "run" / "qemu").glob("**/domain-*"))


async def test_a_guest_that_hangs_delays_nobody_else(host: QemuHost) -> None:
    for name in ("stuck", "well"):
        await host.driver.domain.domain_create(await host.driver.domain.domain_define_xml(small(name)))
    stuck, well = host.guest("stuck"), host.guest("well")
    pid = stuck.require_active().process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        waiting = asyncio.ensure_future(host.driver.domain.domain_suspend(stuck.ref))
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await host.driver.domain.domain_suspend(well.ref)
            await host.driver.domain.domain_resume(well.ref)
            assert len(await host.driver.domain.connect_list_all_domains(0)) == 2
        assert not waiting.done()
    finally:
        os.kill(pid, signal.SIGCONT)
    async with asyncio.timeout(10):
        await waiting
    assert stuck.state is DomainState.PAUSED


async def test_figures_of_all_guests_come_without_those_of_one_that_hangs(
    host: QemuHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ANSWER_S", 0.5)
    for name in ("stuck", "well"):
        await host.driver.domain.domain_create(await host.driver.domain.domain_define_xml(small(name)))
    pid = host.guest("stuck").require_active().process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(30):
            records = await host.driver.domain.connect_get_all_domain_stats([], 0, 0)
    finally:
        os.kill(pid, signal.SIGCONT)
    figures = {record.dom.name: {param.field for param in record.params} for record in records}
    assert "state.state" in figures["stuck"]
    assert "balloon.current" in figures["well"]
    assert "balloon.rss" not in figures["stuck"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
async def test_a_full_store_stops_no_guest_from_being_paused_or_ended(leaks: Leaks) -> None:
    folder = leaks.root / "s"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "small", str(folder)], check=True)
    try:
        async with qemu_host(folder / "h") as host:
            family = host.driver.domain
            ref = await family.domain_define_xml(small("g"))
            await family.domain_create(ref)
            _fill(folder / "filler")
            await family.domain_suspend(ref)
            assert host.guest("g").state is DomainState.PAUSED
            await family.domain_destroy(ref)
            for refused in (
                family.domain_create(ref),
                family.domain_define_xml(small("h")),
                family.domain_undefine(ref),
            ):
                with pytest.raises(ManorError, match="No space left on device"):
                    await refused
            assert not host.guest("g").active
            (folder / "filler").unlink()
            await family.domain_create(ref)
            await family.domain_destroy(ref)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as stream:
        while stream.write(bytes(4096)):
            pass


async def test_sockets_below_a_root_with_a_long_name(leaks: Leaks) -> None:
    """Longer than a socket's address may be: QEMU is told of them from its own folder."""
    channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    async with qemu_host(leaks.root / ("l" * 60) / ("m" * 60)) as host:
        screen = "<graphics type='vnc'><listen type='socket'/></graphics>"
        ref = await host.driver.domain.domain_define_xml(small("g", channel + screen))
        await host.driver.domain.domain_create(ref)
        sockets = {path.name for path in host.root.rglob("*") if path.is_socket()}
        assert {"org.qemu.guest_agent.0", "vnc.sock", "monitor.sock"} <= sockets
        await host.driver.domain.domain_destroy(ref)
    leaks.allowed.update(path for path in leaks.root.rglob("*") if path.is_file())


async def test_destroy_ends_a_guest_whose_change_hangs(host: QemuHost) -> None:
    await host.driver.domain.domain_create(await host.driver.domain.domain_define_xml(small("stuck")))
    guest = host.guest("stuck")
    os.kill(guest.require_active().process.pid, signal.SIGSTOP)
    waiting = asyncio.ensure_future(host.driver.domain.domain_suspend(guest.ref))
    await asyncio.sleep(0.05)
    os.kill(guest.require_active().process.pid, signal.SIGKILL)
    with pytest.raises(ManorError):
        async with asyncio.timeout(10):
            await waiting


async def test_guests_are_found_again(leaks: Leaks) -> None:
    async with qemu_host(leaks.root / "h") as first:
        for name in ("keeps", "dies"):
            await first.driver.domain.domain_create(await first.driver.domain.domain_define_xml(small(name)))
        dying = first.guest("dies").require_active().process.pid
        identifier = first.guest("keeps").id
        await first.leave()
        os.kill(dying, signal.SIGKILL)
        while Path(f"/proc/{dying}/stat").exists() and " Z " not in Path(f"/proc/{dying}/stat").read_text():
            await asyncio.sleep(0.01)
        second = await QemuHost.open(leaks.root / "h")
        try:
            keeps, dies = second.guest("keeps"), second.guest("dies")
            assert (keeps.id, keeps.state, keeps.reason) == (
                identifier,
                DomainState.RUNNING,
                DomainRunningReason.BOOTED,
            )
            assert (dies.active, dies.state, dies.reason) == (False, DomainState.SHUTOFF, DomainShutoffReason.CRASHED)
            await second.driver.domain.domain_suspend(keeps.ref)
            assert keeps.state is DomainState.PAUSED
        finally:
            await second.close()
        # The first driver has let go already.
        first.provider.core.guests = type(first.provider.core.guests)()
    leaks.allowed.update(path for path in leaks.root.rglob("*") if path.is_file())


VICTIM = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from tests.support.qemu import QemuHost, small

    async def main():
        host = await QemuHost.open(Path(sys.argv[1]))
        image = Path(sys.argv[1]) / "image"
        domain = host.driver.domain
        print("open", flush=True)
        for number in range(1000):
            ref = await domain.domain_define_xml(small("g"))
            print("defined", flush=True)
            ref = await domain.domain_create_with_flags(ref, 0)
            print("started", flush=True)
            await domain.domain_save(ref, str(image))
            print("saved", flush=True)
            await domain.domain_restore(str(image))
            print("restored", flush=True)
            await domain.domain_destroy(ref)
            print("destroyed", flush=True)
            await domain.domain_undefine(ref)
            print("undefined", flush=True)

    asyncio.run(main())
    """
)

ACTIVE_AFTER = {"started": True, "restored": True, "saved": False, "destroyed": False, "defined": False}


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
@pytest.mark.parametrize("step", range(24))
async def test_a_killed_manager_loses_nothing(step: int, tmp_path: Path) -> None:
    """Killed at some instant of define, start, save, restore, destroy or undefine: the state before it or after it."""
    root = tmp_path / "h"
    script = VICTIM.format(root=str(ROOT))
    victim = subprocess.Popen([sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    seen = ""
    # A different acknowledged step each time, then a different number of milliseconds into the next one.
    for _ in range(1 + step % 6):
        seen = victim.stdout.readline().strip()
    await asyncio.sleep((step * 7 % 24) / 1000)
    victim.kill()
    seen = (victim.stdout.read().split() or [seen])[-1]
    victim.wait()
    host = await QemuHost.open(root)
    try:
        names = [ref.name for ref in await host.driver.domain.connect_list_all_domains(0)]
        if seen in ("defined", "started", "saved", "restored"):
            assert names == ["g"], f"acknowledged: {seen}"
        for ref in await host.driver.domain.connect_list_all_domains(0):
            guest = host.guest(ref.name)
            alive = guest.running is not None and guest.running.process.running
            assert guest.active == alive
            if guest.active:
                # Whatever was going on, a guest that is there can be managed.
                await host.driver.domain.domain_get_xml_desc(ref, 0)
                assert await guest.require_active().monitor.execute("query-status")
            image = root / "image"
            if seen == "saved" and not guest.active:
                await host.driver.domain.domain_restore(str(image))
                assert guest.state is DomainState.RUNNING
        assert not _strays(root, host), "a QEMU nobody manages"
    finally:
        await host.close()
    assert not groups_below(root)


def _strays(root: Path, host: QemuHost) -> list[int]:
    managed = {guest.running.process.pid for guest in host.provider.core.guests if guest.running is not None}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) not in managed:
            try:
                command = (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if f"{root}/".encode() in command and b"qemu-system" in command and state != "Z":
                found.append(int(entry.name))
    return found


async def test_the_root_is_closed_to_others(host: QemuHost) -> None:
    await host.driver.domain.domain_create(await host.driver.domain.domain_define_xml(small("g")))
    paths = host.guest("g").require_active().paths
    for path in (paths.folder, paths.monitor, paths.master_key):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
