# SPDX-License-Identifier: Apache-2.0
"""`manor passwd` and the `pki-` commands."""

import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from manor.users import UserFile

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def manor(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from manor.cli.main import main; main()", *words],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_certificates(tmp_path: Path) -> None:
    folder = f"--dir={tmp_path}"
    assert "make one with pki-ca" in manor("pki-client", "fred", folder).stderr
    for words in (("pki-ca",), ("pki-server", "localhost", "127.0.0.1"), ("pki-client", "fred")):
        result = manor(*words, folder)
        assert result.returncode == 0, result.stderr
    client = tmp_path / "libvirt/clients/fred"
    for path in (
        tmp_path / "CA/private/cakey.pem",
        tmp_path / "libvirt/private/serverkey.pem",
        client / "clientkey.pem",
    ):
        assert path.stat().st_mode & 0o777 == 0o600
    # The keys fit, and both sides trust each other.
    for certificate, key in ((tmp_path / "libvirt/servercert.pem", tmp_path / "libvirt/private/serverkey.pem"),):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    for purpose, certificate in (
        ("sslserver", tmp_path / "libvirt/servercert.pem"),
        ("sslclient", client / "clientcert.pem"),
    ):
        verified = subprocess.run(
            ["openssl", "verify", "-purpose", purpose, "-CAfile", str(client / "cacert.pem"), str(certificate)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert verified.returncode == 0, verified.stderr


def test_what_makes_no_certificate(tmp_path: Path) -> None:
    folder = f"--dir={tmp_path}"
    manor("pki-ca", folder)
    for words, complaint in (
        (("pki-ca",), "there is an authority already"),
        (("pki-client", "a/b"), "cannot be the name of a folder"),
        (("pki-client", "a\nb"), "characters that do not belong into a name"),
        (("pki-server", "a,DNS:b$"), "characters that do not belong into a name"),
        (("pki-client", "fred", "--days", "0"), "--days must be at least 1"),
    ):
        result = manor(*words, folder)
        assert result.returncode == 1
        assert complaint in result.stderr


def test_passwords(tmp_path: Path) -> None:
    path = tmp_path / "users"
    file = f"--file={path}"
    assert manor("passwd", "fred", file, stdin="correct horse\n").returncode == 0
    assert manor("passwd", "anna", file, stdin="x\n").returncode == 0
    assert manor("passwd", file).stdout.split() == ["anna", "fred"]
    secret = UserFile(path).secret("fred", "sha256")
    assert secret is not None
    assert secret.matches("correct horse")
    assert manor("passwd", "--delete", "anna", file).returncode == 0
    assert UserFile(path).names() == ["fred"]
    for words, complaint in (
        (("passwd", "nobody", "--delete"), "no user 'nobody'"),
        (("passwd", "fred"), "the password is empty"),
        (("passwd", "a b"), "is no name of a user"),
    ):
        result = manor(*words, file, stdin="\n" if words[-1] == "fred" else "x\n")
        assert complaint in result.stderr


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    result = manor("passwd", "fred", f"--file={tmp_path}/users/below", stdin="x\n")
    assert result.returncode == 0
    os.rename(tmp_path / "users/below", tmp_path / "below")
    result = manor("passwd", "fred", f"--file={tmp_path}/below/x", stdin="x\n")
    assert result.returncode == 1
    assert "below" in result.stderr
