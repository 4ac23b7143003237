# SPDX-License-Identifier: Apache-2.0
"""The firmware image of a guest whose document only says which kind it wants (<os firmware='efi'>).

Of the images the host's packages describe, the first that fits is taken; what it needs is written into the document
that runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.caps_firmware import Firmware, fitting, read_descriptors
from manor.errors import ErrorDomain, reporter
from manor.schema.domain import Domain
from manor.schema.domain.features import Features, Smm
from manor.schema.domain.os import Loader, Nvram, Os

_error = reporter(ErrorDomain.QEMU)

_INTERFACES: Final = {"efi": "uefi", "bios": "bios"}
_DEVICES: Final = {"pflash": "flash", "rom": "memory"}
"""How a loader's type is called in descriptors."""


def choose(document: Domain, caps: QemuCaps, variables: Path) -> None:
    """Fill in the loader of `document`, in place; one that names its image stays.

    `variables` is the folder for variable stores. Raises VIR_ERR_OPERATION_FAILED when no image fits.
    """
    os = document.os
    if os is None or os.firmware_type is None or (os.loader is not None and os.loader.value):
        return
    kind = os.type
    arch = (kind.arch if kind is not None else None) or caps.arch
    machine = (kind.machine if kind is not None else None) or ""
    found = fitting(read_descriptors(), arch, machine)
    _enable(document, os, _first(document, os, found), variables)


def _first(document: Domain, os: Os, found: Sequence[Firmware]) -> Firmware:
    for firmware in found:
        if _satisfies(document, os, firmware):
            return firmware
    raise _error(ErrorNumber.OPERATION_FAILED, f"Unable to find any firmware to satisfy '{os.firmware_type}'")


def _satisfies(document: Domain, os: Os, firmware: Firmware) -> bool:
    """Whether an image is of the kind, and does what the document asks of it."""
    loader = os.loader or Loader()
    wanted = {item.name: item.enabled for item in os.firmware.features} if os.firmware is not None else {}
    smm = document.features.smm if document.features is not None else None
    needs_smm = "requires-smm" in firmware.features
    mode = "stateless" if loader.stateless else "split"
    return (
        _INTERFACES[os.firmware_type or "efi"] in firmware.interface_types
        and (loader.type is None or firmware.mapping.device == _DEVICES.get(loader.type))
        and (firmware.mapping.device != "flash" or firmware.mapping.mode == mode)
        and all((name in firmware.features) == enabled for name, enabled in wanted.items() if enabled is not None)
        and not (loader.secure and not ("secure-boot" in firmware.features and needs_smm))
        and not (loader.secure is False and needs_smm)
        and not (needs_smm and smm is not None and smm.state is False)
    )


def _enable(document: Domain, os: Os, firmware: Firmware, variables: Path) -> None:
    loader = os.loader = os.loader or Loader()
    loader.value = firmware.mapping.image
    if firmware.mapping.device == "flash":
        loader.type = "pflash"
        loader.readonly = True
    elif firmware.mapping.device == "memory":
        loader.type = "rom"
    if firmware.mapping.nvram_template is not None:
        nvram = os.nvram = os.nvram or Nvram()
        nvram.template = nvram.template or firmware.mapping.nvram_template.filename
        if nvram.value is None and nvram.source is None:
            nvram.value = str(variables / f"{document.name}_VARS.fd")
    if "requires-smm" in firmware.features:
        document.features = document.features or Features()
        document.features.smm = document.features.smm or Smm()
        document.features.smm.state = True
        loader.secure = True if "secure-boot" in firmware.features else loader.secure
