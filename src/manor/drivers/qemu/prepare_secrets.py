# SPDX-License-Identifier: Apache-2.0
"""Secrets before a start: looked up, encrypted under the guest's master key, and left in the plan.

The master key is in a file only QEMU's user can read; the ciphertext may be seen by anybody, on the command line too.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.command.secrets import Need
from manor.drivers.qemu.plan import LaunchPlan, SecretObject
from manor.errors import reporter
from manor.schema.common.encryption import SecretReference

MASTER_KEY_BYTES: Final = 32
"""The key of AES-256."""

_BLOCK_BYTES: Final = 16

SecretLookup = Callable[[SecretReference, str], Awaitable[bytes]]
"""The value of a secret by reference (UUID, or usage) and usage type ("volume", "ceph", "iscsi" …).

Raises VIR_ERR_NO_SECRET when there is none, or none with a value.
"""

_error = reporter(ErrorDomain.SECRET)


async def no_secrets(reference: SecretReference, usage: str) -> bytes:
    """The lookup of a host that keeps no secrets."""
    if reference.uuid is not None:
        raise _error(ErrorNumber.NO_SECRET, f"no secret with matching uuid '{reference.uuid}'")
    raise _error(ErrorNumber.NO_SECRET, f"no secret with matching usage '{reference.usage}' of type '{usage}'")


async def fill(plan: LaunchPlan, needs: Iterable[Need], key: bytes, lookup: SecretLookup) -> None:
    """Put every secret of `needs` into the plan, encrypted under `key`."""
    for need in needs:
        plan.secrets[need.alias] = seal(need.alias, await _value(need, lookup), key)


async def _value(need: Need, lookup: SecretLookup) -> bytes:
    if need.text is not None:
        return need.text.encode()
    if need.reference is None:
        raise _error(ErrorNumber.NO_SECRET, f"'{need.alias}' refers to no secret")
    return await lookup(need.reference, need.usage)


def seal(alias: str, value: bytes, key: bytes) -> SecretObject:
    """A secret object with `value` encrypted under a master key: AES-256, CBC, PKCS #7, as QEMU's object expects."""
    # Loaded by the first guest with a secret, not by every program that can run guests.
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.ciphers.modes import CBC
    from cryptography.hazmat.primitives.padding import PKCS7

    initial = os.urandom(_BLOCK_BYTES)
    padder = PKCS7(_BLOCK_BYTES * 8).padder()
    encryptor = Cipher(AES256(key), CBC(initial)).encryptor()
    data = encryptor.update(padder.update(value) + padder.finalize()) + encryptor.finalize()
    return SecretObject(alias, base64.b64encode(data).decode(), base64.b64encode(initial).decode())
