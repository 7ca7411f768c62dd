"""One bot before several departments: whom a person's words are for, and that none is lost, twice or with the wrong team."""

from __future__ import annotations

import pytest

from bot.domain.ids import PlaceId
from bot.domain.messages import Capabilities, Deleted, Edited, Marked, Said
from tests.builders import ALICE, ANN, BEN, BOB, MALLORY, TEAM_2, a_message
from tests.two_departments import HANA, HELP_HR, TEAM_HR, Departments, the_departments
from tests.world import text_of

ASKED = "Which department is it for?"
CHAIR = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"


@pytest.fixture
def house() -> Departments:
    """IT, People and Office, all there."""
    return Departments()


# ---------------------------------------------------------------------------------------------------------- who is asked
async def test_words_in_private_are_asked_about_once_and_go_where_the_press_says(house):
    await house.says(CHAIR)
    assert house.labels(house.heard(ASKED)) == ["IT", "People", "Office"]
    assert await house.asked("it") == await house.asked("hr") == []
    await house.presses("People")
    assert await house.asked("hr") == [CHAIR]
    assert await house.asked("it") == []
    house.heard("This is People.")
    house.hr.card("HR-1", TEAM_HR)


@pytest.mark.parametrize("typed", ["people", "People.", "hr", "HR"])
async def test_the_name_of_a_department_can_be_typed(house, typed):
    await house.says(CHAIR)
    await house.says(typed)
    assert await house.asked("hr") == [CHAIR]


async def test_where_nothing_can_be_pressed_the_number_is_typed():
    house = Departments(can=Capabilities(buttons=False))
    await house.says(CHAIR)
    assert "2. People" in text_of(house.heard(ASKED).body)
    await house.says("2")
    assert await house.asked("hr") == [CHAIR]
    await house.says("It is the green one")
    assert await house.words("hr", "HR-1") == [CHAIR, "It is the green one"]
    assert "For another department, write: department" in text_of(house.heard("This is People.").body)
    await house.says("Department")
    await house.says("3")
    await house.says("The door does not close")
    assert await house.asked("ops") == ["The door does not close"]


async def test_words_said_before_the_choice_arrive_in_their_order_and_are_asked_about_once(house):
    await house.says(CHAIR)
    await house.says("It is the green one")
    await house.says("On the third floor")
    assert len([s for s in house.to(ALICE) if ASKED in text_of(s.body)]) == 1
    await house.presses("Office")
    assert list(await house.words("ops", "OPS-1")) == [CHAIR, "It is the green one", "On the third floor"]


async def test_whoever_answers_a_greeting_by_a_choice_is_asked_what_it_is_about(house):
    await house.commands("desk")
    await house.presses("People")
    house.heard("This is People. What can we do for you?")
    await house.says(CHAIR)
    assert await house.asked("hr") == [CHAIR]


# ------------------------------------------------------------------------------------------------ what needs no question
async def test_a_help_place_and_a_route_are_their_departments():
    house = Departments(departments=the_departments(ops=["chat:general"]))
    asked = a_message(CHAIR, private=False, place=HELP_HR)
    await house.happens(asked, conversation=f"{HELP_HR}/1")
    routed = a_message(CHAIR, BOB, private=False, place=PlaceId("chat:general"))
    await house.happens(routed, BOB, "chat:general/1")
    assert await house.asked("hr") == [CHAIR]
    assert await house.asked("ops") == [CHAIR]
    assert not [s for s in house.chat.sent if ASKED in text_of(s.body)]


async def test_agents_work_in_the_thread_of_their_card_without_being_asked(house):
    await house.says(CHAIR)
    await house.presses("People")
    card = house.hr.card("HR-1", TEAM_HR)
    await house.presses("Take it", HANA, card)
    await house.writes(card, "We bring you another one", HANA)
    house.heard("We bring you another one")
    assert (await house.hr.ticket("HR-1")).assignee == HANA.id


