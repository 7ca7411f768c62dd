"""Recorded bodies of WhatsApp (tests/recorded/whatsapp, one oddity each) become what they mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.meta.events import Renamed
from adapters.meta.whatsapp_inbound import is_only_opening, letters, lost, renamings, to_inbound
from bot.domain.messages import Attachment, Commanded, Deleted, Edited, Inbound, Pressed, Said

RECORDED = Path(__file__).parents[2] / "recorded" / "whatsapp"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PHONE, SHEENA = "106540352242922", "US.13491208655302741918"
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=6)


def body(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def heard(name: str) -> list[Inbound]:
    found = [to_inbound(letter, letter.user or "n.0", NOW) for letter in letters(body(name), PHONE)]
    return [event for event in found if event is not None]


def only(name: str) -> Any:
    (event,) = heard(name)
    return event.what


def test_a_text_is_said_by_whom_meta_names_and_not_by_their_number() -> None:
    (event,) = heard("text")
    assert isinstance(event.what, Said)
    assert (event.what.text, event.what.private, event.what.addressed) == ("Does it come in another color? 🙂", True, True)
    assert (event.person.id, event.person.name, event.person.language) == (f"whatsapp:{SHEENA}", "Sheena Nelson", "en")
    assert (str(event.conversation), event.at) == (event.person.id, datetime.fromtimestamp(1749416383, UTC))
    assert "16505551234" not in repr(event)


def test_who_hides_their_number_is_the_same_person() -> None:
    assert [event.person.id for event in heard("text_number_hidden")] == [event.person.id for event in heard("text")]


def test_of_whom_an_old_payload_knows_the_number_alone_that_is_told_apart() -> None:
    (letter,) = letters(body("text_before_there_were_user_ids"), PHONE)
    assert (letter.user, letter.number) == ("", "16505551234")


@pytest.mark.parametrize("name", [
    "text_for_another_number", "text_in_a_group", "reaction", "system_changed_number", "system_changed_user_id", "user_id_update",
    "statuses_out_of_order", "status_failed_undeliverable", "template_status_of_the_account",
])  # fmt: skip
def test_what_is_no_word_to_us_is_none(name: str) -> None:
    assert heard(name) == []


def test_everything_in_a_batch_is_heard_in_its_order() -> None:
    events = heard("batch_of_several_entries")
    assert [event.what.text for event in events if isinstance(event.what, Said)] == ["one", "two", "three", "four"]
    assert [event.person.name for event in events] == ["Sheena Nelson", "Sheena Nelson", "Pablo M.", "Sheena Nelson"]
    assert len({event.key for event in events}) == 4


@pytest.mark.parametrize(("name", "action"), [("button_reply", "solved:IT-1"), ("list_reply", "ask-form:2")])
def test_a_press_bears_its_action_and_the_message_that_holds_it(name: str, action: str) -> None:
    what = only(name)
    assert isinstance(what, Pressed)
    assert (what.action, what.message) == (action, f"whatsapp:{SHEENA}/wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI4QzQ1QTAzNDBGMDk1OTc0NjQA")


@pytest.mark.parametrize(("name", "text", "file"), [
    ("image_with_caption", "The screen", Attachment("whatsapp:1003383421387256", "image.jpg", "image/jpeg")),
    ("document", "", Attachment("whatsapp:1908647269898587", "invoice.pdf", "application/pdf")),
    ("document_without_name", "", Attachment("whatsapp:1908647269898588", "document.bin", "application/vnd.ms-excel")),
    ("voice", "", Attachment("whatsapp:1908647269898589", "audio.ogg", "audio/ogg")),
    ("video", "", Attachment("whatsapp:1908647269898590", "video.mp4", "video/mp4")),
])  # fmt: skip
def test_files_come_with_their_caption_and_a_name_without_a_path(name: str, text: str, file: Attachment) -> None:
    what = only(name)
    assert (what.text, what.attachments) == (text, (file,))


@pytest.mark.parametrize(("name", "text"), [
    ("location", "📍 Solomon R. Guggenheim Museum, 1071 5th Ave, New York, https://www.openstreetmap.org/?mlat=40.78291&mlon=-73.95908"),
    ("contacts", "👤 Barbara J. Johnson +1 650-555-9999 bjohnson@example.com"),
    ("text_from_an_advertisement", "Can I get more info about this?"),
    ("text_forwarded_command", "/close IT-1"),
    ("template_button", "Read it"),
    ("sticker", ""), ("unsupported", ""), ("flow_reply", ""),
])  # fmt: skip
def test_what_has_no_words_is_told_in_some_or_in_none(name: str, text: str) -> None:
    what = only(name)
    assert isinstance(what, Said)
    assert (what.text, what.attachments) == (text, ())


def test_a_command_is_one_and_an_answer_names_what_it_answers() -> None:
    command, answer = only("text_command"), only("text_answers_ours")
    assert isinstance(command, Commanded)
    assert (command.name, command.private) == ("list", True)
    assert answer.reply_to == f"whatsapp:{SHEENA}/wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI4QzQ1QTAzNDBGMDk1OTc0NjQA"


def test_a_change_and_a_deletion_name_the_message_they_are_about() -> None:
    assert only("edited") == Edited(f"whatsapp:{SHEENA}/wamid.ORIGINAL=", "Does it come in blue?")  # type: ignore[arg-type]
    assert only("deleted") == Deleted(f"whatsapp:{SHEENA}/wamid.ORIGINAL=")  # type: ignore[arg-type]


def test_the_button_of_our_template_only_opens() -> None:
    assert [is_only_opening(letter) for name in ("template_button", "text") for letter in letters(body(name), PHONE)] == [True, False]


@pytest.mark.parametrize(("name", "reason"), [("status_failed_undeliverable", "gone"), ("status_failed_window", "window")])
def test_a_message_that_never_arrived_is_known_by_what_we_sent_along(name: str, reason: str) -> None:
    (one,) = lost(body(name), PHONE)
    assert (one.user, one.message, one.key, one.reason) == (SHEENA, "wamid.SENT=", "IT-2 reply:IT-2:5", reason)


@pytest.mark.parametrize("name", ["statuses_out_of_order", "status_failed_of_another_program", "text"])
def test_any_other_status_loses_nothing(name: str) -> None:
    assert lost(body(name), PHONE) == []


@pytest.mark.parametrize("name", ["user_id_update", "system_changed_user_id"])
def test_whoever_changes_their_number_is_called_anew_whatever_their_name_says(name: str) -> None:
    assert renamings(body(name), PHONE) == [Renamed(SHEENA, "US.24602319766413852029")]


def test_words_that_no_store_could_hold_are_made_whole() -> None:
    odd = body("text")
    odd["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] = "a\x00b\ud83d"
    (letter,) = letters(odd, PHONE)
    event = to_inbound(letter, letter.user, NOW)
    assert event is not None
    assert isinstance(event.what, Said)
    assert event.what.text == "a�b�"


@given(name=st.sampled_from(sorted(one.stem for one in RECORDED.glob("*.json"))), data=st.data())
def test_whatever_stands_where_something_else_should_nothing_breaks(name: str, data: st.DataObject) -> None:
    """One place in a real body is replaced by anything."""
    broken = body(name)
    at: Any = broken
    while True:
        key = data.draw(st.sampled_from(sorted(at, key=str)) if isinstance(at, dict) else st.integers(0, len(at) - 1))
        deeper = at[key]
        if not isinstance(deeper, dict | list) or not deeper or data.draw(st.booleans()):
            at[key] = data.draw(JSON)
            break
        at = deeper
    for letter in letters(broken, PHONE):
        event = to_inbound(letter, letter.user or "n.0", NOW)
        assert event is None or event.key
    lost(broken, PHONE)
    renamings(broken, PHONE)
