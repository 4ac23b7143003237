# SPDX-License-Identifier: Apache-2.0
"""Disks and where their content is: kind, bus, order, images, and what makes no sense whatever runs the guest."""

from __future__ import annotations

from typing import Final

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.address import VirtioS390Address
from manor.schema.common.encryption import Auth, Encryption, SecretReference
from manor.schema.common.storage import (
    BlockSource,
    DirSource,
    FileSource,
    Host,
    NetworkSource,
    NvmeSource,
    StorageSource,
    VhostUserSource,
    VolumeSource,
)
from manor.schema.domain.devices import Devices
from manor.schema.domain.disk import BackingStore, Disk, DiskBus, IoTune, Mirror
from manor.schema.passes.order import disk_index, insert_disk
from manor.schema.passes.report import bad_attribute, error, missing_attribute, unsupported, xml_error

_plain_error = reporter(ErrorDomain.NONE)
_storage_error = reporter(ErrorDomain.STORAGE)

_BUSES: Final[tuple[tuple[str, DiskBus], ...]] = (
    ("hd", "ide"),
    ("sd", "scsi"),
    ("vd", "virtio"),
    ("xvd", "xen"),
    ("ubd", "uml"),
)
"""What a target's name says of its bus; a floppy's is fdc."""

_PORTS: Final[dict[str, int]] = {
    "nbd": 10809,
    "sheepdog": 7000,
    "gluster": 24007,
    "iscsi": 3260,
    "http": 80,
    "https": 443,
    "ftp": 21,
    "ftps": 990,
    "tftp": 69,
    "ssh": 22,
    "vxhs": 9999,
}
"""The usual port of a protocol's servers."""

_NO_DEFAULT: Final = ("error_policy", "rerror_policy", "io", "discard", "detect_zeroes")
"""Attributes of which leaving them out is the only way to say that the default will do."""

_SPLIT_NAMES: Final = frozenset({"gluster", "rbd"})
_AUTH_TYPES: Final = {"rbd": "ceph", "iscsi": "iscsi"}
TUNED: Final = tuple(
    field.name for field in IoTune.__schema__.fields if field.name not in ("group_name", "size_iops_sec")
)


def disks(devices: Devices) -> None:
    """Complete every disk and put them in order: those of a bus together, by target."""
    items = devices.disks
    if not items:
        return
    if len(items) > 1:
        # By what the document says of their buses, which may be nothing.
        devices.disks = []
        for disk in items:
            insert_disk(devices.disks, disk)
    for disk in devices.disks:
        _disk(disk)
    if len(items) > 1:
        _share_groups(items)


def _disk(disk: Disk) -> None:
    disk.type = disk.type or "file"
    disk.device = disk.device or "disk"
    removable = disk.device in ("cdrom", "floppy")
    source = disk.source
    if source is not None:
        complete_source(source)
        if isinstance(source, NetworkSource) and source.protocol == "iscsi" and "/" not in (source.name or "/"):
            source.name = f"{source.name}/0"
        if is_empty(source) and removable and source.startup_policy is None:
            source = disk.source = None
    target = disk.target
    if target is None or not target.dev:
        raise error(ErrorNumber.NO_TARGET, place_of(source) or None)
    if not removable and (source is None or is_empty(source)):
        raise error(ErrorNumber.NO_SOURCE, target.dev)
    if source is None and disk.type in ("network", "volume"):
        disk.type = "file"
    if target.bus is None:
        target.bus = "fdc" if disk.device == "floppy" else _bus(target.dev)
    if disk.address is None and disk_index(target.dev) < 0:
        raise xml_error(f"Unknown disk name '{target.dev}' and no address specified")
    if isinstance(disk.address, VirtioS390Address):
        raise xml_error("virtio-s390 bus doesn't have an address")
    if disk.device == "cdrom":
        disk.readonly = True
        target.tray = None if target.tray == "closed" else target.tray
    elif removable:
        target.tray = None if target.tray == "closed" else target.tray
    if disk.type == "vhostuser" and disk.snapshot is None:
        disk.snapshot = "no"
    _credentials(disk)
    _chain(disk)
    _tuning(disk)


