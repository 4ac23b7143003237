# SPDX-License-Identifier: Apache-2.0
"""Domain documents as the test driver takes them."""

from __future__ import annotations

from manor.drivers.test import passes
from manor.schema.core import Format
from manor.schema.domain import Domain
from manor.schema.domain.document import DomainType

TYPE: DomainType = "test"


def read_domain(xml: str, *, validate: bool = False) -> Domain:
    """The guest a document describes. Raises ManorError."""
    return accept_domain(Domain.parse(xml, source="(domain_definition)", validate=validate))


def accept_domain(definition: Domain) -> Domain:
    """A domain as the test driver keeps it, without what it does not know. Raises ManorError."""
    passes.complete(definition)
    return definition


def migratable_copy(definition: Domain) -> Domain:
    """What a definition becomes when it is written down to be read again, as in snapshots.

    libvirt leaves out of migratable documents what readers of long ago did not know.
    """
    return read_domain(migratable(definition).format(Format.SECURE | Format.INACTIVE | Format.MIGRATABLE))


def migratable(definition: Domain) -> Domain:
    """The definition without the PS/2 keyboard, which every guest has and old readers do not know."""
    if definition.devices is None:
        return definition
    copy = definition.copy()
    if copy.devices is not None:
        copy.devices.inputs = [item for item in copy.devices.inputs if (item.type, item.bus) != ("keyboard", "ps2")]
    return copy
