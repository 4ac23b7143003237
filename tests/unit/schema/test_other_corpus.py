# SPDX-License-Identifier: Apache-2.0
"""Scores of the documents other than domains on the shared corpus."""

from __future__ import annotations

from uuid import uuid4

import pytest

from manor.schema import network_rules, nwfilter_rules, pool_rules, secret
from manor.schema.network import NetworkMac
from tests.unit.schema.corpus import Normalise, failures_to_normalise, failures_to_refuse, needs_corpus, report

pytestmark = needs_corpus


def network(xml: str) -> str:
    """A network as the bridge driver defines it, less what only a host can choose."""
    document = network_rules.read(xml)
    network_rules.check_bridged(document)
    document.uuid = document.uuid or str(uuid4())
    if network_rules.mode(document) in network_rules.BRIDGED and document.bridge is not None:
        document.bridge.name = document.bridge.name or "virbr0"
        document.mac = document.mac or NetworkMac(address="52:54:00:00:00:00")
    return document.format(2)


def pool(xml: str) -> str:
    """A pool that has been defined and not started."""
    document = pool_rules.read(xml)
    document.uuid = document.uuid or str(uuid4())
    return document.format()


def nwfilter(xml: str) -> str:
    """A network filter."""
    document = nwfilter_rules.read(xml)
    document.uuid = document.uuid or str(uuid4())
    return document.format()


def secret_(xml: str) -> str:
    """A secret."""
    document = secret.read(xml)
    document.uuid = document.uuid or str(uuid4())
    return document.format()


KINDS: dict[str, Normalise] = {"network": network, "pool": pool, "nwfilter": nwfilter, "secret": secret_}


@pytest.mark.parametrize("kind", KINDS)
def test_normalises_as_libvirt_does(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    failed, total = failures_to_normalise(kind, KINDS[kind])
    report(capsys, f"xml-normalise/{kind}", failed, total)
    assert not failed


@pytest.mark.parametrize("kind", KINDS)
def test_refuses_as_libvirt_does(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    failed, total = failures_to_refuse(kind, KINDS[kind])
    report(capsys, f"xml-invalid/{kind}", failed, total)
    assert not failed
