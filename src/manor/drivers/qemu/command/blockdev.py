# SPDX-License-Identifier: Apache-2.0
"""Block nodes: the `-blockdev` (and blockdev-add) arguments of images and of what they are based on.

An image is two nodes: `libvirt-N-storage` reads the file, device or network, `libvirt-N-format` understands it.
Where only a part of the storage is the image, `libvirt-N-slice-sto` is between them. N is the source's index, unique
in the guest.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from manor.constants import ErrorNumber
from manor.drivers.qemu.command.line import Props
from manor.drivers.qemu.passes.context import error
from manor.schema.common.encryption import Auth, Encryption
from manor.schema.common.storage import (
    BlockSource,
    DirSource,
    FileSource,
    Host,
    MetadataCache,
    NetworkSource,
    NvmeSource,
    StorageSource,
    place_of,
)
from manor.schema.domain.disk import BackingStore, Disk, DiskDriver
from manor.schema.domain.hostdev import ScsiHostdevSource

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


class Image(msgspec.Struct, frozen=True):
    """One image of a chain: its source, format and place. `name` is what its nodes are called after."""

    name: str
    source: StorageSource
    format: str
    read_only: bool
    top: bool = False
    metadata_cache: MetadataCache | None = None
    auth: Auth | None = None
    encryption: Encryption | None = None

    @property
    def storage_node(self) -> str:
        return f"{self.name}-storage"

    @property
    def slice_node(self) -> str:
        return f"{self.name}-slice-sto"

    @property
    def format_node(self) -> str:
        return f"{self.name}-format"

    @property
    def by_qemu(self) -> Encryption | None:
        """Encryption that the format node undoes; librbd undoes its own in the storage node."""
        return None if self.encryption is None or self.encryption.engine == "librbd" else self.encryption

    @property
    def is_raw(self) -> bool:
        """Whether the format node hands the content on as it is."""
        return self.format == "raw" and self.by_qemu is None


def node_name(index: int | None) -> str:
    """What the nodes of the source with this index are called after."""
    return f"libvirt-{index or 0}"


def chain(disk: Disk) -> list[Image]:
    """The images of a disk, top first; empty for a drive without medium."""
    source = place_of(disk.source)
    if source is None or not has_content(source):
        return []
    form = (disk.driver.type if disk.driver is not None else None) or "raw"
    read_only = disk.readonly or disk.device == "cdrom"
    # A document may say of the disk what it means of the disk's source.
    auth, encryption = source.auth or disk.auth, source.encryption or disk.encryption
    images = [
        Image(node_name(source.index), source, form, read_only, top=True, auth=auth, encryption=encryption),
    ]
    store: BackingStore | None = disk.backing_store
    while store is not None and store.source is not None:
        below = store.source
        form = (store.format_.type if store.format_ is not None else None) or "raw"
        limits = store.format_.metadata_cache if store.format_ is not None else None
        name = node_name(store.index or below.index)
        images.append(
            Image(name, below, form, True, metadata_cache=limits, auth=below.auth, encryption=below.encryption)
        )
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
    return [node for _image, own in image_stack(disk) for node in own]


def image_stack(disk: Disk) -> list[tuple[Image, list[Props]]]:
    """The images of a disk with their nodes, the lowest first."""
    images = chain(disk)
    below: str | bool | None = None if _is_ended(disk) else False
    stack = []
    for image in reversed(images):
        stack.append((image, image_nodes(image, disk.driver, below)))
        below = image.format_node
    return stack


def _is_ended(disk: Disk) -> bool:
    """Whether the document says that there is nothing below the last image it names."""
    store = disk.backing_store
    while store is not None and store.source is not None:
        store = store.backing_store
    return store is not None


def image_nodes(image: Image, driver: DiskDriver | None, backing: str | bool | None) -> list[Props]:
    """The nodes of an image; `backing` names the node below, None says there is none, False says nothing of it."""
    cache = _cache(driver)
    storage = source_node(image.source, image) | {"node-name": image.storage_node} | cache
    aio = (driver.io if driver is not None else None) if isinstance(image.source, FileSource | BlockSource) else None
    if aio is not None:
        storage = _insert_after(storage, "filename", "aio", aio)
    storage |= {"auto-read-only": True, "discard": "unmap"}
    form: Props = {"node-name": image.format_node, "read-only": image.read_only}
    if driver is not None and driver.discard is not None:
        form["discard"] = driver.discard
    if driver is not None and driver.detect_zeroes is not None:
        form["detect-zeroes"] = driver.detect_zeroes
    form |= cache | _format(image)
    lower = [storage]
    file = image.storage_node
    part = next(iter(image.source.slices), None)
    if part is not None and image.is_raw:
        form |= {"offset": part.offset or 0, "size": part.size}
    elif part is not None:
        file = image.slice_node
        place = {"node-name": file, "offset": part.offset or 0, "size": part.size, "file": image.storage_node}
        lower.append({"driver": "raw"} | place | {"auto-read-only": True, "discard": "unmap"} | cache)
    cache_size = _metadata_cache(image, driver)
    if cache_size is not None:
        form["cache-size"] = cache_size
    form["file"] = file
    result = {key: value for key, value in form.items() if value is not None}
    if backing is not False and image.format != "raw":
        result["backing"] = backing
    return [*lower, result]


def _format(image: Image) -> Props:
    """What understands the image's format, and its encryption."""
    driver = {"iso": "raw", "fat": "vvfat", "dir": "vvfat"}.get(image.format, image.format)
    encryption = image.by_qemu
    if encryption is None:
        return {"driver": driver}
    secret = format_secret(image)
    if driver == "raw":
        return {"driver": "luks", "key-secret": secret}
    kind = "aes" if encryption.format_ in ("qcow", "default") else "luks"
    return {"driver": driver, "encrypt": {"format": kind, "key-secret": secret}}


