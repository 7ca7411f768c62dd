"""What turns texts into vectors: the encoders that are installed, and what they made before."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.cache import Cache
from kb.encoding import EncoderMissing, load, load_english

Floats = NDArray[np.float32]


class Encodes(Protocol):
    """A sentence encoder (kb.encoding)."""

    version: str
    size: int

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit rows, shape (texts, size)."""
        ...


@dataclass(frozen=True, slots=True)
class Encoders:
    """What turns texts into vectors. english: for English texts only, None without it. caches: for the vectors of phrasings, of the one and the other."""

    general: Encodes
    english: Encodes | None = None
    caches: tuple[Cache, Cache] | None = None

    @property
    def version(self) -> str:
        """Which scores are comparable."""
        return f"{self.general.version}+{self.english.version if self.english else ''}"


def open_encoders(folder: Path | None = None) -> Encoders | None:
    """The encoders that are installed, checked; about a second. None without the multilingual one: then words decide alone.

    folder: where vectors are kept between runs; None keeps nothing. Raises kb.encoding.EncoderDamaged, whose message says the cure.
    """
    try:
        general = load(folder)
    except EncoderMissing:
        return None
    try:
        english = load_english()
    except EncoderMissing:
        english = None
    caches = None
    if folder is not None and english is not None:
        caches = Cache(folder / "general", general.version, general.size), Cache(folder / "english", english.version, english.size)
    return Encoders(general, english, caches)
