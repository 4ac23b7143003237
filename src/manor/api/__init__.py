# SPDX-License-Identifier: Apache-2.0
"""The asyncio API: connections and the objects behind them, for programs that await.

`connect` opens a connection, in process (`test:///default`, `qemu:///embed?root=…`) or to a daemon; a `Connection`
gives `Domain`, `Network`, `StoragePool` … objects whose methods are coroutines. Values come as typed records, events as
async iterators, failures as ManorError. Every call may be cancelled or given a deadline with `asyncio.timeout`.

Objects hold a connection and a reference, no state: what they tell is asked when it is told.
"""

from manor.api.connection import Connection, connect
from manor.api.domain import Domain, JobProgress
from manor.api.events import EventStream
from manor.api.network import Network
from manor.api.node import HostInterface, NetworkFilter, NodeDevice, Secret
from manor.api.snapshot import Checkpoint, Snapshot
from manor.api.stats import DomainStats
from manor.api.storage import StoragePool, StorageVolume
from manor.api.stream import DataStream
from manor.drivers.remote import Gap, Healing

__all__ = [
    "Checkpoint",
    "Connection",
    "DataStream",
    "Domain",
    "DomainStats",
    "EventStream",
    "Gap",
    "Healing",
    "HostInterface",
    "JobProgress",
    "Network",
    "NetworkFilter",
    "NodeDevice",
    "Secret",
    "Snapshot",
    "StoragePool",
    "StorageVolume",
    "connect",
]
