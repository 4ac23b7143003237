# SPDX-License-Identifier: Apache-2.0
"""Which commands there are, in which group, in which order, and which module of `manor.cli.commands` has each.

The table is text so that starting costs nothing. A new module of commands needs one line here and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import NamedTuple

from manor.cli.model import COMMANDS, Command


class Group(NamedTuple):
    """A group of commands for help; `table` has lines `module: names`, in the order in which help shows them.

    `former` is another keyword of the group.
    """

    keyword: str
    title: str
    table: str
    former: str = ""

    def modules(self) -> Iterator[tuple[str, list[str]]]:
        """Each line of the table: the module and the names it has."""
        for line in self.table.strip().splitlines():
            module, _, names = line.partition(":")
            yield module.strip(), names.split()

    def names(self) -> list[str]:
        """The commands of the group."""
        return [name for _, names in self.modules() for name in names]


GROUPS = (
    Group(
        "domain",
        "Domain Management",
        """
        devices: attach-device
        disks: attach-disk
        nics: attach-interface
        lifecycle: autostart
        blocktune: blkdeviotune blkiotune
        blockjobs: blockcommit blockcopy blockjob blockpull
        blocktune: blockresize
        disks: change-media
        display: console
        cpus: cpu-stats
        lifecycle: create define
        description: desc
        lifecycle: destroy
        devices: detach-device detach-device-alias
        disks: detach-disk
        nics: detach-interface
        display: domdisplay domdisplay-reload
        guest: domfsfreeze domfsthaw domfsinfo domfstrim domhostname
        identity: domid
        nics: domif-setlink domiftune domifannounce
        jobs: domjobabort domjobinfo
        hypervisor: domlaunchsecinfo domsetlaunchsecstate
        identity: domname
        lifecycle: domrename dompmsuspend dompmwakeup
        throttle: domthrottlegroupset domthrottlegroupdel domthrottlegroupinfo domthrottlegrouplist
        identity: domuuid
        description: domxml-from-native domxml-to-native
        state: dump
        description: dumpxml edit
        guest: get-user-sshkeys
        lifecycle: inject-nmi
        iothreads: iothreadinfo iothreadpin iothreadadd iothreadset iothreaddel
        keyboard: send-key
        lifecycle: send-process-signal
        hypervisor: lxc-enter-namespace
        state: managedsave managedsave-remove
        saved: managedsave-edit managedsave-dumpxml managedsave-define
        tuning: memtune perf
        description: metadata
        migration: migrate migrate-setmaxdowntime migrate-getmaxdowntime migrate-compcache
        migration: migrate-setspeed migrate-getspeed migrate-postcopy
        tuning: numatune
        hypervisor: qemu-attach qemu-monitor-command qemu-monitor-event qemu-agent-command
        guest: guest-agent-timeout
        lifecycle: reboot reset
        state: restore
        lifecycle: resume
        state: save
        saved: save-image-define save-image-dumpxml save-image-edit
        tuning: schedinfo
        state: screenshot
        lifecycle: set-lifecycle-action
        guest: set-user-sshkeys set-user-password
        tuning: setmaxmem setmem
        cpus: setvcpus
        lifecycle: shutdown start suspend
        display: ttyconsole
        undefine: undefine
        devices: update-device update-memory-device
        cpus: vcpucount vcpuinfo vcpupin emulatorpin
        display: vncdisplay
        cpus: guestvcpus setvcpu
        blocktune: domblkthreshold
        guest: guestinfo
        jobs: domdirtyrate-calc
        hypervisor: dom-fd-associate
        """,
    ),
    Group(
        "monitor",
        "Domain Monitoring",
        """
        blockinfo: domblkerror domblkinfo domblklist domblkstat
        dominfo: domcontrol
        netinfo: domif-getlink domifaddr domiflist domifstat
        dominfo: dominfo dommemstat domstate
        domstats: domstats
        dominfo: domtime
        listing: list
        """,
    ),
    Group("events", "Domain Events", "domain_events: event await"),
    Group(
        "host",
        "Host and Hypervisor",
        """
        node: allocpages
        capabilities: capabilities cpu-baseline cpu-compare cpu-models domcapabilities
        node: freecell freepages
        host: hostname
        capabilities: hypervisor-cpu-baseline hypervisor-cpu-compare hypervisor-cpu-models
        host: maxvcpus
        node: node-memory-tune nodecpumap nodecpustats nodeinfo nodememstats nodesevinfo nodesuspend
        host: sysinfo uri version
        """,
    ),
    Group(
        "checkpoint",
        "Checkpoint",
        """
        checkpoint: checkpoint-create checkpoint-create-as checkpoint-delete checkpoint-dumpxml checkpoint-edit
        checkpoint: checkpoint-info checkpoint-list checkpoint-parent
        """,
    ),
    Group(
        "interface",
        "Interface",
        """
        interface: iface-begin
        bridge: iface-bridge
        interface: iface-commit iface-define iface-destroy iface-dumpxml iface-edit iface-list iface-mac
        interface: iface-name iface-rollback iface-start
        bridge: iface-unbridge
        interface: iface-undefine
        """,
    ),
    Group(
        "filter",
        "Network Filter",
        """
        nwfilter: nwfilter-define nwfilter-dumpxml nwfilter-edit nwfilter-list nwfilter-undefine
        nwfilter: nwfilter-binding-create nwfilter-binding-delete nwfilter-binding-dumpxml nwfilter-binding-list
        """,
    ),
    Group(
        "network",
        "Networking",
        """
        network: net-autostart net-create net-define
        network_description: net-desc
        network: net-destroy net-dhcp-leases net-dumpxml net-edit
        object_events: net-event
        network: net-info net-list
        network_description: net-metadata
        network: net-name net-start net-undefine net-update net-uuid
        network_port: net-port-list net-port-create net-port-dumpxml net-port-delete
        """,
    ),
    Group(
        "nodedev",
        "Node Device",
        """
        nodedev: nodedev-create nodedev-destroy nodedev-detach nodedev-dumpxml nodedev-list nodedev-reattach
        nodedev: nodedev-reset
        object_events: nodedev-event
        nodedev: nodedev-define nodedev-undefine nodedev-start nodedev-autostart nodedev-info nodedev-update
        """,
    ),
    Group(
        "secret",
        "Secret",
        """
        secret: secret-define secret-dumpxml
        object_events: secret-event
        secret: secret-get-value secret-list secret-set-value secret-undefine
        """,
    ),
    Group(
        "snapshot",
        "Snapshot",
        """
        snapshot_create: snapshot-create snapshot-create-as
        snapshot: snapshot-current snapshot-delete snapshot-dumpxml snapshot-edit snapshot-info snapshot-list
        snapshot: snapshot-parent snapshot-revert
        """,
    ),
    Group("backup", "Backup", "backup: backup-begin backup-dumpxml"),
    Group(
        "pool",
        "Storage Pool",
        """
        pool_sources: find-storage-pool-sources-as find-storage-pool-sources
        pool: pool-autostart pool-build
        pool_define: pool-create-as pool-create pool-define-as pool-define
        pool: pool-delete pool-destroy pool-dumpxml pool-edit pool-info pool-list pool-name pool-refresh
        pool: pool-start pool-undefine pool-uuid
        object_events: pool-event
        pool_sources: pool-capabilities
        """,
    ),
    Group(
        "volume",
        "Storage Volume",
        """
        volume_create: vol-clone vol-create-as vol-create vol-create-from
        volume: vol-delete
        volume_data: vol-download
        volume: vol-dumpxml vol-info vol-key vol-list vol-name vol-path vol-pool vol-resize
        volume_data: vol-upload
        volume: vol-wipe
        """,
    ),
    Group(
        "manor",
        "Manor itself",
        """
        itself: cd echo exit help pwd quit connect
        tools: completion doctor
        passwd: passwd
        pki: pki-ca pki-server pki-client
        """,
        "virsh",
    ),
)

ALIASES = {"nodedev-dettach": "nodedev-detach"}
"""Older spellings of commands."""

PACKAGE = "manor.cli.commands"


def module_of(name: str) -> str | None:
    """The module that has a command, None if there is no such command."""
    for group in GROUPS:
        if name in group.table:
            for module, names in group.modules():
                if name in names:
                    return module
    return None


def find(name: str) -> Command | None:
    """The command of that name or alias, its module imported; None if there is none."""
    name = ALIASES.get(name, name)
    module = module_of(name)
    if module is None:
        return None
    import_module(f"{PACKAGE}.{module}")
    return COMMANDS[name]


def all_names() -> list[str]:
    """The names of all commands, in the order of help."""
    return [name for group in GROUPS for name in group.names()]


def group(keyword: str) -> Group | None:
    """The group of a keyword or title."""
    for known in GROUPS:
        if keyword in (known.keyword, known.title, known.former):
            return known
    return None


def suggest(wrong: str, known: Iterable[str]) -> str | None:
    """The name of `known` (all commands if empty) that was probably meant."""
    from difflib import get_close_matches

    candidates = list(known) or all_names()
    matches = get_close_matches(wrong, candidates, n=1, cutoff=0.6)
    return matches[0] if matches else None
