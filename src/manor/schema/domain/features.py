# SPDX-License-Identifier: Apache-2.0
"""Features of the machine and of the hypervisor: <features>."""

from __future__ import annotations

from typing import Literal

from manor.schema.core import Element, amount, attr, child, codec, flag, one, unsupported


class FeatureState(Element):
    """Something switched on or off."""

    state: bool | None = attr(codec=codec.on_off, required=True)


class Spinlocks(FeatureState, tag="spinlocks"):
    """How often a lock is tried before the hypervisor is told."""

    retries: int | None = attr(codec=codec.any_base())


class StimerDirect(FeatureState, tag="direct"):
    """Direct synthetic timers."""


class Stimer(FeatureState, tag="stimer"):
    """Hyper-V synthetic timers."""

    direct: StimerDirect | None = one()


class VendorId(FeatureState, tag="vendor_id"):
    """The hypervisor's name as the guest sees it, up to 12 characters."""

    value: str | None = attr()


class Hyperv(
    Element,
    tag="hyperv",
    keep_empty="open",
    unknown_child=unsupported("unsupported HyperV Enlightenment feature: {value}"),
):
    """Hyper-V enlightenments."""

    mode: Literal["custom", "passthrough"] | None = attr()
    relaxed: bool | None = child(codec=codec.on_off, at="state", needed=True)
    vapic: bool | None = child(codec=codec.on_off, at="state", needed=True)
    spinlocks: Spinlocks | None = one()
    vpindex: bool | None = child(codec=codec.on_off, at="state", needed=True)
    runtime: bool | None = child(codec=codec.on_off, at="state", needed=True)
    synic: bool | None = child(codec=codec.on_off, at="state", needed=True)
    stimer: Stimer | None = one()
    reset: bool | None = child(codec=codec.on_off, at="state", needed=True)
    vendor_id: VendorId | None = one()
    frequencies: bool | None = child(codec=codec.on_off, at="state", needed=True)
    reenlightenment: bool | None = child(codec=codec.on_off, at="state", needed=True)
    tlbflush: bool | None = child(codec=codec.on_off, at="state", needed=True)
    ipi: bool | None = child(codec=codec.on_off, at="state", needed=True)
    evmcs: bool | None = child(codec=codec.on_off, at="state", needed=True)
    avic: bool | None = child(codec=codec.on_off, at="state", needed=True)


class DirtyRing(FeatureState, tag="dirty-ring"):
    """Dirty page tracking by rings of `size` entries."""

    size: int | None = attr(codec=codec.any_base())


class KvmFeatures(Element, tag="kvm", keep_empty="open", unknown_child=unsupported("unsupported KVM feature: {value}")):
    """Features of KVM."""

    hidden: bool | None = child(codec=codec.on_off, at="state", needed=True)
    hint_dedicated: bool | None = child("hint-dedicated", codec=codec.on_off, at="state", needed=True)
    poll_control: bool | None = child("poll-control", codec=codec.on_off, at="state", needed=True)
    pv_ipi: bool | None = child("pv-ipi", codec=codec.on_off, at="state", needed=True)
    dirty_ring: DirtyRing | None = one()


class XenPassthrough(FeatureState, tag="passthrough"):
    """IOMMU mappings for passthrough."""

    mode: Literal["sync_pt", "share_pt"] | None = attr()


class XenFeatures(Element, tag="xen", unknown_child=unsupported("unsupported Xen feature: {value}")):
    """Features of Xen."""

    e820_host: bool | None = child(codec=codec.on_off, at="state", needed=True)
    passthrough: XenPassthrough | None = one()


class TcgFeatures(Element, tag="tcg"):
    """Features of QEMU's own translator; the size of its cache in KiB."""

    tb_cache: int | None = amount("tb-cache", path="./tb-cache")


class Apic(Element, tag="apic", keep_empty=True):
    """The interrupt controller; `eoi`: paravirtual end of interrupt."""

    eoi: bool | None = attr(codec=codec.on_off)


class Smm(Element, tag="smm", keep_empty=True):
    """System management mode; `tseg`: the size of the extended SMRAM in bytes."""

    state: bool | None = attr(codec=codec.on_off)
    tseg: int | None = amount(unit="bytes", assumed="MiB", pretty=True, path="string(./features/smm/tseg)")


class Gic(Element, tag="gic", keep_empty=True):
    """ARM's interrupt controller."""

    version: Literal["2", "3", "host"] | None = attr()


class Hpt(Element, tag="hpt"):
    """The hashed page table of pSeries machines."""

    resizing: Literal["enabled", "disabled", "required"] | None = attr()
    maxpagesize: int | None = amount(error=unsupported("Unable to parse HPT maxpagesize setting"))


