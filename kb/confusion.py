"""Which entries steal from which, and which questions that nothing answers come near an entry: where to mend a knowledge base first."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.evaluate import Outcome

NEAR = 10  # questions out of scope kept a language: more nobody reads


@dataclass(frozen=True, slots=True)
class Theft:
    """Questions of one entry for which another came first. asked: how many of the entry's questions there were. example: the one it was surest of."""

    stolen_from: str
    by: str
    times: int
    asked: int
    example: Outcome


def thefts(outcomes: Iterable[Outcome]) -> list[Theft]:
    """Most frequent first, then surest first."""
    taken, asked = defaultdict[tuple[str, str], list[Outcome]](list), Counter[str]()
    for one in outcomes:
        expected = one.query.expected
        if expected is not None:
            asked[expected] += 1
            if one.best is not None and not one.right:
                taken[expected, one.best].append(one)
    found = [Theft(owner, by, len(them), asked[owner], max(them, key=lambda one: one.score)) for (owner, by), them in taken.items()]
    return sorted(found, key=lambda theft: (-theft.times, -theft.example.score, theft.stolen_from, theft.by))


def near_misses(outcomes: Iterable[Outcome], most: int = NEAR) -> dict[str, list[Outcome]]:
    """By language: the questions out of scope that scored highest for an entry, so many at most, surest first; a language without any is left out."""
    by_lang = defaultdict[str, list[Outcome]](list)
    for one in outcomes:
        if one.query.expected is None and one.best is not None:
            by_lang[one.query.lang].append(one)
    return {lang: sorted(them, key=lambda one: (-one.score, one.query.text))[:most] for lang, them in sorted(by_lang.items())}


def told(found: Sequence[Theft], near: Mapping[str, Sequence[Outcome]]) -> dict[str, Any]:
    """Both lists as plain values."""
    return {
        "stolen": [{"from": one.stolen_from, "by": one.by, "times": one.times, "asked": one.asked, **_example(one.example)} for one in found],
        "near": {lang: [{"entry": one.best, **_example(one)} for one in them] for lang, them in near.items()}}


def _example(one: Outcome) -> dict[str, Any]:
    return {"text": one.query.text, "lang": one.query.lang, "score": one.score, "phrasing": one.phrasing}
