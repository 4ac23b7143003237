# SPDX-License-Identifier: Apache-2.0
"""libvirt's Python module on manor: the same names, without the C library.

    import libvirt
    conn = libvirt.open("qemu:///system")
    for dom in conn.listAllDomains():
        print(dom.name(), dom.info())

A connection may be shared by threads. Failures raise libvirtError. Everything is reached through this module; what
begins with an underscore is its making.
"""

# The import sorter would write one statement for each name that is exported again.
# isort: skip_file
from types import FunctionType
from typing import Any

from libvirt._checkpoint import virDomainCheckpoint as virDomainCheckpoint
from libvirt._connect import (
    getVersion as getVersion,
    open as open,
    openAuth as openAuth,
    openReadOnly as openReadOnly,
    virConnect as virConnect,
)
from libvirt._domain import virDomain as virDomain
from libvirt._errors import (
    libvirtError as libvirtError,
    registerErrorHandler as registerErrorHandler,
    virGetLastError as virGetLastError,
    virGetLastErrorCode as virGetLastErrorCode,
    virGetLastErrorDomain as virGetLastErrorDomain,
    virGetLastErrorMessage as virGetLastErrorMessage,
    virResetLastError as virResetLastError,
)
from libvirt._interface import virInterface as virInterface
from libvirt._loop import (
    _dispatchEventHandleCallback as _dispatchEventHandleCallback,
    _dispatchEventTimeoutCallback as _dispatchEventTimeoutCallback,
    _eventInvokeHandleCallback as _eventInvokeHandleCallback,
    _eventInvokeTimeoutCallback as _eventInvokeTimeoutCallback,
    virEventAddHandle as virEventAddHandle,
    virEventAddTimeout as virEventAddTimeout,
    virEventInvokeFreeCallback as virEventInvokeFreeCallback,
    virEventRegisterDefaultImpl as virEventRegisterDefaultImpl,
    virEventRegisterImpl as virEventRegisterImpl,
    virEventRemoveHandle as virEventRemoveHandle,
    virEventRemoveTimeout as virEventRemoveTimeout,
    virEventRunDefaultImpl as virEventRunDefaultImpl,
    virEventUpdateHandle as virEventUpdateHandle,
    virEventUpdateTimeout as virEventUpdateTimeout,
)
from libvirt._network import virNetwork as virNetwork, virNetworkPort as virNetworkPort
from libvirt._nodedev import virNodeDevice as virNodeDevice
from libvirt._nwfilter import virNWFilter as virNWFilter, virNWFilterBinding as virNWFilterBinding
from libvirt._secret import virSecret as virSecret
from libvirt._snapshot import virDomainSnapshot as virDomainSnapshot
from libvirt._storage import virStoragePool as virStoragePool, virStorageVol as virStorageVol
from libvirt._stream import virStream as virStream
from libvirt._constants import *  # noqa: F403 - every VIR_* name


def virInitialize() -> int:
    """Kept for programs that call it: there is nothing to initialise."""
    return 0


_CLASSES: tuple[Any, ...] = (
    libvirtError,
    virConnect,
    virDomain,
    virDomainCheckpoint,
    virDomainSnapshot,
    virInterface,
    virNWFilter,
    virNWFilterBinding,
    virNetwork,
    virNetworkPort,
    virNodeDevice,
    virSecret,
    virStoragePool,
    virStorageVol,
    virStream,
)


def _show_as_one_class(public: Any) -> None:
    """Have tracebacks and logs say libvirt.libvirtError and virDomain.info, wherever those are written down."""
    public.__module__ = "libvirt"
    for part in public.__mro__:
        for name, function in vars(part).items():
            if isinstance(function, FunctionType) and part.__module__.startswith("libvirt"):
                function.__qualname__ = getattr(function, "__wrapped__", function).__qualname__ = (
                    f"{public.__name__}.{name}"
                )


for _class in _CLASSES:
    _show_as_one_class(_class)
