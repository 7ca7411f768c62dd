from __future__ import annotations

import pytest

from kb.entries import Entry, Text, bad_links, check, problems


def an_entry(id: str = "password", lang: str = "en", question: str = "How do I reset it?", answer: str = "Press it.", *phrasings: str) -> Entry:
    return Entry(id, (Text(lang, question, answer, phrasings),))


def test_a_sound_entry_has_no_problems() -> None:
    links = "So: [Portal](https://example.com/a), [Post](mailto:a@example.com), [hier](#unten)"
    assert problems(an_entry("It.Help_1-a", "de", "Wie?", links, "wie denn")) == []


@pytest.mark.parametrize(("entry", "told"), [
    (an_entry(answer=" \n"), "answer is empty"),
    (an_entry(question="  "), "question is empty"),
    (an_entry(question="x" * 301), "301 characters"),
    (an_entry(lang="xx"), "unknown language"),
    (an_entry(id="a b"), "the id"),
    (an_entry(id="x" * 65), "the id"),
    (an_entry(id=""), "the id"),
    (an_entry(id="a\n"), "the id"),
    (Entry("none", ()), "no text"),
    (Entry("twice", (Text("en", "a b", "c"), Text("en", "d e", "f"))), "two texts in en"),
    (an_entry("a", "en", "How?", "So.", "fine", "  "), "phrasing is empty"),
    (an_entry("a", "en", "How?", "So.", "y" * 301), "phrasing has 301"),
    (an_entry(question="???"), "could be matched"),
    (an_entry(answer="a\0b"), "NUL"),
    (an_entry(answer="\ud800"), "surrogate"),
    (an_entry(answer="[x](javascript:alert(1))"), "javascript"),
])
def test_what_is_unsound_is_told(entry: Entry, told: str) -> None:
    assert any(told in what for what in problems(entry)), problems(entry)


@pytest.mark.parametrize("target", [
    "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html;base64,AAAA", "vbscript:x", "file:///etc/passwd",
    "&#106;avascript:alert(1)", "javascript%3Aalert(1)", "\u200bjavascript:alert(1)"])
@pytest.mark.parametrize("form", ["[x]({})", "![x](<{}>)", "[x][1]\n\n[1]: {}"])
def test_a_link_that_could_run_or_hide_something_is_found(form: str, target: str) -> None:
    if "\t" in target and form != "![x](<{}>)":
        target = target.replace("\t", "&#9;")
    assert bad_links(form.format(target))


def test_an_autolink_with_another_scheme_is_found() -> None:
    assert bad_links("<javascript:alert(1)> but <https://example.com> is fine") == ["javascript:alert(1)"]


def test_the_readers_language_comes_first_then_the_fallback_then_any() -> None:
    entry = Entry("vpn", (Text("de", "Wie?", "So."), Text("en", "How?", "Thus.")))
    assert entry.text_for("de").answer == "So."
    assert entry.text_for("fr").answer == "Thus."
    assert entry.text_for("fr", fallback=("it",)).answer == "So."
    assert entry.text_for(None).lang == "en"


def test_the_same_phrasing_in_two_entries_is_a_fault_in_one_language_only() -> None:
    one, other = an_entry("one", "en", "Reset the VPN"), an_entry("two", "en", "Set up", "x", "reset the vpn?")
    assert [found.file for found in check([one, other]) if "phrasing of one" in found.what] == ["two"]
    assert check([one, an_entry("two", "de", "Reset the VPN")]) == []


def test_a_missing_language_is_a_warning_not_a_fault() -> None:
    found = check([an_entry()], languages=("en", "es"))
    assert [(one.warning, one.file) for one in found] == [(True, "password")]
    assert "warning" in str(found[0])


def test_a_retired_entry_takes_no_phrasing_from_another() -> None:
    retired = Entry("old", an_entry().texts, retired=True)
    assert check([retired, an_entry("new")]) == []


def test_two_entries_with_one_id_are_a_fault() -> None:
    assert any("two entries" in one.what for one in check([an_entry("a", "en", "one"), an_entry("a", "es", "dos")]))
