# SPDX-License-Identifier: Apache-2.0
"""TAP interfaces: made through /dev/net/tun, configured by the classic socket ioctls.

An interface made here lasts as long as one of its descriptors is open: a guest's goes with its QEMU.
(Linux: Documentation/networking/tuntap.rst, netdevice(7))
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.NONE)

NAME_BYTES: Final = 16

_TUNSETIFF: Final = 0x400454CA
_IFF_TAP: Final = 0x0002
_IFF_NO_PI: Final = 0x1000
_IFF_VNET_HDR: Final = 0x4000
_IFF_MULTI_QUEUE: Final = 0x0100

_SIOCGIFFLAGS: Final = 0x8913
_SIOCSIFFLAGS: Final = 0x8914
_SIOCGIFMTU: Final = 0x8921
_SIOCSIFMTU: Final = 0x8922
_SIOCSIFHWADDR: Final = 0x8924
_SIOCBRADDIF: Final = 0x89A2
_IFF_UP: Final = 0x1
_ARPHRD_ETHER: Final = 1


class Tap(msgspec.Struct, frozen=True):
    """A TAP interface: its name, and one descriptor per queue, which the caller owns."""

    name: str
    fds: list[int]


def create(name: str, queues: int, *, multi_queue: bool) -> Tap:
    """Make an interface; `%d` in the name is replaced by the first free number.

    Raises VIR_ERR_SYSTEM_ERROR naming the interface; nothing is left then.
    """
    fds: list[int] = []
    try:
        for _ in range(queues):
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
            fds.append(fd)
            flags = _IFF_TAP | _IFF_NO_PI | _IFF_VNET_HDR | (_IFF_MULTI_QUEUE if multi_queue else 0)
            answer = fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", _name(name), flags))
            name = answer[:NAME_BYTES].rstrip(b"\0").decode()
    except OSError as failure:
        for fd in fds:
            os.close(fd)
        raise _error.system(failure.errno or errno.EIO, f"Unable to create tap device {name}") from failure
    return Tap(name, fds)


def set_mac(name: str, address: str) -> None:
    """Set the hardware address, `aa:bb:cc:dd:ee:ff`."""
    octets = bytes.fromhex(address.replace(":", ""))
    with _control(f"Cannot set interface MAC to {address} on '{name}'") as sock:
        fcntl.ioctl(sock, _SIOCSIFHWADDR, struct.pack("16sH6s16x", _name(name), _ARPHRD_ETHER, octets))


def mtu_of(name: str) -> int:
    """The largest packet an interface takes, in bytes."""
    with _control(f"Cannot get interface MTU on '{name}'") as sock:
        answer = fcntl.ioctl(sock, _SIOCGIFMTU, struct.pack("16sI20x", _name(name), 0))
    mtu: int = struct.unpack("16sI20x", answer)[1]
    return mtu


def set_mtu(name: str, mtu: int) -> None:
    """Set the largest packet, in bytes."""
    with _control(f"Cannot set interface MTU on '{name}'") as sock:
        fcntl.ioctl(sock, _SIOCSIFMTU, struct.pack("16sI20x", _name(name), mtu))


def set_up(name: str, *, up: bool) -> None:
    """Switch the interface on or off."""
    with _control(f"Cannot set interface flags on '{name}'") as sock:
        answer = fcntl.ioctl(sock, _SIOCGIFFLAGS, struct.pack("16sH22x", _name(name), 0))
        flags = struct.unpack_from("H", answer, NAME_BYTES)[0]
        flags = flags | _IFF_UP if up else flags & ~_IFF_UP
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sH22x", _name(name), flags))


def add_to_bridge(name: str, bridge: str) -> None:
    """Make the interface a port of a bridge; VIR_ERR_SYSTEM_ERROR when there is no such bridge."""
    with _control(f"Unable to add bridge {bridge} port {name}") as sock:
        index = socket.if_nametoindex(name)
        fcntl.ioctl(sock, _SIOCBRADDIF, struct.pack("16si20x", _name(bridge), index))


@contextmanager
def _control(message: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            yield sock
        except OSError as failure:
            raise _error.system(failure.errno or errno.EIO, message) from failure


def _name(name: str) -> bytes:
    encoded = name.encode()
    if not encoded or len(encoded) >= NAME_BYTES:
        raise _error(ErrorNumber.INVALID_ARG, f"interface name '{name}' has more than {NAME_BYTES - 1} bytes")
    return encoded
