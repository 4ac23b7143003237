# SPDX-License-Identifier: Apache-2.0
"""What is played against both test drivers: each scenario drives one area through success and failure.

A scenario gets a `Recorder` and uses the binding only through it. A module holds the scenarios of one family.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import signature

from tests.interop.testdriver.recorder import Recorder

Scenario = Callable[[Recorder], None]
FAMILIES = (
    "host",
    "domain_lifecycle",
    "domain_listing",
    "domain_definition",
    "domain_state",
    "domain_tuning",
    "domain_monitoring",
    "domain_guest",
    "snapshots",
    "checkpoints",
    "networks",
    "storage",
    "interfaces",
    "node_devices",
    "files",
    "unsupported",
)

SCENARIOS: dict[str, Scenario] = {}
"""Scenario by name `family.function`."""


def _collect() -> None:
    for family in FAMILIES:
        try:
            module = import_module(f"{__name__}.{family}")
        except ModuleNotFoundError:
            continue
        for name, member in vars(module).items():
            own = getattr(member, "__module__", "") == module.__name__ and name[0] != "_"
            if own and callable(member) and list(signature(member).parameters) == ["r"]:
                SCENARIOS[f"{family}.{name}"] = member


_collect()
