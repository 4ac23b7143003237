# SPDX-License-Identifier: Apache-2.0
"""What drivers publish: one NamedTuple per event, without the callback id that the wire adds.

Each record starts with the reference of its object. `EVENTS` names the record of every (object, event id).
"""

from __future__ import annotations

from typing import NamedTuple

from manor.records import (
    DomainRef,
    NetworkRef,
    NodeDeviceRef,
    SecretRef,
    StoragePoolRef,
    TypedParam,
)


class GraphicsAddress(NamedTuple):
    """One end of a graphics connection; family is a virDomainEventGraphicsAddressType."""

    family: int
    node: str
    service: str


class GraphicsIdentity(NamedTuple):
    """One identity of the peer of a graphics connection."""

    type: str
    name: str


class DomainLifecycleEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_LIFECYCLE."""

    dom: DomainRef
    event: int
    detail: int


class DomainRebootEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_REBOOT."""

    dom: DomainRef


class DomainRTCChangeEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_RTC_CHANGE."""

    dom: DomainRef
    offset: int


class DomainWatchdogEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_WATCHDOG."""

    dom: DomainRef
    action: int


class DomainIOErrorEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_IO_ERROR."""

    dom: DomainRef
    src_path: str
    dev_alias: str
    action: int


class DomainGraphicsEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_GRAPHICS."""

    dom: DomainRef
    phase: int
    local: GraphicsAddress
    remote: GraphicsAddress
    auth_scheme: str
    subject: list[GraphicsIdentity]


class DomainIOErrorReasonEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON."""

    dom: DomainRef
    src_path: str
    dev_alias: str
    action: int
    reason: str


class DomainControlErrorEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_CONTROL_ERROR."""

    dom: DomainRef


class DomainBlockJobEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_BLOCK_JOB."""

    dom: DomainRef
    path: str
    type: int
    status: int


class DomainDiskChangeEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_DISK_CHANGE."""

    dom: DomainRef
    old_src_path: str | None
    new_src_path: str | None
    dev_alias: str
    reason: int


class DomainTrayChangeEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_TRAY_CHANGE."""

    dom: DomainRef
    dev_alias: str
    reason: int


class DomainPMWakeupEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_PMWAKEUP."""

    dom: DomainRef
    reason: int


class DomainPMSuspendEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_PMSUSPEND."""

    dom: DomainRef
    reason: int


class DomainBalloonChangeEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE."""

    dom: DomainRef
    actual: int


class DomainPMSuspendDiskEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK."""

    dom: DomainRef
    reason: int


class DomainDeviceRemovedEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED."""

    dom: DomainRef
    dev_alias: str


class NetworkLifecycleEvent(NamedTuple):
    """VIR_NETWORK_EVENT_ID_LIFECYCLE."""

    net: NetworkRef
    event: int
    detail: int


