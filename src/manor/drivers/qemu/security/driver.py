# SPDX-License-Identifier: Apache-2.0
"""The security driver as the rest of the QEMU driver uses it: one object, a call at each turn of a guest's life."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from manor.drivers.interface import DriverContext
from manor.drivers.qemu.paths import GuestPaths
from manor.drivers.qemu.security import accounts, labels, resources
from manor.drivers.qemu.security.accounts import Account
from manor.drivers.qemu.security.ledger import Ledger, Wanted
from manor.drivers.qemu.security.resources import Resource
from manor.schema.capabilities import BaseLabel, SecurityModel
from manor.schema.common.address import Device
from manor.schema.domain import Domain
from manor.store import Store
from manor.system.owner import closed_folder

_log = logging.getLogger(__name__)

_DOI = "0"
_DOMAIN_TYPES = ("kvm", "qemu")


class SecurityDriver:
    """As whom guests run, and what they are given for it.

    Only root can become somebody else or give files away; without it there are no labels, as in libvirt.
    """

    def __init__(self, context: DriverContext, store: Store) -> None:
        self.account = accounts.choose(context)
        self.own = accounts.own_account()
        self._ledger = Ledger(store)
        self._dynamic = bool(context.settings.get("dynamic_ownership", True))
        self.enabled = self.own.uid == 0

    @property
    def guests_account(self) -> Account | None:
        """As whom QEMU runs unless a document says otherwise; None for the program's own user."""
        return None if self.account == self.own else self.account

    @property
    def models(self) -> list[SecurityModel]:
        """The models in use, for the capabilities: libvirt begins with "none" where only the owner matters."""
        none = SecurityModel(model=labels.NO_MODEL, doi=_DOI)
        if not self.enabled:
            return [none]
        base = [BaseLabel(type=kind, value=self.account.label) for kind in _DOMAIN_TYPES]
        return [none, SecurityModel(model=labels.MODEL, doi=_DOI, baselabels=base)]

    def label(self, document: Domain) -> None:
        """Check the labels of a live document and write in what it runs with.

        Raises VIR_ERR_CONFIG_UNSUPPORTED for a model that is not there, VIR_ERR_INVALID_ARG for labels that name
        nobody.
        """
        known = (labels.NO_MODEL, labels.MODEL) if self.enabled else (labels.NO_MODEL,)
        labels.check_models(document, known)
        if self.enabled:
            labels.complete(document, self.account)

    def labels_of(self, document: Domain) -> list[str]:
        """The labels a guest runs with, one for each model in use."""
        label = labels.label_of(document) if self.enabled else None
        return [""] if label is None else ["", label.label or ""]

    def account_of(self, document: Domain) -> Account | None:
        """The user QEMU shall run as for a live document; None for the program's own."""
        account = labels.account_of(document, self.account) if self.enabled else self.own
        return None if account == self.own else account

    async def give(self, guest: str, document: Domain, devices: Iterable[Device] | None = None) -> None:
        """Give QEMU the files that a guest, or only some devices of it, need; all or none. Raises as `Ledger.give`."""
        if not self.enabled or not self._dynamic:
            return
        needed = resources.of_domain(document) if devices is None else _of_devices(devices)
        wanted = list(self._wanted(document, needed))
        if wanted:
            await self._ledger.give(guest, wanted)

    def _wanted(self, document: Domain, needed: Iterable[Resource]) -> Iterable[Wanted]:
        for item in needed:
            account = labels.owner_for(document, item.labels, self.account)
            # Nobody has to give anything to root.
            if account is not None and account.uid != self.own.uid:
                yield Wanted(item.path, account, item.alias, item.writes, item.made)

    async def release(self, guest: str, alias: str | None = None, keep: Iterable[Device] = ()) -> None:
        """Give back the files of a guest, or of one device but for those that `keep` needs."""
        await self._ledger.release(guest, alias, [item.path for item in _of_devices(keep)])

    async def recover(self, running: Collection[str]) -> None:
        """Give back the files of all guests but these."""
        await self._ledger.release_all_but(running)

    def give_folders(self, document: Domain, paths: GuestPaths) -> None:
        """Give QEMU its runtime folder with what is in it; it goes with the run, so nothing is remembered."""
        account = self.account_of(document)
        if account is None:
            return
        inside = [path for path in paths.folder.iterdir() if path != paths.monitor]
        for path in (*inside, paths.folder, paths.channels):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)

    def give_socket(self, document: Domain, path: Path) -> None:
        """Give QEMU's user a socket made for it, so that his programs can connect to it. Raises OSError."""
        account = self.account_of(document)
        if account is not None:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)

    def explain(self, document: Domain) -> None:
        """Say in the log which folders keep QEMU from the files of a guest that did not start."""
        account = self.account_of(document)
        if account is None:
            return
        for item in resources.of_domain(document):
            closed = closed_folder(Path(item.path), account.uid, account.groups)
            if closed is not None:
                _log.warning(
                    "QEMU of domain %s cannot reach '%s': '%s' is closed to user %d",
                    document.name, item.path, closed, account.uid,
                )  # fmt: skip


def _of_devices(devices: Iterable[Device]) -> Iterable[Resource]:
    for device in devices:
        yield from resources.of_device(device)
