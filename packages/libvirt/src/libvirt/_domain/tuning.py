# SPDX-License-Identifier: Apache-2.0
"""virDomain: memory, virtual CPUs, pinning and resource limits."""

from __future__ import annotations

from libvirt._api import Int32, UInt32, api
from libvirt._domain.base import DomainBase
from libvirt._values import GivenParams, Params, cpu_map, cpu_tuple, params_dict, required_params, retyped_params
from manor.constants import DomainIOThreadField, DomainLaunchSecurityField
from manor.constants import TypedParameterType as Kind

_IOTHREAD_KINDS = {
    str(DomainIOThreadField.POLL_MAX_NS): Kind.ULLONG,
    str(DomainIOThreadField.POLL_GROW): Kind.UINT,
    str(DomainIOThreadField.POLL_SHRINK): Kind.UINT,
    str(DomainIOThreadField.POLL_WEIGHT): Kind.UINT,
    str(DomainIOThreadField.THREAD_POOL_MIN): Kind.INT,
    str(DomainIOThreadField.THREAD_POOL_MAX): Kind.INT,
}
_LAUNCH_KINDS = {
    str(DomainLaunchSecurityField.SEV_SECRET_HEADER): Kind.STRING,
    str(DomainLaunchSecurityField.SEV_SECRET): Kind.STRING,
    str(DomainLaunchSecurityField.SEV_SECRET_SET_ADDRESS): Kind.ULLONG,
}


