"""The tools for working tickets, through the doors: merge, split, link, duplicates, tags, priority, watchers, transfer, many at once, search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.tickets import Ticket
from tests.journeys.doors import Agent, Door, Requester, eventually
from tests.journeys.doors_slack import SlackAgent
from tests.journeys.doors_telegram import TelegramAgent
from tests.journeys.doors_web import MOVES, WebAgent
from tests.journeys.openings import handed_over, ticket
from tests.web_desk import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")
VERBS = {
    "Merge": "merge", "Split": "divide", "Duplicate of": "duplicate", "Link to a ticket": "relate", "Remove a link": "unrelate", "Tags": "tag",
    "Priority": "priority", "Watch": "watch", "Assign": "assign",
}  # fmt: skip
CHAIR = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"
TANK = "Water drips from the aquarium onto the heron while nobody sits on the ergonomic chair"
MOVES |= VERBS


async def fills(agent: Agent, number: str, label: str, /, **values: str) -> None:
    """A button of the card, behind "More…" or not, and the form that it opens. values: of a choice what its button says."""
    match agent:
        case SlackAgent():
            await agent.presses(number, label)
            if values:
                await eventually(lambda: agent.cloud.people.top(agent.user), f"a modal for {label!r}")
                await agent.cloud.people.submit(agent.user, by_action=values)
        case WebAgent():
            await agent._post(number, label, {f"field-{name}": value for name, value in values.items()})
        case TelegramAgent():
            seen = len(agent._thread(number))
            await agent.presses(number, label)
            for value in values.values():
                seen = await answers(agent, number, seen, value)


async def answers(agent: TelegramAgent, number: str, seen: int, value: str) -> int:
    """The next question in the topic, with a button or in words; how many messages there are then."""

    def asks() -> Any:
        return next((e for e in reversed(agent._thread(number)[seen:]) if e.force_reply or e.buttons), None)

    prompt = await eventually(asks, f"a question that {value!r} answers")
    wanted = next((label for label in prompt.buttons if value in label), None)
    if wanted is None:
        agent.cloud.say(agent.user, value, chat=agent.team, topic=prompt.topic, reply_to=prompt)
    else:
        agent.cloud.click(agent.user, prompt, wanted)
    return len(agent._thread(number))


async def types(agent: Agent, line: str, answer: str) -> str:
    """A typed command, or the page that does the same on the web; what it is answered, which holds `answer`."""

    async def slack_or_telegram() -> str | None:
        new = [text for text in shown() if answer in text]
        return new[-1] if len(new) > before else None

    match agent:
        case SlackAgent():

            def shown() -> list[str]:
                return [m.shown for m in agent.cloud.world.messages if m.only_for == agent.user]

            before = sum(answer in text for text in shown())
            await agent.cloud.people.command(agent.user, line)
        case TelegramAgent():

            def shown() -> list[str]:
                return [e.text for e in agent.cloud.ledger.shown(agent.team, by_bot=True)]

            before = sum(answer in text for text in shown())
            agent.cloud.say(agent.user, f"/{line}", chat=agent.team)
        case _:
            assert isinstance(agent, WebAgent)
            return await on_page(agent, line)
    return await eventually(slack_or_telegram, f"{answer!r} as the answer to {line!r}")


async def on_page(agent: WebAgent, line: str) -> str:
    """The agents' list: its search, and one act on the tickets that are ticked."""
    verb, _, rest = line.partition(" ")
    if verb == "find":
        return Document((await agent.browser.http.get("/agent", params={"q": rest})).text).text
    page = await agent.browser.open("/agent")
    form = agent.browser.form(page, "/agent/many")
    act, *numbers = rest.split()
    sent = {**form.fields, "act": act, "ticket": numbers, "words": ""}
    answer = await agent.browser.http.post("/agent/many", data=sent, headers={"Origin": agent.browser.base}, follow_redirects=True)
    return Document(answer.text).text


async def becomes(door: Door, number: str, what: str, holds: Callable[[Ticket], bool]) -> Ticket:
    async def look() -> Ticket | None:
        found = await ticket(door, number)
        return found if holds(found) else None

    return await eventually(look, f"{number} {what}")


async def on_card(agent: Agent, number: str, text: str) -> None:
    async def look() -> bool:
        return text in (await agent.card(number) or "")

    await eventually(look, f"{text!r} on the card of {number}")


async def in_thread(agent: Agent, number: str, text: str) -> None:
    async def look() -> bool:
        return any(text in shown for shown in await agent.thread(number))

    await eventually(look, f"{text!r} in the thread of {number}")


async def hears(requester: Requester, text: str) -> None:
    async def look() -> bool:
        return any(text in shown for shown in await requester.seen())

    await eventually(look, f"a requester hears {text!r}")


@pytest.mark.shows("two tickets become one")
async def test_two_tickets_of_two_people_become_one_and_neither_reads_the_other(door: Door) -> None:
    alice, _, one = await handed_over(door, CHAIR)
    bob, _, two = await handed_over(door, TANK)
    ann = await door.ann()

    await fills(ann, two, "Merge", other=one)

    await becomes(door, two, "is merged", lambda t: (t.status, t.parent, t.parent_as) == ("closed", one, "merged"))
    await hears(bob, f"goes on together with {one}")
    await in_thread(ann, one, TANK)
    await bob.says("my locker code is 4711-marmalade")
    await in_thread(ann, one, "4711-marmalade")
    await ann.writes(one, "Somebody is on the way to both of you")
    await hears(alice, "Somebody is on the way")
    await hears(bob, "Somebody is on the way")
    assert "marmalade" not in " ".join(await alice.seen())
    assert TANK not in " ".join(await alice.seen())
    assert CHAIR not in " ".join(await bob.seen())


