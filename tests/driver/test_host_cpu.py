# SPDX-License-Identifier: Apache-2.0
"""CPUs as documents: comparing, combining, naming; the same calls here and on a real libvirtd."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from manor.errors import ErrorDomain, ManorError
from manor.host.cpu import Reference, baseline_cpu, baseline_hypervisor_cpu, compare_cpu, model_names
from manor.host.cpu_document import read
from manor.system.cpumap import cpu_map
from manor.system.host import Host
from tests.support import stock
from tests.support.libvirtd import Libvirtd

if (reason := stock.missing_python()) is not None:
    pytest.skip(reason, allow_module_level=True)

CALLS = """
c = libvirt.open(URI)
def told(name, *arguments):
    try:
        return getattr(c, name)(*arguments)
    except libvirt.libvirtError as e:
        return [e.get_error_code(), e.get_error_domain(), e.get_error_message(), e.get_str1(), e.get_str2()]
answer([told(*call) for call in ARGUMENTS["calls"]])
"""

REFERENCE = Reference.of_host(Host().processor)
QEMU = "/usr/bin/qemu-system-x86_64"


class Hypervisor(NamedTuple):
    """What QEMU says of its CPUs: models with what they lack here, and the features it knows."""

    models: dict[str, frozenset[str]]
    features: frozenset[str]


@cache
def hypervisor() -> Hypervisor:
    """QEMU without hardware's help."""
    if not Path(QEMU).exists():
        pytest.skip("QEMU is not installed")
    names = {plain(name): name for name in cpu_map().order} | {"pclmulqdq": "pclmuldq"}

    def known(spelt: Iterable[str]) -> frozenset[str]:
        return frozenset(names[plain(each)] for each in spelt if plain(each) in names)

    expand = {"type": "full", "model": {"name": "max"}}
    definitions, expansion = qmp(
        {"execute": "query-cpu-definitions"}, {"execute": "query-cpu-model-expansion", "arguments": expand}
    )
    models = {each["name"]: known(each.get("unavailable-features", ())) for each in definitions}
    return Hypervisor(
        models, known(name for name, value in expansion["model"]["props"].items() if value in (True, False))
    )


def plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(".", "")


def qmp(*queries: dict[str, object]) -> list[Any]:
    command = [QEMU, "-S", "-nodefaults", "-display", "none", "-machine", "none", "-accel", "tcg", "-qmp", "stdio"]
    lines = [{"execute": "qmp_capabilities"}, *queries, {"execute": "quit"}]
    text = "\n".join(map(json.dumps, lines))
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    return [answer["return"] for answer in answers if answer.get("return")]


def baseline_hypervisor(*arguments: Any) -> str:
    _, arch, _, _, cpus, flags = arguments
    return baseline_hypervisor_cpu(arch, cpus, flags, models=hypervisor().models, features=hypervisor().features)


OURS: dict[str, Callable[..., object]] = {
    "compareCPU": lambda xml, flags: compare_cpu(REFERENCE, xml, flags),
    "baselineCPU": baseline_cpu,
    "baselineHypervisorCPU": baseline_hypervisor,
    "getCPUModelNames": model_names,
}

ARCH, MODEL = "<arch>x86_64</arch>", "<model>kvm64</model>"


def check(libvirtd: Libvirtd, calls: Sequence[Sequence[object]]) -> None:
    """Both give the same, call by call."""
    real = [answer for batch in batches(calls) for answer in stock.stock_python(CALLS, libvirtd.uri(), calls=batch)]
    different = [
        (call, theirs, mine) for call, theirs in zip(calls, real, strict=True) if theirs != (mine := told(call))
    ]
    assert different == []


def batches(calls: Sequence[Sequence[object]]) -> Iterator[Sequence[Sequence[object]]]:
    """The calls in portions that fit into a program's argument."""
    start, size = 0, 0
    for index, call in enumerate(calls):
        size += len(json.dumps(call))
        if size > 100_000:
            yield calls[start:index]
            start, size = index, len(json.dumps(call))
    yield calls[start:]


