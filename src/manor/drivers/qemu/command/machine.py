# SPDX-License-Identifier: Apache-2.0
"""The machine itself: name, machine type, accelerator, CPU, memory, boot, clock, power."""

from __future__ import annotations

from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.command import security
from manor.drivers.qemu.command.line import Build, escape, on_off
from manor.drivers.qemu.passes.context import error
from manor.schema.domain.cpu import Cpu, CpuTopology

ACPI_ARCHITECTURES: Final = frozenset({"x86_64", "i686", "aarch64"})
"""Where QEMU gives machines ACPI tables unless told not to."""

SANDBOX: Final = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"


def name(build: Build) -> None:
    """-name, and what becomes of interfaces QEMU is about to drop."""
    build.option("name", f"guest={escape(build.document.name or '')},debug-threads=on")
    deprecation = build.document.qemu_deprecation
    behavior = (deprecation.behavior if deprecation is not None else None) or "none"
    if behavior != "none":
        refused = f"deprecated-input={behavior}" if behavior in ("reject", "crash") else None
        build.comma("compat", ["deprecated-output=hide", refused])


def stopped(build: Build) -> None:
    """-S: the vCPUs are started by us once all is ready."""
    build.option("S")


def master_key(build: Build) -> None:
    """The key under which secrets are handed over."""
    build.object("secret", "masterKey0", format="raw", file=str(build.plan.paths.master_key))


def machine(build: Build) -> None:
    """-machine and -accel."""
    document, context = build.document, build.machine
    features = document.features
    words: list[str | None] = [context.machine, "usb=off"]
    if features is not None:
        if features.vmport is not None:
            words.append(f"vmport={on_off(features.vmport)}")
        if features.smm is not None and features.smm.state is not None:
            words.append(f"smm={on_off(features.smm.state)}")
        if features.ioapic == "qemu":
            words.append("kernel_irqchip=split")
    words += _key_wrap(build)
    if context.is_arm_virt and (version := _gic_version(build)) is not None:
        words.append(f"gic-version={version}")
    iommu = context.devices.iommu
    if iommu is not None and iommu.model == "smmuv3":
        words.append("iommu=smmuv3")
    words.append(_speaker(build))
    backing = document.memory_backing
    words.append(f"dump-guest-core={on_off(_dump_core(build))}")
    if backing is not None and backing.nosharepages:
        words.append("mem-merge=off")
    words += _pseries_features(build)
    if any(memory.model == "nvdimm" for memory in context.devices.memories):
        words.append("nvdimm=on")
    if has_attributes(build):
        words.append("hmat=on")
    if not _numa(build):
        words.append(f"memory-backend={ram_id(build)}" if ram_id(build) else None)
    words += [_load_parameter(build), security.reference(build)]
    loader = document.os.loader if document.os is not None else None
    if loader is not None and loader.type == "pflash":
        words.append("pflash0=libvirt-pflash0-format")
        if document.os is not None and document.os.nvram is not None:
            words.append("pflash1=libvirt-pflash1-format")
    build.comma("machine", words)
    build.comma("accel", ["kvm" if document.type == "kvm" else "tcg", _tcg_cache(build), _dirty_ring(build)])
    if features is not None and features.smm is not None and features.smm.tseg:
        build.option("global", f"mch.extended-tseg-mbytes={features.smm.tseg >> 20}")


def _tcg_cache(build: Build) -> str | None:
    """The size of the translator's cache, in MiB."""
    features = build.document.features
    size = features.tcg.tb_cache if features is not None and features.tcg is not None else None
    return None if size is None or build.document.type == "kvm" else f"tb-size={size // 1024}"


def _speaker(build: Build) -> str | None:
    """The audio backend of the PC speaker, which is part of the machine."""
    if not any(sound.model == "pcspk" for sound in build.machine.devices.sounds):
        return None
    audios = build.machine.devices.audios
    return f"pcspk-audiodev=audio{audios[0].id if audios else 1}"


def _dirty_ring(build: Build) -> str | None:
    """The size of the rings KVM notes dirty pages in."""
    features = build.document.features
    ring = features.kvm.dirty_ring if features is not None and features.kvm is not None else None
    if ring is None or not ring.state or build.document.type != "kvm":
        return None
    return f"dirty-ring-size={ring.size or 0}"


def _key_wrap(build: Build) -> list[str]:
    """Key wrapping on s390."""
    wrap = build.document.keywrap
    return [f"{c.name}-key-wrap={on_off(c.state)}" for c in (wrap.ciphers if wrap is not None else ()) if c.name]


