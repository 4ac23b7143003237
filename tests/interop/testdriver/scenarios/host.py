# SPDX-License-Identifier: Apache-2.0
"""The connection and its host."""

from __future__ import annotations

from tests.interop.testdriver.recorder import Recorder


def identity(r: Recorder) -> None:
    """Who answers."""
    c = r.open("test:///default")
    c.getURI()
    c.getType()
    c.getVersion()
    c.getHostname()
    c.isAlive()
    c.isSecure()
    c.isEncrypted()
    c.getMaxVcpus(None)
    c.getMaxVcpus("kvm")
    c.getInfo()
    c.getCapabilities()
    c.getSysinfo(0)
    c.getSysinfo(1)
    c.close()


def uris(r: Recorder) -> None:
    """What can be opened."""
    for uri in (
        "test:///",
        "test://",
        "test:",
        "test:/default",
        "test:///nowhere.xml",
        "test:///default/",
        "test:///default?a=b",
        "test:///tmp",
        "",
    ):
        if uri:
            r.open(uri)


def figures(r: Recorder) -> None:
    """Node figures."""
    c = r.open("test:///default")
    for start, count in ((0, 1), (0, 2), (0, 5), (1, 1), (1, 5), (2, 1)):
        c.getCellsFreeMemory(start, count)
    c.getFreeMemory()
    c.getSecurityModel()
    for flags in (0, 1):
        c.getCPUMap(flags)
        for cpu in (-1, 0, 7, 15, 99):
            c.getCPUStats(cpu, flags)
    c.getMemoryStats(-1, 0)
    for pages, start, count in (([4], 0, 1), ([4, 2048], 0, 2), ([8], 1, 1), ([3], 0, 1), ([4], 5, 1), ([4], -1, 1)):
        c.getFreePages(pages, start, count)
    c.getFreePages([4], 0, 1, 1)
    c.allocPages({4: 1}, 0, 1)
    c.getMemoryParameters()
    c.getSEVInfo()


def cpus(r: Recorder) -> None:
    """CPU models and arithmetic."""
    c = r.open("test:///default")
    for arch in ("x86_64", "i686", "aarch64", "ppc64", "s390x", "bogus"):
        c.getCPUModelNames(arch, 0)
    c.getCPUModelNames("x86_64", 1)
    core2 = "<cpu><arch>x86_64</arch><model>core2duo</model></cpu>"
    nehalem = "<cpu><arch>x86_64</arch><model>Nehalem</model><feature name='vmx'/></cpu>"
    c.baselineCPU([core2], 0)
    c.baselineCPU([core2, nehalem], 0)
    c.baselineCPU([core2, nehalem], 1)
    c.baselineCPU([core2, nehalem], 2)
    c.baselineCPU([core2, nehalem], 4)
    c.baselineCPU(["<cpu/>"], 0)
    c.baselineCPU(["nonsense"], 0)
    c.compareCPU(core2, 0)
    c.getDomainCapabilities()


def readonly(r: Recorder) -> None:
    """What a read-only connection refuses."""
    c = r.open("test:///default", readonly=True)
    c.getCapabilities()
    d = c.lookupByName("test")
    d.suspend()
    d.XMLDesc(1)
    d.setAutostart(1)
    d.undefine()
    c.defineXML("<domain/>")
    c.networkDefineXML("<network/>")
    c.storagePoolDefineXML("<pool/>")
    c.interfaceDefineXML("<interface/>")
    c.networkLookupByName("default").destroy()
    c.storagePoolLookupByName("default-pool").destroy()
    c.changeBegin()


def event_registration(r: Recorder) -> None:
    """Callbacks."""
    c = r.open("test:///default")
    t = c._target  # callbacks are no values to record
    r.call("register", lambda: t.domainEventRegister(lambda *a: None, None))
    r.call("registerAny", lambda: t.domainEventRegisterAny(None, 0, lambda *a: None, None))
    r.call("registerAny", lambda: t.domainEventRegisterAny(None, 500, lambda *a: None, None))
    r.call("deregisterAny", lambda: t.domainEventDeregisterAny(77))
    r.call("network", lambda: t.networkEventRegisterAny(None, 0, lambda *a: None, None))
    r.call("network", lambda: t.networkEventDeregisterAny(78))
    r.call("pool", lambda: t.storagePoolEventRegisterAny(None, 1, lambda *a: None, None))
    r.call("nodedev", lambda: t.nodeDeviceEventRegisterAny(None, 1, lambda *a: None, None))
    r.call("secret", lambda: t.secretEventRegisterAny(None, 1, lambda *a: None, None))
    r.call("closeCallback", lambda: t.registerCloseCallback(lambda *a: None, None))
    r.call("keepalive", lambda: t.setKeepAlive(5, 5))
    r.call("identity", lambda: t.setIdentity({"user-name": "x"}, 0))
