"""Recorded payloads, one oddity each, to Inbound."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack import inbound, views
from adapters.slack.inbound import Reading
from bot.domain.desks import Desk, Tier
from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import MAX_WORDS, Commanded, Deleted, Edited, HomeOpened, LetIn, Marked, Pressed, Said, Submitted
from bot.domain.people import BOT, Person

RECORDED = Path(__file__).parents[2] / "recorded" / "slack"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
DESK = Desk(tiers=(Tier(2, "Service desk", (PlaceId("slack:C0TIER2"),)),), help_places=frozenset({PlaceId("slack:C0HELP")}))


def recorded(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return payload


def reading(*known: str, **people: str) -> Reading:
    return Reading(
        "U0BOT", DESK, lambda c: c in known, NOW, {user: Person(PersonId(f"slack:{user}"), name) for user, name in people.items()}
    )


def heard(name: str, *known: str, **people: str) -> Any:
    return inbound.of_event(recorded(name), reading(*known, **people))


def test_a_mention_and_its_twin_are_the_same_thing_under_two_keys() -> None:
    mention, twin = heard("app_mention"), heard("message_twin_of_mention")
    assert mention.what == twin.what
    assert mention.what.text == "how do I map a drive on C:\\ & D:\\ ?"
    assert mention.what.addressed
    assert not mention.what.private
    assert mention.also == twin.also == "slack:C0GEN/1700000001.000100"
    assert mention.key != twin.key
    assert mention.conversation == "slack:C0GEN/1700000001.000100"


def test_a_direct_message_is_private_and_in_the_persons_own_conversation() -> None:
    event = heard("direct_message")
    assert (event.conversation, event.what.place, event.what.private) == ("slack:U0ALICE", "slack:D0ALICE", True)
    assert event.at == datetime.fromtimestamp(1700000002.0002, UTC)


def test_entities_are_decoded_once_and_links_show_where_they_lead() -> None:
    assert heard("direct_message").what.text == "my <!channel> key is stuck, see the status page (https://status.example.com) and #general"


def test_a_thread_in_direct_messages_stays_in_the_persons_conversation() -> None:
    event = heard("thread_of_direct_message")
    assert event.conversation == "slack:U0ALICE"
    assert event.what.reply_to == "slack:D0ALICE/1700000002.000200"


def test_a_changed_message_brings_the_new_words() -> None:
    event = heard("message_changed")
    assert event.what == Edited("slack:D0ALICE/1700000004.000400", "the 4th floor printer")
    assert event.person.id == "slack:U0ALICE"


def test_an_unfurled_link_is_no_edit() -> None:
    assert heard("message_changed_by_unfurl") is None


@pytest.mark.parametrize("name", ["message_deleted", "message_deleted_with_thread"])
def test_a_deleted_message_is_known_by_its_id_also_when_its_thread_lives_on(name: str) -> None:
    event = heard(name)
    assert event.what == Deleted("slack:C0HELP/1700000004.000400")
    assert event.conversation == "slack:C0HELP/1700000004.000400"
    assert event.person.id == "slack:U0ALICE"


def test_a_shared_file_comes_with_a_clean_name_and_lost_files_are_left_out() -> None:
    event = heard("file_share")
    assert [(a.source, a.name, a.size) for a in event.what.attachments] == [
        ("slack:F0LOG", "errorgnp.log", 2048),
        ("slack:F0CHECK", "file", 0),
    ]
    assert event.what.text == ""


@pytest.mark.parametrize(
    "name", ["bot_message", "message_by_another_app", "message_of_our_own", "unknown_subtype", "null_user", "odd_types"]
)
def test_what_no_person_wrote_is_ignored(name: str) -> None:
    assert heard(name) is None


def test_a_reply_shown_in_the_channel_too_is_a_word_in_its_thread_and_no_question() -> None:
    event = heard("thread_broadcast")  # its question may still come, so it is heard although the thread is not known yet
    assert event.what.reply_to == "slack:C0HELP/1700000004.000400"
    assert not event.what.addressed


def test_a_forwarded_message_brings_the_forwarded_words() -> None:
    assert heard("shared_message").what.text == "the door is jammed"


def test_talk_that_is_not_for_the_bot_is_dropped_unless_the_desk_has_that_conversation() -> None:
    assert heard("channel_message") is None
    assert heard("channel_message", "slack:C0GEN/1700000017.001700").what.text == "lunch?"


def test_every_top_level_message_in_a_help_channel_is_a_question() -> None:
    payload = recorded("channel_message")
    payload["event"]["channel"] = "C0HELP"
    event = inbound.of_event(payload, reading())
    assert event is not None
    assert isinstance(event.what, Said)
    assert event.what.addressed


def test_a_teams_words_in_a_cards_thread_come_in_and_top_level_talk_there_does_not() -> None:
    event = heard("team_thread_message")
    assert event.conversation == "slack:C0TIER2/1700000018.001800"
    assert not event.what.addressed
    payload = recorded("team_thread_message")
    del payload["event"]["thread_ts"]
    assert inbound.of_event(payload, reading()) is None


def test_mentioned_people_are_shown_by_name() -> None:
    payload = recorded("direct_message")
    payload["event"]["text"] = "ask <@U0ANN> or <@U0WHO> in <!subteam^S0IT|@it-team> &amp;lt;"
    event = inbound.of_event(payload, reading(U0ANN="Ann Archer"))
    assert event is not None
    assert isinstance(event.what, Said)
    assert event.what.text == "ask @Ann Archer or @U0WHO in @it-team &lt;"


def test_control_characters_and_lone_surrogates_are_replaced() -> None:
    payload = recorded("direct_message")
    payload["event"]["text"] = "a\x00b\ud83dc\r\nd\x9b"
    event = inbound.of_event(payload, reading())
    assert event is not None
    assert isinstance(event.what, Said)
    assert event.what.text == "a\ufffdb\ufffdc\nd\ufffd"


def test_a_text_beyond_all_limits_is_cut_aloud() -> None:
    payload = recorded("direct_message")
    payload["event"]["text"] = "x" * (MAX_WORDS + 5)
    event = inbound.of_event(payload, reading())
    assert event is not None
    assert isinstance(event.what, Said)
    assert len(event.what.text) == MAX_WORDS
    assert event.what.text.endswith("[…]")


def test_opening_the_home_tab_is_told() -> None:
    assert heard("app_home_opened").what == HomeOpened()


def test_being_let_into_a_team_s_channel_is_told_of_that_place_and_nobody_else_s_joining() -> None:
    event = heard("member_joined_channel_ourselves")
    assert (event.what, event.conversation, event.person) == (LetIn("slack:C0TIER2"), "slack:C0TIER2", BOT)
    payload = recorded("member_joined_channel_ourselves")
    payload["event"]["user"] = "U0ANN"
    assert inbound.of_event(payload, reading()) is None


def test_only_the_ticket_emoji_of_a_person_marks() -> None:
    assert inbound.ticket_mark(recorded("reaction_added"), reading()) == ("C0GEN", "1700000017.001700")
    for field, value in (("reaction", "eyes"), ("user", "U0BOT"), ("item_user", "U0BOT"), ("item", {"type": "file", "file": "F0"})):
        payload = recorded("reaction_added")
        payload["event"][field] = value
        assert inbound.ticket_mark(payload, reading()) is None


def test_a_marked_message_is_a_request_of_its_author_with_the_talk_before_it() -> None:
    thread = [
        {"user": "U0BOB", "ts": "1700000001.000000", "text": "anyone?"},
        {"user": "U0BOT", "bot_id": "B0BOT", "ts": "1700000002.000000", "text": "beep"},
        {"user": "U0ALICE", "ts": "1700000003.000000", "thread_ts": "1700000001.000000", "text": "the lift is stuck"},
        {"user": "U0BOB", "ts": "1700000004.000000", "text": "later"},
    ]
    earlier = inbound.quoted(thread, "1700000003.000000", reading(U0BOB="Bob"))
    event = inbound.of_mark("Ev1", "U0ANN", "C0GEN", thread[2], reading(), earlier)
    assert event is not None
    assert isinstance(event.what, Marked)
    assert event.person.id == "slack:U0ANN"
    assert (event.what.author.id, event.what.text, event.what.conversation) == (
        "slack:U0ALICE",
        "the lift is stuck",
        "slack:C0GEN/1700000001.000000",
    )
    assert [(q.author.name, q.text) for q in event.what.earlier] == [("Bob", "anyone?")]


@pytest.mark.parametrize(
    ("typed", "verb", "argument"),
    [
        ("", "help", ""),
        ("help", "help", ""),
        ("HELP", "help", ""),
        ("help me print", "ask", "help me print"),
        ("list", "list", ""),
        ("list of printers?", "ask", "list of printers?"),
        ("new", "new", ""),
        ("new my screen flickers", "new", "my screen flickers"),
        ("status 7", "status", "7"),
        ("status IT-7", "status", "IT-7"),
        ("status of my order", "ask", "status of my order"),
        ("close #12", "close", "#12"),
        ("close the door", "ask", "close the door"),
        ("take 3", "take", "3"),
        ("queue", "queue", ""),
        ("human", "human", ""),
        ("lang es", "lang", "es"),
        ("faq", "faq", ""),
        ("How do I reset my password?", "ask", "How do I reset my password?"),
    ],
)
def test_a_command_is_a_verb_or_a_question(typed: str, verb: str, argument: str) -> None:
    assert inbound.parsed(typed) == (verb, argument)


def test_a_command_is_answered_where_it_was_typed_in_the_persons_own_conversation() -> None:
    event = inbound.of_command(recorded("slash_command"), reading())
    assert event is not None
    assert event.conversation == "slack:U0ALICE"
    assert event.what == Commanded("status", "IT-7", PlaceId("slack:C0GEN"), answer_to="https://hooks.slack.com/commands/T0TEAM/1/abc")


def test_a_press_in_a_thread_belongs_to_that_thread_and_can_be_answered_there() -> None:
    event = inbound.of_press(recorded("block_actions_in_thread"), reading())
    assert event is not None
    assert isinstance(event.what, Pressed)
    assert event.conversation == "slack:C0TIER2/1700000018.001800"
    assert event.what.action == "take:IT-7"
    assert event.what.message == "slack:C0TIER2/1700000023.002300"
    assert event.what.answer_to == "https://hooks.slack.com/actions/T0TEAM/1/xyz#1700000018.001800"


def test_a_press_on_the_home_page_belongs_to_the_person() -> None:
    event = inbound.of_press(recorded("block_actions_at_home"), reading())
    assert event is not None
    assert (event.conversation, event.what) == ("slack:U0ALICE", Pressed("ask", PlaceId("slack:U0ALICE")))


def test_a_button_that_only_opens_a_link_is_no_press() -> None:
    payload = recorded("block_actions_in_thread")
    del payload["actions"][0]["value"]
    assert inbound.of_press(payload, reading()) is None


def test_sending_a_form_twice_has_one_key() -> None:
    view = {"id": "V0FORM", "state": {"values": {"words": {"words": {"type": "plain_text_input", "value": "hi"}}}}}
    payload = {"user": {"id": "U0ANN"}, "view": view, "trigger_id": "1.a"}
    origin = views.Origin("reply:IT-1", "slack:C0TIER2", "slack:C0TIER2/1.0")
    first, second = (inbound.of_submission({**payload, "trigger_id": t}, origin, reading()) for t in ("1.a", "1.b"))
    assert first is not None
    assert second is not None
    assert first.key == second.key
    assert first.what == Submitted("reply:IT-1", {"words": "hi"}, PlaceId("slack:C0TIER2"))


LEAF = st.sampled_from(
    [None, True, 7, 1.5, float("inf"), "", "U0ALICE", "C0HELP", "D0ALICE", "1700000001.000100", "nan", "<@U0BOT> <x|>", [], [None], {}]
)
ANY = st.one_of(
    LEAF, st.dictionaries(st.sampled_from(["user", "id", "text", "ts", "channel", "thread_ts", "files", "subtype"]), LEAF, max_size=4)
)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(
    event=st.dictionaries(
        st.sampled_from(
            ["type", "subtype", "user", "text", "ts", "thread_ts", "channel", "files", "message", "item", "attachments", "bot_id"]
        ),
        ANY,
    ),
    kind=st.sampled_from(["message", "app_mention", "reaction_added", "app_home_opened"]),
    subtype=st.sampled_from([None, "", "message_changed", "message_deleted", "file_share"]),
)
def test_no_payload_however_odd_raises(event: dict[str, Any], kind: str, subtype: str | None) -> None:
    payload = {"event_id": "Ev1", "event": {**event, "type": kind, "subtype": subtype}}
    found = inbound.of_event(payload, reading())
    assert found is None or found.key == "Ev1"
    assert inbound.ticket_mark(payload, reading()) is None or kind == "reaction_added"
    assert inbound.of_press({"actions": [event], "user": event, "container": event}, reading()) is None
