"""The adapter by long polling against a Bot API on loopback."""
from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from adapters.telegram.channel import TelegramChannel
from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Article, Attachment, Choice, Commanded, Facts, Moved, Outbound, Pressed, Reachable, Reaction, Said, Say, Small, Title, Words
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, ThreadGone, Unauthorized
from tests.clouds.telegram import ANA, BASIC, BEA, CAI, EVE, HELP, LEA, MAX, PLAIN, TEAM, TelegramCloud
from tests.clouds.telegram_ear import Ear, Notes, StoppedClock, a_desk, listening
from tests.clouds.telegram_ledger import Entry
from tests.journeys.doors import eventually

CARD = Outbound((Title("IT-1 · Open", "open"), Facts((("Requester", "Lea"),)), Words("My chair squeaks")),
                (Choice("Take it", "take:IT-1", "primary"), Choice("Escalate", "escalate:IT-1")), card="IT-1 · Lea · My chair squeaks")


@pytest.fixture
async def cloud() -> AsyncIterator[TelegramCloud]:
    async with TelegramCloud() as cloud:
        yield cloud


def last(cloud: TelegramCloud, chat: int) -> Entry:
    return cloud.ledger.shown(chat, by_bot=True)[-1]


async def a_card(cloud: TelegramCloud, channel: TelegramChannel, place: int = TEAM) -> tuple[MessageId, Entry]:
    card = await channel.send(f"telegram:{place}", CARD)
    return card, last(cloud, place)


# -------------------------------------------------------------------------------------------------------------- coming in
async def test_what_is_said_in_private_is_heard_once_and_confirmed_only_when_it_is_kept(cloud: TelegramCloud) -> None:
    cloud.say(LEA, "before the bot was up")
    async with listening(cloud) as (_, ear):
        ear.broken = 2
        cloud.say(LEA, "while the store is away")
        heard = [await ear.next("said"), await ear.next("said")]
        assert [i.what.text for i in heard if isinstance(i.what, Said)] == ["before the bot was up", "while the store is away"]
        assert heard[0].person.name == "Lea Fischer"
        assert heard[0].person.language == "de"
        assert heard[0].conversation == f"telegram:{LEA}"
        await cloud.ledger.until(lambda: cloud.updates.polls > 2 and not cloud.updates.pending, "everything confirmed")


async def test_a_question_that_was_kept_but_not_confirmed_is_a_repeat_after_a_restart(cloud: TelegramCloud) -> None:
    ear = Ear()
    async with listening(cloud, ear=ear):
        cloud.say(LEA, "only once")
        await ear.next("said")
    cloud.updates.insert({"update_id": 1, "message": {**cloud.ledger.messages[0].wire}})
    async with listening(cloud, ear=ear):
        cloud.say(LEA, "the next")
        assert (await ear.next("said")).what.text == "the next"  # type: ignore[union-attr]
        assert ear.heard == []


@pytest.mark.parametrize(("hours", "alarms"), [(11, 0), (13, 1)])
async def test_updates_that_come_half_a_day_late_are_kept_and_raise_one_alarm(
    cloud: TelegramCloud, caplog: pytest.LogCaptureFixture, hours: int, alarms: int
) -> None:
    """J10."""
    written = int(StoppedClock().now().timestamp()) - hours * 3600
    async with listening(cloud) as (channel, ear):
        for n in range(3):
            person = {"id": LEA, "is_bot": False, "first_name": "Lea"}
            message = {"message_id": 900 + n, "date": written, "chat": {"id": LEA, "type": "private"}, "from": person, "text": f"late {n}"}
            cloud.updates.insert({"update_id": 800_000_000 + n, "message": message})
        assert [(await ear.next("said")).what.text for n in range(3)] == ["late 0", "late 1", "late 2"]  # type: ignore[union-attr]
        assert channel.numbers() == {"telegram_lag_seconds": hours * 3600.0}
    said = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(said) == alarms
    assert all("13 hours late" in record.getMessage() for record in said)


async def test_a_rival_poller_is_waited_out(cloud: TelegramCloud) -> None:
    cloud.fail("getUpdates", status=409, description="Conflict: terminated by other getUpdates request", times=2)
    async with listening(cloud) as (_, ear):
        cloud.say(LEA, "still heard")
        assert isinstance((await ear.next("said")).what, Said)