def told(call: Sequence[object]) -> object:
    name, *arguments = call
    try:
        return OURS[str(name)](*arguments)
    except ManorError as error:
        # NONE stands for the driver's own domain.
        assert error.domain != ErrorDomain.NONE
        return [int(error.code), int(error.domain), error.message, error.str1, error.str2]


def test_model_names(libvirtd: Libvirtd) -> None:
    architectures = ["x86_64", "i686", "ppc64", "ppc64le", "s390x", "aarch64", "armv7l", "mips", "riscv64"]
    check(libvirtd, [["getCPUModelNames", arch] for arch in architectures])


HOSTS = [
    ARCH + MODEL + inner
    for inner in (
        "",
        "<vendor>Intel</vendor>",
        "<vendor></vendor>",
        "<vendor>  </vendor>",
        "<vendor>Nobody</vendor>",
        "<feature name='avx'/><feature name='vmx'/>",
        "<feature name='avx' policy='forbid'/>",
        "<feature name='avx' policy='nonsense'/>",
        "<feature name='avx'/><feature name='avx'/>",
        "<feature name='nonsense'/>",
        "<feature name=''/>",
        "<feature/>",
        "<feature name='osxsave'/><feature name='invtsc'/>",
        "<topology sockets='1' cores='2' threads='1'/>",
        "<topology sockets='1'/>",
        "<topology sockets='1' cores='1'/>",
        "<topology sockets='0' cores='1' threads='1'/>",
        "<topology sockets='a' cores='1' threads='1'/>",
        "<cache mode='x'/>",
        "<maxphysaddr/>",
        "<maxphysaddr mode='x'/>",
        "<maxphysaddr mode='emulate' bits='a'/>",
        "<microcode/>",
        "<microcode version='a'/>",
        "<signature/>",
        "<signature family='1'/>",
        "<signature family='1' model='b' stepping='1'/>",
        "<counter name='tsc' frequency='a'/>",
        "<counter name='tsc' frequency='1' scaling='a'/>",
        "<pages unit='KiB' size='4'/><nonsense/>",
    )
] + [
    ARCH,
    MODEL,
    "",
    "<arch/>" + MODEL,
    "<arch>nonsense</arch>" + MODEL,
    ARCH + "<model>nonsense</model>",
    ARCH + "<model> kvm64 </model>",
    ARCH + "<model fallback='forbid'>kvm64</model>",
    ARCH + "<model fallback='x'>kvm64</model>",
    ARCH + "<model vendor_id='abc'>kvm64</model>",
    ARCH + "<model vendor_id='abcdefghijkl'>kvm64</model>",
    "<arch>i686</arch>" + MODEL,
    "<arch>aarch64</arch><model>cortex-a57</model>",
    "<arch>ppc64</arch><model>POWER8</model>",
    "<arch>ppc64</arch><model>nonsense</model>",
    "<arch>s390x</arch><model>z13</model>",
    "<arch>riscv64</arch><model>x</model>",
]


def test_documents_of_hosts(libvirtd: Libvirtd) -> None:
    whole = [f"<cpu>{inner}</cpu>" for inner in HOSTS]
    whole += ["<cpu", "", "<nonsense/>", "<domain><cpu/></domain>"]
    whole += [f"<cpu {attribute}>{ARCH}{MODEL}</cpu>" for attribute in ("mode='custom'", "match='exact'", "x='y'")]
    check(libvirtd, [["baselineCPU", [xml], flags] for xml in whole for flags in (0, 1, 2, 3)])


@pytest.mark.parametrize("model", ["POWER9", "POWER8"])
def test_combining_names(libvirtd: Libvirtd, model: str) -> None:
    def power(name: str) -> str:
        return f"<cpu><arch>ppc64</arch><model>{name}</model></cpu>"

    check(libvirtd, [["baselineCPU", [power("POWER8"), power(model)], 0]])


def test_every_model_expanded(libvirtd: Libvirtd) -> None:
    cpus = [f"<cpu>{ARCH}<model>{model}</model></cpu>" for model in cpu_map().models]
    check(libvirtd, [["baselineCPU", [cpu], flags] for cpu in cpus for flags in (0, 1, 2, 3)])


