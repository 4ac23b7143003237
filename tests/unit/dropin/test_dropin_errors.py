# SPDX-License-Identifier: Apache-2.0
"""libvirtError, each thread's last error, handlers, and what bad arguments and closed connections give.

The expected texts and numbers were seen on libvirt-python 9.0.0.
"""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest

import libvirt
from manor.errors import ErrorNumber
from tests.unit.dropin.fake import DOM, FakeBackend, error

NO_DOMAIN = error(ErrorNumber.NO_DOMAIN, "no domain with matching name 'x'")
TEXT = "Domain not found: no domain with matching name 'x'"
FIELDS = (42, 12, TEXT, 2, "Domain not found: %s", "no domain with matching name 'x'", None, -1, -1)


@pytest.fixture
def missing(backend: FakeBackend) -> FakeBackend:
    backend.answers["domain_lookup_by_name"] = NO_DOMAIN
    return backend


def test_error_carries_everything(conn: libvirt.virConnect, missing: FakeBackend) -> None:
    with pytest.raises(libvirt.libvirtError) as caught:
        conn.lookupByName("x")
    found = caught.value
    assert str(found) == TEXT
    assert found.err == FIELDS
    assert found.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN
    assert found.get_error_domain() == libvirt.VIR_FROM_TEST
    assert found.get_error_message() == TEXT
    assert found.get_error_level() == libvirt.VIR_ERR_ERROR
    assert (found.get_str1(), found.get_str2(), found.get_str3()) == FIELDS[4:7]
    assert (found.get_int1(), found.get_int2()) == (-1, -1)
    assert found.__cause__ is None


def test_error_without_libvirts_own() -> None:
    libvirt.virResetLastError()
    found = libvirt.libvirtError("something")
    assert (str(found), found.err, found.get_error_code(), found.get_int1()) == ("something", None, None, None)


def test_last_error_until_the_next_call(conn: libvirt.virConnect, missing: FakeBackend) -> None:
    with pytest.raises(libvirt.libvirtError):
        conn.lookupByName("x")
    assert libvirt.virGetLastError() == FIELDS
    assert libvirt.virGetLastErrorCode() == 42
    assert libvirt.virGetLastErrorDomain() == 12
    assert libvirt.virGetLastErrorMessage() == TEXT
    conn.getHostname()
    assert libvirt.virGetLastError() is None
    assert (libvirt.virGetLastErrorCode(), libvirt.virGetLastErrorDomain()) == (0, 0)
    assert libvirt.virGetLastErrorMessage() == "no error"


def test_last_error_belongs_to_the_thread(conn: libvirt.virConnect, missing: FakeBackend) -> None:
    with pytest.raises(libvirt.libvirtError):
        conn.lookupByName("x")
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(libvirt.virGetLastError()))
    thread.start()
    thread.join()
    assert seen == [None]
    assert libvirt.virGetLastError() == FIELDS


