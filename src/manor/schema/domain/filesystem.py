# SPDX-License-Identifier: Apache-2.0
"""Directories of the host shared with a guest, leases of its disks, and shared memory."""

from __future__ import annotations

from typing import Literal

from manor.schema.common.address import Device, VirtioModel, VirtioOptions
from manor.schema.common.storage import StorageFormat
from manor.schema.core import Element, amount, attr, child, codec, flag, one, unsupported, xml_error


class FilesystemDriver(VirtioOptions, tag="driver"):
    """How the hypervisor runs the share."""

    type: Literal["default", "path", "handle", "loop", "nbd", "ploop", "virtiofs"] | None = attr()
    format_: StorageFormat | None = attr("format", error=unsupported("unknown driver format value '{value}'"))
    wrpolicy: Literal["default", "immediate"] | None = attr()
    queue: int | None = attr(
        codec=codec.unsigned_long,
        blank=True,
        error=xml_error("cannot parse queue size '{value}' for virtiofs"),
    )


class FilesystemLock(Element, tag="lock"):
    """Which locks virtiofsd passes on."""

    posix: bool | None = attr(codec=codec.on_off)
    flock: bool | None = attr(codec=codec.on_off)


class FilesystemBinary(Element, tag="binary"):
    """The virtiofsd program and its options."""

    path: str | None = attr()
    xattr: bool | None = attr(codec=codec.on_off)
    cache: Literal["none", "always"] | None = child(at="mode")
    sandbox: Literal["namespace", "chroot"] | None = child(at="mode", since=(7, 2))
    lock: FilesystemLock | None = one()
    thread_pool: int | None = child(
        codec=codec.signed,
        at="size",
        since=(8, 5),
        blank=True,
        error=xml_error("cannot parse thread pool size '{value}' for virtiofs"),
    )


class FilesystemSource(Element, tag="source"):
    """What is shared; which field counts depends on the type. `usage` is in KiB."""

    file: str | None = attr()
    dev: str | None = attr()
    dir: str | None = attr()
    name: str | None = attr()
    usage: int | None = attr(
        unit="KiB", unit_name="units", error=xml_error("cannot parse usage '{value}' for RAM filesystem")
    )
    socket: str | None = attr()
    pool: str | None = attr()
    volume: str | None = attr()


class Filesystem(Device, tag="filesystem"):
    """A share."""

    type: Literal["mount", "block", "file", "template", "ram", "bind", "volume"] | None = attr()
    accessmode: Literal["passthrough", "mapped", "squash"] | None = attr(blank=True)
    model: VirtioModel | None = attr()
    multidevs: Literal["default", "remap", "forbid", "warn"] | None = attr()
    fmode: int | None = attr(codec=codec.create_mode, since=(6, 10))
    dmode: int | None = attr(codec=codec.create_mode, since=(6, 10))
    driver: FilesystemDriver | None = one()
    binary: FilesystemBinary | None = one()
    source: FilesystemSource | None = one()
    target: str | None = child(at="dir")
    readonly: bool = flag()
    space_hard_limit: int | None = amount(unit="bytes", order=96)
    space_soft_limit: int | None = amount(unit="bytes", order=96)


class LeaseTarget(Element, tag="target"):
    """The file of a lease and the offset in it, in bytes."""

    path: str | None = attr()
    offset: int | None = attr(codec=codec.unsigned_long)


class Lease(Element, tag="lease"):
    """A lease of a lock manager that the guest needs to run."""

    lockspace: str | None = child()
    key: str | None = child()
    target: LeaseTarget | None = one()


class ShmemServer(Element, tag="server", keep_empty=True):
    """The socket of an ivshmem server."""

    path: str | None = attr()


class ShmemMsi(Element, tag="msi", keep_empty=True):
    """Interrupts of the device."""

    vectors: int | None = attr(codec=codec.any_base())
    ioeventfd: bool | None = attr(codec=codec.on_off)


class Shmem(Device, tag="shmem"):
    """Memory shared between guests; `size` in MiB."""

    name: str | None = attr()
    role: Literal["default", "master", "peer"] | None = attr()
    model: Literal["ivshmem", "ivshmem-plain", "ivshmem-doorbell"] | None = child(at="type")
    size: int | None = amount(unit="M")
    server: ShmemServer | None = one()
    msi: ShmemMsi | None = one()
