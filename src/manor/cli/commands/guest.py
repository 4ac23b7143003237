# SPDX-License-Identifier: Apache-2.0
"""What goes through the agent in the guest: file systems, users, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits, read_text
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.params import as_record, value_text
from manor.constants import (
    DomainAgentResponseTimeoutValues,
    DomainAuthorizedSSHKeysSetFlags,
    DomainGetHostnameFlags,
    DomainGuestInfoTypes,
    DomainSetUserPasswordFlags,
)

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainFSInfo, TypedParam

NAME_SOURCES = {"lease": DomainGetHostnameFlags.LEASE, "agent": DomainGetHostnameFlags.AGENT}
INFO_TYPES = {
    "user": DomainGuestInfoTypes.USERS,
    "os": DomainGuestInfoTypes.OS,
    "timezone": DomainGuestInfoTypes.TIMEZONE,
    "hostname": DomainGuestInfoTypes.HOSTNAME,
    "filesystem": DomainGuestInfoTypes.FILESYSTEM,
    "disk": DomainGuestInfoTypes.DISKS,
    "interface": DomainGuestInfoTypes.INTERFACES,
    "load": DomainGuestInfoTypes.LOAD,
    "devices": DomainGuestInfoTypes.DEVICES,
}


@command(
    "domfsfreeze",
    "stop writes to the guest's file systems",
    """
    @active
    [mountpoint...]{mountpoint}  only to these
    """,
)
def domfsfreeze(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    with shell.failing("Unable to freeze filesystems"):
        count = shell.call("domain_fsfreeze", dom, args.many("mountpoint"), 0)
    shell.out.note(f"Froze {count} filesystem(s)", frozen=count)


@command(
    "domfsthaw",
    "allow writes to the guest's file systems again",
    """
    @active
    [mountpoint...]{mountpoint}  only to these
    """,
)
def domfsthaw(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    with shell.failing("Unable to thaw filesystems"):
        count = shell.call("domain_fsthaw", dom, args.many("mountpoint"), 0)
    shell.out.note(f"Thawed {count} filesystem(s)", thawed=count)


@command("domfsinfo", "list the file systems mounted in the guest", "@active")
def domfsinfo(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    with shell.failing("Unable to get filesystem information"):
        found: list[DomainFSInfo] = shell.call("domain_get_fsinfo", dom, 0)
    if not found:
        shell.out.data([])
        shell.out.note("No filesystems are mounted in the domain", "")
        return
    shell.out.table(
        ("Mountpoint", "Name", "Type", "Target"),
        [[system.mountpoint, system.name, system.fstype, ",".join(system.dev_aliases)] for system in found],
        [
            {
                "mountpoint": system.mountpoint,
                "name": system.name,
                "type": system.fstype,
                "targets": list(system.dev_aliases),
            }
            for system in found
        ],
    )


@command(
    "domfstrim",
    "give unused blocks of the guest's file systems back",
    """
    @active
    --minimum NUMBER  leave free ranges smaller than this, in bytes or with a unit
    --mountpoint STRING{mountpoint}  only of this file system
    """,
)
def domfstrim(shell: Shell, args: Args) -> None:
    minimum = args.unsigned64("minimum") or 0
    dom = lookup.domain(shell, args)
    with shell.failing("Unable to invoke fstrim"):
        shell.call("domain_fstrim", dom, args.text("mountpoint"), minimum, 0)


@command(
    "domhostname",
    "print the host name of the guest",
    """
    @active
    --source=STRING{hostname-source}  whom to ask: lease or agent
    """,
)
def domhostname(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    source = args.text("source")
    if source is not None and source not in NAME_SOURCES:
        raise CommandFailed(f"Unknown data source '{source}'")
    flags = NAME_SOURCES[source] if source is not None else DomainGetHostnameFlags(0)
    with shell.failing("failed to get hostname"):
        name = shell.call("domain_get_hostname", dom, int(flags))
    shell.out.value(name, hostname=name)


@command(
    "get-user-sshkeys",
    "list the SSH keys that may log in as a user of the guest",
    """
    @active
    <user>  the user
    """,
)
def get_user_sshkeys(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    keys: list[str] = shell.call("domain_authorized_ssh_keys_get", dom, args.required("user"), 0)
    shell.out.data(keys)
    for key in keys:
        shell.out.line(key)


@command(
    "set-user-sshkeys",
    "change the SSH keys that may log in as a user of the guest",
    """
    @active
    <user>  the user
    --file STRING{file}  file with keys, a line each
    --reset  take all other keys away
    --remove  take these keys away
    """,
)
def set_user_sshkeys(shell: Shell, args: Args) -> None:
    args.requires("remove", "file")
    args.exclusive("reset", "remove")
    flags = DomainAuthorizedSSHKeysSetFlags(0)
    path = args.text("file")
    dom = lookup.domain(shell, args)
    user = args.required("user")
    if args.flag("remove"):
        flags |= DomainAuthorizedSSHKeysSetFlags.REMOVE
    elif not args.flag("reset"):
        flags |= DomainAuthorizedSSHKeysSetFlags.APPEND
        if path is None:
            raise CommandFailed("Option --file is required")
    keys: list[str] = []
    if path is not None:
        keys = [line for line in read_text(path).split("\n") if line]
        if not keys:
            raise CommandFailed(f"File {path} contains no keys")
    shell.call("domain_authorized_ssh_keys_set", dom, user, keys, int(flags))


@command(
    "set-user-password",
    "set the password of a user of the guest",
    """
    @active
    <user>  the user
    <password>  the new password
    --encrypted  it is hashed already
    """,
)
def set_user_password(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    user = args.required("user")
    flags = bits(args, {"encrypted": DomainSetUserPasswordFlags.ENCRYPTED})
    shell.call("domain_set_user_password", dom, user, args.required("password"), flags)
    shell.out.note(f"Password set successfully for {user} in {args.required('domain')}", "")


@command(
    "guest-agent-timeout",
    "set how long to wait for answers of the guest's agent",
    """
    @active
    --timeout=NUMBER  seconds; -1 for the default, -2 for as long as it takes, 0 for not at all
    """,
)
def guest_agent_timeout(shell: Shell, args: Args) -> None:
    timeout = args.number("timeout")
    dom = lookup.domain(shell, args)
    seconds = int(DomainAgentResponseTimeoutValues.BLOCK) if timeout is None else timeout
    shell.call("domain_agent_set_response_timeout", dom, seconds, 0)


@command(
    "guestinfo",
    "print what the guest's agent knows",
    """
    @active
    --user  the users logged in
    --os  the operating system
    --timezone  the time zone
    --hostname  the host name
    --filesystem  the file systems
    --disk  the disks
    --interface  the network interfaces
    --load  the load
    --devices  the devices
    """,
)
def guestinfo(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    params: list[TypedParam] = shell.call("domain_get_guest_info", dom, bits(args, INFO_TYPES), 0)
    shell.out.data(as_record(params))
    for param in params:
        shell.out.line(f"{param.field:<20}: {value_text(param)}")