def _load_parameter(build: Build) -> str | None:
    """What the s390 boot loader is told: of the first device to boot from, disks before interfaces."""
    devices = build.machine.devices
    for device in (*devices.disks, *devices.interfaces):
        if device.boot is not None and device.boot.order == 1 and device.boot.loadparm:
            return f"loadparm={device.boot.loadparm}"
    return None


def _pseries_features(build: Build) -> list[str]:
    """Capabilities of pSeries machines."""
    features = build.document.features
    if features is None or not build.machine.is_pseries:
        return []
    words = [f"resize-hpt={features.hpt.resizing}"] if features.hpt is not None and features.hpt.resizing else []
    if features.hpt is not None and features.hpt.maxpagesize:
        words.append(f"cap-hpt-max-page-size={features.hpt.maxpagesize}k")
    switches = (
        ("cap-htm", features.htm),
        ("cap-nested-hv", features.nested_hv),
        ("cap-ccf-assist", features.ccf_assist),
    )
    words += [f"{name}={on_off(value)}" for name, value in switches if value is not None]
    levels = (("cap-cfpc", features.cfpc), ("cap-sbbc", features.sbbc), ("cap-ibs", features.ibs))
    return words + [f"{name}={value}" for name, value in levels if value is not None]


def _gic_version(build: Build) -> str | None:
    """The interrupt controller's version; of a 32-bit QEMU it is 2 anyway."""
    features = build.document.features
    given = features.gic.version if features is not None and features.gic is not None else None
    version = given or "2"
    return None if version == "2" and build.caps.arch != "aarch64" else version


def _dump_core(build: Build) -> bool:
    memory = build.document.memory
    return bool(memory is not None and memory.dump_core)


def _numa(build: Build) -> bool:
    cpu = build.document.cpu
    return cpu is not None and cpu.numa is not None and bool(cpu.numa.cells)


def has_attributes(build: Build) -> bool:
    """Whether the document says how fast nodes reach memory (ACPI: HMAT)."""
    numa = build.document.cpu.numa if build.document.cpu is not None else None
    return numa is not None and bool(numa.interconnects or any(cell.caches for cell in numa.cells))


def ram_id(build: Build) -> str | None:
    """The id the machine type gives its memory backend (`pc.ram`)."""
    found = build.caps.machine(build.machine.machine, build.machine.virt_type)
    return found.default_ram_id if found is not None else None


def cpu(build: Build) -> None:
    """-cpu."""
    processor = build.document.cpu
    if processor is None:
        return
    words = [_cpu_model(build, processor)]
    if processor.model is not None and processor.model.vendor_id:
        words.append(f"vendor={processor.model.vendor_id}")
    for feature in processor.features:
        state = "off" if feature.policy in ("disable", "forbid") else "on"
        words.append(f"{(feature.name or '').replace('_', '-')}={state}")
    words += _cpu_extras(build, processor)
    if words[0]:
        build.comma("cpu", words)


def _cpu_model(build: Build, processor: Cpu) -> str:
    match processor.mode:
        case "host-passthrough":
            if build.document.type != "kvm":
                return "max"
            migratable = processor.migratable if build.caps.has_prop("max-x86_64-cpu", "migratable") else None
            return "host" if migratable is None else f"host,migratable={on_off(migratable)}"
        case "maximum":
            return "max"
        case "host-model":
            raise error(
                ErrorNumber.INTERNAL_ERROR, "host-model CPU was not translated into a model before command building"
            )
    return (processor.model.value or "") if processor.model is not None else ""


def _cpu_extras(build: Build, processor: Cpu) -> list[str]:
    """Timers, paravirtual features and Hyper-V enlightenments, which QEMU takes for CPU features."""
    return _cpu_timers(build) + _cpu_paravirtual(build) + _cpu_memory(processor)


def _cpu_timers(build: Build) -> list[str]:
    clock = build.document.clock
    words: list[str] = []
    for timer in clock.timers if clock is not None else ():
        if timer.name == "kvmclock" and timer.present is not None:
            words.append(f"kvmclock={on_off(timer.present)}")
        elif timer.name == "hypervclock" and timer.present:
            words.append("hv-time=on")
        elif timer.name == "tsc" and timer.frequency:
            words.append(f"tsc-frequency={timer.frequency}")
    return words


