# SPDX-License-Identifier: Apache-2.0
"""What is mounted for pools of types fs and netfs, and by which commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from manor.errors import ManorError
from manor.schema import pool_rules
from manor.schema.pool import Pool
from manor.storage.folder import mounts

NFS = "<host name='server'/><dir path='/export'/>"


def pool(kind: str, source: str, options: str = "") -> Pool:
    """A pool at /pool."""
    namespace = "xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'"
    given = "".join(f"<fs:option name='{name}'/>" for name in options.split())
    return pool_rules.read(
        f"<pool type='{kind}' {namespace}><name>p</name><source>{source}</source><target><path>/pool</path></target>"
        f"<fs:mount_opts>{given}</fs:mount_opts></pool>"
    )


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (pool("fs", "<device path='/dev/d'/>"), "-o nodev,nosuid,noexec -t auto /dev/d /pool"),
        (pool("fs", "<device path='/dev/d'/>", "ro"), "-o nodev,nosuid,noexec,ro -t auto /dev/d /pool"),
        (pool("netfs", NFS), "-o nodev,nosuid,noexec server:/export /pool"),
        (pool("netfs", f"{NFS}<format type='nfs'/>"), "-o nodev,nosuid,noexec -t nfs server:/export /pool"),
        (
            pool("netfs", f"{NFS}<protocol ver='4.1'/><format type='nfs'/>", "sync"),
            "-o nodev,nosuid,noexec,nfsvers=4.1,sync -t nfs server:/export /pool",
        ),
        (
            pool("netfs", f"{NFS}<format type='glusterfs'/>"),
            "-o nodev,nosuid,noexec,direct-io-mode=1 -t glusterfs server:/export /pool",
        ),
        (
            pool("netfs", f"{NFS}<format type='cifs'/>"),
            "-o nodev,nosuid,noexec,guest -t cifs //server//export /pool",
        ),
        (pool("netfs", NFS.replace("server", "fe80::1")), "-o nodev,nosuid,noexec [fe80::1]:/export /pool"),
    ],
)
def test_mounting(document: Pool, words: str) -> None:
    assert mounts.mount_command(document) == ["/bin/mount", *words.split()]


def test_making_file_systems() -> None:
    for form, force in (("ext4", "-F "), ("xfs", "-f "), ("vfat", "-I "), ("udf", "")):
        document = pool("fs", f"<device path='/dev/d'/><format type='{form}'/>")
        assert " ".join(mounts.mkfs_command(document)) == f"/sbin/mkfs -t {form} {force}/dev/d"


def test_one_source_each() -> None:
    with pytest.raises(ManorError, match="expected exactly 1 device"):
        mounts.source_of(pool("fs", "<device path='/dev/a'/><device path='/dev/b'/>"))
    with pytest.raises(ManorError, match="expected exactly 1 host"):
        mounts.source_of(pool("netfs", f"<host name='other'/>{NFS}"))


def test_what_is_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "/dev/a\\040b /pool ext4 rw 0 0\nserver:/export/ /pool nfs rw 0 0\n//server/export /pool cifs rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: table)
    assert mounts.is_mounted(pool("fs", "<device path='/dev/a b'/>"))
    assert mounts.is_mounted(pool("netfs", NFS))
    assert mounts.is_mounted(pool("netfs", f"{NFS}<format type='cifs'/>"))
    assert not mounts.is_mounted(pool("fs", "<device path='/dev/b'/>"))


def test_what_a_server_exports() -> None:
    found = mounts.exported("server", "/export/a  10.0.0.0/8\n/b with blank *\nnonsense\n").format()
    assert found.count("<host name='server'/>") == 2
    assert "<dir path='/export/a'/>" in found
    assert "<dir path='/b with blank'/>" in found
