# SPDX-License-Identifier: Apache-2.0
"""Names and passwords for authentication: from auth.conf, and from whoever the program lets us ask.

auth.conf is libvirt's: `[credentials-NAME]` holds `authname`, `password`, `username`…, `[auth-SERVICE-HOST]` says which
of them a host takes, `[auth-SERVICE-default]` which all others do.
"""

from __future__ import annotations

import os

from manor.constants import ConnectCredentialType
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.uri import ConnectURI

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manor.client.backend import Authenticator
    from manor.wire.sasl.client import Question

_error = reporter(ErrorDomain.AUTH)

# The names in auth.conf of what can be asked for.
_KEYS = {
    ConnectCredentialType.USERNAME: "username",
    ConnectCredentialType.AUTHNAME: "authname",
    ConnectCredentialType.PASSPHRASE: "password",
    ConnectCredentialType.NOECHOPROMPT: "password",
    ConnectCredentialType.REALM: "realm",
}


def auth_file(uri: ConnectURI) -> str | None:
    """The auth.conf to use: the URI's, the environment's, the user's, the host's; None where there is none.

    Raises VIR_ERR_OPEN_FAILED for one that was named and is not there.
    """
    for named in (uri.parameters.get("authfile"), os.environ.get("LIBVIRT_AUTH_FILE")):
        if named:
            if not os.path.exists(named):
                raise _error(ErrorNumber.OPEN_FAILED, f"{named}: no such authentication file")
            return named
    base = os.environ.get("XDG_CONFIG_HOME")
    folders = (base or os.path.expanduser("~/.config"), "/etc")
    return next((path for folder in folders if os.path.exists(path := f"{folder}/libvirt/auth.conf")), None)


def parse_auth(text: str, name: str) -> dict[str, dict[str, str]]:
    """The sections of an auth.conf. Raises VIR_ERR_CONF_SYNTAX with the file's name and the line."""
    sections: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            section = sections.setdefault(line[1:-1], {})
            continue
        key, equals, value = line.partition("=")
        if section is None or not equals:
            what = "a section" if section is None else "an assignment"
            raise reporter(ErrorDomain.CONF)(ErrorNumber.CONF_SYNTAX, f"{name}:{number}: expecting {what}")
        section[key.strip()] = value.strip()
    return sections


class Credentials:
    """What one connection can answer to questions about its user. `service` is "libvirt" or "ssh" in auth.conf."""

    def __init__(self, uri: ConnectURI, authenticator: Authenticator | None) -> None:
        self._uri = uri
        self._host = uri.host or "localhost"
        self._authenticator = authenticator
        self._sections: dict[str, dict[str, str]] | None = None

    def _configured(self, service: str) -> dict[str, str]:
        """What auth.conf says for our host."""
        if self._sections is None:
            path = auth_file(self._uri)
            self._sections = {} if path is None else parse_auth(self._read(path), path)
        sections = self._sections
        chosen = sections.get(f"auth-{service}-{self._host}") or sections.get(f"auth-{service}-default") or {}
        name = chosen.get("credentials")
        if name is None:
            return {}
        if f"credentials-{name}" not in sections:
            raise reporter(ErrorDomain.CONF)(
                ErrorNumber.CONF_SYNTAX, f"{auth_file(self._uri)}: Missing section 'credentials-{name}'"
            )
        return sections[f"credentials-{name}"]

    def _read(self, path: str) -> str:
        try:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                return file.read()
        except OSError as error:
            raise _error.system(error.errno or 0, f"Failed to open file '{path}'") from error

    def answerable(self, service: str = "libvirt") -> list[int]:
        """The types of credentials that would get an answer."""
        configured = self._configured(service)
        known = {int(kind) for kind, key in _KEYS.items() if key in configured}
        if self._authenticator is not None:
            known.update(self._authenticator.credential_types)
        return sorted(known)

    def lookup(self, kind: ConnectCredentialType, service: str = "libvirt") -> str | None:
        """What auth.conf has of this type."""
        key = _KEYS.get(kind)
        return self._configured(service).get(key) if key is not None else None

    def answer(self, question: Question, service: str = "libvirt") -> list[str | None]:
        """Answer a mechanism's question: from auth.conf what it has, the rest from the program.

        Raises VIR_ERR_AUTH_FAILED where nobody can answer, VIR_ERR_AUTH_CANCELLED where nobody would.
        """
        from manor.client.backend import Credential

        answers = [self.lookup(prompt.type, service) for prompt in question.prompts]
        missing = [at for at, answer in enumerate(answers) if answer is None]
        if not missing:
            return answers
        if self._authenticator is None:
            raise _error(ErrorNumber.AUTH_FAILED, "No authentication callback available")
        asked = [question.prompts[at] for at in missing]
        given = self._authenticator.ask([Credential(prompt.type, prompt.prompt, self._host) for prompt in asked])
        if len(given) != len(asked):
            raise self._refused()
        for at, answer in zip(missing, given, strict=True):
            answers[at] = answer
        if any(answer is None for answer in answers):
            raise self._refused()
        return answers

    def _refused(self) -> ManorError:
        return _error(ErrorNumber.AUTH_CANCELLED, "Failed to collect auth credentials")
