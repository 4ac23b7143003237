# SPDX-License-Identifier: Apache-2.0
"""virDomain: migration to another host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from libvirt._api import UInt32, api
from libvirt._domain.base import DomainBase
from libvirt._values import GivenParams, typed_params
from manor.client.migration import MIGRATION_KINDS, Migration, migrate, migrate_to_uri
from manor.errors import ErrorDomain, ErrorNumber, reporter

if TYPE_CHECKING:
    from libvirt._connect import virConnect
    from libvirt._domain import virDomain

_error = reporter(ErrorDomain.DOMAIN)


class DomainMigration(DomainBase):
    """Migration: `dconn` is a connection to the destination, `duri` and `dconnuri` its URI as this host sees it."""

    def _migrate(self, function: str, dconn: virConnect, migration: Migration) -> virDomain:
        from libvirt._connect import virConnect
        from libvirt._domain import virDomain

        if not isinstance(dconn, virConnect) or dconn._o is None:
            raise _error(ErrorNumber.INVALID_CONN, function)
        there = migrate(self._backend, dconn._link.backend, self._o, migration, function)
        return virDomain(dconn, there)

    @api("virDomainMigrate")
    def migrate(
        self, dconn: virConnect, flags: UInt32 = 0, dname: str | None = None, uri: str | None = None, bandwidth: int = 0
    ) -> virDomain:
        """Move the domain (VIR_MIGRATE_*), under another name, over another URI, at most so many MiB/s."""
        return self._migrate("virDomainMigrate", dconn, Migration(flags, dname, uri, bandwidth))

    @api("virDomainMigrate2")
    def migrate2(
        self,
        dconn: virConnect,
        dxml: str | None = None,
        flags: UInt32 = 0,
        dname: str | None = None,
        uri: str | None = None,
        bandwidth: int = 0,
    ) -> virDomain:
        """The same, with other XML on the destination."""
        return self._migrate("virDomainMigrate2", dconn, Migration(flags, dname, uri, bandwidth, dxml))

    @api("virDomainMigrate3")
    def migrate3(self, dconn: virConnect, params: GivenParams, flags: UInt32 = 0) -> virDomain:
        """The same, with VIR_MIGRATE_PARAM_*."""
        migration = Migration.of_params(typed_params(params, MIGRATION_KINDS), flags)
        return self._migrate("virDomainMigrate3", dconn, migration)

    @api("virDomainMigrateToURI")
    def migrateToURI(self, duri: str, flags: UInt32 = 0, dname: str | None = None, bandwidth: int = 0) -> int:
        """Have this host move the domain: to a libvirt there (peer to peer) or to its hypervisor."""
        migration = Migration(flags, dname, bandwidth=bandwidth)
        migrate_to_uri(self._backend, self._o, duri, migration, "virDomainMigrateToURI")
        return 0

    @api("virDomainMigrateToURI2")
    def migrateToURI2(
        self,
        dconnuri: str | None = None,
        miguri: str | None = None,
        dxml: str | None = None,
        flags: UInt32 = 0,
        dname: str | None = None,
        bandwidth: int = 0,
    ) -> int:
        """The same, with other XML and the data over another URI."""
        migration = Migration(flags, dname, miguri, bandwidth, dxml)
        migrate_to_uri(self._backend, self._o, dconnuri, migration, "virDomainMigrateToURI2")
        return 0

    @api("virDomainMigrateToURI3")
    def migrateToURI3(self, dconnuri: str | None, params: GivenParams, flags: UInt32 = 0) -> int:
        """The same, with VIR_MIGRATE_PARAM_*."""
        migration = Migration.of_params(typed_params(params, MIGRATION_KINDS), flags)
        migrate_to_uri(self._backend, self._o, dconnuri, migration, "virDomainMigrateToURI3")
        return 0

    @api("virDomainMigrateSetMaxDowntime")
    def migrateSetMaxDowntime(self, downtime: int, flags: UInt32 = 0) -> int:
        """For how many ms the guest may stand still at the end of a migration."""
        return self._do("domain_migrate_set_max_downtime", downtime, flags)

    @api("virDomainMigrateGetMaxDowntime", on_failure=None)
    def migrateGetMaxDowntime(self, flags: UInt32 = 0) -> int | None:
        """For how many ms the guest may stand still; None on failure."""
        return int(self._get("domain_migrate_get_max_downtime", flags))

    @api("virDomainMigrateSetMaxSpeed")
    def migrateSetMaxSpeed(self, bandwidth: int, flags: UInt32 = 0) -> int:
        """Limit migrations, in MiB/s."""
        return self._do("domain_migrate_set_max_speed", bandwidth, flags)

    @api("virDomainMigrateGetMaxSpeed")
    def migrateGetMaxSpeed(self, flags: UInt32 = 0) -> int:
        """The limit of migrations, in MiB/s."""
        return int(self._get("domain_migrate_get_max_speed", flags))

    @api("virDomainMigrateSetCompressionCache")
    def migrateSetCompressionCache(self, cacheSize: int, flags: UInt32 = 0) -> int:
        """Set the size of the compression cache, in bytes."""
        return self._do("domain_migrate_set_compression_cache", cacheSize, flags)

    @api("virDomainMigrateGetCompressionCache", on_failure=None)
    def migrateGetCompressionCache(self, flags: UInt32 = 0) -> int | None:
        """The size of the compression cache in bytes; None on failure."""
        return int(self._get("domain_migrate_get_compression_cache", flags))

    @api("virDomainMigrateStartPostCopy")
    def migrateStartPostCopy(self, flags: UInt32 = 0) -> int:
        """Let the guest run on the destination before all of its memory is there."""
        return self._do("domain_migrate_start_post_copy", flags)
