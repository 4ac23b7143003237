# SPDX-License-Identifier: Apache-2.0
"""What storage pools and volumes have in common: permissions."""

from __future__ import annotations

from manor.schema.core import Codec, Element, child, codec, xml_error

_DEFAULT_OWNER = 0xFFFFFFFF


def _owner(text: str) -> int:
    number: int = codec.signed_long.decode(text)
    if not -1 <= number <= _DEFAULT_OWNER:
        raise ValueError(text)
    return -1 if number == _DEFAULT_OWNER else number


def _mode(text: str) -> int:
    number = int(text, 8)
    if not 0 <= number <= 0o777 or not text.isdigit():
        raise ValueError(text)
    return number


OWNER = Codec("user or group id, -1 for the default", _owner, expression="v", samples=(0, 107))
MODE = Codec("octal file mode", _mode, encode=lambda mode: f"0{mode:o}", samples=(0o600, 0o755))


class Permissions(Element, tag="permissions"):
    """Owner, group and mode of what is created; None stands for the default."""

    mode: int | None = child(codec=MODE, error=xml_error("malformed octal mode"))
    owner: int | None = child(codec=OWNER, error=xml_error("malformed owner element"))
    group: int | None = child(codec=OWNER, error=xml_error("malformed group element"))
    label: str | None = child()
