# SPDX-License-Identifier: Apache-2.0
"""Kernel modules for the small guest: which to take, what they need, and the tables modprobe reads.

An unpacked kernel package has no modules.dep (depmod writes it at installation), so dependencies and
aliases are read from each module's own `.modinfo` strings. A module compressed with xz is unpacked,
since the guest's modprobe does not know compression.
"""

import lzma
import re
from dataclasses import dataclass, field
from pathlib import Path

_MODINFO = re.compile(rb"(?:^|\0)(alias|depends)=([ -~]*)")
_SUFFIXES = (".ko", ".ko.xz")


@dataclass(frozen=True, slots=True)
class Module:
    """One kernel module: its name with underscores, the unpacked ELF image and what it says of itself."""

    name: str
    image: bytes
    depends: tuple[str, ...] = ()
    aliases: tuple[str, ...] = field(default=(), repr=False)


def canonical(name: str) -> str:
    """The kernel's spelling of a module name: dashes and underscores are the same letter."""
    return name.replace("-", "_")


def index(root: Path) -> dict[str, Path]:
    """All module files below a /lib/modules/VERSION folder, by canonical name."""
    found: dict[str, Path] = {}
    for suffix in _SUFFIXES:
        for path in sorted(root.rglob(f"*{suffix}")):
            found[canonical(path.name.removesuffix(suffix))] = path
    return found


def load(path: Path) -> Module:
    """Read one module file."""
    raw = path.read_bytes()
    if path.suffix == ".xz":
        raw = lzma.decompress(raw)
    depends: list[str] = []
    aliases: list[str] = []
    for key, value in _MODINFO.findall(raw):
        text = value.decode("ascii")
        if key == b"depends":
            depends += [canonical(name) for name in text.split(",") if name]
        else:
            aliases.append(text)
    return Module(canonical(path.name.split(".ko")[0]), raw, tuple(depends), tuple(aliases))


def closure(available: dict[str, Path], wanted: tuple[str, ...]) -> list[Module]:
    """The wanted modules and all they depend on, each after its dependencies.

    What this kernel does not offer as a module (built in, or left out) is passed over.
    """
    chosen: dict[str, Module] = {}

    def choose(name: str) -> None:
        if name in chosen or name not in available:
            return
        module = load(available[name])
        for needed in module.depends:
            choose(needed)
        chosen[name] = module

    for name in wanted:
        choose(canonical(name))
    return list(chosen.values())


def dependency_table(modules: list[Module]) -> str:
    """modules.dep: for each file all files it needs; modprobe loads them from the last to the first.

    `modules` is in loading order, as `closure` gives it.
    """
    by_name = {module.name: module for module in modules}
    needed: dict[str, set[str]] = {}
    for module in modules:
        direct = [name for name in module.depends if name in by_name]
        needed[module.name] = set(direct).union(*(needed[name] for name in direct))
    newest_first = [module.name for module in reversed(modules)]
    return "".join(
        f"{module.name}.ko:{''.join(f' {name}.ko' for name in newest_first if name in needed[module.name])}\n"
        for module in modules
    )


def alias_table(modules: list[Module]) -> str:
    """modules.alias: which device identifier (with shell wildcards) calls for which module."""
    return "".join(f"alias {alias} {module.name}\n" for module in modules for alias in module.aliases)
