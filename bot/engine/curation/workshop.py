"""Long work for curators, beside the event loop: rehearsals of drafts and the search for gaps. Each is begun once, looked at while it runs, and kept.

The work is done in a thread that rests after each question, so that whoever asks meanwhile is answered as ever.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from bot.engine.curation.gaps import Dealt, Gap, Gaps, dealt_with, gather, kept, unsolved
from bot.engine.curation.questions import Logged, different
from bot.engine.faq.knowledge import Knowledge
from bot.errors import FirstlineError
from bot.ports import Clock, Reader
from bot.ports.curating import Draft
from kb.cache import Cache
from kb.deciding import Deciding
from kb.matching import Matcher
from kb.precedents import Floats
from kb.rehearsal import Rehearsal, rehearse

log = logging.getLogger(__name__)

T = TypeVar("T")
REST_S = 0.0005  # seconds that the thread rests after a question: long enough for the event loop to go on
GIVE_WAY_S = 0.0005  # seconds that the thread computes on when the event loop wants to go on
FRESH = timedelta(minutes=15)  # how old gaps may be before they are looked for again
KEPT_RUNS = 8  # rehearsals; the oldest go
KEPT_VECTORS = 40_000  # questions whose meaning is kept in memory, 0.6 kB each; beyond that all are read again
LOOKED_AT = 200  # gaps, the most asked, of which it is told what the FAQ would answer today


class Stopped(Exception):
    """Nobody waits for it any more: the process ends."""


@dataclass(slots=True)
class Run(Generic[T]):
    """Work that was begun. stage: what is being done; done of whole; found: what came of it; failed: nothing will."""

    begun: datetime
    stage: str = "asked"
    done: int = 0
    whole: int = 0
    found: T | None = None
    failed: bool = False
    is_stopped: bool = False
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def goes_on(self) -> bool:
        """Is it still being worked on?"""
        return self.found is None and not self.failed

    def tell(self, stage: str, done: int, whole: int) -> None:
        """How far it is."""
        self.stage, self.done, self.whole = stage, done, whole

    def rest(self, stage: str, done: int, whole: int) -> None:
        """The same from a thread, which lets the event loop go on. Raises Stopped."""
        if self.is_stopped:
            raise Stopped
        self.tell(stage, done, whole)
        time.sleep(REST_S)


class Workshop:
    """One for a process."""

    def __init__(self, reader: Reader, knowledge: Knowledge, clock: Clock) -> None:
        self._reader, self._knowledge, self._clock = reader, knowledge, clock
        self._rehearsals: dict[tuple[int, datetime, int], Run[Rehearsal]] = {}
        self._gaps: Run[Gaps] | None = None
        self._gaps_before: Gaps | None = None
        self._turns = asyncio.Lock()  # one at a time: each takes all of a core
        self._vectors: Cache | None = None
        self._beginning = Lock()  # several threads read at once
        self._scale, self._read = "", 0

    @property
    def is_cautious(self) -> bool:
        """Has the desk not learned yet from which score it may answer? Then it answers known phrasings alone, and offers the rest."""
        return self._knowledge.limits.answer is None

    # ------------------------------------------------------------------------------------------------------ rehearsals
    async def rehearsal(self, draft: Draft, again: bool = False) -> Run[Rehearsal]:
        """The rehearsal of a draft as it is now against the FAQ as it is now; begun by whoever asks first. Raises StoreError."""
        key = draft.id, draft.changed_at, await self._reader.knowledge_version()
        run = self._rehearsals.get(key)
        if run is None or (again and not run.goes_on):
            run = self._rehearsals[key] = Run(self._clock.now())
            self._begin(run, lambda: self._rehearse(run, draft))
            for old in [one for one, of in self._rehearsals.items() if not of.goes_on and one != key][:-KEPT_RUNS]:
                del self._rehearsals[old]
        return run

    async def _rehearse(self, run: Run[Rehearsal], draft: Draft) -> Rehearsal:
        asked = await different(self._reader, told=lambda done, whole: run.tell("asked", done, whole))
        entry = draft.entry if draft.entry.answers(self._knowledge.today) else replace(draft.entry, retired=True)
        decides = self._knowledge.deciding
        return await asyncio.to_thread(lambda: rehearse(self._knowledge.copied(), [entry], asked, decides, run.rest, self._meant))

    # ------------------------------------------------------------------------------------------------------------ gaps
    async def gaps(self, again: bool = False) -> tuple[Gaps | None, Run[Gaps]]:
        """What was found last, if anything, and the search that is on or was the last: begun when what is known is old, or on demand. Raises StoreError."""
        run = self._gaps
        is_old = run is None or run.failed or (not run.goes_on and (again or self._clock.now() - run.begun > FRESH))
        if is_old:
            self._gaps_before = run.found if run is not None and run.found is not None else self._gaps_before
            run = self._gaps = Run(self._clock.now())
            self._begin(run, lambda: self._look(run))
        assert run is not None
        found = run.found or self._gaps_before
        return await self._as_said(found) if found else None, run

    async def _look(self, run: Run[Gaps]) -> Gaps:
        now = self._clock.now()
        asked, said = await unsolved(self._reader, now), await kept(self._reader)
        return await asyncio.to_thread(self._found, run, asked, said, now)

    def _found(self, run: Run[Gaps], asked: Sequence[Logged], said: dict[str, tuple[Dealt, str]], now: datetime) -> Gaps:
        matcher, decides = self._knowledge.copied(), self._knowledge.deciding
        found = gather(asked, said, now, lambda texts: self._meant(matcher, texts), lambda done, whole: run.rest("compared", done, whole))
        shown = []
        for gap in found.all[:LOOKED_AT]:
            shown.append(_today(gap, matcher, decides))
            run.rest(run.stage, run.done, run.whole)
        return replace(found, all=(*shown, *found.all[LOOKED_AT:]))

    async def _as_said(self, found: Gaps) -> Gaps:
        """With what admins said since it was found: a press is seen at once. What was found by meaning stays until the next search."""
        said = await dealt_with(self._reader)
        changed = []
        for gap in found.all:
            mark = next((one.ticket for one in gap.asked if one.ticket in said), gap.mark if gap.mark in said else "")
            changed.append(replace(gap, dealt=said.get(mark), mark=mark))
        return replace(found, all=tuple(changed))

    # ------------------------------------------------------------------------------------------------------------ within
    def _begin(self, run: Run[T], work: Callable[[], Awaitable[T]]) -> None:
        async def worked() -> None:
            try:
                async with self._turns:
                    with polite():
                        run.found = await work()
            except asyncio.CancelledError:
                run.is_stopped = True  # else the process would wait for its thread
                raise
            except FirstlineError as fault:
                run.failed = True
                log.warning("curators' work was not done", extra={"error": type(fault).__name__})
            except Exception as fault:  # the page says so; the desk goes on
                run.failed = True
                log.error("curators' work failed", extra={"error": type(fault).__name__}, exc_info=fault)

        run.task = asyncio.create_task(worked())

    def _meant(self, matcher: Matcher, texts: Sequence[str]) -> Floats | None:
        """What questions mean, in memory alone: nothing of what people ask is written beside the database."""
        if not matcher.reads_meaning or not texts:
            return matcher.vectors(texts)
        with self._beginning:
            if self._vectors is None or self._scale != matcher.scale or self._read > KEPT_VECTORS:
                self._vectors, self._scale, self._read = Cache(None, matcher.scale, matcher.size), matcher.scale, 0
            known = self._vectors

        def read(fresh: Sequence[str]) -> Floats:
            self._read += len(fresh)
            vectors = matcher.vectors(fresh)
            assert vectors is not None  # it reads meaning, and goes on to
            return vectors

        return known.vectors(texts, read)


@contextmanager
def polite() -> Iterator[None]:
    """Meanwhile a thread that computes gives way to the event loop within half a millisecond rather than five, each of the many times one answer needs it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(GIVE_WAY_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _today(gap: Gap, matcher: Matcher, decides: Deciding) -> Gap:
    """With what tier 1 would do now."""
    verdict = decides(matcher, gap.typical.text, gap.typical.lang)
    return replace(gap, now=verdict.decision, entry=verdict.matches[0].entry_id if verdict.matches and verdict.decision != "hand_over" else "")
