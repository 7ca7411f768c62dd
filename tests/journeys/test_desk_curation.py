"""The FAQ curated where people work, through the doors: an entry made of a solved ticket, reviewed, published, and an answer that comes back."""

from __future__ import annotations

import html
import re

import pytest

from tests.journeys.doors import Agent, Door, eventually, finds_card, hears, reads
from tests.journeys.doors_slack import ADMIN as ADA
from tests.journeys.doors_slack import SlackAgent, SlackDoor, SlackRequester, _fill
from tests.journeys.doors_telegram import ADMIN, TelegramAgent, TelegramDoor, TelegramRequester, _answer_all
from tests.journeys.doors_web import MOVES, WebAgent, WebDoor
from tests.journeys.openings import handed_over, number_of, ticket
from tests.web_desk import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")
DESK = {"more": '[faq]\ntell_when_answered = "30d"\n'}
MOVES |= {"Make it an entry": "draft"}
CHAIR = "The ergonomic chair next to the aquarium squeaks, write to me at alice@example.org"
READER = "The badge reader in the bicycle cellar blinks orange and refuses everybody"
BOX = "Where has the lost property box gone"


# ------------------------------------------------------------------------------------------------------- what admins and agents do
async def publishes_draft(door: Door, text: str, remark: str = "") -> None:
    """An admin finds the draft where they are and publishes it; with a remark it is sent back instead."""
    match door:
        case SlackDoor():
            people, world = door.cloud.people, door.cloud.world
            await people.home(ADA)
            await eventually(lambda: text in str(world.homes.get(ADA)), f"{text!r} on the home page")
            await people.click_view(ADA, "Send back" if remark else "Publish")
            if remark:
                await eventually(lambda: people.top(ADA), "what is missing is asked")
                await people.submit(ADA, by_action={"remark": remark})
            await eventually(lambda: text not in str(world.homes.get(ADA)), "the home page shows what is left")
        case TelegramDoor():
            cloud, ledger = door.cloud, door.cloud.ledger
            since = len(ledger.shown(ADMIN, by_bot=True))
            cloud.say(ADMIN, "/faq drafts")
            label = "Send back" if remark else "Publish"
            draft = await eventually(lambda: next((e for e in ledger.shown(ADMIN, by_bot=True)[since:] if label in e.buttons and text in e.text), None), text)
            cloud.click(ADMIN, draft, label)
            if remark:
                await _answer_all(cloud, ADMIN, lambda: ledger.shown(ADMIN, by_bot=True), since, {"What is missing?": remark})
        case WebDoor():
            browser = (await door._agent("Ada")).browser
            listed = await browser.open("/admin")
            found = re.search(rf'href="(/admin/drafts/[0-9]+)"[^>]*>(?:(?!</a>).)*{re.escape(html.escape(text))}', listed.text, re.DOTALL)
            assert found, f"{text!r} is no draft in the list"
            page = await browser.open(found[1])
            if remark:
                await browser.send(page, f"{found[1]}/back", remark=remark)
            else:
                await browser.send(page, f"{found[1]}/publish")


async def writes_entry(door: Door, question: str, answer: str) -> None:
    """An admin writes an entry where they are, and publishes it."""
    match door:
        case SlackDoor():
            await door.cloud.people.command(ADA, "faq new")
            await eventually(lambda: door.cloud.people.top(ADA), "the form of an entry")
            await _fill(door.cloud, ADA, {"Question": question, "Answer": answer, "And then": "publish"})
        case TelegramDoor():
            cloud, ledger = door.cloud, door.cloud.ledger
            since = len(ledger.shown(ADMIN, by_bot=True))
            cloud.say(ADMIN, "/faq new")
            asked = {"Question": question, "Other ways to ask it, one a line": "", "Answer": answer}
            await _answer_all(cloud, ADMIN, lambda: ledger.shown(ADMIN, by_bot=True), since, asked)
            preview = await eventually(lambda: next((e for e in ledger.shown(ADMIN, by_bot=True)[since:] if "Publish" in e.buttons), None), "a preview")
            cloud.click(ADMIN, preview, "Publish")
        case WebDoor():
            browser = (await door._agent("Ada")).browser
            await browser.send(await browser.open("/admin/entries/new"), "", button="publish", lang="en", question=question, answer=answer)

    async def is_published() -> bool:
        return any(entry.texts[0].question == question for entry in await door.app.store.entries())

    async def is_searched() -> bool:
        await door.app.askers.look()
        return not await door.app.store.noted("fresh-entry:")

    await eventually(is_published, "the entry is published")
    await eventually(is_searched, "whoever asked is looked for")


async def told(door: Door, agent: Agent) -> list[str]:
    """What the agent was told in private, or finds on their next page."""
    match agent:
        case SlackAgent():
            return await SlackRequester(agent.cloud, agent.user).seen()
        case TelegramAgent():
            return await TelegramRequester(agent.cloud, agent.user).seen()
        case WebAgent():
            return [*agent.told, Document((await agent.browser.open("/agent")).text).text]
    raise AssertionError("no such door")


