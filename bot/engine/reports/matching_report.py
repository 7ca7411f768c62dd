"""How the matching does: what was answered alone, suggested and handed over, what became of it, and which entries are in each other's way.

Every figure is counted from outcomes.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from bot.domain.outcomes import Decision, Outcome
from bot.ports import Reader
from bot.ports.counting import By, Counting, Where
from kb.bounds import upper_bound

DECISIONS: tuple[Decision, ...] = ("answer", "suggest", "hand_over")

LISTED = 10  # entries of a list: what can be mended in a sitting
K = TypeVar("K", str, date)


class Asked(NamedTuple):
    """What questions have in common that are counted together. monday: of the week in which they were asked."""

    monday: date
    language: str
    entry: str
    decision: str
    judgement: str
    instead: str


_KIND = tuple(By(name) for name in Asked._fields[1:])
Kinds = Mapping[Asked, int]
"""How many there are of each."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Some questions: how many of each decision, and how the best entries of some of them were judged."""

    answered: int
    suggested: int
    handed_over: int
    right: int
    wrong: int
    not_solved: int

    @property
    def questions(self) -> int:
        """All of them."""
        return self.answered + self.suggested + self.handed_over

    @property
    def judged(self) -> int:
        """Those that say whether the matching was right."""
        return self.right + self.wrong

    @property
    def wrong_share(self) -> float | None:
        """Of those judged, 0..1; None when nothing was."""
        return self.wrong / self.judged if self.judged else None

    @property
    def bound(self) -> float | None:
        """With 90 % certainty the true share is no higher, 0..1; None when nothing was judged."""
        return upper_bound(self.wrong, self.judged) if self.judged else None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An entry that was the best of questions it was not right for. question: as people read it, "" when there is no such entry any more."""

    entry: str
    best: int
    wrong: int
    not_solved: int
    question: str = ""


@dataclass(frozen=True, slots=True)
class Confusion:
    """An entry that was shown as the best where another was right. alone: how often it had been answered alone."""

    offered: str
    instead: str
    times: int
    alone: int


@dataclass(frozen=True, slots=True)
class Missed:
    """An entry that was right for questions that were handed over. question: as for Doubtful."""

    entry: str
    times: int
    question: str = ""


@dataclass(frozen=True, slots=True)
class MatchingReport:
    """since, until: the first day and the last, both included.

    decisions: the judgements of each decision's own questions. total, languages, weeks (by their Monday): the judgements of what was answered
    alone, of which something is promised.
    """

    since: date
    until: date
    decisions: dict[Decision, Tally]
    total: Tally
    languages: dict[str, Tally]
    weeks: dict[date, Tally]
    doubtful: tuple[Doubtful, ...]
    confusions: tuple[Confusion, ...]
    missed: tuple[Missed, ...]


async def read(reader: Reader, since: date, until: date, timezone: str, language: str = "en") -> MatchingReport:
    """The report of these days in that time zone. language: of the entries' questions."""
    zone, kinds = ZoneInfo(timezone), Counter[Asked]()
    for monday, first, last in _weeks(since, until):
        during = Where("asked_at", least=_begin(first, zone), below=_begin(last + timedelta(days=1), zone))
        for *kind, times in await reader.counted(Counting("questions", _KIND, (during,))):
            kinds[Asked(monday, *kind)] += times
        await asyncio.sleep(0)  # others have a turn
    counted = _report(kinds, since, until)
    names = {}
    for entry in {*(one.entry for one in counted.doubtful), *(one.entry for one in counted.missed)}:
        known = await reader.entry(entry)
        names[entry] = known.text_for(language).question if known and known.texts else ""
    return replace(
        counted,
        doubtful=tuple(replace(one, question=names[one.entry]) for one in counted.doubtful),
        missed=tuple(replace(one, question=names[one.entry]) for one in counted.missed),
    )


