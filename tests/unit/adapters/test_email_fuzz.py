"""Mails that nobody would write: whatever is changed in one, it is read or said to be unreadable, and the desk hears of every one."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.email.automatic import why_automatic
from adapters.email.html import to_text
from adapters.email.letters import Envelope, Letter, Unreadable
from adapters.email.quotes import own_words
from adapters.email.reading import read
from adapters.email.trust import is_proven
from tests.mail_office import MAILS, Office

CORPUS = [path.read_bytes() for path in sorted(Path(MAILS).glob("*.eml")) if path.stat().st_size < 20_000]
SIGNS = [
    b"\r\n", b"\n", b"\n\n", b"\0", b"=?utf-8?q?=0D=0A?=", b"=?utf-8?b?//79?=", b"(", b"<", b">", b"@", b'"', b"\\", b";", b":", b"--b1", b"--b2--",
    b"=", b"\xff\xfe", b"\xc3", b"Content-Type: multipart/mixed; boundary=x\n", b"Content-Type: message/rfc822\n",
    b"Content-Transfer-Encoding: base64\n", b"charset=hex", b"charset=idna", b"filename*0*=utf-8''%E2%80", b"filename*1=", b"Message-ID: <>\n",
    b"From: \n", b"From: x@y\n", b"> ", b"On x wrote:\n", b"\xed\xa0\x80", b"name*=x'", b"boundary=\n",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A mail of the corpus with a few pieces cut out, doubled, put in or exchanged with another's."""
    mail = bytearray(draw(st.sampled_from(CORPUS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(mail)))
        size = draw(st.integers(0, 40))
        how = draw(st.sampled_from(["cut", "sign", "byte", "double", "other"]))
        if how == "cut":
            del mail[at : at + size]
        elif how == "sign":
            mail[at:at] = draw(st.sampled_from(SIGNS))
        elif how == "byte":
            mail[at : at + 1] = draw(st.binary(min_size=1, max_size=3))
        elif how == "double":
            mail[at:at] = mail[at : at + size] * draw(st.integers(1, 8))
        else:
            other = draw(st.sampled_from(CORPUS))
            mail[at : at + size] = other[at : at + 4 * size]
    return bytes(mail)


@settings(max_examples=1200, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_no_mail_raises_anything_else_and_none_of_its_lines_breaks(raw: bytes) -> None:
    try:
        letter = read(raw)
    except Unreadable:
        return
    assert letter.sender
    for line in (letter.sender, letter.name, letter.subject, letter.message_id, *letter.recipients, *letter.references):
        assert not set(line) & set("\r\n\0")
    for name in (file.name for file in letter.enclosures):
        assert name
        assert not set(name) & set("\r\n\0/\\")
    why_automatic(letter, Envelope())
    is_proven(letter, "mx.example.com")
    for is_answer in (True, False):
        own = own_words(letter.text, is_answer=is_answer)
        assert bool(own.text) == bool(letter.text.strip())


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(mutated())
async def test_the_desk_hears_of_every_mail_or_says_why_not(raw: bytes) -> None:
    office = Office()
    heard = await office.gets(raw)
    assert heard is not None or office.intake.numbers()["email_dropped_total"] == 1


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from([*"<>&;\"'= \n/!-ap", "<a ", "<div>", "</div>", "<blockquote>", "<table><tr><td>", "<!--", "<script>", "&#x", "\0", "<p>x", "<br>"]),
        max_size=300,
    )
)
def test_no_html_raises_anything_and_what_is_shown_of_it_has_no_empty_runs(pieces: list[str]) -> None:
    shown = to_text("".join(pieces))
    assert shown == shown.strip()
    assert "\n\n\n" not in shown


@settings(max_examples=400)
@given(
    st.lists(
        st.sampled_from(["On ", "El ", "x@y.example ", "wrote:", "escribió:", "\n", "> ", "From: a", "De : b", "Sent: c", "-- ", "Thanks,", "yes", "___", " "]),
        max_size=120,
    )
)
def test_of_any_words_at_least_some_stay_and_none_are_made_up(pieces: list[str]) -> None:
    words = "".join(pieces)
    own = own_words(words, is_answer=True)
    assert own.text in words.strip() or own.text == words.strip("\n").strip()
    assert bool(own.text) == bool(words.strip())


@settings(max_examples=300)
@given(st.text(max_size=300), st.text(max_size=60))
def test_no_verdict_raises_anything_and_without_a_pass_none_is_believed(verdict: str, server: str) -> None:
    letter = Letter("ana@example.org", headers={"authentication-results": (f"{server}; {verdict}", verdict)})
    assert not is_proven(letter, server) or "pass" in verdict.lower()
