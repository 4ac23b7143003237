# SPDX-License-Identifier: Apache-2.0
"""Tools that run and end: give them input, collect what they print, with a deadline and a limit.

Programs that stay (guests, daemons) are started by `manor.system.process`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import reporter
from manor.system.process import ExitStatus, Process, SpawnOptions, spawn

_error = reporter(ErrorDomain.NONE)

RUN_TIMEOUT: Final = 60.0
"""Seconds a tool may take unless the caller says otherwise."""

OUTPUT_LIMIT: Final = 16 * 1024 * 1024
"""Bytes kept of each of a tool's outputs; a tool that prints more is ended."""

_CHUNK: Final = 65536


class Completed(msgspec.Struct, frozen=True):
    """A tool that has ended."""

    argv: Sequence[str]
    status: ExitStatus
    stdout: bytes
    stderr: bytes

    def check(self) -> Completed:
        """This, if the tool succeeded; else VIR_ERR_INTERNAL_ERROR worded as libvirt words it."""
        if self.status.code == 0:
            return self
        words = self.stderr.decode("utf-8", "replace")
        detail = f"Child process ({shlex.join(self.argv)}) unexpected {self.status}"
        raise _error(ErrorNumber.INTERNAL_ERROR, f"{detail}: {words}" if words else detail)


async def run(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    timeout: float | None = RUN_TIMEOUT,
    limit: int = OUTPUT_LIMIT,
    env: Mapping[str, str] | None = None,
    cwd: str = "/",
    pass_fds: Sequence[int] = (),
) -> Completed:
    """Run a tool to its end. ``timeout`` in seconds (None: however long it takes), ``limit`` in bytes per output.

    Raises VIR_ERR_SYSTEM_ERROR if it cannot be executed, VIR_ERR_OPERATION_TIMEOUT when it takes too long and
    VIR_ERR_INTERNAL_ERROR when it prints too much; it is killed then, and on cancellation. That it fails is
    not an error here but a status, see `Completed.check`.
    """
    with contextlib.ExitStack() as files:
        out, err = (files.enter_context(_Output(limit)) for _ in range(2))
        given = _input_file(stdin)
        files.callback(os.close, given)
        options = SpawnOptions(
            pass_fds=pass_fds,
            env=env,
            cwd=cwd,
            umask=0o077,
            stdin=given,
            stdout=out.theirs,
            stderr=err.theirs,
        )
        process = spawn(argv, options)
        try:
            async with asyncio.timeout(timeout):
                status = await _end_of(process, out, err)
        except TimeoutError:
            detail = f"{shlex.join(argv)} did not end within {timeout:g} seconds"
            raise _error(ErrorNumber.OPERATION_TIMEOUT, detail) from None
        finally:
            if process.running:
                await process.kill(grace=0)
        return Completed(argv, status, out.read_rest(), err.read_rest())


async def _end_of(process: Process, *outputs: _Output) -> ExitStatus:
    """Wait for the end of the process, or for an output that is too much.

    Not for the end of the outputs: a daemon that the tool started may hold them for ever.
    """
    ended = asyncio.ensure_future(process.wait())
    try:
        first: list[asyncio.Future[Any]] = [ended, *(out.overflow for out in outputs)]
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        for out in outputs:
            if out.overflow.done():
                detail = f"{process.name} printed more than {out.limit} bytes"
                raise _error(ErrorNumber.INTERNAL_ERROR, detail)
        return ended.result()
    finally:
        ended.cancel()


def _input_file(data: bytes) -> int:
    """A file in memory with the tool's input: nobody has to feed a pipe."""
    fd = os.memfd_create("stdin")
    try:
        with open(fd, "wb", closefd=False) as file:
            file.write(data)
        os.lseek(fd, 0, os.SEEK_SET)
    except BaseException:
        os.close(fd)
        raise
    return fd


class _Output:
    """A pipe that collects what a tool prints. ``overflow`` is done once that is more than the limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._data = bytearray()
        self._loop = asyncio.get_running_loop()
        self.overflow: asyncio.Future[None] = self._loop.create_future()
        self._ours, self.theirs = os.pipe()
        os.set_blocking(self._ours, False)
        self._loop.add_reader(self._ours, self._read)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.remove_reader(self._ours)
        os.close(self._ours)
        os.close(self.theirs)
        self.overflow.cancel()

    def read_rest(self) -> bytes:
        """All that was printed until now."""
        while self._read():
            pass
        return bytes(self._data)

    def _read(self) -> bool:
        try:
            data = os.read(self._ours, _CHUNK)
        except BlockingIOError:
            return False
        self._data += data
        if len(self._data) > self.limit and not self.overflow.done():
            self.overflow.set_result(None)
            self._loop.remove_reader(self._ours)
        return bool(data) and not self.overflow.done()