@pytest.mark.parametrize("trouble", [{"cut": True}, {"status": 502, "body": "<html>Bad Gateway</html>"}, {"body": "<html>"}, {"retry_after": 1}])
async def test_polling_outlives_trouble_on_the_wire(cloud: TelegramCloud, trouble: dict[str, object]) -> None:
    cloud.fail("getUpdates", **trouble)
    async with listening(cloud) as (_, ear):
        cloud.say(LEA, "after the storm")
        assert isinstance((await ear.next("said")).what, Said)


async def test_people_are_heard_however_many_calls_hang(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, ear):
        card, _ = await a_card(cloud, channel)
        hang = cloud.fail("editMessageText", hang_s=60.0, times=100)
        edits = [asyncio.create_task(channel.edit(card, CARD)) for _ in range(100)]
        await eventually(lambda: hang.times <= 100 - 64, "as many calls at once as there may be")
        for words in ("my chair squeaks", "and my lamp hums"):
            cloud.say(LEA, words)
            heard = await ear.next("said")
            assert isinstance(heard.what, Said)
            assert heard.what.text == words
        for edit in edits:
            edit.cancel()
        await asyncio.gather(*edits, return_exceptions=True)


async def test_a_refused_token_ends_listening_with_the_cure(cloud: TelegramCloud) -> None:
    cloud.revoked = True
    with pytest.raises(Unauthorized, match="TELEGRAM_BOT_TOKEN"):
        async with listening(cloud):
            pass


async def test_in_a_group_only_what_is_meant_for_the_bot_is_heard(cloud: TelegramCloud) -> None:
    cloud.ledger.members[HELP][cloud.bot["id"]] = "administrator"
    async with listening(cloud) as (channel, ear):
        cloud.say(LEA, "lunch at one?", HELP)
        cloud.say(LEA, "@help_bot how do I reset my password?", HELP)
        asked = await ear.next("said")
        assert isinstance(asked.what, Said)
        assert asked.what.text == "how do I reset my password?"
        assert asked.what.addressed
        assert asked.conversation == f"telegram:{HELP}/u{LEA}"
        await channel.send(asked.conversation, Outbound((Say("Like this."),), reply_to=asked.what.message))
        assert last(cloud, HELP).reply_to == int(asked.what.message.rpartition("/")[2])
        cloud.say(LEA, "and on the phone?", HELP, reply_to=last(cloud, HELP))
        assert (await ear.next("said")).what.text == "and on the phone?"  # type: ignore[union-attr]
        assert ear.heard == []


async def test_a_press_is_heard_and_answered_for_the_presser_alone(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, ear):
        card, shown = await a_card(cloud, channel)
        cloud.click(EVE, shown, "Take it")
        pressed = await ear.next("pressed")
        assert isinstance(pressed.what, Pressed)
        assert (pressed.what.action, pressed.what.message, pressed.what.place) == ("take:IT-1", card, f"telegram:{TEAM}")
        refusal = Outbound((Say("Only support agents can do this."),), only_for=pressed.person.id, answer_to=pressed.what.answer_to)
        await channel.answer(pressed.what.place, refusal)
        assert cloud.ledger.answers(EVE) == ["Only support agents can do this."]


async def test_a_late_answer_to_a_press_goes_to_the_private_chat(cloud: TelegramCloud) -> None:
    cloud.start(ANA)
    async with listening(cloud) as (channel, ear):
        _, shown = await a_card(cloud, channel)
        cloud.click(ANA, shown, "Take it", age_s=16)
        pressed = await ear.next("pressed")
        assert isinstance(pressed.what, Pressed)
        await channel.answer(pressed.what.place, Outbound((Say("Bea took it."),), only_for=pressed.person.id, answer_to=pressed.what.answer_to))
        assert last(cloud, ANA).text == "Bea took it."


