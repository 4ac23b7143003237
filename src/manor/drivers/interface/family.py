# SPDX-License-Identifier: Apache-2.0
"""What every family of operations has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

if TYPE_CHECKING:
    from manor.drivers.interface.session import Session


class Family:
    """A group of operations on one kind of object, serving one client connection.

    `session` says who is asking; state shared by all connections is the driver's own business.
    """

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.NONE
    """Where errors of the calling layer itself are said to come from."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def unsupported(self, function: str) -> ManorError:
        """VIR_ERR_NO_SUPPORT for a C API function that the connection's driver does not implement."""
        return reporter(self.error_domain)(ErrorNumber.NO_SUPPORT, function)
