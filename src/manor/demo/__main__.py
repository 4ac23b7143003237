# SPDX-License-Identifier: Apache-2.0
"""`python -m manor.demo`: the demonstration as a program."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from manor.demo.console import ConsoleEndedError
from manor.demo.packages import PackageError
from manor.demo.progress import Progress
from manor.demo.tour import TourError, tour
from manor.errors import ManorError


def main() -> int:
    """Run the tour; the exit code is 1 when it failed, with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="manor.demo", description="Boot a real Linux guest and show it.")
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "manor-demo"
    parser.add_argument("--cache", type=Path, default=default, help="where the guest is kept (default: %(default)s)")
    options = parser.parse_args()
    # What a driver notes in passing belongs in a log, not between the lines of a tour.
    logging.basicConfig(level=logging.ERROR)
    progress = Progress()
    try:
        asyncio.run(tour(options.cache, progress))
    except (ManorError, PackageError, ConsoleEndedError, TourError, OSError) as failure:
        print(f"manor.demo: {failure or 'the guest did not answer in time'}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("manor.demo: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
