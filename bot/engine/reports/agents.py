"""How the work was spread over agents: no table of names unless it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Where

DID = ("claimed", "replied", "solved")
THEIR_DOING = (Where("what", among=DID), Where("by", but=("",)))
Load = dict[str, int]


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    loads = await _loads(asking)
    return [_total(asking, loads), await _agents(asking, loads), await _times(asking)]


def _definition(t: Tongue) -> str:
    return t.say(
        "What agents did in this time, whenever the ticket was opened. Taken: also what was given or transferred to them. Answers: replies that went "
        "out. Solved: also what was reopened later. It says how work is spread, not how well somebody works: hard tickets take longer."
    )


async def _loads(asking: Asking) -> dict[str, Load]:
    found: dict[str, Load] = defaultdict(dict)
    for agent, what, count in await asking.reader.counted(Counting("acts", (By("by"), By("what")), (*THEIR_DOING, asking.during("day")))):
        found[agent][what] = count
    return found


def _columns(t: Tongue) -> list[Column]:
    return [Column("claimed", t.say("Taken")), Column("replied", t.say("Answers")), Column("solved", t.say("Solved"))]


def _cells(load: Mapping[str, int]) -> list[Cell]:
    return [load.get(what, 0) for what in DID]


def _total(asking: Asking, loads: Mapping[str, Load]) -> Sheet:
    t = asking.t
    busiest = max((load.get("solved", 0) for load in loads.values()), default=0)
    whole = sum(load.get("solved", 0) for load in loads.values())
    figures: list[tuple[Column, Cell]] = [
        (Column("agents", t.say("Agents who did something")), len(loads)),
        *((column, sum(load.get(column.key, 0) for load in loads.values())) for column in _columns(t)),
        (Column("solved_each", t.say("Solved by each, on average"), "score"), whole / len(loads) if loads else None),
        (Column("busiest_share", t.say("Solved by the busiest one, share"), "share"), tables.share(busiest, whole)),
    ]
    return tables.upright(asking, "total", t.say("Agents"), figures, _definition(t), not loads)


async def _agents(asking: Asking, loads: Mapping[str, Load]) -> Sheet:
    t = asking.t
    columns = [Column("agent", t.say("Agent"), "text"), *_columns(t)]
    if asking.by_name:
        known = await asking.reader.people(list(loads))
        ranked = sorted(loads.items(), key=lambda row: (-row[1].get("solved", 0), row[0]))
        rows = [[known[agent].name or agent if agent in known else agent, *_cells(load)] for agent, load in ranked]
        note = ""
    else:
        spread = sorted((_cells(load) for load in loads.values()), key=lambda cells: [-(int(cell) if isinstance(cell, int) else 0) for cell in reversed(cells)])
        rows = [[t.say("Agent {number}", number=number), *cells] for number, cells in enumerate(spread, 1)]
        note = t.say("Without names; an admin may ask for them.")
    return Sheet("agents", t.say("By agent"), columns, rows, note, empty=tables.nothing(t))


async def _times(asking: Asking) -> Sheet:
    rows: dict[tuple[Cell, ...], list[Cell]] = {}
    what_when = Counting("acts", (tables.by_time(asking, "day"), By("what")), (*THEIR_DOING, asking.during("day")))
    for number, what, count in await asking.reader.counted(what_when):
        rows.setdefault((number,), [0, 0, 0])[DID.index(what)] = count
    return tables.times(asking, _columns(asking.t), rows, (0, 0, 0))


AGENTS = Report("agents", N_("Agents"), N_("how the work was spread over agents; without names unless they are asked for"), _sheets, named=True)
