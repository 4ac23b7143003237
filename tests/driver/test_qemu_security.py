# SPDX-License-Identifier: Apache-2.0
"""QEMU as an unprivileged user, and the files that are given to it for as long as it runs."""

import os
import pwd
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import manor
from manor.constants import DomainCreateFlags, ErrorNumber
from manor.drivers.interface import DriverContext
from manor.drivers.qemu.security import accounts
from manor.errors import ManorError
from manor.records import DomainRef
from manor.store import kinds
from tests.support.owners import STRANGER, image, owner
from tests.support.qemu import QemuHost, qemu_host, small

USER, GROUP = 54321, 54322
OTHER = 54323
"""Nobody on the machine has these numbers; QEMU does not mind."""

SETTINGS: dict[str, object] = {"user": f"+{USER}", "group": f"+{GROUP}"}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def place(folder: Path) -> Path:
    """Where everything is."""
    return folder


@pytest.fixture
async def host(place: Path) -> AsyncIterator[QemuHost]:
    async with qemu_host(place / "h", SETTINGS) as opened:
        yield opened


def disk(path: Path, target: str = "vda", inside: str = "", more: str = "", form: str = "raw") -> str:
    return (
        f"<disk type='file'><driver name='qemu' type='{form}'/><source file='{path}'>{inside}</source>"
        f"<target dev='{target}' bus='virtio'/>{more}</disk>"
    )


def cdrom(path: Path | None) -> str:
    source = f"<source file='{path}'/>" if path is not None else ""
    return (
        f"<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>{source}<target dev='hda' bus='ide'/></disk>"
    )


async def started(host: QemuHost, name: str, devices: str, labels: str = "") -> DomainRef:
    """A guest that stays where it is: its firmware would move trays."""
    document = small(name, devices).replace("</domain>", f"{labels}</domain>")
    return await host.driver.domain.domain_create_xml(document, DomainCreateFlags.START_PAUSED)


def status(host: QemuHost, name: str) -> dict[str, list[str]]:
    running = host.guest(name).running
    assert running is not None
    lines = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    return {key: value.split() for key, _, value in (line.partition(":") for line in lines)}


def remembered(host: QemuHost) -> int:
    return len(host.provider.core.store.entries(kinds.FILE_OWNER))


async def test_qemu_has_no_rights_but_its_users(host: QemuHost, place: Path) -> None:
    await started(host, "g", "")
    found = status(host, "g")
    assert found["Uid"] == [str(USER)] * 4
    assert found["Gid"] == [str(GROUP)] * 4
    assert found["Groups"] == [str(GROUP)]
    assert found["NoNewPrivs"] == ["1"]
    assert all(int(found[name][0], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"))


async def test_files_are_given_and_given_back(host: QemuHost, place: Path) -> None:
    rw, ro, base = image(place, "rw.img"), image(place, "ro.img"), image(place, "base.img")
    open_to_all = image(place, "all.iso", 0o644)
    top = place / "top.qcow2"
    create = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base), "-F", "raw", str(top)]
    subprocess.run(create, check=True)
    devices = disk(rw) + disk(ro, "vdb", more="<readonly/>") + disk(top, "vdc", form="qcow2") + cdrom(open_to_all)
    devices += f"<serial type='file'><source path='{place}/serial.log'/></serial>"
    ref = await started(host, "g", devices)
    assert [owner(path) for path in (rw, ro, base, top)] == [(USER, GROUP)] * 4
    assert owner(open_to_all) == STRANGER
    folder = host.guest("g").require_active().paths.folder
    assert owner(folder) == (USER, GROUP)
    assert owner(folder / "master-key.aes") == (USER, GROUP)
    assert (folder.stat().st_mode & 0o077, (folder / "master-key.aes").stat().st_mode & 0o077) == (0, 0)
    await host.driver.domain.domain_destroy(ref)
    assert [owner(path) for path in (rw, ro, base)] == [STRANGER] * 3
    assert [owner(path) for path in (top, place / "serial.log")] == [(0, 0)] * 2
    assert remembered(host) == 0