def test_every_model_and_vendor(libvirtd: Libvirtd) -> None:
    calls = []
    for model in cpu_map().models:
        for vendor in cpu_map().vendors:
            cpu = f"<cpu>{ARCH}<model>{model}</model><vendor>{vendor}</vendor></cpu>"
            calls += [["baselineCPU", [cpu], 0], ["baselineCPU", [f"<cpu>{ARCH}<model>486</model></cpu>", cpu], 0]]
    check(libvirtd, calls)


GUESTS = [
    "<cpu match='exact'/>",
    "<cpu/>",
    "<cpu",
    "",
    "<nonsense/>",
    "<domain><cpu/></domain>",
    "<cpu mode='custom' match='exact'/>",
    "<cpu mode='host-model'/>",
    "<cpu mode='host-model'><model>486</model></cpu>",
    "<cpu mode='host-model'><feature name='sse2' policy='require'/></cpu>",
    "<cpu mode='host-passthrough'><feature name='hle' policy='require'/></cpu>",
    "<cpu mode='maximum'/>",
    "<cpu mode='host-passthrough' migratable='x'/>",
    "<cpu><feature name='sse2' policy='require'/></cpu>",
    "<cpu match='exact'><vendor>Intel</vendor></cpu>",
    "<cpu match='exact'><model></model></cpu>",
    "<cpu><arch>aarch64</arch><model>x</model></cpu>",
    "<cpu><arch>i686</arch><model>486</model></cpu>",
    "<cpu><arch>nonsense</arch><model>486</model></cpu>",
    f"<cpu>{ARCH}</cpu>",
    f"<cpu>{ARCH}<feature name='sse2'/></cpu>",
    f"<cpu match='exact'>{ARCH}{MODEL}</cpu>",
    f"<cpu mode='custom'>{ARCH}{MODEL}</cpu>",
    f"<cpu match='nonsense'>{MODEL}</cpu>",
    f"<cpu mode='nonsense'>{MODEL}</cpu>",
    f"<cpu check='nonsense'>{MODEL}</cpu>",
    f"<cpu mode='custom' migratable='on'>{MODEL}</cpu>",
    *(f"<cpu match='{match}'>{MODEL}</cpu>" for match in ("minimum", "exact", "strict")),
    *(
        f"<cpu match='exact'>{MODEL}{inner}</cpu>"
        for inner in (
            "<vendor>Intel</vendor>",
            "<vendor>AMD</vendor>",
            "<vendor>Nobody</vendor>",
            "<feature name='sse2'/>",
            "<feature name='sse2' policy='nonsense'/>",
            "<feature name='nonsense' policy='require'/>",
            "<feature policy='require'/>",
            "<feature name='sse2' policy='require'/><feature name='sse2' policy='require'/>",
            "<feature name='sse2' policy='forbid'/>",
            "<feature name='ia64' policy='force'/>",
            "<topology sockets='1'/>",
            "<topology sockets='0' cores='1' threads='1'/>",
            "<cache/>",
            "<cache mode='x'/>",
            "<maxphysaddr/>",
            "<microcode version='a'/><signature/><counter/><pages/>",
            "<nonsense/>",
        )
    ),
]


def test_documents_of_guests(libvirtd: Libvirtd) -> None:
    check(libvirtd, [["compareCPU", xml, flags] for xml in GUESTS for flags in (0, 1)])


def test_every_model_compared(libvirtd: Libvirtd) -> None:
    cpus = [f"<cpu match='exact'><model>{model}</model></cpu>" for model in cpu_map().models]
    check(libvirtd, [["compareCPU", cpu, 1] for cpu in cpus])


def test_the_host_compares_with_itself(libvirtd: Libvirtd) -> None:
    described = Host().processor.description
    assert described is not None
    for match in ("exact", "strict"):
        inner = f"<model>{described.model}</model>" + features(dict.fromkeys(described.required, "require"))
        check(libvirtd, [["compareCPU", f"<cpu match='{match}'>{inner}</cpu>", 1]])


