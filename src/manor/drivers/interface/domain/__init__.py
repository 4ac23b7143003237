# SPDX-License-Identifier: Apache-2.0
"""The domain family: one class of operations per area, and the family that joins them."""

from __future__ import annotations

from manor.drivers.interface.domain.block import DomainBlock
from manor.drivers.interface.domain.checkpoints import DomainCheckpoints
from manor.drivers.interface.domain.devices import DomainDevices
from manor.drivers.interface.domain.guest import DomainGuest
from manor.drivers.interface.domain.hypervisor import DomainHypervisor
from manor.drivers.interface.domain.lifecycle import DomainLifecycle
from manor.drivers.interface.domain.migration import DomainMigration
from manor.drivers.interface.domain.monitoring import DomainMonitoring
from manor.drivers.interface.domain.snapshots import DomainSnapshots
from manor.drivers.interface.domain.state import DomainState
from manor.drivers.interface.domain.tuning import DomainTuning


class DomainFamily(
    DomainDevices,
    DomainLifecycle,
    DomainMonitoring,
    DomainTuning,
    DomainState,
    DomainMigration,
    DomainBlock,
    DomainSnapshots,
    DomainGuest,
    DomainCheckpoints,
    DomainHypervisor,
):
    """Everything that can be asked of domains."""
