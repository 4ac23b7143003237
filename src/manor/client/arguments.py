# SPDX-License-Identifier: Apache-2.0
"""What libvirt's library refuses of a call's arguments, whatever driver would get the call.

libvirt checks in the caller's process, with errors that name the C function; its daemons check again, so that a
connection to one needs nothing of this. Only what the types of the catalogue leave open is here (observed on
libvirt 9.0.0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from manor.client.functions import error_domain
from manor.errors import ErrorNumber, ManorError, reporter

Arguments = tuple[Any, ...]
Check = Callable[[str, Arguments], None]

_LARGEST_KIB: Final = (1 << 54) - 1
"""Sizes in KiB must fit 64 bits when they are counted in bytes."""


class _Operation(NamedTuple):
    """The C function behind an operation, and its checks in libvirt's order."""

    function: str
    checks: tuple[Check, ...]


def check_arguments(operation: str, arguments: Arguments) -> None:
    """Refuse arguments that libvirt's library refuses. Raises ManorError."""
    known = _OPERATIONS.get(operation)
    if known is not None:
        for check in known.checks:
            check(known.function, arguments)


def _bad(function: str, argument: str, text: str) -> ManorError:
    return reporter(error_domain(function)).argument(text, function, argument)


def _exclusive(first: tuple[str, int], second: tuple[str, int]) -> Check:
    """Two flags (always the last argument) that cannot be given together."""

    def check(function: str, arguments: Arguments) -> None:
        flags = arguments[-1]
        if flags & first[1] and flags & second[1]:
            raise _bad(function, "ctl", f"Flags '{first[0]}' and '{second[0]}' are mutually exclusive")

    return check


def _required(flag: tuple[str, int], needed: tuple[str, int]) -> Check:
    """A flag that means nothing without another."""

    def check(function: str, arguments: Arguments) -> None:
        flags = arguments[-1]
        if flags & flag[1] and not flags & needed[1]:
            raise _bad(function, "ctl", f"Flag '{needed[0]}' is required by flag '{flag[0]}'")

    return check


def _nonzero(place: int, name: str) -> Check:
    def check(function: str, arguments: Arguments) -> None:
        if arguments[place] == 0:
            raise _bad(function, name, f"{name} in {function} must not be zero")

    return check


def _not_negative(place: int, name: str) -> Check:
    def check(function: str, arguments: Arguments) -> None:
        if arguments[place] < 0:
            raise _bad(function, name, f"{name} in {function} must be zero or greater")

    return check


def _not_empty(place: int, name: str) -> Check:
    def check(function: str, arguments: Arguments) -> None:
        if arguments[place] is None:
            raise _bad(function, name, f"{name} in {function} must not be NULL")
        if arguments[place] == "":
            raise _bad(function, name, f"string {name} in {function} must not be empty")

    return check


def _given(place: int, name: str) -> Check:
    def check(function: str, arguments: Arguments) -> None:
        if arguments[place] is None:
            raise _bad(function, name, f"{name} in {function} must not be NULL")

    return check


def _fits_bytes(place: int) -> Check:
    def check(function: str, arguments: Arguments) -> None:
        size = arguments[place]
        if size > _LARGEST_KIB:
            raise reporter(error_domain(function))(ErrorNumber.OVERFLOW, f"input too large: {size}")

    return check


def _dump_format(function: str, arguments: Arguments) -> None:
    last = 4  # VIR_DOMAIN_CORE_DUMP_FORMAT_WIN_DMP
    if arguments[2] > last:
        raise _bad(function, "flags", f"dumpformat '{arguments[2]}' is not supported")


_TITLE, _ELEMENT = 1, 2  # virDomainMetadataType


def _metadata_asked(function: str, arguments: Arguments) -> None:
    _, kind, uri, _ = arguments
    if kind in (0, _TITLE) and uri is not None:
        raise _bad(function, "uri", f"uri in {function} must be NULL")
    if kind == _ELEMENT and uri is None:
        raise _bad(function, "uri", f"uri in {function} must not be NULL")


