# SPDX-License-Identifier: Apache-2.0
"""What no hypervisor takes in the parts of a document that are not devices. Called when everything is filled in."""

from __future__ import annotations

from typing import Final

from manor.schema.common.address import Device, DriveAddress
from manor.schema.domain import Domain
from manor.schema.domain.clock import Timer
from manor.schema.domain.devices import Devices
from manor.schema.domain.disk import Disk
from manor.schema.domain.features import Hyperv, KvmFeatures
from manor.schema.domain.hostdev import (
    Hostdev,
    HostdevSource,
    MdevHostdevSource,
    PciHostdevSource,
    ScsiHostdevSource,
    ScsiHostHostdevSource,
    UsbHostdevSource,
)
from manor.schema.domain.os import Os
from manor.schema.passes.report import detail, missing_attribute, unsupported, xml_error
from manor.schema.passes.storage import place_of

_LEAST_RETRIES: Final = 4095
_LONGEST_VENDOR: Final = 12
_DIRTY_RING: Final = (1024, 65536)

_TIMER_POLICY: Final = frozenset({"rtc", "pit", "platform", "armvtimer", "hpet"})
_TIMER_TRACK: Final = frozenset({"rtc", "platform"})
_TIMER_FREQUENCY: Final = frozenset({"tsc", "armvtimer"})


def domain(document: Domain) -> None:
    """Check a document but for what is wrong with a device by itself."""
    if document.devices is not None:
        _together(document.devices)
    _cpu(document)
    _memory(document)
    _lifecycle(document)
    _features(document)
    for timer in document.clock.timers if document.clock is not None else ():
        _timer(timer)
    if document.os is not None:
        _firmware(document.os)


def _together(devices: Devices) -> None:
    """Devices that are each all right but do not go together."""
    _same_disks(devices.disks)
    _same_host_devices(devices.hostdevs)
    _same_drives(devices)
    for console in devices.consoles[1:]:
        if console.target is not None and console.target.type == "serial":
            raise unsupported("Only the first console can be a serial port")
    targets: set[str | None] = set()
    for share in devices.filesystems:
        if share.driver is None or share.driver.type != "virtiofs":
            continue
        if share.target in targets:
            raise unsupported(f"filesystem target '{share.target}' specified twice")
        targets.add(share.target)
    seen: set[str | None] = set()
    for panic in devices.panics:
        if panic.model in seen:
            raise xml_error(f"Multiple panic devices with model '{panic.model or 'default'}'")
        seen.add(panic.model)


def _same_disks(disks: list[Disk]) -> None:
    names: dict[str | None, Disk] = {}
    for disk in disks:
        name = disk.target.dev if disk.target is not None else None
        other = names.setdefault(name, disk)
        if other is not disk:
            there, here = place_of(other.source) or "<null>", place_of(disk.source) or "<null>"
            raise xml_error(f"target '{name}' duplicated for disk sources '{there}' and '{here}'")


def _same_host_devices(devices: list[Hostdev]) -> None:
    for number, device in enumerate(devices):
        if any(same_host_device(device, other) for other in devices[:number]):
            raise xml_error("Hostdev already exists in the domain configuration")
    if sum(bool(device.ramfb) for device in devices) > 1:
        raise unsupported("Only one vgpu device can have 'ramfb' enabled")


def same_host_device(device: Hostdev, other: Hostdev) -> bool:
    """Whether two host devices are one on the host."""
    if device.mode != other.mode or device.type != other.type or device.source is None or other.source is None:
        return False
    first, second = _identity(device.source), _identity(other.source)
    return first is not None and first == second


def _identity(source: HostdevSource) -> object:
    """What tells a device of the host from others of its type."""
    match source:
        case PciHostdevSource(address=address) | MdevHostdevSource(address=address):
            return address
        case UsbHostdevSource():
            place = source.address
            return (place.bus, place.device) if place is not None else (source.vendor, source.product)
        case ScsiHostdevSource():
            return (
                source.protocol,
                source.name,
                source.adapter,
                source.address,
                [(host.name, host.port) for host in source.hosts],
            )
        case ScsiHostHostdevSource(wwpn=wwpn):
            return wwpn
    return None


def _same_drives(devices: Devices) -> None:
    places: dict[object, Disk] = {}
    for disk in devices.disks:
        place = _place(disk)
        if place is None:
            continue
        bus = disk.bus
        other = places.setdefault((bus, place), disk)
        if other is not disk and other.target is not None:
            raise unsupported(
                f"Found duplicate drive address for disk with target name '{other.target.dev}' {_written(place)}"
            )
    taken: set[tuple[int, int, int, int]] = set()
    for device in devices.hostdevs:
        place = _place(device) if device.type == "scsi" else None
        if place is None:
            continue
        if place in taken:
            raise unsupported(f"SCSI host address {_written(place)} in use by another SCSI host device")
        taken.add(place)


