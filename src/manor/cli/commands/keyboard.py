# SPDX-License-Identifier: Apache-2.0
"""Pressing keys of a guest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.failure import CommandFailed
from manor.cli.keycodes import names
from manor.cli.model import command
from manor.cli.sizes import MAX_UINT, integer
from manor.constants import KeycodeSet

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell

MOST_KEYS = 16
"""VIR_DOMAIN_SEND_KEY_MAX_KEYS."""

CODESETS = {
    "linux": KeycodeSet.LINUX,
    "xt": KeycodeSet.XT,
    "atset1": KeycodeSet.ATSET1,
    "atset2": KeycodeSet.ATSET2,
    "atset3": KeycodeSet.ATSET3,
    "os_x": KeycodeSet.OSX,
    "xt_kbd": KeycodeSet.XT_KBD,
    "usb": KeycodeSet.USB,
    "win32": KeycodeSet.WIN32,
    "qnum": KeycodeSet.QNUM,
    # The name it had before it was understood to be of QEMU.
    "rfb": KeycodeSet.QNUM,
}


@command(
    "send-key",
    "press keys of the guest",
    """
    @active
    --codeset=STRING{codeset}  code set of the keys, linux if not given
    --holdtime=NUMBER  milliseconds to hold them
    <keycode...>{keycode}  keys, by name or number; all are pressed together
    """,
)
def send_key(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    codeset = args.text("codeset") or "linux"
    hold = args.unsigned("holdtime") or 0
    if codeset not in CODESETS:
        raise CommandFailed(f"unknown codeset: '{codeset}'")
    words = args.many("keycode")
    if len(words) > MOST_KEYS:
        raise CommandFailed("too many keycodes")
    known = names(codeset)
    codes = [_code(word, known) for word in words]
    shell.call("domain_send_key", dom, int(CODESETS[codeset]), hold, codes, 0)


def _code(word: str, known: dict[str, int]) -> int:
    if word in known:
        return known[word]
    try:
        return integer(word, 0, MAX_UINT)
    except ValueError:
        raise CommandFailed(f"invalid keycode: '{word}'") from None
