"""[satisfaction] of firstline.toml: whether requesters are asked how the help was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.toml_table import Table, shown

REMIND = timedelta(days=1)
SOONEST = timedelta(hours=1)  # a reminder within the hour is no reminder


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """ask: with each resolve. remind: once, so long after; None: never."""

    ask: bool = True
    remind: timedelta | None = REMIND


def satisfaction(table: Table) -> Satisfaction:
    """The section."""
    ask = table.get("ask", True)
    if not isinstance(ask, bool):
        table.fault("ask", f"{shown(ask)} is neither; write true, or false to ask nobody")
        ask = True
    remind = table.span("remind", REMIND)
    if remind and remind < SOONEST:
        table.fault("remind", f'{shown(table.values["remind"])} is sooner than "1h"; write a longer time, as "1d", or "0s" to remind nobody')
        remind = REMIND
    table.done()
    return Satisfaction(ask, remind or None)
