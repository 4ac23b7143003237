# SPDX-License-Identifier: Apache-2.0
"""Programs as people write them with libvirt's Python module, on the test driver.

They are of the kinds that libvirt's guide for application developers has chapters on: connections, error handling,
guest domains, storage pools, networks, interfaces, events. None of them knows that it does not use the C library.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.dom import minidom
from xml.etree import ElementTree

import pytest

import libvirt

URI = "test:///default"

GUEST = """
<domain type='test'>
  <name>{name}</name>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  {os}
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='/images/{name}.qcow2'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <source file='/images/install.iso'/><target dev='hdc' bus='ide'/><readonly/>
    </disk>
    <interface type='network'><mac address='52:54:00:aa:bb:01'/><source network='default'/></interface>
    <graphics type='vnc' port='-1'/>
    <memballoon model='virtio'/>
  </devices>
</domain>"""
FROM_DISK = "<os><type arch='x86_64'>hvm</type><boot dev='hd'/></os>"
FROM_CDROM = "<os><type arch='x86_64'>hvm</type><boot dev='cdrom'/><boot dev='hd'/></os>"
FROM_NETWORK = "<os><type arch='x86_64'>hvm</type><boot dev='network'/></os>"
FROM_KERNEL = """<os><type arch='x86_64'>hvm</type><kernel>/boot/vmlinuz</kernel><initrd>/boot/initrd</initrd>
<cmdline>console=ttyS0 ks=http://install/ks</cmdline></os>"""


@pytest.fixture
def conn() -> Iterator[libvirt.virConnect]:
    """The test driver's default host; everything made there is gone afterwards."""
    opened = libvirt.open(URI)
    yield opened
    # Objects in the frames of expected failures would keep the connection, and with it the host, alive.
    gc.collect()
    assert opened.close() == 0


# Connections


def test_looking_at_a_host() -> None:
    conn = libvirt.openReadOnly(URI)
    try:
        model, memory, cpus, *_ = conn.getInfo()
        assert (model, memory, cpus) == ("i686", 3072, 16)
        assert conn.getType() == "TEST"
        assert conn.getURI() == URI
        assert conn.getHostname()
        assert conn.getMaxVcpus(None) == 32
        assert (conn.isEncrypted(), conn.isSecure(), conn.isAlive()) == (0, 1, 1)
        assert conn.getFreeMemory() > 0
        assert len(conn.getCellsFreeMemory(0, 2)) == 2
        total, online, count = conn.getCPUMap()
        assert (len(online), sum(online)) == (total, count)
        capabilities = ElementTree.fromstring(conn.getCapabilities())
        assert "hvm" in {guest.findtext("os_type") for guest in capabilities.iter("guest")}
        assert "<sysinfo" in conn.getSysinfo()
        assert conn.getSecurityModel()[0] == "testSecurity"
        assert conn.getLibVersion() >= 9000000
    finally:
        assert conn.close() == 0


def test_logging_in() -> None:
    def credentials(asked: list[list[Any]], password: str) -> int:
        for one in asked:
            one[4] = "user" if one[0] == libvirt.VIR_CRED_AUTHNAME else password
        return 0

    auth = [[libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE], credentials, "secret"]
    conn = libvirt.openAuth(URI, auth, 0)
    assert conn.isAlive()
    conn.close()


# Error handling


