# SPDX-License-Identifier: Apache-2.0
"""Guests whose disks are volumes of storage pools, over the life of a guest and of its manager."""

from __future__ import annotations

from pathlib import Path

from tests.support.qemu import QemuHost, qemu_host, small
from tests.support.storage import MIB, volume_xml

DISK = (
    "<disk type='volume' device='disk'>{driver}<source pool='images' volume='{name}'/>"
    "<target dev='vda' bus='virtio'/></disk>"
)
POOL = "<pool type='dir'><name>images</name><target><path>{path}</path></target></pool>"


async def _pool_with(host: QemuHost, path: Path, *documents: str) -> None:
    pool = await host.driver.storage.storage_pool_create_xml(POOL.format(path=path), 1)
    for document in documents:
        await host.driver.storage.storage_vol_create_xml(pool, document, 0)


async def test_a_volume_is_found_at_start_and_known_from_then_on(short_path: Path) -> None:
    """The document keeps saying pool and volume; the next manager knows where the volume is without asking the pool."""
    images = short_path / "images"
    async with qemu_host(short_path / "s") as host:
        await _pool_with(host, images, volume_xml("v", 4 * MIB))
        dom = await host.driver.domain.domain_define_xml_flags(small("g", DISK.format(driver="", name="v")), 0)
        assert (await host.driver.domain.domain_get_block_info(dom, "vda", 0)).capacity == 4 * MIB
        dom = await host.driver.domain.domain_create_with_flags(dom, 1)
        shown = await host.driver.domain.domain_get_xml_desc(dom, 0)
        assert "<source pool='images' volume='v' index='1'/>" in shown
        assert "<driver name='qemu' type='raw'/>" in shown
        await host.leave()
        again = await QemuHost.open(short_path / "s")
        host.provider, host.driver = again.provider, again.driver
        pool = await host.driver.storage.storage_pool_lookup_by_name("images")
        await host.driver.storage.storage_pool_destroy(pool)
        assert (await host.driver.domain.domain_get_block_info(dom, "vda", 0)).capacity == 4 * MIB
        assert await host.driver.domain.domain_get_xml_desc(dom, 0) == shown


async def test_the_format_is_the_documents(short_path: Path) -> None:
    async with qemu_host(short_path / "s") as host:
        base = f"<backingStore><path>{short_path}/images/base</path><format type='raw'/></backingStore>"
        over = volume_xml("over", form="qcow2", more=base)
        await _pool_with(host, short_path / "images", volume_xml("base"), over)
        driver = "<driver name='qemu' type='qcow2'/>"
        dom = await host.driver.domain.domain_create_xml(small("g", DISK.format(driver=driver, name="over")), 1)
        shown = await host.driver.domain.domain_get_xml_desc(dom, 0)
        assert f"<source file='{short_path}/images/base'/>" in shown
