# SPDX-License-Identifier: Apache-2.0
"""The examples of the README do what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.bareqemu import QEMU

README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
ROOT_IN_EXAMPLE = "/var/tmp/manor-example"


def run(program: str, folder: Path) -> str:
    program = program.replace(ROOT_IN_EXAMPLE, str(folder))
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_there_is_one_example_of_each_kind() -> None:
    assert [("asyncio" in example, "import libvirt" in example) for example in EXAMPLES] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.skipif(QEMU is None, reason="qemu-system-x86_64 is not installed")
def test_the_asyncio_example(short_path: Path) -> None:
    assert ROOT_IN_EXAMPLE in EXAMPLES[0]
    assert re.fullmatch(r"web RUNNING \d+ KiB\n", run(EXAMPLES[0], short_path))


def test_the_drop_in_example(short_path: Path) -> None:
    output = run(EXAMPLES[1], short_path).splitlines()
    assert output[0].startswith("test 6695eb01-f6a4-8304-79aa-97f2502e193f ")
    assert output[-1] == "True Domain not found"


def test_the_command_line_session() -> None:
    session = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert session is not None
    for block in re.split(r"^\$ ", session.group(1), flags=re.MULTILINE)[1:]:
        command, _, shown = block.partition("\n")
        program, *arguments = command.split()
        path = Path(sys.executable).with_name(program)
        result = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
        if arguments != ["doctor"]:
            assert result.returncode == 0, f"{command}: {result.stderr}"
        if shown.strip():
            assert result.stdout.strip() == shown.strip(), command
