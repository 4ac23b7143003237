# SPDX-License-Identifier: Apache-2.0
"""One probe of one QEMU binary: run it without a machine, ask over QMP, end it.

A binary with both KVM and TCG is run twice, at the same time, since machines and CPUs depend on the
accelerator; everything else is asked only once. What is asked is in `probe_questions`, where the answers are
kept in `probe`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.caps import AccelCaps, CommonCaps, QemuCaps
from manor.drivers.qemu.monitor import Monitor, QmpError
from manor.drivers.qemu.probe_questions import Questions
from manor.drivers.qemu.security.accounts import Account, as_account
from manor.errors import ManorError, reporter
from manor.system.process import Process, SpawnOptions, spawn

_error = reporter(ErrorDomain.QEMU)
_T = TypeVar("_T")

PROBE_TIMEOUT: Final = 30.0
"""Seconds for a whole probe; it takes a tenth of one unless the machine is overloaded."""

_EXIT_WAIT: Final = 1.0
"""Seconds between the end of a connection and the end of its process, which tells how it ended."""

_STDERR_LIMIT: Final = 4096


async def probe_binary(
    path: str, *, kvm: bool, timeout: float = PROBE_TIMEOUT, account: Account | None = None
) -> QemuCaps:
    """The capabilities of a binary; ``kvm`` says whether the host's KVM may be tried, ``account`` who runs it.

    Raises VIR_ERR_INTERNAL_ERROR with the binary's own words when it fails to start or to answer,
    VIR_ERR_OPERATION_TIMEOUT when it hangs, VIR_ERR_SYSTEM_ERROR when it cannot be executed.
    """
    try:
        async with asyncio.timeout(timeout):
            return await _probe(path, kvm, account)
    except TimeoutError:
        detail = f"QEMU binary {path} did not answer a probe within {timeout:g} seconds"
        raise _error(ErrorNumber.OPERATION_TIMEOUT, detail) from None


async def _probe(path: str, kvm: bool, account: Account | None) -> QemuCaps:
    other = asyncio.ensure_future(_run(path, "tcg", account, _ask_accel)) if kvm else None
    try:
        executable, common, virt_type, accel = await _run(path, "kvm:tcg" if kvm else "tcg", account, _ask_everything)
        accels = {virt_type: accel}
        if other is not None and virt_type == "kvm" and common.has_type("tcg-accel"):
            _, accels["qemu"] = await other
    finally:
        if other is not None:
            await _end(other)
    return QemuCaps(path=path, executable=executable, accels=accels, **msgspec.structs.asdict(common))


def _executable(process: Process) -> str:
    """The file that really runs; nothing if the process has ended, which others will notice."""
    try:
        return str(Path(f"/proc/{process.pid}/exe").readlink())
    except OSError:
        return ""


async def _ask_everything(process: Process, questions: Questions) -> tuple[str, CommonCaps, str, AccelCaps]:
    virt_type, accel = await _ask_accel(process, questions)
    executable = _executable(process)
    return executable, await questions.common(), virt_type, accel


async def _ask_accel(_process: Process, questions: Questions) -> tuple[str, AccelCaps]:
    kvm = await questions.kvm_enabled()
    return "kvm" if kvm else "qemu", await questions.accel(kvm=kvm)


async def _end(run: asyncio.Future[Any]) -> None:
    """Cancel a run nobody waits for and wait until its process is gone; its failure is of no interest."""
    run.cancel()
    await asyncio.wait([run])
    if not run.cancelled():
        run.exception()


async def _run(
    path: str, accel: str, account: Account | None, ask: Callable[[Process, Questions], Awaitable[_T]]
) -> _T:
    """Start the binary, ask, end it; leaves no process behind, even when ours is killed."""
    ours, theirs = socket.socketpair()
    stderr = os.memfd_create("probe")
    try:
        with theirs:
            process = _start(path, accel, account, theirs.fileno(), stderr)
        try:
            with contextlib.closing(await Monitor.open(ours, path)) as monitor:
                return await ask(process, Questions(monitor, PROBE_TIMEOUT))
        except ManorError as exc:
            if isinstance(exc, QmpError) or exc.code != ErrorNumber.INTERNAL_ERROR:
                raise
            raise await _lost(process, stderr, exc) from exc
        finally:
            await process.kill(grace=0)
    finally:
        ours.close()
        os.close(stderr)


async def _lost(process: Process, stderr: int, exc: ManorError) -> ManorError:
    """The error for a binary that went away or talks nonsense: its own words, or else how it ended."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _EXIT_WAIT)
    words = os.pread(stderr, _STDERR_LIMIT, 0).decode("utf-8", "replace")
    reason = words or str(exc if process.status is None else process.status)
    return _error(ErrorNumber.INTERNAL_ERROR, f"Failed to start QEMU binary {process.name} for probing: {reason}")


def _start(path: str, accel: str, account: Account | None, monitor_fd: int, stderr: int) -> Process:
    argv = [path, "-S", "-no-user-config", "-nodefaults", "-nographic"]
    argv += ["-machine", f"none,accel={accel}"]
    argv += ["-chardev", f"socket,id=charmonitor,fd={monitor_fd}"]
    argv += ["-mon", "chardev=charmonitor,id=monitor,mode=control"]
    env = {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)}
    options = SpawnOptions(
        pass_fds=[monitor_fd], stdout=stderr, stderr=stderr, env=env, bound=True, **as_account(account)
    )
    return spawn(argv, options, name=path)
