# SPDX-License-Identifier: Apache-2.0
"""Put all questions to a real libvirtd and write its answers down.

Needs the QEMU system emulators of every architecture asked about. Usage:
    /usr/bin/python3 -m tests.unit.qemu.passes.record [URI of a libvirtd; one is started where none is given]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import libvirt
from tests.support.libvirtd import Libvirtd
from tests.unit.qemu.passes.asked import Answer, encode, is_error, lines_of, masked, questions

_UNDEFINE = libvirt.VIR_DOMAIN_UNDEFINE_NVRAM


def _ask(connection: Any, document: str) -> list[str] | Answer:
    try:
        domain = connection.defineXML(document)
        shown: str = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        domain.undefineFlags(_UNDEFINE)
    except libvirt.libvirtError as error:
        return [error.get_error_code(), error.get_error_domain(), masked(error.get_error_message() or "", document)]
    return lines_of(shown, document)


def record(uri: str) -> dict[str, Any]:
    """The answers of the libvirtd at `uri`."""
    libvirt.registerErrorHandler(lambda *_: None, None)
    connection = libvirt.open(uri)
    machines: dict[str, Any] = {}
    for question in questions():
        key = " ".join(question.machine)
        known = machines.get(key)
        if known is None:
            base = _ask(connection, question.machine.document())
            known = machines[key] = {"base": [] if is_error(base) else base, "answers": []}
        answer = _ask(connection, question.document)
        known["answers"].append(answer if is_error(answer) else encode(known["base"], answer))
    return machines


def main() -> None:
    if len(sys.argv) > 1:
        recorded = record(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory(prefix="ask") as folder, Libvirtd(Path(folder)) as judge:
            recorded = record(judge.uri())
    lines = []
    for key, known in recorded.items():
        answers = ",\n".join(json.dumps(answer, separators=(",", ":")) for answer in known["answers"])
        lines.append(f'{json.dumps(key)}:{{"base":{json.dumps(known["base"])},"answers":[\n{answers}\n]}}')
    target = Path(__file__).with_name("answers.json")
    target.write_text("{" + ",\n".join(lines) + "}\n", "utf-8")


if __name__ == "__main__":
    main()
