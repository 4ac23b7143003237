# SPDX-License-Identifier: Apache-2.0
"""The PCI buses of a guest: what fits where, what is taken, and which buses must be added.

Pure bookkeeping over slots and functions; which device wants what is `pci_devices`, the order of assignment `pci`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Final

from manor.constants import ErrorNumber
from manor.drivers.qemu.passes.context import error
from manor.schema.common.address import PciFields

SLOTS: Final = 32
FUNCTIONS: Final = 8


class Connect(Flag):
    """What a device plugs into, or a bus takes."""

    NONE = 0
    HOTPLUG = auto()
    AGGREGATE = auto()  # shares a slot with others of its kind, one function each
    PCI_DEVICE = auto()
    PCIE_DEVICE = auto()
    PCIE_ROOT_PORT = auto()
    PCIE_SWITCH_UPSTREAM = auto()
    PCIE_SWITCH_DOWNSTREAM = auto()
    DMI_TO_PCI_BRIDGE = auto()
    PCIE_TO_PCI_BRIDGE = auto()
    PCI_EXPANDER_BUS = auto()
    PCIE_EXPANDER_BUS = auto()
    PCI_BRIDGE = auto()
    INTEGRATED = auto()  # only directly on the root bus


KINDS: Final = ~(Connect.HOTPLUG | Connect.AGGREGATE)


@dataclass(frozen=True, slots=True)
class BusKind:
    """What a controller model offers: what it takes, and its usable slots."""

    accepts: Connect
    first: int
    last: int


_PCI = Connect.PCI_DEVICE | Connect.PCI_BRIDGE
BUS_KINDS: Final[dict[str, BusKind]] = {
    "pci-root": BusKind(Connect.HOTPLUG | _PCI | Connect.PCI_EXPANDER_BUS | Connect.INTEGRATED, 1, SLOTS - 1),
    "pci-bridge": BusKind(Connect.HOTPLUG | _PCI, 1, SLOTS - 1),
    "pci-expander-bus": BusKind(Connect.HOTPLUG | _PCI, 0, SLOTS - 1),
    "pcie-root": BusKind(
        Connect.PCIE_ROOT_PORT | Connect.DMI_TO_PCI_BRIDGE | Connect.PCIE_EXPANDER_BUS | Connect.INTEGRATED,
        1,
        SLOTS - 1,
    ),
    "pcie-expander-bus": BusKind(Connect.PCIE_ROOT_PORT | Connect.DMI_TO_PCI_BRIDGE, 0, SLOTS - 1),
    "dmi-to-pci-bridge": BusKind(_PCI, 0, SLOTS - 1),
    "pcie-to-pci-bridge": BusKind(Connect.HOTPLUG | _PCI, 1, SLOTS - 1),
    "pcie-root-port": BusKind(
        Connect.HOTPLUG
        | Connect.PCIE_DEVICE
        | Connect.PCIE_SWITCH_UPSTREAM
        | Connect.PCIE_TO_PCI_BRIDGE
        | Connect.DMI_TO_PCI_BRIDGE,
        0,
        0,
    ),
    "pcie-switch-upstream-port": BusKind(Connect.PCIE_SWITCH_DOWNSTREAM, 0, SLOTS - 1),
    "pcie-switch-downstream-port": BusKind(
        Connect.HOTPLUG | Connect.PCIE_DEVICE | Connect.PCIE_SWITCH_UPSTREAM | Connect.PCIE_TO_PCI_BRIDGE, 0, 0
    ),
}

CONTROLLER_CONNECT: Final[dict[str, Connect]] = {
    "pci-bridge": Connect.PCI_BRIDGE,
    "pci-expander-bus": Connect.PCI_EXPANDER_BUS,
    "pcie-expander-bus": Connect.PCIE_EXPANDER_BUS,
    "dmi-to-pci-bridge": Connect.DMI_TO_PCI_BRIDGE,
    "pcie-to-pci-bridge": Connect.PCIE_TO_PCI_BRIDGE,
    "pcie-root-port": Connect.PCIE_ROOT_PORT | Connect.AGGREGATE,
    "pcie-switch-upstream-port": Connect.PCIE_SWITCH_UPSTREAM,
    "pcie-switch-downstream-port": Connect.PCIE_SWITCH_DOWNSTREAM | Connect.AGGREGATE,
}
"""What a PCI controller itself plugs into."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A PCI address; domain is 0 but for s390."""

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


@dataclass(slots=True)
class Slot:
    """What is taken of a slot: functions as bits, and whether aggregated devices may join."""

    functions: int = 0
    aggregate: bool = False


@dataclass(slots=True)
class Bus:
    """One bus and its slots."""

    model: str
    kind: BusKind
    slots: list[Slot] = field(default_factory=lambda: [Slot() for _ in range(SLOTS)])

    def takes(self, wanted: Connect) -> bool:
        """Whether a device of this connection fits."""
        if wanted & Connect.HOTPLUG and not self.kind.accepts & Connect.HOTPLUG:
            return False
        return bool(wanted & KINDS & self.kind.accepts)

    def full(self) -> bool:
        """Whether no slot is entirely free."""
        return all(self.slots[number].functions for number in range(self.kind.first, self.kind.last + 1))


