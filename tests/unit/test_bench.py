"""The bench measures what it says: its typos, its baselines, its marks. (What it finds is no test's business.)"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kb.entries import Entry, Text
from kb.labelled import Query
from tests.bench.baselines import LEXICAL
from tests.bench.generated import entries as generated
from tests.bench.generated import questions
from tests.bench.promise import Scored, rows
from tests.bench.sets import View, samples, typo, views
from tests.bench.targets import Target, promise_mark, quality


def entry(entry_id: str, *ways: str) -> Entry:
    return Entry(entry_id, (Text("en", ways[0], "", ways[1:]),))


VIEW = View(
    "small",
    (entry("vpn", "connect the vpn from home", "vpn at home"), entry("badge", "get a new badge"), entry("parking", "where may I park")),
    (Query("the vpn at home", "en", "vpn"), Query("a badge that is new", "en", "badge")),
)


@pytest.mark.parametrize("name", ["rapidfuzz token_set", "BM25"])
def test_a_baseline_finds_what_shares_the_words(name: str) -> None:
    best, score = LEXICAL[name](VIEW)
    assert best == ["vpn", "badge"]
    assert (score > 0).all()


def test_bm25_is_the_formula() -> None:
    view = View("one", (entry("a", "red apple"), entry("b", "red pear pear pear")), (Query("red apple", "en", "a"),))
    _, [score] = LEXICAL["BM25"](view)
    length = 1.5 * (1 - 0.75 + 0.75 * 2 / 3)  # two words, three on average
    assert score == pytest.approx(0.1823216 / (1 + length) + 0.6931472 / (1 + length), rel=1e-6)  # ln 1.2 in both, ln 2 in one of two


@pytest.mark.parametrize("text", ["", "  ", "a b c", "12345 !!", "ß", "the printer is broken again today", "¿Cómo cambio la contraseña?", "𝒾𝓃𝓈𝓉𝒶𝓁𝓁"])
def test_a_typo_is_the_same_every_time_and_never_more_than_a_slip_a_word(text: str) -> None:
    slipped = typo(text)
    assert slipped == typo(text)
    words, others = text.split(" "), slipped.split(" ")
    assert len(words) == len(others)
    assert all(abs(len(word) - len(other)) <= 1 for word, other in zip(words, others, strict=True))
    assert all(word == other for word, other in zip(words, others, strict=True) if sum(c.isalpha() for c in word) < 4)


def test_about_a_third_of_the_long_words_slip_and_one_at_least() -> None:
    words = ["printer", "laptop", "password", "monitor"]
    texts = [" ".join([*words, str(number)]) for number in range(500)]
    slipped = [sum(word not in words for word in typo(text).split()[:4]) for text in texts]
    assert 0.25 < sum(slipped) / (4 * 500) < 0.45  # of those that slip, some swap two equal letters


def test_a_set_s_labels_are_not_matched_on_and_questions_on_other_entries_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "banking77").mkdir()
    row = {"id": "a", "lang": "en", "question": "a label", "phrasings": [f"p{n}" for n in range(12)], "phrasings5": ["q1", "q2"]}
    (tmp_path / "banking77" / "entries.jsonl").write_text(json.dumps(row) + "\n")
    asked = [{"text": "x", "lang": "en", "expected": expected} for expected in ("a", None, "b")]
    (tmp_path / "banking77" / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)))
    ten, five = views(tmp_path)
    assert [query.expected for query in ten.queries] == ["a", None]
    assert (ten.entries[0].texts[0].question, len(ten.entries[0].texts[0].phrasings)) == ("p0", 9)
    assert (five.entries[0].texts[0].question, five.entries[0].texts[0].phrasings) == ("q1", ("q2",))


def test_the_samples_ask_what_is_not_written_in_them() -> None:
    same, cross = samples()
    for view in (same, cross):
        known = {way for one in view.entries for text in one.texts for way in (text.question, *text.phrasings)}
        assert not known & {query.text for query in view.queries}
        assert {query.expected for query in view.queries} >= {one.id for one in view.entries} | {None}
    assert {text.lang for one in cross.entries for text in one.texts} == {"en"}
    assert "en" not in {query.lang for query in cross.queries}


def test_a_generated_entry_has_as_many_different_ways_as_asked_for() -> None:
    made = generated(50, ways=10)
    assert all(len({text.question, *text.phrasings}) == 10 for one in made for text in one.texts)
    assert len({one.texts[0].question for one in made}) == 50
    assert generated(50, ways=10) == made
    assert sum(right is None for _, right in questions(made, 20)) == 10


def test_marks_know_which_way_is_better() -> None:
    assert [Target("acc", 91, 94).mark(value) for value in (90.9, 91, 94, None)] == ["below", "pass", "reach", "-"]
    assert [Target("ms", 4, 2.5, lower=True).mark(value) for value in (4.1, 4, 2.5)] == ["below", "pass", "reach"]
    assert [Target("auroc", None, 97.5).mark(value) for value in (97, 97.5)] == ["-", "reach"]


def test_lines_made_of_several_views_need_all_of_them() -> None:
    hint3 = {"aurc": 0.2}
    assert "hint3 mean aurc" not in quality({"hint3_curekart": {"ours": hint3}})["ours"]
    found = quality({
        "hint3_curekart": {"ours": hint3}, "hint3_sofmattress": {"ours": {"aurc": 0.3}},
        "clinc150.k10": {"ours": {"acc": 0.92}}, "clinc150.k10.typos": {"ours": {"acc": 0.885}},
        "banking77.k5.before": {"ours": {"cov5": 0.36}}, "banking77.k5.after": {"ours": {"cov5": 0.5}}})  # fmt: skip
    assert found["ours"]["hint3 mean aurc"] == 25
    assert found["ours"]["clinc150.k10 typo loss"] == 3.5
    assert found["ours"]["banking77.k5 learned cov5"] == 14


@pytest.mark.parametrize(("kept", "of_best", "mark"), [
    (0.95, 0.90, "reach"), (0.95, 0.82, "pass"), (0.86, 0.95, "pass"), (0.95, 0.79, "below"), (0.84, 0.95, "below"), (0.95, None, "reach"),
])  # fmt: skip
def test_a_promise_is_worth_the_weaker_of_being_kept_and_of_answering(kept: float, of_best: float | None, mark: str) -> None:
    assert promise_mark(kept, of_best) == mark


def test_a_promise_is_judged_on_questions_it_was_not_learned_from() -> None:
    score, right = np.arange(1000.0), np.arange(1000) >= 300
    perfect = Scored(score, right, np.ones(1000, bool))
    [seen] = rows({"set": perfect}, draws=5, ways={"all": lambda score, right, most: 0.0})
    assert (seen.questions, seen.kept, round(seen.wrong, 1)) == (1000, 0.0, 0.3)
    sizes: list[int] = []

    def nothing(score: object, right: object, most: float) -> None:
        sizes.append(len(score))  # type: ignore[arg-type]

    [silent] = rows({"set": perfect}, draws=5, ways={"nothing": nothing})
    assert (silent.kept, silent.coverage, sizes) == (1.0, 0.0, [200] * 5)
