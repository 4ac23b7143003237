# SPDX-License-Identifier: Apache-2.0
"""The design rules a machine can check: import layers, what the client may need, module docstrings, sizes.

A unit is one room of the architecture: a package or module directly below `manor`, below `manor.drivers`
for the drivers, and the drop-in modules together. Imports inside functions and for type checking
count like any other: knowing of a thing above is the error, not when it is loaded.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.support import ROOT

DROP_IN = "drop-in"
SOURCES = (ROOT / "src", ROOT / "packages/libvirt/src")

# From the bottom to the top; a unit imports only from rows below its own.
ROWS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "constants", "uri", "records"}),
    frozenset({"wire", "schema", "store", "system", "drivers.interface"}),
    frozenset({"storage", "network", "nwfilter", "secret", "nodedev", "interface", "host", "drivers.registry"}),
    frozenset({"client", "users"}),
    frozenset({"drivers.qemu", "drivers.test", "drivers.lxc", "drivers.remote"}),
    frozenset({"api"}),
    frozenset({"cli", "daemon", "demo", DROP_IN}),
)
ROW_OF = {unit: number for number, row in enumerate(ROWS) for unit in row}

# The lowest row is one room in this respect: errors are numbered by constants, URIs raise errors.
FREE_AMONG_THEMSELVES = ROWS[0]

# `pip install manor` is these, with nothing but Python's standard library.
CLIENT_PART = ROWS[0] | {
    *("wire", "drivers.interface", "drivers.registry", "client", "users", "drivers.remote", "api", "cli", DROP_IN)
}
# What the client part may use when it is there, imported where it is needed: the extras of pyproject.toml.
CLIENT_EXTRAS = frozenset({"scramp", "gssapi", "asyncssh"})

# `import manor` is the door to the asyncio API, which it opens when it is first used.
BEHIND_THE_DOOR = frozenset({"api", "errors"})

MAX_FILE_LINES = 800
MAX_FUNCTION_LINES = 80


class Module(NamedTuple):
    """One source file."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def unit(self) -> str:
        return unit_of(self.name)

    @property
    def is_data(self) -> bool:
        """Whether it defines nothing that runs: a table may be as long as its facts."""
        return not any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(self.tree))


def unit_of(name: str) -> str:
    parts = name.split(".")
    if parts[0] != "manor":
        return DROP_IN
    if parts[1:2] == ["drivers"]:
        return ".".join(parts[1:3])
    return parts[1] if len(parts) > 1 else "manor"


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            parts = path.relative_to(source).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path, ast.parse(path.read_text(), str(path))))
    return tuple(found)


@cache
def names() -> frozenset[str]:
    return frozenset(module.name for module in modules())


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and full name of every module imported; `from package import module` names the module."""
    package = module.name if module.path.name == "__init__.py" else module.name.rpartition(".")[0]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in names() else base


def is_own(name: str) -> bool:
    return name.split(".")[0] in {"manor", "libvirt", "libvirt_qemu", "libvirt_lxc", "libvirtaio"}


def complain(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(problems)


def where(module: Module, line: int) -> str:
    return f"{module.path.relative_to(ROOT)}:{line}"


def test_every_unit_has_its_row() -> None:
    assert len(ROW_OF) == sum(map(len, ROWS)), "a unit is in two rows"
    # `manor` itself is its version, and `manor.drivers` nothing but a folder.
    unknown = {module.unit for module in modules()} - ROW_OF.keys() - {"manor", "drivers"}
    assert not unknown, f"units without a row in ROWS: {sorted(unknown)}"


def test_imports_point_downwards_only() -> None:
    problems = []
    for module in modules():
        for line, name in imports(module):
            above, below = module.unit, unit_of(name)
            if not is_own(name) or below in {above, "manor", "drivers"}:
                continue
            if {above, below} <= FREE_AMONG_THEMSELVES or (above == "manor" and below in BEHIND_THE_DOOR):
                continue
            if above in {"manor", "drivers"} or ROW_OF[below] >= ROW_OF[above]:
                problems.append(f"{where(module, line)}: {above} imports {below} ({name}), which is not below it")
    complain(problems)


def test_the_client_part_imports_only_the_standard_library() -> None:
    problems = []
    for module in modules():
        if module.unit not in CLIENT_PART:
            continue
        for line, name in imports(module):
            top = name.split(".")[0]
            if is_own(name):
                allowed = unit_of(name) in CLIENT_PART or unit_of(name) in {"manor", "drivers"}
            else:
                allowed = top in sys.stdlib_module_names or top in CLIENT_EXTRAS
            if not allowed:
                problems.append(f"{where(module, line)}: the client part imports {name}")
    complain(problems)


def test_the_client_part_loads_on_a_bare_interpreter() -> None:
    wanted = [m.name for m in modules() if m.unit in CLIENT_PART and not m.name.endswith("__main__")]
    program = f"""
import importlib, sys
sys.path[:0] = {[str(source) for source in SOURCES]!r}
for name in {wanted!r}:
    importlib.import_module(name)
"""
    # -I and -S: neither the environment's packages nor the user's are on the path.
    result = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_every_module_says_what_belongs_in_it() -> None:
    complain(
        [
            f"{module.path.relative_to(ROOT)}: no docstring"
            for module in modules()
            if ast.get_docstring(module.tree) is None
        ]
    )


def python_files() -> list[Path]:
    folders = [*SOURCES, ROOT / "tests", ROOT / "bench", ROOT / "tools"]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def test_every_file_names_its_licence_first() -> None:
    line = "# SPDX-License-Identifier: Apache-2.0"
    complain(
        [
            f"{path.relative_to(ROOT)}: the first line is not {line!r}"
            for path in python_files()
            if path.read_text().split("\n", 1)[0] != line
        ]
    )


def test_files_and_functions_stay_small() -> None:
    problems = []
    for path in python_files():
        text = path.read_text()
        tree = ast.parse(text, str(path))
        module = Module("", path, tree)
        if not module.is_data and text.count("\n") > MAX_FILE_LINES:
            problems.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines, at most {MAX_FILE_LINES}")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    problems.append(f"{where(module, node.lineno)}: {node.name} has {length} lines")
    complain(problems)
