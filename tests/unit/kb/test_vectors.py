from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kb.vectors import NEVER, Vectors, quantised

SIZE = 64
ROUNDING = 0.01  # of a cosine of 64 numbers; 512 are off by less than 0.002


def some_rows(count: int, seed: int = 0, size: int = SIZE) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((count, size), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def near(row: NDArray[np.float32], by: float, seed: int = 1) -> NDArray[np.float32]:
    moved = row + by * some_rows(1, seed, len(row))[0]
    return np.asarray(moved / np.linalg.norm(moved), np.float32)


def crowded(rows: int) -> Vectors:
    """Small blocks and few rows for the exact product, so that what is meant for many happens with few."""
    vectors = Vectors(SIZE, exact=1_000, block=512)
    vectors.add(some_rows(rows))
    return vectors


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 999)), max_size=40), st.sampled_from([(10_000, 16), (0, 16), (20, 7)]))
@settings(deadline=None, max_examples=60)
def test_any_adding_and_removing_leaves_what_was_added_and_not_removed(moves: list[tuple[bool, int, int]], sizes: tuple[int, int]) -> None:
    vectors = Vectors(SIZE, exact=sizes[0], block=sizes[1])
    kept: dict[int, NDArray[np.float32]] = {}
    ever: set[int] = set()
    for adds, count, seed in moves:
        if adds:
            rows = some_rows(count, seed)
            slots = vectors.add(rows).tolist()
            assert len(set(slots)) == count
            assert not ever & set(slots)
            ever.update(slots)
            kept.update(zip(slots, rows, strict=True))
        else:
            chosen = np.random.default_rng(seed).permutation(sorted(ever))[:count]
            vectors.remove(chosen)
            for slot in chosen.tolist():
                kept.pop(slot, None)
        asked = some_rows(1, seed + 1)[0]
        found, cosines = vectors.nearest(asked, 10)
        true = {slot: float(row @ asked) for slot, row in kept.items()}
        assert len(vectors) == len(kept)
        assert np.all(np.diff(cosines) <= 0)
        assert set(found.tolist()) <= set(kept)
        # As no pool is larger than these few rows, the approximate search must be exact here, too.
        np.testing.assert_allclose(cosines, sorted(true.values(), reverse=True)[:10], atol=ROUNDING)
        np.testing.assert_allclose(cosines, [true[slot] for slot in found.tolist()], atol=ROUNDING)
        np.testing.assert_allclose(vectors.similar(asked, sorted(ever)), [true.get(slot, NEVER) for slot in sorted(ever)], atol=ROUNDING)
        np.testing.assert_allclose(vectors.rows(sorted(ever)), [kept.get(slot, np.zeros(SIZE)) for slot in sorted(ever)] or np.zeros((0, SIZE)), atol=ROUNDING)


def test_few_rows_are_found_exactly() -> None:
    rows = some_rows(3_000, size=512)
    vectors = Vectors(512)
    slots = vectors.add(rows)
    for asked in some_rows(20, seed=2, size=512):
        cosines = rows @ asked
        order = np.argsort(-cosines)
        found, measured = vectors.nearest(asked, 10)
        np.testing.assert_allclose(measured, cosines[order[:10]], atol=0.002)
        np.testing.assert_allclose(cosines[np.searchsorted(slots, found)], cosines[order[:10]], atol=0.002)


def test_among_many_the_one_that_is_meant_comes_first() -> None:
    rows = some_rows(12_000)
    vectors = Vectors(SIZE, exact=1_000, block=512)
    slots = vectors.add(rows)
    for number in range(0, 12_000, 500):
        assert vectors.nearest(near(rows[number], 0.5), 5)[0][0] == slots[number]


def test_what_was_just_added_is_found_among_many() -> None:
    vectors = crowded(12_000)
    for seed in range(1, 20):
        row = some_rows(1, seed)[0]
        slot, = vectors.add(row[np.newaxis])
        assert vectors.nearest(near(row, 0.2, seed + 100), 1)[0].tolist() == [slot]


def test_what_was_removed_is_never_found_again() -> None:
    rows = some_rows(12_000)
    vectors = Vectors(SIZE, exact=1_000, block=512)
    slots = vectors.add(rows)
    for number in range(0, 12_000, 400):
        vectors.remove([int(slots[number])])
        assert slots[number] not in vectors.nearest(rows[number], 50)[0]
    vectors.remove(slots)
    assert len(vectors) == 0
    assert vectors.nearest(rows[0], 5)[0].tolist() == []


def test_what_is_gone_leaves_its_place_in_the_search_to_others() -> None:
    # Given many rows alike, one in five, that were removed again
    rows, same = some_rows(12_000), some_rows(1, seed=9)[0]
    rows[::5] = same
    vectors = Vectors(SIZE, exact=1_000, block=512)
    slots = vectors.add(rows)
    vectors.remove(slots[::5])
    # Then what is nearest of those that stayed is found
    cosines = rows @ same
    cosines[::5] = NEVER
    assert vectors.nearest(same, 5)[0][0] == slots[np.argmax(cosines)]


def test_what_is_added_after_the_newest_block_has_gone_is_found() -> None:
    vectors = Vectors(SIZE, exact=100, block=64)
    slots = vectors.add(some_rows(64 * 6 + 10))
    vectors.remove(slots[64 * 5:64 * 5 + 30])  # the last full block is copied and has room
    vectors.remove(slots[64 * 6:])
    row = some_rows(1, seed=5)
    slot = vectors.add(row)
    assert vectors.nearest(row[0], 1)[0].tolist() == slot.tolist()


