# SPDX-License-Identifier: Apache-2.0
"""Whether a document can take another's place under a guest that runs: the guest must not see a difference.

libvirt calls it ABI stability, and asks for it wherever a running guest's document is replaced: in saved images, and on
its way to another host. Both documents are complete. What only the host sees (files, ports, titles) may differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.common.address import Address, DriveAddress, PciAddress
from manor.schema.core import Element
from manor.schema.domain import Domain

_error = reporter(ErrorDomain.DOMAIN)


class Trait(NamedTuple):
    """Something a guest sees: its place below an element, and libvirt's name for it."""

    path: str
    name: str
    absent: str = "<null>"
    quoted: bool = False


class Kind(NamedTuple):
    """The devices of one field of <devices>, whose number and order a guest sees."""

    field: str
    noun: str
    traits: tuple[Trait, ...] = ()


_DOMAIN: Final = (
    Trait("type", "domain virt type"),
    Trait("uuid", "domain uuid"),
    Trait("name", "domain name", quoted=True),
    Trait("memory.value", "domain max memory"),
    Trait("current_memory", "domain current memory"),
    Trait("max_memory.slots", "domain memory slots"),
    Trait("vcpu.value", "domain vCPU max"),
    Trait("os.type.value", "domain OS type"),
    Trait("os.type.arch", "domain architecture"),
    Trait("os.type.machine", "domain machine type"),
    Trait("os.smbios", "domain SMBIOS mode", absent="none"),
    Trait("cpu.mode", "CPU mode"),
    Trait("cpu.model.value", "CPU model"),
    Trait("cpu.vendor", "CPU vendor"),
    Trait("cpu.topology.sockets", "CPU sockets"),
    Trait("cpu.topology.dies", "CPU dies"),
    Trait("cpu.topology.cores", "CPU cores"),
    Trait("cpu.topology.threads", "CPU threads"),
)

_PRESENT: Final = frozenset(("acpi", "apic", "pae", "viridian", "privnet"))
"""Features that are there or not; the others may be switched off, too."""
_FEATURES: Final = (*sorted(_PRESENT), "hap", "pvspinlock", "pmu", "vmport", "vmcoreinfo")

_KINDS: Final = (
    Kind(
        "disks",
        "disk",
        (
            Trait("device", "disk device"),
            Trait("target.bus", "disk bus"),
            Trait("target.dev", "disk"),
            Trait("serial", "disk serial"),
            Trait("wwn", "disk wwn"),
        ),
    ),
    Kind(
        "controllers",
        "controller",
        (Trait("type", "controller type"), Trait("index", "controller index"), Trait("model", "controller model")),
    ),
    Kind("filesystems", "filesystem", (Trait("target", "guest target"),)),
    Kind(
        "interfaces",
        "net card",
        (Trait("mac.address", "network card mac"), Trait("model", "network card model")),
    ),
    Kind("inputs", "input device", (Trait("type", "input device type"), Trait("bus", "input device bus"))),
    Kind("sounds", "sound card", (Trait("model", "sound card model"),)),
    Kind(
        "videos",
        "video card",
        (
            Trait("model.type", "video card model"),
            Trait("model.vram", "video card vram"),
            Trait("model.heads", "video card heads"),
        ),
    ),
    Kind("hostdevs", "host device", (Trait("mode", "host device mode"), Trait("type", "host device type"))),
    Kind("smartcards", "smartcard", (Trait("mode", "smartcard mode"),)),
    Kind("serials", "serial port", (Trait("target.type", "serial type"), Trait("target.port", "serial port"))),
    Kind("parallels", "parallel port", (Trait("target.port", "parallel port"),)),
    Kind("channels", "channel", (Trait("target.type", "channel type"), Trait("target.name", "channel name"))),
    Kind("consoles", "console", (Trait("target.type", "console type"),)),
    Kind("hubs", "hub device", (Trait("type", "hub device type"),)),
    Kind("redirdevs", "redirected devices", (Trait("bus", "redirected device bus"),)),
    Kind("rngs", "RNG device", (Trait("model", "RNG model"),)),
    Kind("panics", "panic device", (Trait("model", "panic model"),)),
    Kind("shmems", "shared memory device", (Trait("name", "shared memory name"), Trait("size", "shared memory size"))),
    Kind("tpms", "TPM device", (Trait("model", "TPM device model"),)),
    Kind("memories", "memory device", (Trait("model", "memory device model"),)),
    Kind("watchdog", "watchdog", (Trait("model", "watchdog model"),)),
    Kind("memballoon", "memory balloon", (Trait("model", "balloon model"),)),
    Kind("vsock", "vsock device", (Trait("model", "vsock model"),)),
    Kind("iommu", "IOMMU device", (Trait("model", "IOMMU device model"),)),
)


def check_stable(source: Domain, target: Domain) -> None:
    """Raise VIR_ERR_CONFIG_UNSUPPORTED, naming the difference, when a guest of `source` would notice `target`."""
    _compare(source, target, _DOMAIN)
    for name in _FEATURES:
        before, after = (_switch(document, name) for document in (source, target))
        if before != after:
            text = f"State of feature '{name}' differs: source: '{before}', destination: '{after}'"
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, text)
    for kind in _KINDS:
        _compare_devices(kind, _devices(source, kind.field), _devices(target, kind.field))


def _switch(document: Domain, name: str) -> str:
    """What a feature is switched to."""
    feature = getattr(document.features, name, None)
    if feature is None or (name in _PRESENT and not feature):
        return "default"
    return "on" if feature is not False else "off"


def _devices(document: Domain, field: str) -> list[Any]:
    found = getattr(document.devices, field, None)
    if found is None:
        return []
    return list(found) if isinstance(found, list) else [found]


def _compare_devices(kind: Kind, source: list[Any], target: list[Any]) -> None:
    if len(source) != len(target):
        raise _differs(f"domain {kind.noun} count", len(source), len(target))
    for before, after in zip(source, target, strict=True):
        _compare(before, after, kind.traits)
        if kind.field == "disks" and before.readonly != after.readonly:
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, "Target disk access mode does not match source")
        _compare_addresses(before.address, after.address)


def _compare(source: Element, target: Element, traits: Iterable[Trait]) -> None:
    for trait in traits:
        before, after = _at(source, trait.path), _at(target, trait.path)
        # What the new document leaves open is as it was.
        if after is not None and before != after:
            old, new = (trait.absent if value is None else value for value in (before, after))
            if trait.quoted:
                old, new = f"'{old}'", f"'{new}'"
            raise _differs(trait.name, old, new)


def _at(element: Element, path: str) -> object:
    found: object = element
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _compare_addresses(source: Address | None, target: Address | None) -> None:
    if source is None or target is None:
        return
    if source.type != target.type:
        raise _differs("device address type", source.type, target.type)
    if isinstance(source, PciAddress) and isinstance(target, PciAddress):
        before, after = _pci(source), _pci(target)
        if before != after:
            # libvirt's own words lack the blank.
            text = f"Target device PCI address {after}does not match source {before}"
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, text)
    if isinstance(source, DriveAddress) and isinstance(target, DriveAddress):
        old, new = (f"{item.controller or 0}:{item.bus or 0}:{item.unit or 0}" for item in (source, target))
        if old != new:
            raise _differs("device drive address", old, new)


def _pci(address: PciAddress) -> str:
    return f"{address.domain or 0:04x}:{address.bus or 0:02x}:{address.slot or 0:02x}.{address.function or 0}"


def _differs(name: str, source: object, target: object) -> ManorError:
    return _error(ErrorNumber.CONFIG_UNSUPPORTED, f"Target {name} {target} does not match source {source}")
