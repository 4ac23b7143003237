# SPDX-License-Identifier: Apache-2.0
"""Small devices that QEMU, or this machine, cannot have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from manor.drivers.qemu.passes.context import Context, unsupported
from manor.drivers.qemu.passes.validate_chardevs import source
from manor.schema.common.address import DimmAddress, IsaAddress, PciAddress
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

_TRANSITIONAL: Final = frozenset({"virtio-transitional", "virtio-non-transitional"})


def input_device(context: Context, item: Input) -> None:
    """Check one input device."""
    if item.bus == "ps2" and not (context.board.has_ps2 or context.caps.has_device("i8042")):
        raise unsupported("ps2 is not supported by this QEMU binary")
    if item.model in _TRANSITIONAL:
        text = f"virtio (non-)transitional models are not supported for input type={item.type}"
        raise unsupported(text)


def watchdog(context: Context, item: Watchdog) -> None:
    """The watchdog is where its model can be."""
    address = item.address
    match item.model:
        case "i6300esb":
            if address is not None and not isinstance(address, PciAddress):
                raise unsupported("i6300esb model of watchdog can go only on PCI bus")
        case "ib700":
            if address is not None:
                raise unsupported("ib700 model of watchdog does not support configuring the address")
        case "diag288":
            if not context.board.is_s390:
                raise unsupported("diag288 model of watchdog is allowed for s390 and s390x only")
            if address is not None:
                raise unsupported("diag288 model of watchdog is virtual and cannot go on any bus.")


def panic(context: Context, item: Panic) -> None:
    """The panic device is the machine's."""
    match item.model:
        case "isa":
            if item.address is not None and not isinstance(item.address, IsaAddress):
                raise unsupported("panic is supported only with ISA address type")
            if not context.caps.has_device("pvpanic"):
                raise unsupported("the QEMU binary does not support the ISA panic device")
        case "pseries":
            if not context.is_pseries:
                raise unsupported("only pSeries guests support panic device of model 'pseries'")
            _no_address(item)
        case "hyperv":
            if not context.is_x86:
                raise unsupported("only i686 and x86_64 guests support panic device of model 'hyperv'")
            _no_address(item)
        case "s390":
            if not context.board.is_s390:
                raise unsupported("only S390 guests support panic device of model 's390'")
            _no_address(item)


def _no_address(item: Panic) -> None:
    if item.address is not None:
        raise unsupported(f"setting the panic device address is not supported for model '{item.model}'")


_PROXY: Final = "spapr-tpm-proxy"
_BACKENDS: Final = {"passthrough": "tpm-passthrough", "emulator": "tpm-emulator", "external": "tpm-emulator"}
_TPM_DEVICES: Final = {
    "tpm-tis": ("tpm-tis", "tpm-tis-device"),
    "tpm-crb": ("tpm-crb",),
    "tpm-spapr": ("tpm-spapr",),
    _PROXY: (_PROXY,),
}


def tpm(context: Context, item: Tpm) -> None:
    """Check a TPM."""
    caps, backend = context.caps, item.backend
    kind = (backend.type if backend is not None else None) or ""
    model = item.model or ""
    proxies = [other for other in context.devices.tpms if other.model == _PROXY]
    if len(proxies) > 1:
        raise unsupported("only a single TPM Proxy device is supported")
    if len(context.devices.tpms) - len(proxies) > 1:
        raise unsupported("only a single TPM non-proxy device is supported")
    if backend is not None and kind == "emulator" and backend.version == "1.2":
        if model == "tpm-crb":
            raise unsupported("Unsupported interface 'tpm-crb' for TPM 1.2")
        if model == "tpm-spapr":
            raise unsupported("TPM 1.2 is not supported with the SPAPR device model")
        if context.is_arm_virt:
            raise unsupported("TPM 1.2 is not supported on ARM")
    if not any(caps.has_device(name) for names in _TPM_DEVICES.values() for name in names):
        raise unsupported(f"The QEMU executable {caps.path} does not support TPM backend type {kind}")
    if model == _PROXY and kind != "passthrough":
        raise unsupported(f"TPM Proxy model {_PROXY} requires 'Passthrough' backend")
    if not any(caps.has_device(name) for name in _TPM_DEVICES.get(model, ())):
        raise unsupported(f"The QEMU executable {caps.path} does not support TPM model {model}")


def rng(context: Context, item: Rng) -> None:
    """Where random numbers come from."""
    if item.backend is not None and item.backend.model == "egd":
        source(context, item.backend)


def nvram(context: Context, _item: NvramDevice) -> None:
    """Only pSeries machines keep variables in a device."""
    if not context.is_pseries:
        raise unsupported("nvram device is only supported for PPC64")


_PLACES: Final[dict[str, tuple[str, Callable[[Context], bool]]]] = {
    "intel": ("Q35", lambda context: context.is_q35),
    "smmuv3": ("ARM Virt", lambda context: context.is_arm_virt),
    "virtio": ("Q35 and ARM Virt", lambda context: context.is_q35 or context.is_arm_virt),
}


def iommu(context: Context, item: Iommu) -> None:
    """The IOMMU is one that the machine has."""
    machines, fits = _PLACES[item.model or "intel"]
    if not fits(context):
        raise unsupported(f"IOMMU device: '{item.model}' is only supported with {machines} machines")
    if item.model != "virtio":
        return
    if not isinstance(item.address, PciAddress):
        raise unsupported("IOMMU device: 'virtio' needs a PCI address")
    if context.document.features is None or not context.document.features.acpi:
        raise unsupported("IOMMU device: 'virtio' requires ACPI")


def memory(context: Context, item: MemoryDevice) -> None:
    """Memory that is plugged goes into a slot, and to a node of the guest."""
    document = context.document
    limit = document.max_memory
    if item.model == "sgx-epc":
        raise unsupported("sgx epc isn't supported by this QEMU binary")
    if limit is None or not limit.value:
        raise unsupported("cannot use/hotplug a memory device when domain 'maxMemory' is not defined")
    address = item.address
    if item.model in ("virtio-pmem", "virtio-mem"):
        if address is not None and not isinstance(address, PciAddress):
            raise unsupported(f"only 'pci' addresses are supported for the {item.model} device")
    elif isinstance(address, DimmAddress):
        _slot(context, item, address, limit.slots or 0)
    nodes = document.cpu.numa.cells if document.cpu is not None and document.cpu.numa is not None else []
    if nodes and item.model != "virtio-pmem" and (item.target is None or item.target.node is None):
        raise unsupported("target NUMA node needs to be specified for memory device")


def _slot(context: Context, item: MemoryDevice, address: DimmAddress, slots: int) -> None:
    if address.slot is not None and address.slot >= slots:
        raise unsupported(f"memory device slot '{address.slot}' exceeds slots count '{slots}'")
    for other in context.devices.memories:
        if other is item or not isinstance(other.address, DimmAddress):
            continue
        if other.address.slot == address.slot:
            raise unsupported(f"memory device slot '{address.slot}' is already being used by another memory device")
        if address.base and other.address.base == address.base:
            base = f"0x{address.base:x}"
            raise unsupported(f"memory device base '{base}' is already being used by another memory device")
