"""[mirror] of firstline.toml: tickets told to another tool."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from bot.domain.desks import Tier
from bot.domain.mirror import LONGEST_URL, Mirror
from bot.toml_table import Table, nearest, shown

LONGEST_NAME = 40
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def mirror(table: Table, tiers: Collection[Tier], kinds: Collection[str]) -> Mirror | None:
    """The section; None when there is none. kinds: those that a ticket may have."""
    if not table.values:
        return None
    url, name = table.text("url"), table.text("name", "Mirror")
    if not _may_be_called(url):
        table.fault("url", f'{shown(url)} is no address to call; write url = "https://…", without a password in it')
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        table.fault("name", f"it is empty, longer than {LONGEST_NAME} characters or not on one line; write the tool's name as agents know it")
    wanted = tuple(table.texts("kinds"))
    for kind in wanted:
        if kind not in kinds:
            table.fault("kinds", f"{shown(kind)} is no kind of ticket here; {nearest(kind, kinds)}")
    found = Mirror(url, name, wanted, _tiers(table, tiers), _yes(table, "words", default=True), _yes(table, "notes"), _yes(table, "names"))
    table.done()
    return found


def _tiers(table: Table, tiers: Collection[Tier]) -> tuple[int, ...]:
    value = table.get("tiers", [])
    levels = [1, *(tier.level for tier in tiers)]
    if isinstance(value, list) and all(isinstance(level, int) and not isinstance(level, bool) and level in levels for level in value):
        return tuple(value)
    table.fault("tiers", f"{shown(value)} is no list of tiers; choose from {', '.join(map(str, levels))}, as tiers = [2, 3]")
    return ()


def _yes(table: Table, key: str, *, default: bool = False) -> bool:
    value = table.get(key, default)
    if isinstance(value, bool):
        return value
    table.fault(key, f"{shown(value)} is neither; write true or false, without quotes")
    return default


def _may_be_called(url: str) -> bool:
    """Whether its host is public is known when it is called."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return bool(host) and is_safe and not parts.username and not parts.password and len(url) <= LONGEST_URL and url.isprintable() and " " not in url
