# SPDX-License-Identifier: Apache-2.0
"""Reading libvirt's own configuration format, as in libvirt.conf: ``name = value``, one per line.

A value is a number, a string in single, double or triple double quotes, or a list of strings in brackets; "#" starts a
comment. Written for client settings; the daemon's own file is another format.
"""

from __future__ import annotations

from manor.errors import ErrorDomain, ErrorNumber, ManorError, reporter

_error = reporter(ErrorDomain.CONF)

ConfValue = int | str | list[str]

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def parse_conf(text: str, name: str) -> dict[str, ConfValue]:
    """The settings in `text`; `name` is the file's, for errors (VIR_ERR_CONF_SYNTAX with file and line)."""
    return _Reader(text, name).settings()


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.position = 0

    def settings(self) -> dict[str, ConfValue]:
        found: dict[str, ConfValue] = {}
        self._skip(newlines=True)
        while self.position < len(self.text):
            setting = self._setting_name()
            self._skip()
            self._expect("=")
            self._skip()
            found[setting] = self._value()
            self._skip()
            if self._peek() not in ("", "\n"):
                raise self._failure("expecting a newline")
            self._skip(newlines=True)
        return found

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _skip(self, *, newlines: bool = False) -> None:
        """Pass over blanks and comments."""
        blanks = " \t\r\n" if newlines else " \t\r"
        while character := self._peek():
            if character == "#":
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end
            elif character in blanks:
                self.position += 1
            else:
                return

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            raise self._failure(f"expecting '{character}'")
        self.position += 1

    def _setting_name(self) -> str:
        start = self.position
        while self._peek() and self._peek() in _NAME_CHARACTERS:
            self.position += 1
        if start == self.position or not self.text[start].isalpha():
            raise self._failure("expecting a name")
        return self.text[start : self.position]

    def _value(self) -> ConfValue:
        character = self._peek()
        if character == "[":
            return self._list()
        if character and character in "\"'":
            return self._string()
        start = self.position
        while self._peek() and self._peek() in "+-0123456789":
            self.position += 1
        try:
            return int(self.text[start : self.position][:20])
        except ValueError:
            raise self._failure("expecting a value") from None

    def _list(self) -> list[str]:
        self._expect("[")
        items: list[str] = []
        self._skip(newlines=True)
        while self._peek() != "]":
            items.append(self._string())
            self._skip(newlines=True)
            if self._peek() != "]":
                self._expect(",")
                self._skip(newlines=True)
        self._expect("]")
        return items

    def _string(self) -> str:
        for quote in ('"""', '"', "'"):
            if self.text.startswith(quote, self.position):
                start = self.position + len(quote)
                end = self.text.find(quote, start)
                if end < 0 or (len(quote) == 1 and "\n" in self.text[start:end]):
                    raise self._failure("unterminated string")
                self.position = end + len(quote)
                return self.text[start:end]
        raise self._failure("expecting a string")

    def _failure(self, what: str) -> ManorError:
        line = self.text.count("\n", 0, self.position) + 1
        return _error(ErrorNumber.CONF_SYNTAX, f"{self.name}:{line}: {what}")
