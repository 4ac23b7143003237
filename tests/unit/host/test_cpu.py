# SPDX-License-Identifier: Apache-2.0
"""CPU documents without a libvirtd at hand; test_host_cpu.py compares many more with one."""

from __future__ import annotations

import pytest

from manor.constants import ConnectBaselineCPUFlags, ConnectCompareCPUFlags, CPUCompareResult
from manor.errors import ErrorNumber, ManorError
from manor.host.cpu import Reference, baseline_cpu, baseline_hypervisor_cpu, compare_cpu, is_architecture, model_names
from manor.host.cpu_document import read
from manor.system.cpumap import cpu_map
from manor.system.cpumodel import Cpu

HASWELL = Reference.of_cpu("x86_64", Cpu("Haswell", "Intel", {"vmx": "require"}))


def host(inner: str) -> str:
    return f"<cpu><arch>x86_64</arch>{inner}</cpu>"


def guest(inner: str, attributes: str = "match='exact'") -> str:
    return f"<cpu {attributes}>{inner}</cpu>"


@pytest.mark.parametrize(
    ("xml", "result", "reason"),
    [
        (guest("<model>Haswell</model>"), CPUCompareResult.SUPERSET, ""),
        (
            guest("<model>Haswell</model><feature policy='require' name='vmx'/>"),
            CPUCompareResult.IDENTICAL,
            "",
        ),
        (
            guest("<model>Haswell</model>", "match='strict'"),
            CPUCompareResult.INCOMPATIBLE,
            "Host CPU does not strictly match guest CPU: Extra features: vmx",
        ),
        (
            guest("<model>Broadwell</model>"),
            CPUCompareResult.INCOMPATIBLE,
            "Host CPU does not provide required features: rdseed, adx, smap, 3dnowprefetch",
        ),
        (
            guest("<model>Nehalem</model><feature policy='forbid' name='avx'/>"),
            CPUCompareResult.INCOMPATIBLE,
            "Host CPU provides forbidden features: avx",
        ),
        (
            guest("<model>Nehalem</model><vendor>AMD</vendor>"),
            CPUCompareResult.INCOMPATIBLE,
            "host CPU vendor does not match required CPU vendor AMD",
        ),
        (
            "<cpu><arch>aarch64</arch><model>x</model></cpu>",
            CPUCompareResult.INCOMPATIBLE,
            "CPU arch aarch64 does not match host arch",
        ),
        (guest("<model>Nehalem</model><feature policy='optional' name='svm'/>"), CPUCompareResult.SUPERSET, ""),
        (guest("<model>Nehalem</model><feature policy='force' name='svm'/>"), CPUCompareResult.SUPERSET, ""),
        (guest("", "mode='host-passthrough'"), CPUCompareResult.SUPERSET, ""),
    ],
)
def test_compare(xml: str, result: CPUCompareResult, reason: str) -> None:
    assert compare_cpu(HASWELL, xml) == result
    if reason:
        with pytest.raises(ManorError) as caught:
            compare_cpu(HASWELL, xml, ConnectCompareCPUFlags.FAIL_INCOMPATIBLE)
        assert caught.value.code == ErrorNumber.CPU_INCOMPATIBLE
        assert caught.value.message == f"the CPU is incompatible with host CPU: {reason}"


def test_other_architectures_take_any_model() -> None:
    assert compare_cpu(Reference("aarch64", frozenset(), None), guest("<model>a</model>")) == CPUCompareResult.SUPERSET


def test_validation() -> None:
    flags = ConnectCompareCPUFlags.VALIDATE_XML
    assert compare_cpu(HASWELL, guest("<model>Nehalem</model>"), flags) == CPUCompareResult.SUPERSET
    with pytest.raises(ManorError) as caught:
        compare_cpu(HASWELL, guest("<model>Nehalem</model><nonsense/>"), flags)
    assert caught.value.code == ErrorNumber.XML_INVALID_SCHEMA


def test_baseline() -> None:
    cpus = [host("<model>Haswell</model><feature name='vmx'/>"), host("<model>Broadwell</model><feature name='vmx'/>")]
    expected = (
        "<cpu mode='custom' match='exact'>\n"
        "  <model fallback='allow'>Haswell</model>\n"
        "  <feature policy='require' name='vmx'/>\n"
        "</cpu>\n"
    )
    assert baseline_cpu(cpus) == expected
    assert baseline_cpu(cpus[:1]) == expected.replace("allow", "forbid")


