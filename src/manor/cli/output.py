# SPDX-License-Identifier: Apache-2.0
"""Where results go: text as virsh prints it, or one JSON document per command.

Commands say what they found once, as text and as values; which of the two is shown is decided here. Messages that
virsh drops with --quiet are notes. Diagnostics go through `Shell.error`, not through here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO

from manor.cli.table import format_table

Record = Mapping[str, object]

BOLD, RESET = "\x1b[1m", "\x1b[0m"


def json_key(label: str) -> str:
    """A label of a text listing as a JSON key: `Max memory:` is `max_memory`."""
    words = "".join(char.lower() if char.isalnum() else " " for char in label.replace("(s)", "s"))
    return "_".join(words.split())


class Output:
    """The results of commands, written to `stream`."""

    def __init__(self, stream: IO[str], *, quiet: bool = False, colour: bool = False) -> None:
        self.stream = stream
        self.quiet = quiet
        self.colour = colour
        self.json = False
        self._begin()

    def _begin(self) -> None:
        self._data: object | None = None
        self._fields: dict[str, object] = {}
        self._messages: list[str] = []
        self._text: list[str] = []

    def write(self, text: str) -> None:
        """Print text as it is."""
        if self.json:
            self._text.append(text)
        else:
            self.stream.write(text)

    def line(self, text: str = "") -> None:
        """Print a line."""
        self.write(f"{text}\n")

    def note(self, text: str, end: str = "\n", /, **values: object) -> None:
        """Print a message that --quiet drops; `values` are what it says."""
        if self.json:
            self._fields.update(values)
            if text:
                self._messages.append(text)
        elif not self.quiet:
            self.stream.write(f"{text}{end}")

    def value(self, text: str, /, **values: object) -> None:
        """Print an answer of one line; `values` are the same for JSON."""
        if self.json:
            self._fields.update(values)
        else:
            self.stream.write(f"{text}\n")

    def field(self, label: str, text: object, width: int = 15, /, **values: object) -> None:
        """Print a label and a value below each other's; without `values`, JSON gets the text under the label."""
        if self.json:
            self._fields.update(values or {json_key(label): text})
        else:
            self.stream.write(f"{label:<{width}} {text}\n")

    def data(self, value: object) -> None:
        """What JSON shows instead of everything else of this command."""
        self._data = value

    def xml(self, document: str, end: str = "") -> None:
        """Print a document, and `end` behind it."""
        self.data({"xml": document})
        self.write(document + end)

    def table(
        self, header: Sequence[str], rows: Sequence[Sequence[str]], records: Sequence[Record] | None = None
    ) -> None:
        """Print a table; `records` are its rows for JSON."""
        if self.json:
            if records is None:
                keys = [json_key(word) for word in header]
                records = [dict(zip(keys, row, strict=True)) for row in rows]
            self._data = list(records)
            return
        text = format_table(header, rows, bare=self.quiet)
        if self.colour and not self.quiet:
            first, separator, rest = text.partition("\n")
            text = f"{BOLD}{first}{RESET}{separator}{rest}"
        self.stream.write(text)

    def finish(self, succeeded: bool) -> None:
        """End a command: print its JSON document, if it has one, and forget everything about it."""
        if self.json and (succeeded or self._data is not None or self._fields):
            import json

            json.dump(self._document(), self.stream, indent=2, ensure_ascii=False, default=str)
            self.stream.write("\n")
        self._begin()

    def _document(self) -> object:
        if self._data is not None:
            return self._data
        document = dict(self._fields)
        if self._text:
            document["text"] = "".join(self._text)
        if self._messages:
            document["message"] = "\n".join(self._messages)
        return document
