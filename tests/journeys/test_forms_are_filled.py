"""What a department wants to know: asked of requesters one question after the other, required before the next tier gets a ticket, never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.custom_fields import CustomField, RequestForm
from bot.domain.ids import PlaceId
from bot.domain.messages import Attachment, Choice, Form, Outbound, Pressed, Submitted
from bot.engine.interview import PLAIN_WORDS, REMEMBERED
from bot.ports import TicketQuery
from kb.entries import Entry, Text
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, FAQ, TEAM_2, TEAM_3, UNKNOWN, a_desk, a_message
from tests.world import World, text_of

LAPTOP, PHONE = ("laptop", (("en", "Laptop"), ("es", "Portátil"))), ("phone", (("", "Phone"),))
DEVICE = CustomField("device", (("en", "Device"), ("es", "Equipo")), "choice", (LAPTOP, PHONE), required=True)
SERIAL = CustomField("serial", (("", "Serial number"),), "line", required=True, pattern="SN[0-9]+", show=("device", "laptop"))
SINCE = CustomField("since", (("", "Since when"),), "date", most="2026-12-31")
PARTS = CustomField("parts", (("", "Parts"),), "choices", (("screen", (("", "Screen"),)), ("keys", (("", "Keyboard"),)), ("fan", (("", "Fan"),))))
PHOTO = CustomField("photo", (("", "Photo"),), "file")
INCIDENT = RequestForm("incident", (("en", "Something is broken"), ("es", "Algo no funciona")), (), ("device", "serial", "since", "parts"))
PURCHASE = RequestForm("purchase", (("", "Buy something"),), (("", "What shall we buy?"),), ("device", "photo"), faq=False)


def a_desk_that_asks(**changes: object) -> World:
    plain = a_desk()
    tiers = (plain.tiers[0], replace(plain.tiers[1], requires=("device", "serial")))
    return World(a_desk(**{"fields": (DEVICE, SERIAL, SINCE, PARTS, PHOTO), "forms": (INCIDENT, PURCHASE), "tiers": tiers, **changes}))


@pytest.fixture
def world() -> World:
    return a_desk_that_asks()


async def fills_in_an_incident(world: World) -> None:
    """Alice answers everything up to the last question."""
    await world.commands("new")
    await world.presses("Something is broken")
    await world.says(UNKNOWN)
    await world.presses("Laptop")
    await world.says("SN42")
    await world.says("30.11.2026")


async def handed_over(world: World) -> None:
    await world.commands("human", UNKNOWN)


# ------------------------------------------------------------------------------------------------------- one after another
async def test_a_requester_answers_one_question_after_the_other_and_a_ticket_knows_it_all(world: World) -> None:
    await fills_in_an_incident(world)
    await world.presses("☐ Keyboard")
    await world.presses("☐ Screen")
    await world.presses("Done")

    ticket = await world.ticket()
    assert (ticket.kind, ticket.question) == ("incident", UNKNOWN)
    assert dict(ticket.fields) == {"device": "laptop", "serial": "SN42", "since": "2026-11-30", "parts": "screen\nkeys"}
    card = text_of(world.card().body)
    assert "Device: Laptop" in card
    assert "Parts: Screen, Keyboard" in card


async def test_a_question_whose_condition_does_not_hold_is_not_asked(world: World) -> None:
    await world.commands("new")
    await world.presses("Something is broken")
    await world.says(UNKNOWN)
    await world.presses("Phone")

    world.never_heard("Serial number")
    world.heard("Since when")


async def test_whoever_says_what_it_is_about_is_asked_as_the_form_of_that_kind_asks(world: World) -> None:
    await world.commands("new")
    await world.presses("Buy something")
    world.heard("What shall we buy?")
    await world.says("A heron")
    await world.presses("Phone")
    await world.presses("Skip")
    ticket = await world.ticket()
    assert (ticket.kind, ticket.question) == ("purchase", "A heron")

    await world.commands("new", person=BOB)
    await world.presses("Something is broken", BOB)
    world.heard("What do you need help with?", BOB)


async def test_what_does_not_hold_is_asked_again_with_the_reason_and_nothing_else_is_lost(world: World) -> None:
    await world.commands("new")
    await world.presses("Something is broken")
    await world.says(UNKNOWN)
    await world.presses("Laptop")
    await world.says("four two")
    world.heard("This does not look right")
    await world.says("SN42")
    await world.says("soon")
    world.heard("Please give a date")
    await world.says("2027-01-01")
    world.heard("It must be 2026-12-31 or earlier.")
    await world.presses("Skip")
    await world.presses("Done")

    assert dict((await world.ticket()).fields) == {"device": "laptop", "serial": "SN42"}


async def test_back_asks_the_former_question_again_and_the_answer_can_be_another(world: World) -> None:
    await fills_in_an_incident(world)
    for _ in range(3):
        await world.presses("Back")
    await world.presses("Phone")
    await world.presses("Keep it")
    await world.presses("Done")

    assert dict((await world.ticket()).fields) == {"device": "phone", "since": "2026-11-30"}


async def test_cancel_ends_it_without_a_ticket_and_the_next_words_are_a_question(world: World) -> None:
    await fills_in_an_incident(world)
    await world.presses("Cancel")
    assert await world.store.ticket("IT-1") is None

    await world.says(UNKNOWN)

    assert (await world.ticket()).kind == "question"


async def test_an_answered_question_has_no_buttons_any_more_and_an_old_press_does_nothing(world: World) -> None:
    await world.commands("new")
    choice, sent = world.button("Something is broken")
    await world.presses("Something is broken")
    assert not sent.body.choices
    await world.says(UNKNOWN)

    await world.happens(Pressed(choice.action, PlaceId(ALICE.id), sent.id, answer_to="old"))

    assert "no longer valid" in world.told_alone(ALICE)[-1]
    assert "Device" in text_of(world.to(ALICE)[-1].body), "a choice among devices was not made by it"


async def test_nobody_answers_in_anothers_place(world: World) -> None:
    await world.commands("new")
    await world.presses("Something is broken", BOB)

    assert "no longer valid" in world.told_alone(BOB)[-1]
    world.button("Something is broken")


async def test_words_that_come_much_later_are_no_answer_but_a_reply_to_the_question_is(world: World) -> None:
    await world.commands("new")
    await world.presses("Something is broken")
    question = world.heard("What do you need help with?")
    await world.passes(seconds=PLAIN_WORDS.total_seconds() + 60)

    await world.says("VPN from home")
    world.heard("saxophone")
    await world.says(UNKNOWN, reply_to=question.id)

    world.heard("Device")


async def test_a_form_that_was_left_goes_on_where_it_was_with_all_that_was_answered(world: World) -> None:
    await fills_in_an_incident(world)
    await world.passes(hours=20)

    await world.commands("new")

    assert "Since when" in text_of(world.to(ALICE)[-1].body), "the last answer is asked again, so that it can be seen"
    await world.presses("Keep it")
    await world.presses("Done")
    assert dict((await world.ticket()).fields)["serial"] == "SN42"


async def test_a_form_left_too_long_ago_begins_anew(world: World) -> None:
    await fills_in_an_incident(world)
    world.clock.advance(seconds=REMEMBERED.total_seconds() + 60)

    await world.commands("new")

    assert "What is it about?" in text_of(world.to(ALICE)[-1].body)


async def test_it_outlives_a_restart(world: World) -> None:
    await fills_in_an_incident(world)
    again = World(world.desk, store=world.store)
    again.chat.sent = world.chat.sent

    await again.presses("Done")

    assert dict((await again.ticket()).fields)["since"] == "2026-11-30"


async def test_a_form_that_changed_meanwhile_keeps_what_fits_and_asks_the_rest(world: World) -> None:
    await fills_in_an_incident(world)
    other = replace(DEVICE, options=(("laptop", (("", "Laptop"),)),))
    room = CustomField("room", (("", "Room"),), "line", required=True)
    changed = a_desk(fields=(other, SERIAL, SINCE, PARTS, room), forms=(replace(INCIDENT, fields=(*INCIDENT.fields, "room")), PURCHASE))
    again = World(changed, store=world.store)
    again.chat.sent = world.chat.sent
    await again.presses("Done")

    assert "has changed since you opened it" in text_of(again.to(ALICE)[-1].body)
    assert "Room" in text_of(again.to(ALICE)[-1].body)
    await again.says("B 12")

    assert dict((await again.ticket()).fields) == {"device": "laptop", "serial": "SN42", "since": "2026-11-30", "room": "B 12"}


async def test_a_file_that_is_asked_for_comes_along(world: World) -> None:
    world.chat.files["chat:f1"] = b"picture"
    await world.commands("new")
    await world.presses("Buy something")
    await world.says("A lamp")
    await world.presses("Phone")
    await world.says("", attachments=(Attachment("chat:f1", "desk.png", "image/png", 7),))

    ticket = await world.ticket()
    assert dict(ticket.fields)["photo"] == "desk.png"
    assert [a.name for m in await world.store.talk("IT-1", internal=False) for a in m.attachments] == ["desk.png"]
    assert ticket.tier == 2, "this form goes to people at once"


async def test_questions_are_asked_in_the_language_of_whoever_answers(world: World) -> None:
    await world.commands("lang", "es")
    await world.commands("new")
    await world.presses("Algo no funciona")
    await world.says(UNKNOWN)

    world.heard("Equipo")
    world.button("Portátil")


async def test_answers_are_still_found_by_whoever_looks_for_them(world: World) -> None:
    await fills_in_an_incident(world)
    await world.presses("Done")

    found = await world.store.tickets(TicketQuery(label="field:serial=sn42"))

    assert [ticket.id for ticket in found] == ["IT-1"]


async def test_a_form_sent_at_once_is_taken_whole(world: World) -> None:
    await world.happens(Submitted("new:incident", {"words": UNKNOWN, "device": "phone", "serial": "", "since": "", "parts": ""}, PlaceId(ALICE.id)), ALICE)

    assert dict((await world.ticket()).fields) == {"device": "phone"}


@pytest.mark.parametrize("values", [{"words": UNKNOWN, "device": "toaster"}, {"words": UNKNOWN, "device": "laptop", "serial": "rm -rf"}, {"words": UNKNOWN}])
async def test_a_forged_form_makes_no_ticket_but_a_question(world: World, values: dict[str, str]) -> None:
    await world.happens(Submitted("new:incident", values, PlaceId(ALICE.id)), ALICE)

    assert await world.store.ticket("IT-1") is None
    assert world.to(ALICE)


# ------------------------------------------------------------------------------------------------------------ tier contract
async def test_escalating_asks_first_for_what_the_next_tier_requires(world: World) -> None:
    await handed_over(world)
    await world.presses("Escalate", ANN, on=world.card())
    prompt = world.to(TEAM_2)[-1]
    assert prompt.body.ask
    await world.happens(a_message("Tried all", ANN, private=False, addressed=False, place=TEAM_2, reply_to=prompt.id), ANN, TEAM_2)
    assert (await world.ticket()).tier == 2
    await world.presses("Laptop", ANN)
    serial = world.to(TEAM_2)[-1]
    assert "Serial number" in text_of(serial.body)
    await world.happens(a_message("SN7", ANN, private=False, addressed=False, place=TEAM_2, reply_to=serial.id), ANN, TEAM_2)

    ticket = await world.ticket()
    assert (ticket.tier, dict(ticket.fields)) == (3, {"device": "laptop", "serial": "SN7"})
    assert "Serial number: SN7" in text_of(world.card(place=TEAM_3).body)


async def test_escalating_by_a_typed_line_asks_for_the_rest_and_keeps_the_words(world: World) -> None:
    await handed_over(world)
    card = world.card()
    await world.commands("escalate", "Tried all", ANN, place=TEAM_2, reply_to=card.id)
    assert (await world.ticket()).tier == 2

    await world.presses("Phone", ANN)

    assert (await world.ticket()).tier == 3
    assert "Tried all" in [m.text for m in await world.store.talk("IT-1", internal=True)]


async def test_what_is_known_already_is_not_asked_again(world: World) -> None:
    await fills_in_an_incident(world)
    await world.presses("Done")
    await world.submits("escalate:IT-1", words="up", device="laptop", serial="SN1")

    ticket = await world.ticket()
    assert (ticket.tier, dict(ticket.fields)["serial"]) == (3, "SN42"), "what the form did not ask it does not change"


async def test_the_form_to_escalate_names_what_is_required_and_nobody_passes_without(world: World) -> None:
    await handed_over(world)
    form = await world.enquiries.form("escalate:IT-1", ANN.id)
    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["words", "device", "serial"]

    wrong = await world.enquiries.asked_again("escalate:IT-1", ANN.id, {"words": "up", "device": "laptop", "serial": "7"})

    assert wrong is not None
    assert [(f.name, f.initial) for f in wrong.fields if f.problem] == [("serial", "7")]


async def test_sending_back_names_what_is_missing(world: World) -> None:
    await handed_over(world)
    await world.passes(hours=2)  # nobody took it: it went up by itself, without what tier 3 requires
    assert (await world.ticket()).tier == 3
    assert "Missing: Device" in text_of(world.card(place=TEAM_3).body)
    form = await world.enquiries.form("back:IT-1", CLEO.id)
    assert isinstance(form, Form)
    assert form.fields[1].initial == "device"

    await world.submits("back:IT-1", CLEO, words="Not ours yet", missing="device")

    assert [m.text for m in await world.store.talk("IT-1", internal=True)][-1] == "Not ours yet\nMissing: Device"


# ---------------------------------------------------------------------------------------------------------- agents fill in
async def test_an_agent_fills_in_fields_and_the_card_says_so(world: World) -> None:
    await handed_over(world)
    await world.submits("fields:IT-1", device="laptop", serial="SN9", since="", parts="fan")

    assert dict((await world.ticket()).fields) == {"device": "laptop", "serial": "SN9", "parts": "fan"}
    assert "Parts: Fan" in text_of(world.card().body)
    assert "FieldsChanged" in await world.happened()


async def test_the_same_values_again_are_no_event(world: World) -> None:
    await handed_over(world)
    for _ in range(2):
        await world.submits("fields:IT-1", device="phone", serial="", since="", parts="")

    assert (await world.happened()).count("FieldsChanged") == 1


async def test_two_agents_at_once_lose_nothing_of_each_other(world: World) -> None:
    await handed_over(world)
    await world.submits("fields:IT-1", ANN, device="phone")
    await world.submits("fields:IT-1", BEN, since="2026-01-02")

    assert dict((await world.ticket()).fields) == {"device": "phone", "since": "2026-01-02"}


async def test_who_is_no_agent_fills_in_nothing(world: World) -> None:
    await handed_over(world)
    await world.submits("fields:IT-1", BOB, device="phone")

    assert (await world.ticket()).fields == ()


# -------------------------------------------------------------------------------------------------------- rarer buttons
async def test_rarer_buttons_are_shown_when_asked_for_and_put_away_after_the_next_press(world: World) -> None:
    await handed_over(world)
    card = world.card()
    assert card.body.more
    await world.happens(Pressed("more:IT-1", TEAM_2, card.id, answer_to="m"), ANN, TEAM_2)
    assert card.body.more == ""

    await world.happens(Pressed("note:IT-1", TEAM_2, card.id, answer_to="n"), ANN, TEAM_2)

    assert card.body.more


def test_a_menu_has_no_name_only_where_it_is_open() -> None:
    assert Outbound(choices=(Choice("x", "x:IT-1", more=True),)).more == "More…"


# ------------------------------------------------------------------------------------------------------ nothing is lost
async def test_a_form_that_comes_too_late_gives_back_what_was_written(world: World) -> None:
    await handed_over(world)
    await world.submits("resolve:IT-1", ANN, words="oiled")
    await world.presses("Close", ANN)

    await world.submits("reply:IT-1", BEN, words="Here is the long answer")

    told = world.told_alone(BEN)[-1]
    assert "closed" in told
    assert "Here is the long answer" in told


async def test_questions_that_end_in_a_refusal_are_not_asked_again_from_the_start(world: World) -> None:
    await handed_over(world)
    await world.presses("Escalate", ANN, on=world.card())
    prompt = world.to(TEAM_2)[-1]
    await world.happens(a_message("Tried all", ANN, private=False, addressed=False, place=TEAM_2, reply_to=prompt.id), ANN, TEAM_2)
    await world.submits("resolve:IT-1", BEN, words="solved meanwhile")

    await world.presses("Phone", ANN)
    assert (await world.ticket()).status == "resolved"
    await world.presses("Reopen", ANN)
    await world.presses("Escalate", ANN, on=world.card())

    assert "Device" in text_of(world.to(TEAM_2)[-1].body), "the words stand; the last answer is asked again"


async def test_an_entry_chosen_in_a_form_holds_though_another_edit_put_ten_others_before_it() -> None:
    """What ranks first is asked for when a form is shown, not again when it comes back."""
    world = World()
    await world.says(UNKNOWN)
    for n in range(10):
        world.knowledge.put(Entry(f"nearer-{n}", (Text("en", f"{UNKNOWN} {n}", "Call us."),)))

    await world.submits("resolve:IT-1", words="told them", entry="password")

    assert ((await world.ticket()).status, (await world.ticket()).entry) == ("resolved", "password")


async def test_an_entry_retired_since_its_form_was_opened_is_not_written_down_as_the_solution() -> None:
    world = World()
    await world.says(UNKNOWN)
    password = next(entry for entry in FAQ if entry.id == "password")
    world.knowledge.put(replace(password, retired=True))

    await world.submits("resolve:IT-1", words="told them", entry="password")

    done = await world.ticket()
    assert (done.status, done.solution, done.entry) == ("resolved", "told them", "")
