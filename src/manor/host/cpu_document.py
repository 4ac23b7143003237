# SPDX-License-Identifier: Apache-2.0
"""Reading the <cpu> documents that are compared and combined: hosts' and guests'.

A host's names its architecture, and its features have no policies; a guest's is the part of a domain
document.  Only what counts for comparing is kept; the rest is checked as libvirt checks it.
"""

from __future__ import annotations

from typing import Final, Literal, TypeVar

import msgspec

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.core import Element, Raw, attr, child, codec, many, one, raw, read_tree, text, unsupported
from manor.schema.domain.cpu import CpuCheck, CpuMatch, CpuMode, FeaturePolicy
from manor.system.arch import ARCHITECTURES
from manor.system.cpumodel import Cpu

_error = reporter(ErrorDomain.CPU)

_SOURCE: Final = "(CPU_definition)"
_VENDOR_ID_LENGTH: Final = 12


class _Model(Element, tag="model", errors=ErrorDomain.CPU):
    """A guest's model; `vendor_id` is the vendor the guest sees."""

    fallback: Literal["allow", "forbid"] | None = attr(error=unsupported("Invalid fallback attribute"))
    vendor_id: str | None = attr()
    value: str | None = text()


class _Topology(Element, tag="topology"):
    """How the CPUs are arranged."""

    sockets: int | None = attr(codec=codec.non_zero, required=True)
    dies: int | None = attr(codec=codec.non_zero)
    cores: int | None = attr(codec=codec.non_zero, required=True)
    threads: int | None = attr(codec=codec.non_zero, required=True)


class _Cache(Element, tag="cache"):
    """Whether the guest sees the host's caches."""

    level: int | None = attr()
    mode: Literal["emulate", "passthrough", "disable"] | None = attr(required=True)


class _MaxPhysAddr(Element, tag="maxphysaddr"):
    """The width of physical addresses."""

    mode: Literal["emulate", "passthrough"] | None = attr(required=True)
    bits: int | None = attr(codec=codec.index)


class _Signature(Element, tag="signature"):
    """The numbers of a processor generation."""

    family: int | None = attr(codec=codec.unsigned, required=True)
    model: int | None = attr(codec=codec.unsigned, required=True)
    stepping: int | None = attr(codec=codec.unsigned, required=True)


class _Microcode(Element, tag="microcode", errors=ErrorDomain.CPU):
    """The version of the processor's microcode."""

    version: int | None = attr(codec=codec.unsigned, error=unsupported("invalid microcode version"))


class _Counter(Element, tag="counter"):
    """A counter's frequency in Hz."""

    name: str | None = attr()
    frequency: int | None = attr(codec=codec.unsigned_long)
    scaling: bool | None = attr()


class _HostFeature(Element, tag="feature"):
    """A feature of a host; a policy means nothing there."""

    name: str | None = attr()
    policy: str | None = attr()


class _GuestFeature(Element, tag="feature", errors=ErrorDomain.CPU):
    """A feature of a guest."""

    name: str | None = attr()
    policy: FeaturePolicy | None = attr(error=unsupported("Invalid CPU feature policy"))


class _CpuElement(Element):
    """What both kinds have."""

    arch: str | None = child()
    vendor: str | None = child()
    topology: _Topology | None = one()
    cache: _Cache | None = one()
    maxphysaddr: _MaxPhysAddr | None = one()


class _HostCpu(_CpuElement, tag="cpu", errors=ErrorDomain.CPU):
    """A host's CPU."""

    mode: str | None = attr()
    match: str | None = attr()
    model: str | None = child()
    microcode: _Microcode | None = one()
    signature: _Signature | None = one()
    counters: list[_Counter] = many()
    features: list[_HostFeature] = many()
    pages: Raw | None = raw()


