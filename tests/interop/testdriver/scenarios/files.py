# SPDX-License-Identifier: Apache-2.0
"""Connections to a description file of one's own."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import domain_xml
from tests.interop.testdriver.scenarios.interfaces import interface_xml
from tests.interop.testdriver.scenarios.networks import network_xml
from tests.interop.testdriver.scenarios.storage import pool_xml, volume_xml

TEST = "xmlns:test='http://libvirt.org/schemas/domain/test/1.0'"


def _id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def _open(r: Recorder, folder: str, body: str, root: str = "node") -> Any:
    """A recorded connection to a file with these contents."""
    import libvirt

    path = os.path.join(folder, "node.xml")
    with open(path, "w") as stream:
        stream.write(f"<{root}>{body}</{root}>")
    return r.call("open", lambda: libvirt.open(f"test://{path}"))


def _annotated(xml: str, *annotations: str) -> str:
    """A domain with elements of the test driver's own namespace."""
    return xml.replace("<domain ", f"<domain {TEST} ").replace("</domain>", "".join(annotations) + "</domain>")


def _snapshot(name: str, created: object, state: str, more: str = "") -> str:
    return (
        f"<test:domainsnapshot><name>{name}</name><creationTime>{created}</creationTime><state>{state}</state>{more}"
        "</test:domainsnapshot>"
    )


def objects(r: Recorder) -> None:
    """Objects of all kinds in one file."""
    device = (
        "<device><name>scsi_host7</name><parent>computer</parent><capability type='scsi_host'><host>7</host>"
        "<unique_id>3</unique_id></capability></device>"
    )
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "dom.xml"), "w") as stream:
            stream.write(domain_xml("other", _id(9)))
        c = _open(
            r,
            folder,
            domain_xml("a", _id(1))
            + domain_xml("b", _id(2))
            + "<domain file='dom.xml'/>"
            + network_xml("net1", _id(3))
            + pool_xml("pool1", _id(4))
            + interface_xml("eth7")
            + device
            + "<cpu><nodes>1</nodes><sockets>3</sockets><cores>4</cores><threads>5</threads><active>6</active>"
            + "<mhz>7000</mhz><model>x86_64</model></cpu><memory>123456</memory>",
        )
        c.getInfo()
        r.listing(c.listAllDomains, 0)
        r.listing(c.listDomainsID)
        for name in ("a", "b", "other"):
            d = c.lookupByName(name)
            d.state()
            d.isPersistent()
            d.XMLDesc(0)
        r.listing(c.listAllNetworks, 0)
        c.networkLookupByName("net1").XMLDesc(0)
        c.networkLookupByName("net1").isActive()
        r.listing(c.listAllStoragePools, 0)
        c.storagePoolLookupByName("pool1").XMLDesc(0)
        c.storagePoolLookupByName("pool1").info()
        r.listing(c.listAllInterfaces, 0)
        c.interfaceLookupByName("eth7").isActive()
        r.listing(c.listAllDevices, 0)
        c.nodeDeviceLookupByName("scsi_host7").XMLDesc(0)
        c.getCapabilities()
        c.getCellsFreeMemory(0, 5)
        c.getFreeMemory()
        c.getType()
        c.getURI()


def domain_states(r: Recorder) -> None:
    """States, transience and saved images of domains in a file."""
    with tempfile.TemporaryDirectory() as folder:
        c = _open(
            r,
            folder,
            "".join(
                _annotated(domain_xml(f"state{n}", _id(20 + n)), f"<test:runstate>{n}</test:runstate>")
                for n in (0, 1, 2, 3, 4, 5, 6, 7)
            )
            + _annotated(domain_xml("transient", _id(30)), "<test:transient/>")
            + _annotated(domain_xml("saved", _id(31)), "<test:hasmanagedsave/><test:runstate>5</test:runstate>"),
        )
        for d in sorted(r.listing(c.listAllDomains, 0), key=lambda d: str(d._target.name())):
            d.state()
            d.isPersistent()
            d.isActive()
            d.hasManagedSaveImage(0)
            d.info()
            d.XMLDesc(0)
        for bad in (
            "<test:runstate>99</test:runstate>",
            "<test:runstate>-1</test:runstate>",
            "<test:runstate>x</test:runstate>",
            "<test:transient/><test:runstate>5</test:runstate>",
            "<test:hasmanagedsave/>",
            "<test:bogus/>",
        ):
            _open(r, folder, _annotated(domain_xml("a", _id(1)), bad))