class DomainBlockJob2Event(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2."""

    dom: DomainRef
    dst: str
    type: int
    status: int


class DomainTunableEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_TUNABLE."""

    dom: DomainRef
    params: list[TypedParam]


class DomainAgentLifecycleEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE."""

    dom: DomainRef
    state: int
    reason: int


class DomainDeviceAddedEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_DEVICE_ADDED."""

    dom: DomainRef
    dev_alias: str


class DomainMigrationIterationEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION."""

    dom: DomainRef
    iteration: int


class ConnectionClosedEvent(NamedTuple):
    """The connection to the hypervisor was lost; reason is a virConnectCloseReason."""

    reason: int


class DomainJobCompletedEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_JOB_COMPLETED."""

    dom: DomainRef
    params: list[TypedParam]


class DomainDeviceRemovalFailedEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED."""

    dom: DomainRef
    dev_alias: str


class StoragePoolLifecycleEvent(NamedTuple):
    """VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE."""

    pool: StoragePoolRef
    event: int
    detail: int


class StoragePoolRefreshEvent(NamedTuple):
    """VIR_STORAGE_POOL_EVENT_ID_REFRESH."""

    pool: StoragePoolRef


class NodeDeviceLifecycleEvent(NamedTuple):
    """VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE."""

    dev: NodeDeviceRef
    event: int
    detail: int


class NodeDeviceUpdateEvent(NamedTuple):
    """VIR_NODE_DEVICE_EVENT_ID_UPDATE."""

    dev: NodeDeviceRef


class DomainMetadataChangeEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_METADATA_CHANGE."""

    dom: DomainRef
    type: int
    nsuri: str | None


class SecretLifecycleEvent(NamedTuple):
    """VIR_SECRET_EVENT_ID_LIFECYCLE."""

    secret: SecretRef
    event: int
    detail: int


class SecretValueChangedEvent(NamedTuple):
    """VIR_SECRET_EVENT_ID_VALUE_CHANGED."""

    secret: SecretRef


class DomainBlockThresholdEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD."""

    dom: DomainRef
    dev: str
    path: str | None
    threshold: int
    excess: int


class DomainMemoryFailureEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE."""

    dom: DomainRef
    recipient: int
    action: int
    flags: int


class DomainMemoryDeviceSizeChangeEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE."""

    dom: DomainRef
    alias: str
    size: int


class NetworkMetadataChangeEvent(NamedTuple):
    """VIR_NETWORK_EVENT_ID_METADATA_CHANGE."""

    net: NetworkRef
    type: int
    nsuri: str | None


class DomainNICMACChangeEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE."""

    dom: DomainRef
    alias: str
    old_mac: str
    new_mac: str


class DomainVcpuRemovedEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_VCPU_REMOVED."""

    dom: DomainRef
    vcpuid: int


class DomainChannelLifecycleEvent(NamedTuple):
    """VIR_DOMAIN_EVENT_ID_CHANNEL_LIFECYCLE."""

    dom: DomainRef
    channel_name: str
    state: int
    reason: int


class DomainMonitorEvent(NamedTuple):
    """A raw QMP event, virConnectDomainQemuMonitorEventRegister; details is JSON."""

    dom: DomainRef
    event: str
    seconds: int
    micros: int
    details: str | None


Event = (
    DomainLifecycleEvent
    | DomainRebootEvent
    | DomainRTCChangeEvent
    | DomainWatchdogEvent
    | DomainIOErrorEvent
    | DomainGraphicsEvent
    | DomainIOErrorReasonEvent
    | DomainControlErrorEvent
    | DomainBlockJobEvent
    | DomainDiskChangeEvent
    | DomainTrayChangeEvent
    | DomainPMWakeupEvent
    | DomainPMSuspendEvent
    | DomainBalloonChangeEvent
    | DomainPMSuspendDiskEvent
    | DomainDeviceRemovedEvent
    | DomainBlockJob2Event
    | DomainTunableEvent
    | DomainAgentLifecycleEvent
    | DomainDeviceAddedEvent
    | DomainMigrationIterationEvent
    | DomainJobCompletedEvent
    | DomainDeviceRemovalFailedEvent
    | DomainMetadataChangeEvent
    | DomainBlockThresholdEvent
    | DomainMemoryFailureEvent
    | DomainMemoryDeviceSizeChangeEvent
    | DomainNICMACChangeEvent
    | DomainVcpuRemovedEvent
    | DomainChannelLifecycleEvent
    | NetworkLifecycleEvent
    | NetworkMetadataChangeEvent
    | StoragePoolLifecycleEvent
    | StoragePoolRefreshEvent
    | NodeDeviceLifecycleEvent
    | NodeDeviceUpdateEvent
    | SecretLifecycleEvent
    | SecretValueChangedEvent
    | DomainMonitorEvent
)
"""Anything a driver can publish."""

EVENTS: dict[tuple[str, int], type[Event]] = {
    ("domain", 0): DomainLifecycleEvent,
    ("domain", 1): DomainRebootEvent,
    ("domain", 2): DomainRTCChangeEvent,
    ("domain", 3): DomainWatchdogEvent,
    ("domain", 4): DomainIOErrorEvent,
    ("domain", 5): DomainGraphicsEvent,
    ("domain", 6): DomainIOErrorReasonEvent,
    ("domain", 7): DomainControlErrorEvent,
    ("domain", 8): DomainBlockJobEvent,
    ("domain", 9): DomainDiskChangeEvent,
    ("domain", 10): DomainTrayChangeEvent,
    ("domain", 11): DomainPMWakeupEvent,
    ("domain", 12): DomainPMSuspendEvent,
    ("domain", 13): DomainBalloonChangeEvent,
    ("domain", 14): DomainPMSuspendDiskEvent,
    ("domain", 15): DomainDeviceRemovedEvent,
    ("domain", 16): DomainBlockJob2Event,
    ("domain", 17): DomainTunableEvent,
    ("domain", 18): DomainAgentLifecycleEvent,
    ("domain", 19): DomainDeviceAddedEvent,
    ("domain", 20): DomainMigrationIterationEvent,
    ("domain", 21): DomainJobCompletedEvent,
    ("domain", 22): DomainDeviceRemovalFailedEvent,
    ("domain", 23): DomainMetadataChangeEvent,
    ("domain", 24): DomainBlockThresholdEvent,
    ("domain", 25): DomainMemoryFailureEvent,
    ("domain", 26): DomainMemoryDeviceSizeChangeEvent,
    ("domain", 27): DomainNICMACChangeEvent,
    ("domain", 28): DomainVcpuRemovedEvent,
    ("domain", 29): DomainChannelLifecycleEvent,
    ("network", 0): NetworkLifecycleEvent,
    ("network", 1): NetworkMetadataChangeEvent,
    ("storage_pool", 0): StoragePoolLifecycleEvent,
    ("storage_pool", 1): StoragePoolRefreshEvent,
    ("node_device", 0): NodeDeviceLifecycleEvent,
    ("node_device", 1): NodeDeviceUpdateEvent,
    ("secret", 0): SecretLifecycleEvent,
    ("secret", 1): SecretValueChangedEvent,
}
"""Record class by object kind and event id (VIR_*_EVENT_ID_*)."""

EVENT_IDS: dict[type[Event], tuple[str, int]] = {record: key for key, record in EVENTS.items()}
"""The inverse of `EVENTS`."""
