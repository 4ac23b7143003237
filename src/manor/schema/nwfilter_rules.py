# SPDX-License-Identifier: Apache-2.0
"""What a network filter must fulfil, and what libvirt adds to one. Pure functions of the document."""

from __future__ import annotations

import re

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.common.network import FilterReference
from manor.schema.core import codec
from manor.schema.nwfilter import (
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    AllIpv6Protocol,
    AllProtocol,
    Connection,
    Filter,
    IpProtocol,
    Ipv6Protocol,
    Rule,
)
from manor.schema.nwfilter_values import Illegal

_error = reporter(ErrorDomain.NWFILTER)
_internal = _error.internal

CHAIN_PRIORITIES = {
    "root": 0, "stp": -810, "mac": -800, "vlan": -750, "ipv4": -700, "ipv6": -600, "arp": -500, "rarp": -400,
}  # fmt: skip
"""Where a chain stands unless the filter says it; smaller is earlier."""

_PREFIXES = ("mac", "vlan", "stp", "arp", "rarp", "ipv4", "ipv6")
_LONGEST_CHAIN = 12
_CHAIN = re.compile(r"[a-zA-Z0-9_.:-]+\Z")
_PARAMETER_NAME = re.compile(r"[a-zA-Z0-9_]+\Z")
_PARAMETER_VALUE = re.compile(r"[a-zA-Z0-9_.:]+\Z")
_WITH_PORTS = ("tcp", "udp", "sctp", "33", "0x21")


def read(xml: str, *, validate: bool = False) -> Filter:
    """The filter a document describes, checked and completed. Raises ManorError."""
    made = Filter.parse(xml, validate=validate, source="(nwfilter_definition)")
    check(made)
    complete(made)
    return made


def _invalid(text: str) -> ManorError:
    return _error(ErrorNumber.INVALID_ARG, text)


def check(filter_: Filter) -> None:
    """Refuse what no packet filter takes. Raises ManorError."""
    if not filter_.name:
        raise _internal("filter has no name")
    if filter_.priority is not None:
        _check_priority(filter_.priority)
    if filter_.chain:
        _check_chain(filter_.chain)
    for entry in filter_.entries:
        if isinstance(entry, Rule):
            _check_values(entry)
            _check_ports(entry)
        elif entry.filter is None:
            # libvirt's own words, though it is not a rule.
            raise _internal("rule node requires action attribute")


def _check_priority(text: str) -> None:
    try:
        number: int = codec.signed.decode(text)
    except ValueError:
        raise _invalid(f"Could not parse chain priority '{text}'") from None
    if not LOWEST_PRIORITY <= number <= HIGHEST_PRIORITY:
        raise _invalid(f"Priority '{text}' is outside valid range of [{LOWEST_PRIORITY},{HIGHEST_PRIORITY}]")


def _check_chain(name: str) -> None:
    if len(name) > _LONGEST_CHAIN:
        raise _invalid(f"Name of chain is longer than {_LONGEST_CHAIN} characters")
    if not _CHAIN.match(name):
        raise _invalid("Chain name contains invalid characters")
    if name.startswith("root-"):
        # libvirt refuses this without saying why.
        raise ManorError(
            ErrorNumber.INTERNAL_ERROR, "An error occurred, but the cause is unknown", ErrorDomain.NONE, int1=0, int2=0
        )
    if name != "root" and not name.startswith(_PREFIXES):
        allowed = f"a chain name called 'root' or any of the following prefixes: {', '.join(_PREFIXES)}"
        raise _invalid(f"Invalid chain name '{name}'. Please use {allowed}")


def _check_values(rule: Rule) -> None:
    """libvirt reads all values and reports the last one that is wrong."""
    if rule.protocol is None:
        return
    for field in reversed(rule.protocol.__schema__.fields):
        value = getattr(rule.protocol, field.name)
        if isinstance(value, Illegal):
            raise _internal(f"{field.xml} has illegal value {value}")


def _check_ports(rule: Rule) -> None:
    match = rule.protocol
    if not isinstance(match, IpProtocol | Ipv6Protocol):
        return
    ports = (match.srcportstart, match.srcportend, match.dstportstart, match.dstportend)
    if any(port is not None for port in ports) and match.protocol not in _WITH_PORTS:
        family = "IPv6" if isinstance(match, Ipv6Protocol) else "IP"
        raise _internal(
            f"{family} rule with port specification requires protocol specification with protocol to be either one of "
            "tcp(6), udp(17), dccp(33), or sctp(132)"
        )


def complete(filter_: Filter) -> None:
    """Name the chain and say its priority; drop what libvirt drops."""
    filter_.chain = filter_.chain or "root"
    filter_.priority = _completed_priority(filter_)
    for entry in filter_.entries:
        if isinstance(entry, Rule):
            _complete_rule(entry)
        else:
            complete_reference(entry)


def _completed_priority(filter_: Filter) -> str | None:
    chain = filter_.chain or "root"
    if chain == "root":
        return None
    if filter_.priority is not None:
        return str(int(filter_.priority))
    return str(CHAIN_PRIORITIES[chain]) if chain in CHAIN_PRIORITIES else None


def _complete_rule(rule: Rule) -> None:
    if rule.statematch:
        rule.statematch = None
    match = rule.protocol
    if match is None:
        return
    if match.match != "no":
        match.match = None
    if isinstance(match, Connection):
        _complete_ipset(match)


def _complete_ipset(match: Connection) -> None:
    """A set needs flags; only rules for any protocol keep them as libvirt shows them."""
    if match.ipset is not None and match.ipsetflags is None:
        match.ipsetflags = "src"
    elif not isinstance(match, AllProtocol | AllIpv6Protocol):
        match.ipset = match.ipsetflags = None


def complete_reference(reference: FilterReference) -> None:
    """Keep parameters with a proper name and value, sorted by name; a name may come several times."""
    kept = [
        parameter
        for parameter in reference.parameters
        if _PARAMETER_NAME.match(parameter.name or "") and _PARAMETER_VALUE.match(parameter.value or "")
    ]
    reference.parameters = sorted(kept, key=lambda parameter: parameter.name or "")
