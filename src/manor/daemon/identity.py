# SPDX-License-Identifier: Apache-2.0
"""Who a client is: what the kernel tells of a UNIX socket's other end, and what a trusted client says itself."""

from __future__ import annotations

import contextlib
import grp
import pwd
import socket
import struct
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from manor.constants import TypedParameterType
from manor.drivers.interface import Identity
from manor.records import TypedParam
from manor.records.checks import checked

_CREDENTIALS = struct.Struct("3i")
_SO_PEERSEC = 31
_CONTEXT_MAX = 1024
_NOBODY = -1


def unix_identity(sock: socket.socket, *, with_start: bool = False) -> Identity:
    """The process that connected: SO_PEERCRED and, where there is one, its security context.

    `with_start` adds when the process began, unless it is root's, which nobody is asked about.
    """
    pid, uid, gid = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    if uid == _NOBODY:
        return Identity()
    context = None
    with contextlib.suppress(OSError):
        raw = sock.getsockopt(socket.SOL_SOCKET, _SO_PEERSEC, _CONTEXT_MAX)
        context = raw.rstrip(b"\0").decode(errors="replace") or None
    return Identity(
        user_id=uid,
        user_name=user_name(uid),
        group_id=gid,
        group_name=group_name(gid),
        # 0 is what a process of a namespace that we cannot see has.
        process_id=pid or None,
        process_time=process_start_time(pid) if with_start and uid and pid else None,
        selinux_context=context,
    )


@lru_cache(maxsize=256)
def user_name(uid: int) -> str | None:
    """The name of a user, None for one without."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


@lru_cache(maxsize=256)
def group_name(gid: int) -> str | None:
    """The name of a group, None for one without."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return None


@lru_cache(maxsize=256)
def group_names(user: str, gid: int) -> frozenset[str]:
    """All groups of a user whose main group is `gid`."""
    found = {entry.gr_name for entry in grp.getgrall() if user in entry.gr_mem}
    main = group_name(gid)
    return frozenset(found | {main} if main else found)


def forget_names() -> None:
    """Look names up again, because users or groups may have changed."""
    for cached in (user_name, group_name, group_names):
        cached.cache_clear()


def process_start_time(pid: int) -> int | None:
    """When a process began, in clock ticks since boot; tells it from a later one of the same number."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[19])
    except (OSError, ValueError, IndexError):
        return None


# What virConnectSetIdentity takes: the parameter, its type, and the field it fills.
_PARAMETERS: dict[str, tuple[TypedParameterType, str]] = {
    "user-name": (TypedParameterType.STRING, "user_name"),
    "unix-user-id": (TypedParameterType.ULLONG, "user_id"),
    "group-name": (TypedParameterType.STRING, "group_name"),
    "unix-group-id": (TypedParameterType.ULLONG, "group_id"),
    "process-id": (TypedParameterType.LLONG, "process_id"),
    "process-time": (TypedParameterType.ULLONG, "process_time"),
    "sasl-user-name": (TypedParameterType.STRING, "sasl_user_name"),
    "x509-distinguished-name": (TypedParameterType.STRING, "x509_distinguished_name"),
    "selinux-context": (TypedParameterType.STRING, "selinux_context"),
}


def identity_of(params: Iterable[TypedParam]) -> Identity:
    """The identity that virConnectSetIdentity describes. Raises libvirt's errors for parameters that cannot be."""
    found: dict[str, Any] = checked(params, {name: kind for name, (kind, _) in _PARAMETERS.items()})
    return Identity(**{_PARAMETERS[name][1]: value for name, value in found.items()})
