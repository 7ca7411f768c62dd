"""How satisfied requesters were, and how many said so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.domain.ratings import SCALE
from bot.engine.reports import tables
from bot.engine.reports.counts import Counts, counts
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.response import WITH_PEOPLE
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.reports.tables import CHANNEL, PRIORITY, share
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row

SATISFIED = (4, 5)
FEW = 30  # ratings below which a share says little
Ratings = dict[int | None, int]
TIER = tables.tiers("solved_tier", N_("By the tier that solved it"))
DIMENSIONS = (CHANNEL, TIER, PRIORITY)


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    where, time, columns = (asking.during("first_day"), WITH_PEOPLE), tables.by_time(asking, "first_day"), _columns(asking.t)
    found = await counts(asking.reader, Counting("tickets", (*(By(of.field) for of in DIMENSIONS), By("rating")), where))
    times = await counts(asking.reader, Counting("tickets", (time, By("rating")), where))
    total = _ratings(found).get((), Ratings())
    return [
        _total(asking, total),
        _scale(asking, total),
        *[tables.sheet(asking, of, columns, _rows(found, of.field)) for of in DIMENSIONS],
        tables.times(asking, columns, _rows(times, time.field), _cells({}), asking.t.say("By when it was first solved.")),
    ]


def _ratings(found: Counts, *fields: str) -> dict[Row, Ratings]:
    """How many gave each rating, None for nobody, by these fields."""
    ratings: dict[Row, Ratings] = defaultdict(dict)
    for (*kind, rating), (count,) in found.by(*fields, "rating").items():
        ratings[tuple(kind)][rating] = count
    return ratings


def _rows(found: Counts, field: str) -> dict[Row, tuple[Cell, ...]]:
    return {kind: _cells(ratings) for kind, ratings in _ratings(found, field).items()}


def _definition(asking: Asking, given: int) -> str:
    t = asking.t
    parts = [
        t.say(
            "Ratings of 4 and 5 of all that were given for tickets that people solved for the first time in this time; the rating that stands now. "
            "The response rate is those that were rated of those solved, and without it the share says nothing of those who were silent."
        )
    ]
    if not asking.desk.ask_rating:
        parts.append(t.say("This desk does not ask for ratings."))
    elif given < FEW:
        parts.append(t.say("So few ratings say little: below {few} chance alone moves the share by many points.", few=FEW))
    return " ".join(parts)


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("solved", t.say("Solved")),
        Column("rated", t.say("Rated")),
        Column("response_rate", t.say("Response rate"), "share"),
        Column("satisfied", t.say("4 and 5")),
        Column("csat", t.say("Satisfied, share"), "share"),
        Column("mean", t.say("Mean rating"), "score"),
    ]


def _cells(ratings: Mapping[int | None, int]) -> tuple[Cell, ...]:
    solved, given = sum(ratings.values()), sum(count for rating, count in ratings.items() if rating)
    satisfied = sum(ratings.get(rating, 0) for rating in SATISFIED)
    mean = sum((rating or 0) * count for rating, count in ratings.items()) / given if given else None
    return solved, given, share(given, solved), satisfied, share(satisfied, given), mean


def _total(asking: Asking, ratings: Ratings) -> Sheet:
    t, cells = asking.t, _cells(ratings)
    given = sum(count for rating, count in ratings.items() if rating)
    return tables.upright(asking, "total", t.say("Satisfaction"), list(zip(_columns(t), cells, strict=True)), _definition(asking, given), not ratings)


def _scale(asking: Asking, ratings: Ratings) -> Sheet:
    t, given = asking.t, sum(count for rating, count in ratings.items() if rating)
    columns = [Column("rating", t.say("Rating")), Column("rated", t.say("Rated")), Column("share", t.say("Share"), "share")]
    rows: list[Sequence[Cell]] = [[rating, ratings.get(rating, 0), share(ratings.get(rating, 0), given)] for rating in reversed(SCALE)] if given else []
    return Sheet("ratings", t.say("By rating"), columns, rows, empty=t.say("Nobody has rated anything in this time."))


CSAT = Report("csat", N_("Satisfaction"), N_("how satisfied requesters were, and how many said so"), _sheets)