class DomainTuning(DomainBase):
    """Memory, virtual CPUs, pinning and resource limits."""

    @api("virDomainSetMaxMemory")
    def setMaxMemory(self, memory: int) -> int:
        """Set the most memory the domain can have, in KiB."""
        return self._do("domain_set_max_memory", memory)

    @api("virDomainSetMemory")
    def setMemory(self, memory: int) -> int:
        """Set the running domain's memory, in KiB."""
        return self._do("domain_set_memory", memory)

    @api("virDomainSetMemoryFlags")
    def setMemoryFlags(self, memory: int, flags: UInt32 = 0) -> int:
        """Set memory or maximum, of the running domain, its definition or both (VIR_DOMAIN_MEM_*)."""
        return self._do("domain_set_memory_flags", memory, flags)

    @api("virDomainGetMaxVcpus")
    def maxVcpus(self) -> int:
        """The most virtual CPUs the domain can have."""
        return int(self._get("domain_get_max_vcpus"))

    @api("virDomainSetVcpus")
    def setVcpus(self, nvcpus: UInt32) -> int:
        """Set how many virtual CPUs the running domain has."""
        return self._do("domain_set_vcpus", nvcpus)

    @api("virDomainSetVcpusFlags")
    def setVcpusFlags(self, nvcpus: UInt32, flags: UInt32 = 0) -> int:
        """Set number or maximum, of the running domain, its definition or both (VIR_DOMAIN_VCPU_*)."""
        return self._do("domain_set_vcpus_flags", nvcpus, flags)

    @api("virDomainGetVcpusFlags")
    def vcpusFlags(self, flags: UInt32 = 0) -> int:
        """Number or maximum of virtual CPUs (VIR_DOMAIN_VCPU_*)."""
        return int(self._get("domain_get_vcpus_flags", flags))

    @api("virDomainSetVcpu")
    def setVcpu(self, vcpumap: str, state: Int32, flags: UInt32 = 0) -> int:
        """Switch virtual CPUs (a list such as "0-2,4") on or off."""
        return self._do("domain_set_vcpu", vcpumap, state, flags)

    @api("virDomainPinVcpu")
    def pinVcpu(self, vcpu: UInt32, cpumap: tuple[bool, ...]) -> int:
        """Say on which host CPUs a virtual CPU may run."""
        return self._do("domain_pin_vcpu", vcpu, cpu_map(cpumap, self._host_cpus()))

    @api("virDomainPinVcpuFlags")
    def pinVcpuFlags(self, vcpu: UInt32, cpumap: tuple[bool, ...], flags: UInt32 = 0) -> int:
        """The same for the running domain, its definition or both."""
        return self._do("domain_pin_vcpu_flags", vcpu, cpu_map(cpumap, self._host_cpus()), flags)

    @api("virDomainGetVcpuPinInfo")
    def vcpuPinInfo(self, flags: UInt32 = 0) -> list[tuple[bool, ...]]:
        """On which host CPUs each virtual CPU may run."""
        cpus = self._host_cpus()
        return [cpu_tuple(one, cpus) for one in self._get("domain_get_vcpu_pin_info", flags)]

    @api("virDomainPinEmulator")
    def pinEmulator(self, cpumap: tuple[bool, ...], flags: UInt32 = 0) -> int:
        """Say on which host CPUs the hypervisor's own threads may run."""
        return self._do("domain_pin_emulator", cpu_map(cpumap, self._host_cpus()), flags)

    @api("virDomainGetEmulatorPinInfo")
    def emulatorPinInfo(self, flags: UInt32 = 0) -> tuple[bool, ...]:
        """On which host CPUs the hypervisor's own threads may run."""
        return cpu_tuple(self._get("domain_get_emulator_pin_info", flags), self._host_cpus())

    @api("virDomainGetIOThreadInfo")
    def ioThreadInfo(self, flags: UInt32 = 0) -> list[tuple[int, list[bool]]]:
        """(id, one bool per host CPU) of each I/O thread."""
        cpus = self._host_cpus()
        found = self._get("domain_get_iothread_info", flags)
        return [(one.iothread_id, list(cpu_tuple(one.cpumap, cpus))) for one in found]

    @api("virDomainPinIOThread")
    def pinIOThread(self, iothread_val: int, cpumap: tuple[bool, ...], flags: UInt32 = 0) -> int:
        """Say on which host CPUs an I/O thread may run."""
        return self._do("domain_pin_iothread", iothread_val, cpu_map(cpumap, self._host_cpus()), flags)

    @api("virDomainAddIOThread")
    def addIOThread(self, iothread_id: UInt32, flags: UInt32 = 0) -> int:
        """Add an I/O thread."""
        return self._do("domain_add_iothread", iothread_id, flags)

    @api("virDomainDelIOThread")
    def delIOThread(self, iothread_id: UInt32, flags: UInt32 = 0) -> int:
        """Remove an I/O thread."""
        return self._do("domain_del_iothread", iothread_id, flags)

    @api("virDomainSetIOThreadParams")
    def setIOThreadParams(self, iothread_val: int, params: GivenParams, flags: UInt32 = 0) -> int:
        """Tune an I/O thread's polling and pool."""
        changed = required_params(params, _IOTHREAD_KINDS, "virDomainSetIOThreadParams")
        return self._do("domain_set_iothread_params", iothread_val, changed, flags)

    @api("virDomainGetSchedulerType")
    def schedulerType(self) -> tuple[str, int]:
        """The scheduler's name and how many parameters it has."""
        name: str = self._get("domain_get_scheduler_type")
        return name, len(self._get("domain_get_scheduler_parameters"))

    @api("virDomainGetSchedulerParameters")
    def schedulerParameters(self) -> Params:
        """The scheduler's parameters."""
        return params_dict(self._get("domain_get_scheduler_parameters"))

    @api("virDomainGetSchedulerParametersFlags")
    def schedulerParametersFlags(self, flags: UInt32 = 0) -> Params:
        """The scheduler's parameters of the running domain or its definition."""
        return params_dict(self._get("domain_get_scheduler_parameters_flags", flags))

    @api("virDomainSetSchedulerParameters")
    def setSchedulerParameters(self, params: GivenParams) -> int:
        """Change the scheduler's parameters."""
        changed = retyped_params(params, lambda: self._get("domain_get_scheduler_parameters"))
        return self._do("domain_set_scheduler_parameters", changed)

    @api("virDomainSetSchedulerParametersFlags")
    def setSchedulerParametersFlags(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Change the scheduler's parameters of the running domain, its definition or both."""
        changed = retyped_params(params, lambda: self._get("domain_get_scheduler_parameters_flags", flags))
        return self._do("domain_set_scheduler_parameters_flags", changed, flags)

    @api("virDomainGetMemoryParameters")
    def memoryParameters(self, flags: UInt32 = 0) -> Params:
        """The memory limits, in KiB."""
        return params_dict(self._get("domain_get_memory_parameters", flags))

    @api("virDomainSetMemoryParameters")
    def setMemoryParameters(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Change the memory limits."""
        changed = retyped_params(params, lambda: self._get("domain_get_memory_parameters", flags))
        return self._do("domain_set_memory_parameters", changed, flags)

    @api("virDomainGetBlkioParameters")
    def blkioParameters(self, flags: UInt32 = 0) -> Params:
        """The limits of the domain's disk traffic."""
        return params_dict(self._get("domain_get_blkio_parameters", flags))

    @api("virDomainSetBlkioParameters")
    def setBlkioParameters(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Change the limits of the domain's disk traffic."""
        changed = retyped_params(params, lambda: self._get("domain_get_blkio_parameters", flags))
        return self._do("domain_set_blkio_parameters", changed, flags)

    @api("virDomainGetNumaParameters")
    def numaParameters(self, flags: UInt32 = 0) -> Params:
        """On which NUMA nodes the domain's memory is."""
        return params_dict(self._get("domain_get_numa_parameters", flags))

    @api("virDomainSetNumaParameters")
    def setNumaParameters(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Change on which NUMA nodes the domain's memory is."""
        changed = retyped_params(params, lambda: self._get("domain_get_numa_parameters", flags))
        return self._do("domain_set_numa_parameters", changed, flags)

    @api("virDomainGetInterfaceParameters")
    def interfaceParameters(self, device: str, flags: UInt32 = 0) -> Params:
        """The bandwidth limits of a network interface."""
        return params_dict(self._get("domain_get_interface_parameters", device, flags))

    @api("virDomainSetInterfaceParameters")
    def setInterfaceParameters(self, device: str, params: GivenParams, flags: UInt32 = 0) -> int:
        """Change the bandwidth limits of a network interface."""
        changed = retyped_params(params, lambda: self._get("domain_get_interface_parameters", device, flags))
        return self._do("domain_set_interface_parameters", device, changed, flags)

    @api("virDomainGetSecurityLabel")
    def securityLabel(self) -> list[str | bool]:
        """The domain's security label, and whether it is enforced."""
        label = self._get("domain_get_security_label")
        return [label.label, bool(label.enforcing)]

    @api("virDomainGetSecurityLabelList")
    def securityLabelList(self) -> list[list[str | bool]]:
        """The same for each security model."""
        return [[one.label, bool(one.enforcing)] for one in self._get("domain_get_security_label_list")]

    @api("virDomainGetLaunchSecurityInfo")
    def launchSecurityInfo(self, flags: UInt32 = 0) -> Params:
        """What is measured of an encrypted domain."""
        return params_dict(self._get("domain_get_launch_security_info", flags))

    @api("virDomainSetLaunchSecurityState")
    def setLaunchSecurityState(self, params: GivenParams, flags: UInt32 = 0) -> int:
        """Give an encrypted domain a secret before it runs."""
        secret = required_params(params, _LAUNCH_KINDS, "virDomainSetLaunchSecurityState")
        return self._do("domain_set_launch_security_state", secret, flags)
