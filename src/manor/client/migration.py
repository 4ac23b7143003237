# SPDX-License-Identifier: Apache-2.0
"""Migration as the client leads it: the steps of libvirt's protocol version 3 between two connections.

Begin (source), Prepare (destination), Perform (source), Finish (destination), Confirm (source). Each step hands its
cookie to the next. Whatever fails after Prepare, Finish and Confirm still run, told that the migration is cancelled, so
that one side lets go of the guest and the other keeps it. Hosts that know typed parameters get the steps in that form.
Older protocol versions (libvirt before 0.9.2) are not spoken.
"""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

from manor.client.backend import Backend
from manor.client.readonly import refusal
from manor.constants import DomainMigrateFlags as Flags
from manor.constants import MigrateField
from manor.constants import TypedParameterType as Kind
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records import DomainRef, TypedParam, string_param, ullong_param

_error = reporter(ErrorDomain.DOMAIN)

# VIR_DRV_FEATURE_*: what the two sides are asked for.
_MIGRATION_P2P = 4
_MIGRATION_DIRECT = 5
_MIGRATION_V3 = 6
_CHANGE_PROTECTION = 7
_OFFLINE = 12
_PARAMS = 13

_STRINGS = frozenset(
    {
        *(MigrateField.URI, MigrateField.DEST_NAME, MigrateField.DEST_XML, MigrateField.PERSIST_XML),
        *(MigrateField.GRAPHICS_URI, MigrateField.LISTEN_ADDRESS, MigrateField.MIGRATE_DISKS),
        *(MigrateField.MIGRATE_DISKS_DETECT_ZEROES, MigrateField.MIGRATE_DISKS_TARGET_ZERO, MigrateField.DISKS_URI),
        *(MigrateField.COMPRESSION, MigrateField.TLS_DESTINATION),
    }
)
_WIDE = frozenset(
    {
        *(MigrateField.BANDWIDTH, MigrateField.BANDWIDTH_POSTCOPY, MigrateField.BANDWIDTH_AVAIL_SWITCHOVER),
        MigrateField.COMPRESSION_XBZRLE_CACHE,
    }
)
MIGRATION_KINDS: dict[str, Kind] = {
    str(field): Kind.STRING if field in _STRINGS else Kind.ULLONG if field in _WIDE else Kind.INT
    for field in MigrateField
}
"""The type of each VIR_MIGRATE_PARAM_*."""

# What the steps without typed parameters can carry.
_PLAIN = frozenset({MigrateField.URI, MigrateField.DEST_NAME, MigrateField.DEST_XML, MigrateField.BANDWIDTH})


class Migration(NamedTuple):
    """What is asked for: bandwidth in MiB/s, `xml` for the destination; `params` holds everything as parameters."""

    flags: int
    name: str | None = None
    uri: str | None = None
    bandwidth: int = 0
    xml: str | None = None
    extended: tuple[TypedParam, ...] = ()
    """Parameters that have no place of their own here."""

    @classmethod
    def of_params(cls, params: list[TypedParam], flags: int) -> Migration:
        """What virDomainMigrate3 was given."""
        plain: dict[str, Any] = {param.field: param.value for param in params if param.field in _PLAIN}
        return cls(
            flags,
            plain.get(MigrateField.DEST_NAME),
            plain.get(MigrateField.URI),
            int(plain.get(MigrateField.BANDWIDTH, 0)),
            plain.get(MigrateField.DEST_XML),
            tuple(param for param in params if param.field not in _PLAIN),
        )

    def params(self) -> list[TypedParam]:
        """Everything as typed parameters."""
        texts = ((MigrateField.DEST_NAME, self.name), (MigrateField.URI, self.uri), (MigrateField.DEST_XML, self.xml))
        made = [string_param(field, text) for field, text in texts if text is not None]
        if self.bandwidth:
            made.append(ullong_param(MigrateField.BANDWIDTH, self.bandwidth))
        return [*made, *self.extended]


def _supports(backend: Backend, feature: int) -> bool:
    return bool(backend.call("connect_supports_feature", feature))


