# SPDX-License-Identifier: Apache-2.0
"""What a probe asks QEMU over QMP, and how the answers become capabilities.

How QEMU is run for it is in `probe_session`; the tables of what is worth asking in `probe_tables`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import msgspec

from manor.drivers.qemu import caps_schema
from manor.drivers.qemu.caps import (
    ARCH_OF_TARGET,
    AccelCaps,
    CommonCaps,
    CpuModel,
    GicCaps,
    HostCpu,
    MachineType,
    SevCaps,
    SgxCaps,
)
from manor.drivers.qemu.monitor import Monitor, QmpError
from manor.drivers.qemu.probe_tables import (
    DEVICES_WITH_PROPS,
    MACHINES_WITH_PROPS,
    OBJECTS_WITH_PROPS,
    PREFERRED_MACHINE,
)
from manor.drivers.qemu.qmp_core import Version

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_D = TypeVar("_D")


_NONE: Final[frozenset[str]] = frozenset()


class _Named(msgspec.Struct):
    name: str


class _Target(msgspec.Struct):
    arch: str


class _Kvm(msgspec.Struct):
    enabled: bool = False


class _Option(msgspec.Struct):
    option: str
    parameters: list[_Named]


class _MigrationCapability(msgspec.Struct):
    capability: str


class _ExpandedModel(msgspec.Struct):
    name: str
    props: dict[str, Any] = {}


class _Expansion(msgspec.Struct):
    model: _ExpandedModel


class Questions:
    """The questions to one running QEMU. Those it or the host need not know are optional."""

    def __init__(self, monitor: Monitor, timeout: float) -> None:
        """``timeout`` is in seconds, for each question."""
        self._monitor = monitor
        self._timeout = timeout

    async def kvm_enabled(self) -> bool:
        """Whether this QEMU uses KVM."""
        return (await self._optional("query-kvm", _Kvm, _Kvm())).enabled

    async def accel(self, *, kvm: bool) -> AccelCaps:
        """What depends on the accelerator."""
        arch, machines, cpus, host_cpu = await asyncio.gather(
            self._arch(),
            self._execute("query-machines", list[MachineType]),
            self._optional("query-cpu-definitions", list[CpuModel], []),
            self._host_cpu("host" if kvm else "max"),
        )
        return AccelCaps(_preferred_first(arch, machines), tuple(cpus), host_cpu)

    async def common(self) -> CommonCaps:
        """What does not depend on the accelerator."""
        version = await self._execute("query-version", Version)
        commands, types = await asyncio.gather(
            self._names("query-commands"), self._names("qom-list-types", abstract=False)
        )
        arch, options, migration, tpm_models, tpm_types, schema = await asyncio.gather(
            self._arch(),
            self._execute("query-command-line-options", list[_Option]),
            self._optional("query-migrate-capabilities", list[_MigrationCapability], []),
            self._optional("query-tpm-models", frozenset[str], _NONE),
            self._optional("query-tpm-types", frozenset[str], _NONE),
            self._execute("query-qmp-schema", msgspec.Raw),
        )
        props, hyperv, sev, sgx, gic = await asyncio.gather(
            self._props(types),
            self._hyperv_features(),
            self._maybe("query-sev-capabilities", SevCaps),
            self._maybe("query-sgx-capabilities", SgxCaps),
            self._optional("query-gic-capabilities", tuple[GicCaps, ...], ()),
        )
        return CommonCaps(
            arch=arch,
            version=(version.qemu.major, version.qemu.minor, version.qemu.micro),
            package=version.package,
            commands=commands,
            types=types,
            props=props,
            options={item.option: frozenset(p.name for p in item.parameters) for item in options},
            migration_capabilities=frozenset(item.capability for item in migration),
            tpm_models=tpm_models,
            tpm_types=tpm_types,
            hyperv_features=hyperv,
            sev=sev,
            sgx=sgx,
            gic=gic,
            schema_data=caps_schema.pack(bytes(schema)),
        )

    async def _execute(self, command: str, result: type[_T], **arguments: Any) -> _T:
        return await self._monitor.execute(command, arguments, result=result, timeout=self._timeout)

    async def _optional(self, command: str, result: type[_T], default: _D, **arguments: Any) -> _T | _D:
        try:
            return await self._execute(command, result, **arguments)
        except QmpError as exc:
            _log.debug("%s: %s", self._monitor.name, exc)
            return default

    async def _maybe(self, command: str, result: type[_T]) -> _T | None:
        return await self._optional(command, result, None)

    async def _names(self, command: str, **arguments: Any) -> frozenset[str]:
        items: list[_Named] = await self._optional(command, list[_Named], [], **arguments)
        return frozenset(item.name for item in items)

    async def _arch(self) -> str:
        target = (await self._execute("query-target", _Target)).arch
        return ARCH_OF_TARGET.get(target, target)

    async def _props(self, types: frozenset[str]) -> dict[str, frozenset[str]]:
        """The properties of the types that matter and exist, and of the CPU with all features."""
        devices = [name for name in DEVICES_WITH_PROPS if name in types]
        objects = [name for name in OBJECTS_WITH_PROPS if name in types]
        objects += [f"{name}-machine" for name in await self._machines_with_props()]
        objects += [name for name in types if name.startswith("max-") and name.endswith("-cpu")]
        found = await asyncio.gather(
            *(self._names("device-list-properties", typename=name) for name in devices),
            *(self._names("qom-list-properties", typename=name) for name in objects),
        )
        return dict(zip([*devices, *objects], found, strict=True))

    async def _machines_with_props(self) -> list[str]:
        machines = await self._execute("query-machines", list[MachineType])
        return [m.name for m in machines if m.name in MACHINES_WITH_PROPS or m.alias in MACHINES_WITH_PROPS]

    async def _cpu_props(self, model: str, **props: Any) -> dict[str, Any]:
        """All properties of a CPU model, empty if it does not exist or QEMU cannot tell."""
        wanted = {"name": model, "props": props} if props else {"name": model}
        nothing = _Expansion(_ExpandedModel(model))
        expansion = await self._optional("query-cpu-model-expansion", _Expansion, nothing, type="full", model=wanted)
        return expansion.model.props

    async def _host_cpu(self, model: str) -> HostCpu | None:
        migratable, free = await asyncio.gather(self._cpu_props(model), self._cpu_props(model, migratable=False))
        # Only x86 lets a CPU be unmigratable.
        props = free or migratable
        lost = {name for name in free if free[name] is True and migratable.get(name) is False}
        lost.discard("migratable")
        return HostCpu(model, {name: _plain(value) for name, value in props.items()}, frozenset(lost))

    async def _hyperv_features(self) -> frozenset[str]:
        """The Hyper-V enlightenments the host offers, by QEMU's names without ``hv-``.

        Those that take a value instead of a switch are offered whenever the CPU has the property.
        """
        props = await self._cpu_props("host", **{"hv-passthrough": True}) or await self._cpu_props("max")
        enlightenments = {name[3:]: value for name, value in props.items() if name.startswith("hv-")}
        valued = {"spinlocks", "vendor-id"} & enlightenments.keys()
        switched = {name for name, value in enlightenments.items() if value is True and name != "passthrough"}
        return frozenset(valued | switched)


def _preferred_first(arch: str, machines: Iterable[MachineType]) -> tuple[MachineType, ...]:
    """The machines in QEMU's order, but the default one first; without the one that is none."""
    alias = PREFERRED_MACHINE.get(arch)
    real = [machine for machine in machines if machine.name != "none"]
    preferred = [m for m in real if alias is not None and alias in (m.alias, m.name)]
    preferred = preferred or [m for m in real if m.is_default]
    return (*preferred, *(m for m in real if m not in preferred))


def _plain(value: Any) -> bool | int | str:
    # No known property of a CPU is structured; if one is, its text is better than nothing.
    return value if isinstance(value, bool | int | str) else str(value)
