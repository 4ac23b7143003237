# SPDX-License-Identifier: Apache-2.0
"""The base of enumerations that take numbers they do not know."""

from __future__ import annotations

from enum import IntEnum


class OpenIntEnum(IntEnum):
    """A newer peer's error number must survive its way through us: it becomes UNKNOWN_number."""

    @classmethod
    def _missing_(cls, value: object) -> OpenIntEnum | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member
