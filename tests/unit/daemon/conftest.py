# SPDX-License-Identifier: Apache-2.0
"""Servers for tests of the daemon."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.daemon.bed import Bed


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name, as socket paths need it."""
    path = Path(tempfile.mkdtemp(prefix="bed"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def make_bed(folder: Path) -> Iterator[Callable[..., Bed]]:
    """Makes a server with settings of the test's own; it is ended after the test."""
    made: list[Bed] = []

    def make(**settings: Any) -> Bed:
        bed = Bed(folder, **settings)
        made.append(bed)
        return bed

    yield make
    for bed in made:
        bed.close()


@pytest.fixture
def bed(make_bed: Callable[..., Bed]) -> Bed:
    """A server with the default settings."""
    return make_bed()
