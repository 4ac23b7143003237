# SPDX-License-Identifier: Apache-2.0
"""QEMU run directly, without manor or libvirt: the floor of the figures and the proof of the small guest."""

import json
import shutil
import socket
import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from manor.demo.guest import GuestImage
from tests.support.channel import Channel

QEMU = shutil.which("qemu-system-x86_64")


def small_guest_arguments(image: GuestImage, memory_mib: int = 128) -> list[str]:
    """Arguments that boot the small guest on an otherwise empty machine."""
    return [
        *("-machine", "pc,accel=tcg", "-cpu", "max", "-m", str(memory_mib)),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd), "-append", image.cmdline),
    ]


class BareQemu:
    """A running QEMU with QMP, a serial console and an agent channel on inherited sockets."""

    def __init__(self, arguments: Sequence[str]) -> None:
        ours: dict[str, socket.socket] = {}
        theirs: dict[str, socket.socket] = {}
        for name in ("qmp", "serial", "agent"):
            ours[name], theirs[name] = socket.socketpair()
        chardevs = [
            argument for name, end in theirs.items() for argument in ("-chardev", f"socket,id={name},fd={end.fileno()}")
        ]
        self.process = subprocess.Popen(
            [
                QEMU or "qemu-system-x86_64",
                *("-nodefaults", "-no-user-config", "-display", "none"),
                *chardevs,
                *("-mon", "chardev=qmp,mode=control", "-serial", "chardev:serial"),
                *("-device", "virtio-serial-pci"),
                *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
                *arguments,
            ],
            pass_fds=[end.fileno() for end in theirs.values()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for end in theirs.values():
            end.close()
        self.qmp = Channel(ours["qmp"])
        self.console = Channel(ours["serial"])
        self.agent = Channel(ours["agent"])
        self.events: list[dict[str, Any]] = []
        try:
            self.qmp.json_line()
            self.execute("qmp_capabilities")
        except OSError as failure:
            _, complaint = self.process.communicate()
            raise RuntimeError(f"QEMU did not start: {complaint.decode(errors='replace')}") from failure

    def __enter__(self) -> "BareQemu":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()
        for channel in (self.qmp, self.console, self.agent):
            channel.close()

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run one QMP command; events met on the way are kept in `events`."""
        self.qmp.send(_json({"execute": command, "arguments": arguments}))
        while True:
            answer = self.qmp.json_line()
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
            message = self.qmp.json_line()
            if "event" in message:
                self.events.append(message)

    def agent_execute(self, command: str, **arguments: Any) -> Any:
        """Run one guest agent command; the agent must be up."""
        self.agent.send(_json({"execute": command, "arguments": arguments}))
        answer = self.agent.json_line()
        assert "return" in answer, f"{command}: {answer}"
        return answer["return"]


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"
