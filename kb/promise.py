"""From outcomes to the score from which a match may be answered alone, so that at most a stated share of those answers is wrong.

Two experts judge each threshold there could be: the outcomes above it, counted, and a smooth curve through all outcomes that knows how error grows
with the share of questions answered. The curve alone is too sure where a knowledge base is odd, the count alone wastes what the outcomes below the
threshold tell; a mixture of both is what is believed. docs/decisions/0008-the-promise.md has the measurements.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

WINDOW = 1000  # newest outcomes that count; a knowledge base and what is asked of it change
WINDOW_AGE = timedelta(days=180)
LEAST = 30  # outcomes before anything is learned; with fewer the belief is mostly the curve's prior
LEAST_ABOVE = 20  # outcomes at or above a threshold before it is considered
LEVEL = 0.85  # belief needed that the share is kept; measured: docs/decisions/0008-the-promise.md
CARE, FEW = 0.5, 20.0  # so much of the doubt that leaves is not allowed where LEAST_ABOVE lie above; of so many more a third of that care is left
FALSE_ALARM = 0.05  # chance that drift() ever alarms while the promise is kept

_Array = NDArray[np.float64]
# The curve: log-odds of being right over the logarithm of the rank (1: the lowest score), fitted on public sets, several scorers.
_KNOTS = np.arange(-5.0, 0.01, 0.25)
_STEP = 0.25
_MEAN = -1.4 - 2.6 * _KNOTS
_SPREAD = 1.0 + np.outer(_KNOTS, _KNOTS) + 0.16 * np.exp(-0.5 * (_KNOTS[:, None] - _KNOTS) ** 2) + 1e-6 * np.eye(len(_KNOTS))
_PRECISION = np.linalg.inv(_SPREAD)
_COUNTED = 0.2  # share of the count in the mixture
_WRONG, _RIGHT = 1.0, 1.0  # what the count believes before it has seen an outcome: every share is as likely
_ODDS = np.arange(-40.0, 12.0, 0.05)  # log-odds of a wrong share: the grid on which beliefs are held
_LOG_SHARE, _LOG_REST = -np.logaddexp(0.0, -_ODDS), -np.logaddexp(0.0, _ODDS)
_WORSE = (1.5, 2.0, 3.0, 5.0)  # times the promised share: what drift() bets on, evenly


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question, answered or not. score: 0..100 of the best match. right: that entry was what the requester needed. at: aware.

    known: the phrasing was known, so that no threshold decided.
    """

    score: float
    right: bool
    at: datetime
    known: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """A threshold with its evidence. Shares are 0..1.

    threshold: answer from this score on; None: suggest only. outcomes: how many were used, since..until. answered, wrong: those of them at or above
    the threshold. expected_wrong: mean belief about the wrong share to come. wrong_bound: it is below this with probability `level`.
    belief: that the share is kept. coverage: share of questions that score high enough.
    Without a threshold answered, wrong and coverage are 0 and the beliefs None.
    """

    threshold: float | None
    wrong_at_most: float
    level: float = LEVEL
    outcomes: int = 0
    answered: int = 0
    wrong: int = 0
    expected_wrong: float | None = None
    wrong_bound: float | None = None
    belief: float | None = None
    coverage: float = 0.0
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """More answers are wrong than promised. answered, wrong: since the promise. false_alarm: chance that this is said of a promise that is kept."""

    answered: int
    wrong: int
    wrong_at_most: float
    false_alarm: float


def learn(outcomes: Iterable[Outcome], wrong_at_most: float, asked: Sequence[float] = (), level: float = LEVEL) -> Promise:
    """The lowest threshold of which it is believed, with probability `level`, that at most wrong_at_most (0..1) of what it answers is wrong.

    Where few outcomes lie above, nearer to certain: of all thresholds one is chosen, and of what rests on few the luckiest would be.
    outcomes: in any order; the newest WINDOW within WINDOW_AGE of the newest count, known phrasings and scores that are no number do not.
    asked: scores of questions in the same time that have no outcome; they sharpen the ranks. Deterministic. ValueError for shares outside 0..1.
    """
    if not 0.0 < wrong_at_most < 1.0 or not 0.0 < level < 1.0:
        raise ValueError("wrong_at_most and level lie between 0 and 1")
    used = window(outcomes)
    if not used:
        return Promise(None, wrong_at_most, level)
    nothing = Promise(None, wrong_at_most, level, len(used), since=used[0].at, until=used[-1].at)
    if len(used) < LEAST:
        return nothing
    pool = np.array([one.score for one in used] + [score for score in asked if np.isfinite(score)])
    score, place, count = np.unique(pool, return_inverse=True, return_counts=True)  # a threshold stops between distinct scores only
    weight = count / len(pool)
    right = np.asarray(np.bincount(place[:len(used)], [one.right for one in used], len(score)), np.float64)
    wrong = np.asarray(np.bincount(place[:len(used)], [not one.right for one in used], len(score)), np.float64)
    above, wrong_above, coverage = _from_top(right + wrong), _from_top(wrong), _from_top(count.astype(np.float64)) / len(pool)
    belief: _Array = _COUNTED * _counted(wrong_above, above) + (1 - _COUNTED) * _curve(right, wrong, coverage - weight / 2, weight)
    kept: _Array = belief @ (np.exp(_LOG_SHARE) <= wrong_at_most)
    needed: _Array = 1 - (1 - level) * (1 - CARE * np.exp((LEAST_ABOVE - above) / FEW))
    enough = np.flatnonzero((kept >= needed) & (above >= LEAST_ABOVE))
    if not len(enough):
        return nothing
    at = int(enough[0])
    bound = int(np.searchsorted(np.cumsum(belief[at]), needed[at]))
    return Promise(
        float(score[at]), wrong_at_most, float(needed[at]), len(used), int(above[at]), int(wrong_above[at]), float(belief[at] @ np.exp(_LOG_SHARE)),
        float(np.exp(_LOG_SHARE[min(bound, len(_ODDS) - 1)])), float(kept[at]), float(coverage[at]), used[0].at, used[-1].at)


