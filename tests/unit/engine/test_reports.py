"""What each report says, reckoned by hand from a few tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assets import Inventory
from bot.domain.contacts import Contact
from bot.domain.ids import PersonId, TicketId
from bot.domain.people import Person
from bot.domain.sought import labels_of
from bot.domain.ticket_facts import NEVER, OpenStretch, Story, TicketAct, TicketFacts, number_of
from bot.domain.tickets import TicketMessage
from bot.engine.assets import keep
from bot.engine.reports.backlog import by_band
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Asking
from bot.engine.reports.sheets import Cell, Sheet
from bot.engine.reports.spread import Spread, spread
from bot.engine.tongue import tongue
from bot.ports import Transaction
from bot.store.memory import MemoryStore
from tests.builders import ALICE, ANN, BEN, FAQ, MONDAY, a_desk, a_ticket, an_outcome

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)
DAY = number_of(FIRST)
HOUR = 3600


def a_story(number: int, *acts: TicketAct, stretches: Sequence[OpenStretch] = (), **changes: Any) -> Story:
    """A question that reached tier 2, opened on the first day."""
    facts = TicketFacts(
        TicketId(f"IT-{number}"), "IT", "web", "question", "en", "normal", ALICE.id, "requester", MONDAY,
        opened_day=DAY, opened_hour=9, status="open", tier=2, tiers=1, self_service="handed_over", handed_over="no_match", decision="hand_over",
    )  # fmt: skip
    return Story(replace(facts, **changes), tuple(replace(act, ticket=facts.ticket, n=n) for n, act in enumerate(acts)), tuple(stretches))


def an_act(what: Any, day: int = DAY, **more: Any) -> TicketAct:
    return TicketAct(TicketId(""), 0, what, day, **more)


async def asked(name: str, *stories: Story, first: date = FIRST, last: date = LAST, store: MemoryStore | None = None, **more: Any) -> dict[str, Sheet]:
    """A report's tables by key."""
    store = store or MemoryStore()

    async def unit(tx: Transaction) -> None:
        await tx.save_stories(stories)

    await store.run(unit)
    asking = Asking(store, more.pop("desk", a_desk()), first, last, tongue("en"), datetime(2026, 3, 20, tzinfo=UTC), **more)
    return {sheet.key: sheet for sheet in await REPORTS[name].sheets(asking)}


def rows(sheet: Sheet) -> list[list[Cell]]:
    return [list(row) for row in sheet.rows]


def total(sheets: dict[str, Sheet], *names: str) -> list[Cell]:
    [record] = sheets["total"].records()
    return [record[name] for name in names]


@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_over_nothing_says_so_and_each_table_has_its_definition_or_stands_under_one(name: str) -> None:
    sheets = list((await asked(name)).values())
    assert all(sheet.empty for sheet in sheets if not sheet.rows)
    assert any(sheet.note for sheet in sheets)
    assert sheets[0].note


@pytest.mark.parametrize("name", REPORTS)
async def test_every_row_is_as_wide_as_its_columns(name: str) -> None:
    story = a_story(
        1, an_act("claimed", by=ANN.id, tier=2), an_act("promise", about="resolution", priority="normal"), an_act("overdue", about="resolution"),
        an_act("escalated", tier=2, to_tier=3), an_act("ended", about="solved"), rating=4, reply_s=HOUR, reply_work_s=HOUR, reply_tier=2, bot_s=1,
        first_day=DAY, first_s=HOUR, solved_day=DAY, solved_s=HOUR, solved_work_s=HOUR, solved_tier=2,
        stretches=[OpenStretch(TicketId("IT-1"), 0, DAY, DAY, NEVER, 2, "normal")],
    )  # fmt: skip
    for days in (6, 90):
        for sheet in (await asked(name, story, last=FIRST + timedelta(days=days))).values():
            assert {len(row) for row in sheet.rows} <= {len(sheet.columns)}
            assert len({column.key for column in sheet.columns}) == len(sheet.columns)
            sheet.shown()


