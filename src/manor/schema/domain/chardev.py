# SPDX-License-Identifier: Apache-2.0
"""Character devices: serial and parallel ports, consoles, channels, and the sources others share with them."""

from __future__ import annotations

from typing import Literal, Self

from manor.schema.common.address import Device
from manor.schema.common.security import DeviceSecurityLabel
from manor.schema.common.storage import Reconnect
from manor.schema.core import Element, Format, attr, child, children, codec, many, one, text, unsupported, xml_error

ChardevType = Literal[
    "null",
    "vc",
    "pty",
    "dev",
    "file",
    "pipe",
    "stdio",
    "udp",
    "tcp",
    "unix",
    "spicevmc",
    "spiceport",
    "nmdm",
    "qemu-vdagent",
    "dbus",
]
SerialTargetType = Literal[
    "isa-serial",
    "usb-serial",
    "pci-serial",
    "spapr-vio-serial",
    "system-serial",
    "sclp-serial",
    "isa-debug",
]
SerialTargetModel = Literal[
    "isa-serial",
    "usb-serial",
    "pci-serial",
    "spapr-vty",
    "pl011",
    "16550a",
    "sclpconsole",
    "sclplmconsole",
    "isa-debugcon",
]
ConsoleTargetType = Literal["serial", "xen", "uml", "virtio", "lxc", "openvz", "sclp", "sclplm"]
ChannelTargetType = Literal["guestfwd", "virtio", "xen"]

_UNKNOWN_TYPE = "unknown type presented to host for character device: {value}"
_UNKNOWN_TARGET = "unknown target type '{value}' specified for character device"


class ChardevSource(Element, tag="source"):
    """Where the host's end goes; which fields count depends on the device's type. UDP has two sources."""

    mode: Literal["connect", "bind"] | None = attr()
    path: str | None = attr()
    append: bool | None = attr(codec=codec.on_off)
    host: str | None = attr()
    service: str | None = attr()
    tls: bool | None = attr()
    tls_from_config: bool | None = attr("tlsFromConfig", codec=codec.one_zero, status=True)
    channel: str | None = attr()
    master: str | None = attr()
    slave: str | None = attr()
    clipboard: bool | None = child(at="copypaste")
    mouse: Literal["server", "client"] | None = child(at="mode")
    reconnect: Reconnect | None = one()
    seclabels: list[DeviceSecurityLabel] = many()


class ChardevLog(Element, tag="log"):
    """A file that gets a copy of the output."""

    file: str | None = attr()
    append: bool | None = attr(codec=codec.on_off)


class Chardev(Device):
    """The host's end of a character device."""

    type: ChardevType | None = attr(error=unsupported(_UNKNOWN_TYPE))
    tty: str | None = attr(live_only=True)
    sources: list[ChardevSource] = many()
    protocol: Literal["raw", "telnet", "telnets", "tls"] | None = child(
        at="type", error=unsupported("Unknown protocol '{value}'")
    )
    log: ChardevLog | None = one()

    def written(self, flags: int) -> Self:
        """Without the path of a pseudo terminal in inactive XML: it is chosen at start."""
        if not flags & Format.INACTIVE or self.type != "pty" or all(item.path is None for item in self.sources):
            return self
        return self.evolve(sources=[item.evolve(path=None) for item in self.sources])

    @property
    def source(self) -> ChardevSource | None:
        """The first source; only UDP has more."""
        return self.sources[0] if self.sources else None


class SerialTarget(Element, tag="target"):
    """The serial port in the guest."""

    type: SerialTargetType | None = attr(error=unsupported(_UNKNOWN_TARGET))
    port: int | None = attr(error=xml_error("Invalid port number: {value}"))
    model: SerialTargetModel | None = child(
        at="name",
        blank=True,
        error=unsupported("unknown target model '{value}' specified for character device"),
    )


class ParallelTarget(Element, tag="target"):
    """The parallel port in the guest."""

    type: str | None = attr()
    port: int | None = attr(error=xml_error("Invalid port number: {value}"))


class ConsoleTarget(Element, tag="target"):
    """The console in the guest."""

    type: ConsoleTargetType | None = attr(error=unsupported(_UNKNOWN_TARGET))
    port: int | None = attr(error=xml_error("Invalid port number: {value}"))


class ChannelTarget(Element, tag="target"):
    """The channel in the guest: a name, or for guestfwd an address. `state`: whether an agent is there."""

    type: ChannelTargetType | None = attr(error=unsupported(_UNKNOWN_TARGET))
    address: str | None = attr()
    port: int | None = attr()
    name: str | None = attr()
    state: Literal["connected", "disconnected"] | None = attr(live_only=True, lenient=True)


class Serial(Chardev, tag="serial"):
    """A serial port."""

    target: SerialTarget | None = one()


class Parallel(Chardev, tag="parallel"):
    """A parallel port."""

    target: ParallelTarget | None = one()


class Console(Chardev, tag="console"):
    """A console."""

    target: ConsoleTarget | None = one()


class Channel(Chardev, tag="channel"):
    """A channel between host and guest."""

    target: ChannelTarget | None = one()


class RedirDev(Chardev, tag="redirdev", keep_empty="open"):
    """A USB device redirected from a client."""

    type: ChardevType | None = attr(error=unsupported("unknown redirdev character device type '{value}'"))
    bus: Literal["usb"] | None = attr(order=-1, error=unsupported("unknown redirdev bus '{value}'"))


class Smartcard(Chardev, tag="smartcard"):
    """A smartcard: the host's reader, certificates, or a client's card through a character device."""

    mode: Literal["host", "host-certificates", "passthrough"] | None = attr(order=-1)
    certificates: list[str] = children("certificate")
    database: str | None = child(codec=codec.absolute_path, error=xml_error("expecting absolute path: {value}"))


class RngBackend(Chardev, tag="backend"):
    """Where randomness comes from: a file (`value`), QEMU itself, or a daemon behind a character device."""

    model: Literal["random", "egd", "builtin"] | None = attr(
        order=-1, error=unsupported("unknown RNG backend model '{value}'")
    )
    type: ChardevType | None = attr(error=unsupported("unknown backend type '{value}' for egd"))
    value: str | None = text()
