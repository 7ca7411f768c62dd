"""How each entry does, read from what became of the questions: asked, solved, refused, and which other entry came before it though it was right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.domain.outcomes import Outcome
from kb.entries import Entry

Ailing = Literal["refused", "stolen", "review", "over"]
AILMENTS: tuple[Ailing, ...] = ("refused", "stolen", "review", "over")
OFTEN = 3  # questions from which a share says something
MANY = 0.3  # share of the questions that were judged from which an entry ails


@dataclass(frozen=True, slots=True)
class Health:
    """Counts of questions. asked: shown alone or first of a list. stolen: another came first though this was right; by: which, the most frequent first."""

    asked: int = 0
    solved: int = 0
    refused: int = 0
    stolen: int = 0
    by: tuple[tuple[str, int], ...] = ()


UNKNOWN = Health()


def healths(outcomes: Iterable[Outcome]) -> dict[str, Health]:
    """By entry; one that was never asked is missing."""
    asked, solved, refused = Counter[str](), Counter[str](), Counter[str]()
    thieves = defaultdict[str, Counter[str]](Counter)
    for one in outcomes:
        asked[one.entry] += one.decision != "hand_over"
        refused[one.entry] += one.judgement in ("wrong", "not_solved") and one.decision != "hand_over"
        if one.solution:
            solved[one.solution] += 1
        right = one.instead or one.picked
        if right and one.entry and right != one.entry:
            thieves[right][one.entry] += 1
    names = {name for name in (*asked, *solved, *thieves) if name}
    return {
        name: Health(asked[name], solved[name], refused[name], thieves[name].total(), tuple(thieves[name].most_common(3)))
        for name in names
    }  # fmt: skip


def ailments(entry: Entry, health: Health, today: date) -> list[Ailing]:
    """What somebody should look at, in the order of AILMENTS."""
    found: list[Ailing] = []
    judged = health.solved + health.refused
    if health.refused >= OFTEN and health.refused >= MANY * judged:
        found.append("refused")
    if health.stolen >= OFTEN and health.stolen >= MANY * (health.solved + health.stolen):
        found.append("stolen")
    if entry.review_on is not None and entry.review_on <= today:
        found.append("review")
    if entry.is_over(today):
        found.append("over")
    return found
