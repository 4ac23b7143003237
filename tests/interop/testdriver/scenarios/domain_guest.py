# SPDX-License-Identifier: Apache-2.0
"""What a guest agent would do."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import domain_xml


def agent(r: Recorder) -> None:
    """Everything, running and not."""
    c = r.open("test:///default")
    d = c.lookupByName("test")
    for turn in range(2):
        d.hostname(0)
        d.hostname(1)
        d.hostname(2)
        d.hostname(3)
        d.hostname(4)
        d.getTime(0)
        d.getTime(1)
        d.setTime({"seconds": 123456789, "nseconds": 7}, 0)
        d.getTime(0)
        d.setTime({"seconds": 1234567890, "nseconds": 8}, 1)
        d.setTime({"seconds": 0}, 2)
        d.setTime({"seconds": 5}, 4)
        d.getTime(0)
        d.fsInfo(0)
        d.fsInfo(1)
        d.fsFreeze(None, 0)
        d.fsFreeze(["/"], 0)
        d.fsFreeze(["/", "/boot"], 0)
        d.fsFreeze(["/none"], 0)
        d.fsFreeze(None, 1)
        d.fsThaw(["/boot"], 0)
        d.fsThaw(["/none"], 0)
        d.fsThaw(None, 0)
        d.fsThaw(None, 0)
        d.fsThaw(None, 1)
        d.fSTrim(None, 0, 0)
        d.fSTrim("/", 5, 0)
        d.fSTrim(None, 0, 1)
        d.setUserPassword("root", "secret", 0)
        d.setUserPassword("nobody", "secret", 1)
        d.setUserPassword("root", "secret", 2)
        for source in range(4):
            d.interfaceAddresses(source, 0)
        d.interfaceAddresses(0, 1)
        d.setGuestVcpus("0", 0, 0)
        d.guestInfo(0, 0)
        d.agentSetResponseTimeout(1, 0)
        d.authorizedSSHKeysGet("root", 0)
        if not turn:
            d.destroy()
    d.create()
    d.suspend()
    d.fsFreeze()
    d.fsInfo()
    d.getTime()
    d.setUserPassword("root", "x")
    d.interfaceAddresses(1)


def many_interfaces(r: Recorder) -> None:
    """Addresses are made up per interface and network."""
    c = r.open("test:///default")
    c.networkDefineXML(
        "<network><name>n6</name><uuid>00000000-0000-0000-0000-000000000006</uuid>"
        "<ip address='10.1.2.1' prefix='24'/></network>"
    ).create()
    nic = "<interface type='{}'><mac address='52:54:00:00:00:0{}'/>{}</interface>"
    nics = (
        nic.format("network", 1, "<source network='default'/>")
        + nic.format("network", 2, "<source network='n6'/><target dev='tap7'/>")
        + nic.format("bridge", 4, "<source bridge='br0'/>")
        + nic.format("user", 5, "")
    )
    d = c.defineXML(domain_xml(more=f"<devices>{nics}</devices>"))
    d.create()
    d.XMLDesc(0)
    for source in range(3):
        d.interfaceAddresses(source, 0)
    missing = nic.format("network", 3, "<source network='missing'/>")
    d = c.createXML(domain_xml("m", "00000000-0000-0000-0000-000000000009", f"<devices>{missing}</devices>"), 0)
    d.interfaceAddresses(0, 0)
