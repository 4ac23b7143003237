# SPDX-License-Identifier: Apache-2.0
"""Users that QEMU can run as: how labels name them, and which one it is unless a document says otherwise."""

from __future__ import annotations

import grp
import logging
import os
import pwd
from functools import cache
from typing import Any, NamedTuple

from manor.drivers.interface.driver import QEMU_USERS, DriverContext
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.system.owner import closed_folder

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.NONE)
_config_error = reporter(ErrorDomain.QEMU)


class Account(NamedTuple):
    """A user and the group of his files."""

    uid: int
    gid: int

    @property
    def label(self) -> str:
        """The account as a label of model `dac`."""
        return f"+{self.uid}:+{self.gid}"

    @property
    def groups(self) -> tuple[int, ...]:
        """All groups of the user, this one included."""
        return _groups(self.uid, self.gid)


def as_account(account: Account | None) -> dict[str, Any]:
    """Options of spawn for a program of this account; None is the program that starts it."""
    return {} if account is None else {"uid": account.uid, "gid": account.gid, "groups": account.groups}


@cache
def _groups(uid: int, gid: int) -> tuple[int, ...]:
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return (gid,)
    return tuple(os.getgrouplist(name, gid))


def own_account() -> Account:
    """The user this program runs as."""
    return Account(os.geteuid(), os.getegid())


def parse_label(label: str) -> Account:
    """The account of a label, `USER:GROUP` by names or numbers; "+" before a number keeps it from being a name.

    Raises VIR_ERR_INVALID_ARG.
    """
    user, separator, group = label.partition(":")
    if not separator:
        raise _error(ErrorNumber.INVALID_ARG, f"Failed to parse uid and gid from '{label}'")
    return Account(user_id(user), group_id(group))


def user_id(name: str) -> int:
    """The number of a user, given by name or number; raises VIR_ERR_INVALID_ARG."""
    if not name.startswith("+"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            pass
    return _number(name, "user")


def group_id(name: str) -> int:
    """The number of a group, given by name or number; raises VIR_ERR_INVALID_ARG."""
    if not name.startswith("+"):
        try:
            return grp.getgrnam(name).gr_gid
        except KeyError:
            pass
    return _number(name, "group")


def _number(name: str, what: str) -> int:
    digits = name.removeprefix("+")
    # The highest number means "leave as it is" to the kernel.
    if not (digits.isascii() and digits.isdigit()) or int(digits) >= 0xFFFFFFFF:
        raise _error(ErrorNumber.INVALID_ARG, f"Failed to parse {what} '{name}'")
    return int(digits)


def choose(context: DriverContext) -> Account:
    """The account of guests whose documents name none.

    That of the setting `user`. Where the configuration of root's daemon leaves it open, the first of `QEMU_USERS` that
    there is, provided that it can reach the guests' runtime folder. In all other cases the program's own. Raises
    VIR_ERR_INVALID_ARG for names of nobody, VIR_ERR_CONFIG_UNSUPPORTED for somebody whom only root could become.
    """
    own = own_account()
    user, group = (str(context.settings.get(name) or "") for name in ("user", "group"))
    account = own
    if user:
        uid = user_id(user)
        account = Account(uid, _group_of(uid))
    elif "user" in context.settings and own.uid == 0:
        account = _default(context) or own
    if group:
        account = account._replace(gid=group_id(group))
    if own.uid != 0 and account != own:
        raise _config_error(
            ErrorNumber.CONFIG_UNSUPPORTED, f"QEMU cannot run as '{account.label}': only root may become somebody else"
        )
    return account


def _default(context: DriverContext) -> Account | None:
    for name in QEMU_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(entry.pw_uid, entry.pw_gid)
        closed = closed_folder(context.runtime / "qemu", account.uid, account.groups)
        if closed is None:
            return account
        _log.warning("QEMU runs as root: '%s' is closed to the user %s", closed, name)
        return None
    _log.warning("QEMU runs as root: there is no user %s", " or ".join(QEMU_USERS))
    return None


def _group_of(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid
