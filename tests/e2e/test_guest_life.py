# SPDX-License-Identifier: Apache-2.0
"""A real Linux guest through the asyncio API: console, agent, balloon, vCPUs, save and restore, reboot, shutdown."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

import manor
from manor.api import Connection, DataStream, Domain
from manor.constants import (
    ConnectDomainEventAgentLifecycleState,
    DomainGuestInfoTypes,
    DomainMemoryStatTags,
    DomainRebootFlagValues,
    DomainRunningReason,
    DomainShutdownFlagValues,
    DomainShutoffReason,
    DomainState,
)
from manor.drivers.interface import Hole
from manor.records.events import DomainAgentLifecycleEvent, DomainLifecycleEvent, DomainRebootEvent
from tests.support.guest import BANNER, PROMPT, GuestImage
from tests.support.qemu import missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

BOOT_SECONDS = 120

DOCUMENT = """
<domain type='qemu'>
  <name>life</name>
  <memory unit='MiB'>192</memory>
  <vcpu current='1'>2</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{kernel}</kernel><initrd>{initrd}</initrd><cmdline>{cmdline}</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='maximum'/>
  <devices>
    <interface type='user'><model type='virtio'/></interface>
    <console type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <memballoon model='virtio'><stats period='1'/></memballoon>
  </devices>
</domain>
"""


class Terminal:
    """The guest's console: waits for text, types commands."""

    def __init__(self, stream: DataStream) -> None:
        self._stream = stream
        self._seen = ""

    async def expect(self, text: str) -> str:
        """Everything up to and including the next `text`."""
        async with asyncio.timeout(BOOT_SECONDS):
            while text not in self._seen:
                chunk = await self._stream.read()
                assert chunk is not None, f"the console ended before {text!r}: {self._seen[-400:]}"
                assert not isinstance(chunk, Hole)
                self._seen += chunk.decode(errors="replace")
        before, _, self._seen = self._seen.partition(text)
        return before + text

    async def run(self, command: str) -> str:
        """The output of a command typed at the prompt."""
        await self._stream.write(f"{command}\n".encode())
        return (await self.expect(PROMPT)).partition("\n")[2]


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    # A short path: sockets below it have a limit of 107 bytes.
    root = Path(tempfile.mkdtemp(prefix="manor-e2e-"))
    try:
        async with manor.connect(f"qemu:///embed?root={root}") as opened:
            yield opened
            for domain in await opened.domains():
                if await domain.is_active():
                    await domain.destroy()
    finally:
        shutil.rmtree(root)


async def boot(connection: Connection, image: GuestImage) -> tuple[Domain, Terminal, DataStream]:
    document = DOCUMENT.format(
        kernel=escape(str(image.kernel)), initrd=escape(str(image.initrd)), cmdline=escape(image.cmdline)
    )
    domain = await connection.define_domain(document)
    await domain.start(1)
    stream = await domain.console()
    await domain.resume()
    terminal = Terminal(stream)
    await terminal.expect(BANNER)
    await terminal.expect(PROMPT)
    return domain, terminal, stream


async def until_agent(domain: Domain) -> None:
    async with domain.events(DomainAgentLifecycleEvent) as events, asyncio.timeout(BOOT_SECONDS):
        while "state='connected'" not in await domain.xml():
            event = await events.get()
            assert isinstance(event, DomainAgentLifecycleEvent)
            if event.state == ConnectDomainEventAgentLifecycleState.CONNECTED:
                return


async def test_a_guest_from_boot_to_power_off(connection: Connection, test_guest: GuestImage) -> None:
    domain, terminal, stream = await boot(connection, test_guest)
    assert "Linux" in await terminal.run("uname -s")
    assert (await domain.stats()).cpu_time_ns

    reported = {figure.tag for figure in await domain.memory_stats()}
    assert DomainMemoryStatTags.RSS in reported

    if test_guest.agent:
        await until_agent(domain)
        assert await domain.hostname() == "manor-guest"
        assert (await domain.guest_time()).seconds > 0
        info = await domain.guest_info(DomainGuestInfoTypes.OS | DomainGuestInfoTypes.HOSTNAME)
        assert info["os.id"] == "manor-guest"
        assert info["hostname"] == "manor-guest"
        names = {found.name for found in await domain.addresses()}
        assert {"lo", "eth0"} <= names

    await terminal.run("echo kept > /tmp/note")
    image = Path(tempfile.mkdtemp(prefix="manor-save-")) / "state"
    try:
        await stream.abort()
        await domain.save(image)
        assert await domain.state() == (DomainState.SHUTOFF, DomainShutoffReason.SAVED)
        await connection.restore(image)
        assert await domain.state() == (DomainState.RUNNING, DomainRunningReason.RESTORED)
    finally:
        shutil.rmtree(image.parent)
    async with await domain.console() as again:
        assert "kept" in await Terminal(again).run("cat /tmp/note")

    async with domain.events(DomainLifecycleEvent) as events, asyncio.timeout(60):
        await domain.shutdown(DomainShutdownFlagValues.ACPI_POWER_BTN)
        await domain.wait_for(DomainState.SHUTOFF)
        assert (await domain.state())[1] == DomainShutoffReason.SHUTDOWN
        assert await events.get()
    await domain.undefine()


async def test_reboot_and_agent_shutdown(connection: Connection, test_guest: GuestImage) -> None:
    domain, terminal, _stream = await boot(connection, test_guest)
    async with domain.events(DomainRebootEvent) as events:
        await domain.reboot(DomainRebootFlagValues.ACPI_POWER_BTN)
        await terminal.expect(BANNER)
        await terminal.expect(PROMPT)
        async with asyncio.timeout(10):
            assert await events.get()
    assert await domain.is_active()
    if test_guest.agent:
        await until_agent(domain)
        await domain.shutdown(DomainShutdownFlagValues.GUEST_AGENT)
        async with asyncio.timeout(60):
            await domain.wait_for(DomainState.SHUTOFF)
        assert (await domain.state())[1] == DomainShutoffReason.SHUTDOWN


async def test_vcpus_are_plugged_in(connection: Connection, test_guest: GuestImage) -> None:
    domain, terminal, _stream = await boot(connection, test_guest)
    assert (await terminal.run("nproc")).strip().startswith("1")
    await domain.set_vcpus(2)
    await terminal.run("until [ -e /sys/devices/system/cpu/cpu1 ]; do usleep 50000; done")
    await terminal.run("echo 1 > /sys/devices/system/cpu/cpu1/online")
    assert (await terminal.run("nproc")).strip().startswith("2")
    assert len(await domain.vcpus()) == 2
