"""What is let in is what every database and log can hold, and nothing is lost on the way."""

from __future__ import annotations

import unicodedata
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import MAX_WORDS, Commanded, Edited, Happening, Marked, Pressed, Quoted, Said, Submitted
from bot.domain.people import Person
from bot.engine.running.intake import Intake, clean
from bot.errors import StoreError
from bot.store.memory import MemoryStore
from tests.builders import ALICE, MONDAY, a_message, an_event
from tests.world import SetClock

HOSTILE = "a\0b\x1b[31m\ud83dc\x07\x85\r\nd\re\tf"
HARMLESS = "a\ufffdb [31m\ufffdc  \nd\ne\tf"


@given(st.text(st.characters(), max_size=300))
def test_cleaning_leaves_no_control_character_but_tab_and_newline(text: str) -> None:
    """H3."""
    kept = clean(text)
    assert {c for c in kept if unicodedata.category(c) in ("Cc", "Cs")} <= {"\t", "\n"}
    assert kept.encode().decode() == kept


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=300))
def test_cleaning_changes_nothing_that_is_sound(text: str) -> None:
    """H3, H4."""
    assert clean(text) == text


@given(st.text(st.characters(), max_size=300))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """H3."""
    assert clean(clean(text)) == clean(text)


def test_more_than_the_limit_is_cut_before_anything_else_looks_at_it() -> None:
    """H1, H4."""
    begun = perf_counter()
    assert len(clean("e\u0301" * MAX_WORDS * 10)) == MAX_WORDS
    assert perf_counter() - begun < 1


async def received(what: Happening, person: Person = ALICE) -> tuple[Happening, Person]:
    store = MemoryStore()
    intake = Intake(store, SetClock(), lambda lane: None)
    await intake.receive(an_event(what, person))
    (waiting,) = await store.run(lambda tx: tx.waiting(person.id, MONDAY))
    return waiting.event.what, waiting.event.person


@pytest.mark.parametrize(
    "what",
    [
        a_message(HOSTILE),
        Edited(MessageId("chat:1"), HOSTILE),
        Commanded("reply", HOSTILE, PlaceId("chat:1")),
        Submitted("reply:IT-1", {"words": HOSTILE}, PlaceId("chat:1")),
        Marked(HOSTILE, MessageId("chat:1"), PlaceId("chat:1"), ALICE, ConversationId("chat:1")),
    ],
)
async def test_words_are_cleaned_by_whatever_door_they_come(what: Happening) -> None:
    """H3."""
    kept, _ = await received(what)
    words = [value for name in ("text", "argument") if (value := getattr(kept, name, None)) is not None]
    words += list(kept.values.values()) if isinstance(kept, Submitted) else []
    assert words == [HARMLESS]


async def test_a_name_is_one_short_line_whoever_bears_it() -> None:
    """B4, C9."""
    villain = Person(PersonId("chat:eve"), "Support\nAgent\x1b[0m " + "x" * 200)
    marked = Marked("x", MessageId("chat:1"), PlaceId("chat:1"), villain, ConversationId("chat:1"), earlier=(Quoted(villain, HOSTILE, MONDAY),))
    kept, person = await received(marked, villain)
    assert isinstance(kept, Marked)
    for name in (person.name, kept.author.name, kept.earlier[0].author.name):
        assert name.startswith("Support Agent [0m xxx")
        assert len(name) == 80
    assert kept.earlier[0].text == HARMLESS


async def test_the_same_key_twice_is_kept_and_counted_once() -> None:
    """A4, I4."""
    pokes: list[str] = []
    intake = Intake(MemoryStore(), SetClock(), pokes.append)
    for _ in range(3):
        await intake.receive(an_event(a_message("hello"), key="same"))
    assert (intake.received, intake.repeated, pokes) == (1, 2, [ALICE.id])


async def test_what_could_not_be_kept_is_not_taken_for_kept() -> None:
    """A6, I1, I8."""
    store, pokes = MemoryStore(), list[str]()
    intake = Intake(store, SetClock(), pokes.append)
    await store.close()
    with pytest.raises(StoreError):
        await intake.receive(an_event(a_message("hello")))
    assert (intake.received, intake.repeated, pokes) == (0, 0, [])


async def test_a_press_is_kept_as_it_came_because_its_action_is_checked_later() -> None:
    """B2."""
    kept, _ = await received(Pressed("take:IT-1", PlaceId("chat:1")))
    assert isinstance(kept, Pressed)
    assert kept.action == "take:IT-1"


def test_a_message_holds_what_the_largest_platform_allows() -> None:
    """H1."""
    assert MAX_WORDS >= 40_000
    assert isinstance(a_message("x"), Said)
