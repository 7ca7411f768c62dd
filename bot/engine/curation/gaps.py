"""What the FAQ lacks: questions of the last months that people had to answer and no entry does, those that ask for the same together, in all languages.

A gap is known by the request whose question stands for all. What admins said of one is kept under that number, and found again wherever that question, or one
that means the same, lies later: so a gap that was closed is seen to open again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from bot.domain.ids import PersonId
from bot.domain.personal import found_in
from bot.domain.removal import cleared
from bot.engine.curation.questions import MOST, Logged, logged
from bot.engine.kept import Kept
from bot.ports import Reader
from kb.clusters import LETTERS, Cluster, Floats, clusters, lettered
from kb.phrasing import SAME, cleaned, likeness
from kb.text import normalise

PERIOD = timedelta(days=90)  # looked at
TREND = timedelta(weeks=4)  # compared with the same time before
AGAIN = 0.6  # cosine from which a gap asks what another one asked that lies further back than PERIOD
LETTERED_MOST = 3_000  # different questions compared by letters: every pair of them is kept
AS_TYPICAL = 0.05  # of nearness to the middle: less says nothing about which question is the more typical
WAYS = 8  # ways to ask of each language that a new entry begins with
ANSWERS = 5  # of the agents, shown with a gap; and the first of each language
REMOVED = "[…]"  # stands in an answer for what belongs to one person

State = Literal["done", "outside"]
Progress = Callable[[int, int], None]
Reads = Callable[[Sequence[str]], Floats | None]
"""What questions mean, a unit row each; None while words decide alone. In a thread of its own."""


@dataclass(frozen=True, slots=True)
class Dealt:
    """What an admin said of a gap. done: an entry answers it now; outside: none shall. entry: which, if they said so."""

    state: State
    by: PersonId
    at: datetime
    entry: str = ""


DEALT: Kept[Dealt] = Kept("gap", Dealt)  # by the number of the request that stood for it then


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in a gap. text: cleaned; "" where nothing may be shown. near: how near it is to the middle of all, 1 is the middle itself."""

    ticket: str
    at: datetime
    lang: str
    text: str
    near: float = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent wrote when a request was resolved. text: with a mark for each thing that belongs to one person."""

    ticket: str
    at: datetime
    lang: str
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Requests that ask for the same, the most typical first. typical: the one that stands for all. answers: what agents wrote, each answer once.

    dealt, mark: what an admin said of it, and the request under which that is kept ("" none). now: what tier 1 would do today with the typical question,
    and entry with which: somebody may have written it meanwhile.
    """

    asked: tuple[Asked, ...]
    made: datetime
    typical: Asked
    answers: tuple[Answer, ...] = ()
    dealt: Dealt | None = None
    mark: str = ""
    now: Literal["answer", "suggest", "hand_over"] = "hand_over"
    entry: str = ""

    @property
    def newest(self) -> datetime:
        """When it was asked last."""
        return max(one.at for one in self.asked)

    @property
    def recent(self) -> int:
        """How often in the last four weeks."""
        return sum(one.at > self.made - TREND for one in self.asked)

    @property
    def before(self) -> int:
        """How often in the four weeks before them."""
        return sum(self.made - 2 * TREND < one.at <= self.made - TREND for one in self.asked)

    @property
    def again(self) -> int:
        """How often it was asked since somebody called it done."""
        return sum(one.at > self.dealt.at for one in self.asked) if self.dealt is not None and self.dealt.state == "done" else 0

    @property
    def languages(self) -> list[tuple[str, int]]:
        """Language and how often, the most first."""
        return Counter(one.lang for one in self.asked).most_common()

    def ways(self, lang: str, most: int = WAYS) -> list[str]:
        """How it is asked in a language, the most typical first, each once."""
        found: list[str] = []
        for one in (self.typical, *self.asked):
            if one.lang == lang and one.text and len(found) < most and all(likeness(one.text, known) < SAME for known in found):
                found.append(one.text)
        return found


@dataclass(frozen=True, slots=True)
class Gaps:
    """What was found. questions: looked at; by_meaning: False where only words were compared, and languages are apart."""

    made: datetime
    questions: int
    by_meaning: bool
    all: tuple[Gap, ...]

    @property
    def open(self) -> list[Gap]:
        """Those nobody has dealt with, the most asked first."""
        return [gap for gap in self.all if gap.dealt is None]

    @property
    def again(self) -> list[Gap]:
        """Those that were called done and are still asked."""
        return [gap for gap in self.all if gap.again]

    @property
    def dealt(self) -> list[Gap]:
        """Those that are done, or not for the FAQ."""
        return [gap for gap in self.all if gap.dealt is not None and not gap.again]

    def with_ticket(self, number: str) -> Gap | None:
        """The gap in which that request lies."""
        return next((gap for gap in self.all if gap.mark == number or any(one.ticket == number for one in gap.asked)), None)


async def unsolved(reader: Reader, now: datetime, most: int = MOST) -> list[Logged]:
    """Requests of the period that went to people and that no entry solved, the newest first, `most` different ones. Raises StoreError."""
    found: list[Logged] = []
    different: set[str] = set()
    async for page in logged(reader, now - PERIOD):
        for one in page:
            if one.is_human and not one.entry:
                different.add(normalise(one.text))
                found.append(one)
        if len(different) >= most:
            break
    return found


