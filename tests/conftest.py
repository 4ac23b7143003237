# SPDX-License-Identifier: Apache-2.0
"""Fixtures every test may ask for, and the rule by which tests are spread over the workers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import clients
from tests.support.guest import GuestImage, build_or_skip
from tests.support.leaks import Leaks
from tests.support.libvirtd import Libvirtd
from tests.support.libvirtd import missing as missing_libvirtd
from tests.support.manord import Manord
from tests.support.manord import missing as missing_manord

# Unit tests go to whichever worker is free. The others hold real processes and costly fixtures, so
# the tests of one file stay together; a test's own xdist_group mark goes before.
_GROUPED = ("tests/driver/", "tests/interop/", "tests/e2e/")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.nodeid.split("::")[0]
        if path.startswith(_GROUPED) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(path))


@pytest.fixture(scope="session")
def test_guest() -> GuestImage:
    """The small Linux guest: `.kernel`, `.initrd`, `.cmdline`; it prints BANNER when it is up."""
    return build_or_skip()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A fresh folder with a short name, for what holds sockets: their paths have a limit of 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="mt-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A fresh folder with a short name that everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="mf-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture
def leaks(short_path: Path) -> Iterator[Leaks]:
    """Checks, when the test is over, that it left no process, socket, mount, interface or file behind.

    Files are looked for below `leaks.root`, a fresh folder with a short name for the test's state.
    """
    leaks = Leaks(short_path)
    yield leaks
    leaks.check()


@pytest.fixture(scope="session")
def libvirtd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Libvirtd]:
    """A private real libvirtd that this worker's tests share; a test leaves no object of its own in it."""
    if (reason := missing_libvirtd()) is not None:
        pytest.skip(reason)
    with Libvirtd(tmp_path_factory.mktemp("judge") / "d") as daemon:
        yield daemon


@pytest.fixture
def own_libvirtd(tmp_path: Path) -> Iterator[Libvirtd]:
    """A private real libvirtd for one test, which may restart it, kill it, or fill it with objects."""
    if (reason := missing_libvirtd()) is not None:
        pytest.skip(reason)
    with Libvirtd(tmp_path / "d") as daemon:
        yield daemon


@pytest.fixture
def manord(short_path: Path) -> Iterator[Manord]:
    """A private manord for one test."""
    if (reason := missing_manord()) is not None:
        pytest.skip(reason)
    with Manord(short_path / "m") as daemon:
        yield daemon


@pytest.fixture(scope="session")
def newest_clients() -> clients.StockClients:
    """The newest stock virsh and libvirt-python, beside the machine's own; skips where they cannot be fetched."""
    return clients.newest_clients()
