# SPDX-License-Identifier: Apache-2.0
"""Events that a guest with a system in it brings about: what QEMU tells, and what clients are told of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any, Final

from tests.interop.qemu import sectors

LIVE = 1
FORCE = 4
MEDIUM = """<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>{source}
<target dev='hda' bus='ide'/><readonly/></disk>"""
DISK = """<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{path}'/>
<target dev='vdb' bus='virtio'/></disk>"""
MEMORY = """<memory model='virtio-mem'><target><size unit='MiB'>128</size><node>0</node>
<block unit='MiB'>2</block><requested unit='MiB'>{requested}</requested></target></memory>"""


def run(r: Any, dom: Any, command: str) -> None:
    """Have the guest's agent run a shell command; what it comes to is seen in events."""
    words = {"execute": "guest-exec", "arguments": {"path": "/bin/sh", "arg": ["-c", command]}}
    r.agent(dom, json.dumps(words))


def start(r: Any, connection: Any, document: str) -> Any:
    """Start a guest and wait until its agent is there."""
    dom = connection.createXML(document)
    r.event("agent-lifecycle")
    r.event("agent-lifecycle")
    return dom


def media(r: Any) -> None:
    """Trays and media."""
    d = start(r, r.connect(), r.text("e.xml"))
    r.sync()
    source = f"<source file='{r.folder / 'd2.iso'}'/>"
    d.updateDeviceFlags(MEDIUM.format(source=source), LIVE)
    r.sync()
    d.updateDeviceFlags(MEDIUM.format(source=""), LIVE | FORCE)
    r.sync()
    d.attachDeviceFlags(DISK.format(path=r.folder / "e.qcow2"), LIVE)
    r.sync()
    d.detachDeviceFlags(DISK.format(path=r.folder / "e.qcow2"), LIVE)
    r.event("device-removed")
    r.sync()
    d.setBlockIoTune("vda", {"total_iops_sec": 1000}, LIVE)
    r.sync()
    d.setBlockThreshold("vda", 65536)
    run(r, d, "dd if=/dev/zero of=/dev/vda bs=64k count=8; sync")
    r.event("block-threshold")
    r.sync()
    d.destroy()
    r.sync()


def screen(r: Any) -> None:
    """A client of the screen comes and goes."""
    d = start(r, r.connect(), r.text("e.xml"))
    with socket.socket(fileno=r.bare(d).openGraphicsFD(0, 1)) as client:
        client.settimeout(30)
        client.recv(12)
        client.sendall(b"RFB 003.008\n")
        client.recv(64)
        client.sendall(b"\x01")
        client.recv(4)
        client.sendall(b"\x01")
        client.recv(64)
        r.event("graphics")
        r.event("graphics")
    r.event("graphics")
    r.sync()
    d.destroy()
    r.sync()


def sizes(r: Any) -> None:
    """Memory that is taken and given."""
    d = start(r, r.connect(), r.text("m.xml"))
    run(r, d, "modprobe -a virtio_mem")
    r.sync()
    d.setMemory(192 << 10)
    r.event("balloon-change")
    d.attachDeviceFlags(MEMORY.format(requested=64), LIVE)
    r.event("memory-device-size-change")
    d.destroy()


def sleep(r: Any) -> None:
    """The guest sleeps and wakes."""
    d = start(r, r.connect(), r.text("e.xml"))
    r.sync()
    d.pMSuspendForDuration(0, 0)
    r.event("pmsuspend")
    r.sync()
    d.state()
    d.pMWakeup()
    r.event("pmwakeup")
    r.sync()
    d.state()
    d.destroy()
    r.sync()


def watchdog(r: Any) -> None:
    """The watchdog of a guest that has gone to sleep."""
    c = r.connect()
    for action in sectors.WATCHDOG_ACTIONS:
        d = c.createXML(r.text(f"watchdog-{action}.xml"))
        r.event("watchdog")
        _end(r, d)
    c.createXML(r.text("watchdog-poweroff.xml"))
    _ended(r, "watchdog-poweroff")


def panic(r: Any) -> None:
    """A guest that says that it has crashed."""
    c = r.connect()
    c.createXML(r.text("panic.xml"))
    _ended(r, "panic")


def clock(r: Any) -> None:
    """A guest that sets its clock, and one that resets itself and must not come up again."""
    c = r.connect()
    d = c.createXML(r.text("clock.xml"))
    r.event("rtc-change")
    _end(r, d)
    c.createXML(r.text("reset.xml"))
    _ended(r, "reset")


def unreadable(r: Any) -> None:
    """A disk that cannot be read, with each policy for it."""
    c = r.connect()
    for policy in sectors.ERROR_POLICIES:
        d = c.createXML(r.text(f"bad-{policy}.xml"))
        r.event("io-error-reason")
        r.sync()
        d.diskErrors()
        _end(r, d)


def _end(r: Any, dom: Any) -> None:
    """What an event has left of a guest."""
    r.sync()
    dom.state()
    dom.destroy()
    r.sync()


def _ended(r: Any, name: str) -> None:
    """Wait for the end of a guest that comes by itself."""
    r.line(f"event lifecycle of {name}: list[5,")
    r.sync()


SCENARIOS: Final[dict[str, Callable[[Any], None]]] = {
    scenario.__name__: scenario for scenario in (media, screen, sizes, sleep, watchdog, panic, clock, unreadable)
}