def test_last_errors_keep_nothing_alive(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    backend.answers["domain_suspend"] = NO_DOMAIN
    dom = libvirt.virDomain(conn, DOM)
    with pytest.raises(libvirt.libvirtError):
        dom.suspend()
    del dom
    gc.collect()
    assert libvirt.virGetLastErrorCode() == 42
    assert conn.close() == 0


def test_last_error_of_the_connection(conn: libvirt.virConnect, missing: FakeBackend) -> None:
    assert conn.virConnGetLastError() == (0, 0, None, 0, None, None, None, 0, 0)
    with pytest.raises(libvirt.libvirtError):
        conn.lookupByName("x")
    conn.getHostname()
    assert conn.virConnGetLastError() == FIELDS
    conn.virConnResetLastError()
    assert conn.virConnGetLastError()[0] == 0


def test_errors_are_printed_without_a_handler(
    conn: libvirt.virConnect, missing: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    libvirt.registerErrorHandler(None, None)
    with pytest.raises(libvirt.libvirtError):
        conn.lookupByName("x")
    assert capsys.readouterr().err == f"libvirt: Test Driver error : {TEXT}\n"


def test_handler_gets_its_context_and_the_error(conn: libvirt.virConnect, missing: FakeBackend) -> None:
    seen: list[Any] = []
    assert libvirt.registerErrorHandler(lambda context, found: seen.append((context, found)), "ctx") == 1
    with pytest.raises(libvirt.libvirtError):
        conn.lookupByName("x")
    assert seen == [("ctx", FIELDS)]


def test_a_broken_handler_hides_nothing(
    conn: libvirt.virConnect, missing: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    libvirt.registerErrorHandler(lambda context, found: int("broken"), None)
    with pytest.raises(libvirt.libvirtError, match="Domain not found"):
        conn.lookupByName("x")
    assert "ValueError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (5, TypeError, "virDomainLookupByName() argument 2 must be str or None, not int"),
        (b"x", TypeError, "virDomainLookupByName() argument 2 must be str or None, not bytes"),
        (None, libvirt.libvirtError, "name in virDomainLookupByName must not be NULL"),
    ],
)
def test_names_have_to_be_texts(conn: libvirt.virConnect, value: Any, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        conn.lookupByName(value)
    assert str(caught.value) == text
    with pytest.raises(kind):
        conn.lookupByName(name=value)


def test_null_is_an_invalid_argument(conn: libvirt.virConnect) -> None:
    with pytest.raises(libvirt.libvirtError) as caught:
        conn.lookupByName(None)  # type: ignore[arg-type]
    text = "name in virDomainLookupByName must not be NULL"
    assert caught.value.err == (8, 20, text, 2, "virDomainLookupByName", "name", None, 0, 0)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("x", TypeError, "'str' object cannot be interpreted as an integer"),
        (None, TypeError, "'NoneType' object cannot be interpreted as an integer"),
        (1.5, TypeError, "'float' object cannot be interpreted as an integer"),
        (1 << 40, OverflowError, "signed integer is greater than maximum"),
        (-1 << 40, OverflowError, "signed integer is less than minimum"),
        (-1, libvirt.libvirtError, "id in virDomainLookupByID must be zero or greater"),
    ],
)
def test_numbers_have_to_be_ints(conn: libvirt.virConnect, value: Any, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        conn.lookupByID(value)
    assert str(caught.value) == text


def test_flags_are_32_bits(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    libvirt.virDomain(conn, DOM).XMLDesc(-1)
    assert backend.calls[-1] == ("domain_get_xml_desc", (DOM, 0xFFFFFFFF))


def test_wide_numbers_are_64_bits(conn: libvirt.virConnect) -> None:
    with pytest.raises(OverflowError, match="Python int too large to convert to C long"):
        libvirt.virDomain(conn, DOM).setMemory(1 << 70)


def test_too_many_arguments_are_pythons_own_error(conn: libvirt.virConnect) -> None:
    with pytest.raises(TypeError, match=r"lookupByName\(\) takes 2 positional arguments but 3 were given"):
        conn.lookupByName("a", "b")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        conn.lookupByName()  # type: ignore[call-arg]


def test_wrong_types_leave_the_last_error(conn: libvirt.virConnect, missing: FakeBackend) -> None:
    """The C library has no part in these, so it does not begin anew."""
    with pytest.raises(libvirt.libvirtError):
        conn.lookupByName("x")
    with pytest.raises(TypeError):
        conn.lookupByName(5)  # type: ignore[arg-type]
    assert libvirt.virGetLastErrorCode() == libvirt.VIR_ERR_NO_DOMAIN
    with pytest.raises(libvirt.libvirtError, match="Domain not found"):
        conn.lookupByUUID(b"short")


@pytest.mark.parametrize("uuid", [b"abc", "abc", None, 5])
def test_bad_raw_uuid_fails_without_an_error(conn: libvirt.virConnect, uuid: Any) -> None:
    with pytest.raises(libvirt.libvirtError, match=r"^virDomainLookupByUUID\(\) failed$") as caught:
        conn.lookupByUUID(uuid)
    assert caught.value.err is None


@pytest.mark.parametrize("uuid", ["abc", "", "0" * 31, "z" * 32, "0" * 33, "0-" * 32])
def test_bad_uuid_text(conn: libvirt.virConnect, uuid: str) -> None:
    with pytest.raises(libvirt.libvirtError) as caught:
        conn.networkLookupByUUIDString(uuid)
    function = "virNetworkLookupByUUIDString"
    text = f"uuidstr in {function} must be a valid UUID"
    assert caught.value.err == (8, 19, text, 2, function, "uuidstr", None, 0, 0)
    with pytest.raises(libvirt.libvirtError, match=r"^Invalid UUID$"):
        conn.lookupByUUIDString(uuid)


def test_closed_connection(conn: libvirt.virConnect) -> None:
    assert conn.close() == 0
    for function, domain, call in (
        ("virConnectGetHostname", 20, conn.getHostname),
        ("virConnectClose", 0, conn.close),
        ("virConnectGetURI", 20, conn.getURI),
    ):
        with pytest.raises(libvirt.libvirtError) as caught:
            call()
        assert caught.value.err is not None
        assert caught.value.err[:3] == (6, domain, f"invalid connection pointer in {function}")


def test_methods_that_do_not_raise(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    unsupported = error(ErrorNumber.NO_SUPPORT, "x")
    for operation in (
        "node_get_free_memory",
        "domain_migrate_get_max_downtime",
        "domain_migrate_get_compression_cache",
        "node_device_get_parent",
    ):
        backend.answers[operation] = unsupported
    dom = libvirt.virDomain(conn, DOM)
    assert conn.getFreeMemory() == 0
    assert dom.migrateGetMaxDowntime() is None
    assert libvirt.virGetLastErrorCode() == libvirt.VIR_ERR_NO_SUPPORT
    assert dom.migrateGetCompressionCache() is None


def test_no_memory_at_all_is_a_failure(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    backend.answers["domain_get_max_memory"] = 0
    with pytest.raises(libvirt.libvirtError, match=r"virDomainGetMaxMemory\(\) failed"):
        libvirt.virDomain(conn, DOM).maxMemory()


def test_open_takes_texts_only() -> None:
    with pytest.raises(TypeError, match=r"virConnectOpen\(\) argument 1 must be str or None, not int"):
        libvirt.open(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("uri", "code", "domain", "text"),
    [
        ("foo", 5, 0, "no connection driver available for URI 'foo' does not include a driver name"),
        ("qemu:///embed", 8, 45, "invalid argument: Missing URI parameter 'root'"),
        ("q_x:///d", 1, 45, "internal error: Unable to parse URI q_x:///d"),
    ],
)
def test_open_refuses(uri: str, code: int, domain: int, text: str) -> None:
    for function in (libvirt.open, libvirt.openReadOnly, lambda name: libvirt.openAuth(name, None)):
        with pytest.raises(libvirt.libvirtError) as caught:
            function(uri)
        assert caught.value.err is not None
        assert caught.value.err[:3] == (code, domain, text)


def test_objects_cannot_be_made_up(conn: libvirt.virConnect) -> None:
    with pytest.raises(Exception, match="Expected a wrapped C Object but got <class 'int'>"):
        libvirt.virDomain(conn, 5)
    with pytest.raises(Exception, match="Expected a wrapped C Object but got <class 'NoneType'>"):
        libvirt.virConnect()
