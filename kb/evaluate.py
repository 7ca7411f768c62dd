"""Labelled questions to figures: how often right, how often answered, how fast.

The labels are read only after all decisions are made.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.decision import Thresholds, decide
from kb.entries import Entry, Problem
from kb.loader import LoadError, load
from kb.matching import Matcher


@dataclass(frozen=True, slots=True)
class Query:
    """A labelled question. expected: the id of the entry that answers it; None: no entry does, a human must have it."""

    text: str
    lang: str
    expected: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a query. best: the first entry's id, None when nothing was found (score 0)."""

    query: Query
    best: str | None
    score: float
    decision: str

    @property
    def right(self) -> bool:
        """The best entry is the expected one."""
        return self.query.expected is not None and self.best == self.query.expected


def run(entries_path: str | PathLike[str], queries_path: str | PathLike[str], scores_path: str | PathLike[str] | None = None,
        limits: Thresholds | None = None) -> dict[str, Any]:
    """Measure the queries of one file against the entries of another; see evaluate().

    scores_path: gets one JSON line a query: text, expected, best, score, decision. Raises LoadError, also for a faulty queries file, and OSError
    when the scores cannot be written.
    """
    entries = load(entries_path, sound=False)  # research sets have entries without answers
    found, figures = _measure(entries, read_queries(queries_path), limits or Thresholds())
    if scores_path is not None:
        Path(scores_path).write_text("".join(score_lines(found)), encoding="utf-8")
    return figures


def evaluate(entries: Sequence[Entry], queries: Sequence[Query], limits: Thresholds | None = None) -> dict[str, Any]:
    """The figures of `kb evaluate --json`.

    Shares are 0..1; a share of nothing is None. aurc: area under the risk-coverage curve, 0 is best. oos_auroc: chance that an in-scope query
    scores above an out-of-scope one. Times are wall time of one query at a time in milliseconds, index_s seconds, rss_mb the process's memory in MB.
    """
    return _measure(entries, queries, limits or Thresholds())[1]


def _measure(entries: Sequence[Entry], queries: Sequence[Query], limits: Thresholds) -> tuple[list[Outcome], dict[str, Any]]:
    began = perf_counter()
    matcher = Matcher(entries)
    matcher.rank("warm up")
    index_s = perf_counter() - began
    outcomes, times = [], []
    for query in queries:
        began = perf_counter()
        ranked = matcher.rank(query.text)
        verdict = decide(ranked, limits)
        times.append(perf_counter() - began)
        best = ranked[0] if ranked else None
        outcomes.append(Outcome(query, best.entry_id if best else None, best.score if best else 0.0, verdict.decision))
    p50, p99 = (np.percentile(times, [50, 99]) * 1000).tolist() if times else (None, None)
    cost = {"p50_ms": _rounded(p50), "p99_ms": _rounded(p99), "index_s": round(index_s, 3), "rss_mb": rss_mb()}
    by_lang = {lang: quality([one for one in outcomes if one.query.lang == lang]) for lang in sorted({query.lang for query in queries})}
    return outcomes, {**quality(outcomes), **cost, "by_lang": by_lang}


def quality(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures that do not depend on the machine."""
    inside = [one for one in outcomes if one.query.expected is not None]
    answered = [one for one in outcomes if one.decision == "answer"]
    wrong = sum(not one.right for one in answered)
    right = np.array([one.right for one in outcomes], bool)
    score = np.array([one.score for one in outcomes])
    known = np.array([one.query.expected is not None for one in outcomes], bool)
    return {
        "queries": len(outcomes), "in_scope": len(inside), "out_of_scope": len(outcomes) - len(inside),
        "top1": _share(sum(one.right for one in inside), len(inside)),
        "answered": len(answered), "coverage": _share(len(answered), len(outcomes)),
        "wrong": wrong, "wrong_rate": _share(wrong, len(answered)),
        "suggested": sum(one.decision == "suggest" for one in outcomes),
        "aurc": _rounded(aurc(score, right)), "oos_auroc": _rounded(auroc(score[known], score[~known]))}


def aurc(score: NDArray[np.float64], right: NDArray[np.bool_]) -> float | None:
    """Mean share of wrong ones among the n surest, over all n; ties keep the file's order. None for nothing."""
    if not len(score):
        return None
    ordered = right[np.argsort(-score, kind="stable")]
    return float(np.mean(np.cumsum(~ordered) / np.arange(1, len(ordered) + 1)))


def auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float | None:
    """Chance that one of the first scores above one of the second, a tie counting half; None when either is empty."""
    if not len(positive) or not len(negative):
        return None
    ordered = np.sort(negative)
    below, not_above = np.searchsorted(ordered, positive, "left"), np.searchsorted(ordered, positive, "right")
    return float((below + not_above).sum() / (2 * len(positive) * len(negative)))


def read_queries(path: str | PathLike[str]) -> list[Query]:
    """The queries of a JSON lines file. Raises LoadError with every faulty line."""
    faults, queries = list[Problem](), list[Query]()
    try:
        rows = Path(path).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError([Problem(str(path), 0, f"cannot be read: {error}")]) from error
    for line, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        try:
            record = json.loads(row)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, Mapping) and isinstance(record.get("text"), str) and isinstance(record.get("expected"), str | None):
            queries.append(Query(record["text"], str(record.get("lang") or ""), record.get("expected")))
        else:
            faults.append(Problem(str(path), line, 'expected {"text": "…", "lang": "…", "expected": "ID" or null}'))
    if faults:
        raise LoadError(faults)
    return queries


def score_lines(outcomes: Iterable[Outcome]) -> Iterable[str]:
    """One JSON line each: text, expected, best, score, decision."""
    for one in outcomes:
        record = {"text": one.query.text, "expected": one.query.expected, "best": one.best, "score": one.score, "decision": one.decision}
        yield json.dumps(record, ensure_ascii=True) + "\n"


def rss_mb() -> float:
    """Memory of this process in MB: now where /proc tells, else its peak."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text(encoding="ascii", errors="replace").splitlines() if line.startswith("VmRSS"))
        return round(int(line.split()[1]) / 1024, 1)
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
