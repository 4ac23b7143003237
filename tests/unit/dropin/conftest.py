# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the drop-in's tests: connections to the fake backend, and an event loop of the test's own."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

import libvirt
from libvirt import _connect, _errors, _loop
from libvirt._default_loop import DefaultLoop
from tests.unit.dropin.fake import FakeBackend


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Errors are not printed."""
    libvirt.registerErrorHandler(lambda context, error: None, None)
    yield
    libvirt.registerErrorHandler(None, None)
    _errors.forget()


@pytest.fixture
def fresh_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """No event implementation is registered, and the default loop is empty: registration is for good otherwise.

    A connection that an earlier test left to the collector goes first: when it goes it gives its timer's number back
    to the loop, and that number is another's in this one.
    """
    gc.collect()
    monkeypatch.setattr(_loop, "_current", None)
    monkeypatch.setattr(_loop, "_default", DefaultLoop())


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> FakeBackend:
    """What `libvirt.open` connects to."""
    made = FakeBackend()

    def open_backend(uri: str | None, *, readonly: bool = False, **options: object) -> FakeBackend:
        made.readonly = readonly
        made.uri = uri or made.uri
        return made

    monkeypatch.setattr(_connect, "open_backend", open_backend)
    return made


@pytest.fixture
def conn(backend: FakeBackend) -> Iterator[libvirt.virConnect]:
    opened = libvirt.open("fake:///default")
    yield opened
    if opened._o is not None:
        opened.close()
