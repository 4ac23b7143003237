# SPDX-License-Identifier: Apache-2.0
"""What a driver is: families of operations for one connection, from a provider that holds the shared state."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from manor.drivers.interface.domain import DomainFamily
from manor.drivers.interface.events import EventBus
from manor.drivers.interface.family import Family
from manor.drivers.interface.host import HostFamily
from manor.drivers.interface.interface import InterfaceFamily
from manor.drivers.interface.network import NetworkFamily
from manor.drivers.interface.node_device import NodeDeviceFamily
from manor.drivers.interface.nwfilter import NwfilterFamily
from manor.drivers.interface.secret import SecretFamily
from manor.drivers.interface.session import Session
from manor.drivers.interface.storage import StorageFamily
from manor.errors import ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI

Operation = Callable[..., Coroutine[Any, Any, Any]]

FAMILIES: dict[str, type[Family]] = {
    "host": HostFamily,
    "domain": DomainFamily,
    "network": NetworkFamily,
    "storage": StorageFamily,
    "node_device": NodeDeviceFamily,
    "interface": InterfaceFamily,
    "nwfilter": NwfilterFamily,
    "secret": SecretFamily,
}
"""Attribute of `Driver` and class of each family."""


@cache
def operations() -> dict[str, str]:
    """Every operation of the catalogue with the family (attribute of `Driver`) that has it."""
    return {
        name: attribute
        for attribute, family in FAMILIES.items()
        for base in family.__mro__
        if base is not Family
        for name, member in vars(base).items()
        if callable(member) and not name.startswith("_")
    }


def in_the_name_of(operation: str, error: ManorError) -> ManorError:
    """A failed operation's error as libvirt gives it: what is not supported is the function that was called.

    Where an older operation is a newer one with fixed arguments, the newer one is what the driver lacks.
    """
    if error.code is not ErrorNumber.NO_SUPPORT or not (error.str2 or "").startswith("vir"):
        return error
    family = operations().get(operation)
    declared = getattr(FAMILIES[family], operation).__doc__ or "" if family is not None else ""
    function, stop, _ = declared.partition(".")
    if not stop or function == error.str2:
        return error
    return reporter(error.domain)(ErrorNumber.NO_SUPPORT, function)


class Driver:
    """One client connection's access to a hypervisor: an instance of each family, and the events they publish."""

    name: ClassVar[str]
    """The driver's name as virConnectGetType gives it."""

    host: HostFamily
    domain: DomainFamily
    network: NetworkFamily
    storage: StorageFamily
    node_device: NodeDeviceFamily
    interface: InterfaceFamily
    nwfilter: NwfilterFamily
    secret: SecretFamily

    def __init__(self, session: Session, events: EventBus, **families: Family) -> None:
        """`families` override, by attribute name, the base families that support nothing."""
        self.session = session
        self.events = events
        for attribute, base in FAMILIES.items():
            setattr(self, attribute, families.get(attribute) or base(session))

    def operation(self, name: str) -> Operation:
        """The bound coroutine function of an operation, by its wire name in lower case."""
        bound: Operation = getattr(getattr(self, operations()[name]), name)
        return bound

    async def close(self) -> None:
        """End this connection; what it owned ends with it (autodestroy, streams, callbacks)."""
        await self.session.close()


QEMU_USERS: Final = ("manor-qemu", "libvirt-qemu")
"""As whom QEMU runs under root's daemon unless its configuration says otherwise: manor's own user, or libvirt's."""


@dataclass(frozen=True, slots=True)
class DriverContext:
    """Where a driver instance lives and how it may act.

    `state`, `runtime`, `logs`, `cache` are folders of its own; `privileged` tells a system daemon from a user's.
    `settings` holds the driver's section of the daemon's configuration. `root` is the one folder all others are below,
    where there is one.
    """

    state: Path
    runtime: Path
    logs: Path
    cache: Path
    privileged: bool
    settings: dict[str, object] = field(default_factory=dict)
    root: Path | None = None

    @classmethod
    def below(cls, root: Path, *, privileged: bool, settings: dict[str, object] | None = None) -> DriverContext:
        """Everything below one folder, as `manord --root` and `qemu:///embed?root=` have it."""
        return cls(root / "lib", root / "run", root / "log", root / "cache", privileged, settings or {}, root)


class DriverProvider(Protocol):
    """The daemon-wide side of a driver: created once, opened per connection.

    A driver's package has a coroutine `provide(context: DriverContext) -> DriverProvider`; `manor.drivers.registry`
    names it per URI scheme.
    """

    async def open(self, uri: ConnectURI, session: Session) -> Driver:
        """Serve a new connection. Raises ManorError for a path the driver does not serve."""
        ...

    async def aclose(self) -> None:
        """Stop serving: release everything, leaving guests that outlive their manager running."""
        ...
