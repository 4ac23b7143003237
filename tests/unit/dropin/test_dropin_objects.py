# SPDX-License-Identifier: Apache-2.0
"""How long connections and objects live, what they are made of, and the shapes of results."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import pytest

import libvirt
from manor.constants import ConnectCloseReason, DomainJobType, DomainRunningReason, DomainStatsField
from manor.constants import DomainState as State
from manor.errors import ErrorNumber
from manor.records import (
    DomainBlockInfo,
    DomainDiskError,
    DomainInterface,
    DomainIOThreadInfo,
    DomainIPAddress,
    DomainJobStats,
    DomainMemoryStat,
    DomainSnapshotRef,
    DomainState,
    DomainStatsRecord,
    NetworkDHCPLease,
    NodeCPUMap,
    NodeInfo,
    SecurityLabel,
    TypedParam,
    VcpuPlacement,
)
from tests.unit.dropin.fake import DEV, DOM, NET, POOL, FakeBackend, error


def test_closing_tells_that_objects_are_left(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    dom = libvirt.virDomain(conn, DOM)
    snapshot = libvirt.virDomainSnapshot(dom, DomainSnapshotRef("s", DOM))
    assert conn.close() == 1
    assert dom.info() == [3, 3, 3, 3, 3]
    del snapshot
    gc.collect()
    assert backend.closed_reason is None
    del dom
    gc.collect()
    assert backend.closed_reason is ConnectCloseReason.CLIENT


def test_a_forgotten_connection_closes(backend: FakeBackend) -> None:
    libvirt.open("fake:///x")
    gc.collect()
    assert backend.closed_reason is ConnectCloseReason.CLIENT


def test_with_closes(backend: FakeBackend) -> None:
    with libvirt.open("fake:///x") as conn:
        assert conn.getURI() == "fake:///x"
    assert backend.closed_reason is ConnectCloseReason.CLIENT


def test_objects_know_where_they_come_from(conn: libvirt.virConnect) -> None:
    dom = conn.lookupByName("web")
    snapshot = dom.snapshotCurrent()
    net = libvirt.virNetwork(conn, NET)
    port = net.portLookupByUUIDString("0" * 32)
    assert dom.connect() is conn
    assert snapshot.getConnect() is conn
    assert snapshot.connect() is conn
    assert snapshot.getDomain() is dom
    assert snapshot.domain() is dom
    assert port.network() is net
    assert conn.newStream().connect() is conn
    assert conn.lookupByName("web") != dom
    assert isinstance(dom.c_pointer(), int)


def test_identity(conn: libvirt.virConnect) -> None:
    dom = libvirt.virDomain(conn, DOM)
    assert (dom.name(), dom.ID()) == ("web", 7)
    assert dom.UUID() == bytes(range(16))
    assert dom.UUIDString() == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert libvirt.virStoragePool(conn, POOL).UUIDString() == dom.UUIDString()
    assert libvirt.virNodeDevice(conn, DEV).name() == DEV.name


def test_lookups_send_raw_uuids(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    conn.lookupByUUIDString(" 00010203-0405-0607-0809-0a0b0c0d0e0f")
    conn.lookupByUUIDString("000102030405060708090a0b0c0d0e0f")
    conn.lookupByUUID(bytes(range(16)))
    assert backend.calls == [("domain_lookup_by_uuid", (bytes(range(16)),))] * 3


def test_the_id_follows_starts_and_stops(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    dom = libvirt.virDomain(conn, DOM)
    dom.destroy()
    assert dom.ID() == -1
    dom.create()
    assert dom.ID() == 3
    dom.managedSave()
    assert dom.ID() == -1
    dom.createWithFlags(0)
    assert dom.ID() == 3
    backend.answers["domain_lookup_by_uuid"] = error(ErrorNumber.NO_DOMAIN)
    dom.shutdown()
    assert dom.ID() == -1


def test_read_only_is_told_to_the_backend(backend: FakeBackend) -> None:
    assert libvirt.openReadOnly("fake:///x") is not None
    assert backend.readonly
    libvirt.openAuth("fake:///x", None, 0)
    assert not backend.readonly
    libvirt.openAuth("fake:///x", None, libvirt.VIR_CONNECT_RO)
    assert backend.readonly


def test_connection_figures(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    assert conn.getLibVersion() == 9000000
    assert conn.isAlive() == 1
    assert conn.isEncrypted() == 0
    assert conn.setKeepAlive(5, 3) == 0
    assert conn.setKeepAlive(0, 0) == 1
    backend.lose(ConnectCloseReason.EOF)
    assert conn.isAlive() == 0
    assert libvirt.getVersion() == libvirt.getVersion("QEMU")[0]  # type: ignore[index]
    assert libvirt.virInitialize() == 0


CPUS = NodeCPUMap(10, b"\xff\x01", 9)
PARAMS = [TypedParam("a", 1, -5), TypedParam("b", 7, "x")]


@pytest.mark.parametrize(
    ("operation", "answer", "call", "expected"),
    [
        (
            "node_get_info",
            NodeInfo("x86_64", 3145728, 16, 1400, 2, 2, 2, 2),
            lambda conn, dom: conn.getInfo(),
            ["x86_64", 3072, 16, 1400, 2, 2, 2, 2],
        ),
        ("node_get_cpu_map", CPUS, lambda conn, dom: conn.getCPUMap(), (10, [True] * 9 + [False], 9)),
        (
            "node_get_free_pages",
            [5, 6, 7, 8],
            lambda conn, dom: conn.getFreePages([4, 2048], 2, 2),
            {2: {4: 5, 2048: 6}, 3: {4: 7, 2048: 8}},
        ),
        (
            "connect_get_all_domain_stats",
            [DomainStatsRecord(DOM, PARAMS)],
            lambda conn, dom: [(one.name(), stats) for one, stats in conn.getAllDomainStats()],
            [("web", {"a": -5, "b": "x"})],
        ),
        (
            "domain_get_vcpus",
            [VcpuPlacement(0, 1, 55, 3, b"\x02\x01")],
            lambda conn, dom: dom.vcpus(),
            ([(0, 1, 55, 3)], [(False, True, *[False] * 6, True, False)]),
        ),
        (
            "domain_get_vcpu_pin_info",
            [b"\x01", b"\x00\x02"],
            lambda conn, dom: dom.vcpuPinInfo(),
            [(True, *[False] * 9), (*[False] * 9, True)],
        ),
        ("domain_get_emulator_pin_info", b"\x01", lambda conn, dom: dom.emulatorPinInfo(), (True, *[False] * 9)),
        (
            "domain_get_iothread_info",
            [DomainIOThreadInfo(2, b"\x01")],
            lambda conn, dom: dom.ioThreadInfo(),
            [(2, [True] + [False] * 9)],
        ),
        (
            "domain_memory_stats",
            [DomainMemoryStat(6, 2097152), DomainMemoryStat(4, 1), DomainMemoryStat(99, 1)],
            lambda conn, dom: dom.memoryStats(),
            {"actual": 2097152, "unused": 1},
        ),
        ("domain_get_cpu_stats", [PARAMS, PARAMS], lambda conn, dom: dom.getCPUStats(False), [{"a": -5, "b": "x"}] * 2),
        ("domain_get_block_info", DomainBlockInfo(2, 1, 3), lambda conn, dom: dom.blockInfo("vda"), [1, 2, 3]),
        ("domain_get_block_job_info", None, lambda conn, dom: dom.blockJobInfo("vda"), {}),
        ("domain_get_disk_errors", [DomainDiskError("vda", 2)], lambda conn, dom: dom.diskErrors(), {"vda": 2}),
        (
            "domain_get_job_stats",
            DomainJobStats(2, PARAMS),
            lambda conn, dom: dom.jobStats(),
            {"type": 2, "a": -5, "b": "x"},
        ),
        ("domain_get_security_label", SecurityLabel("l", 1), lambda conn, dom: dom.securityLabel(), ["l", True]),
        ("domain_get_scheduler_parameters", PARAMS, lambda conn, dom: dom.schedulerType(), ("text", 2)),
        (
            "domain_interface_addresses",
            [
                DomainInterface("eth0", "52:54", [DomainIPAddress(0, "10.0.0.1", 8)]),
                DomainInterface("lo", None, []),
            ],
            lambda conn, dom: dom.interfaceAddresses(0),
            {
                "eth0": {"addrs": [{"addr": "10.0.0.1", "prefix": 8, "type": 0}], "hwaddr": "52:54"},
                "lo": {"addrs": None, "hwaddr": None},
            },
        ),
        (
            "network_get_dhcp_leases",
            [NetworkDHCPLease("virbr0", 99, 0, "52:54", None, "10.0.0.2", 24, "web", None)],
            lambda conn, dom: libvirt.virNetwork(conn, NET).DHCPLeases(),
            [
                {
                    "iface": "virbr0",
                    "expirytime": 99,
                    "type": 0,
                    "mac": "52:54",
                    "iaid": None,
                    "ipaddr": "10.0.0.2",
                    "prefix": 24,
                    "hostname": "web",
                    "clientid": None,
                }
            ],
        ),
    ],
)
def test_shapes(
    conn: libvirt.virConnect, backend: FakeBackend, operation: str, answer: Any, call: Any, expected: Any
) -> None:
    backend.answers = {"node_get_cpu_map": CPUS, operation: answer}
    assert call(conn, libvirt.virDomain(conn, DOM)) == expected


def test_enumerations_become_numbers(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    """Drivers in process answer with members of enumerations; programs print and compare plain values."""
    backend.answers = {
        "domain_get_state": DomainState(State.RUNNING, DomainRunningReason.BOOTED),
        "connect_get_all_domain_stats": [
            DomainStatsRecord(DOM, [TypedParam(DomainStatsField.STATE_STATE, 1, State.RUNNING)])
        ],
        "domain_get_job_stats": DomainJobStats(DomainJobType.NONE, []),
        "domain_is_active": State.RUNNING,
    }
    dom = libvirt.virDomain(conn, DOM)
    assert repr(dom.state()) == "[1, 1]"
    assert repr([stats for _, stats in conn.getAllDomainStats()]) == "[{'state.state': 1}]"
    assert repr(dom.jobStats()) == "{'type': 0}"
    assert repr(dom.isActive()) == "1"


def test_cpu_maps_have_the_hosts_width(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    backend.answers = {"node_get_cpu_map": CPUS}
    dom = libvirt.virDomain(conn, DOM)
    for chosen, cpumap in (
        ((True, False, True), b"\x05\x00"),
        ((), b"\x00\x00"),
        ((0, 1, "x"), b"\x06\x00"),
        ((True,) * 40, b"\xff\x03"),
    ):
        dom.pinVcpu(1, chosen)  # type: ignore[arg-type]
        assert backend.calls[-1] == ("domain_pin_vcpu", (DOM, 1, cpumap))
    with pytest.raises(TypeError, match="Unexpected type, tuple is required"):
        dom.pinVcpu(1, [True])  # type: ignore[arg-type]


def test_cpu_count_without_a_cpu_map(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    backend.answers = {
        "node_get_cpu_map": error(ErrorNumber.NO_SUPPORT, "virNodeGetCPUMap"),
        "node_get_info": NodeInfo("x", 1, 4, 1, 1, 1, 2, 2),
    }
    libvirt.virDomain(conn, DOM).pinEmulator((True, True))
    assert backend.calls[-1] == ("domain_pin_emulator", (DOM, b"\x03", 0))
    backend.answers["node_get_cpu_map"] = error(ErrorNumber.OPERATION_FAILED, "no sysfs")
    with pytest.raises(libvirt.libvirtError, match="no sysfs"):
        libvirt.virDomain(conn, DOM).pinEmulator((True, True))


def test_parameters_keep_the_types_they_have(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    current = [
        *(TypedParam("i", 1, 0), TypedParam("u", 2, 0), TypedParam("l", 3, 0), TypedParam("ul", 4, 0)),
        *(TypedParam("d", 5, 0.0), TypedParam("b", 6, False), TypedParam("s", 7, "")),
    ]
    backend.answers["domain_get_numa_parameters"] = current
    dom = libvirt.virDomain(conn, DOM)
    dom.setNumaParameters({"i": -1, "u": 1, "l": -1, "ul": 1, "d": 2, "b": 1, "s": "x"})
    sent = backend.calls[-1][1][1]
    assert [(one.type, one.value) for one in sent] == [(1, -1), (2, 1), (3, -1), (4, 1), (5, 2.0), (6, True), (7, "x")]
    for values, kind, text in (
        ({}, LookupError, "Need non-empty dictionary to set attributes"),
        ({"foo": 1}, LookupError, 'Attribute name "foo" could not be recognized'),
        ({"u": -1}, OverflowError, "can't convert negative int to unsigned"),
        ({"u": 1 << 40}, OverflowError, "int too big to convert"),
        ({"i": "x"}, TypeError, "'str' object cannot be interpreted as an integer"),
        ({"l": 1.5}, TypeError, "an integer is required"),
        ({"s": 5}, TypeError, "bad argument type for built-in operation"),
        ({"d": "x"}, TypeError, "must be real number, not str"),
        ({5: 6}, TypeError, "bad argument type for built-in operation"),
        (None, TypeError, "a dict is required, not NoneType"),
    ):
        with pytest.raises(kind) as caught:
            dom.setNumaParameters(values)  # type: ignore[arg-type]
        assert caught.value.args[0] == text


def test_parameters_of_declared_types(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    dom = libvirt.virDomain(conn, DOM)
    dom.blockCopy("vda", "<disk/>", {"bandwidth": 5, "granularity": 6, "new": -1, "other": "x", "on": True, "r": 0.5})
    sent = backend.calls[-1][1][3]
    assert [(one.field, one.type) for one in sent] == [
        *(("bandwidth", 4), ("granularity", 2), ("new", 3), ("other", 7), ("on", 6), ("r", 5)),
    ]
    dom.blockCopy("vda", "<disk/>")
    assert backend.calls[-1][1][3] == []
    with pytest.raises(TypeError, match='Unknown type of "x" field'):
        dom.blockCopy("vda", "<disk/>", {"x": None})
    with pytest.raises(libvirt.libvirtError, match="params in virDomainSetIOThreadParams must not be NULL"):
        dom.setIOThreadParams(1, {})


def test_time(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    dom = libvirt.virDomain(conn, DOM)
    dom.setTime({"seconds": 5})
    dom.setTime({"seconds": 5, "nseconds": 6})
    dom.setTime(None, libvirt.VIR_DOMAIN_TIME_SYNC)
    assert [arguments[1:] for _, arguments in backend.calls] == [(5, 0, 0), (5, 6, 0), (0, 0, 1)]
    for value, kind in ((None, TypeError), ({}, LookupError), ({"seconds": 1, "x": 2}, LookupError)):
        with pytest.raises(kind):
            dom.setTime(value)


def test_keys_are_counted(conn: libvirt.virConnect) -> None:
    dom = libvirt.virDomain(conn, DOM)
    assert dom.sendKey(0, 0, [1, 2], 2) == 0
    for keys, count in (([1, 2], 3), ([1, 2], 1), ((1,), 1)):
        with pytest.raises(libvirt.libvirtError, match=r"virDomainSendKey\(\) failed"):
            dom.sendKey(0, 0, keys, count)  # type: ignore[arg-type]


def test_lists_of_domains_have_to_hold_domains(conn: libvirt.virConnect) -> None:
    for doms, text in (
        ([], "doms array in virDomainListGetStats must contain at least one domain"),
        ([1], "virDomainListGetStats.* failed"),
        ([libvirt.virDomain(conn, DOM), 1], "virDomainListGetStats.* failed"),
    ):
        libvirt.virResetLastError()
        with pytest.raises(libvirt.libvirtError, match=text):
            conn.domainListGetStats(doms)  # type: ignore[arg-type]


def test_lists_count_only_to_fail_like_libvirt(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    conn.listSecrets()
    assert [operation for operation, _ in backend.calls] == ["connect_list_secrets"]
    for operation, function in (
        ("connect_list_secrets", "virConnectListSecrets"),
        ("connect_num_of_secrets", "virConnectNumOfSecrets"),
    ):
        backend.answers[operation] = error(ErrorNumber.NO_SUPPORT, function)
    with pytest.raises(libvirt.libvirtError, match="virConnectNumOfSecrets"):
        conn.listSecrets()


def test_paths_are_made_absolute(
    conn: libvirt.virConnect, backend: FakeBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    conn.lookupByName("web").save("saved")
    conn.restore("/else/where")
    conn.saveImageGetXMLDesc("saved")
    paths = [arguments for operation, arguments in backend.calls if operation != "domain_lookup_by_name"]
    assert [path for arguments in paths for path in arguments if isinstance(path, str)] == [
        f"{tmp_path}/saved",
        "/else/where",
        f"{tmp_path}/saved",
    ]


def test_graphics_need_a_socket(conn: libvirt.virConnect) -> None:
    with open("/dev/null") as file, pytest.raises(libvirt.libvirtError) as caught:
        libvirt.virDomain(conn, DOM).openGraphics(0, file.fileno())
    assert str(caught.value).endswith("must be a socket")


def test_a_snapshot_is_needed_to_go_back(conn: libvirt.virConnect) -> None:
    with pytest.raises(libvirt.libvirtError) as caught:
        libvirt.virDomain(conn, DOM).revertToSnapshot(None)  # type: ignore[arg-type]
    assert caught.value.err is not None
    assert caught.value.err[:3] == (71, 35, "Invalid domain snapshot: virDomainRevertToSnapshot")


def test_threads_share_a_connection(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    def work() -> None:
        for _ in range(50):
            dom = conn.lookupByName("web")
            assert dom.info()[0] == 3

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(backend.calls) == 800


def test_auth_callback_fills_the_answers(backend: FakeBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    from libvirt._connect import _ProgramAuthenticator
    from manor.client.backend import Credential
    from manor.constants import ConnectCredentialType as Kind
    from manor.errors import ManorError

    seen: list[Any] = []

    def ask(credentials: list[list[Any]], opaque: str) -> int:
        seen.append(([list(one) for one in credentials], opaque))
        credentials[0][4] = "root"
        return 0

    asked = [Credential(Kind.AUTHNAME, "Login", "", "me"), Credential(Kind.PASSPHRASE, "Secret")]
    authenticator = _ProgramAuthenticator([[Kind.AUTHNAME, Kind.PASSPHRASE], ask, "op"])
    assert list(authenticator.credential_types) == [2, 5]
    assert authenticator.ask(asked) == ["root", None]
    assert seen == [([[2, "Login", "", "me", None], [5, "Secret", "", None, None]], "op")]
    with pytest.raises(ManorError, match="Failed to collect auth credentials"):
        _ProgramAuthenticator([[], lambda *_: -1, None]).ask(asked)
    with pytest.raises(ManorError, match="No authentication callback available"):
        _ProgramAuthenticator([[], None, None]).ask(asked)
