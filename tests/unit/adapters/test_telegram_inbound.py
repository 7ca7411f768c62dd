"""Recorded updates (tests/recorded/telegram, one oddity each) become what they mean."""
from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.inbound import Reader, person, to_inbound
from bot.domain.desks import Desk, Tier
from bot.domain.ids import PlaceId
from bot.domain.messages import Attachment, Commanded, Edited, Inbound, LetIn, Moved, Pressed, Reachable, Said
from bot.domain.people import BOT

RECORDED = Path(__file__).parents[2] / "recorded" / "telegram"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DESK = Desk(tiers=(Tier(2, "Service desk", (PlaceId("telegram:-1001000000002"), PlaceId("telegram:-1001000000012"))),),
            help_places=frozenset({PlaceId("telegram:-1001000000001")}))
READER = Reader(123456, "help_bot", DESK)


def update(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def read(name: str, reader: Reader = READER) -> Inbound | None:
    return to_inbound(update(name), reader, NOW)


def heard(name: str, reader: Reader = READER) -> Inbound:
    inbound = read(name, reader)
    assert inbound is not None
    return inbound


def said(name: str) -> Said:
    what = heard(name).what
    assert isinstance(what, Said)
    return what


@pytest.mark.parametrize("name", [
    "group_plain_talk", "group_mention_of_another", "group_command_for_another_bot", "group_from_another_bot", "group_in_the_name_of_a_channel",
    "group_somebody_joined", "team_general_talk", "team_plain_talk", "team_topic_closed", "press_of_a_game", "removed_from_group",
    "reaction_nobody_asked_for", "private_live_location_moves",
])
def test_what_is_not_for_the_desk_is_nothing(name: str) -> None:
    assert read(name) is None


def test_private_words_come_with_who_and_when_and_two_keys() -> None:
    inbound = heard("private_text")
    assert (inbound.key, inbound.also) == ("700000001:message:57", "telegram:1001/57")
    assert (inbound.conversation, inbound.person.id, inbound.person.name, inbound.person.language) == ("telegram:1001", "telegram:1001", "Lea Fischer", "de")
    assert inbound.at == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    assert inbound.what == Said("Mein VPN geht nicht 😀\ufffd!", "telegram:1001/57", "telegram:1001", private=True, addressed=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "text", "files"), [
    ("private_photo_with_caption", "this one", (Attachment("telegram:photo:LARGE", "photo.jpg", "image/jpeg", 90000),)),
    ("private_document_path_in_name", "", (Attachment("telegram:document:DOC", "exe.cod", "application/msword", 25_000_000),)),
    ("private_voice", "", (Attachment("telegram:voice:VOICE", "voice.ogg", "audio/ogg", 8000),)),
    ("private_animation_also_as_document", "", (Attachment("telegram:animation:GIF", "animation.mp4", "video/mp4", 10),)),
    ("private_sticker", "👍", ()),
    ("private_location", "📍 https://www.openstreetmap.org/?mlat=41.38700&mlon=2.16991", ()),
    ("private_poll", "📊 Which one?\n• left\n• right", ()),
    ("private_contact", "👤 Max +4930123", ()),
    ("private_unknown_command", "/etc/hosts is empty", ()),
    ("private_forwarded_command", "/close 41", ()),
])
def test_whatever_is_sent_in_private_has_words_or_files(name: str, text: str, files: tuple[Attachment, ...]) -> None:
    assert (said(name).text, said(name).attachments) == (text, files)


@pytest.mark.parametrize(("name", "command", "argument", "conversation"), [
    ("private_command_with_argument", "status", "41", "telegram:1001"),
    ("private_deep_link", "start", "faq_vpn-access", "telegram:1001"),
    ("group_command_for_us", "new", "my chair squeaks", "telegram:-1001000000001/u1001"),
    ("team_topic_command", "note", "knows\nabout chairs", "telegram:-1001000000002/t12"),
])
def test_commands_have_a_name_and_an_argument(name: str, command: str, argument: str, conversation: str) -> None:
    inbound = heard(name)
    assert isinstance(inbound.what, Commanded)
    assert (inbound.what.name, inbound.what.argument, inbound.conversation) == (command, argument, conversation)


