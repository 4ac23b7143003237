# SPDX-License-Identifier: Apache-2.0
"""The last passes: refuse what is complete, and still cannot be.

As libvirt does: first the guest as a whole, then every device, each as QEMU sees it and then as any hypervisor would,
and at the end what concerns several devices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manor.drivers.qemu.passes import (
    validate_chardevs,
    validate_controllers,
    validate_disks,
    validate_displays,
    validate_domain,
    validate_hosted,
    validate_interfaces,
    validate_labels,
    validate_small,
)
from manor.drivers.qemu.passes.context import Context, unsupported
from manor.schema.common.address import CcwAddress, Device, PciAddress, SpaprVioAddress
from manor.schema.domain.chardev import Channel, Console, Parallel, RedirDev, Serial, Smartcard
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import (
    Input,
    Iommu,
    MemoryDevice,
    NvramDevice,
    Panic,
    Rng,
    Tpm,
    Watchdog,
)
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Shmem
from manor.schema.domain.graphics import Graphics, Video
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.passes import validate_devices as common_devices
from manor.schema.passes import validate_domain as common_domain
from manor.schema.passes.order import iterate

_MOST_REGISTERS: Final = 0xFFFFFFFF

CHECKS: Final[dict[type[Any], Callable[[Context, Any], None]]] = {
    Channel: validate_chardevs.source,
    Console: validate_chardevs.console,
    Controller: validate_controllers.controller,
    Disk: validate_disks.disk,
    Filesystem: validate_hosted.filesystem,
    Graphics: validate_displays.graphics,
    Hostdev: validate_hosted.hostdev,
    Input: validate_small.input_device,
    Interface: validate_interfaces.interface,
    Iommu: validate_small.iommu,
    MemoryDevice: validate_small.memory,
    NvramDevice: validate_small.nvram,
    Panic: validate_small.panic,
    Parallel: validate_chardevs.parallel,
    RedirDev: validate_chardevs.source,
    Rng: validate_small.rng,
    Serial: validate_chardevs.serial,
    Shmem: validate_hosted.shmem,
    Smartcard: validate_chardevs.smartcard,
    Tpm: validate_small.tpm,
    Video: validate_displays.video,
    Watchdog: validate_small.watchdog,
}
"""What QEMU's driver has to say of a kind of device."""


def document(context: Context) -> None:
    """Refuse a document that no guest can be made of. Raises VIR_ERR_CONFIG_UNSUPPORTED and its kin."""
    for check in validate_domain.CHECKS:
        check(context)
    for item in iterate(context.devices):
        device(context, item)
    for server in context.devices.graphics:
        device(context, server)
    for backend in context.devices.audios:
        validate_displays.audio(context, backend)
    common_domain.domain(context.document)
    validate_labels.overrides(context)


def device(context: Context, item: Device) -> None:
    """Refuse a device that its guest cannot have."""
    if item.address is not None or item.acpi is not None:
        _address(context, item)
    check = CHECKS.get(item.__class__)
    if check is not None:
        check(context, item)
    common_devices.device(context.document, item)


def _address(context: Context, item: Device) -> None:
    address = item.address
    if isinstance(address, CcwAddress) and not context.is_s390_ccw:
        name = item.alias.name if item.alias is not None and item.alias.name else "<null>"
        raise unsupported(f"cannot use CCW address type for device '{name}' using machine type '{context.machine}'")
    if isinstance(address, SpaprVioAddress) and (address.reg or 0) > _MOST_REGISTERS:
        raise unsupported(f"spapr-vio reg='0x{address.reg:x}' exceeds maximum possible value (0x{_MOST_REGISTERS:x})")
    if item.acpi is not None and item.acpi.index is not None and not isinstance(address, PciAddress):
        raise unsupported("ACPI index is only supported for PCI devices")
