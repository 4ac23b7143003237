# SPDX-License-Identifier: Apache-2.0
"""Devices of one or two properties: inputs, hubs, balloon, watchdog, random numbers, panic, vsock, shared memory …"""

from __future__ import annotations

from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.command.chardevs import backend
from manor.drivers.qemu.command.line import (
    Build,
    Props,
    address_props,
    alias_of,
    boot_index,
    escape,
    on_off,
    virtio_driver,
    virtio_options,
)
from manor.drivers.qemu.passes.context import error
from manor.schema.common.address import IsaAddress, SpaprVioAddress
from manor.schema.domain.devices import Input, Rng, Vsock
from manor.schema.domain.filesystem import Filesystem, Shmem

SHM: Final = "/dev/shm"  # noqa: S108 - where POSIX shared memory lives

_VIRTIO_INPUT: Final = {
    "mouse": "virtio-mouse",
    "tablet": "virtio-tablet",
    "keyboard": "virtio-keyboard",
    "passthrough": "virtio-input-host",
}
_USB_INPUT: Final = {"mouse": "usb-mouse", "tablet": "usb-tablet", "keyboard": "usb-kbd"}


def inputs(build: Build) -> None:
    """Pointers and keyboards; those on PS/2 are part of the machine."""
    for item in build.machine.devices.inputs:
        if item.type == "evdev":
            _evdev(build, item)
        elif item.bus in ("usb", "virtio"):
            build.device(input_device(build, item), item)


def input_device(build: Build, item: Input) -> Props:
    """The `-device` of an input device."""
    props: Props
    if item.bus == "usb":
        props = {"driver": _USB_INPUT[item.type or "mouse"], "id": alias_of(item)}
    else:
        base = _VIRTIO_INPUT[item.type or "mouse"]
        props = {"driver": virtio_driver(base, item.model, item), **virtio_options(item.driver)}
        props["id"] = alias_of(item)
        if item.type == "passthrough" and item.source is not None:
            props["evdev"] = item.source.evdev
    return props | address_props(build, item)


def _evdev(build: Build, item: Input) -> None:
    source = item.source
    build.object(
        "input-linux",
        alias_of(item),
        evdev=source.dev if source is not None else None,
        repeat=source.repeat if source is not None else None,
        grab_all=True if source is not None and source.grab == "all" else None,
    )


def hubs(build: Build) -> None:
    """USB hubs."""
    for hub in build.machine.devices.hubs:
        build.device({"driver": "usb-hub", "id": alias_of(hub)} | address_props(build, hub))


def balloon(build: Build) -> None:
    """The memory balloon."""
    item = build.machine.devices.memballoon
    if item is None or item.model in (None, "none"):
        return
    props: Props = {"driver": virtio_driver("virtio-balloon", item.model, item)} | virtio_options(item.driver)
    props["id"] = alias_of(item)
    props["deflate-on-oom"] = item.autodeflate
    props["free-page-reporting"] = item.free_page_reporting
    build.device(props | address_props(build, item), item)


def watchdog(build: Build) -> None:
    """The watchdog, and what QEMU does when it fires."""
    item = build.machine.devices.watchdog
    if item is None:
        return
    if item.model != "itco":
        build.device({"driver": item.model, "id": alias_of(item)} | address_props(build, item), item)
    action = "pause" if item.action == "dump" else item.action
    build.option("watchdog-action", action or "reset")


def rngs(build: Build) -> None:
    """Random number generators."""
    for item in build.machine.devices.rngs:
        rng_backend(build, item)
        build.device(rng_device(build, item), item)


def rng_backend(build: Build, item: Rng) -> None:
    """Where random numbers come from."""
    source = item.backend
    name = f"obj{alias_of(item)}"
    match source.model if source is not None else None:
        case "random":
            build.object("rng-random", name, filename=(source.value if source is not None else None) or "/dev/random")
        case "builtin":
            build.object("rng-builtin", name)
        case "egd" if source is not None:
            build.object("rng-egd", name, chardev=backend(build, source, alias_of(item)))


def rng_device(build: Build, item: Rng) -> Props:
    """The `-device` of a random number generator."""
    props: Props = {"driver": virtio_driver("virtio-rng", item.model, item)} | virtio_options(item.driver)
    props |= {"rng": f"obj{alias_of(item)}", "id": alias_of(item)}
    if item.rate is not None and item.rate.bytes:
        props |= {"max-bytes": item.rate.bytes, "period": item.rate.period or 1000}
    return props | address_props(build, item)


def nvram(build: Build) -> None:
    """The place of a pSeries machine's non-volatile memory."""
    item = build.machine.devices.nvram
    if item is not None and isinstance(item.address, SpaprVioAddress):
        build.option("global", f"spapr-nvram.reg=0x{item.address.reg or 0:x}")


def panics(build: Build) -> None:
    """Panic devices."""
    for item in build.machine.devices.panics:
        match item.model:
            case None | "default" | "isa" if build.machine.is_x86:
                props: Props = {"driver": "pvpanic"}
                if isinstance(item.address, IsaAddress) and item.address.iobase:
                    props["ioport"] = item.address.iobase
                build.device(props)
            case "pvpanic":
                build.device({"driver": "pvpanic-pci"} | address_props(build, item))
            case "hyperv" | "pseries" | "s390" | None | "default":
                continue
            case _:
                raise error(ErrorNumber.CONFIG_UNSUPPORTED, "the QEMU binary does not support the panic device")


def vsock(build: Build) -> None:
    """The virtio socket."""
    item = build.machine.devices.vsock
    if item is not None:
        build.device(vsock_device(build, item), item)


