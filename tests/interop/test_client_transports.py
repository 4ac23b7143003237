# SPDX-License-Identifier: Apache-2.0
"""Every transport and authentication of the client against a real libvirtd."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from manor.client import open_backend
from manor.client.backend import Authenticator, Credential
from manor.constants import ConnectCredentialType
from manor.errors import ErrorNumber, ManorError
from tests.support.libvirtd import Libvirtd
from tests.support.libvirtd import missing as missing_libvirtd
from tests.support.pki import Pki

PASSWORD = "correct horse"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def until_listening(port: int) -> None:
    """libvirtd answers on its local socket a moment before it listens on its ports."""
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "libvirtd does not listen"
            time.sleep(0.01)
        else:
            return


@pytest.fixture(autouse=True)
def no_files_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own certificates, hosts and passwords must not matter."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("LIBVIRT_AUTH_FILE", raising=False)


def serve(tmp_path: Path, **conf: str | int | list[str]) -> Libvirtd:
    if (reason := missing_libvirtd()) is not None:
        pytest.skip(reason)
    arguments = ["--listen"] if "listen_tcp" in conf or "listen_tls" in conf else []
    return Libvirtd(tmp_path / "d", private_network=False, libvirtd_conf=conf, arguments=arguments)


def check(uri: str, auth: Authenticator | None = None) -> None:
    """The connection opens and works."""
    backend = open_backend(uri, auth=auth)
    assert backend.call("connect_get_type") == "TEST"
    assert [dom.name for dom in backend.call("connect_list_all_domains", 0)] == ["test"]
    backend.close()


class Answers:
    """Answers questions with what it was given, and remembers them."""

    def __init__(self, *answers: str | None) -> None:
        self.credential_types: Sequence[int] = (ConnectCredentialType.AUTHNAME, ConnectCredentialType.PASSPHRASE)
        self.answers = answers
        self.asked: list[Credential] = []

    def ask(self, credentials: Sequence[Credential]) -> list[str | None]:
        self.asked += credentials
        return list(self.answers)


def test_tcp(tmp_path: Path) -> None:
    port = free_port()
    with serve(tmp_path, listen_tls=0, listen_tcp=1, tcp_port=str(port), listen_addr="127.0.0.1", auth_tcp="none"):
        until_listening(port)
        check(f"test+tcp://127.0.0.1:{port}/default")
        backend = open_backend(f"test+tcp://127.0.0.1:{port}/default")
        assert backend.call("connect_is_secure") == 0
        assert not backend.is_encrypted()
        (dom,) = backend.call("connect_list_all_domains", 0)
        with pytest.raises(ManorError, match="fd passing is not supported by this connection"):
            backend.call("domain_open_graphics", dom, 0, 0, [1])
        backend.close()


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path / "pki")


@pytest.fixture
def tls_port(tmp_path: Path, pki: Pki) -> Iterator[int]:
    port = free_port()
    server = pki.issue("server", names=["localhost"], server=True)
    daemon = serve(
        tmp_path,
        listen_tls=1,
        listen_tcp=0,
        tls_port=str(port),
        listen_addr="127.0.0.1",
        auth_tls="none",
        ca_file=str(pki.ca),
        cert_file=str(server.certificate),
        key_file=str(server.key),
    )
    with daemon:
        until_listening(port)
        yield port


def test_tls(tls_port: int, pki: Pki) -> None:
    client = pki.client_folder("client")
    check(f"test://localhost:{tls_port}/default?pkipath={client}")
    backend = open_backend(
        f"test+tls://localhost:{tls_port}/default?pkipath={client}&tls_priority=SECURE256:-VERS-TLS1.3"
    )
    assert backend.is_encrypted()
    assert backend.call("connect_is_secure") == 1
    assert len(backend.call("connect_get_capabilities")) > 500
    backend.close()


def test_tls_files_of_the_user(tls_port: int, pki: Pki) -> None:
    shutil.copytree(pki.client_folder("client"), Path.home() / ".pki" / "libvirt")
    check(f"test+tls://localhost:{tls_port}/default")


def test_tls_refusals(tls_port: int, pki: Pki, tmp_path: Path) -> None:
    client, stranger = pki.client_folder("client"), Pki(tmp_path / "other").client_folder("client")
    with pytest.raises(ManorError) as caught:
        open_backend(f"test+tls://localhost:{tls_port}/default?pkipath={stranger}")
    assert caught.value.code == ErrorNumber.AUTH_FAILED
    assert "Failed to verify peer's certificate" in caught.value.message
    # The server does not know our certificate's issuer, and says so by not saying yes.
    with pytest.raises(ManorError) as caught:
        open_backend(f"test+tls://localhost:{tls_port}/default?pkipath={stranger}&no_verify=1")
    assert caught.value.code == ErrorNumber.RPC
    with pytest.raises(ManorError, match=r"Cannot read CA certificate '.*/cacert.pem': No such file"):
        open_backend(f"test+tls://localhost:{tls_port}/default?pkipath={tmp_path}/nowhere")
    # A name the certificate is not for.
    with pytest.raises(ManorError, match="Failed to verify peer's certificate"):
        open_backend(f"test+tls://127.0.0.1:{tls_port}/default?pkipath={client}")


@pytest.fixture
def sasl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A libvirtd that wants SASL; the URI without parameters that are the test's."""
    if shutil.which("saslpasswd2", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("saslpasswd2 (sasl2-bin) is not installed")
    folder = tmp_path / "sasl"
    folder.mkdir()
    (folder / "libvirt.conf").write_text(f"mech_list: scram-sha-256 plain\nsasldb_path: {folder}/db\n")
    monkeypatch.setenv("SASL_CONF_PATH", str(folder))
    add_user = ["/usr/sbin/saslpasswd2", "-p", "-c", "-f", f"{folder}/db", "-a", "libvirt", "fred"]
    subprocess.run(add_user, input=PASSWORD, text=True, check=True)
    with serve(tmp_path, auth_unix_rw="sasl") as daemon:
        yield daemon.uri("test", "/default")


@pytest.mark.parametrize("parameter", ["", "&auth=sasl", "&auth=sasl.scram-sha-256", "&auth=sasl.PLAIN"])
def test_sasl(sasl: str, parameter: str) -> None:
    user = Answers("fred", PASSWORD)
    check(sasl + parameter, auth=user)
    assert [credential.type for credential in user.asked] == list(user.credential_types)
    assert user.asked[0].challenge == "localhost"


def test_sasl_refusals(sasl: str) -> None:
    with pytest.raises(ManorError) as caught:
        open_backend(sasl, auth=Answers("fred", "wrong"))
    assert caught.value.code == ErrorNumber.AUTH_FAILED
    with pytest.raises(ManorError, match="nobody can be asked"):
        open_backend(sasl)
    with pytest.raises(ManorError) as caught:
        open_backend(sasl, auth=Answers("fred", None))
    assert caught.value.code == ErrorNumber.AUTH_CANCELLED
    with pytest.raises(ManorError, match="SASL mechanism digest-md5 not supported by server"):
        open_backend(sasl + "&auth=sasl.digest-md5", auth=Answers("fred", PASSWORD))
    with pytest.raises(ManorError, match="requested authentication type polkit rejected"):
        open_backend(sasl + "&auth=polkit")


def test_sasl_with_auth_conf(sasl: str, tmp_path: Path) -> None:
    conf = tmp_path / "auth.conf"
    conf.write_text(
        f"[credentials-prod]\nauthname=fred\npassword={PASSWORD}\n[auth-libvirt-localhost]\ncredentials=prod\n"
    )
    check(f"{sasl}&authfile={conf}")


def fake_ssh(tmp_path: Path, path: str) -> Path:
    """An ssh that runs the remote command here; `path` is where "there" finds programs."""
    program = tmp_path / "ssh"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(tmp_path / 'argv')!r}, 'w').write('\\0'.join(sys.argv[1:]))\n"
        f"os.environ['PATH'] = {path!r}\n"
        "os.execv('/bin/sh', ['sh', '-c', sys.argv[-1]])\n"
    )
    program.chmod(0o755)
    return program


