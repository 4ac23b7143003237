# SPDX-License-Identifier: Apache-2.0
"""Events: registration, delivery in the event loop's thread, and the arguments each callback gets."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

import libvirt
import libvirt_qemu
from libvirt._dispatch import DISPATCHERS
from manor.constants import ConnectCloseReason, DomainEventStartedDetailType, DomainEventType
from manor.errors import ErrorNumber
from manor.records import TypedParam
from manor.records.events import (
    EVENTS,
    DomainChannelLifecycleEvent,
    DomainGraphicsEvent,
    DomainLifecycleEvent,
    DomainMonitorEvent,
    DomainTunableEvent,
    Event,
    GraphicsAddress,
    GraphicsIdentity,
    NetworkLifecycleEvent,
)
from tests.unit.dropin.fake import DOM, NET, FakeBackend, error, made_up

API = Path(__file__).resolve().parents[4] / "shared" / "facts" / "api.json"
LIFECYCLE = DomainLifecycleEvent(DOM, 3, 1)


@pytest.fixture
def looped(fresh_loop: None) -> None:
    libvirt.virEventRegisterDefaultImpl()


@pytest.fixture
def events(looped: None, conn: libvirt.virConnect) -> libvirt.virConnect:
    return conn


def run() -> None:
    """A round of the loop that never waits."""
    timer = libvirt.virEventAddTimeout(0, lambda *_: None, None)
    libvirt.virEventRunDefaultImpl()
    libvirt.virEventRemoveTimeout(timer)


def shown(arguments: tuple[Any, ...]) -> list[Any]:
    return [one.name() if isinstance(one, libvirt.virDomain | libvirt.virNetwork) else one for one in arguments]


def test_without_a_loop_there_are_no_events(fresh_loop: None, conn: libvirt.virConnect) -> None:
    for call in (
        lambda: conn.domainEventRegister(print, None),
        lambda: conn.domainEventRegisterAny(None, 0, print, None),
        lambda: conn.networkEventRegisterAny(None, 0, print, None),
    ):
        with pytest.raises(libvirt.libvirtError) as caught:
            call()
        assert caught.value.err is not None
        assert caught.value.err[:3] == (1, 0, "internal error: could not initialize domain event timer")


def test_callbacks_run_in_the_loop_only(events: libvirt.virConnect, backend: FakeBackend) -> None:
    seen: list[Any] = []
    number = events.domainEventRegisterAny(None, 0, lambda *a: seen.append((shown(a), threading.get_ident())), "op")
    assert list(backend.subscriptions.values()) == [(("domain", 0), None)]
    publisher = threading.Thread(target=backend.publish, args=(100, LIFECYCLE))
    publisher.start()
    publisher.join()
    events.getHostname()
    assert seen == []
    run()
    assert seen == [([events, "web", 3, 1, "op"], threading.get_ident())]
    events.domainEventDeregisterAny(number)
    assert backend.subscriptions == {}
    backend.publish(100, LIFECYCLE)
    run()
    assert len(seen) == 1


def test_events_of_one_object(events: libvirt.virConnect, backend: FakeBackend) -> None:
    events.domainEventRegisterAny(libvirt.virDomain(events, DOM), 0, print, None)
    events.networkEventRegisterAny(libvirt.virNetwork(events, NET), 0, print, None)
    assert list(backend.subscriptions.values()) == [(("domain", 0), DOM), (("network", 0), NET)]


def test_numbers_are_the_connections_own(events: libvirt.virConnect) -> None:
    assert events.domainEventRegister(print, None) is None
    assert [events.domainEventRegisterAny(None, n, print, None) for n in (0, 1)] == [1, 2]
    assert events.networkEventRegisterAny(None, 0, print, None) == 3
    assert events.storagePoolEventRegisterAny(None, 1, print, None) == 4
    assert events.nodeDeviceEventRegisterAny(None, 0, print, None) == 5
    assert events.secretEventRegisterAny(None, 1, print, None) == 6
    assert set(events.domainEventCallbackID) == {1, 2}
    assert set(events.networkEventCallbackID) == {3}
    events.secretEventDeregisterAny(6)
    events.nodeDeviceEventDeregisterAny(5)
    events.storagePoolEventDeregisterAny(4)
    events.networkEventDeregisterAny(3)
    assert events.secretEventCallbackID == {}


def test_the_same_event_twice_is_refused(events: libvirt.virConnect) -> None:
    dom = libvirt.virDomain(events, DOM)
    events.domainEventRegisterAny(None, 0, print, None)
    events.domainEventRegisterAny(dom, 0, print, None)
    events.domainEventRegister(print, None)
    for subject in (None, dom):
        with pytest.raises(libvirt.libvirtError) as caught:
            events.domainEventRegisterAny(subject, 0, repr, None)
        assert caught.value.err is not None
        assert caught.value.err[:3] == (8, 0, "invalid argument: event callback already tracked")


@pytest.mark.parametrize("number", [99, -1, 30])
def test_unknown_events(events: libvirt.virConnect, number: int) -> None:
    with pytest.raises(libvirt.libvirtError, match=r"^virConnectDomainEventRegisterAny\(\) failed$") as caught:
        events.domainEventRegisterAny(None, number, print, None)
    assert caught.value.err is None


def test_unknown_registrations(events: libvirt.virConnect) -> None:
    with pytest.raises(libvirt.libvirtError) as caught:
        events.domainEventDeregisterAny(999)
    assert caught.value.err is not None
    assert caught.value.err[:3] == (8, 0, "invalid argument: could not find event callback 999 for deletion")
    events.domainEventDeregister(print)
    events.domainEventRegister(repr, None)
    with pytest.raises(KeyError):
        events.domainEventDeregister(print)


def test_the_old_way(events: libvirt.virConnect, backend: FakeBackend) -> None:
    seen: list[Any] = []

    def first(*arguments: Any) -> None:
        seen.append(("first", shown(arguments)))

    def second(*arguments: Any) -> None:
        seen.append(("second", shown(arguments)))

    events.domainEventRegister(first, 1)
    events.domainEventRegister(second, 2)
    number = events.domainEventRegisterAny(None, 0, lambda *a: seen.append(("any", shown(a))), 3)
    assert len(backend.subscriptions) == 1
    backend.publish(100, LIFECYCLE)
    run()
    assert seen.pop() == ("any", [events, "web", 3, 1, 3])
    events.domainEventDeregisterAny(number)
    assert seen == [("first", [events, "web", 3, 1, 1]), ("second", [events, "web", 3, 1, 2])]
    events.domainEventDeregister(first)
    assert len(backend.subscriptions) == 1
    events.domainEventDeregister(second)
    assert backend.subscriptions == {}


def test_a_failing_callback_is_shown_and_others_run(
    events: libvirt.virConnect, backend: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Any] = []
    events.domainEventRegisterAny(None, 0, lambda *a: int("broken"), None)
    events.networkEventRegisterAny(None, 0, lambda *a: seen.append(shown(a)), None)
    backend.publish(100, LIFECYCLE)
    backend.publish(101, NetworkLifecycleEvent(NET, 2, 0))
    run()
    assert seen == [[events, "lan", 2, 0, None]]
    assert "ValueError" in capsys.readouterr().err


def test_callbacks_may_deregister_and_register(events: libvirt.virConnect, backend: FakeBackend) -> None:
    seen: list[Any] = []

    def once(conn: libvirt.virConnect, *rest: Any) -> None:
        seen.append("once")
        conn.domainEventDeregisterAny(number)
        conn.domainEventRegisterAny(None, 0, lambda *_: seen.append("again"), None)

    number = events.domainEventRegisterAny(None, 0, once, None)
    backend.publish(100, LIFECYCLE)
    backend.publish(100, LIFECYCLE)
    run()
    assert seen == ["once"]
    backend.publish(next(iter(backend.subscriptions)), LIFECYCLE)
    run()
    assert seen == ["once", "again"]


def test_every_event_has_a_dispatcher() -> None:
    assert set(DISPATCHERS) == set(EVENTS)


@pytest.mark.skipif(not API.exists(), reason="the API description is not beside the repository")
def test_arguments_of_every_callback(events: libvirt.virConnect, backend: FakeBackend) -> None:
    """Each callback gets as many arguments as the description lists, the opaque value last."""
    described = json.loads(API.read_text())["python_event_callbacks"]
    prefixes = {
        "VIR_DOMAIN_": ("domain", events.domainEventRegisterAny),
        "VIR_NETWORK_": ("network", events.networkEventRegisterAny),
        "VIR_STORAGE_POOL_": ("storage_pool", events.storagePoolEventRegisterAny),
        "VIR_NODE_DEVICE_": ("node_device", events.nodeDeviceEventRegisterAny),
        "VIR_SECRET_": ("secret", events.secretEventRegisterAny),
    }
    checked = 0
    for name, entry in described.items():
        kind, register = next(value for prefix, value in prefixes.items() if name.startswith(prefix))
        seen: list[Any] = []
        register(None, entry["value"], lambda *arguments, into=seen: into.append(arguments), "opaque")  # type: ignore[operator]
        subscription = max(backend.subscriptions)
        backend.publish(subscription, made_up(EVENTS[kind, entry["value"]]))
        run()
        (arguments,) = seen
        assert len(arguments) == len(entry["callback_args"]), name
        assert arguments[0] is events
        assert arguments[-1] == "opaque"
        if ": " in entry["callback_args"][1]:
            assert type(arguments[1]).__name__ == entry["callback_args"][1].split(": ")[1]
        assert DISPATCHERS[kind, entry["value"]] == entry["dispatcher"]
        checked += 1
    assert checked == 38


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            DomainGraphicsEvent(
                DOM,
                1,
                GraphicsAddress(0, "127.0.0.1", "5900"),
                GraphicsAddress(1, "::1", "6000"),
                "vnc",
                [GraphicsIdentity("x509dname", "CN=a")],
            ),
            [
                "web",
                1,
                {"family": 0, "node": "127.0.0.1", "service": "5900"},
                {"family": 1, "node": "::1", "service": "6000"},
                "vnc",
                [("x509dname", "CN=a")],
            ],
        ),
        (
            DomainTunableEvent(DOM, [TypedParam("cputune.cpu_shares", 4, 5), TypedParam("x", 7, "y")]),
            ["web", {"cputune.cpu_shares": 5, "x": "y"}],
        ),
        (DomainChannelLifecycleEvent(DOM, "org.x", 1, 2), ["web", 1, 2]),
    ],
)
def test_details(events: libvirt.virConnect, backend: FakeBackend, event: Event, expected: list[Any]) -> None:
    seen: list[Any] = []
    number = next(key[1] for key, record in EVENTS.items() if record is type(event))
    events.domainEventRegisterAny(None, number, lambda *a: seen.append(shown(a)[1:-1]), None)
    backend.publish(100, event)
    run()
    assert seen == [expected]


def test_events_carry_plain_numbers(events: libvirt.virConnect, backend: FakeBackend) -> None:
    seen: list[Any] = []
    events.domainEventRegister(lambda *a: seen.append(repr(a[2:])), None)
    events.domainEventRegisterAny(None, 0, lambda *a: seen.append(repr(a[2:])), None)
    backend.publish(100, DomainLifecycleEvent(DOM, DomainEventType.STARTED, DomainEventStartedDetailType.BOOTED))
    run()
    assert seen == ["(2, 0, None)"] * 2


def test_monitor_events(events: libvirt.virConnect, backend: FakeBackend) -> None:
    seen: list[Any] = []
    number = libvirt_qemu.qemuMonitorEventRegister(events, None, "STOP", lambda *a: seen.append(shown(a)), "op", 2)
    assert backend.subscriptions == {100: (("qemu_monitor", 2), ("STOP", None))}
    backend.publish(100, DomainMonitorEvent(DOM, "STOP", 5, 6, "{}"))
    run()
    assert seen == [[events, "web", "STOP", 5, 6, "{}", "op"]]
    libvirt_qemu.qemuMonitorEventDeregister(events, number)
    assert backend.subscriptions == {}


def test_the_end_of_a_connection_is_told_once(events: libvirt.virConnect, backend: FakeBackend) -> None:
    seen: list[Any] = []
    assert events.registerCloseCallback(lambda *a: seen.append(a), "op") == 0
    run()
    assert seen == []
    backend.lose(ConnectCloseReason.KEEPALIVE)
    run()
    backend.wake()
    run()
    assert seen == [(events, libvirt.VIR_CONNECT_CLOSE_REASON_KEEPALIVE, "op")]


def test_nobody_is_told_after_unregistering(events: libvirt.virConnect, backend: FakeBackend) -> None:
    events.registerCloseCallback(lambda *a: pytest.fail("called"), None)
    events.unregisterCloseCallback()
    backend.lose(ConnectCloseReason.EOF)
    run()


def test_a_closed_connection_leaves_the_loop(events: libvirt.virConnect, backend: FakeBackend) -> None:
    from libvirt import _loop

    assert _loop._default is not None
    events.domainEventRegisterAny(None, 0, lambda *a: pytest.fail("called"), None)
    assert len(_loop._default._timers) == 1
    events.close()
    assert _loop._default._timers == {}
    backend.publish(100, LIFECYCLE)
    run()


def test_a_refused_subscription_leaves_no_registration(events: libvirt.virConnect, backend: FakeBackend) -> None:
    def refuse(key: tuple[str, int], reference: object | None = None) -> int:
        raise error(ErrorNumber.NO_SUPPORT, "virConnectSecretEventRegisterAny")

    backend.subscribe = refuse  # type: ignore[method-assign]
    with pytest.raises(libvirt.libvirtError):
        events.secretEventRegisterAny(None, 0, print, None)
    assert events.secretEventCallbackID == {}
