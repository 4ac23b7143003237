# SPDX-License-Identifier: Apache-2.0
"""Playing scenarios on a daemon under stock libvirt-python: what the modules `play` of the areas have in common.

`python -m tests.interop.AREA.play URI FOLDER [NAME…]` prints JSON, {scenario: transcript}.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import libvirt
from tests.interop.testdriver.recorder import Recorder

WAIT_SECONDS = 60.0


class DaemonRecorder(Recorder):
    """Records calls on a daemon, and events where a scenario wants them: real objects have a pace of their own.

    `folder` is for the scenario's files.
    """

    def __init__(self, uri: str, folder: Path) -> None:
        super().__init__()
        self.uri = uri
        self.folder = folder

    def pump(self) -> None:
        """Events are delivered where the scenario wants them, not after each call."""

    def turn_until(self, done: Callable[[], bool]) -> None:
        """Deliver events until something is so, or it is said that it was not."""
        deadline = time.monotonic() + WAIT_SECONDS
        # A timer lets each turn of the loop end, so that the deadline is seen.
        timer = libvirt.virEventAddTimeout(500, lambda *_: None, None)
        while not done() and time.monotonic() < deadline:
            libvirt.virEventRunDefaultImpl()
        libvirt.virEventRemoveTimeout(timer)
        if not done():
            self.lines.append("  the event did not come")


def transcript(recorder: Recorder, scenario: Callable[[Any], None]) -> list[str]:
    """What a scenario has recorded."""
    try:
        scenario(recorder)
    except Exception:  # the transcript up to here is what helps to find out why
        recorder.lines.append(traceback.format_exc())
    return [*recorder.lines, f"{recorder.calls} calls"]


def main(scenarios: Mapping[str, Any], play: Callable[[str, str, Path], list[str]], argv: Sequence[str]) -> int:
    """Print {scenario: transcript}."""
    uri, folder, *names = argv
    libvirt.registerErrorHandler(lambda *_: None, None)
    libvirt.virEventRegisterDefaultImpl()
    json.dump({name: play(name, uri, Path(folder)) for name in names or scenarios}, sys.stdout)
    return 0
