# SPDX-License-Identifier: Apache-2.0
"""Scenarios about the use of volumes: their content through streams, guests on them. See scenarios.py."""

from __future__ import annotations

import subprocess
from typing import Any

from tests.interop.storage.documents import (
    BUILD,
    BUILD_NO_OVERWRITE,
    BUILD_OVERWRITE,
    MIB,
    SPARSE,
    UUID,
    formatted,
    pool_xml,
    volume_xml,
)


def upload(r: Any, c: Any, v: Any, *parts: bytes | int, offset: int = 0, length: int = 0, flags: int = 0,
           end: str = "finish") -> None:  # fmt: skip
    """Fill a volume with data and holes."""
    stream = r.stream(c)
    v.upload(stream, offset, length, flags)
    for part in parts:
        if isinstance(part, int):
            stream.sendHole(part, 0)
        else:
            r.note(f"send {len(part)}: {r.sent(stream, part)}")
    getattr(stream, end)()


def download(r: Any, c: Any, v: Any, offset: int = 0, length: int = 0, flags: int = 0) -> None:
    """Read a volume."""
    stream = r.stream(c)
    v.download(stream, offset, length, flags)
    parts: list[tuple[str, int]] = []

    def add(kind: str, size: int) -> None:
        if kind == "data" and parts and parts[-1][0] == kind:
            size += parts.pop()[1]
        parts.append((kind, size))

    r.receive(stream, add, sparse=bool(flags & SPARSE))
    r.note(f"received {parts}")
    stream.finish()


def transfers(r: Any) -> None:
    """Volumes are filled and read through streams."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    v = p.createXML(volume_xml("v"))
    path = r.path("p/v")
    content = bytes(range(256)) * 4096
    upload(r, c, v, content)
    r.note(str(path.read_bytes() == content))
    r.sync(refreshes=1)
    download(r, c, v)
    upload(r, c, v, b"hello", offset=10, length=5)
    r.note(repr(path.read_bytes()[8:20]))
    upload(r, c, v, b"hello world", offset=20, length=5)
    upload(r, c, v, b"hello", offset=MIB - 3)
    upload(r, c, v, b"hello", offset=MIB + 10)
    v.info()
    r.note(str(path.stat().st_size))
    upload(r, c, v, b"hello", length=2 * MIB)
    upload(r, c, v, b"abort", offset=30, end="abort")
    upload(r, c, v, flags=64)
    r.sync(refreshes=6)
    for offset, length in ((10, 5), (MIB - 10, 0), (MIB - 10, 100), (4 * MIB, 0), (0, 64 * MIB)):
        download(r, c, v, offset, length)
    download(r, c, v, flags=64)
    upload(r, c, p.createXML(formatted("folder", "dir", "0")), b"x")
    image = p.createXML(formatted("image", "qcow2"))
    download(r, c, image, 0, 4)
    v.delete()
    upload(r, c, v)
    download(r, c, v)
    p.refresh()
    r.sync()
    p.destroy()
    upload(r, c, v)
    c.close()


def holes(r: Any) -> None:
    """Streams that leave out zeros."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    v = p.createXML(volume_xml("s", "1048576", "<allocation>0</allocation>"))
    path = r.path("p/s")
    with path.open("r+b") as stream:
        stream.seek(262144)
        stream.write(b"d" * 65536)
    download(r, c, v, flags=SPARSE)
    download(r, c, v)
    download(r, c, v, 4096, 300000, SPARSE)
    download(r, c, v, 270000, 0, SPARSE)
    upload(r, c, v, b"a" * 4096, 131072, b"b" * 4096, 900000, flags=SPARSE)
    data = path.read_bytes()
    r.note(f"{len(data)} {data[:4096] == b'a' * 4096} {data[135168:139264] == b'b' * 4096}")
    r.note(str(path.stat().st_blocks < 2048))
    upload(r, c, v, 2 * MIB, flags=SPARSE)
    r.note(str(path.stat().st_size))
    r.sync(refreshes=2)
    p.destroy()
    c.close()


