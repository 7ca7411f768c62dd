from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.fitting import fit, softmax

RANDOM = np.random.default_rng(7)
Floats = np.ndarray


def some_rows(count: int, classes: int) -> tuple[Floats, Floats]:
    """Unit rows around a centre for each class, and whose they are."""
    owners = np.arange(count) % classes
    rows = RANDOM.standard_normal((classes, 24))[owners] + 0.5 * RANDOM.standard_normal((count, 24))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), owners


def loss(kernel: Floats, owners: Floats, shrink: float, found: Floats) -> float:
    """What the module's first lines say is minimised."""
    shares = softmax(kernel @ found)
    return float(-np.log(shares[np.arange(len(owners)), owners]).sum() + shrink / 2 * np.einsum("ij,ij->", found, kernel @ found))


def test_shares_are_those_of_the_exponentials_and_sum_to_one() -> None:
    assert softmax(np.log(np.array([[1.0, 2.0, 5.0]], np.float32)))[0].tolist() == pytest.approx([0.125, 0.25, 0.625])


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=8))
def test_no_logits_are_too_large_to_be_shared_out(logits: list[float]) -> None:
    shares = softmax(np.array(logits, np.float32))
    assert np.isfinite(shares).all()
    assert shares.sum() == pytest.approx(1, abs=1e-4)


def test_what_was_learned_is_told_again() -> None:
    rows, owners = some_rows(60, 6)
    found = fit(2 * rows @ rows.T, owners, 6, 0.03)
    assert softmax(2 * rows @ rows.T @ found).argmax(axis=1).tolist() == owners.tolist()


def test_a_text_never_seen_goes_to_those_it_is_near() -> None:
    rows, owners = some_rows(60, 6)
    found = fit(2 * rows[:48] @ rows[:48].T, owners[:48], 6, 0.03)
    assert softmax(2 * rows[48:] @ rows[:48].T @ found).argmax(axis=1).tolist() == owners[48:].tolist()


def test_no_small_change_of_the_coefficients_is_better() -> None:
    rows, owners = some_rows(40, 4)
    kernel, shrink = rows @ rows.T, 0.5
    found = fit(kernel, owners, 4, shrink, steps=2_000).astype(np.float64)
    least = loss(kernel, owners, shrink, found)
    for _ in range(20):
        other = found + 0.05 * RANDOM.standard_normal(found.shape)
        assert loss(kernel, owners, shrink, other) >= least


def test_beginning_with_the_last_coefficients_ends_in_the_same_place_sooner() -> None:
    rows, owners = some_rows(60, 6)
    kernel = 2 * rows @ rows.T
    cold = fit(kernel, owners, 6, 0.03)
    warm = fit(kernel, owners, 6, 0.03, start=cold, steps=3)
    assert np.abs(softmax(kernel @ warm) - softmax(kernel @ cold)).max() < 0.02
    assert np.abs(softmax(kernel @ fit(kernel, owners, 6, 0.03, steps=3)) - softmax(kernel @ cold)).max() > 0.1


def test_coefficients_given_as_a_start_are_not_changed() -> None:
    rows, owners = some_rows(12, 3)
    start = np.ones((12, 3), np.float32)
    fit(rows @ rows.T, owners, 3, 0.03, start=start)
    assert (start == 1).all()


def test_a_stronger_shrink_is_less_sure() -> None:
    rows, owners = some_rows(30, 3)
    kernel = rows @ rows.T
    sure = [softmax(kernel @ fit(kernel, owners, 3, shrink)).max(axis=1).mean() for shrink in (0.01, 0.3, 5.0)]
    assert sure == sorted(sure, reverse=True)


@pytest.mark.parametrize("kernel", [np.zeros((4, 4), np.float32), np.ones((4, 4), np.float32), np.eye(4, dtype=np.float32) * 1e-9])
def test_a_kernel_that_says_nothing_gives_numbers_all_the_same(kernel: Floats) -> None:
    assert np.isfinite(fit(kernel, np.array([0, 0, 1, 2]), 3, 0.03)).all()


def test_two_that_are_the_same_and_belong_to_two_are_shared() -> None:
    shares = softmax(np.ones((2, 2), np.float32) @ fit(np.ones((2, 2), np.float32), np.array([0, 1]), 2, 0.03))
    assert shares[0].tolist() == pytest.approx([0.5, 0.5], abs=0.01)
