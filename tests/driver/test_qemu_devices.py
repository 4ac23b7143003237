# SPDX-License-Identifier: Apache-2.0
"""Devices that come and go in one running guest, and in its definition."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from manor.records import DomainRef
from manor.records.events import (
    DomainDeviceAddedEvent,
    DomainDeviceRemovedEvent,
    DomainTrayChangeEvent,
)
from tests.support.embedded import Embedded, embedded
from tests.support.guest import BANNER, GuestImage

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="needs qemu-system-x86_64"),
]

LIVE, CONFIG, FORCE = 1, 2, 4

XML = """
<domain type='qemu'><name>plug</name><memory unit='MiB'>256</memory><maxMemory slots='4' unit='MiB'>1024</maxMemory>
<vcpu>1</vcpu><cpu><numa><cell id='0' cpus='0' memory='256' unit='MiB'/></numa></cpu>
<os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel><initrd>{initrd}</initrd>
<cmdline>{cmdline}</cmdline></os><features><acpi/></features>
<devices>
  <controller type='usb' model='qemu-xhci'/><controller type='virtio-serial'/>
  <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{disk}'/>
    <target dev='vda' bus='virtio'/></disk>
  <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>
  <graphics type='vnc' port='-1' passwd='first'/>
  <interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>
  <serial type='file'><source path='{console}'/></serial>
  <memballoon model='virtio'/>