def window(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those that count, oldest first."""
    newest = sorted((one for one in outcomes if not one.known and np.isfinite(one.score)), key=lambda one: one.at)[-WINDOW:]
    return [one for one in newest if newest[-1].at - one.at <= WINDOW_AGE]


def drift(wrong_at_most: float, later: Iterable[Outcome], false_alarm: float = FALSE_ALARM) -> Alarm | None:
    """An alarm when the outcomes since the promise say that more than wrong_at_most of what is answered is wrong; None while they do not.

    later: outcomes of what was answered since by its threshold; known phrasings do not count. May be asked after each outcome: the chance of ever being
    alarmed by a promise that is kept stays below false_alarm (a test by betting; Ville's inequality).
    """
    answered = [one for one in sorted(later, key=lambda one: one.at) if not one.known]
    share, wrong = wrong_at_most, 0
    worse = np.array([min(times * share, (1 + share) / 2) for times in _WORSE])
    lost, won = np.log(worse / share), np.log((1 - worse) / (1 - share))
    for number, one in enumerate(answered, start=1):
        wrong += not one.right
        if np.exp(lost * wrong + won * (number - wrong)).mean() * false_alarm >= 1.0:
            return Alarm(len(answered), sum(not each.right for each in answered), share, false_alarm)
    return None


def _from_top(values: _Array) -> _Array:
    """Sums over this and all higher scores, along the first axis."""
    return np.asarray(np.cumsum(values[::-1], axis=0)[::-1])


def _counted(wrong: _Array, answered: _Array) -> _Array:
    """Belief about the wrong share of each threshold from its count alone (a beta distribution); shape (thresholds, _ODDS), rows sum to 1."""
    return _normalised((wrong + _WRONG)[:, None] * _LOG_SHARE + (answered - wrong + _RIGHT)[:, None] * _LOG_REST)


def _curve(right: _Array, wrong: _Array, rank: _Array, weight: _Array) -> _Array:
    """The same from the curve through all outcomes. rank: share of the questions that score at least so, of each score; weight: share at this score.

    A Gaussian process over the knots under logistic likelihood, by Laplace's approximation; each threshold's wrong share is normal in its log-odds.
    """
    place = np.clip((np.log(rank) - _KNOTS[0]) / _STEP, 0.0, len(_KNOTS) - 1.0)
    left = np.minimum(place.astype(int), len(_KNOTS) - 2)
    basis, row = np.zeros((len(rank), len(_KNOTS))), np.arange(len(rank))
    basis[row, left], basis[row, left + 1] = 1 - (place - left), place - left
    height, total = _MEAN.copy(), right + wrong
    for _ in range(100):
        sure = _logistic(basis @ height)
        precision = basis.T @ (basis * (total * sure * (1 - sure))[:, None]) + _PRECISION
        step = np.linalg.solve(precision, basis.T @ (right - total * sure) - _PRECISION @ (height - _MEAN))
        longest = float(np.abs(step).max())
        height = height + step * min(1.0, 2.0 / max(longest, 1e-12))  # far from the top a full step overshoots
        if longest < 1e-6:
            break
    sure = _logistic(basis @ height)
    answered = _from_top(weight)
    share = np.clip(_from_top(weight * (1 - sure)) / answered, 1e-9, 1 - 1e-9)
    slope = _from_top((weight * sure * (1 - sure))[:, None] * basis) / answered[:, None]
    deviation = np.sqrt(np.einsum("ij,ji->i", slope, np.linalg.solve(precision, slope.T))) / (share * (1 - share))
    return _normalised(-0.5 * ((_ODDS - np.log(share / (1 - share))[:, None]) / np.maximum(deviation, 0.05)[:, None]) ** 2)


def _logistic(value: _Array) -> _Array:
    return np.asarray(np.exp(-np.logaddexp(0.0, -value)))


def _normalised(weights: _Array) -> _Array:
    """Of logarithms, row by row."""
    found = np.exp(weights - weights.max(axis=1, keepdims=True))
    return np.asarray(found / found.sum(axis=1, keepdims=True))
