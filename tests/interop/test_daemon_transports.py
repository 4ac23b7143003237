# SPDX-License-Identifier: Apache-2.0
"""Stock clients reach manord over TCP and TLS, and show who they are by certificates, SASL and polkit."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from manor.errors import ErrorDomain, ErrorNumber
from manor.users import UserFile
from tests.support.manord_process import ManordProcess
from tests.support.pki import Pki
from tests.support.stock import missing_python, missing_virsh, virsh

pytestmark = pytest.mark.skipif((reason := missing_virsh()) is not None, reason=reason or "")

NOBODY = pwd.getpwnam("nobody").pw_uid


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Certificates:
    """An authority, a server's certificate for 127.0.0.1, and the configuration that uses them."""

    def __init__(self, folder: Path) -> None:
        self.pki = Pki(folder)
        self.server = self.pki.issue("server", names=["localhost"], addresses=["127.0.0.1"], server=True)
        self.port = free_port()

    def section(self, more: str = "") -> str:
        return f"""
        [tls]
        listen = true
        address = ["127.0.0.1"]
        port = {self.port}
        ca = "{self.pki.ca}"
        certificate = "{self.server.certificate}"
        key = "{self.server.key}"
        {more}
        """

    def uri(self, client: Path, more: str = "") -> str:
        return f"test+tls://127.0.0.1:{self.port}/default?pkipath={client}{more}"


def lists(uri: str) -> bool:
    """Whether stock virsh gets in."""
    result = virsh(uri, "list", "--name")
    assert (result.returncode == 0) == ("test" in result.stdout), result.stderr
    return result.returncode == 0


def auth_file(folder: Path, password: str, name: str = "fred") -> Path:
    path = folder / f"{name}-{password}.conf"
    path.write_text(
        f"[credentials-c]\nauthname={name}\npassword={password}\n"
        "[auth-libvirt-localhost]\ncredentials=c\n[auth-libvirt-127.0.0.1]\ncredentials=c\n"
    )
    return path


def test_tcp(folder: Path) -> None:
    port = free_port()
    config = f"[tcp]\nlisten = true\nport = {port}\nauth = 'none'\naddress = ['127.0.0.1']\n"
    with ManordProcess(folder / "m", config=config):
        assert lists(f"test+tcp://127.0.0.1:{port}/default")


def test_tls_with_certificates_on_both_sides(folder: Path) -> None:
    certificates = Certificates(folder / "pki")
    good = certificates.pki.client_folder("fred")
    stranger = Pki(folder / "other").client_folder("fred")
    (stranger / "cacert.pem").write_bytes(certificates.pki.ca.read_bytes())
    with ManordProcess(folder / "m", config=certificates.section()) as manord:
        assert lists(certificates.uri(good))
        assert not lists(certificates.uri(stranger, "&no_sanity=1"))
        assert "certificate verify failed" in manord.log


def test_names_that_are_allowed(folder: Path) -> None:
    certificates = Certificates(folder / "pki")
    allowed, other = (certificates.pki.client_folder(name) for name in ("web-1", "db-1"))
    with ManordProcess(folder / "m", config=certificates.section('allowed_names = ["O=manor,CN=web-*"]')) as manord:
        assert lists(certificates.uri(allowed))
        assert not lists(certificates.uri(other))
    # The client may know before the log does.
    assert "the name 'O=manor,CN=db-1' is not allowed" in manord.log


def test_clients_without_certificates_where_none_are_wanted(folder: Path) -> None:
    certificates = Certificates(folder / "pki")
    bare = folder / "bare"
    bare.mkdir()
    (bare / "cacert.pem").write_bytes(certificates.pki.ca.read_bytes())
    with ManordProcess(folder / "m", config=certificates.section("verify = false")):
        assert lists(certificates.uri(bare))


def test_old_versions_of_tls_are_refused(folder: Path) -> None:
    certificates = Certificates(folder / "pki")
    client = certificates.pki.client_folder("fred")
    with ManordProcess(folder / "m", config=certificates.section('min_version = "1.3"')):
        assert lists(certificates.uri(client))
        assert not lists(certificates.uri(client, "&tls_priority=NORMAL:-VERS-TLS1.3"))


def test_certificates_that_cannot_be_used_are_named(folder: Path) -> None:
    certificates = Certificates(folder / "pki")
    certificates.server.key.unlink()
    manord = ManordProcess(folder / "m", config=certificates.section())
    with pytest.raises(RuntimeError, match=f"Cannot read or use '{certificates.server.key}' for TLS"):
        manord.start()


