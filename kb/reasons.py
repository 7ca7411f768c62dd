"""Why an entry was found, in words; told when somebody reads it, since most matches are never looked into."""
from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from kb.index import Term, Unit

TOLD = 8  # words named in a reason


class Reasons(Sequence[str]):
    """The words in common, the repaired ones, the unknown ones, and how much of the question the phrasing has.

    Equal to any sequence of the same sentences. Later changes of the index do not change them.
    """

    __slots__ = ("_asked", "_said", "_terms", "_unit", "_words")

    def __init__(self, unit: Unit, terms: Sequence[Term], words: Sequence[str], asked: float) -> None:
        """terms: the question's; words: what the numbers in them stand for; asked: share of the question in the nearest phrasing."""
        self._unit, self._terms, self._words, self._asked = unit, terms, words, asked
        self._said: tuple[str, ...] = ()

    @property
    def _told(self) -> tuple[str, ...]:
        self._said = self._said or self._say()
        return self._said

    def _say(self) -> tuple[str, ...]:
        has = {word for phrasing in self._unit.folded for word in phrasing.split()}
        same, repaired, missing = list[str](), list[str](), list[str]()
        for term in sorted(self._terms, key=lambda term: -term.mass):
            meant = next((self._words[number] for number, _ in term.alike if self._words[number] in has), None)
            if meant is None:
                missing.append(term.word)
            elif meant == term.word:
                same.append(term.word)
            else:
                repaired.append(f"{term.word} → {meant}")
        told = (("words in common", same), ("read as", repaired), ("not found", missing))
        return (*(f"{name}: {', '.join(words[:TOLD])}" for name, words in told if words), f"{round(100 * self._asked)} % of the question is in the phrasing")

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

    def __hash__(self) -> int:
        return hash(self._told)

    def __repr__(self) -> str:
        return repr(self._told)
