# SPDX-License-Identifier: Apache-2.0
"""Write src/manor/wire/tables/*.py from a description of libvirt's wire protocol (protocol.json).

Run it when the protocol grows: ``python tools/generate_wire_tables.py ../shared/facts/protocol.json``.
With ``--check`` nothing is written and the exit status says whether the files are current. The grammar of the rows
is explained in src/manor/wire/tables/__init__.py.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parent.parent / "src" / "manor"
TABLES = SOURCE / "wire" / "tables"
CATALOGUE = SOURCE / "drivers" / "interface"

PROGRAMS = ("remote", "qemu", "lxc", "admin", "keepalive")

# Where the catalogue has another name than the wire.
RENAMED = {"to": "to_file", "from": "from_file", "src_spec": "source_spec", "maxcells": "max_cells"}

# Shared structures and the records they become. Structures that belong to one procedure need no row.
RECORDS = {
    "admin_nonnull_client": "AdminClientRef",
    "admin_nonnull_server": "AdminServerRef",
    "remote_domain_disk_error": "DomainDiskError",
    "remote_domain_event_graphics_address": "events.GraphicsAddress",
    "remote_domain_event_graphics_identity": "events.GraphicsIdentity",
    "remote_domain_fsinfo": "DomainFSInfo",
    "remote_domain_get_security_label_ret": "SecurityLabel",
    "remote_domain_interface": "DomainInterface",
    "remote_domain_iothread_info": "DomainIOThreadInfo",
    "remote_domain_ip_addr": "DomainIPAddress",
    "remote_domain_memory_stat": "DomainMemoryStat",
    "remote_domain_stats_record": "DomainStatsRecord",
    "remote_network_dhcp_lease": "NetworkDHCPLease",
    "remote_node_get_cpu_stats": "NodeCPUStat",
    "remote_node_get_memory_stats": "NodeMemoryStat",
    "remote_nonnull_domain": "DomainRef",
    "remote_nonnull_domain_checkpoint": "DomainCheckpointRef",
    "remote_nonnull_domain_snapshot": "DomainSnapshotRef",
    "remote_nonnull_interface": "InterfaceRef",
    "remote_nonnull_network": "NetworkRef",
    "remote_nonnull_network_port": "NetworkPortRef",
    "remote_nonnull_node_device": "NodeDeviceRef",
    "remote_nonnull_nwfilter": "NwfilterRef",
    "remote_nonnull_nwfilter_binding": "NwfilterBindingRef",
    "remote_nonnull_secret": "SecretRef",
    "remote_nonnull_storage_pool": "StoragePoolRef",
    "remote_nonnull_storage_vol": "StorageVolRef",
    "remote_vcpu_info": "VcpuInfo",
    "remote_error": "",
}

# XDR gives each of these a whole unit of 4 bytes.
WIDTHS = {"char": "int", "short": "int", "uchar": "uint", "ushort": "uint", "remote_auth_type": "int"}

# Reading calls whose callers say with VIR_TYPED_PARAM_STRING_OKAY in the flags that they take string parameters.
STRING_OKAY = {
    "domain_block_stats_flags",
    "domain_get_blkio_parameters",
    "domain_get_block_io_tune",
    "domain_get_cpu_stats",
    "domain_get_interface_parameters",
    "domain_get_launch_security_info",
    "domain_get_memory_parameters",
    "domain_get_numa_parameters",
    "domain_get_scheduler_parameters_flags",
    "node_get_memory_parameters",
    "node_get_sev_info",
}


def snake(name: str) -> str:
    """``srcPath`` as ``src_path``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def struct_name(name: str) -> str:
    return name.removeprefix("remote_").removeprefix("admin_").removeprefix("nonnull_")