STOCK_PATH = "/usr/bin:/bin"
OUR_PATH = f"{Path(sys.executable).parent}:{STOCK_PATH}"


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        (OUR_PATH, ""),
        (OUR_PATH, "&proxy=native"),
        (STOCK_PATH, "&proxy=netcat"),
        (STOCK_PATH, "&netcat=/usr/bin/nc"),
        (STOCK_PATH, "&no_tty=1&no_verify=1&keyfile=/key"),
    ],
)
def test_ssh(libvirtd: Libvirtd, tmp_path: Path, path: str, parameters: str) -> None:
    if path == STOCK_PATH and shutil.which("nc") is None:
        pytest.skip("nc is not installed")
    ssh = fake_ssh(tmp_path, path)
    check(f"test+ssh://fred@far:2222/default?command={ssh}&socket={libvirtd.socket}{parameters}")
    argv = (tmp_path / "argv").read_text().split("\0")
    assert argv[:4] == ["-p", "2222", "-l", "fred"]
    assert argv[-4:-1] == ["none", "--", "far"]
    assert argv[-1].startswith("sh -c ")


def test_ssh_readonly(libvirtd: Libvirtd, tmp_path: Path) -> None:
    ssh = fake_ssh(tmp_path, OUR_PATH)
    backend = open_backend(f"test+ssh://far/default?command={ssh}&socket={libvirtd.readonly_socket}", readonly=True)
    (dom,) = backend.call("connect_list_all_domains", 0)
    with pytest.raises(ManorError, match="read only"):
        backend.call("domain_suspend", dom)
    backend.close()