# ---- volume
async def test_volume_has_a_row_a_day_also_when_nothing_came_and_shares_by_channel() -> None:
    found = await asked("volume", a_story(1), a_story(2, channel="slack", opened_day=DAY + 2, made_by="agent"), a_story(3, opened_day=DAY + 7))
    assert total(found, "tickets", "by_agents") == [2, 1]
    assert rows(found["times"])[:3] == [[FIRST, 1], [FIRST + timedelta(days=1), 0], [FIRST + timedelta(days=2), 1]]
    assert rows(found["channels"]) == [["slack", 1, 0.5], ["web", 1, 0.5]]


async def test_more_than_a_month_is_told_by_weeks_from_monday() -> None:
    found = await asked("volume", a_story(1), a_story(2, opened_day=DAY + 6), a_story(3, opened_day=DAY + 7), first=date(2026, 3, 4), last=date(2026, 4, 30))
    assert rows(found["times"])[:2] == [[date(2026, 3, 2), 1], [date(2026, 3, 9), 1]]
    assert "may not be whole" in found["times"].note


async def test_what_it_was_about_names_the_entries_and_how_many_had_none() -> None:
    store = MemoryStore()
    await store.run(lambda tx: tx.save_entry(FAQ[0], ANN.id, MONDAY))
    found = await asked("volume", a_story(1, entry="password"), a_story(2), store=store)
    assert rows(found["reasons"]) == [["password", "How do I reset my password?", 1, 0.5]]
    assert "50.0 %" in found["reasons"].note


# ---- deflection
async def test_silent_and_returned_are_never_counted_as_solved() -> None:
    ends = ("confirmed", "silent", "returned", "handed_over", "withdrawn", "asked")
    found = await asked("deflection", *(a_story(n, self_service=end, decision="answer") for n, end in enumerate(ends)), a_story(9, self_service=""))
    assert total(found, "requests", *ends) == [6, 1, 1, 1, 1, 1, 1]
    assert total(found, "deflection", "silent_share", "returned_share") == [1 / 6, 1 / 6, 1 / 6]


# ---- response
async def test_the_first_answer_leaves_out_what_agents_made_what_was_merged_and_what_the_faq_solved() -> None:
    answered = [a_story(n, reply_s=n * HOUR, reply_work_s=n * 60, reply_tier=2 + n % 2) for n in range(1, 11)]
    others = (a_story(20), a_story(21, made_by="agent"), a_story(22, merged=1), a_story(23, tiers=0, self_service="confirmed"))
    found = await asked("response", *answered, *others)
    assert total(found, "tickets", "answered", "unanswered") == [11, 10, 1]
    assert total(found, "median_s", "p90_s", "median_work_s", "p90_work_s") == [5 * HOUR, 9 * HOUR, 300, 540]
    assert [row[:2] for row in rows(found["tiers"])] == [["2 · Service desk", 5], ["3 · Specialists", 5]]


# ---- resolution
async def test_what_the_faq_solved_shortens_no_median_and_stands_in_a_row_of_its_own() -> None:
    by_people = a_story(1, solved_day=DAY, solved_s=4 * HOUR, solved_work_s=2 * HOUR, first_s=HOUR, solved_tier=2, waiting_s=HOUR)
    by_faq = a_story(2, solved_day=DAY, solved_s=60, solved_work_s=60, first_s=60, solved_tier=1)
    found = await asked("resolution", by_people, by_faq, a_story(3))
    assert total(found, "solved", "median_s", "median_work_s", "first_median_s") == [1, 4 * HOUR, 2 * HOUR, HOUR]
    assert total(found, "waiting_mean_s", "waiting_share") == [HOUR, 0.25]
    assert [row[:2] for row in rows(found["tiers"])] == [["FAQ", 1], ["2 · Service desk", 1]]


# ---- backlog
async def test_the_backlog_is_what_was_open_at_the_end_of_each_day_by_age() -> None:
    number = TicketId("IT-1")
    old = a_story(1, opened_day=DAY - 40, stretches=[OpenStretch(number, 0, DAY - 40, DAY - 40, DAY + 1, 2, "normal")])
    young = a_story(2, stretches=[OpenStretch(TicketId("IT-2"), 0, DAY, DAY, NEVER, 3, "normal")])
    found = await asked("backlog", old, young, a_story(3, an_act("ended", about="solved")))
    assert rows(found["times"])[:3] == [
        [FIRST, 2, 1, 0, 0, 1, 2, 1, 1],
        [FIRST + timedelta(days=1), 1, 1, 0, 0, 0, 0, 0, 0],
        [FIRST + timedelta(days=2), 1, 0, 1, 0, 0, 0, 0, 0],
    ]
    assert rows(found["tiers"]) == [["3 · Specialists", 1, FIRST]]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40), st.integers(1, 3)), max_size=8), st.integers(0, 50))
