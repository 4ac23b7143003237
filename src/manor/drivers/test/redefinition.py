# SPDX-License-Identifier: Apache-2.0
"""What a snapshot document may say about a snapshot that is made known again, or is known already."""

from __future__ import annotations

from manor.drivers.test.guest import Guest
from manor.drivers.test.moments import Snapshot
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.snapshot import DomainSnapshot
from manor.schema.snapshot_rules import check_domain

_error = reporter(ErrorDomain.DOMAIN_SNAPSHOT)
_domain_error = reporter(ErrorDomain.DOMAIN)


def _invalid(text: str) -> ManorError:
    return _error(ErrorNumber.INVALID_ARG, text)


def check_redefinition(guest: Guest, document: DomainSnapshot, known: Snapshot | None) -> None:
    """Refuse what does not fit the domain, its other snapshots or what is known. Raises ManorError."""
    name = document.name or ""
    _check_parent(guest, document, name)
    if document.domain is None and known is not None:
        document.domain = known.document.domain
    if known is not None:
        _check_state(document, known.document, name)
    check_domain(document, guest.definition.uuid or "")


def _check_parent(guest: Guest, document: DomainSnapshot, name: str) -> None:
    parent = document.parent
    if parent is None:
        return
    if parent == name:
        raise _domain_error(ErrorNumber.INVALID_ARG, f"cannot set moment {name} as its own parent")
    other = guest.snapshots.get(parent)
    if other is None:
        raise _domain_error(ErrorNumber.INVALID_ARG, f"parent {parent} for moment {name} not found")
    if any(ancestor.name == name for ancestor in guest.snapshots.ancestors(other)):
        raise _domain_error(ErrorNumber.INVALID_ARG, f"parent {parent} would create cycle to {name}")


def _check_state(new: DomainSnapshot, old: DomainSnapshot, name: str) -> None:
    if (new.state in ("running", "paused")) != (old.state in ("running", "paused")):
        raise _invalid(f"cannot change between online and offline snapshot state in snapshot {name}")
    if (new.state == "disk-snapshot") != (old.state == "disk-snapshot"):
        raise _invalid(f"cannot change between disk only and full system in snapshot {name}")
