"""The question log: what the FAQ was asked, what it found, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.ids import TicketId
from bot.domain.outcomes import Outcome
from bot.engine.reports import tables
from bot.engine.reports.matching_sheets import DECISIONS
from bot.engine.reports.report import Asking, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_
from bot.ports import TicketQuery
from kb.phrasing import cleaned

PAGE = 100


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    t = asking.t
    rows: list[Sequence[Cell]] = []
    last, more = Outcome(TicketId(""), asking.end, "", "", 0.0, False, "hand_over"), True
    while more and not (asking.lines and len(rows) >= asking.lines):
        page = await asking.reader.latest_asked(before=last, limit=PAGE)
        inside = [outcome for outcome in page if outcome.asked_at >= asking.begin]
        rows += await _rows(asking, inside)
        last, more = (page[-1] if page else last), len(inside) == PAGE
    cut = asking.lines and (len(rows) > asking.lines or more)
    columns = [
        Column("asked_at", t.say("Asked"), "moment"),
        Column("ticket", t.say("Ticket"), "text"),
        Column("text", t.say("Question"), "text"),
        Column("language", t.say("Language"), "text"),
        Column("entry", t.say("Best entry"), "text"),
        Column("score", t.say("Score"), "score"),
        Column("decision", t.say("Decision"), "text"),
        Column("feedback", t.say("Feedback"), "text"),
        Column("instead", t.say("Right was"), "text"),
    ]
    words = {
        **{str(decision): t.say(word) for decision, word in DECISIONS.items()},
        "right": t.say("Right"),
        "wrong": t.say("Wrong"),
        "not_solved": t.say("Right topic, no help"),
    }
    note = t.say(
        "Every question to the FAQ in this time, newest first, without what belongs to one person or case (names, numbers, addresses); the ticket has it "
        "as it was asked. Feedback: whether the best entry was right, as far as somebody said so."
    )
    note = f"{note} {t.say('Only the newest {count} are listed.', count=asking.lines)}" if cut else note
    listed = rows[: asking.lines or None]
    return [Sheet("questions", t.say("Questions"), columns, listed, note, empty=tables.nothing(t), words=words, listed=True)]


async def _rows(asking: Asking, found: Sequence[Outcome]) -> list[Sequence[Cell]]:
    numbers = tuple(dict.fromkeys(outcome.ticket for outcome in found))
    asked = {ticket.id: ticket.question for ticket in await asking.reader.tickets(TicketQuery(numbers=numbers, limit=PAGE))} if numbers else {}
    return [
        [
            outcome.asked_at.astimezone(asking.zone), outcome.ticket, cleaned(asked.get(outcome.ticket, "")), outcome.language, outcome.entry,
            round(outcome.score, 1), outcome.decision, outcome.judgement, outcome.instead,
        ]
        for outcome in found
    ]  # fmt: skip


QUESTIONS = Report("questions", N_("Question log"), N_("every question to the FAQ, what it found and what became of it"), _sheets, counted=False, listed=True)
