# SPDX-License-Identifier: Apache-2.0
"""What the host and its hypervisors can do, and which CPUs they can give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.common import bits, read_text
from manor.cli.document import print_document
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.xml import Element, parse
from manor.constants import (
    ConnectBaselineCPUFlags,
    ConnectCompareCPUFlags,
    ConnectGetDomainCapabilitiesFlags,
    CPUCompareResult,
)

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell

BASELINE_FLAGS = {
    "features": ConnectBaselineCPUFlags.EXPAND_FEATURES,
    "migratable": ConnectBaselineCPUFlags.MIGRATABLE,
}
COMPARE_FLAGS = {
    "error": ConnectCompareCPUFlags.FAIL_INCOMPATIBLE,
    "validate": ConnectCompareCPUFlags.VALIDATE_XML,
}
DOMAIN_FLAGS = {
    "disable-deprecated-features": ConnectGetDomainCapabilitiesFlags.DISABLE_DEPRECATED_FEATURES,
    "expand-cpu-features": ConnectGetDomainCapabilitiesFlags.EXPAND_CPU_FEATURES,
    "supported-cpu-features": ConnectGetDomainCapabilitiesFlags.SUPPORTED_CPU_FEATURES,
}
MACHINE = """
    --virttype STRING{virttype}  kind of virtualization, such as kvm
    --emulator STRING{file}  the hypervisor's program
    --arch STRING{arch}  architecture of the guest
    --machine STRING  machine type of the guest