class _GuestCpu(_CpuElement, tag="cpu", errors=ErrorDomain.CPU):
    """A guest's CPU."""

    mode: CpuMode | None = attr(error=unsupported("Invalid mode attribute '{value}'"))
    match: CpuMatch | None = attr()
    check: CpuCheck | None = attr()
    migratable: bool | None = attr(codec=codec.on_off)
    model: _Model | None = one()
    features: list[_GuestFeature] = many()
    numa: Raw | None = raw()


class Definition(msgspec.Struct, frozen=True):
    """A document as read: `arch` is None in a guest's, where it is that of the domain."""

    arch: str | None
    mode: CpuMode
    cpu: Cpu


def read(xml: str, *, validate: bool = False) -> Definition:
    """Read a host's or a guest's document: it is a host's when it names an architecture."""
    if _has_architecture(xml):
        found = _parse(_HostCpu, xml, validate=validate)
        if found.mode is None and found.match is not None:
            # The stray quote is libvirt's.
            text = "'arch' element cannot be used inside 'cpu' element with 'match' attribute'"
            raise _error(ErrorNumber.XML_ERROR, text)
        return _host(found)
    return _guest(_parse(_GuestCpu, xml, validate=validate))


def read_host(xml: str) -> Definition:
    """Read a host's document."""
    return _host(_parse(_HostCpu, xml, validate=False))


_T = TypeVar("_T", _HostCpu, _GuestCpu)


def _has_architecture(xml: str) -> bool:
    root = read_tree(xml, _SOURCE, ErrorDomain.CPU)
    return any(node.tag == "arch" for node in root)


def _parse(kind: type[_T], xml: str, *, validate: bool) -> _T:
    if read_tree(xml, _SOURCE, ErrorDomain.CPU).tag != "cpu":
        raise _error(ErrorNumber.XML_ERROR, "XML does not contain expected 'cpu' element")
    return kind.parse(xml, validate=validate, source=_SOURCE, domain=ErrorDomain.CPU)


def _host(found: _HostCpu) -> Definition:
    if found.mode is not None:
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, "Attribute mode is only allowed for guest CPU")
    if not found.arch:
        raise _error(ErrorNumber.XML_ERROR, "Missing CPU architecture")
    if found.arch not in ARCHITECTURES:
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, f"Unknown architecture {found.arch}")
    if not found.model:
        raise _error(ErrorNumber.XML_ERROR, "Missing CPU model name")
    names = _unique([feature.name for feature in found.features])
    cpu = Cpu(found.model, found.vendor or None, dict.fromkeys(names, "require"))
    return Definition(found.arch, "custom", cpu)


def _guest(found: _GuestCpu) -> Definition:
    mode: CpuMode = found.mode or "custom"
    if found.migratable is not None and mode not in ("host-passthrough", "maximum"):
        text = "Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode"
        raise _error(ErrorNumber.CONFIG_UNSUPPORTED, text)
    model = _model_name(found.model)
    if mode == "custom" and model is None:
        if found.vendor:
            raise _error(ErrorNumber.XML_ERROR, "CPU vendor specified without CPU model")
        if found.features:
            raise _error(ErrorNumber.XML_ERROR, "Non-empty feature list specified without CPU model")
    names = _unique([feature.name for feature in found.features])
    policies = [feature.policy or "require" for feature in found.features]
    cpu = Cpu(model, found.vendor or None, dict(zip(names, policies, strict=True)), found.match or "exact")
    return Definition(None, mode, cpu)


def _model_name(model: _Model | None) -> str | None:
    if model is None:
        return None
    identifier = model.vendor_id
    if identifier is not None:
        if len(identifier) != _VENDOR_ID_LENGTH:
            raise _error(ErrorNumber.XML_ERROR, "vendor_id must be exactly 12 characters long")
        if "," in identifier:
            raise _error(ErrorNumber.XML_ERROR, "vendor id is invalid")
    return model.value or None


def _unique(names: list[str | None]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        if not name:
            raise _error(ErrorNumber.XML_ERROR, "Invalid CPU feature name")
        if name in found:
            raise _error(ErrorNumber.XML_ERROR, f"CPU feature '{name}' specified more than once")
        found[name] = None
    return list(found)
