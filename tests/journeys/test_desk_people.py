"""One person on several channels, delivery truth and notices through the doors; and Slack and Telegram at once, in one product."""

from __future__ import annotations

import contextlib
import html
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import BOT_TOKEN, SIGNING_SECRET
from tests.clouds.telegram import TEAM, TelegramCloud
from tests.journeys.doors import Door, Requester, eventually, finds_card, hears, product, reads
from tests.journeys.doors_slack import TIER_2, TIER_3, SlackDoor, SlackRequester
from tests.journeys.doors_telegram import ADMIN as TELEGRAM_ADMIN
from tests.journeys.doors_telegram import TelegramDoor, TelegramRequester
from tests.journeys.doors_telegram import _answer_all as answer_all
from tests.journeys.doors_web import WebRequester, web
from tests.journeys.openings import handed_over, number_of
from tests.web_desk import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


async def types(person: Requester, words: str) -> None:
    """A command, as this person types it where they are."""
    if isinstance(person, SlackRequester):
        await person.cloud.people.command(person.user, words)
    else:
        await person.says(f"/{words}")


async def a_code(person: Requester) -> str:
    """They ask for one."""
    before = await person.seen()
    await types(person, "join")

    async def look() -> str | None:
        found = CODE.findall(" ".join((await person.seen())[len(before) :]))
        return found[-1] if found else None

    return await eventually(look, "a code")


async def join(first: Requester, second: Requester) -> None:
    """Both are proved to be one person, the long way."""
    await types(second, f"join {await a_code(first)}")
    await second.presses("Yes, that is me")
    await hears(first, "gave your code. Is that you?")
    await first.presses("Yes, that is me")
    await hears(first, "You are joined with")
    await hears(second, "You are joined with")


# ---------------------------------------------------------------------------------------------------------------- people
@pytest.mark.shows("join one's channels by proof, and undo it")
async def test_joined_by_a_code_and_two_yeses_both_see_the_same_tickets(door: Door) -> None:
    alice, _, number = await handed_over(door)
    other = await door.newcomer()
    await types(other, f"status {number}")
    await hears(other, f"You have no ticket {number}")

    await join(alice, other)

    await types(other, "list")
    await eventually(lambda: _shows(other, number), f"{number} in the other's list")
    await types(other, "unjoin")
    await hears(other, "My channels")
    await other.presses(await _undo_label(other))
    await hears(other, "is no longer joined")
    await types(other, f"close {number}")
    await hears(other, f"You have no ticket {number}")
    assert (await door.app.store.ticket(number)).is_open  # type: ignore[union-attr]


async def _shows(person: Requester, text: str) -> bool:
    return any(text in shown and "no ticket" not in shown for shown in await person.seen())


async def _undo_label(person: Requester) -> str:
    """The button says whom it is about."""

    async def look() -> str | None:
        found = [label for label in await labels(person) if label.startswith("Undo: ")]
        return found[-1] if found else None

    return await eventually(look, "a button to undo")


async def labels(person: Requester) -> list[str]:
    """All buttons that they see."""
    if isinstance(person, SlackRequester):
        return [label for m in person._messages() for label in m.labels]
    if isinstance(person, TelegramRequester):
        return [label for e in person._messages() for label in e.buttons]
    assert isinstance(person, WebRequester)
    page = await person.browser.open("/")
    return [html.unescape(label) for label in re.findall(r'<button name="action"[^>]*>([^<]*)</button>', page.text)]


async def test_a_code_that_somebody_else_used_is_spent_and_a_no_joins_nothing(door: Door) -> None:
    alice, eve, other = await door.newcomer(), await door.newcomer(), await door.newcomer()
    code = await a_code(alice)
    await types(eve, f"join {code}")
    await eve.presses("Yes, that is me")
    await hears(alice, "gave your code. Is that you?")
    await alice.presses("No")
    await hears(eve, "Nothing was joined.")
    await types(other, f"join {code}")
    await hears(other, "That code is wrong, was used already, or is too old.")


