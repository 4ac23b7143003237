# SPDX-License-Identifier: Apache-2.0
"""What the streams of both shells have in common: they are nothing until the call they were given to has succeeded."""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.wire.stream import ClientStreamCore

_error = reporter(ErrorDomain.STREAMS)


class StreamEnd:
    """The client's end of a stream, without the shell's way to send, receive and wait."""

    def __init__(self) -> None:
        self._core: ClientStreamCore | None = None
        self._closed = False

    def attach(self, core: ClientStreamCore) -> None:
        """The call that opens the stream has succeeded."""
        self._core = core

    def _open_core(self) -> ClientStreamCore:
        """The stream, as long as it is open. Raises VIR_ERR_OPERATION_INVALID, or what went wrong with it."""
        if self._core is None or self._closed:
            raise _error(ErrorNumber.OPERATION_INVALID, "stream is not open")
        if self._core.error is not None:
            raise self._core.error
        return self._core
