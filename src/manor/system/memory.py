# SPDX-License-Identifier: Apache-2.0
"""The host's memory as a whole, and the kernel's page merging (KSM).

What belongs to one NUMA node is in `manor.system.numa`, pages of other sizes in `manor.system.pages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from manor.constants import ErrorDomain, ErrorNumber, TypedParameterType
from manor.errors import reporter
from manor.records import NodeMemoryStat, TypedParam
from manor.system.sysfs import Tree

_error = reporter(ErrorDomain.NONE)

_KSM: Final = "sys/kernel/mm/ksm"

#: KSM's files by libvirt's parameter name: file, type, whether it can be set.
_KSM_PARAMETERS: Final[dict[str, tuple[str, TypedParameterType, bool]]] = {
    "shm_pages_to_scan": ("pages_to_scan", TypedParameterType.UINT, True),
    "shm_sleep_millisecs": ("sleep_millisecs", TypedParameterType.UINT, True),
    "shm_pages_shared": ("pages_shared", TypedParameterType.ULLONG, False),
    "shm_pages_sharing": ("pages_sharing", TypedParameterType.ULLONG, False),
    "shm_pages_unshared": ("pages_unshared", TypedParameterType.ULLONG, False),
    "shm_pages_volatile": ("pages_volatile", TypedParameterType.ULLONG, False),
    "shm_full_scans": ("full_scans", TypedParameterType.ULLONG, False),
    "shm_merge_across_nodes": ("merge_across_nodes", TypedParameterType.UINT, True),
}

_STATS: Final = {"total": "MemTotal", "free": "MemFree", "buffers": "Buffers", "cached": "Cached"}


def meminfo(tree: Tree) -> dict[str, int]:
    """/proc/meminfo: names to KiB (or plain counts)."""
    found = {}
    for name, value in tree.fields("proc/meminfo").items():
        number = value.partition(" ")[0]
        if number.isdecimal():
            found[name] = int(number)
    return found


def memory_stats(tree: Tree) -> list[NodeMemoryStat]:
    """virNodeGetMemoryStats for the whole machine, in KiB."""
    info = meminfo(tree)
    return [NodeMemoryStat(field, info[name]) for field, name in _STATS.items() if name in info]


def parameters(tree: Tree) -> list[TypedParam]:
    """virNodeGetMemoryParameters: what this kernel's KSM tells, nothing when it has none."""
    found = []
    for field, (file, kind, _) in _KSM_PARAMETERS.items():
        value = tree.number(f"{_KSM}/{file}")
        if value is not None:
            found.append(TypedParam(field, int(kind), value))
    return found


def set_parameters(tree: Tree, params: Sequence[TypedParam]) -> None:
    """virNodeSetMemoryParameters: all of them, or, when one cannot be set, none.

    Raises ARGUMENT_UNSUPPORTED for a parameter that does not exist or is only told, SYSTEM_ERROR when the
    kernel refuses a value.
    """
    for param in params:
        if not _settable(tree, param.field):
            raise _error(ErrorNumber.ARGUMENT_UNSUPPORTED, f"parameter '{param.field}' not supported")
    before: list[tuple[str, int]] = []
    try:
        for param in params:
            file = f"{_KSM}/{_KSM_PARAMETERS[param.field][0]}"
            old = tree.number(file)
            _write(tree, file, int(param.value))
            before.append((file, int(param.value) if old is None else old))
    except OSError as error:
        for file, value in reversed(before):
            _write(tree, file, value)
        raise _error.system(error.errno or 0, f"failed to set {param.field}") from error


def _settable(tree: Tree, field: str) -> bool:
    file, _, settable = _KSM_PARAMETERS.get(field, ("", None, False))
    return settable and tree.exists(f"{_KSM}/{file}")


def _write(tree: Tree, file: str, value: int) -> None:
    tree.path(file).write_text(str(value))
