"""Personal matter in a public place waits until its author has said where it is to go on."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Deleted, Edited, Marked, Outbound, Pressed, Small
from bot.domain.people import Person
from bot.errors import DeliveryRefused
from tests.builders import ALICE, ANN, BOB, MALLORY, TEAM_2, UNKNOWN, a_message
from tests.world import World, text_of

HELP, THREAD = PlaceId("chat:help"), ConversationId("chat:help/1")
CARD = "my card 4111 1111 1111 1111 was charged twice for the aquarium"


async def says_aloud(world: World, text: str, person: Person = ALICE, **more: Any) -> MessageId:
    """In a thread of the help channel; the message's id."""
    said = a_message(text, person, private=False, place=HELP, **more)
    await world.happens(said, person, THREAD)
    return said.message


async def decides(world: World, verb: str, person: Person = ALICE) -> None:
    action = next(c.action for _, body in reversed(world.chat.answers) for c in body.choices if c.action.startswith(verb))
    await world.happens(Pressed(action, HELP, answer_to="press"), person, THREAD)
    await world.passes(seconds=1)


def team_sees(world: World) -> list[str]:
    return [text_of(s.body) for s in world.to(TEAM_2)]


def aloud(world: World) -> list[str]:
    return [text_of(s.body) for s in world.to(THREAD)]


async def test_nothing_goes_to_the_team_while_its_author_has_not_decided(world: World) -> None:
    await says_aloud(world, CARD)
    await says_aloud(world, "please hurry")
    await world.passes(minutes=9)

    assert (team_sees(world), aloud(world), await world.store.ticket("IT-1")) == ([], [], None)
    to, body = world.chat.answers[0]
    assert (to, body.only_for) == (THREAD, ALICE.id)
    assert "Move this to a private ticket?" in text_of(body)
    assert [c.label for c in body.choices] == ["Yes, in private", "No, it may stay here"]
    assert len(world.chat.answers) == 1


async def test_a_yes_goes_on_in_private_and_leaves_one_neutral_line(world: World) -> None:
    message = await says_aloud(world, CARD)
    await says_aloud(world, "please hurry")
    await decides(world, "private")

    ticket = await world.ticket()
    assert (str(ticket.conversation), str(ticket.requester)) == (ALICE.id, ALICE.id)
    assert [m.text for m in await world.store.talk("IT-1", internal=False)] == [CARD, "please hurry"]
    assert aloud(world) == ["This goes on in private."]
    assert world.to(THREAD)[0].body.reply_to == message
    assert "I passed it on" in text_of(world.heard("I passed it on").body)
    assert CARD in text_of(world.card().body)

    await world.writes(world.card(), "Which bank is it?")
    world.heard("Which bank is it?")
    assert len(aloud(world)) == 1


async def test_a_no_goes_on_where_it_was(world: World) -> None:
    await says_aloud(world, CARD)
    await decides(world, "public")

    assert (await world.ticket()).conversation == THREAD
    assert "I passed it on" in aloud(world)[0]
    await says_aloud(world, "the same for 5500 0000 0000 0004", addressed=False)
    assert len([body for _, body in world.chat.answers if body.choices]) == 2, "the next such words are asked about anew"


async def test_without_a_word_it_goes_on_in_private(world: World) -> None:
    await says_aloud(world, CARD)
    await world.passes(minutes=10, seconds=1)
    await world.passes(seconds=1)

    assert str((await world.ticket()).conversation) == ALICE.id
    await decides(world, "public")
    assert world.told_alone(ALICE)[-1] == "This is no longer valid. Ask again, or look at your list of tickets."
    assert aloud(world) == ["This goes on in private."]


async def test_nobody_else_decides(world: World) -> None:
    await says_aloud(world, CARD)
    await decides(world, "public", MALLORY)

    assert world.told_alone(MALLORY) == ["Only the person who asked can press this."]
    assert await world.store.ticket("IT-1") is None


async def test_what_its_author_deletes_meanwhile_goes_nowhere(world: World) -> None:
    message = await says_aloud(world, CARD)
    await world.happens(Deleted(message), ALICE, THREAD)
    await world.passes(hours=1)

    assert (team_sees(world), await world.store.ticket("IT-1")) == ([], None)


