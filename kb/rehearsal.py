"""An edit of the knowledge base tried on the questions of the past, before anybody meets it.

Each question that the edit can move (kb.moved) is asked twice: of the entries as they are, and as they shall be. Everything that differs is told with
the question itself, and the entries' own tests are tried before and after.
"""
from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
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
Stage = Literal["compared"]
Progress = Callable[[Stage, int, int], None]
"""Told what is being done, how much of it is done, and how much there is. What it raises ends the rehearsal."""

KINDS: tuple[Kind, ...] = ("answered", "lost", "taken", "offered", "withdrawn")
AT_ONCE = 64  # questions read by the encoder in one go
PART = 8 * AT_ONCE  # questions looked at together, while the next are read
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
    changes: list[Change] = []
    compared = 0
    with closing(_read(before, [question.text for question in questions], read)) as parts:
        for begin, vectors in parts if rows else ():
            part = questions[begin : begin + PART]
            places = np.flatnonzero(moved(before, after, rows, [one.text for one in part], vectors)).tolist()
            compared += len(places)
            for done, place in enumerate(places):
                if vectors is not None and done % AT_ONCE == 0:
                    soon = places[done : done + AT_ONCE]
                    before.expect([part[one].text for one in soon], [part[one].lang or None for one in soon], vectors[soon])
                changes.extend(_compared(before, after, part[place], decides))
                told("compared", begin + place, len(questions))
    told("compared", len(questions), len(questions))
    ordered = sorted(changes, key=lambda one: (KINDS.index(one.kind), -one.question.times))
    return Rehearsal(len(questions), compared, tuple(ordered), tuple(_broken(before, after, changed, decides)))


def _compared(before: Matcher, after: Matcher, question: Question, decides: Decides) -> Iterator[Change]:
    """The change, if there is one."""
    was, will = (_stand(decides(matcher, question.text, question.lang or None)) for matcher in (before, after))
    if (kind := _kind(was, will)) is not None:
        yield Change(kind, question, was, will)


def _read(matcher: Matcher, texts: Sequence[str], read: Callable[[Matcher, Sequence[str]], Floats | None]) -> Generator[tuple[int, Floats | None]]:
    """Where each part begins, and its vectors: read ahead by several threads while the caller compares, as the encoder computes outside Python's lock.

    None: nothing can be read.
    """
    with ThreadPoolExecutor(READERS) as readers:
        waiting = deque(readers.submit(read, matcher, texts[begin : begin + AT_ONCE]) for begin in range(0, len(texts), AT_ONCE))
        try:
            for begin in range(0, len(texts), PART):
                found = [one for one in (waiting.popleft().result() for _ in range(min(PART // AT_ONCE, len(waiting)))) if one is not None]
                yield begin, np.concatenate(found) if found else None
        finally:
            for one in waiting:
                one.cancel()


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
