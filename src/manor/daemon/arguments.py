# SPDX-License-Identifier: Apache-2.0
"""What libvirt's library refuses of a call's arguments before any driver sees them.

libvirtd serves every call through that library, so a client that checks nothing itself gets these errors from the
daemon, and drivers need not make sure of it again. A line of the table is a procedure, the C function that errors
name, and the checks in their order, on the fields of the wire; all were observed on libvirt 9.0.0.

    params:null            the array or text is empty or absent: "params in FUNCTION must not be NULL"
    nparams:null=params    the same where the message names another argument
    memory:zero            a number, or the length of an array, that is 0
    maxinfo:positive       one that is not above 0
    path:empty=disk        a text of no length: "string disk in FUNCTION must not be empty"
    type:below3=lifecycle  a number from 3 on: "invalid lifecycle 'N'"; blanks in the words are written _
    dumpformat:format      a number of no dump format: "dumpformat 'N' is not supported"
    codeset:codeset        a number of no code set for keys: "Unsupported codeset 'N'"
    !save                  flags that exclude each other, by their name in _EXCLUSIVE
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manor.client.functions import error_domain
from manor.constants import DomainCoreDumpFormat, KeycodeSet, values
from manor.errors import ErrorNumber, ManorError, reporter
from manor.wire.programs import Procedure

_TABLE = """
connect_baseline_cpu virConnectBaselineCPU xml_cpus:null=xmlCPUs
connect_baseline_hypervisor_cpu virConnectBaselineHypervisorCPU xml_cpus:null=xmlCPUs
domain_block_peek virDomainBlockPeek path:empty=disk
domain_checkpoint_create_xml virDomainCheckpointCreateXML !checkpoint
domain_checkpoint_delete virDomainCheckpointDelete !checkpoint_children
domain_core_dump virDomainCoreDump !dump_live !dump_reset !dump_live_reset
domain_core_dump_with_format virDomainCoreDumpWithFormat dumpformat:format !dump_live !dump_reset !dump_live_reset
domain_del_iothread virDomainDelIOThread iothread_id:zero
domain_get_block_info virDomainGetBlockInfo path:empty=disk
domain_get_emulator_pin_info virDomainGetEmulatorPinInfo maplen:null=cpumap !affect
domain_get_iothread_info virDomainGetIOThreadInfo !affect
domain_get_metadata virDomainGetMetadata !affect
domain_get_scheduler_parameters virDomainGetSchedulerParameters nparams:null=params
domain_get_scheduler_parameters_flags virDomainGetSchedulerParametersFlags nparams:null=params
domain_get_vcpu_pin_info virDomainGetVcpuPinInfo ncpumaps:positive
domain_get_vcpus virDomainGetVcpus maxinfo:null=info
domain_get_vcpus_flags virDomainGetVcpusFlags !affect
domain_managed_save_define_xml virDomainManagedSaveDefineXML !save
domain_pin_emulator virDomainPinEmulator cpumap:null
domain_pin_iothread virDomainPinIOThread cpumap:null
domain_pin_vcpu virDomainPinVcpu cpumap:null
domain_pin_vcpu_flags virDomainPinVcpuFlags cpumap:null
domain_restore_flags virDomainRestoreFlags !save
domain_restore_params virDomainRestoreParams !save
domain_revert_to_snapshot virDomainRevertToSnapshot !revert
domain_save_image_define_xml virDomainSaveImageDefineXML !save
domain_save_params virDomainSaveParams !save
domain_send_key virDomainSendKey keycodes:null codeset:codeset
domain_send_process_signal virDomainSendProcessSignal pid_value:zero
domain_set_blkio_parameters virDomainSetBlkioParameters params:null
domain_set_block_io_tune virDomainSetBlockIoTune params:positive=nparams
domain_set_interface_parameters virDomainSetInterfaceParameters params:null
domain_set_iothread_params virDomainSetIOThreadParams params:null
domain_set_launch_security_state virDomainSetLaunchSecurityState params:null
domain_set_lifecycle_action virDomainSetLifecycleAction type:below3=lifecycle_type action:below6=lifecycle_action
domain_set_max_memory virDomainSetMaxMemory memory:zero
domain_set_memory virDomainSetMemory memory:zero
domain_set_memory_flags virDomainSetMemoryFlags memory:zero
domain_set_memory_parameters virDomainSetMemoryParameters params:null
domain_set_numa_parameters virDomainSetNumaParameters params:null
domain_set_perf_events virDomainSetPerfEvents params:null
domain_set_scheduler_parameters virDomainSetSchedulerParameters params:null
domain_set_scheduler_parameters_flags virDomainSetSchedulerParametersFlags params:null
domain_set_user_password virDomainSetUserPassword user:null
domain_set_vcpus virDomainSetVcpus nvcpus:zero
domain_set_vcpus_flags virDomainSetVcpusFlags !vcpus nvcpus:zero
domain_snapshot_create_xml virDomainSnapshotCreateXML !snapshot
domain_snapshot_delete virDomainSnapshotDelete !snapshot_children
domain_start_dirty_rate_calc virDomainStartDirtyRateCalc !dirty_rate
node_alloc_pages virNodeAllocPages page_sizes:zero=npages cell_count:zero=cellCount
node_get_cells_free_memory virNodeGetCellsFreeMemory max_cells:positive=maxCells
node_get_free_pages virNodeGetFreePages pages:zero=npages cell_count:zero=cellCount
node_set_memory_parameters virNodeSetMemoryParameters params:null
secret_set_value virSecretSetValue value:null
"""

CHECKED = {words[0]: words[1:] for words in map(str.split, _TABLE.strip().splitlines())}
"""The table's lines by their procedures."""

