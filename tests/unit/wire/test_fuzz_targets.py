# SPDX-License-Identifier: Apache-2.0
"""The fuzz targets of tests/fuzz run on every change too, on what hypothesis thinks of."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from manor.wire import frame as wire
from manor.wire.frame import frame
from tests.fuzz.wire import PROCEDURES, TARGETS, fuzz_one


@settings(deadline=None, max_examples=400)
@given(st.integers(0, len(TARGETS) - 1), st.binary(max_size=200))
def test_any_bytes(target: int, data: bytes) -> None:
    fuzz_one(bytes([target]) + data)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(PROCEDURES) - 1), st.booleans(), st.binary(max_size=200))
def test_any_bytes_for_any_structure(number: int, args: bool, data: bytes) -> None:
    for target in (1, 3):
        fuzz_one(bytes([target]) + number.to_bytes(2, "big") + bytes([args]) + data)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(PROCEDURES), st.integers(0, 7), st.integers(0, 4), st.integers(0, 3), st.binary(max_size=100))
def test_any_content_of_sound_frames(procedure: object, kind: int, serial: int, status: int, data: bytes) -> None:
    for one in PROCEDURES:
        if one is procedure and kind not in (wire.CALL_WITH_FDS, wire.REPLY_WITH_FDS):
            sound = frame(one.program.number, 1, one.number, kind, serial, status, data)
            for target in (0, 2):
                fuzz_one(bytes([target]) + sound + sound)


def test_nothing_at_all() -> None:
    fuzz_one(b"")
    for target in range(len(TARGETS)):
        fuzz_one(bytes([target]))
