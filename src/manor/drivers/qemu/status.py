# SPDX-License-Identifier: Apache-2.0
"""The record that lets a later daemon find a running guest again.

It names the process beyond doubt (pid, start time, boot id), says where its monitor listens, and holds the live
document with everything a client must not lose. Written when the guest starts and whenever what it says changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from manor.schema.core import Format
from manor.store import Batch, kinds
from manor.system.process import ProcessIdentity

if TYPE_CHECKING:
    from manor.drivers.qemu.core import QemuCore
    from manor.drivers.qemu.guest import Guest, Running


class Status(msgspec.Struct, omit_defaults=True):
    """What is stored of a running guest; `folder` is its runtime folder."""

    id: int
    pid: int
    start_time: int
    boot_id: str
    folder: str
    document: str
    state: int
    reason: int
    shutdown_seen: bool = False
    fake_reboot: bool = False
    clock_adjustment: int = 0
    ports: list[int] = []
    messages: list[str] = []
    original_cpu: str = ""

    @property
    def identity(self) -> ProcessIdentity:
        """The process the record speaks of."""
        return ProcessIdentity(self.pid, self.start_time, self.boot_id)


def encode(guest: Guest, running: Running) -> bytes:
    """The record of a running guest."""
    identity = running.process.identity
    return msgspec.json.encode(
        Status(
            id=running.id,
            pid=identity.pid,
            start_time=identity.start_time,
            boot_id=identity.boot_id,
            folder=str(running.paths.folder),
            document=running.document.format(Format.SECURE),
            state=guest.state,
            reason=guest.reason,
            shutdown_seen=running.shutdown_seen,
            fake_reboot=running.fake_reboot,
            clock_adjustment=running.clock_adjustment,
            ports=running.ports,
            messages=running.messages,
            original_cpu=running.original_cpu,
        )
    )


def decode(payload: bytes) -> Status:
    """A stored record; raises msgspec.DecodeError for one this version cannot read."""
    return msgspec.json.decode(payload, type=Status)


def save(core: QemuCore, guest: Guest) -> None:
    """Write the record now. It need not survive a power cut, so this does not wait for the disk."""
    if guest.running is not None and not guest.running.ending:
        core.store.apply(Batch().put(kinds.DOMAIN_STATUS, guest.key, encode(guest, guest.running), name=guest.name))


def drop(core: QemuCore, guest: Guest) -> None:
    """Remove the record of a run that has ended."""
    core.store.apply(Batch().delete(kinds.DOMAIN_STATUS, guest.key))
