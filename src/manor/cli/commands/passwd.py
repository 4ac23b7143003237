# SPDX-License-Identifier: Apache-2.0
"""The command that keeps the file of the daemon's users and their secrets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed
from manor.cli.model import command

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell

DEFAULT_FILE = "/etc/manor/users"


@command(
    "passwd",
    "set the password of a user of the daemon, for SASL",
    f"""
    --user STRING  the user; without one the users are listed
    --file STRING{{file}}  the file of users, {DEFAULT_FILE} if not given
    --delete  remove the user
    """,
    description="Keep the file of the daemon's users. The password is asked for, or read from standard input; the file "
    "holds salted hashes only.",
    connect=False,
)
def passwd(shell: Shell, args: Args) -> None:
    from manor.errors import ManorError
    from manor.users import UserFile

    user, path = args.text("user"), Path(args.text("file") or DEFAULT_FILE)
    users = UserFile(path)
    try:
        if user is None:
            for name in users.names():
                shell.out.line(name)
            shell.out.data({"users": users.names()})
        elif args.flag("delete"):
            users.delete(user)
            shell.out.note(f"User '{user}' removed from {path}\n", user=user, file=str(path))
        else:
            users.set(user, _new_password())
            shell.out.note(f"Password of user '{user}' set in {path}\n", user=user, file=str(path))
    except ManorError as error:
        raise CommandFailed(error.message) from None
    except OSError as error:
        raise CommandFailed(f"{error.filename or path}: {error.strerror}") from None


def _new_password() -> str:
    """A password from the terminal, asked for twice, or the first line of standard input."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    else:
        from getpass import getpass

        password = getpass("New password: ")
        if getpass("The same again: ") != password:
            raise CommandFailed("the passwords differ")
    if not password:
        raise CommandFailed("the password is empty")
    return password
