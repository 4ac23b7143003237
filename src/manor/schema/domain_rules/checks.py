# SPDX-License-Identifier: Apache-2.0
"""What no driver takes: parts of a domain document that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import Device, PciAddress
from manor.schema.common.encryption import Encryption
from manor.schema.domain import Domain
from manor.schema.domain.chardev import Chardev
from manor.schema.domain.graphics import Graphics
from manor.schema.domain.hostdev import Hostdev
from manor.schema.domain_rules.basics import detail, devices_of, internal, unsupported, xml_error

_plain_error = reporter(ErrorDomain.NONE)

_LAST_BUS, _LAST_SLOT, _LAST_FUNCTION = 0xFF, 0x1F, 7
_LOADPARM: Final = re.compile(r"[a-zA-Z0-9. ]*\Z")
_LONGEST_LOADPARM = 8


def check_firmware(domain: Domain) -> None:
    """Loader and NVRAM have to fit."""
    os = domain.os
    if os is None or os.loader is None:
        return
    loader, nvram = os.loader, os.nvram
    if os.firmware_type is None and not loader.value and loader.type != "none":
        raise detail("no loader path specified and firmware auto selection disabled")
    if loader.stateless and nvram is not None and nvram.template:
        raise detail("NVRAM template is not permitted when loader is stateless")
    if loader.type != "pflash" and (nvram is not None or loader.stateless is False) and loader.value:
        raise detail("Only pflash loader type permits NVRAM")


def check_boot(domain: Domain) -> None:
    """Boot devices are ordered in one way only."""
    orders: set[int] = set()
    for device in devices_of(domain).walk(Device):
        boot = device.boot
        if boot is None:
            continue
        _check_loadparm(boot.loadparm)
        if boot.order is None:
            continue
        if domain.os is not None and domain.os.boots:
            raise unsupported("per-device boot elements cannot be used together with os/boot elements")
        if boot.order in orders:
            raise unsupported(f"boot order '{boot.order}' used for more than one device")
        orders.add(boot.order)


def _check_loadparm(value: str | None) -> None:
    if value is None:
        return
    value = value.upper()
    if not 1 <= len(value) <= _LONGEST_LOADPARM:
        raise internal(f"loadparm value '{value}' must be between 1 and 8 characters")
    if _LOADPARM.match(value) is None:
        text = f"invalid loadparm value '{value}', expecting chars in set of [a-zA-Z0-9.] and blank spaces"
        raise internal(text)


def check_memory(domain: Domain) -> None:
    """NUMA placement and huge pages are unambiguous."""
    tune = domain.numatune
    memory = tune.memory if tune is not None else None
    if tune is not None and memory is not None:
        if memory.placement == "static" and memory.nodeset is None:
            raise unsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'")
        if memory.placement == "auto" and tune.memnodes:
            raise unsupported("Per-node binding is not compatible with automatic NUMA placement.")
        if memory.mode == "restrictive" and any(node.mode != "restrictive" for node in tune.memnodes):
            text = "'restrictive' mode is required in memnode element when mode is 'restrictive' in memory element"
            raise xml_error(text)
    if domain.memory_backing is not None and domain.memory_backing.hugepages is not None:
        masters = [page.size for page in domain.memory_backing.hugepages.pages if page.nodeset is None]
        if len(masters) > 1:
            raise detail(f"two master hugepages detected: {masters[0]} and {masters[1]}")
    _check_memory_devices(domain)


def _check_memory_devices(domain: Domain) -> None:
    nodes = len(domain.cpu.numa.cells) if domain.cpu is not None and domain.cpu.numa is not None else 0
    for device in devices_of(domain).memories:
        node = device.target.node if device.target is not None else None
        if node is not None and node >= nodes:
            count = f"the guest has only '{nodes}' NUMA nodes configured"
            raise detail(f"can't add memory backend for guest node '{node}' as {count}")


def check_tuning(domain: Domain) -> None:
    """CPUs have one cache partition, events one setting."""
    taken: set[int] = set()
    for cache in domain.cputune.cachetunes if domain.cputune is not None else ():
        vcpus: frozenset[int] = cache.vcpus or frozenset()
        if taken & vcpus:
            raise xml_error("Identical vcpus in cachetunes found")
        taken |= vcpus
    names = [event.name for event in domain.perf.events] if domain.perf is not None else []
    for number, name in enumerate(names):
        if name in names[:number]:
            raise xml_error(f"perf event '{name}' was already specified")


def check_characters(domain: Domain) -> None:
    """Connections are made again only by the side that makes them."""
    for device in devices_of(domain).walk(Chardev):
        for source in device.sources:
            if source.reconnect is None:
                continue
            if source.mode != "connect" and device.type in ("tcp", "unix"):
                raise internal("chardev reconnect is possible only for connect mode")
            if source.reconnect.enabled and source.reconnect.timeout is None:
                text = "Missing required attribute 'timeout' in element 'reconnect'"
                raise reporter(ErrorDomain.XML)(ErrorNumber.XML_ERROR, text)
        if len(device.sources) > (2 if device.type == "udp" else 1):
            raise xml_error("only one source element is allowed for character device")
        if device.type == "udp" and not any(source.service for source in device.sources if source.mode != "bind"):
            raise internal("Missing source service attribute for char device")


def check_graphics(domain: Domain) -> None:
    """The attributes of a server say what its first listener says."""
    for graphics in devices_of(domain).graphics:
        _check_server(graphics)


def _check_server(graphics: Graphics) -> None:
    for listen in graphics.listens:
        if listen.type == "network" and not listen.network:
            raise xml_error("'network' attribute is required for listen type 'network'")
    if not graphics.listens:
        return
    first = graphics.listens[0]
    pairs = (("listen", graphics.listen, "address", first.address), ("socket", graphics.socket, "socket", first.socket))
    for name, short, long_name, long in pairs:
        if short and first.type == long_name and short != long:
            raise unsupported(
                f"graphics '{name}' attribute '{short}' must match '{long_name}' attribute of first listen element "
                f"(found '{long or 'none'}')"
            )


def check_encryption(domain: Domain) -> None:
    """Disks are encrypted in one place and without choosing how."""
    for disk in devices_of(domain).disks:
        inner = disk.source.encryption if disk.source is not None else None
        if inner is not None and disk.encryption is not None:
            raise unsupported("an <encryption> definition already found for disk source")
        found: Encryption | None = inner or disk.encryption
        if found is not None and found.cipher is not None:
            raise unsupported("supplying <cipher> for domain disk definition is unnecessary")
        labels = disk.source.seclabels if disk.source is not None else []
        if len(labels) > 1 and any(not label.model for label in labels):
            raise xml_error("missing security model when using multiple labels")


def check_host_devices(domain: Domain) -> None:
    """Host devices are given to a guest once and in a way they can be."""
    seen: list[Hostdev] = []
    for device in devices_of(domain).hostdevs:
        kind = device.address.type if device.address is not None else None
        if device.type == "mdev" and kind not in (None, "ccw" if device.model == "vfio-ccw" else "pci"):
            raise xml_error(f"Unsupported address type '{kind}' with mediated device model '{device.model}'")
        if device.source is not None and any(device.source == other.source for other in seen):
            raise xml_error("Hostdev already exists in the domain configuration")
        seen.append(device)
    if sum(bool(device.ramfb) for device in seen) > 1:
        raise unsupported("Only one vgpu device can have 'ramfb' enabled")


def check_addresses(domain: Domain) -> None:
    """PCI addresses are within bounds."""
    for device in devices_of(domain).walk(Device):
        address = device.address
        if not isinstance(address, PciAddress):
            continue
        if (address.bus or 0) > _LAST_BUS:
            raise _plain_error(ErrorNumber.XML_ERROR, f"Invalid PCI address bus='0x{address.bus:X}', must be <= 0xFF")
        if (address.slot or 0) > _LAST_SLOT:
            raise _plain_error(ErrorNumber.XML_ERROR, f"Invalid PCI address slot='0x{address.slot:X}', must be <= 0x1F")
        if (address.function or 0) > _LAST_FUNCTION:
            raise _plain_error(
                ErrorNumber.XML_ERROR, f"Invalid PCI address function=0x{address.function:x}, must be <= 7"
            )


def check_small_devices(domain: Domain) -> None:
    """Everything else about devices."""
    devices = devices_of(domain)
    usb = [controller for controller in devices.controllers if controller.type == "usb"]
    if any(controller.model == "none" for controller in usb):
        if len(usb) > 1:
            raise detail("Can't add another USB controller: USB is disabled for this domain")
        if devices.hubs:
            raise unsupported("Can't add USB hub: USB is disabled for this domain")
    for shmem in devices.shmems:
        if shmem.msi is not None and shmem.server is None:
            raise xml_error("msi option is only supported with a server")
    for tpm in devices.tpms:
        if tpm.backend is None:
            raise xml_error("missing TPM device backend")
    for video in devices.videos:
        if video.model is not None and video.model.type == "ramfb" and video.address is not None:
            raise unsupported("address not supported for video type ramfb")
    numbers = [audio.id for audio in devices.audios]
    for position, number in enumerate(numbers):
        if number in numbers[:position]:
            raise xml_error(f"audio ID {number} is used multiple times")


def check_sysinfo(domain: Domain) -> None:
    """The UUID that the firmware tells is the guest's."""
    for sysinfo in domain.sysinfos:
        for entry in sysinfo.system.entries if sysinfo.system is not None else ():
            if entry.name == "uuid" and (entry.value or "").replace("-", "") != (domain.uuid or "").replace("-", ""):
                raise detail("UUID mismatch between <uuid> and <sysinfo>")


CHECKS: Final[tuple[Callable[[Domain], None], ...]] = (
    check_boot,
    check_firmware,
    check_memory,
    check_tuning,
    check_characters,
    check_graphics,
    check_encryption,
    check_host_devices,
    check_addresses,
    check_small_devices,
    check_sysinfo,
)
"""In this order; none depends on another."""
