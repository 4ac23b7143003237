# SPDX-License-Identifier: Apache-2.0
"""Programs that use libvirt's Python module, run once with the C binding and once with ours, on the same connection.

Run as `python bodies.py NAME URI API`. Each line of output is one step: what was done and what came of it, with what
differs from run to run taken out. Nothing but libvirt and the standard library is imported: the C binding lives in
another interpreter.
"""

from __future__ import annotations

import json
import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import libvirt

DOMAIN = """<domain type='test'><name>{name}</name><memory>524288</memory><vcpu>2</vcpu><os><type>hvm</type></os>
<devices><disk type='file' device='disk'><source file='/images/{name}.img'/><target dev='vda'/></disk></devices>
</domain>"""
NETWORK = """<network><name>{name}</name><bridge name='br-{name}'/><ip address='10.1.1.1' netmask='255.255.255.0'/>
</network>"""
POOL = "<pool type='dir'><name>{name}</name><target><path>/pools/{name}</path></target></pool>"
VOLUME = "<volume><name>{name}</name><capacity>1048576</capacity><target><format type='qcow2'/></target></volume>"
INTERFACE = "<interface type='ethernet' name='{name}'><mac address='52:54:00:11:22:33'/></interface>"
VPORT = """<device><parent>{parent}</parent><capability type='scsi_host'><capability type='fc_host'>
<wwnn>2000000012341234</wwnn><wwpn>1000000012341234</wwpn></capability></capability></device>"""
SNAPSHOT = "<domainsnapshot><name>{name}</name></domainsnapshot>"