def mounted(r: Any) -> None:
    """Pools whose folder is a file system that they mount."""
    c = r.connect()
    image = r.path("image")
    with image.open("wb") as stream:
        stream.truncate(32 * MIB)
    done = subprocess.run(["losetup", "-f", "--show", image], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        r.note("no loop devices here")
        return
    device = done.stdout.strip()
    try:
        _mounted(r, c, device)
    finally:
        subprocess.run(["losetup", "-d", device], check=False)
    c.close()


def _mounted(r: Any, c: Any, device: str) -> None:
    def pool(form: str, *, of: str = device) -> str:
        source = f"<source><device path='{of}'/>{form}</source>"
        return pool_xml(r, "f", 70, kind="fs", more=source)

    ext4 = "<format type='ext4'/>"
    c.storagePoolDefineXML(pool("<format type='nosuch'/>"))
    p = c.storagePoolDefineXML(pool(""))
    p.XMLDesc()
    p.create()
    p.build()
    p.create()
    p.undefine()
    for flags in (BUILD_NO_OVERWRITE, BUILD_OVERWRITE):
        c.storagePoolCreateXML(pool(ext4, of="/dev/nosuch"), flags)
    p = c.storagePoolCreateXML(pool(ext4), BUILD_NO_OVERWRITE)
    r.listing(p.listVolumes)
    p.createXML(volume_xml("v")).info()
    r.listing(p.listVolumes)
    r.note(str(r.path("f/v").exists()))
    p.refresh()
    p.XMLDesc()
    p.build()
    r.sync()
    p.destroy()
    c.storagePoolCreateXML(pool(ext4), BUILD_NO_OVERWRITE)
    c.storagePoolCreateXML(pool("<format type='ext3'/>"), BUILD_NO_OVERWRITE)
    c.storagePoolCreateXML(pool("<format type='xfs'/>"))
    p = c.storagePoolDefineXML(pool(ext4))
    p.create()
    r.listing(p.listVolumes)
    p.destroy()
    p.create(BUILD_OVERWRITE)
    r.listing(p.listVolumes)
    p.destroy()
    p.delete()
    p.undefine()
    r.sync()
    server = "<host name='127.0.0.1'/><dir path='/x'/>"
    for source in (
        *(server, f"{server}<format type='nfs'/>", f"{server}<format type='cifs'/>", "<host name='h'/>"),
        *(f"{server}<protocol ver='3'/><format type='nfs'/>", f"<host name='a'/>{server}"),
    ):
        c.storagePoolCreateXML(pool_xml(r, "n", 71, kind="netfs", more=f"<source>{source}</source>"), BUILD)
    c.findStoragePoolSources("netfs", None, 0)
    c.findStoragePoolSources("netfs", f"<source>{server}</source>", 0)
    c.findStoragePoolSources("fs", None, 0)


def domain_xml(name: str, source: str, *, device: str = "disk", target: str = "vda", driver: str = "") -> str:
    """A guest with one disk that is a volume."""
    bus = "ide" if target.startswith("h") else "virtio"
    return (
        f"<domain type='qemu'><name>{name}</name><uuid>{UUID.format(50)}</uuid><memory unit='MiB'>32</memory>"
        "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
        f"<disk type='volume' device='{device}'>{driver}<source {source}/><target dev='{target}' bus='{bus}'/></disk>"
        "<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>"
    )


def domains(r: Any) -> None:
    """Guests whose disks are volumes."""
    c = r.connect()
    p = c.storagePoolCreateXML(pool_xml(r), BUILD)
    c.storagePoolDefineXML(pool_xml(r, "off", 2))
    p.createXML(volume_xml("raw"))
    p.createXML(formatted("image", "qcow2"))
    p.createXML(formatted("folder", "dir", "0"))
    qcow2 = "<driver name='qemu' type='qcow2'/>"
    for source, driver in (("pool='p' volume='image'", qcow2), ("pool='p' volume='raw'", "")):
        d = c.defineXML(domain_xml("d", source, driver=driver))
        d.XMLDesc(2)
        d.createWithFlags(1)
        r.disks(d)
        d.blockInfo("vda")
        d.destroy()
        d.undefine()
    for source in (
        *("pool='p' volume='nosuch'", "pool='nosuch' volume='x'", "pool='off' volume='x'"),
        *("pool='p' volume='raw' mode='host'", "pool='p' volume='folder' startupPolicy='optional'", "pool='p'"),
    ):
        c.createXML(domain_xml("d", source), 1)
    d = c.createXML(
        domain_xml("d", "pool='p' volume='nosuch' startupPolicy='optional'", device="cdrom", target="hda"), 1
    )
    r.disks(d)
    d.updateDeviceFlags(
        "<disk type='volume' device='cdrom'><source pool='p' volume='raw'/><target dev='hda' bus='ide'/></disk>"
    )
    d.attachDevice("<disk type='volume'><source pool='p' volume='nosuch'/><target dev='vdb' bus='virtio'/></disk>")
    d.destroy()
    p.storageVolLookupByName("image").delete()
    p.destroy()
    c.storagePoolLookupByName("off").undefine()
    c.close()
