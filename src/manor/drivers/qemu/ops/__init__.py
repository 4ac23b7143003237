# SPDX-License-Identifier: Apache-2.0
"""The QEMU driver's operations, one class per area, joined into the domain family.

An operation here looks up its guest, checks its flags, takes the guest's job and calls the module that does the work.
"""

from manor.drivers.qemu.ops.block import BlockOps
from manor.drivers.qemu.ops.confidential import ConfidentialOps
from manor.drivers.qemu.ops.control import ControlOps
from manor.drivers.qemu.ops.description import DescriptionOps
from manor.drivers.qemu.ops.devices import DeviceOps
from manor.drivers.qemu.ops.guest_os import GuestOsOps
from manor.drivers.qemu.ops.host import HostOps
from manor.drivers.qemu.ops.host_cpu import HostCpuOps
from manor.drivers.qemu.ops.hypervisor import HypervisorOps
from manor.drivers.qemu.ops.input import InputOps
from manor.drivers.qemu.ops.lifecycle import LifecycleOps
from manor.drivers.qemu.ops.listing import ListingOps
from manor.drivers.qemu.ops.monitoring import MonitoringOps
from manor.drivers.qemu.ops.resources import ResourceOps
from manor.drivers.qemu.ops.state import StateOps
from manor.drivers.qemu.ops.threads import ThreadOps
from manor.drivers.qemu.ops.translation import TranslationOps
from manor.drivers.qemu.ops.tuning import TuningOps


class QemuDomainFamily(
    ListingOps,
    DescriptionOps,
    LifecycleOps,
    ControlOps,
    DeviceOps,
    BlockOps,
    InputOps,
    ThreadOps,
    ResourceOps,
    HypervisorOps,
    ConfidentialOps,
    MonitoringOps,
    GuestOsOps,
    StateOps,
    TranslationOps,
    TuningOps,
):
    """Everything the QEMU driver can do with domains."""


class QemuHostFamily(HostOps, HostCpuOps):
    """Everything the QEMU driver can say of the host."""


__all__ = ["QemuDomainFamily", "QemuHostFamily"]
