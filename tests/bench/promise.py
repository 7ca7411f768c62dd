"""Is the promise kept? After 200 outcomes drawn at random from a set's questions, on all its other questions, 200 draws.

What became of like questions (kb.precedents) corrects the scores first, where the questions' vectors are known: the same way a desk does.
Beside it: the same rule on the scores as they are, the plain threshold (the lowest from which at most the promised share of the outcomes is wrong),
and the lowest whose upper bound of 90 % certainty keeps it. *Best* is the threshold one would choose knowing every label, of the scores as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.foresight import Learn, bounded, promised
from kb.metrics import Bools, Floats, best_threshold, coverage_at
from kb.precedents import Precedent, Precedents

Places = NDArray[np.intp]

WRONG_AT_MOST = 0.05
DRAWS = 200
OUTCOMES = 200  # of sets with less than 400 questions half of them


@dataclass(frozen=True, slots=True)
class Scored:
    """The questions of a set: score of the best entry, was it right, does any entry answer it; shapes (n,).

    entries, vectors: the best entry, and the question's vector; none where only the scores are known.
    """

    score: Floats
    right: Bools
    inside: Bools
    entries: Sequence[str] = ()
    vectors: Floats | None = None

    def corrected(self, taught: Places, rest: Places) -> tuple[Floats, Floats]:
        """The scores of both after what became of those taught; of these, each by the others."""
        vectors = self.vectors
        if vectors is None:
            return self.score[taught], self.score[rest]
        known = Precedents([Precedent(float(self.score[at]), self.entries[at], bool(self.right[at]), vectors[at]) for at in taught.tolist()])
        return np.array(known.scores), np.array([known.score(float(self.score[at]), self.entries[at], vectors[at]) for at in rest.tolist()])


@dataclass(frozen=True, slots=True)
class Row:
    """One way to learn on one set. kept: share of draws with at most the promised share wrong (none answered: kept).

    coverage: right answers over questions in scope, mean of the draws, as a share of best_coverage, the same at the best threshold of the whole set
    (None where that answers nothing). wrong: mean share of wrong answers.
    """

    set: str
    questions: int
    how: str
    best_coverage: float
    kept: float
    coverage: float | None
    wrong: float


WAYS: dict[str, Learn] = {
    "promise": promised, "of scores alone": promised, "plain threshold": best_threshold, "90 % upper bound": bounded}  # fmt: skip
CORRECTED = frozenset({"promise"})  # ways that see scores after what became of like questions


def rows(scores_by_set: Mapping[str, Scored], draws: int = DRAWS, outcomes: int = OUTCOMES, ways: Mapping[str, Learn] = WAYS) -> Iterator[Row]:
    """Each set with each way, the draws the same for all."""
    for name, scored in scores_by_set.items():
        best = coverage_at(scored.score, scored.right, int(scored.inside.sum()), WRONG_AT_MOST) or 0.0
        for how, way in ways.items():
            wrong, covered = np.array([_drawn(scored, way, draw, outcomes, how in CORRECTED) for draw in range(draws)]).T
            kept = float(np.mean(wrong <= WRONG_AT_MOST + 1e-9))
            yield Row(name, len(scored.score), how, best, kept, float(covered.mean()) / best if best else None, float(wrong.mean()))


def _drawn(scored: Scored, way: Learn, draw: int, outcomes: int, corrected: bool) -> tuple[float, float]:
    """Wrong share of the answers and right answers over questions in scope, of the questions that were not drawn."""
    order = np.random.default_rng([0, draw]).permutation(len(scored.score))
    taught, rest = np.split(order, [min(outcomes, len(order) // 2)])
    seen, asked = scored.corrected(taught, rest) if corrected else (scored.score[taught], scored.score[rest])
    threshold = way(seen, scored.right[taught], WRONG_AT_MOST)
    told = rest[asked >= (np.inf if threshold is None else threshold)]
    right, inside = int(scored.right[told].sum()), int(scored.inside[rest].sum())
    return (1 - right / len(told) if len(told) else 0.0), right / max(1, inside)


def read(path: Path) -> Scored:
    """From what `kb evaluate --scores` writes."""
    found: list[dict[str, Any]] = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    expected = [one["expected"] for one in found]
    return Scored(
        np.array([one["score"] for one in found], np.float64),
        np.array([of is not None and one["best"] == of for one, of in zip(found, expected, strict=True)], bool),
        np.array([of is not None for of in expected], bool))  # fmt: skip


def show(found: Iterator[Row]) -> None:
    """One line each."""
    print(f"{'set':24}{'learned by':18}{'best cov':>9}{'kept':>7}{'of best':>9}{'wrong':>8}")
    for row in found:
        share = "-" if row.coverage is None else f"{100 * row.coverage:.0f}"
        print(f"{row.set:24}{row.how:18}{100 * row.best_coverage:9.1f}{100 * row.kept:7.0f}{share:>9}{100 * row.wrong:8.1f}", flush=True)


if __name__ == "__main__":
    import sys

    show(rows({Path(name).stem: read(Path(name)) for name in sys.argv[1:]}))
