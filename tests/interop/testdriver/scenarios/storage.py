# SPDX-License-Identifier: Apache-2.0
"""Storage pools and volumes."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder

UUID = "00000000-1111-2222-3333-000000000001"


def pool_xml(name: str = "p", uuid: str = UUID, type: str = "dir", source: str = "", path: str = "/x") -> str:
    """A small pool."""
    return (
        f"<pool type='{type}'><name>{name}</name><uuid>{uuid}</uuid><source>{source}</source>"
        f"<target><path>{path}</path></target></pool>"
    )


def volume_xml(name: str, capacity: int = 1048576, more: str = "", type: str = "") -> str:
    """A small volume."""
    kind = f" type='{type}'" if type else ""
    return f"<volume{kind}><name>{name}</name><capacity>{capacity}</capacity>{more}</volume>"


def default(r: Recorder) -> None:
    """The pool that is always there."""
    c = r.open("test:///default")
    r.watch(c)
    r.listing(c.listAllStoragePools, 0)
    p = c.storagePoolLookupByName("default-pool")
    p.XMLDesc(0)
    p.XMLDesc(1)
    p.XMLDesc(2)
    p.info()
    p.autostart()
    p.setAutostart(1)
    p.autostart()
    p.isActive()
    p.isPersistent()
    p.numOfVolumes()
    r.listing(p.listVolumes)
    p.listAllVolumes(0)
    p.listAllVolumes(1)
    p.refresh(0)
    p.refresh(1)
    p.create(0)
    p.build(0)
    p.delete(0)
    p.destroy()
    p.destroy()
    p.info()
    p.isActive()
    p.numOfVolumes()
    r.listing(p.listVolumes)
    p.listAllVolumes()
    p.refresh(0)
    p.createXML(volume_xml("v"), 0)
    p.build(0)
    p.build(1)
    p.build(4)
    p.delete(0)
    p.delete(1)
    p.create(0)
    p.create(1)
    p.undefine()
    p.destroy()
    p.undefine()
    p.info()


def pools(r: Recorder) -> None:
    """Definition, creation, listing."""
    c = r.open("test:///default")
    r.watch(c)
    c.storagePoolLookupByName("none")
    c.storagePoolLookupByUUIDString(UUID)
    c.storagePoolLookupByUUIDString("x")
    p = c.storagePoolDefineXML(pool_xml(), 0)
    p.XMLDesc(0)
    p.info()
    p.isActive()
    p.isPersistent()
    c.storagePoolDefineXML(pool_xml(), 0)
    c.storagePoolDefineXML(pool_xml(), 1)
    c.storagePoolDefineXML(pool_xml(), 2)
    c.storagePoolDefineXML(pool_xml(name="q"), 0)
    c.storagePoolDefineXML(pool_xml(uuid=UUID.replace("1111", "2222")), 0)
    p.create(0)
    p.info()
    p.XMLDesc(0)
    c.storagePoolDefineXML(pool_xml(path="/elsewhere"), 0)
    p.XMLDesc(0)
    p.undefine()
    p.destroy()
    p.undefine()
    for flags in (0, 1, 2, 4, 8):
        t = c.storagePoolCreateXML(pool_xml("t"), flags)
        t.isPersistent()
        t.setAutostart(1)
        t.undefine()
        t.destroy()
        t.info()
    c.storagePoolCreateXML(pool_xml("default-pool"), 0)
    c.storagePoolCreateXML(pool_xml("x", path="/default-pool"), 0)
    for xml in ("", "<pool/>", "<bogus/>", pool_xml(name=""), pool_xml(type="bogus"), pool_xml(type="iscsi")):
        c.storagePoolDefineXML(xml, 0)
        c.storagePoolCreateXML(xml, 0)
    logical = c.storagePoolDefineXML(pool_xml("log", UUID.replace("1111", "5555"), "logical"), 0)
    logical.XMLDesc(0)
    c.storagePoolDefineXML(pool_xml("disk", UUID.replace("1111", "6666"), "disk", "<device path='/dev/sda'/>"), 0)
    c.storagePoolDefineXML(
        pool_xml("iscsi", UUID.replace("1111", "7777"), "iscsi", "<host name='h'/><device path='iqn.a'/>"), 0
    ).setAutostart(1)
    for shift in range(20):
        r.listing(c.listAllStoragePools, 1 << shift)
    r.listing(c.listAllStoragePools, 0)
    c.numOfStoragePools()
    c.numOfDefinedStoragePools()
    r.listing(c.listStoragePools)
    r.listing(c.listDefinedStoragePools)
    c.storagePoolLookupByTargetPath("/default-pool")
    c.storagePoolCapabilities() if hasattr(c._target, "storagePoolCapabilities") else None


def sources(r: Recorder) -> None:
    """Finding pools."""
    c = r.open("test:///default")
    for kind in ("dir", "fs", "netfs", "logical", "disk", "iscsi", "scsi", "mpath", "bogus", ""):
        c.findStoragePoolSources(kind, None, 0)
        c.findStoragePoolSources(kind, "<source><host name='example.com'/></source>", 0)
    c.findStoragePoolSources("netfs", "nonsense", 0)
    c.findStoragePoolSources("logical", None, 1)


def volumes(r: Recorder) -> None:
    """Volumes of the default pool."""
    c = r.open("test:///default")
    r.watch(c)
    p = c.storagePoolLookupByName("default-pool")
    v = p.createXML(volume_xml("v"), 0)
    v.XMLDesc(0)
    v.XMLDesc(1)
    v.info()
    v.path()
    v.key()
    p.info()
    p.numOfVolumes()
    r.listing(p.listVolumes)
    p.storageVolLookupByName("v")
    p.storageVolLookupByName("none")
    c.storageVolLookupByKey("/default-pool/v")
    c.storageVolLookupByKey("none")
    c.storageVolLookupByPath("/default-pool/v")
    c.storageVolLookupByPath("none")
    v.storagePoolLookupByVolume()
    p.createXML(volume_xml("v"), 0)
    p.createXML(volume_xml("big", 2**60), 0)
    p.createXML(volume_xml("alloc", 5000, "<allocation>9000</allocation>"), 0).XMLDesc(0)
    p.createXML(volume_xml("unit", 1, "").replace("<capacity>", "<capacity unit='G'>"), 0).info()
    p.createXML(volume_xml("fmt", 5, "<target><format type='qcow2'/></target>"), 0).XMLDesc(0)
    p.createXML(
        volume_xml("perm", 5, "<target><permissions><mode>0600</mode><owner>1</owner></permissions></target>"), 0
    ).XMLDesc(0)
    p.createXML(volume_xml("back", 5, "<backingStore><path>/b</path><format type='raw'/></backingStore>"), 0).XMLDesc(0)
    p.createXML(
        volume_xml(
            "enc",
            5,
            "<target><encryption format='luks'><secret type='passphrase' "
            "uuid='00000000-1111-2222-3333-000000000001'/></encryption></target>",
        ),
        0,
    ).XMLDesc(0)
    p.createXML(volume_xml("badfmt", 5, "<target><format type='x'/></target>"), 0)
    for flags in (1, 2):
        p.createXML(volume_xml(f"flag{flags}"), flags)
    for kind in ("file", "block", "dir", "network", "netdir", "ploop", "bogus"):
        p.createXML(volume_xml(f"kind-{kind}", type=kind), 0).info()
    for xml in ("", "<bogus/>", "<volume/>", "<volume><name>x</name></volume>", volume_xml(""), volume_xml("a/b")):
        p.createXML(xml, 0)
    w = p.createXMLFrom(volume_xml("clone", 5), v, 0)
    w.XMLDesc(0)
    w.info()
    p.createXMLFrom(volume_xml("clone", 5), v, 0)
    p.createXMLFrom(volume_xml("clone2", 5), v, 1)
    p.createXMLFrom(volume_xml("clone3", 2**60), v, 0)
    r.listing(p.listVolumes)
    p.info()
    v.resize(2097152, 0)
    v.wipe(0)
    v.delete(0)
    v.delete(0)
    v.info()
    v.XMLDesc(0)
    v.path()
    w.delete(1)
    w.delete(2)
    p.info()
    p.destroy()
    p.createXML(volume_xml("late"), 0)
    c.storageVolLookupByKey("/default-pool/alloc")
    c.storageVolLookupByPath("/default-pool/alloc")
    p.storageVolLookupByName("alloc")
    p.create(0)
    r.listing(p.listVolumes)


def pools_with_adapters(r: Recorder) -> None:
    """A pool on a virtual host bus adapter makes a node device."""
    c = r.open("test:///default")
    r.watch(c)
    adapter = "<adapter type='fc_host' wwnn='20000000c9831b4b' wwpn='10000000c9831b4b' {}/>"
    for more in ("", "parent='scsi_host1'", "parent='scsi_host11'", "parent='nope'", "managed='yes'"):
        p = c.storagePoolCreateXML(pool_xml("hba", type="scsi", source=adapter.format(more)), 0)
        p.XMLDesc(0)
        r.listing(c.listDevices, None, 0)
        p.destroy()
        r.listing(c.listDevices, None, 0)
    d = c.storagePoolDefineXML(pool_xml("hba2", type="scsi", source=adapter.format("parent='scsi_host1'")), 0)
    d.create(0)
    d.destroy()
    d.undefine()
