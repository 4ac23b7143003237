# SPDX-License-Identifier: Apache-2.0
"""virDomain: saving, dumping, jobs, backups."""

from __future__ import annotations

from libvirt._api import UInt32, api
from libvirt._domain.base import DomainBase
from libvirt._values import GivenParams, Params, absolute, params_dict, plain_list, typed_params
from manor.constants import DomainSaveField
from manor.constants import TypedParameterType as Kind

SAVE_KINDS = {
    str(field): Kind.INT if field is DomainSaveField.PARALLEL_CHANNELS else Kind.STRING for field in DomainSaveField
}


class DomainState(DomainBase):
    """Saving, dumping, jobs, backups."""

    @api("virDomainSave")
    def save(self, to: str) -> int:
        """Stop the domain and keep its memory in a file; virConnect.restore goes on from there."""
        self._do("domain_save", absolute(to))
        self._has_id(-1)
        return 0

    @api("virDomainSaveFlags")
    def saveFlags(self, to: str, dxml: str | None = None, flags: UInt32 = 0) -> int:
        """The same, with other XML for the restored domain and VIR_DOMAIN_SAVE_*."""
        self._do("domain_save_flags", absolute(to), dxml, flags)
        self._has_id(-1)
        return 0

    @api("virDomainSaveParams")
    def saveParams(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """The same, with VIR_DOMAIN_SAVE_PARAM_*."""
        self._do("domain_save_params", typed_params(params, SAVE_KINDS), flags)
        self._has_id(-1)
        return 0

    @api("virDomainManagedSave")
    def managedSave(self, flags: UInt32 = 0) -> int:
        """The same, in a file that libvirt keeps and that the next start goes on from."""
        self._do("domain_managed_save", flags)
        self._has_id(-1)
        return 0

    @api("virDomainHasManagedSaveImage")
    def hasManagedSaveImage(self, flags: UInt32 = 0) -> int:
        """1 where the next start goes on from a saved state."""
        return int(self._get("domain_has_managed_save_image", flags))

    @api("virDomainManagedSaveRemove")
    def managedSaveRemove(self, flags: UInt32 = 0) -> int:
        """Throw the saved state away."""
        return self._do("domain_managed_save_remove", flags)

    @api("virDomainManagedSaveGetXMLDesc")
    def managedSaveGetXMLDesc(self, flags: UInt32 = 0) -> str:
        """The XML kept with the saved state."""
        description: str = self._get("domain_managed_save_get_xml_desc", flags)
        return description

    @api("virDomainManagedSaveDefineXML")
    def managedSaveDefineXML(self, dxml: str | None, flags: UInt32 = 0) -> int:
        """Change the XML kept with the saved state."""
        return self._do("domain_managed_save_define_xml", dxml, flags)

    @api("virDomainCoreDump")
    def coreDump(self, to: str, flags: UInt32 = 0) -> int:
        """Write the guest's memory to a file (VIR_DUMP_*)."""
        self._do("domain_core_dump", absolute(to), flags)
        self._learn_id()
        return 0

    @api("virDomainCoreDumpWithFormat")
    def coreDumpWithFormat(self, to: str, dumpformat: UInt32, flags: UInt32 = 0) -> int:
        """The same, in a VIR_DOMAIN_CORE_DUMP_FORMAT_*."""
        self._do("domain_core_dump_with_format", absolute(to), dumpformat, flags)
        self._learn_id()
        return 0

    @api("virDomainGetJobInfo")
    def jobInfo(self) -> list[int]:
        """Type, times in ms, and progress in bytes of the job under way."""
        return plain_list(self._get("domain_get_job_info"))

    @api("virDomainGetJobStats")
    def jobStats(self, flags: UInt32 = 0) -> Params:
        """All figures of the job under way, by VIR_DOMAIN_JOB_* name, and its "type"."""
        stats = self._get("domain_get_job_stats", flags)
        return {"type": int(stats.type), **params_dict(stats.params)}

    @api("virDomainAbortJob")
    def abortJob(self) -> int:
        """Cancel the job under way."""
        return self._do("domain_abort_job")

    @api("virDomainAbortJobFlags")
    def abortJobFlags(self, flags: UInt32 = 0) -> int:
        """The same, with VIR_DOMAIN_ABORT_JOB_*."""
        return self._do("domain_abort_job_flags", flags)

    @api("virDomainBackupBegin")
    def backupBegin(self, backupXML: str, checkpointXML: str | None, flags: UInt32 = 0) -> int:
        """Start a backup, and with it a checkpoint for the next one."""
        return self._do("domain_backup_begin", backupXML, checkpointXML, flags)

    @api("virDomainBackupGetXMLDesc")
    def backupGetXMLDesc(self, flags: UInt32 = 0) -> str:
        """The backup under way as XML."""
        description: str = self._get("domain_backup_get_xml_desc", flags)
        return description
