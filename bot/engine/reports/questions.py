"""The question log: what the FAQ was asked, what it found, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.contacts import became, matter_of
from bot.domain.ids import TicketId, channel_of
from bot.domain.outcomes import Outcome
from bot.domain.tickets import Ticket
from bot.engine.replies import LANGUAGE_NAMES
from bot.engine.reports import tables
from bot.engine.reports.contacts import WORDS
from bot.engine.reports.matching_sheets import DECISIONS
from bot.engine.reports.report import Asking, Narrow, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_
from bot.ports import TicketQuery
from kb.phrasing import cleaned

PAGE = 100
NONE = "none"  # nobody has said
BECAME = {name: WORDS[name] for name in ("answered", "handed_over", "abandoned")}
FEEDBACK = {"right": N_("Right"), "wrong": N_("Wrong"), "not_solved": N_("Right topic, no help")}


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    t = asking.t
    rows: list[Sequence[Cell]] = []
    last, more = Outcome(TicketId(""), asking.end, "", "", 0.0, False, "hand_over"), True
    while more and not (asking.lines and len(rows) >= asking.lines):
        page = await asking.reader.latest_asked(before=last, limit=PAGE)
        inside = [outcome for outcome in page if outcome.asked_at >= asking.begin]
        rows += [row for row in await _rows(asking, inside) if _is_wanted(asking.only, row)]
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
        Column("channel", t.say("Channel"), "text"),
        Column("became", t.say("Outcome"), "text"),
    ]
    words = {
        **{str(decision): t.say(word) for decision, word in DECISIONS.items()},
        **{name: t.say(word) for name, word in FEEDBACK.items()},
        **{name: t.say(word) for name, word in BECAME.items()},
        **{name: t.say(word) for name, word in tables.CHANNEL.names.items()},
    }
    note = t.say(
        "Every question to the FAQ in this time, newest first, without what belongs to one person or case (names, numbers, addresses); the ticket has it "
        "as it was asked. Feedback: whether the best entry was right, as far as somebody said so."
    )
    note = f"{note} {t.say('Only the newest {count} are listed.', count=asking.lines)}" if cut else note
    listed = rows[: asking.lines or None]
    return [Sheet("questions", t.say("Questions"), columns, listed, note, empty=tables.nothing(t), words=words, listed=True)]


def _ended(ticket: Ticket | None) -> tuple[str, str]:
    """Where it was asked, and what became of it."""
    return (channel_of(ticket.conversation), became(matter_of(ticket))) if ticket else ("", "")


def _is_wanted(only: Mapping[str, str], row: Sequence[Cell]) -> bool:
    """Is it one of those that the log was narrowed to?"""
    text, language, decision, feedback = (str(row[n]) for n in (2, 3, 6, 7))
    return (
        all(word in text.casefold() for word in only.get("text", "").casefold().split())
        and only.get("language", language) == language
        and only.get("decision", decision) == decision
        and only.get("feedback", feedback or NONE) == (feedback or NONE)
    )


async def _rows(asking: Asking, found: Sequence[Outcome]) -> list[Sequence[Cell]]:
    numbers = tuple(dict.fromkeys(outcome.ticket for outcome in found))
    tickets: dict[str, Ticket] = {ticket.id: ticket for ticket in await asking.reader.tickets(TicketQuery(numbers=numbers, limit=PAGE))} if numbers else {}
    texts = {number: cleaned(ticket.question) for number, ticket in tickets.items()}
    return [
        [
            outcome.asked_at.astimezone(asking.zone), outcome.ticket, texts.get(outcome.ticket, ""), outcome.language, outcome.entry,
            round(outcome.score, 1), outcome.decision, outcome.judgement, outcome.instead, *_ended(tickets.get(outcome.ticket)),
        ]
        for outcome in found
    ]  # fmt: skip


QUESTIONS = Report(
    "questions", N_("Question log"), N_("every question to the FAQ, what it found and what became of it"), _sheets, counted=False, listed=True,
    narrows=(
        Narrow("text", N_("Words")),
        Narrow("language", N_("Language"), tuple(LANGUAGE_NAMES.items())),
        Narrow("decision", N_("Decision"), tuple((str(name), word) for name, word in DECISIONS.items())),
        Narrow("feedback", N_("Feedback"), (*FEEDBACK.items(), (NONE, N_("Nobody has said")))),
    ),
)  # fmt: skip
