# SPDX-License-Identifier: Apache-2.0
"""Consoles and screens of domains: attaching to them, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli import lookup
from manor.cli.common import bits
from manor.cli.failure import CommandFailed
from manor.cli.model import command
from manor.cli.xml import Element, parse
from manor.constants import DomainConsoleFlags, DomainXMLFlags

if TYPE_CHECKING:
    from manor.cli.args import Args
    from manor.cli.shell import Shell
    from manor.records import DomainRef

DISPLAYS = ("vnc", "spice", "rdp", "dbus")
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - what a listener says, not what we listen on
VNC_BASE = 5900


@command(
    "console",
    "connect the terminal with a domain's console",
    """
    @active
    --devname STRING  the device, the first console if not given
    --force  even if somebody else is connected
    --safe  only if nobody else can be
    --resume  let a paused domain run once connected
    """,
)
def console(shell: Shell, args: Args) -> None:
    from manor.cli.console import attach

    dom = lookup.domain(shell, args)
    flags = bits(args, {"force": DomainConsoleFlags.FORCE, "safe": DomainConsoleFlags.SAFE})
    attach(shell, dom, args.text("devname"), flags, resume=args.flag("resume"))


def _document(shell: Shell, dom: DomainRef, *, secure: bool = False) -> Element:
    flags = DomainXMLFlags.SECURE if secure else DomainXMLFlags(0)
    return parse(shell.call("domain_get_xml_desc", dom, int(flags)), "(domain)")


@command("ttyconsole", "print the device of a domain's console", "@active")
def ttyconsole(shell: Shell, args: Args) -> None:
    document = _document(shell, lookup.domain(shell, args))
    device = document.value("devices/console/@tty")
    if not device:
        raise CommandFailed()
    shell.out.value(device, tty=device)


def _graphics(document: Element, kind: str) -> list[Element]:
    return [element for element in document.findall("devices/graphics") if element.get("type") == kind]


@command("vncdisplay", "print where a domain's VNC display is", "@active")
def vncdisplay(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    if not shell.call("domain_is_active", dom):
        raise CommandFailed("Domain is not running")
    graphics = _graphics(_document(shell, dom), "vnc")
    port = graphics[0].get("port") if graphics else None
    if port is None or not port.lstrip("-").isdigit() or int(port) < 0:
        raise CommandFailed("Failed to get VNC port. Is this domain using VNC?")
    listen = graphics[0].get("listen") or graphics[0].value("listen/@address")
    host = "" if listen is None or listen == ANY_ADDRESS[0] else listen
    shell.out.value(f"{host}:{int(port) - VNC_BASE}", host=host, port=int(port))


@command(
    "domdisplay",
    "print the URI of a domain's display",
    """
    @active
    --include-password  with the password
    --type STRING{display}  of this kind: vnc, spice, rdp or dbus
    --all  of all displays
    """,
)
def domdisplay(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    if not shell.call("domain_is_active", dom):
        raise CommandFailed("Domain is not running")
    wanted = args.text("type")
    password = args.flag("include-password")
    document = _document(shell, dom, secure=password)
    found = []
    for kind in DISPLAYS:
        if wanted not in (None, kind):
            continue
        for graphics in _graphics(document, kind)[:1]:
            uri = display_uri(kind, graphics, with_password=password)
            if uri is not None:
                found.append(uri)
    if not found:
        raise CommandFailed(
            "No graphical display found" if wanted is None else f"No graphical display with type '{wanted}' found"
        )
    shown = found if args.flag("all") else found[:1]
    shell.out.data(shown)
    shell.out.write("".join(f"{uri}\n" for uri in shown) if args.flag("all") else shown[0])


def display_uri(kind: str, graphics: Element, *, with_password: bool) -> str | None:
    """The URI of a display, None for one that nobody can reach. Raises CommandFailed."""
    if kind == "dbus":
        return _dbus_uri(graphics)
    socket = graphics.get("socket") or graphics.value("listen/@socket")
    port, tls_port = _port(graphics, "port"), _port(graphics, "tlsPort")
    if socket is None and not port and not tls_port:
        return None
    password = graphics.get("passwd") if with_password else None
    if socket is not None:
        return f"{kind}+unix://{'' if password is None else f':{password}@'}{socket}"
    uri = f"{kind}://" + (f":{password}@" if password is not None and kind == "vnc" else "") + _host(graphics)
    if port:
        uri += f":{port - VNC_BASE if kind == 'vnc' else port}"
    questions = [f"tls-port={tls_port}"] if tls_port else []
    if password is not None and kind == "spice":
        questions.append(f"password={password}")
    return f"{uri}?{'&'.join(questions)}" if questions else uri


def _host(graphics: Element) -> str:
    listen = graphics.get("listen") or graphics.value("listen/@address")
    if listen is None or listen in ANY_ADDRESS:
        # It listens everywhere, so where we are connected to is as good a place as any.
        return "localhost"
    return f"[{listen}]" if ":" in listen else listen


def _port(graphics: Element, name: str) -> int | None:
    text = graphics.get(name)
    return int(text) if text is not None and text.isdigit() else None


def _dbus_uri(graphics: Element) -> str | None:
    address = graphics.get("address")
    if address is None:
        return None
    if not address.startswith("unix:path="):
        raise CommandFailed(f"'{address}' D-Bus address is not handled")
    return f"dbus+unix://{address.removeprefix('unix:path=')}"


@command(
    "domdisplay-reload",
    "have a domain's display read its certificates again",
    """
    @active
    --type NUMBER  kind of display: 0 any, 1 VNC
    """,
)
def domdisplay_reload(shell: Shell, args: Args) -> None:
    dom = lookup.domain(shell, args)
    shell.call("domain_graphics_reload", dom, args.unsigned("type") or 0, 0)
    shell.out.note("Reload successfully")
