# SPDX-License-Identifier: Apache-2.0
"""virt-install and its siblings, unchanged, on the drop-in instead of the C binding."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import libvirtd, stock

PYTHON = "/usr/bin/python3"
REPOSITORY = Path(__file__).resolve().parents[3]
PATHS = (REPOSITORY / "packages" / "libvirt" / "src", REPOSITORY / "src", Path(sysconfig.get_path("purelib")))

pytestmark = pytest.mark.skipif(shutil.which("virt-install") is None, reason="virt-install is not installed")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if libvirtd.missing() is not None:
        pytest.skip(str(libvirtd.missing()))
    with libvirtd.Libvirtd(tmp_path_factory.mktemp("judge")) as judge:
        # The connection is held open: libvirt's test host is forgotten with its last one.
        uri = judge.uri("test", "/default")
        with subprocess.Popen(
            [
                PYTHON,
                "-c",
                "import libvirt, sys; c = libvirt.open(sys.argv[1]); print(flush=True); sys.stdin.read()",
                uri,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        ) as holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"\n"
            yield uri
            holder.stdin.close()


def environment() -> dict[str, str]:
    return stock.environment(PYTHONPATH=os.pathsep.join(map(str, PATHS)))


def run(tool: str, *arguments: str) -> str:
    tool_path = shutil.which(tool)
    assert tool_path is not None
    argv = [PYTHON, tool_path, *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment(), timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_tools_get_the_drop_in() -> None:
    argv = [PYTHON, "-c", "import libvirt; print(libvirt.__file__)"]
    shown = subprocess.run(argv, capture_output=True, text=True, env=environment(), check=True).stdout
    assert Path(shown.strip()).is_relative_to(PATHS[0])


COMMON = ("--memory", "256", "--osinfo", "generic", "--graphics", "none")


@pytest.mark.parametrize("where", ["daemon", "process"])
def test_virt_install(where: str, request: pytest.FixtureRequest) -> None:
    uri = request.getfixturevalue("daemon") if where == "daemon" else "test:///default"
    for name, options in (
        ("imported", ("--disk", "none", "--import", "--noreboot")),
        ("network", ("--disk", "size=1,pool=default-pool", "--pxe", "--network", "network=default", "--wait", "0")),
        ("stored", ("--disk", "path=/default-pool/made.img,size=1", "--import", "--noreboot")),
    ):
        shown = run("virt-install", "--connect", uri, "--name", name, *COMMON, "--noautoconsole", *options)
        assert "Domain" in shown
        assert "ERROR" not in shown
    printed = run(
        "virt-install", "--connect", uri, "--name", "shown", *COMMON, "--disk", "none", "--import", "--print-xml"
    )
    assert "<name>shown</name>" in printed


def test_changing_and_cloning(daemon: str) -> None:
    run(
        "virt-install",
        "--connect",
        daemon,
        "--name",
        "origin",
        *COMMON,
        "--disk",
        "none",
        "--import",
        "--noautoconsole",
    )
    assert "defined successfully" in run(
        "virt-xml", "--connect", daemon, "origin", "--edit", "--vcpus", "2", "--define"
    )
    stock.virsh(daemon, "destroy", "origin", check=True)
    assert "created successfully" in run(
        *("virt-clone", "--connect", daemon, "--original", "origin", "--name", "copy", "--auto-clone")
    )
    assert "<vcpu placement='static'>2</vcpu>" in stock.virsh(daemon, "dumpxml", "copy", check=True).stdout
