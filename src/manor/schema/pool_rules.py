# SPDX-License-Identifier: Apache-2.0
"""What a storage pool document must fulfil, and what libvirt adds to one. Pure functions of the document."""

from __future__ import annotations

import re
from typing import NamedTuple

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.encryption import SecretReference
from manor.schema.pool import Adapter, Pool, Source, SourceAuth, SourceDir, SourceFormat, Target
from manor.schema.storage import Permissions

_error = reporter(ErrorDomain.STORAGE)
_xml = _error.xml_error
_unsupported = _error.unsupported
_plain = reporter(ErrorDomain.NONE)

_FILE_SYSTEMS = (
    "auto", "ext2", "ext3", "ext4", "ufs", "iso9660", "udf", "gfs", "gfs2", "vfat", "hfs+", "xfs", "ocfs2", "vmfs",
)  # fmt: skip
_NETWORK_FILE_SYSTEMS = ("auto", "nfs", "glusterfs", "cifs")
_PARTITION_TABLES = ("unknown", "dos", "dvh", "gpt", "mac", "bsd", "pc98", "sun", "lvm2")
_VOLUME_GROUPS = ("unknown", "lvm2")
_WWN = re.compile(r"(0x)?[0-9a-fA-F]{16}\Z")


class Traits(NamedTuple):
    """What pools of a type are made from: the parts of <source> they have, and the formats they know."""

    parts: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    default: str = ""
    needs: tuple[str, ...] = ()
    target: str | None = None
    """Where the pool is, {name} being the source's; None: the document must say it."""


NO_TARGET = ""
"""For types of pools that are not on the host at all."""

TRAITS: dict[str, Traits] = {
    "dir": Traits(),
    "fs": Traits(("devices",), _FILE_SYSTEMS, "auto", needs=("devices",)),
    "netfs": Traits(("hosts", "dir", "protocol"), _NETWORK_FILE_SYSTEMS, "auto", needs=("hosts", "dir")),
    "logical": Traits(("name", "devices"), _VOLUME_GROUPS, "lvm2", target="/dev/{name}"),
    "disk": Traits(("devices",), _PARTITION_TABLES, "unknown", needs=("devices",)),
    "iscsi": Traits(("hosts", "devices", "initiator"), needs=("hosts",)),
    "iscsi-direct": Traits(("hosts", "devices", "initiator"), needs=("hosts", "initiator"), target=NO_TARGET),
    "scsi": Traits(("adapter",), needs=("adapter",)),
    "mpath": Traits(),
    "rbd": Traits(("hosts", "name"), needs=("hosts",), target=NO_TARGET),
    "sheepdog": Traits(("hosts", "name"), needs=("hosts",), target=NO_TARGET),
    "gluster": Traits(("hosts", "dir", "name"), needs=("hosts",), target=NO_TARGET),
    "zfs": Traits(("name", "devices"), target="/dev/zvol/{name}"),
    "vstorage": Traits(("name",)),
}

_NAMED_AFTER_SOURCE = ("logical", "rbd", "sheepdog", "gluster", "zfs", "vstorage")
_COMMON_PARTS = ("auth", "vendor", "product")


def read(xml: str, *, validate: bool = False) -> Pool:
    """The pool a document describes, checked and completed. Raises ManorError."""
    pool = Pool.parse(xml, validate=validate, source="(storage_pool_definition)")
    check(pool)
    complete(pool)
    return pool


def check(pool: Pool) -> None:
    """Refuse what no storage driver takes. Raises ManorError."""
    traits = TRAITS[pool.type]
    if pool.source is not None:
        check_source(pool.source, pool.type)
    name = pool.name or (pool.source.name if pool.source and pool.type in _NAMED_AFTER_SOURCE else None)
    if not name:
        raise _xml("missing pool source name element")
    if "/" in name:
        raise _xml(f"name {name} cannot contain '/'")
    if pool.features is not None and pool.features.cow is not None and pool.type not in ("dir", "fs"):
        raise _error(ErrorNumber.NO_SUPPORT, "cow feature may only be used for 'fs' and 'dir' pools")
    _check_needs(pool.source or Source(), traits.needs)
    if traits.target is None and not (pool.target and pool.target.path):
        raise _xml("missing storage pool target path")


def check_source(source: Source, kind: str) -> None:
    """Refuse a <source> that is wrong in itself, for a pool of type `kind`."""
    traits = TRAITS[kind]
    if kind == "rbd" and not source.name:
        raise _xml("element 'name' is mandatory for RBD pool")
    given = source.format_.type if source.format_ is not None else None
    if traits.formats and given is not None and given not in traits.formats:
        raise _unsupported(f"unknown pool format type {given}")
    if source.adapter is not None:
        _check_adapter(source.adapter)
    if source.auth is not None:
        _check_auth(source.auth)
    version = source.protocol.ver if source.protocol is not None else None
    if version and "," in version:
        raise _error(ErrorNumber.XML_DETAIL, f"storage pool protocol ver '{version}' must not contain ','")
    if version and kind == "netfs" and given == "cifs":
        raise _unsupported("storage pool protocol ver unsupported for pool type 'cifs'")


def _check_needs(source: Source, needs: tuple[str, ...]) -> None:
    if "hosts" in needs and not source.hosts:
        raise _xml("missing storage pool source host name")
    if "initiator" in needs and not (source.initiator and source.initiator.iqn and source.initiator.iqn.name):
        raise _unsupported("missing initiator IQN")
    if "dir" in needs and not (source.dir and source.dir.path):
        raise _xml("missing storage pool source path")
    if "devices" in needs and not source.devices:
        raise _xml("missing storage pool source device name")
    if "adapter" in needs and (source.adapter is None or not (source.adapter.type or source.adapter.name)):
        raise _xml("missing storage pool source adapter")


