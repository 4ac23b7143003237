# SPDX-License-Identifier: Apache-2.0
"""The CPU a running x86 guest really has, written into its live document.

A document names a model and some features; QEMU adds what its own model has beyond libvirt's, and leaves out what the
accelerator cannot do. Two questions tell both: the expansion of the model, and what the CPU made of it lacks.
"""

from __future__ import annotations

from typing import Any

from manor.constants import ErrorDomain, ErrorNumber
from manor.drivers.qemu.caps_cpu import guest_features
from manor.drivers.qemu.guest import Running
from manor.drivers.qemu.monitor import QmpError, Question, good
from manor.errors import reporter
from manor.schema.domain.cpu import Cpu, CpuFeature
from manor.system.arch import X86
from manor.system.cpumap import CpuMap, cpu_map

_error = reporter(ErrorDomain.CPU)

_GIVEN = frozenset({"force", "require", None})


async def update(running: Running) -> None:
    """Complete the features of the live document's CPU; the document then says check='full'.

    Raises VIR_ERR_OPERATION_FAILED where the document asks for a full check and the CPU differs.
    """
    document = running.document
    kind = document.os.type if document.os is not None else None
    cpu = document.cpu
    if cpu is None or cpu.model is None or cpu.mode not in (None, "custom") or kind is None or kind.arch not in X86:
        return
    facts = cpu_map()
    name = cpu.model.value or ""
    if name not in facts.models:
        return
    given = await _given(running, name, cpu)
    if given is None:
        return
    wanted = _wanted(facts, name, cpu)
    extra, missing = facts.sorted(given - wanted), facts.sorted(wanted - given)
    if cpu.check == "full" and (extra or missing):
        raise _mismatch(extra, missing)
    original = cpu.format()
    named = {feature.name: feature for feature in cpu.features}
    for feature, policy in [(n, "require") for n in extra] + [(n, "disable") for n in missing]:
        if feature in named:
            named[feature].policy = policy  # type: ignore[assignment]
        else:
            cpu.features.append(CpuFeature(policy=policy, name=feature))  # type: ignore[arg-type]
    cpu.check = "full"
    running.original_cpu = original


def _wanted(facts: CpuMap, name: str, cpu: Cpu) -> frozenset[str]:
    """The features libvirt's model and the document add up to."""
    wanted = set(facts.models[name].features)
    for feature in cpu.features:
        if feature.name in facts.order:
            (wanted.add if feature.policy in _GIVEN else wanted.discard)(feature.name)
    return frozenset(wanted)


async def _given(running: Running, name: str, cpu: Cpu) -> frozenset[str] | None:
    """The features the vCPU has; None where this QEMU does not say."""
    props = {f.name: f.policy in _GIVEN for f in cpu.features if f.name is not None and f.policy != "optional"}
    question = {"type": "full", "model": {"name": name, "props": {n.replace("_", "-"): v for n, v in props.items()}}}
    asked = running.monitor.ask(
        [
            Question("query-cpu-model-expansion", question),
            Question("qom-get", {"path": running.cpu_path, "property": "unavailable-features"}),
        ]
    )
    try:
        expansion, lacking = map(good, await asked.get())
    except QmpError:
        return None
    values: dict[str, Any] = expansion["model"]["props"]
    return guest_features(n for n, value in values.items() if value is True) - guest_features(lacking)


def _mismatch(extra: list[str], missing: list[str]) -> Exception:
    parts = [("extra features", extra), ("missing features", missing)]
    details = ", ".join(f"{title}: {','.join(names)}" for title, names in parts if names)
    return _error(ErrorNumber.OPERATION_FAILED, f"guest CPU doesn't match specification: {details}")
