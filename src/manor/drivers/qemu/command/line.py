# SPDX-License-Identifier: Apache-2.0
"""The command line under construction, and the formats of its options."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.command.boot import boot_order
from manor.drivers.qemu.passes.context import Context, Purpose
from manor.drivers.qemu.plan import LaunchPlan
from manor.schema.common.address import (
    CcwAddress,
    Device,
    PciAddress,
    SpaprVioAddress,
    UsbAddress,
)
from manor.schema.domain import Domain
from manor.schema.domain.controller import Controller

Props = dict[str, Any]


class CommandLine(msgspec.Struct, frozen=True):
    """What is executed: the program with its arguments, and its whole environment."""

    argv: list[str]
    environment: dict[str, str]

    def shell_line(self) -> str:
        """As a shell would take it, on one line: for domxml-to-native."""
        return " ".join([*self._variables(), *map(shlex.quote, self.argv)])

    def _variables(self) -> list[str]:
        return [f"{name}={shlex.quote(value)}" for name, value in self.environment.items()]

    def shell_text(self) -> str:
        """As a shell would take it, one option per line: for logs."""
        words = self._variables()
        lines = [*words, shlex.quote(self.argv[0])]
        for argument in self.argv[1:]:
            if argument.startswith("-") and not argument[1:2].isdigit():
                lines.append(argument)
            else:
                lines[-1] += f" {shlex.quote(argument)}"
        return " \\\n".join(lines)


@dataclass(slots=True)
class Build:
    """One command line: what it is made of, and the arguments so far."""

    document: Domain
    caps: QemuCaps
    plan: LaunchPlan
    args: list[str] = field(default_factory=list)
    machine: Context = field(init=False)
    boot_order: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.machine = Context(self.document, self.caps, Purpose.START)
        self.boot_order = boot_order(self.document)

    def option(self, name: str, value: str | None = None) -> None:
        """Add `-name value`."""
        self.args.append(f"-{name}")
        if value is not None:
            self.args.append(value)

    def comma(self, name: str, words: Iterable[str | None]) -> None:
        """Add an option whose value is a comma list; None leaves a word out."""
        self.option(name, ",".join(word for word in words if word))

    def json(self, name: str, props: Props) -> None:
        """Add an option whose value is JSON; members that are None are left out."""
        self.option(name, to_json(props))

    def object(self, kind: str, alias: str, **props: Any) -> None:
        """Add `-object`."""
        self.json("object", {"qom-type": kind, "id": alias, **props})

    def device(self, props: Props, owner: Device | None = None) -> None:
        """Add `-device`; what `<qemu:override>` says of the device goes over it.

        `owner` is the device of the document, where it may have a PCI address: on s390 a zpci device goes before it.
        """
        address = owner.address if owner is not None else None
        if owner is not None and isinstance(address, PciAddress) and address.zpci is not None:
            uid, fid = address.zpci.uid or 0, address.zpci.fid or 0
            self.json(
                "device", {"driver": "zpci", "uid": uid, "fid": fid, "target": alias_of(owner), "id": f"zpci{uid}"}
            )
        self.json("device", self._overridden(props))

    def _overridden(self, props: Props) -> Props:
        override = self.document.qemu_override
        if override is None:
            return props
        result = dict(props)
        for device in override.devices:
            if device.alias != props.get("id"):
                continue
            for item in device.frontend.properties if device.frontend is not None else ():
                if item.type == "remove":
                    result.pop(item.name or "", None)
                else:
                    result[item.name or ""] = _override_value(item.type, item.value)
        return result


def _override_value(kind: str | None, value: str | None) -> Any:
    if kind in ("signed", "unsigned"):
        return int(value or "0", 0)
    return value == "true" if kind == "bool" else value


def to_json(props: Mapping[str, Any]) -> str:
    """JSON as libvirt writes it: no spaces, members in order, None left out."""
    kept = {key: value for key, value in props.items() if value is not None}
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)


def escape(value: str) -> str:
    """A value inside a comma list: commas are doubled."""
    return value.replace(",", ",,")


def on_off(value: bool | None) -> str | None:
    """A switch in a comma list."""
    return None if value is None else ("on" if value else "off")


def alias_of(device: Device) -> str:
    """The device's alias."""
    return (device.alias.name or "") if device.alias is not None else ""


