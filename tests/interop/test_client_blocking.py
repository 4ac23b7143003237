# SPDX-License-Identifier: Apache-2.0
"""The blocking shell against a real libvirtd: calls, events, threads, streams, descriptors, loss."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from manor.client import open_backend
from manor.client.backend import Backend, StreamHole
from manor.constants import ConnectCloseReason
from manor.errors import ErrorNumber, ManorError
from manor.records import DomainRef, uint_param
from manor.records.events import DomainLifecycleEvent, DomainMonitorEvent, Event
from tests.support.libvirtd import Libvirtd

DOMAIN = """
<domain type='qemu'>
  <name>{name}</name><memory unit='MiB'>32</memory><vcpu>2</vcpu><os><type>hvm</type><bios useserial='yes'/></os>
  <devices>
    <serial type='pty'/><console type='pty'/>
    <graphics type='vnc' autoport='yes'/>
  </devices>
</domain>
"""

POOL = "<pool type='dir'><name>{name}</name><target><path>{path}</path></target></pool>"
VOLUME = (
    "<volume><name>{name}</name><allocation>0</allocation><capacity>{size}</capacity>"
    "<target><format type='raw'/></target></volume>"
)


@pytest.fixture
def test_backend(libvirtd: Libvirtd) -> Iterator[Backend]:
    """A connection to the daemon's test driver, whose state is this connection's own."""
    backend = open_backend(libvirtd.uri("test", "/default"))
    yield backend
    backend.close()


@pytest.fixture
def qemu(libvirtd: Libvirtd) -> Iterator[Backend]:
    backend = open_backend(libvirtd.uri())
    yield backend
    backend.close()


@pytest.fixture
def guest(qemu: Backend) -> Iterator[DomainRef]:
    """A paused guest of the QEMU driver."""
    dom = qemu.call("domain_create_xml", DOMAIN.format(name="client-guest"), 1)
    yield dom
    qemu.call("domain_destroy", dom)


def test_identity(qemu: Backend, libvirtd: Libvirtd) -> None:
    assert qemu.uri == libvirtd.uri()
    assert qemu.call("connect_get_uri") == "qemu:///system"
    assert qemu.call("connect_get_type") == "QEMU"
    assert qemu.lib_version() >= 9_000_000
    assert qemu.call("connect_is_secure") == 1
    assert not qemu.is_encrypted()
    assert "<capabilities>" in qemu.call("connect_get_capabilities")


def test_exchanges_of_several_calls(test_backend: Backend) -> None:
    (dom,) = test_backend.call("connect_list_all_domains", 0)
    assert dom.name == "test"
    assert dom.id == 1
    info = test_backend.call("domain_get_info", dom)
    host = test_backend.call("node_get_cpu_map", 0)
    vcpus = test_backend.call("domain_get_vcpus", dom)
    assert [vcpu.number for vcpu in vcpus] == list(range(info.nr_virt_cpu))
    assert {len(vcpu.cpumap) for vcpu in vcpus} == {(host.ncpus + 7) // 8}
    assert len(test_backend.call("domain_get_vcpu_pin_info", dom, 0)) == info.nr_virt_cpu
    assert len(test_backend.call("domain_get_emulator_pin_info", dom, 0)) == (host.ncpus + 7) // 8
    assert len(test_backend.call("domain_get_cpu_stats", dom, -1, 1, 0)) == 1
    assert {stat.field for stat in test_backend.call("node_get_cpu_stats", -1, 0)} >= {"user", "idle"}


def test_figures_of_the_host(qemu: Backend) -> None:
    assert {stat.field for stat in qemu.call("node_get_memory_stats", -1, 0)} >= {"total", "free"}
    assert {stat.field for stat in qemu.call("node_get_cpu_stats", -1, 0)} >= {"user", "kernel", "idle"}
    assert qemu.call("node_get_info").cpus >= 1
    assert qemu.call("node_get_security_model").model in ("none", "")


def test_string_parameters(test_backend: Backend) -> None:
    (dom,) = test_backend.call("connect_list_all_domains", 0)
    fields = {param.field: param.type for param in test_backend.call("domain_get_blkio_parameters", dom, 0)}
    assert fields["device_weight"] == 7
    test_backend.call("domain_set_blkio_parameters", dom, [uint_param("weight", 500)], 1)
    assert uint_param("weight", 500) in test_backend.call("domain_get_blkio_parameters", dom, 0)


def test_errors_are_the_daemons(test_backend: Backend) -> None:
    with pytest.raises(ManorError) as caught:
        test_backend.call("domain_lookup_by_uuid", bytes(16))
    assert caught.value.code == ErrorNumber.NO_DOMAIN
    (dom,) = test_backend.call("connect_list_all_domains", 0)
    with pytest.raises(ManorError) as caught:
        test_backend.call("domain_migrate_set_max_downtime", dom, 1, 0)
    assert caught.value.code == ErrorNumber.NO_SUPPORT
    assert caught.value.message.endswith(": virDomainMigrateSetMaxDowntime")


def test_readonly(libvirtd: Libvirtd) -> None:
    backend = open_backend(libvirtd.uri("test", "/default", readonly=True), readonly=True)
    (dom,) = backend.call("connect_list_all_domains", 0)
    with pytest.raises(ManorError, match="read only access prevents virDomainSuspend"):
        backend.call("domain_suspend", dom)
    backend.close()


def test_events_with_and_without_calls(test_backend: Backend, libvirtd: Libvirtd) -> None:
    (dom,) = test_backend.call("connect_list_all_domains", 0)
    watched = select.poll()
    watched.register(test_backend.fileno(), select.POLLIN)
    everything = test_backend.subscribe(("domain", 0))
    one = test_backend.subscribe(("domain", 0), dom)
    test_backend.call("domain_suspend", dom)
    events: list[tuple[int, object]] = []
    while len(events) < 2:
        watched.poll(1000)
        test_backend.pump()
        events += test_backend.take_events()
    assert {number for number, _ in events} == {everything, one}
    assert {type(event) for _, event in events} == {DomainLifecycleEvent}
    test_backend.unsubscribe(everything)
    test_backend.unsubscribe(one)
    test_backend.call("domain_resume", dom)
    assert test_backend.take_events() == []


def test_many_threads(test_backend: Backend) -> None:
    (dom,) = test_backend.call("connect_list_all_domains", 0)
    xml = test_backend.call("domain_get_xml_desc", dom, 0)

    def work(number: int) -> None:
        for _ in range(50):
            assert test_backend.call("domain_get_xml_desc", dom, 0) == xml
            assert test_backend.call("domain_lookup_by_name", "test") == dom
            with pytest.raises(ManorError):
                test_backend.call("domain_lookup_by_name", f"no-{number}")

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(12)))


@pytest.fixture
def pool_path(qemu: Backend, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "pool"
    path.mkdir()
    pool = qemu.call("storage_pool_create_xml", POOL.format(name="client-pool", path=path), 0)
    yield path
    qemu.call("storage_pool_destroy", pool)


def test_upload_and_download(qemu: Backend, pool_path: Path) -> None:
    pool = qemu.call("storage_pool_lookup_by_name", "client-pool")
    content = bytes(range(256)) * 8192
    volume = qemu.call("storage_vol_create_xml", pool, VOLUME.format(name="v", size=len(content)), 0)
    stream = qemu.new_stream()
    qemu.call("storage_vol_upload", volume, 0, len(content), 0, stream)
    sent = 0
    while sent < len(content):
        sent += stream.send(content[sent:], wait=True) or 0
    stream.finish()
    assert (pool_path / "v").read_bytes() == content
    stream = qemu.new_stream()
    qemu.call("storage_vol_download", volume, 0, 0, 0, stream)
    received = bytearray()
    while data := stream.recv(100_000, wait=True):
        assert isinstance(data, bytes)
        received += data
    stream.finish()
    assert received == content


def test_sparse_upload_and_download(qemu: Backend, pool_path: Path) -> None:
    pool = qemu.call("storage_pool_lookup_by_name", "client-pool")
    size, island = 64 << 20, b"island" * 1000
    volume = qemu.call("storage_vol_create_xml", pool, VOLUME.format(name="sparse", size=size), 0)
    stream = qemu.new_stream()
    qemu.call("storage_vol_upload", volume, 0, size, 1, stream)
    stream.send(island, wait=True)
    stream.send_hole(size - 2 * len(island))
    stream.send(island, wait=True)
    stream.finish()
    assert (pool_path / "sparse").stat().st_blocks * 512 < 1 << 20
    stream = qemu.new_stream()
    qemu.call("storage_vol_download", volume, 0, 0, 1, stream)
    holes = total = 0
    while item := stream.recv(1 << 20, wait=True, stop_at_hole=True):
        if isinstance(item, StreamHole):
            assert stream.recv_hole() == item.length
            holes += item.length
        else:
            total += len(item)
    stream.finish()
    assert holes + total == size
    assert holes > size // 2


def test_aborted_download(qemu: Backend, pool_path: Path) -> None:
    pool = qemu.call("storage_pool_lookup_by_name", "client-pool")
    volume = qemu.call("storage_vol_create_xml", pool, VOLUME.format(name="big", size=32 << 20), 0)
    stream = qemu.new_stream()
    qemu.call("storage_vol_download", volume, 0, 0, 0, stream)
    assert stream.recv(1000, wait=True)
    stream.abort()
    # The connection is none the worse for it.
    assert qemu.call("connect_get_type") == "QEMU"


def test_console_of_a_guest(qemu: Backend, guest: DomainRef) -> None:
    stream = qemu.new_stream()
    qemu.call("domain_open_console", guest, None, 0, stream)
    qemu.call("domain_resume", guest)
    # The firmware writes to the serial port.
    seen = b""
    while b"SeaBIOS" not in seen:
        data = stream.recv(1000, wait=True)
        assert isinstance(data, bytes)
        assert data
        seen += data
    stream.abort()


def test_descriptors_both_ways(qemu: Backend, guest: DomainRef) -> None:
    with socket.socket(fileno=qemu.call("domain_open_graphics_fd", guest, 0, 0)) as vnc:
        assert vnc.recv(12).startswith(b"RFB ")
    ours, theirs = socket.socketpair()
    qemu.call("domain_open_graphics", guest, 0, 0, [theirs.fileno()])
    theirs.close()
    with ours:
        assert ours.recv(12).startswith(b"RFB ")


def test_screenshot(qemu: Backend, guest: DomainRef) -> None:
    stream = qemu.new_stream()
    assert qemu.call("domain_screenshot", guest, 0, 0, stream) in ("image/png", "image/x-portable-pixmap")
    image = b""
    while data := stream.recv(1 << 20, wait=True):
        assert isinstance(data, bytes)
        image += data
    stream.finish()
    assert image.startswith((b"\x89PNG", b"P6"))


def test_qemu_program(qemu: Backend, guest: DomainRef) -> None:
    assert "paused" in qemu.call("domain_monitor_command", guest, "info status", 1)
    number = qemu.subscribe_monitor("RESUME", 0)
    qemu.call("domain_resume", guest)
    events: list[tuple[int, Event]] = []
    while not events:
        qemu.call("connect_get_type")
        events = qemu.take_events()
    ((subscription, event),) = events
    assert isinstance(event, DomainMonitorEvent)
    assert (subscription, event.event) == (number, "RESUME")
    qemu.unsubscribe(number)


def test_statistics_of_a_guest(qemu: Backend, guest: DomainRef) -> None:
    (record,) = [one for one in qemu.call("connect_get_all_domain_stats", [], 0, 0) if one.dom.name == guest.name]
    fields = {param.field for param in record.params}
    assert {"state.state", "vcpu.current", "balloon.current"} <= fields
    assert qemu.call("domain_get_scheduler_type", guest) == "posix"
    assert {label.enforcing for label in qemu.call("domain_get_security_label_list", guest)} <= {0}


def test_keepalive(libvirtd: Libvirtd) -> None:
    backend = open_backend(libvirtd.uri("test", "/default"))
    assert backend.set_keepalive(1, 1)
    slept = threading.Event()
    slept.wait(2.5)
    assert backend.closed_reason is None
    assert backend.call("connect_get_type") == "TEST"
    backend.close()


def test_the_daemon_is_killed(own_libvirtd: Libvirtd) -> None:
    backend = open_backend(own_libvirtd.uri("test", "/default"))
    backend.subscribe(("domain", 0))
    watched = select.poll()
    watched.register(backend.fileno(), select.POLLIN)
    own_libvirtd.stop_daemon()
    assert watched.poll(10_000)
    while backend.closed_reason is None:
        backend.pump()
    assert backend.closed_reason is ConnectCloseReason.EOF
    with pytest.raises(ManorError, match="client socket is closed"):
        backend.call("connect_get_type")
    backend.close()
