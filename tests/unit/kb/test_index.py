from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from kb.entries import Text
from kb.index import CACHED_LETTERS, CACHED_TERMS, Shelf

WORDS = ["printer", "scanner", "badge", "garage", "tunnel", "invoice", "laptop", "mailbox"]
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


def a_shelf(*texts: tuple[str, ...]) -> Shelf:
    shelf = Shelf("en", lambda one, other: int(OSA.distance(one, other)))
    for number, (question, *phrasings) in enumerate(texts):
        shelf.put(f"e{number}", Text("en", question, "Answer.", tuple(phrasings)))
    return shelf


def shared(shelf: Shelf, words: list[str]) -> dict[int, float]:
    """By slot: what its row of all words shares with the question, word by word."""
    found = dict.fromkeys(range(len(shelf.units)), 0.0)
    for slot in found:
        rows = shelf.rows(np.array([slot]))
        whole = len(rows.words) if len(rows.starts) == 1 else int(rows.starts[1])
        for number, typical in zip(rows.words[:whole].tolist(), rows.traits[:whole, 0].tolist(), strict=True):
            found[slot] += sum(term.mass * likeness * typical for term in shelf.terms(words) for other, likeness in term.alike if other == number)
    return found


@given(st.lists(st.lists(SENTENCES, min_size=1, max_size=3).map(tuple), min_size=1, max_size=30), st.sets(st.sampled_from(WORDS), min_size=1),
       st.integers(1, 8))
@settings(deadline=None)
def test_the_units_that_share_most_are_the_candidates(texts: list[tuple[str, ...]], asked: set[str], limit: int) -> None:
    shelf = a_shelf(*texts)
    words = sorted(asked)
    shares = shared(shelf, words)
    chosen = shelf.candidates(shelf.terms(words), limit).tolist()
    others = [value for slot, value in shares.items() if slot not in chosen]
    assert len(chosen) == len(set(chosen)) == min(limit, sum(value > 0 for value in shares.values()))
    assert min((shares[slot] for slot in chosen), default=0.0) >= max(others, default=0.0) - 1e-4


def test_of_units_that_share_as_much_the_first_are_chosen() -> None:
    shelf = a_shelf(*[("printer",)] * 40)
    assert sorted(shelf.candidates(shelf.terms(["printer"]), 5).tolist()) == [0, 1, 2, 3, 4]


def test_the_rows_of_a_unit_are_its_words_and_those_of_each_phrasing() -> None:
    shelf = a_shelf(("badge",), ("printer tunnel", "printer invoice laptop"), ("garage",))
    rows = shelf.rows(np.array([1, 2]))
    said = [shelf.speller.words[number] for number in rows.words.tolist()]
    ends = [*rows.starts.tolist()[1:], len(said)]
    assert [sorted(said[start:end]) for start, end in zip(rows.starts.tolist(), ends, strict=True)] == [
        ["invoice", "laptop", "printer", "tunnel"], ["printer", "tunnel"], ["invoice", "laptop", "printer"], ["garage"], ["garage"]]
    assert rows.sizes.tolist() == [3, 2]
    assert rows.units.tolist() == [0] * 9 + [1] * 2


def test_words_that_were_asked_are_kept_within_bounds() -> None:
    shelf = a_shelf(("printer",))
    for number in range(CACHED_TERMS + 10):
        shelf.terms([f"w{number}", f"{'w' * CACHED_LETTERS}{number}"])
    assert 0 < len(shelf._terms) <= CACHED_TERMS
    assert max(len(word) for word, _ in shelf._terms) <= CACHED_LETTERS


def test_a_word_is_read_anew_when_the_index_changes() -> None:
    shelf = a_shelf(("printer",))
    before = shelf.terms(["scaner"])[0].alike
    shelf.put("new", Text("en", "scanner", "Answer."))
    assert (before, len(shelf.terms(["scaner"])[0].alike)) == ((), 1)
