# SPDX-License-Identifier: Apache-2.0
"""Choosing, comparing and combining x86 CPU models, with libvirt's results.

A CPU is described by a model and the features it has besides, or lacks.  Finding the best description of a
set of features is `describe_guest` and `describe_host`; the rules follow what libvirt 9.0 was seen to
answer for many thousands of random sets.  Everything is a pure function of its arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from manor.constants import CPUCompareResult, ErrorDomain, ErrorNumber
from manor.errors import reporter
from manor.system.cpuid import Signature
from manor.system.cpumap import CpuMap, Model

_error = reporter(ErrorDomain.CPU)

#: Feature policies that make a feature part of the CPU, and those that take it out.
_WITH: Final = ("force", "require")
_WITHOUT: Final = ("disable", "forbid")


class Cpu(msgspec.Struct, frozen=True):
    """A CPU as a document describes it: features by name with their policies (hosts': all ``require``)."""

    model: str | None
    vendor: str | None = None
    features: Mapping[str, str] = msgspec.field(default_factory=dict)
    match: str = "exact"

    def named(self, *policies: str) -> frozenset[str]:
        """The features with one of the policies."""
        return frozenset(name for name, policy in self.features.items() if policy in policies)


class Description(msgspec.Struct, frozen=True):
    """A set of features as a model plus features (`required`), minus features (`disabled`), in order."""

    model: str
    required: tuple[str, ...]
    disabled: tuple[str, ...] = ()


class Candidates(msgspec.Struct, frozen=True):
    """What a guest's CPU may be described as.

    * `vendor`: only models of this vendor, and those of none.
    * `signature`: the real processor's numbers; models of its generation go first.
    * `names`: only these models (what the hypervisor can run), None for all.
    * `preferred`: this model in any case, if it may be used at all.
    * `inputs`: models the CPU was computed from; one of them is better than a later model that has to be
      stripped of features.
    * `blockers`: per model, features the hypervisor means by its name but cannot give; they are disabled
      explicitly.
    """

    vendor: str | None = None
    signature: Signature | None = None
    names: Collection[str] | None = None
    preferred: str | None = None
    inputs: Collection[str] = ()
    blockers: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)

    def __contains__(self, model: Model) -> bool:
        if not model.guest or (self.names is not None and model.name not in self.names):
            return False
        return self.vendor is None or model.vendor in (None, self.vendor)