def test_telling_what_went_wrong(conn: libvirt.virConnect, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        conn.lookupByName("nobody")
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise
        assert error.get_error_domain() == libvirt.VIR_FROM_TEST
        assert error.get_error_level() == libvirt.VIR_ERR_ERROR
    else:
        pytest.fail("there is nobody")


def test_a_handler_of_ones_own(conn: libvirt.virConnect) -> None:
    log: list[str] = []
    libvirt.registerErrorHandler(lambda name, error: log.append(f"{name}: {error[2]}"), "my program")
    with pytest.raises(libvirt.libvirtError):
        conn.networkLookupByName("nowhere")
    assert log == ["my program: Network not found: no network with matching name 'nowhere'"]


# Guest domains


def test_listing_guests(conn: libvirt.virConnect) -> None:
    conn.defineXML(GUEST.format(name="web", os=FROM_DISK))
    assert [conn.lookupByID(number).name() for number in conn.listDomainsID()] == ["test"]
    assert conn.listDefinedDomains() == ["web"]
    assert sorted(dom.name() for dom in conn.listAllDomains()) == ["test", "web"]
    active = conn.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    stopped = conn.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_SHUTOFF)
    assert ([dom.name() for dom in active], [dom.name() for dom in stopped]) == (["test"], ["web"])
    by_name = conn.lookupByName("web")
    assert conn.lookupByUUID(by_name.UUID()).UUIDString() == by_name.UUIDString()
    assert conn.lookupByUUIDString(by_name.UUIDString()).name() == "web"


def test_a_guest_that_is_gone_when_it_stops(conn: libvirt.virConnect) -> None:
    dom = conn.createXML(GUEST.format(name="once", os=FROM_DISK), 0)
    assert (dom.isActive(), dom.isPersistent()) == (1, 0)
    dom.destroy()
    with pytest.raises(libvirt.libvirtError) as caught:
        conn.lookupByName("once")
    assert caught.value.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN


@pytest.mark.parametrize(
    ("boot", "devices"),
    [(FROM_DISK, ["hd"]), (FROM_CDROM, ["cdrom", "hd"]), (FROM_NETWORK, ["network"]), (FROM_KERNEL, [])],
)
def test_installing_a_guest(conn: libvirt.virConnect, boot: str, devices: list[str]) -> None:
    """From a CD-ROM, over the network, or by handing over a kernel."""
    dom = conn.defineXML(GUEST.format(name="new", os=boot))
    assert dom.create() == 0
    assert dom.state()[0] == libvirt.VIR_DOMAIN_RUNNING
    described = ElementTree.fromstring(dom.XMLDesc())
    found = [one.get("dev") for one in described.findall("os/boot")]
    assert found == (devices or ["hd"])
    if not devices:
        assert described.findtext("os/kernel") == "/boot/vmlinuz"
        assert described.findtext("os/cmdline") == "console=ttyS0 ks=http://install/ks"


def test_the_life_of_a_guest(conn: libvirt.virConnect) -> None:
    dom = conn.defineXML(GUEST.format(name="life", os=FROM_DISK))
    assert dom.ID() == -1
    dom.createWithFlags(0)
    assert dom.ID() > 0
    dom.suspend()
    assert dom.state() == [libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_USER]
    dom.resume()
    assert dom.state()[0] == libvirt.VIR_DOMAIN_RUNNING
    dom.reboot(libvirt.VIR_DOMAIN_REBOOT_DEFAULT)
    dom.shutdown()
    assert dom.state() == [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN]
    dom.setAutostart(1)
    assert dom.autostart() == 1
    dom.undefine()
    assert "life" not in conn.listDefinedDomains()


def test_saving_and_restoring(conn: libvirt.virConnect, tmp_path: Path) -> None:
    saved = str(tmp_path / "saved")
    dom = conn.defineXML(GUEST.format(name="sleeper", os=FROM_DISK))
    dom.create()
    assert dom.save(saved) == 0
    assert not dom.isActive()
    assert conn.restore(saved) == 0
    assert conn.lookupByName("sleeper").isActive()
    dom = conn.lookupByName("sleeper")
    dom.managedSave()
    assert dom.hasManagedSaveImage()
    dom.create()
    assert not dom.hasManagedSaveImage()


def test_resizing_a_guest(conn: libvirt.virConnect) -> None:
    dom = conn.defineXML(GUEST.format(name="big", os=FROM_DISK))
    assert dom.maxMemory() == 512 * 1024
    dom.setMaxMemory(1024 * 1024)
    dom.setMemoryFlags(768 * 1024, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    dom.create()
    assert dom.info()[:4] == [libvirt.VIR_DOMAIN_RUNNING, 1024 * 1024, 768 * 1024, 2]
    dom.setMemory(256 * 1024)
    dom.setVcpus(1)
    assert dom.info()[2:4] == [256 * 1024, 1]
    assert dom.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_MAXIMUM) == 2
    with pytest.raises(libvirt.libvirtError):
        dom.setVcpus(99)


