# SPDX-License-Identifier: Apache-2.0
"""The guest agent's protocol: synchronisation, late answers, garbage, limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.drivers.qemu.agent_core import AgentCore, AgentMessage, AgentRefusal, Answer, Garbage


def synced(**options: Any) -> AgentCore:
    core = AgentCore(**options)
    core.sync(5)
    assert list(core.receive(b'\xff{"return": 5}\n')) == []
    assert core.synced
    return core


def plain(messages: list[AgentMessage]) -> list[Any]:
    return [json.loads(bytes(m.value)) if isinstance(m, Answer) else m for m in messages]


def test_bytes_of_commands() -> None:
    core = AgentCore()
    assert core.sync(7) == b'\xff{"execute":"guest-sync-delimited","arguments":{"id":7}}\n'
    assert core.command("guest-ping") == b'{"execute":"guest-ping"}\n'


@given(st.binary(max_size=60), st.integers(0, 2**31), st.data())
def test_synchronisation_skips_everything_before_it(noise: bytes, ident: int, data: st.DataObject) -> None:
    core = AgentCore()
    core.sync(ident)
    stream = noise + b'\n{"return": 1}\n\xff{"return": %d}\n{"return": {"a": "b"}}\n' % ident
    cut = data.draw(st.integers(0, len(stream)))
    received = [*core.receive(stream[:cut]), *core.receive(stream[cut:])]
    assert core.synced
    assert plain(received)[-1:] == [{"a": "b"}]


def test_an_answer_to_an_earlier_attempt_does_not_synchronise() -> None:
    core = AgentCore()
    core.sync(1)
    core.desync()
    core.sync(2)
    assert list(core.receive(b'\xff{"return": 1}\n')) == []
    assert not core.synced
    assert list(core.receive(b'\xff{"return": 2}\n')) == []
    assert core.synced


def test_refusal() -> None:
    (message,) = synced().receive(b'{"error": {"class": "CommandNotFound", "desc": "not here"}}\n')
    assert message == AgentRefusal("CommandNotFound", "not here")


@pytest.mark.parametrize("line", [b"garbage", b'{"foo": 1}', b"[]", b'{"return": \x80}', b'{"error": 3}'])
def test_garbage_asks_for_synchronisation(line: bytes) -> None:
    core = synced()
    (message,) = core.receive(line + b"\n")
    assert isinstance(message, Garbage)
    assert not core.synced


def test_an_endless_line_is_dropped() -> None:
    core = synced(max_answer=1000)
    received: list[AgentMessage] = []
    for _ in range(100):
        received += core.receive(b"x" * 100)
    assert received and all(isinstance(m, Garbage) for m in received)
    core.sync(9)
    list(core.receive(b'\xff{"return": 9}\n'))
    assert core.synced


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_nothing_a_guest_sends_raises(chunks: list[bytes]) -> None:
    core = synced()
    for chunk in chunks:
        for message in core.receive(chunk):
            assert isinstance(message, Answer | AgentRefusal | Garbage)
