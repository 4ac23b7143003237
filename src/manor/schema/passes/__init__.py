# SPDX-License-Identifier: Apache-2.0
"""What libvirt makes of a domain document whatever hypervisor it is for: named passes of pure functions.

`read` is what libvirt does while it reads a document: defaults, order, and the refusal of what makes no sense. Drivers
continue with a list of their own, of passes of these modules (sizes of memory, boot order, places of drives, needed
controllers …) and of theirs between them. The `validate` modules refuse what fits together nowhere, once everything
is filled in. Nothing here touches the host.
"""

from __future__ import annotations

from manor.schema.domain import Domain
from manor.schema.domain.devices import Devices
from manor.schema.domain.os import Architecture
from manor.schema.passes import (
    addresses,
    chardevs,
    controllers,
    cpus,
    displays,
    general,
    hosted,
    interfaces,
    memory,
    small,
    storage,
)

__all__ = ["read", "read_devices"]


def read(domain: Domain, architecture: Architecture, *, security_model: str | None = None) -> Devices:
    """Complete what every driver completes the same way; the devices, made if there were none. Raises ManorError.

    Two things are the driver's: the `architecture` of guests that name none, and the `security_model` meant by a label
    that names none.
    """
    general.identity(domain)
    general.forget_runtime(domain)
    cpus.vcpus(domain)
    memory.numa(domain)
    cpus.cpu_model(domain)
    memory.check_numa_cpus(domain)
    cpus.iothreads(domain)
    cpus.cputune(domain)
    memory.numatune(domain)
    memory.blkiotune(domain)
    general.operating_system(domain, architecture)
    general.features(domain)
    general.clock(domain)
    general.lifecycle(domain)
    general.settings(domain)
    devices = domain.devices
    if devices is None:
        devices = domain.devices = Devices()
    controllers.number(devices)
    controllers.check(devices)
    read_devices(devices)
    general.security_labels(domain, security_model)
    controllers.add_for_host_devices(devices)
    chardevs.pair(domain, devices)
    general.sysinfo(domain)
    memory.hugepages(domain)
    return devices


def read_devices(devices: Devices) -> None:
    """Complete devices, each for itself: those of a document, or one that is to be plugged. Raises ManorError."""
    addresses.device_information(devices)
    storage.disks(devices)
    hosted.leases(devices)
    hosted.filesystems(devices)
    interfaces.interfaces(devices)
    chardevs.character_devices(devices)
    small.small_devices(devices)
    displays.servers(devices)
    displays.audios(devices)
    hosted.host_devices(devices)
