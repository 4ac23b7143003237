# SPDX-License-Identifier: Apache-2.0
"""Where manord's answers differ from libvirtd's on purpose, each with the reason. Whoever adds one reviews it."""

from __future__ import annotations

import re
from typing import Final

from tests.interop.qemu.sides import Answer

NOT_YET: Final = "this function is not supported by the connection driver"
SERVICES: Final = ("net-", "pool-", "vol-", "secret-", "nwfilter-", "iface-", "nodedev-", "snapshot-", "checkpoint-")
"""Commands of object families with services of their own: until manord has one, it must say so and nothing else."""

REMOVED: Final[dict[str, str]] = {
    r"(?s:  <guest>\n    <os_type>hvm</os_type>\n    <arch name='loongarch64'>.*?  </guest>\n\n?)": (
        "libvirt 9.0 does not know the architecture that this machine's QEMU has"
    ),
    r" *<machine [^\n]*>pica61</machine>\n": "one of two names of a machine type, whose order differs",
    r"(?m)^ *cpu\.(?:time|user|system)=N\n": "libvirtd gives its own control group's time to a guest that is off",
}
"""Parts of answers that are left out on both sides."""

WORDS: Final[dict[str, str]] = {
    "nodecpustats --cpu 99": "manord finds the CPU missing in the first of virsh's two calls",
    "define DIR/badmachine.xml": "manord says that the machine type is unknown, not what follows from that",
    "define DIR/unknown.xml --validate": "manord names the element and its line",
}
"""Commands that fail on both sides, with other words."""

ANSWERS: Final[dict[str, str]] = {
    "domblkstat g vda --human": "how much the firmware has read is the moment's",
    "domjobinfo g --completed": "the last job was a dump: manord keeps its figures, libvirtd those of the save before",
}
"""Commands whose answers may differ in any way."""


UNORDERED: Final[dict[str, str]] = {
    "domblklist g": "where among disks of other buses a new one is put is nobody's promise",
}
"""Commands that list in another order."""


def excused(command: str, judge: Answer, ours: Answer) -> bool:
    """Whether two answers are the same, or differ as they may."""
    if command in ANSWERS or (command.startswith(SERVICES) and NOT_YET in ours.err):
        return True
    if command in UNORDERED:
        return sorted(judge.out.splitlines()) == sorted(ours.out.splitlines())
    if command in WORDS:
        return judge.code == ours.code != 0 and bool(ours.err)
    return _without(judge) == _without(ours)


def _without(answer: Answer) -> Answer:
    out = f"{answer.out}\n"
    for pattern in REMOVED:
        out = re.sub(pattern, "", out)
    return answer._replace(out=out)


SCENARIO_DIFFERENCES: Final[dict[str, str]] = {
    r"getLibVersion\(\)": "each daemon has its own version",
    r"event agent-lifecycle of g: list\[2, 2\]": "libvirtd repeats that a channel is closed when a restored guest runs",
    r"event migration-iteration": "how many passes a save takes is the moment's",
    r"event reboot of": "one reset may be several: firmware and kernel try again in their own time",
    r"event lifecycle of \w+: list\[6, 2\]": "libvirtd stops listening to a QEMU it ends, often before its SHUTDOWN",
    r"event lifecycle of panic: list\[3, 0\]": "libvirtd may see that the processors stopped before it sees why",
    r"event control-error": "libvirtd finds its own end of the monitor closed, sometimes",
    r"getMemoryStats\(99\)": "the second number of the error is unused",
    r"a\.shutdownFlags\(2\)": "whether a guest's agent ends before libvirtd takes its command as done is chance",
    r"createXML.*/nosuch/kernel": "manord gives QEMU's own words",
}
"""Lines of transcripts that may be on one side only."""
