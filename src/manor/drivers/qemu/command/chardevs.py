# SPDX-License-Identifier: Apache-2.0
"""Character devices: the host's end (`-chardev`), and what the guest sees of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.command.line import Build, Props, address_props, alias_of, boot_index, escape, on_off
from manor.drivers.qemu.passes.context import error
from manor.schema.common.address import (
    IsaAddress,
    SpaprVioAddress,
    VirtioSerialAddress,
)
from manor.schema.domain.chardev import Channel, Chardev, ChardevSource, Console, RedirDev, Serial, Smartcard

SPICE_AGENT: Final = "com.redhat.spice.0"
"""What the guest's SPICE agent looks for."""

_SPICE_CHANNELS = {RedirDev: "usbredir", Smartcard: "smartcard"}
"""What SPICE calls the channel of a device."""


def backend(build: Build, device: Chardev, alias: str | None = None) -> str:
    """Add the host's end of a device; returns its id."""
    name = f"char{alias or alias_of(device)}"
    words = _words(build, device, name, build.plan.descriptors(alias or alias_of(device), "chardev"))
    words += _log(device)
    build.option("chardev", ",".join(words))
    return name


def _words(build: Build, device: Chardev, name: str, descriptors: Sequence[int]) -> list[str]:
    source = device.sources[0] if device.sources else ChardevSource()
    path = escape(source.path or "")
    match device.type:
        case "null" | "vc" | "pty" | "stdio":
            return [device.type, f"id={name}"]
        case "dev":
            return ["parallel" if alias_of(device).startswith("parallel") else "serial", f"id={name}", f"path={path}"]
        case "file":
            append = "on" if source.append else None
            return ["file", f"id={name}", f"path={path}", *([f"append={append}"] if append else [])]
        case "pipe":
            return ["pipe", f"id={name}", f"path={path}"]
        case "tcp":
            return _tcp(device, source, name)
        case "udp":
            return _udp(device, name)
        case "unix":
            address = source.path or ""
            if not build.plan.described:
                address = build.plan.paths.for_qemu(address)
            words = ["socket", f"id={name}", f"fd={descriptors[0]}" if descriptors else f"path={escape(address)}"]
            return words + (["server=on", "wait=off"] if source.mode != "connect" else _reconnect(source))
        case "spicevmc":
            return ["spicevmc", f"id={name}", f"name={_SPICE_CHANNELS.get(type(device), 'vdagent')}"]
        case "spiceport":
            return ["spiceport", f"id={name}", f"name={escape(source.channel or '')}"]
        case "qemu-vdagent":
            words = ["qemu-vdagent", f"id={name}", "name=vdagent"]
            if source.clipboard is not None:
                words.append(f"clipboard={on_off(source.clipboard)}")
            if source.mouse is not None:
                words.append(f"mouse={on_off(source.mouse == 'client')}")
            return words
        case "dbus":
            return ["dbus", f"id={name}", f"name={escape(source.channel or '')}"]
    raise error(ErrorNumber.CONFIG_UNSUPPORTED, f"unsupported chardev '{device.type}'")


def _tcp(device: Chardev, source: ChardevSource, name: str) -> list[str]:
    words = ["socket", f"id={name}", f"host={source.host}", f"port={source.service}"]
    if device.protocol == "telnet":
        words.append("telnet=on")
    if source.mode == "bind":
        words += ["server=on", "wait=off"]
    else:
        words += _reconnect(source)
    return words


def _reconnect(source: ChardevSource) -> list[str]:
    reconnect = source.reconnect
    if reconnect is None or reconnect.enabled is None:
        return []
    return [f"reconnect={reconnect.timeout or 0 if reconnect.enabled else 0}"]


def _udp(device: Chardev, name: str) -> list[str]:
    connect = next((s for s in device.sources if s.mode == "connect"), ChardevSource())
    bind = next((s for s in device.sources if s.mode == "bind"), ChardevSource())
    words = ["udp", f"id={name}", f"host={connect.host or ''}", f"port={connect.service}"]
    words += [f"localaddr={bind.host or ''}", f"localport={bind.service or 0}"]
    return words


def _log(device: Chardev) -> list[str]:
    if device.log is None or not device.log.file:
        return []
    append = device.log.append
    words = [f"logfile={escape(device.log.file)}"]
    return words + ([f"logappend={on_off(append)}"] if append is not None else [])


def serials(build: Build) -> None:
    """Serial ports."""
    for serial in build.machine.devices.serials:
        name = backend(build, serial)
        kind = serial.target.type if serial.target is not None else None
        if kind == "system-serial" or (kind is None and not build.machine.is_s390_ccw):
            build.option("serial", f"chardev:{name}")
            continue
        build.device(_serial_device(build, serial, name))


