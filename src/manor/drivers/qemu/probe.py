# SPDX-License-Identifier: Apache-2.0
"""Which QEMU binaries there are and what they can do: found out once, kept in memory and on disk.

An entry holds as long as the binary is the same (size, modification time; where it is a script, what it
runs, too) and what it depends on is: its modules, the kernel, whether KVM may be used. How a binary is
asked is in `probe_session`.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import logging
import os
import platform
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.caps import TARGET_OF_ARCH, QemuCaps
from manor.drivers.qemu.probe_session import probe_binary
from manor.drivers.qemu.security.accounts import Account
from manor.errors import ManorError, reporter
from manor.schema.domain import Domain
from manor.system.arch import ARCHITECTURES, KERNEL_NAMES
from manor.system.kvm import may_use_kvm

__all__ = ["CapsCache", "QemuCaps"]

_log = logging.getLogger(__name__)
_error = reporter(ErrorDomain.QEMU)

FORMAT: Final = 2
"""Raised when the stored capabilities change shape or more is asked; older entries are then probed again."""

_PARALLEL: Final = max(2, min(os.cpu_count() or 2, 8))

_MODULE_DIRECTORIES: Final = (
    "/usr/lib/qemu",
    "/usr/lib64/qemu-kvm",
    f"/usr/lib/{platform.machine()}-linux-gnu/qemu",
    "/usr/lib64/qemu",
)


_Surroundings = tuple[tuple[int, ...], str, bool]
"""What the capabilities of all binaries depend on: the times of QEMU's modules, the kernel, whether KVM can be used."""


class _Stamp(msgspec.Struct, frozen=True, array_like=True):
    """What the capabilities of a binary depend on; times in ns."""

    format: int
    size: int
    mtime: int
    modules: tuple[int, ...]
    kernel: str
    kvm: bool


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """What is known of the binary at ``path``; ``executable`` is the state of `QemuCaps.executable`."""

    path: str
    stamp: _Stamp
    executable: tuple[int, int]
    caps: QemuCaps

    def holds(self, path: str, stamp: _Stamp) -> bool:
        """Whether nothing has changed since."""
        return (self.path, self.stamp, self.executable) == (path, stamp, _state(self.caps.executable))


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(_Entry)


def kvm_usable() -> bool:
    """Whether this process may open KVM; whether it works is then seen by trying."""
    return os.access("/dev/kvm", os.R_OK | os.W_OK)


