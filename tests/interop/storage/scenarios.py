# SPDX-License-Identifier: Apache-2.0
"""Programs with stock libvirt-python about pools and volumes, played on manord and on a real libvirtd.

Every call through the recorder's objects is recorded with its result or error; `r.sync()` records the events so far.
Each scenario has a folder of its own (`r.path`) and leaves no pool behind.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from typing import Any, Final

from tests.interop.storage.documents import (
    ALLOCATE,
    BUILD,
    BUILD_NO_OVERWRITE,
    BUILD_OVERWRITE,
    DELTA,
    INACTIVE_XML,
    MIB,
    NO_OVERWRITE,
    OVERWRITE,
    PHYSICAL,
    PREALLOCATE,
    REFLINK,
    SHRINK,
    UNKNOWN,
    UUID,
    VALIDATE_POOL,
    VALIDATE_VOLUME,
    formatted,
    pool_xml,
    volume_xml,
)  # fmt: skip
from tests.interop.storage.use import domains, holes, mounted, transfers


def definition(r: Any) -> None:
    """Definitions, conflicts, look-ups, lists and marks of pools that are off."""
    c = r.connect()
    r.listing(c.listAllStoragePools, 0)
    c.storagePoolDefineXML("<pool")
    c.storagePoolDefineXML("<pool type='dir'/>")
    c.storagePoolDefineXML("<pool type='nosuch'><name>x</name></pool>")
    c.storagePoolDefineXML("<pool type='dir'><name>x</name></pool>")
    c.storagePoolDefineXML("<pool type='dir'><name>x/y</name><target><path>/x</path></target></pool>")
    c.storagePoolDefineXML("<pool type='dir'><name>x\ny</name><target><path>/x</path></target></pool>")
    c.storagePoolDefineXML("<pool type='dir'><name>x</name><nosuch/><target><path>/x</path></target></pool>", 1)
    c.storagePoolDefineXML(pool_xml(r), 8)
    p = c.storagePoolDefineXML(pool_xml(r), VALIDATE_POOL)
    r.sync()
    p.XMLDesc(0)
    p.XMLDesc(INACTIVE_XML)
    p.XMLDesc(8)
    p.info()
    p.isActive()
    p.isPersistent()
    p.UUIDString()
    p.autostart()
    p.setAutostart(1)
    p.autostart()
    p.setAutostart(1)
    p.setAutostart(0)
    c.storagePoolDefineXML(pool_xml(r, "q", 1))
    c.storagePoolDefineXML(pool_xml(r, "p", 2))
    c.storagePoolDefineXML(pool_xml(r, "q", 2, path=str(r.path("p"))))
    c.storagePoolDefineXML(pool_xml(r, "q", 2, path=f"{r.path('p')}//"))
    c.storagePoolDefineXML(pool_xml(r, target="<permissions><mode>0711</mode></permissions>"))
    r.sync()
    p.XMLDesc(0)
    q = c.storagePoolDefineXML(
        pool_xml(r, "q", 2, target="<permissions><owner>7</owner><group>8</group></permissions>")
    )
    q.XMLDesc(0)
    c.storagePoolLookupByName("p")
    c.storagePoolLookupByName("nosuch")
    c.storagePoolLookupByUUID(UNKNOWN)
    c.storagePoolLookupByUUIDString(UUID.format(1))
    c.storagePoolLookupByTargetPath(str(r.path("p")))
    c.storagePoolLookupByTargetPath(f"{r.path('p')}///")
    c.numOfStoragePools()
    c.numOfDefinedStoragePools()
    c.listStoragePools()
    r.listing(c.listDefinedStoragePools)
    for flags in (1, 2, 4, 8, 16, 32, 64, 128, 256, 1 << 19, 1 << 20, 64 | 2, 1 | 2, 4 | 16, 1 << 30):
        r.listing(c.listAllStoragePools, flags)
    p.numOfVolumes()
    p.listVolumes()
    p.listAllVolumes()
    p.storageVolLookupByName("x")
    p.createXML(volume_xml("v"))
    p.refresh()
    p.refresh(1)
    p.destroy()
    p.undefine()
    p.undefine()
    p.info()
    q.undefine()
    r.sync()
    p.XMLDesc()
    p.isActive()
    p.create()
    p.setAutostart(1)
    c.close()


def foreign(r: Any) -> None:
    """Types of pools without a backend, sources that are asked for."""
    c = r.connect()
    source = "<source><host name='h'/><name>n</name><dir path='/x'/></source>"
    for number, kind in enumerate(("gluster", "rbd", "sheepdog", "zfs", "vstorage")):
        c.storagePoolDefineXML(pool_xml(r, "f", 60 + number, kind=kind, more=source))
        c.storagePoolCreateXML(pool_xml(r, "f", 60 + number, kind=kind, more=source))
    c.findStoragePoolSources("dir", None, 0)
    c.findStoragePoolSources("dir", "<source/>", 0)
    c.findStoragePoolSources("dir", "<source", 1)
    c.findStoragePoolSources("nosuch", None, 0)
    c.findStoragePoolSources("gluster", None, 0)
    c.getStoragePoolCapabilities(1)
    c.close()


def life(r: Any) -> None:
    """From building a pool to deleting it."""
    c = r.connect()
    p = c.storagePoolDefineXML(pool_xml(r))
    p.create()
    p.create(64)
    p.build(16)
    p.build(OVERWRITE | NO_OVERWRITE)
    p.build(OVERWRITE)
    p.build(NO_OVERWRITE)
    p.build(2)
    p.build()
    r.note(oct(r.path("p").stat().st_mode))
    p.build()
    r.sync()
    p.create(BUILD_OVERWRITE | BUILD_NO_OVERWRITE)
    p.create(BUILD)
    r.sync()
    p.create()
    p.build()
    p.delete()
    p.undefine()
    p.XMLDesc()
    p.XMLDesc(INACTIVE_XML)
    p.isActive()
    p.numOfVolumes()
    p.listVolumes()
    p.listAllVolumes()
    p.listAllVolumes(1)
    p.setAutostart(1)
    c.storagePoolLookupByTargetPath(str(r.path("p")))
    c.storagePoolLookupByTargetPath(f"{r.path('p')}//")
    c.storagePoolLookupByTargetPath("/nosuch/")
    c.storagePoolLookupByTargetPath("/nosuch")
    c.storagePoolLookupByTargetPath("")
    c.storagePoolDefineXML(pool_xml(r, target="<permissions><mode>0711</mode></permissions>"))
    p.XMLDesc()
    p.XMLDesc(INACTIVE_XML)
    for flags in (1, 2, 4, 8, 16, 32, 64, 128):
        r.listing(c.listAllStoragePools, flags)
    p.refresh()
    r.sync()
    p.destroy()
    r.sync()
    p.XMLDesc()
    p.info()
    p.destroy()
    p.delete(1)
    p.delete(8)
    (r.path("p") / "keep").write_text("x")
    p.delete()
    (r.path("p") / "keep").unlink()
    p.delete()
    p.delete()
    r.note(str(r.path("p").exists()))
    p.create()
    p.create(BUILD_NO_OVERWRITE)
    p.create(BUILD_OVERWRITE)
    p.create(BUILD)
    r.note(oct(r.path("p").stat().st_mode))
    r.sync()
    os.rmdir(r.path("p"))
    p.refresh()
    p.isActive()
    r.sync()
    p.undefine()
    r.sync()
    c.close()


def unwrapped_figures(r: Any, pool: Any) -> list[bool]:
    """Whether a pool says of itself that it has room, is used, and whose it is."""
    text: str = r.quietly(lambda each: each.XMLDesc(), pool)
    return [">0</capacity>" in text, ">0</allocation>" in text, "<permissions>" in text]


def transient(r: Any) -> None:
    """Pools without a definition, and those that get or lose one."""
    c = r.connect()
    c.storagePoolCreateXML("<pool")
    c.storagePoolCreateXML(pool_xml(r), 64)
    c.storagePoolCreateXML(pool_xml(r))
    c.storagePoolCreateXML(pool_xml(r), BUILD_OVERWRITE | BUILD_NO_OVERWRITE)
    r.note(str(r.path("p").exists()))
    c.numOfStoragePools()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    r.sync()
    p.isPersistent()
    p.autostart()
    p.setAutostart(1)
    p.XMLDesc()
    p.XMLDesc(INACTIVE_XML)
    c.storagePoolCreateXML(pool_xml(r))
    c.storagePoolCreateXML(pool_xml(r, "p", 2))
    c.storagePoolCreateXML(pool_xml(r, "q", 1))
    c.storagePoolCreateXML(pool_xml(r, "q", 2, path=str(r.path("p"))))
    p.undefine()
    r.listing(c.listAllStoragePools, 8)
    r.listing(c.listAllStoragePools, 4)
    c.storagePoolDefineXML(pool_xml(r))
    r.sync()
    p.isPersistent()
    p.destroy()
    p.create()
    r.sync()
    p.destroy()
    p.undefine()
    q = c.storagePoolCreateXML(pool_xml(r, "q", 3), BUILD)
    q.destroy()
    q.destroy()
    r.sync()
    q.isActive()
    c.storagePoolDefineXML(pool_xml(r, "q", 3))
    q = c.storagePoolCreateXML(pool_xml(r, "q", 3))
    q.isPersistent()
    r.sync()
    q.destroy()
    r.note(str(unwrapped_figures(r, q)))
    q.isPersistent()
    q.undefine()
    r.path("file").write_text("x")
    c.storagePoolCreateXML(pool_xml(r, "file", 4))
    c.storagePoolCreateXML(pool_xml(r, "file", 4), BUILD)
    c.storagePoolCreateXML(pool_xml(r, "deep", 5, path=str(r.path("a") / "b" / "c")), BUILD).destroy()
    c.storagePoolCreateXML(
        pool_xml(r, "owned", 6, target="<permissions><mode>0750</mode><owner>5</owner><group>6</group></permissions>"),
        BUILD,
    ).XMLDesc()
    status = r.path("owned").stat()
    r.note(f"{status.st_mode:o} {status.st_uid} {status.st_gid}")
    c.storagePoolLookupByName("owned").destroy()
    c.storagePoolCreateXML(
        pool_xml(r, "cow", 7, more="<features><cow state='no'/></features>"), BUILD
    ).XMLDesc()  # fmt: skip
    c.storagePoolLookupByName("cow").destroy()
    c.close()


def shown(v: Any) -> None:
    """Everything that is said of a volume."""
    v.name()
    v.key()
    v.path()
    v.info()
    v.infoFlags(0)
    v.infoFlags(PHYSICAL)
    v.XMLDesc()


def volumes(r: Any) -> None:
    """Volumes of plain formats: made, found, resized, deleted."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    p.createXML("<volume")
    p.createXML("<volume/>")
    p.createXML(volume_xml(""))
    p.createXML(volume_xml("v", ""))
    p.createXML(volume_xml("v", "1x"))
    p.createXML(volume_xml("v", "-1"))
    p.createXML(volume_xml("v/w"))
    p.createXML(volume_xml("../v"))
    p.createXML(volume_xml(".."))
    p.createXML(formatted("v", "nosuch"))
    p.createXML("<volume type='nosuch'><name>v</name><capacity>1</capacity></volume>")
    p.createXML(volume_xml("v", more="<nosuch/>"), VALIDATE_VOLUME)
    p.createXML(volume_xml("v"), 32)
    p.createXML(volume_xml("v"), PREALLOCATE)
    p.createXML(volume_xml("v"), REFLINK)
    v = p.createXML(volume_xml("v"))
    shown(v)
    p.createXML(volume_xml("v"))
    r.path("p/stray").write_text("x")
    p.createXML(volume_xml("stray"))
    p.listVolumes()
    p.refresh()
    r.listing(p.listVolumes)
    r.listing(p.listAllVolumes)
    p.numOfVolumes()
    shown(p.storageVolLookupByName("stray"))
    shown(p.createXML(volume_xml("sparse", "5000000", "<allocation>0</allocation>")))
    shown(p.createXML(volume_xml("part", "8", "<allocation>4096</allocation>")))
    shown(p.createXML("<volume><name>units</name><capacity unit='KiB'>100</capacity>"
                      "<allocation unit='K'>40</allocation></volume>"))  # fmt: skip
    shown(
        p.createXML(
            volume_xml("owned", target="<permissions><mode>0640</mode><owner>3</owner><group>4</group></permissions>")
        )
    )
    shown(p.createXML(volume_xml("label", target="<permissions><label>none</label></permissions>")))
    shown(p.createXML(volume_xml("cowless", target="<nocow/>")))
    shown(p.createXML(formatted("folder", "dir", "0")))
    p.createXML(formatted("folder", "dir", "0"))
    p.createXML(volume_xml("keyed", more="<key>/elsewhere</key>", target="<path>/elsewhere</path>")).key()
    p.createXML(volume_xml("huge", str(1 << 62)))
    p.createXML(volume_xml("zero", "0")).info()
    r.sync()
    p.destroy()
    c.close()


