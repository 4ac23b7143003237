# SPDX-License-Identifier: Apache-2.0
"""Debian's virt-admin on manord's admin socket; single calls compared with a real libvirtd's answers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from manor.records import AdminClientRef, AdminServerRef, TypedParam
from tests.support.libvirtd import Libvirtd
from tests.support.manord_process import ManordProcess
from tests.support.rawclient import RawClient
from tests.support.stock import environment

needs_virt_admin = pytest.mark.skipif(shutil.which("virt-admin") is None, reason="virt-admin is not installed")


@pytest.fixture(scope="module")
def shared() -> Iterator[ManordProcess]:
    """A manord that tests leave as they found it."""
    with tempfile.TemporaryDirectory() as folder, ManordProcess(Path(folder) / "m") as manord:
        yield manord


@pytest.fixture
def own() -> Iterator[ManordProcess]:
    """A manord for one test."""
    with tempfile.TemporaryDirectory() as folder:
        manord = ManordProcess(Path(folder) / "m").start()
        yield manord
        manord.close()


def virt_admin(manord: ManordProcess, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["virt-admin", "--connect", manord.admin_uri, *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )


def told(manord: ManordProcess, *words: str) -> dict[str, str]:
    """A command's answer of `name : value` lines."""
    result = virt_admin(manord, *words)
    assert result.returncode == 0, result.stderr
    return dict(re.findall(r"^(\w+) *: (.*)$", result.stdout, re.MULTILINE))


@needs_virt_admin
def test_servers(shared: ManordProcess) -> None:
    rows = virt_admin(shared, "srv-list").stdout.split()
    assert rows[-4:] == ["0", "manord", "1", "admin"]
    assert "No server named 'x'" in virt_admin(shared, "srv-clients-list", "x").stderr


@needs_virt_admin
def test_clients(shared: ManordProcess) -> None:
    with RawClient(shared.socket) as client:
        client.open()
        assert told(shared, "srv-clients-info", "manord") == {
            "nclients_max": "5000",
            "nclients": "1",
            "nclients_unauth_max": "20",
            "nclients_unauth": "0",
        }
        (number,) = re.findall(r"^ (\d+) +unix ", virt_admin(shared, "srv-clients-list", "manord").stdout, re.MULTILINE)
        info = told(shared, "client-info", "manord", "--client", number)
        assert info["transport"] == "unix"
        assert info["readonly"] == "no"
        assert info["unix_process_id"] == str(os.getpid())
        assert virt_admin(shared, "client-disconnect", "manord", "--client", number).returncode == 0
        assert client.is_closed()
    with RawClient(shared.socket) as anonymous:
        anonymous.ping()
        anonymous.receive()
        assert told(shared, "srv-clients-info", "manord")["nclients_unauth"] == "1"
    with RawClient(shared.readonly_socket) as reader:
        reader.open()
        (number,) = re.findall(r"^ (\d+) +unix ", virt_admin(shared, "srv-clients-list", "manord").stdout, re.MULTILINE)
        assert told(shared, "client-info", "manord", "--client", number)["readonly"] == "yes"


@needs_virt_admin
def test_limits(own: ManordProcess) -> None:
    limits = ["--max-clients", "100", "--max-unauth-clients", "3"]
    assert virt_admin(own, "srv-clients-set", "manord", *limits).returncode == 0
    found = told(own, "srv-clients-info", "manord")
    assert (found["nclients_max"], found["nclients_unauth_max"]) == ("100", "3")
    clients = [RawClient(own.socket) for _ in range(4)]
    clients[3].post("auth_list")
    assert clients[3].is_silent()
    clients[0].ask("auth_list")
    assert clients[3].receive().error is None
    for client in clients:
        client.close()


@needs_virt_admin
def test_workers(own: ManordProcess) -> None:
    assert told(own, "srv-threadpool-info", "manord") == {
        "minWorkers": "5",
        "maxWorkers": "1000",
        "nWorkers": "5",
        "freeWorkers": "5",
        "prioWorkers": "5",
        "jobQueueDepth": "0",
    }
    assert virt_admin(own, "srv-threadpool-set", "manord", "--max-workers", "7").returncode == 0
    assert told(own, "srv-threadpool-info", "manord")["maxWorkers"] == "7"
    result = virt_admin(own, "srv-threadpool-set", "manord", "--max-workers", "1")
    assert "minWorkers cannot be larger than maxWorkers" in result.stderr