def plain(value: Any) -> Any:
    """A result without what is particular to this run: objects become their class and name, times are hidden."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return "NUMBER" if abs(value) > 10**8 else value
    if isinstance(value, float):
        return "FLOAT"
    if isinstance(value, bytes):
        return f"bytes {len(value)} {value[:8]!r}"
    if isinstance(value, str):
        return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", re.sub(r"0x[0-9a-f]{7,}", "ADDRESS", value))
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(plain, value)]
    if isinstance(value, dict):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    for method in ("name", "getName", "portDev", "getURI", "UUIDString"):
        if hasattr(value, method):
            return [type(value).__name__, plain(getattr(value, method)())]
    return type(value).__name__


def step(label: str, call: Any) -> Any:
    """Do something, say what came of it, and return the result."""
    try:
        result = call()
    except libvirt.libvirtError as error:
        print(json.dumps([label, "libvirtError", plain(str(error)), plain(error.err)]))
        return None
    except Exception as error:
        print(json.dumps([label, type(error).__name__, plain(str(error))]))
        return None
    print(json.dumps([label, plain(result)], sort_keys=True))
    return result


def every(handle: Any, *methods: str) -> None:
    """Call methods without arguments; of an object that was not made, none."""
    for method in methods:
        step(f"{type(handle).__name__}.{method}", getattr(handle, method, None))


def connection(uri: str) -> None:
    """Connecting, what a connection tells of itself, closing."""
    conn: Any = libvirt.open(uri)
    every(conn, "getType", "getVersion", "getHostname", "getURI", "isAlive", "isEncrypted", "isSecure", "getInfo")
    every(conn, "getCPUMap", "getSecurityModel", "getFreeMemory", "getMemoryParameters", "listDomainsID", "getSysinfo")
    step("getMaxVcpus", lambda: conn.getMaxVcpus(None))
    step("getCellsFreeMemory", lambda: conn.getCellsFreeMemory(0, 2))
    step("getFreePages", lambda: conn.getFreePages([4], 0, 1))
    step("getFreePages none", lambda: conn.getFreePages([4], 0, 0))
    step("getCPUStats keys", lambda: sorted(conn.getCPUStats(-1)))
    step("getCPUModelNames", lambda: conn.getCPUModelNames("x86_64"))
    step("getCPUModelNames bad", lambda: conn.getCPUModelNames("zz"))
    step("compareCPU", lambda: conn.compareCPU("<cpu/>"))
    step("baselineCPU none", lambda: conn.baselineCPU([]))
    step("baselineCPU no list", lambda: conn.baselineCPU("x"))
    step("capabilities", lambda: conn.getCapabilities())
    step("domain capabilities", lambda: conn.getDomainCapabilities())
    dom = conn.lookupByName("test")
    step("close with a domain", conn.close)
    step("domain after close", dom.name)
    step("domain still works", dom.isActive)
    step("connection after close", conn.getHostname)
    step("close again", conn.close)
    del dom
    step("close without objects", lambda: libvirt.open(uri).close())
    with libvirt.open(uri) as inner:
        step("with", inner.isAlive)
    step("after with", inner.isAlive)
    step("bad flags", lambda: libvirt.openAuth(uri, [[], None, None], 8).close())
    for bad in ("foo", "q_x:///d", "qemu+bogus:///system", "qemu:///embed", "test:///", "qemu+unix://h/system", ":"):
        step(f"open {bad}", lambda bad=bad: libvirt.open(bad))


def lookups(uri: str) -> None:
    """Finding things that are there and that are not."""
    conn: Any = libvirt.open(uri)
    dom = conn.lookupByName("test")
    step("ID", lambda: conn.lookupByID(dom.ID()))
    step("UUID", lambda: conn.lookupByUUID(dom.UUID()))
    step("UUIDString", lambda: conn.lookupByUUIDString(dom.UUIDString()))
    for label, call in (
        ("name", lambda: conn.lookupByName("nobody")),
        ("name None", lambda: conn.lookupByName(None)),
        ("name int", lambda: conn.lookupByName(5)),
        ("id", lambda: conn.lookupByID(99)),
        ("id negative", lambda: conn.lookupByID(-1)),
        ("id large", lambda: conn.lookupByID(1 << 40)),
        ("id text", lambda: conn.lookupByID("x")),
        ("uuid", lambda: conn.lookupByUUID(bytes(16))),
        ("uuid short", lambda: conn.lookupByUUID(b"abc")),
        ("uuid text", lambda: conn.lookupByUUIDString("00000000-0000-0000-0000-000000000001")),
        ("uuid text bad", lambda: conn.lookupByUUIDString("abc")),
        ("network", lambda: conn.networkLookupByName("nobody")),
        ("network uuid", lambda: conn.networkLookupByUUIDString("x")),
        ("pool", lambda: conn.storagePoolLookupByName("nobody")),
        ("volume key", lambda: conn.storageVolLookupByKey("nothing")),
        ("volume path", lambda: conn.storageVolLookupByPath("/nothing")),
        ("interface", lambda: conn.interfaceLookupByName("nobody")),
        ("interface mac", lambda: conn.interfaceLookupByMACString("00:00:00:00:00:00")),
        ("device", lambda: conn.nodeDeviceLookupByName("nobody")),
        ("secret", lambda: conn.secretLookupByUUIDString(dom.UUIDString())),
        ("filter", lambda: conn.nwfilterLookupByName("nobody")),
        ("snapshot", lambda: dom.snapshotLookupByName("nobody")),
        ("checkpoint", lambda: dom.checkpointLookupByName("nobody")),
        ("current snapshot", lambda: dom.snapshotCurrent()),
        ("XML flags", lambda: dom.XMLDesc(1 << 31)),
        ("XML flags negative", lambda: dom.XMLDesc(-1)),
        ("XML flags None", lambda: dom.XMLDesc(None)),
    ):
        step(label, call)
        step(f"{label}: last error", libvirt.virGetLastErrorCode)
    step("after success", lambda: (conn.getHostname() and None, libvirt.virGetLastError()))


def domains(uri: str) -> None:
    """Defining, starting, stopping, describing, tuning."""
    conn: Any = libvirt.open(uri)
    step("define broken", lambda: conn.defineXML("<domain"))
    step("define other", lambda: conn.defineXML("<network/>"))
    step("define nameless", lambda: conn.defineXML("<domain type='test'/>"))
    dom = step("define", lambda: conn.defineXML(DOMAIN.format(name="one")))
    step("createXML", lambda: conn.createXML(DOMAIN.format(name="two"), 0))
    step("createXML again", lambda: conn.createXML(DOMAIN.format(name="two"), 0))
    for flags in (0, 1, 2, 4, 8, 16, 32, 64, 512, 1 << 20):
        step(f"listAllDomains {flags}", lambda flags=flags: sorted(one.name() for one in conn.listAllDomains(flags)))
    every(conn, "numOfDomains", "numOfDefinedDomains", "listDefinedDomains")
    every(
        dom, "isActive", "isPersistent", "isUpdated", "OSType", "maxMemory", "maxVcpus", "info", "state", "ID", "name"
    )
    step("XML", dom.XMLDesc)
    step("create", dom.create)
    step("create again", dom.create)
    step("ID", dom.ID)
    every(dom, "state", "suspend", "state", "suspend", "resume", "state", "resume", "reboot", "state", "ID")
    every(
        dom, "autostart", "hasManagedSaveImage", "controlInfo", "schedulerType", "schedulerParameters", "ioThreadInfo"
    )
    every(dom, "memoryParameters", "blkioParameters", "numaParameters", "perfEvents", "securityLabel", "diskErrors")
    every(dom, "fsInfo", "getTime", "hostname", "vcpuPinInfo", "emulatorPinInfo", "messages", "jobInfo", "jobStats")
    every(
        dom, "guestInfo", "blockJobInfo", "hasCurrentSnapshot", "snapshotNum", "snapshotListNames", "listAllSnapshots"
    )
    step("vcpus shape", lambda: [[one[:2] for one in dom.vcpus()[0]], dom.vcpus()[1]])
    step("memoryStats", lambda: sorted(dom.memoryStats()))
    step("blockStats shape", lambda: len(dom.blockStats("vda")))
    step("blockStats bad", lambda: dom.blockStats("nothing"))
    step("interfaceStats bad", lambda: dom.interfaceStats("nothing"))
    step("interfaceAddresses", lambda: dom.interfaceAddresses(0))
    step("getCPUStats total", lambda: [sorted(one) for one in dom.getCPUStats(True)])
    step("getCPUStats", lambda: [sorted(one) for one in dom.getCPUStats(False)])
    step("blockInfo", lambda: dom.blockInfo("vda"))
    step("blockIoTune", lambda: dom.blockIoTune("vda"))
    step("stats", lambda: sorted((one.name(), sorted(stats)) for one, stats in conn.getAllDomainStats()))
    step("stats of one", lambda: [(one.name(), stats) for one, stats in conn.domainListGetStats([dom])])
    step("stats of none", lambda: conn.domainListGetStats([]))


def tuning(uri: str) -> None:
    """Changing a running domain, and getting rid of it."""
    conn: Any = libvirt.open(uri)
    dom = conn.defineXML(DOMAIN.format(name="one"))
    dom.create()
    for label, call in (
        ("setMemory", lambda: dom.setMemory(262144)),
        ("setMemory much", lambda: dom.setMemory(10**9)),
        ("setMaxMemory", lambda: dom.setMaxMemory(1048576)),
        ("setMemoryFlags", lambda: dom.setMemoryFlags(262144, 2)),
        ("setVcpus", lambda: dom.setVcpus(1)),
        ("setVcpus many", lambda: dom.setVcpus(100)),
        ("setVcpusFlags", lambda: dom.setVcpusFlags(2, 2)),
        ("vcpusFlags", lambda: dom.vcpusFlags(4)),
        ("pinVcpu", lambda: dom.pinVcpu(0, (True, False))),
        ("pinVcpu list", lambda: dom.pinVcpu(0, [True])),
        ("pinVcpu wrong", lambda: dom.pinVcpu(9, (True,))),
        ("pinEmulator", lambda: dom.pinEmulator((True,))),
        ("pinned", lambda: dom.vcpuPinInfo()),
        ("setAutostart", lambda: dom.setAutostart(1)),
        ("autostart", lambda: dom.autostart()),
        ("setSchedulerParameters", lambda: dom.setSchedulerParameters({"weight": 60})),
        ("setSchedulerParameters bad", lambda: dom.setSchedulerParameters({"foo": 60})),
        ("setSchedulerParameters empty", lambda: dom.setSchedulerParameters({})),
        ("setMemoryParameters", lambda: dom.setMemoryParameters({"hard_limit": 600000})),
        ("setMemoryParameters text", lambda: dom.setMemoryParameters({"hard_limit": "x"})),
        ("setMemoryParameters negative", lambda: dom.setMemoryParameters({"hard_limit": -1})),
        ("setBlkioParameters", lambda: dom.setBlkioParameters({"weight": 500})),
        ("setBlockIoTune", lambda: dom.setBlockIoTune("vda", {"total_bytes_sec": 1000})),
        ("setBlockIoTune bad", lambda: dom.setBlockIoTune("vda", {"foo": 1000})),
        ("setPerfEvents", lambda: dom.setPerfEvents({"cmt": True})),
        ("perfEvents", lambda: dom.perfEvents()["cmt"]),
        ("setTime", lambda: dom.setTime({"seconds": 5})),
        ("setTime empty", lambda: dom.setTime({})),
        ("setTime None", lambda: dom.setTime(None)),
        ("fsFreeze", lambda: dom.fsFreeze()),
        ("fsFreeze some", lambda: dom.fsFreeze(["/a"])),
        ("fsThaw", lambda: dom.fsThaw([])),
        ("fSTrim", lambda: dom.fSTrim(None, 0)),
        ("sendKey", lambda: dom.sendKey(0, 0, [30, 31], 2)),
        ("sendKey count", lambda: dom.sendKey(0, 0, [30, 31], 3)),
        ("sendKey text", lambda: dom.sendKey(0, 0, ["x"], 1)),
        ("metadata none", lambda: dom.metadata(1, None)),
        ("setMetadata", lambda: dom.setMetadata(1, "Title", None, None)),
        ("metadata", lambda: dom.metadata(1, None)),
        ("setMetadata element", lambda: dom.setMetadata(2, "<a x='1'/>", "key", "http://a/", 3)),
        ("metadata element", lambda: dom.metadata(2, "http://a/")),
        ("memoryPeek", lambda: dom.memoryPeek(0, 4, 1)),
        ("interfaceParameters", lambda: dom.interfaceParameters("x")),
        ("attachDevice", lambda: dom.attachDevice("<disk/>")),
        ("updateDeviceFlags", lambda: dom.updateDeviceFlags("<disk/>", 0)),
        ("rename running", lambda: dom.rename("other")),
        ("getMaxVcpus", lambda: conn.getMaxVcpus("test")),
        ("undefine running", lambda: dom.undefine()),
        ("isPersistent", lambda: dom.isPersistent()),
        ("define again", lambda: conn.defineXML(DOMAIN.format(name="three"))),
        ("destroy", lambda: dom.destroy()),
        ("gone", lambda: dom.info()),
    ):
        step(label, call)
    three = conn.lookupByName("three")
    every(three, "suspend", "shutdown", "destroy", "rename", "managedSaveRemove")
    step("rename", lambda: three.rename("four"))
    step("renamed", lambda: sorted(one.name() for one in conn.listAllDomains()))


def saving(uri: str) -> None:
    """Saving and restoring, managed save, snapshots."""
    conn: Any = libvirt.open(uri)
    path = str(Path(sys.argv[4]) / "saved")
    dom = conn.lookupByName("test")
    step("save", lambda: dom.save(path))
    step("state", dom.state)
    step("ID", dom.ID)
    step("saved XML", lambda: conn.saveImageGetXMLDesc(path, 0))
    step("restore", lambda: conn.restore(path))
    dom = conn.lookupByName("test")
    every(dom, "state", "managedSave", "hasManagedSaveImage", "state", "create", "hasManagedSaveImage", "state")
    step("save nowhere", lambda: dom.save("/nonexistent/x"))
    step("restore nothing", lambda: conn.restore("/nonexistent/x"))
    step("core dump", lambda: dom.coreDump(str(Path(sys.argv[4]) / "core"), 0))
    one = step("snapshot", lambda: dom.snapshotCreateXML(SNAPSHOT.format(name="s1"), 0))
    two = step("second", lambda: dom.snapshotCreateXML(SNAPSHOT.format(name="s2"), 0))
    step("same name", lambda: dom.snapshotCreateXML(SNAPSHOT.format(name="s1"), 0))
    for snapshot in (one, two):
        every(snapshot, "getName", "isCurrent", "hasMetadata", "numChildren", "listChildrenNames", "listAllChildren")
        step("parent", snapshot.getParent)
        step("back references", lambda snapshot=snapshot: (snapshot.getConnect() is conn, snapshot.domain() is dom))
    every(dom, "snapshotNum", "snapshotCurrent", "hasCurrentSnapshot")
    # libvirt keeps these in a hash table: their order is its own affair.
    step("snapshotListNames", lambda: sorted(dom.snapshotListNames()))
    step("listAllSnapshots", lambda: sorted(one.getName() for one in dom.listAllSnapshots()))
    step("revert", lambda: dom.revertToSnapshot(one))
    step("revert to nothing", lambda: dom.revertToSnapshot(None))
    step("current", lambda: dom.snapshotCurrent().getName())
    step("delete with children", lambda: one.delete(1))
    every(dom, "snapshotNum", "listAllCheckpoints")


def networks(uri: str) -> None:
    """Virtual networks."""
    conn: Any = libvirt.open(uri)
    every(conn, "numOfNetworks", "numOfDefinedNetworks", "listNetworks", "listDefinedNetworks", "listAllNetworks")
    net = step("define", lambda: conn.networkDefineXML(NETWORK.format(name="lan")))
    step("define broken", lambda: conn.networkDefineXML("<network/>"))
    step("create transient", lambda: conn.networkCreateXML(NETWORK.format(name="wan")))
    for flags in (0, 1, 2, 4, 8, 16, 32):
        step(f"listAllNetworks {flags}", lambda flags=flags: sorted(one.name() for one in conn.listAllNetworks(flags)))
    every(net, "isActive", "isPersistent", "autostart", "bridgeName", "create", "create", "isActive", "destroy")
    every(net, "destroy", "XMLDesc", "DHCPLeases", "listAllPorts")
    step("setAutostart", lambda: net.setAutostart(1))
    step("autostart", net.autostart)
    step("update", lambda: net.update(3, 4, -1, "<host mac='52:54:00:00:00:01' ip='10.1.1.2'/>", 0))
    every(net, "undefine", "undefine", "isActive")


def storage(uri: str) -> None:
    """Pools and volumes."""
    conn: Any = libvirt.open(uri)
    every(conn, "numOfStoragePools", "numOfDefinedStoragePools", "listStoragePools", "listDefinedStoragePools")
    every(conn, "listAllStoragePools", "getStoragePoolCapabilities")
    pool = step("define", lambda: conn.storagePoolDefineXML(POOL.format(name="images"), 0))
    step("define broken", lambda: conn.storagePoolDefineXML("<pool/>", 0))
    every(pool, "isActive", "isPersistent", "autostart", "info", "build", "create", "info", "isActive", "XMLDesc")
    every(pool, "numOfVolumes", "listVolumes", "listAllVolumes")
    vol = step("volume", lambda: pool.createXML(VOLUME.format(name="disk"), 0))
    step("same volume", lambda: pool.createXML(VOLUME.format(name="disk"), 0))
    every(vol, "name", "key", "path", "info", "XMLDesc", "storagePoolLookupByVolume")
    step("by key", lambda: conn.storageVolLookupByKey(vol.key()))
    step("by path", lambda: conn.storageVolLookupByPath(vol.path()))
    step("by name", lambda: pool.storageVolLookupByName("disk"))
    step("by target", lambda: conn.storagePoolLookupByTargetPath("/pools/images"))
    step("clone", lambda: pool.createXMLFrom(VOLUME.format(name="copy"), vol, 0))
    step("clone of nothing", lambda: pool.createXMLFrom(VOLUME.format(name="copy"), None, 0))
    step("infoFlags", lambda: vol.infoFlags(1))
    step("resize", lambda: vol.resize(2097152))
    step("wipe", vol.wipe)
    step("volumes", lambda: sorted(pool.listVolumes()))
    step("info", pool.info)
    step("delete", vol.delete)
    every(pool, "destroy", "info", "listVolumes", "delete", "undefine", "undefine")
    step("find sources", lambda: conn.findStoragePoolSources("logical", None))
    step("find sources bad", lambda: conn.findStoragePoolSources("nonsense", None))


def host(uri: str) -> None:
    """Interfaces, devices, secrets, filters."""
    conn: Any = libvirt.open(uri)
    every(conn, "numOfInterfaces", "numOfDefinedInterfaces", "listInterfaces", "listDefinedInterfaces")
    every(conn, "listAllInterfaces", "changeRollback", "changeBegin", "changeBegin", "changeCommit")
    iface = step("define", lambda: conn.interfaceDefineXML(INTERFACE.format(name="eth9"), 0))
    every(iface, "name", "MACString", "isActive", "create", "isActive", "XMLDesc", "destroy", "undefine", "isActive")
    every(conn, "listSecrets", "numOfSecrets", "listAllSecrets", "listNWFilters", "numOfNWFilters")
    every(conn, "listAllNWFilters", "listAllNWFilterBindings")
    step("numOfDevices", lambda: conn.numOfDevices(None))
    step("listAllDevices", lambda: sorted(one.name() for one in conn.listAllDevices()))
    step("listDevices", lambda: sorted(conn.listDevices(None)))
    step("listDevices scsi", lambda: sorted(conn.listDevices("scsi_host")))
    for name in ("computer", "scsi_host11"):
        device = conn.nodeDeviceLookupByName(name)
        every(device, "name", "parent", "listCaps", "numOfCaps", "XMLDesc", "isActive", "isPersistent", "reset")
    made = step("create device", lambda: conn.nodeDeviceCreateXML(VPORT.format(parent="scsi_host1"), 0))
    every(made, "name", "parent", "destroy", "destroy")
    step("define secret", lambda: conn.secretDefineXML("<secret/>"))


def readonly(uri: str) -> None:
    """What a read-only connection refuses."""
    conn: Any = libvirt.openReadOnly(uri)
    dom = conn.lookupByName("test")
    for method in (
        "destroy",
        "suspend",
        "shutdown",
        "undefine",
        "managedSave",
        "info",
        "state",
        "XMLDesc",
        "autostart",
    ):
        step(method, getattr(dom, method))
    for label, call in (
        ("secure XML", lambda: dom.XMLDesc(1)),
        ("migratable XML", lambda: dom.XMLDesc(8)),
        ("guest vcpus", lambda: dom.vcpusFlags(8)),
        ("addresses of the agent", lambda: dom.interfaceAddresses(1)),
        ("addresses by ARP", lambda: dom.interfaceAddresses(2)),
        ("define", lambda: conn.defineXML(DOMAIN.format(name="x"))),
        ("saved XML", lambda: conn.saveImageGetXMLDesc("/x")),
        ("native", lambda: conn.domainXMLFromNative("x", "y")),
        ("setMemory", lambda: dom.setMemory(1)),
        ("setAutostart", lambda: dom.setAutostart(1)),
        ("screenshot", lambda: dom.screenshot(conn.newStream(), 0)),
        ("network", lambda: conn.networkLookupByName("default").destroy()),
        ("pool", lambda: conn.storagePoolLookupByName("default-pool").destroy()),
        ("migrate", lambda: dom.migrate(conn, 1, None, None, 0)),
        ("migrateToURI3", lambda: dom.migrateToURI3("x", {}, 1)),
    ):
        step(label, call)


def streams(uri: str) -> None:
    """A screenshot, and streams used wrongly."""
    conn: Any = libvirt.open(uri)
    dom = conn.lookupByName("test")
    stream: Any = conn.newStream()
    step("screenshot", lambda: dom.screenshot(stream, 0))
    data: Any = b""
    while len(data) < 100 and (chunk := stream.recv(100 - len(data))):
        data += chunk
    step("first bytes", lambda: data)
    rest: list[int] = []
    step("recvAll", lambda: stream.recvAll(lambda st, piece, seen: seen.append(len(piece)), rest))
    step("size", lambda: sum(rest))
    step("at the end", lambda: stream.recv(10))
    step("finish", stream.finish)
    stream = conn.newStream()
    dom.screenshot(stream, 0)
    step("handler fails", lambda: stream.recvAll(lambda *_: -1, None))
    unused: Any = conn.newStream()
    for label, call in (
        ("send", lambda: unused.send(b"x")),
        ("recv", lambda: unused.recv(5)),
        ("recvHole", lambda: unused.recvHole()),
        ("finish", unused.finish),
        ("abort", unused.abort),
        ("remove callback", unused.eventRemoveCallback),
    ):
        step(f"unused: {label}", call)
    step("no stream", lambda: dom.openConsole(None, None))
    step("console", lambda: dom.openConsole(None, conn.newStream()))
    step("no screen", lambda: dom.screenshot(conn.newStream(), 9))


def events(uri: str) -> None:
    """Registering for events and what comes of some calls."""
    libvirt.virEventRegisterDefaultImpl()
    conn: Any = libvirt.open(uri)
    dom = conn.lookupByName("test")

    def told(kind: str) -> Any:
        return lambda *arguments: print(json.dumps(["event", kind, plain(arguments[1:])]))

    def settle() -> None:
        """Run the loop until nothing has happened for a while."""
        quiet = [0]
        timer = libvirt.virEventAddTimeout(50, lambda *_: quiet.__setitem__(0, quiet[0] + 1), None)
        end = time.monotonic() + 10
        while quiet[0] < 4 and time.monotonic() < end:
            libvirt.virEventRunDefaultImpl()
        libvirt.virEventRemoveTimeout(timer)

    legacy = told("legacy")
    step("legacy", lambda: conn.domainEventRegister(legacy, "o"))
    numbers = [step(f"any {n}", lambda n=n: conn.domainEventRegisterAny(None, n, told(str(n)), n)) for n in range(27)]
    step("any of one", lambda: conn.domainEventRegisterAny(dom, 0, told("one"), None))
    step("twice", lambda: conn.domainEventRegisterAny(None, 0, told("twice"), None))
    step("unknown", lambda: conn.domainEventRegisterAny(None, 99, told("unknown"), None))
    step("network", lambda: conn.networkEventRegisterAny(None, 0, told("network"), "n"))
    step("pool", lambda: conn.storagePoolEventRegisterAny(None, 0, told("pool"), "p"))
    step("pool refresh", lambda: conn.storagePoolEventRegisterAny(None, 1, told("refresh"), "p"))
    step("device", lambda: conn.nodeDeviceEventRegisterAny(None, 0, told("device"), "d"))
    step("secret", lambda: conn.secretEventRegisterAny(None, 0, told("secret"), "s"))
    for label, call in (
        ("suspend", dom.suspend),
        ("resume", dom.resume),
        ("metadata", lambda: dom.setMetadata(1, "t", None, None, 3)),
        ("reboot", lambda: dom.reboot(0)),
        ("destroy", dom.destroy),
        ("create", dom.create),
        ("define", lambda: conn.defineXML(DOMAIN.format(name="new"))),
        ("redefine", lambda: conn.defineXML(DOMAIN.format(name="new").replace("524288", "262144")) and None),
        ("start paused", lambda: conn.lookupByName("new").createWithFlags(1)),
        ("undefine", lambda: conn.lookupByName("new").undefine()),
        ("network stop", lambda: conn.networkLookupByName("default").destroy()),
        ("network start", lambda: conn.networkLookupByName("default").create()),
        ("pool refresh", lambda: conn.storagePoolLookupByName("default-pool").refresh(0)),
        ("pool stop", lambda: conn.storagePoolLookupByName("default-pool").destroy()),
        ("make device", lambda: conn.nodeDeviceCreateXML(VPORT.format(parent="scsi_host1"), 0) and None),
        ("snapshot", lambda: dom.snapshotCreateXML(SNAPSHOT.format(name="e1"), 0)),
        ("revert", lambda: dom.revertToSnapshot(dom.snapshotLookupByName("e1"))),
    ):
        step(label, call)
        settle()
    step("deregister", lambda: conn.domainEventDeregisterAny(numbers[0]))
    step("deregister legacy", lambda: conn.domainEventDeregister(legacy))
    step("suspend", dom.suspend)
    settle()
    step("legacy again", lambda: conn.domainEventDeregister(legacy))
    step("close callback", lambda: conn.registerCloseCallback(told("close"), None))
    step("remove handle", lambda: libvirt.virEventRemoveHandle(999))
    step("remove timeout", lambda: libvirt.virEventRemoveTimeout(999))


def sweep(uri: str) -> None:
    """Every method of every class with made-up arguments: the same results or the same failures."""
    described = json.loads(Path(sys.argv[3]).read_text())["python_api"]["libvirt"]["classes"]
    conn: Any = libvirt.open(uri)
    dom = conn.lookupByName("test")
    pool = conn.storagePoolLookupByName("default-pool")
    handles = {
        "virDomainSnapshot": dom.snapshotCreateXML(SNAPSHOT.format(name="sweep"), 0),
        "virStorageVol": pool.createXML(VOLUME.format(name="sweep"), 0),
        "virInterface": conn.listAllInterfaces()[0],
        "virNodeDevice": conn.nodeDeviceLookupByName("computer"),
        "virNetwork": conn.networkLookupByName("default"),
        "virStoragePool": pool,
        "virDomain": dom,
        "virConnect": conn,
    }

    def argument(parameter: dict[str, Any]) -> Any:
        name, kind = parameter["name"], str(parameter["type"])
        if name in ("dconn", "destconn", "conn"):
            return conn
        if name in ("frm", "file", "to"):
            return str(Path(sys.argv[4]) / ("made" if name == "to" else "missing"))
        if "Stream" in kind or name in ("st", "stream"):
            return conn.newStream()
        if "virDomainSnapshot" in kind or name == "snap":
            return handles["virDomainSnapshot"]
        if name == "clonevol":
            return handles["virStorageVol"]
        if "dict" in kind or name == "params":
            return {"some": 1}
        if "tuple" in kind or "cpumap" in name:
            return (True,)
        if "list" in kind.lower():
            return [1] if "int" in kind else ["x"]
        if name == "uuid":
            return bytes(16)
        return 1 if "int" in kind or "float" in kind else "some"

    skipped = re.compile(r"__|_dispatch|c_pointer|.*vent|.*allback|close$|ref$|setKeepAlive|getLibVersion|.*LastError")
    for name, handle in handles.items():
        for method, entry in sorted(described[name]["methods"].items()):
            if skipped.match(method) or entry["since_source"] != "9.0.0":
                continue
            arguments = [argument(one) for one in entry["params"] if not one.get("optional")]
            step(f"{name}.{method}", partial(getattr(handle, method), *arguments))


if __name__ == "__main__":
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    globals()[sys.argv[1]](sys.argv[2])
