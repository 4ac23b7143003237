# SPDX-License-Identifier: Apache-2.0
"""QEMU run directly, without manor or libvirt: the floor of the figures and the proof of the small guest."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from manor.demo.guest import GuestImage
from tests.support.channel import Channel

QEMU = shutil.which("qemu-system-x86_64")


def small_guest_arguments(image: GuestImage, memory_mib: int = 128) -> list[str]:
    """Arguments that boot the small guest on an otherwise empty machine."""
    return [
        *("-nodefaults", "-no-user-config", "-display", "none"),
        *("-machine", "pc,accel=tcg", "-cpu", "max", "-m", str(memory_mib)),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd), "-append", image.cmdline),
    ]


class PlainQemu:
    """A running QEMU with QMP on an inherited socket; further such sockets by name of their chardev."""

    def __init__(self, arguments: Sequence[str], chardevs: Iterable[str] = ()) -> None:
        pairs = {name: socket.socketpair() for name in ("qmp", *chardevs)}
        self.channels = {name: Channel(ours) for name, (ours, _) in pairs.items()}
        theirs = {name: end for name, (_, end) in pairs.items()}
        self.process = subprocess.Popen(
            [
                QEMU or "qemu-system-x86_64",
                *(word for name, end in theirs.items() for word in ("-chardev", f"socket,id={name},fd={end.fileno()}")),
                *("-mon", "chardev=qmp,mode=control"),
                *arguments,
            ],
            pass_fds=[end.fileno() for end in theirs.values()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for end in theirs.values():
            end.close()
        self.events: list[dict[str, Any]] = []
        try:
            self._qmp.json_line()
            self.execute("qmp_capabilities")
        except (OSError, EOFError) as failure:
            _, complaint = self.process.communicate()
            raise RuntimeError(f"QEMU did not start: {complaint.decode(errors='replace')}") from failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _qmp(self) -> Channel:
        return self.channels["qmp"]

    def close(self) -> None:
        """Kill QEMU if it still runs, and close all channels."""
        self.process.kill()
        self.process.communicate()
        for channel in self.channels.values():
            channel.close()

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run one QMP command; events met on the way are kept in `events`."""
        self._qmp.send(_json({"execute": command, "arguments": arguments}))
        while True:
            answer = self._qmp.json_line()
            if "event" in answer:
                self.events.append(answer)
                continue
            assert "return" in answer, f"{command}: {answer}"
            return answer["return"]

    def wait_event(self, name: str) -> dict[str, Any]:
        """The next event of that name, from those already met or yet to come."""
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] == name:
                    return event
            message = self._qmp.json_line()
            if "event" in message:
                self.events.append(message)


class BareQemu(PlainQemu):
    """The same with a serial console and a guest agent channel."""

    def __init__(self, arguments: Sequence[str]) -> None:
        devices = [
            *("-serial", "chardev:serial", "-device", "virtio-serial-pci"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
        ]
        super().__init__([*arguments, *devices], ("serial", "agent"))
        self.console = self.channels["serial"]
        self.agent = self.channels["agent"]

    def agent_execute(self, command: str, **arguments: Any) -> Any:
        """Run one guest agent command; the agent must be up."""
        self.agent.send(_json({"execute": command, "arguments": arguments}))
        answer = self.agent.json_line()
        assert "return" in answer, f"{command}: {answer}"
        return answer["return"]


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"
