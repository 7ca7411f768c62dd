"""An edit of the knowledge base tried on the questions of the past, before anybody meets it.

Each question that the edit can move (kb.moved) is asked twice: of the entries as they are, and as they shall be. Everything that differs is told with
the question itself, and the entries' own tests are tried before and after.
"""
from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kb.decision import Verdict
from kb.entries import Entry
from kb.matching import Matcher
from kb.moved import moved, rows_changed
from kb.own_tests import Decides, Tried, tried

Floats = NDArray[np.float32]
Kind = Literal["answered", "lost", "taken", "offered", "withdrawn"]
Stage = Literal["read", "compared"]
Progress = Callable[[Stage, int, int], None]
"""Told what is being done, how much of it is done, and how much there is. What it raises ends the rehearsal."""

KINDS: tuple[Kind, ...] = ("answered", "lost", "taken", "offered", "withdrawn")
AT_ONCE = 64  # questions read by the encoder between two reports of progress
READERS = min(4, os.cpu_count() or 1)  # threads that read: two take 0.57 of the time of one on two cores, four are no faster there


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the past. lang: as it was told then. times: how often it was asked. solved: the entry that solved it, "" when none is known to have."""

    text: str
    lang: str
    times: int = 1
    solved: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """How a question stands. entry: the first that is answered or offered; of what goes to a person the nearest, "" when nothing is. score: its, 0..100."""

    decision: Literal["answer", "suggest", "hand_over"]
    entry: str
    score: float


@dataclass(frozen=True, slots=True)
class Change:
    """A question that stands otherwise after the edit.

    answered: it was not. lost: it was answered, and is no more. taken: another entry answers it. offered: entries are offered where it went to a person.
    withdrawn: the reverse.
    """

    kind: Kind
    question: Question
    before: Stand
    after: Stand

    @property
    def is_worse(self) -> bool:
        """Is an entry no longer answered that is known to have solved it?"""
        return self.kind in ("lost", "taken") and self.question.solved == self.before.entry


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What an edit changes. questions: different ones there are; compared: asked twice, the others cannot have moved. changes: by kind, the most asked first.

    broken: tests that fail after the edit: those of edited entries, and of others those that held before.
    """

    questions: int
    compared: int
    changes: tuple[Change, ...]
    broken: tuple[Tried, ...]

    def of(self, kind: Kind, lang: str = "") -> list[Change]:
        """The changes of a kind, in a language or in all."""
        return [one for one in self.changes if one.kind == kind and lang in ("", one.question.lang)]

    @property
    def languages(self) -> list[str]:
        """Those in which anything changes, the most changes first."""
        counted = Counter(one.question.lang for one in self.changes)
        return sorted(counted, key=lambda lang: (-counted[lang], lang))


def rehearse(
    before: Matcher, changed: Sequence[Entry], questions: Sequence[Question], decides: Decides, progress: Progress | None = None,
    read: Callable[[Matcher, Sequence[str]], Floats | None] = Matcher.vectors,
) -> Rehearsal:
    """Try the edit; `before` stays as it is. changed: entries as they shall be, new and retired ones among them. read: vectors of questions, if known already.

    10,000 questions take some seconds, for a thread of its own.
    """
    told = progress or _silent
    after = before.copy()
    for entry in changed:
        after.put(entry)
    after.read()
    rows = rows_changed(before, changed)
    texts = [question.text for question in questions]
    vectors = _read(before, texts, read, told) if rows else None
    places = np.flatnonzero(moved(before, after, rows, texts, vectors)).tolist()
    changes = []
    for done, place in enumerate(places, start=1):
        if vectors is not None and done % AT_ONCE == 1:
            soon = places[done - 1:done - 1 + AT_ONCE]
            before.expect([texts[one] for one in soon], [questions[one].lang or None for one in soon], vectors[soon])
        question = questions[place]
        was, will = (_stand(decides(matcher, question.text, question.lang or None)) for matcher in (before, after))
        if (kind := _kind(was, will)) is not None:
            changes.append(Change(kind, question, was, will))
        told("compared", done, len(places))
    ordered = sorted(changes, key=lambda one: (KINDS.index(one.kind), -one.question.times))
    return Rehearsal(len(questions), len(places), tuple(ordered), tuple(_broken(before, after, changed, decides)))


def _read(matcher: Matcher, texts: Sequence[str], read: Callable[[Matcher, Sequence[str]], Floats | None], told: Progress) -> Floats | None:
    """By several threads at once: the encoder computes outside Python's lock."""
    parts = [texts[begin:begin + AT_ONCE] for begin in range(0, len(texts), AT_ONCE)]
    found: list[Floats] = []
    with ThreadPoolExecutor(READERS) as readers:
        waiting = deque[Future[Floats | None]]()
        try:
            for part in parts:
                waiting.append(readers.submit(read, matcher, part))
                if len(waiting) > READERS and not _gather(waiting, found, len(texts), told):
                    return None
            while waiting:
                if not _gather(waiting, found, len(texts), told):
                    return None
        finally:
            for one in waiting:
                one.cancel()
    return np.concatenate(found) if found else None


def _gather(waiting: deque[Future[Floats | None]], found: list[Floats], whole: int, told: Progress) -> bool:
    """Take what was begun first; False when nothing can be read."""
    part = waiting.popleft().result()
    if part is None:
        return False
    found.append(part)
    told("read", sum(map(len, found)), whole)
    return True


def _stand(verdict: Verdict) -> Stand:
    first = verdict.matches[0] if verdict.matches else None
    return Stand(verdict.decision, first.entry_id, first.score) if first else Stand(verdict.decision, "", 0.0)


def _kind(was: Stand, will: Stand) -> Kind | None:
    if was.decision == "answer":
        return "lost" if will.decision != "answer" else "taken" if was.entry != will.entry else None
    if will.decision == "answer":
        return "answered"
    if was.decision == will.decision:
        return None
    return "offered" if will.decision == "suggest" else "withdrawn"


def _broken(before: Matcher, after: Matcher, changed: Sequence[Entry], decides: Decides) -> list[Tried]:
    edited = {entry.id for entry in changed}
    failed = [one for one in tried(after, after.entries, decides) if not one.holds]
    others = [entry for entry in before.entries if entry.id not in edited and any(one.entry == entry.id for one in failed)]
    held = {(one.entry, one.question, one.must) for one in tried(before, others, decides) if one.holds}
    return [one for one in failed if one.entry in edited or (one.entry, one.question, one.must) in held]


def _silent(what: Stage, done: int, whole: int) -> None:
    """Nobody looks."""
