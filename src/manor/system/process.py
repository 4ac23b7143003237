# SPDX-License-Identifier: Apache-2.0
"""Programs that we start, watch and end: guests, helpers, tools.

One way to start a program (`spawn`), one object for a running one (`Process`), whether it is our child or
was found again after a restart. Exit is seen through a pidfd in the event loop, never by polling, and
signals go through the pidfd, so that they cannot hit a stranger that inherited the number.

A spawned program has its own session, ``/dev/null`` on stdin, only the descriptors it was given, and no
tie to our life: when this program ends, the other one goes on. Short-lived tools whose output is wanted
are run by `manor.system.process_run`.
"""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import errno
import logging
import os
import resource
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from manor.constants import ErrorDomain
from manor.errors import ManorError, reporter

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.NONE)

KILL_GRACE: Final = 10.0
"""Seconds a program gets between SIGTERM and SIGKILL unless the caller says otherwise."""

KILL_DEADLINE: Final = 5.0
"""Seconds after SIGKILL until a program is reported as stuck (uninterruptible I/O)."""

_LIMIT_NAMES: Final = {
    resource.RLIMIT_CORE: "core file size",
    resource.RLIMIT_MEMLOCK: "locked memory",
    resource.RLIMIT_NOFILE: "number of open files",
    resource.RLIMIT_NPROC: "number of processes",
}

_limits_lock = threading.Lock()


class ExitStatus(NamedTuple):
    """How a program ended; both ``None`` when it was not our child, because only a parent is told."""

    code: int | None
    signal: int | None

    def __str__(self) -> str:
        if self.signal is not None:
            return f"fatal signal {self.signal}"
        return "exit status unknown" if self.code is None else f"exit status {self.code}"


class ProcessIdentity(msgspec.Struct, frozen=True):
    """What tells one process from every other one that ever had or will have its number.

    ``start_time`` is in clock ticks since boot (field 22 of ``/proc/PID/stat``); ``boot_id`` is the kernel's.
    """

    pid: int
    start_time: int
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The identity of the process that has this number now; None if there is none or it is a zombie."""
        state = _proc_stat(pid)
        if state is None or state.state in "ZX":
            return None
        return cls(pid, state.start_time, boot_id())

    def is_running(self) -> bool:
        """Whether exactly this process still runs."""
        return self.boot_id == boot_id() and ProcessIdentity.of(self.pid) == self


class SpawnOptions(msgspec.Struct, frozen=True):
    """How a program is started; the defaults give a quiet, detached one with our own rights.

    ``pass_fds`` keep their numbers in the program. ``stdout`` and ``stderr`` are descriptors (``None``:
    ``/dev/null``); the caller keeps and closes its own copies. ``env`` replaces the whole environment.
    With ``uid`` the program is that user's, in ``groups`` beside ``gid``, and can never gain rights again: no
    capabilities, nothing from set-user-ID files. With ``bound`` the kernel kills the program when the thread that
    starts it ends, by whatever; where util-linux is missing nobody does. ``rlimits`` maps ``resource.RLIMIT_*``
    to a (soft, hard) pair. ``oom_score_adj`` runs from -1000 (never killed) to 1000.
    """

    pass_fds: Sequence[int] = ()
    stdin: int | None = None
    stdout: int | None = None
    stderr: int | None = None
    env: Mapping[str, str] | None = None
    cwd: str | Path = "/"
    uid: int | None = None
    gid: int | None = None
    groups: Sequence[int] = ()
    bound: bool = False
    umask: int = 0o007
    rlimits: Mapping[int, tuple[int, int]] = msgspec.field(default_factory=dict)
    oom_score_adj: int | None = None


_DEFAULTS: Final = SpawnOptions()


class Process:
    """A running program, ours or a stranger's, watched through its pidfd by the running event loop."""

    __slots__ = ("_callbacks", "_exited", "_identity", "_loop", "_pidfd", "name", "pid", "status")

    def __init__(self, pid: int, pidfd: int, name: str, identity: ProcessIdentity | None = None) -> None:
        """Watch ``pidfd``, which now belongs to this object; use `spawn` or `attach` instead."""
        self.pid = pid
        self._identity = identity
        self.name = name
        self.status: ExitStatus | None = None
        self._callbacks: list[Callable[[ExitStatus], object]] = []
        self._pidfd = pidfd
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[ExitStatus] = self._loop.create_future()
        self._loop.add_reader(pidfd, self._on_readable)

    def __repr__(self) -> str:
        return f"<Process {self.name} {self.pid} {'running' if self.status is None else self.status}>"

    @property
    def identity(self) -> ProcessIdentity:
        """What a later program finds this process by. Of our own children it is read when first asked for, since the
        kernel lets nobody look at one that is just being executed."""
        if self._identity is None:
            # The number is the child's until it is reaped.
            stat = _proc_stat(self.pid) if self.running else None
            self._identity = ProcessIdentity(self.pid, stat.start_time if stat else 0, boot_id())
        return self._identity

    @property
    def running(self) -> bool:
        """False once the exit was seen; what happened since the loop last ran is not known yet."""
        return self.status is None

    @classmethod
    def attach(cls, identity: ProcessIdentity, name: str) -> Process | None:
        """Watch a process found again after a restart; None if it is gone or its number was reused."""
        try:
            pidfd = os.pidfd_open(identity.pid)
        except OSError:
            return None
        # Checked after the pidfd holds the process: nobody can take the number between check and use.
        if not identity.is_running():
            os.close(pidfd)
            return None
        return cls(identity.pid, pidfd, name, identity)

    def on_exit(self, callback: Callable[[ExitStatus], object]) -> None:
        """Call ``callback(status)`` from the loop at exit; soon, if that has been seen already."""
        if self.status is None:
            self._callbacks.append(callback)
        else:
            self._loop.call_soon(callback, self.status)

    async def wait(self) -> ExitStatus:
        """Wait for the exit; any number of waiters, each with a deadline of its own (``asyncio.timeout``)."""
        return await asyncio.shield(self._exited)

    def send_signal(self, number: int) -> bool:
        """Send a signal; False if the process has ended."""
        if self._pidfd < 0:
            return False
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except ProcessLookupError:
            return False
        return True

    async def kill(self, grace: float = KILL_GRACE, deadline: float = KILL_DEADLINE) -> ExitStatus:
        """End the process: SIGTERM, and SIGKILL after ``grace`` seconds (0: at once).

        Raises VIR_ERR_SYSTEM_ERROR if it still exists ``deadline`` seconds after SIGKILL, which the kernel
        does when the process is stuck in uninterruptible I/O.
        """
        if grace > 0 and self.send_signal(signal.SIGTERM):
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(self.wait(), grace)
        self.send_signal(signal.SIGKILL)
        try:
            return await asyncio.wait_for(self.wait(), deadline)
        except TimeoutError:
            raise _error.system(errno.EBUSY, f"Failed to terminate process {self.pid} with SIGKILL") from None

    def release(self) -> None:
        """Stop watching and let the process go on; waiters are cancelled, callbacks are never called."""
        self._close()
        self._callbacks.clear()
        self._exited.cancel()

    def _on_readable(self) -> None:
        self.status = status = _reap(self._pidfd)
        self._close()
        _log.debug("process %s %d ended: %s", self.name, self.pid, status)
        if not self._exited.done():
            self._exited.set_result(status)
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            self._loop.call_soon(callback, status)

    def _close(self) -> None:
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1


