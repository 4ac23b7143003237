# SPDX-License-Identifier: Apache-2.0
"""How a URI becomes a socket, a command or TLS settings; who answers questions about the user."""

from __future__ import annotations

import shlex
import socket
import ssl
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from manor.client import autostart, sockets, ssh, ssh_helper, tls
from manor.client.backend import Credential
from manor.client.credentials import Credentials, auth_file, parse_auth
from manor.client.link import Link
from manor.constants import ConnectCredentialType
from manor.errors import ErrorNumber, ManorError
from manor.uri import ConnectURI
from manor.wire.sasl.client import Prompt, Question
from tests.support.pki import Pki

AUTHNAME, PASSPHRASE = ConnectCredentialType.AUTHNAME, ConnectCredentialType.PASSPHRASE


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "user"))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "LIBVIRT_AUTH_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sockets, "SYSTEM_RUNTIME", str(tmp_path / "run"))


def parse(text: str) -> ConnectURI:
    return ConnectURI.parse(text)


@pytest.mark.parametrize(
    ("uri", "readonly", "expected"),
    [
        ("qemu:///system", False, "run/manor/manor-sock run/libvirt/virtqemud-sock run/libvirt/libvirt-sock"),
        ("qemu+unix:///system", False, "run/libvirt/virtqemud-sock run/libvirt/libvirt-sock run/manor/manor-sock"),
        ("qemu:///system", True, "run/manor/manor-sock-ro run/libvirt/virtqemud-sock-ro run/libvirt/libvirt-sock-ro"),
        ("qemu:///session", True, "user/manor/manor-sock user/libvirt/virtqemud-sock user/libvirt/libvirt-sock"),
        ("test+unix:///default", False, "run/libvirt/libvirt-sock run/manor/manor-sock"),
        ("lxc:///system?mode=direct", False, "run/libvirt/virtlxcd-sock"),
        ("lxc:///system?mode=legacy", True, "run/libvirt/libvirt-sock-ro"),
        ("qemu:///system?socket=/x/y", True, "/x/y"),
    ],
)
def test_sockets_of_a_uri(uri: str, readonly: bool, expected: str, tmp_path: Path) -> None:
    found = sockets.candidates(parse(uri), readonly=readonly)
    assert [Path(path) for path in found] == [tmp_path / word for word in expected.split()]


def test_a_socket_that_is_there_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = parse("qemu:///system")
    # Where there is none, libvirt's words name its own.
    assert Path(sockets.choose(uri, readonly=False)).name == "libvirt-sock"
    for name in ("run/libvirt/libvirt-sock", "run/libvirt/virtqemud-sock", "run/manor/manor-sock"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        assert sockets.choose(uri, readonly=False) == str(path)
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert sockets.runtime_folder(session=True) == str(tmp_path / "home" / ".cache")


@pytest.mark.parametrize("uri", ["qemu:///system?mode=odd", "test+unix:///default?mode=direct"])
def test_modes_that_cannot_be(uri: str) -> None:
    with pytest.raises(ManorError) as caught:
        sockets.candidates(parse(uri), readonly=False)
    assert caught.value.code == ErrorNumber.INVALID_ARG


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("remote:///system", None),
        ("remote:///session", None),
        ("remote+unix:///system", ""),
        ("remote:///system?socket=/x", ""),
        ("qemu:///system?socket=/x", "qemu:///system"),
        ("qemu+ssh://far/system?name=xen:///system", "xen:///system"),
    ],
)
def test_what_the_daemon_is_asked_to_open(uri: str, name: str | None) -> None:
    assert sockets.wanted_name(parse(uri)) == name


def test_ssh_command() -> None:
    argv = ssh.command(parse("qemu+ssh://me@far:22/system?no_tty=1&no_verify=1&keyfile=/k"), readonly=False)
    assert argv[:-1] == shlex.split(
        "ssh -p 22 -l me -i /k -T -o BatchMode=yes -o StrictHostKeyChecking=no -e none -- far"
    )
    shell, option, script = shlex.split(argv[-1])
    assert (shell, option) == ("sh", "-c")
    assert "exec manor-ssh-helper qemu:///system" in script
    assert "exec virt-ssh-helper qemu:///system" in script
    assert "/libvirt/libvirt-sock" in script
    # The script is one that a shell can read.
    subprocess.run(["sh", "-n", "-c", script], check=True)


