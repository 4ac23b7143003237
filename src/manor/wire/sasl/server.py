# SPDX-License-Identifier: Apache-2.0
"""The server's side of SASL: one object per negotiation, stepped with the client's messages.

Users and their secrets come from a `SecretStore`; secrets are salted hashes (`manor.wire.sasl.secret`), never
passwords. A failure tells the client nothing but that it failed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import NamedTuple, Protocol

from manor.wire.sasl.secret import Secret, decoy


class SecretStore(Protocol):
    """Where the secrets of users are."""

    def secret(self, user: str, hash_name: str) -> Secret | None:
        """The secret of a user for a hash ("sha256", "sha512"), None for one that is not known."""
        ...

    def decoy_key(self) -> bytes:
        """Random bytes that stay the same while the daemon lives, for answering about users that do not exist."""
        ...


class Outcome(NamedTuple):
    """The answer to one message. `data` None means no data at all, which SASL tells from empty data."""

    complete: bool
    data: bytes | None


class SaslError(Exception):
    """The negotiation failed; the text is for the log, not for the client."""


class Negotiation(ABC):
    """One client's attempt. `user` is its name once the attempt is complete."""

    user: str = ""

    @abstractmethod
    def step(self, data: bytes | None) -> Outcome:
        """Answer a message of the client. Raises SaslError where it fails, for good."""


class Plain(Negotiation):
    """PLAIN, RFC 4616."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store

    def step(self, data: bytes | None) -> Outcome:
        """Check name and password at once."""
        try:
            identity, name, password = (data or b"").decode().split("\0")
        except ValueError:
            raise SaslError("malformed PLAIN message") from None
        if identity and identity != name:
            raise SaslError(f"{name} may not act for {identity}")
        known = next((one for kind in _HASHES if (one := self._store.secret(name, kind))), None)
        # The same work for users that do not exist, so that time does not tell.
        secret = known or decoy(self._store.decoy_key(), name, _HASHES[0])
        if not secret.matches(password) or known is None:
            raise SaslError(f"wrong name or password of {name}")
        self.user = name
        return Outcome(True, None)


_HASHES = ("sha512", "sha256")


class Scram(Negotiation):
    """SCRAM, RFC 5802 and 7677."""

    def __init__(self, store: SecretStore, mechanism: str, hash_name: str) -> None:
        from scramp import ScramMechanism  # type: ignore[import-untyped]

        self._store = store
        self._hash_name = hash_name
        self._known = False
        self._name = ""
        self._server = ScramMechanism(mechanism).make_server(self._secret)
        self._begun = self._proven = False

    def _secret(self, name: str) -> tuple[bytes, bytes, bytes, int]:
        self._name = name
        found = self._store.secret(name, self._hash_name)
        self._known = found is not None
        secret = found or decoy(self._store.decoy_key(), name, self._hash_name)
        return secret.salt, secret.stored_key, secret.server_key, secret.iterations

    def step(self, data: bytes | None) -> Outcome:
        """Three messages at most: the first, the proof, and an empty one that takes our own proof."""
        from scramp import ScramException

        if self._proven:
            self.user = self._name
            return Outcome(True, None)
        if data is None:
            # A client that sends nothing first is asked to begin.
            return Outcome(False, b"")
        try:
            text = data.decode()
            if not self._begun:
                self._begun = True
                self._server.set_client_first(text)
                return Outcome(False, self._server.get_server_first().encode())
            self._server.set_client_final(text)
            proof = self._server.get_server_final().encode()
        except (ScramException, ValueError) as error:
            raise SaslError(f"SCRAM of {self._name}: {error}") from error
        if not self._known:
            raise SaslError(f"unknown user {self._name}")
        self._proven = True
        return Outcome(False, proof)


class External(Negotiation):
    """EXTERNAL, RFC 4422: who the client is was established by the transport."""

    def __init__(self, identity: str) -> None:
        self._identity = identity

    def step(self, data: bytes | None) -> Outcome:
        """Accept the identity that is known."""
        if data is None:
            return Outcome(False, b"")
        if data and data.decode(errors="replace") != self._identity:
            raise SaslError(f"{self._identity} may not act for {data!r}")
        self.user = self._identity
        return Outcome(True, None)


class Gssapi(Negotiation):
    """GSSAPI, RFC 4752, without a security layer."""

    def __init__(self) -> None:
        self._library = import_module("gssapi")
        self._context = self._library.SecurityContext(usage="accept")
        self._offered = False

    def step(self, data: bytes | None) -> Outcome:
        """Tokens of Kerberos, then the offer of no security layer and its acceptance."""
        if data is None:
            if not self._context.complete:
                return Outcome(False, b"")
            # Cyrus SASL has nothing to say where others say something of no length.
            data = b""
        try:
            if not self._context.complete:
                token = self._context.step(data)
                if token or not self._context.complete:
                    return Outcome(False, token or b"")
            if not self._offered:
                self._offered = True
                return Outcome(False, self._context.wrap(b"\x01\0\0\0", encrypt=False).message)
            chosen = self._context.unwrap(data).message
        except self._library.exceptions.GSSError as error:
            raise SaslError(f"GSSAPI: {error}") from error
        if len(chosen) < 4 or chosen[0] != 1:
            raise SaslError("the client wants a security layer")
        name = str(self._context.initiator_name)
        identity = chosen[4:].decode(errors="replace")
        if identity not in ("", name, name.partition("@")[0]):
            raise SaslError(f"{name} may not act for {identity}")
        self.user = name
        return Outcome(True, None)


SCRAM_HASHES = {"SCRAM-SHA-512": "sha512", "SCRAM-SHA-256": "sha256"}


def negotiate(mechanism: str, store: SecretStore, identity: str | None) -> Negotiation:
    """The negotiation of a mechanism; `identity` is who the transport says the client is.

    Raises SaslError for a mechanism that cannot be had.
    """
    name = mechanism.upper()
    try:
        if name == "PLAIN":
            return Plain(store)
        if name == "EXTERNAL" and identity is not None:
            return External(identity)
        if name == "GSSAPI":
            return Gssapi()
        if name in SCRAM_HASHES:
            return Scram(store, name, SCRAM_HASHES[name])
    except ImportError as error:
        raise SaslError(f"{mechanism} needs the Python package {error.name}") from error
    raise SaslError(f"unknown mechanism {mechanism}")
