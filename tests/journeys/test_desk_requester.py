"""The requester's side through the doors: few words, an honest line about waiting, one's own tickets, a judgement, personal matter kept back."""

from __future__ import annotations

import json
import re

import pytest

from bot.domain.tickets import Ticket
from bot.ports import TicketQuery
from tests.clouds.slack_world import BOT_USER, Message
from tests.clouds.telegram import HELP
from tests.clouds.telegram_ledger import Entry
from tests.journeys.doors import Door, Requester, eventually, finds_card, hears, reads
from tests.journeys.doors_slack import SlackDoor, SlackRequester
from tests.journeys.doors_telegram import TelegramDoor, TelegramRequester
from tests.journeys.doors_web import WebRequester
from tests.journeys.openings import handed_over, ticket
from tests.web_desk import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHARED_CHANNEL = "C0HELP"
PERSONAL = "my card 4111 1111 1111 1111 was charged twice for the aquarium"


# ------------------------------------------------------------------------------------------------------------ few words
@pytest.mark.shows("a requester hears when it is taken, each reply, and when it is resolved; nothing else")
async def test_taken_answered_resolved_and_nothing_else(door: Door) -> None:
    alice, ann, number = await handed_over(door)

    await ann.presses(number, "Take it")
    await hears(alice, f"has taken {number}")
    await ann.presses(number, "Note", "strange chair")
    await ann.writes(number, "Which floor is it?")
    await hears(alice, "Which floor is it?")
    for words in ("How do I reset my password?", "hello"):
        await alice.says(words)
        await reads(ann, number, words)
    await ann.presses(number, "Resolve", "Oiled the chair.")
    await hears(alice, f"{number} is resolved")

    seen = await alice.seen()
    assert len(seen) == 4, seen
    for shown, said in zip(seen, (f"as {number}", f"has taken {number}", "Which floor is it?", f"{number} is resolved"), strict=True):
        assert said in shown


