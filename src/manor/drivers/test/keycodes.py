# SPDX-License-Identifier: Apache-2.0
"""Which key codes the test driver takes: those that libvirt knows a key for."""

from __future__ import annotations

from functools import cache
from typing import Final

from manor.schema.core.bitmap import Bitmap

CODESETS: Final = (
    "linux", "xt", "atset1", "atset2", "atset3", "os_x", "xt_kbd", "usb", "win32", "qnum",
)  # fmt: skip
"""Names of the code sets, by virKeycodeSet."""

_KNOWN: Final = (
    # linux
    "0-265,272-279,288-299,303-318,320-327,330-337,352-439,448-451,464-484,497-506,512-524",
    # xt
    "0-95,99-109,111-121,123,125-126",
    # atset1
    "0-95,99-109,111-121,123,125-126",
    # atset2
    (
        "0-1,3-7,9-15,17-22,26-30,33-39,41-47,49-55,58-63,65-70,73-78,81-82,84-85,88-91,93,95,97-100,102-103,"
        "105-109,112-127,131"
    ),
    # atset3
    "0,7-63,65-71,73-79,82,84-103,105-118,121-122,124-131,133-135,139-142,145,147-152,154-163",
    # os_x
    "0-51,53-65,67,69,71-76,78-107,109-111,113-126,255",
    # xt_kbd
    "0-95,99-109,111-121,123,125-126,257-268,270-272,274-297,299-310,312-351,355-365,367-377,379,381",
    # usb
    "0,4-48,50-119,121-125,133,135-140,144-148,182-183,224-251",
    # win32
    ("0-2,4-6,8-9,13,17-22,26-29,32-42,44-57,65-93,95-135,144-145,160-161,163,165-180,186-192,219-222,226,242,250-251"),
    # qnum
    "0-95,99-109,111-121,123,125-126,129-140,142-144,146-169,171-182,184-223,227-237,239-249,251,253",
)


@cache
def _known(codeset: int) -> Bitmap:
    return Bitmap.parse(_KNOWN[codeset])


def known_keycode(codeset: int, keycode: int) -> bool:
    """Whether a code of a code set (virKeycodeSet) stands for a key."""
    return keycode in _known(codeset)
