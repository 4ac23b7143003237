# SPDX-License-Identifier: Apache-2.0
"""Holds a client's calls against its rights: finds out which objects they are about, and takes out of lists what the
client may not see.

What a client says of an object is not believed: objects are looked up by what identifies them, and rules are held
against the names found. Where the object of a call cannot be known before it runs (restoring from a file, incoming
migration), only rules for all objects count.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from manor.constants import DomainMetadataType, DomainModificationImpact
from manor.daemon.access import Rights, Rule, Subject, matches
from manor.daemon.eager import first_step
from manor.daemon.glimpse import document_of, name_in, texts_in
from manor.daemon.handlers import Handler
from manor.daemon.peer import Operation
from manor.daemon.permissions import needs
from manor.drivers.interface import Driver
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records import (
    DomainCheckpointRef,
    DomainRef,
    DomainSnapshotRef,
    DomainStatsRecord,
    InterfaceRef,
    NetworkPortRef,
    NetworkRef,
    NodeDeviceRef,
    NwfilterBindingRef,
    NwfilterRef,
    SecretRef,
    StoragePoolRef,
    StorageVolRef,
)

_error = reporter(ErrorDomain.ACCESS)


class Found(NamedTuple):
    """An object that a call is about. `reference` is for further questions about it."""

    kind: str
    subject: Subject
    reference: Any = None


# The kind of an object by its reference, and the operation that finds the true one by what identifies it.
_BY_UUID: dict[type, tuple[str, str]] = {
    DomainRef: ("domain", "domain_lookup_by_uuid"),
    NetworkRef: ("network", "network_lookup_by_uuid"),
    NwfilterRef: ("nwfilter", "nwfilter_lookup_by_uuid"),
    SecretRef: ("secret", "secret_lookup_by_uuid"),
    StoragePoolRef: ("storage_pool", "storage_pool_lookup_by_uuid"),
}
_BY_NAME: dict[type, str] = {
    InterfaceRef: "interface",
    NodeDeviceRef: "node_device",
    NwfilterBindingRef: "nwfilter_binding",
    StorageVolRef: "storage_vol",
}
# References that stand for a part of another object.
_OWNER: dict[type, str] = {DomainSnapshotRef: "dom", DomainCheckpointRef: "dom", NetworkPortRef: "net"}


def denied(driver: Driver) -> ManorError:
    """What libvirt says to a client that may not do something."""
    return _error(ErrorNumber.ACCESS_DENIED, f"'{driver.name}' denied access")


class Guard:
    """The guard of one client's connection."""

    def __init__(self, driver: Driver, rights: Rights) -> None:
        self._driver = driver
        self._rights = rights

    def guarded(self, handler: Handler, operation: Operation, wire_args: tuple[Any, ...]) -> Operation:
        """An operation that first makes sure that the client may call it so."""

        async def run(*args: Any) -> Any:
            await self._check(handler, wire_args, args)
            result = await operation(*args)
            return await self._filtered(handler, result, args)

        return run

    async def _check(self, handler: Handler, wire_args: tuple[Any, ...], args: tuple[Any, ...]) -> None:
        for permission in needs(handler.procedure).of(wire_args):
            if self._rights.implied(permission):
                continue
            kind = permission.partition(":")[0]
            rules = self._rights.granting(permission)
            if not rules:
                raise denied(self._driver)
            if kind == "connect" or any(rule.is_general(kind) for rule in rules) or _is_lookup(handler):
                continue
            for found in await self._objects(kind, handler, args):
                if found is None or not await self._covered(rules, found):
                    raise denied(self._driver)

    async def _covered(self, rules: list[Rule], found: Found) -> bool:
        for rule in rules:
            if rule.covers(found.kind, found.subject) and (
                found.kind != "domain" or not rule.metadata or await self._has_metadata(rule.metadata, found)
            ):
                return True
        return False

    async def _has_metadata(self, wanted: dict[str, str], found: Found) -> bool:
        """Whether a domain carries every element of metadata that a rule asks for."""
        if not isinstance(found.reference, DomainRef):
            return False
        ask = self._driver.operation("domain_get_metadata")
        for uri, pattern in wanted.items():
            try:
                xml = await ask(found.reference, DomainMetadataType.ELEMENT, uri, DomainModificationImpact.CURRENT)
            except ManorError:
                return False
            if not any(matches(text, [pattern]) for text in texts_in(xml)):
                return False
        return True

    # The objects of a call

    async def _objects(self, kind: str, handler: Handler, args: tuple[Any, ...]) -> list[Found | None]:
        """The objects of a kind that a call is about; None stands for one that cannot be known."""
        found: list[Found | None] = []
        for argument in args:
            one = await self._object(argument)
            if one is not None and kind == "network_port":
                one = one._replace(kind=kind)
            if one is not None and one.kind == kind:
                found.append(one)
        named = dict(zip((field.name for field in handler.procedure.args.fields), args, strict=False))
        if handler.name == "domain_rename":
            # The new name has to be the client's as well.
            found.append(Found("domain", Subject(str(named["new_name"])), args[0]))
        elif not found or handler.name == "storage_vol_create_xml_from":
            found.append(_new_object(kind, named))
        return found

    async def _object(self, reference: Any) -> Found | None:
        kind = type(reference)
        if kind in _OWNER:
            return await self._object(getattr(reference, _OWNER[kind]))
        if kind in _BY_UUID:
            name, lookup = _BY_UUID[kind]
            true = await self._driver.operation(lookup)(reference.uuid)
            return Found(name, Subject(_name_of(true)), true)
        if kind is StorageVolRef:
            return Found("storage_vol", Subject(reference.name, reference.pool))
        return Found(_BY_NAME[kind], Subject(_name_of(reference))) if kind in _BY_NAME else None

    # Results

    async def _filtered(self, handler: Handler, result: Any, args: tuple[Any, ...]) -> Any:
        if _is_lookup(handler):
            if not await self._visible(result, needs(handler.procedure).always[0]):
                raise denied(self._driver)
            return result
        permission = handler.procedure.words.get("filter")
        if permission is None or handler.is_layer:
            return result
        kind = permission.partition(":")[0]
        if any(rule.is_general(kind) for rule in self._rights.granting(permission)):
            return result
        if isinstance(result, int):
            listing = _list_for_count(handler.name)
            items = await self._driver.operation(listing)(*args)
            return len(await self._kept(items, permission, args))
        return await self._kept(result, permission, args)

    async def _kept(self, items: list[Any], permission: str, args: tuple[Any, ...]) -> list[Any]:
        return [item for item in items if await self._visible(item, permission, args)]

    async def _visible(self, item: Any, permission: str, args: tuple[Any, ...] = ()) -> bool:
        """Whether a client may see an object that the driver itself has named."""
        kind = permission.partition(":")[0]
        rules = self._rights.granting(permission)
        found = await self._named(kind, item, args)
        return found is not None and await self._covered(rules, found)

    async def _named(self, kind: str, item: Any, args: tuple[Any, ...]) -> Found | None:
        """The object that an item of a driver's list stands for."""
        try:
            if isinstance(item, DomainStatsRecord):
                item = item.dom
            elif isinstance(item, int):
                item = await self._driver.operation("domain_lookup_by_id")(item)
            elif kind == "secret" and isinstance(item, str):
                item = await self._driver.operation("secret_lookup_by_uuid")(bytes.fromhex(item.replace("-", "")))
            elif kind == "domain" and isinstance(item, str):
                item = await self._driver.operation("domain_lookup_by_name")(item)
        except ManorError:
            return None
        if isinstance(item, NetworkPortRef):
            return Found(kind, Subject(item.net.name), item)
        if isinstance(item, StorageVolRef):
            return Found(kind, Subject(item.name, item.pool), item)
        if isinstance(item, str):
            pool = args[0].name if kind == "storage_vol" and isinstance(args[0], StoragePoolRef) else ""
            return Found(kind, Subject(item, pool))
        return Found(kind, Subject(_name_of(item)), item)

    def sees(self, event: Any) -> bool:
        """Whether the client may get an event. An event cannot wait: what no held state tells counts as unseen."""
        reference = event[0]
        kind = _BY_UUID[type(reference)][0] if type(reference) in _BY_UUID else _BY_NAME[type(reference)]
        return bool(first_step(self._visible(reference, f"{kind}:getattr"), default=False))


def _name_of(reference: Any) -> str:
    if isinstance(reference, SecretRef):
        return reference.usage_id
    return str(reference.portdev if isinstance(reference, NwfilterBindingRef) else reference.name)


def _is_lookup(handler: Handler) -> bool:
    """Whether the object is only known when it was found."""
    return "_lookup_" in handler.name and needs(handler.procedure).always[0].endswith(":getattr")


def _list_for_count(name: str) -> str:
    """The operation whose list a counting one counts."""
    if name == "node_num_of_devices":
        return "node_list_devices"
    return name.replace("_num_of_", "_list_")


def _new_object(kind: str, named: dict[str, Any]) -> Found | None:
    """The object that a call will make, or that it names by a bare name."""
    xml = document_of(named)
    if xml is not None:
        # A migrating domain may get another name here than it has in its document.
        name = named.get("dname") or name_in(xml)
        pool = named.get("pool")
        return None if name is None else Found(kind, Subject(name, pool.name if pool is not None else ""))
    if kind == "node_device" and isinstance(named.get("name"), str):
        return Found(kind, Subject(named["name"]))
    return None
