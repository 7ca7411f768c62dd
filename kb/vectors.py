"""Phrasing vectors, found by nearness.

A row is kept as 512 small integers and a factor that makes it a unit vector again: a quarter of the memory, and the cosine is off by less than
0.002. Up to EXACT rows a question is multiplied with each. Above, each row is compared by its signs alone first (one bit a number), and the POOL
most alike are multiplied: no graph to build, to keep or to repair; a row is found as soon as it is added, and equal rows do no harm.
Why not a graph (HNSW): docs/decisions/0006-nearest-by-signs.md
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numkong
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int8]
Slots = NDArray[np.int64]
Places = NDArray[np.intp]

EXACT = 20_000  # rows; the exact product takes 0.5 ms there, comparing by signs first a third less
BLOCK = 8_192  # rows: 4 MB of 512 numbers, so that little is copied or left empty at once
POOL = 600  # rows multiplied after comparing signs: 97 % of the true 50 nearest of 100,000 are among them, 99.9 % of the nearest
CROWD = 4  # pools at most, when many rows differ from the question in equally many signs
MARGIN = 64  # rows beside the limit that are multiplied exactly: the first product has a rounded question, off by 0.003
GONE = 0.25  # share of a block's rows that may be gone before it is copied without them
STEP = 4_096  # rows between two reports of progress
NEVER = -2.0  # below any cosine


class Vectors:
    """Unit vectors of `size` numbers, each in a slot of its own; a slot is never given out again.

    Any number of threads may search while others add and remove: a search sees the rows that were there when it began, and what is removed
    meanwhile may be in its result for the last time. So a caller that maps slots to its own things drops the mapping before it removes the
    slot, makes it right after it adds, and skips slots it does not know.
    """

    def __init__(self, size: int, *, exact: int = EXACT, block: int = BLOCK) -> None:
        self.size = size
        self._exact, self._block = exact, block
        # Blocks are replaced, never shrunk or reordered in place; rows are only ever written behind a block's count: readers need no lock.
        self._blocks: tuple[_Block, ...] = ()
        self._next = 0
        self._changing = Lock()

    def __len__(self) -> int:
        """Rows that can be found."""
        return sum(block.count - block.gone for block in self._blocks)

    def copy(self) -> Vectors:
        """One with the same rows in the same slots that is changed apart from this one; rows of full blocks are shared: nobody writes them again."""
        twin = Vectors(self.size, exact=self._exact, block=self._block)
        with self._changing:
            twin._next = self._next
            twin._blocks = tuple(
                replace(block, scales=block.scales.copy(), rows=block.rows if block.count == self._block else block.rows.copy(),
                        slots=block.slots if block.count == self._block else block.slots.copy())
                for block in self._blocks)
        return twin

    def add(self, rows: ArrayLike, progress: Callable[[int, int], None] | None = None) -> Slots:
        """Keep the rows, shape (n, size), unit float32 (all zeros for a text without meaning: its cosine is 0); their slots, rising.

        progress: told (rows done, all rows). Raises ValueError, and keeps nothing, for another shape or a number that is not finite.
        """
        given = self._checked(rows, 2)
        with self._changing:
            slots = np.arange(self._next, self._next + len(given), dtype=np.int64)
            self._next += len(given)
            done = 0
            while done < len(given):
                tail = self._blocks[-1] if self._blocks else None
                if tail is None or tail.count == self._block:
                    tail = _Block(np.empty((self._block, self.size), np.int8), np.empty(self._block, np.float32), np.empty(self._block, np.int64))
                    self._blocks += (tail,)
                taken = min(STEP, len(given) - done, self._block - tail.count)
                tail.append(*quantised(given[done:done + taken]), slots[done:done + taken])
                done += taken
                if progress is not None:
                    progress(done, len(given))
            self._sign()
        return slots

    def remove(self, slots: Sequence[int] | Slots) -> None:
        """These slots are found no more. Slots that are gone already or were never given are passed over."""
        with self._changing:
            worn = False
            for block, places, _ in _places(self._blocks, np.unique(np.asarray(slots, np.int64))):
                block.gone += int(np.count_nonzero(block.scales[places] >= 0))
                block.scales[places] = -1
                worn = worn or block.gone > GONE * block.count
            if worn:
                self._tidy()

    def nearest(self, vector: ArrayLike, limit: int) -> tuple[Slots, Floats]:
        """The slots of the nearest rows and their cosines, at most `limit`, best first, of equal ones the older first.

        Up to EXACT rows these are the nearest; above, some of them may be missing, the further the likelier. Raises ValueError like `add`.
        """
        asked = self._checked(vector, 1)
        blocks = tuple(block for block in self._blocks if block.count)
        if limit <= 0 or not blocks:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        rounded = quantised(asked[np.newaxis])[0]
        wide = limit + MARGIN
        few = sum(block.count for block in blocks) <= self._exact
        signed = [(block, signs) for block in blocks if not few and (signs := block.signs) is not None]
        known = {id(block) for block, _ in signed}
        chosen = _multiplied([block for block in blocks if id(block) not in known], rounded, wide)
        rows, scales, slots = _gathered(chosen + _alike(signed, asked, POOL + limit))
        if len(rows) > wide:
            kept = _best(_products(rounded, rows, scales), wide)
            rows, scales, slots = rows[kept], scales[kept], slots[kept]
        cosines = _cosines(asked, rows, scales)
        best = np.lexsort((slots, -cosines))[:limit]
        return slots[best], cosines[best]

    def similar(self, vector: ArrayLike, slots: Sequence[int] | Slots) -> Floats:
        """The cosine of the vector with each slot's row, in their order; -2, below any cosine, for a slot that is gone. Raises ValueError like `add`."""
        asked = self._checked(vector, 1)
        cosines = np.full(len(slots), NEVER, np.float32)
        for block, places, where in _places(self._blocks, slots):
            cosines[where] = _cosines(asked, block.rows[places], block.scales[places])
        return cosines

    def rows(self, slots: Sequence[int] | Slots) -> Floats:
        """The rows of the slots in their order, shape (n, size), as exactly as they are kept; zeros for a slot that is gone."""
        rows = np.zeros((len(slots), self.size), np.float32)
        for block, places, where in _places(self._blocks, slots):
            rows[where] = block.rows[places] * np.maximum(block.scales[places], 0)[:, np.newaxis]
        return rows

    def _checked(self, rows: ArrayLike, dimensions: int) -> Floats:
        given = np.asarray(rows, np.float32)
        if given.ndim != dimensions or given.shape[-1] != self.size:
            raise ValueError(f"vectors of {self.size} numbers are kept here, not {given.shape}")
        if not np.isfinite(given).all():
            raise ValueError("a vector holds a number that is not finite")
        return given

    def _sign(self) -> None:
        """Once there are many rows, all blocks but the one that grows get their signs; with them a block grows no more."""
        if sum(block.count for block in self._blocks) > self._exact:
            for block in self._blocks[:-1]:
                if block.signs is None:
                    block.signs = numkong.hammings_pack(_signs(block.rows[:block.count]), "uint1")

    def _tidy(self) -> None:
        """Blocks with too many rows gone are copied without them, and joined with the one before if both fit into one."""
        kept: list[_Block] = []
        for block in self._blocks:
            left = block.count - block.gone
            if block.gone <= GONE * block.count:
                kept.append(block)
            elif kept and kept[-1].count - kept[-1].gone + left <= self._block:
                kept[-1] = _joined((kept[-1], block), self._block)
            elif left:
                kept.append(_joined((block,), self._block))
        self._blocks = tuple(kept)
        self._sign()


