# SPDX-License-Identifier: Apache-2.0
"""The rules of the documents that are no domains, against what libvirt 9.0.0 answered to the same documents.

The answers in data/ were recorded from stock libvirt: those under "test" from its test driver, which defines nothing
on the host; those under "daemon" (the same where absent) from a libvirtd. An error is [code, domain, message].
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from manor.errors import ManorError
from manor.schema import (
    backup_rules,
    network_port,
    network_rules,
    network_update,
    nwfilter_binding,
    nwfilter_rules,
    pool_rules,
    volume_rules,
)
from manor.schema.core import Format
from manor.schema.domain import Domain

_DISK = "<disk type='file'><source file='/tmp/td/img/{0}.qcow2'/><target dev='vd{0}'/></disk>"
GUEST = (
    "<domain type='qemu'><name>bk</name><os><type>hvm</type></os>"
    f"<devices>{_DISK.format('a')}{_DISK.format('b')}</devices></domain>"
)
"""The guest whose backups were recorded."""

Answer = str | list[Any] | None

# Where two errors are in one document libvirt may report the other one, and it looks at the host's devices.
KNOWN_DIFFERENCES = {
    "network": {"b-vpinst", "fwd-hostdev-addr", "fwd-hostdev-addrzero"},
    # Names with line breaks are refused by operations, not by the document's rules.
    "pool": {"name-nl", "rbd-hostno", "rbd-hostbadport", "rbd-devno", "fsopt-noname"},
}


def load(name: str) -> list[dict[str, Any]]:
    """The recorded answers about one kind of document."""
    rows: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / f"{name}_answers.json").read_text())
    return rows


def answer(work: Callable[..., str | None], *arguments: Any, **options: Any) -> Answer:
    """The document or the error as the records have it."""
    try:
        return work(*arguments, **options)
    except ManorError as error:
        return [int(error.code), int(error.domain), error.message]


def differences(pairs: list[tuple[str, Answer, Answer]], known: set[str]) -> list[str]:
    """What differs and was not expected to, in words; prints the score."""
    wrong = {name: (ours, theirs) for name, ours, theirs in pairs if ours != theirs}
    print(f"{len(pairs) - len(wrong)}/{len(pairs)} answers are libvirt's")
    return [f"{name}: {ours!r} instead of {theirs!r}" for name, (ours, theirs) in wrong.items() if name not in known]


def daemon_network(text: Answer) -> Answer:
    """Without what libvirtd chooses: the bridge's name and hardware address."""
    if not isinstance(text, str):
        return text
    return re.sub(r"  <mac address='52:54:00:.*\n", "", text).replace("<bridge name='virbr0' ", "<bridge ")


def network_text(xml: str, *, bridged: bool) -> str:
    """A network as the daemon (`bridged`) or the test driver shows it."""
    network = network_rules.read(xml)
    if bridged:
        network_rules.check_bridged(network)
        return network.format(Format.INACTIVE)
    network.dnsmasq_options = None
    return network.format()


@pytest.mark.parametrize("by", ["test", "daemon"])
def test_networks(by: str) -> None:
    pairs: list[tuple[str, Answer, Answer]] = []
    for row in load("network"):
        ours = answer(network_text, row["xml"], bridged=by == "daemon")
        theirs = row.get(by, row["test"])
        if by == "daemon":
            ours, theirs = daemon_network(ours), daemon_network(theirs)
        pairs.append((row["name"], ours, theirs))
    assert not differences(pairs, KNOWN_DIFFERENCES["network"])


def pool_text(xml: str, *, stored: bool) -> str:
    """A pool as the daemon (`stored`) or the test driver shows it."""
    pool = pool_rules.read(xml)
    if not stored:
        pool.mount_options = pool.config_options = None
    return pool.format(Format.INACTIVE)


@pytest.mark.parametrize("by", ["test", "daemon"])
def test_pools(by: str) -> None:
    pairs: list[tuple[str, Answer, Answer]] = []
    for row in load("pool"):
        theirs = row.get(by, row["test"])
        if theirs is not None:  # no storage backend of this kind was installed
            ours = answer(pool_text, row["xml"], stored=by == "daemon")
            pairs.append((row["name"], ours, theirs))
    assert not differences(pairs, KNOWN_DIFFERENCES["pool"])


def volume_text(xml: str, pool_type: str) -> str:
    """A volume as a pool of the type shows it after its creation."""
    volume = volume_rules.read(xml, pool_type)
    folder = "/dev/logical" if pool_type == "logical" else f"/p/{pool_type}"
    assert volume.target is not None
    volume.key = volume.target.path = f"{folder}/{volume.name}"
    return volume.format()


def test_volumes() -> None:
    pairs = [
        (f"{row['name']} in {pool_type}", answer(volume_text, row["xml"], pool_type), theirs)
        for row in load("volume")
        for pool_type, theirs in row["answers"].items()
    ]
    assert not differences(pairs, set())


def updated_text(row: dict[str, Any]) -> str:
    """A network after one update."""
    network = network_rules.read(row["xml"])
    return network_update.updated(network, row["command"], row["section"], row["index"], row["fragment"]).format()


def test_network_updates() -> None:
    pairs = [(row["fragment"], answer(updated_text, row), row["answer"]) for row in load("network_update")]
    assert not differences(pairs, set())


def rule_value(protocol: str, attribute: str, value: str) -> str | None:
    """How a filter shows the value of an attribute of a rule."""
    quoted = html.escape(value, quote=True)
    rule = f'<rule action="drop" direction="in"><{protocol} {attribute}="{quoted}"/></rule>'
    shown = nwfilter_rules.read(f"<filter name='t'>{rule}</filter>").format()
    found = re.search(rf" {attribute}=[\"'](.*?)[\"']", shown)
    return html.unescape(found[1]) if found else None


def test_filter_rules() -> None:
    """Every attribute of every protocol with values of many kinds; the records are a sample of 17028."""
    pairs: list[tuple[str, Answer, Answer]] = []
    for row in load("nwfilter"):
        for value, theirs in row["answers"].items():
            ours = answer(rule_value, row["protocol"], row["attribute"], value)
            pairs.append((f"{row['protocol']} {row['attribute']}={value!r}", ours, theirs))
    assert not differences(pairs, set())


def small_text(kind: str, xml: str) -> str:
    """A backup of the guest of the records, a port of a bridge's network, or a filter binding."""
    if kind == "nwfilter_binding":
        return nwfilter_binding.read(xml).format()
    if kind == "network_port":
        port = network_port.read(xml)
        if port.plug is None or port.plug.type in (None, "none"):
            port.plug = network_port.Plug(type="bridge", bridge="brx")
        return port.format()
    backup = backup_rules.read(xml)
    backup_rules.align_disks(backup, Domain.parse(GUEST), suffix="SUFFIX")
    return backup.format()


def test_backups_ports_and_bindings() -> None:
    """Recorded from a libvirtd with a guest and a network; what depends on those is left out."""
    rows = load("small")
    pairs = [
        (f"{row['kind']} {row['name']}", answer(small_text, row["kind"], row["xml"]), row["answer"]) for row in rows
    ]
    assert not differences(pairs, set())
