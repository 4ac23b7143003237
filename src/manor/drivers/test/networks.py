# SPDX-License-Identifier: Apache-2.0
"""Virtual networks of the test driver."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from manor.constants import ConnectListAllNetworksFlags as Listing
from manor.constants import NetworkEventLifecycleType as Lifecycle
from manor.drivers.interface.network import NetworkFamily
from manor.drivers.interface.session import Session
from manor.drivers.test.errors import CONFIG, LIVE, check_flags, internal, not_valid, test_error
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import NetworkRef
from manor.records.events import NetworkLifecycleEvent
from manor.schema import network_rules
from manor.schema.network import Network
from manor.schema.network_update import updated

if TYPE_CHECKING:
    from manor.drivers.test.node import Node

_network_error = reporter(ErrorDomain.NETWORK)

_VALIDATE = 1  # VIR_NETWORK_DEFINE_VALIDATE and VIR_NETWORK_CREATE_VALIDATE
_FILTERS = (
    (Listing.ACTIVE, lambda network: network.active),
    (Listing.INACTIVE, lambda network: not network.active),
    (Listing.PERSISTENT, lambda network: network.persistent),
    (Listing.TRANSIENT, lambda network: not network.persistent),
    (Listing.AUTOSTART, lambda network: network.autostart),
    (Listing.NO_AUTOSTART, lambda network: not network.autostart),
)


class TestNetwork:
    """One network. `following` is the stored document where that is another than the running one.

    As with libvirt, the running document stays when the network stops.
    """

    def __init__(self, document: Network, *, persistent: bool, active: bool = False) -> None:
        self.document = document
        self.following: Network | None = None
        self.persistent = persistent
        self.active = active
        self.autostart = False

    @property
    def name(self) -> str:
        """The network's name."""
        return self.document.name

    @property
    def uuid(self) -> bytes:
        """The network's UUID, 16 bytes."""
        return UUID(self.document.uuid).bytes

    @property
    def ref(self) -> NetworkRef:
        """The network as operations and events name it."""
        return NetworkRef(self.name, self.uuid)

    @property
    def stored(self) -> Network:
        """The document the next start uses."""
        return self.following or self.document

    def store(self, document: Network) -> None:
        """Take a new document; while the network runs it is put aside."""
        if self.active:
            self.following = document
        else:
            self.document = document

    def start(self) -> None:
        """Bring the network up."""
        self.active = True

    def stop(self) -> None:
        """Take the network down."""
        self.active = False


def read_network(xml: str, *, validate: bool = False) -> Network:
    """A network as the test driver keeps it."""
    return accept_network(network_rules.read(xml, validate=validate))


def accept_network(document: Network) -> Network:
    """A checked document as the test driver keeps it; it does not know the options of dnsmasq."""
    document.uuid = document.uuid or str(uuid4())
    document.dnsmasq_options = None
    return document


def assign_network(node: Node, document: Network, *, persistent: bool) -> TestNetwork:
    """Take in a document: a new network, or another definition of a known one. Raises ManorError."""
    uuid = UUID(document.uuid).bytes
    known = node.networks.by_uuid(uuid)
    if known is None:
        namesake = node.networks.by_name(document.name)
        if namesake is not None:
            text = f"network '{document.name}' already exists with uuid {UUID(bytes=namesake.uuid)}"
            raise _network_error(ErrorNumber.OPERATION_FAILED, text)
        known = TestNetwork(document, persistent=persistent)
        node.networks.add(known)
        return known
    if known.name != document.name:
        text = f"network '{known.name}' is already defined with uuid {UUID(bytes=uuid)}"
        raise _network_error(ErrorNumber.OPERATION_FAILED, text)
    if not persistent:
        if known.active:
            text = f"network is already active as '{known.name}'"
            raise _network_error(ErrorNumber.OPERATION_INVALID, text)
        known.document, known.following = document, known.document if known.persistent else None
    else:
        if known.active:
            known.following = document
        else:
            known.document = document
        known.persistent = True
    return known


