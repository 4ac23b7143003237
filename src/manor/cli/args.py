# SPDX-License-Identifier: Apache-2.0
"""The values of one invocation, as a command asks for them; complaints are worded as virsh words them."""

from __future__ import annotations

from manor.cli.failure import CommandFailed
from manor.cli.model import Option
from manor.cli.sizes import MAX_INT, MAX_UINT, MAX_ULLONG, BadSuffix, integer, scaled


class Args:
    """Typed access to what was given. Every reader raises CommandFailed for a value that cannot be read."""

    def __init__(self, options: tuple[Option, ...], values: dict[str, list[str]]) -> None:
        self._options = {option.name: option for option in options}
        self._values = values

    def flag(self, name: str) -> bool:
        """Whether a flag, or any option, was given."""
        if name not in self._options:
            raise KeyError(name)
        return name in self._values

    def any(self, *names: str) -> bool:
        """Whether any of the options was given."""
        return any(self.flag(name) for name in names)

    def text(self, name: str) -> str | None:
        """The value of an option, None if it was not given."""
        option = self._options[name]
        if name not in self._values:
            return None
        value = self._values[name][-1]
        if not value and not option.empty:
            raise CommandFailed(f"Failed to get option '{name}': Option argument is empty")
        return value

    def required(self, name: str) -> str:
        """The value of an option that the grammar makes sure is there."""
        value = self.text(name)
        if value is None:
            raise CommandFailed(f"Failed to get option '{name}': Mandatory option not present")
        return value

    def values(self, name: str) -> list[str]:
        """What was given to an option, empty or not."""
        return self._values.get(name, [])

    def many(self, name: str) -> list[str]:
        """All values of a list."""
        if name not in self._options:
            raise KeyError(name)
        return list(self.values(name))

    def joined(self, name: str) -> str:
        """The values of a list as one text, with single blanks between them."""
        return " ".join(self.many(name))

    def number(self, name: str, low: int = -MAX_INT - 1, high: int = MAX_INT) -> int | None:
        """A number in a range (a C int unless told), None if not given."""
        text = self._values.get(name)
        if text is None:
            self._options[name]
            return None
        try:
            return integer(text[-1], low, high)
        except ValueError:
            raise CommandFailed(
                f"Numeric value '{text[-1]}' for <{name}> option is malformed or out of range"
            ) from None

    def unsigned(self, name: str) -> int | None:
        """A number that fits an unsigned int."""
        return self.number(name, 0, MAX_UINT)

    def unsigned64(self, name: str) -> int | None:
        """A number that fits an unsigned long long."""
        return self.number(name, 0, MAX_ULLONG)

    def size(self, name: str, scale: int = 1, high: int = MAX_ULLONG) -> int | None:
        """A size with an optional unit, in bytes; without a unit it counts in `scale` bytes."""
        text = self._values.get(name)
        if text is None:
            self._options[name]
            return None
        try:
            return scaled(text[-1], scale, high)
        except ValueError as problem:
            reason = (str(problem),) if isinstance(problem, BadSuffix) else ()
            raise CommandFailed(
                f"Scaled numeric value '{text[-1]}' for <{name}> option is malformed or out of range", *reason
            ) from None

    def exclusive(self, *names: str) -> None:
        """Complain if more than one of the options was given, in the order virsh names them."""
        given = [name for name in names if self.flag(name)]
        if len(given) > 1:
            raise CommandFailed(f"Options --{given[0]} and --{given[1]} are mutually exclusive")

    def requires(self, option: str, needed: str) -> None:
        """Complain if `option` was given without `needed`."""
        if self.flag(option) and not self.flag(needed):
            raise CommandFailed(f"Option --{needed} is required by option --{option}")
