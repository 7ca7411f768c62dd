"""The database of one of several departments is away: what is for it waits for it, in order, and goes to nobody else; the others go on."""

from __future__ import annotations

import pytest

from bot.domain.messages import Edited, Said
from tests.builders import ALICE, BOB
from tests.two_departments import HANA, TEAM_HR, Departments
from tests.world import Sent, text_of

ASKED = "Which department is it for?"
CHAIR = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"
SCREEN = "My screen flickers like a candle in the wind of the aquarium"
WAITS = "Not every department can be reached right now. What you wrote is kept and goes on as soon as possible."


@pytest.fixture
def house() -> Departments:
    """IT, People and Office, all there."""
    return Departments()


async def asks_people_then_it(house: Departments) -> Sent:
    """Alice has a request at People, and talks with IT now; the message by which People told her its number."""
    await house.says(CHAIR)
    await house.presses("People")
    receipt = house.heard("I passed it on to People team as HR-1")
    await house.commands("desk")
    await house.presses("IT")
    await house.says(SCREEN)
    return receipt


def times_told(house: Departments) -> int:
    """How often Alice heard that something waits."""
    return len([s for s in house.to(ALICE) if WAITS in text_of(s.body)])


async def test_a_department_that_is_away_gets_everything_in_order_when_it_is_back_and_holds_up_nobody(house):
    await house.says(CHAIR)
    await house.presses("People")
    house.away.add("hr")
    await house.says("It is the green one")
    await house.says("On the third floor")
    await house.says(CHAIR, BOB)
    await house.presses("IT", BOB)
    assert await house.asked("it") == [CHAIR]
    house.away.clear()
    await house.passes(minutes=2)
    assert await house.words("hr", "HR-1") == [CHAIR, "It is the green one", "On the third floor"]


async def test_a_letter_that_was_kept_but_not_confirmed_has_one_effect(house):
    await house.says(CHAIR)
    house.lost.append("hr")
    await house.presses("People")
    await house.passes(minutes=2)
    assert await house.asked("hr") == [CHAIR]
    assert not house.lost


# ------------------------------------------------------------------------------------------------- what is about messages
async def test_an_answer_to_a_department_that_is_away_waits_for_it_while_they_talk_with_another(house):
    receipt = await asks_people_then_it(house)
    house.away.add("hr")
    await house.says("It wobbles, too", reply_to=receipt.id)
    await house.says("And hums", reply_to=receipt.id)
    await house.passes(minutes=45)
    assert await house.words("it", "IT-1") == [SCREEN]
    assert times_told(house) == 1
    house.away.clear()
    await house.passes(minutes=1)
    assert await house.words("hr", "HR-1") == [CHAIR, "It wobbles, too", "And hums"]
    assert await house.words("it", "IT-1") == [SCREEN]
    assert times_told(house) == 1


async def test_that_words_wait_is_said_in_their_language(house):
    receipt = await asks_people_then_it(house)
    house.away.add("hr")
    await house.says("La silla verde también se tambalea cuando me siento", reply_to=receipt.id)
    await house.passes(minutes=1)
    house.heard("Lo que ha escrito queda guardado y se entregará en cuanto sea posible.")
    assert times_told(house) == 0


async def test_whoever_writes_while_a_department_is_only_begun_again_is_told_nothing(house):
    receipt = await asks_people_then_it(house)
    house.away.add("hr")
    await house.says("It wobbles, too", reply_to=receipt.id)
    house.away.clear()
    await house.passes(seconds=6)
    assert await house.words("hr", "HR-1") == [CHAIR, "It wobbles, too"]
    assert times_told(house) == 0


async def test_what_answers_a_department_that_is_there_waits_for_nobody(house):
    await asks_people_then_it(house)
    receipt = house.heard("as IT-1")
    house.away.add("hr")
    await house.says("Now it is green", reply_to=receipt.id)
    assert await house.words("it", "IT-1") == [SCREEN, "Now it is green"]