def _cpu_paravirtual(build: Build) -> list[str]:
    features = build.document.features
    if features is None:
        return []
    words: list[str] = []
    if features.apic is not None and features.apic.eoi is not None:
        words.append(f"kvm-pv-eoi={on_off(features.apic.eoi)}")
    if features.pvspinlock is not None:
        words.append(f"kvm-pv-unhalt={on_off(features.pvspinlock)}")
    words += _hyperv(build)
    kvm = features.kvm
    if kvm is not None:
        words += [
            word
            for word, wanted in (
                ("kvm=off", kvm.hidden),
                ("kvm-hint-dedicated=on", kvm.hint_dedicated),
                ("kvm-poll-control=on", kvm.poll_control),
                ("kvm-pv-ipi=off", kvm.pv_ipi is False),
            )
            if wanted
        ]
    if any(panic.model == "hyperv" for panic in build.machine.devices.panics):
        words.append("hv-crash")
    if features.pmu is not None:
        words.append(f"pmu={on_off(features.pmu)}")
    return words


def _cpu_caches(processor: Cpu) -> list[str]:
    """The caches the guest sees: QEMU's, the host's, or none. Only a CPU that is the host's could have the host's."""
    mode = processor.cache.mode if processor.cache is not None else None
    if mode is None:
        return []
    if mode == "passthrough":
        return ["host-cache-info=on", "l3-cache=off"]
    words = ["l3-cache=on" if mode == "emulate" else "l3-cache=off"]
    return words + (["host-cache-info=off"] if processor.mode in ("host-passthrough", "maximum") else [])


def _cpu_memory(processor: Cpu) -> list[str]:
    words = _cpu_caches(processor)
    width = processor.maxphysaddr
    if width is not None and width.mode == "passthrough":
        words.append("host-phys-bits=on")
    elif width is not None and width.bits:
        words.append(f"phys-bits={width.bits}")
    return words


_HYPERV: Final = ("relaxed", "vapic", "vpindex", "runtime", "synic")
_HYPERV_LATE: Final = ("reset", "frequencies", "reenlightenment", "tlbflush", "ipi", "evmcs", "avic")


def _hyperv(build: Build) -> list[str]:
    features = build.document.features
    hyperv = features.hyperv if features is not None else None
    if hyperv is None:
        return []
    if hyperv.mode == "passthrough":
        return ["hv-passthrough=on"]
    words = [f"hv-{name}=on" for name in _HYPERV[:2] if getattr(hyperv, name)]
    if hyperv.spinlocks is not None and hyperv.spinlocks.state:
        words.append(f"hv-spinlocks=0x{hyperv.spinlocks.retries or 0:x}")
    words += [f"hv-{name}=on" for name in _HYPERV[2:] if getattr(hyperv, name)]
    if hyperv.stimer is not None and hyperv.stimer.state:
        words.append("hv-stimer=on")
        if hyperv.stimer.direct is not None and hyperv.stimer.direct.state:
            words.append("hv-stimer-direct=on")
    if hyperv.reset:
        words.append("hv-reset=on")
    if hyperv.vendor_id is not None and hyperv.vendor_id.state:
        words.append(f"hv-vendor-id={hyperv.vendor_id.value}")
    words += [f"hv-{name}=on" for name in _HYPERV_LATE[1:] if getattr(hyperv, name)]
    return words


def overcommit(build: Build) -> None:
    """Whether memory is locked."""
    backing = build.document.memory_backing
    build.option("overcommit", f"mem-lock={on_off(bool(backing is not None and backing.locked))}")


def smp(build: Build) -> None:
    """-smp."""
    document = build.document
    vcpu = document.vcpu
    maximum = (vcpu.value if vcpu is not None else None) or 1
    current = (vcpu.current if vcpu is not None else None) or maximum
    topology = (document.cpu.topology if document.cpu is not None else None) or CpuTopology(
        sockets=maximum, cores=1, threads=1
    )
    words: list[str | None] = [str(current)]
    if current != maximum or any(state.hotpluggable for state in document.vcpus):
        words.append(f"maxcpus={maximum}")
    words.append(f"sockets={topology.sockets}")
    if (
        topology.dies is not None
        and topology.dies > 0
        and document.cpu is not None
        and document.cpu.topology is not None
    ):
        words.append(f"dies={topology.dies}")
    words += [f"cores={topology.cores}", f"threads={topology.threads}"]
    build.comma("smp", words)


def iothreads(build: Build) -> None:
    """Threads for disk requests."""
    for thread in build.document.iothreadids:
        props = {"thread-pool-min": thread.thread_pool_min, "thread-pool-max": thread.thread_pool_max}
        build.object("iothread", f"iothread{thread.id}", **props)


def identity(build: Build) -> None:
    """UUID, and what shuts QEMU's own defaults off."""
    build.option("uuid", build.document.uuid)


