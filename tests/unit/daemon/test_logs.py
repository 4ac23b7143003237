# SPDX-License-Identifier: Apache-2.0
"""The log: libvirt's notation for filters and outputs, and what gets where."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from manor.daemon.logs import Log, default_outputs, parse_filters, parse_outputs
from manor.errors import ErrorNumber, ManorError


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger("manor")
    before = (root.handlers, root.level, root.propagate)
    root.handlers = []
    yield Log()
    for handler in root.handlers:
        handler.close()
    root.handlers, root.propagate = before[0], before[2]
    root.setLevel(before[1])


@pytest.mark.parametrize(
    ("text", "shown"),
    [("", ""), ("3:remote 4:event", "3:*remote* 4:*event*"), ("1:+util", "1:*util*"), ("1:*a.b*", "1:*a.b*")],
)
def test_filters(text: str, shown: str) -> None:
    assert " ".join(map(str, parse_filters(text))) == shown


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x", "Malformed format for filter 'x'"),
        ("9:x", "Invalid priority '9' for filter '9:x'"),
        ("1:", "Invalid match string ''"),
    ],
)
def test_filters_that_cannot_be(text: str, complaint: str) -> None:
    with pytest.raises(ManorError) as caught:
        parse_filters(text)
    assert caught.value.message == f"invalid argument: {complaint}"


@pytest.mark.parametrize("text", ["1:stderr", "3:file:/var/log/x 4:syslog:manord", "2:journald"])
def test_outputs(text: str) -> None:
    assert " ".join(map(str, parse_outputs(text))) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("foo", "Malformed format for log output 'foo'"),
        ("9:stderr", "Invalid log priority '9' for log output '9:stderr'"),
        ("1:foo", "Invalid log destination 'foo' for log output '1:foo'"),
        ("1:file", "Log output '1:file' does not meet the format requirements for destination type 'file'"),
        ("1:stderr:x", "Log output '1:stderr:x' does not meet the format requirements for destination type 'stderr'"),
    ],
)
def test_outputs_that_cannot_be(text: str, complaint: str) -> None:
    with pytest.raises(ManorError) as caught:
        parse_outputs(text)
    assert caught.value.message == f"invalid argument: {complaint}"


def test_levels_filters_and_outputs_together(log: Log, tmp_path: Path) -> None:
    everything, errors = tmp_path / "all", tmp_path / "errors"
    log.apply("info", "1:loud 4:quiet", f"1:file:{everything} 4:file:{errors}")
    for name in ("manor.x", "manor.loud.x", "manor.quiet"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(level, "%s %d", name, level)
    assert [line.split(": ")[-1] for line in everything.read_text().splitlines()] == [
        *("manor.x 20", "manor.x 30", "manor.x 40"),
        *("manor.loud.x 10", "manor.loud.x 20", "manor.loud.x 30", "manor.loud.x 40"),
        "manor.quiet 40",
    ]
    assert len(errors.read_text().splitlines()) == 3
    assert everything.stat().st_mode & 0o777 == 0o600


def test_changes_while_it_runs(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "log"
    log.apply("error", "", f"1:file:{path}")
    logger = logging.getLogger("manor.part")
    assert not logger.isEnabledFor(logging.WARNING)
    log.set_filters("2:part")
    logger.info("now")
    log.set_filters("")
    logger.info("not now")
    assert path.read_text().endswith("now\n")
    assert "not now" not in path.read_text()


def test_what_is_wrong_changes_nothing(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "log"
    log.apply("error", "", f"1:file:{path}")
    for outputs in ("9:x", f"1:file:{tmp_path}/none/x"):
        with pytest.raises(ManorError):
            log.set_outputs(outputs)
    with pytest.raises(ManorError) as caught:
        log.set_filters("x")
    assert caught.value.code == ErrorNumber.INVALID_ARG
    assert (str(log.outputs[0]), log.filters) == (f"1:file:{path}", [])
    logging.getLogger("manor.x").error("still here")
    assert "still here" in path.read_text()


def test_reopening_follows_the_name(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "log"
    log.apply("error", "", f"1:file:{path}")
    path.rename(tmp_path / "log.1")
    log.reopen()
    logging.getLogger("manor.x").error("new")
    assert "new" in path.read_text()


def test_outputs_where_nobody_says() -> None:
    assert default_outputs("warning", foreground=True) == "3:stderr"
