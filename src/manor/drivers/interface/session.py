# SPDX-License-Identifier: Apache-2.0
"""One client connection as drivers see it: who is asking, what they may do, and what ends with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

CloseHook = Callable[[], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who stands behind a connection; what is not known is None (virTypedParameter names VIR_CONNECT_IDENTITY_*)."""

    user_id: int | None = None
    user_name: str | None = None
    group_id: int | None = None
    group_name: str | None = None
    process_id: int | None = None
    process_time: int | None = None
    sasl_user_name: str | None = None
    x509_distinguished_name: str | None = None
    selinux_context: str | None = None

    @property
    def label(self) -> str:
        """Who it is in one word, for histories and logs: the most telling name there is."""
        name = self.sasl_user_name or self.x509_distinguished_name or self.user_name
        if name is not None:
            return name
        return "local" if self.user_id is None else f"uid={self.user_id}"


class Login(Protocol):
    """Asks a client who they are, for drivers that keep users of their own. Raises VIR_ERR_AUTH_FAILED."""

    async def user_name(self) -> str:
        """The name they go by."""

    async def password(self, user: str) -> str:
        """The password of that name."""


@dataclass(slots=True, eq=False)
class Session:
    """A client connection: created by the face (daemon, in-process API), handed to the driver at open.

    `on_close` hooks run in reverse order of registration when the connection ends for whatever reason: autodestroyed
    guests, open consoles, callbacks.
    """

    uri: str
    identity: Identity = field(default_factory=Identity)
    readonly: bool = False
    secure: bool = True
    login: Login | None = None
    on_close: list[CloseHook] = field(default_factory=list)

    async def close(self) -> None:
        """Run every close hook once, last registered first; the first failure is raised after all have run."""
        failure: Exception | None = None
        while self.on_close:
            hook = self.on_close.pop()
            try:
                pending = hook()
                if pending is not None:
                    await pending
            except Exception as error:
                failure = failure or error
        if failure is not None:
            raise failure
