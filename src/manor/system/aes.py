# SPDX-License-Identifier: Apache-2.0
"""AES-256 in CBC mode (FIPS 197, NIST SP 800-38A), encryption only: how secrets travel to QEMU.

A few dozen bytes per guest are encrypted, under a key that QEMU is given anyway; this is not for bulk data, and not
for keys that somebody else on this machine could time.
"""

from __future__ import annotations

from typing import Final

BLOCK: Final = 16
KEY: Final = 32
_ROUNDS: Final = 14


def _double(value: int) -> int:
    """Multiplication by x in GF(2^8)."""
    return ((value << 1) ^ 0x11B if value & 0x80 else value << 1) & 0xFF


def _substitution() -> bytes:
    """The S-box: the inverse in GF(2^8), then an affine map."""
    box = bytearray(256)
    power, inverse = 1, 1
    while True:
        power ^= _double(power)
        # Dividing by 3, the generator.
        inverse ^= inverse << 1
        inverse ^= inverse << 2
        inverse ^= inverse << 4
        inverse &= 0xFF
        if inverse & 0x80:
            inverse ^= 0x09
        mixed = inverse
        for shift in (1, 2, 3, 4):
            mixed ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
        box[power] = mixed ^ 0x63
        if power == 1:
            break
    box[0] = 0x63
    return bytes(box)


_SBOX: Final = _substitution()
_SHIFTED: Final = tuple((column * 4 + row * 5) % BLOCK for column in range(4) for row in range(4))
"""Where each byte of a block comes from when rows are shifted."""


def _expand(key: bytes) -> list[bytes]:
    """The key of each round."""
    words = [key[at : at + 4] for at in range(0, KEY, 4)]
    constant = 1
    for number in range(8, 4 * (_ROUNDS + 1)):
        word = words[-1]
        if number % 8 == 0:
            word = bytes(_SBOX[byte] for byte in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _double(constant)
        elif number % 8 == 4:
            word = bytes(_SBOX[byte] for byte in word)
        words.append(_xor(words[number - 8], word))
    return [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _mix(block: bytes) -> bytes:
    """MixColumns."""
    result = bytearray()
    for at in range(0, BLOCK, 4):
        column = block[at : at + 4]
        total = column[0] ^ column[1] ^ column[2] ^ column[3]
        result += bytes(byte ^ total ^ _double(byte ^ column[(row + 1) % 4]) for row, byte in enumerate(column))
    return bytes(result)


def _encrypt_block(rounds: list[bytes], block: bytes) -> bytes:
    state = _xor(block, rounds[0])
    for number in range(1, _ROUNDS + 1):
        state = bytes(_SBOX[state[source]] for source in _SHIFTED)
        if number < _ROUNDS:
            state = _mix(state)
        state = _xor(state, rounds[number])
    return state


def encrypt_cbc(key: bytes, initial: bytes, text: bytes) -> bytes:
    """`text`, padded as PKCS #7 says, under a key of 32 bytes and an initialisation vector of 16.

    Raises ValueError for a key or vector of another length.
    """
    if len(key) != KEY or len(initial) != BLOCK:
        raise ValueError(f"AES-256-CBC takes a key of {KEY} bytes and an initialisation vector of {BLOCK}")
    missing = BLOCK - len(text) % BLOCK
    padded = text + bytes([missing]) * missing
    rounds = _expand(key)
    result = bytearray()
    previous = initial
    for at in range(0, len(padded), BLOCK):
        previous = _encrypt_block(rounds, _xor(padded[at : at + BLOCK], previous))
        result += previous
    return bytes(result)