class Writer:
    """Turns one program's facts into rows."""

    def __init__(self, name: str, facts: dict[str, Any], catalogue: dict[str, tuple[str, tuple[str, ...]]]) -> None:
        self.name = name
        self.facts = facts["programs"][name]
        self.everything = facts["programs"]
        self.catalogue = catalogue
        self.used: dict[str, None] = {}
        self.limits: dict[str, int] = {}

    def typedef(self, name: str) -> dict[str, Any] | None:
        for program in self.everything.values():
            if name in program["typedefs"]:
                found: dict[str, Any] = program["typedefs"][name]
                return found
        return None

    def struct(self, name: str) -> dict[str, Any] | None:
        for program in self.everything.values():
            if name in program["structs"]:
                found: dict[str, Any] = program["structs"][name]
                return found
        return None

    def limit(self, field: dict[str, Any]) -> str:
        constant = field.get("max_const")
        if not constant:
            return str(field["max"])
        constant = constant.removeprefix("REMOTE_").removeprefix("ADMIN_")
        self.limits[constant] = field["max"]
        return str(constant)

    def type(self, field: dict[str, Any]) -> str:
        """A field's type in the rows' grammar."""
        kind, base = field["kind"], field["type"]
        typedef = self.typedef(base)
        if kind in ("fixed_opaque", "fixed_array"):
            if (base, field["length"]) == ("opaque", 16):
                return "uuid"
            return f"{'text' if base == 'char' else base}[{field['length']}]"
        if kind == "var_opaque":
            return f"opaque<{self.limit(field)}>"
        if kind == "string":
            return "string"
        if kind == "plain":
            return self.type(typedef) if typedef else self.plain(base)
        inner = self.type(typedef) if typedef else self.plain(base)
        if kind == "optional":
            return inner + "?"
        if base == "char":
            # SASL exchanges bytes this way, security labels are texts.
            inner = "octets" if field["name"] == "data" else "text"
        return f"{inner}<{self.limit(field)}>"

    def plain(self, base: str) -> str:
        if base.endswith("_typed_param"):
            return "param"
        if self.struct(base):
            self.used[base] = None
            return struct_name(base)
        return WIDTHS.get(base, base)

    def field(self, field: dict[str, Any]) -> str:
        name = snake(field["name"])
        return f"{RENAMED.get(name, name)}:{self.type(field)}"

    def fields(self, name: str | None) -> list[str]:
        """The fields of a structure; one that only wraps another as ``msg`` is the other's, laid out alike."""
        found: list[str] = []
        for field in (self.struct(name) or {"fields": []})["fields"] if name else []:
            if field["name"] == "msg":
                found += self.fields(field["type"])
            else:
                found.append(self.field(field))
        return found

    def words(self, procedure: dict[str, Any]) -> Iterator[str]:
        """What is to be known of a procedure beside its structures."""
        if procedure.get("priority") == "high":
            yield "high"
        if procedure.get("allowed_before_auth"):
            yield "preauth"
        for key in ("stream", "fds"):
            if procedure.get(key):
                yield f"{key}={procedure[key]}"
        if procedure.get("sparseflag"):
            yield f"sparse={procedure['sparseflag']}"
        if self.base_name(procedure) in STRING_OKAY:
            yield "string_okay"
        for filtered in procedure.get("aclfilter", ()):
            yield f"filter={filtered}"
        event = procedure.get("event")
        if event:
            yield f"event={event['object']}/{event['id']}"
        elif procedure["is_event"]:
            yield "event"
        if procedure.get("since_libvirt"):
            yield f"since={procedure['since_libvirt']}"

    def base_name(self, procedure: dict[str, Any]) -> str:
        return str(re.sub(r"^[A-Z]+_PROC_", "", procedure["name"]).lower())

    def procedure(self, procedure: dict[str, Any]) -> str:
        name = self.base_name(procedure)
        head = " ".join([str(procedure["number"]), name, *self.words(procedure)])
        acl = " ".join(procedure.get("acl") or ())
        args = self.fields(procedure["args"])
        answer = self.fields(procedure["msg"] if procedure["is_event"] else procedure["ret"])
        record, names = self.catalogue.get(name, ("", ()))
        if record and [field.partition(":")[0] for field in answer] == list(names):
            answer.insert(0, f"={record}")
        return "; ".join([head, acl, " ".join(args), " ".join(answer)]).rstrip()

    def structures(self) -> list[str]:
        """Rows of the shared structures in use; a row may need further ones."""
        rows: dict[str, str] = {}
        while pending := [name for name in self.used if name not in rows]:
            for name in pending:
                rows[name] = " ".join([struct_name(name), RECORDS[name] or "-", *self.fields(name)])
        return sorted(rows.values())

    def module(self) -> str:
        procedures = [self.procedure(one) for one in self.facts["procedures"]]
        if self.name == "remote":
            self.used["remote_error"] = None
        # qemu and lxc use structures of the remote program, which has their rows.
        structures = self.structures() if self.name in ("remote", "admin") else []
        limits = " ".join(f"{name}={value}" for name, value in sorted(self.limits.items()))
        long = any(len(row) > 120 for row in (*structures, *procedures))
        return "\n".join(
            [
                "# SPDX-License-Identifier: Apache-2.0",
                *(["# ruff: noqa: E501"] if long else []),
                f'"""The {self.name} program, written by tools/generate_wire_tables.py: do not edit."""',
                "",
                f"NUMBER = 0x{self.facts['program']:X}",
                f"VERSION = {self.facts['version']}",
                "",
                'LIMITS = """',
                *limits.split(),
                '"""',
                "",
                'STRUCTURES = """',
                *structures,
                '"""',
                "",
                'PROCEDURES = """',
                *procedures,
                '"""',
                "",
            ]
        )


def record_fields() -> dict[str, tuple[str, ...]]:
    """The fields of every record."""
    return {
        node.name: tuple(ast.unparse(field.target) for field in node.body if isinstance(field, ast.AnnAssign))
        for home in ("references", "params", "results")
        for node in ast.walk(ast.parse((SOURCE / "records" / f"{home}.py").read_text()))
        if isinstance(node, ast.ClassDef)
    }


def catalogue_records() -> dict[str, tuple[str, tuple[str, ...]]]:
    """The record each operation returns and the record's fields, where it returns one."""
    fields = record_fields()
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for path in sorted(CATALOGUE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef) and isinstance(node.returns, ast.Name):
                name = node.returns.id
                if name in fields:
                    found[node.name] = (name, fields[name])
    return found


def render(facts: dict[str, Any]) -> dict[Path, str]:
    """The generated files and their contents."""
    catalogue = catalogue_records()
    return {TABLES / f"{name}.py": Writer(name, facts, catalogue).module() for name in PROGRAMS}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", type=Path, help="protocol.json of the wire protocol facts")
    parser.add_argument("--check", action="store_true", help="write nothing, say whether files are current")
    options = parser.parse_args()
    files = render(json.loads(options.protocol.read_text()))
    if options.check:
        return int(any(not path.exists() or path.read_text() != text for path, text in files.items()))
    for path, text in files.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
