# SPDX-License-Identifier: Apache-2.0
"""Play the storage scenarios under stock libvirt-python: `python -m tests.interop.storage.play URI FOLDER [NAME…]`.

The answer is JSON, {scenario: transcript}. Runs under any interpreter that can import a module called `libvirt`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libvirt
from tests.interop import player
from tests.interop.player import DaemonRecorder
from tests.interop.storage.scenarios import SCENARIOS
from tests.interop.testdriver.recorder import unwrap

MARKER = "<pool type='dir'><name>marker</name><target><path>/nosuch/marker</path></target></pool>"


class StorageRecorder(DaemonRecorder):
    """Records calls, and the events of pools where a scenario says `sync`."""

    def __init__(self, uri: str, folder: Path) -> None:
        super().__init__(uri, folder)
        self._connection: Any = None
        self._marks = 0
        self._refreshed = 0

    def connect(self, *, readonly: bool = False) -> Any:
        """A recorded connection; of one that may write the events are recorded."""
        connection = self.open(self.uri.replace("-sock", "-sock-ro") if readonly else self.uri, readonly)
        if not readonly:
            self._connection = unwrap(connection)
            for number in range(2):
                self._connection.storagePoolEventRegisterAny(None, number, self._on_pool_event, number)
        return connection

    def path(self, name: str) -> Path:
        """A path in the side's folder."""
        return self.folder / name

    def sync(self, *, refreshes: int = 0) -> None:
        """Record the events of everything that has happened: those of a marker come after them.

        `refreshes` have to be among them, which follow uploads in their own time.
        """
        self.turn_until(lambda: self._refreshed >= refreshes)
        self._refreshed = 0
        wanted = self._marks + 2
        self._connection.storagePoolDefineXML(MARKER).undefine()
        self.turn_until(lambda: self._marks >= wanted)

    def stream(self, connection: Any, flags: int = 0) -> Any:
        """A new stream, recorded."""
        return self.call("connection.newStream", unwrap(connection).newStream, flags)

    def sent(self, stream: Any, data: bytes) -> str:
        """Send all of the data; "" or the error."""
        target, given = unwrap(stream), memoryview(data)
        try:
            while given:
                given = given[target.send(bytes(given)) :]
        except libvirt.libvirtError as error:
            return self.show_error(error)
        return ""

    def receive(self, stream: Any, add: Callable[[str, int], None], *, sparse: bool) -> None:
        """Take all that comes, and say what it is."""
        target = unwrap(stream)

        def data(_stream: Any, chunk: bytes, _opaque: Any) -> int:
            add("data", len(chunk))
            return len(chunk)

        def hole(_stream: Any, length: int, _opaque: Any) -> int:
            add("hole", length)
            return 0

        try:
            target.sparseRecvAll(data, hole, None) if sparse else target.recvAll(data, None)
        except libvirt.libvirtError as error:
            self.note(self.show_error(error))

    def disks(self, domain: Any) -> None:
        """Record the disks of a guest's document."""
        found = re.findall(r"<disk .*?</disk>", unwrap(domain).XMLDesc(0), re.DOTALL)
        self.note(repr(found))

    def quietly(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call something with the objects themselves, unrecorded."""
        return function(*map(unwrap, args))

    def _on_pool_event(self, _connection: Any, pool: Any, *values: Any) -> None:
        *details, number = values
        self._refreshed += number
        if pool.name() == "marker":
            self._marks += 1
            return
        self.lines.append(f"  event {('lifecycle', 'refresh')[number]} of {pool.name()}: {self.show(details)}")


def play(name: str, uri: str, folder: Path) -> list[str]:
    """The transcript of one scenario, which has a folder of its own."""
    below = folder / name
    below.mkdir()
    recorder = StorageRecorder(uri, below)
    lines = player.transcript(recorder, SCENARIOS[name])
    for pool in libvirt.open(uri).listAllStoragePools():
        lines.append(f"left: {pool.name()}")
        if pool.isActive():
            pool.destroy()
    return lines


if __name__ == "__main__":
    raise SystemExit(player.main(SCENARIOS, play, sys.argv[1:]))
