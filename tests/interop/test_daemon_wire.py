# SPDX-License-Identifier: Apache-2.0
"""manord and a real libvirtd get the same odd frames and have to answer alike, to the last field of the errors."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from manor.constants import LIBVIR_VERSION_NUMBER
from manor.daemon.arguments import CHECKED
from manor.errors import ErrorDomain, ErrorFields
from manor.records import DomainRef, TypedParam
from manor.wire.codec import Field
from manor.wire.frame import CALL, MESSAGE, OK, REPLY, STREAM, STREAM_HOLE
from manor.wire.programs import ADMIN, KEEPALIVE, REMOTE
from tests.support.libvirtd import Libvirtd
from tests.support.manord_process import ManordProcess
from tests.support.rawclient import Closed, RawClient, named

TEST_DOMAIN = DomainRef("test", bytes.fromhex("6695eb01f6a4830479aa97f2502e193f"), 1)
R = REMOTE.number

Talk = Callable[[RawClient], Any]


@pytest.fixture(scope="module")
def sockets(libvirtd: Libvirtd) -> Iterator[tuple[Path, Path]]:
    """The sockets of libvirtd and of manord."""
    with tempfile.TemporaryDirectory() as folder, ManordProcess(Path(folder) / "m") as manord:
        yield libvirtd.socket, manord.socket


def answer(raw: Any) -> tuple[Any, ...]:
    """What of a packet has to be the same."""
    return (*raw.packet[:6], raw.error if raw.error is not None else raw.packet.payload)


def talk_to(path: Path, talk: Talk, *, opened: bool) -> Any:
    with RawClient(path, timeout=5) as client:
        client.ask("auth_list")
        if opened:
            client.ask("connect_open", "test:///default", 0)
        try:
            return talk(client)
        except Closed:
            return "closed"


def alike(sockets: tuple[Path, Path], talk: Talk, *, opened: bool = True) -> Any:
    """What both answer."""
    theirs, ours = (talk_to(path, talk, opened=opened) for path in sockets)
    assert ours == theirs
    return ours


ODD: dict[str, tuple[Any, ...]] = {
    "an unknown procedure": (R, 1, 9999, CALL, OK),
    "procedure 0": (R, 1, 0, CALL, OK),
    "a negative procedure": (R, 1, -5, CALL, OK),
    "an event called": (R, 1, 107, CALL, OK),
    "another version": (R, 2, 59, CALL, OK),
    "an unknown program": (5, 1, 1, CALL, OK),
    "the admin program": (ADMIN.number, 1, 1, CALL, OK),
    "keepalive as a call": (KEEPALIVE.number, 1, 1, CALL, OK),
    "a ping with a status": (KEEPALIVE.number, 1, 1, MESSAGE, 1),
    "status ERROR": (R, 1, 59, CALL, 1),
    "status CONTINUE": (R, 1, 59, CALL, 2),
    "status 9": (R, 1, 59, CALL, 9),
    "no arguments": (R, 1, 14, CALL, OK),
    "too few arguments": (R, 1, 14, CALL, OK, bytes(9)),
    "a string without an end": (R, 1, 23, CALL, OK, b"\x00\x00\x00\x09abc"),
    "a string that is too long": (R, 1, 23, CALL, OK, b"\x7f\x00\x00\x04abcd"),
    "arguments with something behind": (R, 1, 59, CALL, OK, b"abc"),
    "no descriptors": (R, 1, 59, 4, OK, bytes(4)),
    "33 descriptors": (R, 1, 59, 4, OK, b"\0\0\0\x21"),
    "descriptors without a count": (R, 1, 59, 4, OK),
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("opened", [True, False])
def test_odd_frames(sockets: tuple[Path, Path], case: str, opened: bool) -> None:
    def talk(client: RawClient) -> Any:
        return answer(client.odd(*ODD[case]))

    assert alike(sockets, talk, opened=opened)


@pytest.mark.parametrize(
    "frame",
    [
        (R, 1, 59, REPLY, OK),
        (R, 1, 59, MESSAGE, OK),
        (R, 1, 59, 5, OK, bytes(4)),
        (R, 1, 59, 9, OK),
        (R, 1, 59, -1, OK),
        (R, 1, 59, STREAM, OK),
        (R, 1, 9999, STREAM, 2),
        (R, 1, 59, STREAM_HOLE, 2),
        (KEEPALIVE.number, 2, 1, MESSAGE, OK),
        (KEEPALIVE.number, 1, 9, MESSAGE, OK),
    ],
    ids=str,
)
def test_frames_that_are_not_answered(sockets: tuple[Path, Path], frame: tuple[Any, ...]) -> None:
    def talk(client: RawClient) -> Any:
        # The ping behind it is what comes back first.
        client.post("connect_get_hostname")
        first = answer(client.receive())
        client.ping()
        pong = answer(client.odd(*frame))
        return first, pong

    assert alike(sockets, talk)


@pytest.mark.parametrize("length", [0, 3, 4, 27, 33554437, 0xFFFFFFFF])
def test_lengths_that_cannot_be(sockets: tuple[Path, Path], length: int) -> None:
    def talk(client: RawClient) -> Any:
        client.send(length.to_bytes(4, "big") + bytes(24))
        return client.is_closed()

    assert alike(sockets, talk)


KINDS = ("domain_event_callback", "network_event", "storage_pool_event", "node_device_event", "secret_event")
CALLS: dict[str, list[tuple[Any, ...]]] = {
    "features": [("connect_supports_feature", feature) for feature in range(18)],
    "opening again": [("connect_open", "test:///default", 0)],
    "asking again how to authenticate": [("auth_list",), ("auth_list",)],
    "the end": [("connect_close",), ("connect_get_hostname",)],
    "the oldest events": [
        *[("connect_domain_event_register",)] * 2,
        *[("connect_domain_event_deregister",)] * 2,
    ],
    "older events": [
        ("connect_domain_event_register_any", 1),
        ("connect_domain_event_register_any", 1),
        ("connect_domain_event_deregister_any", 1),
        ("connect_domain_event_deregister_any", 1),
        ("connect_domain_event_register_any", 15),
        ("connect_domain_event_register_any", 16),
        ("connect_domain_event_register_any", -1),
        ("connect_domain_event_deregister_any", 99),
    ],
    **{
        f"{kind} events": [
            (f"connect_{kind}_register_any", 99, None),
            (f"connect_{kind}_register_any", -1, None),
            (f"connect_{kind}_deregister_any", 77),
            (f"connect_{kind}_deregister_any", -1),
        ]
        for kind in (
            "domain_event_callback",
            "network_event",
            "storage_pool_event",
            "node_device_event",
            "secret_event",
        )
    },
    "raw events": [
        ("connect_domain_monitor_event_register", None, "x", 0),
        ("connect_domain_monitor_event_deregister", 99),
    ],
    "close callbacks": [
        ("connect_register_close_callback",),
        ("connect_register_close_callback",),
        ("connect_unregister_close_callback",),
        ("connect_unregister_close_callback",),
    ],
    "identities": [
        ("connect_set_identity", [], 0),
        ("connect_set_identity", [TypedParam("shoe-size", 4, 5)], 0),
        ("connect_set_identity", [TypedParam("unix-user-id", 4, 5)], 0),
        ("connect_set_identity", [], 1),
    ],
    "maxima": [
        ("connect_list_domains", 0),
        ("connect_list_domains", -1),
        ("connect_list_domains", 99999),
        ("connect_list_all_domains", 0, 0),
        ("connect_list_all_domains", 1, 0),
        ("domain_get_scheduler_parameters", TEST_DOMAIN, 0),
        ("domain_get_scheduler_parameters", TEST_DOMAIN, 9999),
        ("domain_get_scheduler_type", TEST_DOMAIN),
        ("node_get_free_pages", [4], 0, 1025, 0),
        ("node_get_free_pages", [4, 8], 0, 600, 0),
        ("node_get_free_pages", [4], 0, 0xFFFFFFFF, 0),
        ("node_get_free_pages", [4], 0, 0, 0),
        ("node_alloc_pages", [4], [0], 0, 0, 0),
        ("domain_get_cpu_stats", TEST_DOMAIN, 1, 0, 1000, 0),
        ("domain_get_cpu_stats", TEST_DOMAIN, 0, 0, 0xFFFFFFFF, 0),
        ("node_get_cpu_stats", -1, 100, 0),
        ("node_get_cells_free_memory", 0, 1025),
        ("domain_block_peek", TEST_DOMAIN, "vda", 0, 1 << 30, 0),
        ("domain_memory_peek", TEST_DOMAIN, 0, 1 << 30, 1),
    ],
    "domains": [
        ("domain_lookup_by_name", "test"),
        ("domain_lookup_by_name", "nope"),
        ("domain_lookup_by_id", 77),
        ("domain_get_info", TEST_DOMAIN._replace(uuid=bytes(16))),
        ("connect_is_secure",),
        ("domain_send_key", TEST_DOMAIN, 10, 0, [30], 0),
        ("domain_send_key", TEST_DOMAIN, 0xFFFFFFFF, 0, [30], 0),
        ("domain_core_dump_with_format", TEST_DOMAIN, "/x", 99, 0),
        ("domain_set_lifecycle_action", TEST_DOMAIN, 3, 0, 0),
        ("domain_set_lifecycle_action", TEST_DOMAIN, 0, 6, 0),
    ],
}


@pytest.mark.parametrize("case", CALLS)
def test_calls(sockets: tuple[Path, Path], case: str) -> None:
    def talk(client: RawClient) -> list[Any]:
        found: list[Any] = []
        try:
            for name, *values in CALLS[case]:
                found.append(answer(client.call(name, *values)))
        except Closed:
            found.append("closed")
        return found

    assert alike(sockets, talk)


def wrong_value(field: Field, number: int) -> Any:
    """Nothing, or a number, for a field."""
    if field.form == "?":
        return None
    if field.form or field.base in ("opaque", "octets"):
        return b"" if field.base in ("opaque", "octets", "text") else []
    objects = {"domain": TEST_DOMAIN, "domain_snapshot": ("s", TEST_DOMAIN), "domain_checkpoint": ("s", TEST_DOMAIN)}
    return {"string": "", "uuid": bytes(16), "secret": (bytes(16), 0, ""), **objects}.get(field.base, number)


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize("number", [0, 0x7FFFFFFF])
def test_arguments_that_libvirts_library_refuses(sockets: tuple[Path, Path], name: str, number: int) -> None:
    fields = named(name).args.fields
    values = [wrong_value(field, number) for field in fields]

    def talk(client: RawClient) -> Any:
        return answer(client.call(name, *values))

    theirs, ours = (talk_to(path, talk, opened=True) for path in sockets)
    # What gets as far as the driver is not the library's business; maps of any size are not to be had from manord.
    of_the_library = isinstance(theirs[-1], ErrorFields) and theirs[-1].domain != ErrorDomain.TEST
    if of_the_library and "maplen >" not in str(ours[-1].message):
        assert ours == theirs


def test_before_opening(sockets: tuple[Path, Path]) -> None:
    names = ["connect_get_hostname", "connect_get_lib_version", "connect_domain_event_register", "connect_get_uri"]

    def talk(client: RawClient) -> list[Any]:
        found = [answer(client.call(name)) for name in names]
        return found + [answer(client.call("connect_supports_feature", feature)) for feature in (10, 8, 14, 3, 99)]

    assert alike(sockets, talk, opened=False)


@pytest.mark.parametrize("uri", ["test://", "test:///none", "nothing:///x", "qemu+unix:///system", "remote:///", "::"])
def test_uris_that_cannot_be_opened(sockets: tuple[Path, Path], uri: str) -> None:
    def talk(client: RawClient) -> list[Any]:
        failed = answer(client.call("connect_open", uri, 0))
        # The connection can still be opened as something else.
        return [
            failed,
            answer(client.call("connect_open", "test:///default", 0)),
            answer(client.call("connect_get_uri")),
        ]

    assert alike(sockets, talk, opened=False)


def test_a_read_only_open(sockets: tuple[Path, Path]) -> None:
    calls: list[tuple[Any, ...]] = [
        ("domain_destroy", TEST_DOMAIN),
        ("domain_get_xml_desc", TEST_DOMAIN, 1),
        ("connect_domain_monitor_event_register", None, None, 0),
        ("domain_get_vcpus_flags", TEST_DOMAIN, 8),
        ("node_get_sev_info", 0, 0),
        ("connect_get_domain_capabilities", None, None, None, None, 0),
        ("domain_get_info", TEST_DOMAIN._replace(uuid=bytes(16))),
    ]

    def talk(client: RawClient) -> list[Any]:
        client.ask("connect_open", "test:///default", 1)
        return [answer(client.call(name, *values)) for name, *values in calls]

    assert alike(sockets, talk, opened=False)


def test_a_download_of_the_screen(sockets: tuple[Path, Path]) -> None:
    """The packets of a whole stream."""

    def talk(client: RawClient) -> Any:
        serial = client.post("domain_screenshot", TEST_DOMAIN, 0, 0)
        # libvirtd may let the first data overtake the answer; manord never does.
        packets = [client.receive().packet for _ in range(3)]
        client.stream("domain_screenshot", serial, status=OK)
        last = client.receive().packet
        return sorted((*packet[2:6], len(packet.payload)) for packet in packets), last[2:6]

    assert alike(sockets, talk)


def test_aborting_a_stream(sockets: tuple[Path, Path]) -> None:
    def talk(client: RawClient) -> Any:
        serial = client.post("domain_screenshot", TEST_DOMAIN, 0, 0)
        while client.receive().packet.type != REPLY:
            pass
        client.stream("domain_screenshot", serial, status=1)
        while (packet := client.receive().packet).status == 2:
            pass
        return packet[2:6], packet.payload

    assert alike(sockets, talk)


def test_the_library_version_is_our_own(sockets: tuple[Path, Path]) -> None:
    with RawClient(sockets[1]).open() as client:
        assert client.ask("connect_get_lib_version") == (LIBVIR_VERSION_NUMBER,)
    assert named("connect_get_lib_version").number == 157
