"""[faq] of firstline.toml: what follows when an entry is published."""

from __future__ import annotations

from datetime import timedelta

from bot.toml_table import Table, shown

LONGEST = timedelta(days=365)


def tell_when_answered(table: Table) -> timedelta | None:
    """How far back those are told whose question a new entry answers; None: nobody is."""
    span = table.span("tell_when_answered", timedelta())
    if span and span > LONGEST:
        table.fault(
            "tell_when_answered", f'{shown(table.values["tell_when_answered"])} is longer than "365d"; write a shorter time, as "30d", or "0s" to tell nobody'
        )
        span = None
    table.done()
    return span or None
