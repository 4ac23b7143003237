# SPDX-License-Identifier: Apache-2.0
"""virsh's command language: words, quotes, separators, and how words fill options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.cli.commands.itself import quote
from manor.cli.failure import SyntaxFailed
from manor.cli.grammar import Invocation, parse, split
from manor.cli.index import find, suggest
from manor.cli.model import Command, read_options

SAMPLE = Command(
    "sample",
    "a command for the tests",
    """
    <first>  needed
    <count:number>  needed, a number
    --second STRING?  may be empty
    --named=STRING  only by name
    --flag  a flag
    --old-flag -> flag
    --old-second -> second
    --fast -> named=quick
    [rest...]  whatever is left
    """,
    "",
    True,
    lambda shell, args: None,
)


def look_up(name: str) -> Command | None:
    return SAMPLE if name == "sample" else find("help") if name == "help" else None


def read(line: str) -> list[Invocation]:
    return parse(split(line), look_up, lambda wrong, known: None)


def values(line: str) -> dict[str, list[str]]:
    (invocation,) = read(line)
    return invocation.values


def complaints(line: str) -> tuple[str, ...]:
    with pytest.raises(SyntaxFailed) as failure:
        read(line)
    return failure.value.messages


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  \t ", []),
        ("a b", ["a", "b"]),
        ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
        ("a\\ b", ["a b"]),
        ("'a\\b'", ["a\\b"]),
        ('"a\\"b"', ['a"b']),
        ("a;b", ["a", None, "b"]),
        ("a\nb", ["a", None, "b"]),
        ("a \\\n b", ["a", "b"]),
        ("a #b;c\nd", ["a", None, "d"]),
        ("a#b", ["a#b"]),
        ("''", [""]),
        ("a'b'c", ["abc"]),
        ("'unfinished", ["unfinished"]),
        ("a\\;b", ["a;b"]),
    ],
)
def test_words(line: str, words: list[str | None]) -> None:
    assert list(split(line)) == words


@pytest.mark.parametrize(("line", "message"), [('a "b', 'missing "'), ("a \\", "dangling \\")])
def test_what_is_no_word(line: str, message: str) -> None:
    with pytest.raises(SyntaxFailed) as failure:
        list(split(line))
    assert failure.value.messages == (message,)


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_quoted_words_come_back(words: list[str]) -> None:
    assert list(split(" ".join(quote(word) for word in words))) == words


@given(st.text())
def test_any_text_is_words_or_a_complaint(text: str) -> None:
    try:
        words = list(split(text))
    except SyntaxFailed:
        return
    assert all(word is None or isinstance(word, str) for word in words)


@given(st.lists(st.sampled_from(["a", "1", "--", "--flag", "--second", "--second=x", "--named", "--rest", "", "-x"])))
def test_words_fill_options_or_are_refused(words: list[str]) -> None:
    try:
        (invocation,) = parse(["sample", *words], look_up, lambda wrong, known: None)
    except SyntaxFailed as failure:
        assert failure.messages
        return
    if invocation.command is SAMPLE:
        assert {"first", "count"} <= set(invocation.values)
        assert all(len(given) == 1 for name, given in invocation.values.items() if name != "rest")


def test_data_fills_options_in_their_order() -> None:
    assert values("sample a 5 b c d") == {"first": ["a"], "count": ["5"], "second": ["b"], "rest": ["c", "d"]}


def test_named_options_leave_the_order_to_the_others() -> None:
    assert values("sample --count 5 a --named=n b c") == {
        "count": ["5"],
        "first": ["a"],
        "named": ["n"],
        "second": ["b"],
        "rest": ["c"],
    }


def test_after_two_dashes_everything_is_data() -> None:
    assert values("sample -- --flag 5 --second")["second"] == ["--second"]


def test_a_single_dash_is_data() -> None:
    assert values("sample -a 5") == {"first": ["-a"], "count": ["5"]}


def test_other_spellings() -> None:
    assert values("sample a 5 --old-flag --old-second x --fast") == {
        "first": ["a"],
        "count": ["5"],
        "flag": [""],
        "second": ["x"],
        "named": ["quick"],
    }


def test_lists_take_names_too() -> None:
    assert values("sample a 5 b --rest c --rest d")["rest"] == ["c", "d"]


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        ("nosuch", ("unknown command: 'nosuch'",)),
        ("sample", ("command 'sample' requires <first> option", "command 'sample' requires --count option")),
        ("sample a", ("command 'sample' requires --count option",)),
        ("sample --nope", ("command 'sample' doesn't support option --nope",)),
        ("sample --flag=x a 5", ("invalid '=' after option --flag",)),
        ("sample --fast=x a 5", ("invalid '=' after option --fast",)),
        ("sample --flag --flag a 5", ("option --flag already seen",)),
        ("sample --flag --old-flag a 5", ("option --flag already seen",)),
        ("sample --named x --fast a 5", ("option --named already seen",)),
        ("sample --first", ("expected syntax: --first <string>",)),
        ("sample a --count", ("expected syntax: --count <number>",)),
    ],
)
def test_complaints(line: str, messages: tuple[str, ...]) -> None:
    assert complaints(line) == messages


def test_nothing_runs_of_a_line_with_a_mistake_at_its_end() -> None:
    with pytest.raises(SyntaxFailed):
        parse(split("echo a; nosuch"), find, suggest)


def test_help_for_a_command_asks_for_nothing_else() -> None:
    (invocation,) = read("sample --help")
    assert (invocation.command.name, invocation.values) == ("help", {"command": ["sample"]})


def test_every_command_knows_output() -> None:
    assert values("sample a 5 --output json")["output"] == ["json"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [("lst", "list"), ("dominfoo test", "dominfo"), ("list --al", "--all"), ("domblklist x --detail", "--details")],
)
def test_mistyped_words_get_a_suggestion(line: str, hint: str) -> None:
    with pytest.raises(SyntaxFailed) as failure:
        parse(split(line), find, suggest)
    assert failure.value.hint == hint


def test_a_line_that_is_no_option_is_refused() -> None:
    with pytest.raises(ValueError, match="starts with none of"):
        read_options("file  a file")