@pytest.mark.shows("a duplicate is resolved with its original")
async def test_a_duplicate_is_resolved_with_the_original(door: Door) -> None:
    _, _, one = await handed_over(door, CHAIR)
    bob, _, two = await handed_over(door, TANK)
    ann = await door.ann()

    await fills(ann, two, "Duplicate of", other=one)
    await becomes(door, two, "is a duplicate", lambda t: t.parent == one)
    await hears(bob, "worked on already")
    await ann.presses(one, "Resolve", "A plumber came")

    await becomes(door, two, "is resolved with the original", lambda t: (t.status, t.solution) == ("resolved", "A plumber came"))
    await hears(bob, f"{two} is resolved")


@pytest.mark.shows("messages are split off into a ticket of their own")
async def test_words_are_split_off_and_linked_with_where_they_came_from(door: Door) -> None:
    alice, _, one = await handed_over(door, CHAIR)
    ann = await door.ann()
    await alice.says("By the way, my keyboard has lost its Q")
    await in_thread(ann, one, "keyboard")
    talk = await door.app.store.talk(one, internal=True)
    chosen = next(said for said in talk if "keyboard" in said.text)

    if isinstance(ann, TelegramAgent):
        seen = len(ann._thread(one))
        await ann.presses(one, "Split")
        prompt = await eventually(lambda: next((e for e in ann._thread(one)[seen:] if any("keyboard" in b for b in e.buttons)), None), "the messages to choose")
        ann.cloud.click(ann.user, prompt, next(b for b in prompt.buttons if "keyboard" in b))
        await eventually(lambda: any(b.startswith("☑") for b in prompt.buttons), "a tick")
        ann.cloud.click(ann.user, prompt, next(b for b in prompt.buttons if "Done" in b))
    else:
        await fills(ann, one, "Split", messages=str(chosen.id))

    left = await becomes(door, one, "shows the other", lambda t: bool(t.related))
    new = await ticket(door, left.related[0])
    assert (new.question, new.related) == ("By the way, my keyboard has lost its Q", (one,))
    await on_card(ann, new.id, "keyboard")
    await hears(alice, new.id)


@pytest.mark.shows("tags, priority by impact and urgency, search")
async def test_tags_and_priority_are_on_the_card_and_find_the_ticket(door: Door) -> None:
    _, _, one = await handed_over(door, CHAIR)
    ann = await door.ann()

    await fills(ann, one, "Tags", tags="furniture, aquarium")
    await on_card(ann, one, "furniture")
    if isinstance(ann, TelegramAgent):
        await fills(ann, one, "Priority", impact="A whole team", urgency="every hour")
    else:
        await fills(ann, one, "Priority", impact="high", urgency="high")
    await becomes(door, one, "is urgent", lambda t: t.priority == "urgent")
    await on_card(ann, one, "Urgent")

    assert one in await types(ann, "find tag:furniture priority:urgent", one)
    assert one in await types(ann, f"find #{one.rpartition('-')[2]}", one)
    assert one not in await types(ann, "find tag:furniture status:closed", "Nothing was found")


async def told_privately(agent: Agent, text: str) -> None:
    """A notice reaches them by themselves: a direct message, a private chat, a line on their next page."""

    async def look() -> bool:
        match agent:
            case SlackAgent():
                return any(text in m.shown for m in agent.cloud.world.in_channel(agent.cloud.world.direct(agent.user)))
            case TelegramAgent():
                return any(text in e.text for e in agent.cloud.ledger.shown(agent.user, by_bot=True))
            case _:
                assert isinstance(agent, WebAgent)
                return text in (await agent.browser.open("/agent")).text

    await eventually(look, f"{agent.name} is told {text!r}")


@pytest.mark.shows("give a ticket to a colleague, watch one")
async def test_a_ticket_is_given_to_a_colleague_and_watched(door: Door) -> None:
    alice, _, one = await handed_over(door, CHAIR)
    _, _, two = await handed_over(door, TANK)
    ann, ben = await door.ann(), await door.ben()
    for agent in (ann, ben):
        if isinstance(agent, TelegramAgent):
            agent.cloud.start(agent.user)
    await ben.presses(two, "Take it")
    held = await becomes(door, two, "is Ben's", lambda t: t.assignee is not None)

    await fills(ann, one, "Watch")
    await becomes(door, one, "is watched", lambda t: bool(t.watchers))
    await fills(ann, one, "Assign", agent=ben.user if isinstance(ben, SlackAgent) else ben.name)

    await becomes(door, one, "is Ben's, too", lambda t: t.assignee == held.assignee)
    await hears(alice, f"has taken {one}")
    await told_privately(ben, f"le ha asignado {one}" if isinstance(ben, TelegramAgent) else f"gave you {one}")  # Telegram knows that she reads Spanish
    await ben.writes(one, "I am on my way")
    await told_privately(ann, f"replied in {one}, which you watch")


@pytest.mark.shows("one act on many tickets")
async def test_many_are_done_at_once_each_with_its_own_line(door: Door) -> None:
    _, _, one = await handed_over(door, CHAIR)
    _, _, two = await handed_over(door, TANK)
    ann, ben = await door.ann(), await door.ben()
    await ben.presses(two, "Take it")
    await becomes(door, two, "is Ben's", lambda t: t.assignee is not None)

    told = await types(ann, f"bulk take {one} {two}", "1 of 2 done")

    assert "1 of 2 done" in told
    assert f"already has {two}" in told
    await becomes(door, one, "is Ann's", lambda t: t.assignee is not None)
