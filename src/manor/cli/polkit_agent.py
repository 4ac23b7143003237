# SPDX-License-Identifier: Apache-2.0
"""polkit's own agent for terminals, for users whose session has none: it asks for the password that polkit wants."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shutil import which
from typing import TYPE_CHECKING

from manor.errors import ErrorDomain, ErrorNumber, ManorError

if TYPE_CHECKING:
    from manor.client.backend import Backend

AGENT = "pkttyagent"
ATTEMPTS = 5
"""How often the wrong password may be given, as in virsh."""

_PATIENCE = 10.0
_END = 5.0


def retry(attempt: Callable[[], Backend], failure: ManorError) -> Backend:
    """Connect with an agent beside us; `failure` is what came of it without. Raises ManorError."""
    program = which(AGENT)
    if program is None or not sys.stdin.isatty():
        raise failure
    with _agent(program):
        for _ in range(ATTEMPTS):
            try:
                return attempt()
            except ManorError as error:
                if (error.domain, error.code) != (ErrorDomain.POLKIT, ErrorNumber.AUTH_FAILED):
                    raise
                failure = error
        raise failure


@contextmanager
def _agent(program: str) -> Iterator[None]:
    """The agent, registered for this process for as long as the context lasts."""
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            [program, "--process", str(os.getpid()), "--notify-fd", str(writer), "--fallback"], pass_fds=(writer,)
        )
    except OSError as error:
        os.close(reader)
        raise ManorError(ErrorNumber.SYSTEM_ERROR, f"Cannot run '{program}': {error.strerror}") from error
    finally:
        os.close(writer)
    try:
        # It closes its end once it is registered, or by ending.
        select.select([reader], [], [], _PATIENCE)
        yield
    finally:
        os.close(reader)
        process.terminate()
        try:
            process.wait(_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