def test_each_day_s_bands_hold_what_counting_one_by_one_finds(found: list[tuple[int, int, int, int]], last: int) -> None:
    stretches = [(opened, opened + after, opened + after + length, count) for opened, after, length, count in found]
    told = by_band(stretches, 5, 5 + last)
    for day, bands in told.items():
        ages = [day - opened for opened, since, until, count in stretches if since <= day < until for _ in range(count)]
        assert bands == [sum(low <= age < high for age in ages) for low, high in ((0, 2), (2, 8), (8, 31), (31, 999))]


# ---- reopened
async def test_solved_at_the_first_contact_is_one_answer_and_no_reopening_within_a_week() -> None:
    found = await asked(
        "reopen",
        a_story(1, first_day=DAY, replies=1),
        a_story(2, first_day=DAY, replies=1, reopened=2, reopened_soon=1),
        a_story(3, first_day=DAY, replies=2),
        a_story(4, first_day=DAY, tiers=0),
    )
    assert total(found, "solved", "reopened", "reopened_share", "first_contact", "times") == [3, 1, 1 / 3, 1, 2]


# ---- promised times
async def test_promises_are_counted_when_they_ended_and_what_is_overdue_stands_apart() -> None:
    found = await asked(
        "sla",
        a_story(1, an_act("promise", about="first_response", priority="urgent"), an_act("promise", about="resolution", priority="urgent", late=1)),
        a_story(2, an_act("promise", about="first_response", priority="low"), an_act("promise", DAY - 1, about="resolution", priority="low")),
        a_story(3, an_act("overdue", DAY - 9, about="resolution", priority="low", late=1)),
    )
    assert rows(found["goals"]) == [["first_response", 2, 2, 0, 1.0], ["resolution", 1, 0, 1, 0.0]]
    assert [row[:3] for row in rows(found["priorities"])] == [["first_response", "urgent", 1], ["first_response", "low", 1], ["resolution", "urgent", 1]]
    assert rows(found["overdue"]) == [["resolution", "low", 1, FIRST - timedelta(days=9)]]


# ---- satisfaction
async def test_satisfaction_is_told_with_how_many_answered() -> None:
    ratings = (5, 4, 2, None, None)
    found = await asked("csat", *(a_story(n, first_day=DAY, rating=rating, solved_tier=2) for n, rating in enumerate(ratings)), a_story(9, rating=1))
    assert total(found, "solved", "rated", "response_rate", "satisfied", "csat", "mean") == [5, 3, 0.6, 2, 2 / 3, 11 / 3]
    assert rows(found["ratings"])[0] == [5, 1, 1 / 3]
    assert "So few ratings" in found["total"].note


# ---- between the tiers
async def test_moves_between_tiers_are_told_by_where_from_and_where_to() -> None:
    up = an_act("escalated", tier=2, to_tier=3)
    waited, down = an_act("escalated", tier=2, to_tier=3, about="waited"), an_act("sent_back", tier=3, to_tier=2)
    found = await asked(
        "tiers", a_story(1, up, down, up, escalations=2, send_backs=1, back_and_forth=2, tiers=2), a_story(2, waited, escalations=1), a_story(3)
    )
    assert total(found, "tickets", "escalated", "sent_back", "back_and_forth", "back_and_forth_share") == [3, 2, 1, 1, 1 / 3]
    assert rows(found["moves"]) == [
        ["escalated", "2 · Service desk", "3 · Specialists", 2],
        ["waited", "2 · Service desk", "3 · Specialists", 1],
        ["sent_back", "3 · Specialists", "2 · Service desk", 1],
    ]


