"""How the matching does: what was answered alone, suggested and handed over, what became of it, and which entries are in each other's way.

Every figure is counted from outcomes.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.domain.outcomes import Decision, Outcome
from bot.ports import Reader
from kb.bounds import upper_bound

DECISIONS: tuple[Decision, ...] = ("answer", "suggest", "hand_over")
PAGE = 100  # outcomes read at a time: 2 to 4 ms of the event loop on a busy machine
LISTED = 10  # entries of a list: what can be mended in a sitting
K = TypeVar("K", str, date)


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
    zone = ZoneInfo(timezone)
    found: list[Outcome] = []
    page = await reader.asked(_begin(since, zone), _begin(until + timedelta(days=1), zone), limit=PAGE)
    while page:
        found += page
        await asyncio.sleep(0)  # others have a turn
        page = await reader.asked(_begin(since, zone), _begin(until + timedelta(days=1), zone), after=page[-1], limit=PAGE)
    counted = count(found, since, until, zone)
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
    of_decision = {decision: [o for o in found if o.decision == decision] for decision in DECISIONS}
    return MatchingReport(
        since, until,
        decisions={decision: _tally(some, some) for decision, some in of_decision.items()},
        total=_promised(found),
        languages=_grouped(found, lambda o: o.language),
        weeks=_grouped(found, lambda o: _monday(o.asked_at.astimezone(zone).date())),
        doubtful=_doubtful(found),
        confusions=_confusions(found),
        missed=_missed(found),
    )  # fmt: skip


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _tally(found: Sequence[Outcome], judged: Iterable[Outcome]) -> Tally:
    decisions, judgements = Counter(o.decision for o in found), Counter(o.judgement for o in judged)
    return Tally(
        decisions["answer"], decisions["suggest"], decisions["hand_over"], judgements["right"], judgements["wrong"], judgements["not_solved"]
    )  # fmt: skip


def _promised(found: Sequence[Outcome]) -> Tally:
    return _tally(found, (o for o in found if o.decision == "answer"))


def _grouped(found: Iterable[Outcome], key: Callable[[Outcome], K]) -> dict[K, Tally]:
    groups: defaultdict[K, list[Outcome]] = defaultdict(list)
    for outcome in found:
        groups[key(outcome)].append(outcome)
    return {name: _promised(groups[name]) for name in sorted(groups)}


def _doubtful(found: Iterable[Outcome]) -> tuple[Doubtful, ...]:
    """Of what was shown: what was wrong most often first."""
    best: Counter[str] = Counter()
    judged: Counter[tuple[str, str]] = Counter()
    for outcome in found:
        if outcome.decision != "hand_over":
            best[outcome.entry] += 1
            judged[outcome.entry, outcome.judgement] += 1
    all_ = (Doubtful(entry, times, judged[entry, "wrong"], judged[entry, "not_solved"]) for entry, times in best.items())
    return tuple(sorted((d for d in all_ if d.wrong or d.not_solved), key=lambda d: (-d.wrong, -d.not_solved, d.entry))[:LISTED])


def _confusions(found: Iterable[Outcome]) -> tuple[Confusion, ...]:
    times: Counter[tuple[str, str]] = Counter()
    alone: Counter[tuple[str, str]] = Counter()
    for outcome in found:
        if outcome.decision != "hand_over" and outcome.instead not in ("", outcome.entry):
            times[outcome.entry, outcome.instead] += 1
            alone[outcome.entry, outcome.instead] += outcome.decision == "answer"
    all_ = (Confusion(*pair, n, alone[pair]) for pair, n in times.items())
    return tuple(sorted(all_, key=lambda c: (-c.times, c.offered, c.instead))[:LISTED])


def _missed(found: Iterable[Outcome]) -> tuple[Missed, ...]:
    times = Counter(o.instead for o in found if o.decision == "hand_over" and o.instead)
    return tuple(Missed(entry, n) for entry, n in sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))[:LISTED])
