# SPDX-License-Identifier: Apache-2.0
"""The filter binding document: which network filter guards a device of the host, and for which guest."""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter
from manor.schema.common.network import FilterReference
from manor.schema.core import Element, attr, one
from manor.schema.network_port import Owner, PortMac


class PortDevice(Element, tag="portdev"):
    """The device that is filtered."""

    name: str | None = attr()


class LinkDevice(Element, tag="linkdev"):
    """The device of the host that the filtered one is on."""

    name: str | None = attr()


class FilterBinding(Element, tag="filterbinding", errors=ErrorDomain.NWFILTER):
    """A network filter bound to a device."""

    owner: Owner | None = one()
    portdev: PortDevice | None = one()
    linkdev: LinkDevice | None = one()
    mac: PortMac | None = one()
    filterref: FilterReference | None = one()


_error = reporter(ErrorDomain.NWFILTER)


def read(xml: str) -> FilterBinding:
    """The binding a document describes, checked. Raises ManorError."""
    binding = FilterBinding.parse(xml, source="(nwfilterbinding_definition)")
    check(binding)
    return binding


def _lacks(what: str) -> ManorError:
    return _error(ErrorNumber.INTERNAL_ERROR, f"filter binding has no {what}")


def check(binding: FilterBinding) -> None:
    """Refuse a binding that leaves out what every binding says. Raises ManorError."""
    if binding.portdev is None or not binding.portdev.name:
        raise _lacks("port dev name")
    if binding.owner is None or not binding.owner.name:
        raise _lacks("owner name")
    if binding.owner.uuid is None:
        raise _lacks("owner UUID")
    if binding.mac is None or binding.mac.address is None:
        raise _lacks("MAC address")
    if binding.filterref is None or not binding.filterref.filter:
        raise _lacks("filter reference")
    binding.filterref.parameters = [one for one in binding.filterref.parameters if one.name and one.value]
