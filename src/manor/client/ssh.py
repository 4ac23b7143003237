# SPDX-License-Identifier: Apache-2.0
"""The command that reaches a daemon over SSH: the system's ssh here, and what it runs at the other end.

There, as the parameter `proxy` says: a helper of ours or of libvirt's (`native`), which knows the daemon's socket,
netcat (`netcat`), or the first of them that exists (`auto`). The remote side is a shell by the nature of SSH;
everything that goes into its script is quoted.
"""

from __future__ import annotations

import shlex

from manor.client import sockets
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.REMOTE)

PROXIES = ("auto", "netcat", "native")


def command(uri: ConnectURI, *, readonly: bool) -> list[str]:
    """The arguments of the system's ssh for a URI. Raises VIR_ERR_INVALID_ARG for an unknown `proxy`."""
    parameters = uri.parameters
    argv = [parameters.get("command", "ssh")]
    if uri.port is not None:
        argv += ["-p", str(uri.port)]
    if uri.user is not None:
        argv += ["-l", uri.user]
    if "keyfile" in parameters:
        argv += ["-i", parameters["keyfile"]]
    if _is_on(parameters.get("no_tty")):
        argv += ["-T", "-o", "BatchMode=yes"]
    if _is_on(parameters.get("no_verify")):
        argv += ["-o", "StrictHostKeyChecking=no"]
    argv += ["-e", "none", "--", uri.host or "localhost"]
    return [*argv, shlex.join(["sh", "-c", remote_script(uri, readonly=readonly)])]


def _is_on(value: str | None) -> bool:
    return value is not None and value.isdigit() and int(value) != 0


def remote_script(uri: ConnectURI, *, readonly: bool) -> str:
    """What the shell at the other end runs."""
    parameters = uri.parameters
    proxy = parameters.get("proxy") or ("netcat" if "netcat" in parameters else "auto")
    if proxy not in PROXIES:
        raise _error(ErrorNumber.INVALID_ARG, f"Unsupported 'proxy' value '{proxy}', expected auto, netcat or native")
    attempts = []
    if proxy != "netcat":
        switch = ["-r"] if readonly else []
        attempts.append(_if_there(["manor-ssh-helper", *switch, _helper_uri(uri)]))
        # libvirt's helper finds the socket by itself and cannot be told another.
        if "socket" not in parameters:
            attempts.append(_if_there(["virt-ssh-helper", *switch, uri.daemon_uri()]))
    if proxy == "native":
        attempts.append("echo 'neither manor-ssh-helper nor virt-ssh-helper is installed here' >&2; exit 127")
    else:
        attempts.append(_netcat(uri, readonly=readonly))
    return "; ".join(attempts)


def _if_there(argv: list[str]) -> str:
    return f"if command -v {argv[0]} >/dev/null 2>&1; then exec {shlex.join(argv)}; fi"


def _helper_uri(uri: ConnectURI) -> str:
    """The URI as it is meant at the other end, with what says which socket."""
    kept = {name: value for name, value in uri.parameters.items() if name in ("socket", "mode")}
    query = "&".join(f"{name}={value}" for name, value in kept.items())
    return str(ConnectURI(uri.driver, path=uri.path, query=query or None))


def _netcat(uri: ConnectURI, *, readonly: bool) -> str:
    """netcat, told to end with its input where it does not do so by itself."""
    program = shlex.quote(uri.parameters.get("netcat", "nc"))
    return (
        f"if {program} -h 2>&1 | grep -q -e '-q '; then exec {program} -q 0 -U {_socket(uri, readonly=readonly)}; "
        f"else exec {program} -U {_socket(uri, readonly=readonly)}; fi"
    )


def _socket(uri: ConnectURI, *, readonly: bool) -> str:
    """The daemon's socket at the other end, as a word of its shell."""
    given = uri.parameters.get("socket")
    if given is not None:
        return shlex.quote(given)
    if sockets.is_session(uri):
        return '"${XDG_RUNTIME_DIR:-$HOME/.cache}/libvirt/libvirt-sock"'
    daemon = sockets.MODULAR.get(uri.driver) if uri.parameters.get("mode") == "direct" else None
    name = f"{daemon}-sock" if daemon else "libvirt-sock"
    return shlex.quote(f"{sockets.SYSTEM_RUNTIME}/libvirt/{name}{'-ro' if readonly else ''}")
