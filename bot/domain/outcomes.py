"""What became of a question asked of the knowledge base: was its best entry the right one? The evidence for how sure tier 1 must be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.ids import TicketId

RETURNS_WITHIN = timedelta(hours=72)  # who asks the same again so soon was not helped, whatever they pressed

Decision = Literal["answer", "suggest", "hand_over"]
Judgement = Literal["", "right", "wrong", "not_solved"]
Source = Literal["", "press", "returned", "agent", "admin"]

_RANK: dict[Source, int] = {"": 0, "press": 1, "returned": 1, "agent": 2, "admin": 2}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question asked of the knowledge base, and whether the entry that fitted best was right. The words are in the ticket alone.

    entry: the best, or "" when nothing resembled it. score: its, 0..100, not rounded. known: its phrasing was known word for word or nearly.
    decision: what tier 1 did. scale: which matcher gave the score; scores of different ones cannot be compared.
    picked: the entry that the requester chose from a list, or "".
    judgement: right, wrong, not_solved (the topic was right, the answer did not help: no error of the matching), "" (nobody has said).
    instead: the entry that was right, when somebody said so. source: who said so last: a press of the requester, their return, an agent by
    the entry they resolved with, an admin. id: grows in the order of asking; 0 before it is stored.
    """

    ticket: TicketId
    asked_at: datetime
    language: str
    entry: str
    score: float
    known: bool
    decision: Decision
    scale: str = ""
    picked: str = ""
    judgement: Judgement = ""
    instead: str = ""
    source: Source = ""
    judged_at: datetime | None = None
    id: int = 0

    @property
    def solution(self) -> str:
        """The entry that solved it beyond doubt, "" else: another one that was picked may have been the right topic and no help."""
        return self.entry if self.judgement == "right" else self.instead if self.source == "agent" else ""

    @property
    def is_evidence(self) -> bool:
        """Does it say whether the matching was right?"""
        return self.judgement in ("right", "wrong")


def solved_by(outcome: Outcome, entry: str, source: Source, now: datetime) -> Outcome:
    """This entry was the solution: the best one was right if it is the same."""
    return _judged(outcome, "right" if outcome.entry == entry else "wrong", source, now, entry)


def chosen(outcome: Outcome, entry: str) -> Outcome:
    """The requester chose this one from the list: it says which topic, not yet whether it helped."""
    return replace(outcome, picked=entry)


def refused(outcome: Outcome, reason: str, now: datetime) -> Outcome:
    """The requester says that it is not it. reason: "", wrong_topic, not_solved.

    Without a reason the topic is taken to be wrong. Who had chosen another entry from the list, and says that its topic was right, says that
    the best was wrong.
    """
    if reason != "not_solved":
        return _judged(outcome, "wrong", "press", now)
    if outcome.picked and outcome.picked != outcome.entry:
        return _judged(outcome, "wrong", "press", now, outcome.picked)
    return _judged(outcome, "not_solved", "press", now)


def returned(outcome: Outcome, now: datetime) -> Outcome:
    """The requester pressed "solved" and came back with the same: it was not."""
    if outcome.judgement != "right" or outcome.source != "press":
        return outcome
    return _judged(outcome, "wrong", "returned", now)


def outside(outcome: Outcome, now: datetime) -> Outcome:
    """An admin says that no entry answers it."""
    return _judged(outcome, "wrong", "admin", now)


def withdrawn(outcome: Outcome, now: datetime) -> Outcome:
    """An admin takes their mark back: nobody has said anything."""
    return replace(outcome, judgement="", instead="", source="", judged_at=now) if outcome.source == "admin" else outcome


def _judged(outcome: Outcome, judgement: Judgement, source: Source, now: datetime, instead: str = "") -> Outcome:
    """The newest word counts, but a press never outweighs what an agent or admin found. Where there was no entry, there is none to judge."""
    if _RANK[source] < _RANK[outcome.source]:
        return outcome
    return replace(outcome, judgement=judgement if outcome.entry else "", instead=instead, source=source, judged_at=now)
