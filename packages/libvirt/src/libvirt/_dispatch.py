# SPDX-License-Identifier: Apache-2.0
"""From an event record to the program's callback: one dispatcher per shape of arguments.

The dispatchers are methods of virConnect, as in the C binding, where programs find them in tracebacks and override
them. `cbData` holds the callback and its opaque value. `DISPATCHERS` names the one for each event.
"""

from __future__ import annotations

from typing import Any

from libvirt._domain import virDomain
from libvirt._handle import Handle
from libvirt._network import virNetwork
from libvirt._nodedev import virNodeDevice
from libvirt._secret import virSecret
from libvirt._storage import virStoragePool
from libvirt._values import Params, params_dict, plain
from manor.constants import DomainEventID, NetworkEventID, NodeDeviceEventID, SecretEventID, StoragePoolEventID
from manor.records import DomainRef, NetworkRef, NodeDeviceRef, SecretRef, StoragePoolRef
from manor.records.events import DomainChannelLifecycleEvent, DomainGraphicsEvent, Event, GraphicsAddress

CallbackData = dict[str, Any]
Address = dict[str, Any]

_DOMAIN = "_dispatchDomainEvent{}Callback"

DISPATCHERS: dict[tuple[str, int], str] = {
    **{
        ("domain", event_id): _DOMAIN.format(name)
        for event_id, name in {
            DomainEventID.LIFECYCLE: "Lifecycle",
            DomainEventID.REBOOT: "Generic",
            DomainEventID.RTC_CHANGE: "RTCChange",
            DomainEventID.WATCHDOG: "Watchdog",
            DomainEventID.IO_ERROR: "IOError",
            DomainEventID.GRAPHICS: "Graphics",
            DomainEventID.IO_ERROR_REASON: "IOErrorReason",
            DomainEventID.CONTROL_ERROR: "Generic",
            DomainEventID.BLOCK_JOB: "BlockJob",
            DomainEventID.DISK_CHANGE: "DiskChange",
            DomainEventID.TRAY_CHANGE: "TrayChange",
            DomainEventID.PMWAKEUP: "PMWakeup",
            DomainEventID.PMSUSPEND: "PMSuspend",
            DomainEventID.BALLOON_CHANGE: "BalloonChange",
            DomainEventID.PMSUSPEND_DISK: "PMSuspendDisk",
            DomainEventID.DEVICE_REMOVED: "DeviceRemoved",
            DomainEventID.BLOCK_JOB_2: "BlockJob",
            DomainEventID.TUNABLE: "Tunable",
            DomainEventID.AGENT_LIFECYCLE: "AgentLifecycle",
            DomainEventID.DEVICE_ADDED: "DeviceAdded",
            DomainEventID.MIGRATION_ITERATION: "MigrationIteration",
            DomainEventID.JOB_COMPLETED: "JobCompleted",
            DomainEventID.DEVICE_REMOVAL_FAILED: "DeviceRemovalFailed",
            DomainEventID.METADATA_CHANGE: "MetadataChange",
            DomainEventID.BLOCK_THRESHOLD: "BlockThreshold",
            DomainEventID.MEMORY_FAILURE: "MemoryFailure",
            DomainEventID.MEMORY_DEVICE_SIZE_CHANGE: "MemoryDeviceSizeChange",
            DomainEventID.NIC_MAC_CHANGE: "NICMACChange",
            DomainEventID.VCPU_REMOVED: "VcpuRemoved",
            DomainEventID.CHANNEL_LIFECYCLE: "ChannelLifecycle",
        }.items()
    },
    ("network", NetworkEventID.LIFECYCLE): "_dispatchNetworkEventLifecycleCallback",
    ("network", NetworkEventID.METADATA_CHANGE): "_dispatchNetworkEventMetadataChangeCallback",
    ("storage_pool", StoragePoolEventID.LIFECYCLE): "_dispatchStoragePoolEventLifecycleCallback",
    ("storage_pool", StoragePoolEventID.REFRESH): "_dispatchStoragePoolEventGenericCallback",
    ("node_device", NodeDeviceEventID.LIFECYCLE): "_dispatchNodeDeviceEventLifecycleCallback",
    ("node_device", NodeDeviceEventID.UPDATE): "_dispatchNodeDeviceEventGenericCallback",
    ("secret", SecretEventID.LIFECYCLE): "_dispatchSecretEventLifecycleCallback",
    ("secret", SecretEventID.VALUE_CHANGED): "_dispatchSecretEventGenericCallback",
}
"""Method of virConnect by object kind and event id."""


def _detail(value: Any) -> Any:
    """A field of an event record as callbacks get it: typed parameters become a dict."""
    return params_dict(value) if isinstance(value, list) else plain(value)


def _address(address: GraphicsAddress) -> Address:
    return {"family": int(address.family), "node": address.node, "service": address.service}


def dispatcher_arguments(event: Event) -> list[Any]:
    """The arguments of an event's dispatcher, without `cbData`."""
    if isinstance(event, DomainGraphicsEvent):
        subject = [tuple(identity) for identity in event.subject]
        return [event.dom, int(event.phase), _address(event.local), _address(event.remote), event.auth_scheme, subject]
    if isinstance(event, DomainChannelLifecycleEvent):
        # The C binding leaves the channel's name out.
        return [event.dom, int(event.state), int(event.reason)]
    return [event[0], *map(_detail, event[1:])]


