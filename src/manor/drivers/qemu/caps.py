# SPDX-License-Identifier: Apache-2.0
"""What one QEMU binary can do: immutable answers for those who build command lines and documents.

How it is found out is in `probe_session`, where it is kept in `probe`; what libvirt's documents say about it
in `caps_xml` and `domcaps_xml`. Names are QEMU's own (machine types, devices, properties, commands), and
virt types are libvirt's domain types: ``kvm``, ``qemu`` (TCG).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any, Final

import msgspec

from manor.drivers.qemu.caps_schema import QmpSchema

VIRT_TYPES: Final = ("kvm", "qemu")
"""Domain types the driver runs, best first."""

ARCH_OF_TARGET: Final[Mapping[str, str]] = {"i386": "i686", "arm": "armv7l"}
"""libvirt's name of an architecture where it differs from QEMU's name of the target."""

TARGET_OF_ARCH: Final[Mapping[str, str]] = {
    "armv6l": "arm",
    "armv7l": "arm",
    "i686": "i386",
    "itanium": "ia64",
}
"""QEMU's name of the target that serves an architecture where it differs from libvirt's name."""

_ALSO_SERVED: Final[Mapping[str, str]] = {
    "aarch64": "armv7l",
    "armv7l": "armv6l",
    "ppc64": "ppc64le",
    "x86_64": "i686",
}
"""The architecture a binary serves besides its own."""


class MachineType(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """A machine type; ``alias`` is its short name (``pc``), ``cpu_max`` the most vCPUs it takes."""

    name: str
    alias: str | None = None
    is_default: bool = False
    cpu_max: int = 0
    hotpluggable_cpus: bool = False
    numa_mem_supported: bool = False
    deprecated: bool = False
    default_cpu_type: str | None = None
    default_ram_id: str | None = None


class CpuModel(msgspec.Struct, frozen=True, rename="kebab", omit_defaults=True):
    """A CPU model; ``blockers`` are the features that keep it from running here, None when QEMU does not say."""

    name: str
    typename: str = ""
    blockers: tuple[str, ...] | None = msgspec.field(default=None, name="unavailable-features")
    deprecated: bool = False
    static: bool = False
    migration_safe: bool | None = None
    alias_of: str | None = None

    @property
    def usable(self) -> bool | None:
        """Whether it runs on this host; None when unknown."""
        return None if self.blockers is None else not self.blockers


class HostCpu(msgspec.Struct, frozen=True, omit_defaults=True):
    """The most a guest's CPU can be: model ``host`` under KVM, ``max`` under TCG, with all its properties.

    ``unmigratable`` are the features that are lost when the guest must be migratable.
    """

    model: str
    props: dict[str, bool | int | str]
    unmigratable: frozenset[str] = frozenset()


class AccelCaps(msgspec.Struct, frozen=True, omit_defaults=True):
    """What depends on the accelerator. Machines are in QEMU's order, the preferred one first."""

    machines: tuple[MachineType, ...] = ()
    cpus: tuple[CpuModel, ...] = ()
    host_cpu: HostCpu | None = None


class SevCaps(msgspec.Struct, frozen=True, rename="kebab"):
    """AMD SEV as QEMU reports it."""

    pdh: str
    cert_chain: str
    cbitpos: int
    reduced_phys_bits: int
    cpu0_id: str = ""


class SgxSection(msgspec.Struct, frozen=True):
    """Protected memory of one NUMA node, in bytes."""

    node: int
    size: int


class SgxCaps(msgspec.Struct, frozen=True, rename="kebab"):
    """Intel SGX as QEMU reports it; sizes in bytes."""

    flc: bool
    sgx1: bool
    sgx2: bool
    section_size: int = 0
    sections: tuple[SgxSection, ...] = ()


class GicCaps(msgspec.Struct, frozen=True):
    """An interrupt controller version of ARM boards."""

    version: int
    emulated: bool
    kernel: bool


class CommonCaps(msgspec.Struct, frozen=True, omit_defaults=True):
    """What does not depend on the accelerator."""

    arch: str
    version: tuple[int, int, int]
    package: str
    commands: frozenset[str]
    types: frozenset[str]
    props: dict[str, frozenset[str]]
    options: dict[str, frozenset[str]]
    migration_capabilities: frozenset[str] = frozenset()
    tpm_models: frozenset[str] = frozenset()
    tpm_types: frozenset[str] = frozenset()
    hyperv_features: frozenset[str] = frozenset()
    sev: SevCaps | None = None
    sgx: SgxCaps | None = None
    gic: tuple[GicCaps, ...] = ()
    schema_data: bytes = b""

    def has_type(self, name: str) -> bool:
        """Whether a QOM type exists, of whatever kind (``tcg-accel``, ``chardev-pty``)."""
        return name in self.types


