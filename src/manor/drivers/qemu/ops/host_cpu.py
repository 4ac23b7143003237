# SPDX-License-Identifier: Apache-2.0
"""CPUs as the QEMU driver compares and combines them: those of hosts, and those that an emulator can give."""

from __future__ import annotations

from manor.constants import ConnectBaselineCPUFlags, ConnectCompareCPUFlags, ErrorDomain, ErrorNumber
from manor.drivers.interface.flags import check_flags, exclusive_flags
from manor.drivers.qemu import caps_cpu
from manor.drivers.qemu.caps import QemuCaps
from manor.drivers.qemu.ops.host_base import QemuHostOps
from manor.errors import reporter
from manor.host import cpu as host_cpu
from manor.system.arch import X86
from manor.system.cpumodel import Cpu

_error = reporter(ErrorDomain.QEMU)

_COMPARE = sum(ConnectCompareCPUFlags)
_BASELINE = ConnectBaselineCPUFlags.EXPAND_FEATURES | ConnectBaselineCPUFlags.MIGRATABLE


class HostCpuOps(QemuHostOps):
    """virConnectCompareCPU, virConnectBaselineCPU and the same of the hypervisor."""

    async def connect_compare_cpu(self, xml: str, flags: int) -> int:
        check_flags(flags, _COMPARE, "qemuConnectCompareCPU", ErrorDomain.QEMU)
        return host_cpu.compare_cpu(host_cpu.Reference.of_host(self.core.host.processor), xml, flags)

    async def connect_baseline_cpu(self, xml_cpus: list[str], flags: int) -> str:
        check_flags(flags, _BASELINE, "qemuConnectBaselineCPU", ErrorDomain.QEMU)
        if not xml_cpus:
            function, argument = "virConnectBaselineCPU", "xmlCPUs"
            text = f"{argument} in {function} must not be NULL"
            raise reporter(ErrorDomain.DOMAIN).argument(text, function, argument)
        return host_cpu.baseline_cpu(xml_cpus, flags)

    async def connect_get_cpu_model_names(self, arch: str, flags: int) -> list[str]:
        check_flags(flags, 0, "qemuConnectGetCPUModelNames", ErrorDomain.QEMU)
        if not host_cpu.is_architecture(arch):
            raise _error(ErrorNumber.INVALID_ARG, f"cannot find architecture {arch}")
        return host_cpu.model_names(arch)

    async def connect_compare_hypervisor_cpu(
        self,
        emulator: str | None,
        arch: str | None,
        machine: str | None,
        virttype: str | None,
        xml_cpu: str,
        flags: int,
    ) -> int:
        check_flags(flags, _COMPARE, "qemuConnectCompareHypervisorCPU", ErrorDomain.QEMU)
        kind = await self.core.documents.guest_kind(emulator, arch, machine, virttype)
        found = caps_cpu.host_model(kind.caps, kind.arch, kind.virt_type)
        if kind.arch not in X86 or found is None:
            raise _error(
                ErrorNumber.OPERATION_UNSUPPORTED,
                f"comparing with the hypervisor CPU is not supported for arch {kind.arch}",
            )
        described = found.description
        policies = dict.fromkeys(described.required, "require") | dict.fromkeys(described.disabled, "disable")
        reference = host_cpu.Reference.of_cpu(kind.arch, Cpu(described.model, found.vendor, policies))
        return host_cpu.compare_cpu(reference, xml_cpu, flags)

    async def connect_baseline_hypervisor_cpu(
        self,
        emulator: str | None,
        arch: str | None,
        machine: str | None,
        virttype: str | None,
        xml_cpus: list[str],
        flags: int,
    ) -> str:
        check_flags(flags, _BASELINE, "qemuConnectBaselineHypervisorCPU", ErrorDomain.QEMU)
        expand, migratable = ConnectBaselineCPUFlags.EXPAND_FEATURES, ConnectBaselineCPUFlags.MIGRATABLE
        kind = await self.core.documents.guest_kind(emulator, arch, machine, virttype)
        if kind.arch not in X86:
            names = ("VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES", "VIR_CONNECT_BASELINE_CPU_MIGRATABLE")
            exclusive_flags(flags, expand, migratable, names, "qemuConnectBaselineHypervisorCPU")
            raise _error(
                ErrorNumber.OPERATION_UNSUPPORTED,
                f"computing baseline hypervisor CPU is not supported for arch {kind.arch}",
            )
        models = {
            known.name: caps_cpu.guest_features(known.model.blockers or ())
            for known in caps_cpu.models(kind.caps, kind.arch, kind.virt_type)
        }
        features = _features(kind.caps, kind.virt_type, migratable=bool(flags & migratable))
        return host_cpu.baseline_hypervisor_cpu(kind.arch, xml_cpus, flags, models=models, features=features)


def _features(caps: QemuCaps, virt_type: str, *, migratable: bool) -> frozenset[str] | None:
    """The features the best CPU of an emulator has; None where it does not say."""
    best = caps.accel(virt_type).host_cpu
    if best is None:
        return None
    names = [name for name, value in best.props.items() if value is True]
    return caps_cpu.guest_features(name for name in names if not migratable or name not in best.unmigratable)