def test_figures_of_a_guest(conn: libvirt.virConnect) -> None:
    dom = conn.defineXML(GUEST.format(name="busy", os=FROM_DISK))
    dom.create()
    _, read_bytes, _, written, _ = dom.blockStats("vda")
    assert min(read_bytes, written) >= 0
    total = dom.getCPUStats(True)[0]
    assert {"cpu_time", "user_time", "system_time"} <= set(total)
    assert dom.memoryStats()["actual"] > 0
    target = minidom.parseString(dom.XMLDesc()).getElementsByTagName("interface")[0]
    name = target.getElementsByTagName("target")[0].getAttribute("dev")
    assert len(dom.interfaceStats(name)) == 8
    states, maps = dom.vcpus()
    assert [state[0] for state in states] == [0, 1]
    assert all(isinstance(allowed, tuple) for allowed in maps)
    assert {"seconds", "nseconds"} == set(dom.getTime())
    stats = {one.name(): figures for one, figures in conn.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE)}
    assert stats["busy"]["state.state"] == libvirt.VIR_DOMAIN_RUNNING


def test_reading_a_guests_description(conn: libvirt.virConnect) -> None:
    dom = conn.defineXML(GUEST.format(name="described", os=FROM_CDROM))
    document = minidom.parseString(dom.XMLDesc(0))
    disks = {}
    for disk in document.getElementsByTagName("disk"):
        source, target = (disk.getElementsByTagName(tag)[0] for tag in ("source", "target"))
        disks[target.getAttribute("dev")] = source.getAttribute("file")
    assert disks == {"vda": "/images/described.qcow2", "hdc": "/images/install.iso"}
    macs = [mac.getAttribute("address") for mac in document.getElementsByTagName("mac")]
    assert macs == ["52:54:00:aa:bb:01"]


def test_snapshots(conn: libvirt.virConnect) -> None:
    dom = conn.lookupByName("test")
    for name in ("before", "after"):
        dom.snapshotCreateXML(f"<domainsnapshot><name>{name}</name></domainsnapshot>", 0)
    assert sorted(dom.snapshotListNames()) == ["after", "before"]
    assert dom.snapshotCurrent().getName() == "after"
    assert dom.snapshotCurrent().getParent().getName() == "before"
    dom.revertToSnapshot(dom.snapshotLookupByName("before"))
    assert dom.snapshotLookupByName("before").isCurrent()
    dom.snapshotLookupByName("before").delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN)
    assert dom.snapshotNum() == 0


# Storage pools


def test_storage(conn: libvirt.virConnect) -> None:
    pool = conn.storagePoolDefineXML("<pool type='dir'><name>p</name><target><path>/p</path></target></pool>", 0)
    pool.setAutostart(1)
    pool.build(libvirt.VIR_STORAGE_POOL_BUILD_NEW)
    pool.create()
    state, capacity, allocation, available = pool.info()
    assert state == libvirt.VIR_STORAGE_POOL_RUNNING
    assert capacity == allocation + available
    volume = "<volume><name>{}</name><capacity unit='GiB'>1</capacity><target><format type='qcow2'/></target></volume>"
    first = pool.createXML(volume.format("first"), 0)
    second = pool.createXMLFrom(volume.format("second"), first, 0)
    assert sorted(pool.listVolumes()) == ["first", "second"]
    kind, size, _ = first.info()
    assert (kind, size) == (libvirt.VIR_STORAGE_VOL_FILE, 1 << 30)
    assert first.path() == "/p/first"
    assert conn.storageVolLookupByPath("/p/second").key() == second.key()
    assert second.storagePoolLookupByVolume().name() == "p"
    second.delete()
    pool.refresh()
    assert [one.name() for one in pool.listAllVolumes()] == ["first"]
    first.delete()
    pool.destroy()
    pool.undefine()
    assert "p" not in [one.name() for one in conn.listAllStoragePools()]


