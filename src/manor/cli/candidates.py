# SPDX-License-Identifier: Apache-2.0
"""What could stand at a place of a command line: commands, options, and the values that options take.

Values come from tables of the commands themselves or from the connection, by the completer that an option names
(`manor.cli.model`). Nothing here fails: where the connection cannot be asked, there are no candidates.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed
from manor.cli.grammar import OUTPUT
from manor.cli.index import ALIASES, GROUPS, all_names, find
from manor.cli.model import ALIAS, FLAG, LIST, Command, Option
from manor.errors import ManorError

if TYPE_CHECKING:
    from manor.cli.shell import Shell
    from manor.cli.xml import Element

Lister = Callable[["Shell", str], Iterable[str]]

FILE = "file"
"""The completer of paths, which shells do better than we."""


def complete(shell: Shell, words: Sequence[str], start: str) -> list[str]:
    """What may follow `words` and begins with `start`."""
    if not words:
        return _beginning(sorted([*all_names(), *ALIASES]), start)
    command = find(words[0])
    if command is None:
        return []
    place = Place(command, words[1:])
    if place.waiting is None and start.startswith("-"):
        return _beginning(place.options(), start)
    option = place.waiting or place.next_data()
    if option is None or option.completer is None:
        return []
    return _beginning(_values(shell, option, words, start), start)


def _beginning(candidates: Iterable[str], start: str) -> list[str]:
    return [candidate for candidate in candidates if candidate.startswith(start)]


class Place:
    """Where a command line has come to: which option waits for its value, which are used up."""

    def __init__(self, command: Command, words: Sequence[str]) -> None:
        self._command = command
        self._by_name = {option.name: option for option in command.options}
        self._used: set[str] = set()
        self.waiting: Option | None = None
        only_data = False
        for word in words:
            if self.waiting is not None:
                self.waiting = None
            elif word == "--" and not only_data:
                only_data = True
            elif word.startswith("--") and not only_data:
                self._name(word[2:])
            else:
                option = self.next_data()
                if option is not None:
                    self._used.add(option.name)

    def _name(self, word: str) -> None:
        name, equals, _ = word.partition("=")
        option = self._by_name.get(name, OUTPUT if name == OUTPUT.name else None)
        if option is not None and option.kind == ALIAS:
            option = self._by_name[option.target.partition("=")[0]]
        if option is None:
            return
        self._used.add(option.name)
        if option.kind != FLAG and not equals:
            self.waiting = option

    def options(self) -> list[str]:
        """The options that may still be given."""
        return [
            f"--{option.name}"
            for option in (*self._command.options, OUTPUT)
            if option.kind not in (ALIAS, LIST) and option.name not in self._used
        ]

    def next_data(self) -> Option | None:
        """The option that data without a name would fill."""
        for option in self._command.options:
            if option.positional and (option.kind == LIST or option.name not in self._used):
                return option
        return None


def _values(shell: Shell, option: Option, words: Sequence[str], start: str) -> Iterable[str]:
    name, _, variant = (option.completer or "").partition(".")
    if name == FILE:
        return paths(start)
    if name in WORDS:
        return WORDS[name]()
    lister = LISTERS.get(name)
    if lister is None:
        return ()
    try:
        return list(lister(shell, variant if name not in OF_OBJECT else words[1] if len(words) > 1 else ""))
    except (ManorError, CommandFailed):
        return ()


def paths(start: str) -> list[str]:
    """Files and folders; folders end with a slash."""
    folder, _, beginning = start.rpartition("/")
    try:
        entries = sorted(os.scandir(f"{folder}/" if folder or start.startswith("/") else "."), key=lambda e: e.name)
    except OSError:
        return []
    prefix = f"{folder}/" if folder or start.startswith("/") else ""
    return [
        f"{prefix}{entry.name}{'/' if entry.is_dir() else ''}"
        for entry in entries
        if not entry.name.startswith(".") or beginning.startswith(".")
    ]


# Words that stand in tables of the commands ------------------------------------------------------------------------


def _commands_and_groups() -> list[str]:
    return [*all_names(), *(group.keyword for group in GROUPS)]


def _table(module: str, name: str) -> Callable[[], Iterable[str]]:
    """The names in a table of a module of commands, which is imported only now."""

    def read() -> Iterable[str]:
        from importlib import import_module

        table: Iterable[str] = getattr(import_module(f"manor.cli.{module}"), name)
        return list(table)

    return read


def _linux_keys() -> Iterable[str]:
    from manor.cli.keycodes import names

    return names("linux")


def _perf_events() -> Iterable[str]:
    from manor.constants import PerfField

    return [field.value for field in PerfField]


def _fixed(*words: str) -> Callable[[], Iterable[str]]:
    return lambda: words


FORMATS = ("raw", "bochs", "qcow", "qcow2", "qed", "vmdk")

WORDS: dict[str, Callable[[], Iterable[str]]] = {
    "address-source": _table("commands.netinfo", "ADDRESS_SOURCES"),
    "arch": _fixed("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "riscv64", "s390x"),
    "await-condition": _table("commands.domain_events", "CONDITIONS"),
    "codeset": _table("commands.keyboard", "CODESETS"),
    "command": _commands_and_groups,
    "compression": _fixed("xbzrle", "mt", "zlib", "zstd"),
    "dirty-rate-mode": _table("commands.jobs", "CALCULATIONS"),
    "disk-bus": _fixed("virtio", "scsi", "sata", "ide", "usb", "fdc"),
    "disk-cache": _fixed("default", "none", "writethrough", "writeback", "directsync", "unsafe"),
    "disk-io": _fixed("threads", "native", "io_uring"),
    "disk-mode": _table("commands.disks", "MODES"),
    "disk-source": _table("commands.disks", "SOURCE_TYPES"),
    "disk-type": _fixed("disk", "cdrom", "floppy", "lun"),
    "display": _table("commands.display", "DISPLAYS"),
    "dump-format": _table("commands.state", "FORMATS"),
    "event": _table("commands.domain_events", "BY_NAME"),
    "hostname-source": _table("commands.guest", "NAME_SOURCES"),
    "keycode": _linux_keys,
    "lifecycle": _table("commands.lifecycle", "LIFECYCLES"),
    "lifecycle-action": _table("commands.lifecycle", "LIFECYCLE_ACTIONS"),
    "link-state": _table("commands.nics", "LINK_STATES"),
    "native": _fixed("qemu-argv"),
    "network-event": _fixed("lifecycle", "metadata-change"),
    "nic-model": _fixed("virtio", "e1000", "e1000e", "rtl8139"),
    "nic-type": _fixed("network", "bridge", "direct", "hostdev", "vhostuser"),
    "node_device-event": _fixed("lifecycle", "update"),
    "nodedev-cap": _table("commands.nodedev", "CAPABILITIES"),
    "numa-mode": _fixed("strict", "preferred", "interleave", "restrictive"),
    "output": _fixed("json", "table"),
    "perf": _perf_events,
    "pool-type": _table("commands.pool", "TYPES"),
    "save-format": _fixed("raw", "sparse", "gzip", "bzip2", "xz", "lzop", "zstd"),
    "secret-event": _fixed("lifecycle", "value-changed"),
    "shell": _table("shells", "SCRIPTS"),
    "shutdown-mode": _table("commands.lifecycle", "MODES"),
    "signal": _fixed("hup", "int", "quit", "kill", "usr1", "usr2", "term", "cont", "stop"),
    "socket-mode": _table("commands.nics", "SOCKET_MODES"),
    "storage_pool-event": _fixed("lifecycle", "refresh"),
    "suspend-target": _table("commands.lifecycle", "SUSPEND_TARGETS"),
    "update-command": _table("commands.network", "UPDATE_COMMANDS"),
    "update-section": _table("commands.network", "UPDATE_SECTIONS"),
    "uri": _fixed("qemu:///system", "qemu:///session", "test:///default", "lxc:///system"),
    "virttype": _fixed("kvm", "qemu", "lxc", "test"),
    "volume-format": lambda: FORMATS,
    "wipe-algorithm": _table("commands.volume", "ALGORITHMS"),
}


# What the connection knows --------------------------------------------------------------------------------------

ACTIVITY = {"": 3, "active": 1, "inactive": 2}
"""VIR_CONNECT_LIST_DOMAINS_ACTIVE and _INACTIVE."""

REVERSED = {"": 3, "active": 2, "inactive": 1}
"""The same for networks, pools and interfaces, where the two are the other way round."""


def _names(operation: str, flags: dict[str, int]) -> Lister:
    def names(shell: Shell, variant: str) -> Iterable[str]:
        return [reference.name for reference in shell.call(operation, flags.get(variant, flags[""]))]

    return names


def _document(shell: Shell, domain: str) -> Element:
    from manor.cli.lookup import domain_called
    from manor.cli.xml import parse

    return parse(shell.call("domain_get_xml_desc", domain_called(shell, domain), 0), "(domain)")


def _in_document(*paths: str) -> Lister:
    def values(shell: Shell, domain: str) -> Iterable[str]:
        document = _document(shell, domain)
        found: list[str] = []
        for path in paths:
            parent, _, last = path.rpartition("/")
            for element in document.findall(parent):
                value = element.value(last)
                if value is not None:
                    found.append(value)
        return found

    return values


def _revisions(operation: str) -> Lister:
    def names(shell: Shell, domain: str) -> Iterable[str]:
        from manor.cli.lookup import domain_called

        return [revision.name for revision in shell.call(operation, domain_called(shell, domain), 0)]

    return names


def _vcpus(shell: Shell, domain: str) -> Iterable[str]:
    count = _document(shell, domain).value("vcpu") or "0"
    return [str(number) for number in range(int(count))]


def _mountpoints(shell: Shell, domain: str) -> Iterable[str]:
    from manor.cli.lookup import domain_called

    return [system.mountpoint for system in shell.call("domain_get_fsinfo", domain_called(shell, domain), 0)]


def _aliases(shell: Shell, domain: str) -> Iterable[str]:
    devices = _document(shell, domain).find("devices")
    names = [] if devices is None else [device.value("alias/@name") for device in devices.elements()]
    return [name for name in names if name is not None]


def _volumes(shell: Shell, variant: str) -> Iterable[str]:
    pools = shell.call("connect_list_all_storage_pools", REVERSED["active"])
    return [volume.key for pool in pools for volume in shell.call("storage_pool_list_all_volumes", pool, 0)]


def _cells(shell: Shell, variant: str) -> Iterable[str]:
    return map(str, range(shell.call("node_get_info").nodes))


def _cpus(shell: Shell, variant: str) -> Iterable[str]:
    return map(str, range(shell.call("node_get_cpu_map", 0).ncpus))


def _cpu_models(shell: Shell, variant: str) -> Iterable[str]:
    from platform import machine

    models: list[str] = shell.call("connect_get_cpu_model_names", machine(), 0)
    return models


def _ports(shell: Shell, network: str) -> Iterable[str]:
    from manor.cli.lookup import NETWORK, find, uuid_text

    return [uuid_text(port.uuid) for port in shell.call("network_list_all_ports", find(shell, NETWORK, network), 0)]


def _secrets(shell: Shell, variant: str) -> Iterable[str]:
    from manor.cli.lookup import uuid_text

    return [uuid_text(secret.uuid) for secret in shell.call("connect_list_all_secrets", 0)]


LISTERS: dict[str, Lister] = {
    "cell": _cells,
    "checkpoint": _revisions("domain_list_all_checkpoints"),
    "cpu-model": _cpu_models,
    "cpulist": _cpus,
    "device-alias": _aliases,
    "disk": _in_document("devices/disk/target/@dev"),
    "domain": _names("connect_list_all_domains", ACTIVITY),
    "iface": _names("connect_list_all_interfaces", REVERSED),
    "iface-mac": lambda shell, variant: [
        interface.mac for interface in shell.call("connect_list_all_interfaces", REVERSED[""])
    ],
    "interface": _in_document("devices/interface/target/@dev", "devices/interface/mac/@address"),
    "iothread": lambda shell, domain: [
        str(number) for number in range(1, 1 + int(_document(shell, domain).value("iothreads") or "0"))
    ],
    "mac": _in_document("devices/interface/mac/@address"),
    "mountpoint": _mountpoints,
    "network": _names("connect_list_all_networks", REVERSED),
    "network-port": _ports,
    "nic-source": _names("connect_list_all_networks", REVERSED),
    "nodedev": _names("connect_list_all_node_devices", {"": 0}),
    "nwfilter": _names("connect_list_all_nwfilters", {"": 0}),
    "nwfilter-binding": lambda shell, variant: [
        binding.portdev for binding in shell.call("connect_list_all_nwfilter_bindings", 0)
    ],
    "pool": _names("connect_list_all_storage_pools", REVERSED),
    "secret": _secrets,
    "snapshot": _revisions("domain_list_all_snapshots"),
    "throttle-group": _in_document("throttlegroups/throttlegroup/group_name"),
    "vcpu": _vcpus,
    "volume": _volumes,
}

OF_OBJECT = frozenset(
    (
        "checkpoint",
        "device-alias",
        "disk",
        "interface",
        "iothread",
        "mac",
        "mountpoint",
        "network-port",
        "snapshot",
        "throttle-group",
        "vcpu",
    )
)
"""Completers that look into the object, mostly a domain, that is the first word after the command."""
