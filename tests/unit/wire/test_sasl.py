# SPDX-License-Identifier: Apache-2.0
"""SASL: our client against our server for every mechanism, secrets, and the opening of a connection."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manor.constants import ConnectCredentialType
from manor.errors import ErrorNumber, ManorError
from manor.wire.exchanges import Request
from manor.wire.opening import AuthSettings, Opened, open_connection
from manor.wire.sasl.client import Question, choose
from manor.wire.sasl.secret import ITERATIONS, Secret, decoy
from manor.wire.sasl.server import Negotiation, SaslError, negotiate

PASSWORD = "correct horse"
ANSWERABLE = (ConnectCredentialType.AUTHNAME, ConnectCredentialType.PASSPHRASE)


# Made once, since hashing is slow by intent.
SECRETS_OF_FRED = {kind: Secret.of(PASSWORD, kind) for kind in ("sha256", "sha512")}


class Users:
    """Where the server finds secrets."""

    def secret(self, user: str, hash_name: str) -> Secret | None:
        return SECRETS_OF_FRED.get(hash_name) if user == "fred" else None

    def decoy_key(self) -> bytes:
        return b"key"


class Daemon:
    """Answers the calls of an opening, with one negotiation of SASL."""

    def __init__(
        self, mechanisms: str = "", types: list[int] | None = None, identity: str | None = None, early: bool = False
    ) -> None:
        self.mechanisms = mechanisms
        self.types = types if types is not None else ([1] if mechanisms else [0])
        self.identity = identity
        self.early = early
        self.negotiation: Negotiation | None = None
        self.asked: list[str] = []

    def answer(self, request: Request) -> bytes:
        name = request.procedure.name
        self.asked.append(name)
        args = request.procedure.args.decode(request.payload)
        answers: dict[str, Any] = {
            "auth_list": lambda: (self.types,),
            "auth_sasl_init": lambda: (self.mechanisms,),
            "auth_sasl_start": lambda mechanism, nil, data: self.step(mechanism, nil, data),
            "auth_sasl_step": lambda nil, data: self.step("", nil, data),
            "auth_polkit": lambda: (1,),
            "connect_supports_feature": lambda feature: (1,),
            "connect_open": lambda name, flags: (),
            "connect_get_uri": lambda: ("qemu:///system",),
        }
        return request.procedure.ret.encode(answers[name](*args))

    def step(self, mechanism: str, nil: int, data: bytes) -> tuple[int, int, bytes]:
        if self.negotiation is None:
            self.negotiation = negotiate(mechanism, Users(), self.identity)
        complete, answer = self.negotiation.step(None if nil else data)
        if self.early:
            # Says that all is well without having proved anything.
            return 1, 1, b""
        return int(complete), int(answer is None), answer or b""


def opened(
    daemon: Daemon, answers: list[str | None] | None = None, name: str | None = "x:///", **settings: Any
) -> Opened:
    """Drive an opening against `daemon`."""
    auth = AuthSettings(answerable=lambda: ANSWERABLE, **settings)
    steps = open_connection(name, auth, readonly=False, keepalive=True)
    step = next(steps)
    try:
        while True:
            step = steps.send(daemon.answer(step) if isinstance(step, Request) else answers)
    except StopIteration as done:
        result: Opened = done.value
        return result


MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_client_and_server_agree(mechanism: str) -> None:
    daemon = Daemon(mechanism)
    assert opened(daemon, ["fred", PASSWORD]) == Opened(None, True)
    assert daemon.negotiation is not None
    assert daemon.negotiation.user == "fred"
    assert daemon.asked[-2:] == ["connect_supports_feature", "connect_open"]


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("answers", [["fred", "wrong"], ["nobody", PASSWORD], ["", ""]])
def test_wrong_credentials(mechanism: str, answers: list[str | None]) -> None:
    with pytest.raises((SaslError, ManorError)):
        opened(Daemon(mechanism), answers)


def test_external() -> None:
    daemon = Daemon("EXTERNAL", identity="CN=client")
    opened(daemon)
    assert daemon.negotiation is not None
    assert daemon.negotiation.user == "CN=client"
    with pytest.raises(SaslError, match="unknown mechanism"):
        opened(Daemon("EXTERNAL"))


class Kerberos:
    """As much of the library gssapi as a server needs, with a context that one token completes."""

    class exceptions:  # noqa: N801 - as it is called there
        class GSSError(Exception):
            pass

    class SecurityContext:
        initiator_name = "fred@TEST"

        def __init__(self, usage: str) -> None:
            self.complete = False

        def step(self, token: bytes) -> bytes:
            self.complete = True
            return b"reply to " + token

        def wrap(self, message: bytes, *, encrypt: bool) -> SimpleNamespace:
            return SimpleNamespace(message=b"wrapped" + message)

        def unwrap(self, message: bytes) -> SimpleNamespace:
            return SimpleNamespace(message=message.removeprefix(b"wrapped"))


@pytest.mark.parametrize("nothing", [None, b""])
def test_the_order_of_gssapi(monkeypatch: pytest.MonkeyPatch, nothing: bytes | None) -> None:
    """RFC 4752, 3.1: after the last token of Kerberos a client says nothing, as no data or as data of no length."""
    monkeypatch.setitem(sys.modules, "gssapi", Kerberos)
    negotiation = negotiate("GSSAPI", Users(), None)
    said: list[bytes | None] = [None, b"ticket", nothing]
    assert [negotiation.step(data) for data in said] == [
        (False, b""),
        (False, b"reply to ticket"),
        (False, b"wrapped\1\0\0\0"),
    ]
    assert negotiation.step(b"wrapped\1\0\0\0").complete
    assert negotiation.user == "fred@TEST"


def test_a_server_must_prove_that_it_knows_the_password() -> None:
    with pytest.raises(ManorError) as caught:
        opened(Daemon("SCRAM-SHA-256", early=True), ["fred", PASSWORD])
    assert caught.value.code == ErrorNumber.AUTH_FAILED


def test_choice_of_the_mechanism() -> None:
    offered = "PLAIN,SCRAM-SHA-256 SCRAM-SHA-512"
    assert choose(offered, ANSWERABLE, protected=True) == "SCRAM-SHA-512"
    assert choose("plain", ANSWERABLE, protected=True) == "PLAIN"
    for arguments, why in (
        ((offered, ()), "nobody can be asked"),
        (("X-OTHER", ANSWERABLE), "none of them is known"),
    ):
        with pytest.raises(ManorError, match=why):
            choose(*arguments, protected=True)
    with pytest.raises(ManorError, match="PLAIN needs a protected transport"):
        choose(offered, ANSWERABLE, protected=False)


def test_types_of_authentication() -> None:
    daemon = Daemon(types=[2])
    opened(daemon)
    assert daemon.asked[:2] == ["auth_list", "auth_polkit"]
    daemon = Daemon("PLAIN", types=[2, 1, 0])
    opened(daemon, wanted="none")
    assert daemon.asked[1] == "connect_supports_feature"
    daemon = Daemon("PLAIN", types=[2, 1, 0])
    opened(daemon, ["fred", PASSWORD], wanted="sasl.plain")
    assert "auth_sasl_start" in daemon.asked
    for wanted, why in (
        ("sasl", "rejected"),
        ("magic", "unknown authentication"),
        ("none.x", "unknown authentication"),
    ):
        with pytest.raises(ManorError, match=why):
            opened(Daemon(types=[2]), wanted=wanted)
    with pytest.raises(ManorError, match="not supported by server"):
        opened(Daemon("PLAIN"), wanted="sasl.gssapi")
    with pytest.raises(ManorError, match="unsupported authentication type 9"):
        opened(Daemon(types=[9]))


def test_the_uri_is_asked_for_where_none_was_given() -> None:
    assert opened(Daemon(), name=None).uri == "qemu:///system"


def test_a_client_that_waits_for_the_server_to_begin() -> None:
    for mechanism in ("SCRAM-SHA-256", "EXTERNAL"):
        assert negotiate(mechanism, Users(), "me").step(None) == (False, b"")
    with pytest.raises(SaslError):
        negotiate("PLAIN", Users(), None).step(None)
    with pytest.raises(SaslError, match="may not act for"):
        negotiate("PLAIN", Users(), None).step(f"root\0fred\0{PASSWORD}".encode())
    with pytest.raises(SaslError, match="may not act for"):
        negotiate("EXTERNAL", Users(), "me").step(b"root")


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([*MECHANISMS, "EXTERNAL"]), st.lists(st.none() | st.binary(max_size=60), max_size=4))
def test_noise_is_refused(mechanism: str, messages: list[bytes | None]) -> None:
    negotiation = negotiate(mechanism, Users(), "me")
    try:
        for message in messages:
            negotiation.step(message)
    except SaslError:
        pass
    assert negotiation.user in ("", "me")


def test_secrets() -> None:
    secret = Secret.of("pässword", "sha512")
    assert secret.iterations == ITERATIONS
    assert secret.matches("pässword")
    # Another spelling of the same password.
    assert secret.matches("pa\u0308ssword")
    assert not secret.matches("password")
    assert Secret.parse(str(secret)) == secret
    assert "ssword" not in str(secret)
    assert Secret.of("x").salt != Secret.of("x").salt


@pytest.mark.parametrize(
    "text", ["", "sha256$1$a$b", "sha256$x$YQ==$YQ==$YQ==", "md9$1$YQ==$YQ==$YQ==", "sha256$0$a$b$c"]
)
def test_malformed_secrets(text: str) -> None:
    with pytest.raises(ValueError, match=""):
        Secret.parse(text)


def test_decoys_look_alike_each_time() -> None:
    one, two = decoy(b"k", "bob", "sha256"), decoy(b"k", "bob", "sha256")
    assert (one.salt, one.iterations) == (two.salt, two.iterations)
    assert one.salt != decoy(b"k", "eve", "sha256").salt
    assert len(one.salt) == len(Secret.of("x").salt)


def test_questions_say_what_is_asked() -> None:
    steps = open_connection("x", AuthSettings(answerable=lambda: ANSWERABLE), readonly=True, keepalive=False)
    daemon = Daemon("PLAIN")
    step = next(steps)
    while isinstance(step, Request):
        step = steps.send(daemon.answer(step))
    question = step
    assert isinstance(question, Question)
    assert [prompt.type for prompt in question.prompts] == list(ANSWERABLE)