def _metadata_given(function: str, arguments: Arguments) -> None:
    _, kind, metadata, key, uri, _ = arguments
    if kind == _TITLE and metadata and "\n" in metadata:
        raise _bad(function, "metadata", "metadata title can't contain newlines")
    for name, value in (("uri", uri), ("key", key)):
        if kind in (0, _TITLE) and value is not None:
            raise _bad(function, name, f"{name} in {function} must be NULL")
    if kind == _ELEMENT:
        if uri is None:
            raise _bad(function, "uri", f"uri in {function} must not be NULL")
        if metadata is not None and key is None:
            raise _bad(function, "key", f"key in {function} must not be NULL")


def _lifecycle_action(function: str, arguments: Arguments) -> None:
    _, kind, action, _ = arguments
    error = reporter(error_domain(function))
    last_type, last_action = 2, 5
    if not 0 <= kind <= last_type:
        raise error(ErrorNumber.INVALID_ARG, f"invalid lifecycle type '{kind}'")
    if not 0 <= action <= last_action:
        raise error(ErrorNumber.INVALID_ARG, f"invalid lifecycle action '{action}'")


def _keys(function: str, arguments: Arguments) -> None:
    _, codeset, _, keycodes, _ = arguments
    last_codeset, most_keys = 9, 16  # VIR_KEYCODE_SET_QNUM, VIR_DOMAIN_SEND_KEY_MAX_KEYS
    if not 0 <= codeset <= last_codeset:
        raise _bad(function, "codeset", f"Unsupported codeset '{codeset}'")
    if not keycodes:
        raise _bad(function, "nkeycodes", f"nkeycodes in {function} must be greater than zero")
    if len(keycodes) > most_keys:
        text = f"nkeycodes in {function} must be less than or equal to {most_keys}"
        raise _bad(function, "nkeycodes", text)


_BOTH: Final = _exclusive(("VIR_DOMAIN_AFFECT_LIVE", 1), ("VIR_DOMAIN_AFFECT_CONFIG", 2))
_SAVE: Final = _exclusive(("VIR_DOMAIN_SAVE_RUNNING", 2), ("VIR_DOMAIN_SAVE_PAUSED", 4))
_DUMP: Final = (
    _exclusive(("VIR_DUMP_CRASH", 1), ("VIR_DUMP_LIVE", 2)),
    _exclusive(("VIR_DUMP_CRASH", 1), ("VIR_DUMP_RESET", 8)),
    _exclusive(("VIR_DUMP_LIVE", 2), ("VIR_DUMP_RESET", 8)),
)
_CONFIG, _MAXIMUM = ("VIR_DOMAIN_AFFECT_CONFIG", 2), ("VIR_DOMAIN_VCPU_MAXIMUM", 4)
_SNAPSHOT_REDEFINE = ("VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE", 1)
_CHECKPOINT_REDEFINE = ("VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE", 1)

