# SPDX-License-Identifier: Apache-2.0
"""How values in network filter rules are spelt: a constant of some kind, or a variable in its place.

Every codec keeps the value as libvirt writes it: names for well-known numbers, hexadecimal where it was given
so, addresses in their usual form. Variables are $NAME, $NAME[index] and $NAME[@iterator].
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping

from manor.schema.core import Codec
from manor.schema.core.codec import mac as mac_codec

_VARIABLE = re.compile(r"\$([a-zA-Z0-9_]*)(?:\[\s*(@?)\s*([0-9]+)\s*\].*)?\Z", re.DOTALL)
_NUMBER = re.compile(r"\s*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)\Z")
_DECIMAL = re.compile(r"\s*[+]?[0-9]+\Z")
_IPSET = re.compile(r"[a-zA-Z0-9_.:+-]{1,31}\Z")

PROTOCOLS = {
    1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 50: "esp", 51: "ah", 58: "icmpv6", 132: "sctp", 136: "udplite",
}  # fmt: skip
ETHERNET = {0x800: "ipv4", 0x806: "arp", 0x8035: "rarp", 0x86DD: "ipv6", 0x8100: "vlan"}
ARP_OPERATIONS = {
    1: "Request", 2: "Reply", 3: "Request_Reverse", 4: "Reply_Reverse", 5: "DRARP_Request", 6: "DRARP_Reply",
    7: "DRARP_Error", 8: "InARP_Request", 9: "ARP_NAK",
}  # fmt: skip
_STATES = ("NEW", "ESTABLISHED", "RELATED", "INVALID")
_TCP_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG")


def variable(text: str) -> str | None:
    """The variable `text` names, spelt as libvirt spells it; None if it names none. Raises ValueError."""
    if not text.startswith("$"):
        return None
    found = _VARIABLE.match(text)
    if found is None:
        raise ValueError(text)
    name, iterator, number = found.groups()
    if number is None or (iterator and int(number) == 0):
        return f"${name}"
    return f"${name}[{iterator}{int(number)}]"


class Illegal(str):
    """A value that is refused, kept until the whole rule has been read: libvirt reports the last one."""

    __slots__ = ()


def _codec(name: str, constant: Callable[[str], str], samples: tuple[str, ...]) -> Codec:
    def decode(text: str) -> str:
        try:
            return variable(text) or constant(text)
        except ValueError:
            return Illegal(text)

    return Codec(f"{name} or a variable", decode, expression="escape(v)", samples=(*samples, "$NAME"))


def number(lowest: int, highest: int, names: Mapping[int, str] | None = None, *, decimal: bool = False) -> Codec:
    """A number in a range, or one of the names of numbers."""
    numbers = {name.lower(): value for value, name in (names or {}).items()}

    def constant(text: str) -> str:
        if text.lower() in numbers:
            return (names or {})[numbers[text.lower()]]
        found = (_DECIMAL if decimal else _NUMBER).match(text)
        if found is None:
            raise ValueError(text)
        hexadecimal = "x" in text.lower()
        value = int(text.strip(), 16 if hexadecimal else 10)
        if value < 0 and highest == 0xFFFFFFFF:
            value &= highest  # as C's strtoul does
        if not lowest <= value <= highest:
            raise ValueError(text)
        if names and value in names:
            return names[value]
        return f"{value:#x}" if hexadecimal else str(value)

    return _codec(f"number from {lowest} to {highest}", constant, (str(lowest), str(highest)))


def _mac_mask(text: str) -> str:
    mask: str = mac_codec.decode(text)
    bits = int(mask.replace(":", ""), 16) ^ 0xFFFFFFFFFFFF
    if bits & (bits + 1):
        raise ValueError(text)
    return mask


def _ipv4(text: str) -> str:
    try:
        return socket.inet_ntoa(socket.inet_aton(text))
    except OSError:
        raise ValueError(text) from None


def _ipv6(text: str) -> str:
    address, _, zone = text.partition("%")
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address)) + (zone and f"%{zone}")
    except OSError:
        raise ValueError(text) from None


def _ipv4_mask(text: str) -> str:
    if _DECIMAL.match(text):
        if int(text) > 32:
            raise ValueError(text)
        return str(int(text))
    bits = int.from_bytes(socket.inet_aton(_ipv4(text)), "big") ^ 0xFFFFFFFF
    if bits & (bits + 1) or "." not in text:
        raise ValueError(text)
    return str(32 - bits.bit_length())


def _ipv6_mask(text: str) -> str:
    if _DECIMAL.match(text):
        if int(text) > 128:
            raise ValueError(text)
        return str(int(text))
    bits = int.from_bytes(socket.inet_pton(socket.AF_INET6, _ipv6(text)), "big") ^ ((1 << 128) - 1)
    if bits & (bits + 1):
        raise ValueError(text)
    return str(128 - bits.bit_length())


def _boolean(text: str) -> str:
    return "true" if text in ("true", "yes", "1") else "false"


def _states(text: str) -> str:
    words = [word for word in re.split("[, ]", text.upper()) if word]
    if not words:
        return ""
    if any(word not in (*_STATES, "NONE") for word in words):
        raise ValueError(text)
    if "NONE" in words:
        return "NONE"
    return ",".join(state for state in _STATES if state in words)


def _flag_set(text: str) -> str:
    words = {word for word in re.split("[, ]", text.upper()) if word}
    if not words <= {*_TCP_FLAGS, "ALL", "NONE"}:
        raise ValueError(text)
    if "ALL" in words or words.issuperset(_TCP_FLAGS):
        return "ALL"
    return ",".join(flag for flag in _TCP_FLAGS if flag in words) or "NONE"


def _tcp_flags(text: str) -> str:
    mask, slash, flags = text.partition("/")
    if not slash:
        raise ValueError(text)
    return f"{_flag_set(mask)}/{_flag_set(flags)}"


def _ipset(text: str) -> str:
    if text and not _IPSET.match(text):
        raise ValueError(text)
    return text


def _ipset_flags(text: str) -> str:
    words = text.lower().split(",")
    if not 1 <= len(words) <= 6 or not set(words) <= {"src", "dst"}:
        raise ValueError(text)
    return ",".join(words)


uint8 = number(0, 0xFF)
uint16 = number(0, 0xFFFF)
uint32 = number(0, 0xFFFFFFFF)
dscp = number(0, 63)
vlan_id = number(0, 4095)
ethernet = number(0x600, 0xFFFF, ETHERNET)
encapsulated = number(0x3C, 0xFFFF, ETHERNET)
protocol = number(0, 0xFF, PROTOCOLS)
arp_operation = number(0, 0xFFFF, ARP_OPERATIONS)
connection_limit = number(0, 0xFFFF, decimal=True)
mac = _codec("MAC address", mac_codec.decode, ("52:54:00:a1:b2:c3",))
mac_mask = _codec("MAC address mask", _mac_mask, ("ff:ff:ff:00:00:00",))
ipv4 = _codec("IPv4 address", _ipv4, ("192.168.1.1",))
ipv6 = _codec("IPv6 address", _ipv6, ("fe80::1",))
ipv6_mask = _codec("IPv6 prefix length or mask", _ipv6_mask, ("64",))
ipv4_mask = _codec("IPv4 prefix length or mask", _ipv4_mask, ("24",))
boolean = _codec("truth value", _boolean, ("true", "false"))
states = _codec("connection states", _states, ("NEW,ESTABLISHED",))
tcp_flags = _codec("TCP flags, mask/flags", _tcp_flags, ("SYN/ALL",))
ipset = _codec("name of an IP set", _ipset, ("friends",))
ipset_flags = _codec("up to six of src and dst", _ipset_flags, ("src,dst",))
comment = _codec("text", str, ("a comment",))
