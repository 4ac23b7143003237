# SPDX-License-Identifier: Apache-2.0
"""Devices of the host, shares and shared memory that QEMU, or this machine, cannot have."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.passes.context import Context, unsupported
from manor.drivers.qemu.passes.memory import shares_memory
from manor.drivers.qemu.passes.validate_disks import scsi_place
from manor.schema.common.address import DriveAddress
from manor.schema.domain.filesystem import Filesystem, Shmem
from manor.schema.domain.hostdev import Hostdev, PciHostdevSource

_MEDIATED: Final = {
    "vfio-ap": ("vfio-ap", "VFIO AP device assignment is not supported by this version of QEMU"),
    "vfio-ccw": ("vfio-ccw", "VFIO CCW device assignment is not supported by this version of QEMU"),
}


def hostdev(context: Context, item: Hostdev) -> None:
    """Check one device of the host."""
    if item.mode == "capabilities":
        raise unsupported("hostdev mode 'capabilities' is not supported in qemu")
    boots = item.boot is not None and item.boot.order is not None
    match item.type:
        case "pci":
            if isinstance(item.source, PciHostdevSource) and item.source.write_filtering is not None:
                text = "Write filtering of PCI device configuration space is not supported by qemu"
                raise unsupported(text)
        case "scsi":
            if isinstance(item.address, DriveAddress):
                scsi_place(context, item.address)
        case "scsi_host":
            if boots:
                raise unsupported("booting from assigned devices is not supported by vhost SCSI devices")
        case "mdev":
            _mediated(context, item, boots=boots)


def _mediated(context: Context, item: Hostdev, *, boots: bool) -> None:
    model = item.model or ""
    if model in _MEDIATED:
        device, text = _MEDIATED[model]
        if not context.caps.has_device(device):
            raise unsupported(text)
    if model == "vfio-ap" and sum(other.model == model for other in context.devices.hostdevs) > 1:
        raise unsupported("Only one hostdev of model vfio-ap is supported")
    if item.display and not context.devices.graphics:
        raise unsupported("graphics device is needed for attribute value 'display=on' in <hostdev>")
    if boots and model != "vfio-ccw":
        text = f"booting from assigned devices is not supported by mediated devices of model {model}"
        raise unsupported(text)


def filesystem(context: Context, item: Filesystem) -> None:
    """Check one share."""
    if item.type != "mount":
        raise unsupported("only supports mount filesystem type")
    driver = item.driver
    if driver is not None and driver.type == "virtiofs":
        _virtiofs(context, item)
        return
    if (item.fmode is not None or item.dmode is not None) and item.accessmode != "mapped":
        raise unsupported("fmode and dmode must be used with accessmode=mapped")


def _virtiofs(context: Context, item: Filesystem) -> None:
    if item.readonly:
        raise unsupported("virtiofs does not yet support read-only mode")
    if item.accessmode not in (None, "passthrough"):
        raise unsupported("virtiofs only supports passthrough accessmode")
    if item.driver is not None and item.driver.wrpolicy is not None:
        raise unsupported("virtiofs does not support wrpolicy")
    if item.model is not None:
        raise unsupported("virtiofs does not support model")
    if item.multidevs is not None:
        raise unsupported("virtiofs does not support multidevs")
    if not shares_memory(context.document) and not context.is_s390_ccw:
        raise unsupported("'virtiofs' requires shared memory")


def shmem(context: Context, item: Shmem) -> None:
    """Check one piece of shared memory."""
    model = item.model
    if model == "ivshmem":
        raise unsupported("ivshmem device is not supported with this QEMU binary")
    if not context.caps.has_device(model or ""):
        raise unsupported(f"shmem model '{model}' is not supported by this QEMU binary")
    if model == "ivshmem-plain" and item.server is not None:
        raise unsupported("shmem model 'ivshmem-plain' is supported only with server option disabled")
    if model == "ivshmem-doorbell":
        if item.server is None:
            raise unsupported("shmem model 'ivshmem-doorbell' is supported only with server option enabled")
        if item.size is not None:
            raise unsupported("shmem model 'ivshmem-doorbell' does not support size setting")