# Networks


def test_networks(conn: libvirt.virConnect) -> None:
    assert conn.listNetworks() == ["default"]
    net = conn.networkDefineXML(
        """<network><name>lab</name><bridge name='virbr9'/><ip address='10.9.0.1' netmask='255.255.255.0'>
        <dhcp><range start='10.9.0.10' end='10.9.0.20'/></dhcp></ip></network>"""
    )
    net.create()
    assert (net.isActive(), net.isPersistent(), net.bridgeName()) == (1, 1, "virbr9")
    assert sorted(conn.listNetworks()) == ["default", "lab"]
    assert conn.networkLookupByUUIDString(net.UUIDString()).name() == "lab"
    net.destroy()
    assert conn.listDefinedNetworks() == ["lab"]
    net.undefine()
    assert conn.numOfDefinedNetworks() == 0


# Interfaces


def test_interfaces(conn: libvirt.virConnect) -> None:
    assert conn.listInterfaces() == ["eth1"]
    conn.changeBegin()
    described = "<interface type='ethernet' name='eth7'><mac address='52:54:00:00:00:07'/></interface>"
    iface = conn.interfaceDefineXML(described, 0)
    iface.create()
    assert (iface.isActive(), iface.MACString()) == (1, "52:54:00:00:00:07")
    conn.changeRollback()
    assert [one.name() for one in conn.listAllInterfaces()] == ["eth1"]
    assert conn.interfaceLookupByMACString(conn.interfaceLookupByName("eth1").MACString()).name() == "eth1"


# Events


def test_watching_guests(fresh_loop: None) -> None:
    """One thread runs the loop, the program goes on in another."""
    libvirt.virEventRegisterDefaultImpl()
    conn = libvirt.open(URI)
    told: list[tuple[str, int, int]] = []
    enough, stop = threading.Event(), threading.Event()

    def lifecycle(conn: libvirt.virConnect, dom: libvirt.virDomain, event: int, detail: int, opaque: str) -> None:
        told.append((dom.name(), event, detail))
        if len(told) == 5:
            enough.set()

    def loop() -> None:
        timer = libvirt.virEventAddTimeout(50, lambda *_: None, None)
        while not stop.is_set():
            libvirt.virEventRunDefaultImpl()
        libvirt.virEventRemoveTimeout(timer)

    number = conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle, None)
    looping = threading.Thread(target=loop)
    looping.start()
    dom = conn.defineXML(GUEST.format(name="watched", os=FROM_DISK))
    dom.create()
    dom.suspend()
    dom.destroy()
    dom.undefine()
    assert enough.wait(60)
    conn.domainEventDeregisterAny(number)
    stop.set()
    looping.join()
    conn.close()
    assert told == [
        ("watched", libvirt.VIR_DOMAIN_EVENT_DEFINED, libvirt.VIR_DOMAIN_EVENT_DEFINED_ADDED),
        ("watched", libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_BOOTED),
        ("watched", libvirt.VIR_DOMAIN_EVENT_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_PAUSED),
        ("watched", libvirt.VIR_DOMAIN_EVENT_STOPPED, libvirt.VIR_DOMAIN_EVENT_STOPPED_DESTROYED),
        ("watched", libvirt.VIR_DOMAIN_EVENT_UNDEFINED, libvirt.VIR_DOMAIN_EVENT_UNDEFINED_REMOVED),
    ]


def test_connections_end_with_the_program() -> None:
    """Nothing made on the test driver is left for the next connection."""
    first = libvirt.open(URI)
    first.defineXML(GUEST.format(name="left", os=FROM_DISK))
    second = libvirt.open(URI)
    assert second.lookupByName("left").isPersistent()
    first.close()
    second.close()
    with libvirt.open(URI) as third, pytest.raises(libvirt.libvirtError):
        third.lookupByName("left")
