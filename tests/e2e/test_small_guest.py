# SPDX-License-Identifier: Apache-2.0
"""The small guest itself, on a bare QEMU: what every other test with a real guest builds on."""

import re
from collections.abc import Iterator

import pytest

from tests.support.bareqemu import QEMU, BareQemu, small_guest_arguments
from tests.support.guest import BANNER, PROMPT, GuestImage

pytestmark = pytest.mark.skipif(QEMU is None, reason="qemu-system-x86_64 is not installed")

DEVICES = [
    *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"),
    *("-device", "virtio-rng-pci", "-device", "virtio-balloon-pci", "-device", "virtio-scsi-pci"),
]


@pytest.fixture
def guest(test_guest: GuestImage) -> Iterator[BareQemu]:
    with BareQemu([*small_guest_arguments(test_guest), *DEVICES]) as qemu:
        qemu.console.expect(f"^{BANNER}")
        qemu.console.expect(re.escape(PROMPT))
        yield qemu


def test_console_devices_agent_and_acpi_shutdown(guest: BareQemu, test_guest: GuestImage) -> None:
    assert "Linux" in guest.console.run("uname -s", PROMPT)
    drivers = guest.console.run("lsmod", PROMPT)
    for driver in ("virtio_net", "virtio_rng", "virtio_balloon", "virtio_scsi", "virtio_console"):
        assert driver in drivers

    if test_guest.agent:
        assert guest.agent_execute("guest-ping") == {}
        assert guest.agent_execute("guest-get-osinfo")["id"] == "manor-guest"
        assert guest.agent_execute("guest-get-host-name") == {"host-name": "manor-guest"}

    guest.execute("system_powerdown")
    assert guest.wait_event("SHUTDOWN")["data"]["reason"] == "guest-shutdown"
    assert guest.process.wait(30) == 0


def test_plugged_in_disk_and_network_address(guest: BareQemu) -> None:
    guest.execute("blockdev-add", driver="null-co", **{"node-name": "blank", "size": 1 << 20})
    guest.execute("device_add", driver="virtio-blk-pci", id="late", drive="blank")
    wait = "until [ -b /dev/vda ]; do usleep 50000; done; cat /sys/block/vda/size"
    assert guest.console.run(wait, PROMPT).strip() == "2048"
    wait = "until ip -4 addr show eth0 | grep inet; do usleep 50000; done"
    assert "10.0.2.15/24" in guest.console.run(wait, PROMPT)


def test_reboot_from_within(guest: BareQemu) -> None:
    guest.console.send(b"reboot\n")
    assert guest.wait_event("RESET")["data"]["guest"] is True
    guest.console.expect(f"^{BANNER}")
