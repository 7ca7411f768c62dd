"""Tickets that belong together: merged, split, linked, marked as the same; nobody reads what another wrote in private."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.ids import MessageId
from bot.domain.messages import Attachment, Edited, Outbound
from bot.engine.tickets.kinship import whole_history, whole_talk
from bot.errors import DeliveryRefused
from tests.builders import ALICE, ANN, BEN, BOB, TEAM_2, TEAM_3, UNKNOWN, a_desk
from tests.world import World, text_of

OTHER = "The aquarium next to the heron leaks whenever the ergonomic chair squeaks"
SECRET = "my badge code is marmalade-42, please do not tell anybody"


@pytest.fixture
async def two(world: World) -> World:
    """IT-1 of Alice and IT-2 of Bob, both with the team."""
    await world.says(UNKNOWN, ALICE)
    await world.says(OTHER, BOB)
    for number in ("IT-1", "IT-2"):
        assert (await world.ticket(number)).is_with_humans
    return world


@pytest.fixture
def world() -> World:
    return World()


# ----------------------------------------------------------------------------------------------------------------- merge
async def test_a_merged_ticket_is_closed_with_a_pointer_and_its_requester_is_told_once(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="it-1")

    gone = await two.ticket("IT-2")
    assert (gone.status, gone.parent, gone.parent_as) == ("closed", "IT-1", "merged")
    assert "Goes on as: IT-1" in text_of(two.card("IT-2").body)
    assert two.labels(two.card("IT-2")) == []
    assert [text_of(s.body) for s in two.to(BOB) if "IT-1" in text_of(s.body)] == [text_of(two.heard("goes on together with IT-1", BOB).body)]
    two.never_heard("IT-2", ALICE)


async def test_everything_said_in_both_is_read_in_the_targets_thread_and_on_its_card(two: World) -> None:
    await two.writes(two.card("IT-2"), "Is it the big aquarium?", ANN)
    await two.says("Yes, the one by the window", BOB)

    await two.submits("merge:IT-2", ANN, other="1")

    thread = "\n".join(two.thread(two.card("IT-1")))
    assert OTHER in thread
    assert "Is it the big aquarium?" in thread
    assert "Yes, the one by the window" in thread
    assert "Merged: IT-2 (Bob)" in text_of(two.card("IT-1").body)


async def test_further_words_of_both_reach_the_target_and_neither_requester_reads_the_others(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")

    await two.says(SECRET, BOB)
    await two.says("It still squeaks", ALICE)

    thread = "\n".join(two.thread(two.card("IT-1")))
    assert f"Bob (IT-2)> {SECRET}" in thread
    assert "It still squeaks" in thread
    two.never_heard("marmalade", ALICE)
    two.never_heard("It still squeaks", BOB)
    two.never_heard(OTHER, ALICE)
    for number in ("IT-1", "IT-2"):
        requester = (await two.ticket(number)).requester
        seen = [m.text for m in await two.store.talk(number, internal=False)]
        assert not [text for text in seen if (SECRET in text) == (requester == ALICE.id) and SECRET in text]
    assert SECRET not in "\n".join(text_of(line.message) for line in await two.store.screen((await two.ticket("IT-1")).conversation))


async def test_a_reply_reaches_everybody_who_asked(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")
    await two.writes(two.card("IT-1"), "A new chair is on its way", ANN)
    two.heard("A new chair is on its way", ALICE)
    two.heard("A new chair is on its way", BOB)


async def test_a_reply_that_is_taken_back_in_time_reaches_nobody_who_asked() -> None:
    slow = World(desk=a_desk(take_back=timedelta(seconds=10)))
    await slow.says(UNKNOWN, ALICE)
    await slow.says(OTHER, BOB)
    await slow.submits("merge:IT-2", ANN, other="IT-1")
    await slow.writes(slow.card("IT-1"), "A new chair is on its way", ANN)
    await slow.presses("Take back", ANN)
    await slow.passes(minutes=1)
    slow.never_heard("A new chair", ALICE)
    slow.never_heard("A new chair", BOB)


async def test_a_reply_that_its_author_corrects_is_corrected_for_everybody_who_asked(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")
    written = await two.writes(two.card("IT-1"), "A new chair comes on Mnoday", ANN)
    await two.happens(Edited(written.what.message, "A new chair comes on Monday"), ANN, str(two.card("IT-1").id))  # type: ignore[union-attr]
    for requester in (ALICE, BOB):
        two.heard("comes on Monday", requester)
        assert "Mnoday" not in "".join(text_of(s.body) for s in two.to(requester))


async def test_what_a_merged_requester_corrects_is_shown_where_the_talk_goes_on(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")
    said = await two.says("It leaks on Mnoday", BOB)
    await two.happens(Edited(said.what.message, "It leaks on Monday"), BOB)  # type: ignore[union-attr]
    assert "Bob (edited)> It leaks on Monday" in "\n".join(two.thread(two.card("IT-1")))


async def test_files_of_both_are_in_the_targets_thread_and_go_along_to_the_next_team(two: World) -> None:
    await two.says("Here is a picture", BOB, attachments=(Attachment("chat:leak", "leak.png", "image/png"),))
    await two.submits("merge:IT-2", ANN, other="IT-1")
    assert "leak.png" in [file.name for s in two.chat.sent if s.thread == two.card("IT-1").id for file in s.body.attachments]

    await two.submits("escalate:IT-1", ANN, words="It needs a plumber")

    card = two.card("IT-1", TEAM_3)
    assert OTHER in "\n".join(two.thread(card))
    assert "leak.png" in [file.name for s in two.chat.sent if s.thread == card.id for file in s.body.attachments]
    assert [said.text for said in await whole_talk(two.store, await two.ticket("IT-1")) if said.direction == "in"] == [UNKNOWN, OTHER, "Here is a picture"]
    assert {"TicketMerged", "TicketTakenIn", "TicketEscalated"} <= {event.name for event in await whole_history(two.store, await two.ticket("IT-1"))}


async def test_once_resolved_everybody_who_asked_is_told(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")
    await two.submits("resolve:IT-1", ANN, words="Replaced the chair")
    two.heard("IT-1 is resolved", ALICE)
    two.heard("It goes for your IT-2, too.", BOB)


async def test_after_the_end_words_of_a_merged_requester_are_a_ticket_of_their_own(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")
    await two.submits("resolve:IT-1", ANN, words="Replaced the chair")

    await two.says("The aquarium leaks again", BOB)

    assert (await two.ticket("IT-1")).status == "resolved"
    assert (await two.ticket("IT-3")).follows == "IT-2"


async def test_ones_own_two_tickets_become_one_and_the_talk_goes_on_in_it(world: World) -> None:
    await world.says(UNKNOWN, ALICE)
    await world.commands("new", OTHER, ALICE)
    assert (await world.ticket("IT-2")).requester == ALICE.id
    await world.submits("merge:IT-2", ANN, other="IT-1")

    await world.says("And it is cold", ALICE)

    assert "Alice> And it is cold" in "\n".join(world.thread(world.card("IT-1")))
    assert "RequesterWrote" in await world.happened("IT-1")


@pytest.mark.parametrize(
    ("number", "other", "why"),
    [
        ("IT-1", "IT-1", "That is the same ticket."),
        ("IT-1", "IT-9", "There is no ticket IT-9."),
        ("IT-1", "nonsense", "There is no ticket NONSENSE."),
        ("IT-2", "IT-3", "IT-3 is closed."),
    ],
)
async def test_what_cannot_be_merged_is_refused_in_one_sentence_and_stays_as_it_was(two: World, number: str, other: str, why: str) -> None:
    await two.commands("new", "A third matter of the seventh umbrella", ALICE)
    await two.commands("close", "3", ALICE)
    before = await two.ticket(number)

    await two.submits(f"merge:{number}", ANN, other=other)

    assert two.told_alone(ANN)[-1] == why
    assert await two.ticket(number) == before


async def test_of_two_merges_crosswise_the_second_is_refused(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")
    await two.submits("merge:IT-1", BEN, other="IT-2")
    assert two.told_alone(BEN)[-1] == "IT-2 goes on as IT-1. Please go on there."
    assert (await two.ticket("IT-1")).is_open


async def test_nothing_can_be_done_to_a_merged_ticket_but_go_on_in_the_other(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")
    await two.writes(two.card("IT-2"), "Which one?", ANN)
    assert "IT-2 goes on as IT-1. Please go on there." in two.told_alone(ANN) + [text_of(s.body) for s in two.to(ANN)]
    two.never_heard("Which one?", BOB)


# ------------------------------------------------------------------------------------------------------------- duplicates
async def test_a_duplicate_is_resolved_with_its_original_and_its_requester_can_reopen_it(two: World) -> None:
    await two.submits("duplicate:IT-2", ANN, other="IT-1")
    two.heard("As soon as that is solved, you are told here.", BOB)
    two.never_heard("IT-1", BOB)
    assert "Duplicate of: IT-1" in text_of(two.card("IT-2").body)
    assert "Duplicates: IT-2" in text_of(two.card("IT-1").body)

    await two.submits("resolve:IT-1", ANN, words="Replaced the chair")

    done = await two.ticket("IT-2")
    assert (done.status, done.solution) == ("resolved", "Replaced the chair")
    await two.presses("Reopen", BOB, two.heard("IT-2 is resolved", BOB))
    again = await two.ticket("IT-2")
    assert (again.status, again.parent) == ("open", "")


async def test_a_duplicate_of_what_is_resolved_is_resolved_at_once(two: World) -> None:
    await two.submits("resolve:IT-1", ANN, words="Replaced the chair")
    await two.submits("duplicate:IT-2", ANN, other="IT-1")
    assert (await two.ticket("IT-2")).status == "resolved"
    two.heard("IT-2 is resolved", BOB)


async def test_a_duplicate_of_what_was_closed_unsolved_is_a_matter_of_its_own_again(two: World) -> None:
    await two.submits("duplicate:IT-2", ANN, other="IT-1")
    await two.commands("close", "1", ALICE)
    left = await two.ticket("IT-2")
    assert (left.status, left.parent) == ("open", "")
    assert "a matter of its own again" in "\n".join(two.thread(two.card("IT-2")))


async def test_a_duplicate_can_be_unmarked_and_not_be_marked_in_a_circle(two: World) -> None:
    await two.submits("duplicate:IT-2", ANN, other="IT-1")
    await two.submits("duplicate:IT-1", BEN, other="IT-2")
    assert "cannot be the other way round" in two.told_alone(BEN)[-1]
    await two.presses("Not a duplicate", ANN, two.card("IT-2"))
    assert (await two.ticket("IT-2")).parent == ""
    assert (await two.ticket("IT-1")).related == ()
    assert "Duplicates" not in text_of(two.card("IT-1").body)


async def test_what_is_merged_takes_its_duplicates_along(two: World) -> None:
    await two.commands("new", "A third matter of the seventh umbrella", BOB)
    await two.submits("duplicate:IT-3", ANN, other="IT-2")
    await two.submits("merge:IT-2", ANN, other="IT-1")
    assert (await two.ticket("IT-3")).parent == "IT-1"
    await two.submits("resolve:IT-1", ANN, words="Done")
    assert (await two.ticket("IT-3")).status == "resolved"


# ------------------------------------------------------------------------------------------------------------ links, split
async def test_linked_tickets_show_each_other_until_the_link_is_removed(two: World) -> None:
    await two.submits("relate:IT-1", ANN, other="IT-2")
    assert "Linked: IT-2 The aquarium" in text_of(two.card("IT-1").body)
    assert "Linked: IT-1 The ergonomic" in text_of(two.card("IT-2").body)
    assert await two.happened("IT-2") == [*(await two.happened("IT-2"))[:-1], "TicketsLinked"]

    await two.submits("unrelate:IT-2", ANN, other="IT-1")

    assert "Linked" not in text_of(two.card("IT-1").body) + text_of(two.card("IT-2").body)


async def test_chosen_messages_become_a_ticket_with_its_own_number(two: World) -> None:
    await two.says("By the way, my keyboard has lost its Q", ALICE)
    form = await two.enquiries.form("divide:IT-1", ANN.id)
    option = next(value for value, label in form.fields[0].options if "keyboard" in label)  # type: ignore[union-attr]

    await two.submits("divide:IT-1", ANN, messages=option)

    new = await two.ticket("IT-3")
    assert (new.question, new.requester, new.tier, new.assignee) == ("By the way, my keyboard has lost its Q", ALICE.id, 2, None)
    assert [m.text for m in await two.store.talk("IT-3", internal=True)] == ["By the way, my keyboard has lost its Q"]
    assert "keyboard" not in "\n".join(m.text for m in await two.store.talk("IT-1", internal=True) if m.direction == "in")
    assert "Linked: IT-3" in text_of(two.card("IT-1").body)
    assert "Take it" in two.labels(two.card("IT-3", TEAM_2))
    two.heard("IT-3", ALICE)


async def test_the_first_question_can_be_split_off_and_stays_where_it_was(two: World) -> None:
    first = (await two.store.talk("IT-1", internal=True))[0]
    await two.submits("divide:IT-1", ANN, messages=str(first.id))
    assert (await two.ticket("IT-3")).question == UNKNOWN
    assert (await two.store.talk("IT-1", internal=True))[0].text == UNKNOWN


async def test_a_foreign_message_is_not_split_off(two: World) -> None:
    foreign = (await two.store.talk("IT-2", internal=True))[0]
    await two.submits("divide:IT-1", ANN, messages=str(foreign.id))
    assert await two.store.ticket("IT-3") is None
    assert next(m.id for m in await two.store.talk("IT-2", internal=True)) == foreign.id


# -------------------------------------------------------------------------------------------------------- not everybody hears
async def closed_to_bob(world: World, reason: str) -> None:
    """Bob's private conversation takes nothing."""
    send = world.chat.send

    async def refusing(to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        if to == BOB.id:
            raise DeliveryRefused(reason)
        return await send(to, message, thread)

    world.chat.send = refusing  # type: ignore[method-assign]


async def test_the_card_says_whom_of_those_who_asked_a_reply_did_not_reach(two: World) -> None:
    await two.submits("merge:IT-2", ANN, other="IT-1")
    await closed_to_bob(two, "blocked")

    await two.writes(two.card("IT-1"), "Oil it, both of you", ANN)

    two.heard("Oil it, both of you", ALICE)
    card = text_of(two.card("IT-1").body)
    assert "Last reply: delivered on Chat" in card
    assert "Last reply to IT-2: not delivered: the requester has blocked the bot" in card
    assert any("Bob (IT-2) did not get the reply: the requester has blocked the bot." in line for line in two.thread(two.card("IT-1")))


async def test_who_shares_an_incident_and_cannot_be_reached_is_named_where_it_is_worked_on(world: World) -> None:
    await world.says(UNKNOWN, ALICE)
    await world.submits("incident:IT-1", ANN, words="The chairs squeak")
    await world.says(UNKNOWN, BOB)
    await world.presses("Me too", BOB)
    await closed_to_bob(world, "gone")

    await world.submits("news:IT-1", ANN, state="known", words="It is the heron")

    assert any("Bob (IT-2) did not get the reply: the conversation no longer exists." in line for line in world.thread(world.card("IT-1")))
