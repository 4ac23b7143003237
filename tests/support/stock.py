# SPDX-License-Identifier: Apache-2.0
"""The stock clients: virsh and libvirt-python as the distribution ships them, never manor's own."""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

# Debian's bindings are built for Debian's interpreter.
PYTHON = "/usr/bin/python3"

_PROLOGUE = """\
import json, sys
import libvirt
assert "libvirtmod" in sys.modules, "this is not the stock binding: " + libvirt.__file__
libvirt.registerErrorHandler(lambda _context, _error: None, None)
URI = sys.argv[1]
ARGUMENTS = json.loads(sys.argv[2])
def answer(value):
    print("\\n" + json.dumps(value))
"""


def missing_virsh() -> str | None:
    """Why stock virsh cannot be run, or None."""
    return None if shutil.which("virsh") else "virsh is not installed"


def missing_python() -> str | None:
    """Why stock libvirt-python cannot be used, or None."""
    if not Path(PYTHON).exists():
        return f"{PYTHON} is not there"
    probe = subprocess.run([PYTHON, "-c", "import libvirtmod"], capture_output=True, check=False)
    return None if probe.returncode == 0 else "python3-libvirt is not installed"


@cache
def _home() -> str:
    """An empty home for stock clients, gone when the tests end: as root they would make a missing one."""
    folder = tempfile.TemporaryDirectory(prefix="manor-home-")
    atexit.register(folder.cleanup)
    return folder.name


def environment(**extra: str) -> dict[str, str]:
    """An environment in which output does not depend on the user's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIBVIRT_", "VIRSH_", "PYTHON"))}
    return {**kept, "LC_ALL": "C.UTF-8", "HOME": _home(), "XDG_CACHE_HOME": _home(), **extra}


def virsh(
    uri: str, *arguments: str, input: str | None = None, program: str = "virsh", check: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run stock virsh on a connection; `program` may name a newer one (see clients.py)."""
    return subprocess.run(
        [program, "--connect", uri, *arguments],
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        text=True,
        check=check,
        env=environment(),
        timeout=120,
    )


def stock_python(script: str, uri: str, *, python: str = PYTHON, timeout: float = 120, **arguments: Any) -> Any:
    """Run the body of a program under stock libvirt-python and return what it passed to `answer`.

    The body finds `libvirt`, `URI`, `ARGUMENTS` (the keyword arguments, through JSON) and `answer(value)`,
    which it calls once with a value JSON can carry. A body that fails raises AssertionError with its
    error output.
    """
    result = subprocess.run(
        [python, "-I", "-c", _PROLOGUE + script, uri, json.dumps(arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=timeout,
    )
    assert result.returncode == 0, f"the stock client ended with {result.returncode}:\n{result.stderr}"
    lines = result.stdout.strip().splitlines()
    assert lines, f"the body did not call answer():\n{result.stderr}"
    return json.loads(lines[-1])
