# SPDX-License-Identifier: Apache-2.0
"""Which URI is meant: environment, libvirt.conf, aliases; and the reader of that file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.client import defaults
from manor.client.conf_file import parse_conf
from manor.errors import ErrorNumber, ManorError


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LIBVIRT_DEFAULT_URI", raising=False)
    path = tmp_path / "libvirt.conf"
    monkeypatch.setattr(defaults, "client_conf_path", lambda: path)
    return path


def test_a_uri_stays(conf: Path) -> None:
    conf.write_text("broken [")
    assert defaults.resolve("qemu:///system") == "qemu:///system"


def test_without_anything_the_local_daemon_chooses(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert defaults.resolve(None) == "remote:///system"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert defaults.resolve("") == "remote:///session"


def test_environment_goes_before_the_file(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conf.write_text('uri_default = "qemu:///session"\n')
    assert defaults.resolve(None) == "qemu:///session"
    monkeypatch.setenv("LIBVIRT_DEFAULT_URI", "test:///default")
    assert defaults.resolve(None) == "test:///default"


def test_aliases(conf: Path) -> None:
    conf.write_text('uri_aliases = [\n  "hail=qemu+ssh://root@hail/system?a=b", # one\n  "b-2=test:///default",\n]\n')
    assert defaults.resolve("hail") == "qemu+ssh://root@hail/system?a=b"
    assert defaults.resolve("b-2") == "test:///default"
    assert defaults.resolve("other") == "other"
    assert defaults.resolve("hail", aliases=False) == "hail"


def test_aliases_as_defaults(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conf.write_text('uri_aliases = ["a=test:///default"]\nuri_default = "a"\n')
    assert defaults.resolve(None) == "test:///default"
    monkeypatch.setenv("LIBVIRT_DEFAULT_URI", "a")
    assert defaults.resolve("") == "test:///default"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('uri_aliases = ["x"]', "Malformed 'uri_aliases' config entry 'x', expected 'alias=uri://host/path'"),
        ("uri_aliases = 3", "expected a list for 'uri_aliases' parameter"),
        ("uri_aliases = [3]", "libvirt.conf:1: expecting a string"),
    ],
)
def test_broken_aliases(conf: Path, text: str, message: str) -> None:
    conf.write_text(text)
    with pytest.raises(ManorError) as caught:
        defaults.resolve("x")
    assert caught.value.code is ErrorNumber.CONF_SYNTAX
    assert message in str(caught.value)


def test_conf_values() -> None:
    text = '# a comment\na = 1\nb="x#y" # c\nc = \'q"\'\nd=[]\ne = ["a" , \'b\',\n# x\n"""c\nd"""]\nf=-3\n'
    assert parse_conf(text, "f") == {"a": 1, "b": "x#y", "c": 'q"', "d": [], "e": ["a", "b", "c\nd"], "f": -3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "f:1: expecting '='"),
        ("\na =", "f:2: expecting a value"),
        ("a = 1 b = 2", "f:1: expecting a newline"),
        ('a = "x\n"', "f:1: unterminated string"),
        ('a = ["x" "y"]', "f:1: expecting ','"),
        ("= 3", "f:1: expecting a name"),
    ],
)
def test_broken_conf(text: str, message: str) -> None:
    with pytest.raises(ManorError, match=message):
        parse_conf(text, "f")


@given(st.text(alphabet="ab=[]\"',#\n 1-", max_size=60))
def test_any_conf_is_read_or_refused(text: str) -> None:
    try:
        parse_conf(text, "f")
    except ManorError as error:
        assert error.code is ErrorNumber.CONF_SYNTAX
