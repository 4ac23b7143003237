# SPDX-License-Identifier: Apache-2.0
"""What names an object: one NamedTuple per kind, as libvirt passes it on the wire."""

from typing import NamedTuple


class DomainRef(NamedTuple):
    """A domain; uuid is 16 raw bytes, id is -1 while it is not running."""

    name: str
    uuid: bytes
    id: int


class NetworkRef(NamedTuple):
    """A virtual network."""

    name: str
    uuid: bytes


class NetworkPortRef(NamedTuple):
    """A port of a virtual network."""

    net: NetworkRef
    uuid: bytes


class NwfilterRef(NamedTuple):
    """A network filter."""

    name: str
    uuid: bytes


class NwfilterBindingRef(NamedTuple):
    """The binding of a network filter to a port device."""

    portdev: str
    filtername: str


class InterfaceRef(NamedTuple):
    """A host network interface."""

    name: str
    mac: str


class StoragePoolRef(NamedTuple):
    """A storage pool."""

    name: str
    uuid: bytes


class StorageVolRef(NamedTuple):
    """A volume: its pool's name, its own name, and its unique key."""

    pool: str
    name: str
    key: str


class NodeDeviceRef(NamedTuple):
    """A host device."""

    name: str


class SecretRef(NamedTuple):
    """A secret; usage_type is a virSecretUsageType."""

    uuid: bytes
    usage_type: int
    usage_id: str


class DomainCheckpointRef(NamedTuple):
    """A checkpoint of a domain."""

    name: str
    dom: DomainRef


class DomainSnapshotRef(NamedTuple):
    """A snapshot of a domain."""

    name: str
    dom: DomainRef


class AdminServerRef(NamedTuple):
    """A server of a daemon, as the admin interface names it."""

    name: str


class AdminClientRef(NamedTuple):
    """A client of a server; timestamp is seconds since the epoch, transport a virClientTransport."""

    srv: AdminServerRef
    id: int
    timestamp: int
    transport: int
