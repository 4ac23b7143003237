# SPDX-License-Identifier: Apache-2.0
"""Play scenarios with whatever module `libvirt` is: `python -m tests.interop.testdriver.run [NAME…]` prints JSON.

Each scenario has a process of its own, because connections to test:///default share it as long as one is open, and
callbacks keep connections open.
"""

from __future__ import annotations

import json
import os
import sys
import traceback

from tests.interop.testdriver.recorder import Recorder
from tests.interop.testdriver.scenarios import SCENARIOS


def play(name: str) -> list[str]:
    """The transcript of one scenario, played in this process."""
    import libvirt

    libvirt.registerErrorHandler(lambda *_: None, None)
    libvirt.virEventRegisterDefaultImpl()
    recorder = Recorder()
    try:
        SCENARIOS[name](recorder)
    except Exception:  # the transcript up to here is what helps to find out why
        recorder.lines.append(traceback.format_exc())
    return recorder.lines


def play_apart(name: str) -> list[str]:
    """`play` in a child process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as stream:
            json.dump(play(name), stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    lines: list[str] = json.loads(text) if text else ["the process died"]
    return lines


def main(names: list[str]) -> int:
    """Print {scenario: transcript}; a name may be a family."""
    chosen = [s for s in SCENARIOS if not names or any(s == n or s.startswith(f"{n}.") for n in names)]
    json.dump({name: play_apart(name) for name in chosen}, sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
