# SPDX-License-Identifier: Apache-2.0
"""virsh, and manor's own command, on pools and volumes of manord and of a real libvirtd."""

from __future__ import annotations

import difflib
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.interop.qemu.sides import Answer, Pair, Side
from tests.interop.storage.commands import commands
from tests.support.manord import Manord
from tests.support.stock import environment, virsh

MASKS: Final = ((r"\b[0-9a-f]{8}-[0-9a-f-]{27}", "UUID"), (r"(?m)^ *-+$|  +", " "))
"""UUIDs are the daemons' own, and columns are as wide as what is in them."""


def play(side: Side) -> list[Answer]:
    """The answers to all commands, in order."""
    return [_masked(side.virsh(line.removeprefix("#")), figures=line.startswith("#")) for line in commands()]


def _masked(answer: Answer, *, figures: bool) -> Answer:
    texts = list(answer[1:])
    for pattern, replacement in (*MASKS, (r"\d+(\.\d+)?", "N")) if figures else MASKS:
        texts = [re.sub(pattern, replacement, text) for text in texts]
    return Answer(answer.code, *texts)


def test_virsh(pair: Pair) -> None:
    wanted, found = pair.both(play)
    differences = []
    for command, judge, ours in zip(commands(), wanted, found, strict=True):
        if judge != ours:
            lines = difflib.unified_diff(str(judge).split("\\n"), str(ours).split("\\n"), n=0, lineterm="")
            differences.append("\n".join([f"$ virsh {command}", *lines]))
    assert not differences, f"{len(differences)} differ:\n" + "\n".join(differences)


LOOKS: Final = (
    "pool-list --all --details",
    "pool-info p",
    "pool-dumpxml p",
    "pool-capabilities",
    "vol-list p --details",
    "vol-info v p",
    "vol-dumpxml w p",
    "vol-path v p",
    "vol-pool {folder}/p/v",
)

END: Final = ("destroy", "delete", "undefine")


def test_our_own_command_says_the_same(manord: Manord, tmp_path: Path) -> None:
    """manor's command does the work on manord, and shows what virsh shows."""
    manor = str(Path(sys.executable).with_name("manor"))

    def run(line: str) -> subprocess.CompletedProcess[str]:
        argv = [manor, "--connect", manord.uri(), *shlex.split(line.format(folder=tmp_path))]
        return subprocess.run(argv, capture_output=True, text=True, env=environment(), check=False, timeout=60)

    (tmp_path / "content").write_bytes(b"content" * 1000)
    for line in (
        "pool-define-as p dir --target {folder}/p",
        "pool-build p",
        "pool-start p",
        "vol-create-as p v 1M",
        "vol-create-as p w 1M --format qcow2",
        "vol-upload v {folder}/content p",
        "vol-download v {folder}/back p --length 7000",
        "vol-clone w x p",
        "vol-wipe x p",
        "vol-resize v 2M p",
        "pool-refresh p",
    ):
        done = run(line)
        assert done.returncode == 0, f"{line}: {done.stderr}"
    assert (tmp_path / "back").read_bytes() == (tmp_path / "content").read_bytes()
    for line in LOOKS:
        words = shlex.split(line.format(folder=tmp_path))
        assert run(line).stdout == virsh(manord.uri(), *words, check=True).stdout, line
    for line in (*(f"vol-delete {name} p" for name in "vwx"), *(f"pool-{word} p" for word in END)):
        done = run(line)
        assert done.returncode == 0, f"{line}: {done.stderr}"
    assert not (tmp_path / "p").exists()
