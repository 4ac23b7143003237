# SPDX-License-Identifier: Apache-2.0
"""CPU models as sets of features."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.errors import ManorError
from manor.system.cpuid import Processor, Signature, Word, native_cpuid, processor, signature
from manor.system.cpumap import CpuMap, cpu_map
from manor.system.cpumodel import Candidates, Cpu, baseline, describe_guest, describe_host
from manor.system.processor import HostProcessor
from manor.system.sysfs import Tree
from tests.unit.system.machines import put

MAP = cpu_map()
FEATURES = st.frozensets(st.sampled_from(list(MAP.order)))


def test_the_facts_hang_together() -> None:
    assert set().union(*(model.features for model in MAP.models.values())) <= MAP.order.keys()
    assert {model.vendor for model in MAP.models.values()} <= {None, *MAP.vendors}
    assert MAP.ignored | MAP.unmigratable <= MAP.order.keys()
    for model in MAP.models.values():
        assert not model.features & model.removed
        assert not model.signatures or model.vendor
    bits = [(word, bit) for word, names in MAP.words.items() for bit in names.values()]
    assert len(bits) == len(set(bits)) == len(MAP.order)


def test_newer_models_of_a_line_come_later() -> None:
    names = list(MAP.models)
    line = ["Conroe", "Penryn", "Nehalem", "Westmere", "SandyBridge", "IvyBridge", "Haswell", "Broadwell"]
    assert sorted(line, key=names.index) == line


@given(FEATURES)
def test_a_description_says_all(features: frozenset[str]) -> None:
    found = describe_guest(MAP, features, Candidates())
    model = MAP.models[found.model]
    assert (model.features | set(found.required)) - set(found.disabled) == features
    assert set(found.disabled) >= model.removed - features


@given(FEATURES)
def test_a_hosts_description_takes_nothing_away(features: frozenset[str]) -> None:
    try:
        found = describe_host(MAP, features, "Intel", None)
    except ManorError:
        assert not any(model.features <= features for model in MAP.models.values() if model.vendor in (None, "Intel"))
        return
    assert found.disabled == ()
    assert MAP.models[found.model].features | set(found.required) == features
    assert not set(found.required) & MAP.models[found.model].features


@given(FEATURES, st.sampled_from(list(MAP.models)))
def test_a_baseline_asks_for_nothing_that_one_lacks(extra: frozenset[str], name: str) -> None:
    cpus = [Cpu("Haswell", None, dict.fromkeys(extra, "require")), Cpu(name)]
    try:
        found = baseline(MAP, cpus).description
    except ManorError as error:
        assert "vendors do not match" in error.message
        return
    given = (MAP.models[found.model].features | set(found.required)) - set(found.disabled)
    assert given <= MAP.models["Haswell"].features | extra
    assert given <= MAP.models[name].features


def test_the_processors_generation_goes_first() -> None:
    features = MAP.models["Skylake-Client-IBRS"].features
    assert describe_guest(MAP, features, Candidates("Intel")).model == "Skylake-Client-IBRS"
    sandy = Signature(6, 42, 7)
    assert describe_guest(MAP, features, Candidates("Intel", sandy)).model == "SandyBridge-IBRS"
    assert describe_host(MAP, features, "Intel", sandy).model == "SandyBridge-IBRS"
    unknown = Signature(6, 255, 0)
    assert describe_host(MAP, features, "Intel", unknown).model == "Skylake-Client-IBRS"


def test_steppings_tell_servers_apart() -> None:
    cascade, sky = MAP.models["Cascadelake-Server"], MAP.models["Skylake-Server"]
    assert sky.has_signature(Signature(6, 85, 4))
    assert not cascade.has_signature(Signature(6, 85, 4))
    assert cascade.has_signature(Signature(6, 85, 7))


def test_some_models_describe_hosts_only() -> None:
    features = MAP.models["Skylake-Client-noTSX-IBRS"].features
    skylake = Signature(6, 94, 3)
    assert describe_host(MAP, features, "Intel", skylake).model == "Skylake-Client-noTSX-IBRS"
    guest = describe_guest(MAP, features, Candidates("Intel", skylake))
    assert (guest.model, guest.required, guest.disabled) == ("Skylake-Client-IBRS", (), ("hle", "rtm"))


def test_what_the_hypervisor_cannot_give_is_disabled() -> None:
    """The hypervisor's EPYC has more than the map's, and this hypervisor cannot give that."""
    features = MAP.models["EPYC"].features | {"monitor"}
    allowed = Candidates("AMD", None, ["EPYC", "kvm64"], blockers={"EPYC": frozenset({"topoext", "nrip-save"})})
    found = describe_guest(MAP, features, allowed)
    assert (found.model, found.disabled) == ("EPYC", ("topoext", "nrip-save"))


@pytest.mark.parametrize(
    ("eax", "expected"),
    [
        (0x000906EA, Signature(6, 158, 10)),
        (0x00A20F10, Signature(25, 33, 0)),
        (0x00000543, Signature(5, 4, 3)),
        (0x00000F61, Signature(15, 6, 1)),
    ],
)
def test_signature(eax: int, expected: Signature) -> None:
    assert signature(eax) == expected


def fake_cpuid(leaf: int, subleaf: int) -> tuple[int, int, int, int]:
    """A small Intel processor."""
    return {
        (0, 0): (7, 0x756E6547, 0x6C65746E, 0x49656E69),
        (1, 0): (0x000306C3, 0, 1 << 0 | 1 << 9, 1 << 0 | 1 << 26),
        (7, 0): (0, 1 << 5, 0, 1 << 29),
        (0x80000000, 0): (0x80000001, 0, 0, 0),
        (0x80000001, 0): (0, 0, 1 << 0, 1 << 29),
    }.get((leaf, subleaf), (0, 0, 0, 0))


def test_processor(tmp_path: Path) -> None:
    msr = tmp_path / "dev/cpu/0/msr"
    msr.parent.mkdir(parents=True)
    msr.write_bytes(bytes(0x10A) + (0b1001).to_bytes(8, "little"))
    found = processor(Tree(tmp_path), fake_cpuid)
    assert found is not None
    assert (found.vendor, found.signature) == ("GenuineIntel", Signature(6, 60, 3))
    expected = {"pni", "ssse3", "fpu", "sse2", "avx2", "arch-capabilities", "lahf_lm", "lm"}
    assert MAP.features_of(found) == expected | {"rdctl-no", "skip-l1dfl-vmentry"}
    without = processor(Tree(tmp_path / "none"), fake_cpuid)
    assert without is not None
    assert MAP.features_of(without) == expected
    assert MAP.vendor_name("GenuineIntel") == "Intel"
    assert MAP.vendor_name("Nobody") is None


@pytest.mark.parametrize("sgx", [False, True])
def test_leaves_that_mean_nothing_are_not_read(tmp_path: Path, sgx: bool) -> None:
    def cpuid(leaf: int, subleaf: int) -> tuple[int, int, int, int]:
        if leaf == 0:
            return 0x14, 0, 0, 0
        if (leaf, subleaf) == (7, 0):
            return 0, int(sgx) << 2, 0, 0
        # Without SGX, what is in its leaf is something else.
        return (3, 0, 0, 0) if (leaf, subleaf) == (0x12, 0) else (0, 0, 0, 0)

    found = processor(Tree(tmp_path), cpuid)
    assert found is not None
    assert MAP.features_of(found) == ({"sgx", "sgx1", "sgx2"} if sgx else set())


def test_every_bit_is_read() -> None:
    full = Processor("", Signature(0, 0, 0), dict.fromkeys(MAP.words, 0xFFFFFFFF))
    assert MAP.features_of(full) == MAP.order.keys()
    one = Processor("", Signature(0, 0, 0), {Word(7, 0, "ebx"): 1 << 5})
    assert MAP.features_of(one) == {"avx2"}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="CPUID is an x86 instruction")
def test_native_cpuid() -> None:
    """The kernel's list of flags names nothing that CPUID does not."""
    cpuid = native_cpuid()
    assert cpuid is not None
    assert cpuid(0, 0)[0] >= 1
    tree = Tree()
    found = processor(tree)
    assert found is not None
    flags = tree.fields("proc/cpuinfo")["flags"].split()
    named = MAP.features_of_flags(flags)
    assert "sse2" in named
    assert named <= MAP.features_of(found)


