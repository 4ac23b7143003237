# SPDX-License-Identifier: Apache-2.0
"""Descriptions of nodes: the file behind test:///FILE.xml, and the built-in one behind test:///default.

A <node> holds domains, networks, interfaces, pools with volumes and devices, each either written out or in a file of
its own (`file="…"`), the figures of the host, and users. Domains say more about themselves in elements of the test
driver's namespace: their state, whether they are transient or saved, their snapshots.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from manor.constants import DomainRunningReason, DomainShutoffReason, DomainState
from manor.drivers.test.definition import accept_domain
from manor.drivers.test.devices import HostDevice
from manor.drivers.test.errors import internal, test_error
from manor.drivers.test.guest import Guest
from manor.drivers.test.interfaces import HostInterface
from manor.drivers.test.moments import Snapshot
from manor.drivers.test.networks import TestNetwork, accept_network
from manor.drivers.test.node import DEFAULT_INFO, Node, User
from manor.drivers.test.pools import accept_pool, assign_pool
from manor.drivers.test.volumes import add_volume
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.records import NodeInfo
from manor.schema import interface as interface_documents
from manor.schema import network_rules, nodedev, pool_rules, snapshot_rules, volume_rules
from manor.schema.core import Element, Raw, read_tree
from manor.schema.core.node import Node as Tree
from manor.schema.core.node import is_element
from manor.schema.domain import Domain
from manor.schema.interface import Interface
from manor.schema.network import Network
from manor.schema.nodedev import NodeDevice
from manor.schema.pool import Pool
from manor.schema.volume import Volume

_LARGEST = 4 * 1024 * 1024
_LAST_STATE = 7
_LONGEST_MODEL = 31
_FIGURES = (
    ("nodes", "nodes"), ("sockets", "sockets"), ("cores", "cores"), ("threads", "threads"), ("active", "cpus"),
    ("mhz", "mhz"),
)  # fmt: skip
"""Elements of <cpu>, and the fields they set."""

snapshot_error = reporter(ErrorDomain.DOMAIN_SNAPSHOT)
schema_error = reporter(ErrorDomain.XML)

E = TypeVar("E", bound=Element)


def _xml_error(text: str) -> ManorError:
    return test_error(ErrorNumber.XML_ERROR, text)


def load_node(path: str) -> Node:
    """The node a file describes. Raises ManorError for a file that cannot be read or does not describe one."""
    return describe_node(_read_file(path), Path(path).parent)


def _read_file(path: str) -> Tree:
    try:
        data = Path(path).read_bytes()[: _LARGEST + 1]
    except IsADirectoryError:
        data = b""
    except OSError:
        raise _xml_error(f"failed to parse xml document '{path}'") from None
    return read_tree(data, path, ErrorDomain.TEST, _LARGEST)


def parse_node(text: str) -> Node:
    """The node a text describes."""
    return describe_node(read_tree(text, "", ErrorDomain.TEST), Path())


class _Description(NamedTuple):
    """A description being read: its root, and where the files it names are."""

    root: Tree
    folder: Path

    def entries(self, tag: str) -> Iterator[Tree]:
        """The elements of a kind directly below the root, from their own files where they name one."""
        for entry in self.root:
            if is_element(entry) and entry.tag == tag:
                file = entry.get("file")
                yield entry if file is None else _read_file(str(self.folder / file))

    def documents(self, cls: type[E]) -> Iterator[tuple[E, Tree]]:
        """The documents of a kind, with their trees."""
        for entry in self.entries(cls.__schema__.tag):
            yield cls.from_node(entry), entry


def describe_node(root: Tree, folder: Path) -> Node:
    """The node a tree describes."""
    if root.tag != "node":
        raise schema_error(ErrorNumber.XML_ERROR, f"expecting root element of 'node', not '{root.tag}'")
    node = Node(info=_figures(root), cells=(), users=tuple(_users(root)))
    description = _Description(root, folder)
    for read in (_read_domains, _read_networks, _read_interfaces, _read_pools, _read_devices):
        read(node, description)
    return node


# -- figures and users ---------------------------------------------------------------------------------------


def _text(root: Tree, *path: str) -> str | None:
    """The text of an element some levels down."""
    for name in path:
        found = next((child for child in root if is_element(child) and child.tag == name), None)
        if found is None:
            return None
        root = found
    return root.text or ""


def _figures(root: Tree) -> NodeInfo:
    """The figures of the host, those of libvirt's where none are given."""
    given: dict[str, int | str] = {}
    for name, field in _FIGURES:
        text = _text(root, "cpu", name)
        if text is None:
            continue
        if not text.strip().lstrip("+").isdigit():
            raise _xml_error(f"invalid node cpu {name} value")
        given[field] = int(text)
    model = _text(root, "cpu", "model")
    if model:
        given["model"] = model[:_LONGEST_MODEL]
    memory = _text(root, "memory")
    if memory is not None:
        if not memory.strip().lstrip("+").isdigit():
            raise _xml_error("invalid node memory value")
        given["memory"] = int(memory)
    info = DEFAULT_INFO._replace(**given)  # type: ignore[arg-type]  # the names are those of fields
    if "cpus" not in given and given.keys() & {"nodes", "sockets", "cores", "threads"}:
        info = info._replace(cpus=info.nodes * info.sockets * info.cores * info.threads)
    return info


