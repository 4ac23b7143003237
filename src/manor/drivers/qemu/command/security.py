# SPDX-License-Identifier: Apache-2.0
"""Confidential guests: AMD SEV, and protected virtualization on s390."""

from __future__ import annotations

from typing import Final

from manor.drivers.qemu.command.line import Build
from manor.drivers.qemu.plan import sev_files

GUEST: Final = "lsec0"
"""The id of the object the machine refers to."""


def reference(build: Build) -> str | None:
    """What -machine says of it."""
    return f"confidential-guest-support={GUEST}" if build.document.launch_security is not None else None


def guest(build: Build) -> None:
    """The object that says how the guest's memory is protected."""
    security = build.document.launch_security
    if security is None:
        return
    if security.type == "s390-pv":
        build.object("s390-pv-guest", GUEST)
        return
    sev = build.caps.sev
    files = {name: str(path) for name, (path, text) in sev_files(build.plan.paths, security).items() if text}
    bits = security.reduced_phys_bits
    build.object(
        "sev-guest",
        GUEST,
        **{
            "cbitpos": security.cbitpos if security.cbitpos is not None or sev is None else sev.cbitpos,
            "reduced-phys-bits": bits if bits is not None or sev is None else sev.reduced_phys_bits,
            "policy": security.policy,
            **files,
            "kernel-hashes": security.kernel_hashes,
        },
    )