async def test_a_failed_start_gives_everything_back(host: QemuHost, place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    reachable, unreachable = image(place, "a.img"), image(closed, "b.img")
    with pytest.raises(ManorError, match=r"Could not open '.*/closed/b.img': Permission denied"):
        await started(host, "g", disk(reachable) + disk(unreachable, "vdb"))
    assert owner(reachable) == owner(unreachable) == STRANGER
    assert remembered(host) == 0


async def test_what_one_guest_shares_with_another(host: QemuHost, place: Path) -> None:
    shared = image(place, "shared.img")
    one = await started(host, "one", disk(shared, more="<shareable/>"))
    two = await started(host, "two", disk(shared, more="<shareable/>"))
    label = f"<seclabel type='static' model='dac' relabel='yes'><label>+{OTHER}:+{OTHER}</label></seclabel>"
    with pytest.raises(ManorError, match=r"Setting different DAC user or group on .* which is already in use") as no:
        await started(host, "three", disk(shared, more="<shareable/>"), label)
    assert no.value.code == ErrorNumber.OPERATION_INVALID
    await host.driver.domain.domain_destroy(one)
    assert owner(shared) == (USER, GROUP)
    await host.driver.domain.domain_destroy(two)
    assert owner(shared) == STRANGER


async def test_labels_of_a_document(host: QemuHost, place: Path) -> None:
    mine, his = image(place, "mine.img"), image(place, "his.img", 0o666)
    label = f"<seclabel type='static' model='dac' relabel='yes'><label>+{OTHER}:+{OTHER}</label></seclabel>"
    ref = await started(host, "g", disk(mine) + disk(his, "vdb", "<seclabel model='dac' relabel='no'/>"), label)
    assert status(host, "g")["Uid"] == [str(OTHER)] * 4
    assert (owner(mine), owner(his)) == ((OTHER, OTHER), STRANGER)
    document = await host.driver.domain.domain_get_xml_desc(ref, 0)
    assert f"<imagelabel>+{OTHER}:+{OTHER}</imagelabel>" in document
    labels = await host.driver.domain.domain_get_security_label_list(ref)
    assert [item.label for item in labels] == ["", f"+{OTHER}:+{OTHER}"]


async def test_a_label_of_a_disk(host: QemuHost, place: Path) -> None:
    path = image(place, "a.img", 0o666)
    inside = f"<seclabel model='dac' relabel='yes'><label>+{OTHER}:+{GROUP}</label></seclabel>"
    await started(host, "g", disk(path, inside=inside))
    assert owner(path) == (OTHER, GROUP)


async def test_sockets_where_qemu_may_make_none(host: QemuHost, place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    here, there = closed / "s.sock", closed / "hot.sock"
    port = "<channel type='unix'><source mode='bind' path='{}'/><target type='virtio' name='{}'/></channel>"
    ref = await started(
        host,
        "g",
        f"<serial type='unix'><source mode='bind' path='{here}'/></serial>{port.format(closed / 'c.sock', 'c')}",
    )
    assert owner(here) == (USER, GROUP)
    await host.driver.domain.domain_attach_device_flags(ref, port.format(there, "hot"), 1)
    for path in (here, there):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    await host.driver.domain.domain_destroy(ref)
    assert list(closed.iterdir()) == []


async def test_plugged_and_unplugged(host: QemuHost, place: Path) -> None:
    first, second = image(place, "one.iso"), image(place, "two.iso")
    ref = await started(host, "g", cdrom(first))
    await host.driver.domain.domain_update_device_flags(ref, cdrom(second), 1)
    assert (owner(first), owner(second)) == (STRANGER, (USER, GROUP))
    await host.driver.domain.domain_update_device_flags(ref, cdrom(None), 1)
    assert (owner(first), owner(second)) == (STRANGER, STRANGER)
    with pytest.raises(ManorError):
        await host.driver.domain.domain_update_device_flags(ref, cdrom(place / "missing.iso"), 1)
    plugged = image(place, "hot.img")
    await host.driver.domain.domain_attach_device_flags(ref, disk(plugged), 1)
    assert owner(plugged) == (USER, GROUP)
    with pytest.raises(ManorError):
        await host.driver.domain.domain_attach_device_flags(ref, disk(first, "vdb", form="qcow2"), 1)
    assert owner(first) == STRANGER
    assert remembered(host) == 1


async def test_found_again_and_ended(place: Path) -> None:
    path = image(place, "a.img")
    host = await QemuHost.open(place / "h", SETTINGS)
    await started(host, "g", disk(path))
    await host.leave()
    host = await QemuHost.open(place / "h", SETTINGS)
    assert owner(path) == (USER, GROUP)
    assert host.guest("g").active
    await host.close()
    assert owner(path) == STRANGER


async def test_ended_while_nobody_looked(place: Path) -> None:
    path = image(place, "a.img")
    host = await QemuHost.open(place / "h", SETTINGS)
    await started(host, "g", disk(path))
    process = host.guest("g").require_active().process
    await host.leave()
    os.kill(process.pid, 9)
    os.waitpid(process.pid, 0)
    host = await QemuHost.open(place / "h", SETTINGS)
    assert owner(path) == STRANGER
    assert remembered(host) == 0
    await host.close()


async def test_a_file_that_somebody_else_got_meanwhile(host: QemuHost, place: Path) -> None:
    given, replaced = image(place, "given.img"), image(place, "replaced.img")
    ref = await started(host, "g", disk(given) + disk(replaced, "vdb"))
    os.chown(given, OTHER, OTHER)
    new = image(place, "new.img")
    os.chown(new, USER, GROUP)
    new.replace(replaced)
    await host.driver.domain.domain_destroy(ref)
    assert owner(given) == (OTHER, OTHER)
    assert owner(replaced) == (USER, GROUP)


@pytest.mark.parametrize(
    ("label", "code", "words"),
    [
        ("type='dynamic' model='selinux'/", 67, "Security driver model 'selinux' is not available"),
        ("type='static' model='dac'><label>nobody</label></seclabel", 8, "Failed to parse uid and gid from 'nobody'"),
        ("type='static' model='dac'><label>nosuch:root</label></seclabel", 8, "Failed to parse user 'nosuch'"),
        ("type='static' model='dac'><label>root:nosuch</label></seclabel", 8, "Failed to parse group 'nosuch'"),
    ],
)
async def test_labels_that_name_nobody(host: QemuHost, label: str, code: int, words: str) -> None:
    with pytest.raises(ManorError, match=words) as no:
        await started(host, "g", "", f"<seclabel {label}>")
    assert no.value.code == code
    assert remembered(host) == 0


async def test_without_a_user_qemu_is_ours(place: Path) -> None:
    path = image(place, "a.img")
    async with qemu_host(place / "h") as host:
        ref = await started(host, "g", disk(path))
        assert status(host, "g")["Uid"] == ["0"] * 4
        assert owner(path) == STRANGER
        assert "<label>+0:+0</label>" in await host.driver.domain.domain_get_xml_desc(ref, 0)


async def test_an_embedded_driver_asked_for_a_user(place: Path) -> None:
    path = image(place, "a.img")
    uri = f"qemu:///embed?root={place / 'h'}&user=%2B{USER}&group=%2B{GROUP}"
    async with manor.connect(uri) as connection:
        domain = await connection.create_domain(small("g", disk(path)))
        assert owner(path) == (USER, GROUP)
        with pytest.raises(manor.ManorError, match="is in use by process"):
            await manor.connect(f"qemu:///embed?root={place / 'h'}")
        await domain.destroy()
    assert owner(path) == STRANGER


@pytest.mark.parametrize("closed", [True, False])
async def test_as_whom_a_daemon_runs_guests(place: Path, monkeypatch: pytest.MonkeyPatch, closed: bool) -> None:
    entry = pwd.struct_passwd(("manor-qemu", "x", USER, GROUP, "", "/", "/bin/false"))
    monkeypatch.setattr(pwd, "getpwnam", {"manor-qemu": entry}.__getitem__)
    place.chmod(0o700 if closed else 0o711)
    open_to_daemon: dict[str, object] = {"user": None, "group": None}
    found = accounts.choose(DriverContext.below(place, privileged=True, settings=open_to_daemon))
    assert found == (accounts.own_account() if closed else (USER, GROUP))
    assert accounts.choose(DriverContext.below(place, privileged=True)) == accounts.own_account()


async def test_emulators_are_asked_as_the_user_of_guests(place: Path) -> None:
    """What it wrote while it was asked says who it was."""
    seen = place / "seen"
    seen.touch(mode=0o666)
    seen.chmod(0o666)
    emulator = place / "qemu-system-x86_64"
    emulator.write_text(f'#!/bin/sh\nid -u > {seen}\nexec {shutil.which("qemu-system-x86_64")} "$@"\n')
    emulator.chmod(0o755)
    async with qemu_host(place / "h", SETTINGS) as host:
        await host.provider.core.caps.get(str(emulator))
    assert seen.read_text() == f"{USER}\n"


async def test_variables_of_firmware_outlive_the_run(host: QemuHost, place: Path) -> None:
    template, store = place / "VARS.template", place / "vars.fd"
    template.write_bytes(bytes(4096))
    template.chmod(0o600)
    code = image(place, "CODE.fd", 0o644)
    firmware = (
        f"<os><type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes' type='pflash'>{code}</loader>"
        f"<nvram template='{template}'>{store}</nvram></os>"
    )
    document = re.sub("<os>.*</os>", firmware, small("g", ""))
    ref = await host.driver.domain.domain_create_xml(document, DomainCreateFlags.START_PAUSED)
    assert (owner(store), store.stat().st_mode & 0o777) == ((USER, GROUP), 0o600)
    await host.driver.domain.domain_destroy(ref)
    assert owner(store) == (0, 0)
    store.unlink()
    closed = image(place, "closed.img").parent / "missing.img"
    with pytest.raises(ManorError):
        broken = document.replace("<devices>", f"<devices>{disk(closed)}")
        await host.driver.domain.domain_create_xml(broken, DomainCreateFlags.START_PAUSED)
    assert not store.exists()


async def test_memory_in_a_file(host: QemuHost, place: Path) -> None:
    document = small("g").replace("<vcpu>", "<memoryBacking><source type='file'/></memoryBacking><vcpu>")
    ref = await host.driver.domain.domain_create_xml(document, DomainCreateFlags.START_PAUSED)
    folder = host.provider.core.paths.memory / f"{ref.id}-g"
    assert (owner(folder), folder.stat().st_mode & 0o777) == ((USER, GROUP), 0o700)
    assert [owner(path) for path in folder.iterdir()] == [(USER, GROUP)]
    await host.driver.domain.domain_destroy(ref)
    assert not folder.exists()


async def test_only_guests_of_root_are_called_privileged(host: QemuHost) -> None:
    ref = await started(host, "g", "")
    assert await host.driver.domain.domain_get_messages(ref, 0) == []


async def test_what_everybody_may_use_stays_everybodys(host: QemuHost) -> None:
    before = owner(Path("/dev/null"))
    ref = await started(host, "g", "<serial type='pipe'><source path='/dev/null'/></serial>")
    assert owner(Path("/dev/null")) == before
    await host.driver.domain.domain_destroy(ref)
    assert remembered(host) == 0
