# SPDX-License-Identifier: Apache-2.0
"""The entry point of manord: its command line, and the process around the daemon.

Imports are kept to what every start needs; a daemon should answer before anybody has to wait for it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from manor.daemon.config import ConfigError
from manor.daemon.daemon import Daemon, Options
from manor.errors import ManorError


def read_options(words: Sequence[str] | None = None) -> tuple[Options, bool]:
    """The options of the command line, and whether to go into the background."""
    parser = argparse.ArgumentParser(
        prog="manord", description="manor's daemon: serves virtual machines to the clients of libvirt and of manor."
    )
    add = parser.add_argument
    add("--root", type=_absolute, metavar="DIR", help="keep all state, logs and sockets below DIR")
    add("-f", "--config", type=_absolute, metavar="FILE", help="the configuration file")
    add("--foreground", action="store_true", help='log to standard error and print "ready" once clients are answered')
    add("-d", "--daemon", action="store_true", help="go into the background once clients are answered")
    add("--libvirt-sockets", action="store_true", help="listen where libvirt's clients look for libvirtd")
    add("-t", "--timeout", type=int, default=0, metavar="SECONDS", help="stop when there was no client for so long")
    add("-p", "--pid-file", type=_absolute, metavar="FILE", help="where to write the process number")
    add("-v", "--verbose", action="store_true", help="log everything")
    add("--print-config", action="store_true", help="print the configuration file with all keys and defaults")
    add("-V", "--version", action="version", version=f"manord {_version()}")
    found = parser.parse_args(words)
    if found.print_config:
        from manor.daemon.example import example

        print(example(), end="")
        parser.exit()
    if found.timeout < 0:
        parser.error("argument --timeout: must not be negative")
    options = Options(
        found.root,
        found.config,
        found.foreground,
        found.libvirt_sockets,
        found.timeout,
        found.verbose,
        found.pid_file,
    )
    return options, found.daemon


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _version() -> str:
    from manor import __version__

    return __version__


def serve(options: Options, ready: Callable[[], None]) -> int:
    """Run the daemon to its end and return the exit status."""
    try:
        daemon = Daemon(options)
        asyncio.run(daemon.run(ready))
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
