# SPDX-License-Identifier: Apache-2.0
"""Long work on domains: what is under way, how far it is, and calling it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from manor.cli import lookup
from manor.cli.common import bits
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import as_record, value_text
from manor.cli.sizes import pretty
from manor.cli.words import JOB_OPERATIONS, JOB_TYPES, word
from manor.constants import (
    DomainAbortJobFlagsValues,
    DomainDirtyRateCalcFlags,
    DomainGetJobStatsFlags,
    DomainJobType,
)
from manor.errors import ErrorNumber, ManorError
from manor.records import params_dict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainJobInfo, DomainRef, ParamValue, TypedParam

STATS_FLAGS = {
    "completed": DomainGetJobStatsFlags.COMPLETED,
    "keep-completed": DomainGetJobStatsFlags.KEEP_COMPLETED,
}
CALCULATIONS = {
    "page-sampling": DomainDirtyRateCalcFlags.PAGE_SAMPLING,
    "dirty-bitmap": DomainDirtyRateCalcFlags.DIRTY_BITMAP,
    "dirty-ring": DomainDirtyRateCalcFlags.DIRTY_RING,
}

LABEL_WIDTH = 17


class Line(NamedTuple):
    """A line of domjobinfo: its label, the statistic, and how it is written.

    `needs` is the statistic without which the line is left out, the statistic itself if not given.
    """

    label: str
    field: str
    style: str
    needs: str = ""


TIMES = (
    Line("Time elapsed:", "time_elapsed", "ms"),
    Line("Time elapsed w/o network:", "time_elapsed_net", "ms"),
)
AMOUNTS = (
    Line("Data processed:", "data_processed", "size", "data_total"),
    Line("Data remaining:", "data_remaining", "size", "data_total"),
    Line("Data total:", "data_total", "size", "data_total"),
    Line("Memory processed:", "memory_processed", "size", "memory_total"),
    Line("Memory remaining:", "memory_remaining", "size", "memory_total"),
    Line("Memory total:", "memory_total", "size", "memory_total"),
    Line("Memory bandwidth:", "memory_bps", "rate"),
    Line("Dirty rate:", "memory_dirty_rate", "pages/s"),
    Line("Page size:", "memory_page_size", "bytes"),
    Line("Iteration:", "memory_iteration", "number"),
    Line("Postcopy requests:", "memory_postcopy_requests", "number"),
    Line("File processed:", "disk_processed", "size", "disk_total"),
    Line("File remaining:", "disk_remaining", "size", "disk_total"),
    Line("File total:", "disk_total", "size", "disk_total"),
    Line("File bandwidth:", "disk_bps", "rate"),
    Line("Constant pages:", "memory_constant", "number"),
    Line("Normal pages:", "memory_normal", "number"),
    Line("Normal data:", "memory_normal_bytes", "size"),
    Line("Total downtime:", "downtime", "ms"),
    Line("Downtime w/o network:", "downtime_net", "ms"),
    Line("Setup time:", "setup_time", "ms"),
    Line("Compression cache:", "compression_cache", "size"),
    Line("Compressed data:", "compression_bytes", "size"),
    Line("Compressed pages:", "compression_pages", "count"),
    Line("Compression cache misses:", "compression_cache_misses", "count"),
    Line("Compression overflows:", "compression_overflow", "count"),
    Line("Auto converge throttle:", "auto_converge_throttle", "count"),
    Line("Temporary disk space use:", "disk_temp_used", "size"),
    Line("Temporary disk space total:", "disk_temp_total", "size"),
)

OLD_FIELDS = (
    "time_elapsed",
    "time_remaining",
    "data_total",
    "data_processed",
    "data_remaining",
    "memory_total",
    "memory_processed",
    "memory_remaining",
    "disk_total",
    "disk_processed",
    "disk_remaining",
)
"""The statistics of virDomainGetJobInfo, in its order, by the names of virDomainGetJobStats."""


def amount(style: str, value: ParamValue) -> str:
    """A statistic as domjobinfo writes it."""
    if style in ("size", "rate"):
        number, unit = pretty(float(value))
        return f"{number:.3f} {unit}{'/s' if style == 'rate' else ''}"
    if style == "number":
        return f"{value:<12}"
    return f"{value:<13}" if style == "count" else f"{value:<12} {style}"


@command(
    "domjobinfo",
    "print the work under way on a domain",
    """
    @domain
    --completed  of the work that was done last
    --keep-completed  and do not forget it
    --anystats  whatever came of the work
    --rawstats  all statistics as they are
    """,
)
def domjobinfo(shell: Shell, args: Args) -> None:
    flags = bits(args, STATS_FLAGS)
    if args.flag("keep-completed"):
        flags |= DomainGetJobStatsFlags.COMPLETED
    dom = lookup.domain(shell, args)
    try:
        kind, params = shell.call("domain_get_job_stats", dom, int(flags))
    except ManorError as failure:
        if failure.code != ErrorNumber.NO_SUPPORT:
            raise
        if flags or args.flag("rawstats"):
            shell.error("Optional flags or --rawstats are not supported by the daemon")
            raise
        kind, values = _old_statistics(shell, dom)
        params = []
    else:
        values = dict(params_dict(params))
    shell.out.data({"type": word(JOB_TYPES, kind), "statistics": as_record(params) or values})
    if args.flag("rawstats"):
        _print_raw(shell, kind, params)
    else:
        _print_job(shell, kind, values, everything=args.flag("anystats"))


def _old_statistics(shell: Shell, dom: DomainRef) -> tuple[int, dict[str, ParamValue]]:
    info: DomainJobInfo = shell.call("domain_get_job_info", dom)
    return info.type, dict(zip(OLD_FIELDS, info[1:], strict=True))


def _print_raw(shell: Shell, kind: int, params: list[TypedParam]) -> None:
    shell.out.line(f"Job type: {kind}\n")
    for param in params:
        shell.out.line(f"{param.field}: {value_text(param)}")


def _print_job(shell: Shell, kind: int, values: Mapping[str, ParamValue], *, everything: bool) -> None:
    _line(shell, "Job type:", f"{word(JOB_TYPES, kind):<12}")
    if kind == DomainJobType.NONE:
        return
    operation = values.get("operation")
    _line(shell, "Operation:", f"{word(JOB_OPERATIONS, int(operation or 0)):<12}")
    finished = kind in (DomainJobType.COMPLETED, DomainJobType.FAILED, DomainJobType.CANCELLED)
    if kind in (DomainJobType.FAILED, DomainJobType.CANCELLED) and not everything:
        _print_message(shell, values)
        return
    for line in TIMES:
        if line.field in values:
            _line(shell, line.label, amount(line.style, values[line.field]))
    if kind == DomainJobType.BOUNDED and "time_remaining" in values:
        _line(shell, "Time remaining:", amount("ms", values["time_remaining"]))
    for line in AMOUNTS:
        if line.field in values and values.get(line.needs, 1):
            label = "Expected downtime:" if line.field == "downtime" and not finished else line.label
            _line(shell, label, amount(line.style, values[line.field]))
    _print_message(shell, values)


def _print_message(shell: Shell, values: Mapping[str, ParamValue]) -> None:
    if "errmsg" in values:
        _line(shell, "Error message:", str(values["errmsg"]))


def _line(shell: Shell, label: str, text: str) -> None:
    shell.out.line(f"{label:<{LABEL_WIDTH}} {text}")


@command(
    "domjobabort",
    "call off the work under way on a domain",
    """
    @active
    --postcopy  of a migration in its post-copy phase
    """,
)
def domjobabort(shell: Shell, args: Args) -> None:
    flags = bits(args, {"postcopy": DomainAbortJobFlagsValues.POSTCOPY})
    dom = lookup.domain(shell, args)
    if flags:
        shell.call("domain_abort_job_flags", dom, flags)
    else:
        shell.call("domain_abort_job", dom)


@command(
    "domdirtyrate-calc",
    "measure how fast a domain writes to its memory",
    """
    @active
    --seconds NUMBER  how long to measure, 1 to 60
    --mode STRING{dirty-rate-mode}  page-sampling, dirty-bitmap or dirty-ring
    """,
    description="Measure how fast a domain writes to its memory; `domstats --dirtyrate` shows the result.",
)
def domdirtyrate_calc(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    seconds = args.number("seconds")
    mode = args.text("mode")
    if mode is not None and mode not in CALCULATIONS:
        raise CommandFailed(f"Unknown calculation mode '{mode}'")
    flags = CALCULATIONS[mode] if mode is not None else DomainDirtyRateCalcFlags.PAGE_SAMPLING
    shell.call("domain_start_dirty_rate_calc", dom, 1 if seconds is None else seconds, int(flags))
    shell.out.note("Start to calculate domain's memory dirty rate successfully.", "")
