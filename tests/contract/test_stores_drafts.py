"""What every store promises about drafts of entries."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.ids import PersonId, TicketId
from bot.ports import Transaction
from bot.ports.curating import Draft, DraftState
from kb.entries import Entry, Text
from tests.builders import ANN, MONDAY
from tests.contract.conftest import AnyStore

VPN = Entry(
    "vpn",
    (Text("en", "How do I connect to the VPN?", "Start it.", ("vpn is down",)), Text("es", "¿Cómo me conecto a la VPN?", "Ábrela.")),
    ("network",),
    audience="internal",
    valid_until=date(2026, 12, 31),
    review_on=date(2026, 11, 1),
    finds=("no tunnel",),
    avoids=("vpn invoice",),
)


def a_draft(entry: str = "vpn", state: DraftState = "draft", ticket: str = "") -> Draft:
    return Draft(0, entry, replace(VPN, id=entry), 0, state, "web", ANN.id, MONDAY, ANN.id, MONDAY, ticket=TicketId(ticket))


async def added(store: AnyStore, *drafts: Draft) -> list[int]:
    return [await store.run(lambda tx, draft=draft: tx.add_draft(draft)) for draft in drafts]


async def test_a_draft_is_kept_whole_and_numbered(store: AnyStore) -> None:
    first, second = await added(store, a_draft(), a_draft("printer", "review", "IT-3"))

    assert await store.drafts() == [replace(a_draft("printer", "review", "IT-3"), id=second), replace(a_draft(), id=first)]
    assert await store.draft(first) == replace(a_draft(), id=first)
    assert first != second
    assert await store.draft(second + 1) is None


async def test_drafts_are_found_by_state_by_entry_and_by_ticket_newest_first(store: AnyStore) -> None:
    one, two, three, four = await added(
        store, a_draft(), a_draft("printer", ticket="IT-3"), a_draft(state="published", ticket="IT-3"), a_draft(state="discarded")
    )

    assert [d.id for d in await store.drafts()] == [two, one]
    assert [d.id for d in await store.drafts(limit=1)] == [two]
    assert [d.id for d in await store.drafts(("published", "discarded", "draft", "review"))] == [four, three, two, one]
    assert await store.drafts(()) == []
    assert [d.id for d in await store.drafts_of("vpn")] == [four, three, one]
    assert [d.id for d in await store.drafts_of("vpn", limit=1)] == [four]
    assert [d.id for d in await store.drafts_from("IT-3")] == [three, two]
    assert await store.drafts_from("") == [], "those of no ticket belong to none"
    assert [d.id for d in await store.run(lambda tx: tx.drafts_from("IT-3"))] == [three, two]


async def test_what_may_change_in_a_draft_is_stored_and_where_it_came_from_stays(store: AnyStore) -> None:
    [id_] = await added(store, a_draft(ticket="IT-3"))
    bob, later = PersonId("web:bob"), MONDAY + timedelta(hours=1)
    changed = replace(VPN, texts=VPN.texts[:1])

    async def change(tx: Transaction) -> None:
        kept = await tx.draft(id_)
        assert kept is not None
        await tx.save_draft(replace(kept, entry=changed, based_on=4, state="review", changed_by=bob, changed_at=later, reviewer=bob, remark="Shorter?"))

    await store.run(change)

    assert await store.drafts() == [
        replace(a_draft(ticket="IT-3"), id=id_, entry=changed, based_on=4, state="review", changed_by=bob, changed_at=later, reviewer=bob, remark="Shorter?")
    ]


async def test_hostile_text_of_a_draft_is_kept_but_for_what_no_database_stores(store: AnyStore) -> None:
    hostile = "'; DROP TABLE drafts; -- <b>\u202eNUL:\0 half:\ud800 {number} %s 👍"
    entry = replace(VPN, texts=(Text("en", hostile, hostile, (hostile,)),))
    [id_] = await added(store, replace(a_draft(), entry=entry, remark=hostile))

    kept = hostile.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    draft = await store.draft(id_)
    assert draft is not None
    assert (draft.entry.texts, draft.remark) == ((Text("en", kept, kept, (kept,)),), kept)


async def test_a_unit_that_fails_leaves_no_draft_and_gives_its_number_back(store: AnyStore) -> None:
    async def fail(tx: Transaction) -> None:
        await tx.add_draft(a_draft())
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        await store.run(fail)

    assert await store.drafts() == []


async def test_erasing_a_ticket_takes_its_drafts_and_leaves_the_others(store: AnyStore) -> None:
    _, other, own = await added(store, a_draft(ticket="IT-3"), a_draft(ticket="IT-4"), a_draft())

    await store.run(lambda tx: tx.erase_drafts("IT-3"))
    await store.run(lambda tx: tx.erase_drafts(""))

    assert [d.id for d in await store.drafts()] == [own, other]


async def test_of_many_who_begin_to_change_an_entry_at_once_one_makes_the_draft_and_the_others_see_it(store: AnyStore) -> None:
    await store.run(lambda tx: tx.save_entry(VPN, ANN.id, MONDAY))

    async def begin(tx: Transaction) -> int:
        await tx.entry("vpn")
        known = await tx.drafts_of("vpn")
        return known[0].id if known else await tx.add_draft(a_draft())

    begun = await asyncio.gather(*(store.run(begin) for _ in range(6)))

    assert len(set(begun)) == len(await store.drafts()) == 1


async def test_a_unit_sees_every_version_of_an_entry(store: AnyStore) -> None:
    await store.run(lambda tx: tx.save_entry(VPN, ANN.id, MONDAY))
    later = replace(VPN, tags=("network", "home"))
    await store.run(lambda tx: tx.save_entry(later, ANN.id, MONDAY))

    versions = await store.run(lambda tx: tx.entry_history("vpn"))

    assert [(v.version, v.entry) for v in versions] == [(2, later), (1, VPN)]
    assert await store.run(lambda tx: tx.entry_history("nothing")) == []