"""


@command("capabilities", "print what the host and its hypervisors can do", "@xpath")
def capabilities(shell: Shell, args: Args) -> None:
    with shell.failing("failed to get capabilities"):
        document = shell.call("connect_get_capabilities")
    print_document(shell, args, document, "(capabilities)", end="\n")


@command(
    "domcapabilities",
    "print what domains of one kind can have",
    """
    --virttype STRING{virttype}  kind of virtualization, such as kvm
    --emulatorbin STRING{file}  the hypervisor's program
    --arch STRING{arch}  architecture of the guest
    --machine STRING  machine type of the guest
    @xpath
    --disable-deprecated-features  host CPU without features that are going away
    --expand-cpu-features  host CPU with all features spelled out
    --supported-cpu-features  host CPU with features the hypervisor adds
    """,
)
def domcapabilities(shell: Shell, args: Args) -> None:
    with shell.failing("failed to get emulator capabilities"):
        document = shell.call(
            "connect_get_domain_capabilities",
            args.text("emulatorbin"),
            args.text("arch"),
            args.text("machine"),
            args.text("virttype"),
            bits(args, DOMAIN_FLAGS),
        )
    print_document(shell, args, document, "(domainCapabilities)", end="\n")


@command("cpu-models", "list the CPU models of an architecture", "<arch>{arch}  the architecture")
def cpu_models(shell: Shell, args: Args) -> None:
    with shell.failing("failed to get CPU model names"):
        models = shell.call("connect_get_cpu_model_names", args.required("arch"), 0)
    _print_models(shell, models)


def _print_models(shell: Shell, models: list[str]) -> None:
    shell.out.data(models)
    if not models:
        shell.out.line("all CPU models are accepted")
    for model in models:
        shell.out.line(model)


def extract_cpus(path: str, *, host_model: bool = True) -> list[str]:
    """The CPUs described in a file: <cpu> elements, domains, and capabilities of hosts and of domains.

    Raises CommandFailed if there is none.
    """
    text = read_text(path)
    # Several documents may stand in one file, each with a declaration of its own.
    while "<?xml" in text:
        before, _, rest = text.partition("<?xml")
        text = before + rest.partition("?>")[2]
    root = parse(f"<container>{text}</container>", path)
    found = [
        *root.elements("cpu"),
        *(cpu for domain in root.elements("domain") for cpu in domain.elements("cpu")),
        *(cpu for host in root.findall("capabilities/host") for cpu in host.elements("cpu")),
        *(_host_model(mode) for mode in root.findall("domainCapabilities/cpu/mode") if _is_host_model(mode)),
    ]
    if not found:
        raise CommandFailed(
            f"File '{path}' does not contain any <cpu> element or valid domain XML, "
            "host capabilities XML, or domain capabilities XML"
        )
    return [cpu.format() for cpu in found]


def _is_host_model(mode: Element) -> bool:
    return mode.get("name") == "host-model" and mode.get("supported") == "yes"


def _host_model(mode: Element) -> Element:
    """The <cpu> that a <mode> of domain capabilities stands for."""
    cpu = Element("cpu", {"mode": "custom", "match": "exact"})
    for child in mode.elements():
        cpu.append(child)
    return cpu


@command(
    "cpu-baseline",
    "find a CPU that all hosts described in a file can give",
    """
    <file>{file}  descriptions of CPUs
    --features  spell out the features that belong to the model
    --migratable  leave out features that keep a guest from migrating
    """,
)
def cpu_baseline(shell: Shell, args: Args) -> None:
    cpus = extract_cpus(args.required("file"))
    document = shell.call("connect_baseline_cpu", cpus, bits(args, BASELINE_FLAGS))
    shell.out.xml(document)


@command(
    "hypervisor-cpu-baseline",
    "find a CPU that a hypervisor can give on all hosts described in a file",
    f"""
    --file STRING{{file}}  descriptions of CPUs
    {MACHINE}
    --features  spell out the features that belong to the model
    --migratable  leave out features that keep a guest from migrating
    --model STRING{{cpu-model}}  one CPU model instead of a file
    --ignore-host  whatever this host can do
    """,
)
def hypervisor_cpu_baseline(shell: Shell, args: Args) -> None:
    args.exclusive("file", "model")
    path, model = args.text("file"), args.text("model")
    if path is not None:
        cpus = extract_cpus(path)
    elif model is not None:
        from manor.cli.xml import escape

        cpus = [f"<cpu><model>{escape(model)}</model></cpu>"]
    else:
        raise CommandFailed("Either --file or --model must be provided")
    flags = bits(args, {**BASELINE_FLAGS, "ignore-host": ConnectBaselineCPUFlags.IGNORE_HOST})
    document = shell.call("connect_baseline_hypervisor_cpu", *_machine(args), cpus, flags)
    shell.out.xml(document)


def _machine(args: Args) -> tuple[str | None, ...]:
    return args.text("emulator"), args.text("arch"), args.text("machine"), args.text("virttype")


@command(
    "cpu-compare",
    "compare the host's CPU with one described in a file",
    """
    <file>{file}  description of a CPU
    --error  have an error if the host cannot give it
    --validate  check the description against the schema
    """,
)
def cpu_compare(shell: Shell, args: Args) -> None:
    path = args.required("file")
    cpu = extract_cpus(path)[0]
    result = shell.call("connect_compare_cpu", cpu, bits(args, COMPARE_FLAGS))
    _print_comparison(
        shell,
        result,
        {
            CPUCompareResult.INCOMPATIBLE: f"CPU described in {path} is incompatible with host CPU",
            CPUCompareResult.IDENTICAL: f"CPU described in {path} is identical to host CPU",
            CPUCompareResult.SUPERSET: f"Host CPU is a superset of CPU described in {path}",
        },
        f"Failed to compare host CPU with {path}",
    )


@command(
    "hypervisor-cpu-compare",
    "compare what a hypervisor can give with a CPU described in a file",
    f"""
    <file>{{file}}  description of a CPU
    {MACHINE}
    --error  have an error if it cannot give it
    --validate  check the description against the schema
    """,
)
def hypervisor_cpu_compare(shell: Shell, args: Args) -> None:
    path = args.required("file")
    cpu = extract_cpus(path)[0]
    result = shell.call("connect_compare_hypervisor_cpu", *_machine(args), cpu, bits(args, COMPARE_FLAGS))
    provided = "CPU provided by hypervisor on the host"
    _print_comparison(
        shell,
        result,
        {
            CPUCompareResult.INCOMPATIBLE: f"CPU described in {path} is incompatible with the {provided}",
            CPUCompareResult.IDENTICAL: f"CPU described in {path} is identical to the {provided}",
            CPUCompareResult.SUPERSET: f"The {provided} is a superset of CPU described in {path}",
        },
        f"Failed to compare hypervisor CPU with {path}",
    )


def _print_comparison(shell: Shell, result: int, messages: dict[CPUCompareResult, str], otherwise: str) -> None:
    message = messages.get(CPUCompareResult(result))
    if message is None:
        raise CommandFailed(otherwise)
    shell.out.value(message, result=CPUCompareResult(result).name.lower())
    if result == CPUCompareResult.INCOMPATIBLE:
        raise CommandFailed()


@command(
    "hypervisor-cpu-models",
    "list the CPU models a hypervisor can give",
    f"""
    {MACHINE.replace(" STRING", "=STRING")}
    --all  those as well that cannot be used on this host
    """,
)
def hypervisor_cpu_models(shell: Shell, args: Args) -> None:
    emulator, arch, machine, virttype = _machine(args)
    with shell.failing("failed to get hypervisor CPU model names"):
        document = shell.call("connect_get_domain_capabilities", emulator, arch, machine, virttype, 0)
    models = [
        model.text
        for mode in parse(document, "(domainCapabilities)").findall("cpu/mode")
        if mode.get("name") == "custom"
        for model in mode.elements("model")
        if args.flag("all") or model.get("usable") == "yes"
    ]
    _print_models(shell, models)
