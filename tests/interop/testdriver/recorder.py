# SPDX-License-Identifier: Apache-2.0
"""Records what a `libvirt` module does: every call through a proxy becomes one line of a transcript.

Runs under any interpreter that can import a module called `libvirt` (the stock binding or the drop-in) and needs
nothing else, so that the same scenario can be played in two processes and the transcripts compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import libvirt

_RANDOM = (
    (re.compile(r"/tmp/tmp\w+"), "/tmp/FOLDER"),
    (re.compile(r"52:54:00(:[0-9a-f]{2}){3}"), "52:54:00:R:R:R"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), "RANDOM-UUID"),
    (re.compile(r"<creationTime>\d+</creationTime>"), "<creationTime>NOW</creationTime>"),
    (re.compile(r"\b1[6-9]\d{8}\b"), "NOW"),
)
_VARYING = frozenset({"blockStats", "interfaceStats", "vcpus"})
"""Methods whose larger numbers follow the clock."""
NOW = 1_500_000_000
"""Integers from here to 10 digits are seconds since the epoch, much larger ones nanoseconds; both vary."""


def mask(text: str) -> str:
    """`text` without what is different on every run."""
    for pattern, replacement in _RANDOM:
        text = pattern.sub(replacement, text)
    return text


class Failed:
    """What a failed call gives to the scenario: any use of it is ignored, so that scenarios need no branches."""

    def __getattr__(self, name: str) -> Callable[..., Failed]:
        return lambda *args, **kwargs: self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False


FAILED = Failed()


def is_object(value: object) -> bool:
    """Whether `value` is one of the binding's objects (a connection, a domain…)."""
    return type(value).__name__.startswith("vir") and not isinstance(value, type)


def short_name(value: Any) -> str:
    """An object in front of its method: its name, or its kind."""
    for method in ("name", "getName"):
        if hasattr(value, method):
            return mask(getattr(value, method)())
    return type(value).__name__


class Proxy:
    """Stands for an object of the binding; its methods are recorded."""

    def __init__(self, recorder: Recorder, target: Any, label: str) -> None:
        self._recorder = recorder
        self._target = target
        self._label = label

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._target, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._recorder.call(f"{self._label}.{name}", method, *args, **kwargs)

        return call


def unwrap(value: Any) -> Any:
    """The binding's own objects behind proxies, in arguments."""
    if isinstance(value, Proxy):
        return value._target
    if isinstance(value, list | tuple):
        return type(value)(unwrap(item) for item in value)
    return value


class Recorder:
    """Plays calls and writes down results, errors and events in the order they come."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.calls = 0
        self._sorted = False
        self._varying = False

    def open(self, uri: str, readonly: bool = False) -> Any:
        """A recorded connection; failing to open is recorded as well."""
        opener = libvirt.openReadOnly if readonly else libvirt.open
        return self.call("libvirt.openReadOnly" if readonly else "libvirt.open", opener, uri)

    def call(self, label: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call, record, and hand the result on; a libvirtError becomes `FAILED`."""
        self.calls += 1
        self._varying = label.rpartition(".")[2] in _VARYING
        given = ", ".join([*map(self.show, args), *(f"{key}={self.show(value)}" for key, value in kwargs.items())])
        try:
            result = function(*map(unwrap, args), **{key: unwrap(value) for key, value in kwargs.items()})
        except libvirt.libvirtError as error:
            self.lines.append(f"{label}({given}) !! {self.show_error(error)}")
            result = FAILED
        except (TypeError, ValueError, OverflowError) as error:
            self.lines.append(f"{label}({given}) !! {type(error).__name__}")
            result = FAILED
        except Exception as error:  # the binding raises its parameter errors as plain exceptions too
            self.lines.append(f"{label}({given}) !! {type(error).__name__}: {error}")
            result = FAILED
        else:
            shown = "<hostname>" if label.endswith(".getHostname") else self.show(result)
            if self._sorted and isinstance(result, list):
                shown = "list" + str(sorted(map(self.show, result)))
            self.lines.append(f"{label}({given}) -> {shown}")
        self.pump()
        return self.wrap(result)

    def listing(self, method: Callable[..., Any], *args: Any) -> Any:
        """Call a method that lists in no particular order; what is written down is sorted."""
        self._sorted = True
        try:
            return method(*args)
        finally:
            self._sorted = False

    def note(self, text: str) -> None:
        """A line of the scenario's own."""
        self.lines.append(mask(text))

    def pump(self) -> None:
        """Let queued events be delivered: a timer that is due at once ends each turn of the loop."""
        for _ in range(2):
            timer = libvirt.virEventAddTimeout(0, lambda *_: None, None)
            libvirt.virEventRunDefaultImpl()
            libvirt.virEventRemoveTimeout(timer)

    # -- what values look like ---------------------------------------------------------------------

    def wrap(self, value: Any) -> Any:
        if is_object(value):
            return Proxy(self, value, short_name(value))
        if isinstance(value, list) and value and is_object(value[0]):
            return [Proxy(self, item, short_name(item)) for item in value]
        return value

    def show(self, value: Any) -> str:
        value = unwrap(value)
        if is_object(value):
            return f"<{type(value).__name__} {self._identity(value)}>"
        if isinstance(value, Failed):
            return "<failed>"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.show(k)}: {self.show(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list | tuple):
            return type(value).__name__ + "[" + ", ".join(map(self.show, value)) + "]"
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and (_is_time(value) or (self._varying and value > 10**8))
        ):
            return "<time>"
        return mask(repr(value)) if not isinstance(value, str) else repr(mask(value))

    def _identity(self, value: Any) -> str:
        kind = type(value).__name__
        if kind == "virConnect":
            return ""
        if kind == "virStream":
            return ""
        if kind in {"virDomainSnapshot", "virDomainCheckpoint"}:
            return mask(f"'{value.getName()}'")
        if kind == "virDomain":
            return mask(f"{value.name()} id={value.ID()} {value.UUIDString()}")
        name = value.name()
        for extra in ("UUIDString", "MACString", "key"):
            if hasattr(value, extra):
                return mask(f"{name} {getattr(value, extra)()}")
        return str(name)

    def show_error(self, error: Any) -> str:
        details = (
            error.get_error_code(),
            error.get_error_domain(),
            error.get_error_level(),
            error.get_error_message(),
            error.get_str1(),
            error.get_str2(),
            error.get_str3(),
            error.get_int1(),
            error.get_int2(),
        )
        return mask(repr(details))

    # -- events ------------------------------------------------------------------------------------

    def watch(self, connection: Any) -> None:
        """Record every event that the connection can report."""
        target = unwrap(connection)
        for kind, ids, register in (
            ("domain", range(27), target.domainEventRegisterAny),
            ("network", range(1), target.networkEventRegisterAny),
            ("pool", range(2), target.storagePoolEventRegisterAny),
            ("nodedev", range(2), target.nodeDeviceEventRegisterAny),
        ):
            for event in ids:
                register(None, event, self._on_event, (kind, event))

    def _on_event(self, connection: Any, *args: Any) -> None:
        *values, (kind, event) = args
        self.lines.append(f"  event {kind} {event}: {self.show(list(values))}")


def _is_time(value: int) -> bool:
    return NOW <= value < 4_000_000_000 or 10**17 < value < 2**63 - 2**40
