# SPDX-License-Identifier: Apache-2.0
"""What QEMU, or this QEMU on this machine type, cannot do in the parts of a document that are not devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from manor.drivers.qemu.passes.context import Context, internal, unsupported, xml_error
from manor.schema.domain.clock import Timer
from manor.schema.domain.features import Features

_GIANT: Final = 1 << 20
_MOST_WITHOUT_EIM: Final = 255


def emulator(context: Context) -> None:
    """The emulator runs this kind of guest at all."""
    kind = context.document.os.type if context.document.os is not None else None
    value = kind.value if kind is not None else None
    caps = context.caps
    if value != "hvm":
        raise unsupported(f"Emulator '{caps.path}' does not support os type '{value}'")
    if not caps.serves(context.arch):
        raise unsupported(f"Emulator '{caps.path}' does not support arch '{context.arch}'")
    if not caps.supports(context.virt_type):
        raise unsupported(f"Emulator '{caps.path}' does not support virt type '{context.virt_type}'")
    if caps.machine(context.machine, context.virt_type) is None:
        raise unsupported(f"Emulator '{caps.path}' does not support machine type '{context.machine}'")


def memory(context: Context) -> None:
    """Memory that can be plugged has somewhere to go; huge pages are what they are."""
    document = context.document
    if document.memtune is not None and document.memtune.min_guarantee:
        raise unsupported("Parameter 'min_guarantee' not supported by QEMU.")
    numa = document.cpu.numa if document.cpu is not None else None
    backing = document.memory_backing
    if backing is not None and backing.hugepages is not None:
        if backing.source == "anonymous":
            raise unsupported("hugepages are not allowed with anonymous memory source")
        if backing.allocation is not None and backing.allocation.mode == "ondemand":
            raise unsupported("hugepages are not allowed with memory allocation ondemand")
    pluggable = document.max_memory is not None and bool(document.max_memory.value)
    if pluggable and not context.is_pseries and (numa is None or not numa.cells):
        raise unsupported("At least one numa node has to be configured when enabling memory hotplug")


def processors(context: Context) -> None:
    """How many CPUs, of which model, in which arrangement."""
    document = context.document
    vcpu, cpu = document.vcpu, document.cpu
    most = vcpu.value if vcpu is not None and vcpu.value is not None else 1
    current = vcpu.current if vcpu is not None and vcpu.current is not None else most
    first = document.vcpus[0] if document.vcpus else None
    if not current or (first is not None and first.enabled is False):
        raise unsupported("vcpu 0 can't be offline")
    if first is not None and first.hotpluggable:
        raise unsupported("vcpu0 can't be hotpluggable")
    limit = context.caps.max_cpus(context.machine, context.virt_type)
    if limit and most > limit:
        raise unsupported(f"Maximum CPUs greater than specified machine type limit {limit}")
    if context.is_q35 and most > _MOST_WITHOUT_EIM and not _has_extended_interrupts(context):
        raise unsupported("more than 255 vCPUs require extended interrupt mode enabled on the iommu device")
    if cpu is None:
        return
    topology = cpu.topology
    if topology is not None and all((topology.sockets, topology.cores, topology.threads)):
        total = (topology.sockets or 0) * (topology.dies or 1) * (topology.cores or 0) * (topology.threads or 0)
        if total != most:
            raise unsupported("CPU topology doesn't match maximum vcpu count")
        if (topology.dies or 1) > 1 and not context.is_x86:
            raise unsupported("Only 1 die per socket is supported")
    _cpu_model(context)


def _has_extended_interrupts(context: Context) -> bool:
    iommu = context.devices.iommu
    return iommu is not None and iommu.driver is not None and bool(iommu.driver.eim)


def _cpu_model(context: Context) -> None:
    cpu = context.document.cpu
    if cpu is None:
        return
    passed_through = cpu.mode in ("host-passthrough", "maximum")
    if cpu.mode == "maximum" and not _has_maximum(context):
        raise unsupported("maximum CPU is not supported by QEMU binary")
    cache = cpu.cache
    if cache is not None:
        _cpu_cache(cache.mode, cache.level, passed_through)
    width = cpu.maxphysaddr
    if width is None:
        return
    if width.mode == "emulate" and width.bits is None:
        raise unsupported("if using CPU maximum physical address mode='emulate', bits= must be specified too")
    if width.mode == "passthrough" and width.bits is not None:
        text = "CPU maximum physical address bits number specification cannot be used with mode='passthrough'"
        raise unsupported(text)


def _has_maximum(context: Context) -> bool:
    board = context.board
    return (board.is_x86 or board.is_arm or board.is_s390) and any(
        model.name == "max" for model in context.caps.cpu_models(context.virt_type)
    )


def _cpu_cache(mode: str | None, level: int | None, passed_through: bool) -> None:
    if mode == "emulate":
        if level != 3:
            raise unsupported("CPU cache mode 'emulate' can only be used with level='3'")
    elif level is not None:
        raise unsupported(f"unsupported CPU cache level for mode '{mode}'")
    elif mode == "passthrough" and not passed_through:
        raise unsupported("CPU cache mode 'passthrough' can only be used with 'host-passthrough' / 'maximum' CPUs")


def power(context: Context) -> None:
    """Only PCs sleep."""
    pm = context.document.pm
    if pm is None or context.is_x86:
        return
    if pm.suspend_to_mem is not None:
        raise unsupported("setting ACPI S3 not supported")
    if pm.suspend_to_disk is not None:
        raise unsupported("setting ACPI S4 not supported")


def tuning(context: Context) -> None:
    """What the host's kernel divides among KVM's guests only."""
    tune = context.document.cputune
    if tune is not None and (tune.cachetunes or tune.memorytunes) and context.virt_type != "kvm":
        raise unsupported("cachetune is only supported for KVM domains")


_MACHINE_FEATURES: Final[tuple[tuple[str, Callable[[Context], bool]], ...]] = (
    ("ioapic", lambda context: context.is_x86),
    ("gic", lambda context: context.is_arm_virt),
    ("hpt", lambda context: context.is_pseries),
    ("htm", lambda context: context.is_pseries),
    ("nested_hv", lambda context: context.is_pseries),
    ("ccf_assist", lambda context: context.is_pseries),
    ("cfpc", lambda context: context.is_pseries),
    ("sbbc", lambda context: context.is_pseries),
    ("ibs", lambda context: context.is_pseries),
)
"""Features that only some machines have."""


def features(context: Context) -> None:
    """Features that the machine does not have."""
    item = context.document.features
    if item is None:
        return
    for name, has in _MACHINE_FEATURES:
        if getattr(item, name) is not None and not has(context):
            shown = name.replace("_", "-")
            raise unsupported(
                f"The '{shown}' feature is not supported for architecture '{context.arch}' "
                f"or machine type '{context.machine}'"
            )
    _smm(context, item)
    if item.vmcoreinfo and not context.caps.has_device("vmcoreinfo"):
        raise unsupported("vmcoreinfo is not available with this QEMU binary")
    if item.vmport is not None and not context.caps.has_prop("pc-machine", "vmport") and not context.is_x86:
        raise unsupported("vmport is not available with this QEMU binary")


def _smm(context: Context, item: Features) -> None:
    smm = item.smm
    if smm is None or smm.tseg is None:
        return
    if not context.is_q35:
        raise unsupported("SMM TSEG is only supported with q35 machine type")
    if smm.tseg % _GIANT:
        raise unsupported("SMM TSEG size must be divisible by 1 MiB")


def firmware(context: Context) -> None:
    """UEFI needs ACPI, and secure boot system management mode."""
    document = context.document
    os = document.os
    if os is None:
        return
    acpi = document.features is not None and document.features.acpi
    loader = os.loader
    uefi = os.firmware_type == "efi" or (loader is not None and loader.type == "pflash")
    if uefi and not acpi and context.is_x86:
        raise unsupported("UEFI requires ACPI on this architecture")
    if acpi and not uefi and context.arch == "aarch64":
        raise unsupported("ACPI requires UEFI on this architecture")
    if loader is not None and loader.secure and os.firmware_type is None:
        _secure_boot(context)
    if os.bios is not None and os.bios.useserial and not context.devices.serials:
        raise xml_error("need at least one serial port to use BIOS serial output")


def _secure_boot(context: Context) -> None:
    if not context.is_q35:
        raise unsupported("Secure boot is supported with q35 machine types only")
    smm = context.document.features.smm if context.document.features is not None else None
    if smm is None or not smm.state:
        raise unsupported("Secure boot requires SMM feature enabled")


def lifecycle(context: Context) -> None:
    """What can follow power-off, reboot and crash of a QEMU guest."""
    document = context.document
    actions = (document.on_reboot, document.on_poweroff)
    if "preserve" in actions:
        raise unsupported("qemu driver doesn't support the 'preserve' action for 'on_reboot'/'on_poweroff'")
    if document.on_reboot == "destroy" and document.on_poweroff == "restart":
        text = "qemu driver doesn't support 'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'"
        raise unsupported(text)
    if "rename-restart" in (*actions, document.on_crash):
        text = "the 'rename-restart' action for 'on_reboot'/'on_poweroff'/'on_crash'"
        raise unsupported(f"qemu driver doesn't support {text}")


def timers(context: Context) -> None:
    """Clock devices that the machine has, and what QEMU can do with them."""
    for timer in context.document.clock.timers if context.document.clock is not None else ():
        check = _TIMERS.get(timer.name or "")
        if check is not None:
            check(context, timer)


def _no_timer(context: Context, timer: Timer) -> None:
    raise unsupported(f"unsupported timer type (name) '{timer.name}'")


def _not_here(context: Context, timer: Timer) -> Exception:
    return unsupported(
        f"Configuring the '{timer.name}' timer is not supported for virtType={context.virt_type} "
        f"arch={context.arch} machine={context.machine} guests"
    )


def _rtc(context: Context, timer: Timer) -> None:
    if timer.track not in (None, "guest", "wall", "realtime"):
        raise unsupported(f"unsupported rtc timer track '{timer.track}'")
    if timer.tickpolicy in ("merge", "discard"):
        raise unsupported(f"unsupported rtc timer tickpolicy '{timer.tickpolicy}'")


def _pit(context: Context, timer: Timer) -> None:
    if timer.tickpolicy == "merge":
        raise unsupported("unsupported pit tickpolicy 'merge'")


def _hpet(context: Context, timer: Timer) -> None:
    if timer.present and not context.is_x86:
        raise unsupported("hpet timer is not supported")


def _armv(context: Context, timer: Timer) -> None:
    if context.virt_type != "kvm" or not context.is_arm_virt:
        raise _not_here(context, timer)
    if timer.tickpolicy not in (None, "delay", "discard"):
        raise unsupported(f"The '{timer.name}' timer does not support tickpolicy '{timer.tickpolicy}'")


_TIMERS: Final[dict[str, Callable[[Context, Timer], None]]] = {
    "platform": _no_timer,
    "rtc": _rtc,
    "pit": _pit,
    "hpet": _hpet,
    "armvtimer": _armv,
}


def confidential(context: Context) -> None:
    """Confidential computing that this processor and QEMU have."""
    launch = context.document.launch_security
    if launch is None:
        return
    if launch.type == "sev" and context.caps.sev is None:
        raise unsupported("SEV launch security is not supported with this QEMU binary")
    if launch.type == "s390-pv" and not context.caps.has_object("s390-pv-guest"):
        raise unsupported("S390 PV launch security is not supported with this QEMU binary")


def firmware_tables(context: Context) -> None:
    """Names in the firmware's configuration belong to their owners."""
    for item in context.document.sysinfos:
        if item.type != "fwcfg":
            continue
        for entry in item.entries:
            name = entry.name or ""
            if not name.startswith("opt/"):
                raise unsupported("Invalid firmware name")
            if name.startswith(("opt/ovmf/", "opt/org.qemu/")):
                raise unsupported("That firmware name is reserved")


def namespaces(context: Context) -> None:
    """What is passed through to QEMU's command line has names and values."""
    commandline = context.document.qemu_commandline
    if commandline is None:
        return
    for variable in commandline.envs:
        if variable.name is None:
            raise internal("No qemu environment name specified")
        if not variable.name:
            raise internal("Empty qemu environment name specified")
    for argument in commandline.args:
        if argument.value is None:
            raise internal("No qemu command-line argument specified")


CHECKS: Final[tuple[Callable[[Context], None], ...]] = (
    emulator,
    memory,
    features,
    firmware,
    lifecycle,
    processors,
    timers,
    power,
    tuning,
    firmware_tables,
    confidential,
    namespaces,
)
"""In libvirt's order."""
