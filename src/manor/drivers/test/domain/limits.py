# SPDX-License-Identifier: Apache-2.0
"""Limits of the disks and the interfaces of test domains."""

from __future__ import annotations

from manor.drivers.test.domain.base import DomainBase
from manor.drivers.test.errors import CONFIG, LIVE, check_flags, domain_error, invalid_argument, test_error
from manor.errors import ErrorNumber, ManorError
from manor.records import (
    DomainRef,
    ParamValue,
    TypedParam,
    string_param,
    uint_param,
    ullong_param,
)
from manor.records.checks import STRING, UINT, ULLONG, checked
from manor.schema.common.network import Bandwidth, Inbound, Outbound
from manor.schema.disk_names import named_disk
from manor.schema.domain import Domain
from manor.schema.domain.disk import Disk, IoTune
from manor.schema.domain.interface import Interface

_BOTH = LIVE | CONFIG
_STRING_OKAY = 4  # VIR_TYPED_PARAM_STRING_OKAY
_LARGEST_LIMIT = 1000000000000000
_RATES = ("bytes_sec", "iops_sec")
_LIMITS = (
    "total_bytes_sec", "read_bytes_sec", "write_bytes_sec", "total_iops_sec", "read_iops_sec", "write_iops_sec",
    "total_bytes_sec_max", "read_bytes_sec_max", "write_bytes_sec_max", "total_iops_sec_max", "read_iops_sec_max",
    "write_iops_sec_max", "size_iops_sec",
)  # fmt: skip
_LENGTHS = (
    "total_bytes_sec_max_length", "read_bytes_sec_max_length", "write_bytes_sec_max_length",
    "total_iops_sec_max_length", "read_iops_sec_max_length", "write_iops_sec_max_length",
)  # fmt: skip
_BANDWIDTH = (
    "inbound.average", "inbound.peak", "inbound.burst", "inbound.floor", "outbound.average", "outbound.peak",
    "outbound.burst",
)  # fmt: skip


class Limits(DomainBase):
    """Typed parameters of single devices."""

    async def domain_get_block_io_tune(self, dom: DomainRef, disk: str | None, flags: int) -> list[TypedParam]:
        """virDomainGetBlockIoTune."""
        check_flags(flags, _BOTH | _STRING_OKAY, "testDomainGetBlockIoTune")
        definition = self.find(dom).one(flags)
        # Without a disk, a caller asks how many parameters there are.
        tune = (_disk(definition, disk).iotune if disk is not None else None) or IoTune()
        return [
            *(ullong_param(name, getattr(tune, name) or 0) for name in _LIMITS),
            string_param("group_name", tune.group_name or ""),
            *(ullong_param(name, getattr(tune, name) or 0) for name in _LENGTHS),
        ]

    async def domain_set_block_io_tune(self, dom: DomainRef, disk: str, params: list[TypedParam], flags: int) -> None:
        """virDomainSetBlockIoTune."""
        check_flags(flags, _BOTH, "testDomainSetBlockIoTune")
        given = checked(params, {"group_name": STRING, **dict.fromkeys((*_LIMITS, *_LENGTHS), ULLONG)})
        found = _find_disk(self.find(dom).one(flags), disk)
        if found is None:
            raise invalid_argument(f"missing persistent configuration for disk '{disk}'")
        tune = (found.iotune or IoTune()).copy()
        for name, value in given.items():
            if isinstance(value, int) and value > _LARGEST_LIMIT:
                text = f"block I/O throttle limit value must be no more than {_LARGEST_LIMIT}"
                raise test_error(ErrorNumber.ARGUMENT_UNSUPPORTED, text)
            setattr(tune, name, value or None)
        _check_tune(tune)
        found.iotune = tune

    async def domain_get_interface_parameters(self, dom: DomainRef, device: str, flags: int) -> list[TypedParam]:
        """virDomainGetInterfaceParameters."""
        check_flags(flags, _BOTH | _STRING_OKAY, "testDomainGetInterfaceParameters")
        bandwidth = interface_of(self.find(dom).one(flags), device).bandwidth
        return [uint_param(name, _rate(bandwidth, name)) for name in _BANDWIDTH]

    async def domain_set_interface_parameters(
        self, dom: DomainRef, device: str, params: list[TypedParam], flags: int
    ) -> None:
        """virDomainSetInterfaceParameters."""
        check_flags(flags, _BOTH, "testDomainSetInterfaceParameters")
        given = checked(params, dict.fromkeys(_BANDWIDTH, UINT))
        interface = interface_of(self.find(dom).one(flags), device)
        interface.bandwidth = _bandwidth(interface.bandwidth, given)


def _disk(definition: Domain, name: str) -> Disk:
    found = _find_disk(definition, name)
    if found is None:
        raise invalid_argument(f"disk '{name}' was not found in the domain config")
    return found


def _find_disk(definition: Domain, name: str) -> Disk | None:
    """The disk of a target name or of a file."""
    return named_disk(definition.devices.disks if definition.devices is not None else [], name)


def _check_tune(tune: IoTune) -> None:
    def value(name: str) -> int:
        return getattr(tune, name) or 0

    for rate in (*_RATES, *(f"{rate}_max" for rate in _RATES)):
        if value(f"total_{rate}") and (value(f"read_{rate}") or value(f"write_{rate}")):
            raise invalid_argument(f"total and read/write of {rate} cannot be set at the same time")
    for rate in _RATES:
        for name in (f"total_{rate}", f"read_{rate}", f"write_{rate}"):
            if value(name) > value(f"{name}_max"):
                raise _too_high(name)


def _too_high(name: str) -> ManorError:
    return invalid_argument(f"{name} cannot be set higher than {name}_max ")


def interface_of(definition: Domain, name: str) -> Interface:
    """The interface of a device name or a hardware address."""
    interfaces = definition.devices.interfaces if definition.devices is not None else []
    for interface in interfaces:
        mac = interface.mac.address if interface.mac is not None else None
        target = interface.target.dev if interface.target is not None else None
        if name and name in (mac, target):
            return interface
    raise domain_error(ErrorNumber.INVALID_ARG, f"'{name}' is not a known interface")


def _rate(bandwidth: Bandwidth | None, name: str) -> int:
    direction, field = name.split(".")
    rates = getattr(bandwidth, direction, None)
    return getattr(rates, field, None) or 0


def _bandwidth(known: Bandwidth | None, given: dict[str, ParamValue]) -> Bandwidth:
    """The bandwidth after a change: a direction is replaced when its average (or floor) is given, else kept."""
    new = Bandwidth(inbound=known.inbound if known else None, outbound=known.outbound if known else None)
    rates = {direction: _given(given, direction) for direction in ("inbound", "outbound")}
    if rates["inbound"].keys() & {"average", "floor"}:
        inbound = {name: value or None for name, value in rates["inbound"].items()}
        new.inbound = Inbound(**inbound) if inbound.get("average") or inbound.get("floor") else None
    if "average" in rates["outbound"]:
        outbound = {name: value or None for name, value in rates["outbound"].items()}
        new.outbound = Outbound(**outbound) if outbound["average"] else None
    return new


def _given(params: dict[str, ParamValue], direction: str) -> dict[str, int]:
    prefix = f"{direction}."
    return {name.removeprefix(prefix): int(value) for name, value in params.items() if name.startswith(prefix)}