</devices></domain>
"""


class Running(NamedTuple):
    """The driver and its guest."""

    room: Embedded
    dom: DomainRef

    async def attach(self, xml: str, flags: int = LIVE) -> None:
        await self.room.domain.domain_attach_device_flags(self.dom, xml, flags)

    async def detach(self, xml: str, flags: int = LIVE) -> None:
        await self.room.domain.domain_detach_device_flags(self.dom, xml, flags)

    async def update(self, xml: str, flags: int = LIVE) -> None:
        await self.room.domain.domain_update_device_flags(self.dom, xml, flags)

    async def refused(self, what: str, xml: str, flags: int = LIVE) -> str:
        return await self.room.refused(f"domain_{what}_device_flags", self.dom, xml, flags)

    async def nodes(self) -> set[str]:
        return {node["node-name"] for node in await self.room.qmp(self.dom, "query-named-block-nodes", flat=True)}

    async def chardevs(self) -> set[str]:
        return {item["label"] for item in await self.room.qmp(self.dom, "query-chardev")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guest(test_guest: GuestImage) -> AsyncIterator[Running]:
    async with embedded() as room:
        console = room.folder / "console"
        xml = XML.format(
            kernel=test_guest.kernel,
            initrd=test_guest.initrd,
            cmdline=test_guest.cmdline,
            disk=room.image("a.img"),
            console=console,
        )
        dom = await room.domain.domain_define_xml_flags(xml, 0)
        dom = await room.domain.domain_create_with_flags(dom, 0)
        async with asyncio.timeout(120):
            # Unplugging needs a system in the guest that answers.
            while BANNER not in console.read_text(errors="replace"):
                await asyncio.sleep(0.1)
        yield Running(room, dom)
    # QEMU leaves shared memory to whoever else has it open.
    Path("/dev/shm/manor-test").unlink(missing_ok=True)


def disk(source: object, target: str, bus: str, device: str = "disk", more: str = "") -> str:
    return (
        f"<disk type='file' device='{device}'><driver name='qemu' type='raw'/><source file='{source}'/>"
        f"<target dev='{target}' bus='{bus}'/>{more}</disk>"
    )


async def test_a_disk_comes_and_goes(guest: Running) -> None:
    xml = disk(guest.room.image("b.img"), "vdb", "virtio", more="<iotune><total_iops_sec>500</total_iops_sec></iotune>")
    before = await guest.nodes()
    await guest.attach(xml)
    await guest.room.event(DomainDeviceAddedEvent, dev_alias="virtio-disk1")
    added = (await guest.room.live(guest.dom)).devices.disks[1]
    assert added.target.dev == "vdb"
    assert added.address is not None
    assert len(await guest.nodes()) == len(before) + 2
    assert {p.field: p.value for p in await guest.room.domain.domain_get_block_io_tune(guest.dom, "vdb", LIVE)}[
        "total_iops_sec"
    ] == 500
    await guest.detach(xml)
    await guest.room.event(DomainDeviceRemovedEvent, dev_alias="virtio-disk1")
    assert await guest.nodes() == before
    assert [d.target.dev for d in (await guest.room.live(guest.dom)).devices.disks] == ["vda", "hdc"]


async def test_a_scsi_disk_brings_its_controller_and_goes_by_alias(guest: Running) -> None:
    await guest.attach(disk(guest.room.image("c.img"), "sda", "scsi"))
    assert [c.alias.name for c in (await guest.room.live(guest.dom)).devices.controllers if c.type == "scsi"] == [
        "scsi0"
    ]
    controller = "<controller type='scsi' index='0'/>"
    assert await guest.refused("detach", controller) == ("operation failed: device cannot be detached: device is busy")
    await guest.room.domain.domain_detach_device_alias(guest.dom, "scsi0-0-0", LIVE)
    await guest.detach(controller)
    await guest.room.event(DomainDeviceRemovedEvent, dev_alias="scsi0")


async def test_live_and_config_change_together_or_not_at_all(guest: Running) -> None:
    xml = disk(guest.room.image("d.img"), "vdc", "virtio")
    await guest.attach(xml, LIVE | CONFIG)
    for document in (await guest.room.live(guest.dom), await guest.room.defined(guest.dom)):
        assert "vdc" in [d.target.dev for d in document.devices.disks]
    # Running it is refused, so the definition stays as well.
    missing = disk(guest.room.folder / "missing.img", "vdd", "virtio")
    assert "No such file or directory" in await guest.refused("attach", missing, LIVE | CONFIG)
    defined = await guest.room.defined(guest.dom)
    assert "vdd" not in [d.target.dev for d in defined.devices.disks]
    await guest.detach(xml, LIVE | CONFIG)
    defined = await guest.room.defined(guest.dom)
    assert "vdc" not in [d.target.dev for d in defined.devices.disks]


async def test_a_failure_in_qemu_leaves_nothing(guest: Running) -> None:
    nodes, chardevs = await guest.nodes(), await guest.chardevs()
    document = await guest.room.domain.domain_get_xml_desc(guest.dom, 0)
    # QEMU takes the chardev and then refuses the device.
    assert "does not support hotplugging" in await guest.refused("attach", "<serial type='null'/>")
    assert "does not support hotplugging" in await guest.refused(
        "attach", disk(guest.room.image("e.img"), "hdb", "ide")
    )
    assert (await guest.nodes(), await guest.chardevs()) == (nodes, chardevs)
    assert await guest.room.domain.domain_get_xml_desc(guest.dom, 0) == document


@pytest.mark.parametrize(
    ("alias", "xml"),
    [
        ("net1", "<interface type='user'><mac address='52:54:00:11:22:44'/><model type='virtio'/></interface>"),
        ("rng0", "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"),
        ("watchdog0", "<watchdog model='i6300esb' action='pause'/>"),
        ("input2", "<input type='tablet' bus='usb'/>"),
        ("shmem0", "<shmem name='manor-test'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"),
        ("channel0", "<channel type='unix'><target type='virtio' name='org.example.0'/></channel>"),
    ],
)
async def test_other_devices_come_and_go(guest: Running, alias: str, xml: str) -> None:
    before = await guest.room.domain.domain_get_xml_desc(guest.dom, 0)
    chardevs = await guest.chardevs()
    await guest.attach(xml)
    await guest.room.event(DomainDeviceAddedEvent, dev_alias=alias)
    assert f"<alias name='{alias}'/>" in await guest.room.domain.domain_get_xml_desc(guest.dom, 0)
    if alias == "channel0":
        # The path was chosen for it, and is part of what a client has to name.
        assert "not present" in await guest.refused("detach", xml)
        await guest.room.domain.domain_detach_device_alias(guest.dom, alias, LIVE)
    else:
        await guest.detach(xml)
    await guest.room.event(DomainDeviceRemovedEvent, dev_alias=alias)
    assert await guest.room.domain.domain_get_xml_desc(guest.dom, 0) == before
    assert await guest.chardevs() == chardevs
    assert f"obj{alias}" not in [item["name"] for item in await guest.room.qmp(guest.dom, "qom-list", path="/objects")]


async def test_a_device_that_goes_unasked_is_cleaned_up_after(guest: Running) -> None:
    before = await guest.nodes()
    await guest.attach(disk(guest.room.image("f.img"), "vde", "virtio"))
    await guest.room.qmp(guest.dom, "device_del", id="virtio-disk4")
    await guest.room.event(DomainDeviceRemovedEvent, dev_alias="virtio-disk4")
    assert await guest.nodes() == before
    assert "vde" not in await guest.room.domain.domain_get_xml_desc(guest.dom, 0)


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/dev/net/tun").exists(), reason="needs root and /dev/net/tun")
async def test_an_interface_on_a_tap(guest: Running) -> None:
    xml = "<interface type='ethernet'><mac address='52:54:00:11:22:55'/><model type='virtio'/></interface>"
    await guest.attach(xml)
    nic = (await guest.room.live(guest.dom)).devices.interfaces[-1]
    assert Path(f"/sys/class/net/{nic.target.dev}").exists()
    await guest.detach(xml)
    await guest.room.event(DomainDeviceRemovedEvent, dev_alias=nic.alias.name)
    assert not Path(f"/sys/class/net/{nic.target.dev}").exists()
    taps = set(os.listdir("/sys/class/net"))
    missing = "<interface type='bridge'><source bridge='nowhere'/><model type='virtio'/></interface>"
    assert "nowhere" in await guest.refused("attach", missing)
    assert set(os.listdir("/sys/class/net")) == taps


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root and iproute2")
async def test_a_port_takes_what_its_bridge_takes(guest: Running) -> None:
    """A port with smaller packets would make those of the whole bridge smaller."""
    bridge = f"mt{os.getpid()}"
    subprocess.run(["ip", "link", "add", bridge, "mtu", "9000", "type", "bridge"], check=True)
    try:
        xml = f"<interface type='bridge'><mac address='52:54:00:11:22:66'/><source bridge='{bridge}'/></interface>"
        await guest.attach(xml)
        nic = (await guest.room.live(guest.dom)).devices.interfaces[-1]
        for name in (nic.target.dev, bridge):
            assert Path(f"/sys/class/net/{name}/mtu").read_text().strip() == "9000"
        await guest.detach(xml)
        await guest.room.event(DomainDeviceRemovedEvent, dev_alias=nic.alias.name)
    finally:
        subprocess.run(["ip", "link", "delete", bridge], check=True)


async def test_a_medium_is_changed_and_ejected(guest: Running) -> None:
    room = guest.room
    first, second = room.image("one.iso"), room.image("two.iso")
    before = await guest.nodes()
    for image in (first, second):
        await guest.update(disk(image, "hdc", "ide", "cdrom", "<readonly/>"), LIVE | FORCE)
        assert (await room.live(guest.dom)).devices.disks[1].source.file == str(image)
        assert len(await guest.nodes()) == len(before) + 2
    await room.event(DomainTrayChangeEvent, dev_alias="ide0-1-0", reason=0)
    await room.event(DomainTrayChangeEvent, dev_alias="ide0-1-0", reason=1)
    await guest.update("<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>")
    drive = (await room.live(guest.dom)).devices.disks[1]
    assert drive.source is None
    assert drive.target.tray is None
    assert await guest.nodes() == before
    # Attaching to a drive that is there is the old way to say the same.
    await guest.attach(disk(first, "hdc", "ide", "cdrom", "<readonly/>"))
    assert (await room.live(guest.dom)).devices.disks[1].source.file == str(first)


async def test_link_and_password_change(guest: Running) -> None:
    nic = "<interface type='user'><mac address='52:54:00:11:22:33'/><model type='{}'/><link state='{}'/></interface>"
    await guest.update(nic.format("virtio", "down"))
    assert (await guest.room.live(guest.dom)).devices.interfaces[0].link == "down"
    await guest.update(nic.format("virtio", "up"))
    assert await guest.refused("update", nic.format("e1000", "up")) == (
        "Operation not supported: cannot modify network device model from virtio to e1000"
    )
    await guest.update("<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1' passwd='second'/>")
    assert "second" in await guest.room.domain.domain_get_xml_desc(guest.dom, 1)
    assert await guest.refused("update", "<graphics type='vnc' passwd='abc'/>") == (
        "Operation not supported: cannot change listen address setting on 'vnc' graphics"
    )


async def test_a_definition_gains_and_loses_devices(guest: Running) -> None:
    before = await guest.room.domain.domain_get_xml_desc(guest.dom, 2)
    for xml in (
        "<sound model='ich6'/>",
        "<filesystem type='mount'><source dir='/tmp'/><target dir='share'/></filesystem>",
        "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0x5678'/></source></hostdev>",
    ):
        await guest.attach(xml, CONFIG)
        assert await guest.room.domain.domain_get_xml_desc(guest.dom, 2) != before
        await guest.detach(xml, CONFIG)
    devices = (await guest.room.defined(guest.dom)).devices
    assert not (devices.sounds or devices.filesystems or devices.hostdevs)


REFUSALS = [
    (
        "attach",
        LIVE,
        "<sound model='ich6'/>",
        "Operation not supported: live attach of device 'sound' is not supported",
    ),
    ("attach", LIVE, "<hub type='usb'/>", "Operation not supported: live attach of device 'hub' is not supported"),
    (
        "attach",
        LIVE,
        disk("/x", "fda", "fdc", "floppy"),
        "Operation not supported: floppy device hotplug isn't supported",
    ),
    (
        "attach",
        LIVE,
        "<controller type='virtio-serial' index='0'/>",
        "Operation not supported: 'virtio-serial' controller cannot be hot plugged.",
    ),
    (
        "attach",
        LIVE,
        "<input type='mouse' bus='ps2'/>",
        "Operation not supported: input device on bus 'ps2' cannot be hot plugged.",
    ),
    ("attach", CONFIG, disk("/x", "vda", "virtio"), "Requested operation is not valid: target vda already exists"),
    (
        "attach",
        CONFIG,
        "<graphics type='vnc'/>",
        "Operation not supported: persistent attach of device 'graphics' is not supported",
    ),
    ("detach", LIVE, disk("/x", "vdq", "virtio"), "device not found: disk vdq not found"),
    ("detach", CONFIG, disk("/x", "vdq", "virtio"), "device not found: no target device vdq"),
    (
        "detach",
        LIVE,
        disk("/x", "hdc", "ide", "cdrom"),
        "Operation not supported: disk device type 'cdrom' cannot be detached",
    ),
    (
        "detach",
        LIVE,
        "<interface type='user'><mac address='52:54:00:11:22:99'/></interface>",
        "device not found: no device found at address '(<null>)' matching MAC address '52:54:00:11:22:99' "
        "and alias '(<null>)'",
    ),
    ("detach", LIVE, "<controller type='scsi' index='9'/>", "device not found: controller scsi:9 not found"),
    (
        "detach",
        LIVE,
        "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>",
        "device not found: model 'random' RNG device not present in domain configuration",
    ),
    (
        "detach",
        CONFIG,
        "<channel type='unix'><target type='virtio' name='bar'/></channel>",
        "invalid argument: device not present in domain configuration",
    ),
    (
        "update",
        LIVE,
        "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>",
        "unsupported configuration: live update of device 'rng' is not supported",
    ),
    (
        "update",
        LIVE,
        disk("/x", "vda", "virtio"),
        "unsupported configuration: disk source can be changed only in removable drives",
    ),
    (
        "update",
        LIVE,
        disk("/x", "vda", "virtio", more="<iotune><total_bytes_sec>1000</total_bytes_sec></iotune>"),
        "Operation not supported: cannot modify field 'blkdeviotune total_bytes_sec' of the disk",
    ),
    (
        "update",
        CONFIG,
        "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>",
        "Operation not supported: persistent update of device 'rng' is not supported",
    ),
]


@pytest.mark.parametrize(("what", "flags", "xml", "message"), REFUSALS)
async def test_refusals_are_libvirts(guest: Running, what: str, flags: int, xml: str, message: str) -> None:
    assert await guest.refused(what, xml, flags) == message


async def test_an_alias_nobody_has(guest: Running) -> None:
    message = await guest.room.refused("domain_detach_device_alias", guest.dom, "nope", LIVE)
    assert message == "internal error: no device found with alias nope"
