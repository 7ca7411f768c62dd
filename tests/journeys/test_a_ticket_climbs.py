"""Tier 2 and 3: cards, claims, words both ways, up and down, the end and after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Deleted, Edited, LetIn, Marked, Pressed, Quoted
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.errors import DeliveryRefused, RateLimited, ThreadGone
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, MALLORY, MONDAY, TEAM_2, TEAM_3, UNKNOWN, a_desk, a_message
from tests.world import World, text_of


async def handed_over(world: World) -> Ticket:
    await world.says(UNKNOWN)
    return await world.ticket()


async def test_taking_it_names_the_owner_and_takes_the_button_away(world: World) -> None:
    await handed_over(world)

    await world.presses("Take it", ANN)

    card = world.card()
    assert "Ann Agent" in text_of(card.body)
    assert "Take it" not in world.labels(card)
    world.heard("Ann Agent has taken IT-1")


async def test_who_is_second_learns_who_was_faster(world: World) -> None:
    await handed_over(world)
    take, card = world.button("Take it")
    await world.presses("Take it", ANN)

    await world.happens(Pressed(take.action, PlaceId(TEAM_2), card.id, answer_to="p"), BEN, TEAM_2)

    assert world.told_alone(BEN) == ["Ann Agent already has IT-1."]
    assert (await world.ticket()).assignee == ANN.id


async def test_a_stranger_is_refused_alone_and_nothing_changes(world: World) -> None:
    before = await handed_over(world)

    await world.presses("Take it", MALLORY)

    assert world.told_alone(MALLORY) == ["Only support agents of this team can do that."]
    assert (await world.ticket()).assignee == before.assignee
    assert "MoveDenied" in await world.happened()


async def test_plain_words_in_the_thread_reach_the_requester(world: World) -> None:
    await handed_over(world)
    await world.presses("Take it", ANN)

    await world.writes(world.card(), "Have you tried oil?")

    assert "Ann Agent · IT-1" in text_of(world.heard("Have you tried oil?").body)


async def test_the_requesters_words_come_into_the_thread_once(world: World) -> None:
    await handed_over(world)
    await world.presses("Take it", ANN)

    await world.says("it squeaks louder now")

    assert [line for line in world.thread(world.card()) if "louder" in line] == ["Alice> it squeaks louder now"]


async def test_once_a_person_has_it_the_bot_is_silent(world: World) -> None:
    await handed_over(world)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Looking at it")
    heard = len(world.to(ALICE))

    await world.says("How do I reset my password?")

    assert len(world.to(ALICE)) == heard


async def test_a_note_never_reaches_the_requester(world: World) -> None:
    await handed_over(world)

    await world.submits("note:IT-1", words="this one again")

    world.never_heard("this one again")
    assert any("this one again" in line for line in world.thread(world.card()))


async def test_with_notes_as_default_plain_words_stay_inside() -> None:
    world = World(a_desk(thread_default="note"))
    await handed_over(world)

    await world.writes(world.card(), "between us")
    await world.submits("reply:IT-1", words="for you")

    world.never_heard("between us")
    world.heard("for you")


async def test_escalating_brings_the_words_and_the_talk_so_far(world: World) -> None:
    await handed_over(world)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "already tried oil")

    await world.submits("escalate:IT-1", words="needs a specialist")

    upper = world.card(place=TEAM_3)
    assert UNKNOWN in text_of(upper.body)
    assert any("already tried oil" in line and "needs a specialist" in line for line in world.thread(upper))
    assert world.labels(world.card()) == []
    world.never_heard("needs a specialist")


async def test_sending_back_shows_the_reason_below_and_not_to_the_requester(world: World) -> None:
    await handed_over(world)
    await world.submits("escalate:IT-1", words="please look")
    await world.submits("back:IT-1", CLEO, words="the serial number is missing")

    assert any("the serial number is missing" in line for line in world.thread(world.card()))
    assert "Take it" in world.labels(world.card())
    assert len(world.to(TEAM_2)) == len({s.id for s in world.to(TEAM_2)})
    world.never_heard("serial number")


async def test_an_agent_of_another_tier_may_not_move_it(world: World) -> None:
    await handed_over(world)
    await world.submits("escalate:IT-1", words="please look")

    await world.submits("resolve:IT-1", ANN, words="done")

    assert world.told_alone(ANN)[-1] == "IT-1 is with Specialists now.\nWhat you wrote:\n> done", "nothing typed is lost"
    assert (await world.ticket()).status == "open"


async def test_resolving_writes_the_solution_down_and_tells_the_requester(world: World) -> None:
    await handed_over(world)

    await world.submits("resolve:IT-1", words="oiled the hinge")

    ticket = await world.ticket()
    assert (ticket.status, ticket.solution) == ("resolved", "oiled the hinge")
    world.heard("IT-1 is resolved")
    world.never_heard("hinge")
    assert "Resolve" not in world.labels(world.card())


async def test_words_after_resolving_reopen_the_same_number_in_the_same_thread(world: World) -> None:
    await handed_over(world)
    await world.submits("resolve:IT-1", words="oiled")

    await world.says("it still squeaks")

    assert (await world.ticket()).status == "open"
    assert any("it still squeaks" in line for line in world.thread(world.card()))
    assert "Resolve" in world.labels(world.card())
    assert await world.store.ticket("IT-2") is None


async def test_thanks_after_resolving_reopens_nothing(world: World) -> None:
    await handed_over(world)
    await world.submits("resolve:IT-1", words="oiled")

    await world.says("thank you!")

    assert (await world.ticket()).status == "resolved"


async def test_words_after_the_time_to_reopen_are_a_new_ticket_that_names_the_old_one(world: World) -> None:
    await handed_over(world)
    await world.submits("resolve:IT-1", words="oiled")
    world.clock.advance(days=8)

    await world.says(UNKNOWN + " again")

    assert (await world.ticket("IT-2")).follows == "IT-1"


async def test_what_was_a_new_question_after_all_gets_a_number_of_its_own(world: World) -> None:
    await handed_over(world)
    await world.submits("resolve:IT-1", words="oiled")
    await world.says("How do I reset my password?")

    await world.presses("This is a new question")

    assert (await world.ticket()).status == "resolved"
    assert (await world.ticket("IT-2")).question == "How do I reset my password?"
    world.heard("marmalade")


async def test_nobody_takes_it_so_it_is_reminded_and_then_goes_up(world: World) -> None:
    await handed_over(world)

    await world.passes(minutes=31)
    assert any("Nobody has taken IT-1" in line for line in world.thread(world.card()))
    await world.passes(minutes=30)

    assert (await world.ticket()).tier == 3
    assert "Take it" in world.labels(world.card(place=TEAM_3))


async def test_a_claimed_ticket_does_not_go_up_by_itself(world: World) -> None:
    await handed_over(world)
    await world.presses("Take it", ANN)

    await world.passes(hours=3)

    assert (await world.ticket()).tier == 2


async def test_waiting_for_the_requester_warns_and_then_closes(world: World) -> None:
    await handed_over(world)
    await world.presses("Wait for requester", ANN)

    await world.passes(days=4, hours=1)
    world.heard("waits for your answer")
    await world.passes(days=1)

    assert (await world.ticket()).status == "closed"


async def test_an_answer_ends_the_waiting(world: World) -> None:
    await handed_over(world)
    await world.presses("Wait for requester", ANN)
    await world.passes(days=4, hours=1)

    await world.says("here is the serial number: 41")
    await world.passes(days=2)

    assert (await world.ticket()).status == "open"


async def test_a_reply_waits_and_can_be_taken_back() -> None:
    world = World(a_desk(take_back=timedelta(seconds=10)))
    await handed_over(world)
    await world.writes(world.card(), "wrong window, sorry")

    await world.presses("Take back", ANN)
    await world.passes(minutes=1)

    world.never_heard("wrong window")


async def test_a_reply_that_was_not_taken_back_goes_out_and_says_so() -> None:
    world = World(a_desk(take_back=timedelta(seconds=10)))
    await handed_over(world)
    await world.writes(world.card(), "try oil")
    world.never_heard("try oil")

    await world.passes(seconds=11)
    await world.passes(seconds=1)

    world.heard("try oil")
    assert "Delivered." in world.thread(world.card())


async def test_the_team_sees_the_corrected_words(world: World) -> None:
    await handed_over(world)
    said = await world.says("floor 3")
    message = said.what.message  # type: ignore[union-attr]

    await world.happens(Edited(message, "floor 4"))

    assert any("floor 4" in line for line in world.thread(world.card()))


async def test_the_team_is_told_of_a_deleted_message(world: World) -> None:
    await handed_over(world)
    said = await world.says("my phone number is 555")

    await world.happens(Deleted(said.what.message))  # type: ignore[union-attr]

    assert any("Alice deleted a message" in line for line in world.thread(world.card()))


async def test_an_agents_correction_changes_what_the_requester_has(world: World) -> None:
    await handed_over(world)
    said = await world.writes(world.card(), "try oli")

    await world.happens(Edited(said.what.message, "try oil"), ANN, world.card().id)  # type: ignore[union-attr]

    assert "try oil" in text_of(world.heard("Ann Agent").body)


async def test_an_agents_mark_on_a_message_makes_a_ticket_with_the_talk_before_it(world: World) -> None:
    earlier = (Quoted(BOB, "mine too", MONDAY),)
    marked = Marked("the lift is stuck", MessageId("chat:C/5"), PlaceId("chat:C"), ALICE, ConversationId("chat:C/5"), earlier=earlier)

    await world.happens(marked, ANN, "chat:C/5")

    assert (await world.ticket()).requester == ALICE.id
    assert any("Bob> mine too" in line for line in world.thread(world.card()))


async def test_a_mark_by_somebody_else_makes_nothing(world: World) -> None:
    marked = Marked("the lift is stuck", MessageId("chat:C/5"), PlaceId("chat:C"), ALICE, ConversationId("chat:C/5"))

    await world.happens(marked, MALLORY, "chat:C/5")

    assert await world.store.ticket("IT-1") is None


async def test_status_of_a_foreign_ticket_is_as_if_it_did_not_exist(world: World) -> None:
    await handed_over(world)

    await world.commands("status", "1", BOB)
    await world.commands("status", "77", BOB)

    told = world.told_alone(BOB)
    assert told[0].replace("IT-1", "N") == told[1].replace("IT-77", "N")


async def test_the_list_shows_ones_own_tickets_alone(world: World) -> None:
    await handed_over(world)
    await world.says("the lamp on my desk hums in a minor key at noon", BOB)

    await world.commands("list", "", BOB)

    assert "IT-2" in world.told_alone(BOB)[-1]
    assert "IT-1" not in world.told_alone(BOB)[-1]


async def test_a_deleted_thread_is_made_again_and_nothing_is_lost(world: World) -> None:
    await handed_over(world)
    await world.says("first addition")
    world.chat.faults = [ThreadGone("deleted")]

    await world.says("second addition")
    await world.passes(seconds=5)

    thread = world.thread(world.card())
    assert thread == ["Alice> first addition", "Alice> second addition"]


async def test_a_card_that_is_made_again_shows_how_the_ticket_stands_now(world: World) -> None:
    await handed_over(world)
    await world.presses("Take it", ANN)
    world.chat.faults = [ThreadGone("deleted")]

    await world.says("an addition")
    await world.passes(seconds=5)

    assert "Take it" not in world.labels(world.card())
    assert "Ann Agent" in text_of(world.card().body)


async def test_a_blocked_requester_is_said_on_the_card(world: World) -> None:
    await handed_over(world)
    world.chat.faults = [DeliveryRefused("blocked")]

    await world.writes(world.card(), "hello?")

    assert any("blocked the bot" in line for line in world.thread(world.card()))


async def test_what_a_team_s_place_refused_is_there_once_the_bot_is_let_in_again(world: World) -> None:
    await handed_over(world)
    world.chat.faults = [DeliveryRefused("forbidden")] * 3
    await world.says("it squeaks louder now")
    await world.presses("Take it", ANN)
    assert not [line for line in world.thread(world.card()) if "louder" in line]
    world.chat.faults = []

    await world.happens(LetIn(TEAM_2), BOT, TEAM_2)

    assert [line for line in world.thread(world.card()) if "louder" in line] == ["Alice> it squeaks louder now"]
    assert "Ann Agent" in text_of(world.card().body)


async def test_a_rate_limit_delays_and_loses_nothing(world: World) -> None:
    await handed_over(world)
    world.chat.faults = [RateLimited(30)]

    await world.writes(world.card(), "one")
    await world.writes(world.card(), "two")
    world.never_heard("one")
    await world.passes(seconds=31)
    await world.passes(seconds=1)

    words = [text_of(s.body).rsplit("> ")[-1] for s in world.to(ALICE)][-2:]
    assert words == ["one", "two"]


async def test_an_answer_to_a_card_that_comes_before_it_is_noted_as_what_the_card_was_sent_waits_for_that(world: World) -> None:
    world.chat.faults = [RateLimited(3), RateLimited(3)]
    await handed_over(world)
    card_to_be = MessageId(f"{TEAM_2}/{len(world.chat.sent) + 2}")
    said = a_message("Oil is on its way", ANN, private=False, addressed=False, place=TEAM_2, reply_to=card_to_be)
    await world.happens(said, ANN, card_to_be)

    await world.passes(seconds=4)
    await world.passes(seconds=2)

    assert world.card().id == card_to_be
    await world.passes(hours=1)
    assert len([sent for sent in world.to(ALICE) if "Oil is on its way" in text_of(sent.body)]) == 1


@pytest.mark.parametrize("verb", ["reply", "note", "escalate", "resolve", "back"])
async def test_without_forms_a_press_asks_for_words_and_the_reply_is_the_answer(world: World, verb: str) -> None:
    await handed_over(world)
    if verb == "back":
        await world.submits("escalate:IT-1", words="up")
    place, agent = (TEAM_3, CLEO) if verb == "back" else (TEAM_2, ANN)
    card = world.card(place=place)

    await world.happens(Pressed(f"{verb}:IT-1", place, card.id, answer_to="p"), agent, str(card.id))
    prompt = world.to(place)[-1]
    await world.happens(a_message("the words", agent, private=False, addressed=False, place=place, reply_to=prompt.id), agent, str(card.id))

    done = {"reply": "ReplySent", "note": "NoteWritten", "escalate": "TicketEscalated", "resolve": "TicketResolved", "back": "TicketSentBack"}[verb]
    assert done in await world.happened()
    assert prompt.body.ask


async def test_an_agent_closes_what_is_resolved_and_only_that(world: World) -> None:
    await handed_over(world)
    await world.happens(Pressed("close:IT-1", TEAM_2, answer_to="p"), ANN)
    assert (await world.ticket()).status == "open"
    await world.submits("resolve:IT-1", words="oiled")

    await world.presses("Close", ANN)

    assert (await world.ticket()).status == "closed"
    assert world.labels(world.card()) == []


async def test_who_cannot_be_answered_in_private_is_asked_to_write_first(world: World) -> None:
    await handed_over(world)
    world.chat.faults = [DeliveryRefused("blocked")]

    await world.commands("list", "", ALICE, place="chat:lobby")
    await world.passes(seconds=3)

    said = [text_of(s.body) for s in world.to("chat:lobby")]
    assert said == ["Alice, please write to me in private first: what you asked for is for your eyes only."]


async def test_a_correction_too_long_for_one_message_follows_whole(world: World) -> None:
    await handed_over(world)
    said = await world.writes(world.card(), "try oil")
    world.chat.longest = 40

    await world.happens(Edited(said.what.message, "first clean the hinge and then put oil on it, not too much"), ANN, world.card().id)  # type: ignore[union-attr]

    told = "".join(text_of(s.body).rpartition("> ")[2] for s in world.to(ALICE)[-2:])
    assert told == "first clean the hinge and then put oil on it, not too much"
