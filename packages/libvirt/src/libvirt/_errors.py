# SPDX-License-Identifier: Apache-2.0
"""libvirtError, each thread's last error, and the error handler."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from manor.constants import ErrorLevel
from manor.errors import ManorError, domain_title

ErrorTuple = tuple[int, int, str | None, int, str | None, str | None, str | None, int, int]
ErrorHandler = Callable[[Any, ErrorTuple], object]


class _Thread(threading.local):
    # The fields, not the exception: its traceback would keep every object of the failed call alive.
    last: ErrorTuple | None = None


_thread = _Thread()
_handler: tuple[ErrorHandler, object] | None = None


class libvirtError(Exception):
    """A failed libvirt call. The error's parts are those of the calling thread's last error."""

    def __init__(self, defmsg: str) -> None:
        last = virGetLastError()
        super().__init__(defmsg if last is None else last[2])
        self.err = last

    def _part(self, index: int) -> Any:
        return None if self.err is None else self.err[index]

    def get_error_code(self) -> int | None:
        """A VIR_ERR_* number."""
        code: int | None = self._part(0)
        return code

    def get_error_domain(self) -> int | None:
        """A VIR_FROM_* number: the part of the system the error comes from."""
        domain: int | None = self._part(1)
        return domain

    def get_error_message(self) -> str | None:
        """The whole text, as str() gives it."""
        message: str | None = self._part(2)
        return message

    def get_error_level(self) -> int | None:
        """VIR_ERR_NONE, VIR_ERR_WARNING or VIR_ERR_ERROR."""
        level: int | None = self._part(3)
        return level

    def get_str1(self) -> str | None:
        """Extra text, mostly the pattern of the message."""
        text: str | None = self._part(4)
        return text

    def get_str2(self) -> str | None:
        """Extra text, mostly the detail in the message."""
        text: str | None = self._part(5)
        return text

    def get_str3(self) -> str | None:
        """Extra text."""
        text: str | None = self._part(6)
        return text

    def get_int1(self) -> int | None:
        """Extra number, the errno of a failed system call."""
        number: int | None = self._part(7)
        return number

    def get_int2(self) -> int | None:
        """Extra number."""
        number: int | None = self._part(8)
        return number


def error_tuple(error: ManorError) -> ErrorTuple:
    """An error as libvirt's Python module shows it."""
    return tuple(error.fields())  # type: ignore[return-value]


def forget() -> None:
    """Begin without a last error, as every function of the C library does."""
    _thread.last = None


def report(error: ManorError) -> None:
    """Make `error` the thread's last one and hand it to the handler."""
    _thread.last = error_tuple(error)
    if _handler is None:
        _print(error)
        return
    function, context = _handler
    try:
        function(context, _thread.last)
    except Exception:
        # A broken handler must not hide the error it was told of.
        traceback.print_exc()


def _print(error: ManorError) -> None:
    level = {ErrorLevel.WARNING: "warning", ErrorLevel.ERROR: "error"}.get(error.level, "")
    text = error.message.removesuffix("\n")
    print(f"libvirt: {domain_title(error.domain)} {level} : {text}", file=sys.stderr)


def failed(function: str) -> libvirtError:
    """The exception for a call that fails before libvirt has a part in it, as with unusable arguments.

    As in the C binding, the last error is not touched, so that an older one may be shown with it.
    """
    return libvirtError(f"{function}() failed")


def registerErrorHandler(f: ErrorHandler | None, ctx: object) -> int:
    """Have `f(ctx, error tuple)` called for every error instead of printing it; None prints again."""
    global _handler
    _handler = None if f is None else (f, ctx)
    return 1


def virGetLastError() -> ErrorTuple | None:
    """The error of this thread's last call, None when it succeeded."""
    return _thread.last


def virGetLastErrorCode() -> int:
    """The VIR_ERR_* number of this thread's last error, VIR_ERR_OK without one."""
    return 0 if _thread.last is None else _thread.last[0]


def virGetLastErrorDomain() -> int:
    """The VIR_FROM_* number of this thread's last error, VIR_FROM_NONE without one."""
    return 0 if _thread.last is None else _thread.last[1]


def virGetLastErrorMessage() -> str:
    """The text of this thread's last error."""
    return "no error" if _thread.last is None else _thread.last[2] or ""


def virResetLastError() -> None:
    """Forget this thread's last error."""
    forget()
