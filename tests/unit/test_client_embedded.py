# SPDX-License-Identifier: Apache-2.0
"""The embedded shell: calls, errors, events and streams between threads and a driver on the background loop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from manor.client import embedded
from manor.client.backend import StreamHole
from manor.constants import ConnectCloseReason, StreamEventType
from manor.drivers import registry
from manor.drivers.interface import Driver, DriverContext, EventBus, Hole, Session, Stream
from manor.drivers.interface.domain import DomainFamily
from manor.drivers.interface.events import MONITOR_KEY
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records import DomainRef
from manor.records.events import DomainLifecycleEvent, DomainMonitorEvent
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.TEST)
DOM = DomainRef("one", b"1" * 16, 1)
OTHER = DomainRef("two", b"2" * 16, 2)


class _Domains(DomainFamily):
    bus: EventBus

    async def domain_suspend(self, dom: DomainRef) -> None:
        self.bus.publish(DomainLifecycleEvent(dom, 3, 0))
        self.bus.publish(DomainMonitorEvent(dom, "STOP", 1, 2, None))

    async def domain_monitor_command(self, dom: DomainRef, cmd: str, flags: int) -> str:
        return "{}"

    async def domain_lookup_by_name(self, name: str) -> DomainRef:
        await asyncio.sleep(0)
        if name == "one":
            return DOM
        if name == "broken":
            raise RuntimeError("a mistake")
        raise _error(ErrorNumber.NO_DOMAIN)

    async def domain_open_console(self, dom: DomainRef, dev_name: str | None, flags: int, stream: Stream) -> None:
        if dev_name == "missing":
            stream.serve(self._echo)
            raise _error(ErrorNumber.OPERATION_FAILED, "no such device")
        stream.serve({"endless": self._endless, "fail": self._fail}.get(dev_name or "", self._echo))

    async def _echo(self, stream: Stream) -> None:
        while (chunk := await stream.read()) is not None:
            if isinstance(chunk, Hole):
                await stream.write_hole(chunk.length)
            else:
                await stream.write(chunk)
        await stream.write(b"bye")

    async def _endless(self, stream: Stream) -> None:
        while True:
            await stream.write(b"x" * 65536)

    async def _fail(self, stream: Stream) -> None:
        await stream.write(b"a")
        await stream.read()
        raise _error(ErrorNumber.OPERATION_FAILED, "disk full")


class _Provider:
    def __init__(self) -> None:
        self.closed = False

    async def open(self, uri: ConnectURI, session: Session) -> Driver:
        if uri.path == "/refused":
            raise _error(ErrorNumber.INVALID_ARG, "no such path")
        domains = _Domains(session)
        domains.bus = EventBus()
        return Driver(session, domains.bus, domain=domains)

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[_Provider]]:
    made: list[_Provider] = []

    async def provide(context: DriverContext) -> _Provider:
        made.append(_Provider())
        return made[-1]

    monkeypatch.setattr(registry, "import_module", lambda name: SimpleNamespace(provide=provide))
    monkeypatch.setitem(registry.PROVIDERS, "fake", "fake")
    yield made
    assert all(one.closed for one in made), "every provider ends with its last connection"


@pytest.fixture
def backend(provider: list[_Provider]) -> Iterator[embedded.EmbeddedBackend]:
    opened = embedded.connect(ConnectURI.parse("fake:///x"))
    yield opened
    opened.close()


def test_calls_and_errors(backend: embedded.EmbeddedBackend) -> None:
    assert backend.call("domain_lookup_by_name", "one") == DOM
    with pytest.raises(ManorError) as caught:
        backend.call("domain_lookup_by_name", "two")
    assert caught.value.code is ErrorNumber.NO_DOMAIN
    with pytest.raises(ManorError) as caught:
        backend.call("domain_lookup_by_name", "broken")
    assert caught.value.code is ErrorNumber.INTERNAL_ERROR
    with pytest.raises(ManorError) as caught:
        backend.call("domain_reboot", DOM, 0)
    assert caught.value.code is ErrorNumber.NO_SUPPORT


def test_connections_share_a_provider_until_the_last_closes(provider: list[_Provider]) -> None:
    first, second = (embedded.connect(ConnectURI.parse("fake:///x")) for _ in range(2))
    first.close()
    first.close()
    assert (len(provider), provider[0].closed) == (1, False)
    second.close()
    assert provider[0].closed
    embedded.connect(ConnectURI.parse("fake:///x")).close()
    assert len(provider) == 2


def test_a_refused_open_leaves_nothing(provider: list[_Provider]) -> None:
    with pytest.raises(ManorError, match="no such path"):
        embedded.connect(ConnectURI.parse("fake:///refused"))
    assert provider[0].closed


def test_no_driver(provider: list[_Provider]) -> None:
    with pytest.raises(ManorError) as caught:
        embedded.connect(ConnectURI.parse("esx://host/"))
    assert caught.value.code is ErrorNumber.NO_CONNECT


def test_a_driver_whose_packages_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.PROVIDERS, "fake", "no.such.package")
    with pytest.raises(
        ManorError, match=r"needs packages of manor\[host\] that are not installed: No module named 'no'"
    ):
        embedded.connect(ConnectURI.parse("fake:///x"))


def test_nothing_works_after_close(provider: list[_Provider]) -> None:
    backend = embedded.connect(ConnectURI.parse("fake:///x"))
    backend.close()
    assert backend.closed_reason is ConnectCloseReason.CLIENT
    with pytest.raises(ManorError) as caught:
        backend.call("domain_lookup_by_name", "one")
    assert caught.value.code is ErrorNumber.INVALID_CONN


def test_threads_share_a_connection(backend: embedded.EmbeddedBackend) -> None:
    seen: list[DomainRef] = []
    threads = [
        threading.Thread(target=lambda: seen.extend(backend.call("domain_lookup_by_name", "one") for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [DOM] * 160


def test_events_in_order_and_only_what_was_asked(backend: embedded.EmbeddedBackend) -> None:
    woken = threading.Event()
    backend.set_wakeup(woken.set)
    every = backend.subscribe(("domain", 0))
    one = backend.subscribe(("domain", 0), DOM)
    backend.call("domain_suspend", OTHER)
    backend.call("domain_suspend", DOM)
    assert woken.is_set()
    event, other = DomainLifecycleEvent(DOM, 3, 0), DomainLifecycleEvent(OTHER, 3, 0)
    assert backend.take_events() == [(every, other), (every, event), (one, event)]
    backend.call("domain_suspend", DOM)
    backend.unsubscribe(every)
    assert backend.take_events() == [(one, event)]


@pytest.mark.parametrize(
    ("name", "flags", "wanted"),
    [(None, 0, 1), ("STOP", 0, 1), ("STO", 0, 0), ("stop", 0, 0), ("stop", 2, 1), ("^ST", 1, 1), ("t.p$", 3, 1)],
)
def test_monitor_events(backend: embedded.EmbeddedBackend, name: str | None, flags: int, wanted: int) -> None:
    backend.subscribe_monitor(name, flags)
    backend.call("domain_suspend", DOM)
    assert len(backend.take_events()) == wanted
    assert MONITOR_KEY.kind == "qemu_monitor"


def test_events_of_objects_the_driver_lacks(backend: embedded.EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ManorError) as caught:
        backend.subscribe(("secret", 0))
    assert str(caught.value).endswith(": virConnectSecretEventRegisterAny")
    assert caught.value.domain is ErrorDomain.SECRET
    monkeypatch.delattr(_Domains, "domain_monitor_command")
    with pytest.raises(ManorError, match="virConnectDomainQemuMonitorEventRegister"):
        backend.subscribe_monitor(None, 0)


def test_what_is_not_supported_is_what_was_called(backend: embedded.EmbeddedBackend) -> None:
    for operation, arguments, function in (
        ("domain_attach_device", (DOM, "<x/>"), "virDomainAttachDevice"),
        ("domain_attach_device_flags", (DOM, "<x/>", 0), "virDomainAttachDeviceFlags"),
    ):
        with pytest.raises(ManorError) as caught:
            backend.call(operation, *arguments)
        assert str(caught.value).endswith(f": {function}")


def test_bad_monitor_expression(backend: embedded.EmbeddedBackend) -> None:
    with pytest.raises(ManorError, match="regex"):
        backend.subscribe_monitor("(", 1)


def test_stream_there_and_back(backend: embedded.EmbeddedBackend) -> None:
    stream = backend.new_stream()
    with pytest.raises(ManorError):
        stream.send(b"x", wait=True)
    backend.call("domain_open_console", DOM, None, 0, stream)
    assert StreamEventType.WRITABLE in stream.ready()
    assert stream.recv(10, wait=False) is None
    assert stream.send(b"hello", wait=True) == 5
    stream.send_hole(1000)
    stream.send(b"!", wait=True)
    assert stream.recv(3, wait=True) == b"hel"
    assert stream.recv(10, wait=True) == b"lo"
    assert stream.recv(10, wait=True, stop_at_hole=True) == StreamHole(1000)
    assert stream.recv(10, wait=True) == bytes(10)
    assert stream.recv_hole() == 990
    assert stream.recv(10, wait=True) == b"!"
    assert stream.recv_hole() == 0
    stream.finish()


def test_backpressure_both_ways(backend: embedded.EmbeddedBackend) -> None:
    stream = backend.new_stream()
    backend.call("domain_open_console", DOM, None, 0, stream)
    sent = 0
    while (taken := stream.send(b"y" * 100_000, wait=False)) is not None:
        sent += taken
        assert sent < 20_000_000
    received = 0
    while received < sent:
        data = stream.recv(1 << 20, wait=True)
        assert isinstance(data, bytes)
        received += len(data)
    stream.finish()


def test_finish_before_everything_was_read(backend: embedded.EmbeddedBackend) -> None:
    stream = backend.new_stream()
    backend.call("domain_open_console", DOM, "endless", 0, stream)
    assert stream.recv(5, wait=True) == b"xxxxx"
    stream.finish()
    with pytest.raises(ManorError):
        stream.recv(5, wait=True)


def test_abort_wakes_a_reader(backend: embedded.EmbeddedBackend) -> None:
    stream = backend.new_stream()
    backend.call("domain_open_console", DOM, None, 0, stream)
    ended = threading.Event()

    def read() -> None:
        with pytest.raises(ManorError):
            stream.recv(5, wait=True)
        ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    stream.abort()
    reader.join(20)
    assert ended.is_set()


def test_failure_of_a_transfer_reaches_the_program(backend: embedded.EmbeddedBackend) -> None:
    stream = backend.new_stream()
    backend.call("domain_open_console", DOM, "fail", 0, stream)
    stream.send(b"go", wait=True)
    with pytest.raises(ManorError, match="disk full"):
        stream.finish()
    assert StreamEventType.ERROR in stream.ready()


def test_failure_of_the_operation_drops_the_transfer(backend: embedded.EmbeddedBackend) -> None:
    stream = backend.new_stream()
    with pytest.raises(ManorError, match="no such device"):
        backend.call("domain_open_console", DOM, "missing", 0, stream)
    with pytest.raises(ManorError, match="stream is not open"):
        stream.recv(1, wait=True)


def test_a_read_only_connection_looks_but_does_not_touch(provider: list[_Provider]) -> None:
    backend = embedded.connect(ConnectURI.parse("fake:///x"), readonly=True)
    assert backend.call("domain_lookup_by_name", "one") == DOM
    for operation, arguments, text in (
        ("domain_suspend", (DOM,), "read only access prevents virDomainSuspend"),
        ("domain_get_xml_desc", (DOM, 1), "virDomainGetXMLDesc with secure flag"),
        ("domain_get_vcpus_flags", (DOM, 8), "read only access prevents virDomainGetVcpusFlags"),
        ("domain_interface_addresses", (DOM, 1, 0), "read only access prevents virDomainInterfaceAddresses"),
    ):
        with pytest.raises(ManorError) as caught:
            backend.call(operation, *arguments)
        assert (caught.value.code, caught.value.domain) == (ErrorNumber.OPERATION_DENIED, ErrorDomain.DOMAIN)
        assert str(caught.value) == f"operation forbidden: {text}"
    with pytest.raises(ManorError, match="prevents virConnectDomainQemuMonitorEventRegister"):
        backend.subscribe_monitor(None, 0)
    with pytest.raises(ManorError, match="not supported"):
        backend.call("domain_get_xml_desc", DOM, 2)
    backend.close()


def test_a_forked_child_is_told_and_does_not_hang(provider: list[_Provider]) -> None:
    backend = embedded.connect(ConnectURI.parse("fake:///x"))
    child = os.fork()
    if not child:
        status = 1
        try:
            backend.call("domain_lookup_by_name", "one")
        except ManorError as error:
            status = 0 if error.code is ErrorNumber.OPERATION_INVALID else 2
        backend.close()
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert backend.call("domain_lookup_by_name", "one") == DOM
    backend.close()


def test_a_program_that_closes_nothing_ends(tmp_path: Path) -> None:
    program = """
import libvirt
conn = libvirt.open("test:///default")
stream = conn.newStream()
dom = conn.lookupByName("test")
dom.screenshot(stream, 0)
libvirt.virEventRegisterDefaultImpl()
conn.domainEventRegisterAny(None, 0, print, None)
print("end")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_failures_keep_nothing_alive(backend: embedded.EmbeddedBackend) -> None:
    """What a failed call was made with goes when the caller lets go of it, not with the next collection."""

    class Name(str):
        __slots__ = ("__weakref__",)

    name = Name("nobody")
    known = weakref.ref(name)
    gc.disable()
    try:
        with contextlib.suppress(ManorError):
            backend.call("domain_lookup_by_name", name)
        del name
        backend.call("domain_lookup_by_name", "one")
        assert known() is None
    finally:
        gc.enable()
