"""The tests that entries carry: "this question must find me", "this one must not"."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kb.decision import Verdict
from kb.entries import Entry
from kb.matching import Matcher

Decides = Callable[[Matcher, str, str | None], Verdict]
"""What would be done with a question (None: its language is told by its words)."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One test of an entry. must: the question must find it, else it must not. found: the entry that came first, "" when none was shown."""

    entry: str
    question: str
    must: bool
    found: str

    @property
    def holds(self) -> bool:
        """Did it find what it must?"""
        return (self.found == self.entry) is self.must

    def __str__(self) -> str:
        found = f"finds {self.found}" if self.found else "finds no entry"
        return f"{self.entry}: {self.question!r} must {'find it' if self.must else 'not find it'}, and {found}"


def tried(matcher: Matcher, entries: Iterable[Entry], decides: Decides) -> list[Tried]:
    """Every test of these entries. An entry is found when it is answered, or comes first of those that are offered."""
    found = []
    for entry in entries:
        for must, questions in ((True, entry.finds), (False, entry.avoids)):
            for question in questions:
                verdict = decides(matcher, question, None)
                first = verdict.matches[0].entry_id if verdict.decision != "hand_over" and verdict.matches else ""
                found.append(Tried(entry.id, question, must, first))
    return found