def _bus(target: str) -> DiskBus:
    for prefix, bus in _BUSES:
        if target.startswith(prefix):
            return bus
    return "ide"


def is_empty(source: StorageSource | None) -> bool:
    """Whether a source leads nowhere: an empty drive's."""
    match source:
        case None:
            return True
        case FileSource():
            return not source.file
        case BlockSource():
            return not source.dev
        case DirSource():
            return not source.dir
        case VolumeSource():
            return not source.volume
        case NetworkSource():
            return source.protocol is None
    return False


def place_of(source: StorageSource | None) -> str | None:
    """The path or name behind a source, as messages have it."""
    match source:
        case FileSource():
            return source.file
        case BlockSource():
            return source.dev
        case DirSource():
            return source.dir
        case NetworkSource():
            return source.name
        case VolumeSource():
            return source.volume
        case VhostUserSource():
            return source.path
    return None


def complete_source(source: StorageSource) -> None:
    """Complete a source, and refuse what leads nowhere."""
    source.index = None
    source.slices = [part for part in source.slices if part.type == "storage"]
    match source:
        case NetworkSource():
            _network(source)
        case VolumeSource():
            if bool(source.pool) != bool(source.volume):
                raise xml_error("'pool' and 'volume' must be specified together for 'pool' type source")
        case NvmeSource():
            _nvme(source)
        case VhostUserSource():
            if source.type is None:
                raise xml_error("missing 'type' attribute for vhostuser disk source")
            if source.path is None:
                raise xml_error("missing 'path' attribute for vhostuser disk source")
    reservations = source.reservations
    if reservations is not None and not reservations.managed and reservations.source is None:
        raise _storage_error(ErrorNumber.XML_ERROR, "missing connection type for <reservations/>")
    if len(source.seclabels) > 1 and any(not label.model for label in source.seclabels):
        raise xml_error("missing security model when using multiple labels")
    source.seclabels = [label for label in source.seclabels if label.label or label.relabel is not None]


def _nvme(source: NvmeSource) -> None:
    if source.type is None:
        raise xml_error("missing 'type' attribute to disk source")
    if source.namespace is None:
        raise xml_error("missing 'namespace' attribute to disk source")
    if source.managed is None:
        source.managed = True


def _network(source: NetworkSource) -> None:
    protocol = source.protocol
    if protocol is None:
        raise missing_attribute("source", "protocol")
    if source.name is None and protocol != "nbd":
        raise xml_error("missing name for disk source")
    if protocol in _SPLIT_NAMES:
        _check_split(source)
    for host in source.hosts:
        _host(host, _PORTS.get(protocol))
    if protocol == "nfs" and source.identity is None and not source.hosts:
        return


def _check_split(source: NetworkSource) -> None:
    """A pool and an image in it; an image on Ceph may name a snapshot, too."""
    pool, slash, image = (source.name or "").partition("/")
    if not slash or not pool or not image:
        raise xml_error(f"can't split path '{source.name}' into pool name and image name")


def _host(host: Host, port: int | None) -> None:
    if host.transport == "unix":
        if host.socket is None:
            raise xml_error("missing socket for unix transport")
        host.name = None
        return
    if host.socket is not None:
        raise xml_error(f"transport '{host.transport or '(null)'}' does not support socket attribute")
    if host.name is None:
        raise xml_error("missing name for host")
    if host.port is None and host.transport in (None, "tcp"):
        host.port = port


def _credentials(disk: Disk) -> None:
    inner = disk.source
    auth, encryption = disk.auth, disk.encryption
    if inner is not None:
        if inner.auth is not None:
            if auth is not None:
                raise unsupported("an <auth> definition already found for disk source")
            auth = inner.auth
        if inner.encryption is not None:
            if encryption is not None:
                raise unsupported("an <encryption> definition already found for disk source")
            encryption = inner.encryption
    if auth is not None:
        _auth(auth, inner)
    if encryption is not None:
        _encryption(encryption)


