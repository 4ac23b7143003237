# SPDX-License-Identifier: Apache-2.0
"""The capabilities documents of a QEMU connection: finding what a client means, asking, writing.

virConnectGetCapabilities and virConnectGetDomainCapabilities end here. What is in the documents is decided in
`caps_host`, `caps_guests` and `caps_domain`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, get_args

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.caps_domain import GuestKind, HostSide, domain_capabilities
from manor.drivers.qemu.caps_firmware import read_descriptors
from manor.drivers.qemu.caps_guests import guests
from manor.drivers.qemu.caps_host import HostDocument, sev_guests
from manor.drivers.qemu.probe import CapsCache
from manor.errors import ManorError, reporter
from manor.schema.capabilities import SecurityModel
from manor.schema.domain.document import DomainType
from manor.system.arch import ARCHITECTURES, ARM, PPC, S390, X86
from manor.system.host import Host
from manor.system.process_run import run

_error = reporter(ErrorDomain.QEMU)

_FAMILIES: Final = (X86, ARM, (*PPC, "ppc", "ppcemb"), S390)
"""Architectures whose emulators may serve each other's guests."""

_SWTPM_TOOLS: Final = ("swtpm", "swtpm_setup", "swtpm_ioctl")

_SWTPM_TIMEOUT: Final = 10.0


class CapsDocuments:
    """Writes the documents for one daemon.

    ``secmodels`` are the security models in use, the driver's business.
    """

    def __init__(self, cache: CapsCache, host: Host, secmodels: Sequence[SecurityModel] = ()) -> None:
        self._cache = cache
        self._host = host
        self._host_document = HostDocument(host, secmodels)
        self._guests: tuple[list[QemuCaps], str] = ([], "")
        self._tpm: tuple[str, list[str]] | None = None

    async def capabilities(self) -> str:
        """virConnectGetCapabilities: the host as it is now, and the guests of the installed emulators."""
        written = self._guests_text(await self._cache.get_installed())
        host = self._host_document.element().format(indent=1)
        # libvirt puts empty lines around the parts of this document: people read it.
        return f"<capabilities>\n\n{host}\n{written}</capabilities>\n"

    def _guests_text(self, installed: Mapping[str, QemuCaps]) -> str:
        binaries = list(installed.values())
        known, text = self._guests
        if len(known) != len(binaries) or any(a is not b for a, b in zip(known, binaries, strict=True)):
            text = "".join(f"{guest.format(indent=1)}\n" for guest in guests(installed))
            self._guests = (binaries, text)
        return text

    async def domain_capabilities(
        self, emulator: str | None, arch: str | None, machine: str | None, virt_type: str | None
    ) -> str:
        """virConnectGetDomainCapabilities; what is None is chosen.

        Raises VIR_ERR_INVALID_ARG for what does not exist or does not fit, VIR_ERR_CONFIG_UNSUPPORTED when no
        emulator serves the architecture, else as `CapsCache.get`.
        """
        guest = await self.guest_kind(emulator, arch, machine, virt_type)
        return domain_capabilities(guest, await self._host_side(guest.caps)).format()

    async def guest_kind(
        self, emulator: str | None, arch: str | None, machine: str | None, virt_type: str | None
    ) -> GuestKind:
        """What a client means; what is None is chosen. Raises as `domain_capabilities`."""
        # The order of the checks is libvirt's: it decides which of several mistakes is reported.
        if virt_type is not None and virt_type not in get_args(DomainType):
            raise _invalid(f"unknown virttype: {virt_type}")
        if arch is not None and arch not in ARCHITECTURES:
            raise _invalid(f"unknown architecture: {arch}")
        arch = arch or self._host.arch
        caps = await self._emulator(emulator, arch)
        best = caps.virt_types[0]
        if virt_type not in (None, "qemu") and best == "qemu":
            accel = virt_type if virt_type in ("kvm", "hvf") else "tcg"
            raise _invalid(f"the accel '{accel}' is not supported by '{caps.path}' on this host")
        virt_type = virt_type or best
        # Whatever is no accelerator is looked at as if it were emulation.
        accel = virt_type if virt_type == "kvm" else "qemu"
        name = caps.default_machine(accel) if machine is None else machine
        found = None if name is None else caps.machine(name, accel)
        if machine is not None and found is None:
            raise _invalid(f"the machine '{machine}' is not supported by emulator '{caps.path}'")
        if not caps.serves(arch):
            raise _invalid(f"Emulator '{caps.path}' does not support arch '{arch}'")
        if found is None or not caps.supports(virt_type):
            raise _invalid(f"Emulator '{caps.path}' does not support virt type '{virt_type}'")
        return GuestKind(caps, arch, found, virt_type)

    async def _emulator(self, emulator: str | None, arch: str) -> QemuCaps:
        if emulator is None:
            emulator = self._cache.emulator(arch)
            if emulator is None:
                detail = f"unable to find any emulator to serve '{arch}' architecture"
                raise _error(ErrorNumber.CONFIG_UNSUPPORTED, detail)
            return await self._cache.get(emulator)
        caps = await self._cache.get(emulator)
        if caps.arch != arch and not any(arch in family and caps.arch in family for family in _FAMILIES):
            detail = f"architecture from emulator '{caps.arch}' doesn't match given architecture '{arch}'"
            raise _invalid(detail)
        return caps

    async def _host_side(self, caps: QemuCaps) -> HostSide:
        return HostSide(
            firmware=read_descriptors(),
            kvm_max_vcpus=self._host.kvm.max_vcpus if caps.supports("kvm") else 0,
            vfio=self._host.has_iommu() and Path("/dev/vfio/vfio").exists(),
            tpm_versions=await self._tpm_versions(),
            sev_guests=sev_guests() if caps.sev is not None else (0, 0),
        )

    async def _tpm_versions(self) -> list[str] | None:
        """The TPM versions swtpm can set up; None if it is not installed whole."""
        tools = [shutil.which(tool) for tool in _SWTPM_TOOLS]
        setup = tools[1]
        if setup is None or None in tools:
            return None
        state = f"{setup} {Path(setup).stat().st_mtime_ns}"
        if self._tpm is None or self._tpm[0] != state:
            self._tpm = (state, await _ask_swtpm(setup))
        return self._tpm[1]


class _SwtpmCapabilities(msgspec.Struct):
    features: list[str] = []


async def _ask_swtpm(setup: str) -> list[str]:
    done = await run([setup, "--print-capabilities"], timeout=_SWTPM_TIMEOUT)
    try:
        features = msgspec.json.decode(done.stdout, type=_SwtpmCapabilities).features
    except msgspec.DecodeError:
        return []
    return [version for version in ("1.2", "2.0") if f"tpm-{version}" in features]


def _invalid(detail: str) -> ManorError:
    return _error(ErrorNumber.INVALID_ARG, detail)