def test_baseline_of_what_a_hypervisor_can_give() -> None:
    cpu = guest("<model>Haswell</model><feature policy='disable' name='hle'/>")
    models = {"Haswell": frozenset({"pcid"}), "kvm64": frozenset[str]()}
    limited = baseline_hypervisor_cpu("x86_64", [cpu], models=models, features=None)
    assert limited == (
        "<cpu mode='custom' match='exact'>\n"
        "  <model fallback='forbid'>Haswell</model>\n"
        "  <feature policy='disable' name='pcid'/>\n"
        "  <feature policy='disable' name='hle'/>\n"
        "</cpu>\n"
    )
    few = cpu_map().models["Penryn"].features
    limited = baseline_hypervisor_cpu("x86_64", [cpu, cpu.replace("Haswell", "Westmere")], models=models, features=few)
    assert "<model fallback='forbid'>kvm64</model>" in limited
    with pytest.raises(ManorError, match="Cannot find suitable CPU model"):
        baseline_hypervisor_cpu("x86_64", [cpu], models={}, features=None)
    with pytest.raises(ManorError, match="no CPU model specified at index 1"):
        baseline_hypervisor_cpu("x86_64", [cpu, guest("", "mode='host-model'")], models=models, features=None)


def test_expanded_baseline_is_sorted_by_name() -> None:
    xml = baseline_cpu([host("<model>EPYC</model>")], ConnectBaselineCPUFlags.EXPAND_FEATURES)
    names = [line.split("'")[3] for line in xml.splitlines() if "<feature" in line]
    assert names == sorted(names)
    assert set(names) == cpu_map().models["EPYC"].features | {"monitor"}
    assert "<feature policy='disable' name='monitor'/>" in xml


def test_migratable_baseline() -> None:
    xml = baseline_cpu([host("<model>EPYC</model><feature name='invtsc'/>")], ConnectBaselineCPUFlags.MIGRATABLE)
    assert "invtsc" not in xml


def test_vendor_is_named_when_all_name_it() -> None:
    one, other = "<model>Haswell</model>", "<model>Nehalem</model><vendor>Intel</vendor>"
    assert "<vendor>Intel</vendor>" in baseline_cpu([host(other)])
    assert "vendor" not in baseline_cpu([host(one), host(other)])


@pytest.mark.parametrize(
    ("cpus", "message"),
    [
        (["<model>nonsense</model>"], "internal error: Unknown CPU model nonsense"),
        (["<model>486</model><feature name='nonsense'/>"], "internal error: Unknown CPU feature nonsense"),
        (["<model>486</model><vendor>Nobody</vendor>"], "operation failed: Unknown CPU vendor Nobody"),
        (
            ["<model>486</model><vendor>AMD</vendor>", "<model>Nehalem</model>"],
            "operation failed: CPU vendors do not match",
        ),
        (
            ["<model>486</model>", "<model>Nehalem</model><vendor>AMD</vendor>"],
            "operation failed: CPU vendor Intel of model Nehalem differs from vendor AMD",
        ),
    ],
)
def test_baseline_errors(cpus: list[str], message: str) -> None:
    with pytest.raises(ManorError) as caught:
        baseline_cpu([host(cpu) for cpu in cpus])
    assert caught.value.message == message


def test_model_names() -> None:
    assert {"486", "Haswell-noTSX-IBRS", "EPYC-Milan"} < set(model_names("x86_64"))
    assert model_names("i686") == model_names("x86_64")
    assert "POWER9" in model_names("ppc64le")
    assert model_names("aarch64") == []
    with pytest.raises(ManorError, match="'mips' architecture is not supported by CPU driver"):
        model_names("mips")
    assert is_architecture("mips")
    assert not is_architecture("nonsense")


def test_a_document_that_names_an_architecture_is_a_hosts() -> None:
    definition = read(host("<model>486</model><feature name='tsc' policy='disable'/>"))
    assert (definition.arch, definition.cpu.features) == ("x86_64", {"tsc": "require"})
    definition = read(guest("<model>486</model><feature name='tsc' policy='disable'/>"))
    assert (definition.arch, definition.cpu.features) == (None, {"tsc": "disable"})