def test_most_of_the_nearest_among_many_are_found() -> None:
    # Given rows in groups, as phrasings of one matter are
    rows = np.repeat(some_rows(400, size=128), 30, axis=0) + 0.8 * some_rows(12_000, seed=2, size=128)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    vectors = Vectors(128, exact=1_000, block=512)
    slots = vectors.add(rows)
    shares = []
    for number in range(0, 12_000, 600):
        asked = near(rows[number], 0.8, number)
        true = slots[np.argsort(-(rows @ asked))[:50]]
        shares.append(len(set(vectors.nearest(asked, 50)[0].tolist()) & set(true.tolist())) / 50)
    assert np.mean(shares) > 0.9


def test_removing_twice_or_what_never_was_changes_nothing() -> None:
    vectors = Vectors(SIZE)
    slots = vectors.add(some_rows(10))
    vectors.remove([int(slots[0]), int(slots[0]), 999, -1])
    vectors.remove(slots[:1])
    assert len(vectors) == 9


def test_rows_that_come_and_go_take_no_more_room_in_the_end() -> None:
    vectors = Vectors(SIZE, exact=100, block=64)
    stays = vectors.add(some_rows(640))
    for seed in range(300):
        vectors.remove(vectors.add(some_rows(50, seed)))
    assert sum(len(block.rows) for block in vectors._blocks) <= 2 * 640
    np.testing.assert_allclose(vectors.rows(stays), some_rows(640), atol=ROUNDING)


@pytest.mark.parametrize("alike", [2_000, 10_000])
def test_many_alike_hide_none_of_the_others(alike: int) -> None:
    vectors = Vectors(SIZE, exact=1_000, block=512)
    same = some_rows(1, seed=9)[0]
    before = vectors.add(some_rows(2_000))
    crowd = vectors.add(np.tile(same, (alike, 1)))
    after = vectors.add(some_rows(2_000, seed=3))
    for slots, rows in ((before, some_rows(2_000)), (after, some_rows(2_000, seed=3))):
        for number in range(0, 2_000, 250):
            assert vectors.nearest(near(rows[number], 0.5), 5)[0][0] == slots[number]
    found, cosines = vectors.nearest(near(same, 0.3), 20)
    assert found.tolist() == crowd[:20].tolist()
    assert len(set(cosines.tolist())) == 1


def test_of_rows_alike_the_older_come_first() -> None:
    vectors = Vectors(SIZE)
    slots = vectors.add(np.tile(some_rows(1), (5, 1)))
    assert vectors.nearest(some_rows(1)[0], 3)[0].tolist() == slots[:3].tolist()


def test_a_text_without_meaning_is_like_nothing() -> None:
    vectors = Vectors(SIZE)
    slots = vectors.add(np.zeros((1, SIZE)))
    assert vectors.similar(some_rows(1)[0], slots).tolist() == [0]
    assert vectors.rows(slots).tolist() == [[0] * SIZE]
    other = vectors.add(some_rows(1))
    assert vectors.nearest(np.zeros(SIZE), 5)[1].tolist() == [0, 0]
    assert vectors.nearest(some_rows(1)[0], 1)[0].tolist() == other.tolist()


def test_nothing_is_found_where_nothing_is_or_nothing_is_wanted() -> None:
    vectors = Vectors(SIZE)
    assert vectors.nearest(some_rows(1)[0], 5)[0].tolist() == []
    assert vectors.similar(some_rows(1)[0], []).tolist() == []
    assert vectors.rows([]).shape == (0, SIZE)
    assert vectors.add(np.zeros((0, SIZE))).tolist() == []
    vectors.add(some_rows(1))
    assert vectors.nearest(some_rows(1)[0], 0)[0].tolist() == []


@pytest.mark.parametrize("rows", [np.zeros((2, SIZE + 1)), np.zeros(SIZE), np.full((1, SIZE), np.nan), np.full((1, SIZE), np.inf)])
def test_rows_that_cannot_be_kept_are_refused_whole(rows: NDArray[np.float64]) -> None:
    vectors = Vectors(SIZE)
    with pytest.raises(ValueError, match="vector"):
        vectors.add(rows)
    assert len(vectors) == 0


def test_progress_is_told_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    Vectors(SIZE, block=100).add(some_rows(350), lambda done, every: told.append((done, every)))
    assert told == [(100, 350), (200, 350), (300, 350), (350, 350)]


def test_rounding_what_was_rounded_changes_nothing() -> None:
    whole, scales = quantised(some_rows(50))
    again, same = quantised(whole * scales[:, np.newaxis])
    assert np.array_equal(whole, again)
    assert np.array_equal(scales, same)


def test_searching_goes_on_while_others_add_and_remove() -> None:
    # Given rows that stay, and two threads that add and remove others and let blocks be packed and joined
    rows = some_rows(1_500)
    vectors = Vectors(SIZE, exact=1_600, block=128)
    slots = vectors.add(rows)

    def churn(seed: int) -> None:
        for turn in range(150):
            vectors.remove(vectors.add(some_rows(90, 1_000 * seed + turn)))

    number = 0
    with ThreadPoolExecutor() as threads:
        churning = [threads.submit(churn, seed) for seed in (1, 2)]
        # Then each is found at every moment, once, with its own cosine
        while not all(one.done() for one in churning):
            number = (number + 37) % len(rows)
            found, cosines = vectors.nearest(rows[number], 20)
            assert found[0] == slots[number]
            assert cosines[0] > 0.99
            assert len(set(found.tolist())) == 20
            assert vectors.similar(rows[number], [int(slots[number])])[0] > 0.99
        assert [one.exception() for one in churning] == [None, None]
    assert len(vectors) == len(rows)
