# SPDX-License-Identifier: Apache-2.0
"""Security labels of devices against those of their guest."""

from __future__ import annotations

from collections.abc import Iterator

from manor.drivers.qemu.passes.context import Context
from manor.schema.common.security import DeviceSecurityLabel
from manor.schema.domain.chardev import Chardev
from manor.schema.domain.devices import Devices
from manor.schema.passes.report import unsupported


def overrides(context: Context) -> None:
    """A device's own label is nothing where the guest's files are not to be labelled."""
    fixed = {label.model for label in context.document.seclabels if not label.relabel}
    if fixed and any(label.model in fixed for label in device_labels(context.devices)):
        raise unsupported("label overrides require relabeling to be enabled at the domain level")


def device_labels(devices: Devices) -> Iterator[DeviceSecurityLabel]:
    """The labels of all devices that can have some."""
    for disk in devices.disks:
        if disk.source is not None:
            yield from disk.source.seclabels
    ports: tuple[Chardev, ...] = (*devices.serials, *devices.parallels, *devices.consoles, *devices.channels)
    for port in ports:
        for source in port.sources:
            yield from source.seclabels
