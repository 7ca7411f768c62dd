"""Messages fitted to Slack's limits, with nothing live in what people wrote. The stand-in's own table of limits is the judge."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack import outbound, text, views
from bot.domain.messages import (
    Article,
    Attachment,
    Choice,
    Facts,
    Form,
    FormField,
    Home,
    HomeSection,
    Outbound,
    Part,
    Say,
    Small,
    Title,
    Words,
)
from tests.clouds import slack_blocks

SMUGGLED = [
    "<!channel> <!here> <!everyone>",
    "<!subteam^S0ADMINS|@admins>",
    "<@U0ANN> <#C0PRIV|secret>",
    "<https://evil.example|https://bank.example>",
    "[bank](https://evil.example)",
    '<a href="https://evil.example">bank</a>',
    "&lt;!channel&gt; &amp;lt;",
    "``` > *bold* _it_ ~no~ `code` :ticket:",
    "@channel @here",
    "line\n> quote\n```\nbreak out",
    "\u202egnp.exe\u200b",
]


def shown(message: Outbound) -> dict[str, Any]:
    return outbound.payload(message)


@pytest.mark.parametrize("words", SMUGGLED)
@pytest.mark.parametrize(
    "part", [Words, Say, Small, Title, lambda w: Words("x", w), lambda w: Facts(((w[:60], w),)), lambda w: Facts((("Name", w),))]
)
def test_nothing_people_write_becomes_live(words: str, part: Any) -> None:
    message = shown(Outbound((part(words),), (Choice(words, "a"),)))
    assert slack_blocks.live(message) == []
    assert slack_blocks.problems(message["blocks"]) == []


@pytest.mark.parametrize("words", SMUGGLED)
def test_words_arrive_exactly_as_written(words: str) -> None:
    assert words in slack_blocks.shown(shown(Outbound((Words(words),))))


@pytest.mark.parametrize("words", SMUGGLED)
def test_values_of_facts_arrive_exactly_as_written(words: str) -> None:
    assert words in slack_blocks.shown(shown(Outbound((Facts((("Requester", words),)),))))


def test_the_fallback_is_escaped_exactly_once() -> None:
    assert shown(Outbound((Words("a < b & <!here>"),)))["text"] == "a &lt; b &amp; &lt;!here&gt;"


def test_the_fallback_holds_no_address_that_slack_would_link_by_itself() -> None:
    message = shown(Outbound((Words("see HTTPS://evil.example/x"),)))
    assert message["text"] == "see evil.example/x"


def test_a_bare_address_is_a_link_to_what_it_says_and_only_that() -> None:
    message = shown(Outbound((Words("see https://portal.example.com/reset?x=1, then call"),)))
    assert slack_blocks.live(message) == [("url", "https://portal.example.com/reset?x=1")]
    assert slack_blocks.shown(message) == "see https://portal.example.com/reset?x=1, then call"


def test_an_answer_shows_its_lists_bold_code_and_links() -> None:
    article = Article(
        "Open **Settings**:\n\n1. press `Win+I`\n2. choose [VPN](https://vpn.example.com)\n\nDone, see [x](javascript:alert(1))."
    )
    elements = shown(Outbound((article,)))["blocks"][0]["elements"]
    assert [e["type"] for e in elements] == ["rich_text_section", "rich_text_list", "rich_text_section"]
    assert elements[1]["style"] == "ordered"
    assert slack_blocks.live({"blocks": [{"type": "rich_text", "elements": elements}]}) == [("link", "https://vpn.example.com")]
    assert "[x](javascript:alert(1))" in slack_blocks.shown({"blocks": [{"type": "rich_text", "elements": elements}]})


def test_a_long_text_goes_out_in_numbered_parts_in_order_with_buttons_on_the_last() -> None:
    words = [f"w{n:05d}" for n in range(5000)]
    pieces = outbound.fit(Outbound((Words(" ".join(words), "Ann"),), (Choice("Reply", "reply:IT-1"),)))
    assert len(pieces) > 1
    found: list[str] = []
    for index, piece in enumerate(pieces):
        message = shown(piece)
        assert slack_blocks.problems(message["blocks"]) == []
        assert f"{index + 1}/{len(pieces)}" in slack_blocks.shown(message)
        found += [w for w in slack_blocks.shown(message).split() if w in set(words)]
    assert found == words
    assert [bool(p.choices) for p in pieces] == [False] * (len(pieces) - 1) + [True]


def test_a_long_card_keeps_its_buttons_on_the_message_that_is_edited_later() -> None:
    pieces = outbound.fit(Outbound((Words("word " * 5000, "Ann"),), (Choice("Reply", "reply:IT-1"),), card="IT-1"))

    first = [True] + [False] * (len(pieces) - 1)
    assert len(pieces) > 1
    assert [bool(p.choices) for p in pieces] == first
    assert [bool(p.card) for p in pieces] == first


def test_files_follow_the_words_one_a_piece() -> None:
    files = (Attachment("slack:F1", "a.txt"), Attachment("slack:F2", "b.txt"))
    pieces = outbound.fit(Outbound((Words("see"),), attachments=files))
    assert [(len(p.parts), [a.name for a in p.attachments]) for p in pieces] == [(1, []), (0, ["a.txt"]), (0, ["b.txt"])]


def test_a_text_is_never_cut_inside_a_visible_character() -> None:
    family = "👩‍👩‍👧‍👦"
    pieces = text.parts(family * 40, 50)
    assert "".join(pieces) == family * 40
    assert all(text.units(piece) <= 50 for piece in pieces)
    assert all(not piece.startswith(("\u200d", "\ufe0f")) for piece in pieces)


def test_a_label_too_long_for_a_button_is_written_out() -> None:
    label = "How do I ask for a new laptop when mine is older than three years but still works well enough?"
    (piece,) = outbound.fit(Outbound((Say("Did you mean"),), (Choice(label, "pick:1"),)))
    message = shown(piece)
    assert label in slack_blocks.shown(message)
    assert slack_blocks.problems(message["blocks"]) == []


def test_thirty_buttons_stand_in_two_rows() -> None:
    rows = outbound.buttons([Choice(f"b{n}", f"a:{n}") for n in range(30)])
    assert [len(row["elements"]) for row in rows] == [25, 5]
    assert slack_blocks.problems(rows) == []


def test_names_are_one_short_line_without_tricks() -> None:
    assert text.name("Eve\n<!here>\u202e\u200b" + "x" * 200) == "Eve <!here>" + "x" * 68 + "…"
    assert text.file_name("../../etc/pass\x00wd") == "passwd"
    assert text.file_name("..") == "file"


def test_an_author_without_a_visible_name_is_still_shown() -> None:
    assert slack_blocks.problems(shown(Outbound((Words("hi", "\u200b"),)))["blocks"]) == []


PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PARTS = st.one_of(
    st.builds(Words, st.text(min_size=1, max_size=9000), st.text(max_size=100)),
    st.builds(Say, st.text(min_size=1, max_size=400)),
    st.builds(Small, st.text(max_size=4000)),
    st.builds(Title, st.text(max_size=300), st.sampled_from(["", "open", "closed"])),
    st.builds(Article, st.text(alphabet="ab*`[]()-1. \nhttps:/", max_size=500)),
    st.builds(Facts, st.lists(st.tuples(st.text(max_size=50), st.text(max_size=5000)), max_size=14).map(tuple)),
)


@PATIENT
@given(st.lists(PARTS, max_size=12), st.lists(st.builds(Choice, st.text(min_size=1, max_size=120), st.just("do:IT-1")), max_size=30))
def test_whatever_is_said_slack_accepts_it(parts: list[Part], choices: list[Choice]) -> None:
    for piece in outbound.fit(Outbound(tuple(parts), tuple(choices), card="IT-1")):
        message = shown(piece)
        assert slack_blocks.problems(message["blocks"]) == []
        assert len(message["text"].encode()) <= 4000
        assert message["text"]


@PATIENT
@given(
    st.text(max_size=300),
    st.text(min_size=1, max_size=4000),
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=99)), min_size=1, max_size=5),
)
def test_whatever_a_form_says_slack_accepts_it(label: str, about: str, options: list[tuple[str, str]]) -> None:
    fields = (
        FormField("a", label or "x", initial=about),
        FormField("b", "pick", "choice", options=tuple(options)),
        FormField("c", "line", "line", hint=label),
    )
    form = Form("reply:IT-1", label, label, label, fields, (Words(about), Say(about)))
    assert slack_blocks.view_problems(views.modal(form, views.Origin("reply:IT-1", "p", "c"), "U0ANN", b"k")) == []


def test_a_form_is_only_good_for_whom_it_was_opened_and_as_it_was() -> None:
    origin = views.Origin("reply:IT-1", "slack:C0TIER2", "slack:C0TIER2/1.0", "https://hooks.slack.com/x")
    view = views.modal(Form("reply:IT-1", "Reply", "Send", "Cancel", ()), origin, "U0ANN", b"key")
    assert views.origin_of(view, "U0ANN", b"key") == origin
    assert views.origin_of(view, "U0BEN", b"key") is None
    assert views.origin_of(view, "U0ANN", b"other") is None
    assert views.origin_of({**view, "private_metadata": view["private_metadata"].replace("IT-1", "IT-2")}, "U0ANN", b"key") is None
    for odd in ("", "[]", "7", "null", "[[]]", '["a"]', "{}", "[" * 9999):
        assert views.origin_of({"private_metadata": odd}, "U0ANN", b"key") is None


def test_a_rule_stands_above_each_headline_of_a_home_page_but_the_first() -> None:
    headline, row = HomeSection((Title("Tickets"),)), HomeSection((Say("IT-1"),))
    kinds = [block["type"] for block in views.home_tab(Home((headline, row, row, headline, row)))["blocks"]]
    assert kinds == ["header", "rich_text", "rich_text", "divider", "header", "rich_text"]


def test_a_home_page_of_any_length_fits_a_view() -> None:
    section = HomeSection((Title("IT-1"), Facts((("a", "b"),)), Words("x" * 3000)), (Choice("Open", "open:IT-1"),))
    view = views.home_tab(Home((section,) * 60))
    assert slack_blocks.view_problems(view) == []
    assert 90 < len(view["blocks"]) <= 100
