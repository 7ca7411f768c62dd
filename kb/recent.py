"""What was read of the last texts, kept for a while; the matchers that are copies of one another share it."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Recent:
    """The vectors of the last texts, `most` of them. Safe from any thread."""

    def __init__(self, most: int) -> None:
        self._most, self._known, self._changing = most, dict[str, Floats](), Lock()

    def get(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Those of the texts that are known."""
        return {text: vector for text in texts if (vector := self._known.get(text)) is not None}

    def keep(self, fresh: Mapping[str, Floats]) -> None:
        """From now on these are known; the oldest are known no longer."""
        with self._changing:
            while len(self._known) > self._most:
                del self._known[next(iter(self._known))]
            self._known.update(fresh)
