# SPDX-License-Identifier: Apache-2.0
"""The steps of a migration."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.drivers.interface.stream import Stream
from manor.errors import ErrorDomain
from manor.records import (
    DomainRef,
    MigrateBegin3Result,
    MigrateFinish3Result,
    MigratePrepare2Result,
    MigratePrepare3Result,
    MigratePrepareResult,
    TypedParam,
)


class DomainMigration(Family):
    """The steps of a migration."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def domain_migrate_prepare(
        self, uri_in: str | None, flags: int, dname: str | None, resource: int
    ) -> MigratePrepareResult:
        """virDomainMigratePrepare."""
        raise self.unsupported("virDomainMigratePrepare")

    async def domain_migrate_perform(
        self, dom: DomainRef, cookie: bytes, uri: str, flags: int, dname: str | None, resource: int
    ) -> None:
        """virDomainMigratePerform."""
        raise self.unsupported("virDomainMigratePerform")

    async def domain_migrate_finish(self, dname: str, cookie: bytes, uri: str, flags: int) -> DomainRef:
        """virDomainMigrateFinish."""
        raise self.unsupported("virDomainMigrateFinish")

    async def domain_migrate_prepare2(
        self, uri_in: str | None, flags: int, dname: str | None, resource: int, dom_xml: str
    ) -> MigratePrepare2Result:
        """virDomainMigratePrepare2."""
        raise self.unsupported("virDomainMigratePrepare2")

    async def domain_migrate_finish2(self, dname: str, cookie: bytes, uri: str, flags: int, retcode: int) -> DomainRef:
        """virDomainMigrateFinish2."""
        raise self.unsupported("virDomainMigrateFinish2")

    async def domain_migrate_prepare_tunnel(
        self, flags: int, dname: str | None, resource: int, dom_xml: str, stream: Stream
    ) -> None:
        """virDomainMigratePrepareTunnel."""
        raise self.unsupported("virDomainMigratePrepareTunnel")

    async def domain_migrate_set_max_downtime(self, dom: DomainRef, downtime: int, flags: int) -> None:
        """virDomainMigrateSetMaxDowntime."""
        raise self.unsupported("virDomainMigrateSetMaxDowntime")

    async def domain_migrate_set_max_speed(self, dom: DomainRef, bandwidth: int, flags: int) -> None:
        """virDomainMigrateSetMaxSpeed."""
        raise self.unsupported("virDomainMigrateSetMaxSpeed")

    async def domain_migrate_begin3(
        self, dom: DomainRef, xmlin: str | None, flags: int, dname: str | None, resource: int
    ) -> MigrateBegin3Result:
        """virDomainMigrateBegin3."""
        raise self.unsupported("virDomainMigrateBegin3")

    async def domain_migrate_prepare3(
        self, cookie_in: bytes, uri_in: str | None, flags: int, dname: str | None, resource: int, dom_xml: str
    ) -> MigratePrepare3Result:
        """virDomainMigratePrepare3."""
        raise self.unsupported("virDomainMigratePrepare3")

    async def domain_migrate_prepare_tunnel3(
        self, cookie_in: bytes, flags: int, dname: str | None, resource: int, dom_xml: str, stream: Stream
    ) -> bytes:
        """virDomainMigratePrepareTunnel3."""
        raise self.unsupported("virDomainMigratePrepareTunnel3")

    async def domain_migrate_perform3(
        self,
        dom: DomainRef,
        xmlin: str | None,
        cookie_in: bytes,
        dconnuri: str | None,
        uri: str | None,
        flags: int,
        dname: str | None,
        resource: int,
    ) -> bytes:
        """virDomainMigratePerform3."""
        raise self.unsupported("virDomainMigratePerform3")

    async def domain_migrate_finish3(
        self, dname: str, cookie_in: bytes, dconnuri: str | None, uri: str | None, flags: int, cancelled: int
    ) -> MigrateFinish3Result:
        """virDomainMigrateFinish3."""
        raise self.unsupported("virDomainMigrateFinish3")

    async def domain_migrate_confirm3(self, dom: DomainRef, cookie_in: bytes, flags: int, cancelled: int) -> None:
        """virDomainMigrateConfirm3."""
        raise self.unsupported("virDomainMigrateConfirm3")

    async def domain_migrate_get_max_speed(self, dom: DomainRef, flags: int) -> int:
        """virDomainMigrateGetMaxSpeed."""
        raise self.unsupported("virDomainMigrateGetMaxSpeed")

    async def domain_migrate_get_compression_cache(self, dom: DomainRef, flags: int) -> int:
        """virDomainMigrateGetCompressionCache."""
        raise self.unsupported("virDomainMigrateGetCompressionCache")

    async def domain_migrate_set_compression_cache(self, dom: DomainRef, cache_size: int, flags: int) -> None:
        """virDomainMigrateSetCompressionCache."""
        raise self.unsupported("virDomainMigrateSetCompressionCache")

    async def domain_migrate_begin3_params(
        self, dom: DomainRef, params: list[TypedParam], flags: int
    ) -> MigrateBegin3Result:
        """virDomainMigrateBegin3Params."""
        raise self.unsupported("virDomainMigrateBegin3Params")

    async def domain_migrate_prepare3_params(
        self, params: list[TypedParam], cookie_in: bytes, flags: int
    ) -> MigratePrepare3Result:
        """virDomainMigratePrepare3Params."""
        raise self.unsupported("virDomainMigratePrepare3Params")

    async def domain_migrate_prepare_tunnel3_params(
        self, params: list[TypedParam], cookie_in: bytes, flags: int, stream: Stream
    ) -> bytes:
        """virDomainMigratePrepareTunnel3Params."""
        raise self.unsupported("virDomainMigratePrepareTunnel3Params")

    async def domain_migrate_perform3_params(
        self, dom: DomainRef, dconnuri: str | None, params: list[TypedParam], cookie_in: bytes, flags: int
    ) -> bytes:
        """virDomainMigratePerform3Params."""
        raise self.unsupported("virDomainMigratePerform3Params")

    async def domain_migrate_finish3_params(
        self, params: list[TypedParam], cookie_in: bytes, flags: int, cancelled: int
    ) -> MigrateFinish3Result:
        """virDomainMigrateFinish3Params."""
        raise self.unsupported("virDomainMigrateFinish3Params")

    async def domain_migrate_confirm3_params(
        self, dom: DomainRef, params: list[TypedParam], cookie_in: bytes, flags: int, cancelled: int
    ) -> None:
        """virDomainMigrateConfirm3Params."""
        raise self.unsupported("virDomainMigrateConfirm3Params")

    async def domain_migrate_start_post_copy(self, dom: DomainRef, flags: int) -> None:
        """virDomainMigrateStartPostCopy."""
        raise self.unsupported("virDomainMigrateStartPostCopy")

    async def domain_migrate_get_max_downtime(self, dom: DomainRef, flags: int) -> int:
        """virDomainMigrateGetMaxDowntime."""
        raise self.unsupported("virDomainMigrateGetMaxDowntime")
