# SPDX-License-Identifier: Apache-2.0
"""Events that a guest with a system in it brings about: what QEMU tells, and what clients are told of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any, Final

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


SCENARIOS: Final[dict[str, Callable[[Any], None]]] = {
    scenario.__name__: scenario for scenario in (media, screen, sizes, sleep)
}
