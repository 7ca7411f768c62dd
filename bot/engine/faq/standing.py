"""How the promise stands: what is learned from the outcomes there are, and whether it drifts from what was learned before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import Outcome
from bot.ports import Reader
from kb import promise
from kb.precedents import MOST, Floats, Precedent, Precedents
from kb.promise import Alarm, Promise

HELD, ALARMED = "promise:held", "promise:alarmed"  # notes: what later outcomes are measured against; the latest alarm
LEARNED = "promise:learned"  # note: the promise as the process that answers learned it
PAGE = 100  # outcomes read at a time: 2 to 4 ms of the event loop on a busy machine
MOST_READ = 3000  # newest questions that are looked at: as a rule a third of them or more are judged, and promise.WINDOW of those count
OVERLAP = timedelta(minutes=10)  # what was judged so long before the newest that was read may have been committed after it
RENEWED_AFTER = timedelta(days=90)  # a promise that was kept so long, or over so many answers, is no measure of a change that begins now
RENEWED_OUTCOMES = 200


@dataclass(frozen=True, slots=True)
class Held:
    """A promise that was made. threshold: None while there is none. made: newer questions are measured against it.

    cut: outcomes of older questions count no more, because an alarm said that things have changed.
    """

    threshold: float | None
    wrong_at_most: float
    scale: str
    made: datetime
    cut: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """promise: as it is learned now. alarm: what was promised is not kept. held: what to measure against from now on.

    precedents: what corrects a score before it is compared with the promise's threshold; None: nothing.
    """

    promise: Promise
    alarm: Alarm | None
    held: Held
    precedents: Precedents | None = None


@dataclass(frozen=True, slots=True)
class Alarmed:
    """An alarm that was told."""

    at: datetime
    answered: int
    wrong: int


def weigh(
    outcomes: Iterable[Outcome], held: Held | None, wrong_at_most: float, scale: str, now: datetime, vectors: Mapping[int, Floats] | None = None
) -> Standing:
    """Pure. outcomes: of any scale, judged or not, oldest first. vectors: what judged ones mean, by id; without any, scores count as they are.

    Takes some ten milliseconds at promise.WINDOW outcomes, some tenths of a second with vectors.
    After an alarm all begins anew: what was learned before is what misled, and who mends the FAQ must not wait until its errors are old.
    """
    if held is None or (held.wrong_at_most, held.scale) != (wrong_at_most, scale):
        held = Held(None, wrong_at_most, scale, now)
    mine = [o for o in outcomes if o.scale == scale]
    later = [_evidence(o) for o in mine if held.threshold is not None and _is_measured(o) and o.asked_at > held.made]
    alarm = promise.drift(wrong_at_most, later)
    cut = now if alarm else held.cut
    counted = [o for o in mine if cut is None or o.asked_at > cut]
    precedents = _precedents(counted, vectors) if vectors else None
    learned = _learned(counted, wrong_at_most) if precedents is None else promise.learn(_corrected(counted, precedents, vectors or {}), wrong_at_most)
    is_old = len(later) >= RENEWED_OUTCOMES or now - held.made >= RENEWED_AFTER
    if alarm or (is_old if held.threshold is not None else learned.threshold is not None):
        held = Held(learned.threshold, wrong_at_most, scale, now, cut)
    return Standing(learned, alarm, held, precedents)


def _learned(outcomes: list[Outcome], wrong_at_most: float) -> Promise:
    judged = [_evidence(o) for o in outcomes if o.is_evidence]
    counted = promise.window(judged)
    others = [o.score for o in outcomes if not o.judgement and not o.known and counted and o.asked_at >= counted[0].at]
    return promise.learn(judged, wrong_at_most, others)


def _is_measured(outcome: Outcome) -> bool:
    """Was it answered alone by its score, and is it known whether that was right?"""
    return outcome.is_evidence and outcome.decision == "answer" and not outcome.known


def _with_vectors(outcomes: Iterable[Outcome], vectors: Mapping[int, Floats]) -> list[Outcome]:
    return [o for o in outcomes if o.is_evidence and not o.known and o.id in vectors][-MOST:]


def _precedents(outcomes: Iterable[Outcome], vectors: Mapping[int, Floats]) -> Precedents | None:
    known = [Precedent(o.score, o.entry, o.judgement == "right", vectors[o.id]) for o in _with_vectors(outcomes, vectors)]
    return Precedents(known) if known else None


def _corrected(outcomes: Iterable[Outcome], precedents: Precedents, vectors: Mapping[int, Floats]) -> list[promise.Outcome]:
    """The same with the score that the other precedents give each."""
    return [replace(_evidence(o), score=score) for o, score in zip(_with_vectors(outcomes, vectors), precedents.scores, strict=True)]


def _evidence(outcome: Outcome) -> promise.Outcome:
    return promise.Outcome(outcome.score, outcome.judgement == "right", outcome.asked_at, outcome.known)


class Evidence:
    """The newest questions and what became of them, read once and then only what changed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._found: dict[int, Outcome] = {}
        self._asked_to: Outcome | None = None
        self._judged_to: datetime | None = None

    async def look(self, now: datetime) -> list[Outcome]:
        """As it is now, oldest first. Raises StoreError."""
        if self._asked_to is None:
            await self._read_newest(now)
        else:
            await self._read_changes(now)
        old = now - promise.WINDOW_AGE
        kept = sorted((o for o in self._found.values() if o.asked_at >= old), key=lambda o: (o.asked_at, o.id))[-MOST_READ:]
        self._found = {o.id: o for o in kept}
        return kept

    async def _read_newest(self, now: datetime) -> None:
        page = await self._reader.latest_asked(limit=PAGE)
        self._asked_to = page[0] if page else None
        while page:
            self._keep(page)
            if len(self._found) >= MOST_READ or page[-1].asked_at < now - promise.WINDOW_AGE:
                break
            await asyncio.sleep(0)  # others have a turn
            page = await self._reader.latest_asked(before=page[-1], limit=PAGE)

    async def _read_changes(self, now: datetime) -> None:
        last = self._asked_to
        assert last is not None
        while page := await self._reader.asked(last.asked_at, now + OVERLAP, after=last, limit=PAGE):
            self._keep(page)
            self._asked_to = last = page[-1]
            await asyncio.sleep(0)
        since = (self._judged_to or last.asked_at) - OVERLAP
        page = await self._reader.judged(since, limit=PAGE)
        while page:
            self._keep(page)
            await asyncio.sleep(0)
            page = await self._reader.judged(since, after=page[-1], limit=PAGE)

    def _keep(self, page: Iterable[Outcome]) -> None:
        for outcome in page:
            self._found[outcome.id] = outcome
            if outcome.judged_at is not None and (self._judged_to is None or outcome.judged_at > self._judged_to):
                self._judged_to = outcome.judged_at


