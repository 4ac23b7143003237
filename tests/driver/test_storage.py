# SPDX-License-Identifier: Apache-2.0
"""Pools and volumes of the storage service with real files: what stock clients cannot see from outside.

That answers are libvirt's is compared in tests/interop/storage.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from pathlib import Path
from uuid import UUID

import pytest

from manor.drivers.interface import Hole
from manor.errors import ErrorNumber, ManorError
from manor.records import StoragePoolRef, StorageVolRef
from manor.storage.folder import change, create, look
from manor.storage.work import Stop
from manor.store import kinds
from tests.support.caller import CallerEnd
from tests.support.leaks import Leaks
from tests.support.storage import MIB, StorageHost, storage_host, volume_xml

DEFINED, UNDEFINED, STARTED, STOPPED = 0, 1, 2, 3


async def _upload(host: StorageHost, vol: StorageVolRef, *parts: bytes | Hole, flags: int = 0) -> None:
    stream = CallerEnd(*parts, None)
    await host.operations.storage_vol_upload(vol, 0, 0, flags, stream)
    await stream.run()


# -- from one daemon to the next ---------------------------------------------------------------------------------


async def test_pools_are_there_again_after_a_restart(tmp_path: Path) -> None:
    async with storage_host(tmp_path) as host:
        run = host.operations
        kept = await run.storage_pool_define_xml(host.pool_xml("kept"), 0)
        await run.storage_pool_create(kept, 1)
        volume = await run.storage_vol_create_xml(kept, volume_xml("v"), 0)
        await host.pool("transient")
        off = await run.storage_pool_define_xml(host.pool_xml("off"), 0)
        await run.storage_pool_build(off, 0)
        await run.storage_pool_set_autostart(off, 1)
    async with storage_host(tmp_path) as host:
        run = host.operations
        assert sorted(await run.connect_list_storage_pools()) == ["kept", "off", "transient"]
        assert await run.storage_pool_is_persistent(await run.storage_pool_lookup_by_name("transient")) == 0
        assert await run.storage_vol_lookup_by_name(kept, "v") == volume
        assert "<capacity unit='bytes'>0<" in await run.storage_pool_get_xml_desc(kept, 1)
        assert host.events == [("off", STARTED)]


async def test_a_pool_whose_folder_went_away_is_not_active_after_a_restart(tmp_path: Path) -> None:
    async with storage_host(tmp_path) as host:
        await host.pool()
        kept = await host.operations.storage_pool_define_xml(host.pool_xml("kept"), 0)
        await host.operations.storage_pool_create(kept, 1)
    for name in ("p", "kept"):
        (tmp_path / name).rmdir()
    async with storage_host(tmp_path) as host:
        assert await host.operations.connect_list_defined_storage_pools() == ["kept"]
        assert await host.operations.connect_list_storage_pools() == []


async def test_after_a_boot_only_marked_pools_are_active(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with storage_host(tmp_path) as host:
        for name in ("marked", "plain"):
            pool = await host.operations.storage_pool_define_xml(host.pool_xml(name), 0)
            await host.operations.storage_pool_create(pool, 1)
        await host.operations.storage_pool_set_autostart(await host.operations.storage_pool_lookup_by_name("marked"), 1)
        await host.pool("transient")
    monkeypatch.setattr("manor.storage.life.boot_id", lambda: "another boot")
    async with storage_host(tmp_path) as host:
        assert await host.operations.connect_list_storage_pools() == ["marked"]
        assert await host.operations.connect_list_defined_storage_pools() == ["plain"]


async def test_definitions_have_a_history(tmp_path: Path) -> None:
    async with storage_host(tmp_path) as host:
        pool = await host.operations.storage_pool_define_xml(host.pool_xml(), 0)
        await host.operations.storage_pool_undefine(pool)
        versions = host.store.history(kinds.STORAGE_POOL, str(UUID(bytes=pool.uuid)))
        assert [version.origin.what for version in versions] == ["storage_pool_define_xml", "storage_pool_undefine"]
        assert versions[-1].payload is None
        assert host.events == [("p", DEFINED), ("p", UNDEFINED)]


# -- one owner per pool ------------------------------------------------------------------------------------------


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Makes the making of plain files wait for this event, unless it is stopped."""
    gate = threading.Event()
    plain = create.plain

    def wait(volume: object, clone: object, stop: Stop) -> None:
        while not gate.wait(0.01):
            stop.check()
        plain(volume, clone, stop)  # type: ignore[arg-type]

    monkeypatch.setattr(create, "plain", wait)
    return gate


