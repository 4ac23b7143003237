# SPDX-License-Identifier: Apache-2.0
"""The two daemons that are compared, each with the same files in a folder of its own, and what belongs to one alone."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.interop.qemu import sectors
from tests.support import ROOT, libvirtd, manord, stock
from tests.support.daemon import PrivateDaemon
from tests.support.guest import GuestImage

_T = TypeVar("_T")

UUID = "8fe63bd7-8925-4400-8218-7191890ac31c"
WAIT_SECONDS = 90.0

CPU = "<cpu><arch>x86_64</arch><model>qemu64</model><vendor>AMD</vendor></cpu>"
PLACEHOLDER = "DIR"
"""Stands for a side's folder in commands and documents."""


def missing() -> str | None:
    """Why the daemons cannot be compared here, or None."""
    if shutil.which("qemu-system-x86_64") is None or shutil.which("qemu-img") is None:
        return "QEMU is not installed"
    return stock.missing_virsh() or libvirtd.missing() or manord.missing()


def domain(name: str, uuid: str = UUID, devices: str = "", *, machine: str = "pc", os: str = "") -> str:
    """A small guest with the devices of a usual one."""
    return f"""\
<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory><vcpu>2</vcpu>
<os><type arch='x86_64' machine='{machine}'>hvm</type>{os}</os><features><acpi/></features>
<devices>
<graphics type='vnc' port='-1'/><serial type='pty'/>
<disk type='file'><driver name='qemu' type='qcow2'/><source file='DIR/d.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>
<interface type='user'><mac address='52:54:00:11:22:33'/></interface>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>{devices}
</devices></domain>"""


def small(name: str, devices: str = "", os: str = "") -> str:
    """A guest with next to nothing in it."""
    return f"""\
<domain type='qemu'><name>{name}</name><uuid>{UUID[:-1]}f</uuid><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='pc'>hvm</type>{os}</os>
<devices>{devices}<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>"""


def tuned(name: str, tuning: str) -> str:
    """A guest with next to nothing in it but limits."""
    return small(name).replace("<os>", f"<vcpu>2</vcpu>{tuning}<os>", 1)


def living(image: GuestImage) -> str:
    """A guest with a real system in it, and its agent."""
    return f"""\
<domain type='qemu'><name>a</name><uuid>{UUID[:-1]}a</uuid><memory unit='MiB'>128</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type><kernel>{image.kernel}</kernel><initrd>{image.initrd}</initrd>
<cmdline>{image.cmdline}</cmdline></os><features><acpi/></features><cpu mode='maximum'/>
<pm><suspend-to-mem enabled='yes'/></pm>
<devices><serial type='null'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
</devices></domain>"""


def eventful(image: GuestImage) -> dict[str, str]:
    """Guests with a real system in them, and what events come of."""
    alive = living(image)
    devices = """<graphics type='vnc' port='-1'/>
<disk type='file'><driver name='qemu' type='qcow2'/><source file='DIR/d.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk></devices>"""
    growing = "<maxMemory slots='2' unit='MiB'>1024</maxMemory><memory unit='MiB'>256</memory>"
    cells = "<cpu mode='maximum'><numa><cell id='0' cpus='0' memory='256' unit='MiB'/></numa></cpu>"
    return {
        "a.xml": alive,
        "e.xml": alive.replace("<name>a<", "<name>e<").replace("</devices>", devices),
        "m.xml": alive.replace("<name>a<", "<name>m<")
        .replace("<memory unit='MiB'>128</memory>", growing)
        .replace("<cpu mode='maximum'/>", cells),
    }


