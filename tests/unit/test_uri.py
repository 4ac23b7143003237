# SPDX-License-Identifier: Apache-2.0
"""manor.uri: every form of a connection URI, and what is refused with which error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.errors import ErrorDomain, ErrorNumber, ManorError
from manor.uri import KNOWN_DRIVERS, REMOTE_PARAMETERS, ConnectURI, Transport


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test:///default", ConnectURI("test", path="/default")),
        ("test:///path/to/file.xml", ConnectURI("test", path="/path/to/file.xml")),
        ("test:///a%20b", ConnectURI("test", path="/a b")),
        ("qemu:///system", ConnectURI("qemu", path="/system")),
        ("QEMU+SSH://h/system", ConnectURI("qemu", Transport.SSH, host="h", path="/system")),
        ("qemu:///embed?root=/srv/vm", ConnectURI("qemu", path="/embed", query="root=/srv/vm")),
        ("lxc:///", ConnectURI("lxc", path="/")),
        (
            "qemu+ssh://root@example.org:2222/system?keyfile=/k",
            ConnectURI("qemu", Transport.SSH, "root", "example.org", 2222, "/system", "keyfile=/k"),
        ),
        ("qemu+tcp://[::1]:16510/system", ConnectURI("qemu", Transport.TCP, None, "::1", 16510, "/system")),
        ("qemu+tls://u%40x@h/system", ConnectURI("qemu", Transport.TLS, "u@x", "h", None, "/system")),
        ("qemu+tcp://h:0/system", ConnectURI("qemu", Transport.TCP, None, "h", None, "/system")),
        ("test:///default?x#frag", ConnectURI("test", path="/default", query="x", fragment="frag")),
        (
            "esx://root@esx.example/?no_verify=1",
            ConnectURI("esx", None, "root", "esx.example", None, "/", "no_verify=1"),
        ),
        ("qemu:system", ConnectURI("qemu", path="system")),
        (
            "qemu+ext:///system?command=/bin/x",
            ConnectURI("qemu", Transport.EXT, path="/system", query="command=/bin/x"),
        ),
    ],
)
def test_forms(text: str, expected: ConnectURI) -> None:
    parsed = ConnectURI.parse(text)
    assert parsed == expected
    assert ConnectURI.parse(str(parsed)) == parsed


@pytest.mark.parametrize(
    "text",
    ["test:///default", "qemu+ssh://root@h:22/system?a=b;c=d", "test:///a%20b", "xen+tls://[fe80::1]/", "qemu:x"],
)
def test_normal_form_stays(text: str) -> None:
    assert str(ConnectURI.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "code", "domain", "message"),
    [
        ("foo", 5, 0, "no connection driver available for URI 'foo' does not include a driver name"),
        ("", 5, 0, "no connection driver available for URI '' does not include a driver name"),
        ("/system", 5, 0, "no connection driver available for URI '/system' does not include a driver name"),
        ("x/y:z", 5, 0, "no connection driver available for URI 'x/y:z' does not include a driver name"),
        ("://x", 1, 45, "internal error: Unable to parse URI ://x"),
        ("+tcp:///", 1, 45, "internal error: Unable to parse URI +tcp:///"),
        ("1q:///x", 1, 45, "internal error: Unable to parse URI 1q:///x"),
        ("q_x:///d", 1, 45, "internal error: Unable to parse URI q_x:///d"),
        ("qemu+tcp://h:abc/", 1, 45, "internal error: Unable to parse URI qemu+tcp://h:abc/"),
        ("qemu+tcp://h:/", 1, 45, "internal error: Unable to parse URI qemu+tcp://h:/"),
        ("qemu+tcp://[::1/", 1, 45, "internal error: Unable to parse URI qemu+tcp://[::1/"),
        ("qemu+tcp://[::1]x/", 1, 45, "internal error: Unable to parse URI qemu+tcp://[::1]x/"),
        ("qemu+tcp://a b/", 1, 45, "internal error: Unable to parse URI qemu+tcp://a b/"),
        ("qemu+tcp://%/", 1, 45, "internal error: Unable to parse URI qemu+tcp://%/"),
        ("test:///d?a=%zz", 1, 45, "internal error: Unable to parse URI test:///d?a=%zz"),
        ("test:///d%00", 1, 45, "internal error: Unable to parse URI test:///d%00"),
        ("test:///{x}", 1, 45, "internal error: Unable to parse URI test:///{x}"),
        ("qemu+tcp://h:99999/", 8, 45, "invalid argument: port 99999 in URI is not a number up to 65535"),
        (
            "qemu+bogus:///system",
            8,
            13,
            "invalid argument: remote_open: transport in URL not recognised "
            "(should be tls|unix|ssh|ext|tcp|libssh2|libssh)",
        ),
        (
            "qemu+unix://host/system",
            8,
            13,
            "invalid argument: using unix socket and remote server 'host' is not supported.",
        ),
        ("qemu+ext:///system", 8, 13, "invalid argument: remote_open: for 'ext' transport, command is required"),
        ("qemu:///embed", 8, 45, "invalid argument: Missing URI parameter 'root'"),
        ("qemu:///embed?root=here", 67, 0, "unsupported configuration: root path must be absolute"),
    ],
)
def test_refused(text: str, code: int, domain: int, message: str) -> None:
    with pytest.raises(ManorError) as caught:
        ConnectURI.parse(text)
    assert (caught.value.code, caught.value.domain, str(caught.value)) == (
        ErrorNumber(code),
        ErrorDomain(domain),
        message,
    )


def test_parameters_are_decoded_and_parted_by_both_signs() -> None:
    parsed = ConnectURI.parse("qemu+unix:///system?socket=%2Frun%2Fx;mode=direct&no_tty&&=v&mode=legacy")
    assert parsed.parameters == {"socket": "/run/x", "mode": "legacy", "no_tty": ""}


@pytest.mark.parametrize(
    ("text", "in_process"),
    [
        ("test:///default", True),
        ("test+unix:///default", False),
        ("test://host/default", False),
        ("qemu:///embed?root=/x", True),
        ("qemu+ssh://h/embed", False),
        ("qemu:///system", False),
        ("esx://h/", True),
    ],
)
def test_where_the_driver_runs(text: str, in_process: bool) -> None:
    assert ConnectURI.parse(text).is_in_process is in_process


def test_embedded_root() -> None:
    assert ConnectURI.parse("qemu:///embed?root=%2Fa%20b").embedded_root() == "/a b"


@pytest.mark.parametrize(
    ("text", "transport", "port"),
    [
        ("qemu:///system", Transport.UNIX, None),
        ("qemu://h/system", Transport.TLS, 16514),
        ("qemu+tcp://h/system", Transport.TCP, 16509),
        ("qemu+tcp://h:1/system", Transport.TCP, 1),
        ("qemu+libssh2://h/system", Transport.LIBSSH2, 22),
    ],
)
def test_transport_and_port_used(text: str, transport: Transport, port: int | None) -> None:
    parsed = ConnectURI.parse(text)
    assert (parsed.effective_transport, parsed.effective_port) == (transport, port)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("qemu+ssh://u@h:3/system?keyfile=/k&command=ssh", "qemu:///system"),
        ("qemu+unix:///system?socket=/s&foo=bar", "qemu:///system?foo=bar"),
        ("qemu+ssh://h/?name=qemu:///session", "qemu:///session"),
        ("remote+tcp://h/", ""),
        ("test+unix:///default", "test:///default"),
    ],
)
def test_what_the_daemon_is_asked(text: str, sent: str) -> None:
    assert ConnectURI.parse(text).daemon_uri() == sent


def test_tables() -> None:
    assert {"qemu", "test", "esx", "vpx", "hyperv", "vbox", "bhyve", "ch", "xen"} <= KNOWN_DRIVERS
    assert "socket" in REMOTE_PARAMETERS


_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
    st.sampled_from([None, Transport.TCP, Transport.TLS, Transport.SSH]),
    st.none() | _text,
    _text.filter(lambda text: not text.startswith("[")),
    st.none() | st.integers(1, 65535),
    _text.map("/{}".format),
)
def test_formatting_and_parsing_are_inverse(
    driver: str, transport: Transport | None, user: str | None, host: str, port: int | None, path: str
) -> None:
    uri = ConnectURI(driver, transport, user, host, port, path)
    assert ConnectURI.parse(str(uri)) == uri


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        uri = ConnectURI.parse(text)
    except ManorError as error:
        assert error.code in {ErrorNumber.NO_CONNECT, ErrorNumber.INTERNAL_ERROR, ErrorNumber.INVALID_ARG}
    else:
        assert ConnectURI.parse(str(uri)) == uri
