# SPDX-License-Identifier: Apache-2.0
"""The QMP core: any chunking, any order of answers, limits and garbage."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.drivers.qemu.qmp_core import (
    IN_BAND_WINDOW,
    Event,
    LineSplitter,
    Message,
    QmpCore,
    QmpProtocolError,
    Ready,
    Refusal,
    Reply,
)

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=6,
)


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\r\n"


def greeting(*capabilities: str) -> bytes:
    version = {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": "Debian"}
    return line({"QMP": {"version": version, "capabilities": list(capabilities)}})


def sent(core: QmpCore) -> list[dict[str, Any]]:
    return [json.loads(item.data) for item in core.outgoing()]


def ready(*capabilities: str) -> QmpCore:
    core = QmpCore()
    assert list(core.receive(greeting(*capabilities))) == []
    (negotiation,) = sent(core)
    assert negotiation["execute"] == "qmp_capabilities"
    assert negotiation.get("arguments") == ({"enable": ["oob"]} if "oob" in capabilities else None)
    messages = list(core.receive(line({"return": {}, "id": negotiation["id"]})))
    assert messages == [Ready((7, 2, 22), "Debian", "oob" in capabilities)]
    return core


def values(messages: list[Message]) -> list[Any]:
    return [json.loads(bytes(m.value)) if isinstance(m, Reply) else m for m in messages]


@given(st.lists(_values, max_size=5), st.data())
def test_split_anywhere(results: list[Any], data: st.DataObject) -> None:
    core = ready()
    keys = [core.command("query-x", {"n": n}).key for n in range(len(results))]
    stream = b"".join(line({"return": r, "id": k}) for k, r in zip(keys, results, strict=True))
    stream += line({"event": "STOP", "timestamp": {"seconds": 2, "microseconds": 3}})
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    received: list[Message] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += core.receive(stream[start:end])
    assert values(received) == [*results, Event("STOP", {}, 2_000_003)]


def test_commands_wait_for_negotiation() -> None:
    core = QmpCore()
    command = core.command("query-status")
    assert core.outgoing() == []
    list(core.receive(greeting()))
    (negotiation,) = sent(core)
    list(core.receive(line({"return": {}, "id": negotiation["id"]})))
    assert sent(core) == [{"execute": "query-status", "id": command.key}]


def test_answers_in_any_order() -> None:
    core = ready()
    first, second = core.command("a"), core.command("b", fds=[7])
    assert [list(item.fds) for item in core.outgoing()] == [[], [7]]
    messages = list(core.receive(line({"return": 2, "id": second.key}) + line({"return": 1, "id": first.key})))
    assert [m.command for m in messages if isinstance(m, Reply)] == [second, first]


def test_refusal_carries_class_and_description() -> None:
    core = ready()
    command = core.command("device_del", {"id": "x"})
    error = {"class": "DeviceNotFound", "desc": "Device 'x' not found"}
    (message,) = core.receive(line({"id": command.key, "error": error}))
    assert message == Refusal(command, "DeviceNotFound", "Device 'x' not found")


def test_out_of_band_passes_a_full_window() -> None:
    core = ready("oob")
    commands = [core.command(f"c{n}") for n in range(IN_BAND_WINDOW + 2)]
    urgent = core.command("yank", oob=True)
    out = sent(core)
    assert [m.get("execute") or m["exec-oob"] for m in out] == [f"c{n}" for n in range(IN_BAND_WINDOW)] + ["yank"]
    assert out[-1]["exec-oob"] == "yank"
    list(core.receive(line({"return": {}, "id": urgent.key})))
    assert sent(core) == []
    list(core.receive(line({"return": {}, "id": commands[0].key})))
    assert [m["execute"] for m in sent(core)] == [f"c{IN_BAND_WINDOW}"]


def test_out_of_band_falls_back_to_in_band() -> None:
    core = ready()
    core.command("yank", oob=True)
    assert [m["execute"] for m in sent(core)] == ["yank"]


def test_withdraw_only_what_was_not_sent() -> None:
    core = ready()
    commands = [core.command(f"c{n}") for n in range(IN_BAND_WINDOW + 1)]
    assert not core.withdraw(commands[0])
    assert core.withdraw(commands[-1])
    core.outgoing()
    list(core.receive(line({"return": {}, "id": commands[0].key})))
    assert core.outgoing() == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\n",
        b"[1]\n",
        b'{"return": {}, "id": 99}\n',
        b'{"error": {"class": "GenericError", "desc": "JSON parse error"}}\n',
        b"{}\n",
        b'{"event": "X", "data": 3}\n',
        b'{"return": {}, "id": "one"}\n',
        b'{"return": "\xff", "id": 2}\n',
        b'{"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}}}}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_garbage_ends_the_session(garbage: bytes) -> None:
    with pytest.raises(QmpProtocolError):
        list(ready().receive(garbage))


def test_messages_before_garbage_are_delivered() -> None:
    stream = ready().receive(line({"event": "SHUTDOWN"}) + b"garbage\n")
    assert next(stream) == Event("SHUTDOWN", {}, 0)
    with pytest.raises(QmpProtocolError, match="garbage"):
        next(stream)


@given(st.binary(max_size=200))
def test_any_bytes_give_messages_or_one_error(data: bytes) -> None:
    with contextlib.suppress(QmpProtocolError):
        list(ready().receive(data + b"\n"))


def test_malformed_greeting() -> None:
    with pytest.raises(QmpProtocolError):
        list(QmpCore().receive(b'{"QMP": {"version": {}}}\n'))


def test_refused_negotiation() -> None:
    core = QmpCore()
    list(core.receive(greeting()))
    with pytest.raises(QmpProtocolError, match="negotiation failed: no"):
        list(core.receive(line({"id": 1, "error": {"class": "GenericError", "desc": "no"}})))


def test_arguments_that_are_not_json_leave_no_trace() -> None:
    core = ready()
    with pytest.raises(TypeError):
        core.command("x", {"a": object()})
    assert core.outgoing() == []
    core.command("y")
    assert [m["execute"] for m in sent(core)] == ["y"]


def test_a_line_beyond_the_limit_is_refused_before_it_is_stored() -> None:
    lines = LineSplitter(limit=100)
    assert lines.receive(b"x" * 100) == []
    with pytest.raises(QmpProtocolError, match="100 bytes"):
        lines.receive(b"x")
    assert lines.receive(b"a\nb\n") == [b"a", b"b"]


def test_large_lines_in_small_chunks() -> None:
    core = ready()
    command = core.command("big")
    big = "x" * (12 * 1024 * 1024)
    stream = line({"return": big, "id": command.key})
    received: list[Message] = []
    for start in range(0, len(stream), 65536):
        received += core.receive(stream[start : start + 65536])
    assert values(received) == [big]
