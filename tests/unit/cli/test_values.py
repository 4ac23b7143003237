# SPDX-License-Identifier: Apache-2.0
"""Reading and writing of values: numbers, sizes, CPU lists, UUIDs, typed parameters, options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manor.cli.args import Args
from manor.cli.commands.disks import address_tag
from manor.cli.commands.guest import INFO_TYPES
from manor.cli.commands.hypervisor import qmp_command
from manor.cli.commands.itself import quote, split_list
from manor.cli.commands.nics import check_rates, read_rate
from manor.cli.commands.snapshot_create import disk_tag, memory_tag
from manor.cli.common import affect, bits
from manor.cli.cpulist import format_list, from_map, parse_list, read_pinning, to_map
from manor.cli.failure import CommandFailed
from manor.cli.keycodes import TABLES, names
from manor.cli.lookup import is_mac, same_mac, uuid_bytes, uuid_text
from manor.cli.model import read_options
from manor.cli.params import as_record, value_text
from manor.cli.progress import duration
from manor.cli.sizes import MAX_ULLONG, BadSuffix, integer, pretty, scaled
from manor.records import bool_param, double_param, int_param, string_param

OPTIONS = tuple(
    read_options(
        """
        --name STRING
        --empty STRING?
        --number NUMBER
        @affect
        [words...]  words
        """
    )
)


def args(**values: str | list[str]) -> Args:
    return Args(OPTIONS, {name: given if isinstance(given, list) else [given] for name, given in values.items()})


@pytest.mark.parametrize(("text", "value"), [("5", 5), (" 5", 5), ("+5", 5), ("-5", -5), ("007", 7)])
def test_numbers(text: str, value: int) -> None:
    assert integer(text, -10, 10) == value


@pytest.mark.parametrize("text", ["", " ", "x", "5x", "0x5", "11", "-11", "--5", "5 ", "٥"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        integer(text, -10, 10)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("5", 5 * 1024),
        ("5b", 5),
        ("5byte", 5),
        ("5Bytes", 5),
        ("5k", 5 * 1024),
        ("5K", 5 * 1024),
        ("5KiB", 5 * 1024),
        ("5kb", 5000),
        ("2M", 2 << 20),
        ("2mb", 2_000_000),
        ("1GiB", 1 << 30),
        ("1t", 1 << 40),
        ("1P", 1 << 50),
        ("1E", 1 << 60),
        ("0", 0),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert scaled(text, 1024, MAX_ULLONG) == size


@pytest.mark.parametrize("text", ["1x", "1ki", "1 k", "1kib2", "17E", "1z"])
def test_units_that_there_are_not(text: str) -> None:
    with pytest.raises(BadSuffix):
        scaled(text, 1, MAX_ULLONG)


@pytest.mark.parametrize("text", ["", "k", "-5", "x5"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        scaled(text, 1, MAX_ULLONG)


@given(st.integers(min_value=0, max_value=MAX_ULLONG))
def test_pretty_sizes_are_below_1024_of_their_unit(size: int) -> None:
    value, unit = pretty(size)
    assert 0 <= value < 1024 or unit == "EiB"
    factor = 1024 ** ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB").index(unit)
    assert value * factor == pytest.approx(size)


@given(st.sets(st.integers(min_value=0, max_value=200)))
def test_cpu_lists_come_back(cpus: set[int]) -> None:
    ordered = sorted(cpus)
    if cpus:
        assert parse_list(format_list(cpus)) == ordered
    assert from_map(to_map(cpus, 201), 201) == ordered


def test_cpu_lists() -> None:
    assert parse_list("0-3,^2,8") == [0, 1, 3, 8]
    assert format_list([0, 1, 3, 8, 9, 10]) == "0-1,3,8-10"
    assert from_map(read_pinning("r", 10), 10) == list(range(10))
    assert from_map(b"\xff", 4) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("x", ("Invalid cpulist 'x'", "invalid argument: Failed to parse bitmap 'x'")),
        ("3-1", ("Invalid cpulist '3-1'", "invalid argument: Failed to parse bitmap '3-1'")),
        ("", ("Invalid cpulist ''", "invalid argument: Failed to parse bitmap ''")),
        ("^1-2", ("Invalid cpulist '^1-2'", "invalid argument: Failed to parse bitmap '^1-2'")),
        ("9", ("CPU 9 in cpulist '9' exceed the maxcpu 8",)),
        ("1,^1", ("No CPU specified in '1,^1'",)),
    ],
)
def test_cpu_lists_that_cannot_be(text: str, messages: tuple[str, ...]) -> None:
    with pytest.raises(CommandFailed) as failure:
        read_pinning(text, 8)
    assert failure.value.messages == messages


def test_uuids() -> None:
    text = "6695eb01-f6a4-8304-79aa-97f2502e193f"
    raw = uuid_bytes(text)
    assert raw is not None
    assert uuid_text(raw) == text
    assert uuid_bytes(text.replace("-", "")) == raw
    assert uuid_bytes("x") is None
    assert uuid_bytes(text[:-2]) is None


def test_mac_addresses() -> None:
    assert is_mac("52:54:00:12:34:5F")
    assert not is_mac("52:54:00:12:34")
    assert not is_mac("52:54:00:12:34:5g")
    assert same_mac("52:54:00:12:34:0f", "52:54:0:12:34:F")
    assert not same_mac(None, "52:54:00:12:34:0f")


def test_typed_parameters() -> None:
    params = [int_param("a", 5), bool_param("b", True), double_param("c", 0.5), string_param("d", "x")]
    assert [value_text(param) for param in params] == ["5", "yes", "0.500000", "x"]
    assert as_record(params) == {"a": 5, "b": True, "c": 0.5, "d": "x"}


def test_options_are_read_as_asked() -> None:
    given_ = args(name="x", number="5", words=["a", "b"])
    assert given_.text("name") == "x"
    assert given_.text("empty") is None
    assert given_.number("number") == 5
    assert given_.joined("words") == "a b"
    assert given_.flag("name")
    assert not given_.flag("live")
    assert args(empty="").text("empty") == ""


@pytest.mark.parametrize(
    ("values", "read", "message"),
    [
        ({"name": ""}, "text", "Failed to get option 'name': Option argument is empty"),
        ({}, "required", "Failed to get option 'name': Mandatory option not present"),
        ({"name": "x"}, "number", "Numeric value 'x' for <name> option is malformed or out of range"),
        ({"name": "-1"}, "unsigned", "Numeric value '-1' for <name> option is malformed or out of range"),
        (
            {"name": "4294967296"},
            "unsigned",
            "Numeric value '4294967296' for <name> option is malformed or out of range",
        ),
        ({"name": "x"}, "size", "Scaled numeric value 'x' for <name> option is malformed or out of range"),
    ],
)
def test_options_that_cannot_be_read(values: dict[str, str], read: str, message: str) -> None:
    with pytest.raises(CommandFailed) as failure:
        getattr(args(**values), read)("name")
    assert failure.value.messages[0] == message


def test_an_option_no_command_has_is_a_mistake_of_ours() -> None:
    for read in ("flag", "text", "many", "number", "size"):
        with pytest.raises(KeyError):
            getattr(args(), read)("nosuch")


def test_flags() -> None:
    assert affect(args(live="", config="")) == 3
    assert affect(args(current="")) == 0
    assert bits(args(live=""), {"live": 4, "config": 8}) == 4
    assert sum(INFO_TYPES.values()) == 2 ** len(INFO_TYPES) - 1
    with pytest.raises(CommandFailed, match="Options --current and --config are mutually exclusive"):
        affect(args(current="", config=""))


def test_lists_with_commas() -> None:
    assert split_list("a,b,,c") == ["a", "b,c"]
    assert split_list("") == [""]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_quoting_keeps_plain_words_plain(word: str) -> None:
    quoted = quote(word)
    assert quoted == word or quoted.startswith("'") or "'" in quoted


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (['{"execute":"x"}'], '{"execute":"x"}'),
        (["query-status"], '{"execute":"query-status"}'),
        (
            ["qom-get", '"path":"/m"', '"property":"t"'],
            '{"execute":"qom-get","arguments":{"path":"/m","property":"t"}}',
        ),
        (["qom-get", "path=/m", "n=5"], '{"execute":"qom-get","arguments":{"path":"/m","n":5}}'),
        (["x", '{"a": 1}'], '{"execute":"x","arguments":{"a":1}}'),
    ],
)
def test_monitor_commands(words: list[str], command: str) -> None:
    assert qmp_command(words) == command


def test_a_monitor_command_with_bad_arguments() -> None:
    with pytest.raises(CommandFailed, match="failed to wrap arguments 'bar' into a QMP command wrapper"):
        qmp_command(["foo", "bar"])


@pytest.mark.parametrize(
    ("text", "xml"),
    [
        ("vda", "<disk name='vda'/>\n"),
        ("vda,snapshot=no", "<disk name='vda' snapshot='no'/>\n"),
        ("vda,file=/a,,b", "<disk name='vda'>\n  <source file='/a,b'/>\n</disk>\n"),
        ("vda,stype=block,file=/d", "<disk name='vda' type='block'>\n  <source dev='/d'/>\n</disk>\n"),
    ],
)
def test_disks_of_snapshots(text: str, xml: str) -> None:
    assert disk_tag(text).format() == xml


def test_memory_of_snapshots() -> None:
    assert memory_tag("/m,snapshot=external").format() == "<memory snapshot='external' file='/m'/>\n"
    assert memory_tag("file=/m").format() == "<memory file='/m'/>\n"
    with pytest.raises(CommandFailed, match="unable to parse memspec: a,b,c"):
        memory_tag("a,b,c")


def test_addresses_of_disks() -> None:
    assert address_tag("usb:1.2", "sda", multifunction=False).format() == "<address type='usb' bus='1' port='2'/>\n"
    for text in ("", "foo", "pci:1", "scsi:0.0.x", "usb:1"):
        with pytest.raises(CommandFailed, match=r"Invalid address\."):
            address_tag(text, "vda", multifunction=False)


def test_rates() -> None:
    assert read_rate("1,2") == {"average": 1, "peak": 2}
    assert read_rate(",,,4") == {"floor": 4}
    check_rates(read_rate("1"), None)
    with pytest.raises(CommandFailed, match="outbound floor is unsupported yet"):
        check_rates(None, read_rate("1,2,3,4"))


def test_keys_have_names_where_the_code_set_has_them() -> None:
    assert (names("linux")["KEY_A"], names("win32")["VK_A"], names("os_x")["ANSI_A"]) == (30, 65, 0)
    assert names("usb") == {}
    assert all(len(names(codeset)) > 100 for codeset in TABLES)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3700, "1:01:40")])
def test_times_to_come(seconds: float, text: str) -> None:
    assert duration(seconds) == text
