# SPDX-License-Identifier: Apache-2.0
"""The file of users and their secrets: one line each, `NAME:SECRET SECRET`, a secret for every hash.

Secrets are salted hashes (`manor.wire.sasl.secret`); no password can be read from the file. `manor passwd` writes it,
manord reads it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.wire.sasl.secret import Secret

_error = reporter(ErrorDomain.AUTH)

HASHES = ("sha256", "sha512")
_NAME_MAX = 255


class UserFile:
    """The users of a file, which is read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None
        self._users: dict[str, dict[str, Secret]] = {}
        self._decoy_key = os.urandom(32)

    def secret(self, user: str, hash_name: str) -> Secret | None:
        """A user's secret for a hash, None for one that is not known."""
        self._refresh()
        return self._users.get(user, {}).get(hash_name)

    def decoy_key(self) -> bytes:
        """What answers about users that do not exist are made of."""
        return self._decoy_key

    def names(self) -> list[str]:
        """All users."""
        self._refresh()
        return sorted(self._users)

    def _refresh(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._users = None, {}
            return
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp != self._stamp:
            self._users = read_users(self.path)
            self._stamp = stamp

    def set(self, user: str, password: str) -> None:
        """Enter a user, or give one another password."""
        check_name(user)
        users = read_users(self.path) if self.path.exists() else {}
        users[user] = {kind: Secret.of(password, kind) for kind in HASHES}
        write_users(self.path, users)

    def delete(self, user: str) -> None:
        """Remove a user. Raises VIR_ERR_INVALID_ARG for one that is not there."""
        users = read_users(self.path) if self.path.exists() else {}
        if user not in users:
            raise _error(ErrorNumber.INVALID_ARG, f"no user '{user}' in {self.path}")
        del users[user]
        write_users(self.path, users)


def check_name(user: str) -> None:
    """Refuse names that the file or SASL cannot carry. Raises VIR_ERR_INVALID_ARG."""
    if not user or len(user) > _NAME_MAX or any(letter in ":\0" or letter.isspace() for letter in user):
        raise _error(ErrorNumber.INVALID_ARG, f"'{user}' is no name of a user: it has to be free of blanks and ':'")


def read_users(path: Path) -> dict[str, dict[str, Secret]]:
    """All users of a file. Raises VIR_ERR_CONF_SYNTAX naming the line that cannot be read."""
    users: dict[str, dict[str, Secret]] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, words = line.partition(":")
        try:
            secrets = [Secret.parse(word) for word in words.split()]
        except ValueError:
            secrets = []
        if not name or not colon or not secrets:
            raise _error(ErrorNumber.CONF_SYNTAX, f"{path}:{number}: not NAME:SECRET, use 'manor passwd'")
        users[name] = {secret.hash_name: secret for secret in secrets}
    return users


def write_users(path: Path, users: dict[str, dict[str, Secret]]) -> None:
    """Replace the file, all at once; only its owner may read it."""
    lines = [f"{name}:{' '.join(map(str, secrets.values()))}\n" for name, secrets in sorted(users.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made with mode 0600, and seen under its name only when it is complete.
    fd, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(fd, "w") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(fd)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
