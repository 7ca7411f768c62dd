"""What goes out fits Telegram's limits, whatever people wrote: nothing lost, nothing live, no entity inside a symbol."""
from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram import outbound
from adapters.telegram.entities import cut_points, quieted, units
from adapters.telegram.outbound import fit, keyboard, render, text_params
from bot.domain.ids import MessageId, PersonId
from bot.domain.messages import Article, Attachment, Choice, Facts, Outbound, Part, Say, Small, Title, Words
from bot.errors import DeliveryRefused
from tests.clouds.telegram_text import checked, live
from tests.clouds.telegram_text import keyboard as accepted_keyboard

LETTERS = st.text(st.sampled_from("ab 😀👩‍🚒é́\n@/#.$*`[]()<&:ñ字\u202e") | st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=300)
LONG = st.builds(lambda piece, times: piece * times, st.text(st.sampled_from("word 😀\n.@/x"), min_size=1, max_size=40), st.integers(1, 600))
TEXTS = LETTERS | LONG
PARTS: st.SearchStrategy[Part] = (
    st.builds(Title, LETTERS, st.sampled_from(["", "open", "closed"])) | st.builds(Say, TEXTS) | st.builds(Words, TEXTS, LETTERS) | st.builds(Article, TEXTS)
    | st.builds(Small, LETTERS) | st.builds(lambda rows: Facts(tuple(rows)), st.lists(st.tuples(st.text("Label", min_size=1, max_size=9), TEXTS), max_size=4)))
MESSAGES = st.builds(lambda parts: Outbound(tuple(parts)), st.lists(PARTS, max_size=5))


def bodies(message: Outbound) -> list[str]:
    """The texts of all pieces, without their numbers."""
    texts = [str(text_params(piece)["text"]) for piece in fit(message)]
    return texts if len(texts) == 1 else [text.removesuffix(f"{n}/{len(texts)}") for n, text in enumerate(texts, 1)]