def migrate(source: Backend, destination: Backend, dom: DomainRef, migration: Migration, function: str) -> DomainRef:
    """Move a domain between two connections and return what it is on the destination.

    `function` is the C function in whose name errors are reported. On failure the domain stays on the source, unless
    the destination had taken it over already.
    """
    _check_writable(source, function)
    _check_writable(destination, function)
    _check_flags(migration.flags, function)
    if migration.flags & Flags.OFFLINE:
        _check_offline(source, destination)
    if migration.flags & Flags.PEER2PEER:
        if not _supports(source, _MIGRATION_P2P):
            raise _error(ErrorNumber.ARGUMENT_UNSUPPORTED, "p2p migration is not supported by the source host")
        _perform_alone(source, dom, migration, destination.uri, migration.uri)
        reference: DomainRef = destination.call("domain_lookup_by_name", migration.name or dom.name)
        return reference
    if migration.flags & Flags.TUNNELLED:
        text = "cannot perform tunnelled migration without using peer2peer flag"
        raise _error(ErrorNumber.OPERATION_INVALID, text)
    with_params = _supports(source, _PARAMS) and _supports(destination, _PARAMS)
    if not with_params:
        if migration.extended:
            raise _error(
                ErrorNumber.ARGUMENT_UNSUPPORTED,
                "Migration APIs with extensible parameters are not supported but extended parameters were passed",
            )
        if not (_supports(source, _MIGRATION_V3) and _supports(destination, _MIGRATION_V3)):
            raise _error(ErrorNumber.NO_SUPPORT, function)
    steps = _Steps(source, destination, dom, migration, with_params=with_params)
    return steps.run()


def migrate_to_uri(source: Backend, dom: DomainRef, there: str | None, migration: Migration, function: str) -> None:
    """Have the source host move a domain: to a libvirt at `there`, or without peer-to-peer to a hypervisor there."""
    _check_writable(source, function)
    _check_flags(migration.flags, function)
    if migration.flags & Flags.PEER2PEER:
        if not _supports(source, _MIGRATION_P2P):
            raise _error(ErrorNumber.ARGUMENT_UNSUPPORTED, "p2p migration is not supported by the source host")
        if there is None:
            raise _error.argument(f"dconnuri in {function} must not be NULL", function, "dconnuri")
        _perform_alone(source, dom, migration, there, migration.uri)
        return
    if not _supports(source, _MIGRATION_DIRECT):
        raise _error(ErrorNumber.ARGUMENT_UNSUPPORTED, "direct migration is not supported by the source host")
    if migration.extended:
        raise _error(
            ErrorNumber.ARGUMENT_UNSUPPORTED, "direct migration does not support extensible migration parameters"
        )
    _perform_alone(source, dom, migration, None, migration.uri or there)


def _check_writable(backend: Backend, function: str) -> None:
    if backend.readonly:
        raise refusal(function)


def _check_flags(flags: int, function: str) -> None:
    """Refuse flags that contradict each other."""
    both = Flags.NON_SHARED_DISK | Flags.NON_SHARED_INC
    if flags & both == both:
        names = "'VIR_MIGRATE_NON_SHARED_DISK' and 'VIR_MIGRATE_NON_SHARED_INC'"
        raise _error(ErrorNumber.INVALID_ARG, f"flags {names} in function {function} are mutually exclusive")


def _check_offline(source: Backend, destination: Backend) -> None:
    for backend, side in ((source, "source"), (destination, "destination")):
        if not _supports(backend, _OFFLINE):
            text = f"offline migration is not supported by the {side} host"
            raise _error(ErrorNumber.ARGUMENT_UNSUPPORTED, text)


def _perform_alone(
    source: Backend, dom: DomainRef, migration: Migration, dconnuri: str | None, uri: str | None
) -> None:
    """Peer-to-peer and direct migration: the source host does it all in its Perform."""
    asked = migration._replace(uri=uri)
    if _supports(source, _PARAMS) and dconnuri is not None:
        source.call("domain_migrate_perform3_params", dom, dconnuri, asked.params(), b"", asked.flags)
        return
    if asked.extended:
        raise _error(
            ErrorNumber.ARGUMENT_UNSUPPORTED,
            "Peer-to-peer migration with extended parameters is not supported but extended parameters were passed",
        )
    source.call("domain_migrate_perform3", dom, asked.xml, b"", dconnuri, uri, asked.flags, asked.name, asked.bandwidth)


