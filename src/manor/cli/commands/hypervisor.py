# SPDX-License-Identifier: Apache-2.0
"""What only one hypervisor has: QEMU's monitor, agent and descriptors, SEV, namespaces of LXC."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits, descriptors, read_text
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import as_record, value_text
from manor.constants import (
    DomainFDAssociateFlags,
    DomainLaunchSecurityField,
    DomainQemuAgentCommandTimeoutValues,
    DomainQemuMonitorCommandFlags,
)
from manor.records import string_param, ullong_param

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef, TypedParam


@command("qemu-attach", "take over a QEMU process that something else started", "<pid>  the process")
def qemu_attach(shell: Shell, args: Args) -> None:
    pid = args.unsigned("pid")
    with shell.failing(f"Failed to attach to pid {pid}"):
        dom: DomainRef = shell.call("domain_attach", pid, 0)
    shell.out.note(f"Domain '{dom.name}' attached to pid {pid}", name=dom.name)


@command(
    "qemu-monitor-command",
    "send a command to a domain's QEMU",
    """
    @active
    --hmp  in the language for humans
    --pretty  print the answer with indentation
    --return-value  print only what the command returned
    --pass-fds=STRING  descriptors to hand over, as N,N,...
    <cmd...>  the command, or a command name and its arguments
    """,
)
def qemu_monitor_command(shell: Shell, args: Args) -> None:
    args.exclusive("hmp", "pretty")
    args.exclusive("hmp", "return-value")
    hmp = args.flag("hmp")
    dom = lookup.domain(shell, args)
    text = args.joined("cmd") if hmp else qmp_command(args.many("cmd"))
    files = descriptors(args)
    flags = int(DomainQemuMonitorCommandFlags.HMP) if hmp else 0
    if files:
        answer, _ = shell.call("domain_monitor_command_with_files", dom, text, files, flags)
    else:
        answer = shell.call("domain_monitor_command", dom, text, flags)
    if hmp:
        shell.out.data({"output": answer})
        shell.out.line(answer)
    else:
        _print_answer(shell, args, answer)


def qmp_command(words: list[str]) -> str:
    """A QMP command: the JSON that was given, or a command's name and its arguments.

    Arguments are a JSON object, or members of one (`'"path":"/machine"'`), or simply path=/machine.
    """
    text = " ".join(words)
    if text.lstrip().startswith("{"):
        return text
    name, *arguments = words
    command: dict[str, object] = {"execute": name}
    if arguments:
        command["arguments"] = _arguments(arguments)
    return json.dumps(command, separators=(",", ":"))


def _arguments(words: list[str]) -> object:
    joined = " ".join(words)
    spelled = joined if joined.lstrip().startswith("{") else f"{{{','.join(words)}}}"
    try:
        parsed: object = json.loads(spelled)
    except ValueError:
        pairs = [word.partition("=") for word in words]
        if not all(key and equals for key, equals, _ in pairs):
            raise CommandFailed(f"failed to wrap arguments '{joined}' into a QMP command wrapper") from None
        parsed = {key: _value(value) for key, _, value in pairs}
    return parsed


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def _print_answer(shell: Shell, args: Args, answer: str) -> None:
    pretty, only_value = args.flag("pretty"), args.flag("return-value")
    if not (pretty or only_value or shell.out.json):
        shell.out.line(answer)
        return
    try:
        document = json.loads(answer)
    except ValueError:
        raise CommandFailed("failed to parse JSON returned by qemu") from None
    if only_value:
        if "return" not in document:
            raise CommandFailed("'return' member missing")
        document = document["return"]
    shell.out.data(document)
    shell.out.write(json.dumps(document, indent=2 if pretty else None, separators=None if pretty else (",", ":")))


@command(
    "qemu-agent-command",
    "send a command to the agent in the guest",
    """
    @active
    --timeout=NUMBER  seconds to wait for the answer
    --async  do not wait for the answer
    --block  wait as long as it takes
    --pretty  print the answer with indentation
    <cmd...>  the command
    """,
)
def qemu_agent_command(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    timeout = args.number("timeout")
    if timeout is not None and timeout < 1:
        raise CommandFailed("timeout must be positive")
    chosen = [
        value
        for value in (
            timeout,
            int(DomainQemuAgentCommandTimeoutValues.NOWAIT) if args.flag("async") else None,
            int(DomainQemuAgentCommandTimeoutValues.BLOCK) if args.flag("block") else None,
        )
        if value is not None
    ]
    if len(chosen) > 1:
        raise CommandFailed("timeout, async and block options are exclusive")
    seconds = chosen[0] if chosen else int(DomainQemuAgentCommandTimeoutValues.DEFAULT)
    answer = shell.call("domain_agent_command", dom, args.joined("cmd"), seconds, 0)
    if answer is None:
        return
    if shell.out.json or args.flag("pretty"):
        document = json.loads(answer)
        shell.out.data(document)
        answer = json.dumps(document, indent=2)
    shell.out.line(answer)


@command(
    "qemu-monitor-event",
    "wait for events of QEMU's monitor",
    """
    --domain STRING{domain.active}  only of this domain
    --event STRING  only of this name
    --pretty  print the data with indentation
    --loop  wait for more than one event, until the timeout or an interrupt
    --timeout NUMBER  seconds to wait at most
    --regex  the name is a regular expression
    --no-case  the name may be in any case
    --timestamp  print when each event came
    """,
)
def qemu_monitor_event(shell: Shell, args: Args) -> None:
    from manor.cli.monitor_events import wait_for_monitor

    wait_for_monitor(shell, args)


@command("domlaunchsecinfo", "print what protects a domain's memory", "@active")
def domlaunchsecinfo(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    with shell.failing("Unable to get launch security parameters"):
        params: list[TypedParam] = shell.call("domain_get_launch_security_info", dom, 0)
    shell.out.data(as_record(params))
    for param in params:
        shell.out.line(f"{param.field:<15}: {value_text(param)}")


@command(
    "domsetlaunchsecstate",
    "put a secret into the protected memory of a domain",
    """
    @active
    --secrethdr=STRING{file}  file with the header of the secret
    --secret=STRING{file}  file with the secret
    --set-address NUMBER  guest address to put it at
    """,
)
def domsetlaunchsecstate(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    header, secret = args.text("secrethdr"), args.text("secret")
    if header is None or secret is None:
        raise CommandFailed("Both secret and the secret header are required")
    params = [
        string_param(DomainLaunchSecurityField.SEV_SECRET_HEADER.value, read_text(header)),
        string_param(DomainLaunchSecurityField.SEV_SECRET.value, read_text(secret)),
    ]
    address = args.unsigned64("set-address")
    if address is not None:
        params.append(ullong_param(DomainLaunchSecurityField.SEV_SECRET_SET_ADDRESS.value, address))
    with shell.failing("Unable to set launch security state"):
        shell.call("domain_set_launch_security_state", dom, params, 0)


@command(
    "dom-fd-associate",
    "hand descriptors over for the disks of a domain",
    """
    @domain
    <name>  name of the group of descriptors
    <pass-fds>  the descriptors, as N,N,...
    --seclabel-writable  label them for writing
    --seclabel-restore  restore their labels afterwards
    """,
)
def dom_fd_associate(shell: Shell, args: Args) -> None:
    flags = bits(
        args,
        {
            "seclabel-writable": DomainFDAssociateFlags.SECLABEL_WRITABLE,
            "seclabel-restore": DomainFDAssociateFlags.SECLABEL_RESTORE,
        },
    )
    dom = lookup.domain(shell, args)
    name = args.required("name")
    shell.call("domain_fd_associate", dom, name, flags, descriptors(args))


@command(
    "lxc-enter-namespace",
    "run a program in the namespaces of a container",
    """
    @active
    --noseclabel  without the container's security label
    <cmd...>  the program and its arguments
    """,
)
def lxc_enter_namespace(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    opened = shell.call("domain_open_namespace", dom, 0)
    from manor.cli.namespaces import run_inside

    run_inside(opened if isinstance(opened, list) else [opened], args.many("cmd"))