@dataclass(slots=True, eq=False)
class _Block:
    """Some rows with their factors and slots, which rise from row to row; the factor of a row that is gone is negative."""

    rows: Ints
    scales: Floats
    slots: Slots
    count: int = 0
    gone: int = 0
    signs: Any = field(default=None)  # numkong's packed matrix, see Vectors._sign

    def append(self, rows: Ints, scales: Floats, slots: Slots) -> None:
        begin, end = self.count, self.count + len(rows)
        self.rows[begin:end], self.scales[begin:end], self.slots[begin:end] = rows, scales, slots
        self.count = end  # last: readers go by it


def quantised(rows: Floats) -> tuple[Ints, Floats]:
    """The rows as integers from -127 to 127, and the factor of each that makes it a unit vector; zeros stay zeros.

    Doing it again to what comes of it changes nothing.
    """
    largest = np.abs(rows).max(axis=1, initial=0)[:, np.newaxis]
    whole = np.rint(rows * np.divide(127, largest, out=np.zeros_like(largest), where=largest > 0))
    return whole.astype(np.int8), factors(whole)


def factors(whole: NDArray[np.generic]) -> Floats:
    """What makes each row of integers a unit vector; 0 for zeros."""
    given = whole.astype(np.float32, copy=False)
    lengths: Floats = np.sqrt(np.einsum("ij,ij->i", given, given))
    return np.divide(np.float32(1), lengths, out=np.zeros_like(lengths), where=lengths > 0)


def _signs(rows: NDArray[Any]) -> NDArray[np.uint8]:
    return np.packbits(rows > 0, axis=1)


def _products(rounded: Ints, rows: Ints, scales: Floats) -> Floats:
    """The cosines, but for the length and the rounding of the question, `rounded` of shape (1, size); -inf for rows that are gone."""
    products: Floats = np.asarray(numkong.cdist(rounded, rows, "dot", out_dtype="float32")).reshape(-1) * scales
    products[scales < 0] = -np.inf
    return products


