# SPDX-License-Identifier: Apache-2.0
"""The configuration: what is read, and that everything wrong is refused with its line and a hint."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.daemon.config import ConfigError, line_of, load, parse
from manor.daemon.settings import Settings


def test_nothing_set_means_the_defaults() -> None:
    assert parse("") == Settings()


def test_values_of_every_kind() -> None:
    found = parse(
        """
        [unix]
        mode = "0770"
        group = "libvirt"
        folder = "/run/elsewhere"
        [tcp]
        listen = true
        address = ["127.0.0.1", "::1"]
        [keepalive]
        interval = 3
        [admin]
        keepalive.count = 7
        [[access.rule]]
        users = ["fred"]
        permissions = ["domain:*"]
        metadata = { "http://example.org/owner" = "fred" }
        [qemu]
        user = "root"
        group = "+17"
        dynamic_ownership = false
        """
    )
    assert found.unix.mode == 0o770
    assert found.unix.folder == Path("/run/elsewhere")
    assert found.tcp.address == ["127.0.0.1", "::1"]
    assert found.keepalive.interval == 3.0
    assert found.admin.keepalive.count == 7
    assert found.access.rule[0].metadata == {"http://example.org/owner": "fred"}
    assert found.of_drivers() == {"qemu": {"user": "root", "group": "+17", "dynamic_ownership": False}}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\n[unix]\nmodee = 5", "x:3: unknown setting 'modee' in [unix]; did you mean 'mode'?"),
        ("[unixx]", "x:1: unknown section [unixx]; did you mean 'unix'?"),
        ("colour = 5", "x:1: unknown setting 'colour'; there are unix, "),
        ("[limits]\n\n# many\nclients = '5'", "x:4: 'clients' takes a whole number, not '5'"),
        ("[limits]\nclients = true", "x:2: 'clients' takes a whole number, not True"),
        ("qemu.user = 'rooot'", "x:1: 'user': there is no user 'rooot'; did you mean 'root'?"),
        ("[qemu]\ngroup = 'rooot'", "x:2: 'group': there is no group 'rooot'; did you mean 'root'?"),
        ("[unix]\ngroup = 'rooot'", "x:2: 'group': there is no group 'rooot'; did you mean 'root'?"),
        ("[log]\noutputs = 'nowhere'", "x:2: 'outputs': invalid argument: Malformed format for log output 'nowhere'"),
        ("[log]\nfilters = '9:x'", "x:2: 'filters': invalid argument: Invalid priority '9' for filter '9:x'"),
        ("[sasl]\nmechanisms = ['SCRAM']", "x:2: 'mechanisms': there is no SASL mechanism 'SCRAM'; there are PLAIN, "),
        (
            "[sasl]\nmechanisms = ['scram-sha256']",
            "x:2: 'mechanisms': there is no SASL mechanism 'scram-sha256'; did you",
        ),
        (
            "[[access.rule]]\npermissions = ['*']\n[[access.rule]]\npermissions = ['domain:start', 'domain:strat']",
            "x:4: 'permissions': there is no permission 'domain:strat'; did you mean 'domain:start'?",
        ),
        ("limits.clients = 0", "x:1: 'clients' must be at least 1, not 0"),
        ("[tls]\nallowed_names = [\n'a]', # ]\n'b']\nport = 65536", "x:5: 'port' must be at most 65535"),
        ("[tls]\nallowed_names = ['a', 5]", "x:2: 'allowed_names' takes a text in quotes, not 5"),
        ("[unix]\nauth = 'polkitt'", "x:2: 'auth' takes none, polkit or sasl, not 'polkitt'; did you mean 'polkit'?"),
        ("[unix]\nmode = '0999'", "x:2: 'mode' takes a mode in octal such as \"0770\", not '0999'"),
        ("[tls]\nca = 'here'", "x:2: 'ca' takes an absolute path, not 'here'"),
        ("[[access.rule]]\npermissions=['*']\n[[access.rule]]\nusers=['a']", "x:3: [access.rule] needs 'permissions'"),
        ("[[access.rule]]\npermissions=['*']\n[[access.rule]]\nuserss=['a']", "x:4: unknown setting 'userss' in"),
        ("[access.rule]", "x:1: 'rule' takes a list"),
        ("unix = 5", "x:1: 'unix' takes a section, not 5"),
        ('[tls]\nciphers = """\n[unix]\nmode=1\n"""\nport = "x"', "x:6: 'port' takes a whole number, not 'x'"),
        ("[unix\n", "x: Expected"),
    ],
)
def test_what_is_wrong_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "x")
    assert str(caught.value).startswith(complaint)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert load(tmp_path / "none", required=False) == Settings()
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "none")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError):
        load(tmp_path / "x")


@given(st.text(alphabet="ab[].=\"'#\n{},\\ 5", max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse(text)
    line_of(text, ("a", "b"))