class _Score(NamedTuple):
    """How badly a model describes a set of features; smaller is better.

    Each feature listed counts one.  Disabling is worse than adding, because software may take for granted
    what a model's name promises: every second disabled feature costs one more than the one before it.
    """

    total: int
    penalty: int

    @staticmethod
    def of(added: int, disabled: int) -> _Score:
        steps = (disabled + 1) // 2
        return _Score(added + disabled + steps * (steps + 1) // 2, steps)


# -- describing ----------------------------------------------------------------------------------------


def expand(cpu_map: CpuMap, cpu: Cpu) -> frozenset[str]:
    """All features of a CPU: its model's, with what the document adds and takes away.

    Raises INTERNAL_ERROR for an unknown model or feature.
    """
    cpu_map.check_features(cpu.features)
    base = cpu_map.model(cpu.model).features if cpu.model else frozenset()
    return (base | cpu.named(*_WITH)) - cpu.named(*_WITHOUT)


def describe_guest(cpu_map: CpuMap, features: frozenset[str], allowed: Candidates) -> Description:
    """The best description of a guest's CPU; raises OPERATION_FAILED when no model may be used."""
    best: Model | None = None
    best_score = _Score(0, 0)
    for model in reversed(cpu_map.models.values()):
        if model not in allowed:
            continue
        if model.name == allowed.preferred:
            best = model
            break
        score = _Score.of(len(features - model.features), len(_lacking(model, features, allowed)))
        if best is None or _better(model, score, best, best_score, allowed):
            best, best_score = model, score
    if best is None:
        raise _error(ErrorNumber.OPERATION_FAILED, "Cannot find suitable CPU model for given data")
    removed = best.removed - features
    return Description(
        best.name,
        tuple(cpu_map.sorted(features - best.features)),
        # What the model once had comes after what it has.
        (*cpu_map.sorted(_lacking(best, features, allowed) - removed), *cpu_map.sorted(removed)),
    )


def _lacking(model: Model, features: frozenset[str], allowed: Candidates) -> frozenset[str]:
    """The features that have to be disabled when a CPU with `features` is named after the model."""
    blockers = allowed.blockers.get(model.name, frozenset())
    # A feature that would have to be added by name is asked for nevertheless.
    return ((model.features | model.removed) - features) | (blockers - (features - model.features))


def _better(model: Model, score: _Score, best: Model, best_score: _Score, allowed: Candidates) -> bool:
    if allowed.signature is not None:
        matches = model.has_signature(allowed.signature)
        if matches != best.has_signature(allowed.signature):
            return matches
    return score < best_score or (model.name in allowed.inputs and score.penalty < best_score.penalty)


def describe_host(
    cpu_map: CpuMap, features: frozenset[str], vendor: str | None, signature: Signature | None
) -> Description:
    """The best description of the host's CPU: a model it has all features of, and the others.

    Of models of the processor's own generation, if there are such, the one that leaves the fewest features
    over; the newer one of equals.
    """
    fitting = [
        model
        for model in reversed(cpu_map.models.values())
        if model.host and model.features <= features and model.vendor in (None, vendor)
    ]
    if not fitting:
        raise _error(ErrorNumber.OPERATION_FAILED, "Cannot find suitable CPU model for given data")
    own = [model for model in fitting if signature is not None and model.has_signature(signature)]
    best = max(own or fitting, key=lambda model: len(model.features))
    return Description(best.name, tuple(cpu_map.sorted(features - best.features)))


# -- comparing -----------------------------------------------------------------------------------------


class Comparison(NamedTuple):
    """How a CPU compares with the host's; `reason` says what stands in the way of an incompatible one."""

    result: CPUCompareResult
    reason: str = ""


def compare(cpu_map: CpuMap, host: frozenset[str], vendor: str | None, cpu: Cpu) -> Comparison:
    """Whether a host with these features (and vendor) can run a guest with this CPU.

    Raises INTERNAL_ERROR for an unknown model or feature.
    """
    if cpu.vendor is not None and cpu.vendor != vendor:
        return _incompatible(f"host CPU vendor does not match required CPU vendor {cpu.vendor}")
    cpu_map.check_features(cpu.features)
    base = cpu_map.model(cpu.model).features if cpu.model else frozenset()
    # A forbidden feature of the model is asked for nevertheless: no host can satisfy that, in libvirt neither.
    needed = (base | cpu.named("require")) - cpu.named("optional", "disable")
    if provided := cpu.named("forbid") & host:
        return _incompatible(_listing(cpu_map, "Host CPU provides forbidden features", provided))
    if missing := needed - cpu.named("force") - host:
        return _incompatible(_listing(cpu_map, "Host CPU does not provide required features", missing))
    extra = host - needed - cpu.named("force", "optional", *_WITHOUT)
    if not extra:
        return Comparison(CPUCompareResult.IDENTICAL)
    if cpu.match == "strict":
        return _incompatible(_listing(cpu_map, "Host CPU does not strictly match guest CPU: Extra features", extra))
    return Comparison(CPUCompareResult.SUPERSET)


def _incompatible(reason: str) -> Comparison:
    return Comparison(CPUCompareResult.INCOMPATIBLE, reason)


def _listing(cpu_map: CpuMap, text: str, features: Iterable[str]) -> str:
    return f"{text}: {', '.join(cpu_map.sorted(features))}"


# -- combining -----------------------------------------------------------------------------------------


class Baseline(NamedTuple):
    """The CPU that all given ones can run: `vendor` is named only when all named it."""

    description: Description
    vendor: str | None
    preferred: bool


def baseline(
    cpu_map: CpuMap,
    cpus: Sequence[Cpu],
    *,
    features: Collection[str] | None = None,
    blockers: Mapping[str, frozenset[str]] | None = None,
    migratable: bool = False,
) -> Baseline:
    """The best CPU for guests that must run on all of `cpus`.

    What a hypervisor can give limits it: `features` are those it knows, `blockers` has its models with what
    it lacks of each; None for no limit.  `migratable` leaves out what ties a guest to its host.

    Raises INTERNAL_ERROR for unknown models or features, OPERATION_FAILED for vendors that do not match.
    """
    common = frozenset.intersection(*(expand(cpu_map, cpu) for cpu in cpus))
    if features is not None:
        common &= frozenset(features)
    common -= cpu_map.ignored
    names = [cpu.model for cpu in cpus if cpu.model is not None]
    vendor = _common_vendor(cpu_map, cpus)
    same = names[0] if len(set(names)) == 1 else None
    allowed = Candidates(vendor, None, blockers, same, names, blockers or {})
    found = describe_guest(cpu_map, common, allowed)
    if migratable:
        # Only from what is added: a model keeps its name, and with it whatever the name stands for.
        kept = (name for name in found.required if name not in cpu_map.unmigratable)
        found = msgspec.structs.replace(found, required=tuple(kept))
    told = all(cpu.vendor is not None for cpu in cpus)
    return Baseline(found, vendor if told else None, found.model == same)


def _common_vendor(cpu_map: CpuMap, cpus: Sequence[Cpu]) -> str | None:
    """The vendor all CPUs name, or have through their models; the first one's model does not count."""
    common: str | None = None
    for index, cpu in enumerate(cpus):
        model = cpu_map.model(cpu.model or "")
        if index and cpu.vendor is not None and model.vendor not in (None, cpu.vendor):
            raise _error(
                ErrorNumber.OPERATION_FAILED,
                f"CPU vendor {model.vendor} of model {model.name} differs from vendor {cpu.vendor}",
            )
        vendor = cpu.vendor or (model.vendor if index else None)
        if vendor is None:
            continue
        if common is None:
            common = _known_vendor(cpu_map, vendor)
        elif vendor != common:
            raise _error(ErrorNumber.OPERATION_FAILED, "CPU vendors do not match")
    return common


def _known_vendor(cpu_map: CpuMap, vendor: str) -> str:
    if vendor not in cpu_map.vendors:
        raise _error(ErrorNumber.OPERATION_FAILED, f"Unknown CPU vendor {vendor}")
    return vendor