def test_kernel_spellings() -> None:
    flags = ["sse4_1", "pclmulqdq", "tsc_deadline_timer", "avx512_vnni", "cmp_legacy", "rep_good", "cqm"]
    expected = {"sse4.1", "pclmuldq", "tsc-deadline", "avx512vnni", "cmp_legacy", "cmt"}
    assert MAP.features_of_flags(flags) == expected


@pytest.mark.parametrize(("model", "stepping", "works"), [(60, 3, False), (63, 2, False), (63, 4, True), (61, 4, True)])
def test_transactional_memory_that_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: int, stepping: int, works: bool
) -> None:
    monkeypatch.setattr("manor.system.cpuid.native_cpuid", lambda: None)
    text = (
        CPUINFO.replace("mmx\n", "mmx hle rtm\n")
        .replace(": 60", f": {model}")
        .replace("stepping\t: 3", f"stepping\t: {stepping}")
    )
    put(tmp_path / "proc/cpuinfo", text)
    assert ({"hle", "rtm"} <= HostProcessor(Tree(tmp_path), "x86_64").features) == works


CPUINFO = """processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 60
stepping\t: 3
microcode\t: 0x28
address sizes\t: 39 bits physical, 48 bits virtual
flags\t\t: fpu vme de pse tsc msr pae mce cx8 sep mmx
"""


