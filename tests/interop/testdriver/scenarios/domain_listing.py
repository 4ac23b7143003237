# SPDX-License-Identifier: Apache-2.0
"""Looking domains up and listing them."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios.domain_lifecycle import OTHER_UUID, UUID, domain_xml


def lookups(r: Recorder) -> None:
    """By everything."""
    c = r.open("test:///default")
    c.lookupByName("test")
    c.lookupByName("none")
    c.lookupByName("")
    c.lookupByID(1)
    c.lookupByID(7)
    c.lookupByID(-1)
    c.lookupByID(0)
    c.lookupByUUIDString("6695eb01-f6a4-8304-79aa-97f2502e193f")
    c.lookupByUUIDString(UUID)
    c.lookupByUUIDString("nonsense")
    c.lookupByUUID(bytes.fromhex("6695eb01f6a4830479aa97f2502e193f"))
    c.lookupByUUID(b"x" * 16)


def lists(r: Recorder) -> None:
    """With every filter, alone and together."""
    c = r.open("test:///default")
    c.defineXML(domain_xml("off"))
    c.createXML(domain_xml("transient", OTHER_UUID), 0)
    c.defineXML(domain_xml("auto", "bbbbbbbb-1234-1234-1234-1234567890ab")).setAutostart(1)
    saved = c.defineXML(domain_xml("saved", "cccccccc-1234-1234-1234-1234567890ab"))
    saved.create()
    saved.managedSave(0)
    c.lookupByName("off").snapshotCreateXML("<domainsnapshot/>", 0)
    for flags in (*(1 << shift for shift in range(16)), 0, 3, 12, 1 | 4, 1 | 8, 2 | 4, 1 << 20, 0xFFFFFFFF):
        r.listing(c.listAllDomains, flags)
    r.listing(c.listDomainsID)
    r.listing(c.listDefinedDomains)
    c.numOfDomains()
    c.numOfDefinedDomains()


def sharing(r: Recorder) -> None:
    """Connections of one process to the default share it for as long as one is open."""
    a = r.open("test:///default")
    b = r.open("test:///default")
    a.defineXML(domain_xml("shared"))
    b.lookupByName("shared")
    a.close()
    b.lookupByName("shared")
    b.close()
    c = r.open("test:///default")
    c.lookupByName("shared")
    c.lookupByName("test")
