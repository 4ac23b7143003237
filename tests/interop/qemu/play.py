# SPDX-License-Identifier: Apache-2.0
"""Play the scenarios under stock libvirt-python: `python -m tests.interop.qemu.play URI FOLDER [NAME…]` prints JSON.

The answer is {scenario: transcript}. Runs under any interpreter that can import a module called `libvirt`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libvirt_qemu
from tests.interop import player
from tests.interop.player import DaemonRecorder
from tests.interop.qemu import event_scenarios
from tests.interop.qemu.scenarios import SCENARIOS as PLAIN
from tests.interop.testdriver.recorder import unwrap

SCENARIOS = PLAIN | event_scenarios.SCENARIOS
MARKER = "<domain type='qemu'><name>marker</name><memory>1024</memory><os><type>hvm</type></os></domain>"

_FIGURES = frozenset(
    {
        *("blockStats", "blockStatsFlags", "memoryStats", "getCPUStats", "vcpus", "info", "domainListGetStats"),
        *("getAllDomainStats", "getTime", "jobStats", "blockInfo", "getMemoryStats", "getFreeMemory"),
        *("getCellsFreeMemory", "getFreePages", "getInfo"),
    }
)
"""Methods whose numbers are the host's or the clock's."""

_EVENTS = (
    *("lifecycle", "reboot", "rtc-change", "watchdog", "io-error", "graphics", "io-error-reason", "control-error"),
    *("block-job", "disk-change", "tray-change", "pmwakeup", "pmsuspend", "balloon-change", "pmsuspend-disk"),
    *("device-removed", "block-job-2", "tunable", "agent-lifecycle", "device-added", "migration-iteration"),
    *("job-completed", "device-removal-failed", "metadata-change", "block-threshold", "memory-failure"),
    "memory-device-size-change",
)
"""Names of the events, by number."""


class QemuRecorder(DaemonRecorder):
    """Records calls, and events where a scenario says `sync` or `event`: real guests have a pace of their own."""

    def __init__(self, uri: str, folder: Path) -> None:
        super().__init__(uri, folder)
        self._connection: Any = None
        self._marks = 0
        self._seen: list[str] = []

    def connect(self) -> Any:
        """A recorded connection whose events are recorded."""
        connection = self.open(self.uri)
        self._connection = unwrap(connection)
        for number in range(len(_EVENTS)):
            self._connection.domainEventRegisterAny(None, number, self._on_event, ("domain", number))
        return connection

    def agent(self, dom: Any, words: str) -> None:
        """Give the agent of a guest a command; not recorded."""
        libvirt_qemu.qemuAgentCommand(unwrap(dom), words, 30, 0)

    def bare(self, value: Any) -> Any:
        """The binding's own object."""
        return unwrap(value)

    def text(self, name: str) -> str:
        """A document of the side's folder."""
        return (self.folder / name).read_text()

    def call(self, label: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = super().call(label, function, *args, **kwargs)
        if label.rpartition(".")[2] in _FIGURES and " -> " in self.lines[-1]:
            given, _, shown = self.lines[-1].partition(" -> ")
            self.lines[-1] = f"{given} -> {re.sub(r'(?<![.A-Za-z_])[0-9]+|<time>', 'N', shown)}"
        return result

    def sync(self) -> None:
        """Record the events of everything that has happened: those of a marker come after them."""
        wanted = self._marks + 2
        self._connection.defineXML(MARKER).undefine()
        self.turn_until(lambda: self._marks >= wanted)

    def event(self, name: str) -> None:
        """Wait for one event of this name that the guest or QEMU brings about in its own time."""
        self.turn_until(lambda: name in self._seen)
        self._seen.remove(name)

    def line(self, beginning: str) -> None:
        """Wait for a line of the transcript that begins like this."""
        self.turn_until(lambda: any(line.strip().startswith(beginning) for line in self.lines))

    def _on_event(self, connection: Any, *args: Any) -> None:
        domain, *values, (_, number) = args
        if domain.name() == "marker":
            self._marks += 1
            return
        self._seen.append(_EVENTS[number])
        if _EVENTS[number] == "job-completed":
            # Figures are those of the moment; which there are is not, but for a rate that a short job has none of.
            values = [sorted(values[0].keys() - {"memory_bps"})]
        self.lines.append(f"  event {_EVENTS[number]} of {domain.name()}: {self.show(values)}")


def play(name: str, uri: str, folder: Path) -> list[str]:
    """The transcript of one scenario."""
    recorder = QemuRecorder(uri, folder)
    return player.transcript(recorder, SCENARIOS[name])


if __name__ == "__main__":
    raise SystemExit(player.main(SCENARIOS, play, sys.argv[1:]))