def address_props(build: Build, device: Device) -> Props:
    """Where on its bus a device sits, as properties of `-device`."""
    address = device.address
    match address:
        case PciAddress():
            return _pci_props(build, address) | _pci_extras(device)
        case UsbAddress():
            bus = usb_bus(build, address.bus or 0)
            return {"bus": f"{bus}.0", "port": address.port or None}
        case SpaprVioAddress():
            return {"reg": address.reg}
        case CcwAddress():
            return {"devno": f"{address.cssid or 0:x}.{address.ssid or 0:x}.{address.devno or 0:04x}"}
    return {}


def _pci_props(build: Build, address: PciAddress) -> Props:
    slot = f"0x{address.slot or 0:x}"
    if address.function:
        slot += f".0x{address.function:x}"
    props: Props = {"bus": pci_bus(build, address.bus or 0)}
    if address.multifunction is not None:
        props["multifunction"] = address.multifunction
    props["addr"] = slot
    return props


def _pci_extras(device: Device) -> Props:
    """What belongs to a device's place on PCI: the index that names it in the guest, and its option ROM."""
    props: Props = {}
    if device.acpi is not None and device.acpi.index:
        props["acpi-index"] = device.acpi.index
    rom = device.rom
    if rom is not None and rom.enabled is False:
        props["romfile"] = ""
    elif rom is not None:
        props |= {} if rom.bar is None else {"rombar": int(rom.bar)}
        props |= {} if not rom.file else {"romfile": rom.file}
    return props


def pci_bus(build: Build, index: int) -> str:
    """QEMU's name of a PCI bus."""
    controller = build.machine.controller("pci", index)
    alias = alias_of(controller) if controller is not None and controller.alias is not None else f"pci.{index}"
    if controller is None:
        return alias
    if controller.model in ("pci-expander-bus", "pcie-expander-bus"):
        return alias
    if index == 0 and build.machine.is_pseries:
        return "pci.0"
    if controller.pci_model is not None and controller.pci_model.name == "spapr-pci-host-bridge":
        return f"{alias}.0"
    return alias


def usb_bus(build: Build, index: int) -> str:
    """The id of the controller of a USB bus."""
    controller = build.machine.controller("usb", index)
    return alias_of(controller) if controller is not None else "usb"


def boot_index(build: Build, device: Device) -> Props:
    """The device's place in the boot order, its own or that of the kind `<boot dev=…>` names."""
    order = build.boot_order.get(id(device))
    return {} if order is None else {"bootindex": order}


def virtio_driver(model: str, kind: str | None, device: Device) -> str:
    """The QEMU device of a virtio device: by its bus, and by whether it speaks virtio 0.9 or 1.0."""
    suffix = "pci"
    if isinstance(device.address, CcwAddress):
        suffix = "ccw"
    elif device.address is not None and device.address.type == "virtio-mmio":
        suffix = "device"
    transition = ""
    if kind is not None and kind.endswith("non-transitional"):
        transition = "-non-transitional"
    elif kind is not None and kind.endswith("transitional"):
        transition = "-transitional"
    return f"{model}-{suffix}{transition}"


def virtio_options(options: Any) -> Props:
    """The switches every virtio device has."""
    if options is None:
        return {}
    return {
        name: value
        for name, value in (
            ("iommu_platform", options.iommu),
            ("ats", options.ats),
            ("packed", options.packed),
            ("page-per-vq", options.page_per_vq),
        )
        if value is not None
    }


def controller_of(build: Build, kind: str, index: int | None) -> Controller | None:
    """The controller of a type and index."""
    return build.machine.controller(kind, index or 0)