@pytest.mark.parametrize(("name", "text"), [
    ("group_mention", "how do I reset it?"), ("group_text_mention", "Help please"), ("group_caption_mentions_with_file", "see this"),
])
def test_in_groups_a_mention_addresses_the_bot(name: str, text: str) -> None:
    assert said(name).text == text
    assert (said(name).addressed, said(name).private) == (True, False)
    assert heard(name).conversation == "telegram:-1001000000001/u1001"


def test_a_topic_is_a_conversation_and_its_root_is_no_reply() -> None:
    inbound = heard("team_topic_words")
    assert inbound.conversation == "telegram:-1001000000002/t12"
    assert inbound.what == Said("try oil", "telegram:-1001000000002/80/t12", "telegram:-1001000000002", addressed=False)  # type: ignore[arg-type]
    assert said("team_topic_real_reply").reply_to == "telegram:-1001000000002/79/t12"


def test_without_topics_a_reply_names_the_card() -> None:
    assert heard("team_plain_reply_to_card").conversation == "telegram:-1001000000012"
    assert said("team_plain_reply_to_card").reply_to == "telegram:-1001000000012/70"


def test_edits_are_heard_where_the_desk_has_a_conversation() -> None:
    assert heard("private_edited").what == Edited("telegram:1001/57", "My VPN works")  # type: ignore[arg-type]
    group = {"update_id": 9, "edited_message": {**update("group_plain_talk")["message"], "edit_date": 1772359260}}
    assert to_inbound(group, READER, NOW) is None
    known = Reader(123456, "help_bot", DESK, is_known=lambda conversation: conversation == "telegram:-1001000000001/u1001")
    assert to_inbound(group, known, NOW) is not None


def test_presses_name_the_action_the_card_and_the_handle_for_the_answer() -> None:
    inbound = heard("press_on_card_in_topic")
    assert inbound.conversation == "telegram:-1001000000002/t12"
    assert inbound.person.id == "telegram:2001"
    assert inbound.person.language == "pt"
    assert inbound.what == Pressed("take:IT-41", "telegram:-1001000000002", "telegram:-1001000000002/13/t12", "4382bfdwdsb323b2d9")  # type: ignore[arg-type]
    assert heard("press_on_message_too_old_to_see").what == Pressed("solved:IT-41", "telegram:1001", "telegram:1001/9", "77")  # type: ignore[arg-type]


def test_blocking_and_letting_in_again_is_noticed() -> None:
    assert heard("blocked").what == Reachable(False)
    assert heard("let_in_again").what == Reachable(True)


def test_being_let_into_a_team_s_group_is_told_of_that_place() -> None:
    event = heard("let_into_team_group")
    assert (event.what, event.conversation, event.person) == (LetIn("telegram:-1001000000002"), "telegram:-1001000000002", BOT)  # type: ignore[arg-type]



def test_a_group_with_a_new_id_is_read_under_the_old_one_from_then_on() -> None:
    assert heard("group_becomes_supergroup").what == Moved("telegram:-4001", "telegram:-1001000004001")  # type: ignore[arg-type]
    desk = Desk(tiers=(Tier(2, "Service desk", (PlaceId("telegram:-4001"),)),))
    reader = Reader(123456, "help_bot", desk, {-1001000000012: -4001})
    inbound = heard("team_plain_reply_to_card", reader)
    assert (inbound.conversation, inbound.what.place) == ("telegram:-4001", "telegram:-4001")  # type: ignore[union-attr]


def test_a_name_of_signs_that_turn_the_line_is_no_name() -> None:
    assert heard("private_without_name_or_language").person.name == ""


@given(st.text(), st.text())
def test_names_are_one_clean_short_line(first: str, last: str) -> None:
    name = person({"id": 1, "first_name": first, "last_name": last}).name
    assert len(name) <= 80
    assert name.splitlines() in ([], [name])
    assert not any("\u202a" <= letter <= "\u202e" or letter < " " for letter in name)


FIELDS = st.sampled_from(["id", "type", "chat", "from", "text", "message_id", "date", "entities", "photo", "reply_to_message", "data", "user"])
JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5), max_leaves=20)


@given(st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "poll"]), JUNK)
def test_junk_is_nothing_or_one_of_the_errors_the_listener_knows(kind: str, body: Any) -> None:
    try:
        inbound = to_inbound({"update_id": 1, kind: body}, READER, NOW)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return
    assert inbound is None or inbound.channel == "telegram"
