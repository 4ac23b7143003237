# SPDX-License-Identifier: Apache-2.0
"""The entry point of manord."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path


def main() -> None:
    """Run the daemon."""
    parser = argparse.ArgumentParser(prog="manord")
    parser.add_argument("--root", type=Path)
    parser.add_argument("--foreground", action="store_true")
    options = parser.parse_args()
    from manor.daemon.daemon import Daemon

    async def run() -> None:
        await Daemon(options.root).run()

    asyncio.run(run())
    sys.exit(0)
