# SPDX-License-Identifier: Apache-2.0
"""Limits of block devices, their size, and the threshold of their events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import affect
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import print_params
from manor.constants import DomainBlkioField, DomainBlockIotuneField, DomainBlockResizeFlags
from manor.records import string_param, uint_param, ullong_param

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import TypedParam

LIMITS = """
    --total-bytes-sec NUMBER  bytes a second, reads and writes together
    --total_bytes_sec -> total-bytes-sec
    --read-bytes-sec NUMBER  bytes a second, reads
    --read_bytes_sec -> read-bytes-sec
    --write-bytes-sec NUMBER  bytes a second, writes
    --write_bytes_sec -> write-bytes-sec
    --total-iops-sec NUMBER  operations a second, reads and writes together
    --total_iops_sec -> total-iops-sec
    --read-iops-sec NUMBER  operations a second, reads
    --read_iops_sec -> read-iops-sec
    --write-iops-sec NUMBER  operations a second, writes
    --write_iops_sec -> write-iops-sec
    --total-bytes-sec-max NUMBER  bytes a second in a burst, reads and writes together
    --total_bytes_sec_max -> total-bytes-sec-max
    --read-bytes-sec-max NUMBER  bytes a second in a burst, reads
    --read_bytes_sec_max -> read-bytes-sec-max
    --write-bytes-sec-max NUMBER  bytes a second in a burst, writes
    --write_bytes_sec_max -> write-bytes-sec-max
    --total-iops-sec-max NUMBER  operations a second in a burst, reads and writes together
    --total_iops_sec_max -> total-iops-sec-max
    --read-iops-sec-max NUMBER  operations a second in a burst, reads
    --read_iops_sec_max -> read-iops-sec-max
    --write-iops-sec-max NUMBER  operations a second in a burst, writes
    --write_iops_sec_max -> write-iops-sec-max
    --size-iops-sec NUMBER  bytes that count as one operation
    --size_iops_sec -> size-iops-sec
"""
LENGTHS = """
    --total-bytes-sec-max-length NUMBER  seconds of a burst, bytes read and written
    --total_bytes_sec_max_length -> total-bytes-sec-max-length
    --read-bytes-sec-max-length NUMBER  seconds of a burst, bytes read
    --read_bytes_sec_max_length -> read-bytes-sec-max-length
    --write-bytes-sec-max-length NUMBER  seconds of a burst, bytes written
    --write_bytes_sec_max_length -> write-bytes-sec-max-length
    --total-iops-sec-max-length NUMBER  seconds of a burst, operations
    --total_iops_sec_max_length -> total-iops-sec-max-length
    --read-iops-sec-max-length NUMBER  seconds of a burst, reads
    --read_iops_sec_max_length -> read-iops-sec-max-length
    --write-iops-sec-max-length NUMBER  seconds of a burst, writes
    --write_iops_sec_max_length -> write-iops-sec-max-length
"""


def limits(args: Args) -> list[TypedParam]:
    """The limits of bytes and operations that were given; all are sizes, so `10MiB` may be said."""
    params = []
    for field in DomainBlockIotuneField:
        if field is DomainBlockIotuneField.GROUP_NAME:
            continue
        option = field.value.replace("_", "-")
        try:
            value = args.size(option)
        except CommandFailed as failure:
            raise CommandFailed(*failure.messages, "Unable to parse integer parameter") from None
        if value is not None:
            params.append(ullong_param(field.value, value))
    return params


@command(
    "blkdeviotune",
    "show or change the limits of a disk",
    f"""
    @domain
    <device>{{disk}}  target or path of the disk
    {LIMITS}
    --group-name STRING  disks of one group share the limits
    --group_name -> group-name
    {LENGTHS}
    @affect
    """,
)
def blkdeviotune(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    disk = args.required("device")
    params = limits(args)
    group = args.text("group-name")
    if group is not None:
        params.append(string_param(DomainBlockIotuneField.GROUP_NAME.value, group))
    if params:
        with shell.failing("Unable to change block I/O throttle"):
            shell.call("domain_set_block_io_tune", dom, disk, params, flags)
        return
    with shell.failing("Unable to get block I/O throttle parameters"):
        found = shell.call("domain_get_block_io_tune", dom, disk, flags)
    print_params(shell, found)


@command(
    "blkiotune",
    "show or change a domain's share of block I/O",
    """
    @domain
    --weight NUMBER  share of all I/O
    --device-weights STRING  shares by device: /path/to/device,weight,...
    --device-read-iops-sec STRING  reads a second: /path/to/device,number,...
    --device-write-iops-sec STRING  writes a second: /path/to/device,number,...
    --device-read-bytes-sec STRING  bytes read a second: /path/to/device,number,...
    --device-write-bytes-sec STRING  bytes written a second: /path/to/device,number,...
    @affect
    """,
)
def blkiotune(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    params: list[TypedParam] = []
    weight = args.number("weight")
    if weight is not None:
        if weight <= 0:
            raise CommandFailed(f"Invalid value of {weight} for I/O weight")
        params.append(uint_param(DomainBlkioField.WEIGHT.value, weight))
    for option, field in (
        ("device-weights", DomainBlkioField.DEVICE_WEIGHT),
        ("device-read-iops-sec", DomainBlkioField.DEVICE_READ_IOPS),
        ("device-write-iops-sec", DomainBlkioField.DEVICE_WRITE_IOPS),
        ("device-read-bytes-sec", DomainBlkioField.DEVICE_READ_BPS),
        ("device-write-bytes-sec", DomainBlkioField.DEVICE_WRITE_BPS),
    ):
        text = args.text(option)
        if text is not None:
            params.append(string_param(field.value, text))
    if params:
        with shell.failing("Unable to change blkio parameters"):
            shell.call("domain_set_blkio_parameters", dom, params, flags)
        return
    with shell.failing("Unable to get blkio parameters"):
        found = shell.call("domain_get_blkio_parameters", dom, flags)
    print_params(shell, found)


@command(
    "blockresize",
    "change the size of a running domain's disk",
    """
    @active
    <path>{disk}  target or path of the disk
    <size:number|capacity>  new size, in KiB or with a unit
    --capacity  grow it to the size of the device it is on
    --extend  never make it smaller
    """,
)
def blockresize(shell: Shell, args: Args) -> None:
    size = args.size("size", 1024) or 0
    # Whole KiB go the way that old daemons understand.
    flags = DomainBlockResizeFlags(0) if size % 1024 == 0 else DomainBlockResizeFlags.BYTES
    if args.flag("capacity"):
        flags |= DomainBlockResizeFlags.CAPACITY
    if args.flag("extend"):
        flags |= DomainBlockResizeFlags.EXTEND
    dom = lookup.domain(shell, args)
    path = args.required("path")
    number = size if flags & DomainBlockResizeFlags.BYTES else size // 1024
    with shell.failing(f"Failed to resize block device '{path}'"):
        shell.call("domain_block_resize", dom, path, number, int(flags))
    shell.out.note(f"Block device '{path}' is resized", "")


@command(
    "domblkthreshold",
    "have an event when a block device is filled up to a threshold",
    """
    @domain
    <dev>  device, with [index] for an image below it
    <threshold:number>  offset, in bytes or with a unit
    """,
)
def domblkthreshold(shell: Shell, args: Args) -> None:
    threshold = args.size("threshold") or 0
    dom = lookup.domain(shell, args)
    shell.call("domain_set_block_threshold", dom, args.required("dev"), threshold, 0)
