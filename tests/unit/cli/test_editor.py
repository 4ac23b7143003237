# SPDX-License-Identifier: Apache-2.0
"""Editing documents: the file, the editor, refusals and conflicts."""

import io
import os
import stat
import sys
from pathlib import Path

import pytest

from manor.cli import editor
from manor.cli.failure import CommandFailed
from manor.cli.output import Output
from manor.cli.settings import Settings
from manor.cli.shell import Shell
from manor.errors import ErrorDomain, ErrorNumber, reporter

_error = reporter(ErrorDomain.NONE)


@pytest.fixture
def shell() -> Shell:
    return Shell(Settings(), Output(io.StringIO()))


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("VISUAL", raising=False)
    return tmp_path


def use(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An editor that runs a Python script with `path` and `text`, and writes `text` back."""
    program = f"import sys; path = sys.argv[1]; text = open(path).read(); {script}; open(path, 'w').write(text)"
    monkeypatch.setenv("EDITOR", f'{sys.executable} -c "{program}"')


def test_a_document_that_was_not_changed(shell: Shell, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("EDITOR", "true")
    assert not editor.edit_document(shell, lambda: "<a/>", lambda text: pytest.fail("nothing to define"))
    assert list(folder.iterdir()) == []


def test_a_changed_document_is_defined(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "text = text.replace('a', 'b')")
    defined: list[str] = []
    assert editor.edit_document(shell, lambda: "<a/>", defined.append)
    assert defined == ["<b/>"]


def test_nobody_else_can_read_the_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    with editor.Draft("secret") as draft:
        assert stat.S_IMODE(os.stat(draft.path).st_mode) == 0o600
        assert draft.path.suffix == ".xml"
    assert not draft.path.exists()


def test_visual_goes_before_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "ed")
    monkeypatch.setenv("VISUAL", "vim -u 'my file'")
    assert editor.editor_command() == ["vim", "-u", "my file"]
    monkeypatch.delenv("VISUAL")
    assert editor.editor_command() == ["ed"]
    monkeypatch.delenv("EDITOR")
    assert len(editor.editor_command()) == 1


@pytest.mark.parametrize(
    ("command", "message"),
    [("false", "unexpected exit status 1"), ("/nosuch/editor", "cannot execute binary /nosuch/editor")],
)
def test_an_editor_that_fails(monkeypatch: pytest.MonkeyPatch, command: str, message: str) -> None:
    monkeypatch.setenv("EDITOR", command)
    with pytest.raises(CommandFailed, match=message):
        editor.edit_text("x")


def test_a_refused_document_is_given_up_without_a_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "text += 'x'")

    def refuse(text: str) -> None:
        raise _error(ErrorNumber.XML_ERROR, "not like this")

    with pytest.raises(CommandFailed):
        editor.edit_document(shell, lambda: "<a/>", refuse)
    assert capsys.readouterr().err == "error: XML error: not like this\nerror: Failed.\n"


class Terminal(io.StringIO):
    """A standard input that somebody types into."""

    def isatty(self) -> bool:
        return True


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(text))


def test_a_refused_document_can_be_edited_again(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "text += 'x'")
    type_in(monkeypatch, "?\ny\n")
    tried: list[str] = []

    def refuse_once(text: str) -> None:
        tried.append(text)
        if len(tried) == 1:
            raise _error(ErrorNumber.XML_ERROR, "not like this")

    assert editor.edit_document(shell, lambda: "<a/>", refuse_once)
    assert tried == ["<a/>x", "<a/>xx"]


def test_validation_can_be_switched_off(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "text += 'x'")
    type_in(monkeypatch, "i\n")
    relaxed: list[str] = []

    def refuse(text: str) -> None:
        raise _error(ErrorNumber.XML_INVALID_SCHEMA, "not like this")

    assert editor.edit_document(shell, lambda: "<a/>", refuse, relax=relaxed.append)
    assert relaxed == ["<a/>xx"]


def test_a_conflict_can_be_insisted_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "text += 'x'")
    type_in(monkeypatch, "f\n")
    versions = iter(["<a/>", "<b/>"])
    defined: list[str] = []
    assert editor.edit_document(shell, lambda: next(versions), defined.append)
    assert defined == ["<a/>x"]


def test_a_conflict_is_given_up_without_a_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "text += 'x'")
    versions = iter(["<a/>", "<b/>"])
    with pytest.raises(CommandFailed):
        editor.edit_document(shell, lambda: next(versions), lambda text: pytest.fail("there is a conflict"))
    assert capsys.readouterr().err == "error: The XML configuration was changed by another user.\n"
