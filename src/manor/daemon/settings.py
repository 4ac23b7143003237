# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: RUF009 - `setting` makes fields of dataclasses, as `field` does
"""Everything that can be set in manord's configuration: names, meanings, limits, defaults.

The classes are the sections of the file, their fields its keys. Reading, the example file and the reference in
docs/manord.md all follow from them; nothing here reads anything.
"""

from __future__ import annotations

from dataclasses import Field, asdict, dataclass, field
from pathlib import Path
from typing import Any

AUTHENTICATION = ("none", "polkit", "sasl")
TLS_VERSIONS = ("1.2", "1.3")
AUDIT = ("none", "refusals", "changes")
VERDICTS = ("allow", "deny")
LOG_LEVELS = ("debug", "info", "warning", "error")


def setting(
    default: Any,
    doc: str,
    *,
    choices: tuple[str, ...] = (),
    low: int | None = None,
    high: int | None = None,
    mode: bool = False,
    required: bool = False,
    account: str = "",
    words: str = "",
) -> Any:
    """One key: its default, what it means, and which values it takes.

    `mode` is an octal text such as "0770"; `account` is "user" or "group" for a name or number of the host's; `words`
    ("filters", "outputs", "mechanisms", "permissions") says that manor.daemon.config knows which texts are valid.
    """
    rules = {
        "doc": doc,
        "choices": choices,
        "low": low,
        "high": high,
        "mode": mode,
        "required": required,
        "account": account,
        "words": words,
    }
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=rules)
    return field(default=default, metadata=rules)


def doc_of(known: Field[Any]) -> str:
    """What a key means."""
    return str(known.metadata.get("doc", ""))


@dataclass(frozen=True)
class UnixSettings:
    """The local sockets: manor-sock, manor-sock-ro and manor-admin-sock."""

    folder: Path | None = setting(None, "Where the sockets are. Default: /run/manor, or the user's runtime folder.")
    group: str | None = setting(
        None, "The group that the sockets belong to; with a mode like 0770 it may connect.", account="group"
    )
    mode: int | None = setting(
        None, "Who may connect, in octal. Default: 0777 for the host's daemon, 0700 for a user's.", mode=True
    )
    readonly: bool = setting(True, "Whether there is a socket for those who may only look.")
    readonly_mode: int = setting(0o777, "Who may connect to the read-only socket, in octal.", mode=True)
    auth: str | None = setting(
        None,
        "How clients show who they are. Default: polkit for the host's daemon, which lets root in unasked, none for a "
        "user's.",
        choices=AUTHENTICATION,
    )
    readonly_auth: str = setting("none", "The same for the read-only socket.", choices=AUTHENTICATION)


@dataclass(frozen=True)
class TcpSettings:
    """Plain TCP. Nothing on it is encrypted: only SCRAM keeps passwords to itself here."""

    listen: bool = setting(False, "Whether to listen.")
    address: list[str] = setting(["127.0.0.1"], "Addresses to listen at; an empty text means all.")
    port: int = setting(16509, "The port.", low=1, high=65535)
    auth: str = setting("sasl", "How clients show who they are.", choices=("none", "sasl"))


@dataclass(frozen=True)
class TlsSettings:
    """TLS with certificates on both sides."""

    listen: bool = setting(False, "Whether to listen.")
    address: list[str] = setting([""], "Addresses to listen at; an empty text means all.")
    port: int = setting(16514, "The port.", low=1, high=65535)
    auth: str = setting("none", "What is asked beyond the certificate.", choices=("none", "sasl"))
    ca: Path = setting(Path("/etc/pki/CA/cacert.pem"), "The authority that clients' certificates must be from.")
    crl: Path | None = setting(None, "Certificates the authority has revoked.")
    certificate: Path = setting(Path("/etc/pki/libvirt/servercert.pem"), "Our own certificate.")
    key: Path = setting(Path("/etc/pki/libvirt/private/serverkey.pem"), "Its key.")
    verify: bool = setting(True, "Whether clients must have a certificate.")
    allowed_names: list[str] = setting(
        [], "Distinguished names that may connect, with * and ? as wildcards, as in 'CN=web*,O=Example'. Empty: all."
    )
    min_version: str = setting("1.2", "The oldest TLS that is spoken.", choices=TLS_VERSIONS)
    ciphers: str | None = setting(None, "Ciphers of TLS 1.2, in OpenSSL's notation.")


@dataclass(frozen=True)
class SaslSettings:
    """Names and passwords, where `auth` is sasl."""

    mechanisms: list[str] = setting(
        ["SCRAM-SHA-256"],
        "What clients may use: SCRAM-SHA-256, SCRAM-SHA-512, PLAIN, EXTERNAL, GSSAPI.",
        words="mechanisms",
    )
    users: Path | None = setting(
        None, "The file that `manor passwd` writes. Default: users beside the configuration file."
    )
    allowed_users: list[str] = setting([], "Names that may connect, with * and ? as wildcards. Empty: all.")


@dataclass(frozen=True)
class PolkitSettings:
    """Where `auth` is polkit."""

    actions: str = setting(
        "org.libvirt.unix", "What polkit is asked about: this with .manage, or .monitor for those who may only look."
    )
    timeout: float = setting(120.0, "Seconds the user may take to answer polkit's question.", low=1)


