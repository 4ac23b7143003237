# SPDX-License-Identifier: Apache-2.0
"""virConnect: finding, making and restoring domains."""

from __future__ import annotations

from libvirt._api import Int32, RawUUID, UInt32, api
from libvirt._connect.base import ConnectBase
from libvirt._domain import virDomain
from libvirt._domain.state import SAVE_KINDS
from libvirt._errors import failed
from libvirt._values import GivenParams, Params, absolute, params_dict, parse_uuid, typed_params
from manor.errors import ErrorDomain, ErrorNumber, reporter
from manor.records import DomainRef, DomainStatsRecord

_error = reporter(ErrorDomain.DOMAIN)

DomainStats = list[tuple[virDomain, Params]]


class DomainConnect(ConnectBase):
    """Domains of this connection."""

    @api("virConnectNumOfDomains")
    def numOfDomains(self) -> int:
        """How many domains run."""
        return int(self._call("connect_num_of_domains"))

    @api("virConnectNumOfDefinedDomains")
    def numOfDefinedDomains(self) -> int:
        """How many defined domains do not run."""
        return int(self._call("connect_num_of_defined_domains"))

    @api("virConnectListDomains")
    def listDomainsID(self) -> list[int]:
        """The ids of the domains that run."""
        return self._list("connect_num_of_domains", "connect_list_domains")

    @api("virConnectListDefinedDomains")
    def listDefinedDomains(self) -> list[str]:
        """The names of the defined domains that do not run."""
        return self._list("connect_num_of_defined_domains", "connect_list_defined_domains")

    @api("virConnectListAllDomains")
    def listAllDomains(self, flags: UInt32 = 0) -> list[virDomain]:
        """The domains that VIR_CONNECT_LIST_DOMAINS_* name."""
        return [virDomain(self, reference) for reference in self._call("connect_list_all_domains", flags)]

    @api("virDomainLookupByID")
    def lookupByID(self, id: Int32) -> virDomain:
        """The domain that runs under an id."""
        if id < 0:
            function = "virDomainLookupByID"
            raise _error.argument(f"id in {function} must be zero or greater", function, "id")
        return virDomain(self, self._call("domain_lookup_by_id", id))

    @api("virDomainLookupByName")
    def lookupByName(self, name: str) -> virDomain:
        """The domain of a name."""
        return virDomain(self, self._call("domain_lookup_by_name", name))

    @api("virDomainLookupByUUID")
    def lookupByUUID(self, uuid: RawUUID) -> virDomain:
        """The domain of a UUID given as 16 bytes."""
        return virDomain(self, self._call("domain_lookup_by_uuid", uuid))

    @api("virDomainLookupByUUIDString")
    def lookupByUUIDString(self, uuidstr: str) -> virDomain:
        """The domain of a UUID given as text."""
        uuid = parse_uuid(uuidstr, "virDomainLookupByUUIDString")
        return virDomain(self, self._call("domain_lookup_by_uuid", uuid))

    @api("virDomainCreateXML")
    def createXML(self, xmlDesc: str, flags: UInt32 = 0) -> virDomain:
        """Start a domain that is not defined (VIR_DOMAIN_START_*)."""
        return virDomain(self, self._call("domain_create_xml", xmlDesc, flags))

    @api("virDomainCreateLinux")
    def createLinux(self, xmlDesc: str, flags: UInt32 = 0) -> virDomain:
        """An old name of createXML."""
        return virDomain(self, self._call("domain_create_xml", xmlDesc, flags))

    @api("virDomainCreateXMLWithFiles")
    def createXMLWithFiles(self, xmlDesc: str, files: list[int], flags: UInt32 = 0) -> virDomain:
        """The same, passing open file descriptors to the guest's init."""
        return virDomain(self, self._call("domain_create_xml_with_files", xmlDesc, flags, files))

    @api("virDomainDefineXML")
    def defineXML(self, xml: str) -> virDomain:
        """Define a domain, or define it anew."""
        return virDomain(self, self._call("domain_define_xml", xml))

    @api("virDomainDefineXMLFlags")
    def defineXMLFlags(self, xml: str, flags: UInt32 = 0) -> virDomain:
        """The same; VIR_DOMAIN_DEFINE_VALIDATE refuses what the schema does not know."""
        return virDomain(self, self._call("domain_define_xml_flags", xml, flags))

    @api("virDomainRestore")
    def restore(self, frm: str) -> int:
        """Go on from a saved state."""
        return self._do("domain_restore", absolute(frm))

    @api("virDomainRestoreFlags")
    def restoreFlags(self, frm: str, dxml: str | None = None, flags: UInt32 = 0) -> int:
        """The same, with other XML and VIR_DOMAIN_SAVE_*."""
        return self._do("domain_restore_flags", absolute(frm), dxml, flags)

    @api("virDomainRestoreParams")
    def restoreParams(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """The same, with VIR_DOMAIN_SAVE_PARAM_*."""
        return self._do("domain_restore_params", typed_params(params, SAVE_KINDS), flags)

    @api("virDomainSaveImageGetXMLDesc")
    def saveImageGetXMLDesc(self, file: str, flags: UInt32 = 0) -> str:
        """The XML kept with a saved state."""
        description: str = self._call("domain_save_image_get_xml_desc", absolute(file), flags)
        return description

    @api("virDomainSaveImageDefineXML")
    def saveImageDefineXML(self, file: str, dxml: str, flags: UInt32 = 0) -> int:
        """Change the XML kept with a saved state."""
        return self._do("domain_save_image_define_xml", absolute(file), dxml, flags)

    @api("virConnectDomainXMLFromNative")
    def domainXMLFromNative(self, nativeFormat: str, nativeConfig: str, flags: UInt32 = 0) -> str:
        """Domain XML from a hypervisor's own configuration."""
        description: str = self._call("connect_domain_xml_from_native", nativeFormat, nativeConfig, flags)
        return description

    @api("virConnectDomainXMLToNative")
    def domainXMLToNative(self, nativeFormat: str, domainXml: str, flags: UInt32 = 0) -> str:
        """A hypervisor's own configuration from domain XML."""
        config: str = self._call("connect_domain_xml_to_native", nativeFormat, domainXml, flags)
        return config

    def _stats(self, doms: list[DomainRef], stats: int, flags: int) -> DomainStats:
        records: list[DomainStatsRecord] = self._call("connect_get_all_domain_stats", doms, stats, flags)
        return [(virDomain(self, record.dom), params_dict(record.params)) for record in records]

    @api("virConnectGetAllDomainStats")
    def getAllDomainStats(self, stats: UInt32 = 0, flags: UInt32 = 0) -> DomainStats:
        """The figures that VIR_DOMAIN_STATS_* name, of all domains."""
        return self._stats([], stats, flags)

    @api("virDomainListGetStats")
    def domainListGetStats(self, doms: list[virDomain], stats: UInt32 = 0, flags: UInt32 = 0) -> DomainStats:
        """The same, of some domains."""
        chosen = [dom._o for dom in doms if isinstance(dom, virDomain)]
        if len(chosen) < len(doms):
            raise failed("virDomainListGetStats")
        if not chosen:
            text = "doms array in virDomainListGetStats must contain at least one domain"
            raise _error(ErrorNumber.INVALID_ARG, text)
        return self._stats(chosen, stats, flags)
