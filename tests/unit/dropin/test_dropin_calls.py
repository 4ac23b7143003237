# SPDX-License-Identifier: Apache-2.0
"""Every method reaches the operation it stands for, with arguments of the catalogue's types and order.

The fake backend checks the types. Here the operations are compared with the procedures that libvirt's own library
calls for the same method, where that description is beside the repository.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import socket
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import libvirt
import libvirt_lxc
import libvirt_qemu
from libvirt_lxc import _cgroups
from manor.client.readonly import _REFUSED
from manor.drivers.interface.driver import operations
from manor.records import (
    DomainCheckpointRef,
    DomainSnapshotRef,
    InterfaceRef,
    NetworkPortRef,
    NwfilterBindingRef,
    NwfilterRef,
    StorageVolRef,
)
from tests.unit.dropin.fake import DEV, DOM, NET, POOL, SECRET, FakeBackend

API = Path(__file__).resolve().parents[4] / "shared" / "facts" / "api.json"

# Methods whose work is not one operation; they have tests of their own.
COMPOSED = re.compile(r"virDomain\.migrate(\d|ToURI\d?)?$|.*Event(Deregister|Register)|virStream\.|.*CloseCallback")
NO_CALL = {"virConnect.close", "virConnect.newStream", "virDomain.setTime"}


def objects(conn: libvirt.virConnect) -> dict[str, Any]:
    dom = libvirt.virDomain(conn, DOM)
    net = libvirt.virNetwork(conn, NET)
    return {
        "virConnect": conn,
        "virDomain": dom,
        "virNetwork": net,
        "virNetworkPort": libvirt.virNetworkPort(net, NetworkPortRef(NET, bytes(16))),
        "virStoragePool": libvirt.virStoragePool(conn, POOL),
        "virStorageVol": libvirt.virStorageVol(conn, StorageVolRef("images", "disk", "/images/disk")),
        "virNodeDevice": libvirt.virNodeDevice(conn, DEV),
        "virInterface": libvirt.virInterface(conn, InterfaceRef("eth0", "52:54:00:00:00:01")),
        "virNWFilter": libvirt.virNWFilter(conn, NwfilterRef("clean", bytes(16))),
        "virNWFilterBinding": libvirt.virNWFilterBinding(conn, NwfilterBindingRef("vnet0", "clean")),
        "virSecret": libvirt.virSecret(conn, SECRET),
        "virDomainSnapshot": libvirt.virDomainSnapshot(dom, DomainSnapshotRef("s1", DOM)),
        "virDomainCheckpoint": libvirt.virDomainCheckpoint(dom, DomainCheckpointRef("c1", DOM)),
        "socket": socket.socket(),
    }


def argument(name: str, annotation: str, made: dict[str, Any]) -> Any:
    by_name = {"uuid": bytes(16), "uuidstr": "0" * 32, "nkeycodes": 2, "pages": [4], "keycodes": [1, 2], "auth": None}
    if name in by_name:
        return {4: 1} if annotation.startswith("dict") else by_name[name]
    by_type = {
        **dict.fromkeys(("int", "Int32", "UInt32"), 1),
        "str": "some",
        "str | None": "some",
        "bytes | str": b"value",
        "GivenParams": {"text": 5},
        "GivenParams | None": {"text": 5},
        "tuple[bool, ...]": (True, False, True),
        "list[int]": [5],
        "list[str]": ["a", "b"],
        "list[str] | None": ["a", "b"],
        "virStream": made["virConnect"].newStream(),
        "virStorageVol": made["virStorageVol"],
        "virDomainSnapshot": made["virDomainSnapshot"],
        "bool": True,
        "list[virDomain]": [made["virDomain"]],
        "virDomain": made["virDomain"],
        "virConnect": made["virConnect"],
    }
    return by_type[annotation]


def arguments(function: Any, made: dict[str, Any]) -> list[Any]:
    if function.__name__ == "openGraphics":
        return [0, made["socket"].fileno(), 0]
    return [
        argument(parameter.name, str(parameter.annotation), made)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name != "self"
    ]


CLASSES = [one for one in vars(libvirt) if one.startswith("vir") and inspect.isclass(getattr(libvirt, one))]
METHODS = [
    f"{name}.{method}"
    for name in CLASSES
    for method, function in inspect.getmembers(getattr(libvirt, name), inspect.isfunction)
    if hasattr(function, "__wrapped__") and not COMPOSED.match(f"{name}.{method}") and f"{name}.{method}" not in NO_CALL
]


@cache
def wire_of(name: str, method: str) -> set[str]:
    """The operations libvirt's library calls for a method."""
    entry = json.loads(API.read_text())["python_api"]["libvirt"]["classes"][name]["methods"][method]
    return {procedure.split("_PROC_")[1].lower() for procedure in entry["wire"]}


def test_there_are_methods() -> None:
    assert len(METHODS) > 360


@pytest.mark.parametrize("qualified", METHODS)
def test_method_reaches_its_operation(qualified: str, conn: libvirt.virConnect, backend: FakeBackend) -> None:
    name, method = qualified.split(".")
    made = objects(conn)
    handle = made[name]
    backend.calls.clear()
    getattr(handle, method)(*arguments(getattr(handle, method), made))
    called = [operation for operation, _ in backend.calls]
    if API.exists() and wire_of(name, method):
        local = {"connect_get_lib_version"}
        helpers = {"node_get_cpu_map", "domain_lookup_by_uuid", "domain_get_scheduler_parameters"}
        helpers.add("domain_get_block_io_tune")
        assert set(called) <= wire_of(name, method) | helpers
        assert called or wire_of(name, method) <= local or method == "isEncrypted"
    assert set(called) <= set(operations())