class CapsCache:
    """The capabilities of all QEMU binaries, for one event loop.

    ``directory`` keeps them over restarts (None: only in memory). A binary is probed once even if many ask
    at the same time, a few binaries at once, as the user that guests run as (``account``, None: our own).
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        host_arch: str | None = None,
        kvm: Callable[[], bool] = kvm_usable,
    ) -> None:
        self.account: Account | None = None
        self._directory = directory
        self._kvm = kvm
        self._known: dict[str, _Entry] = {}
        self._probing: dict[str, asyncio.Future[QemuCaps]] = {}
        self._turns = asyncio.Semaphore(_PARALLEL)
        self._searched: tuple[str, tuple[int, ...]] | None = None
        self._emulators: dict[str, str] = {}
        self.host_arch = host_arch or KERNEL_NAMES.get(platform.machine(), platform.machine())

    async def get(self, emulator: str) -> QemuCaps:
        """The capabilities of a binary, given by its absolute path.

        Raises VIR_ERR_SYSTEM_ERROR if it is missing or not executable, else as `probe_binary`.
        """
        stamp = _stamp(emulator, self._surroundings())
        caps = self._held(emulator, stamp)
        if caps is not None:
            return caps
        probing = self._probing.get(emulator)
        if probing is None:
            probing = asyncio.ensure_future(self._find_out(emulator, stamp))
            self._probing[emulator] = probing
            probing.add_done_callback(lambda _done: self._probing.pop(emulator, None))
        # Shielded: who gives up waiting must not end the probe for the others.
        return await asyncio.shield(probing)

    async def get_installed(self) -> dict[str, QemuCaps]:
        """The capabilities of the default emulator of every architecture that has a working one.

        By architecture, in libvirt's order; several may share a binary. Probed in parallel.
        """
        paths = self.emulators()
        found: dict[str, QemuCaps | BaseException] = self._all_held(set(paths.values()))
        missing = [path for path in dict.fromkeys(paths.values()) if path not in found]
        if missing:
            answers = await asyncio.gather(*map(self.get, missing), return_exceptions=True)
            found.update(zip(missing, answers, strict=True))
        working = {}
        for arch, path in paths.items():
            caps = found[path]
            if isinstance(caps, QemuCaps):
                working[arch] = caps
            elif not isinstance(caps, ManorError):
                raise caps
            else:
                _log.warning("%s is left out: %s", path, caps)
        return working

    async def for_domain(self, document: Domain) -> QemuCaps:
        """The capabilities of a domain's emulator: the one it names, or the default of its architecture.

        Raises VIR_ERR_CONFIG_UNSUPPORTED when none serves the architecture, else as `get`.
        """
        arch = (document.os.type.arch if document.os and document.os.type else None) or self.host_arch
        emulator = (document.devices.emulator if document.devices else None) or self.emulator(arch)
        if emulator is None:
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"No emulator found for arch '{arch}'")
        return await self.get(emulator)

    def emulator(self, arch: str) -> str | None:
        """The path of the default emulator of an architecture (libvirt's name), or None."""
        return self.emulators().get(arch)

    def emulators(self) -> Mapping[str, str]:
        """The paths of the default emulators by architecture, in libvirt's order.

        Searched for again when one of the directories on PATH has changed.
        """
        search = os.environ.get("PATH", os.defpath)
        state = (search, tuple(_mtime(directory) for directory in search.split(os.pathsep)))
        if state != self._searched:
            self._searched = state
            self._emulators = {each: path for each in ARCHITECTURES if (path := self._search(each)) is not None}
        return self._emulators

    def _search(self, arch: str) -> str | None:
        names = [f"qemu-system-{TARGET_OF_ARCH.get(arch, arch)}"]
        if arch == self.host_arch or (arch, self.host_arch) == ("i686", "x86_64"):
            # Some distributions have one binary for guests of the host's kind, outside of PATH.
            names.append("/usr/libexec/qemu-kvm")
        return next((path for name in names if (path := shutil.which(name)) is not None), None)

    async def aclose(self) -> None:
        """End probes that still run; whoever waits for them is cancelled."""
        probing = list(self._probing.values())
        for task in probing:
            task.cancel()
        if probing:
            await asyncio.wait(probing)

    async def _find_out(self, path: str, stamp: _Stamp) -> QemuCaps:
        entry = self._load(path, stamp)
        if entry is None:
            async with self._turns:
                caps = await probe_binary(path, kvm=stamp.kvm, account=self.account)
            entry = _Entry(path, stamp, _state(caps.executable), caps)
            self._save(entry)
        self._known[path] = entry
        return entry.caps

    def _surroundings(self) -> _Surroundings:
        modules = tuple(_mtime(directory) for directory in _MODULE_DIRECTORIES)
        kernel = os.uname()
        kvm = self._kvm() and (self.account is None or may_use_kvm(self.account.uid, self.account.groups))
        return modules, f"{kernel.release} {kernel.version}", kvm

    def _held(self, path: str, stamp: _Stamp) -> QemuCaps | None:
        """What is known of a binary, unless something has changed since."""
        known = self._known.get(path)
        return known.caps if known is not None and known.holds(path, stamp) else None

    def _all_held(self, paths: Iterable[str]) -> dict[str, QemuCaps | BaseException]:
        """The same of several; those that are missing or cannot be looked at are left out."""
        surroundings = self._surroundings()
        found: dict[str, QemuCaps | BaseException] = {}
        for path in paths:
            with contextlib.suppress(ManorError):
                caps = self._held(path, _stamp(path, surroundings))
                if caps is not None:
                    found[path] = caps
        return found

    def _file(self, directory: Path, path: str) -> Path:
        return directory / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.caps"

    def _load(self, path: str, stamp: _Stamp) -> _Entry | None:
        if self._directory is None:
            return None
        try:
            entry = _decoder.decode(self._file(self._directory, path).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as exc:
            _log.debug("cached capabilities of %s are of no use: %s", path, exc)
            return None
        return entry if entry.holds(path, stamp) else None

    def _save(self, entry: _Entry) -> None:
        """Keep the entry on disk; it appears whole or not at all, and a failure costs only time."""
        if self._directory is None:
            return
        file = self._file(self._directory, entry.path)
        partial = file.with_suffix(f".{os.getpid()}")
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.write_bytes(_encoder.encode(entry))
            partial.replace(file)
        except OSError as exc:
            with contextlib.suppress(OSError):
                partial.unlink()
            _log.warning("cannot keep the capabilities of %s: %s", entry.path, exc)


def _stamp(path: str, surroundings: _Surroundings) -> _Stamp:
    """The state of a binary now. Raises VIR_ERR_SYSTEM_ERROR if it is missing or not executable."""
    try:
        if not path.startswith("/"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        status = os.stat(path)  # noqa: PTH116 - as in _state
    except OSError as exc:
        raise _error.system(exc.errno or errno.ENOENT, f"Cannot check QEMU binary {path}") from exc
    if stat.S_ISDIR(status.st_mode):
        raise _error.system(errno.EISDIR, f"QEMU binary {path} is not executable")
    if not os.access(path, os.X_OK):
        raise _error.system(errno.EACCES, f"QEMU binary {path} is not executable")
    return _Stamp(FORMAT, status.st_size, status.st_mtime_ns, *surroundings)


def _state(path: str) -> tuple[int, int]:
    """Size and modification time (ns) of a file; zeroes if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a dozen of them for each start: Path costs as much again
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _mtime(path: str) -> int:
    return _state(path)[1]
