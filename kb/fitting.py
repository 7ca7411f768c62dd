"""Which entry a text belongs to, learned from the phrasings of all entries: multinomial logistic regression with a kernel.

Minimises  sum_i -log p(owner_i | i) + shrink/2 · tr(Aᵀ K A)  over A, with p = softmax(K A), by accelerated gradient steps in the space of the
kernel (Nesterov 1983, restarted when the steps turn: O'Donoghue and Candès 2015). A text's logits are its kernel values times A. One step costs one
product (phrasings, phrasings) × (phrasings, entries); a fit that starts from the last one is done in a few.
"""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

STEPS = 120
ENOUGH = 2e-3  # a step that changes the coefficients by less than this share of their size is the last
_POWER = 8  # products to find the kernel's largest eigenvalue


def softmax(logits: Floats) -> Floats:
    """Row by row."""
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=-1, keepdims=True)
    return shares


def fit(kernel: Floats, owners: Numbers, classes: int, shrink: float, start: Floats | None = None, steps: int = STEPS) -> Floats:
    """The coefficients A, shape (phrasings, classes).

    kernel: (phrasings, phrasings), symmetric; owners: (phrasings,), 0..classes-1; start: the coefficients of a similar fit.
    """
    size = len(owners)
    wanted = np.zeros((size, classes), np.float32)
    wanted[np.arange(size), owners] = 1.0
    now = np.zeros_like(wanted) if start is None else start.astype(np.float32, copy=True)
    ahead, pace = now.copy(), 1.0
    step = np.float32(1.0 / (_largest(kernel) / 2 + shrink))
    for _ in range(steps):
        slope = softmax(kernel @ ahead)
        slope -= wanted
        slope += np.float32(shrink) * ahead
        then = ahead - step * slope
        move = then - now
        if float(np.vdot(slope, move)) > 0:
            pace, ahead = 1.0, then
        else:
            faster = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
            ahead = then + np.float32((pace - 1) / faster) * move
            pace = faster
        now = then
        if float(np.linalg.norm(move)) < ENOUGH * float(np.linalg.norm(now)):
            break
    return now


def _largest(kernel: Floats) -> float:
    """Its largest eigenvalue, a little above."""
    vector: Floats = np.ones(len(kernel), np.float32) / np.float32(max(len(kernel), 1) ** 0.5)
    size = 1.0
    for _ in range(_POWER):
        vector = kernel @ vector
        size = float(np.linalg.norm(vector))
        if size == 0:
            return 1.0
        vector = vector / np.float32(size)
    return 1.05 * size