def _auth(auth: Auth, source: StorageSource | None) -> None:
    if auth.secret is None:
        raise _storage_error(ErrorNumber.XML_ERROR, "Missing <secret> element in auth")
    if auth.secret.type is None:
        raise unsupported("unknown secret type '<null>'")
    check_secret(auth.secret)
    if isinstance(source, NetworkSource):
        wanted = _AUTH_TYPES.get(source.protocol or "")
        if wanted is not None and auth.secret.type != wanted:
            raise unsupported(f"invalid secret type '{auth.secret.type}'")


def check_secret(secret: SecretReference) -> None:
    """A secret is found by its UUID or by its usage."""
    if secret.uuid is None and secret.usage is None:
        raise _plain_error(ErrorNumber.XML_ERROR, "missing secret uuid or usage attribute")
    if secret.uuid is not None and secret.usage is not None:
        raise _plain_error(ErrorNumber.XML_ERROR, "either secret uuid or usage expected")


def _encryption(encryption: Encryption) -> None:
    for secret in encryption.secrets:
        check_secret(secret)
    if encryption.cipher is not None:
        raise unsupported("supplying <cipher> for domain disk definition is unnecessary")


def _chain(disk: Disk) -> None:
    """The images below, and the copy that a block job makes."""
    layer: Disk | BackingStore | Mirror | None = disk.backing_store
    owner: Disk | BackingStore | Mirror = disk
    while layer is not None:
        if isinstance(layer, BackingStore):
            layer.index = None
            if layer.type is None:
                owner.backing_store = BackingStore()
                return
            if layer.format_ is None:
                raise xml_error("missing disk backing store format")
            if layer.format_.type == "none":
                raise xml_error("unknown storage source format 'none'")
        if layer.source is None:
            raise xml_error("missing disk backing store source")
        complete_source(layer.source)
        if layer.source.encryption is not None:
            _encryption(layer.source.encryption)
        owner, layer = layer, layer.backing_store


def _tuning(disk: Disk) -> None:
    tune = disk.iotune
    if tune is not None:
        for name in TUNED:
            if not getattr(tune, name):
                setattr(tune, name, None)
        _check_sums(tune)
    geometry = disk.geometry
    if geometry is not None and not (geometry.cyls and geometry.heads and geometry.secs):
        disk.geometry = None
    if disk.target is not None:
        disk.target.rotation_rate = disk.target.rotation_rate or None
    driver = disk.driver
    if driver is None:
        return
    if driver.type == "none":
        raise unsupported("unknown driver format value 'none'")
    if driver.rerror_policy == "enospace":
        raise unsupported("Invalid disk read error policy: 'enospace'")
    if driver.type == "aio":
        # What Xen called it once.
        driver.type = "raw"
    driver.queues = driver.queues or None
    driver.queue_size = driver.queue_size or None
    driver.cache = None if driver.cache == "default" else driver.cache
    for name in _NO_DEFAULT:
        if getattr(driver, name) == "default":
            raise bad_attribute("driver", name, "default")


def _check_sums(tune: IoTune) -> None:
    for unit in ("bytes_sec", "iops_sec"):
        for suffix in ("", "_max"):
            whole = getattr(tune, f"total_{unit}{suffix}")
            if whole and (getattr(tune, f"read_{unit}{suffix}") or getattr(tune, f"write_{unit}{suffix}")):
                raise xml_error(f"total and read/write {unit}{suffix} cannot be set at the same time")


def _share_groups(items: list[Disk]) -> None:
    """A disk of a throttle group without limits of its own has the group's."""
    groups: dict[str, IoTune] = {}
    for disk in items:
        tune = disk.iotune
        if tune is None or not tune.group_name:
            continue
        if has_limits(tune):
            groups.setdefault(tune.group_name, tune)
        elif tune.group_name in groups:
            disk.iotune = groups[tune.group_name].copy()


def has_limits(tune: IoTune) -> bool:
    """Whether anything but a group is set."""
    return any(getattr(tune, name) for name in (*TUNED, "size_iops_sec"))