def test_a_client_that_never_shakes_hands_keeps_nobody_waiting(folder: Path) -> None:
    certificates = Certificates(folder / "pki")
    client = certificates.pki.client_folder("fred")
    manord = ManordProcess(folder / "m", config=certificates.section())
    with manord, socket.create_connection(("127.0.0.1", certificates.port)):
        assert lists(certificates.uri(client))


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"])
def test_sasl(folder: Path, mechanism: str) -> None:
    certificates = Certificates(folder / "pki")
    client = certificates.pki.client_folder("fred")
    config = certificates.section("auth = 'sasl'") + f"[unix]\nauth = 'sasl'\n[sasl]\nmechanisms = ['{mechanism}']\n"
    manord = ManordProcess(folder / "m", config=config + "allowed_users = ['fr*']\n")
    users = UserFile(folder / "m/etc/users")
    users.set("fred", "right")
    users.set("anna", "right")
    with manord:
        for uri in (f"{manord.uri()}&", f"{certificates.uri(client)}&"):
            assert lists(f"{uri}authfile={auth_file(folder, 'right')}")
            assert not lists(f"{uri}authfile={auth_file(folder, 'wrong')}")
            assert not lists(f"{uri}authfile={auth_file(folder, 'right', 'nobody')}")
            assert not lists(f"{uri}authfile={auth_file(folder, 'right', 'anna')}")
        assert "user anna is not allowed to connect" in manord.log
        # A password that is set while it runs counts at once.
        users.set("fred", "new")
        assert lists(f"{manord.uri()}&authfile={auth_file(folder, 'new')}")


def test_plain_passwords_are_not_taken_over_tcp(folder: Path) -> None:
    port = free_port()
    config = f"[tcp]\nlisten = true\nport = {port}\n[sasl]\nmechanisms = ['PLAIN']\n"
    with ManordProcess(folder / "m", config=config) as manord:
        assert not lists(f"test+tcp://127.0.0.1:{port}/default?authfile={auth_file(folder, 'x')}")
        assert "no mechanism is left for this transport" in manord.log


def as_nobody(uri: str, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv or ("virsh", "--connect", uri, "list", "--name"),
        capture_output=True,
        text=True,
        check=False,
        user=NOBODY,
        group=pwd.getpwnam("nobody").pw_gid,
        extra_groups=[],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"},
        cwd="/",
    )


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="another user needs root")


@needs_root
def test_the_mode_and_group_of_the_socket(folder: Path) -> None:
    group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    config = "[unix]\nauth = 'none'\nmode = '0770'\n"
    with ManordProcess(folder / "m", config=config) as manord:
        assert "Permission denied" in as_nobody(manord.uri()).stderr
        assert as_nobody(manord.uri(readonly=True)).returncode == 0
    shutil.rmtree(folder / "m")
    with ManordProcess(folder / "m", config=f"{config}group = '{group}'\n") as manord:
        assert as_nobody(manord.uri()).returncode == 0
        assert manord.socket.stat().st_mode & 0o777 == 0o770


@needs_root
def test_only_root_gets_in_where_there_is_no_polkit(folder: Path) -> None:
    with ManordProcess(folder / "m", environment={"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}) as manord:
        assert lists(manord.uri())
        result = as_nobody(manord.uri())
        assert "authentication unavailable: polkit cannot be asked" in result.stderr


_BUS = """\
<busconfig>
  <type>system</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_type="method_return" send_requested_reply="true"/>
    <allow send_type="error" send_requested_reply="true"/>
    <allow receive_type="method_call"/>
    <allow receive_type="signal"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
  </policy>
</busconfig>
"""


@pytest.fixture
def bus(folder: Path) -> Iterator[str]:
    """A private system bus with a real polkitd on it; gives its address."""
    polkitd = Path("/usr/lib/polkit-1/polkitd")
    if shutil.which("dbus-daemon") is None or not polkitd.exists():
        pytest.skip("dbus-daemon or polkitd is not installed")
    address = f"unix:path={folder}/bus"
    (folder / "bus.conf").write_text(_BUS.format(address=address))
    processes = [
        subprocess.Popen(
            ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile"], stderr=subprocess.DEVNULL
        )
    ]
    try:
        while not (folder / "bus").exists():
            time.sleep(0.01)
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address}
        processes.append(
            subprocess.Popen(
                [str(polkitd), "--no-debug"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        check = ["pkcheck", "--action-id", "org.libvirt.unix.monitor", "--process", str(os.getpid())]
        deadline = time.monotonic() + 20
        while subprocess.run(check, env=environment, capture_output=True, check=False).returncode != 0:
            if time.monotonic() > deadline:
                pytest.skip("polkitd does not work here")
            time.sleep(0.05)
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


@needs_root
def test_polkit(folder: Path, bus: str) -> None:
    config = "[unix]\nauth = 'polkit'\nreadonly_auth = 'polkit'\n"
    environment = {"DBUS_SYSTEM_BUS_ADDRESS": bus}
    with ManordProcess(folder / "m", config=config, environment=environment) as manord:
        # libvirt's policy lets anybody look, and asks for a password where more is wanted.
        assert as_nobody(manord.uri(readonly=True)).returncode == 0
        result = as_nobody(manord.uri())
        assert (
            "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'"
            in result.stderr
        )
        # By code and domain clients know that an agent would help; virsh starts one where it has a terminal.
        program = (
            "import libvirt, sys\n"
            "try: libvirt.open(sys.argv[1])\n"
            "except libvirt.libvirtError as error: print(error.get_error_domain(), error.get_error_code())\n"
        )
        if missing_python() is None:
            failed = as_nobody(manord.uri(), "/usr/bin/python3", "-c", program, manord.uri())
            assert failed.stdout.split() == [str(int(ErrorDomain.POLKIT)), str(int(ErrorNumber.AUTH_UNAVAILABLE))]
        assert lists(manord.uri())
