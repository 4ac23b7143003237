# SPDX-License-Identifier: Apache-2.0
"""Write packaging/manord.toml, and the reference of settings in docs/manord.md, from the daemon's own declarations.

Run it with the project's interpreter after a setting has changed; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from manor.daemon.example import example, reference

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "packaging" / "manord.toml"
GUIDE = ROOT / "docs" / "manord.md"

BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"


def guide(text: str) -> str:
    """The guide with its reference renewed."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


if __name__ == "__main__":
    EXAMPLE.write_text(example())
    GUIDE.write_text(guide(GUIDE.read_text()))
