# SPDX-License-Identifier: Apache-2.0
"""Virtual networks."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder

UUID = "00000000-1111-2222-3333-000000000001"


def network_xml(name: str = "n", uuid: str = UUID, more: str = "<ip address='10.1.1.1' prefix='24'/>") -> str:
    """A small network."""
    return f"<network><name>{name}</name><uuid>{uuid}</uuid>{more}</network>"


def default(r: Recorder) -> None:
    """The network that is always there."""
    c = r.open("test:///default")
    r.watch(c)
    r.listing(c.listAllNetworks, 0)
    n = c.networkLookupByName("default")
    n.XMLDesc(0)
    n.XMLDesc(1)
    n.autostart()
    n.setAutostart(1)
    n.autostart()
    n.setAutostart(7)
    n.isActive()
    n.isPersistent()
    n.bridgeName()
    n.DHCPLeases()
    n.listAllPorts()
    n.create()
    n.destroy()
    n.destroy()
    n.isActive()
    n.create()
    n.undefine()
    n.destroy()
    n.undefine()
    n.XMLDesc(0)


def lookups(r: Recorder) -> None:
    """By name and UUID."""
    c = r.open("test:///default")
    c.networkLookupByName("none")
    c.networkLookupByName("")
    c.networkLookupByUUIDString("dd8fe884-6c02-601e-7551-cca97df1c5df")
    c.networkLookupByUUIDString(UUID)
    c.networkLookupByUUIDString("x")
    c.networkLookupByUUID(b"x" * 16)


def definition(r: Recorder) -> None:
    """Definition and creation."""
    c = r.open("test:///default")
    r.watch(c)
    n = c.networkDefineXML(network_xml())
    n.XMLDesc(0)
    n.isActive()
    n.isPersistent()
    n.bridgeName()
    n.autostart()
    c.networkDefineXML(network_xml())
    c.networkDefineXML(network_xml(uuid=UUID.replace("1111", "9999")))
    c.networkDefineXML(network_xml(name="m"))
    c.networkDefineXMLFlags(network_xml(), 1)
    c.networkDefineXMLFlags(network_xml(), 2)
    n.create()
    n.XMLDesc(0)
    c.networkDefineXML(network_xml(more="<ip address='10.9.9.1' prefix='24'/>"))
    n.XMLDesc(0)
    n.undefine()
    n.isPersistent()
    n.destroy()
    n.undefine()
    t = c.networkCreateXML(network_xml("t"))
    t.isPersistent()
    t.isActive()
    t.undefine()
    t.setAutostart(1)
    c.networkCreateXML(network_xml("t"))
    c.networkCreateXML(network_xml("u"))
    c.networkCreateXMLFlags(network_xml("v"), 1)
    c.networkCreateXMLFlags(network_xml("v"), 2)
    c.networkDefineXML(network_xml("t"))
    t.isPersistent()
    t.destroy()
    t.isActive()
    for xml in ("", "<network/>", "<bogus/>", network_xml(name="a/b"), network_xml(more="<forward mode='nat'/>")):
        c.networkDefineXML(xml)
        c.networkCreateXML(xml)
    c.networkDefineXML(network_xml("nouuid").replace(f"<uuid>{UUID}</uuid>", "")).XMLDesc(0)
    b = c.networkDefineXML(network_xml("bridged", UUID.replace("1111", "7777"), "<bridge name='vb0'/>"))
    b.bridgeName()


def lists(r: Recorder) -> None:
    """With every filter."""
    c = r.open("test:///default")
    c.networkDefineXML(network_xml("off"))
    c.networkDefineXML(network_xml("auto", UUID.replace("1111", "2222"))).setAutostart(1)
    c.networkCreateXML(network_xml("transient", UUID.replace("1111", "3333")))
    for flags in (0, *(1 << shift for shift in range(8)), 1 | 4, 2 | 16):
        r.listing(c.listAllNetworks, flags)
    c.numOfNetworks()
    c.numOfDefinedNetworks()
    r.listing(c.listNetworks)
    r.listing(c.listDefinedNetworks)


def updates(r: Recorder) -> None:
    """Changing sections of a network."""
    c = r.open("test:///default")
    r.watch(c)
    n = c.networkLookupByName("default")
    host = "<host mac='52:54:00:00:00:{}' ip='192.168.122.{}'/>"
    for command, section, index, xml, flags in (
        (3, 4, -1, host.format("01", 10), 0),
        (3, 4, -1, host.format("01", 10), 0),
        (4, 4, -1, host.format("02", 11), 1),
        (1, 4, -1, host.format("01", 12), 1),
        (1, 4, -1, host.format("09", 12), 1),
        (2, 4, -1, host.format("02", 11), 1),
        (2, 4, -1, host.format("02", 11), 1),
        (3, 4, 0, host.format("03", 13), 3),
        (3, 4, 7, host.format("04", 14), 0),
        (3, 4, 0, host.format("05", 15), 2),
        (3, 4, 0, host.format("05", 15), 4),
        (3, 5, -1, "<range start='192.168.122.200' end='192.168.122.210'/>", 1),
        (2, 5, -1, "<range start='192.168.122.200' end='192.168.122.210'/>", 1),
        (1, 5, -1, "<range start='192.168.122.2' end='192.168.122.9'/>", 1),
        (3, 10, -1, "<host ip='192.168.122.3'><hostname>h</hostname></host>", 1),
        (2, 10, -1, "<host ip='192.168.122.3'/>", 1),
        (3, 11, -1, "<txt name='a' value='b'/>", 1),
        (2, 11, -1, "<txt name='a'/>", 1),
        (3, 12, -1, "<srv service='s' protocol='tcp'/>", 1),
        (2, 12, -1, "<srv service='s'/>", 1),
        (3, 9, -1, "<portgroup name='p'/>", 1),
        (1, 9, -1, "<portgroup name='p' default='yes'/>", 1),
        (2, 9, -1, "<portgroup name='p'/>", 1),
        (3, 7, -1, "<interface dev='eth9'/>", 1),
        (2, 7, -1, "<interface dev='eth9'/>", 1),
        (1, 1, -1, "<bridge name='x'/>", 1),
        (1, 2, -1, "<domain name='x'/>", 1),
        (1, 3, -1, "<ip address='1.2.3.4'/>", 1),
        (1, 6, -1, "<forward/>", 1),
        (1, 8, -1, "<pf dev='x'/>", 1),
        (9, 4, -1, host.format("01", 10), 0),
        (3, 99, -1, host.format("01", 10), 0),
        (0, 4, -1, host.format("01", 10), 0),
        (3, 0, -1, host.format("01", 10), 0),
        (3, 4, -1, "<host/>", 0),
        (3, 4, -1, "<bogus/>", 0),
        (3, 4, -1, "", 0),
    ):
        n.update(command, section, index, xml, flags)
    n.XMLDesc(0)
    n.destroy()
    n.update(3, 4, -1, host.format("21", 21), 1)
    n.update(3, 4, -1, host.format("22", 22), 2)
    n.update(3, 4, -1, host.format("23", 23), 0)
    n.XMLDesc(0)
    n.create()
    n.XMLDesc(0)
