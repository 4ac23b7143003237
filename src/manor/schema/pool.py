# SPDX-License-Identifier: Apache-2.0
"""The storage pool document, and the list of sources that virConnectFindStoragePoolSources gives.

What a document must fulfil beyond its shape is in pool_rules.py.
"""

from __future__ import annotations

from typing import Literal

from manor.errors import ErrorDomain
from manor.schema.common.address import HostPciAddress
from manor.schema.common.encryption import SecretReference
from manor.schema.common.figure import FIGURE
from manor.schema.core import Element, Namespace, amount, attr, child, codec, many, one, xml_error
from manor.schema.storage import Permissions

FS = Namespace("fs", "http://libvirt.org/schemas/storagepool/fs/1.0")
RBD = Namespace("rbd", "http://libvirt.org/schemas/storagepool/rbd/1.0")

PoolType = Literal[
    "dir",
    "fs",
    "netfs",
    "logical",
    "disk",
    "iscsi",
    "iscsi-direct",
    "scsi",
    "mpath",
    "rbd",
    "sheepdog",
    "gluster",
    "zfs",
    "vstorage",
]


class SourceHost(Element, tag="host"):
    """A server that has the storage."""

    name: str = attr(required=True, missing=xml_error("missing storage pool host name"))
    port: int | None = attr(codec=codec.signed)


class FreeExtent(Element, tag="freeExtent"):
    """A part of a disk where a new volume may go; bytes. A figure: what a document says is not read."""

    start: int | None = attr(codec=FIGURE)
    end: int | None = attr(codec=FIGURE)


class SourceDevice(Element, tag="device"):
    """A block device the pool is made of, or an iSCSI target."""

    path: str = attr(required=True, missing=xml_error("missing storage pool source device path"))
    part_separator: bool | None = attr("part_separator")
    extents: list[FreeExtent] = many()


class SourceDir(Element, tag="dir"):
    """The folder of a server that is mounted."""

    path: str | None = attr()


_NO_ID = xml_error("Missing or invalid scsi adapter 'unique_id' value")


class ParentAddress(Element, tag="parentaddr"):
    """A SCSI adapter by its place, which unlike its number stays."""

    unique_id: int = attr("unique_id", required=True, error=_NO_ID, missing=_NO_ID)
    address: HostPciAddress | None = one()


class Adapter(Element, tag="adapter"):
    """The SCSI or fibre channel adapter whose disks are the pool."""

    type: Literal["scsi_host", "fc_host"] | None = attr()
    name: str | None = attr()
    parent: str | None = attr()
    parent_wwnn: str | None = attr("parent_wwnn")
    parent_wwpn: str | None = attr("parent_wwpn")
    parent_fabric_wwn: str | None = attr("parent_fabric_wwn")
    managed: bool | None = attr()
    wwnn: str | None = attr()
    wwpn: str | None = attr()
    parentaddr: ParentAddress | None = one()


class InitiatorName(Element, tag="iqn"):
    """An iSCSI name."""

    name: str | None = attr()


class Initiator(Element, tag="initiator"):
    """Whom we say to be."""

    iqn: InitiatorName | None = one()


class SourceFormat(Element, tag="format"):
    """What is on the source; the words depend on the type of pool."""

    type: str | None = attr()


class SourceAuth(Element, tag="auth"):
    """How to log in."""

    type: str | None = attr()
    username: str | None = attr()
    secret: SecretReference | None = one()


class SourceProtocol(Element, tag="protocol"):
    """The version of the network file system."""

    ver: str | None = attr()


class Named(Element, tag="vendor"):
    """Who made the storage."""

    name: str | None = attr()


class Product(Named, tag="product"):
    """What the storage is."""


class Source(Element, tag="source", keep_empty="open"):
    """Where the storage comes from."""

    hosts: list[SourceHost] = many()
    devices: list[SourceDevice] = many()
    dir: SourceDir | None = one()
    adapter: Adapter | None = one()
    name: str | None = child()
    initiator: Initiator | None = one()
    format_: SourceFormat | None = one()
    auth: SourceAuth | None = one()
    protocol: SourceProtocol | None = one()
    vendor: Named | None = one()
    product: Product | None = one()


class SourceList(Element, tag="sources", keep_empty="open"):
    """What virConnectFindStoragePoolSources found."""

    sources: list[Source] = many()


class Target(Element, tag="target"):
    """Where the pool is on this host."""

    path: str | None = child()
    permissions: Permissions | None = one()


class Cow(Element, tag="cow"):
    """Copy on write of the file system."""

    state: Literal["yes", "no"] | None = attr()


class Features(Element, tag="features"):
    """What the pool's file system is told to do."""

    cow: Cow | None = one()


class MountOption(Element, tag="option", namespace=FS):
    """An option of mount(8)."""

    name: str = attr(required=True, missing=xml_error("no fs mount option name specified"))


class MountOptions(Element, tag="mount_opts", namespace=FS):
    """Options of mount(8) that libvirt knows nothing of."""

    options: list[MountOption] = many()


class ConfigOption(Element, tag="option", namespace=RBD):
    """A line of Ceph's configuration."""

    name: str = attr(required=True, missing=xml_error("no rbd option name specified"))
    value: str = attr(required=True, missing=xml_error("no rbd option value specified"))


class ConfigOptions(Element, tag="config_opts", namespace=RBD):
    """Lines of Ceph's configuration that libvirt knows nothing of."""

    options: list[ConfigOption] = many()


class Pool(Element, tag="pool", errors=ErrorDomain.STORAGE):
    """A storage pool; sizes in bytes, which are figures and never taken from a document."""

    type: PoolType = attr(required=True)
    name: str | None = child()
    uuid: str | None = child(codec=codec.uuid, error=xml_error("malformed uuid element"))
    capacity: int | None = amount(unit="bytes")
    allocation: int | None = amount(unit="bytes")
    available: int | None = amount(unit="bytes")
    features: Features | None = one()
    source: Source | None = one()
    target: Target | None = one()
    mount_options: MountOptions | None = one()
    config_options: ConfigOptions | None = one()