@pytest.mark.shows("the receipt says how the wait stands, and is kept true in place")
async def test_the_receipt_says_how_the_wait_stands_and_is_kept_true(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    first = await hears(alice, f"as {number}")
    assert re.search("You are first in the queue|before yours in the queue", first)

    await ann.presses(number, "Take it")
    await hears(alice, "It is with ")

    seen = [shown for shown in await alice.seen() if f"as {number}" in shown]
    assert len(seen) == 1, "it is the same message"
    assert "in the queue" not in seen[0]


# ---------------------------------------------------------------------------------------------------------- one's tickets
async def opens_list(door: Door, person: Requester) -> str:
    """What the list of their own tickets shows."""
    if isinstance(person, SlackRequester):
        await person.cloud.people.command(person.user, "list")
    elif isinstance(person, WebRequester):
        return Document((await person.browser.open("/tickets")).text).text
    else:
        await person.says("/tickets")
    return await hears(person, "Your tickets")


async def opens(person: Requester, number: str) -> str:
    """One of them."""
    if isinstance(person, WebRequester):
        return Document((await person.browser.open(f"/tickets/{number}")).text).text
    label = await eventually(lambda: _label(person, f"{number} · "), f"a button for {number}")
    await person.presses(label)
    return await hears(person, "Opened")


def _label(person: Requester, begins: str) -> str | None:
    messages: list[Message] | list[Entry]
    if isinstance(person, SlackRequester):
        messages = person._messages()
        return next((one for m in reversed(messages) for one in m.labels if one.startswith(begins)), None)
    assert isinstance(person, TelegramRequester)
    return next((one for e in reversed(person._messages()) for one in e.buttons if one.startswith(begins)), None)


@pytest.mark.shows("one's own tickets, with what is new")
async def test_the_list_marks_what_is_new_and_opens_it(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await ann.writes(number, "Look under the desk")
    if not isinstance(alice, WebRequester):  # to open the chat there is to see it
        await hears(alice, "Look under the desk")

    listed = await opens_list(door, alice)
    assert number in listed
    assert "1 new message" in listed
    assert "Look under the desk" in await opens(alice, number)

    async def seen() -> bool:
        return (await ticket(door, number)).seen_at is not None

    await eventually(seen, "it is marked as seen")


@pytest.mark.parametrize("running", ["slack-http"], indirect=True)
async def test_the_home_page_has_ones_tickets_with_their_buttons(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    assert isinstance(door, SlackDoor)
    assert isinstance(alice, SlackRequester)
    people, world = door.cloud.people, door.cloud.world
    await ann.writes(number, "Look under the desk")
    await hears(alice, "Look under the desk")

    await people.home(alice.user)
    await eventually(lambda: f"{number} · Open · 1 new message" in json.dumps(world.homes.get(alice.user), ensure_ascii=False), "the ticket on the home page")
    await people.click_view(alice.user, "Add details")
    await eventually(lambda: people.top(alice.user), "a modal")
    await people.submit(alice.user, "It is the blue one", files={"chair.txt": b"squeak"})

    await reads(ann, number, "It is the blue one")
    assert await eventually(lambda: ann.got(number, "chair.txt"), "the file at the team") == b"squeak"


async def fills(person: Requester, number: str, label: str, words: str) -> None:
    """A button of theirs, and what it then asks for in words."""
    match person:
        case SlackRequester():
            await person.presses(label)
            await eventually(lambda: person.cloud.people.top(person.user), f"a modal for {label!r}")
            await person.cloud.people.submit(person.user, words)
        case TelegramRequester():
            before = len(person._messages())
            await person.presses(label)
            prompt = await eventually(lambda: next((e for e in person._messages()[before:] if e.force_reply), None), f"a prompt for {label!r}")
            person.cloud.say(person.user, words, reply_to=prompt)
        case WebRequester():
            verb = {"Add details": "add", "Cancel request": "cancel", "Add a comment": "rate"}[label]
            page = await person.browser.open(f"/tickets/{number}")
            await person.browser.send(page, f"/tickets/{number}/{verb}", words=words)


@pytest.mark.shows("details are added, a request is cancelled, and the team is told")
async def test_details_and_files_are_added_and_a_cancel_is_told(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await fills(alice, number, "Add details", "It is the blue one")
    await reads(ann, number, "It is the blue one")

    if isinstance(alice, TelegramRequester):  # no forms there: one press more asks whether it is meant
        await alice.presses("Cancel request")
        await alice.presses("Yes, cancel it")
    else:
        await fills(alice, number, "Cancel request", "found the oil")
        await reads(ann, number, "found the oil")

    await reads(ann, number, "has cancelled") if not isinstance(alice, WebRequester) else None
    await finds_card(ann, number, "Closed")
    closed = await ticket(door, number)
    assert (closed.status, closed.assignee) == ("closed", None)


async def test_a_file_is_added_on_the_page_of_ones_ticket(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    if not isinstance(alice, WebRequester):
        await alice.attaches("chair.txt", b"squeak")
    else:
        page = await alice.browser.open(f"/tickets/{number}")
        await alice.browser.send(page, f"/tickets/{number}/add", words="", files=[("chair.txt", b"squeak", "text/plain")])

    assert await eventually(lambda: ann.got(number, "chair.txt"), "the file at the team") == b"squeak"


# ------------------------------------------------------------------------------------------------------------ a judgement
@pytest.mark.shows("the help is rated 1 to 5 with a comment")
async def test_the_resolve_asks_how_the_help_was_and_the_card_shows_it(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await ann.presses(number, "Resolve", "Oiled the chair.")
    await hears(alice, f"{number} is resolved")

    await alice.presses("4 ★")
    await finds_card(ann, number, "★★★★☆ 4/5")
    await fills(alice, number, "Add a comment", "Quick and kind")
    await finds_card(ann, number, "Quick and kind")

    done = await ticket(door, number)
    assert (done.status, done.rating, done.comment) == ("resolved", 4, "Quick and kind")


async def test_reopened_from_ones_own_tickets(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await ann.presses(number, "Resolve", "Oiled the chair.")
    await hears(alice, f"{number} is resolved")

    if isinstance(alice, WebRequester):
        page = await alice.browser.open(f"/tickets/{number}")
        await alice.browser.send(page, f"/tickets/{number}/reopen")
    else:
        await opens_list(door, alice)
        await opens(alice, number)
        await alice.presses("Reopen")

    await finds_card(ann, number, "Open", "Take it")


# -------------------------------------------------------------------------------------------------------- personal matter
async def says_aloud(door: Door, person: Requester) -> None:
    """What is personal, where others read it: in the help channel, or in a group with a mention of the bot."""
    if isinstance(door, SlackDoor):
        assert isinstance(person, SlackRequester)
        door.cloud.world.channels[SHARED_CHANNEL]["members"].append(person.user)
        await door.cloud.people.say(person.user, f"<@{BOT_USER}> {PERSONAL}", channel=SHARED_CHANNEL)
    else:
        assert isinstance(door, TelegramDoor)
        assert isinstance(person, TelegramRequester)
        person.cloud.say(person.user, "/start")
        person.cloud.ledger.add_group(HELP, "Everybody", (person.user,), bot="member")
        person.cloud.say(person.user, f"@{door.cloud.bot['username']} {PERSONAL}", chat=HELP)


def aloud(door: Door) -> list[str]:
    """What the bot said there for all to read."""
    if isinstance(door, SlackDoor):
        return [m.shown for m in door.cloud.world.messages if m.channel == SHARED_CHANNEL and m.from_bot and not m.only_for]
    assert isinstance(door, TelegramDoor)
    return [e.text for e in door.cloud.ledger.shown(HELP, by_bot=True)]


async def presses_alone(door: Door, person: Requester, label: str) -> None:
    """A button in what only they see."""
    if not isinstance(door, SlackDoor):
        await person.presses(label)
        return
    assert isinstance(person, SlackRequester)
    world = door.cloud.world
    shown = await eventually(lambda: next((m for m in reversed(world.messages) if m.only_for == person.user and label in m.labels), None), label)
    await door.cloud.people.click(person.user, shown, label)


@pytest.mark.shows("personal matter in a shared place waits until its author says where it goes on", web="nobody else reads along")
@pytest.mark.parametrize("running", ["slack-http", "telegram-polling"], indirect=True)
@pytest.mark.parametrize(("label", "in_private"), [("Yes, in private", True), ("No, it may stay here", False)])
async def test_personal_matter_in_a_shared_place_waits_for_its_author(door: Door, label: str, in_private: bool) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    before = {one.id for one in await door.app.store.tickets(TicketQuery(limit=100))}
    said = len(aloud(door))

    await says_aloud(door, alice)
    await eventually(lambda: _asked_alone(door, alice), "the author is asked")
    assert {one.id for one in await door.app.store.tickets(TicketQuery(limit=100))} == before
    assert len(aloud(door)) == said
    await presses_alone(door, alice, label)

    async def opened() -> Ticket | None:
        return next((one for one in await door.app.store.tickets(TicketQuery(limit=100)) if one.id not in before), None)

    made = await eventually(opened, "the ticket")
    assert made.question.endswith(PERSONAL)
    await finds_card(ann, made.id, "4111 1111 1111 1111")
    assert (str(made.conversation) == made.requester) is in_private
    if in_private:
        await eventually(lambda: "This goes on in private." in " ".join(aloud(door)[said:]), "a neutral line")
        assert not [shown for shown in aloud(door)[said:] if made.id in shown]
        await hears(alice, f"as {made.id}")
    else:
        await eventually(lambda: [shown for shown in aloud(door)[said:] if made.id in shown], "the receipt where it was asked")


def _asked_alone(door: Door, person: Requester) -> bool:
    if isinstance(door, SlackDoor):
        assert isinstance(person, SlackRequester)
        return any(m.only_for == person.user and "Move this to a private ticket?" in m.shown for m in door.cloud.world.messages)
    assert isinstance(person, TelegramRequester)
    return any("Move this to a private ticket?" in e.text for e in person._messages())


# ------------------------------------------------------------------------------------------------------- popular questions
@pytest.mark.shows("what helped others most is offered before anybody asks; one press shows the answer")
async def test_what_helped_somebody_is_offered_to_the_next_who_comes(door: Door) -> None:
    alice, bob = await door.newcomer(), await door.newcomer()
    await alice.says("How do I connect to the VPN from home?")
    await hears(alice, "saxophone")
    await alice.presses("Yes, solved")
    await hears(alice, "Glad that it helped")
    await door.app.keeper.look()

    if isinstance(bob, SlackRequester):
        await bob.cloud.people.home(bob.user)
        await eventually(lambda: "Popular questions" in str(bob.cloud.world.homes.get(bob.user)), "the home page")
        await bob.cloud.people.click_view(bob.user, "How do I connect to the VPN from home?")
    else:
        if isinstance(bob, TelegramRequester):
            await bob.says("/faq")
        await bob.presses("How do I connect to the VPN from home?")

    await hears(bob, "saxophone")
    await bob.presses("Talk to a person")
    await hears(bob, "I passed it on to")


# -------------------------------------------------------------------------------------------------- not to be reached yet
@pytest.mark.parametrize("running", ["telegram-polling"], indirect=True)
async def test_who_never_opened_the_bot_is_called_where_they_asked_and_has_everything_once_they_do(door: TelegramDoor) -> None:
    noor, ann = await door.newcomer(), await door.ann()
    assert isinstance(noor, TelegramRequester)
    noor.cloud.ledger.add_group(HELP, "Everybody", (noor.user,), bot="member")

    noor.cloud.say(noor.user, f"/human@{door.cloud.bot['username']} my blender sings", chat=HELP)

    await eventually(lambda: "please write to me in private first" in " ".join(aloud(door)), "they are called in the group")
    assert "blender" not in " ".join(aloud(door))
    [made] = [one for one in await door.app.store.tickets(TicketQuery(limit=100)) if one.question == "my blender sings"]
    await reads(ann, made.id, "They have never opened the bot in private.")
    await ann.writes(made.id, "Unplug the microphone")
    await reads(ann, made.id, "Not delivered yet: the requester has never opened the bot in private.")
    await finds_card(ann, made.id, "not delivered: the requester has never opened the bot in private")

    noor.cloud.say(noor.user, "/start")

    await hears(noor, f"as {made.id}")
    await hears(noor, "Unplug the microphone")
    await reads(ann, made.id, "The requester can be reached again.")
    await finds_card(ann, made.id, "delivered on Telegram")
    assert {text for _, text in door.refused()} == {"Forbidden: bot can't initiate conversation with a user"}