class EventDispatchers(Handle):
    """The dispatchers of all events with an object."""

    def _tell(self, cbData: CallbackData, subject: object, *details: object) -> None:
        cbData["cb"](self, subject, *details, cbData["opaque"])

    def _dispatchDomainEventAgentLifecycleCallback(
        self, dom: DomainRef, state: int, reason: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), state, reason)

    def _dispatchDomainEventBalloonChangeCallback(self, dom: DomainRef, actual: int, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), actual)

    def _dispatchDomainEventBlockJobCallback(
        self, dom: DomainRef, disk: str, type: int, status: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), disk, type, status)

    def _dispatchDomainEventBlockThresholdCallback(
        self, dom: DomainRef, dev: str, path: str | None, threshold: int, excess: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), dev, path, threshold, excess)

    def _dispatchDomainEventChannelLifecycleCallback(
        self, dom: DomainRef, state: int, reason: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), state, reason)

    def _dispatchDomainEventDeviceAddedCallback(self, dom: DomainRef, devAlias: str, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), devAlias)

    def _dispatchDomainEventDeviceRemovalFailedCallback(
        self, dom: DomainRef, devAlias: str, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), devAlias)

    def _dispatchDomainEventDeviceRemovedCallback(self, dom: DomainRef, devAlias: str, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), devAlias)

    def _dispatchDomainEventDiskChangeCallback(
        self,
        dom: DomainRef,
        oldSrcPath: str | None,
        newSrcPath: str | None,
        devAlias: str,
        reason: int,
        cbData: CallbackData,
    ) -> None:
        self._tell(cbData, virDomain(self, dom), oldSrcPath, newSrcPath, devAlias, reason)

    def _dispatchDomainEventGenericCallback(self, dom: DomainRef, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom))

    def _dispatchDomainEventGraphicsCallback(
        self,
        dom: DomainRef,
        phase: int,
        localAddr: Address,
        remoteAddr: Address,
        authScheme: str,
        subject: list[tuple[str, str]],
        cbData: CallbackData,
    ) -> None:
        self._tell(cbData, virDomain(self, dom), phase, localAddr, remoteAddr, authScheme, subject)

    def _dispatchDomainEventIOErrorCallback(
        self, dom: DomainRef, srcPath: str, devAlias: str, action: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), srcPath, devAlias, action)

    def _dispatchDomainEventIOErrorReasonCallback(
        self, dom: DomainRef, srcPath: str, devAlias: str, action: int, reason: str, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), srcPath, devAlias, action, reason)

    def _dispatchDomainEventJobCompletedCallback(self, dom: DomainRef, params: Params, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), params)

    def _dispatchDomainEventLifecycleCallback(
        self, dom: DomainRef, event: int, detail: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), event, detail)

    def _dispatchDomainEventMemoryDeviceSizeChangeCallback(
        self, dom: DomainRef, alias: str, size: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), alias, size)

    def _dispatchDomainEventMemoryFailureCallback(
        self, dom: DomainRef, recipient: int, action: int, flags: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), recipient, action, flags)

    def _dispatchDomainEventMetadataChangeCallback(
        self, dom: DomainRef, mtype: int, nsuri: str | None, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), mtype, nsuri)

    def _dispatchDomainEventMigrationIterationCallback(
        self, dom: DomainRef, iteration: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), iteration)

    def _dispatchDomainEventNICMACChangeCallback(
        self, dom: DomainRef, alias: str, oldMAC: str, newMAC: str, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), alias, oldMAC, newMAC)

    def _dispatchDomainEventPMSuspendCallback(self, dom: DomainRef, reason: int, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), reason)

    def _dispatchDomainEventPMSuspendDiskCallback(self, dom: DomainRef, reason: int, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), reason)

    def _dispatchDomainEventPMWakeupCallback(self, dom: DomainRef, reason: int, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), reason)

    def _dispatchDomainEventRTCChangeCallback(self, dom: DomainRef, offset: int, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), offset)

    def _dispatchDomainEventTrayChangeCallback(
        self, dom: DomainRef, devAlias: str, reason: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virDomain(self, dom), devAlias, reason)

    def _dispatchDomainEventTunableCallback(self, dom: DomainRef, params: Params, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), params)

    def _dispatchDomainEventVcpuRemovedCallback(self, dom: DomainRef, vcpuid: int, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), vcpuid)

    def _dispatchDomainEventWatchdogCallback(self, dom: DomainRef, action: int, cbData: CallbackData) -> None:
        self._tell(cbData, virDomain(self, dom), action)

    def _dispatchNetworkEventLifecycleCallback(
        self, net: NetworkRef, event: int, detail: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virNetwork(self, net), event, detail)

    def _dispatchNetworkEventMetadataChangeCallback(
        self, dom: NetworkRef, mtype: int, nsuri: str | None, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virNetwork(self, dom), mtype, nsuri)

    def _dispatchNodeDeviceEventGenericCallback(self, dev: NodeDeviceRef, cbData: CallbackData) -> None:
        self._tell(cbData, virNodeDevice(self, dev))

    def _dispatchNodeDeviceEventLifecycleCallback(
        self, dev: NodeDeviceRef, event: int, detail: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virNodeDevice(self, dev), event, detail)

    def _dispatchSecretEventGenericCallback(self, secret: SecretRef, cbData: CallbackData) -> None:
        self._tell(cbData, virSecret(self, secret))

    def _dispatchSecretEventLifecycleCallback(
        self, secret: SecretRef, event: int, detail: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virSecret(self, secret), event, detail)

    def _dispatchStoragePoolEventGenericCallback(self, pool: StoragePoolRef, cbData: CallbackData) -> None:
        self._tell(cbData, virStoragePool(self, pool))

    def _dispatchStoragePoolEventLifecycleCallback(
        self, pool: StoragePoolRef, event: int, detail: int, cbData: CallbackData
    ) -> None:
        self._tell(cbData, virStoragePool(self, pool), event, detail)
