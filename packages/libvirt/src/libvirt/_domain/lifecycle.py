# SPDX-License-Identifier: Apache-2.0
"""virDomain: identity, description, starting and stopping."""

from __future__ import annotations

import operator

from libvirt._api import Int32, UInt32, api
from libvirt._domain.base import DomainBase
from libvirt._errors import failed


class DomainLifecycle(DomainBase):
    """Identity, description, starting and stopping."""

    def ID(self) -> int:
        """The id the domain had when this object last learnt of it, -1 while it does not run."""
        return self._o.id

    @api("virDomainGetOSType")
    def OSType(self) -> str:
        """What kind of guest it is: "hvm", "exe" ..."""
        kind: str = self._get("domain_get_os_type")
        return kind

    @api("virDomainGetXMLDesc")
    def XMLDesc(self, flags: UInt32 = 0) -> str:
        """The domain as XML; VIR_DOMAIN_XML_* say which one."""
        description: str = self._get("domain_get_xml_desc", flags)
        return description

    @api("virDomainIsActive")
    def isActive(self) -> int:
        """1 while the domain runs."""
        return int(self._get("domain_is_active"))

    @api("virDomainIsPersistent")
    def isPersistent(self) -> int:
        """1 where a definition stays after the domain stops."""
        return int(self._get("domain_is_persistent"))

    @api("virDomainIsUpdated")
    def isUpdated(self) -> int:
        """1 where the definition was changed since the domain started."""
        return int(self._get("domain_is_updated"))

    @api("virDomainCreate")
    def create(self) -> int:
        """Start a defined domain."""
        self._get("domain_create")
        # The answer says nothing of the id; the C library asks for it as well.
        self._has_id(self._call("domain_lookup_by_uuid", self._o.uuid).id)
        return 0

    @api("virDomainCreateWithFlags")
    def createWithFlags(self, flags: UInt32 = 0) -> int:
        """Start a defined domain in a way that VIR_DOMAIN_START_* say."""
        self._has_id(self._get("domain_create_with_flags", flags).id)
        return 0

    @api("virDomainCreateWithFiles")
    def createWithFiles(self, files: list[int], flags: UInt32 = 0) -> int:
        """The same, passing open file descriptors to the guest's init."""
        self._has_id(self._get("domain_create_with_files", flags, files).id)
        return 0

    @api("virDomainDestroy")
    def destroy(self) -> int:
        """Stop the domain at once, as pulling the plug would."""
        self._do("domain_destroy")
        self._has_id(-1)
        return 0

    @api("virDomainDestroyFlags")
    def destroyFlags(self, flags: UInt32 = 0) -> int:
        """The same, with VIR_DOMAIN_DESTROY_GRACEFUL not by force."""
        self._do("domain_destroy_flags", flags)
        self._has_id(-1)
        return 0

    @api("virDomainShutdown")
    def shutdown(self) -> int:
        """Ask the guest to shut down; it need not obey."""
        self._do("domain_shutdown")
        self._learn_id()
        return 0

    @api("virDomainShutdownFlags")
    def shutdownFlags(self, flags: UInt32 = 0) -> int:
        """The same, in one of the VIR_DOMAIN_SHUTDOWN_* ways."""
        self._do("domain_shutdown_flags", flags)
        self._learn_id()
        return 0

    @api("virDomainReboot")
    def reboot(self, flags: UInt32 = 0) -> int:
        """Ask the guest to reboot."""
        return self._do("domain_reboot", flags)

    @api("virDomainReset")
    def reset(self, flags: UInt32 = 0) -> int:
        """Reset the machine, as its reset button would."""
        return self._do("domain_reset", flags)

    @api("virDomainSuspend")
    def suspend(self) -> int:
        """Stop the virtual CPUs; memory stays."""
        return self._do("domain_suspend")

    @api("virDomainResume")
    def resume(self) -> int:
        """Let the virtual CPUs run again."""
        return self._do("domain_resume")

    @api("virDomainPMSuspendForDuration")
    def pMSuspendForDuration(self, target: UInt32, duration: int, flags: UInt32 = 0) -> int:
        """Have the guest suspend itself (VIR_NODE_SUSPEND_TARGET_*), for seconds or with 0 until woken."""
        return self._do("domain_pm_suspend_for_duration", target, duration, flags)

    @api("virDomainPMWakeup")
    def pMWakeup(self, flags: UInt32 = 0) -> int:
        """Wake a guest that suspended itself."""
        return self._do("domain_pm_wakeup", flags)

    @api("virDomainUndefine")
    def undefine(self) -> int:
        """Forget the definition; a running domain goes on without one."""
        return self._do("domain_undefine")

    @api("virDomainUndefineFlags")
    def undefineFlags(self, flags: UInt32 = 0) -> int:
        """The same, with what belongs to the definition and VIR_DOMAIN_UNDEFINE_* name."""
        return self._do("domain_undefine_flags", flags)

    @api("virDomainRename")
    def rename(self, new_name: str | None, flags: UInt32 = 0) -> int:
        """Give a stopped domain another name."""
        self._get("domain_rename", new_name, flags)
        if new_name is not None and not self._in_process:
            self._o = self._o._replace(name=new_name)
        return 0

    @api("virDomainGetAutostart")
    def autostart(self) -> int:
        """1 where the domain starts with the daemon."""
        return int(self._get("domain_get_autostart"))

    @api("virDomainSetAutostart")
    def setAutostart(self, autostart: Int32) -> int:
        """Say whether the domain starts with the daemon."""
        return self._do("domain_set_autostart", autostart)

    @api("virDomainGetAutostartOnce")
    def autostartOnce(self) -> int:
        """1 where the domain starts with the daemon the next time only."""
        return int(self._get("domain_get_autostart_once"))

    @api("virDomainSetAutostartOnce")
    def setAutostartOnce(self, autostart: Int32) -> int:
        """Say whether the domain starts with the daemon the next time only."""
        return self._do("domain_set_autostart_once", autostart)

    @api("virDomainSetLifecycleAction")
    def setLifecycleAction(self, type: UInt32, action: UInt32, flags: UInt32 = 0) -> int:
        """What to do (VIR_DOMAIN_LIFECYCLE_ACTION_*) when the guest powers off, reboots or crashes."""
        return self._do("domain_set_lifecycle_action", type, action, flags)

    @api("virDomainGetMetadata")
    def metadata(self, type: Int32, uri: str | None, flags: UInt32 = 0) -> str:
        """The title, the description, or the metadata element of a namespace."""
        text: str = self._get("domain_get_metadata", type, uri, flags)
        return text

    @api("virDomainSetMetadata")
    def setMetadata(
        self, type: Int32, metadata: str | None, key: str | None, uri: str | None, flags: UInt32 = 0
    ) -> int:
        """Set the title, the description, or the metadata element of a namespace; None removes it."""
        return self._do("domain_set_metadata", type, metadata, key, uri, flags)

    @api("virDomainInjectNMI")
    def injectNMI(self, flags: UInt32 = 0) -> int:
        """Send the guest a non-maskable interrupt."""
        return self._do("domain_inject_nmi", flags)

    @api("virDomainSendKey")
    def sendKey(
        self, codeset: UInt32, holdtime: UInt32, keycodes: list[int], nkeycodes: Int32, flags: UInt32 = 0
    ) -> int:
        """Press keys together (codes of a VIR_KEYCODE_SET_*) and hold them for milliseconds."""
        if not isinstance(keycodes, list) or len(keycodes) != nkeycodes:
            raise failed("virDomainSendKey")
        return self._do("domain_send_key", codeset, holdtime, [operator.index(code) for code in keycodes], flags)

    @api("virDomainSendProcessSignal")
    def sendProcessSignal(self, pid_value: int, signum: UInt32, flags: UInt32 = 0) -> int:
        """Send a VIR_DOMAIN_PROCESS_SIGNAL_* to a process of the guest."""
        return self._do("domain_send_process_signal", pid_value, signum, flags)
