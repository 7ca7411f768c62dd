"""A ticket goes to another department: never two of it open in the end, never none, no word lost, nobody told twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.desks.channel import DesksChannel
from bot.domain.ids import ConversationId, PlaceId
from bot.domain.messages import Attachment, Capabilities, Edited, Inbound, Outbound, Patience, Said, Submitted
from bot.domain.people import BOT, Person
from bot.engine.departments.letters import opened
from bot.engine.departments.moves import OUT
from tests.builders import ALICE, ANN, MONDAY, TEAM_2, a_message, an_event
from tests.two_departments import HANA, TEAM_HR, TEAM_OPS, Departments
from tests.world import text_of

CHAIR = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"
MOVED = "IT-1 is now HR-1 with People."


@pytest.fixture
async def house() -> Departments:
    """Alice's chair is with IT, and Ann has it."""
    house = Departments()
    await house.says(CHAIR)
    await house.presses("IT")
    await house.presses("Take it", ANN)
    return house


async def move(house: Departments, number: str = "IT-1", to: str = "hr", by: Person = ANN) -> Inbound:
    """By the form of the card's menu."""
    key = next(key for key, part in house.parts.items() if part.desk.prefix == number.partition("-")[0])
    return await house.happens(Submitted(f"{key}>move:{number}", {"to": to}, TEAM_2, answer_to="form"), by)


async def stand(house: Departments) -> dict[str, str]:
    """Every ticket of the house by its number, and how it stands."""
    found = {}
    for part in house.parts.values():
        for n in range(1, 5):
            ticket = await part.store.ticket(f"{part.desk.prefix}-{n}")
            if ticket is not None:
                found[str(ticket.id)] = ticket.status
    return found


def told(house: Departments, words: str) -> int:
    """How often Alice heard it."""
    return len([s for s in house.to(ALICE) if words in text_of(s.body)])


async def test_a_ticket_goes_with_everything_that_was_said_in_it(house):
    card = house.it.card("IT-1", TEAM_2)
    await house.writes(card, "We look at it", ANN)
    await house.it.submits("note:IT-1", ANN, words="She sits near the aquarium")
    await house.says("It got louder")
    await house.it.submits("tag:IT-1", ANN, tags="furniture")
    await move(house)
    assert await stand(house) == {"IT-1": "closed", "HR-1": "open"}
    assert await house.words("hr", "HR-1") == await house.words("it", "IT-1")
    assert CHAIR in text_of(house.hr.card("HR-1", TEAM_HR).body)
    assert "Moved here from: IT-1 (IT)" in text_of(house.hr.card("HR-1", TEAM_HR).body)
    assert "She sits near the aquarium" in "\n".join(house.hr.thread(house.hr.card("HR-1", TEAM_HR)))
    assert (await house.hr.ticket("HR-1")).tags == ("furniture",)
    authors = [said.author for said in await house.hr.store.talk("HR-1", internal=True)]
    assert authors == [said.author for said in await house.it.store.talk("IT-1", internal=True)]
    assert told(house, MOVED) == 1
    house.never_heard("rate")


async def test_the_card_it_left_says_where_it_is_and_offers_nothing(house):
    await move(house)
    card = house.it.card("IT-1", TEAM_2)
    assert "Goes on as: HR-1 (People)" in text_of(card.body)
    assert not card.body.choices
    assert "IT-1 is now HR-1 with People." in "\n".join(house.it.thread(card))


async def test_both_departments_record_it(house):
    await move(house)
    assert (await house.it.happened("IT-1"))[-2:] == ["TicketMovedOut", "TicketClosed"]
    assert {"TicketMovedIn", "TicketHandedOver", "TicketOpened"} <= set(await house.hr.happened("HR-1"))
    out = (await house.it.store.history("IT-1"))[-2]
    assert (out.by, out.details) == (ANN.id, {"to": "hr", "into": "HR-1"})


async def test_its_requester_goes_on_with_the_new_department(house):
    await move(house)
    house.clock.advance(minutes=5)
    await house.intake.receive(replace(an_event(a_message("And now it hums")), at=house.clock.now()))
    await house.workers.drain()
    assert (await house.words("hr", "HR-1"))[-1] == "And now it hums"
    await house.presses("Take it", HANA)
    await house.writes(house.hr.card("HR-1", TEAM_HR), "It is oiled", HANA)
    house.heard("It is oiled")


