# SPDX-License-Identifier: Apache-2.0
"""What documents demand of control groups, and which device files their devices need."""

from __future__ import annotations

from pathlib import Path

import pytest

from manor.drivers.qemu import group_devices, group_settings
from manor.errors import ErrorNumber, ManorError
from manor.schema.common.storage import BlockSource
from manor.schema.core import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.os import Nvram
from manor.system.cgroup import Controller

EVERY = frozenset(Controller)


def document(tuning: str = "", devices: str = "") -> Domain:
    return Domain.parse(
        f"<domain type='qemu'><name>g</name><memory>1024</memory>{tuning}<os><type>hvm</type></os>"
        f"<devices>{devices}</devices></domain>"
    )


@pytest.mark.parametrize(
    ("tuning", "needed", "here", "session"),
    [
        ("<memtune><hard_limit>5</hard_limit></memtune>", Controller.MEMORY, "Memory cgroup", "Memory tuning"),
        ("<blkiotune><weight>100</weight></blkiotune>", Controller.BLKIO, "Block I/O tuning", "Block I/O tuning"),
        ("<cputune><shares>100</shares></cputune>", Controller.CPU, "CPU tuning", "CPU tuning"),
    ],
)
def test_demands(tuning: str, needed: Controller, here: str, session: str) -> None:
    group_settings.check_available(document(tuning), EVERY)
    with pytest.raises(ManorError, match=f"{here} is not available on this host") as caught:
        group_settings.check_available(document(tuning), EVERY - {needed})
    assert caught.value.code == ErrorNumber.CONFIG_UNSUPPORTED
    with pytest.raises(ManorError, match=f"{session} is not available in session mode") as caught:
        group_settings.check_session(document(tuning))
    assert caught.value.code == ErrorNumber.CONFIG_UNSUPPORTED


@pytest.mark.parametrize("name", ["quota", "global_quota", "emulator_quota", "iothread_quota"])
def test_quotas_are_demands(name: str) -> None:
    tuned = document(f"<cputune><{name}>5000</{name}></cputune>")
    with pytest.raises(ManorError, match="cgroup cpu is required for scheduler tuning"):
        group_settings.check_available(tuned, EVERY - {Controller.CPU})
    assert group_settings.tunes_threads(tuned)


@pytest.mark.parametrize(
    "tuning",
    [
        "",
        "<memtune><soft_limit>9007199254740991</soft_limit></memtune>",
        "<cputune><vcpupin vcpu='0' cpuset='0'/></cputune>",
        "<numatune><memory mode='strict' nodeset='0'/></numatune>",
    ],
)
def test_what_needs_no_controller(tuning: str) -> None:
    group_settings.check_available(document(tuning), frozenset())
    group_settings.check_session(document(tuning))


def test_nodes() -> None:
    for mode, bound in (("strict", True), ("restrictive", True), ("preferred", False), ("interleave", False)):
        placed = document(f"<numatune><memory mode='{mode}' nodeset='1'/></numatune>")
        assert (group_settings.nodes(placed) is not None) == bound
    with pytest.raises(ManorError, match="unsupported configuration: NUMA node 3 is unavailable"):
        group_settings.check_nodes(Bitmap({0, 3}), {0, 1})
    group_settings.check_nodes(group_settings.nodes(document()), ())


def test_threads_are_left_alone_unless_something_is_said_of_them() -> None:
    assert not group_settings.tunes_threads(document("<cputune><shares>100</shares></cputune>"))
    assert group_settings.tunes_threads(document("<vcpu cpuset='0-1'>2</vcpu>"))
    assert group_settings.emulator_cpus(document("<vcpu cpuset='0-1'>2</vcpu>")) == frozenset({0, 1})
    assert group_settings.emulator_cpus(document()) is None


def test_device_files(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.touch()
    devices = (
        "<rng model='virtio'><backend model='random'>/dev/zero</backend></rng>"
        "<serial type='dev'><source path='/dev/full'/></serial><serial type='pty'/>"
        f"<disk type='file'><source file='{image}'/><target dev='vda'/></disk>"
        "<disk type='block'><source dev='/dev/nosuch'/><target dev='vdb'/></disk>"
        "<audio id='1' type='alsa'/><hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/>"
        "<product id='0x2'/></source></hostdev>"
    )
    basic = group_devices.of_document(document())
    assert basic[:2] == ["c 1:3 rw", "c 1:7 rw"]
    assert "c 136:* rw" in basic
    assert set(group_devices.of_document(document(devices=devices))) - set(basic) == {"c 116:* rw", "c 189:* rw"}
    assert "c 1:5 rw" in basic


def test_a_disk_that_is_only_read() -> None:
    disk = "<disk type='block'><source dev='/dev/full'/><target dev='vda'/>{}</disk>"
    rules = [
        group_devices.of_disk(document(devices=disk.format(extra)).devices.disks[0]) for extra in ("", "<readonly/>")
    ]
    assert rules == [["c 1:7 rw"], ["c 1:7 r"]]


def test_variables_on_a_device() -> None:
    firmware = document().copy()
    assert firmware.os is not None
    firmware.os.nvram = Nvram(type="block", source=BlockSource(dev="/dev/tty"))
    assert "c 5:0 rw" in group_devices.of_document(firmware)


def test_what_is_allowed_too_much() -> None:
    allowed = ["c 1:3 rw", "b 7:0 rw", "b 8:0 rw", "c 5:2 rw"]
    assert group_devices.beyond(allowed, ["c 1:3 rw", "b 7:0 r", "c 5:2 r", "c 5:2 w"]) == ["b 7:0 w", "b 8:0 rw"]
