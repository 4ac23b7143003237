# SPDX-License-Identifier: Apache-2.0
"""Refusals of arguments, in the form libvirt's host functions give them.

The text names the C function and its parameter, as programs written for libvirt see it; the error's str1
and str2 hold the two, and there is no "invalid argument:" in front.
"""

from __future__ import annotations

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import ManorError


def invalid_argument(function: str, parameter: str, text: str) -> ManorError:
    """INVALID_ARG with `text` as the whole message."""
    return ManorError(ErrorNumber.INVALID_ARG, text, ErrorDomain.NONE, str1=function, str2=parameter, int1=0)
