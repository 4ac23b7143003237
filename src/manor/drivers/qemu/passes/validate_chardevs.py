# SPDX-License-Identifier: Apache-2.0
"""Character devices that QEMU, or this machine, cannot have."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.passes.context import Context, error, unsupported
from manor.errors import ErrorNumber
from manor.schema.common.address import CcidAddress
from manor.schema.domain.chardev import Chardev, Console, Parallel, Serial, Smartcard

_FOR_SPICE: Final = frozenset({"spicevmc", "spiceport"})
_MODEL_TYPES: Final = {
    "isa-serial": "isa-serial",
    "isa-debugcon": "isa-debug",
    "usb-serial": "usb-serial",
    "pci-serial": "pci-serial",
    "spapr-vty": "spapr-vio-serial",
    "pl011": "system-serial",
    "16550a": "system-serial",
    "sclpconsole": "sclp-serial",
    "sclplmconsole": "sclp-serial",
}
"""The type of port that a model belongs to."""

_ADDRESSES: Final = {
    "isa-serial": "isa",
    "isa-debug": "isa",
    "usb-serial": "usb",
    "pci-serial": "pci",
    "spapr-vio-serial": "spapr-vio",
}
_CONSOLES: Final = {"sclp": "sclpconsole", "sclplm": "sclplmconsole"}
_NO_CONSOLES: Final = frozenset({"xen", "uml", "lxc", "openvz"})


def source(context: Context, item: Chardev) -> None:
    """The host's end of a device."""
    if item.type in _FOR_SPICE and all(server.type != "spice" for server in context.devices.graphics):
        raise unsupported(f"chardev '{item.type}' not supported without spice graphics")
    for end in item.sources:
        if end.reconnect is not None and end.reconnect.enabled and end.reconnect.timeout == 0:
            raise error(ErrorNumber.INVALID_ARG, "chardev reconnect source timeout cannot be '0'")


def serial(context: Context, item: Serial) -> None:
    """A serial port is of a kind this machine has."""
    source(context, item)
    target = item.target
    if target is None:
        return
    wanted = _MODEL_TYPES.get(target.model or "")
    if wanted is not None and target.type != wanted:
        raise unsupported(f"Target model '{target.model}' requires target type '{wanted}'")
    address = _ADDRESSES.get(target.type or "")
    if address is not None and item.address is not None and item.address.type != address:
        raise unsupported(f"Target type '{target.type}' requires address type '{address}'")
    board = context.board
    fits = {
        "spapr-vty": board.is_pseries,
        "pl011": board.is_arm_virt,
        "16550a": board.is_riscv_virt,
        "sclpconsole": board.is_s390,
        "sclplmconsole": board.is_s390,
    }
    if not fits.get(target.model or "", True):
        raise unsupported(
            f"Serial device with target type '{target.type}' and target model '{target.model}' "
            "not compatible with guest architecture or machine type"
        )


def parallel(context: Context, item: Parallel) -> None:
    """Not every machine has parallel ports."""
    source(context, item)
    if context.board.is_s390 or context.is_pseries:
        raise unsupported("parallel ports are not supported")


def console(context: Context, item: Console) -> None:
    """A console is of a kind QEMU has."""
    source(context, item)
    kind = item.target.type if item.target is not None else None
    if kind in _CONSOLES and not context.caps.has_device(_CONSOLES[kind]):
        raise unsupported(f"{_CONSOLES[kind]} is not supported in this QEMU binary")
    if kind in _NO_CONSOLES:
        raise unsupported(f"unsupported console target type {kind}")


def smartcard(context: Context, item: Smartcard) -> None:
    """There is but one smartcard."""
    address = item.address
    misplaced = isinstance(address, CcidAddress) and bool(address.controller or address.slot)
    if len(context.devices.smartcards) > 1 or misplaced:
        raise unsupported("this QEMU binary lacks multiple smartcard support")
    if item.mode == "passthrough":
        source(context, item)