async def test_corrections_of_what_was_said_before_follow_it(house):
    said = (await house.says("It is geen")).what
    assert isinstance(said, Said)
    await move(house)
    await house.happens(Edited(said.message, "It is green"))
    assert (await house.words("hr", "HR-1"))[-1] == "It is green"


async def test_words_written_where_it_was_asked_follow_it_also_weeks_later():
    house = Departments()
    place = f"{PlaceId('chat:help')}/1"
    await house.it.happens(a_message(CHAIR, private=False, place=PlaceId("chat:help")), conversation=place)
    await house.presses("Take it", ANN)
    await move(house)
    house.clock.advance(days=9)
    await house.it.happens(a_message("Still?", private=False, addressed=False, place=PlaceId("chat:help")), conversation=place)
    await house.workers.drain()
    assert (await house.words("hr", "HR-1"))[-1] == "Still?"


async def test_whoever_chooses_the_old_department_again_begins_something_new_there(house):
    await move(house)
    await house.passes(hours=1)
    await house.commands("desk")
    await house.presses("IT")
    event = an_event(a_message("My screen flickers like a candle in the wind"))
    await house.intake.receive(replace(event, at=MONDAY + timedelta(hours=1, minutes=5)))
    await house.workers.drain()
    assert await house.asked("it") == [CHAIR, "My screen flickers like a candle in the wind"]


# ------------------------------------------------------------------------------------------------------------ who may, and what
async def test_only_agents_of_its_tier_may_and_the_menu_offers_it(house):
    assert "Move to another department" in house.labels(house.it.card("IT-1", TEAM_2))
    await move(house, by=HANA)
    assert await stand(house) == {"IT-1": "open"}


@pytest.mark.parametrize("typed", ["IT-1 hr", "IT-1 people", "1 People"])
async def test_it_can_be_typed(house, typed):
    await house.commands("move", typed, ANN)
    assert await stand(house) == {"IT-1": "closed", "HR-1": "open"}


async def test_a_department_that_is_not_there_is_named_with_those_that_are(house):
    await house.commands("move", "IT-1 sales", ANN)
    assert "People, Office" in "\n".join(house.told_alone(ANN))
    assert await stand(house) == {"IT-1": "open"}


async def test_what_belongs_together_with_others_stays_until_that_is_undone(house):
    await house.says(CHAIR + " again", ANN)
    await house.presses("IT", ANN)
    await house.commands("duplicate", "IT-2 IT-1", ANN)
    await move(house, "IT-2")
    await move(house, "IT-1")
    assert set((await stand(house)).values()) == {"open"}


async def test_its_fields_go_along_by_name_and_what_has_no_place_there_stands_in_a_note(house):
    ticket = await house.it.ticket("IT-1")
    await house.it.store.run(lambda tx: tx.save_ticket(type(ticket)(**{**{f: getattr(ticket, f) for f in ticket.__slots__}, "fields": (("serial", "X7"),)})))
    await move(house)
    assert (await house.words("hr", "HR-1"))[-1] == "serial: X7"
    assert (await house.hr.store.talk("HR-1", internal=True))[-1].kind == "note"


async def test_a_long_talk_goes_in_pieces(house):
    for n in range(5):
        await house.says(f"{n} " + "chirp " * 12_000)
    await move(house)
    assert await house.words("hr", "HR-1") == await house.words("it", "IT-1")
    assert await house.hr.store.noted("moved-part:") == {}


async def test_files_of_our_own_pages_are_copied_along(house):
    file = Attachment("web:f1", "photo.png", "image/png", 3)
    await house.it.store.keep_file(file, b"png")
    await house.it.submits("note:IT-1", ANN, words="Here")
    talk = await house.it.store.talk("IT-1", internal=True)
    await house.it.store.run(lambda tx: tx.save_message(type(talk[-1])(**{**{f: getattr(talk[-1], f) for f in talk[-1].__slots__}, "attachments": (file,)})))
    await move(house)
    kept = await house.hr.store.file("web:f1")
    assert kept is not None
    assert kept[1] == b"png"