# Where both flags are written alike up to their last words: the common part, and the ends.
_EXCLUSIVE = {
    "affect": ("VIR_DOMAIN_AFFECT_", "LIVE", "CONFIG"),
    "checkpoint": ("VIR_DOMAIN_CHECKPOINT_CREATE_", "REDEFINE", "QUIESCE"),
    "checkpoint_children": ("VIR_DOMAIN_CHECKPOINT_DELETE_", "CHILDREN", "CHILDREN_ONLY"),
    "dirty_rate": ("VIR_DOMAIN_DIRTYRATE_MODE_", "DIRTY_BITMAP", "DIRTY_RING"),
    "dump_live": ("VIR_DUMP_", "CRASH", "LIVE"),
    "dump_live_reset": ("VIR_DUMP_", "LIVE", "RESET"),
    "dump_reset": ("VIR_DUMP_", "CRASH", "RESET"),
    "revert": ("VIR_DOMAIN_SNAPSHOT_REVERT_", "RUNNING", "PAUSED"),
    "save": ("VIR_DOMAIN_SAVE_", "RUNNING", "PAUSED"),
    "snapshot": ("VIR_DOMAIN_SNAPSHOT_CREATE_", "REDEFINE", "NO_METADATA"),
    "snapshot_children": ("VIR_DOMAIN_SNAPSHOT_DELETE_", "CHILDREN", "CHILDREN_ONLY"),
    "vcpus": ("VIR_DOMAIN_", "VCPU_GUEST", "AFFECT_CONFIG"),
}

Check = Callable[[tuple[Any, ...]], ManorError | None]


def _amount(value: Any) -> int:
    return value if isinstance(value, int) else len(value)


# Kinds of checks: what is wrong, and the words for it.
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "null": (lambda value: not value, "{name} in {function} must not be NULL"),
    "zero": (lambda value: _amount(value) == 0, "{name} in {function} must not be zero"),
    "positive": (lambda value: _amount(value) <= 0, "{name} in {function} must be greater than zero"),
    "empty": (lambda value: value == "", "string {name} in {function} must not be empty"),
}


# Kinds about enumerations: the members, the words, and the argument that libvirt names.
_ENUMERATIONS: dict[str, tuple[frozenset[int], str, str]] = {
    "codeset": (frozenset(KeycodeSet), "Unsupported codeset '{value}'", "codeset"),
    "format": (frozenset(DomainCoreDumpFormat), "dumpformat '{value}' is not supported", "flags"),
}


def _check_of(word: str, function: str, positions: dict[str, int]) -> Check:
    """One word of a line as a function of the arguments on the wire."""
    error = reporter(error_domain(function))
    if word.startswith("!"):
        return _exclusive(word[1:], function, positions["flags"])
    field, _, rule = word.partition(":")
    kind, _, name = rule.partition("=")
    position = positions[field]
    if kind.startswith("below"):
        limit, words = int(kind.removeprefix("below")), name.replace("_", " ")

        def below(args: tuple[Any, ...]) -> ManorError | None:
            value = args[position]
            return error(ErrorNumber.INVALID_ARG, f"invalid {words} '{value}'") if value >= limit else None

        return below
    if kind in _ENUMERATIONS:
        members, text, label = _ENUMERATIONS[kind]

        def unknown(args: tuple[Any, ...]) -> ManorError | None:
            value = args[position]
            if value in members:
                return None
            return error.argument(text.format(value=value - (value >> 31 << 32)), function, label)

        return unknown
    wrong, text = _KINDS[kind]
    name = name or field
    message = text.format(name=name, function=function)

    def check(args: tuple[Any, ...]) -> ManorError | None:
        return error.argument(message, function, name) if wrong(args[position]) else None

    return check


def _exclusive(group: str, function: str, position: int) -> Check:
    prefix, *ends = _EXCLUSIVE[group]
    names = [prefix + end for end in ends]
    masks = [int(values()[name]) for name in names]
    error = reporter(error_domain(function))
    text = f"Flags '{names[0]}' and '{names[1]}' are mutually exclusive"

    def check(args: tuple[Any, ...]) -> ManorError | None:
        flags = args[position]
        # "ctl" is what libvirt says here, wherever it is.
        return error.argument(text, function, "ctl") if flags & masks[0] and flags & masks[1] else None

    return check


def checks_of(procedure: Procedure) -> tuple[Check, ...]:
    """The checks of a procedure's arguments; each gives the error where something is wrong."""
    if procedure.name not in CHECKED:
        return ()
    positions = {field.name: at for at, field in enumerate(procedure.args.fields)}
    function, *words = CHECKED[procedure.name]
    return tuple(_check_of(word, function, positions) for word in words)