class _Steps:
    """The five steps of one migration."""

    def __init__(
        self, source: Backend, destination: Backend, dom: DomainRef, migration: Migration, *, with_params: bool
    ) -> None:
        self.source = source
        self.destination = destination
        self.dom = dom
        self.migration = migration
        self.with_params = with_params
        self.source_flags = migration.flags
        if _supports(source, _CHANGE_PROTECTION):
            self.source_flags |= Flags.CHANGE_PROTECTION
        # These two are the source's business, and older destinations do not know them.
        self.destination_flags = migration.flags & ~(Flags.ABORT_ON_ERROR | Flags.AUTO_CONVERGE)

    def run(self) -> DomainRef:
        """All steps; the first failure is the one that is raised."""
        cookie, xml = self._begin()
        try:
            cookie, uri = self._prepare(cookie, xml)
        except ManorError:
            self._let_go()
            raise
        failure: ManorError | None = None
        if not self.migration.flags & Flags.OFFLINE:
            try:
                if uri is None:
                    raise _error(ErrorNumber.INTERNAL_ERROR, "domainMigratePrepare3 did not set uri")
                cookie = self._perform(cookie, uri)
            except ManorError as error:
                # The cookie goes to Finish whatever happened; a failed Perform has made none.
                failure, cookie = error, b""
        arrived: DomainRef | None = None
        try:
            arrived, cookie = self._finish(cookie, uri, cancelled=failure is not None)
        except ManorError as error:
            failure, cookie = failure or error, b""
        try:
            self._confirm(cookie, cancelled=failure is not None or arrived is None)
        except ManorError as error:
            failure = failure or error
        if failure is not None:
            raise failure
        if arrived is None:
            raise _error(ErrorNumber.MIGRATE_FINISH_OK)
        return arrived

    def _begin(self) -> tuple[bytes, str]:
        asked = self.migration
        if self.with_params:
            begun = self.source.call("domain_migrate_begin3_params", self.dom, asked.params(), self.source_flags)
        else:
            begun = self.source.call(
                "domain_migrate_begin3", self.dom, asked.xml, self.source_flags, asked.name, asked.bandwidth
            )
        return begun.cookie_out, begun.xml

    def _prepare(self, cookie: bytes, xml: str) -> tuple[bytes, str | None]:
        asked = self.migration._replace(xml=xml)
        if self.with_params:
            prepared = self.destination.call(
                "domain_migrate_prepare3_params", asked.params(), cookie, self.destination_flags
            )
        else:
            prepared = self.destination.call(
                "domain_migrate_prepare3",
                cookie,
                asked.uri,
                self.destination_flags,
                asked.name,
                asked.bandwidth,
                xml,
            )
        return prepared.cookie_out, prepared.uri_out or asked.uri

    def _perform(self, cookie: bytes, uri: str) -> bytes:
        asked = self.migration._replace(uri=uri)
        if self.with_params:
            made: bytes = self.source.call(
                "domain_migrate_perform3_params", self.dom, None, asked.params(), cookie, self.source_flags
            )
        else:
            made = self.source.call(
                "domain_migrate_perform3",
                self.dom,
                None,
                cookie,
                None,
                uri,
                self.source_flags,
                asked.name,
                asked.bandwidth,
            )
        return made

    def _finish(self, cookie: bytes, uri: str | None, *, cancelled: bool) -> tuple[DomainRef | None, bytes]:
        name = self.migration.name or self.dom.name
        if self.with_params:
            asked = self.migration._replace(name=name, uri=uri)
            done = self.destination.call(
                "domain_migrate_finish3_params", asked.params(), cookie, self.destination_flags, int(cancelled)
            )
        else:
            done = self.destination.call(
                "domain_migrate_finish3", name, cookie, None, uri, self.destination_flags, int(cancelled)
            )
        return done.dom, done.cookie_out

    def _confirm(self, cookie: bytes, *, cancelled: bool) -> None:
        if self.with_params:
            params = self.migration.params()
            self.source.call(
                "domain_migrate_confirm3_params", self.dom, params, cookie, self.source_flags, int(cancelled)
            )
        else:
            self.source.call("domain_migrate_confirm3", self.dom, cookie, self.source_flags, int(cancelled))

    def _let_go(self) -> None:
        """After a failed Prepare: a source that holds the guest since Begin learns that nothing came of it."""
        if self.source_flags & Flags.CHANGE_PROTECTION:
            # The failure of Prepare says more than one of this call could.
            with contextlib.suppress(ManorError):
                self._confirm(b"", cancelled=True)
