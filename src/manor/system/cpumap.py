# SPDX-License-Identifier: Apache-2.0
"""x86 CPU models and features under libvirt's names: the facts of cpu_x86.json (see tools/cpu_facts.py).

A set of features stands for a CPU; what is computed with such sets is in `manor.system.cpumodel`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from manor.constants import ErrorDomain, ErrorNumber
from manor.errors import reporter
from manor.system.cpuid import Processor, Signature, Word

_error = reporter(ErrorDomain.CPU)

_DATA: Final = Path(__file__).with_name("cpu_x86.json")

#: What the kernel calls a feature in /proc/cpuinfo where it is not libvirt's name spelt otherwise.
_KERNEL_NAMES: Final = {
    "pclmulqdq": "pclmuldq",
    "tsc_deadline_timer": "tsc-deadline",
    "cqm": "cmt",
    "cqm_mbm_total": "mbm_total",
    "cqm_mbm_local": "mbm_local",
}


class SignaturePattern(NamedTuple):
    """A family and model number; `steppings` is the range it stands for, or None for all."""

    family: int
    model: int
    steppings: tuple[int, int] | None

    def matches(self, signature: Signature) -> bool:
        """Whether a processor is of this kind."""
        if (self.family, self.model) != (signature.family, signature.model):
            return False
        return self.steppings is None or self.steppings[0] <= signature.stepping <= self.steppings[1]


class Model(msgspec.Struct, frozen=True):
    """A CPU model.

    `features` is what a guest with this model gets.  `removed` are features the model once had: naming a
    CPU after the model tells explicitly that it lacks them.  Any model may be used by name, but only those
    marked `guest` and `host` are what the CPU of a guest or a host is described as.
    """

    name: str
    vendor: str | None
    signatures: tuple[SignaturePattern, ...]
    features: frozenset[str]
    removed: frozenset[str]
    guest: bool
    host: bool

    def has_signature(self, signature: Signature) -> bool:
        """Whether a processor with these numbers is of this model's generation."""
        return any(pattern.matches(signature) for pattern in self.signatures)


@dataclass(frozen=True)
class CpuMap:
    """All models, oldest first within a line of processors, and all features.

    `ignored` features exist in hosts and never in guests; `unmigratable` ones tie a guest to its host.
    """

    models: dict[str, Model]
    vendors: dict[str, str]
    words: dict[Word, dict[str, int]]
    ignored: frozenset[str]
    unmigratable: frozenset[str]

    @cached_property
    def order(self) -> dict[str, int]:
        """Each feature's place in lists: by CPUID leaf, register and bit."""
        names = (name for bits in self.words.values() for name in sorted(bits, key=bits.__getitem__))
        return {name: place for place, name in enumerate(names)}

    def sorted(self, features: Iterable[str]) -> list[str]:
        """Features in the order in which they are listed."""
        return sorted(features, key=self.order.__getitem__)

    def model(self, name: str) -> Model:
        """The model of that name; raises INTERNAL_ERROR for an unknown one, as libvirt does."""
        try:
            return self.models[name]
        except KeyError:
            raise _error(ErrorNumber.INTERNAL_ERROR, f"Unknown CPU model {name}") from None

    def check_features(self, names: Iterable[str]) -> None:
        """Raise INTERNAL_ERROR for the first feature that does not exist."""
        for name in names:
            if name not in self.order:
                raise _error(ErrorNumber.INTERNAL_ERROR, f"Unknown CPU feature {name}")

    def vendor_name(self, identifier: str) -> str | None:
        """libvirt's name of a vendor (``AMD``) by what CPUID says (``AuthenticAMD``)."""
        return next((name for name, known in self.vendors.items() if known == identifier), None)

    def features_of(self, processor: Processor) -> frozenset[str]:
        """The features a processor says it has."""
        return frozenset(
            name
            for word, bits in self.words.items()
            for name, bit in bits.items()
            if processor.words.get(word, 0) >> bit & 1
        )

    def features_of_flags(self, flags: Iterable[str]) -> frozenset[str]:
        """The features among the flags of /proc/cpuinfo: those the kernel knows and uses."""
        by_spelling = {_plain(name): name for name in self.order}
        found = {_KERNEL_NAMES.get(flag) or by_spelling.get(_plain(flag), "") for flag in flags}
        return frozenset(found & self.order.keys())


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(".", "")


@cache
def cpu_map() -> CpuMap:
    """The facts, read once."""
    data = json.loads(_DATA.read_text())
    models: dict[str, Model] = {}
    for entry in data["models"]:
        models[entry["name"]] = _model(entry, models)
    return CpuMap(
        models,
        data["vendors"],
        {Word(word["leaf"], word["subleaf"], word["register"]): word["bits"] for word in data["words"]},
        frozenset(data["ignored"]),
        frozenset(data["unmigratable"]),
    )


def _model(entry: dict[str, Any], earlier: dict[str, Model]) -> Model:
    base = earlier[entry["like"]].features if "like" in entry else frozenset()
    return Model(
        entry["name"],
        entry.get("vendor"),
        tuple(map(_signature_pattern, entry.get("signatures", "").split())),
        base.union(entry.get("add", "").split()).difference(entry.get("drop", "").split()),
        frozenset(entry.get("removed", "").split()),
        entry.get("guest", True),
        entry.get("host", True),
    )


def _signature_pattern(text: str) -> SignaturePattern:
    family, model, *steppings = text.split(".")
    if not steppings:
        return SignaturePattern(int(family), int(model), None)
    first, _, last = steppings[0].partition("-")
    return SignaturePattern(int(family), int(model), (int(first), int(last or first)))
