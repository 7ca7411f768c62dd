"""Recorded bodies of Messenger and Instagram (tests/recorded, one oddity each) become what they mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.meta.page_inbound import letters, to_inbound
from bot.domain.messages import Commanded, Deleted, Edited, Inbound, Pressed, Said

RECORDED = Path(__file__).parents[2] / "recorded"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BOTH = ("messenger", "instagram")
ACCOUNT = {"messenger": "", "instagram": "17841400000000001"}
MID = "m_1457764197618:41d102a3e1ae206a38"


def heard(channel: str, name: str) -> list[Inbound]:
    body: Any = json.loads((RECORDED / channel / f"{name}.json").read_text())
    found = [to_inbound(letter, channel, NOW) for letter in letters(body, channel, ACCOUNT[channel])]
    return [event for event in found if event is not None]


def only(channel: str, name: str) -> Any:
    (event,) = heard(channel, name)
    return event.what


@pytest.mark.parametrize("channel", BOTH)
def test_a_text_is_said_in_the_persons_own_conversation(channel: str) -> None:
    (event,) = heard(channel, "text")
    assert isinstance(event.what, Said)
    assert (event.what.text, event.what.private, event.what.addressed) == ("hello, world!", True, True)
    assert (str(event.person.id), str(event.conversation)) == (f"{channel}:2494567890123", f"{channel}:2494567890123")
    assert len(event.key) <= 100
    assert len(event.what.message) <= 255


@pytest.mark.parametrize("channel", BOTH)
def test_a_shortcut_is_a_press(channel: str) -> None:
    assert only(channel, "quick_reply") == Pressed("solved:IT-1", f"{channel}:2494567890123")  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", BOTH)
def test_an_answer_names_what_it_answers_and_a_first_visit_starts(channel: str) -> None:
    assert only(channel, "reply_to_ours").reply_to == f"{channel}:2494567890123/m_1fTq8oLumEyIp3Q2MR-aY7IfLZDamVrALniheU"
    assert only(channel, "postback") == Commanded("start", "", f"{channel}:2494567890123", private=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", BOTH)
@pytest.mark.parametrize("name", ["echo", "read", "reaction"])
def test_what_is_no_word_of_theirs_is_none(channel: str, name: str) -> None:
    assert heard(channel, name) == []


@pytest.mark.parametrize(("channel", "name"), [("messenger", "delivered"), ("messenger", "standby"), ("instagram", "for_another_account")])
def test_what_is_not_for_us_is_none(channel: str, name: str) -> None:
    assert heard(channel, name) == []


@pytest.mark.parametrize("channel", BOTH)
def test_a_picture_is_fetched_by_its_address(channel: str) -> None:
    (file,) = only(channel, "image").attachments
    assert (file.source, file.name, file.mime) == (f"{channel}:https://scontent.xx.fbcdn.net/v/t1.15752-9/312.jpg?_nc_cat=1&oh=x", "image.jpg", "image/jpeg")


def test_a_file_has_the_name_that_stands_in_its_address_and_its_text() -> None:
    what = only("messenger", "file_with_text")
    assert (what.text, [file.name for file in what.attachments]) == ("The log", ["app.log"])


@pytest.mark.parametrize(("channel", "name", "text"), [
    ("messenger", "thumb", "👍"),
    ("messenger", "shared_link", "Look\nA page https://example.com/page"),
    ("messenger", "location", "📍 https://www.openstreetmap.org/?mlat=40.41680&mlon=-3.70380"),
    ("instagram", "story_mention", "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=17"),
    ("instagram", "unsupported", ""),
])  # fmt: skip
def test_what_has_no_words_is_told_in_some_or_in_none(channel: str, name: str, text: str) -> None:
    what = only(channel, name)
    assert (what.text, what.attachments) == (text, ())


def test_a_change_and_a_deletion_are_events_of_their_own() -> None:
    (changed,), (gone,), (text,) = heard("messenger", "edited"), heard("instagram", "deleted"), heard("instagram", "text")
    assert changed.what == Edited(f"messenger:2494567890123/{MID}", "hello, all!")  # type: ignore[arg-type]
    assert isinstance(gone.what, Deleted)
    assert isinstance(text.what, Said)
    assert gone.what.message == text.what.message
    assert gone.key != text.key
