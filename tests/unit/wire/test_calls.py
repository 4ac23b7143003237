# SPDX-License-Identifier: Apache-2.0
"""Every procedure is an operation, the connection layer's business or an event; both directions agree."""

from __future__ import annotations

import inspect
import itertools
import typing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manor import records
from manor.drivers.interface.admin import AdminFamily
from manor.drivers.interface.driver import FAMILIES, operations
from manor.errors import ErrorDomain, ErrorNumber, ManorError
from manor.records import DomainRef, NodeCPUMap, StorageVolRef, TypedParam, VcpuPlacement
from manor.wire import adapters, programs
from manor.wire.calls import CONNECTION_LAYER, Call, admin_call, call, call_of
from manor.wire.errors import DecodeError, EncodeError
from manor.wire.exchanges import EXCHANGES
from manor.wire.programs import ADMIN, HYPERVISOR, Procedure
from tests.unit.wire.strategies import TEXT, values

DOM = DomainRef("vm", bytes(16), 3)
OPERATIONS = [one for program in HYPERVISOR for one in program if not one.is_event and one.name not in CONNECTION_LAYER]
ADMIN_OPERATIONS = [one for one in ADMIN if one.name not in ("connect_open", "connect_close")]
EVERY = [pytest.param(one, id=one.name) for one in OPERATIONS + ADMIN_OPERATIONS]
QUICK = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))

PYTHON_TYPES = {
    "int": int,
    "uint": int,
    "hyper": int,
    "uhyper": int,
    "double": float,
    "string": str,
    "text": str,
    "uuid": bytes,
    "opaque": bytes,
    "param": TypedParam,
}


def signature(procedure: Procedure) -> inspect.Signature:
    if procedure.program is ADMIN:
        family: Any = AdminFamily
    else:
        family = FAMILIES[operations()[procedure.name]]
    return inspect.signature(getattr(family, procedure.name), eval_str=True)


def python_type(procedure: Procedure, field: Any) -> Any:
    single = PYTHON_TYPES.get(field.base)
    if single is None:
        single = getattr(records, procedure.program.structure(field.base).record)
    if field.form == "?":
        return single | None
    if field.form == "<" and field.base not in ("opaque", "text"):
        return list[single]  # type: ignore[valid-type]
    return single


def test_no_procedure_is_unreachable() -> None:
    catalogue = set(operations()) - {"unsupported"}
    for program in HYPERVISOR:
        for one in program:
            homes = (one.name in catalogue, one.name in CONNECTION_LAYER, one.is_event)
            assert sum(homes) == 1, one
    assert catalogue == {one.name for one in OPERATIONS}
    assert {name for name, _ in inspect.getmembers(AdminFamily, inspect.iscoroutinefunction)} == {
        one.name for one in ADMIN_OPERATIONS
    }
    assert {one.name for program in HYPERVISOR for one in program} >= CONNECTION_LAYER
    assert set(adapters.ADAPTERS) <= {one.name for one in OPERATIONS + ADMIN_OPERATIONS}
    assert set(EXCHANGES) <= catalogue


@pytest.mark.parametrize("procedure", EVERY)
def test_arguments_are_those_of_the_operation(procedure: Procedure) -> None:
    made = call_of(procedure)
    parameters = list(signature(procedure).parameters.values())[1:]
    given, stream, fds = made.split([parameter.name for parameter in parameters])
    raw = tuple(field.name for field in procedure.args.fields)
    assert (stream is not None) == (procedure.stream is not None)
    assert bool(fds) == procedure.takes_fds
    assert made.join(given, stream, fds) == tuple(parameter.name for parameter in parameters)
    expected = [name for name in raw if name in given]
    assert list(given) == expected
    sizes = {*("maxnames", "maxids", "maxuuids", "maxerrors", "max_stats", "nparams", "need_results", "need_map")}
    sizes |= {"need_online", "maxinfo", "maplen", "ncpumaps"}
    assert set(raw) - set(given) <= sizes
    types = {parameter.name: parameter.annotation for parameter in parameters}
    for field in procedure.args.fields:
        if field.name in given:
            assert types[field.name] == python_type(procedure, field), field


