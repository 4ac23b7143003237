# SPDX-License-Identifier: Apache-2.0
"""What the tables say a daemon refuses or cuts, against a real libvirtd: the same bytes, the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from manor.client.blocking import BlockingBackend, connect
from manor.errors import ManorError
from manor.records import DomainRef
from manor.uri import ConnectURI
from manor.wire.calls import CONNECTION_LAYER, call_of
from manor.wire.codec import Field
from manor.wire.exchanges import ask
from manor.wire.programs import REMOTE, Procedure, operation
from tests.support.libvirtd import Libvirtd

MAXIMA = frozenset(
    {
        "maxnames",
        "maxids",
        "maxuuids",
        "maxerrors",
        "max_stats",
        "nparams",
        "maxinfo",
        "ncpumaps",
        "maplen",
        "max_cells",
    }
)
LIMITED = [
    procedure
    for procedure in REMOTE
    if procedure.name not in CONNECTION_LAYER and any(field.name in MAXIMA for field in procedure.args.fields)
]


@pytest.fixture(scope="module")
def backend(libvirtd: Libvirtd) -> Iterator[BlockingBackend]:
    backend = connect(ConnectURI.parse(libvirtd.uri("test", "/default")))
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def objects(backend: BlockingBackend) -> dict[str, Any]:
    """An object of each kind that the test driver has."""
    (dom,) = backend.call("connect_list_all_domains", 0)
    return {
        "domain": dom,
        "domain_snapshot": ("s", dom),
        "network_port": (("n", bytes(16)), bytes(16)),
        "storage_pool": backend.call("connect_list_all_storage_pools", 0)[0],
        "string": "x",
        "string?": "x",
    }


def outcome(backend: BlockingBackend, name: str, *values: Any) -> Any:
    """The daemon's answer as values, or its error."""
    try:
        return backend.run(ask(name, *values))
    except ManorError as error:
        return error.code, error.domain, error.message


def filled(field: Field, objects: dict[str, Any], maximum: int) -> Any:
    if field.name in MAXIMA:
        return maximum
    return objects.get(field.base, 0)


@pytest.mark.parametrize("maximum", [100_000, -1])
@pytest.mark.parametrize("procedure", LIMITED, ids=lambda one: one.name)
def test_the_same_maxima_are_refused_in_the_same_words(
    backend: BlockingBackend, objects: dict[str, Any], procedure: Procedure, maximum: int
) -> None:
    values = [filled(field, objects, maximum) for field in procedure.args.fields]
    try:
        payload = procedure.args.encode(values)
    except Exception:
        pytest.skip("no such number in this argument")
    try:
        call_of(procedure).decode_args(payload)
    except ManorError as error:
        theirs = outcome(backend, procedure.name, *values)
        assert theirs == (error.code, error.domain, error.message)
    else:
        # Not refused here: the real daemon leaves it to the driver, too.
        assert "too large" not in str(outcome(backend, procedure.name, *values))


def answer(backend: BlockingBackend, name: str, *values: Any) -> tuple[Any, Any]:
    """What the daemon answers to a call with these wire values, and what our server would, for the same result."""
    procedure = operation(name)
    assert procedure is not None
    call = call_of(procedure)
    args, raw = call.decode_args(procedure.args.encode(values))
    return outcome(backend, name, *values), procedure.ret.decode(call.encode_ret(backend.call(name, *args), raw)[0])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("connect_list_all_domains", (0, 0)),
        ("connect_list_all_domains", (1, 0)),
        ("connect_list_domains", (0,)),
        ("connect_list_networks", (1,)),
        ("connect_list_defined_networks", (9,)),
        ("connect_get_cpu_model_names", ("x86_64", 0, 0)),
        ("node_get_cpu_map", (0, 0, 0)),
        ("node_get_cpu_map", (1, 0, 0)),
        ("node_get_cpu_map", (0, 1, 0)),
        ("node_get_cells_free_memory", (0, 1)),
    ],
)
def test_answers_are_cut_alike(backend: BlockingBackend, name: str, values: tuple[Any, ...]) -> None:
    theirs, ours = answer(backend, name, *values)
    assert ours == theirs


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("domain_get_memory_parameters", (0, 0)),
        ("domain_get_memory_parameters", (1, 0)),
        ("domain_get_memory_parameters", (16, 4)),
        ("domain_get_blkio_parameters", (0, 0)),
        ("domain_get_blkio_parameters", (2, 0)),
        ("domain_get_blkio_parameters", (2, 4)),
        ("domain_get_numa_parameters", (2, 0)),
        ("domain_get_numa_parameters", (2, 4)),
        ("domain_get_scheduler_parameters", (1,)),
        ("domain_get_disk_errors", (0, 0)),
        ("domain_get_disk_errors", (1, 0)),
        ("domain_memory_stats", (2, 0)),
        ("domain_get_vcpus", (2, 0)),
        ("domain_get_vcpus", (1, 1)),
        ("domain_get_vcpu_pin_info", (2, 1, 0)),
        ("domain_get_emulator_pin_info", (1, 0)),
        ("domain_get_cpu_stats", (0, 0, 0, 0)),
        ("domain_get_cpu_stats", (0, -1, 1, 0)),
        ("domain_get_cpu_stats", (0, 0, 1, 0)),
    ],
)
def test_answers_about_a_domain_are_cut_alike(
    backend: BlockingBackend, objects: dict[str, Any], name: str, values: tuple[Any, ...]
) -> None:
    dom: DomainRef = objects["domain"]
    theirs, ours = answer(backend, name, dom, *values)
    # CPU times go on between the two calls.
    if name in ("domain_get_vcpus", "domain_get_cpu_stats"):
        theirs, ours = (shape(part) for part in (theirs, ours))
    assert ours == theirs


def shape(values: Any) -> Any:
    """The values without times."""
    if isinstance(values, list | tuple):
        return [shape(value) for value in values]
    return 0 if isinstance(values, int) and values > 1_000_000 else values
