# SPDX-License-Identifier: Apache-2.0
"""What the guest's own agent tells and does (QEMU: qga/qapi-schema.json)."""

from __future__ import annotations

import base64
from typing import Any, Final

from manor.constants import (
    DomainAgentResponseTimeoutValues,
    DomainInterfaceAddressesSource,
    DomainSetTimeFlags,
    ErrorNumber,
    IPAddrType,
)
from manor.drivers.qemu import agent_info, vcpus
from manor.drivers.qemu.agent import COMMAND_TIMEOUT, Agent
from manor.drivers.qemu.agent_calls import require_agent
from manor.drivers.qemu.guest import Guest
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.records import (
    DomainFSInfo,
    DomainInterface,
    DomainIPAddress,
    DomainRef,
    DomainTime,
    TypedParam,
    string_param,
)

NS: Final = 1_000_000_000
MIN_AGENT_TIMEOUT: Final = int(DomainAgentResponseTimeoutValues.BLOCK)
_ADDRESS_TYPES: Final = {"ipv4": IPAddrType.IPV4, "ipv6": IPAddrType.IPV6}


class GuestOsOps(QemuDomainOps):
    """virDomainGetHostname, virDomainFSFreeze, virDomainGetGuestInfo and everything else behind the agent."""

    def _agent(self, dom: DomainRef) -> Agent:
        guest = self.guest(dom)
        return require_agent(guest, guest.require_active())

    async def _ask(self, dom: DomainRef, command: str, arguments: dict[str, Any] | None = None) -> Any:
        guest = self.guest(dom)
        agent = require_agent(guest, guest.require_active())
        return await agent.execute(command, arguments, timeout=_timeout(guest))

    async def domain_get_hostname(self, dom: DomainRef, flags: int) -> str:
        self.check_flags(flags, 3, "qemuDomainGetHostname")
        if flags & 1:
            raise error(ErrorNumber.NO_HOSTNAME, f"no hostname found for domain {self.guest(dom).name}")
        answer = await self._ask(dom, "guest-get-host-name")
        return str(answer["host-name"])

    async def domain_fstrim(self, dom: DomainRef, mount_point: str | None, minimum: int, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainFSTrim")
        if mount_point:
            raise error(ErrorNumber.ARGUMENT_UNSUPPORTED, "Specifying mount point is not supported for now")
        await self._ask(dom, "guest-fstrim", {"minimum": minimum} if minimum else None)

    async def domain_fsfreeze(self, dom: DomainRef, mountpoints: list[str], flags: int) -> int:
        self.check_flags(flags, 0, "qemuDomainFSFreeze")
        if mountpoints:
            return int(await self._ask(dom, "guest-fsfreeze-freeze-list", {"mountpoints": mountpoints}))
        return int(await self._ask(dom, "guest-fsfreeze-freeze"))

    async def domain_fsthaw(self, dom: DomainRef, mountpoints: list[str], flags: int) -> int:
        self.check_flags(flags, 0, "qemuDomainFSThaw")
        if mountpoints:
            raise error(ErrorNumber.OPERATION_INVALID, "specifying mountpoints is not supported")
        return int(await self._ask(dom, "guest-fsfreeze-thaw"))

    async def domain_get_time(self, dom: DomainRef, flags: int) -> DomainTime:
        self.check_flags(flags, 0, "qemuDomainGetTime")
        return DomainTime(*divmod(int(await self._ask(dom, "guest-get-time")), NS))

    async def domain_set_time(self, dom: DomainRef, seconds: int, nseconds: int, flags: int) -> None:
        self.check_flags(flags, DomainSetTimeFlags.SYNC, "qemuDomainSetTime")
        sync = bool(flags & DomainSetTimeFlags.SYNC)
        await self._ask(dom, "guest-set-time", None if sync else {"time": seconds * NS + nseconds})
        running = self.guest(dom).require_active()
        # The hardware clock's ticks that the guest missed must not be made up for now.
        if running.caps.has_command("rtc-reset-reinjection"):
            await running.monitor.execute("rtc-reset-reinjection")

    async def domain_get_fsinfo(self, dom: DomainRef, flags: int) -> list[DomainFSInfo]:
        self.check_flags(flags, 0, "qemuDomainGetFSInfo")
        running = self.guest(dom).require_active()
        rows = await self._ask(dom, "guest-get-fsinfo")
        return [
            DomainFSInfo(row["mountpoint"], row["name"], row["type"], agent_info.disk_targets(running, row))
            for row in sorted(rows, key=lambda row: row["mountpoint"])
        ]

    async def domain_interface_addresses(self, dom: DomainRef, source: int, flags: int) -> list[DomainInterface]:
        self.check_flags(flags, 0, "qemuDomainInterfaceAddresses")
        if source == DomainInterfaceAddressesSource.AGENT:
            rows = await self._ask(dom, "guest-network-get-interfaces")
            return [_interface(row) for row in rows]
        self.guest(dom).require_active()
        if source == DomainInterfaceAddressesSource.LEASE:
            return []
        if source == DomainInterfaceAddressesSource.ARP:
            return agent_info.arp_addresses(self.guest(dom).require_active())
        raise error(ErrorNumber.ARGUMENT_UNSUPPORTED, f"Unknown IP address data source {source}")

    async def domain_set_user_password(
        self, dom: DomainRef, user: str | None, password: str | None, flags: int
    ) -> None:
        self.check_flags(flags, 1, "qemuDomainSetUserPassword")
        encoded = base64.b64encode((password or "").encode()).decode()
        arguments = {"username": user, "password": encoded, "crypted": bool(flags & 1)}
        await self._ask(dom, "guest-set-user-password", arguments)

    async def domain_get_guest_vcpus(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, 0, "qemuDomainGetGuestVcpus")
        rows = await self._ask(dom, "guest-get-vcpus")
        numbers = [row["logical-id"] for row in rows]
        online = [row["logical-id"] for row in rows if row["online"]]
        offlinable = [row["logical-id"] for row in rows if row.get("can-offline")]
        return [
            string_param("vcpus", agent_info.ranges(numbers)),
            string_param("online", agent_info.ranges(online)),
            string_param("offlinable", agent_info.ranges(offlinable)),
        ]

    async def domain_set_guest_vcpus(self, dom: DomainRef, cpumap: str, state: int, flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainSetGuestVcpus")
        if state not in (0, 1):
            raise error(ErrorNumber.INVALID_ARG, "unsupported state value")
        wanted = sorted(vcpus.numbers(cpumap))
        rows = {row["logical-id"]: row for row in await self._ask(dom, "guest-get-vcpus")}
        for number in wanted:
            row = rows.get(number)
            if row is None:
                raise error(ErrorNumber.INVALID_ARG, f"guest is missing vCPUs '{number}'")
            if not state and not row.get("can-offline"):
                raise error(ErrorNumber.OPERATION_UNSUPPORTED, f"vCPU '{number}' is not offlinable")
        changes = [{"logical-id": number, "online": bool(state)} for number in wanted]
        await self._ask(dom, "guest-set-vcpus", {"vcpus": changes})

    async def domain_get_guest_info(self, dom: DomainRef, types: int, flags: int) -> list[TypedParam]:
        self.check_flags(flags, 0, "qemuDomainGetGuestInfo")
        guest = self.guest(dom)
        running = guest.require_active()
        agent = require_agent(guest, running)
        return await agent_info.collect(agent, running, types, _timeout(guest))

    async def domain_agent_set_response_timeout(self, dom: DomainRef, timeout: int, flags: int) -> int:
        self.check_flags(flags, 0, "qemuDomainAgentSetResponseTimeout")
        if timeout < DomainAgentResponseTimeoutValues.BLOCK:
            raise error(
                ErrorNumber.INVALID_ARG,
                f"guest agent timeout '{timeout}' is less than the minimum '{MIN_AGENT_TIMEOUT}'",
            )
        guest = self.guest(dom)
        guest.require_active().agent_timeout = timeout
        return 0

    async def domain_authorized_ssh_keys_get(self, dom: DomainRef, user: str, flags: int) -> list[str]:
        self.check_flags(flags, 0, "qemuDomainAuthorizedSSHKeysGet")
        answer = await self._ask(dom, "guest-ssh-get-authorized-keys", {"username": user})
        return list(answer["keys"])

    async def domain_authorized_ssh_keys_set(self, dom: DomainRef, user: str, keys: list[str], flags: int) -> None:
        self.check_flags(flags, 3, "qemuDomainAuthorizedSSHKeysSet")
        if flags & 2:
            await self._ask(dom, "guest-ssh-remove-authorized-keys", {"username": user, "keys": keys})
        else:
            arguments = {"username": user, "keys": keys, "reset": not flags & 1}
            await self._ask(dom, "guest-ssh-add-authorized-keys", arguments)


def _timeout(guest: Guest) -> float | None:
    """Seconds the agent has to answer, as virDomainAgentSetResponseTimeout has set it."""
    value = guest.running.agent_timeout if guest.running is not None else DomainAgentResponseTimeoutValues.BLOCK
    if value == DomainAgentResponseTimeoutValues.BLOCK:
        return None
    return COMMAND_TIMEOUT if value == DomainAgentResponseTimeoutValues.DEFAULT else float(value)


def _interface(row: dict[str, Any]) -> DomainInterface:
    addresses = [
        DomainIPAddress(_ADDRESS_TYPES[item["ip-address-type"]], item["ip-address"], item["prefix"])
        for item in row.get("ip-addresses", ())
        if item["ip-address-type"] in _ADDRESS_TYPES
    ]
    return DomainInterface(row["name"], row.get("hardware-address"), addresses)
