# SPDX-License-Identifier: Apache-2.0
"""<domain>: the whole document of a guest."""

from __future__ import annotations

from typing import Final, Literal

from manor.errors import ErrorDomain, ErrorNumber
from manor.schema.common.security import SecurityLabel
from manor.schema.core import (
    Element,
    Raw,
    Refusal,
    amount,
    attr,
    child,
    codec,
    flag,
    internal,
    many,
    one,
    raw,
    text,
    unsupported,
    xml_error,
)
from manor.schema.domain.clock import Clock, PowerManagement
from manor.schema.domain.cpu import Cpu
from manor.schema.domain.devices import Devices
from manor.schema.domain.features import Features
from manor.schema.domain.memory import MaxMemory, Memory, MemoryBacking, MemoryTune, NumaTune
from manor.schema.domain.namespaces import (
    TEST,
    LxcNamespace,
    QemuCapabilities,
    QemuCommandline,
    QemuDeprecation,
    QemuOverride,
)
from manor.schema.domain.os import Os, Sysinfo
from manor.schema.domain.tuning import (
    BlkioTune,
    CpuTune,
    DefaultIoThread,
    IoThread,
    Perf,
    Resource,
    Vcpu,
    VcpuState,
)

DomainType = Literal[
    "none",
    "qemu",
    "kqemu",
    "kvm",
    "xen",
    "lxc",
    "uml",
    "openvz",
    "test",
    "vmware",
    "hyperv",
    "vbox",
    "phyp",
    "parallels",
    "bhyve",
    "vz",
    "hvf",
]
LifecycleAction = Literal["destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart"]


_IDMAP: Final = xml_error("invalid idmap start/target/count settings")


class IdRange(Element):
    """`count` ids from `target` on the host appear from `start` on in the container."""

    start: int | None = attr(error=_IDMAP)
    target: int | None = attr(error=_IDMAP)
    count: int | None = attr(error=_IDMAP)


class UidRange(IdRange, tag="uid"):
    """User ids."""


class GidRange(IdRange, tag="gid"):
    """Group ids."""


class IdMap(Element, tag="idmap"):
    """The user namespace of a container."""

    uids: list[UidRange] = many()
    gids: list[GidRange] = many()


class KeywrapCipher(Element, tag="cipher"):
    """One algorithm of key wrapping."""

    name: Literal["aes", "dea"] | None = attr()
    state: bool | None = attr(codec=codec.on_off)


class Keywrap(Element, tag="keywrap"):
    """Key wrapping on s390."""

    ciphers: list[KeywrapCipher] = many()


class LaunchSecurity(Element, tag="launchSecurity"):
    """Confidential computing: AMD SEV, or s390 protected virtualization."""

    type: Literal["sev", "s390-pv"] | None = attr()
    kernel_hashes: bool | None = attr("kernelHashes", since=(8, 0))
    cbitpos: int | None = child(error=xml_error("Invalid format for launch security cbitpos"))
    reduced_phys_bits: int | None = child(
        "reducedPhysBits", error=xml_error("Invalid format for launch security reduced-phys-bits")
    )
    policy: int | None = child(codec=codec.hexadecimal(4), error=xml_error("failed to get launch security policy"))
    dh_cert: str | None = child("dhCert")
    session: str | None = child()


class GenId(Element, tag="genid", keep_empty=True):
    """The generation id of a guest; empty: make one."""

    value: str | None = text(codec=codec.uuid, error=internal("malformed genid element"))


class Domain(Element, tag="domain", errors=ErrorDomain.DOMAIN):
    """A guest. `id` is set while it runs. The elements of the test driver's namespace say in what state a guest
    of a test:///FILE begins; libvirt reads them and never writes them."""

    # The name comes first: where both are missing, libvirt misses the name.
    name: str = child(required=True, missing=Refusal(ErrorNumber.NO_NAME, ""))
    type: DomainType = attr(
        required=True,
        blank=True,
        error=unsupported("invalid domain type {value}"),
        missing=internal("missing domain type attribute"),
    )
    id: int | None = attr(codec=codec.signed, live_only=True, lenient=True)
    uuid: str | None = child(codec=codec.uuid, error=internal("malformed uuid element"))
    genid: GenId | None = one()
    title: str | None = child()
    description: str | None = child()
    metadata: Raw | None = raw()
    max_memory: MaxMemory | None = one()
    memory: Memory | None = one()
    current_memory: int | None = amount("currentMemory")
    blkiotune: BlkioTune | None = one(merged=True)
    memtune: MemoryTune | None = one()
    memory_backing: MemoryBacking | None = one()
    vcpu: Vcpu | None = one()
    vcpus: list[VcpuState] = many(within="vcpus")
    iothreads: int | None = child(error=xml_error("invalid iothreads count '{value}'"))
    iothreadids: list[IoThread] = many(within="iothreadids")
    defaultiothread: DefaultIoThread | None = one()
    cputune: CpuTune | None = one(merged=True)
    numatune: NumaTune | None = one(duplicate=xml_error("only one numatune is supported"))
    resource: Resource | None = one(duplicate=xml_error("only one resource element is supported"))
    sysinfos: list[Sysinfo] = many()
    bootloader: str | None = child()
    bootloader_args: str | None = child()
    os: Os | None = one(merged=True)
    idmap: IdMap | None = one()
    features: Features | None = one()
    cpu: Cpu | None = one()
    clock: Clock | None = one(merged=True)
    on_poweroff: LifecycleAction | None = child(error=unsupported("unknown on_poweroff action: {value}"))
    on_reboot: LifecycleAction | None = child(error=unsupported("unknown on_reboot action: {value}"))
    on_crash: LifecycleAction | None = child(error=unsupported("unknown on_crash action: {value}"))
    on_lockfailure: Literal["default", "poweroff", "restart", "pause", "ignore"] | None = child(
        error=unsupported("unknown on_lockfailure action: {value}")
    )
    pm: PowerManagement | None = one()
    perf: Perf | None = one()
    devices: Devices | None = one(merged=True)
    seclabels: list[SecurityLabel] = many()
    keywrap: Keywrap | None = one(merged=True)
    launch_security: LaunchSecurity | None = one()
    qemu_commandline: QemuCommandline | None = one()
    qemu_capabilities: QemuCapabilities | None = one()
    qemu_deprecation: QemuDeprecation | None = one()
    qemu_override: QemuOverride | None = one()
    lxc_namespace: LxcNamespace | None = one()
    test_runstate: int | None = child(
        "runstate",
        namespace=TEST,
        status=True,
        error=Refusal(ErrorNumber.XML_ERROR, "invalid runstate", ErrorDomain.TEST),
    )
    test_transient: bool = flag("transient", namespace=TEST, status=True)
    test_hasmanagedsave: bool = flag("hasmanagedsave", namespace=TEST, status=True)
    test_snapshots: list[Raw] = raw("domainsnapshot", namespace=TEST, several=True, status=True)
