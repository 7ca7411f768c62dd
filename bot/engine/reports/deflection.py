"""What the FAQ solved without a person: confirmed, silent and returned told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot.domain.outcomes import RETURNS_WITHIN
from bot.domain.ticket_facts import SelfService
from bot.engine.reports import tables
from bot.engine.reports.counts import Counts, counts
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.reports.tables import CHANNEL, LANGUAGE, Dimension, share
from bot.engine.reports.volume import question_of
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

ENDS: tuple[SelfService, ...] = ("confirmed", "silent", "returned", "handed_over", "withdrawn", "asked")
SHOWN = ("answer", "suggest")  # decisions by which an entry is shown
DIMENSIONS = (CHANNEL, LANGUAGE)
LISTED = 20  # entries
Ends = dict[str, int]


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    where, time = _where(asking), tables.by_time(asking, "opened_day")
    fields = (*(of.field for of in DIMENSIONS), "decision", "handed_over", "self_service")
    found = await counts(asking.reader, Counting("tickets", tuple(By(field) for field in fields), where))
    times = await counts(asking.reader, Counting("tickets", (time, By("self_service")), where))
    columns = _columns(asking.t)
    return [
        _total(asking, found),
        tables.times(asking, columns, _rows(times, time.field), _cells({})),
        *[tables.sheet(asking, of, columns, _rows(found, of.field)) for of in DIMENSIONS],
        _reasons(asking, found),
        await _entries(asking),
    ]


def _where(asking: Asking) -> tuple[Where, ...]:
    return asking.during("opened_day"), Where("self_service", among=ENDS)


def _definition(t: Tongue) -> str:
    hours = round(RETURNS_WITHIN.total_seconds() / 3600)
    return t.say(
        "Of all requests that the bot was asked in this time, the share that the FAQ solved: the requester said so, and neither reopened it nor asked "
        "about it again within {hours} hours. Silent: an answer was shown and nobody said anything more; that is counted apart and never as solved. "
        "Returned: solved or silent, and asked again within {hours} hours. What is younger than that may still return.",
        hours=hours,
    )


def _total(asking: Asking, counted: Counts) -> Sheet:
    t, found = asking.t, _ends(counted).get((), Ends())
    answered, whole = counted.number(lambda kind: kind["decision"] in SHOWN), sum(found.values())
    labels = {
        "confirmed": t.say("Solved by the FAQ, confirmed"),
        "silent": t.say("Silent after an answer"),
        "returned": t.say("Returned"),
        "handed_over": t.say("Handed over to a person"),
        "withdrawn": t.say("Withdrawn"),
        "asked": t.say("Not ended yet"),
    }
    figures: list[tuple[Column, Cell]] = [
        (Column("requests", t.say("Requests")), whole),
        (Column("offered", t.say("Of them with an entry shown")), answered),
        *((Column(end, labels[end]), found.get(end, 0)) for end in ENDS),
        (Column("deflection", t.say("Solved by the FAQ, share"), "share"), share(found.get("confirmed", 0), whole)),
        (Column("silent_share", t.say("Silent, share"), "share"), share(found.get("silent", 0), whole)),
        (Column("returned_share", t.say("Returned, share"), "share"), share(found.get("returned", 0), whole)),
    ]
    return tables.upright(asking, "total", t.say("Solved by the FAQ"), figures, _definition(t), not whole)


def _reasons(asking: Asking, counted: Counts) -> Sheet:
    """Why tier 1 gave up."""
    t = asking.t
    found = counted.by("handed_over", which=lambda kind: kind["self_service"] == "handed_over")
    whole = sum(count for (count,) in found.values())
    names = {"no_match": N_("nothing fitted"), "refused": N_("what was shown was refused"), "asked_for_person": N_("a person was asked for")}
    of = Dimension("handed_over", "reasons", N_("Why it was handed over"), N_("Why"), names)
    columns = [Column("requests", t.say("Requests")), Column("share", t.say("Share"), "share")]
    most = sorted(found.items(), key=lambda item: -item[1][0])
    return tables.sheet(asking, of, columns, {kind: (count, share(count, whole)) for kind, (count,) in most})


async def _entries(asking: Asking) -> Sheet:
    t = asking.t
    what = Counting("tickets", (By("entry"), By("self_service")), (*_where(asking), Where("decision", among=SHOWN)))
    found = _ends(await counts(asking.reader, what), "entry")
    best = sorted(((kind[0], ends) for kind, ends in found.items() if kind[0]), key=lambda row: -sum(row[1].values()))[:LISTED]
    columns = [Column("entry", t.say("Entry"), "text"), Column("question", t.say("Its question"), "text"), *_columns(t)]
    rows = [[entry, await question_of(asking, entry), *_cells(ends)] for entry, ends in best]
    note = t.say("The entries that were shown most; the one that solved it, else the best that was shown.")
    return Sheet("entries", t.say("By entry"), columns, rows, note, empty=tables.nothing(t))


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("requests", t.say("Requests")),
        Column("confirmed", t.say("Confirmed")),
        Column("silent", t.say("Silent")),
        Column("returned", t.say("Returned")),
        Column("handed_over", t.say("Handed over")),
        Column("deflection", t.say("Solved by the FAQ, share"), "share"),
    ]


def _cells(ends: Ends) -> tuple[Cell, ...]:
    whole = sum(ends.values())
    return whole, *(ends.get(end, 0) for end in ("confirmed", "silent", "returned", "handed_over")), share(ends.get("confirmed", 0), whole)


def _ends(counted: Counts, *fields: str) -> dict[Row, Ends]:
    """How many ended in each way, by these fields."""
    found: dict[Row, Ends] = defaultdict(dict)
    for (*kind, end), (count, *_) in counted.by(*fields, "self_service").items():
        found[tuple(kind)][end] = count
    return found


def _rows(counted: Counts, field: str) -> dict[Row, tuple[Cell, ...]]:
    return {kind: _cells(ends) for kind, ends in _ends(counted, field).items()}


DEFLECTION = Report("deflection", N_("Solved by the FAQ"), N_("what the FAQ solved without a person: confirmed, silent and returned apart"), _sheets)
