# SPDX-License-Identifier: Apache-2.0
"""Connection URIs: ``driver[+transport]://[user@][host][:port]/path[?parameters]``.

Parsed, checked and normalised here, without looking at the machine: which socket, key or default a URI stands for
is decided by those who connect (manor.client). Errors have libvirt's codes and, where it has them, its words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

_uri_error = reporter(ErrorDomain.URI)
_remote_error = reporter(ErrorDomain.REMOTE)

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
# RFC 3986: what may stand unescaped in each part.
_UNRESERVED = _LETTERS | _DIGITS | frozenset("-._~")
_NAME = _UNRESERVED | frozenset("!$&'()*+,;=")
_USER = _NAME | {":"}
_PATH = _NAME | frozenset(":@/")
_QUERY = _PATH | {"?"}
_SCHEME = _LETTERS | _DIGITS | frozenset("+-.")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")

MAX_PORT = 65535


class Transport(StrEnum):
    """How a daemon is reached."""

    UNIX = "unix"
    TCP = "tcp"
    TLS = "tls"
    SSH = "ssh"
    LIBSSH = "libssh"
    LIBSSH2 = "libssh2"
    EXT = "ext"

    @property
    def default_port(self) -> int | None:
        """The port where none is given; None for transports that have no ports."""
        return _DEFAULT_PORTS.get(self)


_DEFAULT_PORTS = {
    Transport.TCP: 16509,
    Transport.TLS: 16514,
    Transport.SSH: 22,
    Transport.LIBSSH: 22,
    Transport.LIBSSH2: 22,
}

CLIENT_SIDE_DRIVERS = frozenset(
    {"esx", "gsx", "hyperv", "openvz", "phyp", "vmwarefusion", "vmwareplayer", "vmwarews", "vpx"}
)
"""Drivers that reach their hypervisor by themselves: a host in their URI is the hypervisor, not a libvirt daemon."""

DAEMON_DRIVERS = frozenset(
    {
        *("bhyve", "ch", "interface", "lxc", "network", "nodedev", "nwfilter", "parallels", "qemu", "remote", "secret"),
        *("storage", "vbox", "vz", "xen"),
    }
)
"""Drivers that live in a daemon, apart from what they embed."""

KNOWN_DRIVERS = CLIENT_SIDE_DRIVERS | DAEMON_DRIVERS | {"test"}
"""Every driver name libvirt has; others are accepted too, since a daemon may know more."""

REMOTE_PARAMETERS = frozenset(
    {
        *("auth", "authfile", "command", "keyfile", "known_hosts", "known_hosts_verify", "mode", "name", "netcat"),
        *("no_sanity", "no_tty", "no_verify", "pkipath", "proxy", "socket", "sshauth", "tls_priority"),
    }
)
"""Parameters that tell the client how to connect; they are not sent to the daemon."""


class ConnectURI(NamedTuple):
    """A parsed URI. Texts are decoded, except `query`, which stays as it was written.

    `host` is without the brackets of an IPv6 address and None where there is none; `port` is None for the default.
    """

    driver: str
    transport: Transport | None = None
    user: str | None = None
    host: str | None = None
    port: int | None = None
    path: str = ""
    query: str | None = None
    fragment: str | None = None

    @classmethod
    def parse(cls, text: str) -> ConnectURI:
        """Read a URI.

        Raises VIR_ERR_NO_CONNECT where there is no driver name, VIR_ERR_INTERNAL_ERROR (as libvirt does) where it is
        no URI, VIR_ERR_INVALID_ARG where its parts do not go together.
        """
        return _parse(text)

    @property
    def parameters(self) -> dict[str, str]:
        """The query's parameters, decoded; the last one wins, one without "=" is empty."""
        return {name: _decode(value) for name, value, _ in self._split_query()}

    @property
    def is_embedded(self) -> bool:
        """Whether the driver shall run inside the calling program, with its state below `embedded_root`."""
        return self.path == "/embed" and self.is_local and self.transport is None

    def embedded_root(self) -> str:
        """The folder of an embedded driver, an absolute path.

        Raises VIR_ERR_INVALID_ARG or VIR_ERR_CONFIG_UNSUPPORTED where `root` is missing or relative.
        """
        root = self.parameters.get("root")
        if not root:
            raise _uri_error(ErrorNumber.INVALID_ARG, "Missing URI parameter 'root'")
        if not root.startswith("/"):
            raise reporter(ErrorDomain.NONE)(ErrorNumber.CONFIG_UNSUPPORTED, "root path must be absolute")
        return root

    @property
    def embedded_settings(self) -> dict[str, object]:
        """What an embedded URI sets for its driver: `user` and `group`, as whom QEMU runs."""
        given = self.parameters
        return {name: given[name] for name in ("user", "group") if given.get(name)}

    @property
    def is_local(self) -> bool:
        """Whether no other machine is named."""
        return self.host is None

    @property
    def is_in_process(self) -> bool:
        """Whether the driver runs in the calling program: the test driver, embedded ones, client-side hypervisors."""
        if self.transport is not None:
            return False
        return self.is_embedded or self.driver in CLIENT_SIDE_DRIVERS or (self.driver == "test" and self.is_local)

    @property
    def effective_transport(self) -> Transport:
        """The transport to a daemon: as given, else TLS to another machine and the UNIX socket here."""
        return self.transport or (Transport.UNIX if self.is_local else Transport.TLS)

    @property
    def effective_port(self) -> int | None:
        """The port to connect to, None where the transport has none."""
        return self.port or self.effective_transport.default_port

    def daemon_uri(self) -> str:
        """What the daemon is asked to open: the parameter `name`, else the URI without what was only for the client."""
        name = self.parameters.get("name")
        if name is not None:
            return name
        if self.driver == "remote":
            return ""
        kept = [word for name, _, word in self._split_query() if name not in REMOTE_PARAMETERS]
        return str(ConnectURI(self.driver, path=self.path, query="&".join(kept) or None, fragment=self.fragment))

    def _split_query(self) -> list[tuple[str, str, str]]:
        """(decoded name, raw value, raw word) of each parameter; both "&" and ";" part them."""
        found = []
        for word in (self.query or "").replace(";", "&").split("&"):
            name, _, value = word.partition("=")
            if name:
                found.append((_decode(name), value, word))
        return found

    def __str__(self) -> str:
        """The URI in its normal form."""
        scheme = f"{self.driver}+{self.transport}" if self.transport else self.driver
        user = "" if self.user is None else _encode(self.user, _USER) + "@"
        host = self.host or ""
        host = f"[{_encode(host, _USER)}]" if ":" in host else _encode(host, _NAME)
        port = "" if self.port is None else f":{self.port}"
        authority = "" if self.path and not self.path.startswith("/") else f"//{user}{host}{port}"
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{_encode(self.fragment, _QUERY)}"
        return f"{scheme}:{authority}{_encode(self.path, _PATH)}{query}{fragment}"