@needs_virt_admin
def test_logging(own: ManordProcess) -> None:
    log = own.root / "extra.log"
    assert virt_admin(own, "daemon-log-outputs", f"1:file:{log} 3:stderr").returncode == 0
    assert f"1:file:{log} 3:stderr" in virt_admin(own, "daemon-log-outputs").stdout
    assert virt_admin(own, "daemon-log-filters", "1:peer").returncode == 0
    assert "1:*peer*" in virt_admin(own, "daemon-log-filters").stdout
    with RawClient(own.socket) as client:
        client.open()
    virt_admin(own, "srv-list")
    assert "the client hung up" in log.read_text()
    assert "Malformed format for filter 'x'" in virt_admin(own, "daemon-log-filters", "x").stderr
    assert virt_admin(own, "daemon-log-filters", "").returncode == 0


@needs_virt_admin
def test_certificates_where_there_are_none(shared: ManordProcess) -> None:
    assert "no tls service found" in virt_admin(shared, "srv-update-tls", "manord").stderr


@needs_virt_admin
def test_stopping_an_idle_daemon(own: ManordProcess) -> None:
    assert virt_admin(own, "daemon-timeout", "--timeout", "1").returncode == 0
    assert own.process.wait(30) == 0


def test_stopping_it_at_once(own: ManordProcess) -> None:
    with RawClient(own.admin_socket) as admin:
        admin.ask("admin:connect_open", 0)
        assert admin.call("admin:connect_daemon_shutdown", 4).error is not None
        admin.ask("admin:connect_daemon_shutdown", 1)
        assert own.process.wait(30) == 0


SERVER = AdminServerRef("libvirtd")
NOBODY = AdminClientRef(SERVER, 9999, 0, 0)
CALLS: tuple[tuple[Any, ...], ...] = (
    ("connect_list_servers", 0, 0),
    ("connect_list_servers", 1, 5),
    ("connect_lookup_server", "x", 0),
    ("connect_lookup_server", "libvirtd", 3),
    ("server_get_threadpool_parameters", SERVER, 1),
    ("server_set_threadpool_parameters", SERVER, [TypedParam("nWorkers", 2, 5)], 0),
    ("server_set_threadpool_parameters", SERVER, [TypedParam("foo", 2, 5)], 0),
    ("server_set_threadpool_parameters", SERVER, [TypedParam("maxWorkers", 1, 5)], 0),
    ("server_set_threadpool_parameters", SERVER, [TypedParam("maxWorkers", 2, 50)] * 2, 0),
    ("server_set_threadpool_parameters", SERVER, [TypedParam("minWorkers", 2, 99999)], 0),
    ("server_set_threadpool_parameters", SERVER, [], 0),
    ("server_get_client_limits", SERVER, 0),
    ("server_set_client_limits", SERVER, [TypedParam("nclients", 2, 5)], 0),
    ("server_set_client_limits", SERVER, [TypedParam("nclients_max", 2, 5)], 0),
    ("server_set_client_limits", SERVER, [TypedParam("nclients_unauth_max", 2, 99999)], 0),
    ("server_list_clients", SERVER, 1, 0),
    ("server_lookup_client", SERVER, 9999, 0),
    ("client_get_info", NOBODY, 0),
    ("client_get_info", NOBODY, 1),
    ("client_close", NOBODY, 0),
    ("connect_get_logging_filters", 0),
    ("connect_get_logging_filters", 1),
    ("connect_set_logging_outputs", "9:foo", 0),
    ("connect_set_logging_outputs", "1:foo", 0),
    ("connect_set_logging_outputs", "1:file", 0),
    ("connect_set_logging_filters", "x", 0),
    ("connect_set_logging_filters", "1:", 0),
    ("connect_set_logging_filters", None, 0),
    ("server_update_tls_files", SERVER, 0),
    ("connect_set_daemon_timeout", 100, 1),
    ("connect_close",),
)


def test_single_calls_as_libvirtd_answers_them(libvirtd: Libvirtd) -> None:
    # On libvirt's sockets manord's server is called as libvirt's.
    with (
        tempfile.TemporaryDirectory() as folder,
        ManordProcess(
            Path(folder) / "m",
            arguments=["--libvirt-sockets"],
            config=f"[unix]\nfolder = '{folder}/s'\n",
        ),
    ):
        answers, servers = [], []
        for path in (libvirtd.admin_socket, Path(folder) / "s/libvirt-admin-sock"):
            found = {}
            with RawClient(path) as client:
                client.ask("admin:connect_open", 0)
                # libvirtd names its servers in the order of a hash table, another one in each process.
                servers.append(sorted(client.ask("admin:connect_list_servers", 1, 0)[0]))
                for call in CALLS:
                    raw = client.call(f"admin:{call[0]}", *call[1:])
                    found[call[0], str(call[1:])] = raw.error or raw.packet.payload
            answers.append(found)
        theirs, ours = answers
        assert ours == theirs
        assert servers[0] == servers[1]
