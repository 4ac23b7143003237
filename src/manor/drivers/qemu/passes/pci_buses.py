# SPDX-License-Identifier: Apache-2.0
"""The PCI buses of a guest: what fits where, what is taken, and which buses must be added.

Pure bookkeeping over slots and functions; which device wants what is `pci_devices`, the order of assignment `pci`.
What a device plugs into, and what a bus takes, are sets of the bits below: plain integers, because they are compared
for every device and bus of every document.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from manor.schema.common.address import PciFields
from manor.schema.passes.report import internal, xml_error

SLOTS: Final = 32
FUNCTIONS: Final = 8

HOTPLUG: Final = 1 << 0
AGGREGATE: Final = 1 << 1  # shares a slot with others of its kind, one function each
PCI_DEVICE: Final = 1 << 2
PCIE_DEVICE: Final = 1 << 3
PCIE_ROOT_PORT: Final = 1 << 4
PCIE_SWITCH_UPSTREAM: Final = 1 << 5
PCIE_SWITCH_DOWNSTREAM: Final = 1 << 6
DMI_TO_PCI_BRIDGE: Final = 1 << 7
PCI_EXPANDER_BUS: Final = 1 << 8
PCIE_EXPANDER_BUS: Final = 1 << 9
PCI_BRIDGE: Final = 1 << 10
INTEGRATED: Final = 1 << 11  # only directly on the root bus
PCIE_TO_PCI_BRIDGE: Final = 1 << 13

KINDS: Final = ~(HOTPLUG | AGGREGATE)
ENDPOINTS: Final = PCI_DEVICE | PCIE_DEVICE
_CONVENTIONAL: Final = PCI_DEVICE | PCI_BRIDGE

_NAMES: Final = {
    PCI_DEVICE: "standard PCI device",
    PCIE_DEVICE: "PCI Express device",
    PCIE_ROOT_PORT: "pcie-root-port",
    PCIE_SWITCH_UPSTREAM: "pcie-switch-upstream-port",
    PCIE_SWITCH_DOWNSTREAM: "pcie-switch-downstream-port",
    DMI_TO_PCI_BRIDGE: "dmi-to-pci-bridge",
    PCIE_TO_PCI_BRIDGE: "pcie-to-pci-bridge",
    PCI_EXPANDER_BUS: "pci-expander-bus",
    PCIE_EXPANDER_BUS: "pcie-expander-bus",
    PCI_BRIDGE: "pci-bridge",
}
"""What libvirt calls what a device plugs into, and the controllers that are never added on their own."""

_LONELY: Final = PCIE_ROOT_PORT | PCIE_SWITCH_DOWNSTREAM | DMI_TO_PCI_BRIDGE | PCI_EXPANDER_BUS | PCIE_EXPANDER_BUS


class BusKind(NamedTuple):
    """What a controller model offers: what it takes, and its usable slots."""

    accepts: int
    first: int
    last: int


_PORT: Final = HOTPLUG | PCIE_DEVICE | PCIE_SWITCH_UPSTREAM | PCIE_TO_PCI_BRIDGE

BUS_KINDS: Final[dict[str, BusKind]] = {
    "pci-root": BusKind(HOTPLUG | _CONVENTIONAL | PCI_EXPANDER_BUS | INTEGRATED, 1, SLOTS - 1),
    "pci-bridge": BusKind(HOTPLUG | _CONVENTIONAL, 1, SLOTS - 1),
    "pci-expander-bus": BusKind(HOTPLUG | _CONVENTIONAL, 0, SLOTS - 1),
    "pcie-root": BusKind(
        PCIE_DEVICE | PCIE_ROOT_PORT | DMI_TO_PCI_BRIDGE | PCIE_EXPANDER_BUS | INTEGRATED, 1, SLOTS - 1
    ),
    "pcie-expander-bus": BusKind(PCIE_ROOT_PORT | DMI_TO_PCI_BRIDGE, 0, SLOTS - 1),
    "dmi-to-pci-bridge": BusKind(_CONVENTIONAL, 0, SLOTS - 1),
    "pcie-to-pci-bridge": BusKind(HOTPLUG | _CONVENTIONAL, 1, SLOTS - 1),
    "pcie-root-port": BusKind(_PORT, 0, 0),
    "pcie-switch-upstream-port": BusKind(PCIE_SWITCH_DOWNSTREAM, 0, SLOTS - 1),
    "pcie-switch-downstream-port": BusKind(_PORT, 0, 0),
}

CONTROLLER_CONNECT: Final[dict[str, int]] = {
    "pci-bridge": PCI_BRIDGE,
    "pci-expander-bus": PCI_EXPANDER_BUS,
    "pcie-expander-bus": PCIE_EXPANDER_BUS,
    "dmi-to-pci-bridge": DMI_TO_PCI_BRIDGE,
    "pcie-to-pci-bridge": PCIE_TO_PCI_BRIDGE,
    "pcie-root-port": PCIE_ROOT_PORT | AGGREGATE,
    "pcie-switch-upstream-port": PCIE_SWITCH_UPSTREAM,
    "pcie-switch-downstream-port": PCIE_SWITCH_DOWNSTREAM,
}
"""What a PCI controller itself plugs into."""


class Place(NamedTuple):
    """A PCI address."""

    domain: int
    bus: int
    slot: int
    function: int

    @classmethod
    def of(cls, address: PciFields) -> Place:
        """The place an address element names; what it leaves out is 0."""
        return cls(address.domain or 0, address.bus or 0, address.slot or 0, address.function or 0)

    def __str__(self) -> str:
        return f"{self.domain:04x}:{self.bus:02x}:{self.slot:02x}.{self.function:x}"


class Bus:
    """One bus: for each slot the functions that are taken, as bits."""

    __slots__ = ("accepts", "aggregated", "first", "last", "model", "slots")

    def __init__(self, model: str) -> None:
        self.model = model
        self.accepts, self.first, self.last = BUS_KINDS[model]
        self.slots = [0] * SLOTS
        self.aggregated: set[int] = set()

    def takes(self, wanted: int) -> bool:
        """Whether a device of this connection may be put here without anybody asking for it."""
        if wanted & HOTPLUG and not self.accepts & HOTPLUG:
            return False
        return bool(wanted & KINDS & self.accepts)

    def full(self) -> bool:
        """Whether no slot is entirely free."""
        return all(self.slots[self.first : self.last + 1])

    def find(self, wanted: int) -> tuple[int, int] | None:
        """A free slot and function for a device."""
        for number in range(self.first, self.last + 1):
            functions = self.slots[number]
            if not functions:
                return number, 0
            if wanted & AGGREGATE and number in self.aggregated and functions != (1 << FUNCTIONS) - 1:
                return number, next(free for free in range(FUNCTIONS) if not functions & (1 << free))
        return None


class PciBuses:
    """All buses, by index. While they are growable, missing ones are added as devices need them."""

    def __init__(self, *, growable: bool, phb: bool = False) -> None:
        self.buses: list[Bus | None] = []
        self._growable = growable
        self._host_bridges = phb

    def express(self) -> bool:
        """Whether the root bus is PCI Express."""
        root = self.buses[0] if self.buses else None
        return root is not None and root.model == "pcie-root"

    def add(self, index: int, model: str) -> None:
        """Take in a bus the document has."""
        if model not in BUS_KINDS:
            raise internal("PCI controller model was not set correctly")
        self._extend(index)
        self.buses[index] = Bus(model)

    def _extend(self, index: int) -> None:
        while len(self.buses) <= index:
            self.buses.append(None)

    def fill_gaps(self) -> None:
        """Buses that a device names but no controller provides, as libvirt guesses them."""
        for index, bus in enumerate(self.buses):
            if bus is None:
                self.buses[index] = Bus(self._usual())

    def _usual(self) -> str:
        if self._host_bridges:
            return "pci-root"
        return "pcie-root-port" if self.express() else "pci-bridge"

    def reserve(self, place: Place, wanted: int = 0) -> None:
        """Take a place that a document gives.

        Raises VIR_ERR_XML_ERROR when it is taken already, does not exist, or is nothing for the device.
        """
        bus = self._bus_of(place)
        if wanted:
            _check_connection(bus, place, wanted)
        if place.slot < bus.first:
            raise xml_error(f"Invalid PCI address {place}. slot must be >= {bus.first}")
        if place.slot > bus.last:
            raise xml_error(f"Invalid PCI address {place}. slot must be <= {bus.last}")
        self.take(place)
        if wanted & AGGREGATE and place.function == 0:
            bus.aggregated.add(place.slot)

    def _bus_of(self, place: Place) -> Bus:
        if not self.buses:
            raise xml_error("No PCI buses available")
        if place.domain:
            raise xml_error(f"Invalid PCI address {place}. Only PCI domain 0 is available")
        if place.bus >= len(self.buses):
            if not self._growable:
                raise xml_error(
                    f"Invalid PCI address {place}. Only PCI buses up to {len(self.buses) - 1} are available"
                )
            self._extend(place.bus)
            self.fill_gaps()
        bus = self.buses[place.bus]
        if bus is None:
            raise xml_error(f"PCI controller with index='{place.bus}' doesn't exist")
        return bus

    def take(self, place: Place) -> None:
        """Take a place that is known to be there."""
        bus = self._bus_of(place)
        if bus.slots[place.slot] & (1 << place.function):
            raise xml_error(f"Attempted double use of PCI Address {place}")
        bus.slots[place.slot] |= 1 << place.function

    def functions(self, place: Place) -> int:
        """The functions of a slot that are taken, as bits."""
        bus = self.buses[place.bus] if place.bus < len(self.buses) else None
        return bus.slots[place.slot] if bus is not None else 0

    def take_next(self, wanted: int) -> Place:
        """Take the first place a device fits, growing buses where that is allowed.

        Raises VIR_ERR_INTERNAL_ERROR when there is none.
        """
        for index, bus in enumerate(self.buses):
            if bus is not None and bus.takes(wanted):
                found = bus.find(wanted)
                if found is not None:
                    return self._taken(index, bus, found, wanted)
        if not self.buses:
            raise xml_error("No PCI buses available")
        if not self._growable:
            raise internal("No more available PCI slots")
        index = self._grow(wanted)
        bus = self.buses[index]
        found = bus.find(wanted) if bus is not None else None
        if bus is None or found is None:
            raise internal("No more available PCI slots")
        return self._taken(index, bus, found, wanted)

    @staticmethod
    def _taken(index: int, bus: Bus, found: tuple[int, int], wanted: int) -> Place:
        slot, function = found
        bus.slots[slot] |= 1 << function
        if wanted & AGGREGATE and function == 0:
            bus.aggregated.add(slot)
        return Place(0, index, slot, function)

    def _grow(self, wanted: int) -> int:
        """Add the buses a device needs that fits nowhere; the index of the one it goes to."""
        models = self._growth(wanted)
        self.buses.extend(Bus(model) for model in models)
        if models[-1] == "pcie-to-pci-bridge":
            self._plug_bridge()
        return len(self.buses) - 1

    def _growth(self, wanted: int) -> tuple[str, ...]:
        if not self.express():
            if wanted & _CONVENTIONAL:
                return ("pci-root" if self._host_bridges else "pci-bridge",)
        elif wanted & (PCIE_DEVICE | PCIE_SWITCH_UPSTREAM):
            return ("pcie-root-port",)
        elif wanted & _CONVENTIONAL:
            return self._conventional_growth()
        if wanted & _LONELY:
            text = "but none is available, and it cannot be automatically added"
            name = _NAMES[wanted & KINDS]
            raise internal(f"a PCI slot is needed to connect a PCI controller model='{name}', {text}")
        raise internal(f"Cannot automatically add a new PCI bus for a device with connect flags {wanted:02x}")

    def _conventional_growth(self) -> tuple[str, ...]:
        """A bus for conventional devices below PCI Express: a bridge, and the port that it needs."""
        for bus in self.buses:
            if bus is not None and bus.model != "pcie-root" and bus.takes(PCIE_TO_PCI_BRIDGE) and not bus.full():
                return ("pcie-to-pci-bridge",)
        return ("pcie-root-port", "pcie-to-pci-bridge")

    def _plug_bridge(self) -> None:
        """A bridge that was added takes the place it was added for."""
        for bus in self.buses[:-1]:
            if bus is not None and bus.model != "pcie-root" and bus.takes(PCIE_TO_PCI_BRIDGE):
                found = bus.find(PCIE_TO_PCI_BRIDGE)
                if found is not None:
                    bus.slots[found[0]] |= 1 << found[1]
                    return


def _check_connection(bus: Bus, place: Place, wanted: int) -> None:
    """A document may put conventional devices on PCI Express and the reverse, and devices where none can be plugged."""
    accepts = bus.accepts | (ENDPOINTS if bus.accepts & ENDPOINTS else 0)
    kind = wanted & KINDS & ~INTEGRATED
    if kind & PCI_BRIDGE:
        kind |= PCI_DEVICE
    if kind and not kind & accepts:
        name = next((name for bit, name in _NAMES.items() if kind & bit), "device")
        raise xml_error(
            f"The device at PCI address {place} cannot be plugged into the PCI controller with "
            f"index='{place.bus}'. It requires a controller that accepts a {name}."
        )
