# SPDX-License-Identifier: Apache-2.0
"""The record that lets a later daemon find a running guest again.

It names the process beyond doubt (pid, start time, boot id), says where its monitor listens, and holds the live
document with everything a client must not lose. Written when the guest starts and whenever what it says changes.

A start is not done before its record is stored. Later on, a record that cannot be written (a full disk) keeps nobody
from pausing or ending a guest: it is written as soon as that works again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from manor.errors import ManorError
from manor.schema.core import Format
from manor.store import Batch, kinds
from manor.system.process import ProcessIdentity

if TYPE_CHECKING:
    from manor.drivers.qemu.core import QemuCore
    from manor.drivers.qemu.guest import Guest, Running

_log = logging.getLogger(__name__)

RETRY_S: Final = 5.0
"""Seconds until a record that could not be written is tried again."""


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
            document=running.document.format(Format.SECURE | Format.STATUS),
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


@dataclass(slots=True)
class Overdue:
    """Records that could not be written or removed when they had to be, and the attempts to do so."""

    core: QemuCore
    guests: set[Guest] = field(default_factory=set)

    def save(self, guest: Guest) -> None:
        """`save`, now or as soon as it works."""
        try:
            save(self.core, guest)
        except ManorError as failure:
            self._later(guest, failure)

    def drop(self, guest: Guest) -> None:
        """`drop`, now or as soon as it works."""
        try:
            drop(self.core, guest)
        except ManorError as failure:
            self._later(guest, failure)

    def settle(self) -> None:
        """Try all of them now. Raises the first failure."""
        for guest in tuple(self.guests):
            if guest.running is None:
                drop(self.core, guest)
            else:
                save(self.core, guest)
            self.guests.discard(guest)

    def _later(self, guest: Guest, failure: ManorError) -> None:
        _log.error("domain %s: its status is not stored, will try again: %s", guest.name, failure)
        if not self.guests:
            self.core.spawn(self._retry(), "status of guests")
        self.guests.add(guest)

    async def _retry(self) -> None:
        while self.guests:
            await asyncio.sleep(RETRY_S)
            try:
                self.settle()
            except ManorError as failure:
                _log.debug("the status of %d guests is still not stored: %s", len(self.guests), failure)
