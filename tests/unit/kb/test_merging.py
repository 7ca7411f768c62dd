"""Two changes of one entry become one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kb.entries import Entry, Text
from kb.merging import differing, fields, merged

BASE = Entry("vpn", (Text("en", "Why is the VPN slow?", "Restart it.", ("slow vpn", "vpn lags")), Text("es", "¿Por qué va lenta?", "Reinicie.")), ("net",))


def with_text(entry: Entry, lang: str, **changes: object) -> Entry:
    return replace(entry, texts=tuple(replace(text, **changes) if text.lang == lang else text for text in entry.texts))  # type: ignore[arg-type]


def test_what_each_changed_is_kept() -> None:
    mine = replace(with_text(BASE, "en", answer="Unplug it."), valid_until=date(2026, 12, 31))
    theirs = replace(with_text(BASE, "es", answer="Apáguelo."), tags=("net", "home"))

    both = merged(BASE, mine, theirs)

    assert both.conflicts == ()
    assert (both.entry.text_for("en").answer, both.entry.text_for("es").answer) == ("Unplug it.", "Apáguelo.")
    assert (both.entry.tags, both.entry.valid_until) == (("net", "home"), date(2026, 12, 31))


def test_a_learned_phrasing_and_one_taken_out_are_both_kept() -> None:
    mine = with_text(BASE, "en", phrasings=("slow vpn", "the tunnel is slow"))
    theirs = with_text(BASE, "en", phrasings=("slow vpn", "vpn lags", "vpn crawls"))

    assert merged(BASE, mine, theirs).entry.text_for("en").phrasings == ("slow vpn", "vpn crawls", "the tunnel is slow")


def test_what_both_changed_to_something_else_is_named_and_mine_stands_there() -> None:
    both = merged(BASE, with_text(BASE, "en", answer="Unplug it."), with_text(BASE, "en", answer="Buy another."))

    assert both.conflicts == ("en · answer",)
    assert both.entry.text_for("en").answer == "Unplug it."


def test_what_both_changed_alike_is_no_conflict() -> None:
    same = with_text(BASE, "en", answer="Unplug it.")

    assert merged(BASE, same, same).conflicts == ()


def test_a_language_added_by_one_and_removed_by_the_other_side_is_told_apart() -> None:
    german = Text("de", "Warum ist das VPN langsam?", "Neu starten.")
    added = replace(BASE, texts=(*BASE.texts, german))
    removed = replace(BASE, texts=BASE.texts[:1])

    both = merged(BASE, added, removed)
    changed = merged(BASE, removed, with_text(BASE, "es", answer="Apáguelo."))

    assert [text.lang for text in both.entry.texts] == ["en", "de"]
    assert changed.conflicts == ("es",)


def test_two_new_entries_of_one_name_conflict_wherever_they_differ() -> None:
    assert merged(None, BASE, with_text(BASE, "en", answer="Other.")).conflicts == ("en · answer",)
    assert merged(None, BASE, BASE).conflicts == ()


def test_fields_name_all_that_an_entry_says() -> None:
    assert fields(None) == {}
    assert differing(BASE, replace(BASE, audience="internal", finds=("no tunnel",))) == ["audience", "finds"]
    assert differing(None, BASE)[:3] == ["en · question", "en · phrasings", "en · answer"]
