# SPDX-License-Identifier: Apache-2.0
"""The figures of a long operation, and the two forms in which libvirt gives them."""

from __future__ import annotations

import time

import msgspec

from manor.constants import DomainJobOperation, DomainJobType
from manor.records import DomainJobInfo, DomainJobStats, TypedParam, int_param, string_param, ullong_param


class JobStats(msgspec.Struct):
    """Progress of one async job; memory and disk figures in bytes, times in ms, rates in bytes/s.

    `extra` holds parameters only some jobs have (downtime, dirty rate, compression …) under their
    VIR_DOMAIN_JOB_* field names.
    """

    operation: DomainJobOperation
    type: DomainJobType = DomainJobType.UNBOUNDED
    started: float = msgspec.field(default_factory=time.monotonic)
    elapsed_ms: int | None = None
    memory_total: int = 0
    memory_processed: int = 0
    memory_remaining: int = 0
    disk_total: int = 0
    disk_processed: int = 0
    disk_remaining: int = 0
    memory_bps: int = 0
    error: str | None = None
    extra: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def time_elapsed_ms(self) -> int:
        """Milliseconds since the start, or the whole duration once it has ended."""
        return self.elapsed_ms if self.elapsed_ms is not None else int((time.monotonic() - self.started) * 1000)

    def memory_progress(self, total: int, processed: int, remaining: int) -> None:
        """Take the figures of QEMU's query-migrate; the job is bounded from now on."""
        self.type = DomainJobType.BOUNDED
        self.memory_total, self.memory_processed, self.memory_remaining = total, processed, remaining

    def finish(self, outcome: DomainJobType) -> None:
        """Freeze the figures; what remained of a job that completed is nothing."""
        self.elapsed_ms = self.time_elapsed_ms
        self.type = outcome
        if outcome is DomainJobType.COMPLETED:
            self.memory_remaining = self.disk_remaining = 0

    def info(self) -> DomainJobInfo:
        """virDomainGetJobInfo: data figures are the sums of memory and disk."""
        return DomainJobInfo(
            type=self.type,
            time_elapsed=self.time_elapsed_ms,
            time_remaining=0,
            data_total=self.memory_total + self.disk_total,
            data_processed=self.memory_processed + self.disk_processed,
            data_remaining=self.memory_remaining + self.disk_remaining,
            mem_total=self.memory_total,
            mem_processed=self.memory_processed,
            mem_remaining=self.memory_remaining,
            file_total=self.disk_total,
            file_processed=self.disk_processed,
            file_remaining=self.disk_remaining,
        )

    def stats(self) -> DomainJobStats:
        """virDomainGetJobStats."""
        params: list[TypedParam] = [
            int_param("operation", self.operation),
            ullong_param("time_elapsed", self.time_elapsed_ms),
            ullong_param("data_total", self.memory_total + self.disk_total),
            ullong_param("data_processed", self.memory_processed + self.disk_processed),
            ullong_param("data_remaining", self.memory_remaining + self.disk_remaining),
            ullong_param("memory_total", self.memory_total),
            ullong_param("memory_processed", self.memory_processed),
            ullong_param("memory_remaining", self.memory_remaining),
            ullong_param("memory_bps", self.memory_bps),
        ]
        if self.disk_total:
            params += [
                ullong_param("disk_total", self.disk_total),
                ullong_param("disk_processed", self.disk_processed),
                ullong_param("disk_remaining", self.disk_remaining),
            ]
        params.extend(ullong_param(name, value) for name, value in self.extra.items())
        if self.error is not None:
            params.append(string_param("errmsg", self.error))
        return DomainJobStats(self.type, params)


def no_job() -> DomainJobInfo:
    """virDomainGetJobInfo of a guest without a job."""
    return DomainJobInfo(DomainJobType.NONE, *([0] * (len(DomainJobInfo._fields) - 1)))
