# SPDX-License-Identifier: Apache-2.0
"""Which error domain libvirt's own library gives to the errors of a C API function.

The library reports some errors before any driver is asked: bad arguments, closed connections, what a read-only
connection may not do. Their domain follows from the family the function belongs to.
"""

from __future__ import annotations

from manor.errors import ErrorDomain

# What a name contains or starts with, the first match counts; everything else is about domains or the host, which
# libvirt does not tell apart here.
_FAMILIES: tuple[tuple[str, ErrorDomain], ...] = (
    ("Qemu", ErrorDomain.NONE),
    ("Lxc", ErrorDomain.NONE),
    ("virConnectOpen", ErrorDomain.NONE),
    ("virConnectClose", ErrorDomain.NONE),
    ("Snapshot", ErrorDomain.DOMAIN_SNAPSHOT),
    ("Checkpoint", ErrorDomain.DOMAIN_CHECKPOINT),
    ("virDomain", ErrorDomain.DOMAIN),
    ("NWFilter", ErrorDomain.NWFILTER),
    ("Network", ErrorDomain.NETWORK),
    ("StoragePool", ErrorDomain.STORAGE),
    ("StorageVol", ErrorDomain.STORAGE),
    ("NodeDevice", ErrorDomain.NODEDEV),
    ("virNodeNumOfDevices", ErrorDomain.NODEDEV),
    ("virNodeListDevices", ErrorDomain.NODEDEV),
    ("Interface", ErrorDomain.INTERFACE),
    ("Secret", ErrorDomain.SECRET),
    ("virStream", ErrorDomain.STREAMS),
)


def error_domain(function: str) -> ErrorDomain:
    """The domain of the library's own errors in a C function, such as "virNetworkCreate"."""
    return next((domain for mark, domain in _FAMILIES if mark in function), ErrorDomain.DOMAIN)
