# SPDX-License-Identifier: Apache-2.0
"""The daemon's side of TLS: the context, the handshake without blocking, and who the certificate says the client is."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from manor.client.link import TlsLink
from manor.daemon.settings import TlsSettings
from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.RPC)

READY = b"\x01"
"""What the client waits for after the handshake: its certificate is good enough."""

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

# As GnuTLS abbreviates them, whose notation libvirt's lists of allowed names use.
_SHORT = {
    "commonName": "CN",
    "countryName": "C",
    "domainComponent": "DC",
    "emailAddress": "EMAIL",
    "localityName": "L",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "stateOrProvinceName": "ST",
    "streetAddress": "STREET",
    "userId": "UID",
}


class HandshakeError(Exception):
    """The client was not let in; the text is for the log."""


def make_context(settings: TlsSettings) -> ssl.SSLContext:
    """The context of new connections. Raises VIR_ERR_SYSTEM_ERROR naming the file that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[settings.min_version]
    # libvirt's clients take whatever comes after the handshake for our sign that they are in.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    path = settings.certificate
    try:
        for path in (settings.certificate, settings.key):
            path.open("rb").close()
        context.load_cert_chain(settings.certificate, settings.key)
        if settings.verify:
            path = settings.ca
            context.load_verify_locations(path)
            context.verify_mode = ssl.CERT_REQUIRED
        if settings.crl is not None:
            path = settings.crl
            context.load_verify_locations(path)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        if settings.ciphers is not None:
            context.set_ciphers(settings.ciphers)
    except OSError as error:
        reason = error.strerror or str(error)
        raise _error(ErrorNumber.SYSTEM_ERROR, f"Cannot read or use '{path}' for TLS: {reason}") from error
    return context


class TlsFront:
    """How clients of one socket are let in; the files are read at once and again by `update`."""

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        self._context = make_context(settings)

    def update(self, settings: TlsSettings | None = None) -> None:
        """Read the files again, for those who come from now on. Raises as `make_context`; nothing changes then."""
        settings = settings or self._settings
        self._context = make_context(settings)
        self._settings = settings

    async def shake_hands(self, sock: socket.socket) -> tuple[TlsLink, str | None]:
        """Let a client in: its link, and the name in its certificate. Raises HandshakeError."""
        return await accept(sock, self._context, self._settings.allowed_names)


async def accept(sock: socket.socket, context: ssl.SSLContext, allowed: Sequence[str]) -> tuple[TlsLink, str | None]:
    """Shake hands, check the client's name, tell it that it is in; gives the link and the name.

    Raises HandshakeError; the socket is then closed.
    """
    tls = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=True)
    try:
        await _shake(tls)
        name = distinguished_name(tls.getpeercert() or {})
        if allowed and not any(fnmatchcase(name or "", pattern) for pattern in allowed):
            raise HandshakeError(f"the name '{name}' is not allowed")
        # Nothing was sent yet, so this fits.
        tls.send(READY)
    except OSError as error:
        tls.close()
        raise HandshakeError(str(error)) from error
    except BaseException:
        tls.close()
        raise
    return TlsLink(tls, protected=True, encrypted=True), name


async def _shake(tls: ssl.SSLSocket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            add, remove = loop.add_reader, loop.remove_reader
        except ssl.SSLWantWriteError:
            add, remove = loop.add_writer, loop.remove_writer
        else:
            return
        ready: asyncio.Future[None] = loop.create_future()
        add(tls.fileno(), _settle, ready)
        try:
            await ready
        finally:
            remove(tls.fileno())


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def distinguished_name(certificate: dict[str, Any]) -> str | None:
    """The subject of a certificate (of `getpeercert`) as libvirt writes it: C=GB,O=Example,CN=host."""
    parts = [
        "+".join(f"{_SHORT.get(kind, kind)}={_escape(value)}" for kind, value in group)
        for group in certificate.get("subject", ())
    ]
    return ",".join(parts) or None


def _escape(value: str) -> str:
    """RFC 4514, section 2.4."""
    escaped = "".join(f"\\{letter}" if letter in '\\",+<>;' else letter for letter in value)
    if escaped.startswith(("#", " ")):
        escaped = f"\\{escaped}"
    if escaped.endswith(" ") and len(value) > 1:
        escaped = f"{escaped[:-1]}\\ "
    return escaped
