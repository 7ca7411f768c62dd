"""Questions that ask for the same, put together: by what they mean, in whatever language, or by their letters where no encoder reads them.

Each question's crowd is counted first (how many are near to it); the one with the greatest crowd leads, and takes those that are near to it and belong to
nobody; so on with the next. Then groups whose middles are near become one, and each question goes to the nearest middle. No number of groups is given, and
the result is the same for the same questions in the same order. Every pair is compared once, a block at a time: 10,000 questions take some seconds.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.letters import Letters

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
Progress = Callable[[int, int], None]

NEAR = 0.5  # cosine from which two questions ask for the same: of twenty entries in six languages 90 % of the questions stood with their own kind
MIDDLES = 0.65  # cosine of the middles from which two groups are one
LETTERS = 0.35  # the same of the shares of letters, where words decide alone
BLOCK = 512  # questions compared with all at once: 20 MB for 10,000


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions by their places, the most typical first. typical: how near each is to the middle of all, in their order."""

    members: tuple[int, ...]
    typical: tuple[float, ...]

    @property
    def medoid(self) -> int:
        """The question that stands for all."""
        return self.members[0]


def clusters(
    vectors: Floats, weights: Sequence[int] | None = None, near: float = NEAR, middles: float = MIDDLES, progress: Progress | None = None,
) -> list[Cluster]:
    """The greatest first. vectors: unit rows, shape (questions, size). weights: how often each was asked; progress: told (done, all).

    A question that is near to no other is a cluster by itself; one without a vector (zeros), too.
    """
    count = len(vectors)
    told = progress or _silent
    often = np.ones(count, np.float32) if weights is None else np.asarray(weights, np.float32)
    groups = _joined(vectors, often, _led(vectors, _crowds(vectors, often, near, told), near), middles)
    leaders = np.stack([_middle(vectors, often, group) for group in groups]) if groups else np.zeros((0, vectors.shape[1]), np.float32)
    owners = _nearest(vectors, leaders, groups)
    made = [_cluster(vectors, often, np.flatnonzero(owners == number)) for number in range(len(groups)) if (owners == number).any()]
    return sorted(made, key=lambda one: (-float(often[list(one.members)].sum()), one.members[0]))


def lettered(texts: Sequence[str]) -> Floats:
    """Vectors of texts by their letters alone, for `clusters` with near=LETTERS: languages are not crossed. Shape (texts, texts)."""
    letters = Letters(texts)
    rows = np.stack([letters.like(text) for text in texts]) if texts else np.zeros((0, 0), np.float32)
    found: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return found


def _crowds(vectors: Floats, often: Floats, near: float, told: Progress) -> Floats:
    """How many questions are near to each, itself counted."""
    found = np.zeros(len(vectors), np.float32)
    for begin in range(0, len(vectors), BLOCK):
        found[begin:begin + BLOCK] = (vectors[begin:begin + BLOCK] @ vectors.T >= near) @ often
        told(min(begin + BLOCK, len(vectors)), len(vectors))
    return found


def _led(vectors: Floats, crowds: Floats, near: float) -> list[Places]:
    """Groups, each of those near to a leader and to none before it."""
    free, groups = np.ones(len(vectors), bool), list[Places]()
    for leader in np.argsort(-crowds, kind="stable").tolist():
        if not free[leader]:
            continue
        left = np.flatnonzero(free)
        group = left[vectors[left] @ vectors[leader] >= near]
        group = group if len(group) else np.array([leader])
        free[group] = False
        groups.append(group)
    return groups


def _joined(vectors: Floats, often: Floats, groups: list[Places], middles: float) -> list[Places]:
    """The groups, those together whose middles are near: each goes to the greatest before it."""
    rows, found = np.zeros((0, vectors.shape[1]), np.float32), list[Places]()
    for group in groups:
        middle = _middle(vectors, often, group)
        alike = rows @ middle
        if len(alike) and float(alike.max()) >= middles:
            place = int(alike.argmax())
            found[place] = np.concatenate([found[place], group])
            rows[place] = _middle(vectors, often, found[place])
        else:
            found.append(group)
            rows = np.concatenate([rows, middle[None]])
    return found


def _nearest(vectors: Floats, leaders: Floats, groups: Sequence[Places]) -> Places:
    """Of each question the number of the group it belongs to: the one whose middle is nearest; of those alone their own."""
    owners = np.zeros(len(vectors), np.intp)
    many = np.array([number for number, group in enumerate(groups) if len(group) > 1], np.intp)
    for number, group in enumerate(groups):
        owners[group] = number
    if len(many):
        placed = np.flatnonzero(np.isin(owners, many))
        for begin in range(0, len(placed), BLOCK):
            part = placed[begin:begin + BLOCK]
            owners[part] = many[(vectors[part] @ leaders[many].T).argmax(axis=1)]
    return owners


def _middle(vectors: Floats, often: Floats, group: Places) -> Floats:
    total = often[group] @ vectors[group]
    found: Floats = total / max(float(np.linalg.norm(total)), 1e-9)
    return found


def _cluster(vectors: Floats, often: Floats, group: Places) -> Cluster:
    typical = vectors[group] @ _middle(vectors, often, group)
    order = np.argsort(-typical, kind="stable")
    return Cluster(tuple(group[order].tolist()), tuple(np.round(typical[order], 4).tolist()))


def _silent(done: int, whole: int) -> None:
    """Nobody looks."""
