"""A sentence encoder that needs no model: words are hashed into a vector. It reads no meaning, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from kb.text import tokens

READ = 400  # characters of a text that count


class Hashed:
    """Like kb.encoding.Encoder: texts with the same words are near. asked: the texts of each call."""

    def __init__(self, size: int = 64, version: str = "hashed") -> None:
        self.version, self.size = version, size
        self.asked: list[tuple[str, ...]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (texts, size); zeros for a text without a word."""
        if texts:
            self.asked.append(tuple(texts))
        found = np.zeros((len(texts), self.size), np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in tokens(text[:READ]):
                seed = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
                row += np.random.default_rng(seed).standard_normal(self.size).astype(np.float32)
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return found

    def forget(self) -> None:
        """As if it had never been asked."""
        self.asked.clear()