def _place(device: Device) -> tuple[int, int, int, int] | None:
    address = device.address
    if not isinstance(address, DriveAddress):
        return None
    return address.controller or 0, address.bus or 0, address.target or 0, address.unit or 0


def _written(place: tuple[int, int, int, int]) -> str:
    controller, bus, target, unit = place
    return f"controller='{controller}' bus='{bus}' target='{target}' unit='{unit}'"


def _cpu(document: Domain) -> None:
    cpu = document.cpu
    if cpu is not None and cpu.check is not None and cpu.mode is None and cpu.model is None:
        raise unsupported("check attribute specified for CPU with no model")


def _memory(document: Domain) -> None:
    limit = document.max_memory.value if document.max_memory is not None else None
    if limit and document.memory is not None and limit < (document.memory.value or 0):
        raise xml_error("maximum memory size must be equal or greater than the actual memory size")


def _lifecycle(document: Domain) -> None:
    for event, action in (("poweroff", document.on_poweroff), ("reboot", document.on_reboot)):
        if action is not None and action.startswith("coredump"):
            raise unsupported(f"Lifecycle event '{event}' doesn't support '{action}' action")


def _features(document: Domain) -> None:
    item = document.features
    if item is None:
        return
    if item.hyperv is not None:
        _hyperv(item.hyperv)
    if item.kvm is not None:
        _kvm(item.kvm)


def _hyperv(item: Hyperv) -> None:
    if item.spinlocks is not None and item.spinlocks.state:
        if item.spinlocks.retries is None:
            raise missing_attribute("spinlocks", "retries")
        if item.spinlocks.retries < _LEAST_RETRIES:
            raise xml_error("HyperV spinlock retry count must be at least 4095")
    vendor = item.vendor_id
    if vendor is not None and vendor.state:
        if vendor.value is None:
            raise xml_error("missing 'value' attribute for HyperV feature 'vendor_id'")
        if len(vendor.value) > _LONGEST_VENDOR:
            raise xml_error("HyperV vendor_id value must not be more than 12 characters.")
        if "," in vendor.value:
            raise xml_error("HyperV vendor_id value is invalid")


def _kvm(item: KvmFeatures) -> None:
    ring = item.dirty_ring
    if ring is None or not ring.state:
        return
    if ring.size is None:
        raise missing_attribute("dirty-ring", "size")
    least, most = _DIRTY_RING
    if not least <= ring.size <= most or ring.size & (ring.size - 1):
        raise xml_error("dirty ring must be power of 2 and ranges [1024, 65536]")


def _timer(timer: Timer) -> None:
    name = timer.name or ""
    if name == "platform":
        return
    catchup = timer.catchup
    given = catchup is not None and (catchup.threshold or catchup.slew or catchup.limit)
    if given and timer.tickpolicy != "catchup":
        raise xml_error("setting of timer catchup policies is only supported with tickpolicy='catchup'")
    for what, value, takes in (
        ("tickpolicy", timer.tickpolicy, _TIMER_POLICY),
        ("mode", timer.mode, frozenset({"tsc"})),
        ("frequency", timer.frequency, _TIMER_FREQUENCY),
        ("track", timer.track, _TIMER_TRACK),
    ):
        if value and name not in takes:
            raise unsupported(f"timer {name} doesn't support setting of timer {what}")


def _firmware(os: Os) -> None:
    loader = os.loader
    if os.firmware_type is None:
        if os.firmware is not None and os.firmware.features:
            raise detail("cannot use feature-based firmware autoselection when firmware autoselection is disabled")
        if loader is not None and not loader.value and loader.type != "none":
            raise detail("no loader path specified and firmware auto selection disabled")
        if loader is None and os.nvram is not None:
            raise detail("no loader path specified and firmware auto selection disabled")
    if loader is None:
        return
    stores = loader.readonly is False or loader.stateless is False
    if stores and loader.type not in (None, "pflash"):
        raise detail("Only pflash loader type permits NVRAM")
    if loader.stateless:
        if os.nvram is not None and os.nvram.template is not None:
            raise detail("NVRAM template is not permitted when loader is stateless")
        if os.nvram is not None:
            raise detail("NVRAM is not permitted when loader is stateless")
