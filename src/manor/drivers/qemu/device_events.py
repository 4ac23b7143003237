# SPDX-License-Identifier: Apache-2.0
"""What QEMU says of devices: trays, removals, I/O errors, channels, graphics clients, balloon, block jobs, memory.

Handlers are as in `run_events`: synchronous, state first, then libvirt's events in libvirt's order.
"""

from __future__ import annotations

from typing import Any, Final

from manor.constants import ConnectDomainEventBlockJobStatus as BlockJobStatus
from manor.constants import (
    DomainBlockJobType,
    DomainEventGraphicsAddressType,
    DomainEventGraphicsPhase,
    DomainEventIOErrorAction,
    DomainEventSuspendedDetailType,
    DomainEventTrayChangeReason,
    DomainEventType,
    DomainMemoryFailureActionType,
    DomainMemoryFailureFlags,
    DomainMemoryFailureRecipientType,
    DomainPausedReason,
    DomainState,
)
from manor.drivers.qemu import channels
from manor.drivers.qemu.core import QemuCore
from manor.drivers.qemu.documents import disk_of_node, disk_of_qom, find_device, image_indexes, image_path, source_path
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.hotplug import unplug
from manor.drivers.qemu.run_events import Handler
from manor.records.events import (
    DomainBalloonChangeEvent,
    DomainBlockJob2Event,
    DomainBlockJobEvent,
    DomainBlockThresholdEvent,
    DomainDeviceRemovalFailedEvent,
    DomainGraphicsEvent,
    DomainIOErrorEvent,
    DomainIOErrorReasonEvent,
    DomainMemoryDeviceSizeChangeEvent,
    DomainMemoryFailureEvent,
    DomainTrayChangeEvent,
    GraphicsAddress,
    GraphicsIdentity,
)
from manor.schema.domain.devices import MemoryDevice

_IO_ACTIONS: Final = {
    "ignore": DomainEventIOErrorAction.NONE,
    "stop": DomainEventIOErrorAction.PAUSE,
    "report": DomainEventIOErrorAction.REPORT,
}

_FAMILIES: Final = {
    "ipv4": DomainEventGraphicsAddressType.IPV4,
    "ipv6": DomainEventGraphicsAddressType.IPV6,
    "unix": DomainEventGraphicsAddressType.UNIX,
}

_JOB_TYPES: Final = {
    "stream": DomainBlockJobType.PULL,
    "mirror": DomainBlockJobType.COPY,
    "commit": DomainBlockJobType.COMMIT,
    "backup": DomainBlockJobType.BACKUP,
}

_MEMORY_ACTIONS: Final = {
    "ignore": DomainMemoryFailureActionType.IGNORE,
    "inject": DomainMemoryFailureActionType.INJECT,
    "fatal": DomainMemoryFailureActionType.FATAL,
    "reset": DomainMemoryFailureActionType.RESET,
}

_MEMORY_RECIPIENTS: Final = {
    "hypervisor": DomainMemoryFailureRecipientType.HYPERVISOR,
    "guest": DomainMemoryFailureRecipientType.GUEST,
}


