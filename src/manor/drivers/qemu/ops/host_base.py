# SPDX-License-Identifier: Apache-2.0
"""What the QEMU driver's host operations stand on."""

from __future__ import annotations

from manor.drivers.interface import Session
from manor.drivers.interface.host import HostFamily
from manor.drivers.qemu.core import QemuCore


class QemuHostOps(HostFamily):
    """Base of the areas of host operations."""

    def __init__(self, session: Session, core: QemuCore) -> None:
        super().__init__(session)
        self.core = core