@pytest.mark.parametrize("qualified", METHODS)
def test_read_only_is_refused_in_the_name_of_the_method(
    qualified: str, conn: libvirt.virConnect, backend: FakeBackend
) -> None:
    """The C function a read-only connection names is the one the method is marked with."""
    name, method = qualified.split(".")
    made = objects(conn)
    backend.calls.clear()
    getattr(made[name], method)(*arguments(getattr(made[name], method), made))
    refused = {_REFUSED[operation] for operation, _ in backend.calls if operation in _REFUSED}
    source = inspect.getsource(inspect.getattr_static(type(made[name]), method))
    for function in refused - {"virDomainCreateXML"}:
        assert f'"{function}"' in source


def test_qemu_functions(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    dom = libvirt.virDomain(conn, DOM)
    assert libvirt_qemu.qemuMonitorCommand(dom, "info", 1) == "text"
    assert libvirt_qemu.qemuMonitorCommandWithFiles(dom, "x", [3]) == ("text", [3])
    assert libvirt_qemu.qemuAgentCommand(dom, "x", -1, 0) == "text"
    assert libvirt_qemu.qemuAttach(conn, 44, 0).name() == "text"
    assert [operation for operation, _ in backend.calls] == [
        "domain_monitor_command",
        "domain_monitor_command_with_files",
        "domain_agent_command",
        "domain_attach",
    ]


def test_lxc_functions(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    dom = libvirt.virDomain(conn, DOM._replace(id=-1))
    assert libvirt_lxc.lxcOpenNamespace(dom, 0) == [3]
    with pytest.raises(libvirt.libvirtError, match="domain is not running"):
        libvirt_lxc.lxcEnterCGroup(dom, 0)


def test_entering_control_groups(conn: libvirt.virConnect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file per hierarchy that is mounted, of either version of the kernel's interface."""
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "mounts").write_text(
        f"cgroup2 {tmp_path}/unified cgroup2 rw 0 0\n"
        f"cgroup {tmp_path}/cpu cgroup rw,cpu,cpuacct 0 0\n"
        "proc /proc proc rw 0 0\n"
    )
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cgroup").write_text("5:memory:/gone\n4:cpu,cpuacct:/guest\n0::/machine/guest\n")
    for folder in ("unified/machine/guest", "cpu/guest"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(_cgroups, "PROC", tmp_path)
    dom = libvirt.virDomain(conn, DOM)
    assert libvirt_lxc.lxcEnterCGroup(dom, 0) == 0
    for folder in ("unified/machine/guest", "cpu/guest"):
        assert (tmp_path / folder / "cgroup.procs").read_text() == f"{os.getpid()}\n"
    (tmp_path / "7" / "cgroup").unlink()
    with pytest.raises(libvirt.libvirtError) as caught:
        libvirt_lxc.lxcEnterCGroup(dom, 0)
    assert caught.value.get_error_code() == libvirt.VIR_ERR_SYSTEM_ERROR


def test_migration(conn: libvirt.virConnect, backend: FakeBackend) -> None:
    """Which form of the call asks for what; the steps themselves are tested with manor.client.migration."""
    dom = libvirt.virDomain(conn, DOM)
    backend.answers["connect_supports_feature"] = 1
    p2p = libvirt.VIR_MIGRATE_PEER2PEER
    params = {"migrate_uri": "tcp:there", "migrate_disks": ["vda", "vdb"], "bandwidth": 5}
    there = dom.migrate(conn, p2p, "new", "tcp:there", 5)
    assert there.connect() is conn
    dom.migrate2(conn, "<domain/>", p2p, "new", "tcp:there", 5)
    dom.migrate3(conn, params, p2p)
    dom.migrateToURI("qemu://there/system", p2p, "new", 5)
    dom.migrateToURI2("qemu://there/system", "tcp:there", "<domain/>", p2p, "new", 5)
    dom.migrateToURI3("qemu://there/system", params, p2p)
    sent = [arguments for operation, arguments in backend.calls if operation == "domain_migrate_perform3_params"]
    assert [uri for _, uri, *_ in sent] == ["fake:///default"] * 3 + ["qemu://there/system"] * 3
    plain = [("destination_name", "new"), ("migrate_uri", "tcp:there"), ("bandwidth", 5)]
    xml = [*plain[:2], ("destination_xml", "<domain/>"), plain[2]]
    extended = [*plain[1:], ("migrate_disks", "vda"), ("migrate_disks", "vdb")]
    expected = [plain, xml, extended, [plain[0], plain[2]], xml, extended]
    assert [[(one.field, one.value) for one in given] for _, _, given, *_ in sent] == expected
    with pytest.raises(libvirt.libvirtError, match="invalid connection pointer in virDomainMigrate"):
        dom.migrate(None)  # type: ignore[arg-type]


def test_functions_for_a_domain_need_one(conn: libvirt.virConnect) -> None:
    with pytest.raises(libvirt.libvirtError) as caught:
        libvirt_qemu.qemuMonitorEventRegister(conn, conn, None, print, None)  # type: ignore[arg-type]
    assert caught.value.get_error_code() == libvirt.VIR_ERR_INVALID_DOMAIN