def tray_moved(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """DEVICE_TRAY_MOVED: the guest or an operation opened or closed a tray."""
    disk = disk_of_qom(running.document, data.get("id") or data.get("device") or "")
    if disk is None or disk.alias is None:
        return
    opened = bool(data["tray-open"])
    if disk.target is not None:
        disk.target.tray = "open" if opened else None
    reason = DomainEventTrayChangeReason.OPEN if opened else DomainEventTrayChangeReason.CLOSE
    core.publish(DomainTrayChangeEvent(guest.ref, disk.alias.name or "", reason))
    core.save_status(guest)


def device_deleted(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """DEVICE_DELETED: the guest let go of a device; without an id it is a part of one, which nobody knows by name."""
    alias = data.get("device")
    if alias is None:
        return
    unplug.gone(core, guest, running, alias)


def unplug_failed(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """DEVICE_UNPLUG_GUEST_ERROR, MEM_UNPLUG_ERROR: the guest refused to let go of a device."""
    alias = data.get("device") or str(data.get("path", "")).rpartition("/")[2]
    if alias and find_device(running.document, alias) is not None:
        core.publish(DomainDeviceRemovalFailedEvent(guest.ref, alias))


def io_error(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """BLOCK_IO_ERROR: a request failed; with action "stop" QEMU stops the vCPUs as well."""
    node = data.get("node-name") or ""
    disk = disk_of_node(running.document, node) or disk_of_qom(running.document, data.get("device") or "")
    path = (source_path(disk) if disk is not None else None) or ""
    alias = disk.alias.name or "" if disk is not None and disk.alias is not None else ""
    action = _IO_ACTIONS.get(data["action"], DomainEventIOErrorAction.NONE)
    reason = "enospc" if data.get("nospace") else ""
    core.publish(DomainIOErrorEvent(guest.ref, path, alias, action))
    core.publish(DomainIOErrorReasonEvent(guest.ref, path, alias, action, reason))
    if action is DomainEventIOErrorAction.PAUSE and guest.state is DomainState.RUNNING:
        guest.set_paused(DomainPausedReason.IOERROR)
        core.lifecycle(guest, DomainEventType.SUSPENDED, DomainEventSuspendedDetailType.IOERROR)
        core.save_status(guest)


def balloon_change(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """BALLOON_CHANGE: the guest has this much memory now; QEMU says bytes, libvirt KiB."""
    running.balloon_kib = int(data["actual"]) // 1024
    running.document.current_memory = running.balloon_kib
    core.publish(DomainBalloonChangeEvent(guest.ref, running.balloon_kib))
    core.save_status(guest)


def memory_size_change(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """MEMORY_DEVICE_SIZE_CHANGE: a virtio-mem device has this many bytes plugged."""
    alias = data.get("id")
    device = find_device(running.document, alias) if alias else None
    if not isinstance(device, MemoryDevice) or device.target is None:
        return
    device.target.current = int(data["size"]) // 1024
    core.publish(DomainMemoryDeviceSizeChangeEvent(guest.ref, alias or "", device.target.current))
    core.save_status(guest)


def memory_failure(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """MEMORY_FAILURE: the host's memory failed below the guest."""
    flags = data.get("flags", {})
    value = DomainMemoryFailureFlags(0)
    if flags.get("action-required"):
        value |= DomainMemoryFailureFlags.ACTION_REQUIRED
    if flags.get("recursive"):
        value |= DomainMemoryFailureFlags.RECURSIVE
    recipient = _MEMORY_RECIPIENTS.get(data["recipient"])
    action = _MEMORY_ACTIONS.get(data["action"])
    if recipient is not None and action is not None:
        core.publish(DomainMemoryFailureEvent(guest.ref, recipient, action, value))


def write_threshold(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """BLOCK_WRITE_THRESHOLD: a write went beyond the mark set on an image; both figures in bytes."""
    node: str = data["node-name"]
    disk = disk_of_node(running.document, node)
    if disk is None or disk.target is None:
        return
    device, index = disk.target.dev or "", int(node.split("-")[1])
    # The image on top is known by the disk's name, too.
    names = [device, f"{device}[{index}]"] if index == image_indexes(disk)[0] else [f"{device}[{index}]"]
    threshold, excess = data["write-threshold"], data["amount-exceeded"]
    for name in names:
        core.publish(DomainBlockThresholdEvent(guest.ref, name, image_path(disk, index), threshold, excess))


def _block_job(status: BlockJobStatus) -> Handler:
    def handler(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
        device = data.get("device") or ""
        disk = disk_of_node(running.document, device) or disk_of_qom(running.document, device)
        kind = _JOB_TYPES.get(data.get("type") or "")
        if disk is None or disk.target is None or kind is None:
            return
        ended = BlockJobStatus.FAILED if status is BlockJobStatus.COMPLETED and data.get("error") else status
        core.publish(DomainBlockJobEvent(guest.ref, source_path(disk) or "", kind, ended))
        core.publish(DomainBlockJob2Event(guest.ref, disk.target.dev or "", kind, ended))

    return handler


def serial_port(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
    """VSERPORT_CHANGE: a program in the guest opened or closed its end of a channel."""
    channels.guest_end_changed(core, guest, running, data["id"], opened=bool(data["open"]))


def _graphics(phase: DomainEventGraphicsPhase) -> Handler:
    def handler(core: QemuCore, guest: Guest, running: Running, data: dict[str, Any]) -> None:
        client, server = data["client"], data["server"]
        identities = [
            GraphicsIdentity(kind, client[key])
            for kind, key in (("x509dname", "x509_dname"), ("saslUsername", "sasl_username"))
            if client.get(key)
        ]
        core.publish(
            DomainGraphicsEvent(
                guest.ref, phase, _address(server), _address(client), server.get("auth") or "", identities
            )
        )

    return handler


def _address(end: dict[str, Any]) -> GraphicsAddress:
    family = _FAMILIES.get(end.get("family", ""), DomainEventGraphicsAddressType.IPV4)
    return GraphicsAddress(family, end.get("host", ""), str(end.get("service") or end.get("port") or ""))


_CONNECT = _graphics(DomainEventGraphicsPhase.CONNECT)
_INITIALIZE = _graphics(DomainEventGraphicsPhase.INITIALIZE)
_DISCONNECT = _graphics(DomainEventGraphicsPhase.DISCONNECT)

HANDLERS: Final[dict[str, Handler]] = {
    "BLOCK_JOB_COMPLETED": _block_job(BlockJobStatus.COMPLETED),
    "BLOCK_JOB_CANCELLED": _block_job(BlockJobStatus.CANCELED),
    "BLOCK_JOB_READY": _block_job(BlockJobStatus.READY),
    "DEVICE_TRAY_MOVED": tray_moved,
    "DEVICE_DELETED": device_deleted,
    "DEVICE_UNPLUG_GUEST_ERROR": unplug_failed,
    "MEM_UNPLUG_ERROR": unplug_failed,
    "BLOCK_IO_ERROR": io_error,
    "BALLOON_CHANGE": balloon_change,
    "MEMORY_DEVICE_SIZE_CHANGE": memory_size_change,
    "MEMORY_FAILURE": memory_failure,
    "BLOCK_WRITE_THRESHOLD": write_threshold,
    "VSERPORT_CHANGE": serial_port,
    "VNC_CONNECTED": _CONNECT,
    "VNC_INITIALIZED": _INITIALIZE,
    "VNC_DISCONNECTED": _DISCONNECT,
    "SPICE_CONNECTED": _CONNECT,
    "SPICE_INITIALIZED": _INITIALIZE,
    "SPICE_DISCONNECTED": _DISCONNECT,
}
