"""What a page that imports entries may ask of the core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Compares(Protocol):
    """Enquiries that can compare questions by what they mean."""

    def meanings(self, questions: Sequence[str]) -> NDArray[np.float32] | None:
        """A unit row for each question; None while words decide alone. Milliseconds each: for a thread of its own."""
        ...
