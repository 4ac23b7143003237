# SPDX-License-Identifier: Apache-2.0
"""virDomain: disks."""

from __future__ import annotations

from libvirt._api import UInt32, api
from libvirt._domain.base import DomainBase
from libvirt._values import GivenParams, Params, params_dict, plain_dict, retyped_params, typed_params
from manor.constants import DomainBlockCopyField, DomainBlockIotuneField
from manor.constants import TypedParameterType as Kind

_COPY_KINDS = {
    str(DomainBlockCopyField.BANDWIDTH): Kind.ULLONG,
    str(DomainBlockCopyField.GRANULARITY): Kind.UINT,
    str(DomainBlockCopyField.BUF_SIZE): Kind.ULLONG,
}
_THROTTLE_KINDS = {
    str(field): Kind.STRING if field is DomainBlockIotuneField.GROUP_NAME else Kind.ULLONG
    for field in DomainBlockIotuneField
}


class DomainBlock(DomainBase):
    """Disks: figures, contents, limits, jobs."""

    @api("virDomainBlockStats")
    def blockStats(self, path: str) -> tuple[int, ...]:
        """Read requests and bytes, write requests and bytes, errors of a disk."""
        return tuple(self._get("domain_block_stats", path))

    @api("virDomainBlockStatsFlags")
    def blockStatsFlags(self, path: str, flags: UInt32 = 0) -> Params:
        """All figures of a disk, by VIR_DOMAIN_BLOCK_STATS_* name."""
        return params_dict(self._get("domain_block_stats_flags", path, flags))

    @api("virDomainGetBlockInfo")
    def blockInfo(self, path: str, flags: UInt32 = 0) -> list[int]:
        """Capacity, allocation and physical size of a disk in bytes."""
        info = self._get("domain_get_block_info", path, flags)
        return [info.capacity, info.allocation, info.physical]

    @api("virDomainBlockPeek")
    def blockPeek(self, disk: str, offset: int, size: int, flags: UInt32 = 0) -> bytes:
        """Some of a disk's data."""
        data: bytes = self._get("domain_block_peek", disk, offset, size, flags)
        return data

    @api("virDomainBlockResize")
    def blockResize(self, disk: str, size: int, flags: UInt32 = 0) -> int:
        """Change a disk's capacity, in KiB or with VIR_DOMAIN_BLOCK_RESIZE_BYTES in bytes."""
        return self._do("domain_block_resize", disk, size, flags)

    @api("virDomainGetDiskErrors")
    def diskErrors(self, flags: UInt32 = 0) -> dict[str, int]:
        """The disks in trouble, each with its VIR_DOMAIN_DISK_ERROR_*."""
        return {entry.disk: int(entry.error) for entry in self._get("domain_get_disk_errors", flags)}

    @api("virDomainGetBlockIoTune")
    def blockIoTune(self, disk: str | None, flags: UInt32 = 0) -> Params:
        """The limits of a disk."""
        return params_dict(self._get("domain_get_block_io_tune", disk, flags))

    @api("virDomainSetBlockIoTune")
    def setBlockIoTune(self, disk: str, params: GivenParams, flags: UInt32 = 0) -> int:
        """Change the limits of a disk."""
        changed = retyped_params(params, lambda: self._get("domain_get_block_io_tune", disk, flags))
        return self._do("domain_set_block_io_tune", disk, changed, flags)

    @api("virDomainSetThrottleGroup")
    def setThrottleGroup(self, group: str, params: GivenParams, flags: UInt32 = 0) -> int:
        """Set the limits that the disks of a group share."""
        return self._do("domain_set_throttle_group", group, typed_params(params, _THROTTLE_KINDS), flags)

    @api("virDomainDelThrottleGroup")
    def delThrottleGroup(self, group: str | None, flags: UInt32 = 0) -> int:
        """Remove a group of limits."""
        return self._do("domain_del_throttle_group", group, flags)

    @api("virDomainSetBlockThreshold")
    def setBlockThreshold(self, dev: str, threshold: int, flags: UInt32 = 0) -> int:
        """Ask for an event when a device has written beyond `threshold` bytes."""
        return self._do("domain_set_block_threshold", dev, threshold, flags)

    @api("virDomainBlockPull")
    def blockPull(self, disk: str, bandwidth: int = 0, flags: UInt32 = 0) -> int:
        """Start copying backing data into a disk."""
        return self._do("domain_block_pull", disk, bandwidth, flags)

    @api("virDomainBlockRebase")
    def blockRebase(self, disk: str, base: str | None, bandwidth: int = 0, flags: UInt32 = 0) -> int:
        """Start copying backing data into a disk down to `base`, or the disk to a new file."""
        return self._do("domain_block_rebase", disk, base, bandwidth, flags)

    @api("virDomainBlockCommit")
    def blockCommit(self, disk: str, base: str | None, top: str | None, bandwidth: int = 0, flags: UInt32 = 0) -> int:
        """Start moving what `top` holds down into `base`."""
        return self._do("domain_block_commit", disk, base, top, bandwidth, flags)

    @api("virDomainBlockCopy")
    def blockCopy(self, disk: str, destxml: str, params: GivenParams | None = None, flags: UInt32 = 0) -> int:
        """Start copying a disk to the place that XML describes."""
        return self._do("domain_block_copy", disk, destxml, typed_params(params, _COPY_KINDS), flags)

    @api("virDomainGetBlockJobInfo")
    def blockJobInfo(self, path: str, flags: UInt32 = 0) -> dict[str, int]:
        """Type, bandwidth, and progress of a disk's job; empty where there is none."""
        info = self._get("domain_get_block_job_info", path, flags)
        return {} if info is None else plain_dict(info)

    @api("virDomainBlockJobSetSpeed")
    def blockJobSetSpeed(self, disk: str, bandwidth: int, flags: UInt32 = 0) -> int:
        """Limit a disk's job, in MiB/s or with VIR_DOMAIN_BLOCK_JOB_SPEED_BANDWIDTH_BYTES in bytes/s."""
        return self._do("domain_block_job_set_speed", disk, bandwidth, flags)

    @api("virDomainBlockJobAbort")
    def blockJobAbort(self, disk: str, flags: UInt32 = 0) -> int:
        """End a disk's job, or with VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT switch to its copy."""
        return self._do("domain_block_job_abort", disk, flags)
