"""Events of Matrix as the core's: what is said, changed and taken back, and all that is passed over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.matrix import addresses
from adapters.matrix.inbound import Room, person, to_inbound
from bot.domain.messages import Attachment, Commanded, Deleted, Edited, Inbound, Said
from tests.hostile import TEXTS

ME, ANA, BOB = "@support:example.org", "@ana:example.org", "@bob:example.org"
DIRECT, HELP = Room("!direct:example.org", ANA), Room("!help:example.org")


def event(content: dict[str, Any], kind: str = "m.room.message", sender: str = ANA, **more: Any) -> dict[str, Any]:
    return {"type": kind, "event_id": "$1", "sender": sender, "origin_server_ts": 1_772_442_000_000, "content": content, **more}


def said(room: Room = DIRECT, **content: Any) -> Any:
    heard = to_inbound(event({"msgtype": "m.text", "body": "hello", **content}), room, ME, "Ana")
    return heard.what if heard is not None else None


def test_words_in_the_direct_room_are_private_and_of_that_person() -> None:
    heard = to_inbound(event({"msgtype": "m.text", "body": "my chair squeaks"}), DIRECT, ME, "Ana")
    assert heard is not None
    assert (heard.key, heard.conversation, heard.person) == ("$1", "matrix:@ana:example.org", person(ANA, "Ana"))
    assert heard.at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert heard.what == Said("my chair squeaks", "matrix:!direct:example.org/$1", "matrix:@ana:example.org", private=True, addressed=True)  # type: ignore[arg-type]


def test_words_arrive_letter_for_letter() -> None:
    for text in TEXTS:
        what = said(body=text)
        if isinstance(what, Said):
            assert what.text == text
        else:
            assert isinstance(what, Commanded)
            assert text.strip().startswith(("/", "!"))


def test_a_question_in_a_help_room_begins_a_thread_and_what_is_said_in_one_belongs_to_it() -> None:
    top = to_inbound(event({"msgtype": "m.text", "body": "hello"}), HELP, ME)
    below = to_inbound(event({"msgtype": "m.text", "body": "more", "m.relates_to": {"rel_type": "m.thread", "event_id": "$0"}}), HELP, ME)
    assert top is not None
    assert below is not None
    assert isinstance(top.what, Said)
    assert isinstance(below.what, Said)
    assert (top.conversation, top.what.place, top.what.private, top.what.addressed) == ("matrix:!help:example.org/$1", "matrix:!help:example.org", False, True)
    assert (below.conversation, below.what.addressed, below.what.reply_to) == ("matrix:!help:example.org/$0", False, "matrix:!help:example.org/$0")


def test_who_mentions_us_in_anybodys_thread_means_us() -> None:
    what = said(HELP, **{"m.relates_to": {"rel_type": "m.thread", "event_id": "$0"}, "m.mentions": {"user_ids": [ME]}})
    assert what.addressed


def test_a_reply_names_what_it_answers_and_older_clients_quote_is_left_out() -> None:
    what = said(body="> <@support:example.org> Have you tried oil?\n> Twice?\n\nYes", **{"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}})
    assert (what.text, what.reply_to) == ("Yes", "matrix:!direct:example.org/$0")
    assert said(body="> <b> is what I typed\n\nYes").text == "> <b> is what I typed\n\nYes", "only where it is a reply"


def test_a_file_is_kept_where_it_is_and_its_caption_is_said() -> None:
    what = said(msgtype="m.image", body="see the crack", filename="chair.png", url="mxc://example.org/abc", info={"mimetype": "image/png", "size": 7})
    assert (what.text, what.attachments) == ("see the crack", (Attachment("matrix:mxc://example.org/abc", "chair.png", "image/png", 7),))
    bare = said(msgtype="m.file", body="chair.log", url="mxc://example.org/abc")
    assert (bare.text, bare.attachments[0].name, bare.attachments[0].mime) == ("", "chair.log", "application/octet-stream")


@pytest.mark.parametrize("url", ["https://evil.example/x", "mxc://example.org/../../admin", "mxc://example.org/a/b", "mxc:///abc", "", None, 7])
def test_a_file_that_is_nowhere_in_the_media_store_is_only_its_name(url: object) -> None:
    what = said(msgtype="m.file", body="chair.log", url=url)
    assert (what.text, what.attachments) == ("chair.log", ())


def test_changed_words_are_the_new_ones_and_a_redaction_deletes() -> None:
    what = said(body="* four", **{"m.new_content": {"msgtype": "m.text", "body": "four"}, "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}})
    assert what == Edited("matrix:!direct:example.org/$0", "four")  # type: ignore[arg-type]
    for gone in (event({}, "m.room.redaction", redacts="$0"), event({"redacts": "$0"}, "m.room.redaction")):
        heard = to_inbound(gone, DIRECT, ME)
        assert heard is not None
        assert heard.what == Deleted("matrix:!direct:example.org/$0")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [("!list", "list", ""), ("/close IT-4", "close", "IT-4"), ("!ASK  where is it?\n now", "ask", "where is it?\n now")],
)
def test_a_command_is_typed_with_a_sign(text: str, name: str, argument: str) -> None:
    what = said(body=text)
    assert isinstance(what, Commanded)
    assert (what.name, what.argument, what.private) == (name, argument, True)


@pytest.mark.parametrize("text", ["!important: it burns", "/usr/bin/python is gone", "list", "! list", "!!list"])
def test_what_is_no_command_of_ours_is_simply_said(text: str) -> None:
    assert said(body=text).text == text


@pytest.mark.parametrize(
    "nobody",
    [
        event({"msgtype": "m.notice", "body": "I am a program"}),
        event({"msgtype": "m.text", "body": "my own"}, sender=ME),
        event({"msgtype": "m.text", "body": "a stranger's"}, sender=BOB),
        event({"membership": "join"}, "m.room.member"),
        event({}, "m.room.message"),  # deleted
        event({"msgtype": "m.key.verification.request", "body": "verify me"}),
        event({"m.new_content": {}, "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}, "msgtype": "m.text", "body": "*"}),
        event({"msgtype": "m.text", "body": "x"}, event_id="$" + "x" * 300),
        event({"msgtype": "m.text", "body": "x"}, event_id="$\ud800"),
        event({"redacts": "$\ud800"}, "m.room.redaction"),
        event({}, "m.sticker"),  # deleted
        event({"msgtype": "m.text", "body": "x"}, sender="no name"),
        {},
    ],
)
def test_what_is_nobodys_words_is_passed_over(nobody: dict[str, Any]) -> None:
    assert to_inbound(nobody, DIRECT, ME) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("event_id", "rel_type", "m.in_reply_to", "size")), inner, max_size=3),
)
KEYS = ("msgtype", "body", "url", "info", "filename", "m.relates_to", "m.new_content", "m.mentions", "redacts", "format")


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.sampled_from(("m.room.message", "m.room.redaction", "m.sticker")), JSON)
def test_whatever_an_event_holds_it_becomes_an_event_of_ours_or_none(content: dict[str, Any], kind: str, moment: Any) -> None:
    for room in (DIRECT, HELP):
        heard = to_inbound({**event(content, kind), "origin_server_ts": moment}, room, ME)
        assert heard is None or isinstance(heard, Inbound)
        assert to_inbound({**event({}, kind), "content": moment}, room, ME) is None or kind == "m.room.redaction"


@pytest.mark.parametrize("name", ["@a/b:example.org", "@a%2Fb:example.org", "@a=b+c.d-e_f:[::1]:8448"])
def test_a_name_survives_as_an_id_and_a_slash_divides_nothing(name: str) -> None:
    identifier = addresses.person_id(name)
    assert "/" not in identifier
    assert addresses.parse(identifier) == addresses.Address(user=name)


def test_an_event_survives_as_an_id() -> None:
    for room, key in (("!a/b:example.org", "$c/d+e"), ("!0OgxhZSGjBfZz2IxfbIR2vWHtd8Z_qLScSIz-hu0s3o", "$7jop")):
        assert addresses.parse(addresses.message_id(room, key)) == addresses.Address(room=room, event=key)
    assert [addresses.parse(other) for other in ("matrix:!r/$a/$b", "matrix:!r/", "matrix:@a:b/$c", "slack:U1", "matrix:", "matrix:!")] == [None] * 6


def test_a_name_is_one_line_and_turns_no_reading_order() -> None:
    assert person(ANA, "\u202eAna\n Agent\x00").name == "Ana Agent\ufffd"
    assert person(ANA).name == "ana"
