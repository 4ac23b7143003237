# SPDX-License-Identifier: Apache-2.0
"""The memory of a guest, of which memory devices are a part."""

from __future__ import annotations

from manor.schema.core import Element
from manor.schema.domain import Domain
from manor.schema.domain.devices import MemoryDevice
from manor.schema.domain.memory import Memory


def account(document: Domain, device: Element, sign: int) -> None:
    """Add what a device brings to the document's memory (`sign` 1), or take it off (-1)."""
    if not isinstance(device, MemoryDevice) or device.target is None:
        return
    size = sign * device.target.size
    total = (document.memory.value if document.memory is not None else None) or 0
    if document.current_memory is None or document.current_memory == total or document.current_memory > total + size:
        document.current_memory = total + size
    document.memory = Memory(value=total + size, dump_core=document.memory.dump_core if document.memory else None)
