# SPDX-License-Identifier: Apache-2.0
"""The user's name and password, for drivers in this process that keep users of their own.

Asked of auth.conf first and of the program then, with libvirt's questions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from manor.client.backend import Authenticator, Credential
from manor.client.credentials import Credentials
from manor.constants import ConnectCredentialType
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.AUTH)


class Login:
    """A `manor.drivers.interface.session.Login` that asks where the connection is opened."""

    def __init__(self, uri: ConnectURI, service: str, authenticator: Authenticator | None) -> None:
        self._known = Credentials(uri, None)
        self._service = service
        self._host = uri.host or "localhost"
        self._authenticator = authenticator

    async def user_name(self) -> str:
        """The user's name. Raises VIR_ERR_AUTH_FAILED where nobody tells."""
        kinds = (ConnectCredentialType.AUTHNAME,)
        names = "VIR_CRED_AUTHNAME"
        return await self._ask(kinds, names, f"Enter username for {self._host}", "Username")

    async def password(self, user: str) -> str:
        """A user's password. Raises VIR_ERR_AUTH_FAILED where nobody tells."""
        kinds = (ConnectCredentialType.PASSPHRASE, ConnectCredentialType.NOECHOPROMPT)
        names = "VIR_CRED_PASSPHRASE or VIR_CRED_NOECHOPROMPT"
        return await self._ask(kinds, names, f"Enter {user}'s password for {self._host}", "Password")

    async def _ask(self, kinds: Sequence[ConnectCredentialType], names: str, prompt: str, what: str) -> str:
        configured = self._known.lookup(kinds[0], self._service)
        if configured is not None:
            return configured
        asked = self._authenticator
        if asked is None:
            raise _error(ErrorNumber.INVALID_ARG, "Missing authentication credentials")
        kind = next((kind for kind in asked.credential_types if kind in kinds), None)
        if kind is None:
            raise _error(ErrorNumber.AUTH_FAILED, f"Missing {names} credential type")
        question = Credential(ConnectCredentialType(kind), prompt, self._host)
        try:
            # The program's own code answers: it may take as long as it wants, and block.
            (answer,) = await asyncio.to_thread(asked.ask, [question])
        except ManorError as error:
            raise _error(ErrorNumber.AUTH_FAILED, f"{what} request failed") from error
        return answer or ""
