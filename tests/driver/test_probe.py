# SPDX-License-Identifier: Apache-2.0
"""Probing the installed QEMU binaries, and programs that are none."""

from __future__ import annotations

import asyncio
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from manor.constants import ErrorNumber
from manor.drivers.qemu.probe import CapsCache, QemuCaps, kvm_usable
from manor.drivers.qemu.probe_session import probe_binary
from manor.errors import ManorError
from manor.schema.domain import Domain

QEMU = shutil.which("qemu-system-x86_64")
pytestmark = pytest.mark.skipif(QEMU is None, reason="needs qemu-system-x86_64")


def program(tmp_path: Path, script: str, name: str = "emulator") -> str:
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module")
def caps() -> QemuCaps:
    assert QEMU is not None
    return asyncio.run(probe_binary(QEMU, kvm=kvm_usable()))


def test_machines(caps: QemuCaps) -> None:
    assert caps.arch == "x86_64" and caps.version >= (5, 0, 0)
    default = caps.default_machine("qemu")
    assert default is not None and default.startswith("pc-i440fx-")
    assert caps.canonical_machine("pc", "qemu") == default
    q35 = caps.machine("q35", "qemu")
    assert q35 is not None and q35.name.startswith("pc-q35-") and q35.cpu_max >= 255
    assert caps.max_cpus("isapc", "qemu") == 1 and caps.max_cpus("bogus", "qemu") == 0
    assert caps.canonical_machine("bogus", "qemu") == "bogus"
    assert caps.machine("none", "qemu") is None
    assert caps.default_cpu("q35", "qemu") == "qemu64"


def test_accelerators(caps: QemuCaps) -> None:
    assert caps.supports("qemu") and not caps.supports("xen")
    assert caps.supports("kvm") == (caps.virt_types[0] == "kvm")
    assert caps.machines("xen") == () and caps.default_machine("xen") is None
    host_cpu = caps.accel("qemu").host_cpu
    assert host_cpu is not None and host_cpu.model == "max" and host_cpu.props["sse2"] is True


def test_cpu_models(caps: QemuCaps) -> None:
    models = {cpu.name: cpu for cpu in caps.cpu_models("qemu")}
    assert models["qemu64"].usable is True
    assert models["qemu64"].alias_of == "qemu64-v1"
    assert models["max"].migration_safe is False


def test_devices_commands_options(caps: QemuCaps) -> None:
    assert caps.has_device("virtio-blk-pci") and not caps.has_device("virtio-blk-ccw")
    assert caps.has_prop("virtio-blk-pci", "iothread") and not caps.has_prop("virtio-blk-pci", "bogus")
    assert caps.has_object("memory-backend-memfd") and caps.has_prop("memory-backend-memfd", "hugetlb")
    assert caps.has_prop(f"{caps.canonical_machine('q35')}-machine", "smm")
    assert caps.has_prop("max-x86_64-cpu", "migratable")
    assert caps.device_props("virtio-blk-ccw") == frozenset()
    assert caps.has_command("blockdev-add") and not caps.has_command("bogus")
    assert caps.has_option("sandbox", "spawn") and caps.has_option("numa") and not caps.has_option("bogus")
    assert caps.has_migration_capability("events")
    assert caps.accepts("blockdev-add/arg-type/+file/aio/^io_uring")
    assert not caps.accepts("blockdev-add/arg-type/+file/aio/^bogus")
    assert caps.version_number // 1_000_000 == caps.version[0]


async def test_kept_in_memory_and_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert QEMU is not None
    cache = CapsCache(tmp_path / "cache", kvm=lambda: False)
    first, second = await asyncio.gather(cache.get(QEMU), cache.get(QEMU))
    assert first is second is await cache.get(QEMU)
    (file,) = (tmp_path / "cache").iterdir()

    async def unexpected(path: str, *, kvm: bool, account: object) -> QemuCaps:
        raise AssertionError("probed again")

    with monkeypatch.context() as patch:
        patch.setattr("manor.drivers.qemu.probe.probe_binary", unexpected)
        assert await CapsCache(tmp_path / "cache", kvm=lambda: False).get(QEMU) == first
        with pytest.raises(AssertionError, match="probed again"):
            await CapsCache(tmp_path / "cache", kvm=lambda: True).get(QEMU)
    file.write_bytes(file.read_bytes()[:1000])
    assert await CapsCache(tmp_path / "cache", kvm=lambda: False).get(QEMU) == first
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [file.name]


async def test_a_changed_binary_is_probed_again(tmp_path: Path) -> None:
    assert QEMU is not None
    binary = program(tmp_path, f'exec {QEMU} "$@"')
    cache = CapsCache(tmp_path / "cache", kvm=lambda: False)
    first = await cache.get(binary)
    assert first is await cache.get(binary)
    os.utime(binary, (0, 0))
    second = await cache.get(binary)
    assert second is not first and second == first


