# SPDX-License-Identifier: Apache-2.0
"""`manor doctor`: looks at the host, says what guests will miss, and how to mend it.

`host` is how the checks see the machine, `checks` are the checks, one function each; this module runs and prints
them. Nothing is changed, and no connection is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from manor.cli.doctor.checks import CHECKS
from manor.cli.doctor.host import Finding, Host, Verdict

if TYPE_CHECKING:
    from manor.cli.shell import Shell

__all__ = ["Finding", "Host", "Verdict", "examine", "print_findings"]

MARKS = {Verdict.GOOD: "ok", Verdict.WORSE: "warning", Verdict.MISSING: "MISSING"}
COLOURS = {Verdict.GOOD: "\x1b[32m", Verdict.WORSE: "\x1b[33m", Verdict.MISSING: "\x1b[31m"}
RESET = "\x1b[0m"


def examine(host: Host | None = None) -> list[Finding]:
    """Run all checks."""
    host = host or Host()
    return [finding for check in CHECKS for finding in check(host)]


def print_findings(shell: Shell, findings: list[Finding], *, everything: bool) -> None:
    """Print what was found: all of it, or what is not well and how much is."""
    out = shell.out
    out.data(
        [
            {
                "check": finding.check,
                "verdict": finding.verdict.name.lower(),
                "found": finding.found,
                "remedy": finding.remedy or None,
            }
            for finding in findings
        ]
    )
    good = [finding for finding in findings if finding.verdict is Verdict.GOOD]
    for finding in findings:
        if everything or finding.verdict is not Verdict.GOOD:
            mark = MARKS[finding.verdict]
            if out.colour:
                mark = f"{COLOURS[finding.verdict]}{mark:<7}{RESET}"
            out.line(f"{mark:<7}  {finding.check}: {finding.found}")
            if finding.remedy:
                out.line(f"         {finding.remedy}")
    serious = sum(finding.serious for finding in findings)
    out.note(f"{len(good)} checks are well, {len(findings) - len(good)} are not, {serious} of these serious.")