@dataclass(frozen=True)
class LimitSettings:
    """How much clients may ask for at once."""

    clients: int = setting(5000, "Connections at once.", low=1)
    anonymous_clients: int = setting(20, "Connections that have not shown who they are.", low=1)
    anonymous_seconds: float = setting(
        120.0, "Seconds a connection may take to show who it is; 0 means for ever.", low=0
    )
    requests: int = setting(5, "Calls of one connection under way at once; more are left unread.", low=1)
    message_size: int = setting(33554432, "The largest message, in bytes.", low=65536, high=33554432)
    workers: int = setting(1000, "Calls of all connections that wait for something at once.", low=1)
    min_workers: int = setting(5, "The number of workers that is shown at least.", low=0)
    priority_workers: int = setting(5, "Further calls at once, of those that must never wait for others.", low=1)


@dataclass(frozen=True)
class KeepaliveSettings:
    """How clients that are gone are noticed."""

    interval: float = setting(5.0, "Seconds of silence after which a client is asked; 0 switches it off.", low=0)
    count: int = setting(5, "Questions without an answer after which it is given up.", low=0)


@dataclass(frozen=True)
class AdminSettings:
    """The socket of virt-admin."""

    listen: bool = setting(True, "Whether to listen.")
    mode: int = setting(0o700, "Who may connect, in octal.", mode=True)
    clients: int = setting(5, "Connections at once.", low=1)
    requests: int = setting(5, "Calls of one connection under way at once.", low=1)
    keepalive: KeepaliveSettings = field(default_factory=KeepaliveSettings)


@dataclass(frozen=True)
class LogSettings:
    """The daemon's own log."""

    level: str = setting("warning", "What is worth logging at least.", choices=LOG_LEVELS)
    filters: str = setting("", "Other levels for parts, as libvirt writes them: '1:qemu 3:daemon'.", words="filters")
    outputs: str = setting(
        "",
        "Where to, as libvirt writes it: '3:stderr', '1:file:/path', '3:syslog:manord', '3:journald'. Default: stderr "
        "in the foreground or without a journal, else the journal.",
        words="outputs",
    )


@dataclass(frozen=True)
class AuditSettings:
    """A log of who did what, one JSON object a line."""

    record: str = setting("none", "What is recorded: refusals, or changes as well.", choices=AUDIT)
    file: Path | None = setting(None, "The file. Default: audit.log in the folder of logs.")


@dataclass(frozen=True)
class AccessRule:
    """What some clients may do with some objects. A client is meant when one of its names is listed."""

    users: list[str] = setting([], "UNIX users, by name or number.")
    groups: list[str] = setting([], "UNIX groups of which the user is a member.")
    sasl: list[str] = setting([], "Names of SASL, with * and ? as wildcards.")
    certificates: list[str] = setting([], "Distinguished names of certificates, with * and ? as wildcards.")
    permissions: list[str] = setting(
        [],
        "libvirt's permissions: 'domain:start', 'domain:*', 'network:read', '*'.",
        required=True,
        words="permissions",
    )
    names: list[str] = setting([], "Names of the objects that are meant, with * and ? as wildcards. Empty: all.")
    pools: list[str] = setting([], "For volumes: the pools they are in, with * and ? as wildcards. Empty: all.")
    metadata: dict[str, str] = field(
        default_factory=dict,
        metadata={
            "doc": "For domains: namespace of a metadata element; its text or an attribute, with * and ? as wildcards."
        },
    )


@dataclass(frozen=True)
class AccessSettings:
    """Who may do what. Clients that no rule names get the default."""

    default: str = setting("allow", "What clients may do that no rule names: everything, or nothing.", choices=VERDICTS)
    rule: list[AccessRule] = field(default_factory=list)


@dataclass(frozen=True)
class QemuSettings:
    """As whom guests' QEMU runs, and what is done for it. Changes count for guests started after a restart."""

    user: str | None = setting(
        None,
        "The user, by name or number. Default under root: manor-qemu, or else libvirt-qemu, where there is one and it "
        "can get into the daemon's folders; else the daemon's own user.",
        account="user",
    )
    group: str | None = setting(
        None, "The group of the files given to QEMU, by name or number. Default: the user's own.", account="group"
    )
    dynamic_ownership: bool = setting(
        True, "Whether files that a guest needs are given to that user while it runs, and given back afterwards."
    )


@dataclass(frozen=True)
class Settings:
    """The whole file."""

    unix: UnixSettings = field(default_factory=UnixSettings)
    tcp: TcpSettings = field(default_factory=TcpSettings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    sasl: SaslSettings = field(default_factory=SaslSettings)
    polkit: PolkitSettings = field(default_factory=PolkitSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    keepalive: KeepaliveSettings = field(default_factory=KeepaliveSettings)
    admin: AdminSettings = field(default_factory=AdminSettings)
    log: LogSettings = field(default_factory=LogSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    qemu: QemuSettings = field(default_factory=QemuSettings)

    def of_drivers(self) -> dict[str, dict[str, Any]]:
        """What each driver is told, by its name."""
        return {"qemu": asdict(self.qemu)}
