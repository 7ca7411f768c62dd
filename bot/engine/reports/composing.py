"""Admins keep reports that they composed: what a form brings is checked here, each fault with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.desks import Desk
from bot.domain.messages import Say
from bot.domain.people import BOT
from bot.engine.reports.composed import COMPOSED, DAYS_OF, FILTERS, GROUPS, MOST, NAME, TITLE, VALUES, Composed
from bot.engine.reports.fields import DAY, WEEK, TicketField, fields_of
from bot.engine.reports.measures import MEASURES
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused

VERBS = frozenset({"report-save", "report-delete"})
LONGEST = 3660  # days
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


async def submitted(turn: Turn, verb: str, name: str, values: Mapping[str, str]) -> None:
    """An admin keeps or deletes one; the caller has checked that they are one. Raises MoveRefused."""
    t = await turn.tongue_for(turn.person.id)
    before = await COMPOSED.get(turn.tx, name) if NAME.fullmatch(name) else None
    if before is not None and not before.is_seen_by(turn.person.id):
        raise MoveRefused("no_such_report")
    if verb == "report-delete":
        if before is None:
            raise MoveRefused("no_such_report")
        await COMPOSED.drop(turn.tx, name)
        await turn.answer(Say(t.say("The report “{title}” is deleted.", title=before.title)))
        return
    if not NAME.fullmatch(name) or (before is None and len(await COMPOSED.all(turn.tx)) >= MOST):
        raise MoveRefused("too_many_reports", count=str(MOST))
    owner, at = (before.owner, before.at) if before else (turn.person.id, turn.now)
    made = replace(read(turn.desk, t, values), owner=owner, at=at)
    await COMPOSED.put(turn.tx, name, made)
    await turn.answer(Say(t.say("The report “{title}” is kept.", title=made.title)))


def read(desk: Desk, t: Tongue, values: Mapping[str, str]) -> Composed:
    """What a form says, of nobody yet. Only fields and figures that there are; values of filters are whatever people call them. Raises MoveRefused."""
    known = fields_of(desk, t)
    title = " ".join(values.get("title", "").split())
    if not 1 <= len(title) <= TITLE:
        raise MoveRefused("bad_report_title", count=str(TITLE))
    figures = tuple(name for name in MEASURES if name in values.get("figures", "").split())
    if not figures:
        raise MoveRefused("no_figure")
    by = tuple(dict.fromkeys(one for n in range(1, GROUPS + 1) if (one := values.get(f"by-{n}", ""))))
    filters = tuple((one, _values(values.get(f"is-{n}", ""), known.get(one))) for n in range(1, FILTERS + 1) if (one := values.get(f"filter-{n}", "")))
    for one in (*by, *(name for name, _ in filters)):
        if one not in known and not (one in by and one in (DAY, WEEK)):
            raise MoveRefused("no_such_field", name=one[:60])
    if any(not wanted for _, wanted in filters):
        raise MoveRefused("empty_filter")
    days, day = values.get("days", ""), values.get("day", "")
    if not (days.isascii() and days.isdigit() and len(days) < 5 and 1 <= int(days) <= LONGEST):
        raise MoveRefused("bad_days", count=str(LONGEST))
    return Composed(title, BOT.id, NEVER, figures, by, filters, day if day in DAYS_OF else "opened_day", int(days), values.get("shared") == "1")


def _values(text: str, field: TicketField | None) -> tuple[str, ...]:
    """Written with commas between them, as they are kept or as people read them."""
    meant = {word.casefold(): value for value, word in field.words.items()} if field else {}
    return tuple(dict.fromkeys(meant.get(value.strip().casefold(), value.strip()[:200]) for value in text.split(",") if value.strip()))[:VALUES]
