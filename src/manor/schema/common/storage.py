# SPDX-License-Identifier: Apache-2.0
"""Storage sources: where the content of a disk, a firmware variable store or a mirror comes from.

The `type` attribute of the element around a source selects its class.
"""

from __future__ import annotations

from typing import Final, Literal

from manor.schema.common.address import HostPciAddress
from manor.schema.common.encryption import Auth, Encryption
from manor.schema.common.security import DeviceSecurityLabel
from manor.schema.core import (
    Element,
    Raw,
    amount,
    attr,
    child,
    codec,
    many,
    one,
    raw,
    text,
    unsupported,
    xml_error,
)

StorageType = Literal["file", "block", "dir", "network", "volume", "nvme", "vhostuser"]
StorageProtocol = Literal[
    "nbd",
    "rbd",
    "sheepdog",
    "gluster",
    "iscsi",
    "http",
    "https",
    "ftp",
    "ftps",
    "tftp",
    "ssh",
    "vxhs",
    "nfs",
]
StorageFormat = Literal[
    "none",
    "raw",
    "dir",
    "bochs",
    "cloop",
    "dmg",
    "iso",
    "vpc",
    "vdi",
    "fat",
    "vhd",
    "ploop",
    "cow",
    "qcow",
    "qcow2",
    "qed",
    "vmdk",
]
StartupPolicy = Literal["mandatory", "requisite", "optional"]


class Host(Element, tag="host"):
    """A server of network storage."""

    name: str | None = attr()
    port: int | None = attr(codec=codec.port)
    transport: Literal["tcp", "unix", "rdma"] | None = attr(
        error=unsupported("unknown protocol transport type '{value}'")
    )
    socket: str | None = attr()


class Reconnect(Element, tag="reconnect"):
    """Whether and after how many seconds a broken connection is made again."""

    enabled: bool | None = attr()
    timeout: int | None = attr()


class ReservationsSource(Element, tag="source"):
    """The socket of the persistent reservation helper."""

    type: Literal["unix"] = attr(
        required=True,
        blank=True,
        missing=xml_error("missing connection type for <reservations/>"),
        error=xml_error("unsupported connection type for <reservations/>: {value}"),
    )
    path: str = attr(required=True, blank=True, missing=xml_error("missing path for <reservations/>"))
    mode: Literal["client"] = attr(
        required=True,
        blank=True,
        missing=xml_error("missing connection mode for <reservations/>"),
        error=xml_error("unsupported connection mode for <reservations/>: {value}"),
    )


class Reservations(Element, tag="reservations"):
    """SCSI persistent reservations, by libvirt's own helper or another."""

    managed: bool | None = attr(required=True)
    source: ReservationsSource | None = one()


_SLICE: Final = xml_error("missing offset or size attribute of slice")


class Slice(Element, tag="slice"):
    """A part of an image, in bytes."""

    type: Literal["storage"] | None = attr(lenient=True)
    offset: int = attr(
        codec=codec.unsigned_long,
        required=True,
        blank=True,
        missing=_SLICE,
        error=xml_error("malformed value '{value}' of 'offset' attribute of slice"),
    )
    size: int = attr(
        codec=codec.unsigned_long,
        required=True,
        blank=True,
        missing=_SLICE,
        error=xml_error("malformed value '{value}' of 'size' attribute of slice"),
    )


class Initiator(Element, tag="initiator"):
    """The name this side has towards an iSCSI server."""

    iqn: str | None = child(at="name")


class Ssl(Element, tag="ssl"):
    """Whether the server's certificate is checked."""

    verify: bool | None = attr(lenient=True)


class Cookie(Element, tag="cookie"):
    """An HTTP cookie; written only with passwords."""

    name: str | None = attr()
    value: str | None = text()


class Identity(Element, tag="identity"):
    """The user and group used on an NFS server."""

    user: str | None = attr()
    group: str | None = attr()


class MetadataCache(Element, tag="metadata_cache"):
    """Limits of an image format's cache."""

    max_size: int | None = amount(unit="bytes", path="./metadata_cache/max_size")


class StorageSource(Element, tag="source", by="../type", fallback="file"):
    """Where content is; the fields are those every kind may have."""

    startup_policy: StartupPolicy | None = attr("startupPolicy", order=50)
    index: int | None = attr(order=51, runtime=True, lenient=True)
    slices: list[Slice] = many(within="slices", order=20)
    auth: Auth | None = one(order=30)
    reservations: Reservations | None = one(order=31)
    encryption: Encryption | None = one(order=32)
    seclabels: list[DeviceSecurityLabel] = many(order=21)
    private_data: Raw | None = raw("privateData", order=60, status=True)


class FileSource(StorageSource, kind="file"):
    """A file of the host."""

    file: str | None = attr()
    fdgroup: str | None = attr(since=(9, 0))


class BlockSource(StorageSource, kind="block"):
    """A block device of the host."""

    dev: str | None = attr()


class DirSource(StorageSource, kind="dir"):
    """A directory, shown as a FAT file system."""

    dir: str | None = attr()


class VolumeSource(StorageSource, kind="volume"):
    """A volume of a storage pool."""

    pool: str | None = attr()
    volume: str | None = attr()
    mode: Literal["host", "direct"] | None = attr(
        error=unsupported("unknown source mode '{value}' for volume type disk")
    )
    located: str | None = attr(status=True)
    located_type: Literal["file", "block", "dir"] | None = attr("locatedType", status=True, lenient=True)

    def place(self) -> StorageSource | None:
        """What the volume is on this host, as its pool has said when the guest was started; None before that."""
        if self.located is None:
            return None
        own = ("startup_policy", "index", "slices", "auth", "reservations", "encryption", "seclabels")
        common = {name: getattr(self, name) for name in own}
        match self.located_type:
            case "block":
                return BlockSource(dev=self.located, **common)
            case "dir":
                return DirSource(dir=self.located, **common)
        return FileSource(file=self.located, **common)


class NetworkSource(StorageSource, kind="network"):
    """An image on a server."""

    protocol: StorageProtocol | None = attr()
    name: str | None = attr()
    query: str | None = attr()
    tls: bool | None = attr()
    tls_hostname: str | None = attr("tlsHostname", since=(8, 6))
    hosts: list[Host] = many()
    snapshot: str | None = child(at="name")
    config: str | None = child(at="file")
    initiator: Initiator | None = one()
    ssl: Ssl | None = one()
    cookies: list[Cookie] = many(within="cookies", secure=True)
    readahead: int | None = child(codec=codec.unsigned_long, at="size", lenient=True)
    timeout: int | None = child(codec=codec.unsigned_long, at="seconds", lenient=True)
    identity: Identity | None = one()


class NvmeSource(StorageSource, kind="nvme"):
    """A namespace of an NVMe disk, driven without the host's kernel."""

    type: Literal["pci"] | None = attr(error=xml_error("unsupported source type '{value}'"))
    managed: bool | None = attr()
    namespace: int | None = attr(codec=codec.unsigned_long, error=xml_error("malformed namespace '{value}'"))
    address: HostPciAddress | None = one()


class VhostUserSource(StorageSource, kind="vhostuser"):
    """A disk served by another process over a vhost-user socket."""

    type: Literal["unix"] | None = attr(error=xml_error("invalid 'type' attribute for vhostuser disk source"))
    path: str | None = attr()
    reconnect: Reconnect | None = one()


def place_of(source: StorageSource | None) -> StorageSource | None:
    """Where content really is: of a volume the file or device, once that is known; of all else the source itself."""
    return (source.place() or source) if isinstance(source, VolumeSource) else source
