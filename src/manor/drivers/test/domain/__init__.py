# SPDX-License-Identifier: Apache-2.0
"""The domain family of the test driver, one class per group of operations."""

from __future__ import annotations

from manor.drivers.test.domain.agent import Agent
from manor.drivers.test.domain.checkpoints import Checkpoints
from manor.drivers.test.domain.description import Description
from manor.drivers.test.domain.limits import Limits
from manor.drivers.test.domain.monitoring import Monitoring
from manor.drivers.test.domain.parameters import Parameters
from manor.drivers.test.domain.snapshots import Snapshots
from manor.drivers.test.domain.state import Saving
from manor.drivers.test.domain.vcpus import IoThreads, MemorySizes, Vcpus

__all__ = ["TestDomains"]


class TestDomains(
    Monitoring, Saving, Snapshots, Checkpoints, Description, Vcpus, IoThreads, MemorySizes, Parameters, Limits, Agent
):
    """Everything about domains."""
