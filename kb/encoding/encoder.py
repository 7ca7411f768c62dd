"""Texts to vectors, by a vocabulary that cuts them and a network that reads the pieces."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

MAX_LETTERS = 400  # read of one text; of 9,500 questions of ten public sets the longest has 367, one in a hundred more than 227
MAX_PIECES = 128  # of one text; 400 letters are about 100, of scripts without spaces more


class EncoderMissing(Exception):
    """The package of the encoder is not installed."""


class EncoderDamaged(Exception):
    """What is installed is not what was measured, or this machine computes something else from it."""


class Encoder:
    """Texts to vectors. Any thread may call it; each call takes one."""

    def __init__(
        self, version: str, size: int, cut: Callable[[str], list[int]], network: Callable[[Sequence[Sequence[int]]], NDArray[np.float32]], batch: int
    ) -> None:
        """version: another one where the same text may get another vector. size: dimensions.

        cut: a text's piece numbers, MAX_PIECES at most; none when the vocabulary has nothing of it. network: those of texts to unit rows.
        batch: pieces computed together, MAX_PIECES at least: weights are read once for all of them, which take memory meanwhile.
        """
        self.version = version
        self.size = size
        self._cut = cut
        self._network = network
        self._batch = batch

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (len(texts), size); zeros for a text without anything to read: no letter or digit, or none the vocabulary has.

        A text gets the same vector by itself as among others. Only its first MAX_LETTERS count.
        """
        vectors = np.zeros((len(texts), self.size), np.float32)
        for places, cut in self._batches(texts):
            vectors[places] = self._network(cut)
        return vectors

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[list[int]]]]:
        """Readable texts, cut into pieces, a batch of them at a time, each with its place."""
        places: list[int] = []
        batch: list[list[int]] = []
        size = 0
        for place, text in enumerate(texts):
            text = text[:MAX_LETTERS]
            cut = self._cut(text) if any(map(str.isalnum, text)) else []
            if not cut:
                continue
            if size + len(cut) > self._batch and batch:
                yield places, batch
                places, batch, size = [], [], 0
            places.append(place)
            batch.append(cut)
            size += len(cut)
        if batch:
            yield places, batch