async def test_a_volume_in_the_making(tmp_path: Path, slow: threading.Event) -> None:
    """It is there and cannot be used; its pool can be neither stopped nor refreshed; others go on."""
    async with storage_host(tmp_path) as host:
        run = host.operations
        pool = await host.pool()
        making = asyncio.ensure_future(run.storage_vol_create_xml(pool, volume_xml("v"), 0))
        while not await run.storage_pool_num_of_volumes(pool):
            await asyncio.sleep(0)
        vol = await run.storage_vol_lookup_by_name(pool, "v")
        busy = "internal error: pool 'p' has asynchronous jobs running."
        assert await host.refused(run.storage_pool_destroy(pool)) == busy
        assert await host.refused(run.storage_pool_refresh(pool, 0)) == busy
        unfinished = "Requested operation is not valid: volume 'v' is still being allocated."
        for attempt in (
            run.storage_vol_delete(vol, 0),
            run.storage_vol_resize(vol, MIB, 0),
            run.storage_vol_wipe_pattern(vol, 0, 0),
            run.storage_vol_create_xml_from(pool, volume_xml("w"), vol, 0),
            run.storage_vol_upload(vol, 0, 0, 0, CallerEnd()),
            run.storage_vol_download(vol, 0, 0, 0, CallerEnd()),
        ):
            assert await host.refused(attempt) == unfinished
        assert "exists already" in await host.refused(run.storage_vol_create_xml(pool, volume_xml("v"), 0))
        assert (await run.storage_vol_get_info_flags(vol, 0)).capacity == MIB
        other = await host.pool("other")
        await run.storage_vol_create_xml(other, volume_xml("x", form="qcow2"), 0)
        slow.set()
        assert await making == vol
        await run.storage_pool_destroy(pool)


async def test_a_source_in_use_stays(tmp_path: Path, slow: threading.Event) -> None:
    async with storage_host(tmp_path) as host:
        run = host.operations
        pool = await host.pool()
        source = await run.storage_vol_create_xml(pool, volume_xml("s", form="qcow2"), 0)
        (tmp_path / "p" / "r").write_bytes(b"x" * 5000)
        await run.storage_pool_refresh(pool, 0)
        source = await run.storage_vol_lookup_by_name(pool, "r")
        copying = asyncio.ensure_future(run.storage_vol_create_xml_from(pool, volume_xml("c", 1), source, 0))
        while await run.storage_pool_num_of_volumes(pool) < 3:
            await asyncio.sleep(0)
        assert "volume 'r' is still in use." in await host.refused(run.storage_vol_delete(source, 0))
        slow.set()
        await copying
        assert (tmp_path / "p" / "c").read_bytes() == b"x" * 5000
        await run.storage_vol_delete(source, 0)


async def test_who_gives_up_leaves_nothing(tmp_path: Path, slow: threading.Event, leaks: Leaks) -> None:
    async with storage_host(tmp_path) as host:
        pool = await host.pool()
        making = asyncio.ensure_future(host.operations.storage_vol_create_xml(pool, volume_xml("v"), 0))
        while not await host.operations.storage_pool_num_of_volumes(pool):
            await asyncio.sleep(0)
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
        assert await host.operations.storage_pool_list_volumes(pool) == []
        assert list((tmp_path / "p").iterdir()) == []
        await host.operations.storage_pool_destroy(pool)