def changes(r: Any) -> None:
    """Volumes are found, resized and deleted."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    v = p.createXML(volume_xml("v"))
    p.createXML(volume_xml("owned"))
    p.createXML(volume_xml("zero", "0"))
    p.createXML(formatted("folder", "dir", "1000"))
    p.storageVolLookupByName("nosuch")
    c.storageVolLookupByKey(str(r.path("p/v")))
    c.storageVolLookupByKey("/nosuch")
    c.storageVolLookupByPath(str(r.path("p/v")))
    c.storageVolLookupByPath(f"{r.path('p')}//v")
    c.storageVolLookupByPath("/nosuch")
    c.storageVolLookupByPath("/nosuch//")
    c.storageVolLookupByPath("relative")
    v.storagePoolLookupByVolume()
    v.XMLDesc(1)
    v.infoFlags(8)
    v.resize(2 * MIB)
    v.info()
    v.resize(2 * MIB + 4096, ALLOCATE)
    v.info()
    v.resize(MIB)
    v.resize(MIB, SHRINK)
    v.info()
    v.resize(MIB, DELTA)
    v.info()
    v.resize(MIB, DELTA | SHRINK)
    v.info()
    v.resize(4 * MIB, DELTA | SHRINK)
    v.resize(4 * MIB, SHRINK)
    v.resize(8 * MIB, 64)
    v.resize(0)
    v.resize(1 << 61)
    v.resize(1 << 50, ALLOCATE)
    thin = p.createXML(volume_xml("thin", "5000000", "<allocation>0</allocation>"))
    thin.resize(4000000)
    thin.resize(4000000, SHRINK)
    thin.info()
    thin.resize(5000000, ALLOCATE | SHRINK)
    thin.info()
    p.createXML(formatted("folder2", "dir", "1000")).XMLDesc()
    p.createXML("<volume type='block'><name>b</name><capacity>1</capacity></volume>").XMLDesc()
    p.createXML(volume_xml("a b&amp;c")).XMLDesc()
    p.createXML(volume_xml("é")).delete()
    p.createXML(volume_xml(".")).delete()
    v.info()
    p.storageVolLookupByName("folder").resize(1)
    p.storageVolLookupByName("owned").resize(0, SHRINK)
    p.storageVolLookupByName("owned").info()
    v.delete(1)
    v.delete(2)
    v.delete(4)
    v.delete()
    v.delete()
    v.info()
    v.XMLDesc()
    v.path()
    v.storagePoolLookupByVolume()
    p.storageVolLookupByName("folder").delete()
    os.unlink(r.path("p/zero"))
    z = p.storageVolLookupByName("zero")
    z.info()
    z.XMLDesc()
    z.delete()
    r.sync()
    p.refresh()
    p.storageVolLookupByName("owned").delete()
    p.numOfVolumes()
    p.destroy()
    v.info()
    c.storageVolLookupByKey("/nosuch")
    c.close()


def images(r: Any) -> None:
    """Volumes of image formats, over others, and what a refresh sees in them."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    for kind in (
        "qcow2",
        "qcow",
        "vmdk",
        "vpc",
        "vdi",
        "qed",
        "cow",
        "iso",
        "bochs",
        "cloop",
        "dmg",
        "fat",
        "vhd",
        "none",
    ):
        shown(p.createXML(formatted(f"{kind}.img", kind)))
    shown(p.createXML(formatted("old.img", "qcow2", target="<compat>0.10</compat>")))
    shown(p.createXML(formatted("new.img", "qcow2", target="<compat>1.1</compat>")))
    p.createXML(formatted("bad.img", "qcow2", target="<compat>1.2</compat>"))
    p.createXML(formatted("bad.img", "qcow2", target="<compat>x</compat>"))
    p.createXML(formatted("bad.img", "raw", target="<compat>1.1</compat>")).delete()
    p.createXML(formatted("bad.img", "vdi", target="<compat>1.1</compat>")).delete()
    shown(p.createXML(formatted("lazy.img", "qcow2", target="<features><lazy_refcounts/></features>")))
    p.createXML(formatted("bad.img", "qcow2", target="<compat>0.10</compat><features><lazy_refcounts/></features>"))
    shown(p.createXML(formatted("l2.img", "qcow2", target="<features><extended_l2/></features>")))
    both = "<clusterSize unit='KiB'>64</clusterSize><features><extended_l2/></features>"
    shown(p.createXML(formatted("l3.img", "qcow2", target=both)))
    shown(p.createXML(formatted("cluster.img", "qcow2", target="<clusterSize unit='KiB'>128</clusterSize>")))
    p.createXML(formatted("bad.img", "qcow2", target="<clusterSize unit='B'>100</clusterSize>"))
    shown(p.createXML(formatted("meta.img", "qcow2"), PREALLOCATE))
    shown(p.createXML(formatted("full.img", "qcow2", more="<allocation>1048576</allocation>"), PREALLOCATE))
    p.createXML(formatted("bad.img", "vdi"), PREALLOCATE)
    p.createXML(formatted("bad.img", "qcow2"), REFLINK)
    p.createXML(
        formatted(
            "owned.img", "qcow2", target="<permissions><mode>0640</mode><owner>3</owner><group>4</group></permissions>"
        )
    )
    shown(p.storageVolLookupByName("owned.img"))
    p.destroy()
    c.close()


