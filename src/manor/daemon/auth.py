# SPDX-License-Identifier: Apache-2.0
"""How a client shows who it is: not at all, by polkit, or by SASL; one object per client.

Until it has, it may call nothing else. The methods named like procedures take and return the values of the wire.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from importlib.util import find_spec
from typing import Any

import msgspec

from manor.daemon import polkit
from manor.drivers.interface import Identity
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.users import UserFile
from manor.wire.opening import NONE, POLKIT, SASL
from manor.wire.sasl.server import SCRAM_HASHES, Negotiation, Outcome, SaslError, negotiate

_error = reporter(ErrorDomain.RPC)
_log = logging.getLogger(__name__)

_TYPES = {"none": NONE, "polkit": POLKIT, "sasl": SASL}
_NEEDS_PROTECTION = frozenset({"PLAIN", "GSSAPI"})
"""One shows the password, the other is not spoken with the security layer that clients insist on without one below."""

MECHANISMS = {"PLAIN": None, "EXTERNAL": None, "GSSAPI": "gssapi", **dict.fromkeys(SCRAM_HASHES, "scramp")}
"""The mechanisms of SASL, with the Python package each one needs."""

ATTEMPTS = 3
"""How often a client may fail before it is disconnected."""

Values = tuple[Any, ...]


class AuthRules(msgspec.Struct, frozen=True):
    """What the configuration says of authentication, for one kind of socket."""

    method: str
    action: str
    polkit_timeout: float
    mechanisms: tuple[str, ...]
    users: UserFile
    allowed_users: tuple[str, ...]
    protected: bool
    """Whether nobody can listen in on the transport."""


Note = Callable[[Identity, str, str | None], None]
"""Told of every attempt: who, by which method, and why it failed (None where it did not)."""


def check_mechanisms(names: Iterable[str]) -> None:
    """Refuse mechanisms of SASL that this machine has not got what they need for. Raises VIR_ERR_CONF_SYNTAX."""
    for name in names:
        library = MECHANISMS[name.upper()]
        if library is not None and find_spec(library) is None:
            raise _error(ErrorNumber.CONF_SYNTAX, f"SASL mechanism {name} needs the Python package {library}")


class Authentication:
    """One client's way in. `done` says that it is in; `identity` then has its name of SASL, if it has one."""

    def __init__(self, rules: AuthRules, identity: Identity, note: Callable[[Identity, str, str | None], None]) -> None:
        self.done = False
        self.failures = 0
        self.identity = identity
        self._rules = rules
        self._note = note
        self._negotiation: Negotiation | None = None
        self._stepping = False

    @property
    def _trusted(self) -> bool:
        """Whether polkit is not asked: root can do without the daemon whatever it would do with it."""
        return self._rules.method == "none" or (self._rules.method == "polkit" and self.identity.user_id == 0)

    async def auth_list(self) -> Values:
        """The ways there are. Only a client that has asked for them may go on."""
        if self._trusted and not self.done:
            self._accept("none")
        if self.done:
            return ([NONE],)
        return ([_TYPES[self._rules.method]],)

    async def auth_polkit(self) -> Values:
        """Have polkit decide about the client's process."""
        if self._rules.method != "polkit" or self.done:
            raise self._refused("polkit", "polkit was not asked for")
        try:
            await polkit.authorise(self.identity, self._rules.action, self._rules.polkit_timeout)
        except ManorError as error:
            self.failures += 1
            self._note(self.identity, "polkit", error.message)
            raise
        self._accept("polkit")
        return (1,)

    async def auth_sasl_init(self) -> Values:
        """The mechanisms there are."""
        if self._rules.method != "sasl" or self.done:
            raise self._refused("sasl", "SASL was not asked for")
        names = self._mechanisms()
        if not names:
            raise self._refused("sasl", "no mechanism is left for this transport")
        return (",".join(names),)

    async def auth_sasl_start(self, mechanism: str, nil: int, data: bytes) -> Values:
        """Begin with a mechanism."""
        if self._rules.method != "sasl" or self.done or self._negotiation is not None:
            raise self._refused("sasl", "out of turn")
        if mechanism.upper() not in self._mechanisms():
            raise self._refused("sasl", f"{mechanism} is not offered")
        try:
            self._negotiation = negotiate(mechanism, self._rules.users, self._external_name())
        except SaslError as error:
            raise self._refused("sasl", str(error)) from error
        return await self._step(nil, data)

    async def auth_sasl_step(self, nil: int, data: bytes) -> Values:
        """Go on with it."""
        if self._negotiation is None or self._stepping or self.done:
            raise self._refused("sasl", "out of turn")
        return await self._step(nil, data)

    async def _step(self, nil: int, data: bytes) -> Values:
        negotiation = self._negotiation
        assert negotiation is not None  # noqa: S101 - both callers have made sure
        self._stepping = True
        try:
            # Passwords are costly to check by intent; the others must not wait for it.
            outcome: Outcome = await asyncio.to_thread(negotiation.step, None if nil else data)
        except SaslError as error:
            self._negotiation = None
            raise self._refused("sasl", str(error)) from error
        finally:
            self._stepping = False
        if outcome.complete:
            self._admit(negotiation.user)
        answer = outcome.data
        return (int(outcome.complete), int(answer is None), answer or b"")

    def _admit(self, user: str) -> None:
        self.identity = dataclasses.replace(self.identity, sasl_user_name=user)
        allowed = self._rules.allowed_users
        if allowed and not any(fnmatchcase(user, pattern) for pattern in allowed):
            self._negotiation = None
            raise self._refused("sasl", f"user {user} is not allowed to connect")
        self._accept("sasl")

    def _mechanisms(self) -> list[str]:
        names = [name.upper() for name in self._rules.mechanisms]
        if not self._rules.protected:
            names = [name for name in names if name not in _NEEDS_PROTECTION]
        if self._external_name() is None:
            names = [name for name in names if name != "EXTERNAL"]
        return names

    def _external_name(self) -> str | None:
        """Who the transport says the client is."""
        return self.identity.x509_distinguished_name or self.identity.user_name

    def _accept(self, method: str) -> None:
        self.done = True
        self._note(self.identity, method, None)

    def _refused(self, method: str, why: str) -> ManorError:
        """The reason is for us; the client learns only that it failed."""
        self.failures += 1
        _log.warning("authentication failed: %s", why)
        self._note(self.identity, method, why)
        return _error(ErrorNumber.AUTH_FAILED, "authentication failed")
