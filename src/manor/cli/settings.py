# SPDX-License-Identifier: Apache-2.0
"""What the user set on the command line and in the environment, before any command runs."""

from __future__ import annotations

DEBUG_LEVELS = 4
"""The least talkative debug level; 0 shows everything."""


class Settings:
    """The options of `manor` itself."""

    def __init__(self) -> None:
        self.uri: str | None = None
        self.readonly = False
        self.quiet = False
        self.timing = False
        self.debug = DEBUG_LEVELS
        self.escape = "^]"
        self.keepalive_interval: int | None = None
        self.keepalive_count: int | None = None
        self.log: str | None = None
        self.json = False
