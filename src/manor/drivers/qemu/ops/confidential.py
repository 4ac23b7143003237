# SPDX-License-Identifier: Apache-2.0
"""Confidential guests (AMD SEV): what their owner measures, and the secret put into them before they run."""

from __future__ import annotations

from typing import Any, Final

from manor.constants import DomainState, ErrorNumber
from manor.drivers.qemu.jobs import Job
from manor.drivers.qemu.ops.base import QemuDomainOps, error
from manor.records import DomainRef, TypedParam, string_param, uint_param
from manor.records.checks import STRING, ULLONG, checked
from manor.schema.domain import Domain

_SECRET: Final = {"sev-secret-header": STRING, "sev-secret": STRING, "sev-secret-set-address": ULLONG}


class ConfidentialOps(QemuDomainOps):
    """virDomainGetLaunchSecurityInfo, virDomainSetLaunchSecurityState."""

    async def domain_get_launch_security_info(self, dom: DomainRef, flags: int) -> list[TypedParam]:
        self.check_flags(flags, 4, "qemuDomainGetLaunchSecurityInfo")
        guest = self.guest(dom)
        if not _is_sev(guest.document):
            return []
        monitor = guest.require_active().monitor
        measured: dict[str, Any] = await monitor.execute("query-sev-launch-measure")
        sev: dict[str, Any] = await monitor.execute("query-sev")
        return [
            string_param("sev-measurement", measured["data"]),
            uint_param("sev-api-major", sev["api-major"]),
            uint_param("sev-api-minor", sev["api-minor"]),
            uint_param("sev-build-id", sev["build-id"]),
            uint_param("sev-policy", sev["policy"]),
        ]

    async def domain_set_launch_security_state(self, dom: DomainRef, params: list[TypedParam], flags: int) -> None:
        self.check_flags(flags, 0, "qemuDomainSetLaunchSecurityState")
        given = checked(params, _SECRET)
        guest = self.guest(dom)
        if not _is_sev(guest.document):
            text = "setting a launch secret is only supported in SEV-enabled domains"
            raise error(ErrorNumber.OPERATION_UNSUPPORTED, text)
        if "sev-secret" not in given or "sev-secret-header" not in given:
            raise error(ErrorNumber.INVALID_ARG, "Both secret and the secret header are required")
        arguments = {"packet-header": given["sev-secret-header"], "secret": given["sev-secret"]}
        if "sev-secret-set-address" in given:
            arguments["gpa"] = given["sev-secret-set-address"]
        async with guest.jobs.change(Job.MODIFY, "domain_set_launch_security_state"):
            running = guest.require_active()
            if guest.state is not DomainState.PAUSED:
                text = "domain must be in a paused state"
                raise error(ErrorNumber.OPERATION_INVALID, text)
            await running.monitor.execute("sev-inject-launch-secret", arguments)


def _is_sev(document: Domain) -> bool:
    return document.launch_security is not None and document.launch_security.type == "sev"
