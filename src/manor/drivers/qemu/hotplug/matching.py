# SPDX-License-Identifier: Apache-2.0
"""Which device of a document a client's XML means, and libvirt's words when there is none.

Most kinds are found by what the XML says of them: everything it gives must be so, what it leaves out may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from manor.constants import ErrorNumber
from manor.drivers.qemu.documents import devices_of
from manor.errors import ErrorDomain, reporter
from manor.schema.common.address import Device, PciAddress
from manor.schema.core import Element, schema_of
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Channel, Chardev, Console, Parallel, RedirDev, Serial
from manor.schema.domain.controller import Controller
from manor.schema.domain.devices import Devices, Input, MemoryDevice, Rng, Vsock, Watchdog
from manor.schema.domain.disk import Disk
from manor.schema.domain.filesystem import Filesystem, Lease, Shmem
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain.interface import Interface
from manor.schema.domain.sound import Sound

_error = reporter(ErrorDomain.QEMU)

_NO_DEVICE: Final = "device not present in domain configuration"


def find(document: Domain, wanted: Element, *, live: bool) -> Any:
    """The device of `document` that `wanted` means.

    Raises VIR_ERR_DEVICE_MISSING, and for some kinds what else libvirt raises, when there is none; VIR_ERR_OPERATION_*
    when there are several.
    """
    if isinstance(wanted, Interface):
        return find_interface(document, wanted)
    if isinstance(wanted, Watchdog):
        return _watchdog(document, wanted, live=live)
    same = _SAME.get(type(wanted), covers)
    for device in of_kind(document, type(wanted)):
        if same(device, wanted):
            return device
    missing = _MISSING[type(wanted)]
    code, words = (missing.live_code, missing.live) if live else (missing.config_code, missing.config)
    raise _error(code, words(wanted))


def by_alias(document: Domain, alias: str) -> Device:
    """The device with an alias; VIR_ERR_INTERNAL_ERROR when there is none."""
    for device in devices_of(document).walk(Device):
        if device.alias is not None and device.alias.name == alias:
            return device
    raise reporter(ErrorDomain.DOMAIN)(ErrorNumber.INTERNAL_ERROR, f"no device found with alias {alias}")


def of_kind(document: Domain, kind: type[Element]) -> list[Any]:
    """All devices of a kind."""
    devices = devices_of(document)
    for field in schema_of(Devices).fields:
        if kind in field.types:
            value = getattr(devices, field.name)
            if isinstance(value, list):
                return list(value)
            return [] if value is None else [value]
    return []


def replace(document: Domain, old: Element, new: Element) -> None:
    """Put `new` where `old` is in the document."""
    devices = devices_of(document)
    for field in schema_of(Devices).fields:
        value = getattr(devices, field.name)
        if value is old:
            setattr(devices, field.name, new)
        elif isinstance(value, list):
            setattr(devices, field.name, [new if item is old else item for item in value])


def remove(document: Domain, device: Element) -> None:
    """Take this very device out of the document."""
    devices = devices_of(document)
    for field in schema_of(Devices).fields:
        value = getattr(devices, field.name)
        if value is device:
            setattr(devices, field.name, None)
        elif isinstance(value, list) and any(item is device for item in value):
            setattr(devices, field.name, [item for item in value if item is not device])


def covers(device: Any, wanted: Any) -> bool:
    """Whether everything `wanted` says is so of `device`."""
    if isinstance(wanted, Element):
        return type(device) is type(wanted) and all(
            covers(getattr(device, field.name), getattr(wanted, field.name)) for field in schema_of(type(wanted)).fields
        )
    if isinstance(wanted, list):
        return not wanted or (
            len(device) == len(wanted) and all(covers(*pair) for pair in zip(device, wanted, strict=True))
        )
    return wanted is None or wanted is False or device == wanted


def same_chardev(device: Device, wanted: Chardev) -> bool:
    """Whether two character devices are the same port: the same end on the host and in the guest."""
    if type(device) is not type(wanted) or not isinstance(device, Chardev) or device.type != wanted.type:
        return False
    if not covers(device.sources, wanted.sources) and wanted.type != "pty":
        return False
    if wanted.alias is not None and not covers(device.alias, wanted.alias):
        return False
    return covers(getattr(device, "target", None), getattr(wanted, "target", None))


def find_interface(document: Domain, wanted: Interface) -> Interface:
    """The interface of a hardware address, a place and an alias, as far as they are given."""
    mac = wanted.mac.address if wanted.mac is not None else None
    address = wanted.address if isinstance(wanted.address, PciAddress) else None
    alias = wanted.alias.name if wanted.alias is not None else None
    found = [
        nic
        for nic in devices_of(document).interfaces
        if (mac is None or (nic.mac is not None and (nic.mac.address or "").lower() == mac.lower()))
        and (address is None or nic.address is None or covers(nic.address, address))
        and (alias is None or nic.alias is None or nic.alias.name == alias)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        text = f"multiple devices matching MAC address {mac} found" if mac else "multiple matching devices found"
        raise _error(ErrorNumber.OPERATION_FAILED, text)
    place = _place(address) if address is not None else None
    raise _error(
        ErrorNumber.DEVICE_MISSING,
        f"no device found at address '{place or '(<null>)'}' matching MAC address '{mac or '(<null>)'}' "
        f"and alias '{alias or '(<null>)'}'",
    )


def _place(address: PciAddress) -> str:
    return f"{address.domain or 0:04x}:{address.bus or 0:02x}:{address.slot or 0:02x}.{address.function or 0:x}"


def _watchdog(document: Domain, wanted: Watchdog, *, live: bool) -> Watchdog:
    watchdog = devices_of(document).watchdog
    if watchdog is None:
        text = f"watchdog {_NO_DEVICE}" if live else "domain has no watchdog"
        raise _error(ErrorNumber.DEVICE_MISSING, text)
    # The definition can only have one, so libvirt does not look which one is meant.
    if live and not covers(watchdog, wanted):
        raise _error(ErrorNumber.DEVICE_MISSING, f"model '{watchdog.model}' watchdog {_NO_DEVICE}")
    return watchdog


def _same_target(device: Disk, wanted: Disk) -> bool:
    return device.target is not None and wanted.target is not None and device.target.dev == wanted.target.dev


def _same_controller(device: Controller, wanted: Controller) -> bool:
    return device.type == wanted.type and (device.index or 0) == (wanted.index or 0)


def _same_mount(device: Filesystem, wanted: Filesystem) -> bool:
    return device.target == wanted.target


def _same_port(device: Device, wanted: Chardev) -> bool:
    """A socket's path must be given as it is: one that was chosen at start is no path left out."""
    if isinstance(device, Chardev) and wanted.type == "unix":
        known, given = ([source.path for source in item.sources] for item in (device, wanted))
        if known != (given or [None] * len(known)):
            return False
    return same_chardev(device, wanted)


