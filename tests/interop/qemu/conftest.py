# SPDX-License-Identifier: Apache-2.0
"""One pair of daemons for the tests of a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.qemu import sides
from tests.support.guest import GuestImage


@pytest.fixture(scope="module")
def pair(test_guest: GuestImage) -> Iterator[sides.Pair]:
    """A real libvirtd and manord side by side; the folder's name is short because sockets are in it."""
    if (reason := sides.missing()) is not None:
        pytest.skip(reason)
    with (
        tempfile.TemporaryDirectory(prefix="mq-", ignore_cleanup_errors=True) as folder,
        sides.pair(Path(folder), sides.eventful(test_guest)) as running,
    ):
        yield running
