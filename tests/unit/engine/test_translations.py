"""Which translations are behind their source."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.curation.translations import behind, source_of
from bot.ports.world import EntryVersion
from kb.entries import Entry, Text
from tests.builders import ANN, MONDAY

EN, ES, DE = (Text(lang, f"{lang}?", f"{lang}.") for lang in ("en", "es", "de"))
LANGUAGES = ("en", "es", "de")


def history(*entries: Entry) -> list[EntryVersion]:
    """Of these versions, the oldest first."""
    return [EntryVersion(entry, number, ANN.id, MONDAY) for number, entry in reversed(list(enumerate(entries, 1)))]


def changed(text: Text, answer: str) -> Text:
    return replace(text, answer=answer)


def test_what_was_never_changed_is_behind_nothing() -> None:
    assert behind(history(Entry("vpn", (EN, ES))), LANGUAGES, {}) == {}
    assert behind([], LANGUAGES, {}) == {}


def test_a_text_is_behind_when_its_source_changed_after_it_and_what_changed_is_told() -> None:
    versions = history(Entry("vpn", (EN, ES)), Entry("vpn", (changed(EN, "new"), ES)), Entry("vpn", (changed(EN, "newer"), ES)))

    [(lang, found)] = behind(versions, LANGUAGES, {}).items()

    assert (lang, found.was, found.now, found.since.version) == ("es", EN, changed(EN, "newer"), 3)


def test_a_text_that_changed_with_its_source_or_after_it_is_not_behind() -> None:
    together = history(Entry("vpn", (EN, ES)), Entry("vpn", (changed(EN, "new"), changed(ES, "nuevo"))))
    after = history(Entry("vpn", (EN, ES)), Entry("vpn", (changed(EN, "new"), ES)), Entry("vpn", (changed(EN, "new"), changed(ES, "nuevo"))))

    assert behind(together, LANGUAGES, {}) == behind(after, LANGUAGES, {}) == {}


def test_a_text_found_right_is_behind_again_only_with_the_next_change() -> None:
    versions = history(Entry("vpn", (EN, ES)), Entry("vpn", (changed(EN, "new"), ES)))
    assert behind(versions, LANGUAGES, {"es": 2}) == {}

    newer = history(Entry("vpn", (EN, ES)), Entry("vpn", (changed(EN, "new"), ES)), Entry("vpn", (changed(EN, "newer"), ES)))
    assert behind(newer, LANGUAGES, {"es": 2})["es"].was == changed(EN, "new")


def test_other_ways_to_ask_are_each_languages_own() -> None:
    learned = replace(EN, phrasings=("how?",))

    assert behind(history(Entry("vpn", (EN, ES)), Entry("vpn", (learned, ES))), LANGUAGES, {}) == {}


def test_the_source_is_the_desks_first_language_or_the_first_there_is() -> None:
    assert source_of(Entry("vpn", (DE, EN)), LANGUAGES) == EN
    assert source_of(Entry("vpn", (DE,)), LANGUAGES) == DE
    assert source_of(Entry("vpn", ()), LANGUAGES) is None
    assert behind(history(Entry("vpn", (DE, ES)), Entry("vpn", (DE, changed(ES, "nuevo")))), LANGUAGES, {}).keys() == {"de"}
