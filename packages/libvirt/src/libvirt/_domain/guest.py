# SPDX-License-Identifier: Apache-2.0
"""virDomain: what the guest agent and the guest's network know."""

from __future__ import annotations

import operator
from typing import Any

from libvirt._api import Int32, UInt32, api
from libvirt._domain.base import DomainBase
from libvirt._values import Params, params_dict
from manor.constants import DomainSetTimeFlags
from manor.records import DomainInterface


def _addresses(interface: DomainInterface) -> dict[str, Any]:
    addresses = [{"addr": one.addr, "prefix": one.prefix, "type": int(one.type)} for one in interface.addrs]
    return {"addrs": addresses or None, "hwaddr": interface.hwaddr}


class DomainGuest(DomainBase):
    """Inside the guest."""

    @api("virDomainGetHostname")
    def hostname(self, flags: UInt32 = 0) -> str:
        """The name the guest gave itself."""
        name: str = self._get("domain_get_hostname", flags)
        return name

    @api("virDomainGetGuestInfo")
    def guestInfo(self, types: UInt32 = 0, flags: UInt32 = 0) -> Params:
        """What the guest agent tells of users, system, file systems and so on (VIR_DOMAIN_GUEST_INFO_*)."""
        return params_dict(self._get("domain_get_guest_info", types, flags))

    @api("virDomainInterfaceAddresses")
    def interfaceAddresses(self, source: UInt32, flags: UInt32 = 0) -> dict[str, dict[str, Any]]:
        """The guest's network interfaces and addresses, from a VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_*."""
        found = self._get("domain_interface_addresses", source, flags)
        return {interface.name: _addresses(interface) for interface in found}

    @api("virDomainGetFSInfo")
    def fsInfo(self, flags: UInt32 = 0) -> list[tuple[str, str, str, list[str]]]:
        """Mount point, name, type and disks of each mounted file system."""
        found = self._get("domain_get_fsinfo", flags)
        return [(one.mountpoint, one.name, one.fstype, list(one.dev_aliases)) for one in found]

    @api("virDomainFSTrim")
    def fSTrim(self, mountPoint: str | None, minimum: int, flags: UInt32 = 0) -> int:
        """Have the guest give unused blocks of at least `minimum` bytes back."""
        return self._do("domain_fstrim", mountPoint, minimum, flags)

    @api("virDomainFSFreeze")
    def fsFreeze(self, mountpoints: list[str] | None = None, flags: UInt32 = 0) -> int:
        """Have the guest stop writing to file systems; returns how many there are."""
        return int(self._get("domain_fsfreeze", list(mountpoints or ()), flags))

    @api("virDomainFSThaw")
    def fsThaw(self, mountpoints: list[str] | None = None, flags: UInt32 = 0) -> int:
        """Let the guest write again; returns to how many file systems."""
        return int(self._get("domain_fsthaw", list(mountpoints or ()), flags))

    @api("virDomainGetTime")
    def getTime(self, flags: UInt32 = 0) -> dict[str, int]:
        """The guest's clock, seconds and nanoseconds since the epoch."""
        now = self._get("domain_get_time", flags)
        return {"seconds": now.seconds, "nseconds": now.nseconds}

    @api("virDomainSetTime")
    def setTime(self, time: dict[str, int] | None = None, flags: UInt32 = 0) -> int:
        """Set the guest's clock, or with VIR_DOMAIN_TIME_SYNC have it read its hardware clock."""
        if time is None and flags & DomainSetTimeFlags.SYNC:
            time = {"seconds": 0}
        if not isinstance(time, dict):
            raise TypeError("time must be a dictionary or None with flags set")
        if "seconds" not in time:
            raise LookupError("Dictionary must contains 'seconds'")
        if time.keys() - {"seconds", "nseconds"}:
            raise LookupError("Dictionary contains unknown key")
        seconds, nanoseconds = operator.index(time["seconds"]), operator.index(time.get("nseconds", 0))
        return self._do("domain_set_time", seconds, nanoseconds, flags)

    @api("virDomainSetUserPassword")
    def setUserPassword(self, user: str, password: str, flags: UInt32 = 0) -> int:
        """Set the password of a user of the guest."""
        return self._do("domain_set_user_password", user, password, flags)

    @api("virDomainGetGuestVcpus")
    def guestVcpus(self, flags: UInt32 = 0) -> Params:
        """Which virtual CPUs the guest uses and can switch off."""
        return params_dict(self._get("domain_get_guest_vcpus", flags))

    @api("virDomainSetGuestVcpus")
    def setGuestVcpus(self, cpumap: str, state: Int32, flags: UInt32 = 0) -> int:
        """Have the guest switch virtual CPUs (a list such as "0-2,4") on or off."""
        return self._do("domain_set_guest_vcpus", cpumap, state, flags)

    @api("virDomainAgentSetResponseTimeout")
    def agentSetResponseTimeout(self, timeout: Int32, flags: UInt32 = 0) -> int:
        """How many seconds to wait for the guest agent."""
        self._get("domain_agent_set_response_timeout", timeout, flags)
        return 0

    @api("virDomainAuthorizedSSHKeysGet")
    def authorizedSSHKeysGet(self, user: str, flags: UInt32 = 0) -> list[str]:
        """The SSH keys that may log in as a user of the guest."""
        return list(self._get("domain_authorized_ssh_keys_get", user, flags))

    @api("virDomainAuthorizedSSHKeysSet")
    def authorizedSSHKeysSet(self, user: str, keys: list[str] | None = None, flags: UInt32 = 0) -> int:
        """Set, add or remove the SSH keys of a user of the guest."""
        return self._do("domain_authorized_ssh_keys_set", user, list(keys or ()), flags)
