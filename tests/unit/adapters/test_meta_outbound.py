"""What we say within the limits of WhatsApp, Messenger and Instagram: nothing is lost, nothing is taken for markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.meta import page_outbound, whatsapp_outbound
from adapters.meta.page_outbound import INSTAGRAM_PLATFORM, MESSENGER_PLATFORM
from adapters.meta.whatsapp_text import shown
from bot.domain.messages import Article, Attachment, Choice, Facts, Outbound, Part, Say, Small, Title, Words
from tests.clouds.graph_world import Bubble

YES_NO = (Choice("Yes, solved", "solved:1"), Choice("No", "not:1"))


def choices(n: int, label: str = "Option") -> tuple[Choice, ...]:
    return tuple(Choice(f"{label} {i}", f"act:{i}") for i in range(n))


def phone(text: str) -> str:
    """As WhatsApp shows it."""
    return Bubble("wamid.1", True, text, None).shown  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------------------------- choices
def test_few_short_choices_are_buttons() -> None:
    made = whatsapp_outbound.content(Outbound((Say("Did it help?"),), YES_NO))
    assert made["interactive"]["type"] == "button"
    assert [one["reply"] for one in made["interactive"]["action"]["buttons"]] == [{"id": "solved:1", "title": "Yes, solved"}, {"id": "not:1", "title": "No"}]


@pytest.mark.parametrize("offered", [choices(4), (Choice("A label that is longer than twenty", "a"),), (Choice("Same", "a"), Choice("Same", "b"))])
def test_more_or_longer_or_equal_ones_are_a_list(offered: tuple[Choice, ...]) -> None:
    made = whatsapp_outbound.content(Outbound((Say("Which?"),), offered))
    (section,) = made["interactive"]["action"]["sections"]
    assert made["interactive"]["type"] == "list"
    assert [row["id"] for row in section["rows"]] == [choice.action for choice in offered]


def test_a_long_label_stands_whole_below_its_beginning() -> None:
    label = "How do I connect to the VPN from home when the printer hums?"
    row = whatsapp_outbound.content(Outbound((Say("Which?"),), (Choice(label, "a"),)))["interactive"]["action"]["sections"][0]["rows"][0]
    assert row["description"] == label
    assert label.startswith(row["title"].removesuffix("…"))
    assert len(row["title"]) <= 24


def test_addresses_stand_in_the_text_because_lists_have_no_room_for_them() -> None:
    (piece,) = whatsapp_outbound.pieces(Outbound((Say("See"),), (Choice("Manual", "", link="https://example.com/m"), *YES_NO)))
    assert "Manual: https://example.com/m" in shown(piece.parts)
    assert piece.choices == YES_NO


def test_shortcuts_are_at_most_thirteen_and_cut_to_their_room() -> None:
    made = page_outbound.content(Outbound((Say("Which?"),), (Choice("Home", "", link="https://x.example"), *choices(14, "A label of its own that is long"))))
    assert len(made["quick_replies"]) == 13
    assert all(one["title"].startswith("A label of its own") and len(one["title"]) <= 20 for one in made["quick_replies"])
    assert made["quick_replies"][0]["payload"] == "act:0"


# ----------------------------------------------------------------------------------------------------------------- pieces
@given(texts=st.lists(st.text(alphabet="ab <*_\n🙂ж>", max_size=3000), max_size=4), author=st.sampled_from(["", "Ann · IT-1"]), has=st.booleans())
def test_every_piece_fits_and_no_word_is_lost(texts: list[str], author: str, has: bool) -> None:
    parts: tuple[Part, ...] = (Title("T"), *(Words(text, author) for text in texts), Facts((("Room", "7"),)))
    message = Outbound(parts, choices(3) if has else ())
    for platform in (MESSENGER_PLATFORM, INSTAGRAM_PLATFORM):
        found = page_outbound.pieces(message, platform)
        measure = platform.measure
        assert all(measure.size(measure.show(piece.parts)) <= measure.most for piece in found)
        assert _signs([text for piece in found for text in _texts(piece)]) == _signs(_texts(message))
        assert sum((piece.choices for piece in found), ()) == message.choices
    found = whatsapp_outbound.pieces(message)
    assert all(len(shown(piece.parts).encode("utf-16-le")) // 2 <= (1024 if piece.choices else 4096) for piece in found)
    assert _signs([text for piece in found for text in _texts(piece)]) == _signs(_texts(message))


def _texts(message: Outbound) -> list[str]:
    found = [f"{k}: {v}" for part in message.parts if isinstance(part, Facts) for k, v in part.rows]
    return [*(part.text for part in message.parts if not isinstance(part, Facts) and not re.fullmatch(r"\(\d+/\d+\)", part.text)), *found]


def _signs(texts: list[str]) -> str:
    return "".join(sorted("".join(texts).replace(" ", "").replace("\n", "")))


@pytest.mark.parametrize("sign", ["x", "🙂", "ж"])
def test_pieces_that_are_full_to_the_brim_still_have_room_for_their_number(sign: str) -> None:
    message = Outbound((Say(sign * 40_000),))
    for platform in (MESSENGER_PLATFORM, INSTAGRAM_PLATFORM):
        shown_there = [page_outbound.shown(piece.parts) for piece in page_outbound.pieces(message, platform)]
        assert max(map(platform.measure.size, shown_there)) <= platform.measure.most
        assert shown_there[9].startswith(f"(10/{len(shown_there)})")
    assert max(len(shown(piece.parts).encode("utf-16-le")) // 2 for piece in whatsapp_outbound.pieces(message)) <= 4096


def test_what_is_cut_stays_marked_as_a_persons_so_that_a_person_may_say_it() -> None:
    pieces = page_outbound.pieces(Outbound((Words("word " * 900, "Ann · IT-1"),)), MESSENGER_PLATFORM)
    assert len(pieces) > 1
    assert all(page_outbound.is_by_a_person(piece) for piece in pieces)
    assert not page_outbound.is_by_a_person(Outbound((Title("IT-1 is resolved"), Say("Ann has resolved it."))))


@pytest.mark.parametrize(("file", "together"), [
    (Attachment("x:1", "a.pdf", "application/pdf", 100), True),
    (Attachment("x:1", "a.pdf", "application/pdf", 0), False),
    (Attachment("x:1", "a.ogg", "audio/ogg", 100), False),
    (Attachment("x:1", "a.zip", "application/zip", 100), False),
])  # fmt: skip
def test_a_short_text_is_the_caption_of_a_file_that_surely_fits(file: Attachment, together: bool) -> None:
    message = Outbound((Words("See page 2", "Ann"),), (), (file,))
    assert len(whatsapp_outbound.pieces(message)) == (1 if together else 2)


@pytest.mark.parametrize(("file", "kind"), [
    (Attachment("x:1", "a.jpg", "image/jpeg", 1000), "image"),
    (Attachment("x:1", "a.jpg", "image/jpeg", 6_000_000), "document"),
    (Attachment("x:1", "a.log"), "document"),
    (Attachment("x:1", "data.csv", "text/csv"), "document"),
    (Attachment("x:1", "a.ogg", "audio/ogg", 5), "audio"),
    (Attachment("x:1", "a.zip", "application/zip"), ""),
])  # fmt: skip
def test_files_are_sent_as_what_whatsapp_can_show(file: Attachment, kind: str) -> None:
    assert whatsapp_outbound.sort_of(file) == kind


def test_instagram_takes_pictures_and_pdf_and_messenger_takes_all() -> None:
    files = [Attachment("x:1", name) for name in ("a.png", "a.pdf", "a.txt")]
    assert [page_outbound.sort_of(file, INSTAGRAM_PLATFORM) for file in files] == ["image", "file", ""]
    assert [page_outbound.sort_of(file, MESSENGER_PLATFORM) for file in files] == ["image", "file", "file"]


# ------------------------------------------------------------------------------------------------------------------ words
@pytest.mark.parametrize("words", [
    "*bold* and _slanted_ and ~gone~ and `code`", "```rm -rf```", "*a* *b*", "> not a quote", "snake_case_name", "2 * 3 * 4", "*", "**", "rm *.txt *.log",
])  # fmt: skip
def test_what_people_wrote_shows_itself_on_whatsapp(words: str) -> None:
    text = shown([Words(words, "Ann")])
    assert phone(text) == f"Ann\n{words}"
    assert not any(line.startswith(">") for line in text.split("\n"))


def test_a_name_of_signs_is_a_name() -> None:
    assert phone(shown([Words("hi", "*Ann* _x_")])) == "∗Ann∗ _x_\nhi"


def test_words_among_ours_are_quoted_and_alone_they_need_not() -> None:
    assert shown([Title("IT-1"), Words("a\nb", "Ann")]).endswith("*Ann*\n> a\n> b")
    assert shown([Words("a\nb", "Ann"), Small("(1/2)")]).startswith("*Ann*\na\nb")


def test_an_answer_keeps_its_bold_its_code_and_its_addresses() -> None:
    assert shown([Article("**Open** the [portal](https://p.example/a_b_c), type `my_name`, then *wait*")]) == (
        "*Open* the portal (https://p.example/a_b_c), type `my_name`, then \u200b*\u200bwait*"
    )


@given(st.text(alphabet="*_~` a\n>", max_size=300))
def test_no_sign_of_theirs_ever_begins_markup(words: str) -> None:
    clean = words.strip("\n") or "x"
    assert phone(shown([Words(clean)])) == clean or not shown([Words(clean)]).strip()


def test_a_message_without_words_still_says_something() -> None:
    assert whatsapp_outbound.content(Outbound((), YES_NO))["interactive"]["body"]["text"]
    assert page_outbound.content(replace(Outbound(), choices=YES_NO))["text"]
