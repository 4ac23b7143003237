# SPDX-License-Identifier: Apache-2.0
"""What virDomainGetGuestInfo and its relatives make of the agent's answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from manor.constants import DomainGuestInfoTypes as Info
from manor.constants import IPAddrType
from manor.drivers.qemu.agent import Agent, AgentError
from manor.drivers.qemu.documents import devices_of
from manor.drivers.qemu.guest import Running
from manor.records import (
    DomainInterface,
    DomainIPAddress,
    TypedParam,
    bool_param,
    int_param,
    string_param,
    uint_param,
    ullong_param,
)
from manor.schema.common.address import DriveAddress, PciAddress
from manor.schema.core import Bitmap

US_PER_MS: Final = 1000

Ask = Callable[[str], Awaitable[Any]]


async def collect(agent: Agent, running: Running, types: int, timeout: float | None) -> list[TypedParam]:
    """The groups asked for; with none asked for, all that this agent knows.

    Raises the agent's error when a group that was asked for by name is refused.
    """

    async def ask(command: str) -> Any:
        return await agent.execute(command, timeout=timeout)

    params: list[TypedParam] = []
    for kind, source in _SOURCES.items():
        if types and not types & kind:
            continue
        try:
            params += await source(ask, running)
        except AgentError:
            if types & kind:
                raise
    return params


async def _users(ask: Ask, _running: Running) -> list[TypedParam]:
    rows = await ask("guest-get-users")
    params = [uint_param("user.count", len(rows))]
    for number, row in enumerate(rows):
        params.append(string_param(f"user.{number}.name", row["user"]))
        if row.get("domain"):
            params.append(string_param(f"user.{number}.domain", row["domain"]))
        params.append(ullong_param(f"user.{number}.login-time", int(row["login-time"] * US_PER_MS)))
    return params


_OS_FIELDS: Final = (
    ("id", "os.id"),
    ("name", "os.name"),
    ("pretty-name", "os.pretty-name"),
    ("version", "os.version"),
    ("version-id", "os.version-id"),
    ("machine", "os.machine"),
    ("variant", "os.variant"),
    ("variant-id", "os.variant-id"),
    ("kernel-release", "os.kernel-release"),
    ("kernel-version", "os.kernel-version"),
)


async def _os(ask: Ask, _running: Running) -> list[TypedParam]:
    answer = await ask("guest-get-osinfo")
    return [string_param(name, answer[key]) for key, name in _OS_FIELDS if key in answer]


async def _timezone(ask: Ask, _running: Running) -> list[TypedParam]:
    answer = await ask("guest-get-timezone")
    params = [string_param("timezone.name", answer["zone"])] if "zone" in answer else []
    return [*params, int_param("timezone.offset", answer["offset"])]


async def _hostname(ask: Ask, _running: Running) -> list[TypedParam]:
    return [string_param("hostname", (await ask("guest-get-host-name"))["host-name"])]


async def _filesystems(ask: Ask, running: Running) -> list[TypedParam]:
    rows = await ask("guest-get-fsinfo")
    if not rows:
        return []
    params = [uint_param("fs.count", len(rows))]
    for number, row in enumerate(rows):
        prefix = f"fs.{number}"
        params += [
            string_param(f"{prefix}.name", row["name"]),
            string_param(f"{prefix}.mountpoint", row["mountpoint"]),
            string_param(f"{prefix}.fstype", row["type"]),
        ]
        for key, name in (("total-bytes", "total-bytes"), ("used-bytes", "used-bytes")):
            if key in row:
                params.append(ullong_param(f"{prefix}.{name}", row[key]))
        disks = row.get("disk", [])
        params.append(uint_param(f"{prefix}.disk.count", len(disks)))
        for position, (disk, target) in enumerate(zip(disks, disk_targets(running, row), strict=False)):
            params.append(string_param(f"{prefix}.disk.{position}.alias", target))
            for key in ("serial", "dev"):
                if disk.get(key):
                    params.append(
                        string_param(f"{prefix}.disk.{position}.{'device' if key == 'dev' else key}", disk[key])
                    )
    return params


async def _disks(ask: Ask, running: Running) -> list[TypedParam]:
    rows = await ask("guest-get-disks")
    if not rows:
        return []
    params = [uint_param("disk.count", len(rows))]
    for number, row in enumerate(rows):
        prefix = f"disk.{number}"
        params += [
            string_param(f"{prefix}.name", row["name"]),
            bool_param(f"{prefix}.partition", bool(row["partition"])),
        ]
        dependencies = row.get("dependencies", [])
        if dependencies:
            params.append(uint_param(f"{prefix}.dependency.count", len(dependencies)))
            params += [
                string_param(f"{prefix}.dependency.{position}.name", name) for position, name in enumerate(dependencies)
            ]
        address = row.get("address")
        if address:
            if address.get("serial"):
                params.append(string_param(f"{prefix}.serial", address["serial"]))
            target = disk_target(running, address)
            if target is not None:
                params.append(string_param(f"{prefix}.alias", target))
        if row.get("alias"):
            params.append(string_param(f"{prefix}.guest_alias", row["alias"]))
    return params


async def _interfaces(ask: Ask, _running: Running) -> list[TypedParam]:
    rows = await ask("guest-network-get-interfaces")
    params = [uint_param("if.count", len(rows))]
    for number, row in enumerate(rows):
        params.append(string_param(f"if.{number}.name", row["name"]))
        if row.get("hardware-address"):
            params.append(string_param(f"if.{number}.hwaddr", row["hardware-address"]))
        addresses = row.get("ip-addresses", [])
        params.append(uint_param(f"if.{number}.addr.count", len(addresses)))
        for position, item in enumerate(addresses):
            prefix = f"if.{number}.addr.{position}"
            params += [
                string_param(f"{prefix}.type", item["ip-address-type"]),
                string_param(f"{prefix}.addr", item["ip-address"]),
                uint_param(f"{prefix}.prefix", item["prefix"]),
            ]
    return params


Source = Callable[[Ask, Running], Awaitable[list[TypedParam]]]

_SOURCES: Final[dict[Info, Source]] = {
    Info.USERS: _users,
    Info.OS: _os,
    Info.TIMEZONE: _timezone,
    Info.HOSTNAME: _hostname,
    Info.FILESYSTEM: _filesystems,
    Info.DISKS: _disks,
    Info.INTERFACES: _interfaces,
}


def disk_targets(running: Running, filesystem: dict[str, Any]) -> list[str]:
    """The targets (vda) of the disks a file system of the guest is on."""
    targets = (disk_target(running, disk) for disk in filesystem.get("disk", ()))
    return [target for target in targets if target is not None]


def disk_target(running: Running, address: dict[str, Any]) -> str | None:
    """The target of the disk at an address as the agent gives it: its controller's PCI place, bus, target and unit."""
    place = address.get("pci-controller", {})
    for disk in devices_of(running.document).disks:
        name = disk.target.dev if disk.target is not None else None
        if name is not None and _is_at(running, disk.address, place, address):
            return name
    return None


