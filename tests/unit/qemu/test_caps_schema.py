# SPDX-License-Identifier: Apache-2.0
"""Paths through a QMP schema."""

from __future__ import annotations

import json

import pytest

from manor.drivers.qemu.caps_schema import QmpSchema, pack

SCHEMA = [
    {"name": "query-block", "meta-type": "command", "arg-type": "0", "ret-type": "[1]"},
    {"name": "blockdev-add", "meta-type": "command", "arg-type": "2", "ret-type": "0", "features": ["f"]},
    {"name": "STOP", "meta-type": "event", "arg-type": "0"},
    {"name": "0", "meta-type": "object", "members": []},
    {"name": "[1]", "meta-type": "array", "element-type": "1"},
    {"name": "1", "meta-type": "object", "members": [{"name": "inserted", "type": "2", "default": None}]},
    {
        "name": "2",
        "meta-type": "object",
        "tag": "driver",
        "members": [{"name": "driver", "type": "3", "features": ["deprecated"]}],
        "variants": [{"case": "file", "type": "4"}, {"case": "qcow2", "type": "5"}],
    },
    {"name": "3", "meta-type": "enum", "values": ["file", "qcow2"]},
    {"name": "4", "meta-type": "object", "members": [{"name": "filename", "type": "str"}]},
    {"name": "5", "meta-type": "object", "members": [{"name": "backing", "type": "6"}]},
    {"name": "6", "meta-type": "alternate", "members": [{"type": "str"}, {"type": "2"}]},
    {"name": "str", "meta-type": "builtin", "json-type": "string"},
]


@pytest.fixture(scope="module")
def schema() -> QmpSchema:
    return QmpSchema.decode(pack(json.dumps(SCHEMA).encode()))


@pytest.mark.parametrize(
    "path",
    [
        "query-block",
        "STOP",
        "blockdev-add/$f",
        "blockdev-add/arg-type/driver",
        "blockdev-add/arg-type/driver/$deprecated",
        "blockdev-add/arg-type/driver/^qcow2",
        "blockdev-add/arg-type/+file/filename",
        "blockdev-add/arg-type/+qcow2/backing/+file/filename",
        "query-block/ret-type/inserted/+qcow2/backing",
    ],
)
def test_there(schema: QmpSchema, path: str) -> None:
    assert path in schema


@pytest.mark.parametrize(
    "path",
    [
        "",
        "query-blocks",
        "STOP/ret-type",
        "blockdev-add/$g",
        "blockdev-add/driver",
        "blockdev-add/arg-type/filename",
        "blockdev-add/arg-type/driver/^raw",
        "blockdev-add/arg-type/+raw",
        "blockdev-add/arg-type/+file/filename/x",
        "blockdev-add/arg-type/+qcow2/backing/$deprecated",
    ],
)
def test_not_there(schema: QmpSchema, path: str) -> None:
    assert path not in schema


def test_no_schema() -> None:
    assert "query-block" not in QmpSchema.decode(b"")