# ------------------------------------------------------------------------------------------------------------- half way
async def test_while_the_other_department_is_away_nothing_is_done_with_it_and_no_word_is_lost(house):
    house.away.add("hr")
    await move(house)
    assert await stand(house) == {"IT-1": "open"}
    assert "On its way to: People" in text_of(house.it.card("IT-1", TEAM_2).body)
    await house.says("It got louder")
    await house.it.submits("resolve:IT-1", ANN, words="Done")
    await house.writes(house.it.card("IT-1", TEAM_2), "Hello?", ANN)
    await move(house, to="ops")
    await house.passes(hours=3)
    assert await stand(house) == {"IT-1": "open"}
    house.never_heard("Done")
    house.never_heard("way to another department")
    house.away.clear()
    await house.passes(minutes=2)
    assert await stand(house) == {"IT-1": "closed", "HR-1": "open"}
    assert await house.words("hr", "HR-1") == [CHAIR, "It got louder"]
    assert told(house, MOVED) == 1


@pytest.mark.parametrize("who", ["hr", "it", ""])
async def test_whoever_dies_before_it_can_say_that_it_kept_a_letter_keeps_it_once(house, who):
    house.lost.append(who)
    await move(house)
    await house.passes(minutes=2)
    assert not house.lost
    assert await stand(house) == {"IT-1": "closed", "HR-1": "open"}
    assert told(house, MOVED) == 1


async def test_an_envelope_that_comes_again_much_later_is_answered_and_makes_nothing(house):
    key = (await move(house)).key
    out = await OUT.get(house.it.store, "IT-1")
    assert out is not None
    letter = await house.it.store.run(lambda tx: tx.parcel(f"letter:hr:desks:{out.move}:000000:chat:{key}:1"))
    assert letter is not None
    assert isinstance(letter.body, Outbound)
    await house.hr.intake.receive(replace(opened(letter.body), also="", channel="desks2"))
    await house.workers.drain()
    assert await stand(house) == {"IT-1": "closed", "HR-1": "open"}
    assert told(house, MOVED) == 1


async def test_a_department_that_is_there_no_more_leaves_the_ticket_where_it_was_with_every_word(house):
    house.away.add("hr")
    await move(house)
    await house.says("It got louder")
    del house.doors["hr"]
    await house.passes(minutes=2)
    assert await stand(house) == {"IT-1": "open"}
    assert (await house.words("it", "IT-1")) == [CHAIR, "It got louder"]
    assert "could not be moved" in "\n".join(house.it.thread(house.it.card("IT-1", TEAM_2)))
    await house.it.submits("resolve:IT-1", ANN, words="Oiled")
    house.heard("IT-1 is resolved")


async def test_it_can_go_on_and_come_back(house):
    await move(house)
    await move(house, "HR-1", "it", HANA)
    assert await stand(house) == {"IT-1": "closed", "HR-1": "closed", "IT-2": "open"}
    await house.says("Where am I?")
    assert await house.words("it", "IT-2") == [CHAIR, "Where am I?"]
    await move(house, "IT-2", "ops")
    await house.says("And now?")
    assert await house.words("ops", "OPS-1") == [CHAIR, "Where am I?", "And now?"]
    house.ops.card("OPS-1", TEAM_OPS)
    assert [status for status in (await stand(house)).values() if status == "open"] == ["open"]


async def test_a_promise_is_counted_anew_where_it_goes_on(house):
    house.clock.advance(hours=5)
    await move(house)
    assert (await house.hr.ticket("HR-1")).tier_since == house.clock.now()
    assert (await house.hr.ticket("HR-1")).assignee is None
    assert BOT.id not in (await house.hr.ticket("HR-1")).watchers


async def test_what_was_asked_on_a_departments_own_page_stays_there(house):
    ticket = await house.it.ticket("IT-1")
    await house.it.store.run(lambda tx: tx.save_ticket(replace(ticket, conversation=ConversationId("web:u1"))))
    await move(house)
    assert await stand(house) == {"IT-1": "open"}
    assert "it cannot be moved" in "\n".join(house.told_alone(ANN))


async def test_a_department_that_is_away_longer_than_anybody_tries_is_tried_again(house, monkeypatch):
    monkeypatch.setattr(DesksChannel, "can", Capabilities(patience=Patience(attempts=3, most_s=1.0)))
    house.away.add("hr")
    await move(house)
    await house.says("It got louder")
    for _ in range(8):
        await house.passes(minutes=1)
    house.away.clear()
    await house.passes(minutes=1)
    assert await stand(house) == {"IT-1": "closed", "HR-1": "open"}
    assert await house.words("hr", "HR-1") == [CHAIR, "It got louder"]
