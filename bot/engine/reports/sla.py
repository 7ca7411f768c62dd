"""How often promised times were kept, by goal and priority, and what is overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.domain.ticket_facts import date_of
from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.reports.tables import PRIORITIES, share
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Row, Where

GOALS = {"first_response": N_("First answer"), "next_response": N_("Next answer"), "resolution": N_("Solution")}
ENDED = Where("what", among=("promise",))
OVERDUE = Where("what", among=("overdue",))


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    rows = await _counted(asking, By("about"), By("priority"))
    return [_goals(asking, rows), _priorities(asking, rows), await _times(asking), await _overdue(asking)]


def _definition(t: Tongue) -> str:
    return t.say(
        "Promised times that ended in this time: kept, or fulfilled late, or never because the ticket was closed. What is broken and not done yet has "
        "not ended and stands in a table of its own. By the priority that the ticket had then; the clock stands still while the requester is waited for."
    )


async def _counted(asking: Asking, *by: By) -> list[Row]:
    return await asking.reader.counted(Counting("acts", by, (ENDED, asking.during("day")), ("late",)))


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("ended", t.say("Ended")),
        Column("kept", t.say("Kept")),
        Column("broken", t.say("Broken")),
        Column("kept_share", t.say("Kept, share"), "share"),
    ]


def _cells(ended: int, late: int) -> tuple[Cell, ...]:
    return ended, ended - late, late, share(ended - late, ended)


def _goal_words(t: Tongue) -> dict[str, str]:
    return {goal: t.say(word) for goal, word in GOALS.items()}


def _goals(asking: Asking, found: Iterable[Row]) -> Sheet:
    t, sums = asking.t, defaultdict[str, list[int]](lambda: [0, 0])
    for goal, _, ended, late in found:
        sums[goal][0] += ended
        sums[goal][1] += late
    rows: list[Sequence[Cell]] = [[goal, *_cells(*sums[goal])] for goal in GOALS if goal in sums]
    columns = [Column("goal", t.say("Promised"), "text"), *_columns(t)]
    return Sheet("goals", t.say("Promised times"), columns, rows, _definition(t), empty=_nothing(asking), words=_goal_words(t))


def _priorities(asking: Asking, found: Iterable[Row]) -> Sheet:
    t = asking.t
    order = {name: n for n, name in enumerate((*GOALS, *reversed(PRIORITIES)))}
    rows = [[goal, priority, *_cells(ended, late)] for goal, priority, ended, late in found]
    rows.sort(key=lambda row: (order.get(str(row[0]), 99), order.get(str(row[1]), 99), str(row[1])))
    columns = [Column("goal", t.say("Promised"), "text"), Column("priority", t.say("Priority"), "text"), *_columns(t)]
    words = {**_goal_words(t), **{name: t.say(word) for name, word in PRIORITIES.items()}}
    return Sheet("priorities", t.say("By priority"), columns, rows, empty=_nothing(asking), words=words)


async def _times(asking: Asking) -> Sheet:
    rows = {(number,): _cells(ended, late) for number, ended, late in await _counted(asking, tables.by_time(asking, "day"))}
    return tables.times(asking, _columns(asking.t), rows, _cells(0, 0))


async def _overdue(asking: Asking) -> Sheet:
    t = asking.t
    counts, since = defaultdict[tuple[str, str], int](int), dict[tuple[str, str], int]()
    for goal, priority, day, count in await asking.reader.counted(Counting("acts", (By("about"), By("priority"), By("day")), (OVERDUE,))):
        counts[goal, priority] += count
        since.setdefault((goal, priority), day)
    columns = [
        Column("goal", t.say("Promised"), "text"),
        Column("priority", t.say("Priority"), "text"),
        Column("overdue", t.say("Overdue")),
        Column("oldest", t.say("Oldest from"), "day"),
    ]
    rows: list[Sequence[Cell]] = [[goal, priority, count, date_of(since[goal, priority])] for (goal, priority), count in counts.items()]
    words = {**_goal_words(t), **{name: t.say(word) for name, word in PRIORITIES.items()}}
    return Sheet("overdue", t.say("Overdue now"), columns, rows, t.say("Whenever they were broken."), empty=t.say("Nothing is overdue."), words=words)


def _nothing(asking: Asking) -> str:
    if not asking.desk.targets and not asking.desk.policies:
        return asking.t.say("No promised time ended in this time, and none is set: see service levels in firstline.toml.")
    return asking.t.say("No promised time ended in this time.")


SLA = Report("sla", N_("Promised times"), N_("how often promised times were kept, by goal and priority, and what is overdue"), _sheets)
