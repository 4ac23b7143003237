# SPDX-License-Identifier: Apache-2.0
"""manord's own life: start, reload, idleness, stop; sockets of its own, of libvirt, and passed by a service manager."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.manord_process import ManordProcess
from tests.support.rawclient import RawClient
from tests.support.stock import missing_virsh, virsh

PATIENCE = 30.0
_virsh = missing_virsh()
needs_virsh = pytest.mark.skipif(_virsh is not None, reason=_virsh or "")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="another user needs root")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_a_stop_in_good_order(folder: Path) -> None:
    manord = ManordProcess(folder / "m").start()
    client = RawClient(manord.socket).open()
    assert {path.name for path in manord.socket.parent.iterdir() if not path.is_dir()} == {
        *("manor-sock", "manor-sock-ro", "manor-admin-sock", "manord.pid")
    }
    assert (manord.root / "run/manord.pid").read_text() == f"{manord.pid}\n"
    assert manord.stop() == 0
    assert client.is_closed()
    assert not [path for path in manord.socket.parent.iterdir() if not path.is_dir()]
    assert manord.log == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_that_stop_it(folder: Path, number: signal.Signals) -> None:
    assert ManordProcess(folder / "m").start().stop(number) == 0


def test_a_kill_is_no_obstacle_to_the_next_start(folder: Path) -> None:
    manord = ManordProcess(folder / "m").start()
    manord.stop(signal.SIGKILL)
    assert manord.socket.exists()
    with manord, RawClient(manord.socket) as client:
        client.open()


def test_a_second_one_is_refused(folder: Path) -> None:
    with ManordProcess(folder / "m") as first:
        with pytest.raises(RuntimeError, match=f"locked by process {first.pid}: another daemon is running there"):
            ManordProcess(folder / "m").start()
        with RawClient(first.socket) as client:
            client.open()


def test_several_side_by_side(folder: Path) -> None:
    with ManordProcess(folder / "a") as one, ManordProcess(folder / "b") as other:
        for manord in (one, other):
            with RawClient(manord.socket) as client:
                assert client.open().ask("connect_get_lib_version")


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ("[unix]\nmodee = '0700'\n", "manord.toml:2: unknown setting 'modee' in [unix]; did you mean 'mode'?"),
        ("[log]\noutputs = '3:file:/no/such/folder/log'\n", "failed to open log output '3:file:/no/such/folder/log'"),
    ],
)
def test_what_is_wrong_is_said_at_the_start(folder: Path, config: str, complaint: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        ManordProcess(folder / "m", config=config).start()
    assert complaint in str(caught.value)


def test_missing_packages_are_named(folder: Path) -> None:
    """As after `pip install manor` alone."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r}); sys.argv[1:] = ['--root', {str(folder / 'm')!r}]\n"
        "from manor.daemon.main import main; main()"
    )
    argv = [sys.executable, "-I", "-S", "-c", program]
    result = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert result.returncode == 1
    assert re.fullmatch(r"manord: the Python package \w+ is missing: pip install 'manor\[host\]'\n", result.stderr)


def test_a_path_that_is_too_long_for_a_socket(folder: Path) -> None:
    with pytest.raises(RuntimeError, match="too long for a UNIX socket of 107 bytes"):
        ManordProcess(folder / ("x" * 100)).start()


def test_a_reload(folder: Path) -> None:
    with ManordProcess(folder / "m") as manord:
        manord.reload("[log]\nlevel = 'info'\n[limits]\nclients = 77\nanonymous_clients = 7\n")
        until(lambda: "the configuration was read again" in manord.log)
        manord.reload("[limits]\nclientss = 1\n")
        until(lambda: "did you mean 'clients'?" in manord.log)
        with RawClient(manord.admin_socket) as admin:
            admin.ask("admin:connect_open", 0)
            (params,) = admin.ask("admin:server_get_client_limits", ("manord",), 0)
        assert {param.field: param.value for param in params}["nclients_max"] == 77


def test_a_reload_that_fails_changes_nothing(folder: Path) -> None:
    with ManordProcess(folder / "m") as manord:
        manord.reload("[unix]\nauth = 'sasl'\n[sasl]\nmechanisms = ['NONE']\n[limits]\nclients = 1\n")
        until(lambda: "there is no SASL mechanism 'NONE'" in manord.log)
        with RawClient(manord.socket) as one, RawClient(manord.socket) as other:
            assert [client.open().ask("connect_get_lib_version") for client in (one, other)]


def test_rules_count_after_a_reload(folder: Path) -> None:
    with ManordProcess(folder / "m") as manord:
        with RawClient(manord.socket) as client:
            client.open()
        manord.reload("[log]\nlevel = 'info'\n[access]\ndefault = 'deny'\n")
        until(lambda: "the configuration was read again" in manord.log)
        with RawClient(manord.socket) as client:
            client.ask("auth_list")
            assert client.call("connect_open", "test:///default", 0).error is not None


