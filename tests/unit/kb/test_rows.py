from __future__ import annotations

from kb.entries import Entry, Text
from kb.rows import Row, gathered, rows_of

PASSWORD = Entry("password", (Text("en", "Reset my password?", "a", ("forgot it", "Reset my password?")), Text("es", "¿Mi contraseña?", "a")))
VPN = Entry("vpn", (Text("en", "Connect to the VPN", "a", ("VPN",)),))


def test_each_wording_is_a_row_once() -> None:
    assert rows_of(PASSWORD) == [Row("password", "en", "Reset my password?"), Row("password", "en", "forgot it"), Row("password", "es", "¿Mi contraseña?")]


def test_the_same_words_in_two_languages_are_two_rows() -> None:
    assert len(rows_of(Entry("vpn", (Text("en", "VPN", "a"), Text("de", "VPN", "a"))))) == 2


def test_wordings_without_a_word_are_left_out() -> None:
    assert [row.text for row in rows_of(Entry("odd", (Text("en", "?!", "a", ("😀", "", "\u200b", "toner")),)))] == ["toner"]


def test_the_rows_of_an_entry_lie_together() -> None:
    rows = gathered([PASSWORD, VPN])
    assert rows.entries == ("password", "vpn")
    assert rows.owners.tolist() == [0, 0, 0, 1, 1]
    assert rows.starts.tolist() == [0, 3]
    assert [rows.entries[owner] for owner in rows.owners] == [row.entry_id for row in rows.rows]


def test_retired_and_unreadable_entries_have_no_rows() -> None:
    assert gathered([Entry("old", VPN.texts, retired=True), Entry("empty", ()), Entry("odd", (Text("en", "??", "a"),)), VPN]).entries == ("vpn",)


def test_texts_are_given_for_one_language_or_all() -> None:
    rows = gathered([PASSWORD, VPN])
    assert rows.texts("es") == ["¿Mi contraseña?"]
    assert len(rows.texts()) == 5


def test_the_share_of_entries_with_a_language_is_counted_by_entry() -> None:
    rows = gathered([PASSWORD, VPN])
    assert (rows.covered("en"), rows.covered("es"), rows.covered("de")) == (1.0, 0.5, 0.0)


def test_nothing_has_no_rows_and_covers_nothing() -> None:
    rows = gathered([])
    assert (rows.rows, rows.entries, rows.covered("en")) == ((), (), 0.0)
    assert (len(rows.owners), len(rows.starts)) == (0, 0)
