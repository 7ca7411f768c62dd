"""Figures that a test has measured, for the summary of the run: a green dot does not say how many."""

from __future__ import annotations

from collections.abc import Callable

FIGURES = "figures"  # record_property(FIGURES, "12 kills, 0 lost"): it comes through also from another process

Record = Callable[[str, object], None]
