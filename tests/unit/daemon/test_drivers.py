# SPDX-License-Identifier: Apache-2.0
"""Which driver a client's URI gets, and the parts of the daemon's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from manor.daemon import drivers as module
from manor.daemon.drivers import Drivers
from manor.daemon.paths import DaemonPaths
from manor.drivers.interface import Driver, DriverContext, EventBus, Identity, Session
from manor.drivers.interface.host import HostFamily
from manor.drivers.interface.network import NetworkFamily
from manor.errors import ErrorNumber, ManorError
from manor.uri import ConnectURI


class Host(HostFamily):
    async def connect_get_hostname(self) -> str:
        return "here"

    async def connect_supports_feature(self, feature: int) -> int:
        return feature

    async def connect_is_secure(self) -> int:
        return 1


class Network(NetworkFamily):
    async def connect_num_of_networks(self) -> int:
        return 7


class Whole(Driver):
    name = "QEMU"


class Provider:
    def __init__(self, context: DriverContext) -> None:
        self.context = context
        self.opened: list[str] = []

    async def open(self, uri: ConnectURI, session: Session) -> Driver:
        self.opened.append(str(uri))
        return Whole(session, EventBus(), host=Host(session), network=Network(session))

    async def aclose(self) -> None:
        """Nothing to do."""


@pytest.fixture
def drivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drivers]:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    made = Drivers(DaemonPaths.choose(tmp_path), {"qemu": {"user": "qemu"}})

    async def load(scheme: str, context: DriverContext) -> Any:
        return Provider(context)

    monkeypatch.setattr(module, "load_provider", load)
    yield made


async def opened(drivers: Drivers, name: str | None) -> Driver:
    return await drivers.open(name, Identity(user_id=5), readonly=True)


@pytest.mark.parametrize("name", [None, "", "qemu:///system"])
async def test_the_daemons_own_hypervisor(drivers: Drivers, name: str | None) -> None:
    driver = await opened(drivers, name)
    assert (driver.session.uri, driver.session.readonly, driver.session.identity.user_id) == ("qemu:///system", True, 5)


async def test_settings_reach_the_driver(drivers: Drivers) -> None:
    await drivers.start()
    assert drivers._known["qemu"].context.settings == {"user": "qemu"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("xen:///system", ErrorNumber.NO_CONNECT),
        ("qemu+tcp://elsewhere/system", ErrorNumber.NO_CONNECT),
        ("qemu+unix:///system", ErrorNumber.NO_CONNECT),
        ("qemu://elsewhere/system", ErrorNumber.NO_CONNECT),
        ("qemu:///embed?root=/tmp", ErrorNumber.INTERNAL_ERROR),
        ("network:///session", ErrorNumber.INTERNAL_ERROR),
        ("secret:///system", ErrorNumber.NO_CONNECT),
        ("nonsense", ErrorNumber.NO_CONNECT),
    ],
)
async def test_what_is_not_served(drivers: Drivers, name: str, code: ErrorNumber) -> None:
    with pytest.raises(ManorError) as caught:
        await opened(drivers, name)
    assert caught.value.code == code


async def test_a_part(drivers: Drivers) -> None:
    driver = await opened(drivers, "network:///system")
    assert driver.name == "network"
    assert await driver.host.connect_get_type() == "network"
    assert await driver.host.connect_get_uri() == "network:///system"
    assert await driver.host.connect_get_hostname() == "here"
    assert await driver.host.connect_supports_feature(3) == 3
    assert await driver.host.connect_is_secure() == 1
    assert await driver.network.connect_num_of_networks() == 7
    with pytest.raises(ManorError):
        await driver.domain.connect_num_of_domains()
    closed = []
    driver.session.on_close.append(lambda: closed.append(True))
    await driver.close()
    assert closed == [True]


async def test_all_is_stopped(drivers: Drivers) -> None:
    await opened(drivers, "test:///default")
    await drivers.aclose()
    assert drivers._known == {}
