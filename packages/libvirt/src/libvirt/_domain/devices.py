# SPDX-License-Identifier: Apache-2.0
"""virDomain: attaching and changing devices, console, channels, graphics, passed descriptors."""

from __future__ import annotations

import os
import stat

from libvirt._api import Int32, UInt32, api
from libvirt._domain.base import DomainBase
from libvirt._stream import call_with_stream, virStream
from libvirt._values import GivenParams, typed_params
from manor.constants import DomainAnnounceInterfaceField, TypedParameterType
from manor.errors import ErrorDomain, reporter

_error = reporter(ErrorDomain.DOMAIN)

_ANNOUNCE_KINDS = dict.fromkeys(map(str, DomainAnnounceInterfaceField), TypedParameterType.UINT)


class DomainDevices(DomainBase):
    """Devices and ways in."""

    @api("virDomainAttachDevice")
    def attachDevice(self, xml: str) -> int:
        """Add a device to the running domain."""
        return self._do("domain_attach_device", xml)

    @api("virDomainAttachDeviceFlags")
    def attachDeviceFlags(self, xml: str, flags: UInt32 = 0) -> int:
        """Add a device to the running domain, its definition or both (VIR_DOMAIN_AFFECT_*)."""
        return self._do("domain_attach_device_flags", xml, flags)

    @api("virDomainDetachDevice")
    def detachDevice(self, xml: str) -> int:
        """Remove a device from the running domain."""
        return self._do("domain_detach_device", xml)

    @api("virDomainDetachDeviceFlags")
    def detachDeviceFlags(self, xml: str, flags: UInt32 = 0) -> int:
        """Remove a device from the running domain, its definition or both."""
        return self._do("domain_detach_device_flags", xml, flags)

    @api("virDomainDetachDeviceAlias")
    def detachDeviceAlias(self, alias: str, flags: UInt32 = 0) -> int:
        """Remove the device of an alias."""
        return self._do("domain_detach_device_alias", alias, flags)

    @api("virDomainUpdateDeviceFlags")
    def updateDeviceFlags(self, xml: str, flags: UInt32 = 0) -> int:
        """Change a device, for example the medium of a CD-ROM."""
        return self._do("domain_update_device_flags", xml, flags)

    @api("virDomainAnnounceInterface")
    def announceInterface(self, device: str | None, params: GivenParams, flags: UInt32 = 0) -> int:
        """Have the guest's network interfaces announce themselves, one or all."""
        return self._do("domain_announce_interface", device, typed_params(params, _ANNOUNCE_KINDS), flags)

    @api("virDomainOpenConsole")
    def openConsole(self, dev_name: str | None, st: virStream, flags: UInt32 = 0) -> int:
        """Connect a stream to a console or serial port, the first one without a name."""
        call_with_stream(self, "virDomainOpenConsole", st, "domain_open_console", dev_name, flags)
        return 0

    @api("virDomainOpenChannel")
    def openChannel(self, name: str | None, st: virStream, flags: UInt32 = 0) -> int:
        """Connect a stream to a channel, the first one without a name."""
        call_with_stream(self, "virDomainOpenChannel", st, "domain_open_channel", name, flags)
        return 0

    @api("virDomainScreenshot")
    def screenshot(self, stream: virStream, screen: UInt32, flags: UInt32 = 0) -> str | None:
        """Have a picture of a screen sent on a stream; returns its MIME type."""
        mime: str | None = call_with_stream(self, "virDomainScreenshot", stream, "domain_screenshot", screen, flags)
        return mime

    @api("virDomainOpenGraphics")
    def openGraphics(self, idx: UInt32, fd: Int32, flags: UInt32 = 0) -> int:
        """Connect a socket to the domain's graphics display."""
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            function = "virDomainOpenGraphics"
            raise _error.argument(f"fd {fd} must be a socket", function, "fd")
        return self._do("domain_open_graphics", idx, flags, [fd])

    @api("virDomainOpenGraphicsFD")
    def openGraphicsFD(self, idx: UInt32, flags: UInt32 = 0) -> int:
        """A new socket, connected to the domain's graphics display."""
        return int(self._get("domain_open_graphics_fd", idx, flags))

    @api("virDomainGraphicsReload")
    def graphicsReload(self, type: UInt32, flags: UInt32 = 0) -> int:
        """Have the graphics display read its certificates again."""
        return self._do("domain_graphics_reload", type, flags)

    @api("virDomainFDAssociate")
    def FDAssociate(self, name: str, files: list[int], flags: UInt32 = 0) -> int:
        """Give the domain descriptors for a disk source that names this group of them."""
        return self._do("domain_fd_associate", name, flags, files)
