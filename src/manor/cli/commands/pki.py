# SPDX-License-Identifier: Apache-2.0
"""Commands that make certificates for TLS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from manor.cli.failure import CommandFailed
from manor.cli.model import command

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.pki import Pki, Places
    from manor.cli.shell import Shell

_COMMON = """
    --dir=STRING{file}  the folder of certificates, /etc/pki if not given, where libvirt and manord look
    --days=NUMBER  how long the certificate is good
    """
_CA_DAYS, _DAYS = 3650, 825


def _pki(args: Args, days: int) -> Pki:
    from manor.cli.pki import Pki

    chosen = args.unsigned("days")
    if chosen == 0:
        raise CommandFailed("--days must be at least 1")
    return Pki(Path(args.text("dir") or "/etc/pki"), chosen or days)


def _report(shell: Shell, what: str, places: Places) -> None:
    certificate, key = map(str, places)
    shell.out.note(f"{what} made:\n  {certificate}\n  {key}\n", certificate=certificate, key=key)


@command("pki-ca", "make an authority for certificates", f"--name STRING  what it is called\n{_COMMON}", connect=False)
def pki_ca(shell: Shell, args: Args) -> None:
    from socket import gethostname

    name = args.text("name") or f"manor on {gethostname()}"
    _report(shell, "Authority", _pki(args, _CA_DAYS).make_ca(name))


@command(
    "pki-server",
    "make the certificate of this machine's daemon",
    f"[name...]  host names and addresses by which clients reach it, this machine's name if none is given\n{_COMMON}",
    connect=False,
)
def pki_server(shell: Shell, args: Args) -> None:
    from socket import getfqdn

    _report(shell, "Server certificate", _pki(args, _DAYS).make_server(args.many("name") or [getfqdn()]))


@command(
    "pki-client",
    "make the certificate of a client",
    f"<name>  who the client is\n{_COMMON}",
    description="Make the certificate of a client, in a folder to be carried there; a URI names it as pkipath=FOLDER.",
    connect=False,
)
def pki_client(shell: Shell, args: Args) -> None:
    _report(shell, "Client certificate", _pki(args, _DAYS).make_client(args.required("name")))
