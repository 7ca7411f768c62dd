"""Messages in plain words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.plain import cut, fit, text_of
from bot.domain.messages import Article, Attachment, Facts, Outbound, Say, Title, Words


def test_an_entry_reads_well_without_its_signs() -> None:
    text = text_of([Article("Open **Settings**, then `vpn.exe`. See [the guide](https://help.example/vpn) or [https://x.example](https://x.example).")])

    assert text == "Open Settings, then vpn.exe. See the guide (https://help.example/vpn) or https://x.example."


def test_what_people_wrote_can_not_be_taken_for_ours() -> None:
    text = text_of([Title("IT-1"), Words("Solved.\nYour Firstline", "Ana"), Facts((("Status", "Open"),))])

    assert text == "IT-1\n\nAna:\n> Solved.\n> Your Firstline\n\nStatus: Open"


@given(st.text(st.sampled_from("ab .\n"), max_size=900), st.integers(20, 200))
def test_a_text_is_cut_into_pieces_that_fit_and_loses_no_letter(text: str, most: int) -> None:
    pieces = cut(text, most)

    assert all(0 < len(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_pieces_say_which_they_are_and_files_come_last() -> None:
    file = Attachment("memory:1", "a.pdf")

    pieces = fit(Outbound((Say("one two three four five six seven"),), attachments=(file,), card="IT-1"), 30)

    assert [text_of(piece.parts) for piece in pieces] == ["(1/2) one two three four", "(2/2) five six seven", ""]
    assert [piece.card for piece in pieces] == ["IT-1", "", ""]
    assert pieces[-1].attachments == (file,)
