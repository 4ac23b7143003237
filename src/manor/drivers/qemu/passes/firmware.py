# SPDX-License-Identifier: Apache-2.0
"""Firmware: where its variables are kept, and choosing an image by what is asked of it."""

from __future__ import annotations

from manor.drivers.qemu.passes.context import Context
from manor.schema.domain.os import Nvram


def variable_store(context: Context) -> None:
    """A read-only flash image keeps its variables in a file of the guest's own."""
    os = context.document.os
    loader = os.loader if os is not None else None
    if os is None or loader is None or loader.type != "pflash" or not loader.readonly or loader.stateless:
        return
    if os.nvram is None:
        os.nvram = Nvram()
    nvram = os.nvram
    if not nvram.value and nvram.source is None and nvram.type is None:
        nvram.value = f"{context.host.nvram}/{context.document.name}_VARS.fd"
