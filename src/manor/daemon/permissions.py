# SPDX-License-Identifier: Apache-2.0
"""Which permissions a call needs: the protocol's own table, with the conditions in it worked out for the arguments.

Nothing here knows a client. What a read-only client may do follows from `READABLE`, what others may do from the rules
of manor.daemon.access.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from manor.constants import values
from manor.wire.programs import HYPERVISOR, Procedure

READABLE = frozenset(
    {
        *("connect:getattr", "connect:read", "connect:search_domains", "connect:search_interfaces"),
        *("connect:search_networks", "connect:search_node_devices", "connect:search_nwfilter_bindings"),
        *("connect:search_nwfilters", "connect:search_secrets", "connect:search_storage_pools"),
        *("domain:getattr", "domain:read"),
        *("interface:getattr", "interface:read"),
        *("network:getattr", "network:read", "network:search_ports"),
        *("network_port:getattr", "network_port:read"),
        *("node_device:getattr", "node_device:read"),
        *("nwfilter:getattr", "nwfilter:read", "nwfilter_binding:getattr", "nwfilter_binding:read"),
        *("secret:getattr", "secret:read"),
        *("storage_pool:getattr", "storage_pool:read", "storage_pool:search_storage_vols"),
        *("storage_vol:getattr", "storage_vol:read"),
    }
)
"""What a client needs no trust for, as libvirt has it: to see that something is there, and to read what it is."""


class Condition(NamedTuple):
    """When a permission is needed: where an argument has one of some flags, none of them, or one value."""

    position: int
    value: int
    kind: str

    def holds(self, args: tuple[Any, ...]) -> bool:
        """Whether it is so for the arguments as they are on the wire."""
        given = args[self.position]
        if self.kind == "equal":
            return bool(given == self.value)
        return bool(given & self.value) == (self.kind == "flags")


class Needs:
    """What one procedure needs: `always`, and more under conditions."""

    __slots__ = ("_conditional", "always")

    def __init__(self, procedure: Procedure) -> None:
        fixed: list[str] = []
        self._conditional: list[tuple[str, Condition]] = []
        positions = {field.name: at for at, field in enumerate(procedure.args.fields)}
        for row in procedure.permissions:
            kind, name, *rest = row.split(":")
            permission = f"{kind}:{name}"
            if rest:
                self._conditional.append((permission, _condition(rest, positions)))
            elif permission not in fixed:
                fixed.append(permission)
        self.always = tuple(fixed)

    def of(self, args: tuple[Any, ...]) -> tuple[str, ...]:
        """The permissions that a call with these arguments (as they are on the wire) needs."""
        if not self._conditional:
            return self.always
        more = [permission for permission, condition in self._conditional if condition.holds(args)]
        return tuple(dict.fromkeys((*self.always, *more)))


def _condition(rest: list[str], positions: dict[str, int]) -> Condition:
    """A table's `FLAG|FLAG`, `!FLAG|FLAG` or `:FIELD:VALUE`."""
    known = values()
    if len(rest) > 1:
        return Condition(positions[rest[1]], int(known[rest[2]]), "equal")
    names = rest[0].removeprefix("!").split("|")
    mask = 0
    for name in names:
        mask |= int(known[name])
    return Condition(positions["flags"], mask, "no flags" if rest[0].startswith("!") else "flags")


@cache
def needs(procedure: Procedure) -> Needs:
    """What a procedure needs."""
    return Needs(procedure)


@cache
def all_permissions() -> frozenset[str]:
    """Every permission the protocol knows."""
    return frozenset(
        ":".join(row.split(":")[:2]) for program in HYPERVISOR for procedure in program for row in procedure.permissions
    )


def matching(word: str) -> list[str]:
    """The permissions that a word of the configuration stands for: one, or several by * and ?; in polkit's form too."""
    pattern = word.replace("-", "_").replace(".", ":")
    return [one for one in all_permissions() if fnmatchcase(one, pattern)]