async def test_an_answer_too_long_for_an_alert_is_whole_in_the_private_chat_or_else_cut(cloud: TelegramCloud) -> None:
    cloud.start(ANA)
    words = "why not " * 40
    async with listening(cloud) as (channel, _):
        _, shown = await a_card(cloud, channel)
        for user in (ANA, BEA):
            query = cloud.click(user, shown, "Take it")
            await channel.answer(f"telegram:{TEAM}", Outbound((Say(words),), only_for=PersonId(f"telegram:{user}"), answer_to=query))
        assert last(cloud, ANA).text == words.strip()
        assert cloud.ledger.answers(BEA)[0].endswith("…")
        assert len(cloud.ledger.answers(BEA)[0]) <= 200


async def test_commands_deep_links_blocks_and_edits_arrive_as_what_they_are(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (_, ear):
        cloud.start(LEA, "faq_vpn")
        started = (await ear.next("commanded")).what
        assert isinstance(started, Commanded)
        assert (started.name, started.argument, started.private) == ("start", "faq_vpn", True)
        cloud.say(LEA, "/tickets")
        assert (await ear.next("commanded")).what.name == "list"  # type: ignore[union-attr]
        cloud.edit(cloud.say(LEA, "wrong"), "right")
        assert (await ear.next("edited")).what.text == "right"  # type: ignore[union-attr]
        cloud.block(LEA)
        assert (await ear.next("reachable")).what == Reachable(False)


async def test_the_menu_is_set_for_everybody_in_each_language_and_for_the_teams(cloud: TelegramCloud) -> None:
    async with listening(cloud):
        menus = await cloud.ledger.until(lambda: len(cloud.ledger.commands) == 30 and cloud.ledger.commands, "2 scopes and 3 groups in 6 languages")
    assert {c["command"] for c in menus["all_private_chats:", "de"]} >= {"start", "help", "tickets", "human", "privacy"}
    assert {c["command"] for c in menus[f"chat:{TEAM}", ""]} >= {"take", "escalate", "resolve", "reply", "note", "queue"}
    assert cloud.refusals == []


# -------------------------------------------------------------------------------------------------------------- going out
async def test_a_card_has_a_topic_of_its_own_where_work_is_done_and_heard(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, ear):
        card, shown = await a_card(cloud, channel)
        assert cloud.ledger.topics[TEAM, shown.topic or 0]["name"] == "IT-1 · Lea · My chair squeaks"
        assert shown.buttons == {"Take it": "take:IT-1", "Escalate": "escalate:IT-1"}
        await channel.send(f"telegram:{TEAM}", Outbound((Words("It got worse", "Lea"),)), thread=card)
        assert last(cloud, TEAM).topic == shown.topic
        cloud.say(ANA, "try oil", TEAM, topic=shown.topic)
        said = await ear.next("said")
        assert isinstance(said.what, Said)
        assert said.conversation == channel.thread_of(card)
        assert (said.what.addressed, said.what.reply_to, said.what.place) == (False, None, f"telegram:{TEAM}")


async def test_a_card_is_edited_in_place_and_equal_content_is_no_error(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, _):
        card, shown = await a_card(cloud, channel)
        taken = Outbound((Title("IT-1 · Taken by Ana", "taken"),), (Choice("Release", "release:IT-1"),), card="IT-1 · Lea · My chair squeaks")
        await channel.edit(card, taken)
        await channel.edit(card, taken)
        assert shown.text == "🔵 IT-1 · Taken by Ana"
        assert list(shown.buttons) == ["Release"]
        await channel.edit(card, Outbound((Title("IT-1 · Closed", "closed"),), card="IT-1 · closed"))
        assert cloud.ledger.topics[TEAM, shown.topic or 0] == {"name": "IT-1 · closed", "closed": True}
        await channel.send(f"telegram:{TEAM}", Outbound((Say("Reopened"),)), thread=card)
        assert last(cloud, TEAM).text == "Reopened"
    assert {d for _, d in cloud.refusals if "not modified" not in d} == set()


async def test_a_topic_deleted_by_hand_is_said_to_be_gone(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, _):
        card, shown = await a_card(cloud, channel)
        cloud.topic(ANA, TEAM, shown.topic or 0, "delete")
        with pytest.raises(ThreadGone):
            await channel.send(f"telegram:{TEAM}", Outbound((Say("anybody?"),)), thread=card)
        with pytest.raises(ThreadGone):
            await channel.edit(card, CARD)


async def test_a_topic_closed_by_hand_is_opened_for_the_next_words(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, _):
        card, shown = await a_card(cloud, channel)
        cloud.ledger.topics[TEAM, shown.topic or 0]["closed"] = True  # while nobody listened
        await channel.send(f"telegram:{TEAM}", Outbound((Say("there is more"),)), thread=card)
        assert last(cloud, TEAM).text == "there is more"


async def test_without_topics_the_card_is_worked_on_by_replies(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, ear):
        card, shown = await a_card(cloud, channel, PLAIN)
        assert channel.thread_of(card) is None
        await channel.send(f"telegram:{PLAIN}", Outbound((Words("It got worse", "Lea"),)), thread=card)
        assert last(cloud, PLAIN).reply_to == shown.id
        cloud.say(ANA, "what shall we eat?", PLAIN)
        cloud.say(ANA, "try oil", PLAIN, reply_to=shown)
        said = (await ear.next("said")).what
        assert isinstance(said, Said)
        assert (said.text, said.reply_to) == ("try oil", card)
        assert ear.heard == []


async def test_a_forum_where_the_bot_may_not_make_topics_gets_a_card_to_reply_to(cloud: TelegramCloud) -> None:
    cloud.methods.can_manage_topics = False
    async with listening(cloud) as (channel, _):
        card, shown = await a_card(cloud, channel)
        assert shown.buttons
        assert channel.thread_of(card) is None


async def test_words_are_asked_for_with_a_forced_reply_that_mentions_who_pressed(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, ear):
        card, shown = await a_card(cloud, channel)
        asked = Outbound((Say("What shall the note say?"),), ask="The note", only_for=PersonId(f"telegram:{ANA}"))
        question = await channel.send(f"telegram:{TEAM}", asked, thread=card)
        entry = last(cloud, TEAM)
        assert (entry.force_reply, entry.selective, entry.topic) == (True, True, shown.topic)
        assert entry.entities[0]["user"]["id"] == ANA
        cloud.say(ANA, "knows about chairs", TEAM, topic=shown.topic, reply_to=entry)
        assert (await ear.next("said")).what.reply_to == question  # type: ignore[union-attr]


async def test_what_people_wrote_is_literal_everywhere(cloud: TelegramCloud) -> None:
    evil = "<b>x</b> *y* @ana_agent /take_41 #urgent tg://user?id=1 [bank](https://evil.example) https://ok.example/a_b 👩‍🚒"
    cloud.start(LEA)
    async with listening(cloud) as (channel, _):
        await channel.send(f"telegram:{LEA}", Outbound((Words(evil, "@everyone"), Facts((("Subject", evil),)), Say(f"{evil} took it"))))
    entry = last(cloud, LEA)
    assert entry.text.count(evil) == 3
    assert {found["kind"] for found in entry.live} == {"url"}


async def test_articles_have_their_few_kinds_of_markup(cloud: TelegramCloud) -> None:
    cloud.start(LEA)
    async with listening(cloud) as (channel, _):
        await channel.send(f"telegram:{LEA}", Outbound((Article("**Open** `vpn` 😀 and see [the page](https://help.example).\n- one\n- two"), Small("IT-1"))))
    entry = last(cloud, LEA)
    assert entry.text == "Open vpn 😀 and see the page.\n• one\n• two\n\nIT-1"
    assert [(e["type"], e["offset"], e["length"]) for e in entry.entities] == [("bold", 0, 4), ("code", 5, 3), ("text_link", 20, 8), ("italic", 43, 4)]


async def test_entities_that_are_refused_are_left_out_and_the_words_arrive(cloud: TelegramCloud) -> None:
    cloud.start(LEA)
    cloud.fail("sendMessage", status=400, description="Bad Request: can't parse entities: unexpected end")
    async with listening(cloud) as (channel, _):
        await channel.send(f"telegram:{LEA}", Outbound((Words("see @ana", "Max"),)))
    assert last(cloud, LEA).text.replace("\u2060", "") == "Max\nsee @ana"
    assert last(cloud, LEA).live == []


async def test_files_go_both_ways(cloud: TelegramCloud) -> None:
    cloud.start(LEA)
    async with listening(cloud) as (channel, ear):
        cloud.attach(LEA, "log.txt", b"it squeaks", "see file")
        said = (await ear.next("said")).what
        assert isinstance(said, Said)
        assert said.text == "see file"
        (file,) = said.attachments
        assert (file.name, file.size) == ("log.txt", 10)
        assert await channel.fetch(file, 1000) == b"it squeaks"
        await channel.send(f"telegram:{LEA}", Outbound(attachments=(file,)))
        assert last(cloud, LEA).wire["document"]["file_id"] == file.source.rpartition(":")[2]

        async def from_elsewhere(attachment: Attachment, limit: int) -> bytes:
            return b"from the web"
        channel.fetch_any = from_elsewhere
        await channel.send(f"telegram:{LEA}", Outbound(attachments=(Attachment("web:77", "answer.pdf"),)))
        sent = last(cloud, LEA).wire["document"]
        assert cloud.ledger.files[sent["file_id"]] == ("answer.pdf", b"from the web")


async def test_files_over_the_limits_are_refused_by_name_before_they_are_carried(cloud: TelegramCloud) -> None:
    cloud.start(LEA)
    async with listening(cloud) as (channel, _):
        with pytest.raises(DeliveryRefused, match="too_large"):
            await channel.fetch(Attachment("telegram:document:FILE1", "big.iso", size=20_000_001), 10**9)
        with pytest.raises(DeliveryRefused, match="too_large"):
            await channel.send(f"telegram:{LEA}", Outbound(attachments=(Attachment("slack:F1", "big.iso", size=50_000_001),)))
        with pytest.raises(DeliveryRefused, match="gone"):
            await channel.fetch(Attachment("telegram:document:NOTHING", "lost.txt"), 1000)
    assert not [m for m, _ in cloud.calls if m == "sendDocument"]


async def test_a_group_that_became_a_supergroup_is_followed_both_ways_and_after_a_restart(cloud: TelegramCloud) -> None:
    notes, desk = Notes(), a_desk(tier_two=BASIC)
    async with listening(cloud, notes=notes, desk=desk) as (channel, ear):
        card, _ = await a_card(cloud, channel, BASIC)
        new = cloud.migrate(BASIC)
        moved = (await ear.next("moved")).what
        assert moved == Moved(PlaceId(f"telegram:{BASIC}"), PlaceId(f"telegram:{new}"))
        with pytest.raises(ThreadGone):
            await channel.edit(card, CARD)
        again, shown = await a_card(cloud, channel, new)
        cloud.say(ANA, "@help_bot here", new, reply_to=shown)
        said = await ear.next("said")
        assert (said.conversation, said.what.place, said.what.reply_to) == (f"telegram:{BASIC}", f"telegram:{BASIC}", again)  # type: ignore[union-attr]
    async with listening(cloud, notes=notes, desk=desk) as (channel, _):
        await channel.send(f"telegram:{BASIC}", Outbound((Say("still with you"),)))
        assert await channel.is_member(PlaceId(f"telegram:{BASIC}"), PersonId(f"telegram:{ANA}"))
    assert last(cloud, new).text == "still with you"


async def test_a_group_that_moved_unheard_is_found_by_sending(cloud: TelegramCloud) -> None:
    new = cloud.migrate(BASIC)
    cloud.updates.pending.clear()
    async with listening(cloud) as (channel, _):
        await channel.send(f"telegram:{BASIC}", Outbound((Say("where are you?"),)))
    assert last(cloud, new).text == "where are you?"


async def test_reactions_are_signs_on_the_message(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, ear):
        cloud.say(LEA, "thanks!")
        message = (await ear.next("said")).what.message  # type: ignore[union-attr]
        await channel.react(Reaction(message, "thanks"))
        await channel.react(Reaction(message, "thanks"))
        assert list(cloud.ledger.messages[0].reactions.values()) == [["🤝"]]


async def test_who_is_in_a_team_is_asked_of_telegram(cloud: TelegramCloud) -> None:
    async with listening(cloud) as (channel, _):
        team = PlaceId(f"telegram:{TEAM}")
        assert await channel.is_member(team, PersonId(f"telegram:{ANA}"))
        assert not await channel.is_member(team, PersonId(f"telegram:{CAI}"))
        assert not await channel.is_member(team, PersonId("telegram:987654321"))
        assert not await channel.is_member(team, PersonId("slack:U0ANA"))
        cloud.member(ANA, TEAM, "kicked")
        assert not await channel.is_member(team, PersonId(f"telegram:{ANA}"))


# ----------------------------------------------------------------------------------------------------------------- refusals
@pytest.mark.parametrize(("fault", "error", "detail"), [
    ({"retry_after": 7}, RateLimited, "wait 7 s"),
    ({"status": 429, "description": "Too Many Requests"}, RateLimited, "wait 5 s"),
    ({"status": 403, "description": "Forbidden: bot was blocked by the user"}, DeliveryRefused, "blocked"),
    ({"status": 403, "description": "Forbidden: bot can't initiate conversation with a user"}, DeliveryRefused, "not_started"),
    ({"status": 403, "description": "Forbidden: bot was kicked from the supergroup chat"}, DeliveryRefused, "forbidden"),
    ({"status": 400, "description": "Bad Request: chat not found"}, DeliveryRefused, "gone"),
    ({"status": 400, "description": "Bad Request: something new"}, DeliveryRefused, "invalid"),
    ({"status": 413, "description": "Request Entity Too Large"}, DeliveryRefused, "too_large"),
    ({"status": 401, "description": "Unauthorized"}, Unauthorized, "TELEGRAM_BOT_TOKEN"),
    ({"status": 502, "body": "<html>"}, DeliveryUnknown, ""),
    ({"body": '{"ok": true}'}, DeliveryUnknown, ""),
    ({"cut": True, "after": True}, DeliveryUnknown, ""),
])
async def test_each_refusal_says_what_can_be_done(cloud: TelegramCloud, fault: dict[str, object], error: type[Exception], detail: str) -> None:
    cloud.start(MAX)
    cloud.fail("sendMessage", **fault)
    async with listening(cloud) as (channel, _):
        with pytest.raises(error, match=detail or None) as raised:
            await channel.send(f"telegram:{MAX}", Outbound((Say("hello"),)))
    assert cloud.token not in str(raised.value)


async def test_when_nobody_answers_the_door_the_message_certainly_did_not_arrive() -> None:
    async with TelegramCloud() as cloud, listening(cloud) as (channel, _):
        await cloud.__aexit__()
        await eventually(lambda: not channel.is_ready(), "the channel has seen its connections end")

        async def is_refused() -> bool:
            """Not over a connection of before, whose end it may not have seen yet."""
            with pytest.raises(DeliveryError) as raised:
                await channel.send(f"telegram:{MAX}", Outbound((Say("hello"),)))
            return type(raised.value) is DeliveryError

        await eventually(is_refused, "it certainly did not arrive")


async def test_the_doctor_names_what_is_wrong_and_the_cure(cloud: TelegramCloud) -> None:
    cloud.ledger.members[PLAIN][cloud.bot["id"]] = "member"
    cloud.ledger.members[HELP][cloud.bot["id"]] = "left"
    async with listening(cloud) as (channel, _):
        findings = await channel.diagnose()
    assert [text for ok, text in findings if not ok] == [
        f"the bot is no administrator of team group {PLAIN}, so it does not see plain messages there: make it one",
        f"group {HELP} cannot be reached (forbidden: Forbidden: bot is not a member of the supergroup chat): add the bot to it, "
        "and check the number in firstline.toml"]
    assert findings[0] == (True, "Telegram knows the bot as @help_bot")


async def test_neither_the_token_nor_anybodys_words_are_logged_at_any_level(cloud: TelegramCloud, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    cloud.fail("getUpdates", cut=True)
    cloud.fail("sendMessage", body="<html>", times=1)
    async with listening(cloud) as (channel, ear):
        cloud.say(LEA, "my secret question")
        await ear.next("said")
        with pytest.raises(DeliveryUnknown):
            await channel.send(f"telegram:{LEA}", Outbound((Words("my secret answer"),)))
        await channel.send(f"telegram:{LEA}", Outbound((Words("my secret answer"),)))
    assert caplog.records
    assert not [record for record in caplog.records if cloud.token in record.getMessage() or "secret" in record.getMessage()]
