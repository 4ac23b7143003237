# SPDX-License-Identifier: Apache-2.0
"""The domain backup document: which disks are copied where, or offered to whom."""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain
from manor.schema.common.encryption import Encryption
from manor.schema.common.security import DeviceSecurityLabel
from manor.schema.core import Element, attr, child, codec, many, one


class BackupServer(Element, tag="server"):
    """Where a pull backup is offered: an NBD server's address."""

    transport: Literal["tcp", "unix"] | None = attr()
    tls: bool | None = attr()
    name: str | None = attr()
    port: int | None = attr(codec=codec.port)
    socket: str | None = attr()


class BackupDriver(Element, tag="driver"):
    """The format of the file that is written."""

    type: str | None = attr()


class BackupFile(Element):
    """Where something is written; the disk's type says which of the two it is."""

    file: str | None = attr()
    dev: str | None = attr()
    encryption: Encryption | None = one()
    seclabels: list[DeviceSecurityLabel] = many()


class BackupTarget(BackupFile, tag="target"):
    """Where a push backup goes."""


class BackupScratch(BackupFile, tag="scratch"):
    """Where a pull backup keeps what the guest overwrites."""


class BackupDisk(Element, tag="disk"):
    """How one disk takes part; `index` numbers its image while the backup runs."""

    name: str | None = attr()
    backup: bool | None = attr()
    state: str | None = attr(status=True)
    type: Literal["file", "block"] | None = attr()
    backupmode: Literal["full", "incremental"] | None = attr()
    incremental: str | None = attr()
    exportname: str | None = attr()
    exportbitmap: str | None = attr()
    index: int | None = attr()
    driver: BackupDriver | None = one()
    target: BackupTarget | None = one()
    scratch: BackupScratch | None = one()


class DomainBackup(Element, tag="domainbackup", errors=ErrorDomain.DOMAIN):
    """A backup."""

    mode: Literal["push", "pull"] | None = attr()
    incremental: str | None = child()
    server: BackupServer | None = one()
    disks: list[BackupDisk] = many(within="disks")
