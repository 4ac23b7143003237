# SPDX-License-Identifier: Apache-2.0
"""One domain of the test driver: its definitions, its state, and how it changes."""

from __future__ import annotations

from uuid import UUID

from manor.constants import DomainShutoffReason, DomainState
from manor.drivers.test.definition import migratable
from manor.drivers.test.errors import CONFIG, LIVE, check_impact, domain_error, not_running
from manor.drivers.test.moments import Checkpoint, Moments, Snapshot
from manor.errors import ErrorNumber
from manor.records import DomainRef
from manor.schema.core import Format
from manor.schema.domain import Domain

STOPPED = -1
"""The id of a domain that does not run."""

_EPOCH_OF_GUESTS = 627319920
"""The time in a new guest, seconds since the epoch (libvirt's own choice)."""


class Guest:
    """A domain; `definition` is what runs now or would, `following` what replaces it after a stop."""

    def __init__(self, definition: Domain, *, persistent: bool) -> None:
        self.definition = definition
        self.following: Domain | None = None
        self.id = STOPPED
        self.state = int(DomainState.SHUTOFF)
        self.reason = int(DomainShutoffReason.UNKNOWN)
        self.persistent = persistent
        self.autostart = False
        self.has_managed_save = False
        self.snapshots: Moments[Snapshot] = Moments()
        self.checkpoints: Moments[Checkpoint] = Moments()
        self.seconds, self.nanoseconds = _EPOCH_OF_GUESTS, 0
        self.frozen = {"/": False, "/boot": False}

    @property
    def name(self) -> str:
        """The domain's name."""
        return self.definition.name

    @property
    def uuid(self) -> bytes:
        """The domain's UUID, 16 bytes."""
        return UUID(self.definition.uuid).bytes

    @property
    def ref(self) -> DomainRef:
        """The domain as operations and events name it."""
        return DomainRef(self.name, self.uuid, self.id)

    @property
    def active(self) -> bool:
        """Whether the domain runs, paused or not."""
        return self.id != STOPPED

    @property
    def stored(self) -> Domain:
        """The definition the next start uses."""
        return self.following or self.definition

    # -- definitions an operation works on ---------------------------------------------------------------

    def require_active(self) -> None:
        """Refuse when the domain does not run."""
        if not self.active:
            raise not_running()

    def resolve(self, flags: int) -> int:
        """AFFECT_CURRENT (0) turned into what it means now; refuses what there is not."""
        if not flags & (LIVE | CONFIG):
            flags |= LIVE if self.active else CONFIG
        if flags & LIVE:
            self.require_active()
        if flags & CONFIG and not self.persistent:
            raise domain_error(ErrorNumber.OPERATION_INVALID, "transient domains do not have any persistent config")
        return flags

    def one(self, flags: int) -> Domain:
        """The one definition that flags mean."""
        check_impact(flags)
        return self.stored if self.resolve(flags) & CONFIG else self.definition

    def both(self, flags: int) -> tuple[Domain | None, Domain | None]:
        """The running and the stored definition, each None if flags leave it alone."""
        flags = self.resolve(flags)
        return self.definition if flags & LIVE else None, self.stored if flags & CONFIG else None

    def affected(self, flags: int) -> list[Domain]:
        """The definitions that flags mean, running first."""
        return [definition for definition in self.both(flags) if definition is not None]

    # -- change of state -----------------------------------------------------------------------------------

    def start(self, number: int, reason: int) -> None:
        """Run under an id; a stored definition is put aside for the next start."""
        if self.persistent and self.following is None:
            self.following = self.definition.copy()
        self.id = number
        self.set_state(DomainState.RUNNING, reason)

    def stop(self, reason: int) -> None:
        """End the run; the stored definition is the only one again."""
        if self.following is not None:
            self.definition, self.following = self.following, None
            self.id = STOPPED
        self.set_state(DomainState.SHUTOFF, reason)

    def set_state(self, state: int, reason: int) -> None:
        """Change state and reason."""
        self.state, self.reason = int(state), int(reason)

    def run_as(self, definition: Domain) -> None:
        """Take a definition for the next run only; a stored one stays behind it."""
        if self.persistent:
            self.following = self.definition
        self.definition = definition

    def redefine(self, definition: Domain) -> None:
        """Take a new stored definition."""
        if self.active:
            self.following = definition
        else:
            self.definition = definition

    def describe(self, flags: int) -> str:
        """The document; `Format.INACTIVE` asks for the stored definition."""
        definition = self.stored if flags & Format.INACTIVE else self.definition
        definition.id = self.id if self.active else None
        if flags & Format.MIGRATABLE:
            definition = migratable(definition)
        return definition.format(flags if self.active else flags | Format.INACTIVE)