def spawn(argv: Sequence[str], options: SpawnOptions = _DEFAULTS, name: str | None = None) -> Process:
    """Start ``argv`` and watch it; takes well under a millisecond (vfork).

    Must run in the event loop's thread. Raises VIR_ERR_SYSTEM_ERROR naming the program if it cannot be
    executed, or the limit that may not be set; nothing is left behind then.
    """
    return _watch(_start(argv, options), argv, options, name)


async def spawn_in_thread(
    argv: Sequence[str], options: SpawnOptions, name: str, around: Callable[[Callable[[], int]], int]
) -> Process:
    """Like `spawn`, from a thread that lives for nothing else.

    `around(start)` runs in that thread; `start()` starts the program and returns its number, which `around` returns.
    A program begins with what the thread that starts it has: its control groups, its CPUs. A cancellation waits for
    the thread and ends the program.
    """
    loop = asyncio.get_running_loop()
    started: asyncio.Future[int] = loop.create_future()

    def work() -> None:
        try:
            pid = around(partial(_start, argv, options))
        except BaseException as failure:
            loop.call_soon_threadsafe(started.set_exception, failure)
        else:
            loop.call_soon_threadsafe(started.set_result, pid)

    # Not a Thread of `threading`: its start would hold up the loop until it has been given a processor.
    _thread.start_new_thread(work, ())
    cancelled = None
    while not started.done():
        try:
            await asyncio.shield(started)
        except asyncio.CancelledError as exc:
            cancelled = exc
    process = _watch(started.result(), argv, options, name)
    if cancelled is not None:
        await process.kill(grace=0)
        raise cancelled
    return process


def _start(argv: Sequence[str], options: SpawnOptions) -> int:
    """Start a program; the number of the process, which somebody has to reap."""
    try:
        with _our_soft_limits(options.rlimits):
            child = subprocess.Popen(
                _with_rights(argv, options),
                stdin=subprocess.DEVNULL if options.stdin is None else options.stdin,
                stdout=subprocess.DEVNULL if options.stdout is None else options.stdout,
                stderr=subprocess.DEVNULL if options.stderr is None else options.stderr,
                close_fds=True,
                pass_fds=options.pass_fds,
                env=options.env,
                cwd=options.cwd,
                umask=options.umask,
                start_new_session=True,
            )
    except OSError as exc:
        raise _spawn_error(argv[0], exc) from exc
    # We reap through the pidfd. A Popen that thinks its child has ended neither waits for it nor warns.
    child.returncode = 0
    return child.pid


