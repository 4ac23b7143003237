# SPDX-License-Identifier: Apache-2.0
"""Starting, stopping and changing the state of domains, with their events."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder

UUID = "12345678-1234-1234-1234-1234567890ab"
OTHER_UUID = "aaaaaaaa-1234-1234-1234-1234567890ab"


def domain_xml(name: str = "one", uuid: str = UUID, more: str = "", type: str = "test") -> str:
    """A small domain."""
    return (
        f"<domain type='{type}'><name>{name}</name><uuid>{uuid}</uuid><memory>65536</memory>"
        f"<os><type>hvm</type></os>{more}</domain>"
    )


def states(r: Recorder) -> None:
    """Every state change from every state."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.lookupByName("test")
    d.info()
    for step in ("resume", "suspend", "suspend", "reboot", "reset", "shutdown", "create", "suspend", "destroy"):
        getattr(d, step)(*([0] if step in {"reboot", "reset"} else []))
        d.state()
        d.info()
    d.ID()
    d.isActive()
    for step in ("suspend", "resume", "destroy", "shutdown", "reboot", "reset"):
        getattr(d, step)(*([0] if step in {"reboot", "reset"} else []))
    d.create()
    d.ID()
    d.create()
    d.reboot(0)
    d.state()
    d.reset(0)
    d.state()
    d.shutdown()
    d.state()
    d.maxVcpus()
    d.OSType()


def flags(r: Recorder) -> None:
    """Flags that are taken and that are not."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.lookupByName("test")
    for bit in (1, 2, 3, 4, 8, 16, 32):
        d.reboot(bit)
        d.shutdownFlags(bit)
        d.create()
        d.destroyFlags(bit)
        d.createWithFlags(bit)
        d.create()
        d.reset(bit)
        d.state(bit)
    for bit in (0, 1, 2, 3, 4, 8, 16, 32, 64):
        d = c.defineXML(domain_xml())
        d.undefineFlags(bit)
        d.isPersistent()
        d.undefine()


def transient(r: Recorder) -> None:
    """A domain that is created and not defined."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.createXML(domain_xml(), 0)
    d.isPersistent()
    d.isUpdated()
    d.autostart()
    d.setAutostart(1)
    d.undefine()
    c.createXML(domain_xml(), 0)
    c.createXML(domain_xml(uuid=OTHER_UUID), 0)
    c.createXML(domain_xml(name="two"), 0)
    d.info()
    d.XMLDesc(0)
    d.shutdown()
    d.info()
    d.create()
    c.lookupByName("one")
    d = c.createXML(domain_xml(), 1)
    d.state()
    d.destroy()
    for bit in (2, 4, 8, 16, 32):
        c.createXML(domain_xml(), bit).destroy()
    d = c.createXML(domain_xml(), 0)
    c.defineXML(domain_xml(more="<description>later</description>"))
    d.isPersistent()
    d.isUpdated()
    d.XMLDesc(0)
    d.XMLDesc(2)
    d.destroy()
    d.undefine()
    d.info()


