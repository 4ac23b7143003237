# SPDX-License-Identifier: Apache-2.0
"""Which connection is meant: the default where a program names none, and the aliases of libvirt.conf."""

from __future__ import annotations

import os
from typing import TypeVar

from manor.client.conf_file import ConfValue, parse_conf
from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.CONF)

_T = TypeVar("_T", str, list[str])


def resolve(uri: str | None, *, aliases: bool = True) -> str:
    """The URI to open for what a program asked for.

    Nothing given: LIBVIRT_DEFAULT_URI, else `uri_default` of libvirt.conf, else the local daemon, which then chooses
    its hypervisor. A name that `uri_aliases` lists, wherever it is from: its URI. Raises VIR_ERR_CONF_SYNTAX for a
    broken file.
    """
    if not uri:
        uri = os.environ.get("LIBVIRT_DEFAULT_URI") or _setting("uri_default", str)
        if not uri:
            return "remote:///system" if os.geteuid() == 0 else "remote:///session"
    # What has a scheme is a URI already: most opens need not read the file.
    if not aliases or ":" in uri:
        return uri
    return _aliases().get(uri, uri)


def client_conf_path() -> str:
    """libvirt.conf: the host's for root, the user's own for everybody else."""
    if os.geteuid() == 0:
        return "/etc/libvirt/libvirt.conf"
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(base, "libvirt", "libvirt.conf")


def _load() -> dict[str, ConfValue]:
    path = client_conf_path()
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _error.system(error.errno or 0, f"Failed to open file '{path}'") from error
    return parse_conf(text, path)


def _setting(name: str, kind: type[_T]) -> _T | None:
    value = _load().get(name)
    if value is None or isinstance(value, kind):
        return value
    raise _error(ErrorNumber.CONF_SYNTAX, f"{client_conf_path()}: expected a {kind.__name__} for '{name}' parameter")


def _aliases() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in _setting("uri_aliases", list) or []:
        name, equals, uri = entry.partition("=")
        if not equals or not name.replace("-", "").replace("_", "").isalnum():
            raise _error(
                ErrorNumber.CONF_SYNTAX,
                f"Malformed 'uri_aliases' config entry '{entry}', expected 'alias=uri://host/path'",
            )
        found[name] = uri
    return found
