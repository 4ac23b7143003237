# SPDX-License-Identifier: Apache-2.0
"""What libvirt adds to a domain document and refuses in one before any hypervisor's driver looks at it.

Pure functions over documents: `complete` fills in what is the same for all drivers and `check` refuses what none
takes. The test driver uses nothing else; drivers with a hypervisor behind them have passes of their own.
"""

from __future__ import annotations

from manor.schema.domain import Domain
from manor.schema.domain.os import Architecture
from manor.schema.domain_rules import (
    basics,
    characters,
    checks,
    controllers,
    disks,
    displays,
    hosted,
    interfaces,
    tuning,
)

__all__ = ["check", "complete", "read"]


def read(xml: str, *, architecture: Architecture, validate: bool = False) -> Domain:
    """The guest a document describes, completed and checked. Raises ManorError."""
    domain = Domain.parse(xml, source="(domain_definition)", validate=validate)
    complete(domain, architecture=architecture)
    check(domain)
    return domain


def complete(domain: Domain, *, architecture: Architecture) -> None:
    """Fill in what all drivers have the same; `architecture` is the host's. Raises ManorError."""
    domain.id = None
    basics.complete_identity(domain, architecture)
    basics.complete_memory(domain)
    basics.complete_vcpus(domain)
    basics.complete_lifecycle(domain)
    basics.complete_clock(domain)
    basics.complete_boot(domain)
    basics.complete_cpu(domain)
    tuning.complete_schedulers(domain)
    hosted.complete_addresses(domain)
    disks.complete_disks(domain)
    controllers.number_controllers(domain)
    disks.place_disks(domain)
    characters.complete_characters(domain)
    characters.place_smartcards(domain)
    controllers.add_controllers(domain)
    interfaces.complete_interfaces(domain)
    displays.complete_displays(domain)
    hosted.complete_devices(domain)


def check(domain: Domain) -> None:
    """Refuse what no driver takes. Raises ManorError."""
    for look in checks.CHECKS:
        look(domain)
    disks.check_disks(domain)
    controllers.check_controllers(domain)
    characters.check_characters(domain)
