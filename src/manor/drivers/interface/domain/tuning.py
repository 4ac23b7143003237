# SPDX-License-Identifier: Apache-2.0
"""vCPUs, memory, and the resource parameters around them."""

from __future__ import annotations

from typing import ClassVar

from manor.drivers.interface.family import Family
from manor.errors import ErrorDomain
from manor.records import DomainIOThreadInfo, DomainRef, SecurityLabel, TypedParam

AFFECT_LIVE = 1  # VIR_DOMAIN_AFFECT_LIVE and its siblings for memory and vCPUs
MEM_MAXIMUM = 4  # VIR_DOMAIN_MEM_MAXIMUM


class DomainTuning(Family):
    """vCPUs, memory, and the resource parameters around them."""

    error_domain: ClassVar[ErrorDomain] = ErrorDomain.DOMAIN

    async def domain_get_max_memory(self, dom: DomainRef) -> int:
        """virDomainGetMaxMemory."""
        raise self.unsupported("virDomainGetMaxMemory")

    async def domain_get_max_vcpus(self, dom: DomainRef) -> int:
        """virDomainGetMaxVcpus."""
        raise self.unsupported("virDomainGetMaxVcpus")

    async def domain_pin_vcpu(self, dom: DomainRef, vcpu: int, cpumap: bytes) -> None:
        """virDomainPinVcpu."""
        await self.domain_pin_vcpu_flags(dom, vcpu, cpumap, AFFECT_LIVE)

    async def domain_set_max_memory(self, dom: DomainRef, memory: int) -> None:
        """virDomainSetMaxMemory."""
        await self.domain_set_memory_flags(dom, memory, MEM_MAXIMUM)

    async def domain_set_memory(self, dom: DomainRef, memory: int) -> None:
        """virDomainSetMemory."""
        await self.domain_set_memory_flags(dom, memory, AFFECT_LIVE)

    async def domain_set_vcpus(self, dom: DomainRef, nvcpus: int) -> None:
        """virDomainSetVcpus."""
        await self.domain_set_vcpus_flags(dom, nvcpus, AFFECT_LIVE)

    async def domain_get_scheduler_type(self, dom: DomainRef) -> str:
        """virDomainGetSchedulerType."""
        raise self.unsupported("virDomainGetSchedulerType")

    async def domain_get_scheduler_parameters(self, dom: DomainRef) -> list[TypedParam]:
        """virDomainGetSchedulerParameters."""
        return await self.domain_get_scheduler_parameters_flags(dom, 0)

    async def domain_set_scheduler_parameters(self, dom: DomainRef, params: list[TypedParam]) -> None:
        """virDomainSetSchedulerParameters."""
        await self.domain_set_scheduler_parameters_flags(dom, params, 0)

    async def domain_get_security_label(self, dom: DomainRef) -> SecurityLabel:
        """virDomainGetSecurityLabel."""
        raise self.unsupported("virDomainGetSecurityLabel")

    async def domain_set_memory_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetMemoryParameters."""
        raise self.unsupported("virDomainSetMemoryParameters")

    async def domain_get_memory_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetMemoryParameters."""
        raise self.unsupported("virDomainGetMemoryParameters")

    async def domain_set_vcpus_flags(self, dom: DomainRef, nvcpus: int, flags: int) -> None:
        """virDomainSetVcpusFlags."""
        raise self.unsupported("virDomainSetVcpusFlags")

    async def domain_get_vcpus_flags(self, dom: DomainRef, flags: int) -> int:
        """virDomainGetVcpusFlags."""
        raise self.unsupported("virDomainGetVcpusFlags")

    async def domain_set_memory_flags(self, dom: DomainRef, memory: int, flags: int) -> None:
        """virDomainSetMemoryFlags."""
        raise self.unsupported("virDomainSetMemoryFlags")

    async def domain_set_blkio_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetBlkioParameters."""
        raise self.unsupported("virDomainSetBlkioParameters")

    async def domain_get_blkio_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetBlkioParameters."""
        raise self.unsupported("virDomainGetBlkioParameters")

    async def domain_set_scheduler_parameters_flags(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetSchedulerParametersFlags."""
        raise self.unsupported("virDomainSetSchedulerParametersFlags")

    async def domain_get_scheduler_parameters_flags(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetSchedulerParametersFlags."""
        raise self.unsupported("virDomainGetSchedulerParametersFlags")

    async def domain_pin_vcpu_flags(self, dom: DomainRef, vcpu: int, cpumap: bytes, flags: int) -> None:
        """virDomainPinVcpuFlags."""
        raise self.unsupported("virDomainPinVcpuFlags")

    async def domain_get_vcpu_pin_info(self, dom: DomainRef, flags: int) -> list[bytes]:
        """virDomainGetVcpuPinInfo."""
        raise self.unsupported("virDomainGetVcpuPinInfo")

    async def domain_set_numa_parameters(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetNumaParameters."""
        raise self.unsupported("virDomainSetNumaParameters")

    async def domain_get_numa_parameters(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetNumaParameters."""
        raise self.unsupported("virDomainGetNumaParameters")

    async def domain_set_interface_parameters(
        self, dom: DomainRef, device: str, params: list[TypedParam], flags: int
    ) -> None:
        """virDomainSetInterfaceParameters."""
        raise self.unsupported("virDomainSetInterfaceParameters")

    async def domain_get_interface_parameters(self, dom: DomainRef, device: str, flags: int) -> list[TypedParam]:
        """virDomainGetInterfaceParameters."""
        raise self.unsupported("virDomainGetInterfaceParameters")

    async def domain_get_security_label_list(self, dom: DomainRef) -> list[SecurityLabel]:
        """virDomainGetSecurityLabelList."""
        raise self.unsupported("virDomainGetSecurityLabelList")

    async def domain_pin_emulator(self, dom: DomainRef, cpumap: bytes, flags: int) -> None:
        """virDomainPinEmulator."""
        raise self.unsupported("virDomainPinEmulator")

    async def domain_get_emulator_pin_info(self, dom: DomainRef, flags: int) -> bytes:
        """virDomainGetEmulatorPinInfo."""
        raise self.unsupported("virDomainGetEmulatorPinInfo")

    async def domain_get_iothread_info(self, dom: DomainRef, flags: int) -> list[DomainIOThreadInfo]:
        """virDomainGetIOThreadInfo."""
        raise self.unsupported("virDomainGetIOThreadInfo")

    async def domain_pin_iothread(self, dom: DomainRef, iothreads_id: int, cpumap: bytes, flags: int) -> None:
        """virDomainPinIOThread."""
        raise self.unsupported("virDomainPinIOThread")

    async def domain_add_iothread(self, dom: DomainRef, iothread_id: int, flags: int) -> None:
        """virDomainAddIOThread."""
        raise self.unsupported("virDomainAddIOThread")

    async def domain_del_iothread(self, dom: DomainRef, iothread_id: int, flags: int) -> None:
        """virDomainDelIOThread."""
        raise self.unsupported("virDomainDelIOThread")

    async def domain_set_vcpu(self, dom: DomainRef, cpumap: str, state: int, flags: int) -> None:
        """virDomainSetVcpu."""
        raise self.unsupported("virDomainSetVcpu")

    async def domain_get_launch_security_info(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        """virDomainGetLaunchSecurityInfo."""
        raise self.unsupported("virDomainGetLaunchSecurityInfo")

    async def domain_set_iothread_params(
        self, dom: DomainRef, iothread_id: int, params: list[TypedParam], flags: int
    ) -> None:
        """virDomainSetIOThreadParams."""
        raise self.unsupported("virDomainSetIOThreadParams")

    async def domain_set_launch_security_state(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        """virDomainSetLaunchSecurityState."""
        raise self.unsupported("virDomainSetLaunchSecurityState")