class PciBuses:
    """All buses, by index; missing ones can be grown."""

    def __init__(self, *, growable: bool) -> None:
        self.buses: list[Bus | None] = []
        self._growable = growable

    @property
    def _express(self) -> bool:
        root = self.buses[0] if self.buses else None
        return root is not None and root.model == "pcie-root"

    def add(self, index: int, model: str) -> None:
        """Take in a bus the document has."""
        kind = BUS_KINDS.get(model)
        if kind is None:
            raise error(ErrorNumber.INTERNAL_ERROR, "PCI controller model was not set correctly")
        while len(self.buses) <= index:
            self.buses.append(None)
        self.buses[index] = Bus(model, kind)

    def fill_gaps(self) -> None:
        """Buses that a device names but no controller provides: as libvirt guesses them."""
        for index, bus in enumerate(self.buses):
            if bus is None:
                model = "pcie-root-port" if self._express else "pci-bridge"
                self.buses[index] = Bus(model, BUS_KINDS[model])

    def reserve(self, place: Place, *, multifunction: bool = False, aggregate: bool = False) -> None:
        """Take a place; VIR_ERR_XML_ERROR when it is taken already or does not exist."""
        if place.bus >= len(self.buses):
            if not self._growable:
                raise error(
                    ErrorNumber.XML_ERROR,
                    f"Invalid PCI address {place}. Only PCI buses up to {max(len(self.buses) - 1, 0)} are available",
                )
            while len(self.buses) <= place.bus:
                self.buses.append(None)
            self.fill_gaps()
        bus = self.buses[place.bus]
        if bus is None:
            raise error(ErrorNumber.XML_ERROR, f"PCI controller with index='{place.bus}' doesn't exist")
        self._check_bounds(bus, place)
        slot = bus.slots[place.slot]
        if slot.functions & (1 << place.function):
            raise error(ErrorNumber.XML_ERROR, f"Attempted double use of PCI Address {place}")
        slot.functions |= 1 << place.function
        slot.aggregate = aggregate

    @staticmethod
    def _check_bounds(bus: Bus, place: Place) -> None:
        for low, high, value, name in (
            (bus.kind.first, bus.kind.last, place.slot, "slot"),
            (0, 7, place.function, "function"),
        ):
            relation = "<" if value > high else ">"
            if value > high or value < low:
                bound = high if value > high else low
                raise error(
                    ErrorNumber.XML_ERROR,
                    f"Invalid PCI address {place}. {name} must be {relation}= {bound:#x}"
                    if name == "function"
                    else f"Invalid PCI address {place}. {name} must be {relation}= {bound}",
                )

    def in_use(self, place: Place) -> bool:
        """Whether any function of the place's slot is taken."""
        bus = self.buses[place.bus] if place.bus < len(self.buses) else None
        return bus is not None and bool(bus.slots[place.slot].functions)

    def next_free(self, wanted: Connect, function: int = 0) -> Place:
        """The first place a device fits, growing buses where that is allowed.

        Raises VIR_ERR_INTERNAL_ERROR "No more available PCI slots".
        """
        for index, bus in enumerate(self.buses):
            if bus is not None and bus.takes(wanted):
                found = self._on_bus(index, bus, wanted, function)
                if found is not None:
                    return found
        if self._growable:
            index = self._grow(wanted)
            bus = self.buses[index]
            found = self._on_bus(index, bus, wanted, function) if bus is not None else None
            if found is not None:
                return found
        raise error(ErrorNumber.INTERNAL_ERROR, "No more available PCI slots")

    @staticmethod
    def _on_bus(index: int, bus: Bus, wanted: Connect, function: int) -> Place | None:
        for number in range(bus.kind.first, bus.kind.last + 1):
            slot = bus.slots[number]
            if slot.functions == 0:
                return Place(0, index, number, function)
            if wanted & Connect.AGGREGATE and slot.aggregate and slot.functions & 1:
                for free in range(FUNCTIONS):
                    if not slot.functions & (1 << free):
                        return Place(0, index, number, free)
        return None

    def take_next(self, wanted: Connect, function: int = 0) -> Place:
        """`next_free`, taken."""
        place = self.next_free(wanted, function)
        self.reserve(place, aggregate=bool(wanted & Connect.AGGREGATE))
        return place

    def _grow(self, wanted: Connect) -> int:
        """Add the buses a device needs that fits nowhere; the index of the one it goes to."""
        for model in self._growth(wanted):
            self.buses.append(Bus(model, BUS_KINDS[model]))
        return len(self.buses) - 1

    def _growth(self, wanted: Connect) -> tuple[str, ...]:
        if not self._express:
            if wanted & (_PCI | Connect.PCI_BRIDGE):
                return ("pci-bridge",)
        elif wanted & (Connect.PCIE_DEVICE | Connect.PCIE_SWITCH_UPSTREAM | Connect.PCIE_TO_PCI_BRIDGE):
            return ("pcie-root-port",)
        elif wanted & _PCI:
            return self._conventional_growth()
        elif wanted & Connect.PCIE_SWITCH_DOWNSTREAM:
            return ("pcie-switch-upstream-port",)
        raise error(
            ErrorNumber.CONFIG_UNSUPPORTED,
            f"Cannot automatically add a new PCI bus for a device with connect flags {wanted.value:#04x}",
        )

    def _conventional_growth(self) -> tuple[str, ...]:
        """A bus for conventional devices below PCI Express: a bridge, and the port that it needs."""
        for bus in self.buses:
            if (
                bus is not None
                and bus.takes(Connect.PCIE_TO_PCI_BRIDGE)
                and bus.model != "pcie-root"
                and not bus.full()
            ):
                return ("pcie-to-pci-bridge",)
        return ("pcie-root-port", "pcie-to-pci-bridge")
