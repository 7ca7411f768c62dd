"""The English encoder's arithmetic: piece numbers to one direction, in 384 dimensions.

The network is BERT as in all-MiniLM-L6-v2 (Apache-2.0): six layers of attention and two dense layers, the mean of what comes out. Products with
weights run in bfloat16 for the rows of all texts at once, everything between them in float32.
"""
from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .dense import Dense, Floats

SIZE = 384  # dimensions of an embedding, and of what comes out
HEADS = 12  # of a layer's attention, each of SIZE / HEADS dimensions
POSITIONS = 128  # pieces of the longest text
EPSILON = np.float32(1e-12)
GELU_INNER = np.float32((0.044715 * math.sqrt(2 / math.pi)) ** (1 / 3))  # makes the factor of the third power 1
GELU_SHARE = np.float32(math.sqrt(2 / math.pi) / GELU_INNER)
LAYER = "inner.encoder.layer."

Weights = Mapping[str, NDArray[np.generic]]
Rows = Callable[[NDArray[np.int64]], Floats]


class Bert:
    """The layers. Any thread may call it."""

    def __init__(self, weights: Weights, rows: Rows) -> None:
        """weights: by the names of the ONNX file, in its order; rows: the embeddings of pieces, shape (n, SIZE)."""
        def get(name: str) -> Floats:
            return weights[f"inner.embeddings.{name}"].astype(np.float32)

        self._rows = rows
        positions = get("position_embeddings.weight_q") * get("position_embeddings.weight_scale") + get("token_type_embeddings.weight")[0]
        self._positions = positions[:POSITIONS].copy()
        self._normal = _Normal(get("LayerNorm.weight"), get("LayerNorm.bias"))
        matrices = [name for name in weights if re.fullmatch(r"val_\d+_q", name)]  # six a layer, in the order in which they are used
        self._layers = [_Layer(weights, f"{LAYER}{at // 6}.", matrices[at:at + 6]) for at in range(0, len(matrices), 6)]

    def __call__(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Unit rows, one a text. texts: piece numbers with the marks of begin and end, at most POSITIONS; none may be empty."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))  # texts of one length attend together
        sizes = np.array([len(texts[place]) for place in order])
        pieces = np.array([piece for place in order for piece in texts[place]])
        ends = np.cumsum(sizes)
        values = self._rows(pieces)
        values += self._positions[np.arange(len(pieces)) - np.repeat(ends - sizes, sizes)]
        self._normal(values)
        runs = _runs(sizes.tolist())
        for layer in self._layers:
            values = layer(values, runs)
        out = np.empty((len(texts), SIZE), np.float32)
        at = 0
        for start, many, size in runs:
            out[order[at:at + many]] = values[start:start + many * size].reshape(many, size, SIZE).sum(axis=1)  # the mean's direction
            at += many
        out /= np.sqrt(np.einsum("ij,ij->i", out, out))[:, None]
        return out


class _Layer:
    def __init__(self, weights: Weights, prefix: str, names: Sequence[str]) -> None:
        def get(name: str) -> Floats:
            return weights[prefix + name].astype(np.float32)

        def normal(name: str) -> _Normal:
            return _Normal(get(f"{name}.LayerNorm.weight"), get(f"{name}.LayerNorm.bias"))

        query, key, value, mix, widen, narrow = (
            weights[name].astype(np.float32) * weights[name.removesuffix("q") + "scale"].astype(np.float32) for name in names
        )
        share = np.float32((SIZE // HEADS) ** -0.5)
        self._attended = Dense(np.hstack([query * share, key, value]))
        self._query_bias = get("attention.self.query.bias") * share  # the key's adds the same to all scores of a piece: nothing after softmax
        self._mix, self._mix_bias = Dense(mix), get("attention.output.dense.bias") + get("attention.self.value.bias") @ mix  # shares add up to 1
        self._mix_normal, self._normal = normal("attention.output"), normal("output")
        self._widen, self._widen_bias = Dense(widen * GELU_INNER), get("intermediate.dense.bias") * GELU_INNER
        self._narrow, self._narrow_bias = Dense(narrow * (np.float32(0.5) / GELU_INNER)), get("output.dense.bias")

    def __call__(self, values: Floats, runs: Sequence[tuple[int, int, int]]) -> Floats:
        attended = self._attended(values)
        attended[:, :SIZE] += self._query_bias
        mixed = self._mix(_attend(attended, runs))
        mixed += self._mix_bias
        mixed += values
        self._mix_normal(mixed)
        wide = self._widen(mixed)
        wide += self._widen_bias
        out = self._narrow(_gelu(wide))
        out += self._narrow_bias
        out += mixed
        self._normal(out)
        return out


class _Normal:
    """Layer normalisation."""

    def __init__(self, gain: Floats, shift: Floats) -> None:
        self._gain, self._shift = gain, shift

    def __call__(self, values: Floats) -> None:
        """Each row to mean 0 and variance 1, then gain and shift; in place."""
        values -= values.sum(axis=1, keepdims=True) / np.float32(SIZE)
        variance = np.einsum("ij,ij->i", values, values) / np.float32(SIZE)
        values /= np.sqrt(variance + EPSILON)[:, None]
        values *= self._gain
        values += self._shift


def _runs(sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """Of sorted sizes, those that are equal: the first row, how many texts, how many rows each."""
    runs: list[tuple[int, int, int]] = []
    at = 0
    for size in sizes:
        if runs and runs[-1][2] == size:
            runs[-1] = runs[-1][0], runs[-1][1] + 1, size
        else:
            runs.append((at, 1, size))
        at += size
    return runs


def _attend(values: Floats, runs: Sequence[tuple[int, int, int]]) -> Floats:
    """values: queries, keys and values of each piece side by side, shape (pieces, 3 * SIZE). What each piece gathers from its text: (pieces, SIZE)."""
    out = np.empty((len(values), SIZE), np.float32)
    for start, many, size in runs:
        rows = slice(start, start + many * size)
        query, key, value = values[rows].reshape(many, size, 3, HEADS, SIZE // HEADS).transpose(2, 0, 3, 1, 4)
        shares = key @ query.swapaxes(2, 3)  # what is asked stands last: maxima and sums down the columns are quicker
        shares -= shares.max(axis=2, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=2, keepdims=True)
        np.matmul(shares.swapaxes(2, 3), value, out=out[rows].reshape(many, size, HEADS, SIZE // HEADS).transpose(0, 2, 1, 3))
    return out


def _gelu(values: Floats) -> Floats:
    """The Gaussian error linear unit of values / GELU_INNER, times 2 * GELU_INNER: what is constant stands in the matrices before and after.

    x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2: off by 0.0005 at most from the one with the error function.
    """
    inner = values * values
    inner += GELU_SHARE
    inner *= values
    np.tanh(inner, out=inner)
    inner += np.float32(1)
    inner *= values
    return inner
