# SPDX-License-Identifier: Apache-2.0
"""Snapshots: creation, the tree, reverting, deletion."""

from __future__ import annotations

from typing import Any

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import OTHER_UUID, domain_xml


def snap(name: str, more: str = "") -> str:
    """A small snapshot document."""
    return f"<domainsnapshot><name>{name}</name>{more}</domainsnapshot>"


def _show(r: Recorder, d: Any) -> None:
    for flags in (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
        d.snapshotNum(flags)
        r.listing(d.snapshotListNames, flags)
        r.listing(d.listAllSnapshots, flags)


def tree(r: Recorder) -> None:
    """Snapshots of a running domain, and their relations."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.lookupByName("test")
    d.hasCurrentSnapshot()
    d.snapshotCurrent()
    d.snapshotNum()
    d.snapshotLookupByName("a")
    a = d.snapshotCreateXML(snap("a", "<description>first</description>"), 0)
    a.getXMLDesc(0)
    a.getParent()
    a.isCurrent()
    a.hasMetadata()
    b = d.snapshotCreateXML(snap("b"), 0)
    d.snapshotCreateXML(snap("c"), 0)
    d.revertToSnapshot(b)
    d.snapshotCreateXML(snap("e"), 0)
    d.snapshotCreateXML(snap("a"), 0)
    d.snapshotCurrent().getXMLDesc(0)
    b.getParent()
    b.numChildren()
    r.listing(b.listChildrenNames)
    r.listing(b.listAllChildren)
    a.numChildren(0)
    a.numChildren(1)
    r.listing(a.listChildrenNames, 1)
    r.listing(a.listAllChildren, 1)
    r.listing(a.listAllChildren, 4)
    a.numChildren(1 | 4)
    a.numChildren(2)
    _show(r, d)
    b.getXMLDesc(0)
    b.delete(0)
    _show(r, d)
    d.snapshotLookupByName("c").getParent()
    a.delete(2)
    d.snapshotNum()
    d.snapshotLookupByName("c").getParent()
    d.snapshotCreateXML(snap("z"), 0)
    d.snapshotLookupByName("e").delete(1)
    d.snapshotNum()
    d.snapshotCurrent()
    d.undefine()
    d.destroy()
    d.undefine()
    d.undefineFlags(2)


def creation(r: Recorder) -> None:
    """Documents and flags."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(
        domain_xml(more="<devices><disk type='file'><source file='/a'/><target dev='vda'/></disk></devices>")
    )
    for turn in range(2):
        for flags in range(10):
            d.snapshotCreateXML(snap(f"s{turn}-{flags}"), 1 << flags)
        for xml in (
            "",
            "<domainsnapshot/>",
            "<bogus/>",
            snap("a/b"),
            snap(".hidden"),
            snap(""),
            snap(f"m{turn}", "<memory snapshot='no'/>"),
            snap(f"n{turn}", "<memory snapshot='internal'/>"),
            snap(f"x{turn}", "<memory snapshot='external' file='/tmp/x'/>"),
            snap(f"y{turn}", "<memory snapshot='external'/>"),
            snap(f"q{turn}", "<memory snapshot='bogus'/>"),
            snap(f"d{turn}", "<disks><disk name='vda' snapshot='internal'/></disks>"),
            snap(f"f{turn}", "<disks><disk name='vda' snapshot='external'><source file='/b'/></disk></disks>"),
            snap(f"g{turn}", "<disks><disk name='vda' snapshot='no'/></disks>"),
            snap(f"h{turn}", "<disks><disk name='vdz'/></disks>"),
            snap(f"i{turn}", "<disks><disk/></disks>"),
            snap(f"j{turn}", "<disks><disk name='vda'/><disk name='vda'/></disks>"),
            snap(f"k{turn}", "<disks><disk name='/a'/></disks>"),
            snap(f"l{turn}", "<creationTime>5</creationTime><state>paused</state>"),
        ):
            s = d.snapshotCreateXML(xml, 0)
            s.getXMLDesc(0)
            d.snapshotCreateXML(xml, 16).getXMLDesc(0)
        d.hasCurrentSnapshot()
        d.state()
        if not turn:
            d.create()
    d.snapshotCurrent().getXMLDesc(1)
    d.snapshotCurrent().getXMLDesc(2)
    d.snapshotCreateXML(snap("halt"), 4)
    d.state()
    t = c.createXML(domain_xml("transient", OTHER_UUID), 0)
    t.snapshotCreateXML(snap("t"), 0)
    t.snapshotCreateXML(snap("t2"), 4)
    t.hasCurrentSnapshot()