async def is_told(door: Door, agent: Agent, text: str) -> str:
    async def look() -> str | None:
        lines = await told(door, agent)
        if isinstance(agent, WebAgent):
            agent.told = lines  # the page says it once
        return next((line for line in lines if text in line), None)

    return await eventually(look, f"{agent.name} is told {text!r}")


async def solved(door: Door, words: str, solution: str) -> tuple[Agent, str]:
    """Ann resolved a ticket; she can be reached in private."""
    person, ann, number = await handed_over(door, words)
    if isinstance(ann, TelegramAgent):
        ann.cloud.say(ann.user, "/start")
    await ann.presses(number, "Resolve", solution)
    await hears(person, "is resolved")
    await finds_card(ann, number, "Make it an entry")
    return ann, number


# ---------------------------------------------------------------------------------------------------------------- the journeys
@pytest.mark.shows("a solved ticket becomes an entry: prefilled, without personal matter, reviewed, and whoever wrote it is told")
async def test_an_agent_makes_an_entry_of_a_solved_ticket_and_an_admin_publishes_it(door: Door) -> None:
    ann, number = await solved(door, CHAIR, "Oil the left castor")

    form = {"Question": "Why does the ergonomic chair squeak?", "Other ways to ask it, one a line": "", "Answer": "Oil the left castor: xylophone."}
    if not isinstance(ann, TelegramAgent):
        form["Other ways to ask it, one a line"] = "my chair squeaks"
    await ann.fills(number, "Make it an entry", form)

    async def drafted() -> bool:
        return any(draft.state == "review" and draft.ticket == number for draft in await door.app.store.drafts())

    await eventually(drafted, "it waits for review")
    await publishes_draft(door, "Why does the ergonomic chair squeak?")
    await is_told(door, ann, "published your entry")
    other = await door.newcomer()
    await other.says("Why does the ergonomic chair squeak?")
    await hears(other, "xylophone")
    assert (await ticket(door, number)).entry == "why-does-the-ergonomic-chair-squeak"
    assert not [one for one in await door.app.store.entries() if "alice@example.org" in str(one)]


@pytest.mark.shows("a draft is sent back with a remark, and sent again")
async def test_an_admin_sends_a_draft_back_and_the_agent_sends_it_again(door: Door) -> None:
    ann, number = await solved(door, READER, "Hold the badge there for three seconds")
    await ann.fills(number, "Make it an entry", {"Question": "Why does the reader blink?", "Other ways to ask it, one a line": "", "Answer": "Wait."})

    async def in_review() -> bool:
        return any(draft.state == "review" and draft.ticket == number for draft in await door.app.store.drafts())

    await eventually(in_review, "it waits for review")
    await publishes_draft(door, "Why does the reader blink?", remark="How long?")
    await is_told(door, ann, "How long?")
    await ann.fills(number, "Make it an entry", {"Question": "Why does the reader blink?", "Other ways to ask it, one a line": "", "Answer": "Three seconds."})
    await eventually(in_review, "it waits for review once more")

    [draft] = [draft for draft in await door.app.store.drafts() if draft.ticket == number]
    assert draft.entry.texts[0].answer == "Three seconds."


@pytest.mark.shows("an answer comes back to whoever asked before there was one")
async def test_who_waits_hears_of_the_entry_that_is_published_meanwhile(door: Door) -> None:
    alice, ann, number = await handed_over(door, BOX)
    bob = await door.newcomer()
    await bob.says(BOX)
    other = await number_of(bob)
    await finds_card(ann, other, "Take it")
    await ann.presses(other, "Take it")
    await hears(bob, "has taken")

    await writes_entry(door, BOX, "Behind the reception: trombone.")

    await hears(alice, "trombone")
    await alice.presses("Yes, solved")
    await hears(alice, "is resolved")
    assert (await ticket(door, number)).entry == "where-has-the-lost-property-box-gone"
    assert not [text for text in await bob.seen() if "trombone" in text]
    if not isinstance(ann, WebAgent):
        assert "Not sent yet" in await reads(ann, other, "trombone")
    else:
        assert "Not sent yet" in str(await ann.card(other))


@pytest.mark.shows("a sign on a thread or a message's shortcut begins an entry", telegram="buttons and commands alone", web="its page alone")
@pytest.mark.parametrize("running", ["slack-http"], indirect=True)
async def test_on_slack_the_book_and_a_shortcut_begin_entries(door: Door) -> None:
    assert isinstance(door, SlackDoor)
    ann, number = await solved(door, "The coffee machine on the roof terrace hums the anthem", "It is its birthday")
    assert isinstance(ann, SlackAgent)
    card = ann._card(number)
    assert card is not None
    await door.cloud.people.react(ann.user, card, "open_book")
    await eventually(lambda: [m for m in door.cloud.world.messages if m.only_for == ann.user and "A draft of an entry" in m.shown], "the draft is shown")

    said = ann._thread(number)[0] if ann._thread(number) else card
    await door.cloud.people.shortcut(ADA, "entry_from_message", said)
    view = await eventually(lambda: door.cloud.people.top(ADA), "the form of an entry")
    assert view["title"]["text"] == "New entry"
    await door.cloud.people.shortcut(ann.user, "entry_from_message", said)
    await is_told(door, ann, "Only admins")
