# SPDX-License-Identifier: Apache-2.0
"""A connected byte stream to a daemon, without waiting: what the blocking and the asyncio shell have in common.

A link is made by `manor.client.dial`. Whoever waits for it to become readable or writable, waits for `fileno()`.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    import subprocess
    from collections import deque

READ_SIZE = 65536
"""What one read asks for where nothing larger is known to come."""

READ_MAX = 1 << 20

_FD_SIZE = array.array("i").itemsize
_MAX_FDS = 32
_TRUNCATED = int(socket.MSG_CTRUNC)  # a plain number: the enumeration's cost as much as the call
_ANCILLARY_SIZE = socket.CMSG_SPACE(_MAX_FDS * _FD_SIZE)


class Link:
    """A connected socket: UNIX, TCP, or one end of a pair whose other end is a program.

    `encrypted` says that the link itself encrypts what it carries; `protected` that nobody can listen in, which is so
    for local sockets as well.
    """

    can_pass_fds = False
    close_waits = False
    """Whether `close` may take a while, because a program has to end."""
    wants_write = False
    """Whether a read waits for the socket to become writable, as TLS may have it."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        protected: bool,
        encrypted: bool = False,
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.protected = protected
        self.encrypted = encrypted

    def fileno(self) -> int:
        """The descriptor to wait for; -1 when closed."""
        return self._sock.fileno()

    def receive(self, missing: int = 0) -> tuple[bytes, tuple[int, ...]] | None:
        """What has arrived, with its descriptors; None where nothing has, b"" at the end.

        `missing` is how much is known to come. Raises OSError for a broken connection.
        """
        try:
            return self._sock.recv(min(max(missing, READ_SIZE), READ_MAX)), ()
        except (BlockingIOError, InterruptedError):
            return None

    def send(self, data: bytes | memoryview) -> int:
        """Send what fits; the number of bytes taken, 0 where none fit. Raises OSError for a broken connection."""
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    def send_fd(self, fd: int) -> bool:
        """Send one descriptor with its zero byte; False where it did not fit."""
        raise OSError("this transport cannot pass file descriptors")

    def shutdown(self) -> None:
        """Have the other side, and whoever waits here, see the end; the descriptor stays valid."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def complaint(self) -> str:
        """What a program at the other end said on its error output."""
        return ""

    def close(self) -> None:
        """Give everything back; a program at the other end is ended."""
        self._sock.close()


def send_queued(link: Link, queue: deque[memoryview | int]) -> int:
    """Send as much of `queue`, bytes and descriptors in order, as fits; answers how many bytes. Raises OSError.

    Descriptors in the queue are its own: one that is sent is closed.
    """
    total = 0
    while queue:
        item = queue[0]
        if isinstance(item, int):
            if not link.send_fd(item):
                break
            os.close(item)
        else:
            sent = link.send(item)
            total += sent
            if sent < len(item):
                queue[0] = item[sent:]
                break
        queue.popleft()
    return total


class UnixLink(Link):
    """A UNIX socket, which carries descriptors as well."""

    can_pass_fds = True

    def receive(self, missing: int = 0) -> tuple[bytes, tuple[int, ...]] | None:
        """What has arrived, with its descriptors."""
        size = READ_SIZE if missing <= READ_SIZE else min(missing, READ_MAX)
        try:
            data, ancillary, flags, _ = self._sock.recvmsg(size, _ANCILLARY_SIZE, socket.MSG_CMSG_CLOEXEC)
        except (BlockingIOError, InterruptedError):
            return None
        if not ancillary and not flags & _TRUNCATED:
            return data, ()
        fds = array.array("i")
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(content[: len(content) - len(content) % _FD_SIZE])
        if flags & _TRUNCATED:
            for fd in fds:
                os.close(fd)
            raise OSError("more file descriptors received than the protocol admits")
        return data, tuple(fds)

    def send_fd(self, fd: int) -> bool:
        """Send one descriptor with a zero byte, as libvirt expects each of them."""
        try:
            socket.send_fds(self._sock, [b"\0"], [fd])
        except (BlockingIOError, InterruptedError):
            return False
        return True


class TlsLink(Link):
    """A TLS connection over TCP."""

    _sock: ssl.SSLSocket

    def receive(self, missing: int = 0) -> tuple[bytes, tuple[int, ...]] | None:
        """What has arrived. All that is decrypted is taken at once: nothing would announce the rest."""
        from ssl import SSLWantReadError, SSLWantWriteError

        self.wants_write = False
        chunks = []
        try:
            while True:
                chunk = self._sock.recv(READ_SIZE)
                chunks.append(chunk)
                if not chunk or not self._sock.pending():
                    break
        except SSLWantReadError:
            pass
        except SSLWantWriteError:
            self.wants_write = True
        return (b"".join(chunks), ()) if chunks else None

    def send(self, data: bytes | memoryview) -> int:
        """Send what fits."""
        from ssl import SSLWantReadError, SSLWantWriteError

        try:
            return self._sock.send(data)
        except (SSLWantWriteError, SSLWantReadError):
            return 0


_PROGRAM_END = 2.0  # seconds
_COMPLAINT_MAX = 1024


class ProgramLink(Link):
    """A socket pair whose other end a program has as its input and output."""

    close_waits = True

    def __init__(self, process: subprocess.Popen[bytes], sock: socket.socket) -> None:
        super().__init__(sock, protected=True)
        self._process = process

    def complaint(self) -> str:
        """What the program said on its error output, shortened."""
        if self._process.stderr is None:
            return ""
        # It has closed its output, so it is ending: what it has to say has been said.
        with contextlib.suppress(OSError, ValueError):
            os.set_blocking(self._process.stderr.fileno(), False)
            text = os.read(self._process.stderr.fileno(), _COMPLAINT_MAX)
            return text.decode(errors="replace").strip()
        return ""

    def close(self) -> None:
        """End the program: it sees the end of its input and goes, or is made to."""
        import subprocess

        super().close()
        if self._process.stderr is not None:
            self._process.stderr.close()
        try:
            self._process.wait(timeout=_PROGRAM_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