class QemuCaps(CommonCaps, frozen=True, dict=True, omit_defaults=True):
    """The capabilities of one binary; immutable, and the same object as long as the binary is the same.

    ``executable`` is what really ran: ``path`` may be a script that runs it.
    """

    path: str = ""
    executable: str = ""
    accels: dict[str, AccelCaps] = {}

    def __repr__(self) -> str:
        return f"<QemuCaps {self.path} {self.arch} {'.'.join(map(str, self.version))}>"

    # Accelerators, machines, CPUs

    @property
    def virt_types(self) -> tuple[str, ...]:
        """The domain types this binary runs on this host, best first."""
        return tuple(name for name in VIRT_TYPES if name in self.accels)

    def serves(self, arch: str) -> bool:
        """Whether guests of this architecture (libvirt's name) can be run."""
        return arch in (self.arch, _ALSO_SERVED.get(self.arch))

    def supports(self, virt_type: str) -> bool:
        """Whether a domain of this type can be run."""
        return virt_type in self.accels

    def accel(self, virt_type: str | None = None) -> AccelCaps:
        """What depends on the accelerator; nothing for a type that is not supported. Default: the best type."""
        if virt_type is None:
            virt_type = self.virt_types[0] if self.accels else ""
        return self.accels.get(virt_type, _NO_ACCEL)

    def machines(self, virt_type: str | None = None) -> tuple[MachineType, ...]:
        """The machine types, the preferred one first."""
        return self.accel(virt_type).machines

    def machine(self, name: str, virt_type: str | None = None) -> MachineType | None:
        """The machine type of this name or alias, or None."""
        return next((m for m in self.machines(virt_type) if name in (m.name, m.alias)), None)

    def canonical_machine(self, name: str, virt_type: str | None = None) -> str:
        """The name behind an alias (``pc`` → ``pc-i440fx-7.2``); any other name as it is."""
        machine = self.machine(name, virt_type)
        return name if machine is None else machine.name

    def default_machine(self, virt_type: str | None = None) -> str | None:
        """The machine type of a domain that asks for none; None if there is no machine at all."""
        machines = self.machines(virt_type)
        return machines[0].name if machines else None

    def max_cpus(self, machine: str, virt_type: str | None = None) -> int:
        """The most vCPUs of a machine type; 0 if it is unknown."""
        found = self.machine(machine, virt_type)
        return 0 if found is None else found.cpu_max

    def cpu_models(self, virt_type: str | None = None) -> tuple[CpuModel, ...]:
        """The CPU models, in QEMU's order."""
        return self.accel(virt_type).cpus

    def default_cpu(self, machine: str, virt_type: str | None = None) -> str | None:
        """The CPU model a machine type has when none is asked for (``qemu64``); None if QEMU has none."""
        found = self.machine(machine, virt_type)
        if found is None or found.default_cpu_type is None:
            return None
        models = self.cpu_models(virt_type)
        return next((cpu.name for cpu in models if cpu.typename == found.default_cpu_type), None)

    # Devices, objects, commands

    def has_device(self, name: str) -> bool:
        """Whether ``-device NAME`` exists in this binary."""
        return name in self.types

    def has_object(self, name: str) -> bool:
        """Whether ``-object NAME`` exists in this binary."""
        return name in self.types

    def device_props(self, name: str) -> frozenset[str]:
        """The properties of a device, object or machine (``pc-q35-7.2-machine``).

        Only those in `probe_tables.TYPES_WITH_PROPS` are asked for; empty for any other.
        """
        return self.props.get(name, frozenset())

    def has_prop(self, name: str, prop: str) -> bool:
        """Whether the device, object or machine has a property; see `device_props`."""
        return prop in self.props.get(name, ())

    def has_command(self, name: str) -> bool:
        """Whether the QMP command exists."""
        return name in self.commands

    def has_option(self, option: str, parameter: str | None = None) -> bool:
        """Whether the command line has ``-option`` (of those that take parameters), with this parameter."""
        parameters = self.options.get(option)
        return parameters is not None and (parameter is None or parameter in parameters)

    def has_migration_capability(self, name: str) -> bool:
        """Whether migrate-set-capabilities knows the name."""
        return name in self.migration_capabilities

    @cached_property
    def schema(self) -> QmpSchema:
        """The QMP schema; decoded when first asked for."""
        return QmpSchema.decode(self.schema_data)

    def accepts(self, path: str) -> bool:
        """Whether the QMP schema has a path, e.g. ``blockdev-add/arg-type/+qcow2/discard-no-unref``."""
        return path in self.schema

    @cached_property
    def derived(self) -> dict[Hashable, Any]:
        """What others have worked out from these capabilities and keep with them, by keys of their own."""
        return {}

    @property
    def version_number(self) -> int:
        """The version as libvirt counts: 1 000 000 × major + 1 000 × minor + micro."""
        major, minor, micro = self.version
        return major * 1_000_000 + minor * 1_000 + micro


_NO_ACCEL: Final = AccelCaps()
