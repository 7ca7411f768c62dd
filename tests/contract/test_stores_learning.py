"""What every store promises about learning: proposals, questions that are not for the FAQ, and the version of the knowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from bot.domain.ids import PersonId, TicketId
from bot.domain.learning import Outside, Proposal
from bot.engine.faq.knowledge import Knowledge
from bot.engine.running.following import Following
from bot.ports import Transaction
from bot.ports.store import Unit
from kb.entries import Entry, Text
from tests.builders import ANN, MONDAY
from tests.contract.conftest import AnyStore

T = TypeVar("T")

VPN = Entry("vpn", (Text("en", "How do I connect to the VPN?", "Start it."),))


def a_proposal(text: str = "vpn is down", entry: str = "vpn", ticket: str = "IT-1") -> Proposal:
    return Proposal(0, entry, "en", text, TicketId(ticket), ANN.id, MONDAY)


def a_mark(text: str = "will it rain?", ticket: str = "IT-2") -> Outside:
    return Outside(0, text, "en", TicketId(ticket), ANN.id, MONDAY)


async def done(store: AnyStore, *units: Unit[T]) -> list[T]:
    return [await store.run(unit) for unit in units]


# ------------------------------------------------------------------------------------------------------------- proposals
async def test_a_proposal_is_kept_as_it_is_and_numbered(store: AnyStore) -> None:
    first, second = await done(store, lambda tx: tx.add_proposal(a_proposal()), lambda tx: tx.add_proposal(a_proposal("vpn fails", ticket="IT-3")))

    assert [replace(p, id=0) for p in await store.proposals()] == [a_proposal("vpn fails", ticket="IT-3"), a_proposal()]
    assert [p.id for p in await store.proposals()] == [second, first]
    assert first != second


async def test_a_decided_proposal_no_longer_waits_and_is_still_known_of_its_entry(store: AnyStore) -> None:
    [id_] = await done(store, lambda tx: tx.add_proposal(a_proposal()))

    async def decide(tx: Transaction) -> None:
        kept = await tx.proposal(id_)
        assert kept is not None
        await tx.save_proposal(kept.decided("approved", ANN.id, MONDAY + timedelta(hours=1), "the vpn is down"))

    await store.run(decide)

    assert await store.proposals() == []
    [approved] = await store.proposals("approved")
    assert (approved.text, approved.decided_by, approved.decided_at) == ("the vpn is down", ANN.id, MONDAY + timedelta(hours=1))
    assert await store.proposals_of("vpn") == [approved]
    assert await store.proposals_of("other") == []
    assert await store.run(lambda tx: tx.proposals_from("IT-1")) == [approved]
    assert await store.run(lambda tx: tx.proposals_from("IT-9")) == []


async def test_hostile_text_of_a_proposal_is_kept_but_for_what_no_database_stores(store: AnyStore) -> None:
    hostile = "'; DROP TABLE proposals; -- <b>\u202eNUL:\0 half:\ud800 {number} %s 👍"
    await done(store, lambda tx: tx.add_proposal(a_proposal(hostile)), lambda tx: tx.add_outside(a_mark(hostile)))

    kept = hostile.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert [p.text for p in await store.proposals()] == [o.text for o in await store.outside_questions()] == [kept]


async def test_a_unit_that_fails_has_proposed_and_marked_nothing(store: AnyStore) -> None:
    async def fail(tx: Transaction) -> None:
        await tx.add_proposal(a_proposal())
        await tx.add_outside(a_mark())
        await tx.save_entry(VPN, ANN.id, MONDAY)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        await store.run(fail)

    assert (await store.proposals(), await store.outside_questions(), await store.knowledge_version()) == ([], [], 0)


# ---------------------------------------------------------------------------------------------------------------- marks
async def test_a_mark_can_be_taken_back_and_its_id_is_never_given_again(store: AnyStore) -> None:
    [first] = await done(store, lambda tx: tx.add_outside(a_mark()))
    assert [replace(o, id=0) for o in await store.outside_questions()] == [a_mark()]

    await store.run(lambda tx: tx.drop_outside(first))
    await store.run(lambda tx: tx.drop_outside(first))
    [second] = await done(store, lambda tx: tx.add_outside(a_mark("who won?")))

    assert [(o.id, o.text) for o in await store.outside_questions()] == [(second, "who won?")]
    assert second != first
    assert await store.run(lambda tx: tx.outside(first)) is None


async def test_which_tickets_have_been_sorted_is_known(store: AnyStore) -> None:
    await done(store, lambda tx: tx.add_proposal(a_proposal(ticket="IT-1")), lambda tx: tx.add_outside(a_mark(ticket="IT-2")))

    assert await store.are_sorted(["IT-1", "IT-2", "IT-3"]) == {"IT-1", "IT-2"}
    assert await store.are_sorted([]) == set()


async def test_erasing_a_ticket_takes_its_words_out_of_proposals_and_marks_and_leaves_the_others(store: AnyStore) -> None:
    await done(store, lambda tx: tx.add_proposal(a_proposal(ticket="IT-1")), lambda tx: tx.add_proposal(a_proposal("other", ticket="IT-2")))
    [mark] = await done(store, lambda tx: tx.add_outside(a_mark(ticket="IT-1")))
    before = await store.knowledge_version()

    [erased] = await done(store, lambda tx: tx.erase_learned("IT-1"))

    assert [p.text for p in erased] == ["vpn is down"]
    assert [p.text for p in await store.proposals()] == ["other"]
    assert await store.outside_questions() == []
    assert (await store.knowledge_since(before)).withdrawn == (mark,), "other processes hear that the mark is gone"


# ------------------------------------------------------------------------------------------------- version of the knowledge
async def test_each_change_of_the_knowledge_makes_a_new_version_that_says_what_changed(store: AnyStore) -> None:
    assert await store.knowledge_version() == 0
    await store.run(lambda tx: tx.save_entry(VPN, ANN.id, MONDAY))
    first = await store.knowledge_version()
    assert first > 0
    assert (await store.knowledge_since(0)).entries == (VPN,)

    retired = replace(VPN, retired=True)
    await store.run(lambda tx: tx.save_entry(retired, PersonId("command:kb-import"), MONDAY))
    [mark] = await done(store, lambda tx: tx.add_outside(a_mark()))

    changes = await store.knowledge_since(first)
    assert changes.version == await store.knowledge_version() > first
    assert (changes.entries, [o.id for o in changes.outside], changes.withdrawn) == ((retired,), [mark], ())


async def test_what_was_told_before_is_not_told_again(store: AnyStore) -> None:
    await store.run(lambda tx: tx.save_entry(VPN, ANN.id, MONDAY))
    seen = await store.knowledge_version()
    other = replace(VPN, id="other")
    await store.run(lambda tx: tx.save_entry(other, ANN.id, MONDAY))

    assert (await store.knowledge_since(seen)).entries == (other,)


async def test_who_is_up_to_date_is_told_nothing(store: AnyStore) -> None:
    await store.run(lambda tx: tx.save_entry(VPN, ANN.id, MONDAY))
    await store.run(lambda tx: tx.add_outside(a_mark()))
    version = await store.knowledge_version()

    changes = await store.knowledge_since(version)

    assert (changes.version, changes.entries, changes.outside, changes.withdrawn) == (version, (), (), ())


async def test_a_mark_made_and_withdrawn_since_is_told_as_gone(store: AnyStore) -> None:
    [mark] = await done(store, lambda tx: tx.add_outside(a_mark()))
    await store.run(lambda tx: tx.drop_outside(mark))

    changes = await store.knowledge_since(0)

    assert (changes.outside, changes.withdrawn) == ((), (mark,))


async def test_other_writing_leaves_the_version_as_it_is(store: AnyStore) -> None:
    await store.run(lambda tx: tx.save_entry(VPN, ANN.id, MONDAY))
    before = await store.knowledge_version()

    await store.run(lambda tx: tx.next_number("IT"))
    await store.run(lambda tx: tx.note("a", "b"))
    await store.run(lambda tx: tx.add_proposal(a_proposal()))

    assert await store.knowledge_version() == before


async def test_two_processes_on_one_store_know_the_same_soon_after(store: AnyStore) -> None:
    here, there = Knowledge([VPN], ("en",)), Knowledge([VPN], ("en",))
    following = [Following(store, knowledge, 0) for knowledge in (here, there)]
    question = "how do I connect to the vpn"
    wider = replace(VPN, texts=(replace(VPN.texts[0], phrasings=("the tunnel is dark",)),))

    await store.run(lambda tx: tx.save_entry(wider, ANN.id, MONDAY))
    here.put(wider)
    mark = await store.run(lambda tx: tx.add_outside(a_mark(question)))
    here.put_outside(mark, question)

    assert [await one.look() for one in following] == [0, 2]
    for knowledge in (here, there):
        assert knowledge.ask("the tunnel is dark", "en").decision == "answer"
        assert knowledge.ask(question, "en").decision == "hand_over"

    await store.run(lambda tx: tx.drop_outside(mark))
    await store.run(lambda tx: tx.save_entry(replace(wider, retired=True), ANN.id, MONDAY))

    assert [await one.look() for one in following] == [2, 2]
    for knowledge in (here, there):
        assert knowledge.entries() == []
