# SPDX-License-Identifier: Apache-2.0
"""TLS to a daemon: libvirt's places for certificates, verification of the server, and the server's consent."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import NamedTuple

from manor.client.link import TlsLink
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.RPC)

SYSTEM_CA = Path("/etc/pki/CA")
SYSTEM_PKI = Path("/etc/pki/libvirt")

_CONSENT = b"\x01"


class Files(NamedTuple):
    """Where a client's certificates are; what is None does not exist and is not needed."""

    ca: Path
    crl: Path | None
    certificate: Path | None
    key: Path | None


def locate(uri: ConnectURI) -> Files:
    """The files of a connection: below the URI's `pkipath`, else the user's own, else the host's.

    As in libvirt, a user's authority and a user's certificate are looked for separately, and a certificate counts only
    with its key.
    """
    pkipath = uri.parameters.get("pkipath")
    if pkipath:
        folder = Path(pkipath)
        own = _pair(folder / "clientcert.pem", folder / "clientkey.pem")
        return Files(folder / "cacert.pem", _there(folder / "cacrl.pem"), *own)
    user = Path.home() / ".pki" / "libvirt"
    own = _pair(user / "clientcert.pem", user / "clientkey.pem")
    if own[0] is None:
        own = _pair(SYSTEM_PKI / "clientcert.pem", SYSTEM_PKI / "private" / "clientkey.pem")
    ca = _there(user / "cacert.pem") or SYSTEM_CA / "cacert.pem"
    crl = _there(user / "cacrl.pem") or _there(SYSTEM_CA / "cacrl.pem")
    return Files(ca, crl, *own)


def _there(path: Path) -> Path | None:
    return path if path.exists() else None


def _pair(certificate: Path, key: Path) -> tuple[Path, Path] | tuple[None, None]:
    return (certificate, key) if certificate.exists() and key.exists() else (None, None)


def client_context(uri: ConnectURI) -> ssl.SSLContext:
    """How to speak TLS for a URI.

    Raises VIR_ERR_SYSTEM_ERROR or VIR_ERR_CONFIG_UNSUPPORTED naming the file or parameter that is no good.
    """
    files = locate(uri)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if _is_true(uri.parameters.get("no_verify")):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        _load(context, files.ca, "CA certificate")
        if files.crl is not None:
            _load(context, files.crl, "CA certificate revocation list")
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    if files.certificate is not None and files.key is not None:
        try:
            context.load_cert_chain(files.certificate, files.key)
        except (OSError, ssl.SSLError) as error:
            raise _unusable("client certificate", files.certificate, error) from error
    priority = uri.parameters.get("tls_priority")
    if priority:
        apply_priority(context, priority)
    return context


def _is_true(value: str | None) -> bool:
    """URI parameters that are switches are numbers."""
    return value is not None and value.isdigit() and int(value) != 0


def _load(context: ssl.SSLContext, path: Path, what: str) -> None:
    try:
        context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as error:
        raise _unusable(what, path, error) from error


def _unusable(what: str, path: Path, error: OSError) -> ManorError:
    if isinstance(error, ssl.SSLError) or not error.errno:
        return _error(ErrorNumber.SYSTEM_ERROR, f"Unable to import {what} '{path}': {error}")
    return _error.system(error.errno, f"Cannot read {what} '{path}'")


_VERSIONS = {"TLS1.2": ssl.TLSVersion.TLSv1_2, "TLS1.3": ssl.TLSVersion.TLSv1_3}
# GnuTLS' names of whole sets of algorithms; what they leave out, OpenSSL's default leaves out as well.
_KEYWORDS = frozenset({"NORMAL", "SYSTEM", "SECURE128", "SECURE192", "SECURE256", "PFS", "DEFAULT", "LIBVIRT"})
_OLD_VERSIONS = frozenset({"SSL3.0", "TLS1.0", "TLS1.1", "DTLS1.0", "DTLS1.2"})


def apply_priority(context: ssl.SSLContext, priority: str) -> None:
    """Do what a GnuTLS priority string says about protocol versions.

    Raises VIR_ERR_CONFIG_UNSUPPORTED for words about single algorithms, which OpenSSL has other names for.
    """
    allowed = set(_VERSIONS)
    for word in priority.replace(",", ":").split(":"):
        name = word.lstrip("@+-!").upper()
        if name == "VERS-ALL" and word[0] in "-!":
            allowed.clear()
        elif name.startswith("VERS-"):
            version = name.removeprefix("VERS-")
            if version not in _VERSIONS and version not in _OLD_VERSIONS:
                raise _unsupported(word)
            if word[0] == "+":
                allowed |= {version} & set(_VERSIONS)
            else:
                allowed.discard(version)
        elif name and name not in _KEYWORDS:
            raise _unsupported(word)
    if not allowed:
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"tls_priority '{priority}' leaves no version of TLS")
    versions = sorted(_VERSIONS[name] for name in allowed)
    context.minimum_version, context.maximum_version = versions[0], versions[-1]


def _unsupported(word: str) -> ManorError:
    return _error(
        ErrorNumber.CONFIG_UNSUPPORTED, f"tls_priority: '{word}' is not supported, only protocol versions are"
    )


def start(sock: socket.socket, context: ssl.SSLContext, host: str) -> TlsLink:
    """Shake hands and wait for the server's consent, one byte that says that it accepts our certificate.

    Raises VIR_ERR_AUTH_FAILED where the server's certificate is no good, VIR_ERR_GNUTLS_ERROR where the handshake
    fails otherwise, VIR_ERR_RPC where the server refuses us.
    """
    try:
        tls = context.wrap_socket(sock, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        sock.close()
        reason = f"Failed to verify peer's certificate: {error.verify_message}"
        raise _error(ErrorNumber.AUTH_FAILED, reason) from error
    except OSError as error:
        sock.close()
        raise _error(ErrorNumber.GNUTLS_ERROR, f"TLS handshake failed: {error.strerror or error}") from error
    try:
        consent = tls.recv(1)
    except OSError as error:
        tls.close()
        raise _error(ErrorNumber.RPC, f"Unable to read TLS confirmation: {error.strerror or error}") from error
    if consent != _CONSENT:
        tls.close()
        raise _error(ErrorNumber.RPC, "server verification (of our certificate or IP address) failed")
    return TlsLink(tls, protected=True, encrypted=True)
