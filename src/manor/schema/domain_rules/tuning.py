# SPDX-License-Identifier: Apache-2.0
"""CPU pinning and scheduling, one entry per CPU or I/O thread."""

from __future__ import annotations

from manor.schema.core.bitmap import Bitmap
from manor.schema.domain import Domain
from manor.schema.domain.tuning import IoThread, IoThreadScheduler, VcpuScheduler


def complete_schedulers(domain: Domain) -> None:
    """Write schedulers out per CPU and per I/O thread; count threads that are only numbered."""
    tune = domain.cputune
    if tune is not None:
        tune.vcpuscheds = [
            VcpuScheduler(vcpus=Bitmap([cpu]), scheduler=entry.scheduler, priority=entry.priority)
            for entry in tune.vcpuscheds
            for cpu in sorted(entry.vcpus or ())
        ]
        tune.iothreadscheds = [
            IoThreadScheduler(iothreads=Bitmap([thread]), scheduler=entry.scheduler, priority=entry.priority)
            for entry in tune.iothreadscheds
            for thread in sorted(entry.iothreads or ())
        ]
        tune.iothreadscheds.sort(key=lambda entry: min(entry.iothreads or (0,)))
        tune.iothreadpins.sort(key=lambda pin: pin.iothread or 0)
    if domain.iothreadids:
        known = [thread.id for thread in domain.iothreadids]
        domain.iothreadids += [IoThread(id=number) for number in iothread_numbers(domain) if number not in known]
    if domain.iothreadids and (domain.iothreads or 0) < len(domain.iothreadids):
        domain.iothreads = len(domain.iothreadids)


def iothread_numbers(domain: Domain) -> list[int]:
    """The ids of a domain's I/O threads; those that are only counted have the lowest free ones."""
    numbers = [thread.id for thread in domain.iothreadids if thread.id is not None]
    candidate = 1
    while len(numbers) < (domain.iothreads or 0):
        if candidate not in numbers:
            numbers.append(candidate)
        candidate += 1
    return numbers