async def test_pools_of_one_name_are_defined_once(tmp_path: Path) -> None:
    async with storage_host(tmp_path) as host:
        attempts = [host.operations.storage_pool_create_xml(host.pool_xml(), 1) for _ in range(5)]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        assert sum(isinstance(each, StoragePoolRef) for each in outcomes) == 1
        assert all(isinstance(each, StoragePoolRef | ManorError) for each in outcomes)


# -- content -----------------------------------------------------------------------------------------------------


async def test_large_content_goes_in_and_comes_out(tmp_path: Path) -> None:
    async with storage_host(tmp_path) as host:
        pool = await host.pool()
        vol = await host.operations.storage_vol_create_xml(pool, volume_xml("v", 20 * MIB), 0)
        chunks = [os.urandom(262120) for _ in range(70)]
        await _upload(host, vol, *chunks)
        whole = b"".join(chunks)
        assert (tmp_path / "p" / "v").read_bytes()[: len(whole)] == whole
        stream = CallerEnd()
        await host.operations.storage_vol_download(vol, 100, len(whole) - 100, 0, stream)
        await stream.run()
        assert stream.data == whole[100:]


async def test_holes_are_zeros(tmp_path: Path) -> None:
    async with storage_host(tmp_path) as host:
        pool = await host.pool()
        vol = await host.operations.storage_vol_create_xml(pool, volume_xml("v"), 0)
        (tmp_path / "p" / "v").write_bytes(b"\xff" * MIB)
        await _upload(host, vol, b"a" * 4096, Hole(65536), b"b" * 4096, flags=1)
        assert (tmp_path / "p" / "v").read_bytes() == b"a" * 4096 + bytes(65536) + b"b" * 4096


async def test_a_transfer_that_is_given_up_lets_go_of_the_volume(tmp_path: Path) -> None:
    async with storage_host(tmp_path) as host:
        run = host.operations
        pool = await host.pool()
        vol = await run.storage_vol_create_xml(pool, volume_xml("v", 64 * MIB, more="<allocation>0</allocation>"), 0)
        before = _open_files(tmp_path)
        for operation, sent in ((run.storage_vol_upload, (b"x" * 1000,)), (run.storage_vol_download, ())):
            stream = CallerEnd(*sent)
            stream.reading.clear()
            await operation(vol, 0, 0, 0, stream)
            running = asyncio.ensure_future(stream.run())
            for _ in range(10):
                await asyncio.sleep(0.01)
            assert _open_files(tmp_path) > before
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert _open_files(tmp_path) == before
        await run.storage_vol_delete(vol, 0)


def _open_files(folder: Path) -> int:
    links = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if _is_open(name)]
    return sum(link.startswith(f"{folder}/p/") for link in links)


def _is_open(name: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{name}")


async def test_a_full_disk_fails_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "")

    async with storage_host(tmp_path) as host:
        pool = await host.pool()
        vol = await host.operations.storage_vol_create_xml(pool, volume_xml("v"), 0)
        monkeypatch.setattr(os, "writev", full)
        message = await host.refused(_upload(host, vol, *[b"x" * 262120] * 100))
        assert message == "cannot write to stream: No space left on device"
        assert await host.operations.storage_pool_is_active(pool)


# -- host ----------------------------------------------------------------------------------------------------------


async def test_files_that_cannot_be_read_are_no_volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with storage_host(tmp_path) as host:
        pool = await host.pool()
        for name in ("fine", "secret"):
            (tmp_path / "p" / name).write_text("x")
        (tmp_path / "p" / os.fsdecode(b"\xff")).write_text("x")
        (tmp_path / "p" / "a\x01b").write_text("x")
        real = look._open

        def refuse(path: str) -> int:
            if path.endswith("secret"):
                raise PermissionError(13, "Permission denied")
            return real(path)

        monkeypatch.setattr(look, "_open", refuse)
        await host.operations.storage_pool_refresh(pool, 0)
        assert await host.operations.storage_pool_list_volumes(pool) == ["fine"]


