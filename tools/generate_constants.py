# SPDX-License-Identifier: Apache-2.0
"""Write src/manor/constants/{_data.py,__init__.pyi} and the drop-in modules' stubs of constants from api.json,
a description of libvirt's API.

Run it when the API grows: ``python tools/generate_constants.py ../shared/facts/api.json``.
With ``--check`` nothing is written and the exit status says whether the files are current.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "src" / "manor" / "constants"
DROP_IN = REPOSITORY / "packages" / "libvirt" / "src"

# Enumerations whose values are bits although "Flag" is not in their name.
BIT_SETS = {
    "virDomainGuestInfoTypes",
    "virDomainMessageType",
    "virDomainModificationImpact",
    "virDomainStatsTypes",
    "virEventHandleType",
    "virStreamEventType",
}
# Enumerations that receive numbers from peers newer than this table.
OPEN = {"virErrorDomain", "virErrorLevel", "virErrorNumber"}

# Where the common prefix of the members is not the useful one, mostly enumerations of one member.
PREFIXES = {
    "virAdmConnectDaemonShutdownFlags": "VIR_DAEMON_SHUTDOWN_",
    "virDomainBlockJobSetSpeedFlags": "VIR_DOMAIN_BLOCK_JOB_SPEED_",
    "virDomainFDAssociateFlags": "VIR_DOMAIN_FD_ASSOCIATE_",
    "virDomainPMSuspendedDiskReason": "VIR_DOMAIN_PMSUSPENDED_DISK_",
    "virDomainPMSuspendedReason": "VIR_DOMAIN_PMSUSPENDED_",
    "virDomainSetTimeFlags": "VIR_DOMAIN_TIME_",
    "virDomainSetUserPasswordFlags": "VIR_DOMAIN_PASSWORD_",
    "virErrorNumber": "VIR_ERR_",
    "virNWFilterBindingCreateFlags": "VIR_NWFILTER_BINDING_CREATE_",
    "virNWFilterDefineFlags": "VIR_NWFILTER_DEFINE_",
    "virNodeGetCPUStatsAllCPUs": "VIR_NODE_CPU_STATS_",
    "virNodeGetMemoryStatsAllCells": "VIR_NODE_MEMORY_STATS_",
    "virTypedParameterFlags": "VIR_TYPED_PARAM_",
}

# libvirt's string macros belong to no C enumeration; these prefixes group them.
STRING_GROUPS = {
    "VIR_CLIENT_INFO_": "ClientInfoField",
    "VIR_CONNECT_IDENTITY_": "ConnectIdentityField",
    "VIR_DOMAIN_ANNOUNCE_INTERFACE_": "DomainAnnounceInterfaceField",
    "VIR_DOMAIN_BANDWIDTH_": "DomainBandwidthField",
    "VIR_DOMAIN_BLKIO_": "DomainBlkioField",
    "VIR_DOMAIN_BLOCK_COPY_": "DomainBlockCopyField",
    "VIR_DOMAIN_BLOCK_IOTUNE_": "DomainBlockIotuneField",
    "VIR_DOMAIN_BLOCK_STATS_": "DomainBlockStatsField",
    "VIR_DOMAIN_CPU_STATS_": "DomainCPUStatsField",
    "VIR_DOMAIN_GUEST_INFO_": "DomainGuestInfoField",
    "VIR_DOMAIN_IOTHREAD_": "DomainIOThreadField",
    "VIR_DOMAIN_JOB_": "DomainJobField",
    "VIR_DOMAIN_LAUNCH_SECURITY_": "DomainLaunchSecurityField",
    "VIR_DOMAIN_MEMORY_": "DomainMemoryField",
    "VIR_DOMAIN_NUMA_": "DomainNumaField",
    "VIR_DOMAIN_SAVE_PARAM_": "DomainSaveField",
    "VIR_DOMAIN_SCHEDULER_": "DomainSchedulerField",
    "VIR_DOMAIN_STATS_": "DomainStatsField",
    "VIR_DOMAIN_TUNABLE_": "DomainTunableField",
    "VIR_MIGRATE_PARAM_": "MigrateField",
    "VIR_NETWORK_PORT_BANDWIDTH_": "NetworkPortBandwidthField",
    "VIR_NODE_CPU_STATS_": "NodeCPUStatsField",
    "VIR_NODE_MEMORY_SHARED_": "NodeMemorySharedField",
    "VIR_NODE_MEMORY_STATS_": "NodeMemoryStatsField",
    "VIR_NODE_SEV_": "NodeSEVField",
    "VIR_PERF_PARAM_": "PerfField",
    "VIR_SERVER_CLIENTS_": "ServerClientsField",
    "VIR_THREADPOOL_": "ThreadpoolField",
}

# Ends of enumerations: their values grow with the version, so they are no members. The Python
# module shows only the first two.
SHOWN_SENTINELS = {"VIR_DOMAIN_MEMORY_STAT_LAST", "VIR_DOMAIN_MEMORY_STAT_NR"}
REAL_LASTS = {"VIR_NETWORK_UPDATE_COMMAND_ADD_LAST"}


@dataclass(frozen=True)
class Group:
    """One enumeration: its Python name, C name ("" for string macros), kind, library and members."""

    name: str
    source: str
    kind: str
    library: str
    prefix: str
    members: dict[str, int | str]

    def member_name(self, c_name: str) -> str:
        if c_name.startswith(self.prefix):
            return c_name[len(self.prefix) :]
        return c_name[len("VIR_") :]


def is_sentinel(name: str) -> bool:
    return name in SHOWN_SENTINELS or (name.endswith("_LAST") and name not in REAL_LASTS)


def common_prefix(enum: str, names: list[str]) -> str:
    """The words all members share; for a single member, the words it shares with the enumeration."""
    if enum in PREFIXES:
        return PREFIXES[enum]
    words = [name.split("_") for name in names]
    if len(words) == 1:
        split = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", enum))
        words.append([*split.upper().split("_"), "end"])
    shared = 0
    while shared < min(map(len, words)) - 1 and len({word[shared] for word in words}) == 1:
        shared += 1
    return "_".join(words[0][:shared]) + "_"


def enum_groups(api: dict[str, Any]) -> Iterator[Group]:
    for source, enum in sorted(api["enums"].items()):
        members = {m["name"]: m["value"] for m in enum["members"] if not is_sentinel(m["name"])}
        flags = "Flag" in source or source in BIT_SETS
        kind = "O" if source in OPEN else "F" if flags else "I"
        prefix = common_prefix(source, list(members))
        yield Group(source.removeprefix("vir"), source, kind, enum["library"], prefix, members)


def string_groups(api: dict[str, Any]) -> Iterator[Group]:
    left = {name: macro["value"] for name, macro in sorted(api["string_macros"].items())}
    admin = {"VIR_CLIENT_INFO_", "VIR_SERVER_CLIENTS_", "VIR_THREADPOOL_"}
    for prefix, name in STRING_GROUPS.items():
        members = {macro: left.pop(macro) for macro in list(left) if macro.startswith(prefix)}
        yield Group(name, "", "S", "libvirt-admin" if prefix in admin else "libvirt", prefix, members)
    if left:
        sys.exit(f"string macros without a group, add a prefix to STRING_GROUPS: {sorted(left)}")


def integers(api: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Integer macros and shown sentinels by the library that shows them; "c" is C only."""
    found: dict[str, dict[str, int]] = {"libvirt": {}, "c": {}}
    shown = api["python_api"]["libvirt"]["constants"]
    for name, macro in sorted(api["int_macros"].items()):
        found["libvirt" if name in shown else "c"][name] = macro["value"]
    for enum in api["enums"].values():
        for member in enum["members"]:
            if member["name"] in SHOWN_SENTINELS:
                found["libvirt"][member["name"]] = member["value"]
    return found


