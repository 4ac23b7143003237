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

_DEPENDENCY = re.compile(r"\s+(?:Pre)?Depends: ([a-z0-9][a-z0-9.+-]+)$")


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
        """The folder with the unpacked files of one package; see `trees`."""
        return self.trees([name])[0]

    def trees(self, names: Iterable[str]) -> list[Path]:
        """The folders with the unpacked files of some packages, fetched together now if they are not there.

        Raises PackageError without apt, or when a package cannot be fetched.
        """
        targets = {name: self._root / name for name in names}
        with locked(self._root):
            absent = [name for name, target in targets.items() if not target.is_dir()]
            if absent:
                self._fetch(absent)
        return list(targets.values())

    def cached(self, pattern: str) -> list[str]:
        """The names, matching a shell pattern, of packages unpacked earlier; newest first."""
        found = [path for path in self._root.glob(pattern) if path.is_dir()]
        return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)]

    def dependencies(self, name: str) -> list[str]:
        """The packages a package needs directly, as apt's lists say; alternatives: the first one."""
        return self._depends([name])[name]

    def closure(self, names: Iterable[str], wanted: re.Pattern[str]) -> list[str]:
        """The named packages and all they depend on, directly or not, whose name begins as `wanted` says."""
        found = dict.fromkeys(names)
        depends = self._depends(found, "--recurse")
        pending = list(found)
        while pending:
            for name in depends.get(pending.pop(), []):
                if name not in found and wanted.match(name):
                    found[name] = None
                    pending.append(name)
        return list(found)

    def refresh(self) -> None:
        """Fetch the package lists when apt has none yet, as on a freshly installed machine."""
        if "Package:" not in self._run("apt-cache", "dumpavail"):
            self._run("apt-get", "update")

    def _depends(self, names: Iterable[str], *options: str) -> dict[str, list[str]]:
        kinds = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
        omitted = [f"--no-{kind}" for kind in kinds]
        found: dict[str, list[str]] = {}
        package = ""
        # A package stands at the start of its line, what it needs is indented below it.
        for line in self._run("apt-cache", "depends", *omitted, *options, *names).splitlines():
            if not line.startswith((" ", "|")):
                package = line
                found[package] = []
            elif (match := _DEPENDENCY.match(line)) is not None:
                found[package].append(match.group(1))
        return found

    def _fetch(self, names: list[str]) -> None:
        work = Path(tempfile.mkdtemp(prefix=".fetch-", dir=self._root))
        try:
            self._run("apt-get", "download", *names, cwd=work)
            for archive in work.glob("*.deb"):
                tree = archive.with_suffix("")
                tree.mkdir()
                self._run("dpkg-deb", "--extract", str(archive), str(tree))
                archive.unlink()
                # NAME_VERSION_ARCHITECTURE.deb; a version's special characters are quoted, a name has none.
                tree.rename(self._root / archive.name.partition("_")[0])
        finally:
            shutil.rmtree(work)
        missing = [name for name in names if not (self._root / name).is_dir()]
        if missing:
            raise PackageError(f"apt-get download did not bring {', '.join(missing)}")

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