def _watch(pid: int, argv: Sequence[str], options: SpawnOptions, name: str | None) -> Process:
    # An unreaped child keeps its number, so the pidfd is the child's even if it died.
    pidfd = os.pidfd_open(pid)
    _limit_child(pid, options.rlimits)
    if options.oom_score_adj is not None:
        _set_oom_score_adj(pid, options.oom_score_adj)
    return Process(pid, pidfd, name or Path(argv[0]).name)


def _with_rights(argv: Sequence[str], options: SpawnOptions) -> Sequence[str]:
    """The command that gets the user and the bounds of `options` before it becomes `argv`, with the same number.

    Popen can change users itself, but copies this whole process for that (fork instead of vfork), for several
    milliseconds in which nothing else is done; nor can it give up the right to gain privileges.
    """
    uid = options.uid
    if uid is None and not (options.bound and _setpriv()):
        return argv
    program = shutil.which(argv[0], path=None if options.env is None else options.env.get("PATH"))
    if program is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
    setpriv = _setpriv()
    if setpriv is None:
        raise FileNotFoundError(errno.ENOENT, "is needed, from util-linux", "setpriv")
    words = [setpriv]
    if uid is not None:
        gid = uid if options.gid is None else options.gid
        groups = ["--groups", ",".join(map(str, options.groups))] if options.groups else ["--clear-groups"]
        words += ["--reuid", str(uid), "--regid", str(gid), *groups, "--inh-caps=-all", "--no-new-privs"]
    if options.bound:
        words += ["--pdeathsig", "KILL"]
    return [*words, "--", program, *argv[1:]]


@cache
def _setpriv() -> str | None:
    """The program that changes users, of util-linux; that of busybox has other options."""
    path = shutil.which("setpriv", path=f"{os.environ.get('PATH', os.defpath)}:/usr/bin:/bin")
    return None if path is None or Path(path).resolve().name == "busybox" else path


@cache
def boot_id() -> str:
    """The kernel's identifier of this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class _ProcStat(NamedTuple):
    state: str
    start_time: int


def _proc_stat(pid: int) -> _ProcStat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The second field is the command name, which may hold spaces and parentheses: count from its end.
    fields = text[text.rindex(b")") + 2 :].split()
    return _ProcStat(fields[0].decode(), int(fields[19]))


def _reap(pidfd: int) -> ExitStatus:
    try:
        info = os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return ExitStatus(None, None)
    if info is None:
        return ExitStatus(None, None)
    if info.si_code == os.CLD_EXITED:
        return ExitStatus(info.si_status, None)
    return ExitStatus(None, info.si_status)


@contextlib.contextmanager
def _our_soft_limits(limits: Mapping[int, tuple[int, int]]) -> Iterator[None]:
    """Give this process the child's soft limits while the child is created, raising hard ones as needed.

    Limits are inherited; setting them on the child afterwards would come too late for a program that
    locks memory as its first act, and code between fork and exec is unsafe in a threaded program. Our
    own hard limits are never lowered: without privilege that could not be taken back.
    """
    if not limits:
        yield
        return
    with _limits_lock:
        before = {which: resource.getrlimit(which) for which in limits}
        try:
            for which, (soft, hard) in limits.items():
                _set_limit(which, soft, _larger(hard, before[which][1]))
            yield
        finally:
            for which, pair in before.items():
                resource.setrlimit(which, pair)


def _set_limit(which: int, soft: int, hard: int) -> None:
    try:
        resource.setrlimit(which, (soft, hard))
    except (OSError, ValueError) as exc:
        number = exc.errno if isinstance(exc, OSError) and exc.errno else errno.EPERM
        raise _error.system(number, f"cannot limit {_LIMIT_NAMES.get(which, which)} to {soft}") from exc


def _larger(first: int, second: int) -> int:
    unlimited = resource.RLIM_INFINITY
    return unlimited if unlimited in (first, second) else max(first, second)


def _limit_child(pid: int, limits: Mapping[int, tuple[int, int]]) -> None:
    """Lower the hard limits, which nothing the child does at its start can be too early for."""
    for which, pair in limits.items():
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, which, pair)


def _set_oom_score_adj(pid: int, value: int) -> None:
    try:
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(value))
    except OSError as exc:
        # Lowering the score needs a privilege that session daemons lack; a guest runs without it as well.
        _log.warning("cannot set the OOM score of process %d to %d: %s", pid, value, exc.strerror)


def _spawn_error(program: str, exc: OSError) -> ManorError:
    missing = isinstance(exc, FileNotFoundError)
    if missing and exc.filename == "setpriv":
        program = exc.filename
    what = f"Cannot find '{program}' in path" if missing else f"cannot execute binary {program}"
    return _error.system(exc.errno or errno.ENOEXEC, what)