# ---- agents
async def test_agents_are_not_named_unless_somebody_asks() -> None:
    store = MemoryStore()
    await store.run(lambda tx: tx.remember(ANN))
    stories = (
        a_story(1, an_act("claimed", by=ANN.id, tier=2), an_act("replied", by=BEN.id, tier=2), an_act("solved", by=BEN.id, tier=2)),
        a_story(2, an_act("solved", by="", tier=1)),
    )
    unnamed = await asked("agents", *stories, store=store)
    assert rows(unnamed["agents"]) == [["Agent 1", 0, 1, 1], ["Agent 2", 1, 0, 0]]
    assert total(unnamed, "agents", "claimed", "replied", "solved", "busiest_share") == [2, 1, 1, 1, 1.0]
    named = await asked("agents", *stories, store=store, by_name=True)
    assert rows(named["agents"]) == [[BEN.id, 0, 1, 1], ["Ann Agent", 1, 0, 0]]


# ---- logs
async def test_the_question_log_has_each_question_without_what_is_one_person_s() -> None:
    store = MemoryStore()

    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(a_ticket(question="Hello, my name is Alice Smith, call me on +34 600 123 456: why is the VPN slow?"))
        for n in range(3):
            await tx.add_outcome(an_outcome(asked_at=MONDAY + timedelta(minutes=n), score=91.23))
        await tx.add_outcome(an_outcome(asked_at=MONDAY - timedelta(days=1)))

    await store.run(unit)
    found = (await asked("questions", store=store))["questions"]
    newest = found.records()[0]
    assert len(found.rows) == 3
    assert (newest["asked_at"], newest["ticket"], newest["score"], newest["decision"]) == (MONDAY + timedelta(minutes=2), "IT-1", 91.2, "answer")
    assert "VPN slow" in str(newest["text"])
    assert "600" not in str(newest["text"])
    assert "Smith" not in str(newest["text"])
    cut = (await asked("questions", store=store, lines=2))["questions"]
    assert (len(cut.rows), "Only the newest 2" in cut.note, "Only the newest" in found.note) == (2, True, False)
    assert len((await asked("questions", store=store, lines=0))["questions"].rows) == 3


@pytest.mark.parametrize(
    ("only", "count"),
    [
        ({"text": "vpn SLOW"}, 1), ({"text": "printer"}, 0), ({"language": "en"}, 3), ({"language": "es"}, 0), ({"decision": "answer"}, 2),
        ({"feedback": "wrong"}, 1), ({"feedback": "none"}, 1), ({"decision": "answer", "feedback": "right"}, 1),
    ],
)  # fmt: skip
async def test_the_question_log_is_narrowed_to_words_language_decision_and_feedback(only: dict[str, str], count: int) -> None:
    store = MemoryStore()

    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(a_ticket(question="VPN slow"))
        await tx.add_ticket(a_ticket(id=TicketId("IT-2"), question="Printer on fire"))
        for minute, changes in enumerate(({"judgement": "right"}, {"judgement": "wrong", "decision": "hand_over"}, {})):
            at = MONDAY + timedelta(minutes=minute)
            outcome = an_outcome(ticket=TicketId("IT-1" if minute == 2 else "IT-3"), asked_at=at, **{"decision": "answer", **changes})
            await tx.judge(replace(outcome, id=await tx.add_outcome(outcome)))

    await store.run(unit)
    found = (await asked("questions", store=store, only=only))["questions"]
    assert len(found.rows) == count


CALLER = Person(PersonId("phone:+34600111222"), "Carla")


async def a_contacted_store() -> MemoryStore:
    """A ticket's talk, and two calls of one caller."""
    store = MemoryStore()

    async def unit(tx: Transaction) -> None:
        await tx.remember(ALICE)
        await tx.remember(CALLER)
        await tx.add_ticket(a_ticket(entry="vpn"))
        for kind, direction, author in (("question", "in", ALICE.id), ("bot", "out", "bot:firstline"), ("note", "in", ANN.id), ("reply", "out", ANN.id)):
            said = TicketMessage(0, TicketId("IT-1"), direction, kind, author, "words", MONDAY, delivery="sent" if direction == "out" else "")  # type: ignore[arg-type]
            await tx.add_message(said)
        await tx.add_contact(Contact(MONDAY + timedelta(minutes=1), CALLER.id, "phone", "in", "call", "solved", ANN.id, "IT-1", "paper jam", 300))
        await tx.add_contact(Contact(MONDAY - timedelta(minutes=1), CALLER.id, "phone", "in", "call", "abandoned"))

    await store.run(unit)
    return store


