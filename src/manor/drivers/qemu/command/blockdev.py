# SPDX-License-Identifier: Apache-2.0
"""Block nodes: the `-blockdev` (and blockdev-add) arguments of images and of what they are based on.

An image is two nodes: `libvirt-N-storage` reads the file, device or network, `libvirt-N-format` understands it.
N is the source's index, unique in the guest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.command.line import Props
from manor.drivers.qemu.passes.context import error
from manor.schema.common.storage import (
    BlockSource,
    DirSource,
    FileSource,
    Host,
    MetadataCache,
    NetworkSource,
    NvmeSource,
    StorageSource,
)
from manor.schema.domain.disk import BackingStore, Disk, DiskDriver

_DEFAULT_PORTS: Final = {
    "nbd": "10809",
    "rbd": "6789",
    "sheepdog": "7000",
    "gluster": "24007",
    "iscsi": "3260",
    "http": "80",
    "https": "443",
    "ftp": "21",
    "ftps": "990",
    "tftp": "69",
    "ssh": "22",
}

_CACHE: Final = {"none": (True, False), "directsync": (True, False), "unsafe": (False, True)}
"""Cache mode to the node options direct and no-flush; other modes leave both off."""


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a chain: its source, format and place."""

    index: int
    source: StorageSource
    format: str
    read_only: bool
    top: bool = False
    metadata_cache: MetadataCache | None = None

    @property
    def storage_node(self) -> str:
        return f"libvirt-{self.index}-storage"

    @property
    def format_node(self) -> str:
        return f"libvirt-{self.index}-format"


def chain(disk: Disk) -> list[Image]:
    """The images of a disk, top first; empty for a drive without medium."""
    source = disk.source
    if source is None or not has_content(source):
        return []
    form = (disk.driver.type if disk.driver is not None else None) or "raw"
    images = [Image(source.index or 0, source, form, disk.readonly or disk.device == "cdrom", top=True)]
    store: BackingStore | None = disk.backing_store
    while store is not None and store.source is not None:
        form = (store.format_.type if store.format_ is not None else None) or "raw"
        limits = store.format_.metadata_cache if store.format_ is not None else None
        images.append(Image(store.index or store.source.index or 0, store.source, form, True, metadata_cache=limits))
        store = store.backing_store
    return images


def has_content(source: StorageSource) -> bool:
    """Whether a source names anything at all."""
    match source:
        case FileSource():
            return bool(source.file)
        case BlockSource():
            return bool(source.dev)
        case DirSource():
            return bool(source.dir)
    return True


def nodes(disk: Disk) -> list[Props]:
    """The nodes of a disk, those others depend on first."""
    images = chain(disk)
    result: list[Props] = []
    ends = disk.backing_store is not None
    for position in range(len(images) - 1, -1, -1):
        image = images[position]
        below = images[position + 1] if position + 1 < len(images) else None
        backing: str | bool | None = below.format_node if below is not None else (None if ends else False)
        result += image_nodes(image, disk.driver, backing)
    return result


def image_nodes(image: Image, driver: DiskDriver | None, backing: str | bool | None) -> list[Props]:
    """Both nodes of an image; `backing` names the node below, None says there is none, False says nothing of it."""
    cache = _cache(driver)
    storage = source_node(image.source) | {"node-name": image.storage_node} | cache
    aio = (driver.io if driver is not None else None) if isinstance(image.source, FileSource | BlockSource) else None
    if aio is not None:
        storage = _insert_after(storage, "filename", "aio", aio)
    storage |= {"auto-read-only": True, "discard": "unmap"}
    form: Props = {"node-name": image.format_node, "read-only": image.read_only}
    if driver is not None and driver.discard is not None:
        form["discard"] = driver.discard
    if driver is not None and driver.detect_zeroes is not None:
        form["detect-zeroes"] = driver.detect_zeroes
    form |= cache | {"driver": _format_driver(image.format)}
    raw_slice = next(iter(image.source.slices), None)
    if raw_slice is not None and image.format == "raw":
        form |= {"offset": raw_slice.offset or 0, "size": raw_slice.size}
    cache_size = _metadata_cache(image, driver)
    if cache_size is not None:
        form["cache-size"] = cache_size
    form["file"] = image.storage_node
    result = {key: value for key, value in form.items() if value is not None}
    if backing is not False and image.format not in ("raw", "luks"):
        result["backing"] = backing
    return [storage, result]


