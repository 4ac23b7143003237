# SPDX-License-Identifier: Apache-2.0
"""What a guest agent would answer in test domains."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

from manor.constants import DomainInterfaceAddressesSource, DomainState, IPAddrType
from manor.drivers.test.domain.base import DomainBase
from manor.drivers.test.errors import check_flags, invalid_argument, not_valid, test_error
from manor.drivers.test.guest import Guest
from manor.errors import ErrorNumber
from manor.records import DomainFSInfo, DomainInterface, DomainIPAddress, DomainRef, DomainTime
from manor.schema.domain.interface import Interface, NetworkInterfaceSource

_SOURCES = frozenset(DomainInterfaceAddressesSource)
_ADDRESSES_PER_GUEST = 20
_ENCRYPTED = 1  # VIR_DOMAIN_PASSWORD_ENCRYPTED
_SYNC = 1  # VIR_DOMAIN_TIME_SYNC


class Agent(DomainBase):
    """Hostname, clock, file systems, addresses, passwords."""

    async def domain_get_hostname(self, dom: DomainRef, flags: int) -> str:
        """virDomainGetHostname."""
        check_flags(flags, 0, "testDomainGetHostname")
        return f"{self.find_active(dom).name}host"

    async def domain_get_time(self, dom: DomainRef, flags: int) -> DomainTime:
        """virDomainGetTime."""
        check_flags(flags, 0, "testDomainGetTime")
        guest = self._running(dom)
        return DomainTime(guest.seconds, guest.nanoseconds)

    async def domain_set_time(self, dom: DomainRef, seconds: int, nseconds: int, flags: int) -> None:
        """virDomainSetTime."""
        check_flags(flags, _SYNC, "testDomainSetTime")
        self.find_active(dom)
        guest = self._running(dom)
        guest.seconds, guest.nanoseconds = seconds, nseconds

    def _running(self, dom: DomainRef) -> Guest:
        guest = self.find(dom)
        if guest.state != DomainState.RUNNING:
            raise not_valid("domain is not running")
        return guest

    async def domain_set_user_password(
        self, dom: DomainRef, user: str | None, password: str | None, flags: int
    ) -> None:
        """virDomainSetUserPassword: nothing comes of it."""
        check_flags(flags, _ENCRYPTED, "testDomainSetUserPassword")
        self.find_active(dom)

    # -- file systems ------------------------------------------------------------------------------------

    async def domain_get_fsinfo(self, dom: DomainRef, flags: int) -> list[DomainFSInfo]:
        """virDomainGetFSInfo: two file systems on the first disk."""
        check_flags(flags, 0, "testDomainGetFSInfo")
        guest = self.find_active(dom)
        disks = guest.definition.devices.disks if guest.definition.devices is not None else []
        disk = next((disk for disk in disks if disk.device == "disk"), None)
        if disk is None:
            return []
        name = disk.target_name
        places = enumerate(("/", "/boot"), 1)
        return [DomainFSInfo(place, f"{name}{number}", "ext4", [name]) for number, place in places]

    async def domain_fsfreeze(self, dom: DomainRef, mountpoints: list[str], flags: int) -> int:
        """virDomainFSFreeze."""
        check_flags(flags, 0, "testDomainFSFreeze")
        return self._set_frozen(dom, mountpoints, frozen=True)

    async def domain_fsthaw(self, dom: DomainRef, mountpoints: list[str], flags: int) -> int:
        """virDomainFSThaw."""
        check_flags(flags, 0, "testDomainFSThaw")
        return self._set_frozen(dom, mountpoints, frozen=False)

    def _set_frozen(self, dom: DomainRef, mountpoints: list[str], *, frozen: bool) -> int:
        guest = self.find_active(dom)
        changed = 0
        for mountpoint in mountpoints or list(guest.frozen):
            if mountpoint not in guest.frozen:
                raise not_valid(f"mount point not found: {mountpoint}")
            changed += guest.frozen[mountpoint] is not frozen
            guest.frozen[mountpoint] = frozen
        return changed

    async def domain_fstrim(self, dom: DomainRef, mount_point: str | None, minimum: int, flags: int) -> None:
        """virDomainFSTrim."""
        check_flags(flags, 0, "testDomainFSTrim")
        guest = self.find_active(dom)
        if mount_point and mount_point not in guest.frozen:
            raise not_valid(f"mount point not found: {mount_point}")

    # -- addresses ---------------------------------------------------------------------------------------

    async def domain_interface_addresses(self, dom: DomainRef, source: int, flags: int) -> list[DomainInterface]:
        """virDomainInterfaceAddresses: addresses counted up from that of the network."""
        check_flags(flags, 0, "testDomainInterfaceAddresses")
        if source not in _SOURCES:
            raise test_error(ErrorNumber.ARGUMENT_UNSUPPORTED, f"Unknown IP address data source {source}")
        guest = self.find_active(dom)
        interfaces = guest.definition.devices.interfaces if guest.definition.devices is not None else []
        return [self._address(guest, interface, number) for number, interface in enumerate(interfaces)]

    def _address(self, guest: Guest, interface: Interface, number: int) -> DomainInterface:
        address, prefix = ip_address("192.168.0.1") + number, 24
        if isinstance(interface.source, NetworkInterfaceSource):
            first, prefix = self._first_address(interface.source.network or "")
            address = ip_address(first) + _ADDRESSES_PER_GUEST * (guest.id - 1) + number + 1
        kind = IPAddrType.IPV4 if address.version == 4 else IPAddrType.IPV6  # the versions' names
        name = interface.target.dev if interface.target is not None else None
        mac = interface.mac.address if interface.mac is not None else None
        return DomainInterface(name or "", mac, [DomainIPAddress(int(kind), str(address), prefix)])

    def _first_address(self, name: str) -> tuple[str, int]:
        network = self.node.networks.by_name(name)
        if network is None:
            raise test_error(ErrorNumber.NO_NETWORK, f"no network with matching name '{name}'")
        for entry in network.document.ips:
            if entry.address is not None and (entry.dhcp is None or entry.dhcp.ranges):
                start = entry.dhcp.ranges[0].start if entry.dhcp is not None else entry.address
                mask = entry.prefix if entry.prefix is not None else entry.netmask
                return str(start or entry.address), ip_interface(f"{entry.address}/{mask}").network.prefixlen
        raise invalid_argument(f"no address in network '{name}'")
