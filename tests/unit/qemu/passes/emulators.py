# SPDX-License-Identifier: Apache-2.0
"""The capabilities of the machine's own emulators, for tests of what depends on them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.passes import Purpose, complete
from manor.drivers.qemu.probe import CapsCache
from manor.schema.core import Format
from manor.schema.domain import Domain

RECORDED = (7, 2)
"""The version of QEMU with which answers were recorded: machine types and devices depend on it."""

_cache = CapsCache()
_loop = asyncio.new_event_loop()


def capabilities(document: Domain) -> QemuCaps | None:
    """What the emulator of a document can do; None where there is none of the recorded version.

    Raises ManorError for a document that no emulator serves.
    """
    path = document.devices.emulator if document.devices is not None else None
    if path is not None and not Path(path).exists():
        return None
    caps = _loop.run_until_complete(_cache.for_domain(document))
    return caps if caps.version[:2] == RECORDED else None


def shown(xml: str) -> str | None:
    """What a client is shown of a definition; None where no emulator of the recorded version is installed.

    Raises ManorError as defining does.
    """
    document = Domain.parse(xml)
    caps = capabilities(document)
    return None if caps is None else complete(document, caps, Purpose.DEFINE).format(Format.INACTIVE)
