# SPDX-License-Identifier: Apache-2.0
"""The guest agent for the small guest: the program and its shared libraries, out of Debian packages.

The libraries come from the same suite as the program and are resolved by that suite's own dynamic
loader, so what the machine itself has installed does not matter.
"""

import re
import subprocess
from pathlib import Path

from manor.demo.packages import PackageCache, PackageError

PACKAGE = "qemu-guest-agent"

_PROGRAM = "usr/sbin/qemu-ga"
_LOADER = "lib64/ld-linux-x86-64.so.2"
_LIBRARY_FOLDER = "lib/x86_64-linux-gnu"
# "	libc.so.6 => /path/libc.so.6 (0x00007f...)"
_RESOLVED = re.compile(r"^\s+(\S+) => (/\S+) \(0x", re.MULTILINE)
_UNRESOLVED = re.compile(r"^\s+(\S+) => not found", re.MULTILINE)


def files(packages: PackageCache) -> dict[str, Path]:
    """Which file goes where in the guest. Raises PackageError when something cannot be had."""
    program = packages.tree(PACKAGE) / _PROGRAM
    # Other dependencies are only for installing it.
    trees = packages.trees(packages.closure([PACKAGE], re.compile("lib")))
    folders = [
        folder for tree in trees for place in ("lib", "usr/lib") for folder in tree.glob(f"{place}/x86_64-linux-gnu")
    ]
    loader = next((found for folder in folders for found in folder.glob("ld-linux-x86-64.so.2")), None)
    if loader is None:
        raise PackageError("no dynamic loader for x86-64 among the packages of the guest agent")
    return {_PROGRAM: program, _LOADER: loader.resolve(), **_libraries(program, loader, folders)}


def _libraries(program: Path, loader: Path, folders: list[Path]) -> dict[str, Path]:
    path = ":".join(map(str, folders))
    try:
        listing = subprocess.run(
            [str(loader), "--library-path", path, "--list", str(program)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError) as failure:
        raise PackageError(f"the libraries of {program.name} cannot be listed here: {failure}") from failure
    missing = _UNRESOLVED.findall(listing)
    if missing:
        raise PackageError(f"{program.name} needs libraries that its packages lack: {', '.join(missing)}")
    return {
        f"{_LIBRARY_FOLDER}/{name}": Path(where).resolve()
        for name, where in _RESOLVED.findall(listing)
        if name != loader.name
    }