class Capabilities(Element, tag="capabilities", unknown_child=unsupported("unexpected capability feature '{value}'")):
    """What the root of a container may do."""

    policy: Literal["default", "allow", "deny"] | None = attr()
    audit_control: bool | None = child(codec=codec.on_off, at="state")
    audit_write: bool | None = child(codec=codec.on_off, at="state")
    block_suspend: bool | None = child(codec=codec.on_off, at="state")
    chown: bool | None = child(codec=codec.on_off, at="state")
    dac_override: bool | None = child(codec=codec.on_off, at="state")
    dac_read_search: bool | None = child(codec=codec.on_off, at="state")
    fowner: bool | None = child(codec=codec.on_off, at="state")
    fsetid: bool | None = child(codec=codec.on_off, at="state")
    ipc_lock: bool | None = child(codec=codec.on_off, at="state")
    ipc_owner: bool | None = child(codec=codec.on_off, at="state")
    kill: bool | None = child(codec=codec.on_off, at="state")
    lease: bool | None = child(codec=codec.on_off, at="state")
    linux_immutable: bool | None = child(codec=codec.on_off, at="state")
    mac_admin: bool | None = child(codec=codec.on_off, at="state")
    mac_override: bool | None = child(codec=codec.on_off, at="state")
    mknod: bool | None = child(codec=codec.on_off, at="state")
    net_admin: bool | None = child(codec=codec.on_off, at="state")
    net_bind_service: bool | None = child(codec=codec.on_off, at="state")
    net_broadcast: bool | None = child(codec=codec.on_off, at="state")
    net_raw: bool | None = child(codec=codec.on_off, at="state")
    setgid: bool | None = child(codec=codec.on_off, at="state")
    setfcap: bool | None = child(codec=codec.on_off, at="state")
    setpcap: bool | None = child(codec=codec.on_off, at="state")
    setuid: bool | None = child(codec=codec.on_off, at="state")
    sys_admin: bool | None = child(codec=codec.on_off, at="state")
    sys_boot: bool | None = child(codec=codec.on_off, at="state")
    sys_chroot: bool | None = child(codec=codec.on_off, at="state")
    sys_module: bool | None = child(codec=codec.on_off, at="state")
    sys_nice: bool | None = child(codec=codec.on_off, at="state")
    sys_pacct: bool | None = child(codec=codec.on_off, at="state")
    sys_ptrace: bool | None = child(codec=codec.on_off, at="state")
    sys_rawio: bool | None = child(codec=codec.on_off, at="state")
    sys_resource: bool | None = child(codec=codec.on_off, at="state")
    sys_time: bool | None = child(codec=codec.on_off, at="state")
    sys_tty_config: bool | None = child(codec=codec.on_off, at="state")
    syslog: bool | None = child(codec=codec.on_off, at="state")
    wake_alarm: bool | None = child(codec=codec.on_off, at="state")


class Features(Element, tag="features", unknown_child=unsupported("unexpected feature '{value}'")):
    """What is switched on or off. A bare element (<hap/>) means on."""

    acpi: bool = flag()
    apic: Apic | None = one()
    pae: bool = flag()
    hap: bool | None = child(codec=codec.on_off, at="state", bare=True)
    viridian: bool = flag()
    privnet: bool = flag()
    hyperv: Hyperv | None = one()
    kvm: KvmFeatures | None = one()
    pvspinlock: bool | None = child(codec=codec.on_off, at="state", bare=True)
    capabilities: Capabilities | None = one()
    pmu: bool | None = child(codec=codec.on_off, at="state", bare=True)
    vmport: bool | None = child(codec=codec.on_off, at="state", bare=True)
    gic: Gic | None = one()
    smm: Smm | None = one()
    ioapic: Literal["qemu", "kvm"] | None = child(at="driver")
    hpt: Hpt | None = one()
    vmcoreinfo: bool | None = child(codec=codec.on_off, at="state", bare=True)
    htm: bool | None = child(codec=codec.on_off, at="state", needed=True)
    nested_hv: bool | None = child("nested-hv", codec=codec.on_off, at="state", needed=True)
    msrs: Literal["ignore", "fault"] | None = child(at="unknown", needed=True)
    ccf_assist: bool | None = child("ccf-assist", codec=codec.on_off, at="state", needed=True)
    xen: XenFeatures | None = one()
    cfpc: Literal["broken", "workaround", "fixed"] | None = child(at="value")
    sbbc: Literal["broken", "workaround", "fixed"] | None = child(at="value")
    ibs: Literal["broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na"] | None = child(at="value")
    tcg: TcgFeatures | None = one()
