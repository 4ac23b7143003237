# SPDX-License-Identifier: Apache-2.0
"""virDomain, one module per area of what a domain can be asked."""

from __future__ import annotations

from libvirt._domain.block import DomainBlock
from libvirt._domain.devices import DomainDevices
from libvirt._domain.guest import DomainGuest
from libvirt._domain.lifecycle import DomainLifecycle
from libvirt._domain.migration import DomainMigration
from libvirt._domain.monitoring import DomainMonitoring
from libvirt._domain.snapshots import DomainSnapshots
from libvirt._domain.state import DomainState
from libvirt._domain.tuning import DomainTuning

__all__ = ["virDomain"]


class virDomain(
    DomainLifecycle,
    DomainMonitoring,
    DomainTuning,
    DomainDevices,
    DomainBlock,
    DomainState,
    DomainSnapshots,
    DomainGuest,
    DomainMigration,
):
    """A domain: a guest machine, running or only defined."""