@pytest.mark.parametrize(
    ("uri", "has", "lacks"),
    [
        ("qemu+ssh://far/system?proxy=netcat", "nc -q 0 -U", "helper"),
        ("qemu+ssh://far/system?netcat=/opt/my%20nc", "exec '/opt/my nc' -U", "helper"),
        ("qemu+ssh://far/system?proxy=native", "exit 127", "nc "),
        (
            "qemu+ssh://far/session",
            "${XDG_RUNTIME_DIR:-$HOME/.cache}/libvirt/libvirt-sock",
            "/run/libvirt/libvirt-sock ",
        ),
        ("qemu+ssh://far/system?socket=/a'b", "'/a'\"'\"'b'", "virt-ssh-helper"),
        ("qemu+ssh://far/system?mode=direct", "virtqemud-sock", "libvirt-sock"),
    ],
)
def test_remote_scripts(uri: str, has: str, lacks: str) -> None:
    script = ssh.remote_script(parse(uri), readonly=False)
    assert has in script
    assert lacks not in script
    subprocess.run(["sh", "-n", "-c", script], check=True)


def test_remote_scripts_for_readers() -> None:
    script = ssh.remote_script(parse("qemu+ssh://far/system"), readonly=True)
    assert "virt-ssh-helper -r qemu:///system" in script
    assert "libvirt-sock-ro" in script
    with pytest.raises(ManorError, match="proxy"):
        ssh.remote_script(parse("qemu+ssh://far/system?proxy=odd"), readonly=True)


