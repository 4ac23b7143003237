# SPDX-License-Identifier: Apache-2.0
"""The demonstration's display."""

import io

import pytest

from manor.demo.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_holds_finished_lines_only() -> None:
    out = io.StringIO()
    progress = Progress(out)
    with progress.step("working"):
        progress.say("one\ntwo")
    lines = out.getvalue().splitlines()
    assert lines[:2] == ["  one", "  two"]
    assert lines[2].startswith("✓ working  ")
    assert "\x1b" not in out.getvalue()


def test_a_failed_step_is_marked_and_the_failure_goes_on() -> None:
    out = io.StringIO()
    with pytest.raises(RuntimeError), Progress(out).step("working"):
        raise RuntimeError
    assert out.getvalue().startswith("✗ working")


def test_a_guest_cannot_send_control_sequences_to_the_terminal() -> None:
    out = Terminal()
    Progress(out).guest_says("a\x1b]0;title\x07b\r")
    assert "a]0;titleb" in out.getvalue()
    assert "\x07" not in out.getvalue()


@pytest.mark.parametrize(("share", "full"), [(-1, 0), (0, 0), (0.5, 10), (1, 20), (7, 20)])
def test_a_bar_stays_within_its_width(share: float, full: int) -> None:
    bar = Progress(io.StringIO()).bar(share)
    assert (bar.count("█"), len(bar)) == (full, 20)