def _is_at(running: Running, address: object, place: dict[str, int], wanted: dict[str, Any]) -> bool:
    if isinstance(address, PciAddress):
        return _same_place(address, place)
    if not isinstance(address, DriveAddress):
        return False
    parts = (address.bus or 0, address.target or 0, address.unit or 0)
    if parts != (wanted.get("bus"), wanted.get("target"), wanted.get("unit")):
        return False
    return any(
        (controller.index or 0) == (address.controller or 0)
        and isinstance(controller.address, PciAddress)
        and _same_place(controller.address, place)
        for controller in devices_of(running.document).controllers
    )


def _same_place(address: PciAddress, place: dict[str, int]) -> bool:
    return (address.domain or 0, address.bus or 0, address.slot or 0, address.function or 0) == (
        place.get("domain", -1),
        place.get("bus", -1),
        place.get("slot", -1),
        place.get("function", -1),
    )


def arp_addresses(running: Running) -> list[DomainInterface]:
    """Addresses of the guest's cards in the host's neighbour table."""
    neighbours: dict[str, list[str]] = {}
    for line in Path("/proc/net/arp").read_text().splitlines()[1:]:
        address, _kind, flags, mac = line.split()[:4]
        if flags != "0x0":
            neighbours.setdefault(mac.lower(), []).append(address)
    found = []
    for nic in devices_of(running.document).interfaces:
        mac = (nic.mac.address if nic.mac is not None else None) or ""
        known = neighbours.get(mac.lower(), [])
        if known and nic.target is not None:
            addresses = [DomainIPAddress(IPAddrType.IPV4, address, 0) for address in known]
            found.append(DomainInterface(nic.target.dev or "", mac, addresses))
    return found


def ranges(numbers: list[int]) -> str:
    """A set of CPU numbers as libvirt writes it: 0-3,8."""
    return str(Bitmap(numbers))
