# SPDX-License-Identifier: Apache-2.0
"""manor against stock virsh on guests of a real libvirtd with QEMU."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.cli.compare import cases, with_manor, with_virsh
from tests.support.guest import BANNER, GuestImage
from tests.support.libvirtd import Libvirtd, missing
from tests.support.stock import environment, missing_virsh, virsh

pytestmark = pytest.mark.skipif((missing() or missing_virsh()) is not None, reason=str(missing() or missing_virsh()))

GUEST = """<domain type='qemu'>
  <name>g1</name>
  <title>first guest</title>
  <memory unit='MiB'>128</memory><currentMemory unit='MiB'>96</currentMemory>
  <vcpu current='2'>4</vcpu>
  <iothreads>2</iothreads>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='{folder}/a.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/></interface>
    <serial type='pty'/><console type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' port='-1' autoport='yes' passwd='geheim'/>
    <video><model type='vga'/></video>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>
"""
LINUX = """<domain type='qemu'>
  <name>linux</name>
  <memory unit='MiB'>192</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{kernel}</kernel><initrd>{initrd}</initrd><cmdline>{cmdline}</cmdline>
  </os>
  <devices><serial type='pty'/><console type='pty'/></devices>
</domain>
"""
BOOT_SECONDS = 120


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Libvirtd]:
    """A libvirtd with the guest `g1` running."""
    (folder / "b.raw").write_bytes(bytes(1 << 20))
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(folder / "a.qcow2"), "16M"], check=True)
    (folder / "g1.xml").write_text(GUEST.format(folder=folder))
    with Libvirtd(tmp_path_factory.mktemp("q") / "d") as daemon:
        virsh(daemon.uri(), "define", str(folder / "g1.xml"), check=True)
        virsh(daemon.uri(), "start", "g1", check=True)
        yield daemon


@pytest.mark.parametrize("line", cases("qemu"))
def test_a_running_guest(guest: Libvirtd, folder: Path, line: str) -> None:
    line = line.replace("{tmp}", str(folder))
    assert with_manor(guest.uri(), line).settled() == with_virsh(guest.uri(), line).settled()


STEPS = (
    "blockcopy g1 vda {tmp}/copy --transient-job --wait --finish",
    "snapshot-create-as g1 s1 --disk-only --no-metadata --diskspec vda,file={tmp}/over; domblklist g1; "
    "blockcommit g1 vda --active --pivot; domblklist g1",
    "snapshot-create-as g1 s1 --disk-only --no-metadata --diskspec vda,file={tmp}/over; "
    "blockcommit g1 vda --active --wait; blockjob g1 vda --pivot",
    "snapshot-create-as g1 s1 first; snapshot-create-as g1 s2; snapshot-list g1 --tree; snapshot-info g1 s2; "
    "snapshot-revert g1 s1; snapshot-delete g1 s1; snapshot-delete g1 s2; snapshot-list g1",
    "managedsave g1; list --all --managed-save; managedsave-dumpxml g1 --xpath //name; start g1",
    "save g1 {tmp}/state; save-image-dumpxml {tmp}/state --xpath //name; restore {tmp}/state; domstate g1 --reason",
    "dump g1 {tmp}/core --memory-only --live",
    "destroy g1; domstate g1 --reason; domblkinfo g1 --all; vcpuinfo g1; start g1 --paused; resume g1",
    "destroy g1; undefine g1; list --all; define {tmp}/g1.xml; start g1",
    "pool-define-as p1 dir --target {tmp}/pool; pool-build p1; pool-start p1; vol-create-as p1 v1 1M; "
    "vol-upload v1 {tmp}/b.raw p1; vol-download v1 {tmp}/back p1; vol-list p1 --details; vol-clone v1 v2 p1; "
    "vol-resize v1 2M p1; vol-wipe v1 p1; vol-delete v1 p1; vol-delete v2 p1; pool-destroy p1; pool-delete p1; "
    "pool-undefine p1",
    "pool-define-as p1 dir --target {tmp}/pool; pool-build p1; pool-start p1; "
    "vol-create-as p1 v1 8M --format qcow2; vol-upload v1 {tmp}/b.raw p1 --sparse; "
    "vol-download v1 {tmp}/back p1 --sparse; vol-delete v1 p1; pool-destroy p1; pool-delete p1; pool-undefine p1",
)


@pytest.mark.parametrize("line", STEPS)
def test_steps_that_change_things(guest: Libvirtd, folder: Path, line: str) -> None:
    line = line.replace("{tmp}", str(folder))
    outcomes = []
    for ask in (with_virsh, with_manor):
        # Both begin with a guest to which nothing was plugged in.
        virsh(guest.uri(), "destroy g1; start g1", check=True)
        outcomes.append(ask(guest.uri(), line).settled())
        for name in ("copy", "over", "state", "core", "back"):
            (folder / name).unlink(missing_ok=True)
    assert outcomes[1] == outcomes[0]


def test_what_was_uploaded_comes_back(guest: Libvirtd, folder: Path) -> None:
    data = folder / "data"
    data.write_bytes(os.urandom(300_000) + bytes(2_000_000) + os.urandom(1))
    for options in ("", " --sparse"):
        done = with_manor(
            guest.uri(),
            f"pool-create-as p2 dir --target {folder}; vol-create-as p2 v 4M; vol-upload v {data} p2{options}; "
            f"vol-download v {folder}/down p2{options} --length {data.stat().st_size}; vol-delete v p2; "
            "pool-destroy p2",
        )
        assert (done.status, done.err) == (0, "")
        assert (folder / "down").read_bytes() == data.read_bytes()
    assert "geheim" not in with_manor(guest.uri(), "domdisplay", "g1").out
    assert with_manor(guest.uri(), "domdisplay", "g1", "--include-password").out.startswith("vnc://:geheim@")


def test_a_failed_download_leaves_no_file(guest: Libvirtd, folder: Path) -> None:
    failed = with_manor(guest.uri(), "vol-download", f"{folder}/nosuch", f"{folder}/never")
    assert failed.status == 1
    assert not (folder / "never").exists()


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, *command: str) -> None:
        self._pid, self._descriptor = pty.fork()
        if self._pid == 0:
            os.execve(command[0], list(command), environment(TERM="xterm", NO_COLOR="1"))
        self.seen = b""

    def type(self, text: bytes) -> None:
        """Press keys."""
        os.write(self._descriptor, text)

    def wait_for(self, text: bytes, seconds: float = BOOT_SECONDS) -> None:
        """Read until a text has come."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            readable = select.select([self._descriptor], [], [], max(0, deadline - time.monotonic()))[0]
            assert readable, f"{text!r} did not come: {self.seen!r}"
            self.seen += os.read(self._descriptor, 65536)

    def read(self, seconds: float) -> None:
        """Read what comes in some time."""
        if select.select([self._descriptor], [], [], seconds)[0]:
            self.seen += os.read(self._descriptor, 65536)

    def end(self) -> int:
        """Read to the end; returns the exit code."""
        try:
            while chunk := os.read(self._descriptor, 65536):
                self.seen += chunk
        except OSError:
            pass  # what a terminal says when nobody is at its other end
        os.close(self._descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def manor(uri: str, *words: str) -> Terminal:
    return Terminal(sys.executable, "-m", "manor.cli", "-c", uri, *words)


def test_the_console_of_a_linux_guest(guest: Libvirtd, folder: Path, test_guest: GuestImage) -> None:
    document = LINUX.format(kernel=test_guest.kernel, initrd=test_guest.initrd, cmdline=test_guest.cmdline)
    (folder / "linux.xml").write_text(document)
    virsh(guest.uri(), "create", str(folder / "linux.xml"), "--paused", check=True)
    try:
        console = manor(guest.uri(), "console", "linux", "--resume")
        console.wait_for(b"Escape character is ^] (Ctrl + ])\r\n")
        console.wait_for(BANNER.encode())
        console.type(b"\x1d")
        assert console.end() == 0
    finally:
        virsh(guest.uri(), "destroy", "linux", check=True)


def test_a_console_needs_a_terminal(guest: Libvirtd) -> None:
    refused = with_manor(guest.uri(), "console", "g1")
    assert refused.err == "error: Cannot run interactive console without a controlling TTY\n"


def test_the_interactive_shell(guest: Libvirtd, tmp_path: Path) -> None:
    shell = manor(guest.uri())
    shell.wait_for(b"manor # ")
    shell.type(b"domhos\t")
    shell.wait_for(b"domhostname ")
    shell.type(b"\x15domstate g\t\n")
    shell.wait_for(b"running\r\n")
    shell.type(b"nosuch\n")
    shell.wait_for(b"unknown command: 'nosuch'")
    shell.type(b"quit\n")
    assert shell.end() == 0
    assert b"domstate g1" in shell.seen


def test_progress_on_a_terminal_has_a_bar(guest: Libvirtd, folder: Path) -> None:
    dump = manor(guest.uri(), "dump", "g1", f"{folder}/core", "--memory-only", "--live", "--verbose")
    assert dump.end() == 0
    assert b"Dump: [100 %] ########################" in dump.seen
    (folder / "core").unlink()


def test_a_shell_survives_its_daemon(own_libvirtd: Libvirtd) -> None:
    shell = manor(own_libvirtd.uri())
    shell.wait_for(b"manor # ")
    own_libvirtd.stop_daemon(signal.SIGKILL)
    shell.type(b"list\n")
    shell.wait_for(b"due to end of file")
    shell.wait_for(b"Failed to reconnect to the hypervisor")
    own_libvirtd.start_daemon()
    shell.type(b"hostname\n")
    shell.wait_for(os.uname().nodename.encode())
    shell.type(b"quit\n")
    assert shell.end() == 0


def test_the_end_of_the_daemon_ends_the_wait_for_events(own_libvirtd: Libvirtd) -> None:
    events = manor(own_libvirtd.uri("test", "/default"), "event", "--event", "lifecycle", "--loop")
    while b"Suspended" not in events.seen:
        virsh(own_libvirtd.uri("test", "/default"), "suspend test; resume test", check=True)
        events.read(0.2)
    own_libvirtd.stop_daemon(signal.SIGKILL)
    assert events.end() == 1
    assert b"events received: " in events.seen
    assert b"client socket is closed" in events.seen


def test_an_interrupt_ends_the_wait_for_events(guest: Libvirtd) -> None:
    events = manor(guest.uri(), "event", "--event", "lifecycle", "--loop")
    # It waits for sure once it has told of something.
    while b"Suspended" not in events.seen:
        virsh(guest.uri(), "suspend g1; resume g1", check=True)
        events.read(0.2)
    events.type(b"\x03")
    assert events.end() == 0
    assert b"event loop interrupted\r\nevents received: " in events.seen
