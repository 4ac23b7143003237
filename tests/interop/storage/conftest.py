# SPDX-License-Identifier: Apache-2.0
"""One pair of daemons for the tests of a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.qemu import sides


@pytest.fixture(scope="module")
def pair() -> Iterator[sides.Pair]:
    """A real libvirtd and manord side by side."""
    if (reason := sides.missing()) is not None:
        pytest.skip(reason)
    with (
        tempfile.TemporaryDirectory(prefix="ms-", ignore_cleanup_errors=True) as folder,
        sides.pair(Path(folder)) as running,
    ):
        yield running
