# SPDX-License-Identifier: Apache-2.0
"""`manor-ssh-helper`: joins its input and output to the local daemon's socket, for clients that come over SSH.

It runs at the far end of the SSH connection, where it knows which socket a URI means.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys

from manor.client.credentials import Credentials
from manor.client.dial import dial
from manor.client.link import Link
from manor.errors import ManorError
from manor.uri import ConnectURI

USAGE = "usage: manor-ssh-helper [-r|--readonly] URI"

_CHUNK = 1 << 16


class _Way:
    """Bytes under way in one direction; no more are read while some wait to be written."""

    def __init__(self, source: int, target: int) -> None:
        self.source = source
        self.target = target
        self.waiting = b""
        self.ended = False

    def read(self) -> None:
        self.waiting = os.read(self.source, _CHUNK)
        self.ended = not self.waiting

    def write(self) -> None:
        self.waiting = self.waiting[os.write(self.target, self.waiting) :]


def shuttle(link: Link, source: int, target: int) -> None:
    """Carry bytes between a daemon and two descriptors until either side ends. Raises OSError."""
    there, back = _Way(source, link.fileno()), _Way(link.fileno(), target)
    blocking = {fd: os.get_blocking(fd) for fd in (source, target)}
    try:
        for fd in blocking:
            os.set_blocking(fd, False)
        while not there.ended and not back.ended:
            with selectors.PollSelector() as selector:
                wanted: dict[int, int] = {}
                for way in (there, back):
                    fd, event = (
                        (way.target, selectors.EVENT_WRITE) if way.waiting else (way.source, selectors.EVENT_READ)
                    )
                    wanted[fd] = wanted.get(fd, 0) | event
                for fd, events in wanted.items():
                    selector.register(fd, events)
                ready = {key.fd: events for key, events in selector.select()}
            for way in (there, back):
                if way.waiting:
                    if ready.get(way.target, 0) & selectors.EVENT_WRITE:
                        way.write()
                elif ready.get(way.source, 0) & selectors.EVENT_READ:
                    way.read()
        if there.ended:
            _finish(link, back)
    finally:
        for fd, was in blocking.items():
            os.set_blocking(fd, was)


def _finish(link: Link, back: _Way) -> None:
    """The client says no more: let the daemon see that, and pass on what it still has to say."""
    os.set_blocking(back.source, True)
    os.set_blocking(back.target, True)
    with socket.socket(fileno=os.dup(link.fileno())) as sock:
        sock.shutdown(socket.SHUT_WR)
    while not back.ended:
        while back.waiting:
            back.write()
        back.read()


def main(argv: list[str] | None = None) -> int:
    """Run the helper; the exit status is 1 where the daemon cannot be reached, 2 for wrong arguments."""
    arguments = sys.argv[1:] if argv is None else argv
    readonly = bool(arguments) and arguments[0] in ("-r", "--readonly")
    uris = arguments[1:] if readonly else arguments
    if len(uris) != 1 or uris[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 2
    try:
        uri = ConnectURI.parse(uris[0])._replace(transport=None)
        link = dial(uri, Credentials(uri, None), readonly=readonly)
    except ManorError as error:
        print(f"manor-ssh-helper: {error}", file=sys.stderr)
        return 1
    try:
        shuttle(link, sys.stdin.fileno(), sys.stdout.fileno())
    except (BrokenPipeError, ConnectionResetError):
        pass  # One of the two is gone, which ends it.
    finally:
        link.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
