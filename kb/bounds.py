"""How high a share may truly be, given how often something was seen."""

from __future__ import annotations

from math import exp, lgamma, log

_STEPS = 50  # halvings: far below what anybody prints


def upper_bound(seen: int, of: int, certainty: float = 0.9) -> float:
    """The share (0..1) that the true one exceeds with a chance of 1 - certainty at most, when it was seen so often.

    Exact for any size (Clopper and Pearson, Biometrika 26, 1934, one-sided). Nothing looked at: 1.
    """
    if seen >= of:
        return 1.0
    low, high = seen / of, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_most(seen, of, middle) > 1 - certainty:
            low = middle
        else:
            high = middle
    return high


def _at_most(seen: int, of: int, share: float) -> float:
    """The chance to see it so often or less: the binomial distribution, summed from its largest term on."""
    term = exp(lgamma(of + 1) - lgamma(seen + 1) - lgamma(of - seen + 1) + seen * log(share) + (of - seen) * log(1 - share)) if 0 < share < 1 else 0.0
    total = 0.0
    for k in range(seen, -1, -1):
        total += term
        term *= k / (of - k + 1) * (1 - share) / share
        if term < 1e-15 * total:
            break
    return total
