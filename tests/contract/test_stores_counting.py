"""What every store promises about facts: what they are derived from, and that they are summed alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import EntryOffered, TicketOpened
from bot.domain.ids import TicketId
from bot.domain.people import BOT
from bot.domain.ticket_facts import NEVER, OpenStretch, Story, TicketAct, TicketFacts
from bot.ports import Transaction
from bot.ports.counting import By, Counting, Where
from tests.builders import ALICE, BOB, MONDAY, a_ticket, an_outcome
from tests.contract.conftest import AnyStore

DAY = 739_000
HOUR = timedelta(hours=1)


def some_facts(number: str = "IT-1", **changes: Any) -> TicketFacts:
    facts = TicketFacts(
        TicketId(number), "IT", "web", "question", "en", "normal", ALICE.id, "requester", MONDAY, opened_day=DAY, opened_hour=9, status="open", tier=2
    )
    return replace(facts, **changes)


async def saved(store: AnyStore, *stories: Story) -> None:
    async def unit(tx: Transaction) -> None:
        await tx.save_stories(stories)

    await store.run(unit)


async def labelled(tx: Transaction, marked: Mapping[str, set[str]]) -> None:
    """Tickets with these labels."""
    for number, of in marked.items():
        await tx.add_ticket(a_ticket(id=TicketId(number)))
        await tx.label(number, of)


async def test_rows_are_counted_and_summed_by_kind_and_what_is_not_known_comes_first_and_adds_nothing(store: AnyStore) -> None:
    await saved(
        store,
        Story(some_facts("IT-1", reply_tier=3, reply_s=100, replies=2)),
        Story(some_facts("IT-2", reply_tier=2, reply_s=50, replies=1)),
        Story(some_facts("IT-3", reply_tier=3, reply_s=20)),
        Story(some_facts("IT-4")),
    )
    assert await store.counted(Counting(by=(By("reply_tier"),), sums=("reply_s", "replies"))) == [(None, 1, 0, 0), (2, 1, 50, 1), (3, 2, 120, 2)]


async def test_without_a_kind_there_is_one_row_also_of_nothing(store: AnyStore) -> None:
    assert await store.counted(Counting(sums=("reply_s",))) == [(0, 0)]
    assert await store.counted(Counting(by=(By("channel"),))) == []


async def test_days_are_grouped_in_steps(store: AnyStore) -> None:
    await saved(store, *(Story(some_facts(f"IT-{n}", opened_day=DAY - DAY % 7 + n)) for n in (0, 6, 7)))
    assert await store.counted(Counting(by=(By("opened_day", 7),))) == [(DAY // 7, 2), (DAY // 7 + 1, 1)]


async def test_tickets_are_told_apart_by_custom_fields_and_tags_too(store: AnyStore) -> None:
    marked = {"IT-1": {"field:site=madrid", "tag:vpn", "tag:slow"}, "IT-2": {"field:site=paris", "field:site_b=madrid"}, "IT-3": {"tag:vpn"}}
    await store.run(lambda tx: labelled(tx, marked))
    await saved(store, *(Story(some_facts(number, replies=n)) for n, number in enumerate(marked, 1)))

    assert await store.counted(Counting(by=(By("field:Site"),), sums=("replies",))) == [(None, 1, 3), ("madrid", 1, 1), ("paris", 1, 2)]
    assert await store.counted(Counting(by=(By("tag"),))) == [(None, 1), ("slow", 1), ("vpn", 2)]
    assert await store.counted(Counting(by=(By("channel"), By("tag")), where=(Where("field:site", given=True),))) == [
        ("web", None, 1), ("web", "slow", 1), ("web", "vpn", 1),
    ]  # fmt: skip

    async def found(*where: Where) -> list[Any]:
        return [number for number, _ in await store.counted(Counting(by=(By("ticket"),), where=where))]

    assert await found(Where("field:site", among=("madrid", "rome"))) == ["IT-1"]
    assert await found(Where("field:site", but=("madrid",))) == ["IT-2"]
    assert await found(Where("field:site", given=False)) == ["IT-3"]
    assert await found(Where("tag", among=("vpn",)), Where("field:site", among=("madrid",))) == ["IT-1"]
    assert await found(Where("tag", among=("vpn' or 1=1 --",))) == []
    with pytest.raises(KeyError):
        await store.counted(Counting("acts", by=(By("tag"),)))


async def test_lengths_of_time_are_grouped_as_finely_as_people_are_told_them(store: AnyStore) -> None:
    spans = (0, 59, 60, 14_399, 14_400, 14_999, 172_799, 172_800, 176_399)
    await saved(store, *(Story(some_facts(f"IT-{n}", reply_s=span)) for n, span in enumerate(spans)), Story(some_facts("IT-99")))
    found = await store.counted(Counting(by=(By("reply_s", "span"),)))
    assert found == [(None, 1), (0, 2), (60, 1), (14_340, 1), (14_400, 2), (172_200, 1), (172_800, 2)]


async def test_several_lengths_of_time_are_counted_in_one_look_as_they_are_one_by_one(store: AnyStore) -> None:
    marked = {"IT-1": {"field:site=madrid"}, "IT-2": {"field:site=paris"}}
    stories = (Story(some_facts("IT-1", reply_s=70, solved_s=4_000)), Story(some_facts("IT-2", reply_s=61)), Story(some_facts("IT-3", solved_s=4_019)))
    await store.run(lambda tx: labelled(tx, marked))
    await saved(store, *stories)
    by_site, lengths = Counting(by=(By("field:site"),)), (By("reply_s", "span"), By("solved_s", "span"))

    reply, solved = await store.counted_apart(by_site, lengths)

    assert reply == [("madrid", 60, 1), ("paris", 60, 1)]
    assert solved == [(None, 3_960, 1), ("madrid", 3_960, 1)]
    assert await store.counted_apart(Counting(where=(Where("field:site", given=True),)), lengths[1:]) == [[(3_960, 1)]]


async def test_each_condition_narrows(store: AnyStore) -> None:
    await saved(
        store,
        Story(some_facts("IT-1", solved_day=DAY, channel="web")),
        Story(some_facts("IT-2", solved_day=DAY + 1, channel="slack")),
        Story(some_facts("IT-3", channel="Web")),
    )

    async def found(*where: Where) -> list[Any]:
        return [number for number, _ in await store.counted(Counting(by=(By("ticket"),), where=where))]

    assert await found(Where("channel", among=("web", "mail"))) == ["IT-1"]
    assert await found(Where("solved_day", least=DAY, below=DAY + 1)) == ["IT-1"]
    assert await found(Where("solved_day", given=False)) == ["IT-3"]
    assert await found(Where("solved_day", given=True), Where("channel", among=("slack",))) == ["IT-2"]
    with pytest.raises(KeyError):
        await store.counted(Counting(where=(Where("nonsense"),)))


async def test_a_story_takes_the_place_of_what_was_told_of_the_same_ticket_before(store: AnyStore) -> None:
    number = TicketId("IT-1")
    acts = tuple(TicketAct(number, n, "replied", DAY, by="chat:ann", tier=2) for n in range(12))
    await saved(store, Story(some_facts(), acts, (OpenStretch(number, 0, DAY, DAY, NEVER, 2, "normal"),)), Story(some_facts("IT-2")))

    await saved(store, Story(some_facts(replies=1), acts[:1]))

    assert await store.counted(Counting(sums=("replies",))) == [(2, 1)]
    assert await store.counted(Counting("acts", (By("by"), By("what")))) == [("chat:ann", "replied", 1)]
    assert await store.counted(Counting("stretches")) == [(0,)]


async def test_new_events_are_read_in_the_order_of_their_ids(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> None:
        for n in (1, 2, 3):
            await tx.record(TicketOpened(ticket=TicketId(f"IT-{n}"), by=ALICE.id, at=MONDAY + n * HOUR), "web")

    await store.run(unit)
    first, second = await store.events_after(0, 2)
    [third] = await store.events_after(second.id, 2)

    assert [(one.ticket, one.at, one.name) for one in (first, second, third)] == [(f"IT-{n}", MONDAY + n * HOUR, "TicketOpened") for n in (1, 2, 3)]
    assert await store.events_after(third.id, 2) == []


async def test_a_history_has_the_events_the_best_entries_and_what_the_same_requester_asked_soon_after(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(a_ticket(status="resolved", changed_at=MONDAY + HOUR))
        await tx.add_ticket(a_ticket(id=TicketId("IT-2"), opened_at=MONDAY + 72 * HOUR, follows="IT-1"))
        await tx.add_ticket(a_ticket(id=TicketId("IT-3"), opened_at=MONDAY + 74 * HOUR))
        await tx.add_ticket(a_ticket(id=TicketId("IT-4"), opened_at=MONDAY + HOUR, requester=BOB.id))
        await tx.add_outcome(an_outcome())
        await tx.add_outcome(an_outcome(entry="vpn"))
        await tx.add_outcome(an_outcome(ticket=TicketId("IT-2"), entry="printer"))
        await tx.record(TicketOpened(ticket=TicketId("IT-1"), by=ALICE.id, at=MONDAY), "chat")
        await tx.record(EntryOffered(ticket=TicketId("IT-1"), by=BOT.id, at=MONDAY, entries=("password",), scores=(91.0,), decision="answer"), "chat")

    await store.run(unit)
    [history] = await store.histories(["IT-1", "IT-9"])

    assert (history.opening.ticket, history.opening.channel, history.opening.opened_at) == ("IT-1", "chat", MONDAY)
    assert [(event.name, event.by) for event in history.events] == [("TicketOpened", ALICE.id), ("EntryOffered", BOT.id)]
    assert history.events[1].details["entries"] == ["password"]
    assert history.entries == {"password", "vpn"}
    assert [(one.opened_at, one.entries, one.follows) for one in history.later] == [(MONDAY + 72 * HOUR, {"printer"}, "IT-1")]


async def test_the_tickets_that_a_new_one_may_say_were_no_help_are_those_that_the_faq_ended_shortly_before(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(a_ticket(id=TicketId("IT-1"), changed_at=MONDAY - 73 * HOUR))
        await tx.add_ticket(a_ticket(id=TicketId("IT-2"), changed_at=MONDAY - HOUR))
        await tx.add_ticket(a_ticket(id=TicketId("IT-3"), changed_at=MONDAY - HOUR, tier=2))
        await tx.add_ticket(a_ticket(id=TicketId("IT-4"), changed_at=MONDAY - HOUR, requester=BOB.id))
        await tx.add_ticket(a_ticket(id=TicketId("IT-5")))

    await store.run(unit)
    assert await store.tickets_before(["IT-5"]) == ["IT-2"]
    assert await store.tickets_before([]) == []


async def test_questions_are_counted_by_when_they_were_asked_and_what_became_of_them(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> None:
        for outcome in (an_outcome(), an_outcome(judgement="right"), an_outcome(), an_outcome(asked_at=MONDAY + HOUR)):
            await tx.add_outcome(outcome)

    await store.run(unit)
    during = Where("asked_at", least=MONDAY, below=MONDAY + HOUR)
    assert await store.counted(Counting("questions", (By("entry"), By("judgement")), (during,))) == [("password", "", 2), ("password", "right", 1)]
