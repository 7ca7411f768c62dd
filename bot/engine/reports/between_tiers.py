"""What went up and down between the tiers, and what came back to where it had been."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.reports import tables
from bot.engine.reports.counts import Counts, counts
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.response import NOT_MERGED, WITH_PEOPLE
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.reports.tables import share, tier_name
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import By, Counting, Where

UP_OR_DOWN = Where("what", among=("escalated", "sent_back"))


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    what = tuple(By(field) for field in ("tiers", "escalations", "send_backs", "back_and_forth"))
    found = await counts(asking.reader, Counting("tickets", what, (asking.during("opened_day"), WITH_PEOPLE, NOT_MERGED)))
    return [_total(asking, found), await _moves(asking), _touched(asking, found), await _times(asking)]


def _definition(t: Tongue) -> str:
    return t.say(
        "Tickets opened in this time that reached a person, without those merged into another one. Back and forth: it came to a tier that had had it "
        "before. Moves are counted when they happened, whenever the ticket was opened."
    )


def _total(asking: Asking, found: Counts) -> Sheet:
    t, whole = asking.t, found.number()
    up, down, back = [found.number(lambda kind, field=field: bool(kind[field])) for field in ("escalations", "send_backs", "back_and_forth")]  # type: ignore[misc]
    figures: list[tuple[Column, Cell]] = [
        (Column("tickets", t.say("Tickets that reached a person")), whole),
        (Column("escalated", t.say("Escalated")), up),
        (Column("escalated_share", t.say("Escalated, share"), "share"), share(up, whole)),
        (Column("sent_back", t.say("Sent back")), down),
        (Column("sent_back_share", t.say("Sent back, share"), "share"), share(down, whole)),
        (Column("back_and_forth", t.say("Back and forth")), back),
        (Column("back_and_forth_share", t.say("Back and forth, share"), "share"), share(back, whole)),
    ]
    return tables.upright(asking, "total", t.say("Between the tiers"), figures, _definition(t), not whole)


async def _moves(asking: Asking) -> Sheet:
    t = asking.t
    found = await asking.reader.counted(Counting("acts", (By("what"), By("tier"), By("to_tier"), By("about")), (UP_OR_DOWN, asking.during("day"))))
    columns = [
        Column("move", t.say("Move"), "text"),
        Column("from", t.say("From"), "text"),
        Column("to", t.say("To"), "text"),
        Column("times", t.say("Times")),
    ]
    rows: list[Sequence[Cell]] = [
        ["waited" if about == "waited" else what, tier_name(asking, tier), tier_name(asking, to_tier), count] for what, tier, to_tier, about, count in found
    ]
    words = {"escalated": t.say("Escalated"), "waited": t.say("Escalated because nobody took it"), "sent_back": t.say("Sent back")}
    return Sheet("moves", t.say("Moves"), columns, rows, empty=tables.nothing(t), words=words)


def _touched(asking: Asking, found: Counts) -> Sheet:
    t, whole = asking.t, found.number()
    columns = [Column("tiers", t.say("Tiers that had it")), Column("tickets", t.say("Tickets")), Column("share", t.say("Share"), "share")]
    rows: list[Sequence[Cell]] = [[tiers, count, share(count, whole)] for (tiers,), (count,) in found.by("tiers").items()]
    return Sheet("touched", t.say("By how many tiers had it"), columns, rows, empty=tables.nothing(t))


async def _times(asking: Asking) -> Sheet:
    t, by = asking.t, tables.by_time(asking, "day")
    rows: dict[tuple[Cell, ...], list[Cell]] = {}
    for number, what, count in await asking.reader.counted(Counting("acts", (by, By("what")), (UP_OR_DOWN, asking.during("day")))):
        rows.setdefault((number,), [0, 0])[0 if what == "escalated" else 1] = count
    return tables.times(asking, [Column("escalated", t.say("Escalated")), Column("sent_back", t.say("Sent back"))], rows, (0, 0))


TIERS = Report("tiers", N_("Between the tiers"), N_("what was escalated and sent back, and what went back and forth"), _sheets)
