# SPDX-License-Identifier: Apache-2.0
"""The same programs through the C binding and through ours, on libvirt's test driver: the same results.

Through a real libvirtd both are clients of the same daemon, so that only the bindings differ. In process each has its
own test driver, so that the driver is compared as well.
"""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import libvirtd, stock

BODIES = Path(__file__).with_name("bodies.py")
API = Path(__file__).resolve().parents[4] / "shared" / "facts" / "api.json"
NAMES = (
    *("connection", "lookups", "domains", "tuning", "saving", "networks", "storage", "host", "readonly", "streams"),
    "events",
)

pytestmark = pytest.mark.skipif(stock.missing_python() is not None, reason=str(stock.missing_python()))

# Steps that shall differ, and why.
INTENDED: dict[str, str] = {
    "virDomain.guestVcpus": "newer bindings raise here, 9.0.0 returns None",
    "virDomain.securityLabelList": "9.0.0 mistakes an empty list for a failure",
    "bad flags": "flags of opening that no driver knows are not passed on",
    **dict.fromkeys(
        (
            "virDomain.launchSecurityInfo",
            "virDomain.schedulerParametersFlags",
            "virDomain.setSchedulerParametersFlags",
        ),
        "libvirt's test driver refuses a flag that libvirt's own library adds",
    ),
    "virConnect.allocPages": "the C binding trips over its own feet when it is given no dict",
    "virConnect.domainListGetStats": "given something else, the C binding shows whatever error came last",
}


# Steps in which manor's test driver is known to differ from libvirt's; each is a gap to close there.
DRIVER_GAPS: dict[str, str] = {
    "getCPUModelNames": "no CPU models yet",
    "getCPUModelNames bad": "no CPU models yet",
    "virConnect.getCPUModelNames": "no CPU models yet",
    "baselineCPU none": "no CPU models yet",
    "virConnect.baselineCPU": "no CPU models yet",
    "blockIoTune": "the group's name is left out while it is empty",
    "pinned": "lists the vCPUs there may be, libvirt those there are",
    "virNetwork.isActive": "names the network, libvirt its UUID",
    "virNetwork.update": "names the network, libvirt its UUID",
    "virStoragePool.createXMLFrom": "looks for the volume before it reads the XML",
    "virConnect.findStoragePoolSources": "looks at the type before it reads the XML",
    "virDomain.metadata": "takes a URI where there may be none",
    "virDomain.setMetadata": "takes a URI where there may be none",
    "virConnect.listAllDevices": "another order",
    **dict.fromkeys(
        (f"virDomain.{method}" for method in ("resume", "suspend", "shutdown", "shutdownFlags")),
        "names a renamed domain anew, libvirt as the caller knew it",
    ),
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if libvirtd.missing() is not None:
        pytest.skip(str(libvirtd.missing()))
    with libvirtd.Libvirtd(tmp_path_factory.mktemp("judge")) as judge:
        yield f"test+unix:///default?socket={judge.socket}"


def run(interpreter: str, body: str, uri: str, folder: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    argv = [interpreter, str(BODIES), body, uri, str(API), str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, env=stock.environment(), check=False, timeout=120)
    assert done.returncode == 0, f"{interpreter} {body}: {done.stderr[-3000:]}"
    return done.stdout.splitlines()


def check_same(body: str, uri: str, tmp_path: Path) -> None:
    left_out = INTENDED if "socket=" in uri else {**INTENDED, **DRIVER_GAPS}
    lines = []
    # Both use the same folder: its name is in messages.
    for interpreter in ("/usr/bin/python3", sys.executable):
        shown = run(interpreter, body, uri, tmp_path / "scratch")
        lines.append([line for line in shown if json.loads(line)[0] not in left_out])
    theirs, ours = lines
    difference = "\n".join(difflib.unified_diff(theirs, ours, "C binding", "manor", lineterm="", n=0))
    assert len(theirs) > 5
    assert not difference, difference


@pytest.mark.parametrize("body", NAMES)
def test_over_a_daemon(body: str, daemon: str, tmp_path: Path) -> None:
    check_same(body, daemon, tmp_path)


@pytest.mark.parametrize("body", NAMES)
def test_in_process(body: str, tmp_path: Path) -> None:
    check_same(body, "test:///default", tmp_path)


@pytest.mark.skipif(not API.exists(), reason="the API description is not beside the repository")
@pytest.mark.parametrize("where", ["daemon", "process"])
def test_every_method(where: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    uri = request.getfixturevalue("daemon") if where == "daemon" else "test:///default"
    check_same("sweep", uri, tmp_path)
