# SPDX-License-Identifier: Apache-2.0
"""What every part of virDomain builds on."""

from __future__ import annotations

from libvirt._handle import NamedObject
from libvirt._values import host_cpus
from manor.errors import ManorError
from manor.records import DomainRef


class DomainBase(NamedObject):
    """A domain by name, UUID and, while it runs, id."""

    _reference = DomainRef
    _o: DomainRef

    def _host_cpus(self) -> int:
        """How many CPUs the host has, which is how long CPU maps are in Python."""
        return host_cpus(self._backend)

    def _has_id(self, number: int) -> None:
        """Note the id the domain runs under now, -1 for none."""
        self._o = self._o._replace(id=number)

    @property
    def _in_process(self) -> bool:
        """Whether the driver runs in this process, where some of libvirt's habits differ."""
        return self._link.backend.fileno() < 0

    def _learn_id(self) -> None:
        """Look whether the domain still runs, after a call that may have stopped it.

        A driver in this process shares its domains with the program, so there the id changes at once; over a daemon it
        stays what it was, as it does with libvirt.
        """
        if not self._in_process:
            return
        try:
            self._has_id(self._call("domain_lookup_by_uuid", self._o.uuid).id)
        except ManorError:
            # A transient domain is gone once it has stopped.
            self._has_id(-1)