def without_space(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(MESSAGES)
def test_every_piece_is_one_that_telegram_takes(message: Outbound) -> None:
    for piece in fit(message):
        params = text_params(piece)
        assert 1 <= len(params["text"]) <= units(params["text"]) <= 4096
        assert params["text"].strip()
        checked(params["text"], params.get("entities", []))


@given(MESSAGES)
def test_code_holds_no_other_entity_and_quotes_hold_no_quote(message: Outbound) -> None:
    for piece in fit(message):
        entities = text_params(piece).get("entities", [])
        for code in (e for e in entities if e["type"] in ("code", "pre")):
            end = code["offset"] + code["length"]
            within = [e for e in entities if e is not code and e["offset"] >= code["offset"] and e["offset"] + e["length"] <= end]
            inside = [e for e in within if (e["type"], e["length"]) != ("blockquote", code["length"])]  # a quote of nothing else is around it
            assert inside == []


@given((LONG | LETTERS).filter(lambda text: any(letter.isprintable() for letter in without_space(text))))
def test_long_words_arrive_whole_and_in_order(text: str) -> None:
    assert without_space("".join(bodies(Outbound((Words(text),))))) == without_space(text)


@given(TEXTS, LETTERS)
def test_nothing_that_people_wrote_is_live_except_plain_addresses(text: str, author: str) -> None:
    for piece in fit(Outbound((Words(text, author), Facts((("Subject", text),)), Say(text)))):
        params = text_params(piece)
        kinds = {found["kind"] for found in live(params["text"], params.get("entities", [])) if found["label"].lower() not in outbound.OUR_COMMANDS}
        assert kinds <= {"url", "email"}


@pytest.mark.parametrize("text", [
    "@ana", "@@ana", "x @ana_agent y", "(@ana)", "/take_41", "see:/close", "//close", "/close@help_bot", "#urgent", "##urgent", "$EUR", "tg://user?id=1", "TG://x",
    "https://ok.example @ana", "https://bank</a>", "\n/close\n", "é@ana", "😀@ana", "😀/close",
])
def test_each_way_to_be_live_is_code(text: str) -> None:
    for part in (Words(text), Words("x", text), Facts((("x", text),)), Small(text.replace("/close", "/take_41")), Article(text)):
        params = text_params(Outbound((part,)))
        assert {found["kind"] for found in live(params["text"], params.get("entities", []))} <= {"url"}


@given(LETTERS)
def test_the_plain_form_without_entities_is_not_live_either(text: str) -> None:
    assert {found["kind"] for found in live(quieted(text), [])} <= {"url", "email"}


def test_a_hundred_names_in_one_message_are_literal_all_the_same() -> None:
    text = " ".join(f"@name{n}" for n in range(300))
    params = text_params(Outbound((Words(text, "Eve"), Facts((("Subject", text[:500]),)))))
    assert len(params["entities"]) <= 100
    assert live(params["text"], params["entities"]) == []


def test_our_own_commands_can_be_tapped_in_our_own_sentences() -> None:
    params = text_params(Outbound((Say("Send /new to open one, or /take_41."),)))
    assert [found["label"] for found in live(params["text"], params["entities"])] == ["/new"]


def test_a_card_reads_well() -> None:
    card = Outbound((Title("IT-1 · Open", "open"), Facts((("Requester", "Lea Fischer"), ("Team", "Service desk"))), Words("My chair squeaks\nand creaks"),
                     Small("Words in this topic go to the requester.")))
    assert render(card.parts).text == (
        "🟢 IT-1 · Open\nRequester: Lea Fischer\nTeam: Service desk\n\nMy chair squeaks\nand creaks\n\nWords in this topic go to the requester.")
    assert [e["type"] for e in render(card.parts).entities] == ["bold", "bold", "bold", "blockquote", "italic"]


def test_pieces_keep_buttons_on_the_last_text_and_files_apart() -> None:
    files = (Attachment("web:1", "a.txt"), Attachment("web:2", "b.txt"))
    message = Outbound((Words("word " * 2000, "Lea"),), (Choice("Yes, solved", "solved:IT-1"),), files, reply_to=MessageId("telegram:1/2"))
    pieces = fit(message)
    assert [bool(p.choices) for p in pieces] == [False, False, True, False, False]
    assert [p.attachments for p in pieces[3:]] == [(files[0],), (files[1],)]
    assert [p.reply_to for p in pieces] == ["telegram:1/2", None, None, None, None]
    assert [text_params(p)["text"].rpartition("\n")[2] for p in pieces[:3]] == ["1/3", "2/3", "3/3"]


def test_a_card_keeps_its_buttons_on_the_message_that_is_edited_later() -> None:
    pieces = fit(Outbound((Title("IT-1"), Words("word " * 1000)), (Choice("Take it", "take:IT-1"),), card="IT-1"))
    assert [(bool(p.card), bool(p.choices)) for p in pieces] == [(True, True), (False, False)]


def test_a_file_alone_is_one_piece_and_an_empty_message_still_says_something() -> None:
    assert len(fit(Outbound(attachments=(Attachment("web:1", "a.txt"),)))) == 1
    assert [text_params(p)["text"] for p in fit(Outbound((Words(" \u200b\n"),)))] == ["…"]


@given(st.lists(st.text("abcdefgh 😀", min_size=1, max_size=60), min_size=1, max_size=230))
def test_any_number_of_buttons_is_shown_in_order(labels: list[str]) -> None:
    message = Outbound((Say("Which?"),), tuple(Choice(label + "x", f"pick:{n}") for n, label in enumerate(labels)))
    seen: list[str] = []
    for piece in fit(message):
        rows = accepted_keyboard(text_params(piece).get("reply_markup"))
        assert all(len(row) <= 8 for row in rows)
        seen += [button["callback_data"] for row in rows for button in row]
    assert seen == [f"pick:{n}" for n in range(len(labels))]


def test_short_buttons_share_a_row_and_long_ones_have_their_own() -> None:
    rows = keyboard([Choice("Take it", "a"), Choice("Note", "b"), Choice("Reply", "c"), Choice("How do I reset my password?", "d"), Choice("Site", "e", link="https://x.example")])
    assert [[b["text"] for b in row] for row in rows] == [["Take it", "Note", "Reply"], ["How do I reset my password?"], ["Site"]]
    assert rows[2][0] == {"text": "Site", "url": "https://x.example"}


def test_no_button_is_cut_because_it_shares_a_row() -> None:
    rows = keyboard([Choice("Close", "a"), Choice("Note", "b"), Choice("Link to an entry", "c"), Choice("More…", "d")])
    assert [[b["text"] for b in row] for row in rows] == [["Close", "Note"], ["Link to an entry", "More…"]]


def test_the_numbers_of_a_rating_stand_in_one_row_and_what_follows_them_in_another() -> None:
    rows = keyboard([*(Choice(f"{n} ★", f"rate:{n}") for n in range(1, 6)), Choice("Reopen", "reopen")])
    assert [[b["text"] for b in row] for row in rows] == [["1 ★", "2 ★", "3 ★", "4 ★", "5 ★"], ["Reopen"]]


@pytest.mark.parametrize("choice", [
    Choice("x", "a" * 65), Choice("x", "é" * 33), Choice("x", ""), Choice("x", "a", link="javascript:alert(1)"), Choice("x", "a", link="tg://x"),
])
def test_a_button_that_telegram_would_refuse_is_refused_before_it_is_sent(choice: Choice) -> None:
    with pytest.raises(DeliveryRefused):
        keyboard([choice])


def test_a_fact_with_several_lines_is_a_list() -> None:
    assert render([Facts((("Tried", "one\n\n two "), ("Team", "Service desk")))]).text == "Tried: \n• one\n• two\nTeam: Service desk"


def test_a_sentence_that_begins_with_the_name_of_who_is_asked_is_the_mention() -> None:
    assert render([Say("Ana, what solved it?")], (2001, "Ana")).text == "Ana, what solved it?"
    assert render([Say("What solved it?")], (2001, "Ana")).text == "Ana\nWhat solved it?"


def test_words_are_asked_for_by_a_reply_that_only_one_person_is_pushed_to_give() -> None:
    message = Outbound((Say("What shall the note say?"),), (Choice("Cancel", "cancel"),), ask="Your note " * 20, only_for=PersonId("telegram:2001"))
    first, second = fit(message)
    params = text_params(first, (2001, "Ana"))
    assert params["reply_markup"] == {"force_reply": True, "selective": True, "input_field_placeholder": ("Your note " * 20)[:64]}
    assert params["text"] == "Ana\nWhat shall the note say?"
    assert params["entities"][0]["type"] == "text_mention"
    assert list(text_params(second)["reply_markup"]) == ["inline_keyboard"]


@given(TEXTS.filter(bool), st.integers(1, 4000))
def test_a_cut_takes_something_and_no_more_than_the_room(text: str, room: int) -> None:
    at = cut_points(text, room)
    assert 1 <= at <= len(text)
    assert at == 1 or units(text[:at]) <= room


def test_a_cut_falls_between_paragraphs_and_never_inside_a_link_or_an_emoji() -> None:
    assert cut_points("a" * 60 + "\n\n" + "b" * 60, 100) == 62
    link = "see [the page of everything](https://help.example/everything) now"
    assert cut_points("word " * 18 + link, 120) == 94
    family = "👩\u200d👩\u200d👧"
    assert cut_points("x" + family * 3, 12) == 6


def test_what_no_message_can_carry_is_replaced_letter_by_letter() -> None:
    odd = "a\ud83d b\0c\x1b 😀"
    message = Outbound((Words(odd, odd), Say(odd)), (Choice(odd, "a"), Choice(" ", "b")))
    params = text_params(message)
    params["text"].encode()
    assert params["text"].count("\ufffd") == 9
    checked(params["text"], params["entities"])
    assert [b["text"] for b in params["reply_markup"]["inline_keyboard"][0]] == ["a\ufffd b\ufffdc\ufffd 😀", "…"]
    assert outbound.topic_name("\ud83d") == "\ufffd"


def test_topic_names_are_one_line_and_short_enough() -> None:
    name = outbound.topic_name("IT-1 ·\n Lea · \u202e" + "very " * 60)
    assert name.startswith("IT-1 · Lea · very very")
    assert len(name) <= 128
