# SPDX-License-Identifier: Apache-2.0
"""The connection and the host behind it: names and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.model import command
from manor.cli.xml import parse
from manor.constants import LIBVIR_VERSION_NUMBER
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


def version_text(number: int) -> str:
    """A version as libvirt counts it (major * 1000000 + minor * 1000 + release) in dots."""
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


@command("hostname", "print the name of the host")
def hostname(shell: Shell, args: Args) -> None:
    name = shell.call("connect_get_hostname")
    shell.out.value(name, hostname=name)


@command("uri", "print the URI of the connection")
def uri(shell: Shell, args: Args) -> None:
    shell.out.value(shell.backend.uri, uri=shell.backend.uri)


@command(
    "maxvcpus",
    "print how many virtual CPUs a domain can have",
    "--type STRING{virttype}  kind of domain",
)
def maxvcpus(shell: Shell, args: Args) -> None:
    count = _most_vcpus(shell, args.text("type"))
    shell.out.value(str(count), vcpus=count)


def _most_vcpus(shell: Shell, kind: str | None) -> int:
    """What domain capabilities say of it, else what the connection says."""
    try:
        document = shell.call("connect_get_domain_capabilities", None, None, None, kind, 0)
    except ManorError as failure:
        shell.debug(1, failure.message)
    else:
        most = parse(document, "(domainCapabilities)").value("vcpu/@max")
        if most is not None and most.isdigit():
            return int(most)
    return int(shell.call("connect_get_max_vcpus", kind))


@command("sysinfo", "print what the host's firmware says of it")
def sysinfo(shell: Shell, args: Args) -> None:
    with shell.failing("failed to get sysinfo"):
        document = shell.call("connect_get_sysinfo", 0)
    shell.out.xml(document)


@command("version", "print versions", "--daemon  of the daemon as well")
def version(shell: Shell, args: Args) -> None:
    with shell.failing("failed to get hypervisor type"):
        kind = shell.call("connect_get_type")
    library = version_text(LIBVIR_VERSION_NUMBER)
    out = shell.out
    out.value(f"Compiled against library: libvirt {library}", library=library)
    out.value(f"Using library: libvirt {library}")
    out.value(f"Using API: {kind} {library}", api=kind)
    with shell.failing("failed to get the hypervisor version"):
        number = shell.call("connect_get_version")
    if number:
        out.value(f"Running hypervisor: {kind} {version_text(number)}", hypervisor=version_text(number))
    else:
        out.value(f"Cannot extract running {kind} hypervisor version", hypervisor=None)
    if args.flag("daemon"):
        with shell.failing("failed to get the daemon version"):
            daemon = version_text(shell.backend.lib_version())
        out.value(f"Running against daemon: {daemon}", daemon=daemon)
