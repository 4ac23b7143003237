# SPDX-License-Identifier: Apache-2.0
"""Documents: what is refused, what is completed, metadata."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import domain_xml


def refused(r: Recorder) -> None:
    """Documents that do not describe a test guest."""
    c = r.open("test:///default")
    for xml in (
        "",
        "nonsense",
        "<domain/>",
        "<domain type='test'/>",
        "<domain type='test'><name>x</name></domain>",
        "<domain type='test'><name>x</name><memory>1</memory></domain>",
        "<domain type='test'><name>x</name><memory>1</memory><os/></domain>",
        domain_xml(type="qemu"),
        domain_xml(type="bogus"),
        domain_xml(name=""),
        domain_xml(name="a/b"),
        domain_xml(name="a\nb"),
        domain_xml(uuid="x"),
        domain_xml(more="<bogus/>"),
        domain_xml(more="<vcpu>0</vcpu>"),
        domain_xml(more="<vcpu>99</vcpu>"),
        domain_xml(more="<vcpu current='5'>2</vcpu>"),
        domain_xml(more="<on_poweroff>x</on_poweroff>"),
        domain_xml(more="<clock offset='x'/>"),
        domain_xml(more="<devices><emulator>/x</emulator></devices>"),
        domain_xml(more="<devices><disk/></devices>"),
        domain_xml(more="<devices><disk><target dev='vda'/></disk><disk><target dev='vda'/></disk></devices>"),
        domain_xml(more="<devices><interface/></devices>"),
        domain_xml(more="<devices><interface type='network'/></devices>"),
        domain_xml(more="<os><type arch='x86_64'>hvm</type></os>").replace("<os><type>hvm</type></os>", ""),
        domain_xml(more="<os><type>xen</type></os>").replace("<os><type>hvm</type></os>", ""),
        domain_xml(more="<os><type>exe</type></os>").replace("<os><type>hvm</type></os>", ""),
        domain_xml(more="<os><type machine='pc'>hvm</type></os>").replace("<os><type>hvm</type></os>", ""),
        domain_xml(more="<memory>0</memory>").replace("<memory>65536</memory>", ""),
        domain_xml(more="<currentMemory>99999999</currentMemory>"),
    ):
        d = c.defineXML(xml)
        d.undefine()


def completed(r: Recorder) -> None:
    """What is added to a document."""
    c = r.open("test:///default")
    for more in (
        "",
        "<title>t</title><description>d &amp; e</description>",
        "<vcpu current='1'>3</vcpu><cpu mode='custom'><topology sockets='1' cores='3' threads='1'/></cpu>",
        "<features><acpi/><apic/><pae/></features><clock offset='localtime'><timer name='rtc'/></clock>",
        "<devices><disk device='cdrom'><target dev='hdc'/></disk><disk type='block'><source dev='/dev/x'/>"
        "<target dev='sda'/></disk></devices>",
        "<devices><interface type='user'/><interface type='bridge'><source bridge='b'/><model type='virtio'/>"
        "</interface></devices>",
        "<devices><console type='pty'/><serial type='pty'/></devices>",
        "<devices><graphics type='vnc'/><graphics type='spice' autoport='yes'/><video/></devices>",
        "<devices><controller type='usb' index='0'/><controller type='scsi'/>"
        "<input type='tablet' bus='usb'/></devices>",
        "<devices><memballoon model='virtio'/><rng model='virtio'><backend model='random'>/dev/random</backend></rng>"
        "</devices>",
        "<devices><sound model='ich6'/><watchdog model='i6300esb'/><channel type='unix'>"
        "<target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices>",
        "<devices><filesystem type='mount'><source dir='/a'/><target dir='b'/></filesystem></devices>",
        "<devices><hostdev mode='subsystem' type='usb'><source><vendor id='1'/><product id='2'/></source></hostdev>"
        "</devices>",
        "<seclabel type='dynamic' model='testSecurity'/>",
        "<metadata><a:b xmlns:a='urn:a'><a:c/></a:b></metadata>",
        "<os><type arch='i686'>hvm</type><boot dev='network'/><boot dev='cdrom'/><kernel>/k</kernel></os>",
        "<iothreads>2</iothreads><numatune><memory mode='strict' nodeset='0'/></numatune>",
    ):
        xml = domain_xml(more=more)
        if "<os>" in more:
            xml = xml.replace("<os><type>hvm</type></os>", "", 1)
        d = c.defineXML(xml)
        d.XMLDesc(0)
        d.create()
        d.XMLDesc(0)
        d.destroy()
        d.undefine()


def metadata(r: Recorder) -> None:
    """Title, description and elements of applications."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.lookupByName("test")
    for turn in range(2):
        for flags in (0, 1, 2, 3, 4):
            d.metadata(0, None, flags)
            d.metadata(1, None, flags)
            d.metadata(2, "urn:a", flags)
        for flags in (0, 1, 2, 3, 4):
            d.setMetadata(0, f"description {flags}", None, None, flags)
            d.setMetadata(1, f"title {flags}", None, None, flags)
            d.setMetadata(1, "two\nlines", None, None, flags)
            d.setMetadata(2, f"<x v='{flags}'><y/></x>", "p", "urn:a", flags)
        d.setMetadata(2, "<x:z xmlns:x='urn:b'>text</x:z>", "q", "urn:b", 0)
        d.setMetadata(2, "nonsense", "q", "urn:c", 0)
        d.setMetadata(2, "<a/>", None, "urn:d", 0)
        d.setMetadata(2, "<a/>", "q", None, 0)
        d.setMetadata(0, "x", "q", None, 0)
        d.setMetadata(9, "x", None, None, 0)
        d.metadata(9, None, 0)
        d.metadata(2, None, 0)
        d.metadata(0, "urn:a", 0)
        d.metadata(2, "urn:a", 0)
        d.metadata(2, "urn:b", 0)
        d.metadata(0, None, 0)
        d.metadata(1, None, 0)
        d.XMLDesc(0)
        d.XMLDesc(2)
        d.setMetadata(2, None, None, "urn:a", 0)
        d.setMetadata(2, None, None, "urn:a", 0)
        d.setMetadata(2, None, None, "urn:b", 0)
        d.setMetadata(0, None, None, None, 0)
        d.setMetadata(1, None, None, None, 0)
        d.setMetadata(0, "", None, None, 0)
        d.metadata(2, "urn:a", 0)
        d.metadata(0, None, 0)
        d.XMLDesc(0)
        if not turn:
            d.destroy()


def descriptions(r: Recorder) -> None:
    """XMLDesc and its flags."""
    c = r.open("test:///default")
    d = c.defineXML(
        domain_xml(
            more="<devices><graphics type='vnc' port='5901' passwd='secret' "
            "passwdValidTo='2010-04-09T15:51:00'/></devices>"
        )
    )
    for flags in (0, 1, 2, 3, 4, 8, 9, 16):
        d.XMLDesc(flags)
    d.create()
    for flags in (0, 1, 2, 3, 8):
        d.XMLDesc(flags)
