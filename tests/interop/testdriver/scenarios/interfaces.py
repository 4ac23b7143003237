# SPDX-License-Identifier: Apache-2.0
"""Host interfaces."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder


def interface_xml(name: str = "eth9", more: str = "<mac address='aa:bb:cc:00:00:09'/>", type: str = "ethernet") -> str:
    """A small interface."""
    return f"<interface type='{type}' name='{name}'><start mode='onboot'/>{more}</interface>"


def default(r: Recorder) -> None:
    """The interface that is always there, and others."""
    c = r.open("test:///default")
    i = c.interfaceLookupByName("eth1")
    i.XMLDesc(0)
    i.XMLDesc(1)
    i.MACString()
    i.isActive()
    i.create(0)
    i.destroy(0)
    i.destroy(0)
    i.isActive()
    i.create(1)
    i.create(0)
    c.interfaceLookupByName("none")
    c.interfaceLookupByName("")
    c.interfaceLookupByMACString("aa:bb:cc:dd:ee:ff")
    c.interfaceLookupByMACString("AA:BB:CC:DD:EE:FF")
    c.interfaceLookupByMACString("00:00:00:00:00:00")
    n = c.interfaceDefineXML(interface_xml(), 0)
    n.XMLDesc(0)
    n.isActive()
    c.interfaceDefineXML(interface_xml(), 0)
    c.interfaceDefineXML(interface_xml(), 1)
    c.interfaceDefineXML(interface_xml(), 2)
    c.interfaceDefineXML(interface_xml("eth8"), 0)
    c.interfaceLookupByMACString("aa:bb:cc:00:00:09")
    for flags in (0, 1, 2, 3, 4):
        r.listing(c.listAllInterfaces, flags)
    c.numOfInterfaces()
    c.numOfDefinedInterfaces()
    r.listing(c.listInterfaces)
    r.listing(c.listDefinedInterfaces)
    n.create()
    n.undefine()
    n.isActive()
    n.XMLDesc(0)
    i.undefine()
    c.numOfInterfaces()


def documents(r: Recorder) -> None:
    """What can be defined."""
    c = r.open("test:///default")
    for xml in (
        "",
        "<interface/>",
        "<interface type='bogus'/>",
        "<interface type='ethernet'/>",
        "<interface type='ethernet' name='e'/>",
        "<interface type='ethernet' name='e'><start/></interface>",
        "<interface type='ethernet' name='e'><start mode='x'/></interface>",
        "<interface type='ethernet' name='e'><start mode='none'/></interface>",
        "<interface type='ethernet' name='e'><start mode='hotplug'/></interface>",
        interface_xml(more="<mtu size='1500'/>"),
        interface_xml(more="<protocol family='ipv4'><dhcp/></protocol>"),
        interface_xml(more="<protocol family='ipv4'><dhcp peerdns='no'/></protocol>"),
        interface_xml(more="<protocol family='ipv4'><dhcp peerdns='x'/></protocol>"),
        interface_xml(
            more="<protocol family='ipv4'><ip address='1.2.3.4' prefix='24'/><route gateway='1.2.3.1'/></protocol>"
        ),
        interface_xml(more="<protocol family='ipv4'><ip/></protocol>"),
        interface_xml(more="<protocol family='ipv6'><autoconf/><dhcp/><ip address='::1' prefix='64'/></protocol>"),
        interface_xml(more="<protocol family='x'/>"),
        interface_xml(more="<protocol/>"),
        interface_xml("br0", "<bridge stp='on' delay='3'>" + interface_xml("eth5") + "</bridge>", "bridge"),
        interface_xml("br0", "<bridge/>", "bridge"),
        interface_xml("br0", "<bridge stp='x'/>", "bridge"),
        interface_xml("br0", "", "bridge"),
        interface_xml(
            "bond0",
            "<bond mode='active-backup'><miimon freq='100' updelay='10' carrier='ioctl'/>"
            + interface_xml("eth5")
            + "</bond>",
            "bond",
        ),
        interface_xml(
            "bond0",
            "<bond mode='active-backup'><arpmon interval='100' target='1.2.3.4' validate='all'/></bond>",
            "bond",
        ),
        interface_xml("bond0", "<bond mode='x'/>", "bond"),
        interface_xml("bond0", "<bond/>", "bond"),
        interface_xml("bond0", "", "bond"),
        interface_xml("vlan0", "<vlan tag='5'><interface name='eth5'/></vlan>", "vlan"),
        interface_xml("vlan0", "<vlan><interface name='eth5'/></vlan>", "vlan"),
        interface_xml("vlan0", "<vlan tag='5'/>", "vlan"),
        interface_xml("vlan0", "", "vlan"),
    ):
        i = c.interfaceDefineXML(xml, 0)
        i.XMLDesc(0)
        i.undefine()


def transactions(r: Recorder) -> None:
    """Changes begun, committed, rolled back."""
    c = r.open("test:///default")
    c.changeCommit()
    c.changeRollback()
    c.changeBegin(1)
    c.changeBegin()
    c.changeBegin()
    c.interfaceDefineXML(interface_xml(), 0)
    c.interfaceLookupByName("eth1").destroy()
    c.changeCommit(1)
    c.changeRollback(1)
    c.changeRollback()
    r.listing(c.listAllInterfaces, 0)
    c.interfaceLookupByName("eth1").isActive()
    c.changeBegin()
    c.interfaceLookupByName("eth1").undefine()
    c.changeCommit()
    r.listing(c.listAllInterfaces, 0)
    c.changeCommit()
    d = r.open("test:///default")
    c.changeBegin()
    d.changeBegin()
    d.changeRollback()
