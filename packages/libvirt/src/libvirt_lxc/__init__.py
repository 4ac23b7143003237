# SPDX-License-Identifier: Apache-2.0
"""libvirt's Python module for what only LXC has: entering a container."""

from __future__ import annotations

from libvirt import virDomain
from libvirt._api import api
from libvirt_lxc._cgroups import enter_cgroups_of


@api("virDomainLxcOpenNamespace")
def lxcOpenNamespace(domain: virDomain, flags: int) -> list[int]:
    """Descriptors of the container's namespaces, for setns(2); the caller closes them."""
    return list(domain._call("domain_open_namespace", domain._o, flags))


@api("virDomainLxcEnterCGroup")
def lxcEnterCGroup(domain: virDomain, flags: int) -> int:
    """Move the calling process into the container's control groups."""
    enter_cgroups_of(domain.ID())
    return 0
