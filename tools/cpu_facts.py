# SPDX-License-Identifier: Apache-2.0
"""Writes src/manor/system/cpu_x86.json: x86 CPU models and features under libvirt's names.

Everything is observed from outside: a running libvirtd is asked which models and features it knows, what is
in each model and how it treats each feature; QEMU is asked which CPUID bit each feature sets and which
family and model number each CPU model has.  What neither shows is in the tables below, from the
processor manuals.

    python tools/cpu_facts.py --connect qemu:///system
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent.parent / "src/manor/system/cpu_x86.json"
QEMU = "qemu-system-x86_64"

Word = tuple[int, int, str]
"""A register after CPUID: leaf, subleaf, register.  MSRs are (index, 0, "msr")."""

#: Bits that QEMU cannot set or does not show (Intel SDM vol. 2 CPUID and vol. 4, AMD APM vol. 3).
BITS: dict[str, tuple[Word, int]] = {
    "osxsave": ((0x1, 0, "ecx"), 27),
    "cmt": ((0x7, 0, "ebx"), 12),
    "ospke": ((0x7, 0, "ecx"), 4),
    "mbm_total": ((0xF, 1, "edx"), 1),
    "mbm_local": ((0xF, 1, "edx"), 2),
    "cvt16": ((0x80000001, 0, "ecx"), 18),
    "rdctl-no": ((0x10A, 0, "msr"), 0),
    "ibrs-all": ((0x10A, 0, "msr"), 1),
    "rsba": ((0x10A, 0, "msr"), 2),
    "skip-l1dfl-vmentry": ((0x10A, 0, "msr"), 3),
    "ssb-no": ((0x10A, 0, "msr"), 4),
    "mds-no": ((0x10A, 0, "msr"), 5),
    "pschange-mc-no": ((0x10A, 0, "msr"), 6),
    "tsx-ctrl": ((0x10A, 0, "msr"), 7),
    "taa-no": ((0x10A, 0, "msr"), 8),
    "split-lock-detect": ((0xCF, 0, "msr"), 5),
}

#: Names to try beyond those of QEMU and of this machine's kernel.
MORE_NAMES = (*BITS, "pclmuldq", "pbe", "cid", "xtpr", "ds_cpl", "dtes64", "pn", "avx512-fp16", "sgx-kss")

#: The family and model numbers of a generation ("6.85.0-4": with these steppings only), from the
#: manufacturers' lists, as far as libvirt heeds them: a libvirtd 9.0 that was shown other numbers in place of
#: its processor's agreed.  Snow Ridge and Ice Lake servers could not be shown.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "Conroe": ("6.15", "6.22"),
    "Penryn": ("6.23", "6.29"),
    "Nehalem": ("6.26", "6.30", "6.31", "6.46"),
    "Westmere": ("6.37", "6.44", "6.47"),
    "Westmere-IBRS": ("6.44",),
    "SandyBridge": ("6.42", "6.45"),
    "IvyBridge": ("6.58", "6.62"),
    "Haswell": ("6.60", "6.63", "6.69", "6.70"),
    "Broadwell": ("6.61", "6.71", "6.79", "6.86"),
    "Skylake-Client": ("6.78", "6.94", "6.142", "6.158"),
    "Skylake-Server": ("6.85.0-4",),
    "Cascadelake-Server": ("6.85.5-7",),
    "Cooperlake": ("6.85.10-11",),
    "Icelake-Client": ("6.126",),
    "Icelake-Server": ("6.106", "6.108"),
    "Snowridge": ("6.134",),
    "Opteron_G1": ("15.6",),
    "Opteron_G2": ("15.6",),
    "Opteron_G3": ("15.6",),
    "Opteron_G4": ("21.1",),
    "Opteron_G5": ("21.2",),
    "EPYC": ("23.1",),
    "EPYC-Rome": ("23.49",),
    "EPYC-Milan": ("25.1",),
    "Dhyana": ("24.0",),
}

#: Models that are named for no host either: libvirtd was seen to pass them over for kvm64 on a host that has
#: all their features.
NOT_FOR_HOSTS = ("cpu64-rhel5", "cpu64-rhel6")


class Libvirt:
    """A running libvirtd, asked through virsh."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def models(self) -> list[str]:
        return self._virsh("cpu-models", "x86_64").stdout.split()

    def baseline(self, *cpus: str, options: Iterable[str] = ()) -> str | None:
        """The baseline of CPUs given by their inner XML; None when refused."""
        xml = "".join(f"<cpu><arch>x86_64</arch>{cpu}</cpu>" for cpu in cpus)
        result = self._virsh("cpu-baseline", "/dev/stdin", *options, text=xml)
        return result.stdout if result.returncode == 0 else None

    def _virsh(self, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        command = ["virsh", "-c", self._uri, *words]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def features_in(xml: str, policy: str = "require") -> list[str]:
    return re.findall(rf"policy='{policy}' name='([^']+)'", xml)


def model_in(xml: str) -> str:
    return str(re.findall(r"<model[^>]*>([^<]*)</model>", xml)[0])


def with_features(model: str, names: Iterable[str]) -> str:
    return f"<model>{model}</model>" + "".join(f"<feature name='{name}'/>" for name in names)


# -- features ------------------------------------------------------------------------------------------


def known_features(libvirt: Libvirt, models: dict[str, str]) -> list[str]:
    """The feature names libvirt knows: in its models, or accepted when tried."""
    help_text = subprocess.run([QEMU, "-cpu", "help"], capture_output=True, text=True, check=True).stdout
    names = set(help_text.partition("Recognized CPUID flags:")[2].split())
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            names.update(line.partition(":")[2].split())
    found = {name for xml in models.values() for name in features_in(xml)}
    tries = {spelling for name in (*names, *MORE_NAMES) for spelling in spellings(name)} - found
    found.update(name for name in tries if libvirt.baseline(with_features("486", [name])) is not None)
    return sorted(found)


def spellings(name: str) -> Iterator[str]:
    for old in "-_.":
        for new in ("-", "_", ".", ""):
            yield name.replace(old, new)


def qemu_words(cpu: str) -> tuple[dict[Word, int], str]:
    """All CPUID words of a CPU as QEMU makes it, those its host cannot give included."""
    queries = [
        {"execute": "qmp_capabilities"},
        *(
            {"execute": "qom-get", "arguments": {"path": "/machine/unattached/device[0]", "property": words}}
            for words in ("feature-words", "filtered-features")
        ),
        {"execute": "quit"},
    ]
    machine = ["-S", "-nodefaults", "-display", "none", "-machine", "pc", "-accel", "tcg", "-m", "16"]
    run = subprocess.run(
        [QEMU, *machine, "-cpu", cpu, "-qmp", "stdio"],
        input="\n".join(map(json.dumps, queries)),
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[Word, int] = {}
    for line in run.stdout.splitlines():
        answer = json.loads(line).get("return")
        for word in answer if isinstance(answer, list) else ():
            key = (word["cpuid-input-eax"], word.get("cpuid-input-ecx", 0), word["cpuid-register"].lower())
            found[key] = found.get(key, 0) | word["features"]
    return found, run.stderr


def bit_of(name: str) -> tuple[Word, int]:
    """Where a feature is; by setting it alone on a CPU without any."""
    if name in BITS:
        return BITS[name]
    plain = "base,vendor=GenuineIntel,level=32,xlevel=0x80000021"
    before, _ = qemu_words(plain)
    for spelling in (name, name.replace("_", "-"), name.replace(".", "-")):
        words, _ = qemu_words(f"{plain},{spelling}=on")
        bits = [
            (word, bit)
            for word, value in words.items()
            for bit in range(32)
            # Leaf 0xD subleaf 0 tells which states XSAVE knows, not features.
            if value & ~before.get(word, 0) & 1 << bit and word[:2] != (0xD, 0)
        ]
        if bits:
            (found,) = bits
            return found
    raise SystemExit(f"nobody knows which bit '{name}' is: add it to BITS")


def in_libvirts_order(libvirt: Libvirt, bits: dict[str, tuple[Word, int]]) -> list[Word]:
    """The words in the order libvirt lists their features; checks that inside a word the bits ascend."""
    base = set(features_in(libvirt.baseline("<model>486</model>", options=["--features"]) or ""))
    shown = features_in(libvirt.baseline(with_features("486", (n for n in bits if n not in base))) or "")
    words = list(dict.fromkeys(bits[name][0] for name in shown))
    if shown != sorted(shown, key=lambda name: (words.index(bits[name][0]), bits[name][1])):
        raise SystemExit("libvirt does not list features by their bits: the order must be recorded")
    for word in {word for word, _ in bits.values()} - set(words):
        # Those libvirt never lists for a guest: in the place their number gives them.
        words.insert(next(i for i, other in enumerate(words) if other > word), word)
    return words


# -- models --------------------------------------------------------------------------------------------


def vendor_of(libvirt: Libvirt, model: str, vendors: Iterable[str]) -> str | None:
    """The vendor a model is bound to: combined with another one, libvirt finds fault with it."""
    plain = "<model>486</model>"
    accepted = [
        vendor
        for vendor in vendors
        if libvirt.baseline(plain, f"<model>{model}</model><vendor>{vendor}</vendor>") is not None
    ]
    return accepted[0] if len(accepted) == 1 else None


def signatures_of(model: str) -> tuple[str, ...]:
    """The numbers of a model: its own, or those of its generation."""
    generation = re.sub(r"(-noTSX)?(-IB(RS|PB))?$", "", model)
    return SIGNATURES.get(model) or SIGNATURES.get(generation, ())


def compact(models: dict[str, set[str]], order: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each model by its difference from the earlier one that is most like it."""
    done: dict[str, set[str]] = {}
    for name, features in models.items():
        best = min(done, key=lambda other: (len(features ^ done[other]), other), default="")
        base = done.get(best, set())
        if len(features) <= len(features ^ base):
            best, base = "", set()
        entry: dict[str, Any] = {"like": best} if best else {}
        for word, names in (("add", features - base), ("drop", base - features)):
            if names:
                entry[word] = " ".join(sorted(names, key=order.index))
        done[name] = features
        yield name, entry


def collect(libvirt: Libvirt) -> dict[str, Any]:
    vendors = ["Intel", "AMD", "Hygon"]
    names = libvirt.models()
    expanded = {name: libvirt.baseline(f"<model>{name}</model>", options=["--features"]) or "" for name in names}
    features = known_features(libvirt, expanded)
    bits = {name: bit_of(name) for name in features}
    words = in_libvirts_order(libvirt, bits)
    order = sorted(features, key=lambda name: (words.index(bits[name][0]), bits[name][1]))
    base = set(features_in(expanded["486"]))
    ignored, fixed = [], []
    for name in order:
        cpu = with_features("486", [name])
        if name in base:
            continue
        if name not in features_in(libvirt.baseline(cpu) or ""):
            ignored.append(name)
        elif name not in features_in(libvirt.baseline(cpu, options=["--migratable"]) or ""):
            fixed.append(name)
    models = []
    for name, entry in compact({name: set(features_in(xml)) for name, xml in expanded.items()}, order):
        entry = {"name": name, **entry}
        if vendor := vendor_of(libvirt, name, vendors):
            entry["vendor"] = vendor
        if signatures := signatures_of(name):
            entry["signatures"] = " ".join(signatures)
        if model_in(expanded[name]) != name:
            entry["guest"] = False  # libvirt names other models in what it computes for guests
            if name in NOT_FOR_HOSTS:
                entry["host"] = False
        elif removed := features_in(expanded[name], "disable"):
            entry["removed"] = " ".join(removed)
        models.append(entry)
    return {
        "vendors": {"Intel": "GenuineIntel", "AMD": "AuthenticAMD", "Hygon": "HygonGenuine"},
        "words": [
            {
                "leaf": word[0],
                "subleaf": word[1],
                "register": word[2],
                "bits": {name: bits[name][1] for name in order if bits[name][0] == word},
            }
            for word in words
        ],
        "ignored": ignored,
        "unmigratable": fixed,
        "models": models,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--connect", default="qemu:///system", help="URI of the libvirtd to ask")
    facts = collect(Libvirt(parser.parse_args().connect))
    head = {key: value for key, value in facts.items() if key not in ("words", "models")}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key in ("words", "models"):
        rows = ",\n".join(f"  {json.dumps(row)}" for row in facts[key])
        lines.append(f' "{key}": [\n{rows}\n ]')
    OUTPUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
