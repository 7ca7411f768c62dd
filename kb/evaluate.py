"""Labelled questions to figures: how often right, how often answered, how fast.

The labels, the languages among them, are read only after all decisions are made.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.decision import Thresholds, decide
from kb.entries import Entry
from kb.labelled import Query, languages
from kb.matching import Matcher
from kb.metrics import aurc, auroc, coverage_at

if TYPE_CHECKING:
    from kb.encoders import Encoders

WARM_UP = "warm up"

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question. best: the first entry's id, None when nothing was found (score 0); phrasing: what of it matched."""

    query: Query
    best: str | None
    score: float
    decision: str
    phrasing: str = ""

    @property
    def right(self) -> bool:
        """The best entry is the expected one."""
        return self.query.expected is not None and self.best == self.query.expected


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of all questions. outcomes: in the order of the questions. apart: those that expect an entry there is not, in no figure.

    times_s: wall time of each question, one after the other. index_s: until the first question could be asked. rss_mb: memory of the process.
    """

    outcomes: tuple[Outcome, ...]
    apart: tuple[Outcome, ...]
    times_s: tuple[float, ...]
    index_s: float
    rss_mb: float

    @property
    def counted(self) -> list[Outcome]:
        """The outcomes the figures are made of."""
        apart = {id(one) for one in self.apart}
        return [one for one in self.outcomes if id(one) not in apart]

    def figures(self) -> dict[str, Any]:
        """One object of `kb evaluate --json`; see quality() for the shares. Times in milliseconds, index_s in seconds, rss_mb in MB."""
        counted = self.counted
        p50, p99 = (np.percentile(self.times_s, [50, 99]) * 1000).tolist() if self.times_s else (None, None)
        by_lang = {lang: quality([one for one in counted if one.query.lang == lang]) for lang in languages(one.query for one in counted)}
        return {**quality(counted), "unknown_expected": len(self.apart), "p50_ms": _rounded(p50), "p99_ms": _rounded(p99),
                "index_s": round(self.index_s, 3), "rss_mb": self.rss_mb, "by_lang": by_lang}


def evaluate(entries: Sequence[Entry], queries: Sequence[Query], limits: Thresholds | None = None, *, encoders: Encoders | None = None,
             progress: Progress | None = None) -> Evaluation:
    """Ask every question as a fresh desk would: the default limits learned nothing yet.

    encoders: None measures what words alone can do.
    """
    limits, told = limits or Thresholds(), progress or _silent
    began = perf_counter()
    matcher = build(entries, encoders, lambda done, whole: told("index", done, whole))
    matcher.rank(WARM_UP)
    index_s = perf_counter() - began
    outcomes, times = list[Outcome](), list[float]()
    for number, query in enumerate(queries, start=1):
        began = perf_counter()
        ranked = matcher.rank(query.text)
        verdict = decide(ranked, limits)
        times.append(perf_counter() - began)
        if ranked:
            outcomes.append(Outcome(query, ranked[0].entry_id, float(ranked[0].score), verdict.decision, ranked[0].phrasing))
        else:
            outcomes.append(Outcome(query, None, 0.0, verdict.decision))
        told("questions", number, len(queries))
    ids = {entry.id for entry in entries if not entry.retired}
    apart = tuple(one for one in outcomes if one.query.expected is not None and one.query.expected not in ids)
    return Evaluation(tuple(outcomes), apart, tuple(times), index_s, rss_mb())


def build(entries: Sequence[Entry], encoders: Encoders | None = None, progress: Callable[[int, int], None] | None = None) -> Matcher:
    """A matcher over the entries. progress: told how many phrasings of how many are read."""
    return Matcher(entries, encoders, progress)


def quality(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures that do not depend on the machine; shares are 0..1, and a share of nothing is None.

    wrong: answered with another entry, or out of scope. coverage_at_5, coverage_at_2: right answers as a share of the questions in scope, from
    the best possible threshold on that leaves 5 % and 2 % of the answers wrong. aurc: area under the risk-coverage curve, 0 is best. oos_auroc:
    chance that a question in scope scores above one that is not.
    """
    answered = [one for one in outcomes if one.decision == "answer"]
    wrong = sum(not one.right for one in answered)
    right = np.array([one.right for one in outcomes], bool)
    score = np.array([one.score for one in outcomes], np.float64)
    known = np.array([one.query.expected is not None for one in outcomes], bool)
    inside = int(known.sum())
    return {
        "queries": len(outcomes), "in_scope": inside, "out_of_scope": len(outcomes) - inside,
        "top1": _share(int(right.sum()), inside), "answered": len(answered), "coverage": _share(len(answered), len(outcomes)),
        "wrong": wrong, "wrong_rate": _share(wrong, len(answered)), "suggested": sum(one.decision == "suggest" for one in outcomes),
        "coverage_at_5": _rounded(coverage_at(score, right, inside, 0.05)), "coverage_at_2": _rounded(coverage_at(score, right, inside, 0.02)),
        "aurc": _rounded(aurc(score, right)), "oos_auroc": _rounded(auroc(score[known], score[~known]))}


def score_lines(outcomes: Iterable[Outcome]) -> Iterable[str]:
    """One JSON line each: text, expected, best, score in full precision, decision."""
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


def _silent(what: str, done: int, whole: int) -> None:
    """Nobody looks."""


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
