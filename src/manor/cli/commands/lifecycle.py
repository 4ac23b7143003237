# SPDX-License-Identifier: Apache-2.0
"""Defining, starting, stopping and renaming domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import act, affect, bits, descriptors, read_text
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.sizes import MAX_LLONG, integer
from manor.constants import (
    DomainCreateFlags,
    DomainDefineFlags,
    DomainDestroyFlagsValues,
    DomainLifecycle,
    DomainLifecycleAction,
    DomainProcessSignal,
    DomainRebootFlagValues,
    DomainShutdownFlagValues,
    NodeSuspendTarget,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef

START_FLAGS = {
    "paused": DomainCreateFlags.START_PAUSED,
    "autodestroy": DomainCreateFlags.START_AUTODESTROY,
    "reset-nvram": DomainCreateFlags.START_RESET_NVRAM,
}
CREATE_FLAGS = {**START_FLAGS, "validate": DomainCreateFlags.START_VALIDATE}
BOOT_FLAGS = {
    **START_FLAGS,
    "bypass-cache": DomainCreateFlags.START_BYPASS_CACHE,
    "force-boot": DomainCreateFlags.START_FORCE_BOOT,
}
MODES = {
    "acpi": DomainShutdownFlagValues.ACPI_POWER_BTN,
    "agent": DomainShutdownFlagValues.GUEST_AGENT,
    "initctl": DomainShutdownFlagValues.INITCTL,
    "signal": DomainShutdownFlagValues.SIGNAL,
    "paravirt": DomainShutdownFlagValues.PARAVIRT,
}
REBOOT_MODES = {
    "acpi": DomainRebootFlagValues.ACPI_POWER_BTN,
    "agent": DomainRebootFlagValues.GUEST_AGENT,
    "initctl": DomainRebootFlagValues.INITCTL,
    "signal": DomainRebootFlagValues.SIGNAL,
    "paravirt": DomainRebootFlagValues.PARAVIRT,
}
LIFECYCLES = {"poweroff": DomainLifecycle.POWEROFF, "reboot": DomainLifecycle.REBOOT, "crash": DomainLifecycle.CRASH}
LIFECYCLE_ACTIONS = {
    "destroy": DomainLifecycleAction.DESTROY,
    "restart": DomainLifecycleAction.RESTART,
    "rename-restart": DomainLifecycleAction.RESTART_RENAME,
    "preserve": DomainLifecycleAction.PRESERVE,
    "coredump-destroy": DomainLifecycleAction.COREDUMP_DESTROY,
    "coredump-restart": DomainLifecycleAction.COREDUMP_RESTART,
}
SUSPEND_TARGETS = {"mem": NodeSuspendTarget.MEM, "disk": NodeSuspendTarget.DISK, "hybrid": NodeSuspendTarget.HYBRID}


@command(
    "autostart",
    "have a domain started with the host",
    """
    @domain
    --disable  no longer start it with the host
    --once  only when the host starts next
    """,
)
def autostart(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    name, enable = args.required("domain"), not args.flag("disable")
    operation = "domain_set_autostart_once" if args.flag("once") else "domain_set_autostart"
    mark = "mark" if enable else "unmark"
    when = " on next boot" if args.flag("once") else ""
    with shell.failing(f"Failed to {mark} domain '{name}' as autostarted{when}"):
        shell.call(operation, dom, int(enable))
    shell.out.note(f"Domain '{name}' {mark}ed as autostarted{when}", domain=name, autostart=enable)


@command(
    "create",
    "create and start a domain described in a file",
    """
    <file>{file}  XML description of the domain
    --console  attach to its console afterwards
    --paused  leave it paused
    --autodestroy  destroy it when this shell disconnects
    --pass-fds STRING  descriptors to hand over, as N,N,...
    --validate  check the description against the schema
    --reset-nvram  start with fresh NVRAM
    """,
)
def create(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    files = descriptors(args)
    flags = bits(args, CREATE_FLAGS)
    with shell.failing(f"Failed to create domain from {path}"):
        dom: DomainRef = (
            shell.call("domain_create_xml_with_files", document, flags, files)
            if files
            else shell.call("domain_create_xml", document, flags)
        )
    shell.out.note(f"Domain '{dom.name}' created from {path}", **identity(dom))
    if args.flag("console"):
        _attach(shell, dom)


@command(
    "define",
    "define a domain described in a file, or change its definition",
    """
    <file>{file}  XML description of the domain
    --validate  check the description against the schema
    """,
)
def define(shell: Shell, args: Args) -> None:
    path = args.required("file")
    document = read_text(path)
    with shell.failing(f"Failed to define domain from {path}"):
        dom: DomainRef = (
            shell.call("domain_define_xml_flags", document, int(DomainDefineFlags.VALIDATE))
            if args.flag("validate")
            else shell.call("domain_define_xml", document)
        )
    shell.out.note(f"Domain '{dom.name}' defined from {path}", **identity(dom))


def identity(dom: DomainRef) -> dict[str, object]:
    """A domain as JSON names it."""
    return {"name": dom.name, "uuid": lookup.uuid_text(dom.uuid)}


@command(
    "start",
    "start a defined domain",
    """
    @inactive
    --console  attach to its console afterwards
    --paused  leave it paused
    --autodestroy  destroy it when this shell disconnects
    --bypass-cache  keep the saved state out of the file system cache
    --force-boot  boot afresh, dropping a managed save
    --pass-fds STRING  descriptors to hand over, as N,N,...
    --reset-nvram  start with fresh NVRAM
    """,
)
def start(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args, kinds=(lookup.UUID, lookup.NAME))
    if dom.id != -1:
        raise CommandFailed("Domain is already active")
    files = descriptors(args)
    flags = bits(args, BOOT_FLAGS)
    with shell.failing(f"Failed to start domain '{args.required('domain')}'"):
        if files:
            shell.call("domain_create_with_files", dom, flags, files)
        elif flags:
            shell.call("domain_create_with_flags", dom, flags)
        else:
            shell.call("domain_create", dom)
    shell.out.note(f"Domain '{dom.name}' started", **identity(dom))
    if args.flag("console"):
        _attach(shell, dom)


def _attach(shell: Shell, dom: DomainRef) -> None:
    from manor.cli.console import attach

    attach(shell, dom, None, 0)


@command(
    "destroy",
    "stop a domain at once",
    """
    @active
    --graceful  give up rather than kill a hypervisor that does not end by itself
    --remove-logs  remove its logs as well
    """,
)
def destroy(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    name = args.required("domain")
    flags = bits(
        args,
        {"graceful": DomainDestroyFlagsValues.GRACEFUL, "remove-logs": DomainDestroyFlagsValues.REMOVE_LOGS},
    )
    with shell.failing(f"Failed to destroy domain '{name}'"):
        if flags:
            shell.call("domain_destroy_flags", dom, flags)
        else:
            shell.call("domain_destroy", dom)
    shell.out.note(f"Domain '{name}' destroyed")


def _modes(text: str | None, known: Mapping[str, int], expected: str) -> int:
    flags = 0
    for mode in text.split(",") if text is not None else ():
        if mode not in known:
            raise CommandFailed(f"Unknown mode {mode} value, expecting {expected}")
        flags |= known[mode]
    return flags


@command(
    "shutdown",
    "ask a domain to shut down",
    """
    @active
    --mode STRING{shutdown-mode}  how to ask: acpi, agent, initctl, signal, paravirt; several with commas
    """,
)
def shutdown(shell: Shell, args: Args) -> None:
    flags = _modes(args.text("mode"), MODES, "'acpi', 'agent', 'initctl', 'signal', or 'paravirt'")
    dom = lookup.domain(shell, args)
    name = args.required("domain")
    with shell.failing(f"Failed to shutdown domain '{name}'"):
        if flags:
            shell.call("domain_shutdown_flags", dom, flags)
        else:
            shell.call("domain_shutdown", dom)
    shell.out.note(f"Domain '{name}' is being shutdown")


@command(
    "reboot",
    "ask a domain to reboot",
    """
    @active
    --mode STRING{shutdown-mode}  how to ask: acpi, agent, initctl, signal, paravirt; several with commas
    """,
)
def reboot(shell: Shell, args: Args) -> None:
    flags = _modes(args.text("mode"), REBOOT_MODES, "'acpi', 'agent', 'initctl', 'signal' or 'paravirt'")
    dom = lookup.domain(shell, args)
    name = args.required("domain")
    with shell.failing(f"Failed to reboot domain '{name}'"):
        shell.call("domain_reboot", dom, flags)
    shell.out.note(f"Domain '{name}' is being rebooted")


act(
    "suspend",
    "pause a running domain",
    "@active",
    lookup.domain,
    "domain_suspend",
    label="domain",
    failed="Failed to suspend domain '{}'",
    done="Domain '{}' suspended",
)
act(
    "resume",
    "let a paused domain run on",
    "@active",
    lookup.domain,
    "domain_resume",
    label="domain",
    failed="Failed to resume domain '{}'",
    done="Domain '{}' resumed",
)
act(
    "reset",
    "reset a domain as with a button",
    "@active",
    lookup.domain,
    "domain_reset",
    label="domain",
    failed="Failed to reset domain '{}'",
    done="Domain '{}' was reset",
    arguments=(0,),
)
act(
    "dompmwakeup",
    "wake a domain from power-management suspend",
    "@active",
    lookup.domain,
    "domain_pm_wakeup",
    label="domain",
    failed="Domain '{}' could not be woken up",
    done="Domain '{}' successfully woken up",
    arguments=(0,),
)


@command("inject-nmi", "send a non-maskable interrupt to the guest", "@active")
def inject_nmi(shell: Shell, args: Args) -> None:
    shell.call("domain_inject_nmi", lookup.domain(shell, args), 0)


@command(
    "domrename",
    "rename a domain that is shut off",
    """
    @inactive
    <new-name>  its new name
    """,
)
def domrename(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    shell.call("domain_rename", dom, args.required("new-name"), 0)
    shell.out.note("Domain successfully renamed")


@command(
    "dompmsuspend",
    "suspend a guest by its own power management",
    """
    @active
    <target>{suspend-target}  mem, disk or hybrid
    --duration=NUMBER  wake up after that many seconds
    """,
)
def dompmsuspend(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    name = args.required("domain")
    duration = args.unsigned64("duration") or 0
    target = SUSPEND_TARGETS.get(args.required("target"))
    if target is None:
        raise CommandFailed("Invalid target")
    with shell.failing(f"Domain '{name}' could not be suspended"):
        shell.call("domain_pm_suspend_for_duration", dom, int(target), duration, 0)
    shell.out.note(f"Domain '{name}' successfully suspended")


@command(
    "set-lifecycle-action",
    "choose what happens when a domain powers off, reboots or crashes",
    """
    @domain
    <type>{lifecycle}  poweroff, reboot or crash
    <action>{lifecycle-action}  destroy, restart, rename-restart, preserve, coredump-destroy, coredump-restart
    @affect
    """,
)
def set_lifecycle_action(shell: Shell, args: Args) -> None:
    flags = affect(args)
    dom = lookup.domain(shell, args)
    kind, action = args.required("type"), args.required("action")
    if kind not in LIFECYCLES:
        raise CommandFailed(f"Invalid lifecycle type '{kind}'.")
    if action not in LIFECYCLE_ACTIONS:
        raise CommandFailed(f"Invalid lifecycle action '{action}'.")
    with shell.failing("Unable to change lifecycle action."):
        shell.call("domain_set_lifecycle_action", dom, int(LIFECYCLES[kind]), int(LIFECYCLE_ACTIONS[action]), flags)


@command(
    "send-process-signal",
    "send a signal to a process of the guest",
    """
    @active
    <pid>  the process
    <signame>{signal}  the signal's name or number
    """,
)
def send_process_signal(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    pid = args.number("pid", -MAX_LLONG - 1, MAX_LLONG)
    name = args.required("signame")
    signal = _signal(name)
    if signal is None:
        raise CommandFailed(f"malformed signal name: {name}")
    shell.call("domain_send_process_signal", dom, pid, signal, 0)


def _signal(name: str) -> int | None:
    try:
        return integer(name, -(2**31), 2**31 - 1)
    except ValueError:
        pass
    lower = name.lower()
    for prefix in ("sig_", "sig"):
        lower = lower.removeprefix(prefix)
    member = DomainProcessSignal.__members__.get(lower.upper())
    return None if member is None else int(member)
