# SPDX-License-Identifier: Apache-2.0
"""The statistics of virConnectGetAllDomainStats: every guest asked at once, its groups together on one round trip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice, repeat, zip_longest
from typing import Any, Final, NamedTuple

from manor.constants import DomainStatsTypes as Group
from manor.drivers.qemu.guest import Guest, Running
from manor.drivers.qemu.measures import block, cpu, memory, network
from manor.drivers.qemu.monitor import Answers, Question, good
from manor.errors import ManorError
from manor.records import DomainStatsRecord, TypedParam, int_param, llong_param, string_param, uint_param, ullong_param
from manor.system.turns import Slices

Held = Callable[[Guest], list[TypedParam]]


class Asked(NamedTuple):
    """A group QEMU is asked for: the questions to a running guest, and the parameters that its answers give.

    `params` gets an answer per question, none for a guest that does not run; those that failed are the failures.
    """

    questions: Callable[[Running], Sequence[Question]]
    params: Callable[[Guest, Sequence[Any], bool], list[TypedParam]]


ANSWER_S: Final = 5.0
"""Seconds a QEMU has for its figures: who asks for those of all guests shall not wait long for one that hangs."""

DIRTY_RATE_STATUS: Final = {"unstarted": 0, "measuring": 1, "measured": 2}


def _state(guest: Guest) -> list[TypedParam]:
    return [int_param("state.state", guest.state), int_param("state.reason", guest.reason)]


def _balloon(guest: Guest, answers: Sequence[Any], _backing: bool) -> list[TypedParam]:
    return memory.bulk(guest, answers)


def _block(guest: Guest, answers: Sequence[Any], backing: bool) -> list[TypedParam]:
    return block.bulk(guest, answers, backing=backing)


def _ask_iothreads(running: Running) -> list[Question]:
    return [Question("query-iothreads")] if running.document.iothreadids else []


def _iothread(_guest: Guest, answers: Sequence[Any], _backing: bool) -> list[TypedParam]:
    params = []
    for answer in answers:
        rows: list[dict[str, Any]] = good(answer)
        if rows:
            params.append(uint_param("iothread.count", len(rows)))
        for row in rows:
            number = str(row["id"]).removeprefix("iothread")
            params += [
                ullong_param(f"iothread.{number}.poll-max-ns", row.get("poll-max-ns", 0)),
                uint_param(f"iothread.{number}.poll-grow", row.get("poll-grow", 0)),
                uint_param(f"iothread.{number}.poll-shrink", row.get("poll-shrink", 0)),
            ]
    return params


def _ask_dirty_rate(_running: Running) -> list[Question]:
    return [Question("query-dirty-rate")]


def _dirty_rate(_guest: Guest, answers: Sequence[Any], _backing: bool) -> list[TypedParam]:
    params = []
    for given in answers:
        answer: dict[str, Any] = good(given)
        params += [
            int_param("dirtyrate.calc_status", DIRTY_RATE_STATUS.get(answer["status"], 0)),
            llong_param("dirtyrate.calc_start_time", answer.get("start-time", 0)),
            int_param("dirtyrate.calc_period", answer.get("calc-time", 0)),
        ]
        if "mode" in answer:
            params.append(string_param("dirtyrate.calc_mode", answer["mode"]))
        if "dirty-rate" in answer and answer["status"] == "measured":
            params.append(llong_param("dirtyrate.megabytes_per_second", answer["dirty-rate"]))
    return params


HELD: Final[dict[int, Held]] = {
    int(Group.STATE): _state,
    int(Group.CPU_TOTAL): cpu.total,
    int(Group.VCPU): cpu.vcpus,
    int(Group.INTERFACE): network.bulk,
}
"""Groups known without asking QEMU, by their numbers: those of an enumeration are slow to look up."""

ASKED: Final[dict[int, Asked]] = {
    int(Group.BALLOON): Asked(memory.questions, _balloon),
    int(Group.BLOCK): Asked(block.questions, _block),
    int(Group.IOTHREAD): Asked(_ask_iothreads, _iothread),
    int(Group.DIRTYRATE): Asked(_ask_dirty_rate, _dirty_rate),
}
"""Groups QEMU has to be asked for.

The others (perf, memory, vm) have no source here: hardware counters, memory bandwidth, KVM's own statistics.
"""


async def collect(guests: list[Guest], groups: int, *, backing: bool) -> list[DomainStatsRecord]:
    """One record per guest; a group QEMU does not answer is empty.

    Every guest is asked before the first answer is waited for.
    """
    held = [group for group in HELD if groups & group]
    asked = [group for group in ASKED if groups & group]
    slices = Slices()
    inquiries = []
    for guest in guests if asked else ():
        inquiries.append(_Inquiry(guest, asked))
        await slices.rest()
    records = []
    for guest, inquiry in zip_longest(guests, inquiries):
        parts = {group: HELD[group](guest) for group in held}
        if inquiry is not None:
            parts |= await inquiry.params(backing=backing)
        # The groups in libvirt's order, which is that of their numbers.
        records.append(DomainStatsRecord(guest.ref, [param for group in sorted(parts) for param in parts[group]]))
        await slices.rest()
    return records


class _Inquiry:
    """The questions of some groups to one guest, sent together, and what becomes of the answers."""

    def __init__(self, guest: Guest, groups: list[int]) -> None:
        self._guest = guest
        running = guest.running
        self._questions = [(group, ASKED[group].questions(running) if running is not None else ()) for group in groups]
        every = [question for _, questions in self._questions for question in questions]
        self._failure: ManorError | None = None
        self._answers: Answers | None = None
        if running is not None and every:
            try:
                self._answers = running.monitor.ask(every, timeout=ANSWER_S)
            except ManorError as failure:
                self._failure = failure

    async def params(self, *, backing: bool) -> dict[int, list[TypedParam]]:
        """The groups' parameters, once QEMU has answered."""
        answers = iter(await self._answers.get() if self._answers is not None else repeat(self._failure))
        return {
            group: self._group(group, list(islice(answers, len(questions))), backing)
            for group, questions in self._questions
        }

    def _group(self, group: int, answers: list[Any], backing: bool) -> list[TypedParam]:
        try:
            return ASKED[group].params(self._guest, answers, backing)
        except ManorError:
            return []
