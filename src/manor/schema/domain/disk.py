# SPDX-License-Identifier: Apache-2.0
"""Disks: <disk> and what is in it, except where the content is (common/storage.py)."""

from __future__ import annotations

from typing import Final, Literal

from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.common.address import Device, VirtioModel, VirtioOptions
from manor.schema.common.encryption import Auth, Encryption
from manor.schema.common.storage import MetadataCache, StorageFormat, StorageSource, StorageType
from manor.schema.core import (
    Element,
    Raw,
    Refusal,
    attr,
    child,
    codec,
    flag,
    one,
    raw,
    unsupported,
    xml_error,
)

DiskDevice = Literal["disk", "cdrom", "floppy", "lun"]
DiskBus = Literal["ide", "fdc", "scsi", "virtio", "xen", "usb", "uml", "sata", "sd"]
DiskCache = Literal["default", "none", "writethrough", "writeback", "directsync", "unsafe"]
ErrorPolicy = Literal["default", "stop", "report", "ignore", "enospace"]
SnapshotMode = Literal["no", "internal", "external", "manual"]


_wwn: Final = codec.matching("world wide name", "(0x)?[0-9a-fA-F]{16}", "5000c50015ea71ac")


class DiskDriver(VirtioOptions, tag="driver"):
    """How the hypervisor runs the disk. `metadata_cache` limits the image format's own cache."""

    name: str | None = attr()
    type: StorageFormat | Literal["aio"] | None = attr(error=unsupported("unknown driver format value '{value}'"))
    cache: DiskCache | None = attr()
    error_policy: ErrorPolicy | None = attr()
    rerror_policy: ErrorPolicy | None = attr()
    io: Literal["default", "native", "threads", "io_uring"] | None = attr()
    ioeventfd: bool | None = attr(codec=codec.on_off)
    event_idx: bool | None = attr(codec=codec.on_off)
    copy_on_read: bool | None = attr(codec=codec.on_off)
    discard: Literal["default", "unmap", "ignore"] | None = attr()
    iothread: int | None = attr()
    detect_zeroes: Literal["default", "off", "on", "unmap"] | None = attr()
    queues: int | None = attr()
    queue_size: int | None = attr(since=(7, 8))
    metadata_cache: MetadataCache | None = one()


class DiskFormat(Element, tag="format"):
    """The image format of a backing store or a mirror."""

    type: StorageFormat = attr(
        required=True,
        blank=True,
        missing=xml_error("missing disk backing store format"),
        error=xml_error("unknown storage source format '{value}'"),
    )
    metadata_cache: MetadataCache | None = one()


class BackingStore(Element, tag="backingStore", keep_empty=True):
    """The image another one is based on; an empty element ends the chain."""

    type: StorageType | None = attr(error=xml_error("unknown storage source type '{value}'"))
    index: int | None = attr(runtime=True, lenient=True)
    format_: DiskFormat | None = one()
    source: StorageSource | None = one(keep_empty=True)
    backing_store: BackingStore | None = one()


class Mirror(Element, tag="mirror"):
    """A block job that copies the disk; `file` and `file_format` are the old form of its destination."""

    type: StorageType | None = attr(lenient=True)
    file: str | None = attr()
    file_format: StorageFormat | None = attr("format")
    job: Literal["copy", "active-commit"] | None = attr(lenient=True)
    ready: Literal["yes", "abort", "pivot"] | None = attr(lenient=True)
    format_: DiskFormat | None = one()
    source: StorageSource | None = one()
    backing_store: BackingStore | None = one()


class DiskTarget(Element, tag="target"):
    """How the guest sees the disk: its name and bus. `rotation_rate` is 1 for a solid state disk."""

    dev: str | None = attr()
    bus: DiskBus | None = attr()
    tray: Literal["closed", "open"] | None = attr()
    removable: bool | None = attr(codec=codec.on_off)
    rotation_rate: int | None = attr(since=(7, 3))


class Geometry(Element, tag="geometry"):
    """Cylinders, heads and sectors the guest is shown."""

    cyls: int | None = attr()
    heads: int | None = attr()
    secs: int | None = attr()
    trans: Literal["default", "none", "auto", "lba"] | None = attr()


class BlockIo(Element, tag="blockio"):
    """Block sizes in bytes."""

    logical_block_size: int | None = attr()
    physical_block_size: int | None = attr()


