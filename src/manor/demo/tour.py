# SPDX-License-Identifier: Apache-2.0
"""The tour of `make demo`: a real Linux guest from its definition to its shutdown, with manor's asyncio API.

It uses manor as any program would, and the command line as any user would. Everything it makes is below
one temporary folder; whatever happens, the guest ends and the folder goes.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from xml.sax.saxutils import escape

from manor.api import Domain, connect
from manor.constants import DomainState
from manor.demo.console import GuestConsole
from manor.demo.guest import BANNER, PROMPT, GuestImage, build
from manor.demo.progress import Progress
from manor.errors import ManorError

NAME = "demo"

_BOOT_SECONDS = 90
_SHUTDOWN_SECONDS = 60
_FIGURES = 6
_COMMANDS = ("uname -srm", "ip -4 -o addr show eth0 | cut -d' ' -f2,7")
_WORK = "timeout 2 sha256sum /dev/zero &"
_FIGURE_INTERVAL_SECONDS = 0.5

# Emulated on purpose: it works on every machine, and boots in seconds all the same.
_DOCUMENT = """\
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>{kernel}</kernel>
    <initrd>{initrd}</initrd>
    <cmdline>{cmdline}</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='maximum'/>
  <devices>
    <interface type='user'><model type='virtio'/></interface>
    <console type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <memballoon model='virtio'><stats period='1'/></memballoon>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>
"""


class TourError(Exception):
    """Something the tour shows does not do what it should."""


async def tour(cache: Path, progress: Progress) -> None:
    """Show the guest's life. Raises ManorError and PackageError as they come, with everything cleaned up."""
    with progress.step("A small Linux guest: Debian's kernel, our initramfs"):
        image = await asyncio.to_thread(build, cache, progress.say)
    # A short path: sockets below it have a limit of 107 bytes.
    root = Path(tempfile.mkdtemp(prefix="manor-demo-"))
    uri = f"qemu:///embed?root={root}"
    try:
        await _show(uri, image, progress)
    finally:
        with progress.step("Cleaning up"):
            await _remove_guest(uri)
            shutil.rmtree(root, ignore_errors=True)
    left = _processes_below(root)
    if left:
        raise TourError(f"still running: {', '.join(map(str, left))}")
    progress.say("nothing is left behind")


async def _show(uri: str, image: GuestImage, progress: Progress) -> None:
    with progress.step(f"Defining and starting a guest on {uri}"):
        async with connect(uri) as connection:
            domain = await connection.define_domain(_document(image))
            await domain.start()
    # The connection is closed: a guest does not need the program that started it.
    async with _found_again(uri) as domain, await domain.console() as stream:
        console = GuestConsole(stream, progress.guest_says)
        with progress.step("Booting, as seen on the serial console"):
            async with asyncio.timeout(_BOOT_SECONDS):
                await console.until_line(BANNER)
        with progress.step("Commands typed at the guest's console"):
            for command in _COMMANDS:
                progress.command(command)
                await console.run(command, PROMPT)
        with progress.step("Live figures, while the guest works for two seconds"):
            await console.run(_WORK, PROMPT)
            await _figures(domain, progress)
    with progress.step("The command line finds the running guest"):
        for arguments in (["list"], ["dominfo", NAME]):
            await _command(uri, arguments, progress)
    async with _found_again(uri) as domain:
        with progress.step("Shutting down over ACPI"):
            await domain.shutdown()
            async with asyncio.timeout(_SHUTDOWN_SECONDS):
                await domain.wait_for(DomainState.SHUTOFF)


def _document(image: GuestImage) -> str:
    return _DOCUMENT.format(
        name=NAME,
        kernel=escape(str(image.kernel)),
        initrd=escape(str(image.initrd)),
        cmdline=escape(image.cmdline),
    )


@asynccontextmanager
async def _found_again(uri: str) -> AsyncIterator[Domain]:
    async with connect(uri) as connection:
        yield await connection.domain(NAME)


async def _figures(domain: Domain, progress: Progress) -> None:
    clock = asyncio.get_running_loop().time
    before, last = await domain.stats(), clock()
    for _ in range(_FIGURES):
        await asyncio.sleep(_FIGURE_INTERVAL_SECONDS)
        stats, now = await domain.stats(), clock()
        share = ((stats.cpu_time_ns or 0) - (before.cpu_time_ns or 0)) / 1e9 / (now - last)
        resident = (stats.memory_resident_kib or 0) / 1024
        progress.say(f"CPU {progress.bar(share)} {share:4.0%}   memory {resident:.0f} MiB resident")
        before, last = stats, now


async def _command(uri: str, arguments: list[str], progress: Progress) -> None:
    manor = Path(sys.executable).with_name("manor")
    progress.command(f"manor -c {uri} {' '.join(arguments)}")
    process = await asyncio.create_subprocess_exec(
        manor,
        "-c",
        uri,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    progress.say(output.decode(errors="replace").rstrip())
    if process.returncode != 0:
        raise TourError(f"manor {' '.join(arguments)} ended with {process.returncode}")


async def _remove_guest(uri: str) -> None:
    """End the guest if it still runs, and forget it."""
    async with connect(uri) as connection:
        for domain in await connection.domains():
            # It may end by itself between the question and the call.
            with suppress(ManorError):
                if await domain.is_active():
                    await domain.destroy()
            await domain.undefine()


def _processes_below(root: Path) -> list[int]:
    """Processes that have the folder in their arguments, as QEMU has."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            # Processes come and go, and some are another user's.
            with suppress(OSError):
                if os.fsencode(root) in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
    return found
