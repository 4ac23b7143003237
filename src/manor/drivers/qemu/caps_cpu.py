# SPDX-License-Identifier: Apache-2.0
"""CPUs a QEMU binary can give to guests, described by libvirt's models.

What models and features are, and how a set of features becomes a model, is `manor.system.cpumap` and
`manor.system.cpumodel`; QEMU's answers are in `caps`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, NamedTuple

from manor.drivers.qemu.caps import CpuModel, QemuCaps
from manor.schema import domain_capabilities as xml
from manor.schema.domain import cpu as cpu_xml
from manor.system.arch import X86
from manor.system.cpuid import Signature
from manor.system.cpumap import CpuMap, cpu_map
from manor.system.cpumodel import Candidates, Description, describe_guest

_PPC64: Final[Mapping[str, str]] = {f"power{n}": f"POWER{n}" for n in (6, 7, 8, 9, 10)}
"""libvirt's names of the POWER models, by QEMU's; there are no others."""

_QEMU_NAMES: Final[Mapping[str, str]] = {"pclmuldq": "pclmulqdq"}
"""QEMU's name of a feature where it is not libvirt's spelt otherwise."""

_USABLE: Final = {True: "yes", False: "no", None: "unknown"}


class HostModel(NamedTuple):
    """The model nearest to the best CPU the hypervisor gives, and its vendor by libvirt's name."""

    description: Description
    vendor: str | None


class KnownModel(NamedTuple):
    """A model that documents may name; ``vendor`` is None where it is not one vendor's."""

    name: str
    vendor: str | None
    model: CpuModel


def models(caps: QemuCaps, arch: str, virt_type: str) -> list[KnownModel]:
    """The models QEMU has, by libvirt's names and in QEMU's order.

    On x86 and POWER those libvirt knows; elsewhere all but those that stand for the host.
    """
    offered = caps.cpu_models(virt_type)
    if arch in X86:
        known = cpu_map().models
        return [KnownModel(cpu.name, known[cpu.name].vendor, cpu) for cpu in offered if cpu.name in known]
    if arch.startswith("ppc"):
        names = _PPC64 if arch.startswith("ppc64") else {}
        return [KnownModel(names[cpu.name], "IBM", cpu) for cpu in offered if cpu.name in names]
    return [KnownModel(cpu.name, None, cpu) for cpu in offered if cpu.name != "host"]


def host_model(caps: QemuCaps, arch: str, virt_type: str) -> HostModel | None:
    """What ``<cpu mode='host-model'/>`` means; None where QEMU or the architecture has no answer."""
    key = (host_model, arch, virt_type)
    if key not in caps.derived:
        caps.derived[key] = _nearest_model(caps, arch, virt_type)
    found: HostModel | None = caps.derived[key]
    return found


def _nearest_model(caps: QemuCaps, arch: str, virt_type: str) -> HostModel | None:
    host_cpu = caps.accel(virt_type).host_cpu
    if arch not in X86 or host_cpu is None:
        return None
    facts = cpu_map()
    vendor = facts.vendor_name(str(host_cpu.props.get("vendor", "")))
    features = guest_features([name for name, value in host_cpu.props.items() if value is True])
    if not caps.has_type("max-x86_64-cpu"):
        # A 32-bit QEMU knows the names of these features, but not what they are.
        features -= frozenset(name for word, bits in facts.words.items() if word.register == "msr" for name in bits)
    offered = caps.cpu_models(virt_type)
    names = {cpu.name for cpu in offered}
    allowed = Candidates(vendor, _signature(host_cpu.props), names, blockers=_blockers(facts, offered))
    return HostModel(describe_guest(facts, features, allowed), vendor)


def guest_features(props: Iterable[str]) -> frozenset[str]:
    """libvirt's names of features, given by QEMU's names; those libvirt does not know are left out."""
    names = _names()
    return frozenset(names[plain] for prop in props if (plain := _plain(prop)) in names)


@cache
def _names() -> dict[str, str]:
    """libvirt's names of features, by QEMU's without punctuation."""
    return {_plain(_QEMU_NAMES.get(name, name)): name for name in cpu_map().order}


def _blockers(facts: CpuMap, offered: Iterable[CpuModel]) -> dict[str, frozenset[str]]:
    """Features this QEMU wants of models that libvirt's models lack: they keep a model from running here unless a
    document disables them by name."""
    return {
        cpu.name: guest_features(cpu.blockers) - facts.models[cpu.name].features
        for cpu in offered
        if cpu.blockers and cpu.name in facts.models
    }


def cpu_support(caps: QemuCaps, arch: str, virt_type: str) -> xml.CpuSupport:
    """The CPU part of the domain capabilities."""
    return xml.CpuSupport(
        modes=[
            _passthrough(caps, virt_type),
            _maximum(caps, virt_type),
            _host_model(host_model(caps, arch, virt_type)),
            _custom(caps, arch, virt_type),
        ]
    )


def _passthrough(caps: QemuCaps, virt_type: str) -> xml.PassthroughSupport:
    if virt_type != "kvm":
        return xml.PassthroughSupport(supported=False)
    migratable = ["on", "off"] if caps.has_prop("max-x86_64-cpu", "migratable") else ["off"]
    return xml.PassthroughSupport(supported=True, enums=[xml.Enum(name="hostPassthroughMigratable", values=migratable)])


def _maximum(caps: QemuCaps, virt_type: str) -> xml.MaximumSupport:
    if all(model.name != "max" for model in caps.cpu_models(virt_type)):
        return xml.MaximumSupport(supported=False)
    return xml.MaximumSupport(supported=True, enums=[xml.Enum(name="maximumMigratable", values=["on", "off"])])


def _host_model(found: HostModel | None) -> xml.HostModelSupport:
    if found is None:
        return xml.HostModelSupport(supported=False)
    description, vendor = found
    features = [cpu_xml.CpuFeature(policy="require", name=name) for name in description.required]
    features += [cpu_xml.CpuFeature(policy="disable", name=name) for name in description.disabled]
    model = cpu_xml.CpuModel(fallback="forbid", value=description.model)
    return xml.HostModelSupport(supported=True, model=model, vendor=vendor, features=features)


def _custom(caps: QemuCaps, arch: str, virt_type: str) -> xml.CustomSupport:
    found = models(caps, arch, virt_type)
    return xml.CustomSupport(
        supported=bool(found),
        models=[
            xml.NamedModel(
                usable=_USABLE[known.model.usable],
                vendor=known.vendor or "unknown",
                deprecated=known.model.deprecated or None,
                value=known.name,
            )
            for known in found
        ],
    )


def _signature(props: Mapping[str, bool | int | str]) -> Signature | None:
    numbers = [props.get(name) for name in ("family", "model", "stepping")]
    if not all(isinstance(number, int) for number in numbers):
        return None
    return Signature(*(int(number or 0) for number in numbers))


@cache
def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(".", "")
