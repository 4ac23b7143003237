# SPDX-License-Identifier: Apache-2.0
"""Certificates for TLS: an authority, servers and clients, with files where libvirt and manord look for them.

The work is the openssl program's, because the client part needs nothing that Python does not bring. Below the folder:

    CA/cacert.pem, CA/private/cakey.pem                        the authority
    libvirt/servercert.pem, libvirt/private/serverkey.pem      this machine's server
    libvirt/clients/NAME/{cacert,clientcert,clientkey}.pem     a client; the folder is what the URI's `pkipath` wants
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from manor.cli.failure import CommandFailed

_SERIAL_BYTES = 16
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-@*:")


class Places(NamedTuple):
    """Where a certificate and its key are."""

    certificate: Path
    key: Path


class Pki:
    """The files below `folder`. Every method raises CommandFailed."""

    def __init__(self, folder: Path, days: int) -> None:
        self.folder = folder
        self._days = str(days)
        self.ca = Places(folder / "CA/cacert.pem", folder / "CA/private/cakey.pem")
        self.server = Places(folder / "libvirt/servercert.pem", folder / "libvirt/private/serverkey.pem")

    def make_ca(self, name: str) -> Places:
        """An authority. One that is there is kept: its certificates would be worth nothing without it."""
        if self.ca.key.exists():
            raise CommandFailed(f"there is an authority already: {self.ca.key}")
        extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]
        with tempfile.TemporaryDirectory() as work:
            config = _config(Path(work), name, [*extensions, "subjectKeyIdentifier=hash"])
            self._make_key(self.ca.key)
            _prepare(self.ca.certificate.parent)
            _openssl(
                *("req", "-x509", "-new", "-sha256", "-days", self._days, "-config", str(config)),
                *("-extensions", "extensions", "-set_serial", _serial()),
                *("-key", str(self.ca.key), "-out", str(self.ca.certificate)),
            )
        return self.ca

    def make_server(self, names: Sequence[str]) -> Places:
        """A server's certificate; `names` are its host names and addresses as clients write them."""
        alternatives = ",".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names)
        self._issue(self.server, names[0], "serverAuth", [f"subjectAltName={alternatives}"])
        return self.server

    def make_client(self, name: str) -> Places:
        """A client's certificate, in a folder of its own together with the authority's."""
        if "/" in name or name.startswith("."):
            raise CommandFailed(f"'{name}' cannot be the name of a folder")
        folder = self.folder / "libvirt/clients" / name
        places = Places(folder / "clientcert.pem", folder / "clientkey.pem")
        self._issue(places, name, "clientAuth", [])
        shutil.copyfile(self.ca.certificate, folder / "cacert.pem")
        return places

    def _issue(self, places: Places, name: str, purpose: str, more: list[str]) -> None:
        if not self.ca.key.exists():
            raise CommandFailed(f"there is no authority in {self.folder}: make one with pki-ca")
        extensions = [
            "basicConstraints=critical,CA:FALSE",
            # libvirt insists on both, although keys of elliptic curves encipher nothing.
            "keyUsage=critical,digitalSignature,keyEncipherment",
            f"extendedKeyUsage={purpose}",
            "subjectKeyIdentifier=hash",
            "authorityKeyIdentifier=keyid",
            *more,
        ]
        with tempfile.TemporaryDirectory() as work:
            config = _config(Path(work), name, extensions)
            request = str(Path(work) / "request.pem")
            self._make_key(places.key)
            _prepare(places.certificate.parent)
            _openssl("req", "-new", "-sha256", "-config", str(config), "-key", str(places.key), "-out", request)
            _openssl(
                *("x509", "-req", "-sha256", "-days", self._days, "-in", request, "-set_serial", _serial()),
                *("-CA", str(self.ca.certificate), "-CAkey", str(self.ca.key)),
                *("-extfile", str(config), "-extensions", "extensions", "-out", str(places.certificate)),
            )

    def _make_key(self, path: Path) -> None:
        """A private key that nobody else may read."""
        _prepare(path.parent, private=path.parent.name == "private")
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(path))


def _prepare(folder: Path, *, private: bool = False) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if private:
            folder.chmod(0o700)
    except OSError as error:
        raise CommandFailed(f"{folder}: {error.strerror}") from None


def _config(folder: Path, name: str, extensions: Sequence[str]) -> Path:
    """openssl's configuration for one subject."""
    for text in (name, *(extension for extension in extensions if extension.startswith("subjectAltName"))):
        odd = set(text.removeprefix("subjectAltName=").replace(",", "")) - _ALLOWED
        if odd or not text:
            raise CommandFailed(f"'{name}' has characters that do not belong into a name: {''.join(sorted(odd))}")
    path = folder / "openssl.conf"
    lines = ["[req]", "prompt=no", "distinguished_name=subject", "[subject]", f"CN={name}", "[extensions]", *extensions]
    path.write_text("\n".join(lines) + "\n")
    return path


def _serial() -> str:
    return f"0x{secrets.token_hex(_SERIAL_BYTES)}"


def _is_address(name: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _openssl(*arguments: str) -> None:
    try:
        result = subprocess.run(
            ["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CommandFailed("the program openssl is needed for this; install the package of that name") from None
    if result.returncode != 0:
        complaint = result.stderr.strip().splitlines() or ["no reason given"]
        raise CommandFailed(f"openssl {arguments[0]} failed: {complaint[-1]}")
