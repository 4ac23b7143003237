# SPDX-License-Identifier: Apache-2.0
"""Devices with little of their own, as far as all hypervisors have them the same."""

from __future__ import annotations

from manor.schema.common.address import UsbAddress
from manor.schema.domain import Domain
from manor.schema.domain.chardev import RedirDev
from manor.schema.domain.devices import Devices, Input, InputBus, MemoryDevice, Rng, Tpm, Vsock, VsockCid
from manor.schema.domain.filesystem import Shmem
from manor.schema.domain.os import S390, X86
from manor.schema.passes.report import (
    internal,
    missing_attribute,
    unsupported,
    xml_error,
)

_SMARTCARD_CERTIFICATES = 3
_MOST_TPMS = 2


def small_devices(devices: Devices) -> None:
    """Complete and check the small devices."""
    for item in devices.inputs:
        input_device(item)
    for tpm in devices.tpms:
        _tpm(tpm)
    if len(devices.tpms) > _MOST_TPMS:
        raise xml_error("a maximum of two TPM devices is supported, one of them being a TPM Proxy device")
    for memory in devices.memories:
        _memory(memory)
    for shmem in devices.shmems:
        _shmem(shmem)
    for rng in devices.rngs:
        _rng(rng)
    _single_devices(devices)
    _smartcards(devices)
    for sound in devices.sounds:
        if sound.model is None:
            raise missing_attribute("sound", "model")
        if sound.model not in ("ich6", "ich9"):
            sound.codecs = []
    for hub in devices.hubs:
        if hub.type is None:
            raise internal("missing hub device type")
    _panics(devices)


def input_device(item: Input) -> None:
    """Where an input device is, and what it reads from."""
    if item.bus == "usb":
        check_usb_address(item)
    if item.source is None:
        return
    if item.type == "evdev" and not item.source.dev:
        raise xml_error("missing file path for evdev input device")
    if item.type == "passthrough" and not item.source.evdev:
        raise xml_error("missing evdev path for input device passthrough")


def check_usb_address(item: Input | RedirDev) -> None:
    """What is on a USB bus has no other address."""
    if not isinstance(item.address, UsbAddress | None):
        raise xml_error("Invalid address for a USB device")


def input_buses(domain: Domain) -> None:
    """What input devices are plugged into where nothing is said: what a PC has, or else what any guest can have."""
    if domain.devices is None or not domain.devices.inputs:
        return
    kind = domain.os.type if domain.os is not None else None
    arch = (kind.arch if kind is not None else None) or ""
    no_usb = any(item.type == "usb" and item.model == "none" for item in domain.devices.controllers)
    for item in domain.devices.inputs:
        if item.bus == "none":
            item.bus = None
        elif item.bus is None:
            item.bus = _input_bus(item, arch)
        if item.bus == "usb" and no_usb:
            raise unsupported("Can't add USB input device. USB bus is disabled")


def _input_bus(item: Input, arch: str) -> InputBus | None:
    if item.type == "evdev":
        return None
    if item.type == "passthrough" or arch in S390:
        return "virtio"
    return "ps2" if arch in X86 and item.type != "tablet" else "usb"


def _panics(devices: Devices) -> None:
    for panic in devices.panics:
        if panic.model == "default":
            panic.model = None


def _tpm(tpm: Tpm) -> None:
    backend = tpm.backend
    if backend is None:
        raise xml_error("missing TPM device backend")
    if backend.type is None:
        raise missing_attribute("backend", "type")
    if backend.type == "passthrough":
        backend.device = backend.device or "/dev/tpm0"
    elif backend.type == "external":
        source = backend.source
        if source is None or source.type is None:
            raise xml_error("missing external TPM backend type")
        if source.mode == "bind":
            raise xml_error("only 'client' mode is supported for external TPM device")
        if source.path is None:
            raise xml_error("missing external TPM backend source path")
        source.mode = "connect"
    banks = backend.active_pcr_banks
    if banks is not None and not (banks.sha1 or banks.sha256 or banks.sha384 or banks.sha512):
        backend.active_pcr_banks = None


def _memory(memory: MemoryDevice) -> None:
    if memory.target is None:
        raise xml_error("missing <target> element for <memory> device")
    if memory.model == "virtio-pmem" and memory.access is None:
        memory.access = "shared"
    if memory.model == "virtio-mem" and memory.target.requested is None:
        memory.target.requested = 0
    if memory.access == "default":
        memory.access = None
    source = memory.source
    if source is None:
        return
    if source.nodemask is not None and not source.nodemask:
        raise unsupported("Invalid value of 'nodemask': 0,^0")
    source.pagesize = source.pagesize or None
    source.alignsize = source.alignsize or None


def _shmem(shmem: Shmem) -> None:
    if not shmem.name:
        raise xml_error("shmem element must contain 'name' attribute")
    if shmem.role == "default":
        shmem.role = None
    shmem.model = shmem.model or "ivshmem"
    if shmem.msi is not None and shmem.server is None:
        raise xml_error("msi option is only supported with a server")


def _rng(rng: Rng) -> None:
    if rng.model is None:
        raise xml_error("missing RNG device model")
    if rng.backend is None:
        raise xml_error("only one RNG backend is supported")
    backend = rng.backend
    if backend.model is None:
        raise xml_error("missing RNG device backend model")
    if backend.model == "random":
        backend.value = backend.value or "/dev/random"
    elif backend.model == "egd" and backend.type is None:
        raise xml_error("missing EGD backend type")
    if rng.rate is not None:
        rng.rate.period = rng.rate.period or None
        if not rng.rate.bytes:
            rng.rate = None


def _single_devices(devices: Devices) -> None:
    balloon = devices.memballoon
    if balloon is not None:
        balloon.stats = balloon.stats if (balloon.stats or 0) > 0 else None
        if balloon.model == "none":
            balloon.address = None
    watchdog = devices.watchdog
    if watchdog is not None:
        watchdog.action = watchdog.action or "reset"
    vsock = devices.vsock
    if vsock is not None:
        _vsock(vsock)
    redirected = devices.redirfilter
    if redirected is not None:
        for item in redirected.usbdevs:
            if item.allow is None:
                raise missing_attribute("usbdev", "allow")
            if item.version is not None and "." in item.version:
                major, minor = item.version.split(".")
                item.version = f"{major}.{minor:0<2}"


def _vsock(vsock: Vsock) -> None:
    cid = vsock.cid = vsock.cid or VsockCid()
    if cid.address is not None and cid.address < 3:
        raise unsupported("guest CIDs must be >= 3")
    if cid.auto is None:
        cid.auto = cid.address is None


def _smartcards(devices: Devices) -> None:
    for card in devices.smartcards:
        if card.mode is None:
            raise missing_attribute("smartcard", "mode")
        if card.mode == "host-certificates" and len(card.certificates) != _SMARTCARD_CERTIFICATES:
            raise xml_error("host-certificates mode needs exactly three certificates")
        if card.mode == "passthrough" and card.type is None:
            raise xml_error("passthrough mode requires a character device type attribute")