def _serial_device(build: Build, serial: Serial, name: str) -> Props:
    target = serial.target
    model = (target.model if target is not None else None) or "isa-serial"
    props: Props = {"driver": model, "chardev": name, "id": alias_of(serial)}
    address = serial.address
    if isinstance(address, IsaAddress):
        props |= {"iobase": address.iobase, "irq": address.irq}
    elif model == "isa-serial":
        props["index"] = target.port if target is not None else 0
    elif isinstance(address, SpaprVioAddress):
        props["reg"] = address.reg
    return props | address_props(build, serial)


def parallels(build: Build) -> None:
    """Parallel ports."""
    for parallel in build.machine.devices.parallels:
        name = backend(build, parallel)
        build.device({"driver": "isa-parallel", "chardev": name, "id": alias_of(parallel)})


def channels(build: Build) -> None:
    """Channels: named virtio ports, and addresses of the user network."""
    for channel in build.machine.devices.channels:
        name = backend(build, channel)
        kind = channel.target.type if channel.target is not None else None
        if kind == "guestfwd":
            _guest_forward(build, channel, name)
        elif kind == "virtio":
            build.device(channel_device(build, channel, name))


def _guest_forward(build: Build, channel: Channel, name: str) -> None:
    target = channel.target
    address, port = (target.address, target.port) if target is not None else (None, None)
    build.json(
        "netdev",
        {"type": "user", "guestfwd": [{"str": f"tcp:{address}:{port}-chardev:{name}"}], "id": alias_of(channel)},
    )


def channel_device(build: Build, channel: Channel, chardev: str) -> Props:
    """The `-device` of a virtio channel."""
    props: Props = {"driver": "virtserialport"} | _port(build, channel)
    props |= {"chardev": chardev, "id": alias_of(channel)}
    given = channel.target.name if channel.target is not None else None
    name = given or (SPICE_AGENT if channel.type in ("spicevmc", "qemu-vdagent") else None)
    return props if name is None else props | {"name": name}


def _port(build: Build, device: Chardev) -> Props:
    address = device.address
    if not isinstance(address, VirtioSerialAddress):
        return {}
    controller = build.machine.controller("virtio-serial", address.controller or 0)
    bus = alias_of(controller) if controller is not None else f"virtio-serial{address.controller or 0}"
    return {"bus": f"{bus}.{address.bus or 0}", "nr": address.port or 0}


def consoles(build: Build) -> None:
    """Consoles that are devices of their own; the one that mirrors a serial port is not."""
    for console in build.machine.devices.consoles:
        kind = console.target.type if console.target is not None else None
        driver = {"virtio": "virtconsole", "sclp": "sclpconsole", "sclplm": "sclplmconsole"}.get(kind or "")
        if driver is None:
            continue
        name = backend(build, console)
        build.device(_console_device(build, console, driver, name))


def _console_device(build: Build, console: Console, driver: str, name: str) -> Props:
    place = address_props(build, console)
    return {"driver": driver} | place | {"chardev": name, "id": alias_of(console)}


def smartcards(build: Build) -> None:
    """Smartcards."""
    for card in build.machine.devices.smartcards:
        props: Props
        if card.mode == "host":
            props = {"driver": "ccid-card-emulated", "backend": "nss-emulated"}
        elif card.mode == "host-certificates":
            props = {"driver": "ccid-card-emulated", "backend": "certificates"}
            props |= {f"cert{number}": name for number, name in enumerate(card.certificates, 1)}
            props["db"] = card.database or "/etc/pki/nssdb"
        else:
            props = {"driver": "ccid-card-passthru", "chardev": backend(build, card)}
        slot = getattr(card.address, "controller", 0) or 0
        build.device(props | {"id": alias_of(card), "bus": f"ccid{slot}.0"})


def redirections(build: Build) -> None:
    """USB devices redirected from a client."""
    redirfilter = build.machine.devices.redirfilter
    for redir in build.machine.devices.redirdevs:
        props: Props = {"driver": "usb-redir", "chardev": backend(build, redir), "id": alias_of(redir)}
        if redirfilter is not None:
            rules = [
                ":".join(
                    (
                        _hex(item.class_, 2),
                        _hex(item.vendor, 4),
                        _hex(item.product, 4),
                        _version(item.version),
                        "1" if item.allow else "0",
                    )
                )
                for item in redirfilter.usbdevs
            ]
            props["filter"] = "|".join(rules)
        build.device(props | boot_index(build, redir) | address_props(build, redir))


def _version(text: str | None) -> str:
    """A USB version as devices say it, two decimal digits in each byte: "9.4" is 0x0940."""
    if text is None or text == "-1":
        return "-1"
    major, _, minor = text.partition(".")
    return f"0x{int(major):02}{minor.ljust(2, '0')}"


def _hex(number: int | None, digits: int) -> str:
    return "-1" if number is None else f"0x{number:0{digits}X}"