async def test_what_answers_the_bot_itself_waits_for_nobody(house):
    await asks_people_then_it(house)
    house.away.add("hr")
    await house.says("Now it is green", reply_to=house.heard("This is IT.").id)
    assert await house.words("it", "IT-1") == [SCREEN, "Now it is green"]


async def test_words_for_the_department_that_an_answer_waits_for_come_after_it(house):
    receipt = await asks_people_then_it(house)
    house.away.add("hr")
    await house.says("It wobbles, too", reply_to=receipt.id)
    await house.commands("desk")
    await house.presses("People")
    house.away.clear()
    said = await house.says("Any news?")
    assert isinstance(said.what, Said)
    await house.happens(Edited(said.what.message, "Is there any news?"))
    await house.passes(minutes=1)
    assert await house.words("hr", "HR-1") == [CHAIR, "It wobbles, too", "Is there any news?"]


async def test_an_answer_to_what_no_department_knows_is_asked_about_once_all_have_said_so(house):
    house.away.add("hr")
    await house.says(SCREEN, reply_to="chat:alice/long-ago")
    house.never_heard(ASKED)
    house.away.clear()
    await house.passes(minutes=1)
    assert len([s for s in house.to(ALICE) if ASKED in text_of(s.body)]) == 1
    await house.presses("Office")
    assert await house.asked("ops") == [SCREEN]


async def test_two_departments_that_are_away_do_not_wait_for_each_other(house):
    receipt = await asks_people_then_it(house)
    await house.commands("desk")
    await house.presses("Office")
    await house.says("The door does not close")
    other = house.heard("as OPS-1")
    house.away |= {"hr", "ops"}
    await house.says("It wobbles, too", reply_to=receipt.id)
    await house.says("Nor does it open", reply_to=other.id)
    await house.passes(minutes=1)
    house.away.remove("ops")
    await house.passes(minutes=1)
    assert await house.words("ops", "OPS-1") == ["The door does not close", "Nor does it open"]
    assert await house.words("hr", "HR-1") == [CHAIR]
    house.away.clear()
    await house.passes(minutes=1)
    assert await house.words("hr", "HR-1") == [CHAIR, "It wobbles, too"]


async def test_what_waits_is_still_there_after_the_front_was_started_again(house):
    receipt = await asks_people_then_it(house)
    house.away.add("hr")
    await house.says("It wobbles, too", reply_to=receipt.id)
    house.begin()
    house.away.clear()
    await house.passes(minutes=1)
    assert await house.words("hr", "HR-1") == [CHAIR, "It wobbles, too"]


# --------------------------------------------------------------------------------------------------------- who they are
async def test_a_command_of_an_agent_whose_department_is_away_is_done_when_it_is_back_and_refused_by_nobody(house):
    await house.says(CHAIR)
    await house.presses("People")
    house.away.add("hr")
    await house.commands("queue", person=HANA)
    await house.passes(minutes=1)
    told = "\n".join([*house.told_alone(HANA), *(text_of(s.body) for s in house.to(HANA))])
    assert WAITS in told
    assert ASKED not in told
    house.away.clear()
    await house.passes(minutes=1)
    assert "HR-1" in "\n".join([*house.told_alone(HANA), *(text_of(s.body) for s in house.to(HANA))])
    house.hr.card("HR-1", TEAM_HR)


async def test_words_long_after_a_talk_with_a_department_that_is_away_are_asked_about_and_not_taken_to_another(house):
    await house.says(SCREEN)
    await house.presses("IT")
    await house.commands("desk")
    await house.presses("People")
    await house.says(CHAIR)
    await house.passes(hours=5)
    house.away.add("hr")
    await house.says("Any news?")
    assert await house.words("it", "IT-1") == [SCREEN]
    await house.presses("People")
    house.away.clear()
    await house.passes(minutes=2)
    assert await house.words("hr", "HR-1") == [CHAIR, "Any news?"]


async def test_words_long_after_a_talk_with_a_department_that_is_there_go_to_it(house):
    await house.says(SCREEN)
    await house.presses("IT")
    await house.passes(hours=5)
    house.away.add("hr")
    await house.says("Any news?")
    assert await house.words("it", "IT-1") == [SCREEN, "Any news?"]
