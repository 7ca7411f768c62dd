"""What every store answers: tickets by page, talk, history, people, the knowledge base, and a conversation as its requester sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.events import EntryOffered, TicketClaimed, TicketOpened
from bot.domain.ids import ConversationId, MessageId, PersonId, TicketId
from bot.domain.messages import Attachment, Choice, Outbound, Say, Words
from bot.domain.people import Person
from bot.domain.tickets import Ticket, TicketMessage
from bot.ports import Parcel, Transaction
from bot.ports.world import ScreenLine, TicketQuery
from tests.builders import ALICE, ANN, BEN, BOB, MONDAY, a_message, a_ticket, an_entry, an_event, an_offer
from tests.contract.conftest import AnyStore

HERE = ConversationId(ALICE.id)
YES = (Choice("Yes, solved", "yes:IT-1"),)


def at(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


async def add(store: AnyStore, number: str, minute: int = 0, **changes: Any) -> Ticket:
    ticket = a_ticket(id=TicketId(number), changed_at=at(minute), **changes)
    await store.run(lambda tx: tx.add_ticket(ticket))
    return ticket


async def found(store: AnyStore, **query: Any) -> list[str]:
    """The numbers, asked outside; inside a unit the answer must be the same."""
    asked = TicketQuery(**query)
    outside = [t.id for t in await store.tickets(asked)]
    assert [t.id for t in await store.run(lambda tx: tx.tickets(asked))] == outside
    return list(outside)


# ------------------------------------------------------------------------------------------------------------- tickets
@pytest.fixture
async def six(store: AnyStore) -> AnyStore:
    """Six tickets, the newest change last."""
    await add(store, "IT-1", 1, question="The VPN is 100% down")
    await add(store, "IT-2", 2, requester=BOB.id, tier=2, assignee=ANN.id)
    await add(store, "IT-3", 3, tier=2)
    await add(store, "HR-3", 4, requester=BOB.id, tier=3, status="pending")
    await add(store, "IT-5", 5, tier=2, assignee=ANN.id, status="resolved", question="ÄRGER with the vpn client")
    await add(store, "IT-6", 6, tier=1, status="closed")
    return store


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, "IT-6 IT-5 HR-3 IT-3 IT-2 IT-1"),
        ({"limit": 2}, "IT-6 IT-5"),
        ({"before": at(3)}, "IT-2 IT-1"),
        ({"requester": BOB.id}, "HR-3 IT-2"),
        ({"requester": ALICE.id, "statuses": ("open",)}, "IT-3 IT-1"),
        ({"requester": ALICE.id, "humans_only": True, "unclaimed": True}, "IT-3"),
        ({"assignee": ANN.id}, "IT-5 IT-2"),
        ({"assignee": ANN.id, "statuses": ("open", "pending")}, "IT-2"),
        ({"assignee": ANN.id, "requester": BOB.id}, "IT-2"),
        ({"assignee": ANN.id, "unclaimed": True}, ""),
        ({"assignee": ANN.id, "tier": 3}, ""),
        ({"tier": 2}, "IT-5 IT-3 IT-2"),
        ({"tier": 2, "unclaimed": True}, "IT-3"),
        ({"tier": 1, "humans_only": True}, ""),
        ({"humans_only": True}, "IT-5 HR-3 IT-3 IT-2"),
        ({"humans_only": True, "unclaimed": True, "statuses": ("open", "pending")}, "HR-3 IT-3"),
        ({"statuses": ("pending", "closed")}, "IT-6 HR-3"),
        ({"unclaimed": True, "before": at(6)}, "HR-3 IT-3 IT-1"),
        ({"search": "vpn"}, "IT-5 IT-1"),
        ({"search": "ärger VPN"}, "IT-5"),
        ({"search": "VPN", "requester": ALICE.id, "statuses": ("open",)}, "IT-1"),
        ({"search": "100%"}, "IT-1"),
        ({"search": "vp_"}, ""),
        ({"search": "%"}, "IT-1"),
        ({"search": "' OR 1=1 --"}, ""),
        ({"search": "it-5"}, "IT-5"),
        ({"search": "#IT-5", "statuses": ("open",)}, ""),
        ({"search": "chair", "assignee": ANN.id}, "IT-2"),
        ({"search": "chair", "tier": 3}, "HR-3"),
        ({"search": "  "}, "IT-6 IT-5 HR-3 IT-3 IT-2 IT-1"),
    ],
)
async def test_tickets_are_found_newest_change_first(six: AnyStore, query: dict[str, Any], numbers: str) -> None:
    assert await found(six, **query) == numbers.split()


async def test_it_is_found_by_its_kind_and_by_what_another_tool_calls_it(store: AnyStore) -> None:
    await add(store, "IT-1", 1, kind="incident", external="GLPI-77", external_url="https://glpi.example/77")
    await add(store, "IT-2", 2, kind="problem", external="9", tier=2)
    await add(store, "IT-3", 3, kind="incident", tier=2)
    assert await found(store, kind="incident") == ["IT-3", "IT-1"]
    assert await found(store, kind="incident", tier=2) == ["IT-3"]
    assert await found(store, search="GLPI-77") == ["IT-1"]
    assert await found(store, search="#9") == ["IT-2"]
    assert await found(store, search="77") == []


async def test_a_bare_number_finds_it_under_every_prefix(store: AnyStore) -> None:
    for prefix, minute in (("IT", 1), ("HR", 2)):
        number = await store.run(lambda tx, p=prefix: tx.next_number(p))  # type: ignore[misc]
        await add(store, number, minute)
    assert await found(store, search="1") == ["HR-1", "IT-1"]


async def test_a_page_holds_a_hundred_at_most_and_the_next_goes_on_where_it_ended(store: AnyStore) -> None:
    async def many(tx: Transaction) -> None:
        for n in range(130):
            await tx.add_ticket(a_ticket(id=TicketId(f"IT-{n}"), changed_at=at(n)))

    await store.run(many)
    first = await store.tickets(TicketQuery(limit=10**9))
    second = await store.tickets(TicketQuery(limit=10**9, before=first[-1].changed_at))
    assert [t.id for t in (*first, *second)] == [f"IT-{n}" for n in reversed(range(130))]
    assert len(first) == 100


async def test_a_change_brings_a_ticket_to_the_top_and_into_its_new_queue(six: AnyStore) -> None:
    ticket = await six.ticket("IT-1")
    assert ticket is not None
    await six.run(lambda tx: tx.save_ticket(replace(ticket, tier=3, question="now about printers", changed_at=at(9))))
    assert await found(six, limit=1) == ["IT-1"]
    assert await found(six, tier=3) == ["IT-1", "HR-3"]
    assert await found(six, search="printers") == ["IT-1"]
    assert await found(six, search="vpn") == ["IT-5"]


async def test_conversations_that_are_open_or_lately_changed_are_known(store: AnyStore) -> None:
    for n, status in enumerate(("open", "pending", "resolved", "closed", "closed")):
        await add(store, f"IT-{n}", n, status=status, conversation=ConversationId(f"chat:{n}"))
    assert sorted(await store.known_conversations(at(4))) == ["chat:0", "chat:1", "chat:4"]


# ---------------------------------------------------------------------------------------------------- talk and history
def a_line(text: str, **changes: Any) -> TicketMessage:
    values: dict[str, Any] = {"id": 0, "ticket": TicketId("IT-1"), "direction": "in", "kind": "detail", "author": ALICE.id, "text": text, "at": MONDAY}
    return TicketMessage(**{**values, **changes})


async def say(store: AnyStore, text: str, **changes: Any) -> int:
    return await store.run(lambda tx: tx.add_message(a_line(text, **changes)))


async def test_a_message_comes_out_as_it_went_in_and_keeps_what_changed(store: AnyStore) -> None:
    full = a_line("hi", attachments=(Attachment("chat:f", "a.txt"),), source="chat:m1", delivery="sent", edited="ho", direction="out", kind="reply")
    number = await store.run(lambda tx: tx.add_message(full))
    assert await store.run(lambda tx: tx.message(number)) == replace(full, id=number)
    assert await store.run(lambda tx: tx.message_from("chat:m1")) == replace(full, id=number)

    changed = replace(full, id=number, text="hey", deleted=True, source="")
    await store.run(lambda tx: tx.save_message(changed))

    assert await store.talk("IT-1", internal=True) == [changed]
    assert await store.run(lambda tx: tx.message_from("")) is None
    assert await store.run(lambda tx: tx.message(number + 1)) is None


async def test_a_requester_sees_no_note_and_no_reply_that_was_or_may_be_taken_back(store: AnyStore) -> None:
    await say(store, "question", kind="question")
    await say(store, "note", kind="note", delivery="kept")
    await say(store, "held", direction="out", kind="reply", delivery="waiting")
    await say(store, "taken back", direction="out", kind="reply", delivery="taken_back")
    await say(store, "reply", direction="out", kind="reply", delivery="sent")
    await say(store, "another ticket's", ticket=TicketId("IT-2"))

    assert [m.text for m in await store.talk("IT-1", internal=False)] == ["question", "reply"]
    assert [m.text for m in await store.talk("IT-1", internal=True)] == ["question", "note", "held", "taken back", "reply"]
    assert await store.run(lambda tx: tx.talk("IT-1", internal=False)) == await store.talk("IT-1", internal=False)


async def test_history_tells_what_happened_by_whom_and_where(store: AnyStore) -> None:
    number = TicketId("IT-1")
    offered = EntryOffered(ticket=number, by=PersonId("bot:firstline"), at=at(1), entries=("vpn", "wifi"), scores=(91.5, 60.0), decision="suggest")
    for fact, channel in ((TicketOpened(ticket=number, by=ALICE.id, at=at(0)), "slack"), (offered, "slack")):
        await store.run(lambda tx, f=fact, c=channel: tx.record(f, c))  # type: ignore[misc]
    await store.run(lambda tx: tx.record(TicketClaimed(ticket=TicketId("IT-2"), by=ANN.id, at=at(2), tier=2), "web"))

    opened, second = await store.history("IT-1")

    assert (opened.name, opened.by, opened.channel, opened.at, opened.details) == ("TicketOpened", ALICE.id, "slack", at(0), {"follows": ""})
    assert second.details == {"entries": ["vpn", "wifi"], "scores": [91.5, 60.0], "decision": "suggest"}
    assert opened.id < second.id


# --------------------------------------------------------------------------------------------------- people, knowledge
async def test_what_is_known_of_a_person_is_not_lost_to_an_empty_name(store: AnyStore) -> None:
    await store.run(lambda tx: tx.remember(Person(ALICE.id, "Alice", "es", "Europe/Madrid")))
    await store.run(lambda tx: tx.remember(Person(ALICE.id, "", None, None)))
    await store.run(lambda tx: tx.remember(Person(BOB.id)))
    assert await store.people([ALICE.id, BOB.id, "chat:nobody"]) == {ALICE.id: Person(ALICE.id, "Alice", "es", "Europe/Madrid"), BOB.id: Person(BOB.id)}
    assert await store.run(lambda tx: tx.person(PersonId("chat:nobody"))) is None


async def test_a_chosen_language_stays_whatever_they_write_in_until_it_is_given_up(store: AnyStore) -> None:
    async def language() -> tuple[str | None, str]:
        person = await store.run(lambda tx: tx.person(ALICE.id))
        return (person.language if person else None, await store.run(lambda tx: tx.chosen_language(ALICE.id)))

    assert await language() == (None, "")
    await store.run(lambda tx: tx.remember(replace(ALICE, language="es"), chosen_language="de"))
    await store.run(lambda tx: tx.remember(replace(ALICE, language="fr")))
    assert await language() == ("de", "de")
    assert (await store.people([ALICE.id]))[ALICE.id].language == "de"
    await store.run(lambda tx: tx.remember(ALICE, chosen_language=""))
    await store.run(lambda tx: tx.remember(replace(ALICE, language="fr")))
    assert await language() == ("fr", "")


async def test_every_version_of_an_entry_is_kept_with_who_left_it_so(store: AnyStore) -> None:
    first, second = an_entry(answer="one", tags=("a",)), an_entry(answer="two", retired=True)
    await store.run(lambda tx: tx.save_entry(first, ANN.id, at(1)))
    await store.run(lambda tx: tx.save_entry(an_entry("vpn"), ANN.id, at(2)))
    await store.run(lambda tx: tx.save_entry(second, BEN.id, at(3)))

    versions = await store.entry_history("password")

    assert [(v.entry, v.version, v.by, v.at) for v in versions] == [(second, 2, BEN.id, at(3)), (first, 1, ANN.id, at(1))]
    assert await store.run(lambda tx: tx.entry("password")) == second
    assert await store.run(lambda tx: tx.entry("unknown")) is None
    assert await store.entry_history("unknown") == []


async def test_entries_are_found_in_ids_questions_and_phrasings(store: AnyStore) -> None:
    for entry in (
        an_entry("vpn", "How do I connect?", "answers are not searched: zebra", phrasings=("100% tunnel_1",), es=("¿Cómo me CONECTO? Ñandú", "…")),
        an_entry("password", "I forgot it"),
        an_entry("old", "How did I connect?", retired=True),
    ):
        await store.run(lambda tx, e=entry: tx.save_entry(e, ANN.id, MONDAY))  # type: ignore[misc]

    async def ids(search: str, **asked: bool) -> list[str]:
        return [e.id for e in await store.entries(search, **asked)]

    assert await ids("") == ["password", "vpn"]
    assert await ids("", retired=True) == ["old", "password", "vpn"]
    assert await ids("CONNECT", retired=True) == ["old", "vpn"]
    assert [await ids(s) for s in ("PASS", "ñandú", "100%", "100_", "zebra")] == [["password"], ["vpn"], ["vpn"], [], []]


# ------------------------------------------------------------------------------------------------------------ the screen
async def hear(store: AnyStore, text: str, source: str = "", **changes: Any) -> None:
    message = a_message(text, message=MessageId(source or f"chat:{text}"))
    await store.run(lambda tx: tx.keep(an_event(message, **changes), MONDAY))


async def show(store: AnyStore, key: str, **changes: Any) -> None:
    body = Outbound((Say(changes.pop("text", key)),), changes.pop("choices", ()), only_for=changes.pop("only_for", None))
    parcel = replace(Parcel(key, HERE, HERE, body, MONDAY, ticket="IT-1"), **{"body": body, **changes})
    await store.run(lambda tx: tx.post(parcel))


async def sent(store: AnyStore, *keys: str) -> None:
    for key in keys:
        await store.run(lambda tx, k=key: tx.sent(k, None, MONDAY))  # type: ignore[misc]


def texts(lines: list[ScreenLine]) -> list[str]:
    return [" ".join(part.text for part in line.message.parts if isinstance(part, (Say, Words))) for line in lines]


async def test_a_conversation_is_seen_in_the_order_in_which_it_was_held_whatever_the_clocks_say(store: AnyStore) -> None:
    await hear(store, "hello")
    await show(store, "hi")
    await hear(store, "my vpn is down")
    await show(store, "try this", due=at(-5))
    await show(store, "or that")
    await hear(store, "thanks")
    await hear(store, "another's", person=BOB)
    await sent(store, "hi", "try this")

    screen = await store.screen(HERE)

    assert texts(screen) == ["hello", "hi", "my vpn is down", "try this", "or that", "thanks"]
    assert [line.side for line in screen] == ["requester", "desk", "requester", "desk", "desk", "requester"]
    assert [line.id for line in screen] == sorted({line.id for line in screen})
    assert texts(await store.screen(HERE, limit=2)) == ["or that", "thanks"]


async def test_what_was_kept_in_a_ticket_is_seen_once_and_as_it_reads_now(store: AnyStore) -> None:
    await add(store, "IT-1")
    await hear(store, "frist", source="chat:m1")
    await hear(store, "secret", source="chat:m2")
    await say(store, "first", source="chat:m1", edited="frist", kind="question")
    await say(store, "secret", source="chat:m2", deleted=True)
    await say(store, "written in a form", attachments=(Attachment("web:f", "a.png"),))
    await say(store, "for the team", kind="note")

    screen = await store.screen(HERE)

    assert texts(screen) == ["first", "written in a form"]
    assert [line.edited for line in screen] == [True, False]
    assert screen[1].message.attachments == (Attachment("web:f", "a.png"),)


async def test_an_edit_is_seen_in_the_place_of_what_it_edits(store: AnyStore) -> None:
    await show(store, "p1", choices=YES)
    await show(store, "p2")
    await show(store, "e1", edits="p1", text="now this")
    assert texts(await store.screen(HERE)) == ["now this", "p2"]
    await sent(store, "p1", "p2", "e1")
    await show(store, "e2", edits="p1", text="now that")
    screen = await store.screen(HERE)
    assert texts(screen) == ["now that", "p2"]
    assert [line.live for line in screen] == [False, False], "the edit took the buttons away"


async def test_people_are_told_when_their_own_words_or_an_agents_were_edited(store: AnyStore) -> None:
    await show(store, "reply", body=Outbound((Words("turn it of", "Ann"),)))
    await show(store, "menu", choices=YES)
    await show(store, "e1", edits="reply", body=Outbound((Words("turn it off", "Ann"),)))
    await show(store, "e2", edits="menu")
    assert [line.edited for line in await store.screen(HERE)] == [True, False]


async def test_what_others_alone_may_see_or_what_never_goes_out_is_not_on_the_screen(store: AnyStore) -> None:
    await hear(store, "hello")
    await show(store, "for Ann", only_for=ANN.id)
    await show(store, "for Alice", only_for=ALICE.id)
    await show(store, "failed")
    await show(store, "withdrawn")
    await show(store, "elsewhere", to=BOB.id)
    await store.run(lambda tx: tx.not_sent("failed", "failed", MONDAY, "gone"))
    await store.run(lambda tx: tx.withdraw("withdrawn"))
    assert texts(await store.screen(HERE)) == ["hello", "for Alice"]


async def test_a_reply_is_not_seen_while_it_can_be_taken_back_and_stands_where_it_arrived(store: AnyStore) -> None:
    await add(store, "IT-1")
    reply = await say(store, "reply", direction="out", kind="reply", delivery="waiting", author=ANN.id)
    await hear(store, "one")
    await show(store, "reply", message=reply, due=at(1))
    await hear(store, "two")
    assert texts(await store.screen(HERE)) == ["one", "two"]
    await sent(store, "reply")
    await hear(store, "three")
    assert texts(await store.screen(HERE)) == ["one", "two", "reply", "three"]


@pytest.mark.parametrize(("status", "live"), [("open", True), ("pending", True), ("resolved", True), ("closed", False)])
async def test_only_the_newest_choices_can_be_pressed_and_only_until_the_ticket_is_closed(store: AnyStore, status: str, live: bool) -> None:
    await add(store, "IT-1", status=status)
    await show(store, "older", choices=YES)
    await show(store, "newest", choices=YES)
    await show(store, "without")
    assert [line.live for line in await store.screen(HERE)] == [False, live, False]


async def test_a_verdict_that_was_given_cannot_be_pressed_again(store: AnyStore) -> None:
    await add(store, "IT-1", offers=(an_offer(),))
    await show(store, "offer", choices=(Choice("Yes, solved", "solved:IT-1"),))
    assert [line.live for line in await store.screen(HERE)] == [True]
    await add(store, "IT-2", offers=(an_offer(outcome="solved"),), status="resolved")
    await show(store, "offer-2", ticket="IT-2", choices=(Choice("Yes, solved", "solved:IT-2"),))

    assert [line.live for line in await store.screen(HERE)] == [False, False]