def pairs(group: Group) -> str:
    """``NAME=value`` words; a member that does not carry the prefix keeps its whole C name."""
    words = []
    for name, value in group.members.items():
        short = name[len(group.prefix) :] if name.startswith(group.prefix) else name
        words.append(f"{short}={value}")
    return " ".join(words)


def literal(text: str, indent: int) -> str:
    """A string literal, in adjacent parts when it is long."""
    room = 104 - indent
    if len(text) <= room:
        return f'"{text}"'
    parts = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    pad = " " * indent
    return ("\n" + pad).join(f'"{part} "' for part in parts[:-1]) + f'\n{pad}"{parts[-1]}"'


def data_module(groups: list[Group], numbers: dict[str, dict[str, int]]) -> str:
    lines = [
        "# SPDX-License-Identifier: Apache-2.0",
        '"""libvirt\'s constants as compact text, written by tools/generate_constants.py: do not edit.',
        "",
        "Here are only names and values; _loader.py makes enumerations of them on first use.",
        '"""',
        "",
        "# name: (C enumeration, kind, library, prefix, members). Kinds: I IntEnum, F IntFlag, S StrEnum,",
        "# O IntEnum that also takes numbers it does not know. A member that starts with VIR_ is a whole C name.",
        "ENUMS: dict[str, tuple[str, str, str, str, str]] = {",
    ]
    for group in groups:
        head = ", ".join(f'"{part}"' for part in (group.source, group.kind, group.library, group.prefix))
        lines += [
            f'    "{group.name}": (',
            *(f"        {part}," for part in head.split(", ")),
            f"        {literal(pairs(group), 8)},",
            "    ),",
        ]
    lines += ["}", "", "# Integer macros by the library whose Python module shows them; c: shown by none."]
    lines.append("INTEGERS: dict[str, str] = {")
    for library, values in numbers.items():
        text = " ".join(f"{name}={value}" for name, value in values.items())
        lines.append(f'    "{library}": {literal(text, 4)},')
    return "\n".join([*lines, "}", ""])


