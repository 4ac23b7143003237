# SPDX-License-Identifier: Apache-2.0
"""The program itself: its own options, what it loads at start, its exit codes."""

import io
import subprocess
import sys

import pytest

from manor import __version__
from manor.cli.console import escape_byte
from manor.cli.failure import SyntaxFailed
from manor.cli.interactive import history_path, history_size, prompt
from manor.cli.main import Request, apply_switch, from_environment, read_switches, run
from manor.cli.output import Output
from manor.cli.settings import Settings
from manor.cli.shell import Shell


def read(*words: str) -> tuple[Settings, list[str]]:
    settings, rest = Settings(), list(words)
    for letter, value, written in read_switches(rest):
        apply_switch(settings, letter, value, written)
    return settings, rest


def test_options_end_at_the_first_word_that_is_none() -> None:
    settings, rest = read("-c", "test:///default", "-qr", "--timing", "list", "--all", "-q")
    assert (settings.uri, settings.quiet, settings.readonly, settings.timing) == ("test:///default", True, True, True)
    assert rest == ["list", "--all", "-q"]


@pytest.mark.parametrize(
    "words", [("-ctest:///x",), ("--connect=test:///x",), ("--conn", "test:///x"), ("-qctest:///x",)]
)
def test_spellings_of_a_value(words: tuple[str, ...]) -> None:
    assert read(*words)[0].uri == "test:///x"


def test_two_dashes_end_the_options() -> None:
    assert read("-q", "--", "-x")[1] == ["-x"]


def test_other_options() -> None:
    settings, _ = read("-d0", "-e", "^x", "-k", "5", "-K", "0", "-l", "/log", "-o", "json")
    assert (settings.debug, settings.escape, settings.log, settings.json) == (0, "^x", "/log", True)
    assert (settings.keepalive_interval, settings.keepalive_count) == (5, 0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-Z",), "unsupported option '-Z'. See --help."),
        (("--nosuch",), "unsupported option '--nosuch'. See --help."),
        (("--quiet=x",), "unsupported option '--quiet=x'. See --help."),
        (("-c",), "option '-c'/'--connect' requires an argument"),
        (("--log",), "option '-l'/'--log' requires an argument"),
        (("-d", "x"), "option -d takes a numeric argument"),
        (("-k", "x"), "Invalid value for option -k"),
        (("--keepalive-count=-1",), "option --keepalive-count requires a positive integer argument"),
        (("-e", "xx"), "Invalid string 'xx' for escape sequence"),
        (("-o", "xml"), "Invalid value 'xml' for -o, expecting 'json' or 'table'"),
    ],
)
def test_options_that_cannot_be(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(SyntaxFailed) as failure:
        read(*words)
    assert failure.value.messages == (message,)


def test_a_mistyped_option_gets_a_suggestion() -> None:
    with pytest.raises(SyntaxFailed) as failure:
        read("--conect", "x")
    assert failure.value.hint == "--connect"


def test_a_debug_level_out_of_range_is_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    assert read("-d9")[0].debug == 4
    assert capsys.readouterr().err == "error: ignoring debug level 9 out of range [0-4]\n"


@pytest.mark.parametrize(
    ("words", "request_"), [(("-h",), "h"), (("-v",), "v"), (("-V",), "V"), (("--version=long",), "vlong")]
)
def test_requests(words: tuple[str, ...], request_: str) -> None:
    with pytest.raises(Request) as request:
        read(*words)
    assert str(request.value) == request_


def test_the_environment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("VIRSH_DEBUG", "1")
    monkeypatch.setenv("MANOR_LOG_FILE", "/log")
    settings = Settings()
    from_environment(settings)
    assert (settings.debug, settings.log) == (1, "/log")
    monkeypatch.setenv("VIRSH_DEBUG", "x")
    from_environment(settings)
    assert "not set with a valid numeric value" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "byte"), [("^]", 0x1D), ("^a", 1), ("^[", 0x1B), ("x", ord("x"))])
def test_escape_characters(text: str, byte: int) -> None:
    assert escape_byte(text) == byte