async def dealt_with(reader: Reader) -> dict[str, Dealt]:
    """What admins said, by the number of the request that stood for the gap; questions that were marked as not for the FAQ are among it. Raises StoreError."""
    marks = {str(mark.ticket): Dealt("outside", mark.by, mark.at) for mark in await reader.outside_questions()}
    return marks | await DEALT.all(reader)


async def kept(reader: Reader) -> dict[str, tuple[Dealt, str]]:
    """The same, each with its question as long as that is kept. Raises StoreError."""
    found: dict[str, tuple[Dealt, str]] = {}
    for number, dealt in (await dealt_with(reader)).items():
        ticket = await reader.ticket(number)
        found[number] = dealt, cleaned(ticket.question) if ticket else ""
        await asyncio.sleep(0)  # others have a turn
    return found


def gather(requests: Sequence[Logged], dealt: Mapping[str, tuple[Dealt, str]], now: datetime, reads: Reads, told: Progress | None = None) -> Gaps:
    """The gaps, the most asked first. Pure but for the reading; 10,000 different questions take some ten seconds, for a thread of its own.

    told: (questions read and compared, twice as many as there are).
    """
    groups: dict[str, list[Logged]] = {}
    for one in requests:
        groups.setdefault(normalise(one.text) or one.ticket, []).append(one)
    different = list(groups.values())
    vectors = _read([cleaned(group[0].text) or group[0].text for group in different], reads, told)
    if vectors is None:
        different = different[:LETTERED_MOST]
        found = clusters(lettered([cleaned(group[0].text) for group in different]), [len(group) for group in different], LETTERS)
    else:
        found = clusters(vectors, [len(group) for group in different], progress=lambda done, whole: told(whole + done, 2 * whole) if told else None)
    gaps = [_gap(cluster, different, now) for cluster in found]
    gaps = _with_marks(gaps, found, dealt, vectors, reads)
    ordered = sorted(gaps, key=lambda gap: (-len(gap.asked), -gap.newest.timestamp()))
    return Gaps(now, sum(map(len, different)), vectors is not None, tuple(ordered))


AT_ONCE = 64  # questions read between two reports of progress


def _read(texts: Sequence[str], reads: Reads, told: Progress | None) -> Floats | None:
    found = []
    for begin in range(0, len(texts), AT_ONCE):
        part = reads(texts[begin : begin + AT_ONCE])
        if part is None:
            return None
        found.append(part)
        if told is not None:
            told(min(begin + AT_ONCE, len(texts)), 2 * len(texts))
    return np.concatenate(found) if found else reads([])


def _gap(cluster: Cluster, different: Sequence[Sequence[Logged]], now: datetime) -> Gap:
    pairs = [(one, near) for place, near in zip(cluster.members, cluster.typical, strict=True) for one in different[place]]
    asked = tuple(Asked(one.ticket, one.at, one.lang, _shown(one.text), near) for one, near in pairs)
    return Gap(asked, now, _typical(asked), _answers([one for one, _ in pairs]))


def _typical(asked: Sequence[Asked]) -> Asked:
    """Of the most typical that may be shown what was asked most often, and the shortest of those."""
    shown = [one for one in asked if one.text] or list(asked)
    near = [one for one in shown if one.near >= shown[0].near - AS_TYPICAL]
    often = Counter(normalise(one.text) for one in near)
    return min(near, key=lambda one: (-often[normalise(one.text)], len(one.text)))


def _answers(requests: Sequence[Logged]) -> tuple[Answer, ...]:
    """What agents wrote, each answer once: what the most typical questions were answered with first, and the first of each language."""
    found: list[Answer] = []
    for one in requests:
        is_wanted = len(found) < ANSWERS or all(one.lang != known.lang for known in found)
        if one.solution and is_wanted and all(likeness(one.solution, known.text) < SAME for known in found):
            found.append(Answer(one.ticket, one.at, one.lang, cleared(one.solution, (), lambda kind: REMOVED).text))
    return tuple(found)


def _shown(text: str) -> str:
    """The words without what belongs to one person; "" when something personal is left in them."""
    plain = cleaned(text)
    return "" if found_in(plain) else plain


def _with_marks(gaps: list[Gap], found: Sequence[Cluster], dealt: Mapping[str, tuple[Dealt, str]], vectors: Floats | None, reads: Reads) -> list[Gap]:
    """Each gap with what was last said of it: by the number of a request in it, or else by what the question meant."""
    holds = {one.ticket: place for place, gap in enumerate(gaps) for one in gap.asked}
    for number, (said, text) in sorted(dealt.items(), key=lambda pair: pair[1][0].at):
        place = holds[number] if number in holds else _nearest(text, found, vectors, reads)
        if place is not None:
            gaps[place] = replace(gaps[place], dealt=said, mark=number)
    return gaps


def _nearest(text: str, found: Sequence[Cluster], vectors: Floats | None, reads: Reads) -> int | None:
    """The gap whose typical question means that, if any does."""
    meant = reads([text]) if text and vectors is not None and len(found) else None
    if meant is None or vectors is None:
        return None
    alike = vectors[[cluster.medoid for cluster in found]] @ meant[0]
    place = int(alike.argmax())
    return place if float(alike[place]) >= AGAIN else None
