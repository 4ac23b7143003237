# SPDX-License-Identifier: Apache-2.0
"""What pools could be made of, and what the driver can do with pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.common import read_text
from manor.cli.model import command
from manor.cli.xml import Tag

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell


def _find(shell: Shell, kind: str, specification: str | None) -> None:
    with shell.failing(f"Failed to find any {kind} pool sources"):
        document = shell.call("connect_find_storage_pool_sources", kind, specification, 0)
    shell.out.xml(document, "" if document.endswith("\n") else "\n")


@command(
    "find-storage-pool-sources-as",
    "look for storage that could become a pool, described by options",
    """
    <type>{pool-type}  type of pool
    --host STRING  host to ask
    --port STRING  port of that host
    --initiator STRING  iSCSI name to ask as
    """,
)
def find_storage_pool_sources_as(shell: Shell, args: Args) -> None:
    host, port, initiator = args.text("host"), args.text("port"), args.text("initiator")
    specification = None
    if host is not None:
        source = Tag("source")
        source.add("host", name=host, port=port)
        if initiator is not None:
            source.add("initiator").add("iqn", name=initiator)
        specification = source.format()
    _find(shell, args.required("type"), specification)


@command(
    "find-storage-pool-sources",
    "look for storage that could become a pool",
    """
    <type>{pool-type}  type of pool
    --srcSpec STRING{file}  file with the XML of where to look
    """,
)
def find_storage_pool_sources(shell: Shell, args: Args) -> None:
    path = args.text("srcSpec")
    _find(shell, args.required("type"), None if path is None else read_text(path))


@command("pool-capabilities", "print what the driver can do with pools")
def pool_capabilities(shell: Shell, args: Args) -> None:
    with shell.failing("failed to get storage pool capabilities"):
        document = shell.call("connect_get_storage_pool_capabilities", 0)
    shell.out.xml(document, "\n")