def stub_class(group: Group) -> Iterator[str]:
    base = {"I": "IntEnum", "F": "IntFlag", "S": "StrEnum", "O": "IntEnum"}[group.kind]
    yield f"class {group.name}({base}):"
    for c_name, value in group.members.items():
        shown = f'"{value}"' if isinstance(value, str) else str(value)
        yield f"    {group.member_name(c_name)} = {shown}"
    yield ""


def stub_module(groups: list[Group], numbers: dict[str, dict[str, int]]) -> str:
    lines = [
        "# SPDX-License-Identifier: Apache-2.0",
        "# Written by tools/generate_constants.py: do not edit.",
        "# ruff: noqa: S105",
        "from enum import IntEnum, IntFlag, StrEnum",
        "",
        'def values(library: str = "libvirt") -> dict[str, int | str]: ...',
        "",
    ]
    names = sorted(name for values in numbers.values() for name in values)
    lines += [*(f"{name.removeprefix('VIR_')}: int" for name in names), ""]
    for group in groups:
        lines += stub_class(group)
    return "\n".join(lines).rstrip() + "\n"


def flat_stub(api: dict[str, Any], module: str) -> str:
    """The stub of a drop-in module's constants, under their C names."""
    lines = ["# SPDX-License-Identifier: Apache-2.0", "# Written by tools/generate_constants.py: do not edit.", ""]
    for name, constant in sorted(api["python_api"][module]["constants"].items()):
        lines.append(f"{name}: {type(constant['value']).__name__}")
    return "\n".join(lines) + "\n"


def render(api: dict[str, Any]) -> dict[Path, str]:
    """The generated files and their contents."""
    groups = [*enum_groups(api), *string_groups(api)]
    check_names(groups)
    numbers = integers(api)
    files = {
        PACKAGE / "_data.py": data_module(groups, numbers),
        PACKAGE / "__init__.pyi": stub_module(groups, numbers),
        DROP_IN / "libvirt" / "_constants.pyi": flat_stub(api, "libvirt"),
        DROP_IN / "libvirt_qemu" / "_constants.pyi": flat_stub(api, "libvirt_qemu"),
    }
    return {path: formatted(path, text) for path, text in files.items()}


def formatted(path: Path, text: str) -> str:
    """The text as the project's formatter leaves it, so that generating again changes nothing."""
    argv = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(path), "-"]
    return subprocess.run(argv, input=text, capture_output=True, text=True, check=True).stdout


def check_names(groups: Iterable[Group]) -> None:
    for group in groups:
        bad = [n for n in map(group.member_name, group.members) if not n.isidentifier()]
        if bad or any(" " in str(v) for v in group.members.values()):
            sys.exit(f"{group.name}: not usable as members: {bad or group.members}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("api", type=Path, help="api.json of the libvirt API facts")
    parser.add_argument("--check", action="store_true", help="write nothing, say whether files are current")
    options = parser.parse_args()
    files = render(json.loads(options.api.read_text()))
    if options.check:
        return int(any(not path.exists() or path.read_text() != text for path, text in files.items()))
    for path, text in files.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
