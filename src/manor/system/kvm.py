# SPDX-License-Identifier: Apache-2.0
"""Whether KVM works here, found out by using it: a device node alone proves nothing."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from manor.system.owner import READ, WRITE, allows

# From linux/kvm.h.
_KVM_GET_API_VERSION: Final = 0xAE00
_KVM_CREATE_VM: Final = 0xAE01
_KVM_CHECK_EXTENSION: Final = 0xAE03
_KVM_CREATE_VCPU: Final = 0xAE41
_KVM_GET_TSC_KHZ: Final = 0xAEA3
_KVM_CAP_NR_VCPUS: Final = 9
_KVM_CAP_TSC_CONTROL: Final = 60
_KVM_CAP_GET_TSC_KHZ: Final = 61
_KVM_CAP_MAX_VCPUS: Final = 66
_API_VERSION: Final = 12


class Kvm(msgspec.Struct, frozen=True):
    """What this machine's KVM can do.

    `usable` is true when a virtual machine could be created; else `reason` says what stopped it, for
    people.  `max_vcpus` is the most vCPUs a guest may have, 0 when unusable.  `tsc_frequency`, in Hz, is
    that of the time stamp counter (0 where there is none to tell), and `tsc_scaling` whether a guest's can
    differ from it.
    """

    usable: bool
    reason: str = ""
    max_vcpus: int = 0
    tsc_frequency: int = 0
    tsc_scaling: bool = False


def may_use_kvm(uid: int, gids: Collection[int], device: Path = Path("/dev/kvm")) -> bool:
    """Whether a user with these groups may open KVM."""
    try:
        return allows(device.stat(), uid, gids, READ | WRITE)
    except OSError:
        return False


def probe(device: Path = Path("/dev/kvm")) -> Kvm:
    """Open KVM, check its API version, and create (and drop) an empty virtual machine."""
    try:
        fd = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        return Kvm(usable=False, reason=_opening_failed(device, error))
    try:
        return _use(device, fd)
    except OSError as error:
        return Kvm(usable=False, reason=f"{device} does not work: {error.strerror}")
    finally:
        os.close(fd)


def _use(device: Path, fd: int) -> Kvm:
    version = fcntl.ioctl(fd, _KVM_GET_API_VERSION, 0)
    if version != _API_VERSION:
        return Kvm(usable=False, reason=f"{device} speaks API version {version}, not {_API_VERSION}")
    machine = fcntl.ioctl(fd, _KVM_CREATE_VM, 0)
    try:
        frequency = _tsc_frequency(fd, machine)
    finally:
        os.close(machine)
    most = fcntl.ioctl(fd, _KVM_CHECK_EXTENSION, _KVM_CAP_MAX_VCPUS)
    return Kvm(
        usable=True,
        # Old kernels tell only the recommended number.
        max_vcpus=most or fcntl.ioctl(fd, _KVM_CHECK_EXTENSION, _KVM_CAP_NR_VCPUS),
        tsc_frequency=frequency,
        tsc_scaling=fcntl.ioctl(fd, _KVM_CHECK_EXTENSION, _KVM_CAP_TSC_CONTROL) > 0,
    )


def _tsc_frequency(fd: int, machine: int) -> int:
    if fcntl.ioctl(fd, _KVM_CHECK_EXTENSION, _KVM_CAP_GET_TSC_KHZ) <= 0:
        return 0
    try:
        vcpu = fcntl.ioctl(machine, _KVM_CREATE_VCPU, 0)
    except OSError:
        return 0
    try:
        return fcntl.ioctl(vcpu, _KVM_GET_TSC_KHZ, 0) * 1000
    except OSError:
        return 0
    finally:
        os.close(vcpu)


def _opening_failed(device: Path, error: OSError) -> str:
    match error.errno:
        case errno.ENOENT:
            advice = "the kernel module is not loaded, or virtualization is off in the firmware"
        case errno.EACCES | errno.EPERM:
            advice = "the user may not open it: add it to the group that owns the device"
        case errno.ENODEV | errno.ENXIO:
            advice = "the kernel has no KVM behind it"
        case _:
            advice = error.strerror or "unknown error"
    return f"cannot open {device}: {advice}"
