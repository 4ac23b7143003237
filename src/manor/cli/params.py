# SPDX-License-Identifier: Apache-2.0
"""Typed parameters: as text, as JSON, and made from options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from manor.constants import TypedParameterType
from manor.records import TypedParam

if TYPE_CHECKING:
    from manor.cli.shell import Shell


def value_text(param: TypedParam) -> str:
    """A value as virsh prints it: yes and no for booleans, six digits after the point."""
    if param.type == TypedParameterType.BOOLEAN:
        return "yes" if param.value else "no"
    if param.type == TypedParameterType.DOUBLE:
        return f"{param.value:f}"
    return str(param.value)


def as_record(params: Iterable[TypedParam]) -> dict[str, object]:
    """Parameters as a JSON object; of a field given twice the last one stays."""
    return {
        param.field: bool(param.value) if param.type == TypedParameterType.BOOLEAN else param.value for param in params
    }


def print_params(shell: Shell, params: Iterable[TypedParam], width: int = 15) -> None:
    """Print parameters one below the other."""
    params = list(params)
    shell.out.data(as_record(params))
    for param in params:
        shell.out.line(f"{param.field:<{width}}: {value_text(param)}")
