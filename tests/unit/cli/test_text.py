# SPDX-License-Identifier: Apache-2.0
"""What is printed: tables, fields, trees, JSON."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.cli.output import Output, json_key
from manor.cli.table import format_table, printable, text_width
from manor.cli.tree import draw


def test_a_table_as_virsh_prints_it() -> None:
    text = format_table(("Id", "Name", "State"), [["1", "test", "running"], ["-", "a longer name", "shut off"]])
    assert text == (
        " Id   Name            State\n"
        "--------------------------------\n"
        " 1    test            running\n"
        " -    a longer name   shut off\n"
    )


def test_a_table_without_rows() -> None:
    assert format_table(("Id", "Name"), []) == " Id   Name\n------------\n"


def test_a_bare_table_is_as_narrow_as_its_rows() -> None:
    assert format_table(("A long title", "B"), [["x", "y"]], bare=True) == " x   y\n"
    assert format_table(("A", "B"), [], bare=True) == ""


def test_wide_and_unprintable_characters() -> None:
    assert text_width("日本") == 4
    assert text_width("e\u0301") == 1
    assert printable("a\tb\x1b") == "a\\x09b\\x1b"
    assert printable("é") == "é"
    text = format_table(("N", "S"), [["日本", "x"], ["abcd", "y"]])
    assert text.splitlines()[2:] == [" 日本   x", " abcd   y"]


@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=5))
def test_columns_line_up_whatever_is_in_them(rows: list[list[str]]) -> None:
    text = format_table(("One", "Two"), rows)
    lines = text.splitlines()
    assert len(lines) == len(rows) + 2
    assert set(lines[1]) == {"-"}


@pytest.mark.parametrize(
    ("parents", "lines"),
    [
        ({"a": None}, ["a", ""]),
        ({"a": None, "b": "a"}, ["a", "  |", "  +- b", "    "]),
        (
            {"a": None, "b": "a", "c": "b", "d": "a", "e": "d"},
            ["a", "  |", "  +- b", "  |   |", "  |   +- c", "  |     ", "  +- d", "      |", "      +- e", "        "],
        ),
        ({"a": "gone", "b": None}, ["a", "", "b", ""]),
        ({"a": "a"}, ["a", ""]),
    ],
)
def test_trees(parents: dict[str, str | None], lines: list[str]) -> None:
    assert list(draw(list(parents), parents)) == lines


def output(*, quiet: bool = False, as_json: bool = False) -> tuple[Output, io.StringIO]:
    stream = io.StringIO()
    out = Output(stream, quiet=quiet)
    out.json = as_json
    return out, stream


def say_everything(out: Output) -> None:
    out.field("Max memory:", "8 KiB", max_memory_kib=8)
    out.field("Name:", "x")
    out.value("5", id=5)
    out.note("Done", done=True)
    out.line("and more")
    out.finish(succeeded=True)


def test_text_and_json_of_the_same_results() -> None:
    out, stream = output()
    say_everything(out)
    assert stream.getvalue() == "Max memory:     8 KiB\nName:           x\n5\nDone\nand more\n"
    out, stream = output(as_json=True)
    say_everything(out)
    assert json.loads(stream.getvalue()) == {
        "max_memory_kib": 8,
        "name": "x",
        "id": 5,
        "done": True,
        "message": "Done",
        "text": "and more\n",
    }


def test_quiet_drops_notes_and_headers() -> None:
    out, stream = output(quiet=True)
    out.note("Done")
    out.table(("A", "B"), [["1", "2"]])
    out.finish(succeeded=True)
    assert stream.getvalue() == " 1   2\n"


def test_a_table_in_json_is_a_list_of_objects() -> None:
    out, stream = output(as_json=True)
    out.table(("IP address", "CPU(s)"), [["x", "2"]])
    out.finish(succeeded=True)
    assert json.loads(stream.getvalue()) == [{"ip_address": "x", "cpus": "2"}]


def test_an_empty_list_is_a_result() -> None:
    out, stream = output(as_json=True)
    out.table(("A",), [])
    out.finish(succeeded=True)
    assert json.loads(stream.getvalue()) == []


def test_a_failed_command_without_results_prints_no_json() -> None:
    out, stream = output(as_json=True)
    out.finish(succeeded=False)
    assert stream.getvalue() == ""


def test_each_command_has_a_document_of_its_own() -> None:
    out, stream = output(as_json=True)
    for number in (1, 2):
        out.value(str(number), number=number)
        out.finish(succeeded=True)
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(stream.getvalue())
    second, _ = decoder.raw_decode(stream.getvalue()[end:].lstrip())
    assert (first, second) == ({"number": 1}, {"number": 2})


@pytest.mark.parametrize(
    ("label", "key"), [("Max memory:", "max_memory"), ("CPU(s):", "cpus"), ("Core(s) per socket:", "cores_per_socket")]
)
def test_labels_as_keys(label: str, key: str) -> None:
    assert json_key(label) == key


def test_colour_marks_the_header_only() -> None:
    stream = io.StringIO()
    out = Output(stream, colour=True)
    out.table(("A",), [["x"]])
    assert stream.getvalue() == "\x1b[1m A\x1b[0m\n----\n x\n"
