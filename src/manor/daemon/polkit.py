# SPDX-License-Identifier: Apache-2.0
"""Asking polkit whether a local process may use the daemon: over D-Bus, or by pkcheck where dbus-fast is missing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from importlib.util import find_spec
from typing import Any

from manor.drivers.interface import Identity
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

_error = reporter(ErrorDomain.POLKIT)
_log = logging.getLogger(__name__)

_SERVICE = "org.freedesktop.PolicyKit1"
_ALLOW_INTERACTION = 1
_CANCELLED_BY_USER = "polkit.dismissed"
# pkcheck's exit statuses beside 0.
_NO_AGENT, _DISMISSED = 2, 3


async def authorise(identity: Identity, action: str, timeout: float) -> None:
    """Return if polkit lets the process do `action`; its start tells it from a later one of the same number.

    Raises VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_CANCELLED when the user gave up, VIR_ERR_AUTH_UNAVAILABLE where polkit
    cannot be asked, or has nobody to ask for a password.
    """
    pid, uid, start = identity.process_id, identity.user_id, identity.process_time
    if pid is None or uid is None or start is None:
        raise _error(ErrorNumber.AUTH_FAILED, "access denied by policy")
    ask = _by_bus if find_spec("dbus_fast") is not None else _by_program
    try:
        async with asyncio.timeout(timeout):
            allowed, challenge, details = await ask(action, pid, start, uid)
    except TimeoutError:
        raise _error(ErrorNumber.AUTH_FAILED, "polkit did not answer in time") from None
    if allowed:
        return
    _log.info("polkit refuses %s to process %d of user %d", action, pid, uid)
    if details.get(_CANCELLED_BY_USER):
        raise _error(ErrorNumber.AUTH_CANCELLED, "user cancelled authentication process")
    if challenge:
        raise _error(ErrorNumber.AUTH_UNAVAILABLE, f"no polkit agent available to authenticate action '{action}'")
    raise _error(ErrorNumber.AUTH_FAILED, "access denied by policy")


Verdict = tuple[bool, bool, dict[str, str]]


async def _by_bus(action: str, pid: int, start: int, uid: int) -> Verdict:
    from dbus_fast import BusType, Message, MessageType, Variant
    from dbus_fast.aio import MessageBus

    subject: list[Any] = [
        "unix-process",
        {"pid": Variant("u", pid), "start-time": Variant("t", start), "uid": Variant("i", uid)},
    ]
    try:
        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    except Exception as error:
        raise _unavailable(error) from error
    try:
        reply = await bus.call(
            Message(
                destination=_SERVICE,
                path="/org/freedesktop/PolicyKit1/Authority",
                interface=f"{_SERVICE}.Authority",
                member="CheckAuthorization",
                signature="(sa{sv})sa{ss}us",
                body=[subject, action, {}, _ALLOW_INTERACTION, ""],
            )
        )
    finally:
        bus.disconnect()
    if reply is None or reply.message_type is MessageType.ERROR:
        raise _unavailable(None if reply is None else reply.body)
    ((allowed, challenge, details),) = reply.body
    return bool(allowed), bool(challenge), dict(details)


def _unavailable(reason: object) -> ManorError:
    _log.warning("polkit cannot be asked: %s", reason)
    return _error(ErrorNumber.AUTH_UNAVAILABLE, "polkit cannot be asked")


async def _by_program(action: str, pid: int, start: int, uid: int) -> Verdict:
    argv = ["pkcheck", "--action-id", action, "--process", f"{pid},{start},{uid}", "--allow-user-interaction"]
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise _unavailable(error) from error
    try:
        status = await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return status == 0, status == _NO_AGENT, {_CANCELLED_BY_USER: "1"} if status == _DISMISSED else {}