def headless(build: Build) -> None:
    """Without a graphics server QEMU must not open a window."""
    if not build.machine.devices.graphics:
        build.option("display", "none")


def no_defaults(build: Build) -> None:
    """Neither the user's configuration nor the default devices."""
    build.option("no-user-config")
    build.option("nodefaults")


def monitor(build: Build) -> None:
    """The QMP monitor: on the descriptor that listens already, or on a path QEMU makes."""
    where = f"path={escape(str(build.plan.paths.monitor))}"
    if build.plan.monitor_fd is not None:
        where = f"fd={build.plan.monitor_fd}"
    build.option("chardev", f"socket,id=charmonitor,{where},server=on,wait=off")
    build.option("mon", "chardev=charmonitor,id=monitor,mode=control")


def clock(build: Build) -> None:
    """-rtc, and the timers that are options of their own."""
    document = build.document
    clock = document.clock
    words = [f"base={build.plan.clock_base(clock)}"]
    timers = {timer.name: timer for timer in (clock.timers if clock is not None else ())}
    rtc = timers.get("rtc")
    if rtc is not None:
        if rtc.track == "guest":
            words.append("clock=vm")
        elif rtc.track == "wall":
            words.append("clock=host")
        elif rtc.track == "realtime":
            words.append("clock=rt")
        if rtc.tickpolicy == "catchup":
            words.append("driftfix=slew")
    build.comma("rtc", words)
    pit = timers.get("pit")
    if pit is not None and pit.tickpolicy in ("delay", "discard") and build.caps.has_device("kvm-pit"):
        build.option("global", f"kvm-pit.lost_tick_policy={pit.tickpolicy}")
    hpet = timers.get("hpet")
    if build.machine.is_x86 and hpet is not None and hpet.present is False:
        build.option("no-hpet")


def power(build: Build) -> None:
    """What QEMU does at power-off, and which sleep states there are."""
    document = build.document
    if build.plan.no_reboot:
        build.option("no-reboot")
    build.option("no-shutdown")
    features = document.features
    if build.machine.arch in ACPI_ARCHITECTURES and not (features is not None and features.acpi):
        build.option("no-acpi")
    if document.pm is not None:
        device = "ICH9-LPC" if build.machine.is_q35 else "PIIX4_PM"
        if document.pm.suspend_to_mem is not None:
            build.option("global", f"{device}.disable_s3={int(not document.pm.suspend_to_mem)}")
        if document.pm.suspend_to_disk is not None:
            build.option("global", f"{device}.disable_s4={int(not document.pm.suspend_to_disk)}")


def boot(build: Build) -> None:
    """-boot, and a kernel started directly."""
    os = build.document.os
    if os is None:
        return
    words: list[str] = []
    if os.bootmenu is not None and os.bootmenu.enable is not None:
        words.append(f"menu={on_off(os.bootmenu.enable)}")
        if os.bootmenu.enable and os.bootmenu.timeout is not None:
            words.append(f"splash-time={os.bootmenu.timeout}")
    if os.bios is not None and os.bios.reboot_timeout is not None:
        words.append(f"reboot-timeout={os.bios.reboot_timeout}")
    words.append("strict=on")
    build.comma("boot", words)
    for option, value in (("kernel", os.kernel), ("initrd", os.initrd), ("append", os.cmdline), ("dtb", os.dtb)):
        if value:
            build.option(option, value)
    for table in os.acpi.tables if os.acpi is not None else ():
        build.option("acpitable", f"sig=SLIC,file={escape(table.value or '')}")


def bios(build: Build) -> None:
    """-bios: firmware that is not flash; for flash, whether only system management mode may write to it."""
    loader = build.document.os.loader if build.document.os is not None else None
    if loader is None or not loader.value:
        return
    if loader.type in (None, "rom"):
        build.option("bios", loader.value)
    elif loader.type == "pflash" and loader.secure:
        build.option("global", "driver=cfi.pflash01,property=secure,value=on")


def incoming(build: Build) -> None:
    """Wait for a saved or migrated state."""
    if build.plan.incoming is not None:
        build.option("incoming", build.plan.incoming)


def commandline(build: Build) -> None:
    """The user's own arguments."""
    own = build.document.qemu_commandline
    for argument in own.args if own is not None else ():
        build.args.append(argument.value or "")


def sandbox(build: Build) -> None:
    """The seccomp sandbox."""
    build.option("sandbox", SANDBOX)


def messages(build: Build) -> None:
    """Time stamps in the log."""
    build.option("msg", "timestamp=on")