DOCUMENTS = {
    "g.xml": domain("g"),
    "broken.xml": "<domain type='qemu'><name>g</nam>",
    "unnamed.xml": "<domain type='qemu'><memory>1</memory><os><type>hvm</type></os></domain>",
    "badmachine.xml": domain("b", UUID[:-1] + "b", machine="nosuch"),
    "badarch.xml": domain("c", UUID[:-1] + "0").replace("x86_64", "nosuch"),
    "unknown.xml": small("u", "<nosuch/>"),
    "lxc.xml": domain("l", UUID[:-1] + "1").replace("type='qemu'>", "type='lxc'>", 1),
    "other-uuid.xml": domain("g", UUID[:-1] + "2"),
    "other-name.xml": domain("h"),
    "t.xml": small("t"),
    "missing-image.xml": small(
        "t", "<disk type='file'><source file='DIR/nosuch.img'/><target dev='vda' bus='virtio'/></disk>"
    ),
    "missing-emulator.xml": small("t", "<emulator>/nosuch/qemu</emulator>"),
    "bad-kernel.xml": small("t", os="<kernel>/nosuch/kernel</kernel>"),
    "tuned.xml": tuned(
        "c",
        "<iothreads>1</iothreads><cputune><shares>2048</shares><period>50000</period><quota>40000</quota>"
        "<global_period>100000</global_period><global_quota>150000</global_quota>"
        "<emulator_period>60000</emulator_period><emulator_quota>30000</emulator_quota>"
        "<iothread_period>70000</iothread_period><iothread_quota>20000</iothread_quota>"
        "<vcpupin vcpu='0' cpuset='1'/><emulatorpin cpuset='0'/><iothreadpin iothread='1' cpuset='1'/></cputune>"
        "<memtune><soft_limit unit='MiB'>256</soft_limit></memtune><blkiotune><weight>200</weight></blkiotune>"
        "<numatune><memory mode='restrictive' nodeset='0'/></numatune>",
    ),
    "untuned.xml": tuned("c", ""),
    "no-node.xml": tuned("c", "<numatune><memory mode='restrictive' nodeset='63'/></numatune>"),
    "no-partition.xml": tuned("c", "<resource><partition>/machine/nosuch</partition></resource>"),
    "relative-partition.xml": tuned("c", "<resource><partition>nosuch</partition></resource>"),
    "no-disk.xml": tuned(
        "c", "<blkiotune><device><path>/dev/nosuch</path><read_iops_sec>1</read_iops_sec></device></blkiotune>"
    ),
    "bad-weight.xml": tuned("c", "<blkiotune><weight>2000</weight></blkiotune>"),
    **sectors.DOCUMENTS,
    "cpu.xml": CPU,
    "badcpu.xml": CPU.replace("qemu64", "nosuch"),
}


