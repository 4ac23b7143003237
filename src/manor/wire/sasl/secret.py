# SPDX-License-Identifier: Apache-2.0
"""What a server keeps of a password: SCRAM's salted keys, as text of one line."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import NamedTuple

ITERATIONS = 15000
"""How often a password is hashed; RFC 7677 wants 4096 at least."""

_SALT_SIZE = 16


class Secret(NamedTuple):
    """A password's keys for one hash ("sha256", "sha512"), RFC 5802 section 3."""

    hash_name: str
    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, password: str, hash_name: str = "sha256", *, salt: bytes | None = None) -> Secret:
        """A new secret for a password."""
        return _derive(password, hash_name, ITERATIONS, salt or os.urandom(_SALT_SIZE))

    def matches(self, password: str) -> bool:
        """Whether this is the password's secret."""
        found = _derive(password, self.hash_name, self.iterations, self.salt)
        return hmac.compare_digest(found.stored_key, self.stored_key)

    @classmethod
    def parse(cls, text: str) -> Secret:
        """Read what `__str__` wrote. Raises ValueError for anything else."""
        hash_name, iterations, *keys = text.split("$")
        if hash_name not in hashlib.algorithms_guaranteed or len(keys) != 3 or not 1 <= int(iterations) <= 10_000_000:
            raise ValueError("malformed secret")
        salt, stored_key, server_key = (base64.b64decode(key, validate=True) for key in keys)
        return cls(hash_name, int(iterations), salt, stored_key, server_key)

    def __str__(self) -> str:
        keys = (base64.b64encode(key).decode() for key in (self.salt, self.stored_key, self.server_key))
        return "$".join([self.hash_name, str(self.iterations), *keys])


def _derive(password: str, hash_name: str, iterations: int, salt: bytes) -> Secret:
    salted = hashlib.pbkdf2_hmac(hash_name, _prepared(password).encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", hash_name)
    stored_key = hashlib.new(hash_name, client_key).digest()
    return Secret(hash_name, iterations, salt, stored_key, hmac.digest(salted, b"Server Key", hash_name))


def _prepared(password: str) -> str:
    """The password in the form SCRAM hashes (SASLprep, RFC 4013), so that all spellings of it are one."""
    if password.isascii():
        return password
    from scramp.core import saslprep  # type: ignore[import-untyped]

    prepared: str = saslprep(password)
    return prepared


def decoy(key: bytes, user: str, hash_name: str) -> Secret:
    """A secret no password has, the same for the same user: an answer that does not tell that there is none."""
    salt = hmac.digest(key, user.encode("utf-8", "surrogateescape"), "sha256")[:_SALT_SIZE]
    size = hashlib.new(hash_name).digest_size
    return Secret(hash_name, ITERATIONS, salt, os.urandom(size), os.urandom(size))