def test_tls_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "SYSTEM_CA", tmp_path / "CA")
    monkeypatch.setattr(tls, "SYSTEM_PKI", tmp_path / "pki")
    uri = parse("qemu+tls://far/system")
    assert tls.locate(uri) == (tmp_path / "CA" / "cacert.pem", None, None, None)
    own = tmp_path / "home" / ".pki" / "libvirt"
    for path in (own / "clientcert.pem", own / "cacert.pem", tmp_path / "CA" / "cacrl.pem"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    # A certificate without its key does not count.
    assert tls.locate(uri) == (own / "cacert.pem", tmp_path / "CA" / "cacrl.pem", None, None)
    (own / "clientkey.pem").touch()
    assert tls.locate(uri)[2:] == (own / "clientcert.pem", own / "clientkey.pem")
    with pytest.raises(ManorError, match="Unable to import CA certificate"):
        tls.client_context(uri)


@pytest.mark.parametrize(
    ("priority", "lowest", "highest"),
    [
        ("NORMAL", "TLSv1_2", "TLSv1_3"),
        ("@LIBVIRT,SYSTEM", "TLSv1_2", "TLSv1_3"),
        ("SECURE256:-VERS-TLS1.3", "TLSv1_2", "TLSv1_2"),
        ("NORMAL:-VERS-ALL:+VERS-TLS1.3", "TLSv1_3", "TLSv1_3"),
        ("NORMAL:!VERS-TLS1.0", "TLSv1_2", "TLSv1_3"),
    ],
)
def test_tls_priorities(priority: str, lowest: str, highest: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.apply_priority(context, priority)
    assert context.minimum_version is ssl.TLSVersion[lowest]
    assert context.maximum_version is ssl.TLSVersion[highest]


@pytest.mark.parametrize("priority", ["NORMAL:+ARCFOUR-128", "NORMAL:-VERS-ALL", "VERS-TLS9.9"])
def test_tls_priorities_that_cannot_be_had(priority: str) -> None:
    with pytest.raises(ManorError) as caught:
        tls.apply_priority(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), priority)
    assert caught.value.code == ErrorNumber.CONFIG_UNSUPPORTED


@pytest.mark.parametrize(("consent", "accepted"), [(b"\x01", True), (b"\x00", False), (b"", False)])
def test_tls_consent(tmp_path: Path, consent: bytes, accepted: bool) -> None:
    """After the handshake the server says with one byte whether it accepts us."""
    pki = Pki(tmp_path / "pki")
    issued = pki.issue("server", names=["far"], server=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with context.wrap_socket(theirs, server_side=True) as sock:
            sock.sendall(consent)

    thread = threading.Thread(target=serve)
    thread.start()
    client = tls.client_context(parse(f"qemu+tls://far/system?pkipath={pki.client_folder('client')}"))
    if accepted:
        link = tls.start(ours, client, "far")
        assert link.encrypted
        link.close()
    else:
        with pytest.raises(ManorError, match=r"server verification \(of our certificate or IP address\) failed"):
            tls.start(ours, client, "far")
    thread.join()


AUTH_CONF = """
# comment
[credentials-prod]
authname = fred
password=secret

[auth-libvirt-far]
credentials=prod
[auth-libvirt-default]
credentials=lost
"""


class Answers:
    credential_types: Sequence[int] = (AUTHNAME, PASSPHRASE)

    def __init__(self, *answers: str | None) -> None:
        self.answers = answers
        self.asked: list[Credential] = []

    def ask(self, credentials: Sequence[Credential]) -> list[str | None]:
        self.asked += credentials
        return list(self.answers)


BOTH = Question((Prompt(AUTHNAME, "name"), Prompt(PASSPHRASE, "password")))


def test_auth_conf_answers(tmp_path: Path) -> None:
    path = tmp_path / "auth.conf"
    path.write_text(AUTH_CONF)
    far = Credentials(parse(f"qemu+tls://far/system?authfile={path}"), None)
    assert far.answer(BOTH) == ["fred", "secret"]
    assert set(far.answerable()) >= {AUTHNAME, PASSPHRASE}
    assert far.lookup(AUTHNAME, "ssh") is None
    with pytest.raises(ManorError, match="Missing section 'credentials-lost'"):
        Credentials(parse(f"qemu+tls://near/system?authfile={path}"), None).answerable()


def test_the_program_is_asked_for_what_auth_conf_lacks(tmp_path: Path) -> None:
    path = tmp_path / "auth.conf"
    path.write_text("[credentials-x]\nauthname=fred\n[auth-libvirt-far]\ncredentials=x\n")
    user = Answers("typed")
    credentials = Credentials(parse(f"qemu+tls://far/system?authfile={path}"), user)
    assert credentials.answer(BOTH) == ["fred", "typed"]
    assert [(asked.type, asked.challenge) for asked in user.asked] == [(PASSPHRASE, "far")]


def test_nobody_to_ask() -> None:
    uri = parse("qemu:///system")
    with pytest.raises(ManorError) as caught:
        Credentials(uri, None).answer(BOTH)
    assert caught.value.code == ErrorNumber.AUTH_FAILED
    for answers in ((), ("fred", None)):
        with pytest.raises(ManorError) as caught:
            Credentials(uri, Answers(*answers)).answer(BOTH)
        assert caught.value.code == ErrorNumber.AUTH_CANCELLED


def test_which_auth_conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert auth_file(parse("qemu:///system")) is None
    own = tmp_path / "home" / ".config" / "libvirt" / "auth.conf"
    own.parent.mkdir(parents=True)
    own.touch()
    assert auth_file(parse("qemu:///system")) == str(own)
    named = tmp_path / "named"
    monkeypatch.setenv("LIBVIRT_AUTH_FILE", str(named))
    with pytest.raises(ManorError) as caught:
        auth_file(parse("qemu:///system"))
    assert caught.value.code == ErrorNumber.OPEN_FAILED
    named.touch()
    assert auth_file(parse("qemu:///system")) == str(named)


@pytest.mark.parametrize(("text", "line"), [("a=b", 1), ("[x]\nrubbish", 2)])
def test_broken_auth_conf(text: str, line: int) -> None:
    with pytest.raises(ManorError, match=f"file:{line}: expecting"):
        parse_auth(text, "file")


def test_helper_carries_bytes_both_ways() -> None:
    client, helper_end = socket.socketpair()
    daemon, link_end = socket.socketpair()
    link = Link(link_end, protected=True)
    fd = helper_end.fileno()
    thread = threading.Thread(target=ssh_helper.shuttle, args=(link, fd, fd))
    thread.start()
    question, answer = bytes(range(256)) * 5000, b"answer" * 100_000
    sender = threading.Thread(target=client.sendall, args=(question,))
    sender.start()
    received = b""
    while len(received) < len(question):
        received += daemon.recv(65536)
    sender.join()
    assert received == question
    client.shutdown(socket.SHUT_WR)

    def reply() -> None:
        daemon.sendall(answer)
        daemon.close()

    sender = threading.Thread(target=reply)
    sender.start()
    received = b""
    # What the daemon still says after the client's last word arrives.
    while data := client.recv(65536):
        received += data
        if len(received) == len(answer):
            break
    assert received == answer
    sender.join()
    thread.join()
    for sock in (client, helper_end):
        sock.close()
    link.close()


def test_helper_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ssh_helper.main([]) == 2
    assert ssh_helper.main(["-x", "qemu:///system"]) == 2
    assert ssh_helper.main(["-r", f"qemu:///system?socket={tmp_path}/none"]) == 1
    assert "Failed to connect socket to" in capsys.readouterr().err


def test_a_session_daemon_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = tmp_path / "user" / "libvirt" / "libvirt-sock"
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(ManorError, match="no daemon can be started"):
        autostart.start_session_daemon(str(wanted))
    listener = socket.socket(socket.AF_UNIX)
    started: list[str] = []

    def spawn(program: str) -> None:
        started.append(program)
        listener.bind(str(wanted))
        listener.listen()

    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if name == "libvirtd" else None)
    monkeypatch.setattr(autostart, "_spawn", spawn)
    for _ in range(2):
        autostart.start_session_daemon(str(wanted)).close()
    assert started == ["/bin/libvirtd"]
    listener.close()
