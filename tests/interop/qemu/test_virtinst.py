# SPDX-License-Identifier: Apache-2.0
"""virt-install and its siblings, unchanged and on the stock binding, against manord; and the newest stock clients."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clients import StockClients
from tests.support.guest import GuestImage
from tests.support.manord import Manord, missing
from tests.support.stock import environment, missing_python, missing_virsh, stock_python, virsh

pytestmark = pytest.mark.skipif(
    (missing() or missing_virsh() or missing_python()) is not None, reason="no manord, or no stock clients"
)

needs_virtinst = pytest.mark.skipif(shutil.which("virt-install") is None, reason="virt-install is not installed")

WAIT_SECONDS = 90.0
SMALL = "<domain type='qemu'><name>{name}</name><memory>32768</memory><os><type>hvm</type></os></domain>"


@pytest.fixture
def daemon(manord: Manord) -> Iterator[Manord]:
    yield manord
    for name in virsh(manord.uri(), "list", "--name").stdout.split():
        virsh(manord.uri(), "destroy", name)


def tool(daemon: Manord, name: str, *arguments: str) -> str:
    """Run one of virtinst's programs under the system's Python; what it printed."""
    path = shutil.which(name)
    assert path is not None
    argv = ["/usr/bin/python3", path, "--connect", daemon.uri(), *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment(), timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr + daemon.complaints()
    return done.stdout + done.stderr


def disk_options(daemon: Manord, path: Path) -> list[str]:
    """Options for a disk. virt-install gives a path to the storage driver; without one, the XML says it."""
    if virsh(daemon.uri(), "pool-list").returncode == 0:
        return ["--disk", f"path={path}"]
    fields = {"@type": "file", "driver/@type": "qcow2", "source/@file": str(path), "target/@dev": "vda"}
    return ["--disk", "none", *(word for k, v in fields.items() for word in ("--xml", f"./devices/disk/{k}={v}"))]


def until_agent_answers(daemon: Manord, name: str, program: str = "virsh") -> None:
    """Wait until the guest's system is up: its agent answers."""
    deadline = time.monotonic() + WAIT_SECONDS
    ping = ("qemu-agent-command", name, '{"execute":"guest-ping"}')
    while virsh(daemon.uri(), *ping, program=program).returncode != 0:
        assert time.monotonic() < deadline, f"{name} does not come up"
        time.sleep(0.2)


@needs_virtinst
def test_virt_install_boots_a_kernel(daemon: Manord, test_guest: GuestImage) -> None:
    boot = f"kernel={test_guest.kernel},initrd={test_guest.initrd},kernel_args={test_guest.cmdline}"
    shown = tool(
        daemon,
        "virt-install",
        *("--name", "direct", "--virt-type", "qemu", "--memory", "128", "--cpu", "mode=maximum", "--osinfo", "generic"),
        *("--boot", boot, "--import", "--disk", "none", "--network", "none", "--graphics", "none"),
        *("--channel", "unix,target.type=virtio,target.name=org.qemu.guest_agent.0", "--noautoconsole"),
    )
    assert "Domain creation completed" in shown or "Creating domain" in shown
    until_agent_answers(daemon, "direct")
    assert virsh(daemon.uri(), "domstate", "direct").stdout.strip() == "running"


@needs_virtinst
def test_virt_install_imports_a_disk(daemon: Manord, short_path: Path) -> None:
    disk = short_path / "disk.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "16M"], check=True)
    common = ("--virt-type", "qemu", "--memory", "64", "--osinfo", "generic", "--noautoconsole")
    tool(
        daemon,
        "virt-install",
        *("--name", "imported", "--import", *disk_options(daemon, disk), "--network", "user", "--graphics", "vnc"),
        *common,
    )
    assert virsh(daemon.uri(), "vncdisplay", "imported").returncode == 0
    assert str(disk) in virsh(daemon.uri(), "domblklist", "imported").stdout
    tool(daemon, "virt-xml", "imported", "--edit", "--vcpus", "2", "--define")
    assert "<vcpu placement='static'>2</vcpu>" in virsh(daemon.uri(), "dumpxml", "imported", "--inactive").stdout
    virsh(daemon.uri(), "destroy", "imported", check=True)
    assert virsh(daemon.uri(), "domstate", "imported").stdout.strip() == "shut off"


@needs_virtinst
def test_virt_install_makes_a_volume(daemon: Manord, short_path: Path) -> None:
    """A disk by its size: virt-install has the pool make a volume, and starts the guest on it."""
    uri = daemon.uri()
    virsh(uri, "pool-create-as", "images", "dir", "--target", str(short_path / "images"), "--build", check=True)
    common = ("--virt-type", "qemu", "--memory", "64", "--osinfo", "generic", "--noautoconsole", "--graphics", "none")
    tool(
        daemon,
        "virt-install",
        *("--name", "sized", "--import", "--disk", "pool=images,size=0.01", "--network", "none"),
        *common,
    )
    (volume,) = (line.split()[0] for line in virsh(uri, "vol-list", "images").stdout.splitlines()[2:] if line.strip())
    assert volume.startswith("sized")
    assert volume in virsh(uri, "domblklist", "sized").stdout
    virsh(uri, "destroy", "sized", check=True)
    virsh(uri, "undefine", "sized", "--remove-all-storage", check=True)
    assert not list((short_path / "images").iterdir())
    virsh(uri, "pool-destroy", "images", check=True)


def test_the_newest_clients(daemon: Manord, newest_clients: StockClients) -> None:
    document = SMALL.format(name="newest")
    created = virsh(daemon.uri(), "create", "/dev/stdin", input=document, program=newest_clients.virsh)
    assert created.returncode == 0, created.stderr
    for command in ("dominfo", "dumpxml", "domstats", "suspend", "resume", "guest-agent-timeout"):
        done = virsh(daemon.uri(), command, "newest", program=newest_clients.virsh)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    body = """
c = libvirt.open(URI)
d = c.lookupByName("newest")
answer([c.getType(), d.isActive(), d.state(), len(c.listAllDomains()), d.destroy()])
"""
    assert stock_python(body, daemon.uri(), python=newest_clients.python) == ["QEMU", 1, [1, 5], 1, 0]