class Answer(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


_COMMON_MASKS: tuple[tuple[str, str], ...] = (
    (r"/dev/pts/\d+", "/dev/pts/N"),
    (r"(CPU time: +)[\d.]+s", r"\1N"),
    (r"(_time +)[\d.]+( seconds)", r"\1N\2"),
    (r"/qemu-embed-[0-9a-f]{8}-", "/qemu-"),
    (r"(CPU: +)\d+", r"\1N"),
    (r"((?:cpu|vcpu\.\d+)\.(?:time|user|system|wait|delay)=)\d+", r"\1N"),
    (r"((?:rss|last-update|last_update)[ =])\d+", r"\1N"),
    (r"((?:_total_times|\.times|_times|of time spent.*:)[ =]*)\d+", r"\1N"),
    (r"((?:Allocation|Physical): +)[\d.]+", r"\1N"),
    (r"(\.(?:allocation|physical)=)\d+", r"\1N"),
    (r'("id":\s*"libvirt-)\d+', r"\1N"),
    (r"(Time elapsed:\s+)\d+( +\S+)?", r"\1N"),
    (r"(Image size: )\S+", r"\1N"),
    (r"(<uuid>)[0-9a-f-]{36}(</uuid>\s*<cpu>)", r"\1HOST\2"),
    (r"(block\.\d+\.(?:rd|wr|fl)\.\w+=)\d+", r"\1N"),
    (r"((?:rd|wr)_(?:req|bytes) |flush_operations )\d+", r"\1N"),
    (r"(total duration of .*: +)\d+", r"\1N"),
    (r"(?m)^( vda +\d+ +)\d+( +)\d+", r"\1N\2N"),
    (r"(rtc-change of \w: list\[)-?\d+", r"\1N"),
    (r"(<virDomain \w+ id=|\.ID\(\) -> )\d+", r"\1N"),
)


_CONTROLLERS = re.compile(r"(?: {4}<controller (?:[^\n]*/>\n|(?s:.*?) {4}</controller>\n))+")


def _in_order(controllers: re.Match[str]) -> str:
    """Controllers sorted: their order means nothing, and is not the same in all versions of libvirt."""
    return "".join(sorted(re.findall(r" {4}<controller (?:[^\n]*/>\n|(?s:.*?) {4}</controller>\n)", controllers[0])))


@dataclass
class Side:
    """One daemon with its files."""

    daemon: PrivateDaemon
    folder: Path

    def prepare(self, documents: dict[str, str]) -> None:
        """Write the documents and images."""
        self.folder.mkdir()
        for name, text in documents.items():
            (self.folder / name).write_text(self.expand(text))
        for name in ("d.qcow2", "e.qcow2"):
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", self.folder / name, "64M"], check=True)
        for name, content in {"d2.iso": bytes(65536), **sectors.IMAGES}.items():
            (self.folder / name).write_bytes(content)

    def expand(self, text: str) -> str:
        """Text with the side's folder for the placeholder."""
        return text.replace(PLACEHOLDER, str(self.folder))

    def mask(self, text: str) -> str:
        """Text without what belongs to this daemon or moment."""
        text = text.replace(str(self.folder), PLACEHOLDER).replace(self.daemon.uri(), "URI")
        places = "|".join(map(re.escape, (f"{self.daemon.state}/run", f"{self.daemon.state}/lib", "/var/lib/libvirt")))
        text = re.sub(rf"(?:{places})/qemu/save/", "STATE/save/", text)
        text = re.sub(rf"(?:{places})/qemu/(?:channel/target/|channel/)?domain-", "STATE/domain-", text)
        for pattern, replacement in _COMMON_MASKS:
            text = re.sub(pattern, replacement, text)
        return _CONTROLLERS.sub(_in_order, text)

    def virsh(self, line: str) -> Answer:
        """The masked answer to one line of the command table."""
        kind = line[0] if line[0] in "#?" else ""
        words = shlex.split(self.expand(line.removeprefix(kind)))
        if kind == "?":
            self._await(words)
            return Answer(0, "", "")
        done = stock.virsh(self.daemon.uri(), *words)
        answer = Answer(done.returncode, self.mask(done.stdout.strip()), self.mask(done.stderr.strip()))
        if kind == "#":
            return Answer(answer.code, *(re.sub(r" *\d+(\.\d+)?", " N", text) for text in answer[1:]))
        return answer

    def python(self, module: str, name: str) -> list[str]:
        """The transcript of a scenario that a module plays under stock libvirt-python."""
        done = subprocess.run(
            [stock.PYTHON, "-m", module, self.daemon.uri(), str(self.folder), name],
            cwd=ROOT,
            env=stock.environment(PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1"),
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
        lines: list[str] = json.loads(done.stdout)[name]
        return lines

    def _await(self, words: list[str]) -> None:
        """Repeat a command until it succeeds; `gone NAME` until there is no such guest."""
        gone = words[0] == "gone"
        argv = ["domstate", *words[1:]] if gone else words
        deadline = time.monotonic() + WAIT_SECONDS
        while (stock.virsh(self.daemon.uri(), *argv).returncode == 0) is gone:
            assert time.monotonic() < deadline, f"{self.daemon.name}: {' '.join(words)} does not come true"
            time.sleep(0.2)


@dataclass
class Pair:
    """The judge and manord."""

    judge: Side
    ours: Side

    def both(self, act: Callable[[Side], _T]) -> tuple[_T, _T]:
        """Do the same on both at the same time: libvirtd's result, then manord's."""
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.submit(act, self.judge), pool.submit(act, self.ours)
            return first.result(), second.result()


def lasting(compare: Callable[[], dict[str, str]]) -> list[str]:
    """The differences that are found, and found again: what guests and threads do at the same time is chance.

    `compare()` gives an account of each difference, by what it is about.
    """
    found = compare()
    again = compare() if found else {}
    return [account for about, account in again.items() if about in found]


@contextmanager
def pair(folder: Path, documents: dict[str, str] | None = None) -> Iterator[Pair]:
    """Both daemons, running, with their files."""
    with libvirtd.Libvirtd(folder / "j") as judge, manord.Manord(folder / "m") as ours:
        sides = Pair(Side(judge, folder / "jf"), Side(ours, folder / "mf"))
        for side in (sides.judge, sides.ours):
            side.prepare({**DOCUMENTS, **(documents or {})})
        yield sides
