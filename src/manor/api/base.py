# SPDX-License-Identifier: Apache-2.0
"""What every object of the API is: a connection and a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from manor.api.connection import Connection
    from manor.drivers.interface import Driver

R = TypeVar("R", bound=tuple[object, ...])


class ApiObject(Generic[R]):
    """An object of a connection; equal to any other that means the same one."""

    def __init__(self, connection: Connection, reference: R) -> None:
        self.connection = connection
        self.reference = reference

    @property
    def _driver(self) -> Driver:
        return self.connection.driver

    @property
    def _identity(self) -> object:
        return getattr(self.reference, "uuid", None) or self.reference

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, ApiObject) and other._identity == self._identity

    def __hash__(self) -> int:
        return hash((type(self), self._identity))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self.reference, 'name', self.reference)}>"


class NamedObject(ApiObject[R]):
    """An object with a name and a UUID."""

    @property
    def name(self) -> str:
        """Its name when this reference was made."""
        return str(getattr(self.reference, "name", ""))

    @property
    def uuid(self) -> UUID:
        """Its UUID."""
        return UUID(bytes=getattr(self.reference, "uuid", bytes(16)))
