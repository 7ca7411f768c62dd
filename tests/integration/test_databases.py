"""Where databases differ, ours may not: each trap on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import PersonId, TicketId
from bot.domain.messages import Attachment, Outbound, Words
from bot.domain.people import Person
from bot.domain.tickets import TicketMessage
from bot.errors import DeliveryRefused, StoreError
from bot.ports import Link, Parcel, Transaction
from bot.ports.world import TicketQuery
from bot.store.sql import SqlStore, open_store
from tests.builders import ANN, MONDAY, a_message, a_ticket, an_entry, an_event

LANE = "chat:alice"
ALIKE = ["Anna", "anna", "Änna", "anna ", "anna\t", " anna", "😀", "😁", "ß", "ss", "ﬁ", "fi", "\u00e9", "e\u0301", "e", "%", "_", "\\", "'", '"', ""]
"""Texts that some database takes for equal, or for something else than themselves."""


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}?synchronous=NORMAL"
    return str(request.getfixturevalue(f"{request.param}_desk"))


@pytest.fixture
async def processes(url: str) -> AsyncIterator[list[SqlStore]]:
    """Two processes on one database; of a file there is one owner, who works for both."""
    first = await open_store(url)
    second = await open_store(url) if first.is_shared else first
    yield [first, second]
    await second.close()
    await first.close()


@pytest.fixture
def store(processes: list[SqlStore]) -> SqlStore:
    return processes[0]


async def at_once(processes: list[SqlStore], unit: Callable[[Transaction], Awaitable[Any]], times: int) -> list[Any]:
    """The unit so many times in parallel, by turns in each process."""
    return await asyncio.gather(*(processes[n % len(processes)].run(unit) for n in range(times)), return_exceptions=True)


def says(text: str) -> Outbound:
    return Outbound((Words(text),))


def a_parcel(key: str, text: str = "", lane: str = LANE) -> Parcel:
    return Parcel(key, lane, lane, says(text), MONDAY)


# -------------------------------------------------------------------------------------------------- what is equal to what
async def test_keys_are_equal_only_when_they_are_the_same(store: SqlStore) -> None:
    keys = [key for key in ALIKE if key]
    for key in keys:
        assert await store.run(lambda tx, key=key: tx.keep(an_event(a_message("hello"), key=key, conversation=f"chat:{key}"), MONDAY))  # type: ignore[misc]
        assert not await store.run(lambda tx, key=key: tx.keep(an_event(a_message("hello"), key=key), MONDAY))  # type: ignore[misc]
        await store.note(f"desk:{key}", key)
        await store.run(lambda tx, key=key: tx.link(key, Link(key, "message")))  # type: ignore[misc]
        await store.run(lambda tx, key=key: tx.remember(Person(PersonId(key), f"name of {key}")))  # type: ignore[misc]
        await store.run(lambda tx, key=key: tx.post(a_parcel(key, key)))  # type: ignore[misc]

    assert await store.noted("desk:") == {f"desk:{key}": key for key in keys}
    assert {id_: person.name for id_, person in (await store.people(keys)).items()} == {key: f"name of {key}" for key in keys}
    for key in keys:
        assert [w.event.key for w in await store.run(lambda tx, key=key: tx.waiting(f"chat:{key}", MONDAY))] == [key]  # type: ignore[misc]
        assert await store.run(lambda tx, key=key: tx.linked(key)) == Link(key, "message")  # type: ignore[misc]
        assert await store.run(lambda tx, key=key: tx.newest_body(key)) == says(key)  # type: ignore[misc]


async def test_keys_that_are_too_long_for_the_database_stay_different(store: SqlStore) -> None:
    long = ["k" * 300 + end for end in ("1", "2", "é", "😀")]
    for key in long:
        assert await store.run(lambda tx, key=key: tx.keep(an_event(a_message("hello"), key=key), MONDAY))  # type: ignore[misc]
        assert not await store.run(lambda tx, key=key: tx.keep(an_event(a_message("hello"), key=key), MONDAY))  # type: ignore[misc]
        await store.note(key, key)
        await store.run(lambda tx, key=key: tx.post(a_parcel(key, key)))  # type: ignore[misc]
    for key in long:
        assert list((await store.noted(key)).values()) == [key]
        assert await store.run(lambda tx, key=key: tx.newest_body(key)) == says(key)  # type: ignore[misc]
    assert sorted((await store.noted("k" * 200)).values()) == sorted(long)


async def test_a_search_knows_no_case_and_takes_every_sign_for_itself(store: SqlStore) -> None:
    questions = ["Über den VPN-Zugang", "uber taxi", "100% sure", "100 sure", "a_b", "axb", r"C:\temp", "Straße", "😀 great", "😁 great", "vpn's \"c++"]
    for number, question in enumerate(questions, 1):
        ticket = a_ticket(id=TicketId(f"IT-{number}"), question=question, opened_at=MONDAY + timedelta(minutes=number))
        await store.run(lambda tx, ticket=ticket: tx.add_ticket(ticket))  # type: ignore[misc]
        entry = an_entry(f"e{number}", question)
        await store.run(lambda tx, entry=entry: tx.save_entry(entry, ANN.id, MONDAY))  # type: ignore[misc]

    found_by = {"ÜBER": [0], "uber": [1], "0%": [2], "a_b": [4], r"\TEMP": [6], "STRASSE": [7], "😀": [8], "😁": [9], "VPN'S \"C++": [10]}
    for search, found in {**found_by, "\0": [], "\ud800": [], "';--": []}.items():
        assert [ticket.question for ticket in await store.tickets(TicketQuery(search=search))] == [questions[n] for n in found], search
        assert [entry.texts[0].question for entry in await store.entries(search)] == [questions[n] for n in found], search


# --------------------------------------------------------------------------------------------------------- order of keys
async def test_keys_are_ordered_by_their_signs_not_by_anybodys_alphabet(store: SqlStore) -> None:
    keys = ["desk:", "desk:-", "desk:10", "desk:9", "desk:B", "desk:_", "desk:a", "desk:a b", "desk:é", "desk:Ω", "desk:😀", "desk:\uffff"]
    for key in [*keys, "Desk:a", "desk", "desl:a", "desj:z"]:
        await store.note(key, "1")
    assert list(await store.noted("desk:")) == sorted(keys)
    assert list(await store.noted("desk:a")) == ["desk:a", "desk:a b"]
    assert await store.noted("desk:%") == await store.noted("d_sk") == {}


async def test_what_is_taken_back_are_the_pieces_and_nothing_that_only_looks_like_them(store: SqlStore) -> None:
    pieces, others = ["r", "r/", "r/1", "r/1/2", "r/é", "r/😀", "r/Z"], ["R", "R/1", "r0", "r.", "r-1", "r 1", "r1", "rr/1", "é/1"]
    for key in [*pieces, *others]:
        await store.run(lambda tx, key=key: tx.post(a_parcel(key)))  # type: ignore[misc]
    assert await store.run(lambda tx: tx.withdraw("r"))

    async def states(tx: Transaction) -> dict[str, str]:
        return {key: parcel.state for key in [*pieces, *others] if (parcel := await tx.parcel(key))}

    assert await store.run(states) == {**dict.fromkeys(pieces, "withdrawn"), **dict.fromkeys(others, "waiting")}


# ---------------------------------------------------------------------------------------------------- times, sizes, signs
async def test_a_moment_is_kept_to_its_last_microsecond(store: SqlStore) -> None:
    due = MONDAY.replace(microsecond=123457)
    before = due - timedelta(microseconds=1)
    await store.run(lambda tx: tx.keep(an_event(a_message("hello"), key="e1"), due))
    assert await store.next_due(MONDAY) == due
    assert await store.run(lambda tx: tx.waiting(LANE, before)) == []
    assert len(await store.run(lambda tx: tx.waiting(LANE, due))) == 1
    await store.run(lambda tx: tx.add_ticket(a_ticket(opened_at=due, changed_at=due, tier_since=before)))
    assert await store.ticket("IT-1") == a_ticket(opened_at=due, changed_at=due, tier_since=before)
    assert await store.tickets(TicketQuery(before=due)) == []


@pytest.mark.parametrize("size", [65_536, 1_000_000])
async def test_a_long_text_comes_out_whole(store: SqlStore, size: int) -> None:
    text = ("wörds 😀 \\ ' \" % \n" * (size // 16))[:size]
    await store.run(lambda tx: tx.keep(an_event(a_message(text)), MONDAY))
    await store.run(lambda tx: tx.post(a_parcel("p", text)))
    await store.note("long", text)
    await store.run(lambda tx: tx.add_ticket(a_ticket(question=text, changed_at=MONDAY)))
    await store.run(lambda tx: tx.save_entry(an_entry("long", answer=text), ANN.id, MONDAY))

    [heard] = await store.run(lambda tx: tx.waiting(LANE, MONDAY))
    assert heard.event.what.text == text  # type: ignore[union-attr]
    assert await store.run(lambda tx: tx.newest_body("p")) == says(text)
    assert await store.noted("long") == {"long": text}
    assert await store.ticket("IT-1") == a_ticket(question=text, changed_at=MONDAY)
    assert await store.entries() == [an_entry("long", answer=text)]


@pytest.mark.parametrize("size", [300_000, 12_000_000])
async def test_a_file_of_any_bytes_comes_out_as_it_went_in(store: SqlStore, size: int) -> None:
    content = (bytes(range(256)) + secrets.token_bytes(size))[:size]
    kept = Attachment("chat:f1", "all.bin", size=size)
    await store.keep_file(kept, content)
    assert await store.file("chat:f1") == (kept, content)


async def test_a_file_beyond_what_the_server_takes_at_once_is_refused_with_the_setting_to_raise(url: str, store: SqlStore) -> None:
    content = secrets.token_bytes(40_000_000)
    big = Attachment("chat:f1", "big.bin")
    if "mysql" in url:
        with pytest.raises(DeliveryRefused, match="max_allowed_packet"):
            await store.keep_file(big, content)
        assert await store.file("chat:f1") is None
    else:
        await store.keep_file(big, content)
        assert await store.file("chat:f1") == (replace(big, size=len(content)), content)
    await store.note("desk:after", "1")


# -------------------------------------------------------------------------------------------------------- lost updates
async def test_of_ten_who_change_a_ticket_at_once_nobodys_change_is_lost(processes: list[SqlStore]) -> None:
    await processes[0].run(lambda tx: tx.add_ticket(a_ticket(tier=1)))

    async def climb(tx: Transaction) -> None:
        ticket = await tx.ticket("IT-1")
        assert ticket is not None
        await tx.save_ticket(replace(ticket, tier=ticket.tier + 1))

    assert await at_once(processes, climb, 10) == [None] * 10
    found = await processes[0].ticket("IT-1")
    assert found is not None
    assert (found.tier, found.version) == (11, a_ticket().version + 10)


async def test_numbers_given_at_once_leave_no_gap_for_those_that_were_not_used_are_given_next(processes: list[SqlStore]) -> None:
    tries = iter(range(1000))

    async def open_one(tx: Transaction) -> TicketId:
        number = await tx.next_number("IT")
        await tx.add_ticket(a_ticket(id=number))
        if (tried := next(tries)) < 24 and tried % 4 == 3:
            raise RuntimeError("thought better of it")
        return number

    given = [number for number in await at_once(processes, open_one, 24) if not isinstance(number, Exception)]
    refused = 24 - len(given)
    assert refused
    given += [await processes[n % 2].run(open_one) for n in range(refused)]
    assert sorted(int(number.removeprefix("IT-")) for number in given) == list(range(1, 25))


async def test_who_has_the_lane_loses_no_note_to_others(processes: list[SqlStore]) -> None:
    async def count(tx: Transaction) -> None:
        await tx.take("counting")
        await tx.note("count", str(int((await tx.noted("count")).get("count", "0")) + 1))

    assert await at_once(processes, count, 20) == [None] * 20
    assert await processes[0].noted("count") == {"count": "20"}


async def test_an_entry_that_many_change_at_once_keeps_every_change_and_version(processes: list[SqlStore]) -> None:
    await processes[0].run(lambda tx: tx.save_entry(an_entry("vpn"), ANN.id, MONDAY))
    ways = iter(range(1000))

    async def add_a_way(tx: Transaction) -> None:
        entry = await tx.entry("vpn")
        assert entry is not None
        text = entry.texts[0]
        await tx.save_entry(replace(entry, texts=(replace(text, phrasings=(*text.phrasings, f"way {next(ways)}")),)), ANN.id, MONDAY)

    assert await at_once(processes, add_a_way, 10) == [None] * 10
    found = await processes[0].entry("vpn")
    assert found is not None
    assert len(set(found.texts[0].phrasings)) == 10
    assert [version.version for version in await processes[0].entry_history("vpn")] == list(range(11, 0, -1))
    assert await processes[0].knowledge_version() == 11


async def test_what_several_learn_of_a_person_at_once_is_all_kept(processes: list[SqlStore]) -> None:
    zoe = PersonId("chat:zoe")
    facts = [(Person(zoe, "Zoe"), None), (Person(zoe, "", timezone="Europe/Paris"), None), (Person(zoe), "fr")]
    for _ in range(5):
        await asyncio.gather(*(processes[n % 2].run(lambda tx, fact=fact: tx.remember(*fact)) for n, fact in enumerate(facts)))  # type: ignore[misc]
        assert (await processes[0].people(["chat:zoe"]))["chat:zoe"] == Person(PersonId("chat:zoe"), "Zoe", "fr", "Europe/Paris")


async def test_an_edit_that_meets_the_arrival_of_its_message_undoes_it_not(processes: list[SqlStore]) -> None:
    message = TicketMessage(0, TicketId("IT-1"), "out", "reply", ANN.id, "hello", MONDAY, delivery="waiting")
    ids = [await processes[0].run(lambda tx: tx.add_message(message)) for _ in range(10)]

    async def edit(tx: Transaction, id_: int) -> None:
        said = await tx.message(id_)
        assert said is not None
        await tx.save_message(replace(said, text="edited"))

    await asyncio.gather(
        *(processes[0].run(lambda tx, id_=id_: edit(tx, id_)) for id_ in ids),  # type: ignore[misc]
        *(processes[1].run(lambda tx, id_=id_: tx.arrived(id_)) for id_ in ids),  # type: ignore[misc]
    )
    assert [(said.text, said.delivery) for said in await processes[0].talk("IT-1", internal=True)] == [("edited", "sent")] * 10


# ------------------------------------------------------------------------------------------------------- who comes when
async def test_an_event_that_many_receive_at_once_is_kept_once(processes: list[SqlStore]) -> None:
    async def receive(tx: Transaction) -> bool:
        await tx.take(LANE)
        return await tx.keep(an_event(a_message("hello"), key="e1", also="m1"), MONDAY)

    assert sorted(await at_once(processes, receive, 12)) == [False] * 11 + [True]
    assert (await processes[0].queue())["inbox_waiting"] == 1


async def test_an_event_under_two_keys_received_at_once_is_kept_once(processes: list[SqlStore]) -> None:
    twins = [an_event(a_message("hello"), key=key, also="m1") for key in ("mention", "message")]
    kept = await asyncio.gather(*(processes[n % 2].run(lambda tx, event=twins[n % 2]: tx.keep(event, MONDAY)) for n in range(12)))  # type: ignore[misc]
    assert sorted(kept) == [False] * 11 + [True]


async def test_ids_grow_in_the_order_of_the_commits_however_slow_the_first_is(processes: list[SqlStore]) -> None:
    has_the_lane, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> None:
        await tx.take(LANE)
        has_the_lane.set()
        await go_on.wait()
        await tx.keep(an_event(a_message("first"), key="first"), MONDAY)

    async def quick(tx: Transaction) -> None:
        await tx.take(LANE)
        await tx.keep(an_event(a_message("second"), key="second"), MONDAY)

    first = asyncio.create_task(processes[0].run(slow))
    await has_the_lane.wait()
    second = asyncio.create_task(processes[1].run(quick))
    done, _ = await asyncio.wait([second], timeout=0.3)
    go_on.set()
    await asyncio.gather(first, second)
    assert not done, "it waits for the lane"
    assert [w.event.key for w in await processes[0].run(lambda tx: tx.waiting(LANE, MONDAY))] == ["first", "second"]


async def test_who_will_not_wait_for_a_lane_is_told_at_once_that_it_is_taken(processes: list[SqlStore]) -> None:
    if not processes[0].is_shared:
        pytest.skip("of a file there is one owner, who runs one unit after the other")
    await processes[0].run(lambda tx: tx.take(LANE))
    has_the_lane, go_on = asyncio.Event(), asyncio.Event()

    async def holding(tx: Transaction) -> None:
        assert await tx.take(LANE, wait=False)
        has_the_lane.set()
        await go_on.wait()

    holder = asyncio.create_task(processes[0].run(holding))
    await has_the_lane.wait()
    try:
        async with asyncio.timeout(1):
            assert not await processes[1].run(lambda tx: tx.take(LANE, wait=False))
            assert await processes[1].run(lambda tx: tx.take("chat:bob", wait=False)), "another lane is free"
    finally:
        go_on.set()
        await holder
    assert await processes[1].run(lambda tx: tx.take(LANE, wait=False))


async def test_two_who_lock_the_same_in_opposite_order_both_come_to_their_end(processes: list[SqlStore]) -> None:
    for number in ("IT-1", "IT-2"):
        await processes[0].run(lambda tx, number=number: tx.add_ticket(a_ticket(id=TicketId(number), tier=1)))  # type: ignore[misc]

    async def both(tx: Transaction, *order: str) -> None:
        await tx.take(f"lane of {order[0]}")
        for number in order:
            ticket = await tx.ticket(number)
            assert ticket is not None
            await asyncio.sleep(0)
            await tx.save_ticket(replace(ticket, tier=ticket.tier + 1))
        await tx.take(f"lane of {order[1]}")

    for _ in range(5):
        await asyncio.gather(
            processes[0].run(lambda tx: both(tx, "IT-1", "IT-2")),
            processes[1].run(lambda tx: both(tx, "IT-2", "IT-1")),
        )
    assert [(await processes[0].ticket(number)).tier for number in ("IT-1", "IT-2")] == [11, 11]  # type: ignore[union-attr]


async def test_a_reply_is_either_taken_back_or_sent_never_both(processes: list[SqlStore]) -> None:
    keys = [f"r{n}" for n in range(20)]
    for key in keys:
        await processes[0].run(lambda tx, key=key: tx.post(a_parcel(key, lane=key)))  # type: ignore[misc]

    async def lease(key: str) -> bool:
        return bool(await processes[0].run(lambda tx: tx.lease(key, "w1", MONDAY, MONDAY + timedelta(minutes=1))))

    async def withdraw(key: str) -> bool:
        return await processes[1].run(lambda tx: tx.withdraw(key))

    outcomes = await asyncio.gather(*(asyncio.gather(lease(key), withdraw(key)) for key in keys))
    assert {tuple(outcome) for outcome in outcomes} <= {(True, False), (False, True)}


async def test_of_many_who_want_to_be_the_only_one_one_is(processes: list[SqlStore]) -> None:
    owners = [f"w{n}" for n in range(10)]
    ends = MONDAY + timedelta(seconds=20)
    held = await asyncio.gather(*(processes[n % 2].run(lambda tx, owner=owner: tx.hold("role:x", owner, MONDAY, ends)) for n, owner in enumerate(owners)))  # type: ignore[misc]
    assert held.count(True) == 1


async def test_who_only_reads_can_change_nothing(url: str, processes: list[SqlStore]) -> None:
    await processes[0].note("desk:x", "1")
    reader = await open_store(url, read_only=True)
    assert await reader.noted("desk:") == {"desk:x": "1"}
    with pytest.raises(StoreError, match="reading only"):
        await reader.note("desk:y", "1")
    await reader.close()
