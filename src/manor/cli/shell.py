# SPDX-License-Identifier: Apache-2.0
"""The running shell: its connection, its output, and how it runs commands and reports their failures."""

from __future__ import annotations

import sys
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any

from manor.cli.args import Args
from manor.cli.failure import CommandFailed, Leave
from manor.cli.grammar import OUTPUT
from manor.errors import ManorError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from manor.cli.grammar import Invocation
    from manor.cli.log import LogFile
    from manor.cli.output import Output
    from manor.cli.settings import Settings
    from manor.client.backend import Backend

RED, RESET = "\x1b[31m", "\x1b[0m"


class Failing:
    """A block whose libvirt errors are introduced by a message of the command, as virsh prints them."""

    def __init__(self, shell: Shell, message: str) -> None:
        self._shell = shell
        self._message = message

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, ManorError):
            self._shell.error(self._message)


class Shell:
    """What commands are given: output, errors, and the connection, which is opened when it is first needed."""

    def __init__(self, settings: Settings, out: Output, log: LogFile | None = None) -> None:
        self.settings = settings
        self.out = out
        self.interactive = False
        self._log = log
        self._backend: Backend | None = None

    @property
    def backend(self) -> Backend:
        """The connection. Raises CommandFailed and ManorError where there is none to be had."""
        if self._backend is not None and self._backend.closed_reason is not None:
            self._report_loss(self._backend)
            return self.connect("Failed to reconnect to the hypervisor")
        return self._backend or self.connect()

    @property
    def connected(self) -> bool:
        """Whether there is a connection already."""
        return self._backend is not None

    @property
    def lost(self) -> bool:
        """Whether the connection ended by itself."""
        return self._backend is not None and self._backend.closed_reason is not None

    def connect(self, complaint: str = "failed to connect to the hypervisor") -> Backend:
        """Open the connection that the settings name, in place of the present one."""
        from manor.cli.connection import open_connection

        self.disconnect()
        with self.failing(complaint):
            self._backend = open_connection(self.settings)
        return self._backend

    def disconnect(self) -> None:
        """Close the connection, if there is one."""
        backend, self._backend = self._backend, None
        if backend is not None:
            backend.close()

    def _report_loss(self, backend: Backend) -> None:
        from manor.cli.connection import describe_loss

        self.error(describe_loss(backend))
        self.disconnect()

    def call(self, operation: str, *arguments: object) -> Any:
        """Run an operation of the catalogue on the connection."""
        return self.backend.call(operation, *arguments)

    def failing(self, message: str) -> Failing:
        """Introduce the libvirt errors of a `with` block by a message."""
        return Failing(self, message)

    def error(self, message: str) -> None:
        """Print an error."""
        if self._log is not None:
            self._log.write("ERROR", message)
        self.out.stream.flush()
        prefix = f"{RED}error:{RESET}" if sys.stderr.isatty() and self.out.colour else "error:"
        sys.stderr.write(f"{prefix} {message}\n")

    def hint(self, message: str) -> None:
        """Print what may help, next to an error."""
        self.out.stream.flush()
        sys.stderr.write(f"hint: {message}\n")

    def debug(self, level: int, message: str) -> None:
        """Print and log what is only interesting to those who set a debug level of at most `level`."""
        if level < self.settings.debug:
            return
        if self._log is not None:
            self._log.write("DEBUG", message)
        self.out.stream.write(f"{message}\n")

    def run(self, invocations: Iterable[Invocation]) -> int:
        """Run commands one after another, whatever becomes of each; the exit status is that of the last.

        Raises Leave when one of them asks to leave.
        """
        status = 0
        for invocation in invocations:
            status = self._run_one(invocation)
        return status

    def _run_one(self, invocation: Invocation) -> int:
        values = dict(invocation.values)
        output = values.pop(OUTPUT.name, None)
        self.out.json = self.settings.json if output is None else output[-1] == "json"
        if output is not None and output[-1] not in ("json", "table"):
            self.error(f"Invalid value '{output[-1]}' for --output, expecting 'json' or 'table'")
            return 1
        if invocation.command.connect and not self.ready():
            return 1
        for name, given in values.items():
            self.debug(1, f"{invocation.command.name}: {name}: {' '.join(given)}")
        started = perf_counter()
        status = self._attempt(invocation, Args(invocation.command.options, values))
        self.out.finish(succeeded=not status)
        self._end_command((perf_counter() - started) * 1000)
        return status

    def ready(self) -> bool:
        """Connect for a command; a shell without a connection has nothing to run it on."""
        if self._backend is not None:
            # What came in while the user was thinking, be it the end of the connection.
            with suppress(ManorError):
                self._backend.pump()
        try:
            return self.backend is not None
        except ManorError as failure:
            self.error(failure.message)
            return False
        except CommandFailed as failure:
            self._report(failure)
            return False

    def _attempt(self, invocation: Invocation, args: Args) -> int:
        try:
            invocation.command.run(self, args)
        except Leave:
            self.out.finish(succeeded=True)
            raise
        except CommandFailed as failure:
            self._report(failure)
            return failure.status
        except ManorError as failure:
            self.error(failure.message)
            return 1
        except (BrokenPipeError, KeyboardInterrupt):
            if not self.interactive:
                raise
            return 1
        except Exception as mistake:
            # A mistake of ours is no reason to take the user's shell away.
            self._report_mistake(mistake)
            return 1
        return 0

    def _report_mistake(self, mistake: Exception) -> None:
        import traceback

        self.error(f"internal error: {type(mistake).__name__}: {mistake}")
        self.debug(0, "".join(traceback.format_exception(mistake)).rstrip())

    def _report(self, failure: CommandFailed) -> None:
        for message in failure.messages:
            self.error(message)

    def _end_command(self, milliseconds: float) -> None:
        """What separates commands from each other: the time, or an empty line."""
        if self.out.json:
            return
        if self.settings.timing:
            self.out.stream.write(f"\n(Time: {milliseconds:.3f} ms)\n\n")
        else:
            self.out.note("")
