# SPDX-License-Identifier: Apache-2.0
"""Backups of running domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits, read_text
from manor.cli.document import print_document
from manor.cli.model import command
from manor.constants import DomainBackupBeginFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


@command(
    "backup-begin",
    "start a backup of a running domain's disks",
    """
    @active
    --backupxml STRING{file}  XML description of the backup
    --checkpointxml STRING{file}  XML description of a checkpoint to make at the same time
    --reuse-external  into files that are there already
    --preserve-domain-on-shutdown  keep the hypervisor until the backup ends, even if the guest shuts down
    """,
    description="Start a full or incremental backup of a running domain's disks; domjobinfo shows how it goes.",
)
def backup_begin(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    flags = bits(
        args,
        {
            "reuse-external": DomainBackupBeginFlags.REUSE_EXTERNAL,
            "preserve-domain-on-shutdown": DomainBackupBeginFlags.PRESERVE_SHUTDOWN_DOMAIN,
        },
    )
    path, checkpoint_path = args.text("backupxml"), args.text("checkpointxml")
    backup = read_text(path) if path is not None else "<domainbackup/>"
    checkpoint = read_text(checkpoint_path) if checkpoint_path is not None else None
    shell.call("domain_backup_begin", dom, backup, checkpoint, flags)
    shell.out.note("Backup started")


@command(
    "backup-dumpxml",
    "print the XML of the backup under way",
    """
    @active
    @xpath
    """,
)
def backup_dumpxml(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    print_document(shell, args, shell.call("domain_backup_get_xml_desc", dom, 0), "(domain-backup)")
