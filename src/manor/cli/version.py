# SPDX-License-Identifier: Apache-2.0
"""The versions `manor` prints of itself."""

from __future__ import annotations

from manor import __version__

HOST_PACKAGES = ("lxml", "cryptography", "msgspec")
"""The Python packages that running guests takes, as `manor[host]` names them."""


def short_version() -> str:
    """The answer of `manor -v`."""
    return f"{__version__}\n"


def long_version() -> str:
    """The answer of `manor -V`: the version, and what was found to work with."""
    from importlib.util import find_spec

    host = "yes" if all(map(find_spec, HOST_PACKAGES)) else "no (pip install 'manor[host]')"
    ssh = "yes" if find_spec("asyncssh") else "no (pip install 'manor[ssh]')"
    return (
        f"manor {__version__}\n"
        "Commands, output and protocol of libvirt 9.0.0 to 12.8.0\n\n"
        f" Drivers in this process (test, qemu): {host}\n"
        " Connections to daemons: unix tcp tls ssh ext\n"
        f" libssh without an ssh program: {ssh}\n"
    )