# -------------------------------------------------------------------------------------------------------- delivery truth
@pytest.mark.shows("see on the card what became of the last reply")
async def test_the_card_says_that_the_reply_was_delivered(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await ann.presses(number, "Take it")
    await ann.writes(number, "Try the blue button")
    await hears(alice, "Try the blue button")
    await finds_card(ann, number, "Last reply", "delivered on")


# --------------------------------------------------------------------------------------------------------------- notices
@pytest.mark.shows("say what one wants to be told, and when not")
async def test_preferences_are_said_in_words_and_kept(door: Door) -> None:
    alice = await door.newcomer()
    await types(alice, "notify quiet 21:15-06:45")
    await hears(alice, "21:15-06:45")
    await types(alice, "notify quiet late")
    await hears(alice, "Those are no quiet hours.")
    await types(alice, "notify")
    shown = await hears(alice, "What I tell you")
    assert "21:15-06:45" in shown


# ------------------------------------------------------------------------------------------- two platforms in one product
@contextlib.asynccontextmanager
async def both(folder: Path) -> AsyncIterator[tuple[SlackDoor, TelegramDoor]]:
    """Slack and Telegram at once: the team works in a Slack channel and a Telegram group."""
    async with SlackCloud() as slack_cloud, TelegramCloud() as telegram_cloud:
        telegram_cloud.ledger.add_user(TELEGRAM_ADMIN, "Ada Min")
        env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack_cloud.api_url, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
        env |= {"TELEGRAM_BOT_TOKEN": telegram_cloud.token, "TELEGRAM_API_URL": telegram_cloud.base_url, "TELEGRAM_WEBHOOK_SECRET": ""}
        desk = {"tier2": f'slack_channel = "{TIER_2}"\ntelegram_chat = {TEAM}', "tier3": f'slack_channel = "{TIER_3}"'}
        async with product(folder, env, desk) as (app, base):
            slack_cloud.wire.request_url = f"{base}/slack/events"
            yield SlackDoor(slack_cloud, app), TelegramDoor(telegram_cloud, app, TEAM)


async def test_whoever_blocks_the_bot_on_telegram_is_answered_on_slack_and_comes_back_by_writing(tmp_path: Path) -> None:
    async with both(tmp_path) as (on_slack, on_telegram):
        noor, also_noor = await on_telegram.newcomer(), await on_slack.newcomer()
        assert isinstance(noor, TelegramRequester)
        await join(noor, also_noor)
        await noor.says(UNKNOWN)
        number = await number_of(noor)
        ann = await on_slack.ann()
        await finds_card(ann, number, "Take it", "Slack (verified)")
        await ann.presses(number, "Take it")

        noor.cloud.block(noor.user)
        await finds_card(ann, number, "Answers go to", "Slack, verified as the same person")
        await ann.writes(number, "Try the blue button")
        await hears(also_noor, "Try the blue button")
        await finds_card(ann, number, "Last reply", "delivered on Slack")
        await also_noor.says("It still squeaks")
        await reads(ann, number, "It still squeaks")

        noor.cloud.block(noor.user, undo=True)
        await noor.says("I am here again")
        await reads(ann, number, "I am here again")
        await ann.writes(number, "Welcome back")
        await hears(noor, "Welcome back")
        assert not any("Welcome back" in shown for shown in await also_noor.seen())


async def test_the_page_my_channels_gives_a_code_takes_one_asks_and_undoes(tmp_path: Path) -> None:
    async with web(tmp_path) as door:
        first, second = await door.newcomer(), await door.newcomer()
        assert isinstance(first, WebRequester)
        assert isinstance(second, WebRequester)

        async def does(who: WebRequester, what: str, **fields: str) -> str:
            page = await who.browser.open("/channels")
            hidden = next(f.fields for f in Document(page.text).forms if f.action == "/channels/do")
            sent = {"csrf": hidden["csrf"], "once": secrets.token_hex(16), "do": what, **fields}
            answer = await who.browser.http.post("/channels/do", data=sent, headers={"Origin": who.browser.base}, follow_redirects=True)
            assert answer.status_code == 200
            return answer.text

        async def pressing(who: WebRequester, label: str) -> str:
            async def look() -> str | None:
                page = await who.browser.open("/channels")
                found = re.search(rf'<button name="action" value="([^"]+)"[^>]*>{label}</button>', page.text)
                return found[1] if found else None

            return await does(who, "press", action=await eventually(look, label))

        code = CODE.findall(await does(first, "join"))[-1]
        assert "too old" in await does(second, "code", code="AAAA-BBBB-CCCC")
        opened = await second.browser.open(f"/channels?code={code}")
        assert f'value="{code}"' in opened.text
        assert "Only this channel is known to be you." in opened.text, "looking joins nothing"
        assert "Is that you?" in await does(second, "code", code=code)
        await pressing(second, "Yes, that is me")
        await pressing(first, "Yes, that is me")
        joined = await does(second, "notify", **{"field-quiet": "21:15-06:45", "field-off": "watched"})
        assert joined.count("verified") >= 2
        assert 'value="21:15-06:45"' in joined

        sign = re.search(r'name="address" value="([0-9a-f]{16})"', joined)
        assert sign
        assert "Only this channel is known to be you." in await does(second, "unjoin", address=sign[1])


KINDS_ASKED = {"Never tell me": "Something happens to a ticket I watch", "Tell me once a day": "", "Quiet hours": "21:15-06:45"}


@pytest.mark.parametrize("running", ["slack-http", "telegram-polling"], indirect=True)
async def test_preferences_are_chosen_in_a_form_with_no_form_by_questions(door: Door) -> None:
    alice = await door.newcomer()
    await types(alice, "notify")
    await hears(alice, "What I tell you")
    await alice.presses("Change")
    if isinstance(alice, SlackRequester):
        await eventually(lambda: alice.cloud.people.top(alice.user), "a modal")
        await alice.cloud.people.submit(alice.user, by_action={"off": "watched", "quiet": "21:15-06:45"})
    else:
        assert isinstance(alice, TelegramRequester)
        rest = {"Even in quiet hours": "A promised time is over", "Time zone": "Europe/Berlin", "Write to me": "where I am"}
        await answer_all(alice.cloud, alice.user, alice._messages, 0, {**KINDS_ASKED, **rest})
    shown = await hears(alice, "21:15-06:45")
    assert "never" in shown
