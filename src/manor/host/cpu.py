# SPDX-License-Identifier: Apache-2.0
"""CPUs given as documents: comparing one with a host, combining several, naming models.

The x86 rules are in `manor.system.cpumodel`; of other architectures libvirt, too, knows little more than
names.  Flags that do not exist are refused by the drivers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from manor.constants import ConnectBaselineCPUFlags, ConnectCompareCPUFlags, CPUCompareResult
from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.host.cpu_document import Definition, read, read_host
from manor.schema.domain.cpu import Cpu as CpuElement
from manor.schema.domain.cpu import CpuFeature, CpuModel, FeaturePolicy
from manor.system.arch import ARCHITECTURES, ARM, PPC, S390, X86
from manor.system.cpumap import cpu_map
from manor.system.cpumodel import Baseline, Comparison, Cpu, baseline, compare, expand
from manor.system.processor import HostProcessor

_error = reporter(ErrorDomain.CPU)

#: POWER models; they have no features to tell apart by.
_PPC_MODELS: Final = ("POWER6", "POWER7", "POWER8", "POWER9", "POWER10", "POWERPC_e5500", "POWERPC_e6500")


class Reference(msgspec.Struct, frozen=True):
    """What a CPU is compared with: a host, or what a hypervisor makes of it."""

    arch: str
    features: frozenset[str]
    vendor: str | None

    @staticmethod
    def of_host(processor: HostProcessor) -> Reference:
        """The host itself (virConnectCompareCPU)."""
        return Reference(processor.arch, processor.features, processor.vendor)

    @staticmethod
    def of_cpu(arch: str, cpu: Cpu) -> Reference:
        """A CPU a hypervisor can give, such as its host-model (virConnectCompareHypervisorCPU)."""
        return Reference(arch, expand(cpu_map(), cpu), cpu.vendor)


def model_names(arch: str) -> list[str]:
    """virConnectGetCPUModelNames: empty where any name goes.

    Raises NO_SUPPORT for architectures whose CPUs libvirt does not know.
    """
    if arch in X86:
        return list(cpu_map().models)
    if arch in PPC:
        return list(_PPC_MODELS)
    if arch in ARM or arch in S390:
        return []
    raise _unsupported(arch)


def is_architecture(name: str) -> bool:
    """Whether libvirt knows an architecture of this name."""
    return name in ARCHITECTURES


def compare_cpu(reference: Reference, xml: str, flags: int = 0) -> int:
    """virConnectCompareCPU and, with another reference, virConnectCompareHypervisorCPU.

    Returns a virCPUCompareResult; raises CPU_INCOMPATIBLE with the reason instead of returning
    INCOMPATIBLE when the flags say so.
    """
    validate = bool(flags & ConnectCompareCPUFlags.VALIDATE_XML)
    found = _compare(reference, read(xml, validate=validate))
    if found.result == CPUCompareResult.INCOMPATIBLE and flags & ConnectCompareCPUFlags.FAIL_INCOMPATIBLE:
        raise _error(ErrorNumber.CPU_INCOMPATIBLE, found.reason or None)
    return int(found.result)


def _compare(reference: Reference, definition: Definition) -> Comparison:
    if not _same_kind(definition.arch or reference.arch, reference.arch):
        reason = f"CPU arch {definition.arch} does not match host arch"
        return Comparison(CPUCompareResult.INCOMPATIBLE, reason)
    cpu = definition.cpu
    if reference.arch not in X86 or (cpu.model is None and not cpu.features):
        return Comparison(CPUCompareResult.SUPERSET)
    return compare(cpu_map(), reference.features, reference.vendor, cpu)


def _same_kind(one: str, other: str) -> bool:
    return one == other or any(one in kind and other in kind for kind in (X86, PPC))


def baseline_cpu(xml_cpus: Sequence[str], flags: int = 0) -> str:
    """virConnectBaselineCPU: the document of the best guest CPU that all the given hosts can run."""
    definitions = [read_host(xml) for xml in xml_cpus]
    arch = definitions[0].arch or ""
    cpus = [definition.cpu for definition in definitions]
    if arch not in X86:
        return _plain_baseline(arch, cpus).format()
    migratable = bool(flags & ConnectBaselineCPUFlags.MIGRATABLE)
    found = baseline(cpu_map(), cpus, migratable=migratable)
    return _x86_element(found, flags, exact=found.preferred).format()


def baseline_hypervisor_cpu(
    arch: str,
    xml_cpus: Sequence[str],
    flags: int = 0,
    *,
    models: Mapping[str, frozenset[str]],
    features: Collection[str] | None,
) -> str:
    """virConnectBaselineHypervisorCPU: the same, of what a hypervisor can give.

    `models` are those it has, each with the features of it that it lacks here; `features` those it knows,
    without what cannot be migrated if the flags ask for that (None: it cannot tell).  All by libvirt's
    names.
    """
    definitions = [read(xml) for xml in xml_cpus]
    for index, definition in enumerate(definitions):
        if definition.cpu.model is None:
            raise _error(ErrorNumber.INVALID_ARG, f"no CPU model specified at index {index}")
    cpus = [definition.cpu for definition in definitions]
    if arch not in X86:
        return _plain_baseline(arch, cpus).format()
    migratable = features is None and bool(flags & ConnectBaselineCPUFlags.MIGRATABLE)
    found = baseline(cpu_map(), cpus, features=features, blockers=models, migratable=migratable)
    return _x86_element(found, flags, exact=True).format()


def _x86_element(found: Baseline, flags: int, *, exact: bool) -> CpuElement:
    description = found.description
    policies: dict[str, FeaturePolicy] = dict.fromkeys(description.required, "require")
    policies |= dict.fromkeys(description.disabled, "disable")
    if flags & ConnectBaselineCPUFlags.EXPAND_FEATURES:
        policies = _expanded(description.model, policies)
    return _element(description.model, found.vendor, policies, exact=exact)


def _expanded(model: str, policies: dict[str, FeaturePolicy]) -> dict[str, FeaturePolicy]:
    """The features of the model and those given, by name."""
    everything: dict[str, FeaturePolicy] = dict.fromkeys(cpu_map().model(model).features, "require")
    return dict(sorted((everything | policies).items()))


def _plain_baseline(arch: str, cpus: Sequence[Cpu]) -> CpuElement:
    """Of CPUs that are only names: all the same, or none."""
    model = cpus[0].model
    if arch in ARM:
        return _element(model, None, {}, exact=False)
    if arch in PPC:
        for cpu in cpus:
            if cpu.model not in _PPC_MODELS:
                raise _error(ErrorNumber.INTERNAL_ERROR, f"Unknown CPU model {cpu.model}")
        if any(cpu.model != model for cpu in cpus):
            raise _error(ErrorNumber.OPERATION_FAILED, "CPUs are incompatible")
        return _element(model, None, {}, exact=True)
    if arch in S390:
        raise _error(ErrorNumber.NO_SUPPORT, f"cannot compute baseline CPU of {arch} architecture")
    raise _unsupported(arch)


def _element(model: str | None, vendor: str | None, policies: dict[str, FeaturePolicy], *, exact: bool) -> CpuElement:
    return CpuElement(
        mode="custom",
        match="exact",
        model=CpuModel(fallback="forbid" if exact else "allow", value=model),
        vendor=vendor,
        features=[CpuFeature(policy=policy, name=name) for name, policy in policies.items()],
    )


def _unsupported(arch: str) -> ManorError:
    return _error(ErrorNumber.NO_SUPPORT, f"'{arch}' architecture is not supported by CPU driver")
