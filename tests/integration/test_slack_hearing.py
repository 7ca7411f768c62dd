"""What Slack delivers reaches the core, by HTTP and by socket, over real connections; nothing is acknowledged before it is kept."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from bot.domain.ids import PlaceId
from bot.domain.messages import (
    Choice,
    Commanded,
    Deleted,
    Edited,
    Form,
    FormField,
    HomeOpened,
    Marked,
    Outbound,
    Pressed,
    Refusal,
    Said,
    Say,
    Submitted,
)
from bot.errors import StoreError
from tests.clouds.slack_app import SlackApp
from tests.clouds.slack_wire import signed
from tests.clouds.slack_world import SIGNING_SECRET

REPLY = Form("reply:IT-1", "Reply", "Send", "Cancel", (FormField("words", "Words"),))
ASK = Form("ask", "Ask", "Send", "Cancel", (FormField("question", "Question"),))


@pytest.fixture(params=[False, True], ids=["http", "socket"])
async def app(request: pytest.FixtureRequest) -> AsyncIterator[SlackApp]:
    async with SlackApp(socket_mode=request.param) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[SlackApp]:
    async with SlackApp() as running:
        yield running


async def card(app: SlackApp, *choices: Choice, to: str = "slack:C0TIER2") -> None:
    await app.channel.send(to, Outbound((Say("IT-1"),), choices, card="IT-1"))


# ---- messages
async def test_a_direct_message_is_a_question_and_a_mention_in_a_channel_is_one_although_it_comes_twice(app: SlackApp) -> None:
    await app.cloud.people.say("U0ALICE", "where is the toner?")
    await app.cloud.people.say("U0BOB", "<@U0BOT> and the paper?", channel="C0GEN")
    direct, mention = (event.what for event in app.core.received)
    assert isinstance(direct, Said)
    assert direct.private
    assert isinstance(mention, Said)
    assert (mention.text, mention.addressed, mention.private) == ("and the paper?", True, False)


async def test_other_talk_is_left_alone_and_a_help_channel_is_heard(app: SlackApp) -> None:
    await app.cloud.people.say("U0BOB", "lunch?", channel="C0GEN")
    said = await app.cloud.people.say("U0ALICE", "no sound", channel="C0HELP")
    assert [event.conversation for event in app.core.received] == [f"slack:C0HELP/{said.ts}"]


@pytest.mark.parametrize("fault", [StoreError("the disk is full"), RuntimeError("an accident")], ids=["store", "accident"])
async def test_an_event_that_cannot_be_kept_is_not_acknowledged_and_comes_again(app: SlackApp, fault: Exception) -> None:
    app.core.broken, app.core.fault = 1, fault
    await app.cloud.people.say("U0ALICE", "keep me")
    assert [event.what.text for event in app.core.received if isinstance(event.what, Said)] == ["keep me"]
    (delivery,) = [outcome for kind, outcome in app.cloud.wire.deliveries if kind == "events_api"]
    assert delivery.acked
    assert len(delivery.tries) == 2


async def test_corrections_and_deletions_are_heard(app: SlackApp) -> None:
    said = await app.cloud.people.say("U0ALICE", "3rd floor")
    await app.cloud.people.edit(said, "4th floor")
    await app.cloud.people.delete(said)
    name = f"slack:{said.channel}/{said.ts}"
    assert [event.what for event in app.core.received[1:]] == [Edited(name, "4th floor"), Deleted(name)]  # type: ignore[arg-type]
    assert {event.conversation for event in app.core.received} == {"slack:U0ALICE"}


async def test_our_own_messages_are_not_heard(app: SlackApp) -> None:
    await app.channel.send("slack:U0ALICE", Outbound((Say("hello"),)))
    sent = app.cloud.world.messages[-1]
    await app.cloud.wire.event({**sent.wire, "channel_type": "im"})
    assert app.core.received == []


async def test_a_mention_in_a_running_thread_brings_the_talk_before_it(app: SlackApp) -> None:
    first = await app.cloud.people.say("U0BOB", "the lift is stuck", channel="C0GEN")
    await app.cloud.people.say("U0ALICE", "again?", channel="C0GEN", thread_ts=first.ts)
    await app.cloud.people.say("U0ALICE", "<@U0BOT> please help", channel="C0GEN", thread_ts=first.ts)
    (event,) = app.core.received
    assert isinstance(event.what, Said)
    assert [(q.author.name, q.text) for q in event.what.earlier] == [("Bob", "the lift is stuck"), ("Alice", "again?")]


async def test_the_ticket_emoji_brings_the_message_and_its_thread(app: SlackApp) -> None:
    first = await app.cloud.people.say("U0BOB", "wifi?", channel="C0GEN")
    marked = await app.cloud.people.say("U0ALICE", "down here, too", channel="C0GEN", thread_ts=first.ts)
    await app.cloud.people.react("U0ANN", marked, "eyes")
    await app.cloud.people.react("U0ANN", marked, "ticket")
    (event,) = app.core.received
    assert isinstance(event.what, Marked)
    assert event.person.id == "slack:U0ANN"
    assert (event.what.text, event.what.author.name) == ("down here, too", "Alice")
    assert event.what.conversation == f"slack:C0GEN/{first.ts}"
    assert [q.text for q in event.what.earlier] == ["wifi?"]


async def test_a_mark_that_slack_cannot_explain_now_comes_again(app: SlackApp) -> None:
    said = await app.cloud.people.say("U0ALICE", "broken", channel="C0GEN")
    app.cloud.fault("conversations.replies", status=429, error="ratelimited", retry_after="1")
    outcome = await app.cloud.people.react("U0ANN", said, "ticket")
    assert outcome.acked
    assert len(outcome.tries) == 2
    assert len(app.core.received) == 1


async def test_a_file_that_came_with_words_can_be_fetched(app: SlackApp) -> None:
    await app.cloud.people.say("U0ALICE", "see", files={"log.txt": b"trace"})
    (event,) = app.core.received
    assert isinstance(event.what, Said)
    (attachment,) = event.what.attachments
    assert await app.channel.fetch(attachment, 100) == b"trace"


async def test_opening_the_home_page_is_heard(app: SlackApp) -> None:
    await app.cloud.people.home("U0ALICE")
    assert [(event.person.id, event.what) for event in app.core.received] == [("slack:U0ALICE", HomeOpened())]


# ---- commands, presses, forms
async def test_a_command_is_kept_before_it_is_acknowledged_without_a_word(app: SlackApp) -> None:
    outcome = await app.cloud.people.command("U0ALICE", "status IT-7")
    assert outcome.acked
    assert outcome.ack == {}
    assert isinstance(app.core.received[0].what, Commanded)


async def test_a_command_that_says_payload_arrives_with_all_its_words(app: SlackApp) -> None:
    assert (await app.cloud.people.command("U0ALICE", "the payload of my request is empty")).acked
    (event,) = app.core.received
    assert isinstance(event.what, Commanded)
    assert "the payload of my request is empty" in f"{event.what.name} {event.what.argument}"


async def test_a_press_that_needs_no_words_is_kept(app: SlackApp) -> None:
    await card(app, Choice("Take it", "take:IT-1"))
    outcome = await app.cloud.people.click("U0ANN", app.cloud.world.messages[-1], "Take it")
    assert outcome.acked
    assert isinstance(app.core.received[0].what, Pressed)


async def test_a_press_that_needs_words_opens_a_form_whose_words_arrive(app: SlackApp) -> None:
    app.core.forms["reply:IT-1"] = REPLY
    await card(app, Choice("Reply", "reply:IT-1"))
    await app.cloud.people.click("U0ANN", app.cloud.world.messages[-1], "Reply")
    await app.cloud.world.until(lambda: app.cloud.people.top("U0ANN"), "the form is open")
    assert app.core.received == []
    outcome = await app.cloud.people.submit("U0ANN", "try <this> & that")
    assert outcome.acked
    assert app.cloud.people.top("U0ANN") is None
    (event,) = app.core.received
    assert isinstance(event.what, Submitted)
    assert (event.what.action, event.what.values) == ("reply:IT-1", {"words": "try <this> & that"})
    assert event.what.place == "slack:C0TIER2"


async def test_who_may_not_press_is_told_so_alone(app: SlackApp) -> None:
    app.core.forms["reply:IT-1"] = Refusal("Only agents can do this.")
    await card(app, Choice("Reply", "reply:IT-1"))
    await app.cloud.people.click("U0BEN", app.cloud.world.messages[-1], "Reply")
    await app.cloud.world.until(
        lambda: any(m.only_for == "U0BEN" and "Only agents" in m.shown for m in app.cloud.world.messages), "the refusal"
    )
    assert app.core.received == []


async def test_a_right_that_ended_while_the_form_was_open_keeps_the_form_and_its_words(app: SlackApp) -> None:
    app.core.forms["reply:IT-1"] = REPLY
    await card(app, Choice("Reply", "reply:IT-1"))
    await app.cloud.people.click("U0ANN", app.cloud.world.messages[-1], "Reply")
    await app.cloud.world.until(lambda: app.cloud.people.top("U0ANN"), "the form is open")
    app.core.forms["reply:IT-1"] = Refusal("Ben has it now.")
    outcome = await app.cloud.people.submit("U0ANN", "my words")
    assert outcome.ack == {"response_action": "errors", "errors": {"words": "Ben has it now."}}
    assert app.cloud.people.top("U0ANN") is not None
    assert app.core.received == []


async def test_a_form_that_was_altered_or_sent_by_another_is_refused(app: SlackApp) -> None:
    app.core.forms.update({"reply:IT-1": REPLY, "expired": Refusal("This form expired.")})
    await card(app, Choice("Reply", "reply:IT-1"))
    await app.cloud.people.click("U0ANN", app.cloud.world.messages[-1], "Reply")
    view = await app.cloud.world.until(lambda: app.cloud.people.top("U0ANN"), "the form is open")
    altered = {"private_metadata": view["private_metadata"].replace("IT-1", "IT-2")}
    outcome = await app.cloud.people.submit("U0ANN", "my words", altered=altered)
    assert outcome.ack["errors"] == {"words": "This form expired."}
    app.cloud.world.stacks["U0MALLORY"] = [view["id"]]
    outcome = await app.cloud.people.submit("U0MALLORY", "my words")
    assert outcome.ack["errors"] == {"words": "This form expired."}
    assert app.core.received == []


async def test_without_a_word_for_it_an_altered_form_arrives_as_a_press_that_nothing_answers_to(app: SlackApp) -> None:
    app.core.forms["reply:IT-1"] = REPLY
    await card(app, Choice("Reply", "reply:IT-1"))
    await app.cloud.people.click("U0ANN", app.cloud.world.messages[-1], "Reply")
    await app.cloud.world.until(lambda: app.cloud.people.top("U0ANN"), "the form is open")
    await app.cloud.people.submit("U0ANN", "my words", altered={"private_metadata": "[]"})
    assert [event.what for event in app.core.received] == [Pressed("expired", PlaceId("slack:U0ANN"))]


async def test_words_of_a_form_that_cannot_be_kept_stay_in_the_form(app: SlackApp) -> None:
    app.core.forms["reply:IT-1"] = REPLY
    await card(app, Choice("Reply", "reply:IT-1"))
    await app.cloud.people.click("U0ANN", app.cloud.world.messages[-1], "Reply")
    await app.cloud.world.until(lambda: app.cloud.people.top("U0ANN"), "the form is open")
    app.core.broken = 1
    assert not (await app.cloud.people.submit("U0ANN", "my words")).acked
    assert (await app.cloud.people.submit("U0ANN", "my words")).acked
    assert len(app.core.received) == 1


@pytest.mark.parametrize("way", ["command", "shortcut"])
async def test_a_question_can_be_asked_in_a_form(app: SlackApp, way: str) -> None:
    app.core.forms["ask"] = ASK
    await (app.cloud.people.command("U0ALICE", "new") if way == "command" else app.cloud.people.shortcut("U0ALICE", "ask_support"))
    await app.cloud.world.until(lambda: app.cloud.people.top("U0ALICE"), "the form is open")
    await app.cloud.people.submit("U0ALICE", "my phone is dead")
    (event,) = app.core.received
    assert isinstance(event.what, Submitted)
    assert (event.conversation, event.what.action, event.what.values) == ("slack:U0ALICE", "ask", {"question": "my phone is dead"})


async def test_shortcuts_on_a_message_make_a_ticket_or_an_entry_of_it(app: SlackApp) -> None:
    said = await app.cloud.people.say("U0ALICE", "coffee machine leaks", channel="C0GEN")
    await app.cloud.people.shortcut("U0ANN", "ticket_from_message", said)
    assert isinstance(app.core.received[0].what, Marked)
    assert app.core.received[0].what.text == "coffee machine leaks"
    app.core.forms["faq-new:coffee machine leaks"] = Form("faq-save", "Entry", "Save", "Cancel", (FormField("answer", "Answer"),))
    await app.cloud.people.shortcut("U0ANN", "entry_from_message", said)
    view = await app.cloud.world.until(lambda: app.cloud.people.top("U0ANN"), "the editor is open")
    assert view["title"]["text"] == "Entry"


async def test_a_socket_that_slack_renews_loses_nothing() -> None:
    async with SlackApp(socket_mode=True, retry_delays_s=(0.0, 1.0, 1.0)) as app:
        await app.cloud.wire.disconnect()
        await app.cloud.people.say("U0ALICE", "still there?")
        assert isinstance((await app.core.got(1))[0].what, Said)


# ---- the HTTP door
def event_body(event_id: str = "Ev1") -> bytes:
    event = {"type": "message", "channel_type": "im", "channel": "D0ALICE", "user": "U0ALICE", "text": "hi", "ts": "1700000001.000100"}
    return json.dumps({"type": "event_callback", "team_id": "T0TEAM", "event_id": event_id, "event": event}).encode()


async def status(app: SlackApp, body: bytes, headers: dict[str, str]) -> int:
    return (await app.cloud.wire.raw(body, {"Content-Type": "application/json", **headers}))[0]


async def test_an_unsigned_or_wrongly_signed_request_is_refused(http: SlackApp) -> None:
    body, good = event_body(), signed(event_body())
    stamp = good["X-Slack-Request-Timestamp"]
    assert await status(http, body, {}) == 401
    assert await status(http, body, {"X-Slack-Request-Timestamp": stamp}) == 401
    assert await status(http, body, signed(body, secret="t" * 32)) == 401
    assert await status(http, body + b" ", good) == 401
    assert await status(http, body, {**good, "X-Slack-Signature": "v1" + good["X-Slack-Signature"][2:]}) == 401
    assert http.core.received == []
    assert await status(http, body, good) == 200


async def test_a_request_older_than_five_minutes_or_from_the_future_is_refused(http: SlackApp) -> None:
    for seconds, wanted in ((-301, 401), (-290, 200), (+120, 401)):
        body = event_body(f"Ev{seconds}")
        assert await status(http, body, signed(body, timestamp=str(int(time.time()) + seconds))) == wanted


@pytest.mark.parametrize("stamp", ["abc", "", "-1", "1e9", "9" * 40, "٣٤٥", " 1700000000"])
async def test_odd_timestamps_are_refused_without_an_accident(http: SlackApp, stamp: str) -> None:
    assert await status(http, event_body(), signed(event_body(), timestamp=stamp)) in (400, 401)


async def test_odd_bodies_are_refused_without_an_accident(http: SlackApp) -> None:
    for body in (b"\xff\xfe", b"{", b"[]", b"7", b"null", b"[" * 100_000, b""):
        assert await status(http, body, signed(body)) in (400, 401)
    assert await status(http, event_body(), {**signed(event_body()), "X-Slack-Signature": "v0=é".encode().decode("latin-1")}) == 401
    form = urlencode({"payload": "{"}).encode()
    assert (await http.cloud.wire.raw(form, {"Content-Type": "application/x-www-form-urlencoded", **signed(form)}))[0] == 400
    assert http.core.received == []


@pytest.mark.parametrize("part", ["user", "team", "authorizations", "response_urls", "event", "event_id", "type", "command", "actions", "view", "message"])
async def test_a_signed_body_whose_parts_are_of_the_wrong_kind_is_refused_or_let_go(http: SlackApp, part: str) -> None:
    for value in (7, "text", [], [7], {"id": 7}):
        body = json.dumps({"type": "event_callback", "event": {"type": "message"}, part: value}).encode()
        assert await status(http, body, signed(body)) in (200, 400)
    assert http.core.received == []


async def test_who_we_are_is_asked_once_and_by_the_event_never(app: SlackApp) -> None:
    await app.cloud.people.say("U0ALICE", "one")
    await app.cloud.people.say("U0ALICE", "two")
    assert len(app.core.received) == 2
    assert [method for method, _ in app.cloud.world.calls].count("auth.test") == 1


async def test_variables_for_signing_in_with_slack_change_nothing_in_what_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")  # Bolt looks these up by itself and takes the app for one of many workspaces
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "of the sign-in")
    async with SlackApp() as app:
        await app.cloud.people.say("U0ALICE", "hello")
        assert len(app.core.received) == 1


async def test_what_was_written_is_in_no_log_whoever_logs(http: SlackApp, caplog: pytest.LogCaptureFixture) -> None:
    http.core.broken = 2
    await http.cloud.people.say("U0ALICE", "my secret words")
    body = event_body().replace(b"hi", b"my secret words")
    assert await status(http, body, signed(body, secret="t" * 32)) == 401
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "was not kept" in said
    assert "did not sign" in said
    assert "secret words" not in said


async def test_a_body_over_one_mebibyte_is_not_read(http: SlackApp) -> None:
    body = b"x" * (2**20 + 1)
    assert await status(http, body, signed(body)) == 413


async def test_a_replayed_request_has_no_second_effect(http: SlackApp) -> None:
    body = event_body()
    headers = signed(body)
    for extra in ({}, {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}, {}):
        assert await status(http, body, {**headers, **extra}) == 200
    assert len(http.core.received) == 1


async def test_a_retry_whose_first_try_was_lost_is_taken_in(http: SlackApp) -> None:
    body = event_body()
    assert await status(http, body, {**signed(body), "X-Slack-Retry-Num": "2", "X-Slack-Retry-Reason": "http_error"}) == 200
    assert len(http.core.received) == 1


async def test_slacks_handshake_is_answered_only_when_signed(http: SlackApp) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c" * 20}).encode()
    assert await status(http, body, {}) == 401
    code, answer = await http.cloud.wire.raw(body, {"Content-Type": "application/json", **signed(body, SIGNING_SECRET)})
    assert (code, json.loads(answer)) == (200, {"challenge": "c" * 20})


async def test_events_of_another_workspace_are_let_go(http: SlackApp) -> None:
    body = event_body().replace(b"T0TEAM", b"T0OTHER")
    assert await status(http, body, signed(body)) == 200
    assert http.core.received == []


async def test_many_at_once_are_all_kept(app: SlackApp) -> None:
    await asyncio.gather(*(app.cloud.people.say("U0ALICE", f"message {n}") for n in range(40)))
    assert len(app.core.received) == 40