def _cosines(vector: Floats, rows: Ints, scales: Floats) -> Floats:
    """NEVER for rows that are gone."""
    cosines: Floats = np.einsum("ij,j->i", rows.astype(np.float32), vector) * scales  # unlike @, equal rows give equal sums wherever they stand
    cosines[scales < 0] = NEVER
    return cosines


def _multiplied(blocks: Sequence[_Block], rounded: Ints, pool: int) -> list[tuple[_Block, Places]]:
    """By block: the places of about `pool` rows with the largest products, of all the blocks together."""
    products = [_products(rounded, block.rows[:count], block.scales[:count]) for block in blocks for count in (block.count,)]
    return _shared(blocks, [len(found) for found in products], _best(np.concatenate(products), pool)) if blocks else []


def _alike(signed: Sequence[tuple[_Block, Any]], vector: Floats, pool: int) -> list[tuple[_Block, Places]]:
    """By block: the places of the rows whose signs are most like the vector's, at least `pool` of all the blocks together."""
    if not signed:
        return []
    asked = _signs(vector[np.newaxis])
    apart = [np.asarray(numkong.hammings_packed(asked, signs)).reshape(-1) for _, signs in signed]
    for (block, _), found in zip(signed, apart, strict=True):
        if block.gone:
            found[block.scales[:len(found)] < 0] = len(vector) + 1
    return _shared([block for block, _ in signed], [len(found) for found in apart], _least(np.concatenate(apart), pool))


def _shared(blocks: Sequence[_Block], sizes: Sequence[int], found: Places) -> list[tuple[_Block, Places]]:
    """Rising places in blocks that stand one behind the other, as places in each."""
    begins = np.cumsum([0, *sizes])
    shares = np.split(found, np.searchsorted(found, begins[1:-1]))
    return [(block, share - begin) for block, share, begin in zip(blocks, shares, begins, strict=False) if len(share)]


def _gathered(chosen: Sequence[tuple[_Block, Places]]) -> tuple[Ints, Floats, Slots]:
    """The rows at these places, their factors and slots, without those that are gone."""
    scales = np.concatenate([block.scales[places] for block, places in chosen])
    slots = np.concatenate([block.slots[places] for block, places in chosen])
    rows = np.empty((len(slots), chosen[0][0].rows.shape[1]), np.int8)
    begin = 0
    for block, places in chosen:
        block.rows.take(places, 0, rows[begin:begin + len(places)], "clip")  # clip: written straight where it belongs
        begin += len(places)
    stays = scales >= 0
    return (rows, scales, slots) if stays.all() else (rows[stays], scales[stays], slots[stays])


def _best(products: Floats, pool: int) -> Places:
    """The places, rising, of the `pool` largest, of equal ones the first; all if there are no more."""
    if len(products) <= pool:
        return np.arange(len(products))
    least = np.partition(products, -pool)[-pool]
    above = np.flatnonzero(products > least)
    return np.sort(np.concatenate([above, np.flatnonzero(products == least)[:pool - len(above)]]))


def _least(apart: NDArray[np.uint32], pool: int) -> Places:
    """The places, rising, of at least `pool` of the least numbers (all, if there are fewer), and of at most CROWD times as many."""
    columns = len(apart) // 16
    if columns <= pool:
        return np.arange(len(apart))
    # The least of each of many small groups: `pool` of them bound `pool` numbers from above, at a tenth of the cost of sorting all.
    groups = apart[:16 * columns].reshape(16, columns).min(axis=0)
    found = np.flatnonzero(apart <= np.partition(groups, pool - 1)[pool - 1])
    if len(found) > CROWD * pool:
        found = np.sort(found[np.argsort(apart[found], kind="stable")[:CROWD * pool]])
    return found


def _joined(blocks: Sequence[_Block], room: int) -> _Block:
    """A block for `room` rows with the rows of these that are not gone."""
    size = blocks[0].rows.shape[1]
    whole = _Block(np.empty((room, size), np.int8), np.empty(room, np.float32), np.empty(room, np.int64))
    for block in blocks:
        stays = np.flatnonzero(block.scales[:block.count] >= 0)
        whole.append(block.rows[stays], block.scales[stays], block.slots[stays])
    return whole


def _places(blocks: Sequence[_Block], slots: Sequence[int] | Slots) -> list[tuple[_Block, Places, Places]]:
    """By block: the places of those of the slots that it holds, and where each stands in `slots`."""
    asked = np.asarray(slots, np.int64)
    found = []
    for block in blocks:
        held = block.slots[:block.count]
        if not len(held) or not len(asked):
            continue
        inside = np.flatnonzero((asked >= held[0]) & (asked <= held[-1]))
        places = np.searchsorted(held, asked[inside])
        right = held[places] == asked[inside]
        if right.any():
            found.append((block, places[right], inside[right]))
    return found
