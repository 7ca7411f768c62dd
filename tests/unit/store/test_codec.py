from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import (
    AddressProved,
    Article,
    Attachment,
    Bounced,
    Called,
    Choice,
    Commanded,
    Deleted,
    Delivered,
    Edited,
    Facts,
    FromDesk,
    Happening,
    Home,
    HomeOpened,
    HomeSection,
    LetIn,
    Marked,
    Moved,
    Outbound,
    Part,
    Pressed,
    Quoted,
    Reachable,
    Reaction,
    Said,
    Say,
    SignInAsked,
    Small,
    Submitted,
    TimerFired,
    Title,
    Undelivered,
    Words,
)
from bot.store import codec
from tests.builders import ALICE, BOB, MONDAY

PLACE, MESSAGE = PlaceId("chat:place"), MessageId("chat:m1")
FILE = Attachment("chat:f1", "ä.png", "image/png", 7)
EVERYTHING = (
    Said("text", MESSAGE, PLACE, True, True, MESSAGE, (FILE,), (Quoted(BOB, "before", MONDAY),)),
    Edited(MESSAGE, "new"),
    Deleted(MESSAGE),
    Pressed("yes:IT-1", PLACE, MESSAGE, "handle"),
    Submitted("ask", {"question": "why", "": ""}, PLACE, "handle", (FILE,)),
    Commanded("ask", "why", PLACE, True, MESSAGE, MESSAGE, "handle"),
    Marked("text", MESSAGE, PLACE, BOB, ConversationId("chat:c"), (FILE,), (Quoted(ALICE, "before", MONDAY),)),
    HomeOpened(),
    FromDesk("ticket", "hr", "HR-4", "an envelope"),
    Reachable(False),
    LetIn(PlaceId("slack:C1")),
    Moved(PLACE, PlaceId("chat:elsewhere")),
    TimerFired("claim", "IT-1", MONDAY),
    Undelivered("p1", "IT-1", "blocked"),
    Delivered(7, "IT-1"),
    Called("in", 300, "voicemail", PlaceId("phone:+34600111222"), BOB.id, "wants to be rung"),
    SignInAsked(PersonId("email:a@example.org"), "https://help.example.org/x", 900),
    AddressProved(PersonId("email:a@example.org")),
    Bounced(MessageId("email:ana@example.org/0123456789abcdef/<m@host>")),
)
PARTS = (Title("IT-1", "open"), Say("say"), Words("words", "Alice"), Article("**bold**"), Facts((("a", "b"), ("c", "d"))), Small("small"))
CHOICES = (Choice("Yes", "yes:1", "primary"), Choice("More", "", link="https://example.org"))
BODIES = (
    Outbound(PARTS, CHOICES, (FILE,), "card", "ask", PersonId("chat:a"), "h", MESSAGE),
    Outbound(),
    Reaction(MESSAGE, "thanks"),
    Home((HomeSection(PARTS, (Choice("Yes", "yes:1"),)), HomeSection(()))),
)


def test_the_samples_here_hold_every_kind_there_is() -> None:
    assert {type(what) for what in EVERYTHING} == set(get_args(Happening))
    assert {type(part) for part in PARTS} == set(get_args(Part))


@pytest.mark.parametrize("what", EVERYTHING, ids=lambda what: what.kind)
def test_every_event_is_read_as_it_was_written(what: Any) -> None:
    again = codec.decode(codec.HappeningByKind, codec.encode(codec.HappeningByKind, what))
    assert again == what
    assert type(again) is type(what)


@pytest.mark.parametrize("body", BODIES)
def test_every_body_is_read_as_it_was_written(body: Any) -> None:
    text = codec.encode(type(body), body)
    assert codec.decode_body(codec.kind_of(body), text) == body
    assert codec.encode_body(body) == text
    assert codec.decode_body(codec.kind_of(body), text) == body


def test_what_a_newer_version_added_is_dropped_and_what_an_older_lacks_has_its_default() -> None:
    assert codec.decode(codec.HappeningByKind, '{"kind": "deleted", "message": "chat:m1", "mood": "sorry"}') == Deleted(MESSAGE)
    assert codec.decode(Outbound, "{}") == Outbound()


@given(st.text(st.characters() | st.sampled_from("\0\ud800\udfff\\u0000🙂")))
def test_any_text_can_be_stored_and_only_what_no_database_keeps_is_changed(text: str) -> None:
    kept = codec.clean(text)
    kept.encode()
    assert "\0" not in kept
    assert len(kept) == len(text)
    assert all(was == now or now == "\ufffd" for was, now in zip(text, kept, strict=True))
    assert codec.decode(Outbound, codec.encode(Outbound, Outbound((Words(text),)))) == Outbound((Words(kept),))
    body = Outbound((Say(text),))
    assert codec.decode_body("message", codec.encode_body(body)) == Outbound((Say(kept),))
    assert codec.cleaned(body) == Outbound((Say(kept),))


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_is_kept_to_the_microsecond_whatever_its_zone(moment: datetime) -> None:
    assert codec.from_micros(codec.to_micros(moment)) == moment.astimezone(timezone(timedelta(0)))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        codec.to_micros(datetime(2026, 1, 1))
