"""Products with a fixed matrix in bfloat16: half the memory to read, which is what a short text waits for."""
from __future__ import annotations

import numkong
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Dense:
    """A matrix to multiply by. bfloat16: cosine to float32 at either encoder's end 0.9999 at worst."""

    def __init__(self, matrix: Floats) -> None:
        """matrix: shape (inputs, outputs)."""
        self._packed = numkong.dots_pack(numkong.astype(np.ascontiguousarray(matrix.T), "bfloat16"), "bfloat16")

    def __call__(self, values: Floats) -> Floats:
        """values: shape (n, inputs), contiguous. One thread."""
        return np.asarray(numkong.dots_packed(numkong.astype(values, "bfloat16"), self._packed))
