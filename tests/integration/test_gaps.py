"""What could not be delivered is read from the platform's history when all is well again: nothing is lost, and nothing is heard twice."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ids import PlaceId
from bot.domain.messages import Outbound, Said, Say
from bot.engine.running.intake import Intake
from bot.store.memory import MemoryStore
from tests.clouds.slack_app import SlackApp
from tests.clouds.slack_wire import signed
from tests.clouds.slack_world import BOT_ID, BOT_USER, Message

HELP, GENERAL, TEAM_2 = "C0HELP", "C0GEN", "C0TIER2"


@pytest.fixture(params=[False, True], ids=["http", "socket"])
async def app(request: pytest.FixtureRequest) -> AsyncIterator[SlackApp]:
    async with SlackApp(socket_mode=request.param) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[SlackApp]:
    async with SlackApp() as running:
        yield running


async def until(look: Callable[[], object], what: str, within_s: float = 20.0) -> None:
    """Ask again and again for what has no event of its own."""
    async with asyncio.timeout(within_s):
        while not look():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert look(), what


async def filled(app: SlackApp, times: float = 1) -> None:
    await until(lambda: app.channel.numbers()["slack_gaps_filled_total"] >= times, "the gap is filled")


def words(app: SlackApp) -> list[str]:
    return [event.what.text for event in app.core.received if isinstance(event.what, Said)]


def open_gaps(app: SlackApp) -> list[str]:
    return [key for key, value in app.notes.kept.items() if key.startswith("slack:gap:T0TEAM:") and value]


def said_silently(app: SlackApp, user: str, text: str, channel: str = "", ts: str = "", **more: object) -> Message:
    """It stands in the channel; nobody was told."""
    place = channel or app.cloud.world.direct(user)
    message = Message({"type": "message", "channel": place, "user": user, "text": text, "ts": ts or app.cloud.world.timestamp(), **more})
    app.cloud.world.messages.append(message)
    return message


def has_run_long(app: SlackApp) -> None:
    """As if this were not its first day."""
    for key in [key for key in app.notes.kept if key.startswith(("slack:began:", "slack:place:"))]:
        app.notes.kept[key] = "2026-01-01T00:00:00+00:00"


# ---- what was missed is heard
async def test_what_was_written_while_the_process_was_down_is_heard_when_it_is_back(app: SlackApp) -> None:
    card = await app.channel.send(f"slack:{TEAM_2}", Outbound((Say("IT-1"),), card="IT-1"))
    await app.cloud.people.say("U0ALICE", "before", channel=HELP)
    question = app.cloud.world.messages[-1]
    await app.stop()
    app.cloud.wire.off = True  # no process, no delivery: Slack tries for some minutes and gives up
    await app.cloud.people.say("U0ALICE", "the screen is black", channel=HELP)
    await app.cloud.people.say("U0ALICE", "it began at nine", channel=HELP, thread_ts=question.ts)
    await app.cloud.people.say("U0BOB", "and my keyboard?")
    await app.cloud.people.say("U0ANN", "have you tried turning it off", channel=TEAM_2, thread_ts=str(card).partition("/")[2])
    await app.cloud.people.say("U0BOB", f"<@{BOT_USER}> where is the toner", channel=GENERAL)
    await app.cloud.people.say("U0BOB", "lunch?", channel=GENERAL)
    await app.cloud.people.say("U0ANN", "team talk", channel=TEAM_2)
    app.cloud.wire.off = False
    await app.start()
    await filled(app)

    assert sorted(words(app)) == sorted(
        ["before", "the screen is black", "it began at nine", "and my keyboard?", "have you tried turning it off", "where is the toner"]
    )
    lanes = {event.what.text: event.conversation for event in app.core.received if isinstance(event.what, Said)}
    assert lanes["it began at nine"] == f"slack:{HELP}/{question.ts}"
    assert lanes["and my keyboard?"] == "slack:U0BOB"
    assert lanes["have you tried turning it off"] == card
    assert app.cloud.world.refused == []


async def test_what_a_person_wrote_is_heard_in_the_order_in_which_it_was_written(http: SlackApp) -> None:
    await http.stop()
    for n in range(5):
        said_silently(http, "U0ALICE", f"line {n}")
    await http.start()
    await filled(http)
    assert words(http) == [f"line {n}" for n in range(5)]


@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])
async def test_when_the_database_is_back_what_slack_gave_up_is_heard_without_a_restart(socket_mode: bool) -> None:
    async with SlackApp(socket_mode, retry_delays_s=()) as app:
        app.core.broken, app.notes.broken = 10**6, True
        await asyncio.gather(*(app.cloud.people.say("U0ALICE", f"while it was away {n}", channel=HELP) for n in range(3)))
        assert [outcome.acked for _, outcome in app.cloud.wire.deliveries] == [False] * 3
        assert app.channel.numbers()["slack_gaps_filled_total"] == 0

        app.core.broken, app.notes.broken = 0, False
        await filled(app)
        assert words(app) == [f"while it was away {n}" for n in range(3)]


async def test_events_that_slack_kept_back_for_their_number_are_read(app: SlackApp) -> None:
    app.cloud.wire.off = True
    await app.cloud.people.say("U0ALICE", "one of too many", channel=HELP)
    app.cloud.wire.off = False
    outcome = await app.cloud.wire.limited(int(time.time()) // 60 * 60)
    assert outcome.acked
    await filled(app)
    assert words(app) == ["one of too many"]


async def test_an_event_after_an_hour_of_silence_makes_us_look_back(http: SlackApp) -> None:
    """Slack has switched the subscription off, and somebody has switched it on again."""
    http.cloud.wire.off = True
    await http.cloud.people.say("U0ALICE", "while nobody listened", channel=HELP)
    http.cloud.wire.off = False
    http.clock.ahead = timedelta(hours=2)
    await http.cloud.people.say("U0BOB", "first after it", channel=HELP)
    await filled(http)
    assert sorted(words(http)) == ["first after it", "while nobody listened"]


@pytest.mark.parametrize(("tries", "looks"), [(1, 0), (2, 1)])
async def test_a_delivery_that_slack_had_to_try_three_times_makes_us_look_back(http: SlackApp, tries: int, looks: int) -> None:
    lost = said_silently(http, "U0ALICE", "given up", channel=HELP)
    late = said_silently(http, "U0BOB", "came at last")
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "team_id": "T0TEAM", "event": {**late.wire, "channel_type": "im"}}).encode()
    await http.cloud.wire.raw(body, {"Content-Type": "application/json", "X-Slack-Retry-Num": str(tries), **signed(body)})
    await filled(http, looks)
    assert (lost.wire["text"] in words(http)) == bool(looks)


async def test_what_was_said_while_no_socket_was_open_is_heard_although_its_address_was_used_up() -> None:
    async with SlackApp(socket_mode=True) as app:
        app.cloud.wire.off, app.cloud.wire.unlucky = True, 1
        await app.cloud.wire.disconnect("link_disabled")
        await app.cloud.people.say("U0ALICE", "to nobody", channel=HELP)
        app.cloud.wire.off = False
        await filled(app)
        assert words(app) == ["to nobody"]


# ---- nothing twice
async def test_what_was_heard_live_is_not_heard_again_from_history(app: SlackApp) -> None:
    await app.cloud.people.say("U0ALICE", "no sound", channel=HELP)
    await app.cloud.people.say("U0BOB", f"<@{BOT_USER}> toner?", channel=GENERAL)
    await app.cloud.people.say("U0BOB", "hello")
    before = words(app)
    await app.stop()
    await app.start()
    await filled(app)
    assert app.channel.numbers()["slack_history_messages_total"] == 3
    assert words(app) == before


async def test_what_was_read_from_history_is_not_heard_again_when_slack_delivers_it_late(app: SlackApp) -> None:
    await app.stop()
    texts = [("U0ALICE", "no sound", HELP), ("U0BOB", f"<@{BOT_USER}> toner?", GENERAL), ("U0BOB", "hello", "")]
    late = [said_silently(app, user, text, channel) for user, text, channel in texts]
    await app.start()
    await filled(app)
    assert len(words(app)) == 3
    for message in late:
        for kind in ("message", "app_mention"):
            outcome = await app.cloud.wire.event({**message.wire, "type": kind, "channel_type": "im" if message.channel[0] == "D" else "channel"})
            assert outcome.acked
    assert len(words(app)) == 3


@pytest.mark.parametrize("history_first", [True, False])
async def test_the_inbox_holds_a_message_once_whichever_way_it_came_first(http: SlackApp, history_first: bool) -> None:
    said = await http.cloud.people.say("U0ALICE", "only once", channel=HELP)
    (live,) = http.core.received
    await http.stop()
    http.core.received = []
    await http.start()
    await filled(http)
    (read,) = http.core.received
    assert read.key != live.key
    assert read.also == live.also == f"slack:{HELP}/{said.ts}"
    assert replace(read, key="") == replace(live, key="")

    intake = Intake(MemoryStore(), http.clock, lambda lane: None)
    for event in (read, live) if history_first else (live, read):
        await intake.receive(event)
    assert (intake.received, intake.repeated) == (1, 1)


async def test_a_look_that_was_cut_off_begins_anew_and_hands_in_the_rest_once(http: SlackApp) -> None:
    await http.stop()
    for n in range(6):
        said_silently(http, "U0ALICE", f"line {n}", channel=HELP)
    http.core.room = 3
    await http.start()
    await asyncio.wait_for(http.core.full.wait(), 10)
    await http.stop()
    assert open_gaps(http)

    http.core.room = 6
    await http.start()
    await filled(http)
    assert words(http) == [f"line {n}" for n in range(6)]
    assert not open_gaps(http)


async def test_a_gap_of_any_process_is_filled_by_the_one_that_has_the_role(http: SlackApp) -> None:
    await http.stop()
    said_silently(http, "U0ALICE", "to whoever may", channel=HELP)
    http.has_role = False
    await http.start()
    await until(lambda: open_gaps(http), "the gap is noted")
    await http.cloud.people.say("U0BOB", "heard at once")
    assert words(http) == ["heard at once"]
    await http.stop()

    http.has_role = True
    await http.start()
    await filled(http)
    assert sorted(words(http)) == ["heard at once", "to whoever may"]
    assert not open_gaps(http)


# ---- what is not ours stays out
async def test_bots_and_comings_and_goings_and_our_own_words_are_no_questions_in_history_either(http: SlackApp) -> None:
    await http.channel.send("slack:U0ALICE", Outbound((Say("hello"),)))
    await http.stop()
    said_silently(http, "U0ALICE", "<@U0ALICE> has joined the channel", channel=HELP, subtype="channel_join")
    said_silently(http, "U0BOB", "has left", channel=HELP, subtype="channel_leave")
    said_silently(http, "U0BOB", "alert!", channel=HELP, bot_id="B0OTHER")
    said_silently(http, "", "alert!", channel=HELP, subtype="bot_message", bot_id="B0OTHER")
    said_silently(http, BOT_USER, "our own", channel=HELP, bot_id=BOT_ID)
    await http.start()
    await filled(http)
    assert http.core.received == []


async def test_nothing_is_read_from_before_the_first_start(http: SlackApp) -> None:
    await http.stop()
    http.notes.kept.clear()
    said_silently(http, "U0ALICE", "before anybody had heard of us", ts=f"{time.time() - 300:.6f}")
    await http.start()
    await http.cloud.wire.limited(int(time.time()) - 60)
    await filled(http)
    assert http.channel.numbers()["slack_gaps_filled_total"] == 1
    assert words(http) == []


async def test_nothing_is_read_from_before_a_channel_became_a_help_channel(http: SlackApp) -> None:
    said_silently(http, "U0ALICE", "chatter", channel=GENERAL, ts=f"{time.time() - 300:.6f}")
    said_silently(http, "U0ALICE", "help", channel=HELP, ts=f"{time.time() - 300:.6f}")
    has_run_long(http)
    await http.stop()
    http.desk = replace(http.desk, help_places=http.desk.help_places | {PlaceId(f"slack:{GENERAL}")})
    await http.start()
    said_silently(http, "U0ALICE", "a question at last", channel=GENERAL)
    await filled(http)
    await http.stop()
    await http.start()
    await filled(http)
    assert sorted(words(http)) == ["a question at last", "help"]


async def test_what_was_said_before_the_bot_came_is_not_for_it(http: SlackApp) -> None:
    await http.stop()
    said_silently(http, "U0ALICE", f"<@{BOT_USER}> is not here yet", channel=GENERAL)
    said_silently(http, BOT_USER, "<@U0BOT> has joined the channel", channel=GENERAL, subtype="channel_join")
    said_silently(http, "U0ALICE", f"<@{BOT_USER}> now it is", channel=GENERAL)
    await http.start()
    await filled(http)
    assert words(http) == ["now it is"]


async def test_what_is_older_than_a_day_is_left(http: SlackApp) -> None:
    await http.stop()
    now = time.time()
    http.notes.kept["slack:heard:T0TEAM"] = "2026-01-01T00:00:00+00:00"
    has_run_long(http)
    said_silently(http, "U0ALICE", "25 hours ago", channel=HELP, ts=f"{now - 25 * 3600:.6f}")
    said_silently(http, "U0ALICE", "23 hours ago", channel=HELP, ts=f"{now - 23 * 3600:.6f}")
    await http.start()
    await filled(http)
    assert words(http) == ["23 hours ago"]


async def test_in_a_thread_elsewhere_only_what_came_after_the_bot_was_called_is_ours(http: SlackApp) -> None:
    first = await http.cloud.people.say("U0BOB", "the lift is stuck", channel=GENERAL)
    await http.cloud.people.say("U0ALICE", "again?", channel=GENERAL, thread_ts=first.ts)
    await http.stop()
    http.core.known.add(f"slack:{GENERAL}/{first.ts}")
    said_silently(http, BOT_USER, "I have noted it as IT-1", channel=GENERAL, thread_ts=first.ts, bot_id=BOT_ID)
    said_silently(http, "U0BOB", "it moves again", channel=GENERAL, thread_ts=first.ts)
    await http.start()
    await filled(http)
    assert words(http) == ["it moves again"]


async def test_a_thread_that_began_long_ago_and_went_on_in_the_gap_is_read(http: SlackApp) -> None:
    await http.stop()
    old = f"{time.time() - 20 * 86_400:.6f}"
    said_silently(http, "U0ALICE", "asked weeks ago", channel=HELP, ts=old)
    said_silently(http, "U0ALICE", "and again now", channel=HELP, thread_ts=old)
    await http.start()
    await filled(http)
    assert words(http) == ["and again now"]


# ---- bounds and refusals
async def test_all_pages_are_read(http: SlackApp) -> None:
    await http.stop()
    root = said_silently(http, "U0ALICE", "q 0", channel=HELP)
    for n in range(1, 250):
        said_silently(http, "U0ALICE", f"q {n}", channel=HELP)
        said_silently(http, "U0ALICE", f"a {n}", channel=HELP, thread_ts=root.ts)
    await http.start()
    await filled(http)
    assert len(words(http)) == len(set(words(http))) == 499


async def test_whoever_wrote_for_the_first_time_is_heard_before_those_we_know(http: SlackApp) -> None:
    await http.stop()
    for user in ("U0ALICE", "U0ANN"):
        said_silently(http, user, f"again {user}")
        http.cloud.world.channels[http.cloud.world.direct(user)]["created"] = 1_700_000_000
        http.core.known.add(f"slack:{user}")
    said_silently(http, "U0BOB", "my very first question")
    has_run_long(http)
    await http.start()
    await filled(http)
    assert words(http)[0] == "my very first question"
    assert len(words(http)) == 3


async def test_when_slack_says_not_so_fast_it_is_read_later(http: SlackApp) -> None:
    await http.stop()
    said_silently(http, "U0ALICE", "patience", channel=HELP)
    http.cloud.fault("conversations.history", times=2, status=429, error="ratelimited", retry_after="1")
    http.cloud.fault("users.conversations", cut=True)
    await http.start()
    await filled(http)
    assert words(http) == ["patience"]


async def test_a_scope_that_is_missing_is_named_once_and_all_else_is_read(http: SlackApp, caplog: pytest.LogCaptureFixture) -> None:
    await http.stop()
    http.cloud.world.scopes -= {"channels:history"}
    said_silently(http, "U0ALICE", "in a channel", channel=HELP)
    said_silently(http, "U0BOB", "directly")
    caplog.set_level(logging.INFO)
    await http.start()
    await filled(http)
    assert words(http) == ["directly"]
    assert [r.getMessage().count("add the scope channels:history") for r in caplog.records if r.levelno >= logging.WARNING] == [1]
    assert http.channel.numbers()["slack_history_scopes_missing"] == 1
    assert "without channels:history what people write while we are away is lost" in [line for ok, line in await http.channel.diagnose() if not ok]


async def test_a_place_that_is_gone_keeps_nothing_back(http: SlackApp) -> None:
    await http.stop()
    del http.cloud.world.channels[TEAM_2]
    said_silently(http, "U0BOB", "still here")
    await http.start()
    await filled(http)
    assert words(http) == ["still here"]


async def test_the_doctor_says_that_a_gap_is_open(http: SlackApp) -> None:
    http.notes.kept["slack:gap:T0TEAM:1"] = "2026-01-01T10:00:00+00:00"
    assert any("2026-01-01T10:00" in line for ok, line in await http.channel.diagnose() if not ok)


async def test_ids_and_counts_are_logged_and_nobodys_words(http: SlackApp, caplog: pytest.LogCaptureFixture) -> None:
    await http.stop()
    said_silently(http, "U0ALICE", "my password is hunter2", channel=HELP)
    caplog.set_level(logging.DEBUG)
    await http.start()
    await filled(http)
    logged = "\n".join(r.getMessage() + str(r.__dict__) for r in caplog.records if r.name.startswith("adapters"))
    assert "hunter2" not in logged
    (done,) = [r for r in caplog.records if r.getMessage() == "what Slack's history shows was handed in"]
    assert done.__dict__["messages"] == 1