class TestNetworks(NetworkFamily):
    """The network family."""

    def __init__(self, session: Session, node: Node) -> None:
        super().__init__(session)
        self.node = node

    def _find(self, net: NetworkRef) -> TestNetwork:
        found = self.node.networks.by_uuid(net.uuid)
        if found is None:
            raise test_error(ErrorNumber.NO_NETWORK, f"no network with matching name '{net.name}'")
        return found

    def _publish(self, network: TestNetwork, event: int) -> None:
        self.node.events.publish(NetworkLifecycleEvent(network.ref, int(event), 0))

    async def connect_num_of_networks(self) -> int:
        """virConnectNumOfNetworks."""
        return len(await self.connect_list_networks())

    async def connect_list_networks(self) -> list[str]:
        """virConnectListNetworks."""
        return [network.name for network in self.node.networks if network.active]

    async def connect_num_of_defined_networks(self) -> int:
        """virConnectNumOfDefinedNetworks."""
        return len(await self.connect_list_defined_networks())

    async def connect_list_defined_networks(self) -> list[str]:
        """virConnectListDefinedNetworks."""
        return [network.name for network in self.node.networks if not network.active]

    async def connect_list_all_networks(self, flags: int) -> list[NetworkRef]:
        """virConnectListAllNetworks."""
        check_flags(flags, sum(bit for bit, _ in _FILTERS), "testConnectListAllNetworks")
        return [network.ref for network in self.node.networks if _matches(network, flags)]

    async def network_lookup_by_uuid(self, uuid: bytes) -> NetworkRef:
        """virNetworkLookupByUUID."""
        found = self.node.networks.by_uuid(uuid)
        if found is None:
            raise test_error(ErrorNumber.NO_NETWORK, f"no network with matching uuid '{UUID(bytes=uuid)}'")
        return found.ref

    async def network_lookup_by_name(self, name: str) -> NetworkRef:
        """virNetworkLookupByName."""
        found = self.node.networks.by_name(name)
        if found is None:
            raise test_error(ErrorNumber.NO_NETWORK, f"no network with matching name '{name}'")
        return found.ref

    async def network_is_active(self, net: NetworkRef) -> int:
        """virNetworkIsActive."""
        return int(self._find(net).active)

    async def network_is_persistent(self, net: NetworkRef) -> int:
        """virNetworkIsPersistent."""
        return int(self._find(net).persistent)

    async def network_create_xml_flags(self, xml: str, flags: int) -> NetworkRef:
        """virNetworkCreateXMLFlags."""
        check_flags(flags, _VALIDATE, "testNetworkCreateXMLFlags")
        network = assign_network(self.node, read_network(xml, validate=bool(flags & _VALIDATE)), persistent=False)
        network.active = True
        self._publish(network, Lifecycle.STARTED)
        return network.ref

    async def network_define_xml_flags(self, xml: str, flags: int) -> NetworkRef:
        """virNetworkDefineXMLFlags."""
        check_flags(flags, _VALIDATE, "testNetworkDefineXMLFlags")
        network = assign_network(self.node, read_network(xml, validate=bool(flags & _VALIDATE)), persistent=True)
        self._publish(network, Lifecycle.DEFINED)
        return network.ref

    async def network_undefine(self, net: NetworkRef) -> None:
        """virNetworkUndefine."""
        network = self._find(net)
        if network.active:
            raise not_valid(f"Network '{network.name}' is still running")
        self.node.networks.remove(network)
        self._publish(network, Lifecycle.UNDEFINED)

    async def network_update(
        self, net: NetworkRef, command: int, section: int, parent_index: int, xml: str, flags: int
    ) -> None:
        """virNetworkUpdate."""
        check_flags(flags, LIVE | CONFIG, "testNetworkUpdate")
        network = self._find(net)
        live, config = _affected(network, flags)
        changes = [updated(document, command, section, parent_index, xml) for document in (live, config) if document]
        if live is not None:
            network.document = changes.pop(0)
        if config is not None:
            network.store(changes.pop(0))

    async def network_create(self, net: NetworkRef) -> None:
        """virNetworkCreate."""
        network = self._find(net)
        if network.active:
            raise not_valid(f"Network '{network.name}' is already running")
        network.start()
        self._publish(network, Lifecycle.STARTED)

    async def network_destroy(self, net: NetworkRef) -> None:
        """virNetworkDestroy."""
        network = self._find(net)
        network.stop()
        self._publish(network, Lifecycle.STOPPED)
        if not network.persistent:
            self.node.networks.remove(network)

    async def network_get_xml_desc(self, net: NetworkRef, flags: int) -> str:
        """virNetworkGetXMLDesc."""
        check_flags(flags, 0, "testNetworkGetXMLDesc")
        return self._find(net).document.format(flags)

    async def network_get_bridge_name(self, net: NetworkRef) -> str:
        """virNetworkGetBridgeName."""
        network = self._find(net)
        name = network.document.bridge.name if network.document.bridge is not None else None
        if not name:
            raise internal(f"network '{network.name}' does not have a bridge name.")
        return name

    async def network_get_autostart(self, net: NetworkRef) -> int:
        """virNetworkGetAutostart."""
        return int(self._find(net).autostart)

    async def network_set_autostart(self, net: NetworkRef, autostart: int) -> None:
        """virNetworkSetAutostart."""
        self._find(net).autostart = bool(autostart)


def _affected(network: TestNetwork, flags: int) -> tuple[Network | None, Network | None]:
    """The running and the stored document, each None if flags leave it alone."""
    if not flags & (LIVE | CONFIG):
        flags = LIVE if network.active else CONFIG
    if flags & LIVE and not network.active:
        raise _network_error(ErrorNumber.OPERATION_INVALID, "network is not running")
    if flags & CONFIG and not network.persistent:
        text = "cannot change persistent config of a transient network"
        raise _network_error(ErrorNumber.OPERATION_INVALID, text)
    return network.document if flags & LIVE else None, network.stored if flags & CONFIG else None


def _matches(network: TestNetwork, flags: int) -> bool:
    """Whether a network is in a list: of every pair of filters, none or a matching one."""
    for first, second in zip(_FILTERS[::2], _FILTERS[1::2], strict=True):
        chosen = [test for bit, test in (first, second) if flags & bit]
        if chosen and not any(test(network) for test in chosen):
            return False
    return True
