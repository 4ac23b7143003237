# SPDX-License-Identifier: Apache-2.0
"""Devices of the host."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder


def vhba(parent: str, wwnn: str = "20000000c9831b4b", wwpn: str = "10000000c9831b4b", name: str = "") -> str:
    """A virtual host bus adapter."""
    return (
        f"<device>{name}<parent>{parent}</parent><capability type='scsi_host'><capability type='fc_host'>"
        f"<wwnn>{wwnn}</wwnn><wwpn>{wwpn}</wwpn></capability></capability></device>"
    )


def default(r: Recorder) -> None:
    """What there is."""
    c = r.open("test:///default")
    r.listing(c.listAllDevices, 0)
    for cap in (None, "system", "scsi_host", "fc_host", "vports", "net", "bogus"):
        c.numOfDevices(cap, 0)
        r.listing(c.listDevices, cap, 0)
    for shift in range(20):
        r.listing(c.listAllDevices, 1 << shift)
    r.listing(c.listAllDevices, 1 << 31)
    for name in ("computer", "scsi_host1", "scsi_host2", "scsi_host11", "none", ""):
        d = c.nodeDeviceLookupByName(name)
        d.XMLDesc(0)
        d.XMLDesc(1)
        d.parent()
        d.numOfCaps()
        d.listCaps()
        d.isActive()
        d.isPersistent()
        d.autostart()
    c.nodeDeviceLookupSCSIHostByWWN("2000000012341234", "1000000012341234", 0)


def adapters(r: Recorder) -> None:
    """Virtual host bus adapters come and go."""
    c = r.open("test:///default")
    r.watch(c)
    d = c.nodeDeviceCreateXML(vhba("scsi_host1"), 0)
    d.XMLDesc(0)
    d.parent()
    d.listCaps()
    d.destroy()
    d.destroy()
    d.XMLDesc(0)
    for xml, flags in (
        (vhba("scsi_host1"), 0),
        (vhba("scsi_host1"), 0),
        (vhba("scsi_host2", "20000000c9831b4c", "10000000c9831b4c"), 0),
        (vhba("scsi_host11"), 0),
        (vhba("none"), 0),
        (vhba("computer"), 0),
        (vhba(""), 0),
        (vhba("scsi_host1"), 2),
        (vhba("scsi_host1", "x", "y"), 0),
        (vhba("scsi_host1", "", ""), 0),
        (vhba("scsi_host1", name="<name>mine</name>"), 0),
        ("", 0),
        ("<device/>", 0),
        ("<device><capability type='system'/></device>", 0),
        ("<device><name>x</name><parent>scsi_host1</parent></device>", 0),
    ):
        d = c.nodeDeviceCreateXML(xml, flags)
        d.XMLDesc(0)
    r.listing(c.listDevices, None, 0)
    for name in ("computer", "scsi_host1", "scsi_host2", "scsi_host12"):
        c.nodeDeviceLookupByName(name).destroy()
    r.listing(c.listDevices, None, 0)
    x = c.nodeDeviceLookupByName("computer")
    x.dettach()
    x.reset()
    x.reAttach()
    c.nodeDeviceDefineXML(vhba("scsi_host1"), 0)
