# SPDX-License-Identifier: Apache-2.0
"""TCP ports for graphics servers: handed out lowest first, checked against what the machine uses.

A port is free until QEMU listens on it, a moment after it was handed out. Another manager of guests could hand it out
meanwhile, so each claims its ports by names that exist once per network namespace, as the ports do.
"""

from __future__ import annotations

import errno
import socket

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.NONE)


class PortAllocator:
    """A range of ports; each guest's are returned when its run ends."""

    def __init__(self, name: str, first: int, last: int) -> None:
        self._name = name
        self._range = range(first, last + 1)
        self._used: set[int] = set()
        self._claims: dict[int, socket.socket] = {}

    def acquire(self) -> int:
        """The lowest port that neither a guest of ours nor anyone else on the machine uses.

        Raises VIR_ERR_INTERNAL_ERROR when none is left.
        """
        for port in self._range:
            if port not in self._used and self._claim(port):
                self._used.add(port)
                return port
        raise _error(
            ErrorNumber.INTERNAL_ERROR,
            f"Unable to find an unused port in range '{self._name}' ({self._range[0]}-{self._range[-1]})",
        )

    def reserve(self, port: int) -> None:
        """Mark a port a definition names, or that a guest found again uses."""
        self._used.add(port)

    def release(self, port: int) -> None:
        """Give a port back; one outside the range or free already is no error."""
        self._used.discard(port)
        claim = self._claims.pop(port, None)
        if claim is not None:
            claim.close()

    def _claim(self, port: int) -> bool:
        """Make a port ours among all managers here; False if another has it or something listens there."""
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0manor/port/{port}")
        except OSError:
            claim.close()
            return False
        if not _bindable(port):
            claim.close()
            return False
        self._claims[port] = claim
        return True


def _bindable(port: int) -> bool:
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104 - probed, not served
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
    return True
