"""What was asked and not answered: grouped if alike, without what is sorted, newest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.ids import TicketId
from bot.domain.learning import Outside, Proposal
from bot.domain.tickets import Ticket
from bot.engine.faq.unanswered import LOOKED_AT, WITHOUT_WORDS, alike, question_of, unanswered
from bot.engine.tongue import tongue
from bot.ports import Transaction
from bot.store.memory import MemoryStore
from tests.builders import ANN, MONDAY, a_ticket


def asked(*questions: str, **changes: object) -> list[Ticket]:
    """With people, a minute after each other."""
    made = []
    for n, question in enumerate(questions, 1):
        at = MONDAY + timedelta(minutes=n)
        made.append(a_ticket(id=TicketId(f"IT-{n}"), question=question, tier=2, opened_at=at, tier_since=at, changed_at=at, **changes))
    return made


async def kept(*tickets: Ticket) -> MemoryStore:
    store = MemoryStore()

    async def unit(tx: Transaction) -> None:
        for ticket in tickets:
            await tx.add_ticket(ticket)

    await store.run(unit)
    return store


async def test_the_newest_is_first_and_what_is_alike_stands_together() -> None:
    store = await kept(*asked("my chair squeaks", "the canteen is closed", "Hi Bob, my chair squeaks again!"))

    found = await unanswered(store)

    assert [(one.text, [t.id for t in one.tickets]) for one in found] == [
        ("my chair squeaks again!", ["IT-3", "IT-1"]),
        ("the canteen is closed", ["IT-2"]),
    ]


async def test_what_an_entry_solved_and_what_the_bot_still_has_is_not_listed() -> None:
    chair, canteen, gate = asked("my chair squeaks", "the canteen is closed", "the gate is stuck")
    store = await kept(replace(chair, entry="chairs", status="resolved"), replace(canteen, tier=1), gate)

    assert [one.text for one in await unanswered(store)] == ["the gate is stuck"]


async def test_a_question_that_was_proposed_or_marked_is_sorted_for_all_who_asked_the_same() -> None:
    store = await kept(*asked("my chair squeaks", "MY CHAIR SQUEAKS", "the canteen is closed", "the canteen, is closed?", "the gate is stuck"))
    await store.run(lambda tx: tx.add_proposal(Proposal(0, "chairs", "en", "my chair squeaks", TicketId("IT-1"), ANN.id, MONDAY)))
    await store.run(lambda tx: tx.add_outside(Outside(0, "the canteen is closed", "en", TicketId("IT-4"), ANN.id, MONDAY)))

    assert [one.text for one in await unanswered(store)] == ["the gate is stuck"]


def test_what_asks_nothing_is_left_out_in_every_language() -> None:
    wordless = [tongue(language).say(WITHOUT_WORDS) for language in ("en", "es", "pt", "fr", "it", "de")]

    assert alike(asked(*wordless, "human", "hola", "👍", "alice@example.com")) == []


def test_different_questions_stay_apart() -> None:
    assert len(alike(asked("how do I open an account", "how do I print in colour", "where is the canteen"))) == 3


async def test_hostile_questions_are_listed_as_they_are() -> None:
    hostile = ["<b>{x}</b> " * 300, "\u202e\0" * 50 + "gate", "a" * 4000, "'; DROP TABLE tickets; --"]
    store = await kept(*asked(*(hostile * 25)))

    found = await unanswered(store)

    assert sum(len(one.tickets) for one in found) == LOOKED_AT
    assert question_of(a_ticket(question="\0\0")) == ""