def test_ssh_complaints_are_in_the_error(tmp_path: Path) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\necho 'ssh: no route to host' >&2\nexit 255\n")
    ssh.chmod(0o755)
    with pytest.raises(ManorError, match="ssh: no route to host"):
        open_backend(f"qemu+ssh://far/system?command={ssh}")
    with pytest.raises(ManorError, match="Cannot run '/no/such/ssh'"):
        open_backend("qemu+ssh://far/system?command=/no/such/ssh")


def test_ext(libvirtd: Libvirtd, tmp_path: Path) -> None:
    program = tmp_path / "reach"
    program.write_text(
        f"#!/bin/sh\nexec {OUR_PATH.partition(':')[0]}/manor-ssh-helper 'test:///default?socket={libvirtd.socket}'\n"
    )
    program.chmod(0o755)
    check(f"test+ext:///default?command={program}")


@pytest.mark.parametrize("transport", ["libssh", "libssh2"])
async def test_libssh(libvirtd: Libvirtd, tmp_path: Path, transport: str) -> None:
    import asyncio

    asyncssh = pytest.importorskip("asyncssh")
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    user_key = asyncssh.generate_private_key("ssh-ed25519")
    user_key.write_private_key(str(tmp_path / "id"))
    (tmp_path / "authorized").write_bytes(user_key.export_public_key())

    async def run(process: object) -> None:
        assert isinstance(process, asyncssh.SSHServerProcess)
        environment = {**os.environ, "PATH": OUR_PATH}
        child = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", process.command, stdin=-1, stdout=-1, stderr=-1, env=environment
        )
        await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
        process.exit(await child.wait())

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=str(tmp_path / "authorized"),
        process_factory=run,
        encoding=None,
    )
    port = server.get_port()
    known = tmp_path / "known_hosts"
    base = f"test+{transport}://fred@127.0.0.1:{port}/default?socket={libvirtd.socket}&keyfile={tmp_path}/id&known_hosts={known}"
    with pytest.raises(ManorError) as caught:
        await asyncio.to_thread(check, base)
    assert caught.value.code == ErrorNumber.LIBSSH
    assert "SSH host key for '127.0.0.1' (SHA256:" in caught.value.message
    await asyncio.to_thread(check, base + "&known_hosts_verify=auto")
    assert known.read_text().startswith(f"[127.0.0.1]:{port} ssh-ed25519 ")
    # Now it is known.
    await asyncio.to_thread(check, base + "&sshauth=privkey")
    with pytest.raises(ManorError, match="unknown method 'magic' in sshauth"):
        await asyncio.to_thread(check, base + "&sshauth=magic")
    other_key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    known.write_text(f"[127.0.0.1]:{port} {other_key}")
    with pytest.raises(ManorError, match="SSH HOST KEY VERIFICATION FAILED"):
        await asyncio.to_thread(check, base + "&known_hosts_verify=auto")
    server.close()
    await server.wait_closed()