async def test_the_contact_log_has_each_message_and_call_between_a_requester_and_the_desk_and_no_note() -> None:
    found = (await asked("contacts", store=await a_contacted_store()))["contacts"]
    told = [(r["who"], r["channel"], r["direction"], r["by"], r["agent"], r["reason"], r["delivery"], r["outcome"], r["duration_s"]) for r in found.records()]
    assert told == [
        ("Carla", "phone", "in", "agent", ANN.id, "paper jam", "", "solved", 300),
        ("Alice", "chat", "out", "agent", ANN.id, "vpn", "sent", "replied", None),
        ("Alice", "chat", "out", "bot", "", "vpn", "sent", "offered", None),
        ("Alice", "chat", "in", "requester", "", "vpn", "", "", None),
        ("Carla", "phone", "in", "requester", "", "", "", "abandoned", 0),
    ]
    assert not any("words" in str(cell) for row in found.rows for cell in row)
    assert "5 min" in found.shown()[0]


@pytest.mark.parametrize(
    ("only", "count"),
    [({"who": "carla"}, 2), ({"who": "600111"}, 2), ({"who": "alice 600"}, 0), ({"channel": "chat"}, 3), ({"direction": "out"}, 2), ({"who": ""}, 5)],
)
async def test_the_contact_log_is_narrowed_to_who_where_and_which_way(only: dict[str, str], count: int) -> None:
    found = (await asked("contacts", store=await a_contacted_store(), only=only))["contacts"]
    assert len(found.rows) == count


async def test_the_contact_log_says_when_it_is_not_whole() -> None:
    store = await a_contacted_store()
    cut = (await asked("contacts", store=store, lines=4))["contacts"]
    assert (len(cut.rows), "Only the newest 4" in cut.note) == (4, True)
    whole = (await asked("contacts", store=store, lines=5))["contacts"]
    assert (len(whole.rows), "Only the newest" in whole.note) == (5, False)


def test_the_median_is_what_half_do_not_exceed() -> None:
    assert spread([(0, 1)]) == Spread(1, 0, 0)
    assert spread([(60, 1), (120, 1)]) == Spread(2, 60, 120)
    assert spread([(60, 5), (120, 4), (9000, 1)]) == Spread(10, 60, 120)
    assert spread([]) == Spread()


async def test_computers_are_told_by_system_model_age_and_the_tickets_about_them() -> None:
    store = MemoryStore()

    async def unit(tx: Transaction) -> None:
        for number, (model, days) in enumerate((("T14", 0), ("T14", 20), ("X1", 100)), 1):
            sections = {
                "hardware": ({"name": f"pc-{number}"},),
                "bios": ({"ssn": f"S{number}", "smodel": model},),
                "operatingsystem": ({"full_name": "Debian"},),
            }
            await keep(tx, Inventory(f"d{number}", "GLPI", "", sections), datetime(2026, 3, 19, tzinfo=UTC) - timedelta(days=days))
        for number, asset in ((1, 1), (2, 1), (3, 3), (4, 0)):
            ticket = replace(a_ticket(id=TicketId(f"IT-{number}")), asset=asset)
            await tx.add_ticket(ticket)
            await tx.label(ticket.id, labels_of(ticket))

    await store.run(unit)
    found = await asked("assets", store=store)
    assert total(found, "computers", "owned", "tickets", "asked_about") == [3, 0, 3, 2]
    assert [row[:2] for row in rows(found["ages"])] == [["Under 7 days", 1], ["7 to 29 days", 1], ["30 to 89 days", 0], ["90 days or more", 1]]
    assert rows(found["models"]) == [["T14", 2, 2 / 3, 2, 1.0], ["X1", 1, 1 / 3, 1, 1.0]]
    assert rows(found["systems"]) == [["Debian", 3, 1.0, 3, 1.0]]
    assert [row[:3] for row in rows(found["computers"])] == [["pc-1 · #1", "T14", 2], ["pc-3 · #3", "X1", 1]]