def redefinition(r: Recorder) -> None:
    """Snapshots known from elsewhere."""
    c = r.open("test:///default")
    d = c.lookupByName("test")
    inner = d._target.XMLDesc(2)
    for xml in (
        snap("r0"),
        snap("r1", "<creationTime>1</creationTime>"),
        snap("r2", "<creationTime>1</creationTime><state>running</state>"),
        snap("r3", f"<creationTime>1</creationTime><state>running</state>{inner}"),
        snap("r4", f"<creationTime>2</creationTime><state>shutoff</state><parent><name>r3</name></parent>{inner}"),
        snap("r5", f"<creationTime>2</creationTime><state>shutoff</state><parent><name>nope</name></parent>{inner}"),
        snap("r6", f"<creationTime>2</creationTime><state>shutoff</state><parent><name>r6</name></parent>{inner}"),
        snap("r3", f"<creationTime>9</creationTime><state>running</state><parent><name>r4</name></parent>{inner}"),
        snap("r3", f"<creationTime>9</creationTime><state>shutoff</state>{inner}"),
        snap("r4", f"<creationTime>9</creationTime><state>running</state>{inner}"),
        snap("r7", f"<creationTime>x</creationTime><state>running</state>{inner}"),
        snap("r8", f"<creationTime>7</creationTime><state>bogus</state>{inner}"),
        snap("r9", f"<creationTime>7</creationTime><state>disk-snapshot</state>{inner}"),
        snap("r10", "<creationTime>7</creationTime><state>running</state><domain><name>x</name></domain>"),
        snap("r11", f"<creationTime>7</creationTime><state>running</state>{domain_xml(uuid=OTHER_UUID)}"),
        snap("r12", f"<creationTime>7</creationTime><state>running</state><active>1</active>{inner}"),
    ):
        d.snapshotCreateXML(xml, 1)
        s = d.snapshotCreateXML(xml, 3)
        s.getXMLDesc(0)
        d.hasCurrentSnapshot()
    r.listing(d.snapshotListNames, 0)
    d.snapshotCurrent()


def reverting(r: Recorder) -> None:
    """Back to other states, from every state."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(domain_xml())
    off = d.snapshotCreateXML(snap("off"), 0)
    d.create()
    on = d.snapshotCreateXML(snap("on"), 0)
    d.suspend()
    paused = d.snapshotCreateXML(snap("paused"), 0)
    for start in ("create", "resume", "suspend", "destroy"):
        for target in (off, on, paused):
            for flags in (0, 1, 2, 3, 4, 8):
                getattr(d, start)()
                d.revertToSnapshot(target, flags)
                d.state()
    d.snapshotCurrent()
    d.XMLDesc(0)
    t = c.createXML(domain_xml("transient", OTHER_UUID), 0)
    s = t.snapshotCreateXML(snap("t"), 0)
    t.suspend()
    t.revertToSnapshot(s)
    t.state()


def deletion(r: Recorder) -> None:
    """Every way to delete."""
    c = r.open("test:///default")
    d = c.lookupByName("test")
    for flags in (0, 1, 2, 3, 4, 6, 8):
        for name in ("a", "b", "c"):
            d.snapshotCreateXML(snap(f"{name}{flags}"), 0)
        d.snapshotLookupByName(f"b{flags}").delete(flags)
        r.listing(d.snapshotListNames, 0)
        d.snapshotCurrent()
        s = d.snapshotLookupByName(f"c{flags}")
        s.getParent()
    d.snapshotLookupByName("a0").delete(1)
    d.snapshotNum()
    d.snapshotLookupByName("")
    d.snapshotLookupByName("a0", 1)
