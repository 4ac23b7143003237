# SPDX-License-Identifier: Apache-2.0
"""Files that the cases name, and an editor that changes nothing."""

from pathlib import Path

import pytest

FILES = {
    "dev.xml": "<disk type='file' device='disk'><source file='/x'/><target dev='vdb' bus='virtio'/></disk>\n",
    "vol.xml": "<volume><name>nv</name><capacity>1048576</capacity></volume>\n",
    "cpu.xml": "<cpu mode='custom' match='exact'><model>qemu64</model></cpu>\n",
    "rng.xml": "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>\n",
    "net.xml": (
        "<network><name>n7</name><bridge name='virbr7'/><ip address='10.77.0.1' netmask='255.255.255.0'>"
        "<dhcp><range start='10.77.0.2' end='10.77.0.99'/></dhcp></ip></network>\n"
    ),
    "secret.xml": (
        "<secret ephemeral='no' private='no'><uuid>0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f</uuid>"
        "<usage type='ceph'><name>client.x</name></usage></secret>\n"
    ),
    "secret.b64": "Zm9vYmFy\n",
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the cases' files are: `{tmp}` in them."""
    folder = tmp_path_factory.mktemp("c")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(autouse=True)
def quiet_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is edited, and nobody is asked."""
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