@pytest.mark.parametrize("procedure", EVERY)
def test_result_is_that_of_the_operation(procedure: Procedure) -> None:
    if procedure.name in adapters.ADAPTERS:
        pytest.skip("its shape has a test of its own")
    declared = signature(procedure).return_annotation
    fields = [field for field in procedure.ret.fields if field.name not in ("nparams", "nerrors")]
    if len(fields) > 1:
        fields = [field for field in fields if field.name != "ret"]
    if procedure.returns_fds:
        assert declared is int
    elif not fields:
        assert declared is None
    elif len(fields) == 1:
        assert declared == python_type(procedure, fields[0])
    else:
        assert declared is getattr(records, procedure.ret.record)
        hints = typing.get_type_hints(declared)
        for (name, hint), field in zip(hints.items(), fields, strict=True):
            assert (name, hint) == (field.name, python_type(procedure, field))


@pytest.mark.parametrize("procedure", EVERY)
def test_both_directions_agree(procedure: Procedure) -> None:
    """What a client sends arrives as the operation's arguments, and what the operation returns arrives back."""
    if procedure.name in adapters.ADAPTERS or procedure.name in EXCHANGES:
        pytest.skip("it has a test of its own")
    made = call_of(procedure)
    kept = [at for at in range(len(procedure.args.fields)) if at in made._kept]
    counted = made._count

    @QUICK
    @given(values(procedure.args), values(procedure.ret))
    def check(raw_args: Any, raw_ret: Any) -> None:
        args = tuple(raw_args[at] for at in kept)
        if made.asks_for_strings:
            args = tuple(value & ~4 if at == made._flags else value for at, value in zip(kept, args, strict=True))
        arrived, raw = made.decode_args(made.encode_args(args))
        assert arrived == args
        result = tuple(value for at, value in enumerate(raw_ret) if at != counted)
        expected = result[0] if len(result) == 1 else (raw_ret if result else None)
        if procedure.returns_fds:
            expected = 7
        payload, fds = made.encode_ret(expected, raw)
        found = made.decode_ret(payload, fds)
        assert found == expected
        assert type(found) is type(expected)

    check()


def raw_call(name: str, *raw: Any) -> tuple[Call, tuple[Any, ...], tuple[Any, ...]]:
    made = call(name)
    args, whole = made.decode_args(made.procedure.args.encode(raw))
    return made, args, whole


def answered(made: Call, result: Any, raw: Any) -> Any:
    return made.procedure.ret.decode(made.encode_ret(result, raw)[0])


def test_lists_are_cut_and_counted() -> None:
    made, args, raw = raw_call("connect_list_all_domains", 0, 5)
    assert args == (5,)
    assert answered(made, [DOM, DOM], raw) == ([], 2)
    made, args, raw = raw_call("connect_list_defined_domains", 2)
    assert args == ()
    assert answered(made, ["a", "b", "c"], raw) == (["a", "b"],)
    made, args, raw = raw_call("node_list_devices", "pci", 1, 0)
    assert args == ("pci", 0)
    made, args, raw = raw_call("domain_get_disk_errors", DOM, 0, 0)
    assert answered(made, [("vda", 1)], raw) == ([], 1)


def test_parameters_are_counted_and_filtered() -> None:
    params = [TypedParam("a", 1, 1), TypedParam("b", 7, "x"), TypedParam("c", 1, 2)]
    made, args, raw = raw_call("domain_get_memory_parameters", DOM, 0, 4)
    assert args == (DOM, 0)
    assert answered(made, params, raw) == ([], 3)
    made, args, raw = raw_call("domain_get_memory_parameters", DOM, 16, 1)
    assert answered(made, params, raw) == ([params[0], params[2]], 0)
    made, args, raw = raw_call("domain_get_memory_parameters", DOM, 2, 5)
    assert args == (DOM, 1)
    assert answered(made, params, raw) == (params[:2], 0)
    # The older call has no flags and no count.
    made, args, raw = raw_call("domain_get_scheduler_parameters", DOM, 1)
    assert answered(made, params, raw) == (params[:1],)


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("connect_list_domains", (16385,), "maxids > REMOTE_DOMAIN_LIST_MAX"),
        ("connect_list_domains", (-1,), "maxids must be non-negative"),
        ("connect_list_networks", (16385,), "maxnames > REMOTE_NETWORK_LIST_MAX"),
        ("domain_memory_stats", (DOM, 1025, 0), "internal error: maxStats > REMOTE_DOMAIN_MEMORY_STATS_MAX"),
        ("domain_get_numa_parameters", (DOM, 17, 0), "internal error: nparams too large"),
        ("domain_get_numa_parameters", (DOM, -1, 0), "internal error: nparams must be non-negative"),
        ("domain_get_disk_errors", (DOM, 257, 0), "internal error: maxerrors too large"),
        ("domain_get_cpu_stats", (DOM, 17, 0, 0, 0), "internal error: nparams too large"),
        ("domain_get_cpu_stats", (DOM, 1, 0, 129, 0), "internal error: ncpus too large"),
        ("domain_get_vcpus", (DOM, 16385, 1), "internal error: maxinfo > REMOTE_VCPUINFO_MAX"),
        ("domain_get_vcpus", (DOM, 16384, 513), "internal error: maxinfo * maplen > REMOTE_CPUMAPS_MAX"),
        ("domain_get_vcpu_pin_info", (DOM, 16385, 1, 0), "internal error: ncpumaps > REMOTE_VCPUINFO_MAX"),
        ("domain_get_vcpu_pin_info", (DOM, 16384, 513, 0), "internal error: maxinfo * maplen > REMOTE_CPUMAPS_MAX"),
        ("domain_get_emulator_pin_info", (DOM, 8388609, 0), "internal error: maplen > REMOTE_CPUMAPS_MAX"),
        ("node_get_cells_free_memory", (0, 1025), "maxcells > REMOTE_NODE_MAX_CELLS"),
        ("domain_memory_peek", (DOM, 0, 4194305, 0), "internal error: size > maximum buffer size"),
        ("domain_block_peek", (DOM, "vda", 0, 4194305, 0), "internal error: size > maximum buffer size"),
    ],
)
def test_maxima(name: str, raw: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ManorError) as caught:
        raw_call(name, *raw)
    assert caught.value.message == message
    assert caught.value.domain == ErrorDomain.RPC
    assert caught.value.code == (
        ErrorNumber.INTERNAL_ERROR if message.startswith("internal error: ") else ErrorNumber.RPC
    )