class IoTune(Element, tag="iotune"):
    """Limits: bytes and operations per second, bursts, and the seconds a burst may last."""

    total_bytes_sec: int | None = child(
        codec=codec.unsigned_long, error=xml_error("disk iotune field 'total_bytes_sec' must be an integer")
    )
    read_bytes_sec: int | None = child(
        codec=codec.unsigned_long, error=xml_error("disk iotune field 'read_bytes_sec' must be an integer")
    )
    write_bytes_sec: int | None = child(
        codec=codec.unsigned_long, error=xml_error("disk iotune field 'write_bytes_sec' must be an integer")
    )
    total_iops_sec: int | None = child(
        codec=codec.unsigned_long, error=xml_error("disk iotune field 'total_iops_sec' must be an integer")
    )
    read_iops_sec: int | None = child(
        codec=codec.unsigned_long, error=xml_error("disk iotune field 'read_iops_sec' must be an integer")
    )
    write_iops_sec: int | None = child(
        codec=codec.unsigned_long, error=xml_error("disk iotune field 'write_iops_sec' must be an integer")
    )
    total_bytes_sec_max: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'total_bytes_sec_max' must be an integer"),
    )
    read_bytes_sec_max: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'read_bytes_sec_max' must be an integer"),
    )
    write_bytes_sec_max: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'write_bytes_sec_max' must be an integer"),
    )
    total_iops_sec_max: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'total_iops_sec_max' must be an integer"),
    )
    read_iops_sec_max: int | None = child(
        codec=codec.unsigned_long, error=xml_error("disk iotune field 'read_iops_sec_max' must be an integer")
    )
    write_iops_sec_max: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'write_iops_sec_max' must be an integer"),
    )
    size_iops_sec: int | None = child(
        codec=codec.unsigned_long, error=xml_error("disk iotune field 'size_iops_sec' must be an integer")
    )
    group_name: str | None = child()
    total_bytes_sec_max_length: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'total_bytes_sec_max_length' must be an integer"),
    )
    read_bytes_sec_max_length: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'read_bytes_sec_max_length' must be an integer"),
    )
    write_bytes_sec_max_length: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'write_bytes_sec_max_length' must be an integer"),
    )
    total_iops_sec_max_length: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'total_iops_sec_max_length' must be an integer"),
    )
    read_iops_sec_max_length: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'read_iops_sec_max_length' must be an integer"),
    )
    write_iops_sec_max_length: int | None = child(
        codec=codec.unsigned_long,
        error=xml_error("disk iotune field 'write_iops_sec_max_length' must be an integer"),
    )


class Transient(Element, tag="transient", keep_empty=True):
    """Changes are thrown away when the guest stops; guests may share what is below."""

    share_backing: bool | None = attr("shareBacking", since=(7, 4))


class Disk(Device, tag="disk"):
    """A disk, CD-ROM or floppy drive. Its `type` decides the class of its `source`."""

    type: StorageType | None = attr()
    device: DiskDevice | None = attr()
    model: VirtioModel | None = attr()
    rawio: bool | None = attr()
    sgio: Literal["default", "filtered", "unfiltered"] | None = attr()
    snapshot: SnapshotMode | None = attr()
    driver: DiskDriver | None = one()
    auth: Auth | None = one()
    source: StorageSource | None = one()
    backing_store: BackingStore | None = one()
    backenddomain: str | None = child(at="name")
    geometry: Geometry | None = one()
    blockio: BlockIo | None = one()
    mirror: Mirror | None = one(live_only=True)
    target: DiskTarget | None = one()
    iotune: IoTune | None = one()
    readonly: bool = flag()
    shareable: bool = flag()
    transient: Transient | None = one()
    serial: str | None = child()
    wwn: str | None = child(
        codec=_wwn, error=Refusal(ErrorNumber.INTERNAL_ERROR, "Malformed wwn: {value}", ErrorDomain.NONE)
    )
    vendor: str | None = child()
    product: str | None = child()
    encryption: Encryption | None = one()
    private_data: Raw | None = raw("privateData", order=99, status=True)

    @property
    def target_name(self) -> str:
        """What the disk is called, after what it may be in the guest; "" where the document does not say."""
        return (self.target.dev if self.target is not None else None) or ""

    @property
    def bus(self) -> DiskBus | None:
        """The bus it is on."""
        return self.target.bus if self.target is not None else None
