# SPDX-License-Identifier: Apache-2.0
"""Block jobs: pulling, copying and committing disk images, and managing such jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.blockjob import BlockJobWait, bandwidth_of, finish_mirror
from manor.cli.common import bits, read_text
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.progress import Progress
from manor.cli.sizes import MAX_UINT, MAX_ULLONG, pretty
from manor.cli.xml import Tag
from manor.constants import ConnectDomainEventBlockJobStatus as Status
from manor.constants import (
    DomainBlockCommitFlags,
    DomainBlockCopyField,
    DomainBlockCopyFlags,
    DomainBlockJobAbortFlags,
    DomainBlockJobInfoFlags,
    DomainBlockJobSetSpeedFlags,
    DomainBlockPullFlags,
    DomainBlockRebaseFlags,
)
from manor.errors import ErrorNumber, ManorError
from manor.records import uint_param, ullong_param

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainBlockJobInfo, DomainRef, TypedParam

JOB_TITLES = ("Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup")
"""By virDomainBlockJobType."""


def _bandwidth(args: Args) -> tuple[int, bool]:
    values = args.values("bandwidth")
    if not values:
        return 0, args.flag("bytes")
    return bandwidth_of(values[-1], in_bytes=args.flag("bytes"), largest=MAX_ULLONG)


def _wait(shell: Shell, args: Args, dom: DomainRef, label: str) -> BlockJobWait:
    timeout = args.number("timeout", 1) or 0
    return BlockJobWait(
        shell,
        dom,
        args.required("path"),
        label,
        verbose=args.flag("verbose"),
        timeout=timeout,
        asynchronous=args.flag("async"),
    )


@command(
    "blockpull",
    "fill a disk from the images below it",
    """
    @active
    <path>{disk}  target or path of the disk
    --bandwidth NUMBER  MiB a second at most
    --base STRING  image that stays below it
    --wait  wait until it is done
    --verbose  with --wait, show the progress
    --timeout NUMBER  with --wait, call it off after so many seconds
    --async  with --wait, do not wait for a job that was called off
    --keep-relative  keep paths of images relative
    --bytes  the bandwidth is in bytes a second
    """,
)
def blockpull(shell: Shell, args: Args) -> None:
    if not args.flag("timeout"):
        args.requires("verbose", "wait")
        args.requires("async", "wait")
    bandwidth, in_bytes = _bandwidth(args)
    base, relative = args.text("base"), args.flag("keep-relative")
    waiting = args.any("wait", "timeout")
    dom = lookup.domain(shell, args)
    path = args.required("path")
    with _wait(shell, args, dom, "Block Pull") as job:
        if base is None and not relative:
            flags = DomainBlockPullFlags.BANDWIDTH_BYTES if in_bytes else DomainBlockPullFlags(0)
            shell.call("domain_block_pull", dom, path, bandwidth, int(flags))
        else:
            rebase = DomainBlockRebaseFlags.RELATIVE if relative else DomainBlockRebaseFlags(0)
            if in_bytes:
                rebase |= DomainBlockRebaseFlags.BANDWIDTH_BYTES
            shell.call("domain_block_rebase", dom, path, base, bandwidth, int(rebase))
        if not waiting:
            shell.out.note("Block Pull started", "")
            return
        status = job.run()
    if status is Status.CANCELED:
        raise CommandFailed("\nPull aborted")
    if status is Status.FAILED:
        raise CommandFailed("\nPull failed")
    shell.out.note("\nPull complete", "")


@command(
    "blockcopy",
    "copy a disk to another image while the domain runs",
    """
    @active
    <path>{disk}  target or path of the disk
    --dest STRING{file}  the copy
    --bandwidth NUMBER  MiB a second at most
    --shallow  copy only the topmost image
    --reuse-external  the copy is there already
    --blockdev  the copy is a block device
    --wait  wait until both are the same
    --verbose  with --wait, show the progress
    --timeout NUMBER  with --wait, call it off after so many seconds
    --pivot  with --wait, move over to the copy then
    --finish  with --wait, stop copying then
    --async  with --wait, do not wait for a job that was called off
    --xml STRING{file}  file with the XML of the copy
    --format STRING{volume-format}  format of the copy
    --raw -> format=raw
    --granularity NUMBER  bytes copied at a time, a power of two
    --buf-size NUMBER  bytes under way at most
    --bytes  the bandwidth is in bytes a second
    --transient-job  forget the job when the domain stops
    --synchronous-writes  have the guest wait for the copy
    --print-xml  print the XML of the copy, and do nothing
    --dest-is-zero  the copy reads as zeros already
    """,
)
def blockcopy(shell: Shell, args: Args) -> None:
    args.exclusive("dest", "xml")
    args.exclusive("format", "xml")
    args.exclusive("blockdev", "xml")
    args.exclusive("pivot", "finish")
    dest, xml_path = args.text("dest"), args.text("xml")
    if dest is None and xml_path is None:
        raise CommandFailed("need either --dest or --xml")
    waiting = args.any("wait", "timeout", "pivot", "finish")
    for option in ("verbose", "async"):
        if args.flag(option) and not waiting:
            raise CommandFailed(f"--{option} requires at least one of --timeout, --wait, --pivot, or --finish")
    bandwidth, in_bytes = _bandwidth(args)
    document = read_text(xml_path) if xml_path is not None else _copy_tag(args).format()
    if args.flag("print-xml"):
        shell.out.xml(document, "" if document.endswith("\n") else "\n")
        return
    dom = lookup.domain(shell, args)
    path = args.required("path")
    with _wait(shell, args, dom, "Block Copy") as job:
        _start_copy(shell, args, dom, document, bandwidth, in_bytes)
        if not waiting:
            shell.out.note("Block Copy started", "")
            return
        status = job.run()
    if status is Status.CANCELED:
        raise CommandFailed("\nCopy aborted")
    if status is Status.FAILED:
        raise CommandFailed("\nCopy failed")
    if args.any("pivot", "finish"):
        finish_mirror(shell, dom, path, pivot=args.flag("pivot"))
    shell.out.note(
        "\nSuccessfully pivoted"
        if args.flag("pivot")
        else "\nSuccessfully copied"
        if args.flag("finish")
        else "\nNow in mirroring phase",
        "",
    )


def _copy_tag(args: Args) -> Tag:
    block = args.flag("blockdev")
    disk = Tag("disk", type="block" if block else "file")
    disk.add("source", **{"dev" if block else "file": args.text("dest")})
    form = args.text("format")
    if form is not None:
        disk.add("driver", type=form)
    return disk


def _start_copy(shell: Shell, args: Args, dom: DomainRef, document: str, bandwidth: int, in_bytes: bool) -> None:
    """By the newer call where something is asked for that only it knows, else by the older."""
    path = args.required("path")
    flags = bits(
        args,
        {
            "shallow": DomainBlockCopyFlags.SHALLOW,
            "reuse-external": DomainBlockCopyFlags.REUSE_EXT,
            "transient-job": DomainBlockCopyFlags.TRANSIENT_JOB,
            "synchronous-writes": DomainBlockCopyFlags.SYNCHRONOUS_WRITES,
            "dest-is-zero": DomainBlockCopyFlags.TARGET_ZEROED,
        },
    )
    new_only = args.any("xml", "granularity", "buf-size", "transient-job", "synchronous-writes", "dest-is-zero")
    form = args.text("format")
    if not new_only and form in (None, "raw"):
        rebase = DomainBlockRebaseFlags.COPY
        for option, flag in (
            ("shallow", DomainBlockRebaseFlags.SHALLOW),
            ("reuse-external", DomainBlockRebaseFlags.REUSE_EXT),
            ("blockdev", DomainBlockRebaseFlags.COPY_DEV),
        ):
            if args.flag(option):
                rebase |= flag
        if form == "raw":
            rebase |= DomainBlockRebaseFlags.COPY_RAW
        if in_bytes:
            rebase |= DomainBlockRebaseFlags.BANDWIDTH_BYTES
        shell.call("domain_block_rebase", dom, path, args.text("dest"), bandwidth, int(rebase))
        return
    params: list[TypedParam] = []
    if bandwidth:
        params.append(ullong_param(DomainBlockCopyField.BANDWIDTH.value, bandwidth if in_bytes else bandwidth << 20))
    granularity, buffer = args.size("granularity", 1, MAX_UINT), args.size("buf-size")
    if granularity:
        params.append(uint_param(DomainBlockCopyField.GRANULARITY.value, granularity))
    if buffer:
        params.append(ullong_param(DomainBlockCopyField.BUF_SIZE.value, buffer))
    shell.call("domain_block_copy", dom, path, document, params, flags)


COMMIT_FLAGS = {
    "shallow": DomainBlockCommitFlags.SHALLOW,
    "delete": DomainBlockCommitFlags.DELETE,
    "active": DomainBlockCommitFlags.ACTIVE,
    "pivot": DomainBlockCommitFlags.ACTIVE,
    "keep-overlay": DomainBlockCommitFlags.ACTIVE,
    "keep-relative": DomainBlockCommitFlags.RELATIVE,
}


@command(
    "blockcommit",
    "merge disk images into those below them while the domain runs",
    """
    @active
    <path>{disk}  target or path of the disk
    --bandwidth NUMBER  MiB a second at most
    --base STRING  image to merge into, the lowest if not given
    --shallow  merge into the image right below
    --top STRING  image to merge, the topmost but one if not given
    --active  merge the image in use
    --delete  delete images that were merged
    --wait  wait until it is done
    --verbose  with --wait, show the progress
    --timeout NUMBER  with --wait, call it off after so many seconds
    --pivot  with --active --wait, move over to the merged image then
    --keep-overlay  with --active --wait, stop merging then
    --async  with --wait, do not wait for a job that was called off
    --keep-relative  keep paths of images relative
    --bytes  the bandwidth is in bytes a second
    """,
)
def blockcommit(shell: Shell, args: Args) -> None:
    args.exclusive("pivot", "keep-overlay")
    args.exclusive("base", "shallow")
    waiting = args.any("wait", "timeout", "pivot", "keep-overlay")
    for option in ("verbose", "async"):
        if args.flag(option) and not waiting:
            raise CommandFailed(f"--{option} requires at least one of --timeout, --wait, --pivot, or --keep-overlay")
    bandwidth, in_bytes = _bandwidth(args)
    flags = DomainBlockCommitFlags.BANDWIDTH_BYTES if in_bytes else DomainBlockCommitFlags(0)
    for option, flag in COMMIT_FLAGS.items():
        if args.flag(option):
            flags |= flag
    active = bool(flags & DomainBlockCommitFlags.ACTIVE)
    dom = lookup.domain(shell, args)
    path = args.required("path")
    with _wait(shell, args, dom, "Block commit") as job:
        shell.call("domain_block_commit", dom, path, args.text("base"), args.text("top"), bandwidth, int(flags))
        started = "Active Block Commit started" if active else "Block Commit started"
        if not waiting:
            shell.out.note(started, "")
            return
        status = job.run()
    if status is Status.CANCELED:
        raise CommandFailed("\nCommit aborted")
    if status is Status.FAILED:
        raise CommandFailed("\nCommit failed")
    if args.any("pivot", "keep-overlay"):
        finish_mirror(shell, dom, path, pivot=args.flag("pivot"))
    shell.out.note(
        "\nSuccessfully pivoted"
        if args.flag("pivot")
        else "\nCommit complete, overlay image kept"
        if args.flag("keep-overlay")
        else "\nNow in synchronized phase"
        if active
        else "\nCommit complete",
        "",
    )


@command(
    "blockjob",
    "show, limit or end the job of a disk",
    """
    @active
    <path>{disk}  target or path of the disk
    --abort  call it off
    --async  with --abort or --pivot, do not wait until it has ended
    --pivot  end it, and move over to the copy
    --info  show it, as without any option
    --bytes  the bandwidth is in bytes a second
    --raw  show it as numbers
    --bandwidth NUMBER  limit it to MiB a second
    """,
)
def blockjob(shell: Shell, args: Args) -> None:
    for pair in (("raw", "abort"), ("raw", "pivot"), ("raw", "async"), ("raw", "bandwidth")):
        args.exclusive(*pair)
    for first in ("info", "abort", "bandwidth"):
        for second in ("abort", "pivot", "async", "bandwidth"):
            if (first, second) not in (("abort", "pivot"), ("abort", "async")) and first != second:
                args.exclusive(first, second)
    dom = lookup.domain(shell, args)
    path = args.required("path")
    if args.any("abort", "pivot", "async"):
        flags = bits(args, {"async": DomainBlockJobAbortFlags.ASYNC, "pivot": DomainBlockJobAbortFlags.PIVOT})
        shell.call("domain_block_job_abort", dom, path, flags)
    elif args.flag("bandwidth"):
        bandwidth, in_bytes = _bandwidth(args)
        speed_flags = DomainBlockJobSetSpeedFlags.BANDWIDTH_BYTES if in_bytes else DomainBlockJobSetSpeedFlags(0)
        shell.call("domain_block_job_set_speed", dom, path, bandwidth, int(speed_flags))
    else:
        _print_job(shell, args, dom, path)


def _job_info(shell: Shell, args: Args, dom: DomainRef, path: str) -> tuple[DomainBlockJobInfo | None, bool]:
    """The job, and whether its bandwidth is in bytes a second."""
    if args.flag("bytes"):
        return shell.call("domain_get_block_job_info", dom, path, int(DomainBlockJobInfoFlags.BANDWIDTH_BYTES)), True
    try:
        flags = int(DomainBlockJobInfoFlags.BANDWIDTH_BYTES)
        return shell.call("domain_get_block_job_info", dom, path, flags), True
    except ManorError as failure:
        # Older drivers know only MiB a second.
        if failure.code != ErrorNumber.INVALID_ARG:
            raise
    return shell.call("domain_get_block_job_info", dom, path, 0), False


def _print_job(shell: Shell, args: Args, dom: DomainRef, path: str) -> None:
    info, in_bytes = _job_info(shell, args, dom, path)
    if info is None:
        shell.out.data(None)
        if not args.flag("raw"):
            shell.out.note(f"No current block job for {path}", "")
        return
    speed = info.bandwidth if in_bytes else info.bandwidth << 20
    title = JOB_TITLES[info.type] if info.type < len(JOB_TITLES) else JOB_TITLES[0]
    shell.out.data({"type": title, "bandwidth": speed, "cur": info.cur, "end": info.end})
    if args.flag("raw"):
        bandwidth = info.bandwidth if args.flag("bytes") or not in_bytes else info.bandwidth >> 20
        shell.out.write(f" type={title}\n bandwidth={bandwidth}\n cur={info.cur}\n end={info.end}\n")
        return
    if not shell.out.json:
        Progress(title, bar=False).show(info.end - info.cur, info.end)
    if speed:
        value, unit = pretty(speed)
        shell.out.write(f"    Bandwidth limit: {speed} bytes/s ({value:.3f} {unit}/s)")
    shell.out.line()
