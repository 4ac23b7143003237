# SPDX-License-Identifier: Apache-2.0
"""virConnect: registering for events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from libvirt._api import Int32, api
from libvirt._dispatch import DISPATCHERS, CallbackData, EventDispatchers, dispatcher_arguments
from libvirt._domain import virDomain
from libvirt._errors import failed
from libvirt._handle import ConnectedObject
from libvirt._network import virNetwork
from libvirt._nodedev import virNodeDevice
from libvirt._secret import virSecret
from libvirt._storage import virStoragePool
from manor.records import DomainRef
from manor.records.events import Event

Callback = Callable[..., Any]


class EventConnect(EventDispatchers):
    """Events of this connection.

    Callbacks run in the thread that runs the event loop. Each gets the connection, the object, what the event tells,
    and the opaque value it was registered with.
    """

    def __init__(self) -> None:
        self._legacy_id = -1
        self.domainEventCallbacks: dict[Callback, CallbackData] = {}
        self.domainEventCallbackID: dict[int, CallbackData] = {}
        self.networkEventCallbackID: dict[int, CallbackData] = {}
        self.storagePoolEventCallbackID: dict[int, CallbackData] = {}
        self.nodeDeviceEventCallbackID: dict[int, CallbackData] = {}
        self.secretEventCallbackID: dict[int, CallbackData] = {}

    # All domains' lifecycle, the old way

    @api("virConnectDomainEventRegister")
    def domainEventRegister(self, cb: Callback, opaque: Any) -> None:
        """Have `cb(conn, dom, event, detail, opaque)` called when a domain starts, stops and so on."""
        if not self.domainEventCallbacks:
            self._legacy_id = self._hub().register_legacy(self._legacy_event)
        self.domainEventCallbacks[cb] = {"conn": self, "opaque": opaque}

    @api("virConnectDomainEventDeregister")
    def domainEventDeregister(self, cb: Callback) -> None:
        """Stop calling `cb`."""
        if not self.domainEventCallbacks:
            return
        del self.domainEventCallbacks[cb]
        if not self.domainEventCallbacks:
            self._hub().deregister(self._legacy_id)

    def _legacy_event(self, event: Event) -> None:
        self._dispatchDomainEventCallbacks(*dispatcher_arguments(event))

    def _dispatchDomainEventCallbacks(self, dom: DomainRef, event: int, detail: int) -> int:
        for callback, data in list(self.domainEventCallbacks.items()):
            callback(self, virDomain(self, dom), event, detail, data["opaque"])
        return 0

    # Events by number

    def _register(
        self,
        function: str,
        kind: str,
        subject: ConnectedObject | None,
        event_id: int,
        cb: Callback,
        opaque: Any,
        known: dict[int, CallbackData],
    ) -> int:
        name = DISPATCHERS.get((kind, event_id))
        if name is None:
            raise failed(function)
        data = {"cb": cb, "conn": self, "opaque": opaque}
        dispatcher = getattr(self, name)

        def deliver(event: Event) -> None:
            dispatcher(*dispatcher_arguments(event), data)

        reference = None if subject is None else subject._o
        number = self._hub().register(kind, event_id, reference, deliver)
        known[number] = data
        return number

    def _deregister(self, number: int, known: dict[int, CallbackData]) -> None:
        self._hub().deregister(number)
        known.pop(number, None)

    @api("virConnectDomainEventRegisterAny")
    def domainEventRegisterAny(self, dom: virDomain | None, eventID: Int32, cb: Callback, opaque: Any) -> int:
        """Register for a VIR_DOMAIN_EVENT_ID_* of one domain or all; returns a number to deregister with."""
        function, known = "virConnectDomainEventRegisterAny", self.domainEventCallbackID
        return self._register(function, "domain", dom, eventID, cb, opaque, known)

    @api("virConnectDomainEventDeregisterAny")
    def domainEventDeregisterAny(self, callbackID: Int32) -> None:
        """End a registration."""
        self._deregister(callbackID, self.domainEventCallbackID)

    @api("virConnectNetworkEventRegisterAny")
    def networkEventRegisterAny(self, net: virNetwork | None, eventID: Int32, cb: Callback, opaque: Any) -> int:
        """Register for a VIR_NETWORK_EVENT_ID_* of one network or all."""
        function, known = "virConnectNetworkEventRegisterAny", self.networkEventCallbackID
        return self._register(function, "network", net, eventID, cb, opaque, known)

    @api("virConnectNetworkEventDeregisterAny")
    def networkEventDeregisterAny(self, callbackID: Int32) -> None:
        """End a registration."""
        self._deregister(callbackID, self.networkEventCallbackID)

    @api("virConnectStoragePoolEventRegisterAny")
    def storagePoolEventRegisterAny(
        self, pool: virStoragePool | None, eventID: Int32, cb: Callback, opaque: Any
    ) -> int:
        """Register for a VIR_STORAGE_POOL_EVENT_ID_* of one pool or all."""
        function, known = "virConnectStoragePoolEventRegisterAny", self.storagePoolEventCallbackID
        return self._register(function, "storage_pool", pool, eventID, cb, opaque, known)

    @api("virConnectStoragePoolEventDeregisterAny")
    def storagePoolEventDeregisterAny(self, callbackID: Int32) -> None:
        """End a registration."""
        self._deregister(callbackID, self.storagePoolEventCallbackID)

    @api("virConnectNodeDeviceEventRegisterAny")
    def nodeDeviceEventRegisterAny(self, dev: virNodeDevice | None, eventID: Int32, cb: Callback, opaque: Any) -> int:
        """Register for a VIR_NODE_DEVICE_EVENT_ID_* of one device or all."""
        function, known = "virConnectNodeDeviceEventRegisterAny", self.nodeDeviceEventCallbackID
        return self._register(function, "node_device", dev, eventID, cb, opaque, known)

    @api("virConnectNodeDeviceEventDeregisterAny")
    def nodeDeviceEventDeregisterAny(self, callbackID: Int32) -> None:
        """End a registration."""
        self._deregister(callbackID, self.nodeDeviceEventCallbackID)

    @api("virConnectSecretEventRegisterAny")
    def secretEventRegisterAny(self, secret: virSecret | None, eventID: Int32, cb: Callback, opaque: Any) -> int:
        """Register for a VIR_SECRET_EVENT_ID_* of one secret or all."""
        function, known = "virConnectSecretEventRegisterAny", self.secretEventCallbackID
        return self._register(function, "secret", secret, eventID, cb, opaque, known)

    @api("virConnectSecretEventDeregisterAny")
    def secretEventDeregisterAny(self, callbackID: Int32) -> None:
        """End a registration."""
        self._deregister(callbackID, self.secretEventCallbackID)

    # The end of the connection

    @api("virConnectRegisterCloseCallback")
    def registerCloseCallback(self, cb: Callback, opaque: Any) -> int:
        """Have `cb(conn, reason, opaque)` called when the connection is lost (VIR_CONNECT_CLOSE_REASON_*)."""
        data = {"cb": cb, "conn": self, "opaque": opaque}
        self._hub().set_close_callback(lambda reason: self._dispatchCloseCallback(reason, data))
        return 0

    @api("virConnectUnregisterCloseCallback")
    def unregisterCloseCallback(self) -> None:
        """Stop waiting for the end of the connection."""
        self._hub().set_close_callback(None)

    def _dispatchCloseCallback(self, reason: int, cbData: CallbackData) -> None:
        cbData["cb"](self, reason, cbData["opaque"])