def _users(root: Tree) -> Iterator[User]:
    for child in root:
        if is_element(child) and child.tag == "auth":
            for entry in child:
                if is_element(entry) and entry.tag == "user":
                    if not entry.text:
                        raise _xml_error("missing username in /node/auth/user field")
                    yield User(entry.text, entry.get("password"))


# -- objects -------------------------------------------------------------------------------------------------


def _read_domains(node: Node, description: _Description) -> None:
    for definition, _entry in description.documents(Domain):
        _add_domain(node, definition)


def _add_domain(node: Node, definition: Domain) -> None:
    accept_domain(definition)
    state = definition.test_runstate
    saved, transient = definition.test_hasmanagedsave, definition.test_transient
    snapshots = definition.test_snapshots
    state = _check_state(DomainState.RUNNING if state is None else state, saved=saved, transient=transient)
    guest = Guest(definition, persistent=not transient)
    known = node.guests.by_uuid(guest.uuid)
    if known is not None:
        node.guests.remove(known)
    node.guests.add(guest)
    guest.has_managed_save = saved
    _read_snapshots(guest, snapshots)
    if state == DomainState.SHUTOFF:
        guest.set_state(state, DomainShutoffReason.UNKNOWN)
    else:
        guest.start(node.next_id(), DomainRunningReason.UNKNOWN)
        guest.set_state(state, DomainRunningReason.UNKNOWN)


def _check_state(state: int, *, saved: bool, transient: bool) -> int:
    if state > _LAST_STATE:
        raise _xml_error(f"runstate '{state}' out of range'")
    if transient and state == DomainState.SHUTOFF:
        raise _xml_error("transient domain cannot have runstate 'shutoff'")
    if saved and state != DomainState.SHUTOFF:
        raise _xml_error("domain with managedsave data can only have runstate 'shutoff'")
    return state


def _read_snapshots(guest: Guest, snapshots: list[Raw]) -> None:
    """The snapshots in a domain's document; one of them may be the current one."""
    for entry in snapshots:
        document = snapshot_rules.read(_plain(entry), redefine=True)
        if document.active is None or not document.active.strip().lstrip("-").isdigit():
            raise snapshot_error(ErrorNumber.INTERNAL_ERROR, "Could not find 'active' element")
        if document.domain is not None:
            accept_domain(document.domain)
        moment = Snapshot(document)
        guest.snapshots.add(moment)
        if int(document.active):
            if guest.snapshots.current is not None:
                raise internal("more than one snapshot claims to be active")
            guest.snapshots.current = moment
        document.active = None
        snapshot_rules.settle_memory(document)
    if not guest.snapshots.consistent():
        raise internal(f"Snapshots have inconsistent relations for domain {guest.name}")


def _plain(entry: Raw) -> str:
    """A snapshot's document without the namespace it is wrapped in."""
    return entry._replace(tag="domainsnapshot", uri=None, namespaces=()).format()


def _read_networks(node: Node, description: _Description) -> None:
    for document, _entry in description.documents(Network):
        network_rules.check(document)
        network_rules.complete(document)
        network = TestNetwork(accept_network(document), persistent=True)
        known = node.networks.by_uuid(network.uuid)
        if known is not None:
            node.networks.remove(known)
        node.networks.add(network)
        network.start()


def _read_interfaces(node: Node, description: _Description) -> None:
    for document, _entry in description.documents(Interface):
        interface_documents.check(document)
        interface_documents.complete(document)
        node.interfaces[document.name or ""] = HostInterface(document, active=True)


def _read_pools(node: Node, description: _Description) -> None:
    for document, entry in description.documents(Pool):
        pool_rules.check(document)
        pool_rules.complete(document)
        pool = assign_pool(node.pools, accept_pool(document), persistent=True)
        node.pools.add(pool)
        pool.start()
        for volume, _entry in _Description(entry, description.folder).documents(Volume):
            add_volume(pool, volume_rules.accept(volume, document.type))


def _read_devices(node: Node, description: _Description) -> None:
    for document, _entry in description.documents(NodeDevice):
        nodedev.check(document)
        node.devices[document.name or ""] = HostDevice(document)