def test_random_guests(libvirtd: Libvirtd) -> None:
    dice = random.Random(3)
    calls = []
    for _ in range(300):
        model = dice.choice(list(cpu_map().models.values()))
        names = dice.sample(list(cpu_map().order), dice.choice([0, 1, 3, 20]))
        if dice.random() < 0.6:
            names += [name for name in model.features if dice.random() < 0.6 and name not in names]
        policies = {name: dice.choice(["force", "require", "optional", "disable", "forbid"]) for name in names}
        match = dice.choice(["minimum", "exact", "strict"])
        xml = f"<cpu match='{match}'><model>{model.name}</model>{features(policies)}</cpu>"
        calls.append(["compareCPU", xml, dice.choice([0, 1])])
    check(libvirtd, calls)


def test_random_guests_on_a_hypervisor(libvirtd: Libvirtd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU to compare with is the host-model that libvirtd tells for the hypervisor."""
    xml = stock.virsh(libvirtd.uri(), "domcapabilities", "--virttype", "qemu", check=True).stdout
    inner = xml.partition("<mode name='host-model' supported='yes'>")[2].partition("</mode>")[0]
    reference = Reference.of_cpu("x86_64", read(f"<cpu match='exact'>{inner}</cpu>").cpu)
    monkeypatch.setitem(OURS, "compareHypervisorCPU", lambda *a: compare_cpu(reference, a[4], a[5]))
    dice = random.Random(6)
    calls: list[list[object]] = []
    for _ in range(200):
        model = dice.choice(list(cpu_map().models))
        names = dice.sample(list(cpu_map().order), dice.choice([0, 1, 3, 20]))
        policies = {name: dice.choice(["force", "require", "optional", "disable", "forbid"]) for name in names}
        cpu = f"<cpu match='{dice.choice(['exact', 'strict'])}'><model>{model}</model>{features(policies)}</cpu>"
        calls.append(["compareHypervisorCPU", QEMU, "x86_64", "pc", "qemu", cpu, dice.choice([0, 1])])
    check(libvirtd, calls)


def test_random_hosts_combined(libvirtd: Libvirtd) -> None:
    dice = random.Random(4)
    everything = cpu_map()
    calls = []
    for _ in range(500):
        base = everything.sorted(dice.choice(list(everything.models.values())).features)
        common = dice.sample(base, dice.randint(0, len(base))) + dice.sample(list(everything.order), 3)
        cpus = []
        for _ in range(dice.choice([1, 2, 2, 3, 4])):
            names = dict.fromkeys((*common, *dice.sample(list(everything.order), dice.choice([0, 1, 3]))), "require")
            vendor = dice.choice(["", "", "", "<vendor>Intel</vendor>", "<vendor>AMD</vendor>"])
            model = dice.choice(list(everything.models))
            cpus.append(f"<cpu>{ARCH}<model>{model}</model>{vendor}{features(names)}</cpu>")
        calls.append(["baselineCPU", cpus, dice.choice([0, 1, 2, 3])])
    check(libvirtd, calls)


def test_random_cpus_combined_for_a_hypervisor(libvirtd: Libvirtd) -> None:
    dice = random.Random(5)
    everything = cpu_map()
    calls: list[list[object]] = []
    for _ in range(300):
        base = everything.sorted(dice.choice(list(everything.models.values())).features)
        common = dict.fromkeys(dice.sample(base, dice.randint(0, len(base))), "require")
        cpus = []
        for _ in range(dice.choice([1, 1, 2, 3])):
            policies = dict(common)
            for name in dice.sample(list(everything.order), dice.choice([0, 1, 3])):
                policies[name] = dice.choice(["force", "require", "optional", "disable", "forbid"])
            model = dice.choice(list(everything.models))
            vendor = dice.choice(["", "", "", "<vendor>Intel</vendor>", "<vendor>AMD</vendor>"])
            cpus.append(f"<cpu mode='custom' match='exact'><model>{model}</model>{vendor}{features(policies)}</cpu>")
        calls.append(["baselineHypervisorCPU", QEMU, "x86_64", "pc", "qemu", cpus, dice.choice([0, 1])])
    calls.append(["baselineHypervisorCPU", QEMU, "x86_64", "pc", "qemu", ["<cpu mode='host-model'/>"], 0])
    check(libvirtd, calls)


def features(policies: dict[str, str]) -> str:
    return "".join(f"<feature policy='{policy}' name='{name}'/>" for name, policy in policies.items())
