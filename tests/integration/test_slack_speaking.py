"""What the core says reaches Slack, once, where it should; faults become errors that say what can be done."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import pytest

from adapters.slack import api
from adapters.slack.channel import SlackChannel
from adapters.slack.config import SlackConfig
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Attachment, Choice, Home, HomeSection, Outbound, Reaction, Say, Title, Words
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, ThreadGone, Unauthorized
from bot.ports import Answers, Counts, Diagnoses, Edits, Fetches, HasRoutes, Homes, Profiles, Reacts, Recalls, Rosters
from tests.clouds.slack_app import DESK, Core, Notes, Now, SlackApp
from tests.clouds.slack_world import BOT_TOKEN, TEAM, Message

ALICE = "slack:U0ALICE"


@pytest.fixture
async def app() -> AsyncIterator[SlackApp]:
    async with SlackApp() as running:
        yield running


def hello(words: str = "hello") -> Outbound:
    return Outbound((Words(words),))


async def test_the_channel_has_every_power_of_slack(app: SlackApp) -> None:
    for power in (HasRoutes, Edits, Answers, Reacts, Fetches, Rosters, Profiles, Homes, Recalls, Diagnoses, Counts):
        assert isinstance(app.channel, power)


async def test_it_knows_whose_people_may_sign_in_with_slack(app: SlackApp) -> None:
    assert app.channel.workspace == TEAM


async def test_a_person_is_written_to_directly_and_a_thread_in_its_thread(app: SlackApp) -> None:
    said = await app.cloud.people.say("U0BOB", "hm", channel="C0GEN")
    first = await app.channel.send(ALICE, hello())
    await app.channel.send(f"slack:C0GEN/{said.ts}", hello("in thread"))
    assert first.startswith("slack:D0ALICE/")
    (message,) = app.cloud.world.in_channel("C0GEN", said.ts)
    assert message.shown == "in thread"
    assert (message.wire["unfurl_links"], message.wire["unfurl_media"]) == (False, False)


async def test_a_card_is_one_message_edited_in_place_with_its_own_thread(app: SlackApp) -> None:
    card = await app.channel.send("slack:C0TIER2", Outbound((Title("IT-1", "open"),), (Choice("Take it", "take:IT-1"),), card="IT-1"))
    await app.channel.send("slack:C0TIER2", hello("the words"), thread=card)
    await app.channel.edit(card, Outbound((Title("IT-1 Ann", "taken"),), (Choice("Release", "release:IT-1"),), card="IT-1"))
    first, second = app.cloud.world.in_channel("C0TIER2")
    assert (first.shown, first.labels) == ("🔵 IT-1 Ann", ["Release"])
    assert second.thread == first.ts
    assert app.channel.thread_of(card) == card


async def test_what_is_for_one_pair_of_eyes_is_ephemeral_in_a_channel(app: SlackApp) -> None:
    await app.channel.answer("slack:C0TIER2", Outbound((Say("Ann has it."),), only_for=PersonId("slack:U0BEN")))
    (message,) = app.cloud.world.messages
    assert (message.only_for, message.channel) == ("U0BEN", "C0TIER2")


async def test_an_answer_where_the_bot_is_not_goes_through_the_response_url(app: SlackApp) -> None:
    app.cloud.world.channels["C0PRIV"]["members"] = ["U0ALICE"]
    await app.cloud.people.command("U0ALICE", "list", channel="C0PRIV")
    what = app.core.received[0].what
    await app.channel.answer("slack:C0PRIV", Outbound((Say("You have no tickets."),), only_for=PersonId(ALICE), answer_to=what.answer_to))  # type: ignore[union-attr]
    (message,) = app.cloud.world.messages
    assert (message.only_for, message.channel) == ("U0ALICE", "C0PRIV")
    assert app.cloud.world.refused == []


async def test_an_answer_too_late_for_its_response_url_is_said_directly(app: SlackApp) -> None:
    await app.cloud.people.command("U0ALICE", "list", channel="C0PRIV")
    what = app.core.received[0].what
    for _ in range(6):
        await app.channel.answer("slack:C0PRIV", Outbound((Say("again"),), only_for=PersonId(ALICE), answer_to=what.answer_to))  # type: ignore[union-attr]
    assert [m.channel for m in app.cloud.world.messages] == ["C0PRIV"] * 5 + ["D0ALICE"]


async def test_an_answer_is_never_posted_to_a_foreign_host(app: SlackApp) -> None:
    await app.channel.answer("slack:C0XXX", Outbound((Say("hi"),), only_for=PersonId(ALICE), answer_to="https://evil.example/hook"))
    assert [m.channel for m in app.cloud.world.messages] == ["D0ALICE"]


async def test_an_empty_answer_is_no_call(app: SlackApp) -> None:
    before = len(app.cloud.world.calls)
    await app.channel.answer("slack:C0TIER2", Outbound(only_for=PersonId(ALICE)))
    assert len(app.cloud.world.calls) == before


async def test_a_sign_twice_is_no_error(app: SlackApp) -> None:
    said = await app.cloud.people.say("U0ALICE", "thanks")
    for _ in range(2):
        await app.channel.react(Reaction(MessageId(f"slack:{said.channel}/{said.ts}"), "thanks"))
    assert said.reactions == {"pray": ["U0BOT"]}


async def test_a_home_page_is_shown(app: SlackApp) -> None:
    await app.channel.publish(PersonId(ALICE), Home((HomeSection((Title("My tickets"),), (Choice("Ask", "ask"),)),)))
    await app.cloud.people.click_view("U0ALICE", "Ask")
    assert app.core.received[0].what.action == "ask"  # type: ignore[union-attr]


async def test_members_are_read_to_the_last_page(app: SlackApp) -> None:
    assert await app.channel.is_member(PlaceId("slack:C0TIER2"), PersonId("slack:U0BEN"))
    assert not await app.channel.is_member(PlaceId("slack:C0TIER2"), PersonId("slack:U0MALLORY"))


async def test_who_joins_or_leaves_a_team_is_noticed_at_once(app: SlackApp) -> None:
    place, ben = PlaceId("slack:C0TIER2"), PersonId("slack:U0BEN")
    assert await app.channel.is_member(place, ben)
    app.cloud.world.channels["C0TIER2"]["members"].remove("U0BEN")
    await app.cloud.wire.event({"type": "member_left_channel", "user": "U0BEN", "channel": "C0TIER2", "event_ts": "1.0"})
    assert not await app.channel.is_member(place, ben)


async def test_a_profile_has_a_clean_name_language_and_zone(app: SlackApp) -> None:
    app.cloud.world.users["U0BOB"].update(locale="pt-BR", tz="America/Sao_Paulo")
    app.cloud.world.users["U0BOB"]["profile"]["display_name"] = "Bob\n<!here>\u202e"
    person = await app.channel.profile(PersonId("slack:U0BOB"))
    assert (person.name, person.language, person.timezone) == ("Bob <!here>", "pt", "America/Sao_Paulo")


# ---- files
async def test_a_file_is_passed_on_into_the_thread(app: SlackApp) -> None:
    async def bytes_of(attachment: Attachment, limit: int) -> bytes:
        return b"from elsewhere"

    app.channel.fetch_any = bytes_of
    card = await app.channel.send("slack:C0TIER2", hello("card"))
    await app.channel.send("slack:C0TIER2", Outbound(attachments=(Attachment("telegram:1", "photo.jpg"),)), thread=card)
    message = app.cloud.world.in_channel("C0TIER2")[-1]
    assert [f["name"] for f in message.wire["files"]] == ["photo.jpg"]
    assert app.cloud.world.contents[message.wire["files"][0]["id"]] == b"from elsewhere"
    assert f"slack:C0TIER2/{message.thread}" == card


async def test_an_empty_file_is_said_by_name(app: SlackApp) -> None:
    async def nothing(attachment: Attachment, limit: int) -> bytes:
        return b""

    app.channel.fetch_any = nothing
    await app.channel.send(ALICE, Outbound(attachments=(Attachment("x", "empty.txt"),)))
    assert app.cloud.world.messages[-1].shown == "empty.txt (0 B)"


async def test_the_token_never_leaves_for_another_host_and_no_redirect_is_followed(app: SlackApp) -> None:
    said = await app.cloud.people.say("U0ALICE", "see", files={"log.txt": b"trace"})
    key = said.wire["files"][0]["id"]
    attachment = Attachment(f"slack:{key}", "log.txt")
    with pytest.raises(DeliveryRefused) as too_large:
        await app.channel.fetch(attachment, 4)
    assert too_large.value.reason == "too_large"
    stored = app.cloud.world.files[key]
    stored["redirect"] = "https://evil.example/"
    with pytest.raises(DeliveryRefused):
        await app.channel.fetch(attachment, 100)
    del stored["redirect"]
    for elsewhere in (
        "https://evil.example/f",
        "http://files.slack.com/f",
        "https://slack.com.evil.example/f",
        "https://x@evil.example/f",
        "http://[",
        "file:///etc/passwd",
        "",
    ):
        stored.update(url_private=elsewhere, url_private_download=elsewhere)
        with pytest.raises(DeliveryRefused) as refused:
            await app.channel.fetch(attachment, 100)
        assert refused.value.reason == "forbidden"


async def test_a_sign_in_page_is_not_taken_for_the_file(app: SlackApp) -> None:
    said = await app.cloud.people.say("U0ALICE", "see", files={"log.txt": b"trace"})
    key = said.wire["files"][0]["id"]
    app.cloud.world.files[key]["locked"] = True
    with pytest.raises(DeliveryRefused, match="files:read") as refused:
        await app.channel.fetch(Attachment(f"slack:{key}", "log.txt"), 100)
    assert refused.value.reason == "forbidden"


async def test_a_page_that_somebody_sent_is_fetched_although_it_is_html(app: SlackApp) -> None:
    said = await app.cloud.people.say("U0ALICE", "see", files={"a.html": b"<html>"})
    app.cloud.world.files[said.wire["files"][0]["id"]]["mimetype"] = "text/html"
    assert await app.channel.fetch(Attachment(f"slack:{said.wire['files'][0]['id']}", "a.html"), 100) == b"<html>"


# ---- faults
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 429, "error": "ratelimited", "retry_after": "7"}, RateLimited),
        ({"error": "invalid_auth"}, Unauthorized),
        ({"error": "missing_scope"}, Unauthorized),
        ({"error": "thread_not_found"}, ThreadGone),
        ({"error": "is_archived"}, DeliveryRefused),
        ({"error": "something_new"}, DeliveryError),
        ({"status": 503, "body": "<html>sorry</html>"}, DeliveryError),
        ({"status": 200, "body": "<html>proxy</html>"}, DeliveryError),
        ({"cut": True}, DeliveryError),
    ],
)
async def test_every_fault_is_one_of_our_errors_and_nothing_was_sent(
    app: SlackApp, fault: dict[str, object], kind: type[DeliveryError]
) -> None:
    app.cloud.fault("chat.postMessage", **fault)
    with pytest.raises(kind) as raised:
        await app.channel.send(ALICE, hello())
    assert not isinstance(raised.value, DeliveryUnknown)
    assert app.cloud.world.messages == []
    assert await app.channel.send(ALICE, hello())


@pytest.mark.parametrize("fault", [{"cut": True}, {"status": 500, "body": "<html>"}, {"error": "fatal_error"}])
@pytest.mark.parametrize("to", [ALICE, "slack:C0TIER2", "thread"])
async def test_a_message_whose_answer_was_lost_is_found_and_not_sent_twice(app: SlackApp, fault: dict[str, object], to: str) -> None:
    card = await app.channel.send("slack:C0TIER2", hello("card"))
    app.cloud.fault("chat.postMessage", after=True, **fault)
    sent = await app.channel.send("slack:C0TIER2" if to == "thread" else to, hello("once"), thread=card if to == "thread" else None)
    (message,) = [m for m in app.cloud.world.messages if m.shown == "once"]
    assert sent == f"slack:{message.channel}/{message.ts}"


@pytest.mark.parametrize("begun_s", [0, 7_200, 3 * 86_400], ids=["now", "hours ago", "days ago"])
@pytest.mark.parametrize("sent_s", [0, 5_000, 100_000], ids=["now", "over an hour ago", "over a day ago"])
async def test_what_we_sent_is_found_again_in_a_long_thread(app: SlackApp, begun_s: int, sent_s: int) -> None:
    """The message is looked for after a crash: it may be the last of hundreds, or have been sent before a long stop."""
    begun, sent = time.time() - max(begun_s, sent_s), time.time() - sent_s
    root = {"type": "message", "channel": "C0TIER2", "user": "U0BOT", "bot_id": "B0BOT", "ts": f"{begun - 1:.6f}", "text": "card"}
    app.cloud.world.messages.append(Message(root))
    card = MessageId(f"slack:C0TIER2/{root['ts']}")
    for n in range(300):
        at = {"ts": f"{begun - 1 + (sent - begun) * n / 300 + n / 1000:.6f}", "text": str(n), "user": "U0ANN", "thread_ts": root["ts"]}
        app.cloud.world.messages.append(Message({"type": "message", "channel": "C0TIER2", **at}))
    await app.channel.send("slack:C0TIER2", hello("once"), thread=card, key="IT-1/7")
    ours = app.cloud.world.messages[-1]
    ours.wire["ts"] = f"{sent:.6f}"
    calls = len(app.cloud.world.calls)

    assert await app.channel.recall("slack:C0TIER2", card, "IT-1/7") == f"slack:C0TIER2/{ours.ts}"
    assert await app.channel.recall("slack:C0TIER2", card, "IT-1/8") is None
    assert [method for method, _ in app.cloud.world.calls[calls:]].count("conversations.replies") <= 9


async def test_in_a_thread_of_thousands_the_newest_are_looked_through_first(app: SlackApp) -> None:
    begun = time.time() - 3 * 86_400
    for n in range(1500):
        said = {"type": "message", "channel": "C0TIER2", "user": "U0ANN", "ts": f"{begun + n:.6f}", "text": str(n)}
        app.cloud.world.messages.append(Message({**said, "thread_ts": f"{begun:.6f}"} if n else said))
    card = MessageId(f"slack:C0TIER2/{begun:.6f}")
    sent = await app.channel.send("slack:C0TIER2", hello("once"), thread=card, key="IT-1/7")
    assert await app.channel.recall("slack:C0TIER2", card, "IT-1/7") == sent


async def test_what_we_sent_is_found_again_among_hundreds_in_a_channel(app: SlackApp) -> None:
    await app.channel.send("slack:C0TIER2", hello("once"), key="card:IT-1")
    ours = app.cloud.world.messages[-1]
    for n in range(450):
        said = {"type": "message", "channel": "C0TIER2", "user": "U0ANN", "ts": app.cloud.world.timestamp(), "text": str(n)}
        app.cloud.world.messages.append(Message(said))
    assert await app.channel.recall("slack:C0TIER2", None, "card:IT-1") == f"slack:C0TIER2/{ours.ts}"
    assert await app.channel.recall("slack:C0TIER2", None, "card:IT-2") is None


async def test_when_slack_cannot_say_whether_it_arrived_that_is_what_we_say(app: SlackApp) -> None:
    app.cloud.fault("chat.postMessage", cut=True)
    app.cloud.fault("conversations.history", error="internal_error")
    with pytest.raises(DeliveryUnknown):
        await app.channel.send("slack:C0TIER2", hello())


async def test_a_card_deleted_by_hand_is_told_as_gone(app: SlackApp) -> None:
    card = await app.channel.send("slack:C0TIER2", hello())
    app.cloud.world.messages[-1].deleted = True
    with pytest.raises(ThreadGone):
        await app.channel.edit(card, hello("new"))
    with pytest.raises(ThreadGone):
        await app.channel.send("slack:C0TIER2", hello(), thread=card)


async def test_a_card_that_grew_too_long_keeps_its_place_and_its_buttons(app: SlackApp) -> None:
    card = await app.channel.send("slack:C0TIER2", hello())
    await app.channel.edit(card, Outbound((Words("y" * 40_000),), (Choice("Take it", "take:IT-1"),), card="IT-1"))
    (message,) = app.cloud.world.in_channel("C0TIER2")
    assert message.labels == ["Take it"]
    assert app.cloud.world.refused == []


async def test_an_error_says_the_missing_scope(app: SlackApp) -> None:
    app.cloud.fault("chat.postMessage", body='{"ok": false, "error": "missing_scope", "needed": "chat:write"}')
    with pytest.raises(DeliveryError) as raised:
        await app.channel.send(ALICE, hello())
    assert BOT_TOKEN not in str(raised.value)


async def test_a_refused_token_ends_listening_with_the_cure() -> None:
    async with SlackApp() as app:
        config = SlackConfig("xoxb-wrong", signing_secret="s" * 32, api_url=app.cloud.api_url)
        channel = SlackChannel(config, desk=DESK, notebook=Notes(), clock=Now())
        core = Core()
        with pytest.raises(Unauthorized, match="SLACK_BOT_TOKEN"):
            await asyncio.wait_for(channel.listen(core.receive, core), 30)
        findings = await channel.diagnose()
        assert [ok for ok, _ in findings] == [False]


async def test_the_doctor_names_the_channel_the_bot_is_not_in(app: SlackApp) -> None:
    app.cloud.world.channels["C0TIER3"]["members"].remove("U0BOT")
    del app.cloud.world.channels["C0HELP"]
    lines = [line for ok, line in await app.channel.diagnose() if not ok]
    assert len(lines) == 2
    assert "C0HELP" in lines[0]
    assert "C0TIER3" in lines[1]
    assert "/invite" in lines[1]


async def test_the_doctor_names_the_scopes_that_are_missing(app: SlackApp) -> None:
    app.cloud.world.scopes -= {"files:read", "reactions:write"}
    assert [line for ok, line in await app.channel.diagnose() if not ok] == [
        "the bot token lacks files:read, reactions:write: add them under OAuth & Permissions and install the app again"
    ]


async def test_no_secret_and_nobodys_words_reach_the_logs(app: SlackApp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await app.cloud.people.say("U0ALICE", "my password is hunter2")
    await app.channel.send(ALICE, hello("keep it secret"))
    app.cloud.fault("chat.postMessage", cut=True)
    with pytest.raises(DeliveryError):
        await app.channel.send(ALICE, hello("keep it secret"))
    api.sdk_log.error("Failed: wss://wss.slack.com/link?ticket=abc-def&app_id=1 with xapp-1-A-2 and xoxb-9-9")
    logged = "\n".join(r.getMessage() + str(r.__dict__) for r in caplog.records if r.name.startswith(("adapters", "slack")))
    assert "(secret)" in logged
    for secret in ("hunter2", "keep it secret", BOT_TOKEN, "abc-def", "xapp-1-A-2", "xoxb-9-9"):
        assert secret not in logged
