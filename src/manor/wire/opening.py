# SPDX-License-Identifier: Apache-2.0
"""How a client opens a connection: authentication, features, the open call; written once for every shell.

The generators yield `Request`s, answered with the payload of the reply, and `Question`s for the user, answered with
texts. libvirt's order is kept: AUTH_LIST first, since a daemon refuses everything else before it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.wire.exchanges import Request, Steps, ask

if TYPE_CHECKING:
    # Most connections need no SASL, and the command line cares about every import.
    from manor.wire.sasl.client import Exchange, Question

_error = reporter(ErrorDomain.REMOTE)
_auth_error = reporter(ErrorDomain.AUTH)

NONE, SASL, POLKIT = range(3)
"""Types of authentication, as AUTH_LIST answers them."""

FEATURE_FD_PASSING = 8
FEATURE_TYPED_PARAM_STRING = 9
FEATURE_KEEPALIVE = 10

_READONLY = 1  # VIR_CONNECT_RO

OpeningSteps = Generator["Request | Question", Any, "Opened"]


class AuthSettings(NamedTuple):
    """What a client brings to authentication.

    `wanted` is the URI's `auth` parameter (none, polkit, sasl, sasl.MECHANISM); `answerable()` the types of credentials
    somebody can be asked for; `protected` says that nobody can listen in on the transport.
    """

    host: str = "localhost"
    wanted: str | None = None
    answerable: Callable[[], Sequence[int]] = tuple
    protected: bool = True


class Opened(NamedTuple):
    """What an opened connection is known to be: the peer's URI where none was given, and whether it answers pings."""

    uri: str | None
    keepalive: bool


def open_connection(name: str | None, auth: AuthSettings, *, readonly: bool, keepalive: bool) -> OpeningSteps:
    """From the first byte to an open hypervisor connection; `name` is the URI the daemon shall open, None its default.

    With `keepalive` the daemon is asked whether it answers pings, which lets it send pings of its own: whoever asks
    must read what comes even while no call is under way. Raises ManorError: the daemon's, or VIR_ERR_AUTH_FAILED.
    """
    yield from authenticate(auth)
    if keepalive:
        keepalive = yield from supports(FEATURE_KEEPALIVE)
    yield from ask("connect_open", name, _READONLY if readonly else 0)
    uri = None
    if name is None:
        (uri,) = yield from ask("connect_get_uri")
    return Opened(uri, keepalive)


def supports(feature: int) -> Steps[bool]:
    """Whether the peer has a feature (VIR_DRV_FEATURE_*)."""
    (answer,) = yield from ask("connect_supports_feature", feature)
    return bool(answer)


def authenticate(settings: AuthSettings) -> Generator[Request | Question, Any, None]:
    """Ask what the daemon wants and do it."""
    (types,) = yield from ask("auth_list")
    chosen, mechanism = _choose(types, settings.wanted)
    if chosen == SASL:
        yield from _sasl(settings, mechanism)
    elif chosen == POLKIT:
        # The daemon asks polkit about our process; an agent of the user's session may show a dialogue.
        yield from ask("auth_polkit")
    elif chosen != NONE:
        raise _error(ErrorNumber.AUTH_FAILED, f"unsupported authentication type {chosen}")


_NAMES = {"none": NONE, "sasl": SASL, "polkit": POLKIT}


def _choose(types: list[int], wanted: str | None) -> tuple[int, str | None]:
    """The type of authentication, and the mechanism of SASL that is insisted on."""
    if not wanted:
        return (types[0] if types else NONE), None
    name, dot, mechanism = wanted.partition(".")
    chosen = _NAMES.get(name)
    if chosen is None or (dot and chosen != SASL):
        raise _error(ErrorNumber.INVALID_ARG, f"unknown authentication type {wanted}")
    if chosen not in types:
        raise _error(ErrorNumber.AUTH_FAILED, f"requested authentication type {name} rejected")
    return chosen, mechanism or None


def _sasl(settings: AuthSettings, wanted: str | None) -> Generator[Request | Question, Any, None]:
    from manor.wire.sasl import client as sasl

    (offered,) = yield from ask("auth_sasl_init")
    if wanted is not None:
        if wanted.upper() not in offered.upper().replace(",", " ").split():
            raise _auth_error(ErrorNumber.AUTH_FAILED, f"SASL mechanism {wanted} not supported by server")
        offered = wanted
    mechanism = sasl.choose(offered, settings.answerable(), protected=settings.protected)
    exchange = sasl.start(mechanism, settings.host)
    message = yield from _next(exchange, None, first=True)
    complete, nil, data = yield from ask("auth_sasl_start", mechanism, int(message is None), message or b"")
    while not complete:
        message = yield from _next(exchange, None if nil else data)
        complete, nil, data = yield from ask("auth_sasl_step", int(message is None), message or b"")
    # A mechanism that wants the server's proof finds it in the last answer, and fails without it.
    yield from _next(exchange, None if nil else data, last=True)
    exchange.close()


def _next(
    exchange: Exchange, data: bytes | None, *, first: bool = False, last: bool = False
) -> Generator[Question, Any, bytes | None]:
    """The mechanism's next message; its questions go to whoever drives us."""
    from manor.wire.sasl.client import Question

    try:
        item = next(exchange) if first else exchange.send(data)
        while isinstance(item, Question):
            answers = yield item
            item = exchange.send(answers)
    except StopIteration:
        if last:
            return None
        raise _auth_error(ErrorNumber.AUTH_FAILED, "Failed to step SASL negotiation: the server wants more") from None
    return item