def count(found: Sequence[Outcome], since: date, until: date, zone: ZoneInfo) -> MatchingReport:
    """Pure: the report of these outcomes, entries without their questions."""
    kinds = Counter(Asked(_monday(o.asked_at.astimezone(zone).date()), o.language, o.entry, o.decision, o.judgement, o.instead) for o in found)
    return _report(kinds, since, until)


def _report(kinds: Kinds, since: date, until: date) -> MatchingReport:
    return MatchingReport(
        since, until,
        decisions={decision: _tally(some := _those(kinds, lambda a, d=decision: a.decision == d), some) for decision in DECISIONS},  # type: ignore[misc]
        total=_promised(kinds),
        languages=_grouped(kinds, lambda a: a.language),
        weeks=_grouped(kinds, lambda a: a.monday),
        doubtful=_doubtful(kinds),
        confusions=_confusions(kinds),
        missed=_missed(kinds),
    )  # fmt: skip


def _weeks(since: date, until: date) -> Iterator[tuple[date, date, date]]:
    """Every week's Monday, and the first and the last of its days that are meant."""
    monday = _monday(since)
    while monday <= until:
        yield monday, max(monday, since), min(monday + timedelta(days=6), until)
        monday += timedelta(days=7)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _those(kinds: Kinds, which: Callable[[Asked], bool]) -> Kinds:
    return {asked: times for asked, times in kinds.items() if which(asked)}


def _tally(found: Kinds, judged: Kinds) -> Tally:
    decisions, judgements = Counter[str](), Counter[str]()
    for asked, times in found.items():
        decisions[asked.decision] += times
    for asked, times in judged.items():
        judgements[asked.judgement] += times
    return Tally(
        decisions["answer"], decisions["suggest"], decisions["hand_over"], judgements["right"], judgements["wrong"], judgements["not_solved"]
    )  # fmt: skip


def _promised(kinds: Kinds) -> Tally:
    return _tally(kinds, _those(kinds, lambda a: a.decision == "answer"))


def _grouped(kinds: Kinds, key: Callable[[Asked], K]) -> dict[K, Tally]:
    groups: defaultdict[K, dict[Asked, int]] = defaultdict(dict)
    for asked, times in kinds.items():
        groups[key(asked)][asked] = times
    return {name: _promised(groups[name]) for name in sorted(groups)}


def _doubtful(kinds: Kinds) -> tuple[Doubtful, ...]:
    """Of what was shown: what was wrong most often first."""
    best: Counter[str] = Counter()
    judged: Counter[tuple[str, str]] = Counter()
    for asked, times in kinds.items():
        if asked.decision != "hand_over":
            best[asked.entry] += times
            judged[asked.entry, asked.judgement] += times
    all_ = (Doubtful(entry, times, judged[entry, "wrong"], judged[entry, "not_solved"]) for entry, times in best.items())
    return tuple(sorted((d for d in all_ if d.wrong or d.not_solved), key=lambda d: (-d.wrong, -d.not_solved, d.entry))[:LISTED])


def _confusions(kinds: Kinds) -> tuple[Confusion, ...]:
    found: Counter[tuple[str, str]] = Counter()
    alone: Counter[tuple[str, str]] = Counter()
    for asked, times in kinds.items():
        if asked.decision != "hand_over" and asked.instead not in ("", asked.entry):
            found[asked.entry, asked.instead] += times
            alone[asked.entry, asked.instead] += times if asked.decision == "answer" else 0
    all_ = (Confusion(*pair, n, alone[pair]) for pair, n in found.items())
    return tuple(sorted(all_, key=lambda c: (-c.times, c.offered, c.instead))[:LISTED])


def _missed(kinds: Kinds) -> tuple[Missed, ...]:
    found: Counter[str] = Counter()
    for asked, times in kinds.items():
        if asked.decision == "hand_over" and asked.instead:
            found[asked.instead] += times
    return tuple(Missed(entry, n) for entry, n in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:LISTED])
