"""Keeps the promise: the score from which entries are answered alone follows the outcomes, live, and the team hears when what is promised is not kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import timedelta

from bot.domain.desks import Desk
from bot.domain.messages import Outbound
from bot.engine import replies
from bot.engine.faq import popular, standing
from bot.engine.faq.judged import Judged
from bot.engine.faq.knowledge import Knowledge
from bot.engine.faq.standing import ALARMED, HELD, LEARNED, Alarmed, Evidence, Held, Standing, as_note, promise_as_note
from bot.engine.tongue import tongue
from bot.errors import StoreError
from bot.ports import Clock, Parcel, Store, Transaction
from kb.promise import Alarm

log = logging.getLogger(__name__)

REST_S = 2.0  # seconds between two times of learning: presses come in bursts
ROLLS_S = 600.0  # seconds after which the oldest outcomes may be too old, or another process may have judged
QUIET = timedelta(days=7)  # an alarm is not repeated before


class Keeper:
    """Learns from outcomes, and sets the limits of the knowledge base in this process."""

    def __init__(self, store: Store, knowledge: Knowledge, desk: Desk, clock: Clock) -> None:
        self._store, self._knowledge, self._desk, self._clock = store, knowledge, desk, clock
        self._evidence, self._questions = Evidence(store), Judged(store, knowledge.meant)
        self._noted = ""
        self._held: Held | None = None
        self._changed = asyncio.Event()

    def judged(self) -> None:
        """Somebody judged an answer: it is learned from in a moment."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), ROLLS_S)
            self._changed.clear()
            try:
                await self.look()
            except StoreError as fault:
                log.warning("learning from outcomes waits for the database", extra={"error": type(fault).__name__})
            await asyncio.sleep(REST_S)

    async def look(self) -> Standing:
        """Learn from what there is now; what it says holds from the next question on. Raises StoreError."""
        now = self._clock.now()
        found = await self._evidence.look(now)
        self._held = self._held or await standing.held_in(self._store)
        self._knowledge.popular = popular.helpful(found, now)
        scale = self._knowledge.scale
        vectors = await self._questions.vectors(found, scale)
        learned = await asyncio.to_thread(standing.weigh, found, self._held, self._desk.wrong_at_most, scale, now, vectors)
        self._knowledge.precedents = learned.precedents  # in one breath with the limits: scores are compared with the threshold learned from the like
        before, self._knowledge.limits = self._knowledge.limits, replace(self._knowledge.limits, answer=learned.promise.threshold)
        if self._knowledge.limits != before:
            figures = {"outcomes": learned.promise.outcomes, "answered": learned.promise.answered, "wrong": learned.promise.wrong}
            log.info("the limits of the matching changed", extra={"answer_from": learned.promise.threshold, **figures})
        note = promise_as_note(learned.promise, scale)
        if note != self._noted:
            await self._store.run(lambda tx: tx.note(LEARNED, note))
            self._noted = note
        if learned.held != self._held:
            await self._hold(learned.held, learned.alarm)
        self._held = learned.held
        return learned

    async def _hold(self, held: Held, alarm: Alarm | None) -> None:
        """Note what is promised from now on; with an alarm, tell the first tier's team, unless it was told a short time ago."""
        now = self._clock.now()
        told = await standing.alarmed_in(self._store)
        is_news = alarm is not None and (told is None or now - told.at >= QUIET)

        async def unit(tx: Transaction) -> None:
            await tx.note(HELD, as_note(held))
            if alarm is None or not is_news:
                return
            await tx.note(ALARMED, as_note(Alarmed(now, alarm.answered, alarm.wrong)))
            body = Outbound(replies.promise_drifts(tongue(self._desk.languages[0]), alarm.wrong, alarm.answered, alarm.wrong_at_most))
            for place in self._desk.first_tier.places:
                await tx.post(Parcel(f"{ALARMED}:{now.isoformat()}@{place}", place, place, body, now))

        await self._store.run(unit)
        if alarm is not None:
            log.warning("answers are wrong more often than promised", extra={"answered": alarm.answered, "wrong": alarm.wrong, "told": is_news})