def test_too_long_an_answer() -> None:
    made, _, raw = raw_call("domain_get_security_label_list", DOM)
    with pytest.raises(EncodeError, match="Too many labels '65' for limit '64'"):
        made.encode_ret([("label", 0)] * 65, raw)


def test_streams_and_descriptors() -> None:
    vol = StorageVolRef("pool", "vol", "key")
    assert call("storage_vol_upload").split((vol, 1, 2, 3, "stream")) == ((vol, 1, 2, 3), "stream", ())
    assert call("domain_fd_associate").split((DOM, "name", 0, [5])) == ((DOM, "name", 0), None, [5])
    assert call("domain_open_graphics_fd").decode_ret(b"", [9]) == 9
    assert call("domain_open_graphics_fd").encode_ret(9, ()) == (b"", (9,))
    files = call("domain_monitor_command_with_files")
    assert files.split((DOM, "cmd", [5], 1)) == ((DOM, "cmd", 1), None, [5])
    assert files.join((DOM, "cmd", 1), None, [5]) == (DOM, "cmd", [5], 1)
    payload, fds = files.encode_ret(("{}", [6, 7]), ())
    assert files.decode_ret(payload, fds) == ("{}", [6, 7])
    assert call("domain_open_namespace").decode_ret(*call("domain_open_namespace").encode_ret([3, 4], ())) == [3, 4]


def test_block_job() -> None:
    made, args, raw = raw_call("domain_get_block_job_info", DOM, "vda", 0)
    assert args == (DOM, "vda", 0)
    for result in (None, records.DomainBlockJobInfo(1, 2, 3, 4)):
        assert made.decode_ret(*made.encode_ret(result, raw)) == result


def test_scheduler_type_has_a_count() -> None:
    made, _, raw = raw_call("domain_get_scheduler_type", DOM)
    assert made.count_operation == "domain_get_scheduler_parameters"
    assert answered(made, ("posix", 9), raw) == ("posix", 9)
    assert made.decode_ret(made.encode_ret(("posix", 9), raw)[0]) == "posix"


def test_logging_settings_are_counted() -> None:
    made = admin_call("connect_get_logging_filters")
    assert made.procedure.ret.decode(made.encode_ret("1:a 2:b", (0,))[0]) == ("1:a 2:b", 2)
    assert made.decode_ret(made.encode_ret(None, (0,))[0]) is None


def test_host_cpus() -> None:
    made, args, raw = raw_call("node_get_cpu_map", 0, 1, 8)
    assert args == (8,)
    result = NodeCPUMap(9, b"\xff\x01", 9)
    assert answered(made, result, raw) == (b"", 9, 9)
    args, raw = made.decode_args(made.encode_args((8,)))
    assert made.decode_ret(*made.encode_ret(result, raw)) == result