_OPERATIONS: Final[dict[str, _Operation]] = {
    "domain_checkpoint_create_xml": _Operation(
        "virDomainCheckpointCreateXML",
        (
            _required(("VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE_VALIDATE", 4), _CHECKPOINT_REDEFINE),
            _exclusive(_CHECKPOINT_REDEFINE, ("VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE", 2)),
        ),
    ),
    "domain_core_dump": _Operation("virDomainCoreDump", _DUMP),
    "domain_core_dump_with_format": _Operation("virDomainCoreDumpWithFormat", (_dump_format, *_DUMP)),
    "domain_del_iothread": _Operation("virDomainDelIOThread", (_nonzero(1, "iothread_id"),)),
    "domain_block_peek": _Operation("virDomainBlockPeek", (_not_empty(1, "disk"),)),
    "domain_get_blkio_parameters": _Operation("virDomainGetBlkioParameters", (_BOTH,)),
    "domain_get_block_info": _Operation("virDomainGetBlockInfo", (_not_empty(1, "disk"),)),
    "domain_get_block_io_tune": _Operation("virDomainGetBlockIoTune", (_BOTH, _given(1, "disk"))),
    "domain_get_emulator_pin_info": _Operation("virDomainGetEmulatorPinInfo", (_BOTH,)),
    "domain_get_iothread_info": _Operation("virDomainGetIOThreadInfo", (_BOTH,)),
    "domain_get_job_stats": _Operation(
        "virDomainGetJobStats",
        (_required(("VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED", 2), ("VIR_DOMAIN_JOB_STATS_COMPLETED", 1)),),
    ),
    "domain_get_memory_parameters": _Operation("virDomainGetMemoryParameters", (_BOTH,)),
    "domain_get_metadata": _Operation("virDomainGetMetadata", (_BOTH, _metadata_asked)),
    "domain_get_scheduler_parameters_flags": _Operation("virDomainGetSchedulerParametersFlags", (_BOTH,)),
    "domain_get_vcpu_pin_info": _Operation("virDomainGetVcpuPinInfo", (_BOTH,)),
    "domain_get_vcpus_flags": _Operation("virDomainGetVcpusFlags", (_BOTH,)),
    "domain_lookup_by_id": _Operation("virDomainLookupByID", (_not_negative(0, "id"),)),
    "domain_managed_save": _Operation("virDomainManagedSave", (_SAVE,)),
    "domain_managed_save_define_xml": _Operation("virDomainManagedSaveDefineXML", (_SAVE,)),
    "domain_memory_peek": _Operation(
        "virDomainMemoryPeek", (_exclusive(("VIR_MEMORY_VIRTUAL", 1), ("VIR_MEMORY_PHYSICAL", 2)),)
    ),
    "domain_rename": _Operation("virDomainRename", (_not_empty(1, "new_name"),)),
    "domain_restore_flags": _Operation("virDomainRestoreFlags", (_SAVE,)),
    "domain_restore_params": _Operation("virDomainRestoreParams", (_SAVE,)),
    "domain_revert_to_snapshot": _Operation(
        "virDomainRevertToSnapshot",
        (_exclusive(("VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING", 1), ("VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED", 2)),),
    ),
    "domain_save_flags": _Operation("virDomainSaveFlags", (_SAVE,)),
    "domain_save_image_define_xml": _Operation("virDomainSaveImageDefineXML", (_SAVE,)),
    "domain_save_params": _Operation("virDomainSaveParams", (_SAVE,)),
    "domain_send_key": _Operation("virDomainSendKey", (_keys,)),
    "domain_send_process_signal": _Operation("virDomainSendProcessSignal", (_nonzero(1, "pid_value"),)),
    "domain_set_lifecycle_action": _Operation("virDomainSetLifecycleAction", (_lifecycle_action,)),
    "domain_set_max_memory": _Operation("virDomainSetMaxMemory", (_nonzero(1, "memory"), _fits_bytes(1))),
    "domain_set_memory": _Operation("virDomainSetMemory", (_nonzero(1, "memory"), _fits_bytes(1))),
    "domain_set_memory_flags": _Operation("virDomainSetMemoryFlags", (_nonzero(1, "memory"), _fits_bytes(1))),
    "domain_set_memory_stats_period": _Operation("virDomainSetMemoryStatsPeriod", (_not_negative(1, "period"),)),
    "domain_set_metadata": _Operation("virDomainSetMetadata", (_metadata_given,)),
    "domain_set_user_password": _Operation("virDomainSetUserPassword", (_given(1, "user"), _given(2, "password"))),
    "domain_set_vcpus": _Operation("virDomainSetVcpus", (_nonzero(1, "nvcpus"),)),
    "domain_set_vcpus_flags": _Operation(
        "virDomainSetVcpusFlags",
        (
            _required(_MAXIMUM, _CONFIG),
            _exclusive(("VIR_DOMAIN_VCPU_GUEST", 8), _CONFIG),
            _nonzero(1, "nvcpus"),
        ),
    ),
    "domain_snapshot_create_xml": _Operation(
        "virDomainSnapshotCreateXML",
        (
            _required(("VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT", 2), _SNAPSHOT_REDEFINE),
            _exclusive(_SNAPSHOT_REDEFINE, ("VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA", 4)),
            _exclusive(_SNAPSHOT_REDEFINE, ("VIR_DOMAIN_SNAPSHOT_CREATE_HALT", 8)),
        ),
    ),
    "domain_snapshot_delete": _Operation(
        "virDomainSnapshotDelete",
        (_exclusive(("VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN", 1), ("VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY", 4)),),
    ),
}
