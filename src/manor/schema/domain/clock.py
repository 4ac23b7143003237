# SPDX-License-Identifier: Apache-2.0
"""Time and power: <clock>, <pm>."""

from __future__ import annotations

from typing import Final, Literal

from manor.schema.core import Element, attr, child, codec, internal, many, one, unsupported, xml_error

ClockOffset = Literal["utc", "localtime", "variable", "timezone", "absolute"]
TimerName = Literal["platform", "pit", "rtc", "hpet", "tsc", "kvmclock", "hypervclock", "armvtimer"]


_adjustment: Final = codec.matching("seconds, or reset", r"reset|[ \t]*[+-]?[0-9]{1,18}", "reset", "-3600", "86400")


class TimerCatchup(Element, tag="catchup"):
    """How fast lost ticks are made up for; times in microseconds and milliseconds as the guest sees them."""

    threshold: int | None = attr(codec=codec.unsigned_long)
    slew: int | None = attr(codec=codec.unsigned_long)
    limit: int | None = attr(codec=codec.unsigned_long)


class Timer(Element, tag="timer"):
    """A clock device of the guest; `frequency` in Hz."""

    name: TimerName | None = attr(required=True)
    present: bool | None = attr()
    tickpolicy: Literal["delay", "catchup", "merge", "discard"] | None = attr()
    track: Literal["boot", "guest", "wall", "realtime"] | None = attr()
    frequency: int | None = attr(codec=codec.unsigned_long)
    mode: Literal["auto", "native", "emulate", "paravirt", "smpsafe"] | None = attr()
    catchup: TimerCatchup | None = one()


class Clock(Element, tag="clock"):
    """The guest's real-time clock. `adjustment`: seconds, or "reset"; `start`: seconds since 1970."""

    offset: ClockOffset | None = attr(blank=True, error=unsupported("unknown clock offset '{value}'"))
    adjustment: str | None = attr(codec=_adjustment, error=xml_error("unknown clock adjustment '{value}'"), blank=True)
    basis: Literal["utc", "localtime"] | None = attr(error=unsupported("unknown clock basis '{value}'"), blank=True)
    timezone: str | None = attr()
    start: int | None = attr(
        codec=codec.unsigned_long,
        since=(8, 4),
        error=internal("missing 'start' attribute for clock with offset='absolute'"),
    )
    timers: list[Timer] = many()


class PowerManagement(Element, tag="pm"):
    """Which sleep states the guest is offered."""

    suspend_to_mem: bool | None = child("suspend-to-mem", at="enabled")
    suspend_to_disk: bool | None = child("suspend-to-disk", at="enabled")
