# SPDX-License-Identifier: Apache-2.0
"""What VLANs, virtual ports and bandwidth limits must fulfil, wherever they stand. Pure functions."""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.schema.common.network import Bandwidth, VirtualPort, Vlan

_error = reporter(ErrorDomain.NONE)
_network = reporter(ErrorDomain.NET)

_HIGHEST_VLAN = 4095
_HIGHEST_MANAGER = 0xFF
_HIGHEST_TYPE = 0xFFFFFF
_LONGEST_PROFILE = 39

_PARAMETERS = {
    "802.1Qbg": ("managerid", "typeid", "typeidversion", "instanceid"),
    "802.1Qbh": ("profileid",),
    "openvswitch": ("interfaceid", "profileid"),
    "midonet": ("interfaceid",),
}
"""Which parameters a type of port takes."""


def check_vlan(vlan: Vlan) -> None:
    """Refuse VLANs no switch has."""
    if not vlan.tags:
        raise _error(
            ErrorNumber.XML_ERROR, "missing tag id - each <vlan> must have at least one <tag id='n'/> subelement"
        )
    native = [tag for tag in vlan.tags if tag.native_mode is not None]
    for tag in vlan.tags:
        if tag.id > _HIGHEST_VLAN:
            raise _error(ErrorNumber.XML_ERROR, f"vlan tag id {tag.id} too large (maximum {_HIGHEST_VLAN})")
    if len(native) > 1:
        raise _error(ErrorNumber.XML_ERROR, "duplicate native vlan setting")
    if vlan.trunk is False and len(vlan.tags) > 1:
        text = "invalid \"trunk='no'\" in <vlan> - trunk='yes' is required for more than one vlan tag"
        raise _error(ErrorNumber.XML_ERROR, text)
    if vlan.trunk is False and native:
        text = "invalid configuration in <vlan> - \"trunk='no'\" is not allowed with a native vlan id"
        raise _error(ErrorNumber.XML_ERROR, text)


def complete_vlan(vlan: Vlan) -> None:
    """Several tags, and a native one, make a trunk."""
    trunk = vlan.trunk or len(vlan.tags) > 1 or any(tag.native_mode for tag in vlan.tags)
    vlan.trunk = True if trunk else None


def check_virtual_port(port: VirtualPort, *, type_required: bool = True) -> None:
    """Refuse parameters that are out of range, or that a port of this type does not have."""
    given = port.parameters
    if port.type is None and type_required:
        raise _error(ErrorNumber.XML_ERROR, "missing required virtualport type")
    if given is None:
        return
    for name, highest in (
        ("managerid", _HIGHEST_MANAGER),
        ("typeid", _HIGHEST_TYPE),
        ("typeidversion", _HIGHEST_MANAGER),
    ):
        if (getattr(given, name) or 0) > highest:
            raise _error(ErrorNumber.XML_ERROR, f"value of {name} out of range")
    if given.profileid is not None and len(given.profileid) > _LONGEST_PROFILE:
        raise _error(ErrorNumber.INTERNAL_ERROR, "profileid parameter too long")
    if port.type is None:
        return
    taken = _PARAMETERS[port.type]
    for field in given.__schema__.fields:
        if getattr(given, field.name) is not None and field.name not in taken:
            text = f"extra {field.name} unsupported in <virtualport type='{port.type}'>"
            raise _network(ErrorNumber.XML_ERROR, text)


def check_bandwidth(bandwidth: Bandwidth, *, floor_allowed: bool) -> None:
    """Refuse limits that do not go together; only a guest's own interface has a `floor`."""
    if bandwidth.class_id is not None:
        raise _error(ErrorNumber.XML_DETAIL, "classID attribute not supported on <bandwidth> in this usage context")
    for limit in (bandwidth.inbound, bandwidth.outbound):
        if limit is None:
            continue
        if limit.floor is not None and limit is bandwidth.outbound:
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, "'floor' attribute allowed only in <inbound> element")
        if limit.average is None and limit.floor is None:
            raise _error(ErrorNumber.XML_DETAIL, "Missing mandatory average or floor attributes")
        if limit.average is None and (limit.peak or limit.burst):
            raise _error(ErrorNumber.XML_DETAIL, "'peak' and 'burst' require 'average' attribute")
        if limit.floor is not None and not floor_allowed:
            raise _error(ErrorNumber.CONFIG_UNSUPPORTED, "floor attribute is not supported for this config")


def complete_bandwidth(bandwidth: Bandwidth) -> Bandwidth | None:
    """What is left of it: nothing when no direction is named; a limit of zero is none."""
    if bandwidth.inbound is None and bandwidth.outbound is None:
        return None
    for limit in (bandwidth.inbound, bandwidth.outbound):
        if limit is not None:
            limit.peak, limit.floor, limit.burst = limit.peak or None, limit.floor or None, limit.burst or None
    if bandwidth.inbound is not None and not bandwidth.inbound.average and not bandwidth.inbound.floor:
        bandwidth.inbound = None
    if bandwidth.outbound is not None and not bandwidth.outbound.average:
        bandwidth.outbound = None
    return bandwidth
