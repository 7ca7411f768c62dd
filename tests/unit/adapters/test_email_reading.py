"""Mails as they come: what is read of each, and that none of them can do harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.email.letters import MAX_PARTS, MAX_RAW, Letter, Unreadable
from adapters.email.reading import file_name, read

MAILS = Path(__file__).parents[2] / "recorded" / "email"


def mail(name: str) -> Letter:
    return read((MAILS / f"{name}.eml").read_bytes())


@pytest.mark.parametrize("name", sorted(path.stem for path in MAILS.glob("*.eml")))
def test_every_mail_is_read_or_said_to_be_unreadable_and_no_header_of_it_breaks_its_line(name: str) -> None:
    raw = (MAILS / f"{name}.eml").read_bytes()
    for content in (raw, raw.replace(b"\n", b"\r\n")):
        try:
            letter = read(content)
        except Unreadable:
            continue  # what of these is unreadable: the next test
        lines = [letter.sender, letter.name, letter.subject, letter.message_id, *letter.recipients, *(file.name for file in letter.enclosures)]
        assert all(one.isprintable() for one in lines), lines
        assert not any(sign in letter.text for sign in "\x00\x07\x1b\r")


@pytest.mark.parametrize(
    ("name", "why", "sender"),
    [
        ("empty", "no_sender", ""),
        ("noise", "cannot_parse", ""),
        ("from-missing", "no_sender", ""),
        ("from-many-brackets", "no_sender", ""),
        ("headers-endless", "cannot_parse", "ana@example.org"),
        ("parts-far-too-deep", "too_deep", "ana@example.org"),
    ],
)
def test_poison_is_told_apart_and_names_its_sender_where_it_can(name: str, why: str, sender: str) -> None:
    with pytest.raises(Unreadable) as said:
        mail(name)
    assert (said.value.why, said.value.sender) == (why, sender)


def test_more_than_is_read_is_not_even_parsed() -> None:
    with pytest.raises(Unreadable) as said:
        read(b"From: ana@example.org\n\n" + b"x" * MAX_RAW)
    assert (said.value.why, said.value.sender) == ("too_large", "ana@example.org")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("subject-encoded-crlf", "a Bcc: everybody@example.net"),
        ("subject-folded-utf8", "Impresora del salón no imprime ☹"),
        ("subject-raw-latin1", "Impresora del salón"),
    ],
)
def test_a_subject_is_one_line_in_plain_however_it_was_coded(name: str, subject: str) -> None:
    assert mail(name).subject == subject


@pytest.mark.parametrize("name", ["charset-unknown", "charset-lies", "charset-utf16-base64"])
def test_words_are_read_whatever_is_said_of_their_letters(name: str) -> None:
    assert mail(name).text.strip() == "Mañana no funciona."


@pytest.mark.parametrize("coding", ["unicode_escape", "unicode-escape", "UTF-7", "punycode"])
def test_codings_that_hide_or_delay_are_not_believed(coding: str) -> None:
    raw = f"From: ana@example.org\nContent-Type: text/plain; charset={coding}\n\n\\x3cb\\x3e +ADw- xn--maana-pta"
    assert read(raw.encode()).text == "\\x3cb\\x3e +ADw- xn--maana-pta"


@pytest.mark.parametrize(
    ("name", "sender", "shown", "is_doubtful"),
    [
        ("new-plain", "ana@example.org", "Ana Garcia", False),
        ("from-name-with-comma", "ana@example.org", "Garcia, Ana", False),
        ("from-idn", "ana@xn--bcher-kva.example", "Ana", False),
        ("from-disguised-name", "ana@example.org", "Support tnegA evil", False),
        ("from-two-addresses", "ana@example.org", "Ana", True),
        ("from-two-headers", "ana@example.org", "Ana", True),
        ("from-parenthesis", "alice@example.org", "", True),
        ("from-name-is-address", "mallory@example.net", "", True),
    ],
)
def test_a_sender_that_can_be_read_in_two_ways_is_doubtful(name: str, sender: str, shown: str, is_doubtful: bool) -> None:
    letter = mail(name)
    assert (letter.sender, letter.name, letter.is_doubtful) == (sender, shown, is_doubtful)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("file-spanish-name", "impresión año.png"),
        ("file-encoded-word-name", "impresión.png"),
        ("file-path-name", "passwd"),
        ("file-device-name", "_CON.png"),
        ("file-hidden-name", "htaccess"),
        ("file-disguised-name", "invoicegnp.exe"),
        ("file-no-name", "file-1.png"),
        ("file-mail-inside", "Inner subject.eml"),
    ],
)
def test_a_file_has_a_name_that_can_be_shown_and_saved_under(name: str, shown: str) -> None:
    [file] = mail(name).enclosures
    assert file.name == shown
    assert file.content


def test_a_name_without_end_keeps_its_ending() -> None:
    [file] = mail("file-endless-name").enclosures
    assert len(file.name) <= 120
    assert file.name.endswith(".png")


@pytest.mark.parametrize("hostile", ["../../x", "/etc/passwd", "C:\\x\\y.txt", "a\0b", "..", "\u202egnp.exe", "\u200b.htaccess", "   ", "NUL"])
def test_no_name_leads_out_of_its_folder(hostile: str) -> None:
    name = file_name(hostile)
    assert not name.startswith(".")
    assert not set(name) & set("/\\\0\u202e\u200b")
    assert name.upper() not in ("CON", "NUL")


def test_the_content_of_a_mail_that_is_attached_is_that_mail() -> None:
    [file] = mail("file-mail-inside").enclosures
    assert file.mime == "message/rfc822"
    assert b"Inner words." in file.content


def test_what_only_mail_programs_use_is_no_file() -> None:
    assert mail("signed-pgp").enclosures == ()
    assert mail("signed-pgp").text.strip() == "Signed words."


def test_of_too_many_parts_the_words_are_read_and_the_rest_is_said_to_be_left() -> None:
    letter = mail("parts-many")
    assert letter.text.startswith("The first part has words.")
    assert letter.troubles == ("too_many_parts",)
    assert len(letter.enclosures) < MAX_PARTS


def test_of_parts_too_deep_it_is_said_so() -> None:
    assert mail("parts-deep").troubles == ("too_deep",)


def test_a_multipart_without_parts_is_its_words() -> None:
    assert mail("parts-no-boundary").text.strip() == "Words in a multipart that has no boundary."
    assert mail("truncated").text.strip() == "The beginning of wor"


def test_html_is_read_as_its_words_and_nothing_else() -> None:
    assert mail("html-only").text == "The screen flickers & hums.\n\n* since Monday\n* after lunch"
    assert mail("html-deep").text == "Words inside."
    assert mail("html-hostile-tags").text.startswith("Words before.")


@pytest.mark.parametrize("name", ["message-id-empty", "message-id-missing"])
def test_a_mail_without_a_name_is_read_all_the_same(name: str) -> None:
    assert mail(name).message_id == ""


def test_a_date_of_no_calendar_is_none() -> None:
    assert mail("date-false").sent_at is None


@pytest.mark.parametrize("name", ["bounce", "bounce-headers-only"])
def test_a_report_names_what_came_back_and_from_where(name: str) -> None:
    report = mail(name).report
    assert report is not None
    assert (report.action, report.status, report.final) == ("failed", "5.1.1", "ana@example.org")
    assert report.original == ("<t0123456789abcdef.0123456789abcdef.0123456789ab@example.com>",)


def test_lines_broken_for_narrow_screens_are_whole_again() -> None:
    raw = b"From: ana@example.org\nContent-Type: text/plain; format=flowed\n\nThis is one \nsentence.\nAnother.\n-- \nAna\n"
    assert read(raw).text == "This is one sentence.\nAnother.\n-- \nAna"
