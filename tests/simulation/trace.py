"""What happened in a simulated world, step by step: for whoever replays a seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable


class Trace:
    """Lines with the simulated second in front. Steps are counted: an event delivered, a commit, a call, a timer, a kill."""

    def __init__(self, time: Callable[[], float], aloud: bool = False) -> None:
        self.time, self._aloud = time, aloud
        self.steps: Counter[str] = Counter()
        self.lines: list[tuple[float, str, str]] = []

    @property
    def count(self) -> int:
        """Steps so far."""
        return self.steps.total()

    def step(self, kind: str, what: str, more: str = "") -> None:
        """Something happened that counts."""
        self.steps[kind] += 1
        self.note(kind, f"{what}: {more}" if more else what)

    def note(self, kind: str, what: str) -> None:
        """Something happened."""
        self.lines.append((self.time(), kind, what))
        if self._aloud:
            print(_line(self.lines[-1]), flush=True)

    def tail(self, count: int = 40) -> str:
        """The last lines."""
        return "\n".join(_line(line) for line in self.lines[-count:])

    @property
    def digest(self) -> str:
        """Equal for runs that did the same at the same times."""
        return hashlib.sha256("\n".join(map(_line, self.lines)).encode()).hexdigest()[:16]


def _line(line: tuple[float, str, str]) -> str:
    at, kind, what = line
    return f"{at:10.3f}  {kind:<8} {what}"
