# SPDX-License-Identifier: Apache-2.0
"""The test driver as the daemon and the in-process shells use it: provider, connections, families, events."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from manor.constants import DomainEventID
from manor.drivers.interface import DriverContext, Session
from manor.drivers.interface.driver import FAMILIES, operations
from manor.drivers.registry import load_provider
from manor.drivers.test.defaults import default_node
from manor.drivers.test.provider import TestDriver, TestProvider
from manor.errors import ErrorNumber, ManorError
from manor.records.events import DomainLifecycleEvent, Event
from manor.uri import ConnectURI
from tests.support import ROOT

SUPPORT = ROOT.parent / "shared" / "facts" / "support.json"

# Functions that are not operations of a driver, but of the connection or of the binding.
ELSEWHERE = {
    "virConnectClose", "virConnectIsAlive", "virConnectIsEncrypted", "virConnectOpen", "virConnectOpenAuth",
    "virConnectOpenReadOnly", "virDomainCreateLinux", "virDomainListGetStats", "virDomainLookupByUUIDString",
    "virNetworkLookupByUUIDString", "virStoragePoolLookupByUUIDString",
}  # fmt: skip

# Our own connections ask for these; two are refused under their own names.
OURS = {"connect_get_uri", "connect_supports_feature", "node_device_dettach", "storage_vol_wipe"}


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[TestProvider]:
    found = await load_provider("test", DriverContext.below(tmp_path, privileged=False))
    assert isinstance(found, TestProvider)
    yield found
    await found.aclose()


async def connect(provider: TestProvider, uri: str = "test:///default") -> TestDriver:
    return await provider.open(ConnectURI.parse(uri), Session(uri))


async def test_default_connections_share_their_node_while_one_is_open(provider: TestProvider) -> None:
    one, other = await connect(provider), await connect(provider)
    dom = await one.domain.domain_lookup_by_name("test")
    await one.domain.domain_destroy(dom)
    assert await other.domain.connect_num_of_domains() == 0
    await one.close()
    assert await other.domain.connect_num_of_domains() == 0
    await other.close()
    fresh = await connect(provider)
    assert await fresh.domain.connect_num_of_domains() == 1
    await fresh.close()


async def test_files_are_private(provider: TestProvider, tmp_path: Path) -> None:
    path = tmp_path / "node.xml"
    domain = "<domain type='test'><name>a</name><memory>1024</memory><os><type>hvm</type></os></domain>"
    path.write_text(f"<node>{domain}</node>")
    one, other = await connect(provider, f"test://{path}"), await connect(provider, f"test://{path}")
    await one.domain.domain_destroy(await one.domain.domain_lookup_by_name("a"))
    assert await one.domain.connect_num_of_domains() == 0
    assert await other.domain.connect_num_of_domains() == 1


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("test:///", ErrorNumber.INVALID_ARG),
        ("test:///nowhere/at/all.xml", ErrorNumber.XML_ERROR),
        ("test:///default/more", ErrorNumber.XML_ERROR),
    ],
)
async def test_paths_that_name_nothing(provider: TestProvider, uri: str, code: ErrorNumber) -> None:
    with pytest.raises(ManorError) as caught:
        await connect(provider, uri)
    assert caught.value.code == code


async def test_users_cannot_be_asked_who_they_are(provider: TestProvider, tmp_path: Path) -> None:
    path = tmp_path / "node.xml"
    path.write_text("<node><auth><user password='x'>me</user></auth></node>")
    with pytest.raises(ManorError, match="Missing authentication credentials"):
        await connect(provider, f"test://{path}")


async def test_events_reach_every_connection_of_a_node(provider: TestProvider) -> None:
    one, other = await connect(provider), await connect(provider)
    seen: list[Event] = []
    subscription = other.events.subscribe(("domain", DomainEventID.LIFECYCLE), seen.append, None)
    dom = await one.domain.domain_lookup_by_name("test")
    await one.domain.domain_suspend(dom)
    await one.domain.domain_resume(dom)
    subscription.cancel()
    await one.domain.domain_suspend(dom)
    assert [(event.event, event.detail) for event in seen if isinstance(event, DomainLifecycleEvent)] == [
        (3, 0),
        (4, 0),
    ]
    await one.close()
    await other.close()


async def test_bytes_and_times_have_plain_types(provider: TestProvider) -> None:
    """Records go to wire codecs: enumerations must not leak into them."""
    driver = await connect(provider)
    dom = await driver.domain.domain_lookup_by_name("test")
    info = await driver.domain.domain_get_info(dom)
    state = await driver.domain.domain_get_state(dom, 0)
    assert [type(value) for value in (*info, *state)] == [int] * 7
    assert dom.uuid.hex() == "6695eb01f6a4830479aa97f2502e193f"
    await driver.close()


def _key(name: str) -> str:
    return name.lower().replace("_", "")


@pytest.mark.skipif(not SUPPORT.exists(), reason="the table of functions is not on this machine")
async def test_implements_what_libvirts_driver_implements(provider: TestProvider) -> None:
    """Every function of the table, by itself or through the operation it is a short form of; and no other."""
    table = json.loads(SUPPORT.read_text())["functions"]
    wanted = {_key(name[3:]): name for name, drivers in table.items() if "test" in drivers}
    driver = TestDriver(Session("test:///default"), default_node())
    known = {
        _key(name): getattr(type(getattr(driver, family)), name) is not getattr(FAMILIES[family], name)
        for name, family in operations().items()
    }
    short = {name for name in operations() if f"{name}_flags" in operations() or name in _SHORT}
    lacking = [name for key, name in wanted.items() if not known.get(key, name in ELSEWHERE or "Event" in name)]
    assert {_key(name[3:]) for name in lacking} <= {_key(name) for name in short}
    extra = {name for name in operations() if known[_key(name)] and _key(name) not in wanted}
    assert extra == OURS


# Operations that call another with a default.
_SHORT = {"domain_core_dump", "domain_create"}