def vsock_device(build: Build, item: Vsock) -> Props:
    """The `-device` of a virtio socket."""
    handles = build.plan.descriptors(alias_of(item), "vhost-vsock")
    props: Props = {"driver": virtio_driver("vhost-vsock", item.model, item)} | virtio_options(item.driver)
    props |= {
        "id": alias_of(item),
        "guest-cid": (item.cid.address if item.cid is not None else None) or 0,
        "vhostfd": str(handles[0]) if handles else "-1",
    }
    return props | address_props(build, item)


def shmems(build: Build) -> None:
    """Memory shared between guests."""
    for item in build.machine.devices.shmems:
        shmem_backend(build, item)
        build.device(shmem_device(build, item), item)


def shmem_backend(build: Build, item: Shmem) -> None:
    """The memory, or the server that hands it out."""
    size = (item.size or 4) * 1024 * 1024
    if item.server is not None:
        path = item.server.path or f"/var/lib/libvirt/shmem-{item.name}-sock"
        build.option("chardev", f"socket,id=char{alias_of(item)},path={escape(path)}")
    else:
        build.object(
            "memory-backend-file",
            f"shmmem-{alias_of(item)}",
            **{"mem-path": f"{SHM}/{item.name}", "size": size, "share": True},
        )


def shmem_device(build: Build, item: Shmem) -> Props:
    """The `-device` of shared memory."""
    props: Props = {"driver": item.model or "ivshmem-plain", "id": alias_of(item)}
    if item.server is not None:
        props["chardev"] = f"char{alias_of(item)}"
        if item.msi is not None:
            props |= {"vectors": item.msi.vectors, "ioeventfd": on_off(item.msi.ioeventfd)}
    else:
        props["memdev"] = f"shmmem-{alias_of(item)}"
    if item.role is not None and item.role != "default":
        props["master"] = item.role == "master"
    return {name: value for name, value in (props | address_props(build, item)).items() if value is not None}


def filesystems(build: Build) -> None:
    """Shares: 9p, and virtiofs through its daemon's socket."""
    for item in build.machine.devices.filesystems:
        props: Props
        alias = alias_of(item)
        kind = item.driver.type if item.driver is not None else None
        if kind == "virtiofs":
            path = item.source.socket if item.source is not None and item.source.socket else build.plan.fs_socket(item)
            build.option("chardev", f"socket,id=chr-vu-{alias},path={escape(str(path))}")
            props = {
                "driver": "vhost-user-fs-pci",
                "id": alias,
                "chardev": f"chr-vu-{alias}",
                "tag": item.target,
            }
            if item.driver is not None and item.driver.queue:
                props["queue-size"] = item.driver.queue
        else:
            _nine_p(build, item)
            props = {"driver": virtio_driver("virtio-9p", item.model, item), **virtio_options(item.driver)}
            props |= {"id": alias, "fsdev": f"fsdev-{alias}", "mount_tag": item.target}
        build.device(props | boot_index(build, item) | address_props(build, item), item)


_SECURITY_MODELS: Final = {"mapped": "mapped", "squash": "none"}


def _nine_p(build: Build, item: Filesystem) -> None:
    driver = item.driver
    handle = driver is not None and driver.type == "handle"
    security = _SECURITY_MODELS.get(item.accessmode or "", "passthrough")
    source = item.source.dir if item.source is not None else None
    build.comma(
        "fsdev",
        [
            "handle" if handle else "local",
            None if handle else f"security_model={security}",
            f"multidevs={item.multidevs}" if item.multidevs not in (None, "default") else None,
            f"fmode={item.fmode:04o}" if item.fmode is not None else None,
            f"dmode={item.dmode:04o}" if item.dmode is not None else None,
            "writeout=immediate" if driver is not None and driver.wrpolicy == "immediate" else None,
            f"id=fsdev-{alias_of(item)}",
            f"path={escape(source or '')}",
            "readonly=on" if item.readonly else None,
        ],
    )


def tpms(build: Build) -> None:
    """Trusted platform modules."""
    for item in build.machine.devices.tpms:
        alias = alias_of(item)
        source = item.backend
        device = (source.device if source is not None else None) or "/dev/tpm0"
        if item.model == "spapr-tpm-proxy":
            build.device({"driver": item.model, "id": alias, "host-path": device})
            continue
        if source is not None and source.type == "passthrough":
            cancel = "/sys/class/tpm/tpm0/device/cancel"
            build.option("tpmdev", f"passthrough,id=tpm-{alias},path={escape(device)},cancel-path={cancel}")
        else:
            build.option("chardev", build.plan.tpm_chardev(item))
            build.option("tpmdev", f"emulator,id=tpm-{alias},chardev=chrtpm")
        build.device({"driver": item.model, "tpmdev": f"tpm-{alias}", "id": alias} | address_props(build, item), item)


def iommu(build: Build) -> None:
    """The IOMMU."""
    item = build.machine.devices.iommu
    if item is None:
        return
    driver = item.driver
    match item.model:
        case "intel":
            props: Props = {"driver": "intel-iommu", "id": alias_of(item)}
            if driver is not None:
                props |= {
                    "intremap": on_off(driver.intremap),
                    "caching-mode": driver.caching_mode,
                    "eim": on_off(driver.eim),
                    "device-iotlb": driver.iotlb,
                    "aw-bits": driver.aw_bits,
                }
            build.device({name: value for name, value in props.items() if value is not None})
        case "virtio":
            build.device({"driver": "virtio-iommu", "id": alias_of(item)} | address_props(build, item), item)
