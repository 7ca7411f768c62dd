from __future__ import annotations

from kb.confusion import near_misses, thefts, told
from kb.evaluate import Outcome
from kb.labelled import Query


def outcome(text: str, expected: str | None, best: str | None, score: float, lang: str = "en") -> Outcome:
    return Outcome(Query(text, lang, expected), best, score, "suggest", "a phrasing")


def test_thefts_are_counted_most_frequent_first_with_the_one_it_was_surest_of() -> None:
    found = thefts([
        outcome("one", "vpn", "wifi", 40), outcome("two", "vpn", "wifi", 70), outcome("three", "vpn", "vpn", 90), outcome("four", "vpn", "badge", 80),
        outcome("five", "wifi", "vpn", 99), outcome("six", None, "vpn", 99), outcome("seven", "wifi", None, 0)])  # fmt: skip
    assert [(one.stolen_from, one.by, one.times, one.asked, one.example.query.text) for one in found] == [
        ("vpn", "wifi", 2, 4, "two"), ("wifi", "vpn", 1, 2, "five"), ("vpn", "badge", 1, 4, "four")]  # fmt: skip


def test_what_nothing_answers_is_listed_by_language_surest_first_and_not_without_end() -> None:
    asked = [outcome(f"{n}", None, "vpn", n) for n in range(30)]
    found = near_misses([*asked, outcome("¿?", None, "wifi", 5, "es"), outcome("in scope", "vpn", "vpn", 99), outcome("…", None, None, 0, "de")], most=3)
    assert {lang: [one.query.text for one in them] for lang, them in found.items()} == {"en": ["29", "28", "27"], "es": ["¿?"]}


def test_both_lists_are_told_as_plain_values() -> None:
    outcomes = [outcome("one", "vpn", "wifi", 40), outcome("two", None, "vpn", 70)]
    assert told(thefts(outcomes), near_misses(outcomes)) == {
        "stolen": [{"from": "vpn", "by": "wifi", "times": 1, "asked": 1, "text": "one", "lang": "en", "score": 40, "phrasing": "a phrasing"}],
        "near": {"en": [{"entry": "vpn", "text": "two", "lang": "en", "score": 70, "phrasing": "a phrasing"}]}}  # fmt: skip
