# SPDX-License-Identifier: Apache-2.0
"""Debian packages fetched and unpacked into a folder, without installing them.

The machine's own apt configuration says where packages come from; nothing about registries is written
here. Unpacked packages stay in the cache folder, so that a second use needs neither apt nor network.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_DEPENDENCY = re.compile(r"^\s*(?:Pre)?Depends: ([a-z0-9][a-z0-9.+-]+)$", re.MULTILINE)


class PackageError(Exception):
    """A package cannot be had on this machine; the text says which one, why and what to do."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that processes that fill the same cache take turns."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class PackageCache:
    """Unpacked Debian packages below one folder: ROOT/NAME holds the files of package NAME.

    `apt_options` are passed to every apt program, for instance to use another suite's package lists.
    """

    def __init__(self, root: Path, apt_options: tuple[str, ...] = ()) -> None:
        self._root = root
        self._apt_options = apt_options

    def tree(self, name: str) -> Path:
        """The folder with the unpacked files of one package, fetched now if it is not there.

        Raises PackageError without apt, or when the package cannot be fetched.
        """
        target = self._root / name
        if not target.is_dir():
            with locked(self._root):
                if not target.is_dir():
                    self._unpack(name, target)
        return target

    def cached(self, pattern: str) -> list[str]:
        """The names, matching a shell pattern, of packages unpacked earlier; newest first."""
        found = [path for path in self._root.glob(pattern) if path.is_dir()]
        return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)]

    def dependencies(self, name: str) -> list[str]:
        """The packages a package needs directly, as apt's lists say; alternatives: the first one."""
        listing = self._run("apt-cache", "depends", "--no-recommends", "--no-suggests", name)
        return list(dict.fromkeys(_DEPENDENCY.findall(listing)))

    def closure(self, names: Iterable[str], wanted: re.Pattern[str]) -> list[str]:
        """The named packages and all they depend on, directly or not, whose name begins as `wanted` says."""
        found = dict.fromkeys(names)
        pending = list(found)
        while pending:
            for name in self.dependencies(pending.pop()):
                if name not in found and wanted.match(name):
                    found[name] = None
                    pending.append(name)
        return list(found)

    def refresh(self) -> None:
        """Fetch the package lists when apt has none yet, as on a freshly installed machine."""
        if "Package:" not in self._run("apt-cache", "dumpavail"):
            self._run("apt-get", "update")

    def _unpack(self, name: str, target: Path) -> None:
        work = Path(tempfile.mkdtemp(prefix=".fetch-", dir=self._root))
        try:
            self._run("apt-get", "download", name, cwd=work)
            archives = list(work.glob("*.deb"))
            if len(archives) != 1:
                raise PackageError(f"apt-get download {name} left {len(archives)} packages, expected one")
            (work / "tree").mkdir()
            self._run("dpkg-deb", "--extract", str(archives[0]), str(work / "tree"))
            (work / "tree").rename(target)
        finally:
            shutil.rmtree(work)

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> str:
        options = self._apt_options if program.startswith("apt") else ()
        if shutil.which(program) is None:
            raise PackageError(
                f"{program} is not on this machine, so Debian packages cannot be fetched; "
                "run this on Debian, or fill the cache folder elsewhere"
            )
        result = subprocess.run(
            [program, *options, *arguments],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
        if result.returncode != 0:
            reason = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:] or ["no reason given"]
            raise PackageError(f"{program} {' '.join(arguments)} failed: {reason[0]}")
        return result.stdout
