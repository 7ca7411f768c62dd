"""How sure: from what a candidate shares with the question to a score that means a share of right answers.

The weights were fitted on phrasings of public question sets, each left out of its own entry in turn (right answer there) or with its whole entry
left out (nothing there answers it): no labelled question was used. docs/decisions/0002-matching-thresholds.md tells how.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NEAREST_WRONG = 99.0  # highest score of what is not a known phrasing word for word


@dataclass(frozen=True, slots=True)
class Signals:
    """What candidates share with the question, one number each, all 0..1.

    asked: share of the question's mass found in the best phrasing; said: share of the phrasing's mass found in the question;
    typical: share of the question's mass typical of the entry as a whole; votes: the entry's next best phrasings; order: letters in order.
    """

    asked: Floats
    said: Floats
    typical: Floats
    votes: Floats
    order: Floats

    @property
    def alike(self) -> Floats:
        """Cosine-like: the question and the best phrasing explain each other."""
        both: Floats = np.sqrt(self.asked * self.said)
        return both

    @property
    def strength(self) -> Floats:
        """One number to rank by."""
        total: Floats = 0.40 * self.alike + 0.20 * self.typical + 0.15 * self.votes + 0.15 * self.order + 0.10 * self.asked
        return total


def scores(strength: Floats, lead: Floats, asked: Floats) -> Floats:
    """0..NEAREST_WRONG. lead: strength less that of the best other entry (negative for all but the best)."""
    z = -7.0 + 9.0 * strength + 6.0 * lead + 2.5 * asked
    sure: Floats = (100.0 / (1.0 + np.exp(-z))).astype(np.float32)
    return np.minimum(sure, NEAREST_WRONG)


