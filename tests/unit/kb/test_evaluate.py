from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kb.entries import Entry, Text
from kb.evaluate import Evaluation, Outcome, build, evaluate, quality, score_lines
from kb.labelled import Query

ENTRIES = [
    Entry("vpn", (Text("en", "How do I start the VPN?", "So.", ("VPN from home",)), Text("es", "¿Cómo inicio la VPN?", "Así."))),
    Entry("badge", (Text("en", "Where do I get a badge?", ""),))]
QUERIES = [
    Query("vpn from home", "en", "vpn"), Query("cómo inicio la vpn", "es", "vpn"), Query("where do I get a badge", "en", "vpn"),
    Query("the giraffe wonders", "en", None)]


def outcome(expected: str | None, best: str | None, score: float, decision: str) -> Outcome:
    return Outcome(Query("?", "en", expected), best, score, decision)


def test_the_figures_are_those_of_the_contract() -> None:
    found = evaluate(ENTRIES, QUERIES)
    figures = found.figures()
    assert {key: figures[key] for key in ("queries", "in_scope", "out_of_scope", "top1", "answered", "coverage", "wrong", "wrong_rate")} == {
        "queries": 4, "in_scope": 3, "out_of_scope": 1, "top1": 0.6667, "answered": 3, "coverage": 0.75, "wrong": 1, "wrong_rate": 0.3333}
    assert figures["oos_auroc"] == 1.0
    assert figures["p50_ms"] <= figures["p99_ms"]
    assert found.index_s > 0
    assert figures["index_s"] == round(found.index_s, 3)
    assert figures["rss_mb"] > 10
    assert set(figures["by_lang"]) == {"en", "es"}
    assert figures["by_lang"]["es"]["top1"] == 1.0
    json.dumps(figures, allow_nan=False)


def test_labels_and_languages_change_the_figures_but_no_decision() -> None:
    other = [replace(query, lang="de", expected="badge") for query in QUERIES]
    one, two = ([(of.best, of.score, of.decision) for of in evaluate(ENTRIES, queries).outcomes] for queries in (QUERIES, other))
    assert one == two


def test_a_label_no_entry_has_is_counted_apart_and_changes_no_other_figure() -> None:
    stray = Query("vpn from home", "en", "gone")
    found = evaluate(ENTRIES, [*QUERIES, stray])
    assert [one.query for one in found.apart] == [stray]
    assert len(found.outcomes) == 5
    with_it, without = found.figures(), evaluate(ENTRIES, QUERIES).figures()
    assert (with_it.pop("unknown_expected"), without.pop("unknown_expected")) == (1, 0)
    timed = {"p50_ms", "p99_ms", "index_s", "rss_mb"}
    assert {key: value for key, value in with_it.items() if key not in timed} == {key: value for key, value in without.items() if key not in timed}


def test_a_retired_entry_is_no_entry_to_expect() -> None:
    assert len(evaluate([replace(ENTRIES[0], retired=True), ENTRIES[1]], QUERIES).apart) == 3


def test_progress_is_told_for_the_index_and_for_the_questions() -> None:
    told: list[tuple[str, int, int]] = []
    evaluate(ENTRIES, QUERIES, progress=lambda *step: told.append(step))
    assert [step for step in told if step[0] == "questions"] == [("questions", done, 4) for done in (1, 2, 3, 4)]
    assert [done for what, done, whole in told if what == "index"][-1] == max(whole for what, _, whole in told if what == "index")


def test_wrong_is_another_entry_or_an_answer_to_what_is_out_of_scope() -> None:
    found = quality([outcome("a", "a", 90, "answer"), outcome("a", "b", 80, "answer"), outcome(None, "a", 70, "answer"), outcome(None, "a", 9, "suggest")])
    assert (found["answered"], found["wrong"], found["wrong_rate"], found["coverage"], found["suggested"]) == (3, 2, 0.6667, 0.75, 1)


def test_what_could_be_covered_does_not_depend_on_the_decisions() -> None:
    found = quality([outcome("a", "a", 90, "suggest"), outcome("a", "b", 80, "hand_over"), outcome("b", "b", 95, "answer")])
    assert (found["coverage_at_5"], found["coverage_at_2"]) == (0.6667, 0.6667)


def test_scores_are_written_as_they_are_and_do_not_tie_where_the_matcher_does_not() -> None:
    close = [outcome("a", "a", 66.66666666666667, "answer"), outcome("a", "a", 66.66666666666666, "answer"), outcome(None, None, 0.0, "hand_over")]
    lines = [json.loads(line) for line in score_lines(close)]
    assert [set(line) for line in lines] == [{"text", "expected", "best", "score", "decision"}] * 3
    assert [line["score"] for line in lines] == [66.66666666666667, 66.66666666666666, 0.0]
    assert lines[2]["best"] is None


def test_the_matcher_s_score_is_kept_to_its_last_digit() -> None:
    asked = Query("how may I start that vpn thing", "en", "vpn")
    [found] = evaluate(ENTRIES, [asked]).outcomes
    assert found.score == build(ENTRIES).rank(asked.text)[0].score


def test_nothing_to_measure_gives_no_shares() -> None:
    figures = evaluate([Entry("a", (Text("en", "Why?", "So."),))], []).figures()
    assert (figures["queries"], figures["top1"], figures["coverage"], figures["wrong_rate"], figures["aurc"], figures["oos_auroc"]) == (0, *[None] * 5)


def test_times_are_milliseconds_of_the_questions() -> None:
    figures = Evaluation((), (), (0.001, 0.003), 1.5, 10.0).figures()
    assert (figures["p50_ms"], figures["p99_ms"], figures["index_s"]) == (2.0, pytest.approx(2.98), 1.5)
