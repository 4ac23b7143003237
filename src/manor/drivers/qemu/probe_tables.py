# SPDX-License-Identifier: Apache-2.0
"""What a probe asks QEMU about beyond the lists that QEMU gives as a whole: types whose properties matter.

Asking for the properties of a type costs QEMU a third of a millisecond, so only those are asked for whose
properties decide how a command line is written. Types a binary does not have cost nothing.
"""

from __future__ import annotations

from typing import Final

DEVICES_WITH_PROPS: Final[tuple[str, ...]] = (
    "ICH9-LPC",
    "PIIX4_PM",
    "VGA",
    "amd-iommu",
    "ccid-card-passthru",
    "i440FX-pcihost",
    "ich9-ahci",
    "ide-cd",
    "ide-hd",
    "intel-iommu",
    "isa-debugcon",
    "kvm-pit",
    "mch",
    "nec-usb-xhci",
    "nvdimm",
    "nvme",
    "nvme-ns",
    "pci-bridge",
    "pcie-pci-bridge",
    "pcie-root-port",
    "piix3-usb-uhci",
    "pvpanic",
    "pvpanic-pci",
    "pxb",
    "pxb-pcie",
    "q35-pcihost",
    "qemu-xhci",
    "qxl",
    "qxl-vga",
    "ramfb",
    "scsi-block",
    "scsi-cd",
    "scsi-generic",
    "scsi-hd",
    "tpm-crb",
    "tpm-tis",
    "usb-audio",
    "usb-host",
    "usb-redir",
    "usb-storage",
    "vfio-ap",
    "vfio-ccw",
    "vfio-pci",
    "vhost-scsi-pci",
    "vhost-user-blk-pci",
    "vhost-user-fs-device",
    "vhost-user-fs-pci",
    "vhost-user-gpu",
    "vhost-user-vga",
    "vhost-vsock-pci",
    "virtio-9p-pci",
    "virtio-balloon-ccw",
    "virtio-balloon-pci",
    "virtio-blk-ccw",
    "virtio-blk-device",
    "virtio-blk-pci",
    "virtio-crypto-pci",
    "virtio-gpu-ccw",
    "virtio-gpu-device",
    "virtio-gpu-pci",
    "virtio-iommu-pci",
    "virtio-mem-pci",
    "virtio-net-ccw",
    "virtio-net-device",
    "virtio-net-pci",
    "virtio-pmem-pci",
    "virtio-rng-pci",
    "virtio-scsi-ccw",
    "virtio-scsi-pci",
    "virtio-serial-pci",
    "virtio-vga",
    "vmcoreinfo",
    "vmgenid",
    "vmware-svga",
    "vmxnet3",
)
"""Devices; asked with device-list-properties."""

OBJECTS_WITH_PROPS: Final[tuple[str, ...]] = (
    "authz-list-file",
    "dbus-vmstate",
    "filter-mirror",
    "iothread",
    "memory-backend-epc",
    "memory-backend-file",
    "memory-backend-memfd",
    "memory-backend-ram",
    "rng-egd",
    "rng-random",
    "secret",
    "sev-guest",
    "sgx-epc",
    "thread-context",
    "tls-creds-x509",
    "main-loop",
)
"""Objects of ``-object``; asked with qom-list-properties, as are the preferred machines and the CPU ``max``."""

MACHINES_WITH_PROPS: Final = ("pc", "q35", "virt", "pseries", "s390-ccw-virtio")
"""Machine types by alias, or by name where they have none; their type is ``NAME-machine``.

Not ``microvm``: QEMU 7.2 aborts when asked for the properties of that one.
"""

TYPES_WITH_PROPS: Final = frozenset(DEVICES_WITH_PROPS) | frozenset(OBJECTS_WITH_PROPS)

PREFERRED_MACHINE: Final = {"aarch64": "integratorcp", "armv7l": "integratorcp", "i686": "pc", "x86_64": "pc"}
"""Name or alias of the machine a guest gets by default where QEMU has no default, or must not be followed."""
