# SPDX-License-Identifier: Apache-2.0
"""manord's command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Options(NamedTuple):
    """What the command line says."""

    root: Path | None = None
    config: Path | None = None
    foreground: bool = False
    libvirt_sockets: bool = False
    timeout: int = 0
    verbose: bool = False
    pid_file: Path | None = None


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
