from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kb.entries import Entry, Text
from kb.evaluate import Query, aurc, auroc, evaluate, run
from kb.loader import LoadError

ENTRIES: list[dict[str, Any]] = [
    {"id": "vpn", "lang": "en", "question": "How do I start the VPN?", "phrasings": ["VPN from home"], "answer": "So."},
    {"id": "vpn", "lang": "es", "question": "¿Cómo inicio la VPN?", "phrasings": [], "answer": "Así."},
    {"id": "badge", "lang": "en", "question": "Where do I get a badge?", "phrasings": []}]
QUERIES: list[dict[str, Any]] = [
    {"text": "vpn from home", "lang": "en", "expected": "vpn"}, {"text": "cómo inicio la vpn", "lang": "es", "expected": "vpn"},
    {"text": "where do I get a badge", "lang": "en", "expected": "vpn"}, {"text": "the giraffe wonders", "lang": "en", "expected": None}]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_figures_are_those_of_the_contract(tmp_path: Path) -> None:
    figures = run(written(tmp_path / "e.jsonl", ENTRIES), written(tmp_path / "q.jsonl", QUERIES), tmp_path / "s.jsonl")
    assert {key: figures[key] for key in ("queries", "in_scope", "out_of_scope", "top1", "answered", "coverage", "wrong", "wrong_rate")} == {
        "queries": 4, "in_scope": 3, "out_of_scope": 1, "top1": 0.6667, "answered": 3, "coverage": 0.75, "wrong": 1, "wrong_rate": 0.3333}
    assert figures["oos_auroc"] == 1.0
    assert figures["p50_ms"] <= figures["p99_ms"]
    assert figures["index_s"] > 0
    assert figures["rss_mb"] > 10
    assert set(figures["by_lang"]) == {"en", "es"}
    assert figures["by_lang"]["es"]["top1"] == 1.0
    lines = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    assert [set(line) for line in lines] == [{"text", "expected", "best", "score", "decision"}] * 4
    assert [line["decision"] for line in lines] == ["answer", "answer", "answer", "hand_over"]
    json.dumps(figures, allow_nan=False)


def test_labels_change_the_figures_but_no_decision(tmp_path: Path) -> None:
    entries = written(tmp_path / "e.jsonl", ENTRIES)
    other = [{**row, "lang": "de", "expected": "badge"} for row in QUERIES]
    for name, rows in (("one", QUERIES), ("two", other)):
        run(entries, written(tmp_path / "q.jsonl", rows), tmp_path / name)
    one, two = ([{**json.loads(line), "expected": None} for line in (tmp_path / name).read_text().splitlines()] for name in ("one", "two"))
    assert one == two


def test_nothing_to_measure_gives_no_shares() -> None:
    figures = evaluate([Entry("a", (Text("en", "Why?", "So."),))], [])
    assert (figures["queries"], figures["top1"], figures["coverage"], figures["wrong_rate"], figures["aurc"], figures["oos_auroc"]) == (0, *[None] * 5)


def test_questions_without_an_answer_in_scope_have_no_top1() -> None:
    figures = evaluate([Entry("a", (Text("en", "Why?", "So."),))], [Query("the giraffe", "en", None)])
    assert (figures["top1"], figures["out_of_scope"], figures["oos_auroc"]) == (None, 1, None)


def test_the_area_under_the_risk_coverage_curve_is_nought_when_all_is_right_and_one_when_nothing_is() -> None:
    score = np.array([0.9, 0.5, 0.1])
    assert aurc(score, np.array([True, True, True])) == 0.0
    assert aurc(score, np.array([False, False, False])) == 1.0
    assert aurc(score, np.array([True, True, False])) == pytest.approx(1 / 9)
    assert aurc(score[::-1], np.array([True, True, False])) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_the_auroc_counts_ties_half() -> None:
    assert auroc(np.array([2.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx((2 + 1.5) / 4)


def test_a_faulty_queries_file_is_told_by_line(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"text": "a", "lang": "en", "expected": null}\n{"text": 5}\nnope\n')
    with pytest.raises(LoadError) as raised:
        run(written(tmp_path / "e.jsonl", ENTRIES), tmp_path / "q.jsonl")
    assert [problem.line for problem in raised.value.problems] == [2, 3]


def test_a_missing_queries_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        run(written(tmp_path / "e.jsonl", ENTRIES), tmp_path / "none.jsonl")