def test_processor_by_the_kernels_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CPUID cannot be executed."""
    monkeypatch.setattr("manor.system.cpuid.native_cpuid", lambda: None)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(CPUINFO)
    found = HostProcessor(Tree(tmp_path), "x86_64")
    assert found.features == {"fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "sep", "mmx"}
    assert (found.vendor, found.signature, found.microcode) == ("Intel", Signature(6, 60, 3), 0x28)
    assert found.physical_bits == 39
    assert found.description is not None
    assert (found.description.model, found.description.required) == ("pentium", ("pae", "sep"))


PROCESSORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("processors.json").read_text())


@pytest.mark.parametrize("shown", PROCESSORS, ids=lambda shown: str(shown["model"]))
def test_processors_libvirtd_was_shown(shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A libvirtd 9.0 was shown these registers in place of its processor's, and described it so."""
    words = {}
    for text in shown["words"]:
        leaf, subleaf, rest = text.split(".")
        register, _, value = rest.partition("=")
        words[Word(int(leaf, 16), int(subleaf), register)] = int(value, 16)
    found = Processor(shown["vendor"], Signature(*shown["signature"]), words)
    monkeypatch.setattr("manor.system.processor.processor", lambda _: found)
    described = HostProcessor(Tree(), "x86_64").description
    if shown["model"] is None:
        assert described is None
    else:
        assert described is not None
        assert (described.model, " ".join(described.required)) == (shown["model"], shown["features"])


def test_unknown_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manor.system.cpuid.native_cpuid", lambda: None)
    for arch in ("x86_64", "aarch64"):
        found = HostProcessor(Tree(tmp_path), arch)
        assert found.features == frozenset()
        assert (found.vendor, found.signature, found.microcode) == (None, None, None)
        assert (found.physical_bits, found.description) == (None, None)


def test_no_model_fits() -> None:
    with pytest.raises(ManorError, match="Cannot find suitable CPU model"):
        describe_host(MAP, frozenset({"avx"}), None, None)


def test_loading_twice_gives_the_same() -> None:
    assert cpu_map() is MAP
    assert isinstance(MAP, CpuMap)