class Peer:
    """A server made of calls: operations are answered by functions."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    def run(self, steps: Any) -> Any:
        payload = None
        while True:
            try:
                procedure, sent = steps.send(payload)
            except StopIteration as done:
                return done.value
            made = call_of(procedure)
            args, raw = made.decode_args(sent)
            self.asked.append((procedure.name, raw))
            payload, _ = made.encode_ret(self.answers[procedure.name](*args), raw)


INFO = records.DomainInfo(1, 2, 3, 2, 5)


def test_vcpus_take_several_calls() -> None:
    vcpus = [VcpuPlacement(at, 1, 10 * at, at, bytes([at, 0])) for at in range(2)]
    peer = Peer(
        node_get_cpu_map=lambda flags: NodeCPUMap(9, b"\xff\1", 9),
        domain_get_info=lambda dom: INFO,
        domain_get_vcpus=lambda dom: vcpus,
        domain_get_vcpu_pin_info=lambda dom, flags: [vcpu.cpumap for vcpu in vcpus],
        domain_get_emulator_pin_info=lambda dom, flags: b"\3",
    )
    assert peer.run(EXCHANGES["domain_get_vcpus"](DOM)) == vcpus
    assert peer.asked[-1][1][1:] == (2, 2)
    assert peer.run(EXCHANGES["domain_get_vcpu_pin_info"](DOM, 1)) == [b"\0\0", b"\1\0"]
    assert peer.asked[-1][1][1:] == (2, 2, 1)
    assert peer.run(EXCHANGES["domain_get_emulator_pin_info"](DOM, 0)) == b"\3\0"


def cpu_rows(count: int, width: int) -> list[list[TypedParam]]:
    return [[TypedParam(f"p{column}", 4, row) for column in range(width)] for row in range(count)]


@pytest.mark.parametrize(("cpus", "width"), [(1, 2), (200, 2), (300, 16), (3, 0)])
def test_cpu_stats_take_several_calls(cpus: int, width: int) -> None:
    rows = cpu_rows(cpus, width)

    def stats(dom: Any, start: int, ncpus: int, flags: int) -> Any:
        return rows[:1] if start < 0 else rows[start : start + ncpus if ncpus else None]

    peer = Peer(domain_get_cpu_stats=stats)
    operation: Any = EXCHANGES["domain_get_cpu_stats"]
    assert peer.run(operation(DOM, 0, 0, 0)) == rows
    assert peer.run(operation(DOM, -1, 1, 0)) == rows[:1]
    assert peer.run(operation(DOM, 1, 0, 0)) == rows[1:]
    assert peer.run(operation(DOM, 0, 1, 0)) == rows[:1]
    for _, raw in peer.asked:
        assert raw[3] <= 128


def test_host_figures_are_counted_first() -> None:
    cpu = [records.NodeCPUStat("user", 1), records.NodeCPUStat("idle", 2)]
    memory = [records.NodeMemoryStat("total", 1)]
    peer = Peer(node_get_cpu_stats=lambda cpu_num, flags: cpu, node_get_memory_stats=lambda cell, flags: memory)
    assert peer.run(EXCHANGES["node_get_cpu_stats"](-1, 0)) == cpu
    assert [raw for _, raw in peer.asked] == [(-1, 0, 0), (-1, 2, 0)]
    assert peer.run(EXCHANGES["node_get_memory_stats"](7, 0)) == memory
    assert peer.asked[-1][1] == (1, 7, 0)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(LookupError):
        call("no_such_operation")
    with pytest.raises(LookupError):
        admin_call("no_such_operation")
    with pytest.raises(EncodeError):
        call("domain_create").encode_args(())
    with pytest.raises(DecodeError):
        call("domain_create").decode_args(b"")
    assert call("domain_create") is call("domain_create")


@QUICK
@given(st.lists(TEXT, max_size=5), st.integers(0, 6))
def test_any_maximum(names: list[str], maximum: int) -> None:
    made, _, raw = raw_call("connect_list_networks", maximum)
    assert answered(made, names, raw) == (names[:maximum],)


@pytest.mark.parametrize("maximum", [0, 7, -1, 2**31 - 1])
def test_a_maximum_that_callers_leave_unset(maximum: int) -> None:
    params = [TypedParam("a", 1, 1), TypedParam("b", 7, "x")]
    made, args, raw = raw_call("node_get_sev_info", maximum, 4)
    assert args == (0,)
    assert answered(made, params, raw) == (params, 0)
    port = records.NetworkPortRef(records.NetworkRef("net", bytes(16)), bytes(16))
    made, args, raw = raw_call("network_port_get_parameters", port, maximum, 3)
    assert args == (port, 3)
    assert answered(made, params, raw) == (params, 0)


def test_every_name_is_found_in_one_program() -> None:
    for one in itertools.chain(OPERATIONS):
        assert programs.operation(one.name) is one
