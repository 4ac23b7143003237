# SPDX-License-Identifier: Apache-2.0
"""Opening the connection of the command line: URI, credentials asked at the terminal, keepalive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed
from manor.client.backend import open_backend
from manor.errors import ErrorDomain, ErrorNumber, ManorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manor.cli.settings import Settings
    from manor.client.backend import Backend, Credential

USERNAME, AUTHNAME, LANGUAGE, CNONCE, PASSPHRASE, ECHO_PROMPT, NO_ECHO_PROMPT, REALM = range(1, 9)
HIDDEN = frozenset((PASSPHRASE, NO_ECHO_PROMPT))

LOSSES = (
    "Disconnected from {} due to I/O error",
    "Disconnected from {} due to end of file",
    "Disconnected from {} due to keepalive timeout",
    "Disconnected from {}",
)
"""What to say of a lost connection, by virConnectCloseReason."""


class TerminalAuthenticator:
    """Asks for credentials at the terminal; without one it cannot answer."""

    credential_types: Sequence[int] = (USERNAME, AUTHNAME, PASSPHRASE, ECHO_PROMPT, NO_ECHO_PROMPT, REALM)

    def ask(self, credentials: Sequence[Credential]) -> list[str | None]:
        """Put each question to the user; an empty answer means the default, and the end of input none at all."""
        from getpass import getpass

        answers: list[str | None] = []
        for credential in credentials:
            prompt = credential.prompt if credential.prompt.endswith(":") else f"{credential.prompt}:"
            try:
                answer = getpass(prompt) if credential.type in HIDDEN else input(prompt)
            except EOFError:
                return []
            answers.append(answer or None)
        return answers


def default_uri() -> str | None:
    """The URI of the environment; libvirt's own default (None) is the client's business."""
    return os.environ.get("MANOR_DEFAULT_CONNECT_URI") or os.environ.get("VIRSH_DEFAULT_CONNECT_URI")


def open_connection(settings: Settings) -> Backend:
    """Connect as the settings say, with an agent for polkit's questions where there is none. Raises ManorError."""

    def attempt() -> Backend:
        return open_backend(settings.uri or default_uri(), readonly=settings.readonly, auth=TerminalAuthenticator())

    try:
        backend = attempt()
    except ManorError as error:
        if settings.readonly or (error.domain, error.code) != (ErrorDomain.POLKIT, ErrorNumber.AUTH_UNAVAILABLE):
            raise
        from manor.cli.polkit_agent import retry

        backend = retry(attempt, error)
    if settings.keepalive_interval is not None or settings.keepalive_count is not None:
        _keep_alive(backend, settings)
    return backend


def _keep_alive(backend: Backend, settings: Settings) -> None:
    interval = 5 if settings.keepalive_interval is None else settings.keepalive_interval
    count = 6 if settings.keepalive_count is None else settings.keepalive_count
    try:
        backend.set_keepalive(interval, count)
    except ManorError as failure:
        if failure.code != ErrorNumber.NO_SUPPORT:
            backend.close()
            raise CommandFailed("Cannot setup keepalive on connection as requested, disconnecting") from failure


def describe_loss(backend: Backend) -> str:
    """Why the connection is gone."""
    reason = backend.closed_reason
    return LOSSES[-1 if reason is None else int(reason)].format(backend.uri)
