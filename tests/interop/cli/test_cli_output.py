# SPDX-License-Identifier: Apache-2.0
"""What manor has and virsh has not: JSON everywhere, completion for shells; on manor's own test driver."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from manor.cli.settings import Settings
from manor.cli.shells import SCRIPTS
from tests.interop.cli.compare import cases, with_manor
from tests.support.stock import environment

URI = "test:///default"

SINGLE = [
    line
    for line in cases("domains", "tuning", "storage", "networks", "host", "revisions")
    if ";" not in line and "'" not in line and '"' not in line
]


def answer(*words: str) -> Any:
    outcome = with_manor(URI, "-o", "json", *words)
    assert (outcome.status, outcome.err) == (0, "")
    return json.loads(outcome.out)


@pytest.mark.parametrize("line", SINGLE)
def test_every_success_is_one_json_document(folder: Path, line: str) -> None:
    outcome = with_manor(URI, "--output", "json", line.replace("{tmp}", str(folder)))
    if outcome.status == 0 or outcome.out:
        json.loads(outcome.out)


def test_listings() -> None:
    (domain,) = answer("list --all")
    assert domain == {"id": 1, "name": "test", "uuid": domain["uuid"], "state": "running"}
    assert answer("net-list")[0]["name"] == "default"
    assert answer("pool-list --details")[0]["capacity"] == 100 << 30
    assert answer("iface-list")[0] == {"name": "eth1", "active": True, "mac": "aa:bb:cc:dd:ee:ff"}
    assert answer("domblklist test")[0]["source"] == "/guest/diskimage1"
    assert answer("snapshot-list test") == []


def test_informations() -> None:
    info = answer("dominfo test")
    assert (info["max_memory_kib"], info["cpus"], info["persistent"]) == (8388608, 2, True)
    assert answer("nodeinfo")["memory_kib"] == 3145728
    assert answer("domid test") == {"id": 1}
    assert answer("domstats test")[0]["stats"]["state.state"] == 1
    assert answer("vcpucount test") == {"config": {"maximum": 2, "current": 2}, "live": {"maximum": 2, "current": 2}}
    assert answer("dumpxml test")["xml"].startswith("<domain type='test' id='1'>")
    assert answer("dumpxml", "test", "--xpath", "//name") == ["<name>test</name>"]


def test_the_option_of_a_single_command() -> None:
    outcome = with_manor(URI, "list --name; domid test --output json")
    first, _, second = outcome.out.partition("\n\n")
    assert first == "test"
    assert json.loads(second) == {"id": 1}


def test_an_action_says_what_it_did() -> None:
    assert answer("suspend test") == {"message": "Domain 'test' suspended"}


def test_events_in_json_are_a_line_each() -> None:
    script = (
        "import sys, threading; from manor.cli.main import run; "
        "sys.exit(run(['-c', 'test:///default', '-o', 'json', "
        "'event --all --loop --timeout 1']))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    # Nothing happens to a test driver that only we hold; there is nothing to be read, and that is no success.
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")


def complete(*words: str) -> list[str]:
    outcome = with_manor(URI, "-q", "completion", "--words", "--", *words)
    assert outcome.status == 0
    return outcome.out.splitlines()


def test_completion_of_commands_and_options() -> None:
    assert complete("dominf") == ["dominfo"]
    assert {"net-list", "net-info"} <= set(complete("net-"))
    assert complete("list", "--na") == ["--name"]
    assert "--name" not in complete("list", "--name", "--")
    assert "--output" in complete("list", "--")
    assert complete("list", "--output", "j") == ["json"]
    assert complete("--conn") == ["--connect"]
    assert complete("nosuch", "") == []


def test_completion_of_objects() -> None:
    assert complete("dominfo", "") == ["test"]
    assert complete("start", "") == []
    assert complete("dominfo", "--domain", "te") == ["test"]
    assert complete("domblkinfo", "test", "") == ["vda"]
    assert complete("domifstat", "test", "") == ["testnet0", "aa:bb:cc:dd:ee:ff"]
    assert complete("net-info", "") == ["default"]
    assert complete("pool-info", "") == ["default-pool"]
    assert complete("vcpupin", "test", "") == ["0", "1"]
    assert complete("shutdown", "test", "--mode", "a") == ["acpi", "agent"]
    assert complete("snapshot-info", "test", "") == []
    assert complete("help", "backup-") == ["backup-begin", "backup-dumpxml"]
    assert complete("dominfo", "nosuch", "") == []


def test_completion_of_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.xml").touch()
    assert complete("define", f"{tmp_path}/f") == [f"{tmp_path}/file.xml", f"{tmp_path}/folder/"]


def test_completion_without_a_connection_offers_nothing() -> None:
    outcome = with_manor(URI, "-q", "completion", "--words", "--", "-c", "qemu+unix:///x?socket=/nosuch", "dominfo", "")
    assert (outcome.status, outcome.out) == (0, "")


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_completion_scripts(name: str) -> None:
    outcome = with_manor(URI, "-q", "completion", name)
    assert outcome.out == SCRIPTS[name]
    shell = shutil.which(name)
    if shell is None:
        pytest.skip(f"{name} is not installed")
    subprocess.run([shell, "-n"], input=outcome.out, text=True, check=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes(tmp_path: Path) -> None:
    (tmp_path / "manor").write_text(f'#!/bin/sh\nexec {sys.executable} -m manor.cli "$@"\n')
    (tmp_path / "manor").chmod(0o755)
    script = (
        f"{SCRIPTS['bash']}\nCOMP_WORDS=(manor -c {URI} dominfo '') COMP_CWORD=4\n_manor\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    env = environment()
    result = subprocess.run(
        ["bash"],
        input=script,
        capture_output=True,
        text=True,
        env={**env, "PATH": f"{tmp_path}:{env['PATH']}"},
        check=True,
        timeout=60,
    )
    assert result.stdout == "test\n"


def test_readonly_connections_change_nothing() -> None:
    outcome = with_manor(URI, "-r", "destroy", "test")
    assert outcome.err == (
        "error: Failed to destroy domain 'test'\n"
        "error: operation forbidden: read only access prevents virDomainDestroy\n"
    )


def test_the_uri_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from manor.cli.connection import default_uri

    for name in ("MANOR_DEFAULT_CONNECT_URI", "VIRSH_DEFAULT_CONNECT_URI", "LIBVIRT_DEFAULT_URI"):
        monkeypatch.delenv(name, raising=False)
    assert default_uri() is None
    assert Settings().uri is None
    monkeypatch.setenv("VIRSH_DEFAULT_CONNECT_URI", "test:///a")
    assert default_uri() == "test:///a"
    monkeypatch.setenv("MANOR_DEFAULT_CONNECT_URI", "test:///b")
    assert default_uri() == "test:///b"


def test_output_that_nobody_reads_is_no_failure_of_ours() -> None:
    command = f"{sys.executable} -m manor.cli help | head -1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=environment())
    assert (result.stdout, result.stderr) == ("Grouped commands:\n", "")


def test_a_pipe_closed_before_the_first_word() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "manor.cli", "-c", "test:///default", "list"]
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, env=environment(), check=False)
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, "")