def test_the_end_of_idleness(folder: Path) -> None:
    manord = ManordProcess(folder / "m", arguments=["--timeout", "1"]).start()
    with RawClient(manord.socket) as client:
        client.open()
        time.sleep(1.5)
        # Not while somebody is there.
        client.ask("connect_get_lib_version")
    manord.process.wait(PATIENCE)
    assert manord.process.returncode == 0


def test_telling_a_service_manager(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(folder / "notify"))
        listener.settimeout(PATIENCE)
        manord = ManordProcess(folder / "m", environment={"NOTIFY_SOCKET": str(folder / "notify")}).start()
        assert listener.recv(1000).startswith(b"READY=1\n")
        manord.reload("")
        assert [listener.recv(1000) for _ in range(2)] == [b"RELOADING=1", b"READY=1"]
        manord.stop()
        assert listener.recv(1000) == b"STOPPING=1"


@contextmanager
def activated(folder: Path, names: Sequence[str], *arguments: str) -> Iterator[None]:
    """A manord that a service manager has started with these sockets of `folder`; they outlive it."""
    listeners = []
    for name in names:
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(str(folder / name))
        sock.listen()
        listeners.append(sock)
    program = (
        "import os, sys\n"
        "fds, words = sys.argv[1].split(','), sys.argv[2:]\n"
        "for target, fd in enumerate(map(int, fds), 3): os.dup2(fd, target)\n"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'manor.daemon', *words])\n"
    )
    # High numbers, so that none is overwritten before it is copied.
    fds = [os.dup2(sock.fileno(), 100 + n) for n, sock in enumerate(listeners)]
    words = ["--root", str(folder / "m"), "--foreground", *arguments]
    process = subprocess.Popen(
        [sys.executable, "-c", program, ",".join(map(str, fds)), *words],
        pass_fds=fds,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        process.stdout.close()
        for sock in listeners:
            sock.close()
        for fd in fds:
            os.close(fd)
    assert all((folder / name).exists() for name in names)


def test_sockets_of_a_service_manager(folder: Path) -> None:
    """They are taken over by their names, and nothing else is opened."""
    with activated(folder, ["libvirt-sock", "libvirt-sock-ro", "libvirt-admin-sock"]):
        with RawClient(folder / "libvirt-sock") as client:
            client.open().ask("domain_lookup_by_name", "test")
        with RawClient(folder / "libvirt-sock-ro") as client:
            (dom,) = client.open().ask("domain_lookup_by_name", "test")
            assert client.call("domain_destroy", dom).error is not None
        with RawClient(folder / "libvirt-admin-sock") as client:
            client.ask("admin:connect_open", 0)
        assert not (folder / "m/run/manor-sock").exists()


def test_libvirts_sockets_beside_those_of_a_service_manager(folder: Path) -> None:
    """As manord's own units have it with `--libvirt-sockets`: they bring sockets of other names."""
    config = folder / "manord.toml"
    config.write_text(f"[unix]\nfolder = '{folder}'\n")
    names = ["manor-sock", "libvirt-sock-ro"]
    with activated(folder, names, "--libvirt-sockets", "--config", str(config)):
        for name in ("manor-sock", "libvirt-sock-ro", "libvirt-sock"):
            with RawClient(folder / name) as client:
                client.open().ask("domain_lookup_by_name", "test")
    assert not (folder / "libvirt-sock").exists()


def test_a_log_in_the_folder_of_logs(folder: Path) -> None:
    """It is made before the log is opened."""
    log = folder / "m/log/manord.log"
    with ManordProcess(folder / "m", config=f"[log]\noutputs = '1:file:{log}'\n"):
        assert log.exists()


def test_in_the_background(folder: Path) -> None:
    pid_file = folder / "pid"
    result = subprocess.run(
        [sys.executable, "-m", "manor.daemon", "--daemon", "--root", str(folder / "m"), "--pid-file", str(pid_file)],
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    pid = int(pid_file.read_text())
    with RawClient(folder / "m/run/manor-sock") as client:
        client.open()
    os.kill(pid, signal.SIGTERM)
    until(lambda: not pid_file.exists())
    until(lambda: not Path(f"/proc/{pid}").exists() or "zombie" in Path(f"/proc/{pid}/status").read_text())


def test_a_failure_to_go_into_the_background_is_seen(folder: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "manor.daemon", "--daemon", "--root", str(folder), "--config", str(folder / "none")],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert result.returncode == 1
    assert "No such file" in result.stderr


@needs_root
@needs_virsh
def test_unchanged_clients_of_a_user_find_it_on_libvirts_sockets(folder: Path) -> None:
    """`--libvirt-sockets` of an ordinary user: stock virsh with a plain qemu:///session reaches manord."""
    nobody = pwd.getpwnam("nobody")
    for name in ("run", "home"):
        (folder / name).mkdir()
        os.chown(folder / name, nobody.pw_uid, nobody.pw_gid)
    # Our own interpreter may be in a folder that nobody else can enter.
    python = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    if not Path(python).exists():
        pytest.skip(f"{python} is not installed")
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder / "home"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": ":".join([str(ROOT / "src"), *(path for path in sys.path if path.endswith("site-packages"))]),
    }
    as_user: dict[str, Any] = {
        "user": nobody.pw_uid,
        "group": nobody.pw_gid,
        "extra_groups": [],
        "env": environment,
        "cwd": "/",
        "text": True,
    }
    probe = subprocess.run(
        [python, "-c", "import manor.daemon.main, lxml"], capture_output=True, check=False, **as_user
    )
    if probe.returncode != 0:
        pytest.skip(f"another user cannot run manor from here: {probe.stderr.strip().splitlines()[-1:]}")
    with subprocess.Popen(
        [python, "-m", "manor.daemon", "--libvirt-sockets", "--foreground"], stdout=subprocess.PIPE, **as_user
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        socket_path = folder / "run/libvirt/libvirt-sock"
        assert socket_path.stat().st_mode & 0o777 == 0o700
        result = subprocess.run(
            ["virsh", "--connect", "qemu:///session", "list", "--all"],
            capture_output=True,
            check=False,
            **as_user,
        )
        assert result.returncode == 0, result.stderr
        admin = subprocess.run(
            ["virt-admin", "--connect", "libvirtd:///session", "srv-list"],
            capture_output=True,
            check=False,
            **as_user,
        )
        assert "libvirtd" in admin.stdout
        process.terminate()
        assert process.wait(PATIENCE) == 0


GUEST = (
    "<domain type='qemu'><name>{name}</name><memory>32768</memory>"
    "<os><type arch='x86_64'>hvm</type></os><devices/></domain>"
)
needs_qemu = pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="QEMU is not installed")


@needs_qemu
def test_guests_of_a_connection_end_with_it(folder: Path) -> None:
    """VIR_DOMAIN_START_AUTODESTROY, however the client goes, and when the daemon is stopped."""
    paused, autodestroy = 1, 2
    path = "qemu:///system" if os.geteuid() == 0 else "qemu:///session"
    with ManordProcess(folder / "m") as manord:
        with RawClient(manord.socket) as keeper:
            keeper.open(path)
            for leave in ("close", "vanish"):
                client = RawClient(manord.socket).open(path)
                client.ask("domain_create_xml", GUEST.format(name="mine"), paused | autodestroy)
                assert keeper.ask("connect_num_of_domains") == (1,)
                if leave == "close":
                    client.ask("connect_close")
                client.close()
                until(lambda: keeper.ask("connect_num_of_domains") == (0,))
        client = RawClient(manord.socket).open(path)
        client.ask("domain_create_xml", GUEST.format(name="mine"), paused | autodestroy)
        (pid,) = Path(f"/proc/{manord.pid}/task/{manord.pid}/children").read_text().split()
        manord.stop()
        assert not Path(f"/proc/{pid}").exists()
        manord.start()
        with RawClient(manord.socket) as keeper:
            assert keeper.open(path).ask("connect_num_of_domains") == (0,)


@needs_qemu
@needs_virsh
def test_an_idle_daemon_stays_for_its_guests(folder: Path) -> None:
    manord = ManordProcess(folder / "m", arguments=["--timeout", "1"]).start()
    uri = manord.uri("qemu", "/system" if os.geteuid() == 0 else "/session")
    (folder / "guest.xml").write_text(GUEST.format(name="watched"))
    assert virsh(uri, "create", "--paused", str(folder / "guest.xml")).returncode == 0, manord.log
    time.sleep(2.5)
    assert manord.process.poll() is None
    assert virsh(uri, "destroy", "watched").returncode == 0
    assert manord.process.wait(PATIENCE) == 0


@needs_qemu
@needs_virsh
def test_guests_outlive_the_daemon(folder: Path) -> None:
    """A stop, a kill and a start later the guest is the same process."""
    xml = folder / "guest.xml"
    xml.write_text(GUEST.format(name="survivor"))
    manord = ManordProcess(folder / "m").start()
    uri = manord.uri("qemu", "/system" if os.geteuid() == 0 else "/session")
    try:
        assert virsh(uri, "create", "--paused", str(xml)).returncode == 0, manord.log
        before = virsh(uri, "domid", "survivor").stdout
        for number in (signal.SIGTERM, signal.SIGKILL):
            manord.stop(number)
            manord.start()
            assert virsh(uri, "domid", "survivor").stdout == before
            assert "paused" in virsh(uri, "domstate", "survivor").stdout
    finally:
        destroyed = virsh(uri, "destroy", "survivor")
        manord.close()
    assert destroyed.returncode == 0, destroyed.stderr