async def test_what_a_script_runs_counts_too(tmp_path: Path) -> None:
    assert QEMU is not None
    real = tmp_path / "real"
    shutil.copy(QEMU, real)
    script = program(
        tmp_path, f'export QEMU_MODULE_DIR=$(dirname /usr/lib*/*/qemu/accel-tcg-x86_64.so); exec {real} "$@"'
    )
    cache = CapsCache(tmp_path / "cache", kvm=lambda: False)
    first = await cache.get(script)
    assert (first.path, first.executable) == (script, str(real))
    os.utime(real, (0, 0))
    assert await cache.get(script) is not first
    again = CapsCache(tmp_path / "cache", kvm=lambda: False)
    assert await again.get(script) == first and await again.get(script) is await again.get(script)


async def test_a_directory_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    assert QEMU is not None
    (tmp_path / "file").write_text("")
    cache = CapsCache(tmp_path / "file" / "cache", kvm=lambda: False)
    assert (await cache.get(QEMU)).path == QEMU


async def test_installed(tmp_path: Path) -> None:
    installed = await CapsCache(tmp_path).get_installed()
    assert installed["x86_64"].path == QEMU
    assert "alpha" not in installed or installed["alpha"].arch == "alpha"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nonexistent", "Cannot check QEMU binary /nonexistent: No such file or directory"),
        ("qemu-system-x86_64", "Cannot check QEMU binary qemu-system-x86_64: No such file or directory"),
        ("", "Cannot check QEMU binary : No such file or directory"),
        ("/tmp", "QEMU binary /tmp is not executable: Is a directory"),
        ("/etc/passwd", "QEMU binary /etc/passwd is not executable: Permission denied"),
    ],
)
async def test_what_is_no_program(path: str, message: str) -> None:
    with pytest.raises(ManorError) as caught:
        await CapsCache().get(path)
    assert (caught.value.code, str(caught.value)) == (ErrorNumber.SYSTEM_ERROR, message)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo boo hoo >&2; exit 3", "boo hoo\n"),
        ("exit 3", "exit status 3"),
        ("kill -SEGV $$", "fatal signal 11"),
        (f'exec {sys.executable} -c "$(cat $0.py)" "$*"', "Error while processing monitor IO"),
    ],
)
async def test_what_is_no_qemu(tmp_path: Path, script: str, reason: str) -> None:
    # Speaks into the monitor, whose descriptor number is in the arguments.
    garbage = "import os, re, signal, sys\n"
    garbage += "os.write(int(re.search('fd=(.*?) ', sys.argv[1])[1]), b'garbage\\n'); signal.pause()"
    (tmp_path / "emulator.py").write_text(garbage)
    binary = program(tmp_path, script)
    with pytest.raises(ManorError) as caught:
        await CapsCache().get(binary)
    assert caught.value.code == ErrorNumber.INTERNAL_ERROR
    assert f"Failed to start QEMU binary {binary} for probing: " in str(caught.value)
    assert reason in str(caught.value)


async def test_what_hangs(tmp_path: Path) -> None:
    binary = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    with pytest.raises(ManorError, match=r"did not answer a probe within 0\.5 seconds") as caught:
        await probe_binary(binary, kvm=False, timeout=0.5)
    assert caught.value.code == ErrorNumber.OPERATION_TIMEOUT
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


async def test_closing_ends_probes(tmp_path: Path) -> None:
    binary = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    cache = CapsCache()
    waiting = asyncio.ensure_future(cache.get(binary))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        await asyncio.sleep(0.005)
    await cache.aclose()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


PROBING = """
import asyncio, sys
from manor.drivers.qemu.probe import CapsCache
asyncio.run(CapsCache().get(sys.argv[1]))
"""


def test_a_probe_ends_with_the_program_that_asks(tmp_path: Path) -> None:
    binary = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    asking = subprocess.Popen([sys.executable, "-c", PROBING, binary])
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.005)
    probed = os.pidfd_open(int((tmp_path / "pid").read_text()))
    asking.kill()
    asking.wait()
    assert select.select([probed], [], [], 30)[0]
    os.close(probed)


async def test_for_domain() -> None:
    def domain(arch: str = "", emulator: str = "") -> Domain:
        devices = f"<devices><emulator>{emulator}</emulator></devices>" if emulator else ""
        return Domain.parse(f"<domain type='qemu'><name>x</name><os><type{arch}>hvm</type></os>{devices}</domain>")

    cache = CapsCache(host_arch="x86_64", kvm=lambda: False)
    assert (await cache.for_domain(domain())).path == QEMU
    assert (await cache.for_domain(domain(emulator=str(QEMU)))).path == QEMU
    with pytest.raises(ManorError, match="unsupported configuration: No emulator found for arch 'unicore32'"):
        await cache.for_domain(domain(" arch='unicore32'"))
    with pytest.raises(ManorError, match="Cannot check QEMU binary /nonexistent"):
        await cache.for_domain(domain(emulator="/nonexistent"))
