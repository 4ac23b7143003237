# SPDX-License-Identifier: Apache-2.0
"""Which daemon's socket a local URI means, in the order in which they are tried.

manord's own socket comes first where the URI leaves the choice to us; then libvirt's, the modular daemons' or the
single one's as the parameter `mode` says, with libvirt's own order where it says nothing.
"""

from __future__ import annotations

import os

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.uri import ConnectURI

_error = reporter(ErrorDomain.REMOTE)

SYSTEM_RUNTIME = "/run"

MODULAR: dict[str, str] = {
    "bhyve": "virtbhyved",
    "ch": "virtchd",
    "interface": "virtinterfaced",
    "lxc": "virtlxcd",
    "network": "virtnetworkd",
    "nodedev": "virtnodedevd",
    "nwfilter": "virtnwfilterd",
    "qemu": "virtqemud",
    "secret": "virtsecretd",
    "storage": "virtstoraged",
    "vbox": "virtvboxd",
    "vz": "virtvzd",
    "xen": "virtxend",
}
"""The modular daemon of each driver."""

MODES = ("auto", "direct", "legacy")


def is_session(uri: ConnectURI) -> bool:
    """Whether the user's own daemon is meant and not the host's."""
    return uri.path.startswith("/session")


def runtime_folder(*, session: bool) -> str:
    """Where daemons have folders with their sockets."""
    if not session:
        return SYSTEM_RUNTIME
    chosen = os.environ.get("XDG_RUNTIME_DIR")
    if chosen:
        return chosen
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")


def candidates(uri: ConnectURI, *, readonly: bool) -> list[str]:
    """The sockets a URI may mean, the best first.

    Raises VIR_ERR_INVALID_ARG for a mode that does not exist, VIR_ERR_CONFIG_UNSUPPORTED for a driver without a daemon
    of its own where one is insisted on.
    """
    parameters = uri.parameters
    if "socket" in parameters:
        return [parameters["socket"]]
    mode = parameters.get("mode", "auto")
    if mode not in MODES:
        raise _error(
            ErrorNumber.INVALID_ARG, f"remote_open: unknown mode '{mode}' in URI (should be direct|legacy|auto)"
        )
    session = is_session(uri)
    folder = runtime_folder(session=session)
    # A session daemon belongs to one user, so it has no socket for those who may only look.
    suffix = "-ro" if readonly and not session else ""
    legacy = f"{folder}/libvirt/libvirt-sock{suffix}"
    daemon = MODULAR.get(uri.driver)
    if mode == "legacy":
        return [legacy]
    if mode == "direct":
        if daemon is None:
            raise _error(ErrorNumber.INVALID_ARG, f"Cannot use direct socket mode for the driver '{uri.driver}'")
        return [f"{folder}/libvirt/{daemon}-sock{suffix}"]
    found = [f"{folder}/libvirt/{daemon}-sock{suffix}"] if daemon else []
    found.append(legacy)
    ours = f"{folder}/manor/manor-sock{suffix}"
    return [ours, *found] if uri.transport is None else [*found, ours]


def choose(uri: ConnectURI, *, readonly: bool) -> str:
    """The first candidate that is there; where none is, the one whose absence libvirt reports."""
    sockets = candidates(uri, readonly=readonly)
    for path in sockets:
        if os.path.exists(path):
            return path
    libvirts = [path for path in sockets if not os.path.dirname(path).endswith("/manor")]
    return libvirts[-1] if libvirts else sockets[0]


def wanted_name(uri: ConnectURI) -> str | None:
    """What the daemon is asked to open; None, its own default, for the URI that stands for no URI at all."""
    if uri.driver == "remote" and uri == (uri.driver, None, None, None, None, uri.path, None, None):
        return None
    return uri.daemon_uri()
