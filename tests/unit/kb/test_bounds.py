"""The upper bound of a share, against published values."""

from __future__ import annotations

import pytest

from kb.bounds import upper_bound


@pytest.mark.parametrize(
    ("seen", "of", "certainty", "bound"),
    [
        (0, 10, 0.9, 1 - 0.1 ** (1 / 10)),  # nothing seen: in closed form
        (0, 1000, 0.95, 1 - 0.05 ** (1 / 1000)),
        (1, 10, 0.975, 0.4450),  # Clopper and Pearson's charts; R: binom.test
        (10, 100, 0.975, 0.1762),
        (5, 100, 0.95, 0.1023),
    ],
)
def test_it_is_the_exact_one(seen: int, of: int, certainty: float, bound: float) -> None:
    assert upper_bound(seen, of, certainty) == pytest.approx(bound, abs=1e-4)


def test_nothing_looked_at_or_always_seen_leaves_everything_possible() -> None:
    assert upper_bound(0, 0) == upper_bound(7, 7) == 1.0


def test_more_of_the_same_makes_it_tighter_and_it_is_never_below_what_was_seen() -> None:
    bounds = [upper_bound(n, 20 * n) for n in (1, 10, 100, 1000, 5000)]
    assert bounds == sorted(bounds, reverse=True)
    assert 0.05 < bounds[-1] < 0.053
