# SPDX-License-Identifier: Apache-2.0
"""Floors: the same work with nothing around it.

A bare QEMU with libvirt's own command line, a file that is written and synced.
"""

import os
import re
import time

from bench.sides import Side
from tests.support.bareqemu import PlainQemu

# Options that name files of libvirtd's own, with their argument.
_OWN_FILES = re.compile(r"masterKey0|charmonitor")


def bare_start(side: Side, times: int = 10) -> list[float]:
    """From the start of QEMU until its processors run, with libvirt's command line for the measured guest."""
    return _lives(side, times)[0]


def bare_destroy(side: Side, times: int = 10) -> list[float]:
    """From SIGTERM until QEMU is gone."""
    return _lives(side, times)[1]


def durable_write(side: Side, times: int = 100) -> list[float]:
    """A page written into a file and brought to the disk: what no change that is durable can be quicker than."""
    path = side.folder / "durable"
    page = os.urandom(4096)
    samples = []
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.write(handle, page * times)
        os.fsync(handle)
        for number in range(times):
            begin = time.perf_counter()
            os.pwrite(handle, page, number * len(page))
            os.fdatasync(handle)
            samples.append(time.perf_counter() - begin)
    finally:
        os.close(handle)
        path.unlink()
    return samples


def _lives(side: Side, times: int) -> tuple[list[float], list[float]]:
    arguments = _bare(side.run("native_arguments"))
    starts, ends = [], []
    for _ in range(times):
        begin = time.perf_counter()
        qemu = PlainQemu(arguments)
        qemu.execute("cont")
        starts.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        qemu.process.terminate()
        qemu.process.wait()
        ends.append(time.perf_counter() - begin)
        qemu.close()
    return starts, ends


def _bare(words: list[str]) -> list[str]:
    """libvirt's words without environment, program and the options that point into its folders."""
    first = next(number for number, word in enumerate(words) if word.startswith("/") and "=" not in word)
    options = words[first + 1 :]
    kept: list[str] = []
    while options:
        length = 2 if len(options) > 1 and not options[1].startswith("-") else 1
        option, options = options[:length], options[length:]
        if not any(_OWN_FILES.search(word) for word in option):
            kept += option
    return kept
