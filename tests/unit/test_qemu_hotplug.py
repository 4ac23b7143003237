# SPDX-License-Identifier: Apache-2.0
"""The pure parts of hotplug: chardev options, matching, I/O limits."""

from __future__ import annotations

from typing import Any

import pytest

from manor.drivers.qemu.hotplug import matching, throttling
from manor.drivers.qemu.hotplug.chardev_options import chardev_add
from manor.drivers.qemu.hotplug.sizes import account
from manor.errors import ErrorNumber, ManorError
from manor.schema.domain import Domain
from manor.schema.domain.devices import parse_device
from manor.schema.domain.disk import IoTune

DOCUMENT = """
<domain type='qemu'><name>x</name><memory unit='KiB'>1024</memory><os><type>hvm</type></os><devices>
<interface type='user'><mac address='52:54:00:00:00:01'/></interface>
<interface type='user'><mac address='52:54:00:00:00:01'/></interface>
<interface type='user'><mac address='52:54:00:00:00:02'/></interface>
<input type='tablet' bus='usb'><alias name='input0'/></input>
<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
</devices></domain>
"""


@pytest.mark.parametrize(
    ("option", "backend"),
    [
        ("pty,id=c", {"type": "pty", "data": {}}),
        ("file,id=c,path=/a,,b,append=on", {"type": "file", "data": {"out": "/a,b", "append": True}}),
        (
            "socket,id=c,path=/s,server=on,wait=off",
            {
                "type": "socket",
                "data": {"addr": {"type": "unix", "data": {"path": "/s"}}, "server": True, "wait": False},
            },
        ),
        (
            "socket,id=c,host=h,port=1,reconnect=5",
            {
                "type": "socket",
                "data": {
                    "addr": {"type": "inet", "data": {"host": "h", "port": "1"}},
                    "server": False,
                    "reconnect": 5,
                },
            },
        ),
        ("null,id=c,logfile=/l,logappend=off", {"type": "null", "data": {"logfile": "/l", "logappend": False}}),
    ],
)
def test_options_become_arguments(option: str, backend: dict[str, Any]) -> None:
    assert chardev_add(option, {}) == {"id": "c", "backend": backend}


def test_a_kind_that_cannot_be_added() -> None:
    with pytest.raises(ManorError, match="Hotplug unsupported for char device type 'stdio'"):
        chardev_add("stdio,id=c", {})


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("<interface type='user'><mac address='52:54:00:00:00:02'/></interface>", None),
        ("<interface type='user'><mac address='52:54:00:00:00:01'/></interface>", ErrorNumber.OPERATION_FAILED),
        ("<interface type='user'><mac address='52:54:00:00:00:03'/></interface>", ErrorNumber.DEVICE_MISSING),
        ("<input type='tablet'/>", None),
        ("<input type='mouse'/>", ErrorNumber.DEVICE_MISSING),
        ("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", None),
        ("<rng model='virtio'><backend model='builtin'/></rng>", ErrorNumber.DEVICE_MISSING),
    ],
)
def test_what_is_left_out_may_be_anything(xml: str, code: ErrorNumber | None) -> None:
    document = Domain.parse(DOCUMENT)
    if code is None:
        assert matching.find(document, parse_device(xml), live=True) is not None
        return
    with pytest.raises(ManorError) as refusal:
        matching.find(document, parse_device(xml), live=True)
    assert refusal.value.code == code


def test_a_limit_takes_its_group_along() -> None:
    known = IoTune(total_bytes_sec=100, read_iops_sec=5)
    assert throttling.merged(known, {"read_bytes_sec": 7}) == IoTune(read_bytes_sec=7, read_iops_sec=5)
    assert throttling.merged(known, {"total_bytes_sec": 0}) == IoTune(read_iops_sec=5)


def test_memory_devices_are_part_of_memory() -> None:
    document = Domain.parse(DOCUMENT)
    device = parse_device("<memory model='dimm'><target><size unit='KiB'>512</size></target></memory>")
    account(document, device, 1)
    assert document.memory is not None
    assert document.memory.value == 1536
    account(document, device, -1)
    assert (document.memory.value, document.current_memory) == (1024, 1024)