def define_undefine(r: Recorder) -> None:
    """Definition, redefinition and the end."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(domain_xml())
    d.state()
    d.info()
    d.XMLDesc(0)
    d.isPersistent()
    d.isUpdated()
    c.defineXML(domain_xml())
    c.defineXML(domain_xml(uuid=OTHER_UUID))
    c.defineXML(domain_xml(name="two"))
    c.defineXMLFlags(domain_xml(), 1)
    c.defineXMLFlags(domain_xml(), 2)
    d.setAutostart(1)
    d.autostart()
    d.setAutostart(5)
    d.autostart()
    d.create()
    c.defineXML(domain_xml(more="<title>changed</title>"))
    d.isUpdated()
    d.undefine()
    d.isPersistent()
    d.XMLDesc(0)
    d.destroy()
    d.XMLDesc(0)
    d.ID()
    c.lookupByID(2)
    t = c.lookupByName("test")
    t.undefine()
    t.isPersistent()
    t.destroy()
    r.listing(c.listAllDomains)


def ids(r: Recorder) -> None:
    """Ids are handed out in order and never again."""
    c = r.open("test:///default")
    a = c.createXML(domain_xml("a", "00000000-0000-0000-0000-00000000000a"), 0)
    b = c.createXML(domain_xml("b", "00000000-0000-0000-0000-00000000000b"), 0)
    a.ID()
    b.ID()
    a.destroy()
    c.createXML(domain_xml("c", "00000000-0000-0000-0000-00000000000c"), 0).ID()
    t = c.lookupByName("test")
    t.destroy()
    t.create()
    t.ID()
    r.listing(c.listDomainsID)
    c.lookupByID(1)
    c.lookupByID(5)
    b.destroy()
    c.defineXML(domain_xml("c", "00000000-0000-0000-0000-00000000000c")).destroy()
    e = c.defineXML(domain_xml("e", "00000000-0000-0000-0000-00000000000e"))
    e.create()
    e.ID()


def lifecycle_actions(r: Recorder) -> None:
    """What on_poweroff, on_reboot and on_crash do, and setLifecycleAction."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.defineXML(domain_xml(more="<on_poweroff>restart</on_poweroff><on_reboot>destroy</on_reboot>"))
    d.create()
    d.shutdown()
    d.state()
    d.reboot(0)
    d.state()
    for action in ("destroy", "restart", "preserve", "rename-restart"):
        d = c.defineXML(domain_xml(more=f"<on_poweroff>{action}</on_poweroff><on_reboot>{action}</on_reboot>"))
        d.create()
        d.reboot(0)
        d.state()
        d.create()
        d.shutdown()
        d.state()
        d.destroy()
    for event in range(4):
        for number in range(7):
            d.setLifecycleAction(event, number, 0)
    d.XMLDesc(0)
    d.setLifecycleAction(0, 0, 1)
    d.setLifecycleAction(0, 0, 2)
    d.setLifecycleAction(0, 0, 4)
    d.create()
    d.setLifecycleAction(0, 1, 1)
    d.setLifecycleAction(0, 2, 2)
    d.setLifecycleAction(1, 0, 3)
    d.XMLDesc(0)
    d.XMLDesc(2)


def autodestroy(r: Recorder) -> None:
    """Guests that end with their connection."""
    keep = r.open("test:///default")
    c = r.open("test:///default")
    c.createXML(domain_xml(), 2)
    c.defineXML(domain_xml("two", OTHER_UUID)).createWithFlags(2)
    r.listing(keep.listAllDomains)
    c.close()
    r.listing(keep.listAllDomains)


def files(r: Recorder) -> None:
    """Starting with file descriptors."""
    c = r.open("test:///default")
    c.createXMLWithFiles(domain_xml(), [], 0)
    d = c.defineXML(domain_xml("two", OTHER_UUID))
    d.createWithFiles([], 0)


def rename(r: Recorder) -> None:
    """A new name."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.lookupByName("test")
    d.rename("new", 0)
    d.destroy()
    d.rename("new", 0)
    c.lookupByName("new")
    c.lookupByName("test")
    d.rename("new", 0)
    d.rename("", 0)
    d.rename("a/b", 0)
    d.rename("x", 1)
    c.defineXML(domain_xml())
    c.lookupByName("new").rename("one", 0)
    c.createXML(domain_xml("three", OTHER_UUID), 0).rename("four", 0)


def input_and_signals(r: Recorder) -> None:
    """Keys, NMI and signals."""
    c = r.open("test:///default")
    d = c.lookupByName("test")
    d.sendKey(0, 0, [1, 2], 2, 0)
    d.sendKey(9, 0, [1], 1, 0)
    d.sendKey(0, 10, [300], 1, 0)
    d.sendKey(0, 10, [1], 1, 1)
    d.sendKey(0, 10, list(range(16)), 16, 0)
    d.sendKey(0, 10, [], 0, 0)
    d.sendKey(10, 0, [1], 1, 0)
    d.injectNMI(0)
    d.injectNMI(1)
    d.sendProcessSignal(1, 9, 0)
    d.sendProcessSignal(2, 9, 0)
    d.sendProcessSignal(1, 15, 0)
    d.sendProcessSignal(1, 99, 0)
    d.sendProcessSignal(1, 9, 1)
    d.sendProcessSignal(0, 9, 0)
    d.state()
    for step in ("destroy", "create"):
        getattr(d, step)()
        for number in (1, 2, 3, 5, 6, 9, 10, 14, 15, 17, 19, 31, 40, 64):
            d.sendProcessSignal(1, number, 0)
            d.state()
    d.injectNMI(0)
    d.sendKey(0, 0, [1], 1, 0)


def suspend_to_disk(r: Recorder) -> None:
    """Power management is not there."""
    c = r.open("test:///default")
    d = c.lookupByName("test")
    d.pMSuspendForDuration(0, 0, 0)
    d.pMWakeup(0)
    c.suspendForDuration(0, 60, 0)