def snapshots_in_files(r: Recorder) -> None:
    """Snapshots come with their domain."""
    inner = domain_xml("snapped", _id(32))
    with tempfile.TemporaryDirectory() as folder:
        c = _open(
            r,
            folder,
            _annotated(
                inner,
                _snapshot("s1", 1, "running", f"{inner}<active>0</active>"),
                _snapshot("s2", 2, "shutoff", f"<parent><name>s1</name></parent>{inner}<active>1</active>"),
            ),
        )
        d = c.lookupByName("snapped")
        r.listing(d.snapshotListNames, 0)
        d.hasCurrentSnapshot()
        s = d.snapshotCurrent()
        s.getXMLDesc(0)
        s.getParent()
        d.XMLDesc(0)
        for bad in (
            (_snapshot("s1", 1, "running"),),
            (_snapshot("s1", 1, "running", "<active>1</active>"),),
            (_snapshot("s1", 1, "running", "<active>x</active>"),),
            (_snapshot("s1", "x", "running", f"{inner}<active>1</active>"),),
            (
                _snapshot("s1", 1, "running", f"{inner}<active>1</active>"),
                _snapshot("s2", 1, "running", f"{inner}<active>1</active>"),
            ),
            (_snapshot("s1", 1, "running", f"<parent><name>zz</name></parent>{inner}<active>0</active>"),),
        ):
            _open(r, folder, _annotated(inner, *bad))


def pools_with_volumes(r: Recorder) -> None:
    """Volumes come with their pool."""
    with tempfile.TemporaryDirectory() as folder:
        c = _open(
            r,
            folder,
            pool_xml("pool1", _id(4)).replace("</pool>", volume_xml("v1") + volume_xml("v2", 5) + "</pool>"),
        )
        p = c.storagePoolLookupByName("pool1")
        r.listing(p.listVolumes)
        p.info()
        v = p.storageVolLookupByName("v1")
        v.XMLDesc(0)
        v.path()
        v.info()


def privacy(r: Recorder) -> None:
    """Each connection to a file has objects of its own."""
    with tempfile.TemporaryDirectory() as folder:
        a = _open(r, folder, domain_xml("a", _id(1)))
        b = _open(r, folder, domain_xml("a", _id(1)))
        a.lookupByName("a").destroy()
        b.lookupByName("a").isActive()


def refused(r: Recorder) -> None:
    """Files that are not accepted."""
    with tempfile.TemporaryDirectory() as folder:
        for body, root in (
            ("", "node"),
            ("", "bogus"),
            ("<bogus/>", "node"),
            ("<domain/>", "node"),
            ("<domain file='missing.xml'/>", "node"),
            ("<network/>", "node"),
            ("<pool/>", "node"),
            ("<interface/>", "node"),
            ("<device/>", "node"),
            ("<cpu><nodes>x</nodes></cpu>", "node"),
            ("<cpu><active>x</active></cpu>", "node"),
            ("<cpu><sockets>0</sockets></cpu>", "node"),
            ("<memory>x</memory>", "node"),
            ("<memory>0</memory>", "node"),
            (domain_xml("a", _id(1)) * 2, "node"),
            (network_xml("a", _id(1)) * 2, "node"),
            ("<pool type='dir'><name>x</name><target><path>/a</path></target><volume/></pool>", "node"),
        ):
            c = _open(r, folder, body, root)
            if c:
                c.getInfo()
                c.listAllDomains()
                c.numOfDomains()


def authentication(r: Recorder) -> None:
    """Files with users ask who one is."""
    import libvirt

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "node.xml")
        with open(path, "w") as stream:
            stream.write("<node><auth><user password='123456'>astrochicken</user><user>bob</user></auth></node>")
        r.call("open", lambda: libvirt.open(f"test://{path}"))
        r.call("openReadOnly", lambda: libvirt.openReadOnly(f"test://{path}"))

        def attempt(kinds: list[int], user: str, password: str, answers: int = 0) -> Any:
            def answer(credentials: list[list[object]], data: object) -> int:
                for credential in credentials:
                    r.note(f"asked {credential[:4]}")
                    credential[4] = user if credential[0] == NAME else password
                return answers

            return libvirt.openAuth(f"test://{path}", [kinds, answer, None], 0)

        for user, password in USERS:
            r.call("openAuth", attempt, [NAME, 7, 5], user, password)
        for kinds in ([NAME], [5], [7], [NAME, 5], [NAME, 7], [], [1, 5]):
            r.call("openAuth", attempt, kinds, "bob", "")
            r.call("openAuth", attempt, kinds, "astrochicken", "123456")
        r.call("openAuth", attempt, [NAME, 5], "bob", "", -1)


NAME = 2  # VIR_CRED_AUTHNAME
USERS = (("astrochicken", "123456"), ("astrochicken", "x"), ("bob", ""), ("bob", "x"), ("eve", ""), ("", ""))