async def test_a_number_finds_its_department(house):
    await house.says(CHAIR)
    await house.presses("People")
    await house.says(CHAIR, BOB)
    await house.presses("IT", BOB)
    await house.commands("status", "HR-1")
    house.heard("HR-1")
    await house.commands("take", "IT-1", ANN)
    assert (await house.it.ticket("IT-1")).assignee == ANN.id
    await house.commands("status", "IT-1", ALICE)
    assert house.told_alone(ALICE)[-1] == "You have no ticket IT-1. See your list of tickets."


async def test_an_agents_queue_is_that_of_the_department_where_they_work(house):
    await house.says(CHAIR)
    await house.presses("People")
    await house.commands("queue", person=HANA)
    assert "HR-1" in "\n".join([*house.told_alone(HANA), *(text_of(s.body) for s in house.to(HANA))])
    house.never_heard(ASKED, HANA)


# --------------------------------------------------------------------------------------------- what is about a message
async def test_replies_corrections_and_deletions_go_where_the_message_went(house):
    said = (await house.says(CHAIR)).what
    await house.presses("People")
    await house.commands("desk")
    await house.presses("IT")
    await house.says("My screen flickers like a candle in the wind of the aquarium")
    assert isinstance(said, Said)
    await house.happens(Edited(said.message, "The chair squeaks"))
    assert await house.words("hr", "HR-1") == ["The chair squeaks"]
    await house.says("and it wobbles", reply_to=said.message)
    assert await house.words("hr", "HR-1") == ["The chair squeaks", "and it wobbles"]
    await house.happens(Deleted(said.message))
    assert (await house.hr.store.talk("HR-1", internal=True))[0].deleted
    assert len(await house.asked("it")) == 1


async def test_the_ticket_sign_of_an_agent_is_their_departments(house):
    message = Marked(CHAIR, a_message(CHAIR).message, PlaceId("chat:general"), ALICE, "chat:general/7")  # type: ignore[arg-type]
    await house.happens(message, HANA, "chat:general/7")
    assert await house.asked("hr") == [CHAIR]


async def test_an_old_button_of_one_department_works_while_they_talk_with_another(house):
    await house.says("How do I reset my password?")
    await house.presses("IT")
    offered = house.button("Yes, solved")[1]
    await house.commands("desk")
    await house.presses("People")
    await house.says(CHAIR)
    await house.presses("Yes, solved", on=offered)
    assert (await house.it.ticket("IT-1")).status == "resolved"
    assert (await house.hr.ticket("HR-1")).status == "open"


# ------------------------------------------------------------------------------------------------------- how a talk goes on
async def test_a_talk_goes_on_for_hours_while_its_request_is_open(house):
    await house.says(CHAIR)
    await house.presses("People")
    await house.passes(hours=5)
    await house.says("Any news?")
    assert await house.words("hr", "HR-1") == [CHAIR, "Any news?"]
    assert len([s for s in house.to(ALICE) if ASKED in text_of(s.body)]) == 1


async def test_after_it_is_over_they_are_asked_again(house):
    await house.says(CHAIR)
    await house.presses("People")
    await house.presses("Take it", HANA)
    await house.hr.submits("resolve:HR-1", HANA, words="Oiled")
    await house.passes(hours=5)
    await house.says("Where do I print?")
    assert len([s for s in house.to(ALICE) if ASKED in text_of(s.body)]) == 2


async def test_a_name_typed_after_the_list_was_asked_for_chooses_and_other_words_go_on_as_before(house):
    await house.says(CHAIR)
    await house.presses("People")
    await house.says("department")
    await house.says("Any news?")
    assert await house.words("hr", "HR-1") == [CHAIR, "Any news?"]
    await house.says("department")
    await house.says("Office")
    await house.says("The door does not close")
    assert await house.asked("ops") == ["The door does not close"]


