# SPDX-License-Identifier: Apache-2.0
"""Refusals that many storage operations share, in libvirt's words."""

from __future__ import annotations

import errno

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

error = reporter(ErrorDomain.STORAGE)
"""Errors of the storage driver itself."""

host_error = reporter(ErrorDomain.NONE)
"""Errors of what libvirt's helpers for files and programs report."""


def not_valid(text: str) -> ManorError:
    """VIR_ERR_OPERATION_INVALID."""
    return error(ErrorNumber.OPERATION_INVALID, text)


def unsupported(text: str) -> ManorError:
    """VIR_ERR_CONFIG_UNSUPPORTED."""
    return error(ErrorNumber.CONFIG_UNSUPPORTED, text)


def lacking(text: str) -> ManorError:
    """VIR_ERR_NO_SUPPORT: pools of this type cannot do that."""
    return error(ErrorNumber.NO_SUPPORT, text)


def failed(what: str, failure: OSError) -> ManorError:
    """VIR_ERR_SYSTEM_ERROR of the storage driver: what was attempted, and the system's word for why it failed."""
    return error.system(failure.errno or errno.EIO, what)
