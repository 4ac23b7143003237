# SPDX-License-Identifier: Apache-2.0
"""The client's side of SASL: each mechanism is a generator that yields its messages and is sent the server's.

What a mechanism wants to know of the user it asks for with a `Question`, which is answered with a list of texts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from manor.constants import ConnectCredentialType
from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.AUTH)


class Prompt(NamedTuple):
    """One thing to ask the user for."""

    type: ConnectCredentialType
    prompt: str


class Question(NamedTuple):
    """Things to ask for together; the answer is a text for each, None where the user gave none."""

    prompts: tuple[Prompt, ...]


Exchange = Generator[bytes | Question | None, bytes | list[str | None] | None, None]
"""Yields messages (None: no data at all) and questions; is sent the server's data, or the answers."""


def _ask(*types: ConnectCredentialType) -> Generator[Question, list[str | None], list[str]]:
    answers = yield Question(tuple(Prompt(type_, _PROMPTS[type_]) for type_ in types))
    return [answer or "" for answer in answers]


_PROMPTS = {
    ConnectCredentialType.AUTHNAME: "Please enter your authentication name",
    ConnectCredentialType.PASSPHRASE: "Please enter your password",
}


def plain(host: str) -> Exchange:
    """PLAIN, RFC 4616: the password itself."""
    name, password = yield from _ask(ConnectCredentialType.AUTHNAME, ConnectCredentialType.PASSPHRASE)
    yield f"\0{name}\0{password}".encode()


def external(host: str) -> Exchange:
    """EXTERNAL, RFC 4422: the server knows us already, by our certificate or our socket."""
    yield b""


def scram(mechanism: str) -> Callable[[str], Exchange]:
    """SCRAM, RFC 5802 and 7677: neither side shows the password, both prove that they know it."""

    def exchange(host: str) -> Exchange:
        from scramp import ScramClient, ScramException  # type: ignore[import-untyped]

        name, password = yield from _ask(ConnectCredentialType.AUTHNAME, ConnectCredentialType.PASSPHRASE)
        try:
            client = ScramClient([mechanism], name, password)
            challenge = yield client.get_client_first().encode()
            client.set_server_first(_text(challenge))
            outcome = yield client.get_client_final().encode()
            client.set_server_final(_text(outcome))
        except (ScramException, UnicodeDecodeError) as error:
            raise _error(ErrorNumber.AUTH_FAILED, f"Failed to step SASL negotiation: {error}") from error
        # Some servers send their proof as a step of its own, which is answered with nothing.
        yield b""

    return exchange


def _text(data: bytes | list[str | None] | None) -> str:
    return data.decode() if isinstance(data, bytes) else ""


def gssapi(host: str) -> Exchange:
    """GSSAPI, RFC 4752: Kerberos, without a security layer of its own, hence for protected transports only."""
    library = import_module("gssapi")
    name = library.Name(f"libvirt@{host}", library.NameType.hostbased_service)
    try:
        context = library.SecurityContext(name=name, usage="initiate")
        token: object = None
        while not context.complete:
            token = yield context.step(token) or b""
        if not token:
            raise _error(ErrorNumber.AUTH_FAILED, "the server left the SASL negotiation early")
        offered = context.unwrap(token).message
        if len(offered) != 4 or not offered[0] & 1:
            raise _error(ErrorNumber.AUTH_FAILED, "the server insists on a security layer of SASL")
        yield context.wrap(b"\x01\0\0\0", encrypt=False).message
    except library.exceptions.GSSError as error:
        raise _error(ErrorNumber.AUTH_FAILED, f"Failed to step SASL negotiation: {error}") from error


class _Choice(NamedTuple):
    exchange: Callable[[str], Exchange]
    needs: frozenset[ConnectCredentialType]
    library: str | None
    shows_password: bool = False


_PASSWORD = frozenset({ConnectCredentialType.AUTHNAME, ConnectCredentialType.PASSPHRASE})
# In the order of preference.
_MECHANISMS: dict[str, _Choice] = {
    "GSSAPI": _Choice(gssapi, frozenset(), "gssapi"),
    "SCRAM-SHA-512": _Choice(scram("SCRAM-SHA-512"), _PASSWORD, "scramp"),
    "SCRAM-SHA-256": _Choice(scram("SCRAM-SHA-256"), _PASSWORD, "scramp"),
    "SCRAM-SHA-1": _Choice(scram("SCRAM-SHA-1"), _PASSWORD, "scramp"),
    "PLAIN": _Choice(plain, _PASSWORD, None, shows_password=True),
    "EXTERNAL": _Choice(external, frozenset(), None),
}


def choose(offered: str, answerable: Sequence[int], *, protected: bool) -> str:
    """The mechanism to use of those a server offers (a text of names).

    `answerable` are the types of credentials somebody can give, `protected` says that nobody can listen in. Raises
    VIR_ERR_AUTH_FAILED where none is left, with the reason.
    """
    names = offered.replace(",", " ").upper().split()
    reasons = []
    for name, choice in _MECHANISMS.items():
        if name not in names:
            continue
        if not protected:
            reasons.append(f"{name} needs a protected transport")
        elif choice.library is not None and find_spec(choice.library) is None:
            reasons.append(f"{name} needs the Python package {choice.library}")
        elif not choice.needs <= set(answerable):
            reasons.append(f"{name} needs a name and a password, and nobody can be asked for them")
        else:
            return name
    why = "; ".join(reasons) or "none of them is known"
    raise _error(ErrorNumber.AUTH_FAILED, f"No usable SASL mechanism among '{offered}': {why}")


def start(mechanism: str, host: str) -> Exchange:
    """The exchange of a mechanism `choose` gave. `host` is the server's name."""
    return _MECHANISMS[mechanism].exchange(host)