async def held_in(reader: Reader) -> Held | None:
    """The promise as it was noted."""
    noted = (await reader.noted(HELD)).get(HELD)
    if not noted:
        return None
    found: dict[str, Any] = json.loads(noted)
    moments = {name: datetime.fromisoformat(found[name]) if found[name] else None for name in ("made", "cut")}
    return Held(**{**found, **moments})


async def alarmed_in(reader: Reader) -> Alarmed | None:
    """The latest alarm as it was noted."""
    noted = (await reader.noted(ALARMED)).get(ALARMED)
    if not noted:
        return None
    found: dict[str, Any] = json.loads(noted)
    return Alarmed(**{**found, "at": datetime.fromisoformat(found["at"])})


async def learned_in(reader: Reader, wrong_at_most: float, scale: str) -> Promise | None:
    """The promise that the process that answers goes by, if it is this one."""
    noted = (await reader.noted(LEARNED)).get(LEARNED)
    found: dict[str, Any] = json.loads(noted) if noted else {}
    if found.pop("scale", None) != scale or found["wrong_at_most"] != wrong_at_most:
        return None
    moments = {name: datetime.fromisoformat(found[name]) if found[name] else None for name in ("since", "until")}
    return Promise(**{**found, **moments})


async def read(reader: Reader, wrong_at_most: float, now: datetime) -> tuple[Standing, Alarmed | None]:
    """How it stands, for whoever is not the process that answers and has no sentence encoder: by that process's matcher and promise. Raises StoreError."""
    found, held = await Evidence(reader).look(now), await held_in(reader)
    scale = held.scale if held else found[-1].scale if found else ""
    stands = await asyncio.to_thread(weigh, found, held, wrong_at_most, scale, now)
    learned = await learned_in(reader, wrong_at_most, scale)
    return replace(stands, promise=learned or stands.promise), await alarmed_in(reader)


def as_note(value: Held | Alarmed) -> str:
    """What the note holds."""
    return json.dumps({name: _plain(getattr(value, name)) for name in value.__slots__})


def promise_as_note(value: Promise, scale: str) -> str:
    """What the note holds of what is learned now."""
    return json.dumps({name: _plain(one) for name, one in (asdict(value) | {"scale": scale}).items()})


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
