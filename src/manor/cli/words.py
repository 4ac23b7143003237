# SPDX-License-Identifier: Apache-2.0
"""The words that stand for libvirt's numbers in listings, by the constant's member name."""

from __future__ import annotations

DOMAIN_STATES = ("no state", "running", "idle", "paused", "in shutdown", "shut off", "crashed", "pmsuspended")
"""By virDomainState."""

STATE_REASONS: dict[int, tuple[str, ...]] = {
    0: ("unknown",),
    1: (
        "unknown",
        "booted",
        "migrated",
        "restored",
        "from snapshot",
        "unpaused",
        "migration canceled",
        "save canceled",
        "event wakeup",
        "crashed",
        "post-copy",
        "post-copy failed",
    ),
    2: ("unknown",),
    3: (
        "unknown",
        "user",
        "migrating",
        "saving",
        "dumping",
        "I/O error",
        "watchdog",
        "from snapshot",
        "shutting down",
        "creating snapshot",
        "crashed",
        "starting up",
        "post-copy",
        "post-copy failed",
        "api error",
    ),
    4: ("unknown", "user"),
    5: ("unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "daemon"),
    6: ("unknown", "panicked"),
    7: ("unknown",),
}
"""By virDomainState, then by the reason in it."""

VCPU_STATES = ("offline", "running", "blocked")
"""By virVcpuState."""

JOB_TYPES = ("None", "Bounded", "Unbounded", "Completed", "Failed", "Cancelled")
"""By virDomainJobType."""

JOB_OPERATIONS = (
    "Unknown",
    "Start",
    "Save",
    "Restore",
    "Incoming migration",
    "Outgoing migration",
    "Snapshot",
    "Snapshot revert",
    "Dump",
    "Backup",
    "Snapshot delete",
)
"""By virDomainJobOperation."""


def word(words: tuple[str, ...], number: int, otherwise: str = "unknown") -> str:
    """The word of a number, `otherwise` for numbers of newer libvirts."""
    return words[number] if 0 <= number < len(words) else otherwise