def _check_adapter(adapter: Adapter) -> None:
    if adapter.type is None:
        if adapter.wwnn or adapter.wwpn or adapter.parent:
            text = "Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'"
            raise _xml(text)
    elif adapter.type == "fc_host":
        _check_fc_host(adapter)
    else:
        _check_scsi_host(adapter)


def _check_fc_host(adapter: Adapter) -> None:
    if not (adapter.wwnn and adapter.wwpn):
        raise _xml("'wwnn' and 'wwpn' must be specified for adapter type 'fchost'")
    for name in (adapter.wwnn, adapter.wwpn):
        if not _WWN.match(name):
            raise _plain(ErrorNumber.INTERNAL_ERROR, f"Malformed wwn: {name}")
    for one, other in (("parent_wwnn", "parent_wwpn"), ("parent_wwpn", "parent_wwnn")):
        given = getattr(adapter, one)
        if given and not getattr(adapter, other):
            raise _xml(f"when providing {one}='{given}', the {other} must also be provided")


def _check_scsi_host(adapter: Adapter) -> None:
    if adapter.name and adapter.parentaddr is not None:
        raise _xml("Both 'name' and 'parent' cannot be specified for the 'scsi_host' adapter")
    if not adapter.name and adapter.parentaddr is None:
        raise _xml("Either 'name' or 'parent' must be specified for the 'scsi_host' adapter")
    if adapter.parentaddr is not None and adapter.parentaddr.address is None:
        raise _xml("Missing scsi_host PCI address element")


def _check_auth(auth: SourceAuth) -> None:
    if not auth.username:
        raise _xml("missing username for auth")
    if auth.type not in (None, "none", "chap", "ceph"):
        raise _unsupported(f"unknown auth type '{auth.type}'")
    if auth.secret is None:
        raise _xml("Missing <secret> element in auth")
    check_secret_reference(auth.secret)
    if auth.type in (None, "none"):
        raise _unsupported("storage pool missing auth type")


def check_secret_reference(secret: SecretReference) -> None:
    """A secret is found by its UUID or its usage, not by both."""
    if not secret.uuid and not secret.usage:
        raise _plain(ErrorNumber.XML_ERROR, "missing secret uuid or usage attribute")
    if secret.uuid and secret.usage:
        raise _plain(ErrorNumber.XML_ERROR, "either secret uuid or usage expected")


# -- completion ----------------------------------------------------------------------------------------


def complete(pool: Pool) -> None:
    """Write out what the document implies; figures start at zero."""
    traits = TRAITS[pool.type]
    pool.capacity = pool.allocation = pool.available = 0
    given = pool.source or Source()
    pool.name = pool.name or given.name
    pool.source = _completed_source(given, traits, pool.type)
    if "name" in traits.parts:
        pool.source.name = pool.source.name or pool.name
    if pool.type not in ("fs", "netfs") or (pool.mount_options is not None and not pool.mount_options.options):
        pool.mount_options = None
    if pool.type != "rbd" or (pool.config_options is not None and not pool.config_options.options):
        pool.config_options = None
    pool.target = _completed_target(pool, traits)
    if pool.features is not None and (pool.features.cow is None or pool.features.cow.state is None):
        pool.features = None


def _completed_source(given: Source, traits: Traits, kind: str) -> Source:
    source = Source(**{part: getattr(given, part) for part in (*traits.parts, *_COMMON_PARTS)})
    if traits.formats:
        source.format_ = given.format_ if given.format_ and given.format_.type else SourceFormat(type=traits.default)
    for device in source.devices:
        device.extents = []
    if source.adapter is not None:
        source.adapter = _completed_adapter(source.adapter)
    if kind == "gluster":
        path = source.dir.path if source.dir is not None and source.dir.path else "/"
        source.dir = SourceDir(path=path)
    elif source.dir is not None and source.dir.path:
        source.dir.path = sanitized(source.dir.path)
    if source.initiator is not None and (source.initiator.iqn is None or not source.initiator.iqn.name):
        source.initiator = None
    return source


_ADAPTER_FIELDS = {
    "scsi_host": ("name", "parentaddr"),
    "fc_host": ("parent", "parent_wwnn", "parent_wwpn", "parent_fabric_wwn", "managed", "wwnn", "wwpn"),
}


def _completed_adapter(given: Adapter) -> Adapter:
    """An adapter with what its type has; only a name means a SCSI host."""
    kind = given.type or "scsi_host"
    return Adapter(type=kind, **{field: getattr(given, field) for field in _ADAPTER_FIELDS[kind]})


def _completed_target(pool: Pool, traits: Traits) -> Target | None:
    if traits.target == NO_TARGET:
        return None
    given = pool.target or Target()
    name = (pool.source.name if pool.source is not None else None) or pool.name
    path = sanitized(given.path or "") if traits.target is None else traits.target.format(name=name)
    return Target(path=path, permissions=completed_permissions(given.permissions))


def completed_permissions(given: Permissions | None) -> Permissions | None:
    """Permissions as they are written: owners that are the default are left out."""
    if given is None:
        return None
    owner = given.owner if given.owner not in (None, -1) else None
    group = given.group if given.group not in (None, -1) else None
    if given.mode is None and owner is None and group is None and not given.label:
        return None
    return Permissions(mode=given.mode, owner=owner, group=group, label=given.label)


def sanitized(path: str) -> str:
    """A path without repeated and trailing slashes; two at the very beginning are kept as they are."""
    lead = "//" if path.startswith("//") and not path.startswith("///") else "/" if path.startswith("/") else ""
    body = "/".join(part for part in path.split("/") if part)
    return lead + body