def test_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-v"]) == 0
    assert run(["-V"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [__version__, f"manor {__version__}"]


@pytest.mark.parametrize(
    ("words", "status", "out", "err"),
    [
        (["echo", "a", "b"], 0, "a b\n", ""),
        (["echo a; echo b"], 0, "a\nb\n", ""),
        (["-q", "echo a; echo b"], 0, "ab", ""),
        (["echo a; cd /"], 1, "a\n\n", "error: cd: command valid only in interactive mode\n"),
        (["cd /; echo a"], 0, "\na\n", "error: cd: command valid only in interactive mode\n"),
        (["exit; echo a"], 0, "", ""),
        ([""], 1, "", ""),
        (["nosuch"], 1, "", "error: unknown command: 'nosuch'\n"),
        (["lisst"], 1, "", "error: unknown command: 'lisst'\nhint: did you mean 'list'?\n"),
        (["echo", "--err", "x"], 0, "\n", "error: x\n"),
        (
            ["echo", "x", "--output", "xml"],
            1,
            "",
            "error: Invalid value 'xml' for --output, expecting 'json' or 'table'\n",
        ),
        (["echo", "x", "--output", "json"], 0, '{\n  "text": "x"\n}\n', ""),
    ],
)
def test_running_commands(
    words: list[str], status: int, out: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == status
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == (out, err)


def test_help_of_commands_and_groups(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "backup"]) == 0
    assert capsys.readouterr().out.startswith(" Backup (help keyword 'backup'):\n    backup-begin                   ")
    assert run(["help"]) == 0
    assert capsys.readouterr().out.startswith("Grouped commands:\n\n Domain Management (help keyword 'domain'):\n")
    assert run(["dominfo", "--help"]) == 0
    assert "  SYNOPSIS\n    dominfo <domain>\n" in capsys.readouterr().out
    assert run(["help", "virsh"]) == 0
    assert run(["help", "nosuch"]) == 1
    assert "command or command group 'nosuch' doesn't exist" in capsys.readouterr().err


def test_a_log_file_keeps_errors(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    path = f"{tmp_path}/log"
    assert run(["-l", path, "cd /"]) == 1
    with open(path) as file:
        assert file.read().endswith(" ERROR cd: command valid only in interactive mode\n")
    assert run(["-l", "/nosuch/log", "echo"]) == 1
    assert "failed to open the log file /nosuch/log" in capsys.readouterr().err


def test_history_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("MANOR_HISTSIZE", raising=False)
    monkeypatch.delenv("VIRSH_HISTSIZE", raising=False)
    assert history_size() == 500
    monkeypatch.setenv("VIRSH_HISTSIZE", "7")
    assert history_size() == 7
    monkeypatch.setenv("VIRSH_HISTSIZE", "x")
    assert history_size() == 500
    assert "Bad $VIRSH_HISTSIZE value." in capsys.readouterr().err
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert str(history_path()) == "/c/manor/history"


def test_the_prompt_shows_whether_one_may_change_things() -> None:
    shell = Shell(Settings(), Output(io.StringIO()))
    assert prompt(shell) == "manor # "
    shell.settings.readonly = True
    assert prompt(shell) == "manor > "


def test_starting_loads_nothing_heavy() -> None:
    script = (
        "import sys; from manor.cli.main import run; run(['-q', 'echo', 'x']); "
        "heavy = {'asyncio', 'ssl', 'lxml', 'attrs', 'attr', 'msgspec', 'rich', 'json', 'dataclasses', 'inspect', "
        "'subprocess', 'readline', 'xml', 'manor.records', 'manor.client'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout == "x[]\n"


def test_asking_a_daemon_loads_no_event_loop() -> None:
    script = (
        "import sys; from manor.cli.main import run; run(['-c', 'qemu+unix:///system?socket=/nosuch', 'list']); "
        "heavy = {'asyncio', 'ssl', 'lxml', 'attrs', 'attr', 'msgspec', 'rich', 'json', 'dataclasses', 'inspect', "
        "'pathlib', 'urllib.parse', 'atexit', 'manor.records.results', 'manor.records.events'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
    assert result.stderr.startswith("error: failed to connect to the hypervisor\nerror: ")
