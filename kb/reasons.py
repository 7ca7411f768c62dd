"""Why an entry was found, in words; told when somebody reads it, since most matches are never looked into."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from kb.index import Term, Unit

TOLD = 8  # words named in a reason


class Reasons(Sequence[str]):
    """Sentences that are made when they are read. Equal to any sequence of the same sentences."""

    __slots__ = ("_made", "_said")

    def __init__(self, *made: Callable[[], Sequence[str]]) -> None:
        """made: gives the sentences, in order. What they look at must not change any more."""
        self._made, self._said = made, tuple[str, ...]()

    @property
    def _told(self) -> tuple[str, ...]:
        self._said = self._said or tuple(sentence for part in self._made for sentence in part())
        return self._said

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        return self._told[at]

    def __len__(self) -> int:
        return len(self._told)

    def __eq__(self, other: object) -> bool:
        return self._told == tuple(other) if isinstance(other, Sequence) else NotImplemented


def by_words(unit: Unit, terms: Sequence[Term], words: Sequence[str], asked: float) -> tuple[str, ...]:
    """The words in common, the repaired ones, the unknown ones, and how much of the question the nearest phrasing has.

    terms: the question's; words: what the numbers in them stand for; asked: share 0..1 of the question in the nearest phrasing.
    """
    has = {word for phrasing in unit.folded for word in phrasing.split()}
    same, repaired, missing = list[str](), list[str](), list[str]()
    for term in sorted(terms, key=lambda term: -term.mass):
        meant = next((words[number] for number, _ in term.alike if words[number] in has), None)
        if meant is None:
            missing.append(term.word)
        elif meant == term.word:
            same.append(term.word)
        else:
            repaired.append(f"{term.word} → {meant}")
    told = (("words in common", same), ("read as", repaired), ("not found", missing))
    return (*(f"{name}: {', '.join(words[:TOLD])}" for name, words in told if words), f"share of the question: {round(100 * asked)} %")