def _parse(text: str) -> ConnectURI:
    rest, hash_sign, fragment = text.partition("#")
    rest, question_mark, query = rest.partition("?")
    scheme, colon, rest = rest.partition(":")
    if not colon or "/" in scheme:
        raise reporter(ErrorDomain.NONE)(ErrorNumber.NO_CONNECT, f"URI '{text}' does not include a driver name")
    if not scheme or scheme[0] not in _LETTERS or not _SCHEME.issuperset(scheme):
        raise _unreadable(text)
    driver, plus, transport = scheme.lower().partition("+")
    authority, path = "", rest
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
    user, host, port = _parse_authority(authority, text)
    for part, allowed in ((path, _PATH), (query, _QUERY), (fragment, _QUERY)):
        _check_characters(part, allowed, text)
    parsed = ConnectURI(
        driver,
        _parse_transport(transport) if plus else None,
        user,
        host,
        port,
        _decode(path),
        query if question_mark else None,
        _decode(fragment) if hash_sign else None,
    )
    _check_parts(parsed)
    return parsed


def _parse_transport(name: str) -> Transport:
    try:
        return Transport(name)
    except ValueError:
        raise _remote_error(
            ErrorNumber.INVALID_ARG,
            "remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)",
        ) from None


def _parse_authority(authority: str, text: str) -> tuple[str | None, str | None, int | None]:
    """The user, host and port before the path."""
    user, at_sign, rest = authority.rpartition("@")
    _check_characters(user, _USER, text)
    if rest.startswith("["):
        host, bracket, rest = rest[1:].partition("]")
        if not bracket or not host:
            raise _unreadable(text)
        _check_characters(host, _USER, text)
        separator, port = rest[:1], rest[1:]
        if separator not in ("", ":"):
            raise _unreadable(text)
    else:
        host, separator, port = rest.partition(":")
        _check_characters(host, _NAME, text)
    number = _parse_port(port, text) if separator else None
    return (_decode(user) or None) if at_sign else None, _decode(host) or None, number


def _parse_port(port: str, text: str) -> int | None:
    if not port or not _DIGITS.issuperset(port):
        raise _unreadable(text)
    # The length first: int() of a very long text takes long.
    if len(port) > 9 or int(port) > MAX_PORT:
        raise _uri_error(ErrorNumber.INVALID_ARG, f"port {port[:20]} in URI is not a number up to {MAX_PORT}")
    return int(port) or None


def _check_parts(uri: ConnectURI) -> None:
    """Refuse what cannot work whatever the machine."""
    if uri.transport is Transport.UNIX and uri.host is not None:
        raise _remote_error(
            ErrorNumber.INVALID_ARG, f"using unix socket and remote server '{uri.host}' is not supported."
        )
    if uri.transport is Transport.EXT and not uri.parameters.get("command"):
        raise _remote_error(ErrorNumber.INVALID_ARG, "remote_open: for 'ext' transport, command is required")
    if uri.is_embedded:
        uri.embedded_root()


def _check_characters(part: str, allowed: frozenset[str], text: str) -> None:
    """Refuse characters that must be escaped, and escapes that are none or stand for NUL."""
    for piece in part.split("%")[1:]:
        if len(piece) < 2 or not _HEXADECIMAL.issuperset(piece[:2]) or piece[:2] == "00":
            raise _unreadable(text)
    if not allowed.issuperset(part.replace("%", "")):
        raise _unreadable(text)


def _unreadable(text: str) -> ManorError:
    return _uri_error(ErrorNumber.INTERNAL_ERROR, f"Unable to parse URI {text}")


def _decode(text: str) -> str:
    """Resolve %XX; bytes that are not UTF-8 survive as surrogates, as in file names."""
    if "%" not in text:
        return text
    first, *rest = text.encode().split(b"%")
    decoded = first + b"".join(bytes([int(piece[:2], 16)]) + piece[2:] for piece in rest)
    return decoded.decode("utf-8", "surrogateescape")


def _encode(text: str, allowed: frozenset[str]) -> str:
    """Escape every byte that `allowed` does not hold; the inverse of `_decode`."""
    return "".join(
        chr(byte) if chr(byte) in allowed else f"%{byte:02X}" for byte in text.encode("utf-8", "surrogateescape")
    )
