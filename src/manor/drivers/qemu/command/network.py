# SPDX-License-Identifier: Apache-2.0
"""Network interfaces: the host's end (`-netdev`) and the card."""

from __future__ import annotations

from typing import Any, Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.command.line import (
    Build,
    Props,
    address_props,
    alias_of,
    boot_index,
    virtio_driver,
    virtio_options,
)
from manor.drivers.qemu.passes.context import error
from manor.schema.common.address import PciAddress, VirtioMmioAddress
from manor.schema.domain.interface import (
    Interface,
    InterfaceDriver,
    SocketInterfaceSource,
    VhostUserInterfaceSource,
)
from manor.system.arch import ARM

_SOCKET_TYPES: Final = frozenset({"server", "client", "mcast", "udp"})

KNOWN_MODELS: Final = frozenset(
    {"rtl8139", "virtio", "virtio-transitional", "virtio-non-transitional", "e1000", "e1000e", "vmxnet3"}
    | {"usb-net", "spapr-vlan", "lan9118", "smc91c111"}
)

_OFFLOADS: Final = {
    "csum": "csum",
    "gso": "gso",
    "tso4": "host_tso4",
    "tso6": "host_tso6",
    "ecn": "host_ecn",
    "ufo": "host_ufo",
}


def interfaces(build: Build) -> None:
    """All network interfaces."""
    for nic in build.machine.devices.interfaces:
        if nic.type == "hostdev":
            continue
        build.json("netdev", netdev(build, nic))
        if _is_onboard(build, nic):
            _onboard(build, nic)
        else:
            build.device(interface_device(build, nic), nic)


def _is_onboard(build: Build, nic: Interface) -> bool:
    """Whether the card is part of the machine: on ARM those that are neither virtio nor on PCI."""
    return build.machine.arch in ARM and not isinstance(nic.address, PciAddress | VirtioMmioAddress)


def _onboard(build: Build, nic: Interface) -> None:
    alias = alias_of(nic)
    address = nic.mac.address if nic.mac is not None else None
    build.comma("net", ["nic", f"macaddr={address}", f"netdev=host{alias}", f"model={nic.model}", f"id={alias}"])


def netdev(build: Build, nic: Interface) -> Props:
    """The host's end."""
    name = f"host{alias_of(nic)}"
    taps = build.plan.descriptors(alias_of(nic), "tap")
    if taps:
        return _tap(build, nic, name, list(taps))
    if nic.type == "user":
        return {"type": "user"} | _user_addresses(nic) | {"id": name}
    if nic.type in _SOCKET_TYPES:
        return _socket(nic, name)
    if nic.type == "vhostuser":
        source = nic.source
        if isinstance(source, VhostUserInterfaceSource):
            return _vhost_user(build, nic, source, name)
    raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"interfaces of type '{nic.type}' are not supported")


def _tap(build: Build, nic: Interface, name: str, taps: list[int]) -> Props:
    vhost = list(build.plan.descriptors(alias_of(nic), "vhost"))
    props: Props = {"type": "tap"}
    if len(taps) == 1:
        props["fd"] = str(taps[0])
    else:
        props["fds"] = ":".join(map(str, taps))
    if vhost:
        props["vhost"] = True
        key = "vhostfd" if len(vhost) == 1 else "vhostfds"
        props[key] = ":".join(map(str, vhost))
    if nic.tune is not None and nic.tune.sndbuf is not None:
        props["sndbuf"] = nic.tune.sndbuf
    props["id"] = name
    return props


def _user_addresses(nic: Interface) -> Props:
    """The addresses QEMU's own network stack gives the guest."""
    props: Props = {}
    for ip in nic.ips:
        prefix = ip.prefix
        if ip.family == "ipv6":
            props["ipv6-prefix"] = ip.address
            props["ipv6-prefixlen"] = prefix
        else:
            props["net"] = f"{ip.address}/{prefix}" if prefix is not None else ip.address
    return props


def _socket(nic: Interface, name: str) -> Props:
    source = nic.source if isinstance(nic.source, SocketInterfaceSource) else SocketInterfaceSource()
    place = f"{source.address or ''}:{source.port}"
    key = {"server": "listen", "client": "connect", "mcast": "mcast", "udp": "udp"}[nic.type or ""]
    props: Props = {"type": "socket", key: place}
    if nic.type == "udp" and source.local is not None:
        props["localaddr"] = f"{source.local.address or ''}:{source.local.port}"
    props["id"] = name
    return props


def _vhost_user(build: Build, nic: Interface, source: VhostUserInterfaceSource, name: str) -> Props:
    alias = alias_of(nic)
    words = [f"socket,id=char{alias}", f"path={source.path}"]
    if source.mode == "server":
        words += ["server=on", "wait=off"]
    elif source.reconnect is not None and source.reconnect.enabled:
        words.append(f"reconnect={source.reconnect.timeout or 0}")
    build.option("chardev", ",".join(words))
    props: Props = {"type": "vhost-user", "chardev": f"char{alias}"}
    if nic.driver is not None and nic.driver.queues:
        props["queues"] = nic.driver.queues
    return props | {"id": name}


def interface_device(build: Build, nic: Interface) -> Props:
    """The card the guest sees."""
    model = _model(nic)
    virtio = model.startswith("virtio")
    driver = nic.driver or InterfaceDriver()
    props: Props = {"driver": virtio_driver("virtio-net", model, nic) if virtio else model}
    if virtio:
        props |= _virtio(build, nic, driver)
    props |= {"netdev": f"host{alias_of(nic)}", "id": alias_of(nic), "mac": nic.mac.address if nic.mac else None}
    props |= address_props(build, nic)
    props |= boot_index(build, nic)
    return {name: value for name, value in props.items() if value is not None}


def _model(nic: Interface) -> str:
    """The model of a card; those libvirt knows may be written in any case."""
    model = nic.model or "virtio"
    return model.lower() if model.lower() in KNOWN_MODELS else model


def _virtio(build: Build, nic: Interface, driver: InterfaceDriver) -> Props:
    props: Props = {}
    if driver.txmode is not None:
        props["tx"] = "bh" if driver.txmode == "iothread" else "timer"
    props["ioeventfd"] = driver.ioeventfd
    props["event_idx"] = driver.event_idx
    props |= _offloads(driver)
    queues = driver.queues or 0
    if queues > 1:
        props["mq"] = True
        props["vectors"] = 2 * queues + 2
    props["rx_queue_size"] = driver.rx_queue_size
    props["tx_queue_size"] = driver.tx_queue_size
    props["rss"] = driver.rss
    props["hash"] = driver.rss_hash_report
    props["host_mtu"] = nic.mtu
    if nic.teaming is not None and nic.teaming.type == "persistent":
        props["failover"] = True
    return props | virtio_options(driver)


def _offloads(driver: InterfaceDriver) -> Props:
    props: Props = {}
    host: Any = driver.host
    if host is not None:
        for name, prop in _OFFLOADS.items():
            if getattr(host, name, None) is not None:
                props[prop] = getattr(host, name)
        if getattr(host, "mrg_rxbuf", None) is not None:
            props["mrg_rxbuf"] = host.mrg_rxbuf
    guest: Any = driver.guest
    if guest is not None:
        for name in ("csum", "tso4", "tso6", "ecn", "ufo"):
            if getattr(guest, name, None) is not None:
                props[f"guest_{name}"] = getattr(guest, name)
    return props