_SAME: Final[Mapping[type[Element], Callable[[Any, Any], bool]]] = {
    Disk: _same_target,
    Controller: _same_controller,
    Filesystem: _same_mount,
    Serial: _same_port,
    Parallel: _same_port,
    Channel: _same_port,
    Console: _same_port,
}


class _Missing(NamedTuple):
    """Code and words for a device that is not there, running and defined."""

    live_code: ErrorNumber
    live: Callable[[Any], str]
    config_code: ErrorNumber
    config: Callable[[Any], str]


def _missing(
    live: str | Callable[[Any], str],
    config: str | Callable[[Any], str] = _NO_DEVICE,
    *,
    live_code: ErrorNumber = ErrorNumber.DEVICE_MISSING,
    config_code: ErrorNumber = ErrorNumber.DEVICE_MISSING,
) -> _Missing:
    return _Missing(live_code, _words(live), config_code, _words(config))


def _words(text: str | Callable[[Any], str]) -> Callable[[Any], str]:
    if callable(text):
        return text
    fixed = text
    return lambda _wanted: fixed


_CHARDEV: Final = _missing(
    lambda wanted: f"chr type '{wanted.__schema__.tag}' {_NO_DEVICE}", config_code=ErrorNumber.INVALID_ARG
)
_REDIRDEV: Final = "no matching redirdev was not found"
_VSOCK: Final = "matching vsock device not found"
_INPUT: Final = "matching input device not found"

_MISSING: Final[Mapping[type[Element], _Missing]] = {
    Disk: _missing(
        lambda disk: f"disk {disk.target_name} not found", lambda disk: f"no target device {disk.target_name}"
    ),
    Controller: _missing(lambda wanted: f"controller {wanted.type}:{wanted.index or 0} not found"),
    Serial: _CHARDEV,
    Parallel: _CHARDEV,
    Channel: _CHARDEV,
    Console: _CHARDEV,
    Rng: _missing(
        lambda wanted: f"model '{wanted.backend.model if wanted.backend else None}' RNG {_NO_DEVICE}",
        "no matching RNG device was found",
    ),
    Input: _missing(_INPUT, _INPUT),
    Shmem: _missing(
        lambda wanted: f"model '{wanted.model or 'ivshmem'}' shmem {_NO_DEVICE}", "matching shmem device was not found"
    ),
    RedirDev: _missing(_REDIRDEV, _REDIRDEV, live_code=ErrorNumber.OPERATION_INVALID),
    Vsock: _missing(_VSOCK, _VSOCK, config_code=ErrorNumber.OPERATION_FAILED),
    MemoryDevice: _missing(
        lambda wanted: f"model '{wanted.model}' memory device not present in the domain configuration",
        "matching memory device was not found",
    ),
    Filesystem: _missing("matching filesystem not found", "no matching filesystem device was found"),
    Sound: _missing(_NO_DEVICE),
    Hostdev: _missing(_NO_DEVICE),
    Lease: _missing(
        _NO_DEVICE,
        lambda wanted: f"Lease {wanted.key} in lockspace {wanted.lockspace or '(null)'} does not exist",
        config_code=ErrorNumber.INVALID_ARG,
    ),
}

KINDS: Final[Iterable[type[Element]]] = (Interface, Watchdog, *_MISSING)
"""What can be found here at all, and so taken out of a definition."""
