# SPDX-License-Identifier: Apache-2.0
"""Scores of the documents other than domains on the shared corpus."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema import (
    checkpoint_rules,
    network_rules,
    nwfilter_rules,
    pool_rules,
    secret,
    snapshot_rules,
    volume_rules,
)
from manor.schema.network import NetworkMac
from manor.schema.snapshot import Location
from manor.schema.volume import Volume, VolumeTarget
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


POOL = "/var/tmp/xmlscore-pool"


def volume_(xml: str) -> str:
    """A volume as a directory pool shows it once it is there."""
    document = volume_rules.read(xml, "dir", like_backing=True)
    target, name = document.target or VolumeTarget(), document.name
    kind = target.format_.type if target.format_ is not None else "raw"
    if kind == "raw" and document.backing_store is not None:
        text = "backing storage not supported for raw volumes"
        raise reporter(ErrorDomain.STORAGE)(ErrorNumber.NO_SUPPORT, text)
    if target.compat == "0.10" and target.features is not None and target.features.lazy_refcounts:
        text = "lazy_refcounts not supported with compat level 0.10"
        raise reporter(ErrorDomain.STORAGE)(ErrorNumber.CONFIG_UNSUPPORTED, text)
    # The capacity is what qemu-img makes of it: whole KiB, or of an image over an empty one its file's length.
    document.capacity = 196608 if document.capacity is None else -(-document.capacity // 1024) * 1024
    document.type = "dir" if kind == "dir" else "file"
    document.key = target.path = f"{POOL}/{name}"
    return document.format()


def volume_figures(text: str) -> str:
    """A volume without what depends on the file system and on who made it."""
    shown = Volume.parse(text)
    shown.allocation = shown.physical = None
    for part in (shown.target, shown.backing_store):
        if part is not None:
            part.timestamps = None
    if shown.target is not None:
        shown.target.permissions = None
        shown.target.compat = None
    return shown.format()


def snapshot(xml: str) -> str:
    """A snapshot made known again; the corpus was recorded with the guest that its documents hold."""
    document = snapshot_rules.read(xml, redefine=True)
    document.active = None
    guest = document.domain.uuid if document.domain is not None and document.inactive_domain is None else GUEST
    snapshot_rules.check_domain(document, guest or GUEST)
    if document.domain is not None:
        place: Location = "external" if document.state == "disk-snapshot" else "internal"
        required = place == "internal"
        snapshot_rules.align_disks(document, document.domain, place, required=required, is_file=lambda _: True)
    snapshot_rules.settle_memory(document)
    return document.format()


def checkpoint(xml: str) -> str:
    """A checkpoint made known again."""
    document = checkpoint_rules.read(xml, redefine=True)
    if document.domain is not None:
        checkpoint_rules.align_disks(document, document.domain)
    return document.format()


def without_domain(text: str) -> str:
    """A moment's document without the domain in it, which the domain's own tests are about."""
    return re.sub(r"\n *<(domain|inactiveDomain) .*?</\1>", "", text, flags=re.DOTALL)


GUEST = "c7a5fdbd-edaf-9455-926a-d65c16db1809"

KINDS: dict[str, Normalise] = {
    "network": network,
    "pool": pool,
    "nwfilter": nwfilter,
    "secret": secret_,
    "volume": volume_,
    "snapshot": snapshot,
    "checkpoint": checkpoint,
}
ADAPT: dict[str, Normalise] = {
    "volume": volume_figures,
    "snapshot": without_domain,
    "checkpoint": without_domain,
}

# Of documents inside documents the error domain differs; libvirt's validator looks deeper into domains.
KNOWN = {"disk_snapshot_redefine~m1", "redefine~m7"}


@pytest.mark.parametrize("kind", KINDS)
def test_normalises_as_libvirt_does(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    failed, total = failures_to_normalise(kind, KINDS[kind], ADAPT.get(kind, str))
    report(capsys, f"xml-normalise/{kind}", failed, total)
    assert not failed


@pytest.mark.parametrize("kind", KINDS)
def test_refuses_as_libvirt_does(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    failed, total = failures_to_refuse(kind, KINDS[kind])
    report(capsys, f"xml-invalid/{kind}", failed, total)
    assert not [line for line in failed if line.partition(":")[0] not in KNOWN]