def layers(r: Any) -> None:
    """Images over others, and images resized."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    for kind in ("qcow2", "qcow", "vdi"):
        p.createXML(formatted(f"{kind}.img", kind))
    p.createXML(formatted("old.img", "qcow2", target="<compat>0.10</compat>"))
    base = f"<backingStore><path>{r.path('p/qcow2.img')}</path><format type='qcow2'/></backingStore>"
    shown(p.createXML(formatted("over.img", "qcow2", "", base)))
    shown(p.createXML(formatted("over2.img", "qcow2", "2097152", base)))
    shown(
        p.createXML(
            formatted(
                "over3.img", "qcow2", "", "<backingStore><path>qcow2.img</path><format type='qcow2'/></backingStore>"
            )
        )
    )
    p.createXML(
        formatted(
            "bad.img", "qcow2", "1048576", "<backingStore><path>/nosuch</path><format type='qcow2'/></backingStore>"
        )
    )
    p.createXML(formatted("bad.img", "qcow2", "1048576", base), PREALLOCATE)
    p.createXML(volume_xml("bad.img", "1048576", base))
    p.createXML(formatted("bad", "dir", "1048576", base))
    p.createXML(
        formatted("bad.img", "qcow2", "1048576", f"<backingStore><path>{r.path('p/qcow2.img')}</path></backingStore>")
    )
    p.createXML(
        formatted(
            "bad.img",
            "qcow2",
            "1048576",
            f"<backingStore><path>{r.path('p/qcow2.img')}</path><format type='nosuch'/></backingStore>",
        )
    )
    p.createXML(formatted("bad.img", "vdi", "1048576", base))
    for name in ("qcow2.img", "qcow.img", "vdi.img", "old.img"):
        v = p.storageVolLookupByName(name)
        v.resize(4 * MIB)
        v.info()
        v.resize(5 * MIB, ALLOCATE)
        v.info()
        v.resize(MIB, SHRINK)
        v.info()
    p.refresh()
    for name in sorted(unwrapped(r, p)):
        p.storageVolLookupByName(name).XMLDesc()
    p.destroy()
    c.close()


def looks(r: Any) -> None:
    """What a refresh sees in files that nobody described."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    for kind in ("qcow2", "qcow", "vmdk", "vpc", "vdi", "qed", "iso"):
        p.createXML(formatted(f"{kind}.img", kind))
    p.createXML(formatted("lazy.img", "qcow2", target="<features><lazy_refcounts/></features>"))
    p.createXML(formatted("l2.img", "qcow2", target="<features><extended_l2/></features>"))
    r.path("p/dangling").symlink_to("nowhere")
    r.path("p/link").symlink_to("qcow2.img")
    r.path("p/.hidden").write_text("x")
    r.path("p/lost+found").mkdir()
    r.path("p/sub").mkdir()
    os.mkfifo(r.path("p/pipe"))
    r.path("p/a\nb").write_text("x")
    subprocess.run(["qemu-img", "create", "-q", "-f", "raw", r.path("p/raw.img"), "1M"], check=True)
    subprocess.run(
        ["qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", "/nosuch", r.path("p/lost.img"), "1M"],
        check=True,
    )
    subprocess.run(
        [
            "qemu-img",
            "create",
            "-q",
            "-u",
            "-f",
            "qcow2",
            "-F",
            "raw",
            "-b",
            'json:{"driver":"raw","file":{"driver":"file","filename":"/x"}}',
            r.path("p/json.img"),
            "1M",
        ],
        check=True,
    )
    subprocess.run(
        ["qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", "nbd://h/x", r.path("p/net.img"), "1M"],
        check=True,
    )
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-o", "data_file=ext.raw", r.path("p/ext.img"), "1M"],
        cwd=r.path("p"),
        check=True,
    )
    luks = bytearray(MIB)
    luks[:8] = b"LUKS\xba\xbe\0\1"
    luks[104:108] = (512).to_bytes(4, "big")
    r.path("p/luks.img").write_bytes(luks)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", r.path("p/luksq.img"), "1M"], check=True)
    with r.path("p/luksq.img").open("r+b") as stream:
        stream.seek(32)
        stream.write((2).to_bytes(4, "big"))
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", r.path("p/aes.img"), "1M"], check=True)
    with r.path("p/aes.img").open("r+b") as stream:
        stream.seek(32)
        stream.write((1).to_bytes(4, "big"))
    r.path("p/trunc.img").write_bytes(b"QFI\xfb\0\0\0\3")
    p.refresh()
    r.sync()
    r.listing(p.listVolumes)
    for name in sorted(unwrapped(r, p)):
        v = p.storageVolLookupByName(name)
        v.XMLDesc()
        v.info()
    p.destroy()
    c.close()