async def test_what_its_author_changes_meanwhile_goes_on_as_it_is_then(world: World) -> None:
    message = await says_aloud(world, CARD)
    await world.happens(Edited(message, "my card was charged twice for the aquarium"), ALICE, THREAD)
    await decides(world, "private")

    assert (await world.ticket()).question == "my card was charged twice for the aquarium"
    assert not [shown for shown in team_sees(world) if "4111" in shown]


async def test_more_words_in_a_public_ticket_are_asked_about_too(world: World) -> None:
    await says_aloud(world, UNKNOWN)
    await says_aloud(world, f"the password is {'hunter2'}", addressed=False)

    assert not [shown for shown in [*team_sees(world), *world.thread(world.card())] if "hunter2" in shown]
    assert "Move this to a private ticket?" in world.told_alone(ALICE)[-1]


async def test_a_colleagues_personal_words_in_the_thread_are_theirs_to_decide_about(world: World) -> None:
    await says_aloud(world, UNKNOWN)
    await says_aloud(world, CARD, BOB, addressed=False)

    assert "Move this to a private ticket?" in world.told_alone(BOB)[-1]
    assert not world.thread(world.card())


async def test_words_that_become_personal_afterwards_are_not_passed_on(world: World) -> None:
    message = await says_aloud(world, UNKNOWN)
    await world.happens(Edited(message, f"{UNKNOWN}; {CARD}"), ALICE, THREAD)

    assert not [shown for shown in [*team_sees(world), *world.thread(world.card())] if "4111" in shown]
    assert "the change was not passed on" in world.told_alone(ALICE)[-1]
    await world.happens(Edited(message, f"{UNKNOWN} again"), ALICE, THREAD)
    assert f"Alice (edited)> {UNKNOWN} again" in world.thread(world.card())


async def test_what_an_agent_makes_a_ticket_of_is_asked_about_first(world: World) -> None:
    marked = Marked(CARD, MessageId("chat:m-1"), HELP, ALICE, THREAD)
    await world.happens(marked, ANN, THREAD)

    assert (team_sees(world), await world.store.ticket("IT-1")) == ([], None)
    assert world.told_alone(ANN) == ["This looks personal, so Alice is asked first whether to go on in private."]
    await decides(world, "private")
    assert (await world.ticket()).requester == ALICE.id


async def test_words_that_concern_nobody_here_are_not_asked_about(world: World) -> None:
    await says_aloud(world, CARD, addressed=False)

    assert not world.chat.answers


@pytest.mark.parametrize("words", ["My password is wrong since Monday", UNKNOWN])
async def test_harmless_words_go_on_at_once(world: World, words: str) -> None:
    await says_aloud(world, words)

    assert len(aloud(world)) == 1
    assert not [part for s in world.to(THREAD) for part in s.body.parts if isinstance(part, Small) and "private" in part.text]


async def test_in_private_nobody_is_asked(world: World) -> None:
    await world.says(CARD)

    assert CARD in text_of(world.card().body)
    assert not world.told_alone(ALICE)


async def test_who_never_opened_the_bot_is_called_where_they_wrote_and_has_all_of_it_in_order_once_they_do(world: World) -> None:
    send, closed = world.chat.send, {ALICE.id}

    async def sends(to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        if to in closed:
            raise DeliveryRefused("not_started")
        return await send(to, message, thread)

    world.chat.send = sends  # type: ignore[method-assign]
    await says_aloud(world, CARD)
    await world.passes(minutes=11)  # without a word of theirs it goes on in private
    await world.writes(world.card(), "Which bank is it?")
    await world.writes(world.card(), "And which day?")

    called = "Alice, please write to me in private first: what you asked for is for your eyes only."
    assert aloud(world) == ["This goes on in private.", called]
    assert "not delivered: the requester has never opened the bot in private" in text_of(world.card().body)

    closed.clear()
    await world.commands("start")

    told = [text_of(s.body) for s in world.to(ALICE)]
    assert [next(n for n, line in enumerate(told) if words in line) for words in ("I passed it on", "Which bank", "which day")] == [0, 1, 2]
    assert {m.delivery for m in await world.store.talk("IT-1", internal=False) if m.kind == "reply"} == {"sent"}
    assert "Last reply: delivered on Chat" in text_of(world.card().body)
