"""Messages as Matrix events: within the size of an event, and with nothing alive in what people wrote."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from adapters.matrix import outbound
from bot.domain.messages import Article, Attachment, Facts, Outbound, Say, Small, Title, Words
from tests.hostile import TEXTS

MOST_BYTES = 65_536  # of an event, as the specification has it; the server adds some


class Page(HTMLParser):
    """What a client shows, and what it met."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shown, self.met = "", list[tuple[str, list[tuple[str, str | None]]]]()
        self.feed(text)
        self.close()

    def handle_data(self, data: str) -> None:
        self.shown += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.append((tag, attrs))
        self.shown += "\n" if tag == "br" else ""


def test_what_people_wrote_is_shown_letter_for_letter_and_mentions_nobody() -> None:
    for text in TEXTS:
        content = outbound.content(Outbound((Words(text, text.replace("\n", " ")), Facts(((text, text),)))), "k")
        page = Page(content["formatted_body"])
        assert page.shown.count(text) >= 3
        assert {tag for tag, _ in page.met} <= {"blockquote", "strong", "br", "p"}
        assert [attrs for _, attrs in page.met if attrs] == []
        assert (content["m.mentions"], content["msgtype"]) == ({}, "m.notice")


def test_an_entry_has_its_bold_words_lists_and_links_and_nothing_else() -> None:
    text = "Open the **portal** `now`:\n\n- [here](https://example.org/?a=1&b=2)\n- <b>not</b> [there](javascript:alert(1))\n\n1. one\n2. two"
    html = outbound.text((Article(text),))["formatted_body"]
    assert html == (
        "<p>Open the <strong>portal</strong> <code>now</code>:</p>"
        '<ul><li><a href="https://example.org/?a=1&amp;b=2">here</a></li><li>&lt;b&gt;not&lt;/b&gt; [there](javascript:alert(1))</li></ul>'
        "<ol><li>one</li><li>two</li></ol>"
    )


@pytest.mark.parametrize("sign", ["ж", "🙂", "<", "&", '"', "'", "\n", "\\", "\x00", "*"])
def test_the_longest_piece_fits_into_an_event_whatever_it_is_made_of(sign: str) -> None:
    for piece in outbound.fit(Outbound((Words(sign * 30_000 + "end"),))):
        content = outbound.content(piece, "k" * 60, "$" + "t" * 60)
        assert len(json.dumps(content, ensure_ascii=False).encode()) < MOST_BYTES - 2000


def test_parts_stay_what_they_are_while_they_fit_and_files_are_apart() -> None:
    file = Attachment("a:1", "a.txt")
    message = Outbound((Title("T"), Words("w", "Ana"), Small("s")), attachments=(file,))
    text, attached = outbound.fit(message)
    assert (text.parts, text.attachments) == (message.parts, ())
    assert (attached.parts, attached.attachments) == ((), (file,))


def test_a_thread_a_reply_and_an_edit_are_relations() -> None:
    message = Outbound((Say("x"),))
    assert "m.relates_to" not in outbound.content(message, "")
    assert outbound.content(message, "", "", "$a")["m.relates_to"] == {"m.in_reply_to": {"event_id": "$a"}}
    assert outbound.content(message, "", "$t")["m.relates_to"]["rel_type"] == "m.thread"
    edited = outbound.edited(message, "$a")
    assert (edited["m.new_content"]["body"], edited["body"], edited["m.relates_to"]) == ("x", "* x", {"rel_type": "m.replace", "event_id": "$a"})


def test_halves_of_surrogate_pairs_become_a_sign_of_their_own() -> None:
    body = outbound.text((Say("a\ud800b"),))["body"]
    assert re.fullmatch("a\ufffdb", body)
    assert body.encode()
