# SPDX-License-Identifier: Apache-2.0
"""Which key codes the test driver takes: those of keys there are."""

from __future__ import annotations

_LAST_KNOWN = 0xFF


def known_keycode(codeset: int, keycode: int) -> bool:
    """Whether a code of a codeset (virKeycodeSet) stands for a key."""
    return 0 <= keycode <= _LAST_KNOWN
