# SPDX-License-Identifier: Apache-2.0
"""The SMBIOS document: dmidecode.txt was shown to a libvirtd, which answered sysinfo.xml."""

from __future__ import annotations

from pathlib import Path

import pytest

from manor.errors import ErrorNumber, ManorError
from manor.host.sysinfo import document
from manor.system.sysfs import Tree
from manor.system.sysinfo import Section, from_sysfs, parse_dmidecode

HERE = Path(__file__).parent


def test_as_libvirtd() -> None:
    sections = parse_dmidecode((HERE / "dmidecode.txt").read_text())
    assert document(sections) == (HERE / "sysinfo.xml").read_text()


def test_no_firmware() -> None:
    with pytest.raises(ManorError, match="Host SMBIOS information is not available") as caught:
        document([])
    assert caught.value.code == ErrorNumber.CONFIG_UNSUPPORTED


@pytest.mark.parametrize("text", ["", "\n\n", "# dmidecode 3.4\n", "Nonsense\n\tX: y\n", "BIOS Information\n", "\t:\n"])
def test_nothing_of_use(text: str) -> None:
    assert parse_dmidecode(text) == []


def test_what_the_kernel_shows(tmp_path: Path) -> None:
    place = tmp_path / "sys/class/dmi/id"
    place.mkdir(parents=True)
    for name, value in {"bios_vendor": "V\n", "bios_date": "D\n", "product_name": "P \n", "board_serial": "\n"}.items():
        (place / name).write_text(value)
    assert from_sysfs(Tree(tmp_path)) == [
        Section("bios", (("vendor", "V"), ("date", "D"))),
        Section("system", (("product", "P"),)),
    ]
    assert from_sysfs(Tree(tmp_path / "elsewhere")) == []
