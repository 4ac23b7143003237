# SPDX-License-Identifier: Apache-2.0
"""The judge: a private, real libvirtd of the machine's own libvirt, and the stock clients to ask it with.

Each `Libvirtd` lives in namespaces of its own (mounts, processes, and the network unless told
otherwise) with its state below one folder, so any number of them run side by side, and nothing of it
outlives it. Clients outside reach it through its socket: see `uri()`.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

_ROOM = Path(__file__).with_name("libvirtd_room.py")
_CGROUPS = Path("/sys/fs/cgroup")
_CONFIGURATION = Path("/etc/libvirt")
_START_SECONDS = 30.0

Setting = str | int | list[str]
"""A value in libvirtd.conf or qemu.conf."""

# Nothing here is about security: the sockets are below a folder that only the test's user can enter,
# and QEMU must read images there.
_LIBVIRTD_CONF: Mapping[str, Setting] = {
    "auth_unix_rw": "none",
    "auth_unix_ro": "none",
    "unix_sock_rw_perms": "0777",
    "log_level": 3,
    "log_outputs": "3:file:/var/log/libvirt/libvirtd.log",
}
_QEMU_CONF: Mapping[str, Setting] = {"user": "root", "group": "root"}


def missing() -> str | None:
    """Why no private libvirtd can be run here, or None when one can."""
    if os.geteuid() != 0:
        return "a private libvirtd needs root"
    for program in ("libvirtd", "virtlogd", "unshare", "virsh"):
        if shutil.which(program, path=_search_path()) is None:
            return f"{program} is not installed"
    return None


class Libvirtd:
    """A private libvirtd. Use it as a context manager, or call `start` and `close`.

    `state` is a folder for it alone (short: socket paths have a limit of 107 bytes). `private_network`
    gives it a network stack of its own, where virtual networks clash with nobody; without it, it
    shares the machine's, as a test of TCP or of migration over TCP needs. `libvirtd_conf` and
    `qemu_conf` override settings of those files.
    """

    def __init__(
        self,
        state: Path,
        *,
        private_network: bool = True,
        libvirtd_conf: Mapping[str, Setting] | None = None,
        qemu_conf: Mapping[str, Setting] | None = None,
        arguments: Iterable[str] = (),
    ) -> None:
        self.state = state.resolve()
        self.socket = self.state / "run" / "libvirt-sock"
        self.readonly_socket = self.state / "run" / "libvirt-sock-ro"
        self.admin_socket = self.state / "run" / "libvirt-admin-sock"
        self.log = self.state / "log" / "libvirtd.log"
        self._private_network = private_network
        self._arguments = list(arguments)
        self._cgroup = f"manor-judge-{os.getpid()}-{time.monotonic_ns()}"
        self._lay_out({**_LIBVIRTD_CONF, **(libvirtd_conf or {})}, {**_QEMU_CONF, **(qemu_conf or {})})
        self._room: subprocess.Popen[str] | None = None
        self.pid = 0
        """libvirtd's process number inside its room."""

    def uri(self, driver: str = "qemu", path: str = "/system", *, readonly: bool = False) -> str:
        """The URI with which a client outside reaches this libvirtd."""
        where = self.readonly_socket if readonly else self.socket
        return f"{driver}+unix://{path}?socket={where}"

    @property
    def host_pid(self) -> int:
        """libvirtd's process number as the machine sees it, for reading /proc."""
        assert self._room is not None
        # Below `unshare` is the room's first process, and below that everything else in it.
        for below in _children(self._room.pid):
            for pid in _children(below):
                numbers = re.search(r"^NSpid:\s+(.*)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
                if numbers is not None and int(numbers.group(1).split()[-1]) == self.pid:
                    return pid
        raise RuntimeError("libvirtd is not running")

    def start(self) -> "Libvirtd":
        """Start the room and the daemons in it; returns when libvirtd answers on its socket."""
        self._make_cgroups()
        namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
        if self._private_network:
            namespaces.append("--net")
        self._room = subprocess.Popen(
            ["unshare", *namespaces, "--", sys.executable, "-I", str(_ROOM), str(self.state), self._cgroup],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PATH": _search_path(), "LC_ALL": "C.UTF-8"},
        )
        try:
            self._answer("ready")
            self._command("start", "virtlogd", "virtlogd", "-p", "/run/libvirt/virtlogd.pid")
            self.start_daemon()
        except BaseException:
            self.close()
            raise
        return self

    def start_daemon(self) -> None:
        """Start libvirtd (again) in the room and wait until it answers."""
        arguments = ["-p", "/run/libvirt/libvirtd.pid", *self._arguments]
        self.pid = int(self._command("start", "libvirtd", "libvirtd", *arguments))
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._command("running", "libvirtd") == "no":
                raise RuntimeError(f"libvirtd does not answer on {self.socket}:\n{self._complaints()}")
            time.sleep(0.005)

    def stop_daemon(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End libvirtd, by default in good order; guests stay."""
        self._command("signal", "libvirtd", str(int(number)))

    def close(self) -> None:
        """End everything in the room, guests too, and remove what is outside the state folder."""
        if self._room is not None:
            assert self._room.stdin is not None
            assert self._room.stdout is not None
            self._room.stdin.close()
            self._room.wait()
            self._room.stdout.close()
            self._room = None
        for part in self._cgroup_parts():
            _remove_cgroup(part)

    def __enter__(self) -> "Libvirtd":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lay_out(
        self,
        libvirtd_conf: Mapping[str, Setting],
        qemu_conf: Mapping[str, Setting],
    ) -> None:
        for name in ("run", "lib", "log", "cache"):
            (self.state / name).mkdir(parents=True)
        # The machine's own configuration, so that packaged networks and filters are there.
        shutil.copytree(_CONFIGURATION, self.state / "etc", symlinks=True)
        for link in (self.state / "etc").rglob("autostart/*"):
            link.unlink()
        _write_conf(self.state / "etc" / "libvirtd.conf", libvirtd_conf)
        _write_conf(self.state / "etc" / "qemu.conf", qemu_conf)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.socket))
            except OSError:
                return False
            return True

    def _complaints(self) -> str:
        output = self.state / "log" / "libvirtd.out"
        return "\n".join(path.read_text(errors="replace") for path in (output, self.log) if path.exists())

    def _command(self, *words: str) -> str:
        assert self._room is not None
        assert self._room.stdin is not None
        self._room.stdin.write("\0".join(words) + "\n")
        self._room.stdin.flush()
        return self._answer()

    def _answer(self, expected: str | None = None) -> str:
        assert self._room is not None
        assert self._room.stdout is not None
        answer = self._room.stdout.readline().strip()
        if not answer or expected not in (None, answer):
            raise RuntimeError(f"the room of the private libvirtd failed: {answer or 'it ended'}")
        return answer

    def _cgroup_parts(self) -> list[Path]:
        return [*_CGROUPS.glob(f"*/{self._cgroup}"), *_CGROUPS.glob(self._cgroup)]

    def _make_cgroups(self) -> None:
        """A part of each cgroup hierarchy for the room alone: guests of two rooms may bear one name."""
        unified = (_CGROUPS / "cgroup.controllers").exists()
        hierarchies = [_CGROUPS] if unified else [path for path in _CGROUPS.glob("*") if path.is_dir()]
        for hierarchy in hierarchies:
            part = hierarchy / self._cgroup
            try:
                part.mkdir()
                for name in ("cpuset.cpus", "cpuset.mems"):
                    if not unified and (hierarchy / name).exists():
                        (part / name).write_text((hierarchy / name).read_text())
            except OSError:
                # A hierarchy that cannot be written is one libvirtd does without, too.
                continue


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _search_path() -> str:
    # The daemons are in sbin, which an ordinary PATH may lack; /usr/bin first, so that what they run
    # is the machine's own and not the virtual environment's.
    return f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ.get('PATH', '')}"


def _write_conf(path: Path, settings: Mapping[str, Setting]) -> None:
    def spell(value: Setting) -> str:
        if isinstance(value, list):
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"
        return str(value) if isinstance(value, int) else f'"{value}"'

    path.write_text("".join(f"{name} = {spell(value)}\n" for name, value in settings.items()))


def _remove_cgroup(part: Path) -> None:
    for folder, _, _ in os.walk(part, topdown=False):
        # Processes in it were killed with the room, but the kernel lets go of them a moment later.
        for _attempt in range(100):
            try:
                Path(folder).rmdir()
                break
            except FileNotFoundError:
                break
            except OSError:
                time.sleep(0.02)
