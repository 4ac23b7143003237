# SPDX-License-Identifier: Apache-2.0
"""The CPU a document asks for, turned into a model and features that QEMU can be told.

A document may leave the model to the host, ask for it at least, or want features only where they can be had; what that
comes to is decided as a guest starts. (libvirt: virCPUUpdate)
"""

from __future__ import annotations

from typing import Any, Final, cast

from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.caps_cpu import HostModel, guest_features, host_model
from manor.schema.domain import Domain
from manor.schema.domain.cpu import Cpu, CpuFeature, CpuModel
from manor.system.arch import X86
from manor.system.cpumap import cpu_map

NOT_FOR_GUESTS: Final = frozenset({"cmt", "mbm_total", "mbm_local", "osxsave", "ospke"})
"""Features of hosts that QEMU has no name for: monitoring, and what the guest's system itself turns on."""

_OFF: Final = frozenset({"disable", "forbid"})


def resolve(document: Domain, caps: QemuCaps) -> None:
    """Settle the CPU of a document about to run, in place; one QEMU takes as it is stays.

    Nothing is settled where QEMU does not say what the host gives: other architectures than x86.
    """
    cpu = document.cpu
    kind = document.os.type if document.os is not None else None
    arch = (kind.arch if kind is not None else None) or caps.arch
    if cpu is None or arch not in X86 or cpu.mode in ("host-passthrough", "maximum"):
        return
    host = host_model(caps, arch, document.type)
    if host is not None and (cpu.mode == "host-model" or cpu.match == "minimum"):
        host_cpu = caps.accel(document.type).host_cpu
        _take_host(cpu, host, guest_features(host_cpu.unmigratable) if host_cpu is not None else frozenset())
    elif cpu.model is None or not cpu.model.value:
        return
    else:
        _settle_optional(cpu, host)
    _disable_removed(cpu)
    known = _known_features(caps)
    cpu.features = [feature for feature in cpu.features if _is_wanted(feature, known)]


def _take_host(cpu: Cpu, host: HostModel, tying: frozenset[str]) -> None:
    """The host's model and features, with what the document says of some features over them.

    Features in `tying`, which would tie the guest to this host, are only those the document names.
    """
    described = host.description
    features = {name: CpuFeature(name=name, policy="require") for name in described.required if name not in tying}
    features |= {name: CpuFeature(name=name, policy="disable") for name in described.disabled}
    for feature in cpu.features:
        if feature.name is not None and feature.policy != "optional":
            features[feature.name] = feature
    cpu.mode, cpu.match, cpu.vendor = "custom", "exact", host.vendor
    cpu.model = CpuModel(fallback="forbid", value=described.model)
    cpu.features = list(features.values())


def _settle_optional(cpu: Cpu, host: HostModel | None) -> None:
    """A feature that is wanted where it can be had: it can, or it cannot."""
    available = _features(host) if host is not None else frozenset()
    for feature in cpu.features:
        if feature.policy == "optional":
            feature.policy = cast(Any, "require" if feature.name in available else "disable")


def _features(host: HostModel) -> frozenset[str]:
    described = host.description
    model = cpu_map().models.get(described.model)
    own = model.features if model is not None else frozenset()
    return (own | frozenset(described.required)) - frozenset(described.disabled)


def _disable_removed(cpu: Cpu) -> None:
    """What a model once had and has no more is off in every QEMU."""
    facts = cpu_map()
    model = facts.models.get((cpu.model.value or "") if cpu.model is not None else "")
    named = {feature.name for feature in cpu.features}
    for name in facts.sorted(model.removed - named) if model is not None else ():
        cpu.features.append(CpuFeature(name=name, policy="disable"))


def _known_features(caps: QemuCaps) -> frozenset[str]:
    """The features QEMU can be told of, by its names and by libvirt's; none where it does not say."""
    found: frozenset[str] | None = caps.derived.get(_known_features)
    if found is None:
        props = caps.device_props(f"max-{'i386' if caps.arch == 'i686' else caps.arch}-cpu")
        found = caps.derived[_known_features] = guest_features(props) | props
    return found


def _is_wanted(feature: CpuFeature, known: frozenset[str]) -> bool:
    """Whether QEMU is to be told of a feature: there is no need to switch off what it does not know."""
    if feature.name in NOT_FOR_GUESTS:
        return False
    return feature.policy not in _OFF or not known or feature.name in known