def auth_secret(image: Image) -> str:
    """The object with the password or key the server asks for."""
    return f"{image.storage_node}-auth-secret0"


def format_secret(image: Image) -> str:
    """The object with the passphrase of an encrypted image."""
    return f"{image.format_node}-encryption-secret0"


def cookie_secret(image: Image) -> str:
    """The object with the cookies sent to an HTTP server."""
    return f"{image.storage_node}-httpcookie-secret0"


def tls_credentials(image: Image) -> str:
    """The object with the certificates for a TLS connection."""
    return f"obj{image.storage_node}_tls0"


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


def source_node(source: StorageSource, image: Image) -> Props:
    """What reads a source: the driver and where it reads from, with the secrets of its image."""
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
            return _network(source, image)
    raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"disk source type '{type(source).__name__}' cannot be opened by QEMU")


def _nvme(source: NvmeSource) -> Props:
    address = source.address
    place = ""
    if address is not None:
        place = f"{address.domain or 0:04x}:{address.bus or 0:02x}:{address.slot or 0:02x}.{address.function or 0:x}"
    return {"driver": "nvme", "device": place, "namespace": source.namespace}


def _network(source: NetworkSource, image: Image) -> Props:
    protocol = source.protocol or ""
    host = source.hosts[0] if source.hosts else Host()
    match protocol:
        case "nbd":
            return _kept(driver="nbd", server=_server(host, protocol), export=source.name, **_tls(source, image))
        case "http" | "https" | "ftp" | "ftps" | "tftp":
            query = f"?{source.query}" if source.query else ""
            url = f"{protocol}://{host.name}:{host.port or _DEFAULT_PORTS[protocol]}/{source.name or ''}{query}"
            return _kept(
                driver=protocol,
                url=url,
                sslverify=source.ssl.verify if source.ssl is not None else None,
                readahead=source.readahead,
                timeout=source.timeout,
                **({"cookie-secret": cookie_secret(image)} if source.cookies else {}),
            )
        case "rbd":
            return _rbd(source, image)
        case "gluster":
            volume, _, path = (source.name or "").partition("/")
            servers = [_server(item, protocol) for item in source.hosts]
            return {"driver": "gluster", "volume": volume, "path": path, "server": servers, "debug": 4}
        case "sheepdog":
            return {"driver": "sheepdog", "server": _server(host, protocol), "vdi": source.name}
        case "iscsi":
            return iscsi(source, image.auth, auth_secret(image))
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


def iscsi(source: NetworkSource | ScsiHostdevSource, auth: Auth | None, secret: str) -> Props:
    """A logical unit of an iSCSI server; its source's name is TARGET/LUN."""
    host = source.hosts[0] if source.hosts else Host()
    target, _, lun = (source.name or "").partition("/")
    initiator = source.initiator.iqn if source.initiator is not None else None
    return _kept(
        driver="iscsi",
        portal=f"{host.name}:{host.port or _DEFAULT_PORTS['iscsi']}",
        target=target,
        lun=int(lun or 0),
        transport="tcp",
        **({"user": auth.username, "password-secret": secret} if auth is not None else {}),
        **({"initiator-name": initiator} if initiator else {}),
    )


def _tls(source: NetworkSource, image: Image) -> Props:
    if not source.tls:
        return {}
    name = {"tls-hostname": source.tls_hostname} if source.tls_hostname else {}
    return {"tls-creds": tls_credentials(image)} | name


def _rbd(source: NetworkSource, image: Image) -> Props:
    pool, _, name = (source.name or "").partition("/")
    servers = [{"host": host.name, "port": _port(host, "rbd")} for host in source.hosts]
    props = _kept(
        driver="rbd",
        pool=pool,
        image=name,
        snapshot=source.snapshot,
        conf=source.config,
        server=servers or None,
    )
    if image.auth is not None:
        props |= {"user": image.auth.username, "auth-client-required": ["cephx", "none"]}
        props["key-secret"] = auth_secret(image)
    if image.encryption is not None and image.encryption.engine == "librbd":
        props["encrypt"] = {"format": image.encryption.format_, "key-secret": format_secret(image)}
    return props


def _port(host: Host, protocol: str) -> str:
    return str(host.port or _DEFAULT_PORTS.get(protocol, "0"))


def _server(host: Host, protocol: str) -> Props:
    if host.transport == "unix" or host.socket:
        return {"type": "unix", "path": host.socket}
    return {"type": "inet", "host": host.name, "port": _port(host, protocol)}