async def test_a_failed_tool_leaves_no_file(tmp_path: Path) -> None:
    async with storage_host(tmp_path) as host:
        pool = await host.pool()
        bad = volume_xml("v", form="qcow2", target="<clusterSize unit='B'>100</clusterSize>")
        assert "Cluster size must be" in await host.refused(host.operations.storage_vol_create_xml(pool, bad, 0))
        assert list((tmp_path / "p").iterdir()) == []
        assert await host.operations.storage_pool_list_volumes(pool) == []


async def test_an_encrypted_volume(tmp_path: Path) -> None:
    """Its passphrase comes from the host's secrets and is on no command line; without one it is not made."""

    async def secrets(reference: object, usage: str) -> bytes:
        assert usage == "volume"
        return b"open sesame"

    secret = "<secret type='passphrase' uuid='f52a81b2-424e-490c-823d-6bd4235bc572'/>"
    luks = f"<encryption format='luks'>{secret}</encryption>"
    async with storage_host(tmp_path, secrets) as host:
        pool = await host.pool()
        run = host.operations
        try:
            for form in ("raw", "qcow2"):
                vol = await run.storage_vol_create_xml(pool, volume_xml(form, form=form, target=luks), 0)
            await run.storage_vol_create_xml_from(pool, volume_xml("open"), vol, 0)
        except ManorError as failure:
            if "accurate CPU usage" in failure.message:
                pytest.skip("QEMU cannot measure how fast a machine is on which others work")
            raise
        info = subprocess.run(["qemu-img", "info", tmp_path / "p" / "raw"], capture_output=True, text=True, check=True)
        assert "file format: luks" in info.stdout
        vol = await host.operations.storage_vol_lookup_by_name(pool, "raw")
        assert (await host.operations.storage_vol_get_info_flags(vol, 0)).capacity == MIB
    async with storage_host(tmp_path) as host:
        pool = await host.operations.storage_pool_lookup_by_name("p")
        attempt = host.operations.storage_vol_create_xml(pool, volume_xml("no", target=luks), 0)
        with pytest.raises(ManorError) as caught:
            await attempt
        assert caught.value.code is ErrorNumber.NO_SECRET
        assert not (tmp_path / "p" / "no").exists()


def test_sparse_copies_write_no_zeros(tmp_path: Path) -> None:
    data = b"a" * 4096 + bytes(8192) + b"b" * 10
    assert list(create._runs(data)) == [(0, 4096), (12288, 12298)]
    assert list(create._runs(bytes(10000))) == []


def test_wiping_can_be_stopped(tmp_path: Path) -> None:
    stop = Stop()
    stop.ask()
    handle = os.open(tmp_path / "f", os.O_RDWR | os.O_CREAT)
    try:
        with pytest.raises(asyncio.CancelledError):
            change._write_zeros(handle, 1 << 40, stop)
    finally:
        os.close(handle)


async def test_definitions_and_ends_at_once_agree(tmp_path: Path) -> None:
    """Whoever comes first: in the end the pool is known exactly if it is defined, and nothing is active that is not."""
    async with storage_host(tmp_path) as host:
        run = host.operations
        for _ in range(20):
            pool = await host.pool()
            await asyncio.gather(
                run.storage_pool_define_xml(host.pool_xml(more=f"<uuid>{UUID(bytes=pool.uuid)}</uuid>"), 0),
                run.storage_pool_destroy(pool),
            )
            assert await run.storage_pool_is_persistent(pool)
            outcomes = await asyncio.gather(
                run.storage_pool_undefine(pool), run.storage_pool_create(pool, 0), return_exceptions=True
            )
            assert sum(isinstance(each, ManorError) for each in outcomes) == 1
            known = await run.connect_list_all_storage_pools(0)
            defined = host.store.get(kinds.STORAGE_POOL, str(UUID(bytes=pool.uuid))) is not None
            assert bool(known) is defined
            if known:
                await run.storage_pool_destroy(pool)
                await run.storage_pool_undefine(pool)
