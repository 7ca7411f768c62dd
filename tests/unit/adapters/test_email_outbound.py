"""Our messages as mails: what fits one, what it looks like, and that nothing people wrote becomes a header or markup."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.outbound import MOST_FILES, Heads, file_name, fit, letter, subject_of, without_words
from adapters.email.preview import preview
from bot.domain.messages import Article, Attachment, Facts, Outbound, Part, Say, Small, Title, Words
from tests.builders import MONDAY

HEADS = Heads("support@example.com", "IT help", "ana@home.example", "[IT-1] Chair", "<t1@example.com>", "support+t1-2@example.com", ("<a@b>", "<c@d>"))
HOSTILE = 'Hi\r\nBcc: eve@example.com\n\n<script>alert(1)</script>"; \x00\u2028X-Evil: 1\ud800'
OURS = {
    "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "auto-submitted", "x-auto-response-suppress", "from", "to", "mime-version",
    "content-type",
}  # fmt: skip


def sent(heads: Heads = HEADS, parts: tuple[Part, ...] = (Say("Hello"),), files: tuple[tuple[Attachment, bytes], ...] = ()) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(letter(heads, parts, files, MONDAY, "IT help · IT-1"), policy=default))


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


# ------------------------------------------------------------------------------------------------------------------ heads
def test_a_mail_stands_in_its_thread_and_answers_come_to_its_own_address() -> None:
    mail = sent()
    assert (mail["In-Reply-To"], mail["References"], mail["Reply-To"]) == ("<c@d>", "<a@b> <c@d>", "support+t1-2@example.com")
    assert (mail["From"], mail["To"]) == ("IT help <support@example.com>", "ana@home.example")
    assert (mail["Subject"], mail["Message-ID"]) == ("[IT-1] Chair", "<t1@example.com>")


@pytest.mark.parametrize(
    ("voice", "says"),
    [("answer", "auto-replied"), ("choice", "auto-replied"), ("", "auto-generated"), ("work", "auto-generated"), ("bulk", "auto-generated"), ("person", None)],
)
def test_only_what_a_person_wrote_says_nothing_of_being_automatic(voice: str, says: str | None) -> None:
    mail = sent(replace(HEADS, voice=voice))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == (says, "All" if says else None)
    assert (mail["Precedence"], mail["List-Id"]) == (("bulk", "<notices.support.example.com>") if voice == "bulk" else (None, None))


def test_nothing_that_people_wrote_becomes_a_header() -> None:
    heads = replace(HEADS, subject=HOSTILE, name=HOSTILE, references=(f"<{HOSTILE}>", "<a@b\r\nBcc: x@y.z>"))
    mail = sent(heads, (Words(HOSTILE, HOSTILE), Facts(((HOSTILE, HOSTILE),))), ((Attachment("x", HOSTILE, HOSTILE), b"1"),))
    assert {name.lower() for name in mail} <= OURS
    assert "Bcc" not in mail
    assert mail["Bcc"] is None


@given(st.text(), st.text(), st.text())
def test_whatever_people_write_a_mail_comes_of_it(subject: str, words: str, name: str) -> None:
    raw = letter(replace(HEADS, subject=subject, name=name, voice="person"), (Words(words, name), Title(words)), (), MONDAY, "IT help")
    head = raw.partition(b"\r\n\r\n")[0]
    assert {line.partition(b":")[0].lower().decode() for line in head.split(b"\r\n") if line[:1] not in b" \t"} <= OURS
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.isascii()


def test_a_subject_says_the_ticket_and_what_the_talk_is_called() -> None:
    parts = (Title("How do I connect?"), Say("So."))
    assert subject_of(parts, "IT-1", "My chair", "IT help", quotes=True) == "[IT-1] My chair"
    assert subject_of(parts, "IT-1", "My chair", "IT help", quotes=False) == "[IT-1] How do I connect?"
    assert subject_of((Words("x"),), "", "", "IT help", quotes=True) == "IT help"


def test_to_an_address_nobody_vouches_for_goes_nothing_that_was_written_in_its_name() -> None:
    assert without_words((Say("We got it."), Words("buy pills at example.com"))) == (Say("We got it."),)


# ------------------------------------------------------------------------------------------------------------------- body
def test_both_bodies_say_the_same_and_what_people_wrote_is_literal_in_each() -> None:
    mail = sent(parts=(Title("T & t", "open"), Words("<b>bold</b> & [x](https://e.example)", "Ann <a>"), Facts((("Room", "<1>"),)), Small("small")))
    plain, page = text_of(mail, "plain"), text_of(mail, "html")
    assert "> <b>bold</b> & [x](https://e.example)" in plain
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; [x](https://e.example)" in page
    assert "<b>bold" not in page
    assert all(one in plain for one in ("T & t", "Ann <a>:", "Room: <1>", "small", "IT help · IT-1"))
    assert all(one in page for one in ("T &amp; t", "Ann &lt;a&gt;", "&lt;1&gt;", "small", "IT help · IT-1"))


def test_an_answer_of_the_faq_keeps_its_form_and_loads_nothing() -> None:
    page = text_of(sent(parts=(Article("1. **Open** `x`\n2. [guide](https://help.example)\n\n![p](https://evil.example/p.png) <img src=x>"),)), "html")
    assert all(re.search(one, page) for one in (r"<ol style", r"<strong>Open</strong>", r"<code style=[^>]*>x</code>", r'<a style="[^"]*" href="https://help.example"'))
    assert not re.search(r"<(img|script|link|iframe)\b|url\(|src=", page.replace("&lt;img src=x&gt;", ""))


def test_numbered_choices_are_answers_that_a_tap_prepares() -> None:
    mail = sent(parts=(Say("1. Yes, solved\n2. No & never"), Small("Answer with the number.")))
    page = text_of(mail, "html")
    assert 'href="mailto:support+t1-2@example.com?subject=Re%3A%20%5BIT-1%5D%20Chair&amp;body=2"' in page
    assert "No &amp; never" in page
    assert "1. Yes, solved\n2. No & never" in text_of(mail, "plain").replace("\r\n", "\n")


def test_a_line_that_leads_to_a_page_is_a_link_and_no_other_sign_is() -> None:
    page = text_of(sent(parts=(Say("Open the report: https://help.example/r?a=1&b=2"), Say('x: javascript:alert(1)\ny: https://e.example/"onclick='))), "html")
    assert re.findall(r'href="([^"]*)"', page) == ["https://help.example/r?a=1&amp;b=2"]


# ------------------------------------------------------------------------------------------------------------------ files
def test_files_arrive_with_their_names_and_bytes() -> None:
    files = ((Attachment("x:1", "años.txt", "text/plain"), b"se\xf1al"), (Attachment("x:2", "mail.eml", "message/rfc822"), b"From: a"))
    mail = sent(files=files)
    found = {part.get_filename(): (part.get_content_type(), part.get_payload(decode=True)) for part in mail.iter_attachments()}
    assert found == {"años.txt": ("text/plain", b"se\xf1al"), "mail.eml": ("application/octet-stream", b"From: a")}


@pytest.mark.parametrize(("named", "saved"), [("../../etc/passwd", "_.._etc_passwd"), ("a\r\nb.txt", "a b.txt"), ("", "file"), ("C:\\x.exe", "C_x.exe")])
def test_a_file_cannot_be_saved_elsewhere_than_where_its_reader_wants(named: str, saved: str) -> None:
    assert file_name(Attachment("x", named)) == saved


def test_a_mail_takes_all_files_up_to_what_servers_take_and_the_others_follow_each_for_itself() -> None:
    small, large, unknown = Attachment("a", "a", size=1000), Attachment("b", "b", size=MOST_FILES), Attachment("c", "c")
    message = Outbound((Say("Here."),), attachments=(small, large, unknown), voice="person")
    first, second, third = fit(message)
    assert (first.parts, first.attachments) == (message.parts, (small,))
    assert [(one.parts, one.attachments, one.voice) for one in (second, third)] == [((), (large,), "person"), ((), (unknown,), "person")]
    assert [fit(piece) for piece in (first, second, third)] == [[first], [second], [third]]
    assert fit(replace(message, attachments=(small,))) == [replace(message, attachments=(small,))]


# ---------------------------------------------------------------------------------------------------------------- preview
def test_the_preview_shows_what_the_mail_will() -> None:
    message = Outbound((Title("How?"), Article("Open **it**:\n\n1. [guide](https://help.example)\n2. `x`"), Small("IT-1")))
    (runs,) = preview(message)
    assert "".join(run.text for run in runs) == "How?\nOpen it:\n1. guide\n2. x\nIT-1"
    assert [(run.text, run.style, run.link) for run in runs if run.style or run.link] == [
        ("How?", "bold", ""), ("it", "bold", ""), ("guide", "", "https://help.example"), ("x", "code", ""),
    ]  # fmt: skip
