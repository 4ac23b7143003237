# SPDX-License-Identifier: Apache-2.0
"""Which documents a change is about: the live one, the definition, or both."""

from __future__ import annotations

from typing import NamedTuple

from manor.constants import DomainModificationImpact
from manor.drivers.qemu.guest import Guest, Running
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.domain import Domain

_error = reporter(ErrorDomain.DOMAIN)

LIVE = DomainModificationImpact.LIVE
CONFIG = DomainModificationImpact.CONFIG
AFFECT_MASK = LIVE | CONFIG


class Impact(NamedTuple):
    """What a change touches: the running side, the definition, each None where it is not meant."""

    live: Running | None
    config: Domain | None


def resolve(guest: Guest, flags: int) -> Impact:
    """Read VIR_DOMAIN_AFFECT_*: CURRENT (0) is LIVE for a running guest and CONFIG for one that is off.

    Raises VIR_ERR_OPERATION_INVALID for LIVE on a guest that is off and CONFIG on a transient one.
    """
    impact = flags & AFFECT_MASK or (LIVE if guest.active else CONFIG)
    if impact & LIVE and guest.running is None:
        raise _error(ErrorNumber.OPERATION_INVALID, "domain is not running")
    if impact & CONFIG and guest.definition is None:
        raise _error(ErrorNumber.OPERATION_INVALID, "transient domains do not have any persistent config")
    return Impact(
        guest.running if impact & LIVE else None,
        guest.definition if impact & CONFIG else None,
    )


def one_document(guest: Guest, flags: int) -> Domain:
    """The document a query is about; LIVE and CONFIG together are refused with VIR_ERR_INVALID_ARG."""
    if flags & LIVE and flags & CONFIG:
        raise _error(
            ErrorNumber.INVALID_ARG,
            "flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' in function "
            "virDomainObjGetOneDef are mutually exclusive",
        )
    live, config = resolve(guest, flags)
    return live.document if live is not None else config or guest.require_persistent()