@pytest.mark.parametrize("way", ["word", "command", "button"])
async def test_another_department_is_asked_for(house, way):
    await house.says(CHAIR)
    await house.presses("People")
    if way == "word":
        await house.says("department")
    elif way == "command":
        await house.commands("ask", "desk")
    else:
        await house.presses("Another department")
    await house.presses("Office")
    await house.says("The door does not close")
    assert await house.asked("ops") == ["The door does not close"]
    assert await house.words("hr", "HR-1") == [CHAIR]


async def test_what_nobody_chose_for_goes_to_the_first_department_after_ten_minutes(house):
    await house.says(CHAIR)
    await house.passes(minutes=11)
    assert await house.asked("it") == [CHAIR]
    house.heard("No department was chosen, so IT has it now.")


async def test_a_start_that_nobody_chose_for_opens_nothing(house):
    await house.commands("start")
    await house.passes(minutes=11)
    assert await house.asked("it") == []
    house.never_heard("No department was chosen")


async def test_the_question_is_asked_in_the_language_of_the_words(house):
    await house.says("La silla ergonómica junto al acuario chirría cuando la garza la mira")
    choice = [s for s in house.to(ALICE) if s.body.choices]
    assert len(choice) == 1


# ------------------------------------------------------------------------------------------------- what outlives, who may
async def test_what_was_held_is_still_there_after_the_front_was_started_again(house):
    await house.says(CHAIR)
    house.begin()
    await house.presses("People")
    assert await house.asked("hr") == [CHAIR]


async def test_who_works_nowhere_is_refused_by_the_department_whose_card_it_is(house):
    await house.says(CHAIR)
    await house.presses("People")
    await house.presses("Take it", MALLORY)
    await house.presses("Take it", BEN)
    assert (await house.hr.ticket("HR-1")).assignee is None
    assert TEAM_2 not in {s.to for s in house.chat.sent}


# ------------------------------------------------------------------------------------------------ addresses and numbers
async def test_what_is_written_to_an_address_of_a_department_needs_no_question():
    house = Departments(departments=the_departments(hr=["email:hr@example.com"]))
    await house.says(CHAIR, via="email:hr@example.com")
    assert await house.asked("hr") == [CHAIR]
    house.never_heard(ASKED)


async def test_an_answer_to_one_department_stays_with_it_whoever_is_copied_in():
    house = Departments(departments=the_departments(hr=["email:hr@example.com"]))
    await house.says(CHAIR)
    await house.presses("IT")
    receipt = house.heard("I passed it on to Service desk as IT-1")
    await house.says("It got louder", reply_to=receipt.id, via="email:hr@example.com")
    assert await house.words("it", "IT-1") == [CHAIR, "It got louder"]
    assert await house.asked("hr") == []


async def test_a_letter_for_a_department_that_is_there_no_more_is_asked_about_anew(house):
    house.away.add("hr")
    await house.says(CHAIR)
    await house.presses("People")
    del house.doors["hr"]
    house.departments[:] = [one for one in house.departments if one.key != "hr"]
    await house.passes(minutes=2)
    assert house.labels(house.heard(ASKED)) == ["IT", "Office"]
    await house.presses("Office")
    assert await house.asked("ops") == [CHAIR]


async def test_corrections_of_what_is_still_held_follow_it(house):
    said = (await house.says(CHAIR)).what
    assert isinstance(said, Said)
    await house.happens(Edited(said.message, "The chair squeaks"))
    await house.presses("People")
    assert await house.words("hr", "HR-1") == ["The chair squeaks"]


async def test_a_rating_of_one_department_does_not_change_with_whom_they_talk(house):
    await house.says("How do I reset my password?")
    await house.presses("IT")
    old = house.button("Yes, solved")[1]
    await house.commands("desk")
    await house.presses("People")
    await house.says(CHAIR)
    await house.presses("Yes, solved", on=old)
    await house.says("It is the green one")
    assert await house.words("hr", "HR-1") == [CHAIR, "It is the green one"]
