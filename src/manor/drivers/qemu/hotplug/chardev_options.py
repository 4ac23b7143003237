# SPDX-License-Identifier: Apache-2.0
"""`-chardev` options as arguments of QMP's chardev-add, which groups the same facts differently."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.QEMU)

Options = dict[str, str]

_SWITCHES: Final = frozenset({"server", "wait", "telnet", "append", "clipboard", "mouse"})
_NUMBERS: Final = frozenset({"reconnect"})


def chardev_add(option: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of chardev-add for the value of a `-chardev` option; `names` are QEMU's of descriptors.

    Raises VIR_ERR_OPERATION_UNSUPPORTED for kinds that cannot be added to a running guest.
    """
    kind, *words = [word.replace(",,", ",") for word in re.split(r"(?<!,),(?!,)", option)]
    options = dict(word.split("=", 1) for word in words)
    if "fd" in options:
        options["fd"] = names.get(options["fd"], options["fd"])
    convert = _KINDS.get(kind)
    if convert is None:
        raise _error(ErrorNumber.OPERATION_UNSUPPORTED, f"Hotplug unsupported for char device type '{kind}'")
    data = convert(options)
    log = {"logfile": options.get("logfile"), "logappend": _switch(options.get("logappend"))}
    data |= {name: value for name, value in log.items() if value is not None}
    return {"id": options["id"], "backend": {"type": kind, "data": data}}


def _kept(*names: str, **renamed: str) -> Callable[[Options], dict[str, Any]]:
    """A converter that keeps some options, some under another name (`out="path"`)."""
    wanted = {name: name for name in names} | renamed

    def convert(options: Options) -> dict[str, Any]:
        return {new: _value(old, options[old]) for new, old in wanted.items() if old in options}

    return convert


def _value(name: str, text: str) -> Any:
    if name in _SWITCHES:
        return text == "on"
    return int(text) if name in _NUMBERS else text


def _switch(text: str | None) -> bool | None:
    return None if text is None else text == "on"


def _inet(host: str, port: str) -> dict[str, Any]:
    return {"type": "inet", "data": {"host": host, "port": port}}


def _socket(options: Options) -> dict[str, Any]:
    if "fd" in options:
        address: dict[str, Any] = {"type": "fd", "data": {"str": options["fd"]}}
    elif "path" in options:
        address = {"type": "unix", "data": {"path": options["path"]}}
    else:
        address = _inet(options["host"], options["port"])
    server = options.get("server") == "on"
    data = {"addr": address, "server": server} | _kept("telnet", "reconnect")(options)
    return data | ({"wait": options.get("wait") == "on"} if server else {})


def _udp(options: Options) -> dict[str, Any]:
    data = {"remote": _inet(options["host"], options["port"])}
    if options.get("localaddr") or options.get("localport", "0") != "0":
        data["local"] = _inet(options.get("localaddr", ""), options.get("localport", "0"))
    return data


_KINDS: Final[Mapping[str, Callable[[Options], dict[str, Any]]]] = {
    "null": _kept(),
    "vc": _kept(),
    "pty": _kept(),
    "file": _kept("append", out="path"),
    "serial": _kept(device="path"),
    "parallel": _kept(device="path"),
    "pipe": _kept(device="path"),
    "socket": _socket,
    "udp": _udp,
    "spicevmc": _kept(type="name"),
    "spiceport": _kept(fqdn="name"),
    "qemu-vdagent": _kept("clipboard", "mouse"),
    "dbus": _kept("name"),
}
