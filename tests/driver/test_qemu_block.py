# SPDX-License-Identifier: Apache-2.0
"""Block devices of one running guest: figures, contents, sizes, limits."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio

from manor.records import DomainBlockInfo, DomainBlockStats, DomainRef, ullong_param
from manor.records.events import DomainTunableEvent
from tests.support.embedded import Embedded, embedded

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="needs qemu-system-x86_64"),
]

LIVE, CONFIG = 1, 2
MIB = 1 << 20

XML = """
<domain type='qemu'><name>block</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
  <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{disk}'/>
    <target dev='vda' bus='virtio'/></disk>
  <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>
</devices></domain>
"""


class Running(NamedTuple):
    room: Embedded
    dom: DomainRef


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guest() -> AsyncIterator[Running]:
    async with embedded() as room:
        image = room.image("a.img", 4 * MIB)
        image.write_bytes(b"boot" + bytes(4 * MIB - 4))
        dom = await room.domain.domain_define_xml_flags(XML.format(disk=image), 0)
        # Paused, so that nobody but the tests reads or writes.
        yield Running(room, await room.domain.domain_create_with_flags(dom, 1))


async def test_figures(guest: Running) -> None:
    domain, dom = guest.room.domain, guest.dom
    assert await domain.domain_block_stats(dom, "vda") == DomainBlockStats(0, 0, 0, 0, -1)
    assert await domain.domain_block_stats(dom, "") == DomainBlockStats(0, 0, 0, 0, -1)
    names = [param.field for param in await domain.domain_block_stats_flags(dom, "hdc", 0)]
    assert names[:4] == ["wr_bytes", "wr_operations", "rd_bytes", "rd_operations"]
    image = guest.room.folder / "a.img"
    assert await domain.domain_get_block_info(dom, str(image), 0) == DomainBlockInfo(
        image.stat().st_blocks * 512, 4 * MIB, 4 * MIB
    )
    assert await domain.domain_get_disk_errors(dom, 0) == []
    assert await domain.domain_get_block_job_info(dom, "vda", 0) is None


async def test_contents(guest: Running) -> None:
    assert await guest.room.domain.domain_block_peek(guest.dom, "vda", 0, 6, 0) == b"boot\0\0"
    assert "cannot read" in await guest.room.refused("domain_block_peek", guest.dom, "vda", 4 * MIB, 6, 0)


@pytest.mark.parametrize(
    ("operation", "arguments", "message"),
    [
        ("domain_block_stats", ("vdq",), "invalid argument: invalid path: vdq"),
        ("domain_get_block_info", ("vdq", 0), "invalid argument: invalid path vdq not assigned to domain"),
        (
            "domain_get_block_info",
            ("hdc", 0),
            "invalid argument: disk 'hdc' does not currently have a source assigned",
        ),
        ("domain_block_resize", ("vdq", 1, 0), "invalid argument: disk 'vdq' was not found in the domain config"),
        (
            "domain_block_resize",
            ("hdc", 1, 0),
            "Operation not supported: can't resize empty or readonly disk 'hdc'",
        ),
        ("domain_get_block_io_tune", ("vdq", 0), "invalid argument: disk 'vdq' not found in domain"),
        (
            "domain_get_block_io_tune",
            ("hdc", 0),
            "internal error: block_io_throttle inserted entry was not in expected format",
        ),
        ("domain_set_block_threshold", ("vda[77]", 1, 0), "invalid argument: failed to find disk 'vda[77]'"),
        ("domain_get_block_job_info", ("vdq", 0), "invalid argument: disk 'vdq' not found in domain"),
    ],
)
async def test_refusals_are_libvirts(
    guest: Running, operation: str, arguments: tuple[object, ...], message: str
) -> None:
    assert await guest.room.refused(operation, guest.dom, *arguments) == message


async def test_a_disk_grows(guest: Running) -> None:
    await guest.room.domain.domain_block_resize(guest.dom, "vda", 5 * 1024, 0)
    await guest.room.domain.domain_block_resize(guest.dom, "vda", 6 * MIB, 1)
    assert (guest.room.folder / "a.img").stat().st_size == 6 * MIB
    assert (await guest.room.domain.domain_get_block_info(guest.dom, "vda", 0)).capacity == 6 * MIB


async def test_a_threshold_is_set(guest: Running) -> None:
    await guest.room.domain.domain_set_block_threshold(guest.dom, "vda", 4096, 0)
    nodes = await guest.room.qmp(guest.dom, "query-named-block-nodes", flat=True)
    assert {node["write_threshold"] for node in nodes if node["node-name"].endswith("-storage")} == {4096}


async def test_limits(guest: Running) -> None:
    room, dom = guest.room, guest.dom

    async def limits(flags: int) -> dict[str, object]:
        found = await room.domain.domain_get_block_io_tune(dom, "vda", flags)
        return {param.field: param.value for param in found if param.value}

    async def refused(**values: int) -> str:
        params = [ullong_param(name, value) for name, value in values.items()]
        return await room.refused("domain_set_block_io_tune", dom, "vda", params, LIVE)

    assert await limits(LIVE) == {}
    params = [ullong_param("total_bytes_sec", 1000000)]
    await room.domain.domain_set_block_io_tune(dom, "vda", params, LIVE | CONFIG)
    event = await room.event(DomainTunableEvent)
    assert [(param.field, param.value) for param in event.params] == [
        ("blkdeviotune.disk", "vda"),
        ("blkdeviotune.total_bytes_sec", 1000000),
    ]
    assert await limits(LIVE) == {
        "total_bytes_sec": 1000000,
        "group_name": "/machine/peripheral/virtio-disk0/virtio-backend",
    }
    assert await limits(CONFIG) == {"total_bytes_sec": 1000000}
    assert await refused(total_bytes_sec=1000, read_bytes_sec=100) == (
        "invalid argument: total and read/write of bytes_sec cannot be set at the same time"
    )
    assert await refused(total_bytes_sec=1000000, total_bytes_sec_max=100) == (
        "unsupported configuration: value 'total_bytes_sec_max' cannot be smaller than 'total_bytes_sec'"
    )
    assert await refused(total_iops_sec_max=100) == (
        "unsupported configuration: cannot reset 'total_iops_sec' when 'total_iops_sec_max' is set"
    )
    assert await refused(total_bytes_sec=10**15 + 1) == (
        "argument unsupported: block I/O throttle limit value must be no more than 1000000000000000"
    )
    assert "burst length set without burst rate" in await refused(total_iops_sec_max_length=10)
    assert (await limits(LIVE))["total_bytes_sec"] == 1000000
