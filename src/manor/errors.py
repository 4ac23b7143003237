# SPDX-License-Identifier: Apache-2.0
"""The one exception of the project and libvirt's way of wording it.

Every failure that a caller may see is a `ManorError`: a code, the domain (part of the system) it comes from,
and the text libvirt would print. Modules raise it through a reporter of their own domain::

    _error = reporter(ErrorDomain.QEMU)
    raise _error(ErrorNumber.NO_DOMAIN, "no domain with matching name 'x'")

Here are codes, texts and the exception; where errors travel on the wire is manor.wire's business, and how a
program shows them is that program's.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from manor.constants import ErrorDomain, ErrorLevel, ErrorNumber

__all__ = [
    "ErrorDomain",
    "ErrorFields",
    "ErrorLevel",
    "ErrorNumber",
    "ManorError",
    "Reporter",
    "domain_title",
    "message_pattern",
    "reporter",
]

# What libvirt says of a code when nothing more is known. Most codes put a detail after a colon;
# the others are in _DETAILED. Observed on libvirt 9.0.0, the last four codes on later ones.
_TEXTS: dict[ErrorNumber, str] = {
    ErrorNumber.INTERNAL_ERROR: "internal error",
    ErrorNumber.NO_MEMORY: "out of memory",
    ErrorNumber.NO_SUPPORT: "this function is not supported by the connection driver",
    ErrorNumber.UNKNOWN_HOST: "unknown host",
    ErrorNumber.NO_CONNECT: "no connection driver available",
    ErrorNumber.INVALID_CONN: "invalid connection pointer in",
    ErrorNumber.INVALID_DOMAIN: "invalid domain pointer in",
    ErrorNumber.INVALID_ARG: "invalid argument",
    ErrorNumber.OPERATION_FAILED: "operation failed",
    ErrorNumber.GET_FAILED: "GET operation failed",
    ErrorNumber.POST_FAILED: "POST operation failed",
    ErrorNumber.HTTP_ERROR: "got unknown HTTP error code",
    ErrorNumber.SEXPR_SERIAL: "failed to serialize S-Expr",
    ErrorNumber.NO_XEN: "could not use Xen hypervisor entry",
    ErrorNumber.XEN_CALL: "failed Xen syscall",
    ErrorNumber.OS_TYPE: "unknown OS type",
    ErrorNumber.NO_KERNEL: "missing kernel information",
    ErrorNumber.NO_ROOT: "missing root device information",
    ErrorNumber.NO_SOURCE: "missing source information for device",
    ErrorNumber.NO_TARGET: "missing target information for device",
    ErrorNumber.NO_NAME: "missing name information",
    ErrorNumber.NO_OS: "missing operating system information",
    ErrorNumber.NO_DEVICE: "missing devices information",
    ErrorNumber.NO_XENSTORE: "could not connect to Xen Store",
    ErrorNumber.DRIVER_FULL: "too many drivers registered",
    ErrorNumber.CALL_FAILED: "library call failed",
    ErrorNumber.XML_ERROR: "XML description is invalid or not well formed",
    ErrorNumber.DOM_EXIST: "this domain exists already",
    ErrorNumber.OPERATION_DENIED: "operation forbidden for read only access",
    ErrorNumber.OPEN_FAILED: "failed to open configuration file",
    ErrorNumber.READ_FAILED: "failed to read configuration file",
    ErrorNumber.PARSE_FAILED: "failed to parse configuration file",
    ErrorNumber.CONF_SYNTAX: "configuration file syntax error",
    ErrorNumber.WRITE_FAILED: "failed to write configuration file",
    ErrorNumber.XML_DETAIL: "parser error",
    ErrorNumber.INVALID_NETWORK: "invalid network pointer in",
    ErrorNumber.NETWORK_EXIST: "this network exists already",
    ErrorNumber.SYSTEM_ERROR: "system call error",
    ErrorNumber.RPC: "RPC error",
    ErrorNumber.GNUTLS_ERROR: "GNUTLS call error",
    ErrorNumber.WAR_NO_NETWORK: "Failed to find the network",
    ErrorNumber.NO_DOMAIN: "Domain not found",
    ErrorNumber.NO_NETWORK: "Network not found",
    ErrorNumber.INVALID_MAC: "invalid MAC address",
    ErrorNumber.AUTH_FAILED: "authentication failed",
    ErrorNumber.INVALID_STORAGE_POOL: "invalid storage pool pointer in",
    ErrorNumber.INVALID_STORAGE_VOL: "invalid storage volume pointer in",
    ErrorNumber.WAR_NO_STORAGE: "Failed to find a storage driver",
    ErrorNumber.NO_STORAGE_POOL: "Storage pool not found",
    ErrorNumber.NO_STORAGE_VOL: "Storage volume not found",
    ErrorNumber.WAR_NO_NODE: "Failed to find a node driver",
    ErrorNumber.INVALID_NODE_DEVICE: "invalid node device pointer",
    ErrorNumber.NO_NODE_DEVICE: "Node device not found",
    ErrorNumber.NO_SECURITY_MODEL: "Security model not found",
    ErrorNumber.OPERATION_INVALID: "Requested operation is not valid",
    ErrorNumber.WAR_NO_INTERFACE: "Failed to find the interface",
    ErrorNumber.NO_INTERFACE: "Interface not found",
    ErrorNumber.INVALID_INTERFACE: "invalid interface pointer in",
    ErrorNumber.MULTIPLE_INTERFACES: "multiple matching interfaces found",
    ErrorNumber.WAR_NO_NWFILTER: "Failed to start the nwfilter driver",
    ErrorNumber.INVALID_NWFILTER: "Invalid network filter",
    ErrorNumber.NO_NWFILTER: "Network filter not found",
    ErrorNumber.BUILD_FIREWALL: "Error while building firewall",
    ErrorNumber.WAR_NO_SECRET: "Failed to find a secret storage driver",
    ErrorNumber.INVALID_SECRET: "Invalid secret",
    ErrorNumber.NO_SECRET: "Secret not found",
    ErrorNumber.CONFIG_UNSUPPORTED: "unsupported configuration",
    ErrorNumber.OPERATION_TIMEOUT: "Timed out during operation",
    ErrorNumber.MIGRATE_PERSIST_FAILED: "Failed to make domain persistent after migration",
    ErrorNumber.HOOK_SCRIPT_FAILED: "Hook script execution failed",
    ErrorNumber.INVALID_DOMAIN_SNAPSHOT: "Invalid domain snapshot",
    ErrorNumber.NO_DOMAIN_SNAPSHOT: "Domain snapshot not found",
    ErrorNumber.INVALID_STREAM: "invalid stream pointer",
    ErrorNumber.ARGUMENT_UNSUPPORTED: "argument unsupported",
    ErrorNumber.STORAGE_PROBE_FAILED: "Storage pool probe failed",
    ErrorNumber.STORAGE_POOL_BUILT: "Storage pool already built",
    ErrorNumber.SNAPSHOT_REVERT_RISKY: "revert requires force",
    ErrorNumber.OPERATION_ABORTED: "operation aborted",
    ErrorNumber.AUTH_CANCELLED: "authentication cancelled",
    ErrorNumber.NO_DOMAIN_METADATA: "metadata not found",
    ErrorNumber.MIGRATE_UNSAFE: "Unsafe migration",
    ErrorNumber.OVERFLOW: "numerical overflow",
    ErrorNumber.BLOCK_COPY_ACTIVE: "block copy still active",
    ErrorNumber.OPERATION_UNSUPPORTED: "Operation not supported",
    ErrorNumber.SSH: "SSH transport error",
    ErrorNumber.AGENT_UNRESPONSIVE: "Guest agent is not responding",
    ErrorNumber.RESOURCE_BUSY: "resource busy",
    ErrorNumber.ACCESS_DENIED: "access denied",
    ErrorNumber.DBUS_SERVICE: "error from service",
    ErrorNumber.STORAGE_VOL_EXIST: "this storage volume exists already",
    ErrorNumber.CPU_INCOMPATIBLE: "the CPU is incompatible with host CPU",
    ErrorNumber.XML_INVALID_SCHEMA: "XML document failed to validate against schema",
    ErrorNumber.MIGRATE_FINISH_OK: "migration successfully aborted",
    ErrorNumber.AUTH_UNAVAILABLE: "authentication unavailable",
    ErrorNumber.NO_SERVER: "Server not found",
    ErrorNumber.NO_CLIENT: "Client not found",
    ErrorNumber.AGENT_UNSYNCED: "guest agent replied with wrong id to guest-sync command",
    ErrorNumber.LIBSSH: "libssh transport error",
    ErrorNumber.DEVICE_MISSING: "device not found",
    ErrorNumber.INVALID_NWFILTER_BINDING: "Invalid network filter binding",
    ErrorNumber.NO_NWFILTER_BINDING: "Network filter binding not found",
    ErrorNumber.INVALID_DOMAIN_CHECKPOINT: "Invalid domain checkpoint",
    ErrorNumber.NO_DOMAIN_CHECKPOINT: "Domain checkpoint not found",
    ErrorNumber.NO_DOMAIN_BACKUP: "Domain backup job id not found",
    ErrorNumber.INVALID_NETWORK_PORT: "Invalid network port pointer",
    ErrorNumber.NETWORK_PORT_EXIST: "this network port exists already",
    ErrorNumber.NO_NETWORK_PORT: "network port not found",
    ErrorNumber.NO_HOSTNAME: "no hostname found",
    ErrorNumber.CHECKPOINT_INCONSISTENT: "checkpoint inconsistent",
    ErrorNumber.MULTIPLE_DOMAINS: "multiple matching domains found",
    ErrorNumber.NO_NETWORK_METADATA: "metadata not found",
    ErrorNumber.AGENT_COMMAND_TIMEOUT: "guest agent command timed out",
    ErrorNumber.AGENT_COMMAND_FAILED: "guest agent command failed",
    ErrorNumber.INVALID_ENCR_KEY_SECRET: "Invalid encryption key for the secret",
}

# Codes that take a detail in another way than "text: detail".
_DETAILED: dict[ErrorNumber, str] = {
    ErrorNumber.UNKNOWN_HOST: "unknown host %s",
    ErrorNumber.NO_CONNECT: "no connection driver available for %s",
    ErrorNumber.INVALID_CONN: "invalid connection pointer in %s",
    ErrorNumber.INVALID_DOMAIN: "invalid domain pointer in %s",
    ErrorNumber.HTTP_ERROR: "got unknown HTTP error code %s",
    ErrorNumber.NO_XEN: "could not use Xen hypervisor entry %s",
    ErrorNumber.XEN_CALL: "failed Xen syscall %s",
    ErrorNumber.OS_TYPE: "unknown OS type %s",
    ErrorNumber.NO_ROOT: "missing root device information in %s",
    ErrorNumber.NO_SOURCE: "missing source information for device %s",
    ErrorNumber.NO_TARGET: "missing target information for device %s",
    ErrorNumber.NO_NAME: "missing name information in %s",
    ErrorNumber.NO_OS: "missing operating system information for %s",
    ErrorNumber.NO_DEVICE: "missing devices information for %s",
    ErrorNumber.NO_XENSTORE: "could not connect to Xen Store %s",
    ErrorNumber.DRIVER_FULL: "too many drivers registered in %s",
    ErrorNumber.XML_ERROR: "XML error: %s",
    ErrorNumber.DOM_EXIST: "domain %s exists already",
    ErrorNumber.OPERATION_DENIED: "operation forbidden: %s",
    ErrorNumber.OPEN_FAILED: "failed to open configuration file %s",
    ErrorNumber.READ_FAILED: "failed to read configuration file %s",
    ErrorNumber.PARSE_FAILED: "failed to parse configuration file %s",
    ErrorNumber.XML_DETAIL: "%s",
    ErrorNumber.INVALID_NETWORK: "invalid network pointer in %s",
    ErrorNumber.NETWORK_EXIST: "network %s exists already",
    ErrorNumber.SYSTEM_ERROR: "%s",
    ErrorNumber.RPC: "%s",
    ErrorNumber.GNUTLS_ERROR: "%s",
    ErrorNumber.INVALID_STORAGE_POOL: "invalid storage pool pointer in %s",
    ErrorNumber.INVALID_STORAGE_VOL: "invalid storage volume pointer in %s",
    ErrorNumber.INVALID_NODE_DEVICE: "invalid node device pointer in %s",
    ErrorNumber.INVALID_INTERFACE: "invalid interface pointer in %s",
    ErrorNumber.INVALID_STREAM: "invalid stream pointer in %s",
    ErrorNumber.STORAGE_VOL_EXIST: "storage volume %s exists already",
    ErrorNumber.NETWORK_PORT_EXIST: "network port %s exists already",
}

# What libvirt prints for a domain: "libvirt: QEMU Driver error : ...".
_DOMAIN_TITLES: dict[ErrorDomain, str] = {
    ErrorDomain.NONE: "",
    ErrorDomain.XEN: "Xen Driver",
    ErrorDomain.XEND: "Xen Daemon",
    ErrorDomain.XENSTORE: "Xen Store",
    ErrorDomain.SEXPR: "S-Expression",
    ErrorDomain.XML: "XML Util",
    ErrorDomain.DOM: "Domain",
    ErrorDomain.RPC: "XML-RPC",
    ErrorDomain.PROXY: "Proxy Daemon",
    ErrorDomain.CONF: "Config File",
    ErrorDomain.QEMU: "QEMU Driver",
    ErrorDomain.NET: "Network",
    ErrorDomain.TEST: "Test Driver",
    ErrorDomain.REMOTE: "Remote Driver",
    ErrorDomain.OPENVZ: "OpenVZ Driver",
    ErrorDomain.XENXM: "Xen XM Driver",
    ErrorDomain.STATS_LINUX: "Linux Statistics",
    ErrorDomain.LXC: "LXC Driver",
    ErrorDomain.STORAGE: "Storage Driver",
    ErrorDomain.NETWORK: "Network Driver",
    ErrorDomain.DOMAIN: "Domain Config",
    ErrorDomain.UML: "User Mode Linux Driver",
    ErrorDomain.NODEDEV: "Node Device Driver",
    ErrorDomain.XEN_INOTIFY: "Xen Inotify Driver",
    ErrorDomain.SECURITY: "Security Driver",
    ErrorDomain.VBOX: "VirtualBox Driver",
    ErrorDomain.INTERFACE: "Network Interface Driver",
    ErrorDomain.ONE: "Open Nebula Driver",
    ErrorDomain.ESX: "ESX Driver",
    ErrorDomain.PHYP: "Power Hypervisor Driver",
    ErrorDomain.SECRET: "Secrets Driver",
    ErrorDomain.CPU: "CPU Driver",
    ErrorDomain.XENAPI: "XenAPI Driver",
    ErrorDomain.NWFILTER: "Network Filter Driver",
    ErrorDomain.HOOK: "Lifecycle Hook",
    ErrorDomain.DOMAIN_SNAPSHOT: "Domain Snapshot",
    ErrorDomain.AUDIT: "Audit Utils",
    ErrorDomain.SYSINFO: "Sysinfo Utils",
    ErrorDomain.STREAMS: "I/O Stream Utils",
    ErrorDomain.VMWARE: "VMware Driver",
    ErrorDomain.EVENT: "Event Loop",
    ErrorDomain.LIBXL: "Xen Light Driver",
    ErrorDomain.LOCKING: "Lock Driver",
    ErrorDomain.HYPERV: "Hyper-V Driver",
    ErrorDomain.CAPABILITIES: "Capabilities Utils",
    ErrorDomain.URI: "URI Utils",
    ErrorDomain.AUTH: "Authentication Utils",
    ErrorDomain.DBUS: "DBus Utils",
    ErrorDomain.PARALLELS: "Parallels Cloud Server",
    ErrorDomain.DEVICE: "Device Config",
    ErrorDomain.SSH: "SSH transport layer",
    ErrorDomain.LOCKSPACE: "Lock Space",
    ErrorDomain.INITCTL: "Init control",
    ErrorDomain.IDENTITY: "Identity",
    ErrorDomain.CGROUP: "Cgroup",
    ErrorDomain.ACCESS: "Access Manager",
    ErrorDomain.SYSTEMD: "Systemd",
    ErrorDomain.BHYVE: "Bhyve",
    ErrorDomain.CRYPTO: "Crypto",
    ErrorDomain.FIREWALL: "Firewall",
    ErrorDomain.POLKIT: "Polkit",
    ErrorDomain.THREAD: "Thread jobs",
    ErrorDomain.ADMIN: "Admin Interface",
    ErrorDomain.LOGGING: "Log Manager",
    ErrorDomain.XENXL: "Xen XL Config",
    ErrorDomain.PERF: "Perf",
    ErrorDomain.LIBSSH: "Libssh transport layer",
    ErrorDomain.RESCTRL: "Resource control",
    ErrorDomain.FIREWALLD: "FirewallD",
    ErrorDomain.DOMAIN_CHECKPOINT: "Domain Checkpoint",
    ErrorDomain.TPM: "TPM",
    ErrorDomain.BPF: "BPF",
    ErrorDomain.CH: "Cloud-Hypervisor Driver",
}


def message_pattern(code: ErrorNumber, *, detailed: bool) -> str | None:
    """libvirt's text of a code: bare, or with one %s for the detail. None for an unknown code."""
    bare = _TEXTS.get(code)
    if bare is None or not detailed:
        return bare
    return _DETAILED.get(code, f"{bare}: %s")