def _metadata_cache(image: Image, driver: DiskDriver | None) -> int | None:
    """The limit of the image format's own cache, in bytes."""
    limits = image.metadata_cache or (driver.metadata_cache if driver is not None and image.top else None)
    return limits.max_size if limits is not None and image.format == "qcow2" else None


def _insert_after(props: Props, anchor: str, name: str, value: Any) -> Props:
    result: Props = {}
    for key, item in props.items():
        result[key] = item
        if key == anchor:
            result[name] = value
    return result


def _cache(driver: DiskDriver | None) -> Props:
    mode = driver.cache if driver is not None else None
    if mode in (None, "default"):
        return {}
    direct, no_flush = _CACHE.get(mode or "", (False, False))
    return {"cache": {"direct": direct, "no-flush": no_flush}}


def _format_driver(form: str) -> str:
    return {"iso": "raw", "fat": "vvfat", "dir": "vvfat"}.get(form, form)


def source_node(source: StorageSource) -> Props:
    """What reads a source: the driver and where it reads from."""
    match source:
        case FileSource():
            return {"driver": "file", "filename": source.file}
        case BlockSource():
            return {"driver": "host_device", "filename": source.dev}
        case DirSource():
            return {"driver": "vvfat", "dir": source.dir, "floppy": False, "rw": False}
        case NvmeSource():
            return _nvme(source)
        case NetworkSource():
            return _network(source)
    raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"disk source type '{type(source).__name__}' cannot be opened by QEMU")


def _nvme(source: NvmeSource) -> Props:
    address = source.address
    place = ""
    if address is not None:
        place = f"{address.domain or 0:04x}:{address.bus or 0:02x}:{address.slot or 0:02x}.{address.function or 0:x}"
    return {"driver": "nvme", "device": place, "namespace": source.namespace}


def _network(source: NetworkSource) -> Props:
    protocol = source.protocol or ""
    host = source.hosts[0] if source.hosts else Host()
    match protocol:
        case "nbd":
            return {"driver": "nbd", "server": _server(host, protocol), "export": source.name}
        case "http" | "https" | "ftp" | "ftps" | "tftp":
            query = f"?{source.query}" if source.query else ""
            url = f"{protocol}://{host.name}:{host.port or _DEFAULT_PORTS[protocol]}/{source.name or ''}{query}"
            return _kept(
                driver=protocol,
                url=url,
                sslverify=source.ssl.verify if source.ssl is not None else None,
                readahead=source.readahead,
                timeout=source.timeout,
            )
        case "rbd":
            return _rbd(source)
        case "gluster":
            volume, _, path = (source.name or "").partition("/")
            servers = [_server(item, protocol) for item in source.hosts]
            return {"driver": "gluster", "volume": volume, "path": path, "server": servers, "debug": 4}
        case "sheepdog":
            return {"driver": "sheepdog", "server": _server(host, protocol), "vdi": source.name}
        case "iscsi":
            target, _, lun = (source.name or "").partition("/")
            portal = f"{host.name}:{host.port or _DEFAULT_PORTS['iscsi']}"
            initiator = source.initiator.iqn if source.initiator is not None else None
            return _kept(driver="iscsi", portal=portal, target=target, lun=int(lun or 0), transport="tcp") | (
                {"initiator-name": initiator} if initiator else {}
            )
        case "nfs":
            identity = source.identity
            return _kept(
                driver="nfs",
                server={"host": host.name, "type": "inet"},
                path=source.name,
                user=_number(identity.user) if identity is not None else None,
                group=_number(identity.group) if identity is not None else None,
            )
        case "ssh":
            return {"driver": "ssh", "path": source.name, "server": _server(host, protocol)}
    raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"protocol '{protocol}' is not supported for disk sources")


def _number(owner: str | None) -> int | None:
    return int(owner.removeprefix("+")) if owner and owner.removeprefix("+").isdigit() else None


def _kept(**props: Any) -> Props:
    return {name: value for name, value in props.items() if value is not None}


def _rbd(source: NetworkSource) -> Props:
    pool, _, image = (source.name or "").partition("/")
    servers = [{"host": host.name, "port": _port(host, "rbd")} for host in source.hosts]
    return _kept(
        driver="rbd",
        pool=pool,
        image=image,
        snapshot=source.snapshot,
        conf=source.config,
        server=servers or None,
    )


def _port(host: Host, protocol: str) -> str:
    return str(host.port or _DEFAULT_PORTS.get(protocol, "0"))


def _server(host: Host, protocol: str) -> Props:
    if host.transport == "unix" or host.socket:
        return {"type": "unix", "path": host.socket}
    return {"type": "inet", "host": host.name, "port": _port(host, protocol)}