def unwrapped(r: Any, pool: Any) -> list[str]:
    """The names of a pool's volumes, unrecorded."""
    names: list[str] = r.quietly(lambda each: each.listVolumes(), pool)
    return names


def clones(r: Any) -> None:
    """Volumes made from others."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    q = c.storagePoolCreateXML(pool_xml(r, "q", 2), BUILD)
    raw = p.createXML(volume_xml("raw"))
    r.path("p/raw").write_bytes(os.urandom(65536).ljust(MIB, b"\0"))
    image = p.createXMLFrom(formatted("image", "qcow2"), raw)
    shown(image)
    for xml, source in (
        (volume_xml("copy"), raw),
        (volume_xml("copy2", "2097152"), raw),
        (volume_xml("copy3", "1"), raw),
        (formatted("copy4", "vdi"), raw),
        (volume_xml("copy5"), image),
        (formatted("copy6", "qcow2", "2097152"), image),
        (formatted("copy7", "qcow2", target="<compat>0.10</compat>"), image),
        (formatted("copy8", "dir"), raw),
        (formatted("copy9", "iso"), raw),
        (volume_xml("copya", "1048576", "<allocation>0</allocation>"), raw),
    ):
        shown(p.createXMLFrom(xml, source))
    shown(q.createXMLFrom(volume_xml("far"), raw))
    r.note(str(r.path("q/far").exists() and r.path("q/far").read_bytes() == r.path("p/raw").read_bytes()))
    r.note(str(r.path("p/copy5").exists() and r.path("p/copy5").read_bytes() == r.path("p/raw").read_bytes()))
    shown(p.createXMLFrom(volume_xml("nocap", ""), raw))
    shown(p.createXMLFrom(formatted("nocap2", "qcow2", ""), raw))
    folder = p.createXML(formatted("folder", "dir", "0"))
    p.createXMLFrom(volume_xml("of-folder"), folder)
    p.createXMLFrom(volume_xml("raw"), raw)
    p.createXMLFrom(volume_xml("re"), raw, REFLINK)
    p.createXMLFrom(volume_xml("pre"), raw, PREALLOCATE)
    shown(p.createXMLFrom(formatted("pre", "qcow2"), raw, PREALLOCATE))
    base = f"<backingStore><path>{r.path('p/image')}</path><format type='qcow2'/></backingStore>"
    p.createXMLFrom(formatted("pre2", "qcow2", "1048576", base), raw)
    p.createXMLFrom(volume_xml("x"), raw, 64)
    p.createXMLFrom("<volume/>", raw)
    q.destroy()
    q.createXMLFrom(volume_xml("x"), raw)
    raw.delete()
    p.createXMLFrom(volume_xml("x"), raw)
    r.sync()
    p.destroy()
    p.createXMLFrom(volume_xml("x"), image)
    c.close()


def wiping(r: Any) -> None:
    """Volumes are made unreadable."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    v = p.createXML(volume_xml("v", "65536"))
    (r.path("p") / "v").write_bytes(b"\xff" * 65536)
    v.wipe(0)
    r.note(str(r.path("p/v").read_bytes() == bytes(65536)))
    v.wipe(1)
    for algorithm in range(12):
        v.wipePattern(algorithm, 0)
    v.wipePattern(0, 1)
    v.info()
    sparse = p.createXML(volume_xml("sparse", "1000000", "<allocation>0</allocation>"))
    with (r.path("p") / "sparse").open("r+b") as stream:
        stream.write(b"x" * 5000)
    sparse.wipe(0)
    shown(sparse)
    image = p.createXML(formatted("image", "qcow2"))
    image.wipe(0)
    shown(image)
    p.createXML(formatted("folder", "dir", "0")).wipe(0)
    zero = p.createXML(volume_xml("zero", "0"))
    zero.wipe(0)
    v.delete()
    v.wipe(0)
    r.sync()
    p.destroy()
    c.close()


def reading(r: Any) -> None:
    """What a read-only connection may do."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    p.createXML(volume_xml("v"))
    o = r.connect(readonly=True)
    q = o.storagePoolLookupByName("p")
    q.XMLDesc()
    q.info()
    q.listVolumes()
    q.destroy()
    q.refresh()
    q.createXML(volume_xml("w"))
    v = q.storageVolLookupByName("v")
    v.XMLDesc()
    v.info()
    v.path()
    v.delete()
    v.resize(1)
    o.storagePoolDefineXML(pool_xml(r, "x", 9))
    o.findStoragePoolSources("dir", None, 0)
    o.getStoragePoolCapabilities()
    o.close()
    p.destroy()
    c.close()


SCENARIOS: Final[dict[str, Callable[[Any], None]]] = {
    each.__name__: each
    for each in (
        *(definition, foreign, life, transient, volumes, changes, images, layers, looks, clones, wiping),
        *(transfers, holes, reading, domains, mounted),
    )
}
