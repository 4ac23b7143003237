# SPDX-License-Identifier: Apache-2.0
"""The access rules of the configuration: who has which permissions on which objects.

`AccessPolicy` is the whole of them, `Rights` what they give one client. How a call's objects are found is
manor.daemon.guard's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from manor.daemon.identity import group_name, group_names
from manor.daemon.permissions import matching
from manor.daemon.settings import AccessRule, AccessSettings
from manor.drivers.interface import Identity

# To be connected and to ask for lists, of which everybody sees only what they may see.
_IMPLIED = ("connect:getattr", "connect:search_")


class Subject(NamedTuple):
    """An object as rules see it: its name, and the pool of a volume."""

    name: str
    pool: str = ""


class Rule:
    """One rule, made ready."""

    def __init__(self, settings: AccessRule) -> None:
        self._settings = settings
        self.permissions = frozenset(_expand(settings.permissions))
        self.metadata = settings.metadata

    def names_client(self, who: Identity) -> bool:
        """Whether the rule is about this client."""
        rule = self._settings
        return (
            _one_of(_user_words(who), rule.users)
            or _one_of(_group_words(who), rule.groups)
            or matches(who.sasl_user_name, rule.sasl)
            or matches(who.x509_distinguished_name, rule.certificates)
        )

    def is_general(self, kind: str) -> bool:
        """Whether it is about all objects of a kind."""
        rule = self._settings
        pools = rule.pools if kind in ("storage_pool", "storage_vol") else ()
        return not (rule.names or pools or (rule.metadata and kind == "domain"))

    def covers(self, kind: str, subject: Subject) -> bool:
        """Whether an object of a kind is meant, as far as its names tell."""
        rule = self._settings
        if rule.names and not matches(subject.name, rule.names):
            return False
        if rule.pools and kind in ("storage_pool", "storage_vol"):
            return matches(subject.pool or subject.name, rule.pools)
        return True


class Rights:
    """What one client may do."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)

    def granting(self, permission: str) -> list[Rule]:
        """The rules that give a permission, on some objects at least."""
        kind, _, name = permission.partition(":")
        if name == "getattr":
            # Who may do anything with an object may know that it is there.
            return [rule for rule in self._rules if any(one.startswith(f"{kind}:") for one in rule.permissions)]
        return [rule for rule in self._rules if permission in rule.permissions]

    def implied(self, permission: str) -> bool:
        """Whether every client with any right has this one."""
        return bool(self._rules) and permission.startswith(_IMPLIED)


class AccessPolicy:
    """All rules of the configuration."""

    def __init__(self, settings: AccessSettings) -> None:
        self._rules = [Rule(rule) for rule in settings.rule]
        self._open = settings.default == "allow"

    def rights(self, who: Identity) -> Rights | None:
        """What a client may do; None where nothing is kept from it."""
        rules = [rule for rule in self._rules if rule.names_client(who)]
        return None if not rules and self._open else Rights(rules)


def _expand(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        yield from matching(word)


def _user_words(who: Identity) -> set[str]:
    return {word for word in (who.user_name, None if who.user_id is None else str(who.user_id)) if word}


def _group_words(who: Identity) -> set[str]:
    if who.group_id is None:
        return set()
    names = group_names(who.user_name, who.group_id) if who.user_name else {group_name(who.group_id) or ""}
    return {*names, str(who.group_id)} - {""}


def _one_of(words: set[str], listed: Iterable[str]) -> bool:
    return not words.isdisjoint(listed)


def matches(word: str | None, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns, with * and ? as wildcards, is about the word."""
    return word is not None and any(fnmatchcase(word, pattern) for pattern in patterns)