def domain_title(domain: ErrorDomain) -> str:
    """What libvirt calls a part of the system in front of its errors."""
    return _DOMAIN_TITLES.get(domain, "Unknown")


class ErrorFields(NamedTuple):
    """An error as the wire's `remote_error` and the Python module's error tuple carry it."""

    code: int
    domain: int
    message: str | None
    level: int
    str1: str | None = None
    str2: str | None = None
    str3: str | None = None
    int1: int = -1
    int2: int = -1


class ManorError(Exception):
    """A failure with libvirt's code, domain and full text.

    `str1` to `str3` and `int1`, `int2` are libvirt's extra fields: mostly the pattern and the detail the
    text was made of, and the errno of a failed system call.
    """

    def __init__(
        self,
        code: ErrorNumber,
        message: str,
        domain: ErrorDomain = ErrorDomain.NONE,
        *,
        level: ErrorLevel = ErrorLevel.ERROR,
        str1: str | None = None,
        str2: str | None = None,
        str3: str | None = None,
        int1: int = -1,
        int2: int = -1,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.domain = domain
        self.level = level
        self.str1 = str1
        self.str2 = str2
        self.str3 = str3
        self.int1 = int1
        self.int2 = int2

    def __repr__(self) -> str:
        return f"ManorError({self.code.name}, {self.message!r}, {self.domain.name})"

    def __reduce__(self) -> tuple[object, ...]:
        return ManorError.from_fields, (self.fields(),)

    def fields(self) -> ErrorFields:
        """This error as plain values, for the wire and for the drop-in."""
        return ErrorFields(
            int(self.code),
            int(self.domain),
            self.message,
            int(self.level),
            self.str1,
            self.str2,
            self.str3,
            self.int1,
            self.int2,
        )

    @classmethod
    def from_fields(cls, fields: ErrorFields) -> ManorError:
        """The error a peer sent. Numbers newer than ours are kept; a missing text is the code's own."""
        code = ErrorNumber(fields.code)
        message = fields.message or message_pattern(code, detailed=False) or "No error message provided"
        return cls(
            code,
            message,
            ErrorDomain(fields.domain),
            level=ErrorLevel(fields.level),
            str1=fields.str1,
            str2=fields.str2,
            str3=fields.str3,
            int1=fields.int1,
            int2=fields.int2,
        )


class Reporter:
    """Makes the errors of one domain, worded as libvirt words them."""

    __slots__ = ("domain",)

    def __init__(self, domain: ErrorDomain) -> None:
        self.domain = domain

    def __call__(self, code: ErrorNumber, detail: str | None = None, *, int1: int = -1, int2: int = -1) -> ManorError:
        """An error of `code`; its text is the code's alone, or holds `detail`."""
        pattern = message_pattern(code, detailed=detail is not None)
        if pattern is None:
            return ManorError(code, detail or "No error message provided", self.domain, str2=detail)
        message = pattern if detail is None else pattern.replace("%s", detail, 1)
        return ManorError(code, message, self.domain, str1=pattern, str2=detail, int1=int1, int2=int2)

    def xml_error(self, text: str) -> ManorError:
        """VIR_ERR_XML_ERROR: a document that makes no sense."""
        return self(ErrorNumber.XML_ERROR, text)

    def xml_detail(self, text: str) -> ManorError:
        """VIR_ERR_XML_DETAIL: the same, without words of the code before the text."""
        return self(ErrorNumber.XML_DETAIL, text)

    def unsupported(self, text: str) -> ManorError:
        """VIR_ERR_CONFIG_UNSUPPORTED: a document that makes sense but cannot be had."""
        return self(ErrorNumber.CONFIG_UNSUPPORTED, text)

    def internal(self, text: str) -> ManorError:
        """VIR_ERR_INTERNAL_ERROR, as older parts of libvirt answer."""
        return self(ErrorNumber.INTERNAL_ERROR, text)

    def not_valid(self, text: str) -> ManorError:
        """VIR_ERR_OPERATION_INVALID: not now."""
        return self(ErrorNumber.OPERATION_INVALID, text)

    def argument(self, text: str, function: str, argument: str) -> ManorError:
        """A bad argument of a C API function: VIR_ERR_INVALID_ARG whose text stands without the code's own.

        For example "name in virDomainLookupByName must not be NULL", with the two names in `str1` and `str2`.
        """
        code = ErrorNumber.INVALID_ARG
        return ManorError(code, text, self.domain, str1=function, str2=argument, int1=0, int2=0)

    def unsupported_flags(self, flags: int, function: str) -> ManorError:
        """Flags that a function (of the driver, by its C name) does not know."""
        text = f"unsupported flags (0x{flags & 0xFFFFFFFF:x}) in function {function}"
        return self.argument(text, function, "flags")

    def system(self, errno: int, detail: str | None = None) -> ManorError:
        """A failed system call: VIR_ERR_SYSTEM_ERROR, "detail: what errno means", the errno in `int1`."""
        reason = os.strerror(errno)
        text = reason if detail is None else f"{detail}: {reason}"
        return self(ErrorNumber.SYSTEM_ERROR, text, int1=errno)


def reporter(domain: ErrorDomain) -> Reporter:
    """The maker of errors of `domain`, one per module."""
    return Reporter(domain)
