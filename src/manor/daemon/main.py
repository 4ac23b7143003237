# SPDX-License-Identifier: Apache-2.0
"""The entry point of manord: its command line, and the process around the daemon.

The daemon itself is loaded once the command line is known to be good. What is made while loading stays to the end, so
the collector looks at it neither then nor later.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import sys
from collections.abc import Callable

from manor.daemon.options import Options, read_options


def serve(options: Options, ready: Callable[[], None]) -> int:
    """Run the daemon to its end and return the exit status."""
    gc.disable()
    import asyncio

    try:
        from manor.daemon.config import ConfigError
        from manor.daemon.daemon import Daemon
        from manor.errors import ManorError
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("manor"):
            raise
        print(f"manord: the Python package {error.name} is missing: pip install 'manor[host]'", file=sys.stderr)
        return 1

    def loaded() -> None:
        gc.freeze()
        gc.enable()
        ready()

    try:
        daemon = Daemon(options)
        asyncio.run(daemon.run(loaded))
    except (ConfigError, ManorError, OSError) as error:
        print(f"manord: {error}", file=sys.stderr)
        return 1
    return 0


def raise_limits() -> None:
    """Take as many descriptors as we may have: clients and guests need some each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def announce() -> None:
    """Say that clients are answered."""
    with contextlib.suppress(OSError):
        print("ready", flush=True)


def serve_in_background(options: Options) -> int:
    """Run the daemon in a process of its own; returns in this one once it is ready, or has failed."""
    read_end, write_end = os.pipe()
    if os.fork():
        os.close(write_end)
        return 0 if os.read(read_end, 1) else 1
    os.close(read_end)
    os.setsid()

    def detach() -> None:
        # Standard error stays until here, so that whoever started us sees why a start fails.
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        os.close(null)
        os.write(write_end, b"\1")
        os.close(write_end)

    os._exit(serve(options, detach))


def main() -> None:
    """Run manord."""
    options, background = read_options()
    os.umask(0o022)
    raise_limits()
    if background:
        sys.exit(serve_in_background(options))
    sys.exit(serve(options, announce if options.foreground else lambda: None))
