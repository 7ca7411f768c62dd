"""When something may have been missed, from when on, and that it is read from Slack's history: once, and only once, through the ordinary intake."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from adapters.slack.history import History, Place
from adapters.slack.places import SKEW, Finder, report
from adapters.slack.refusals import ScopeMissing
from bot.errors import DeliveryError, DeliveryRefused, StoreError, ThreadGone, Unauthorized
from bot.ports import Clock, Notebook, Remembers

Json = dict[str, Any]
Value = TypeVar("Value")
HandIn = Callable[[Json], Awaitable[None]]
"""Takes one message in as if Slack had delivered it. Raises StoreError when it was not kept."""

Alone = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Does the work under that name, until cancelled, whenever no other process does it."""

MOST_BACK = timedelta(hours=24)  # who has waited longer has asked elsewhere; and what the inbox forgot could be handled twice
OVERLAP = timedelta(minutes=10)  # Slack tries for about six minutes: what it still tries is no newer than what it has delivered
SILENCE = timedelta(hours=1)  # without any event: Slack ends a subscription after an hour of failures, and does not say when it is switched on again
RETRIED_BACK = timedelta(hours=1)  # a second try (after a minute) means that others were given up: perhaps since then
REST = timedelta(minutes=10)  # between two looks that are made on suspicion alone
BEAT_S = 60.0  # the sign of life is noted at most this often
LOOK_S = 15.0  # how often the process that fills gaps looks for those that others have noted
BETWEEN_S = 5.0  # between two gaps that one process notes: what comes meanwhile is one
LIMITED_S = 120.0  # app_rate_limited names a minute; its end is looked at again when it is over
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0  # while the database or Slack is away, doubled each time
REFUSED_S = 60.0  # while the token is refused

log = logging.getLogger(__name__)


class Gaps:
    """For one workspace, in each process that is told of its events.

    Notes: slack:began:<team>, when we first listened there; slack:heard:<team>, the latest sign that events arrive and are kept;
    slack:gap:<team>:<any>, since when some may be missing. Each gap is a note of its own, written before it is read and struck out when all of it was
    handed in: a process that is killed meanwhile leaves it to the next, and what was kept is known by its channel and ts.
    """

    def __init__(self, history: History, finder: Finder, notebook: Notebook, clock: Clock) -> None:
        self._history, self._finder, self._notebook, self._clock = history, finder, notebook, clock
        self._team = self._bot_user = ""
        self._remembers: Remembers | None = None
        self._hand_in: HandIn = _nowhere
        self._began = clock.now()  # of the very first start in this workspace: before, nobody spoke to us
        self._heard: datetime | None = None  # the newest event that was kept
        self._noted: datetime | None = None  # the same, as far as it is written down
        self._open: datetime | None = None  # something may be missing since then, and this is not written down yet
        self._suspected: datetime | None = None  # when a look was last asked for on suspicion
        self._wanted, self._due = asyncio.Event(), asyncio.Event()
        self._later: set[asyncio.TimerHandle] = set()
        self.reading_since: datetime | None = None
        self.lacking: frozenset[str] = frozenset()  # the scopes that the latest look would have needed
        self.filled, self.handed_in = 0, 0

    # ---- signs
    def heard(self, tries: int = 0) -> None:
        """An event was delivered and is kept. tries: how often Slack had tried before."""
        now, before = self._clock.now(), self._heard
        self._heard = now
        if before is not None and now - before > SILENCE:
            self._suspect(before)
        elif tries > 1:
            self._suspect(now - RETRIED_BACK)

    def _suspect(self, since: datetime) -> None:
        now = self._clock.now()
        if self._suspected is None or now - self._suspected > REST:
            self._suspected = now
            self.missed(since)

    def missed(self, since: datetime | None = None) -> None:
        """Events may be missing since then; without a moment: since the last that was kept."""
        moments = [at for at in (self._open, since or self._heard) if at is not None]
        if moments:
            self._open = min(moments)
            self._wanted.set()

    def limited(self, minute: object) -> None:
        """Slack keeps events back in that minute (Unix seconds): what it holds is read now, and once more when the minute is over."""
        since = datetime.fromtimestamp(minute, UTC) if isinstance(minute, int) and 0 < minute < 2**33 else self._clock.now()
        log.warning("Slack sends no more than 30,000 events an hour: the others are read from history", extra={"since": since.isoformat()})
        self.missed(since)
        self._later = {timer for timer in self._later if timer.when() > asyncio.get_running_loop().time()}
        self._later.add(asyncio.get_running_loop().call_later(LIMITED_S, self.missed, since))

    # ---- the work
    async def run(self, team: str, bot_user: str, remembers: Remembers | None, hand_in: HandIn, alone: Alone) -> None:
        """Until cancelled: notes signs of life and gaps; and fills them, when no other process does."""
        self._team, self._bot_user, self._remembers, self._hand_in = team, bot_user, remembers, hand_in
        self._heard = self._noted = self._clock.now()
        try:
            await self._begin(self._heard)
            await asyncio.gather(self._beat(), self._note_each(), alone("slack history", self._fill_each))
        finally:
            for timer in self._later:
                timer.cancel()

    async def _begin(self, now: datetime) -> None:
        """Where we left off. Who never listened has missed nothing."""
        notes = await self._steadily(lambda: self._notebook.noted("slack:"))
        await self._steadily(lambda: self._finder.begin(notes, now))
        self._began = _read(notes.get(f"slack:began:{self._team}", "")) or now
        if self._began == now:
            await self._steadily(lambda: self._note(f"began:{self._team}", now))
        heard = _read(notes.get(f"slack:heard:{self._team}", ""))
        if heard is not None:
            self.missed(heard)
        else:
            await self._steadily(lambda: self._note(f"heard:{self._team}", now))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            heard = self._heard
            if self._open is None and heard is not None and heard != self._noted:
                try:
                    await self._note(f"heard:{self._team}", heard)
                    self._noted = heard
                except StoreError:
                    log.info("the sign of life waits for the database")

    async def _note_each(self) -> None:
        """A gap is written down as soon as the database is back, for whichever process fills it."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if (since := self._open) is not None:
                await self._steadily(partial(self._note, f"gap:{self._team}:{uuid.uuid4().hex}", since))
                self._open = None if self._open == since else self._open
                self._due.set()
                await asyncio.sleep(BETWEEN_S)

    async def _fill_each(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                if gaps := await self._steadily(self._gaps):
                    await self._fill(gaps)
                pause = FIRST_PAUSE_S
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), LOOK_S)
                self._due.clear()
                continue
            except Unauthorized as refused:
                log.error("the history cannot be read", extra={"cure": str(refused)})
                pause = REFUSED_S
            except Exception:
                log.exception("the gap was not filled; trying again")
                pause = min(pause * 2, REFUSED_S)
            await asyncio.sleep(pause)

    async def _gaps(self) -> dict[str, datetime]:
        """Since when something may be missing, by the keys of the notes that say so."""
        notes = await self._notebook.noted(f"slack:gap:{self._team}:")
        return {key: at for key, value in notes.items() if (at := _read(value))}

    async def _fill(self, gaps: Mapping[str, datetime]) -> None:
        """One look at everything since the first of these gaps began; then they are struck out."""
        begun = self._clock.now()
        self.reading_since = since = min(gaps.values())
        floor = max(since - OVERLAP, begun - MOST_BACK, self._began - SKEW)
        log.info("reading from Slack's history what may have been missed", extra={"since": floor.isoformat()})
        lacking: set[str] = set()
        places = await self._steadily(lambda: self._finder.places(self._remembers, lacking, floor))
        before = self.handed_in
        for number, place in enumerate(places, 1):
            await self._read_place(place, floor, lacking)
            if number % 100 == 0:
                log.info("still reading from Slack's history", extra={"places": number, "of": len(places), "messages": self.handed_in - before})
        for key in gaps:
            await self._steadily(partial(self._notebook.note, key, ""))
        self.reading_since, self.lacking = None, frozenset(lacking)
        self._heard = max(begun, self._heard or begun)
        self.filled += 1
        done = {"since": floor.isoformat(), "places": len(places), "messages": self.handed_in - before, "scopes_missing": len(lacking)}
        log.info("what Slack's history shows was handed in", extra=done)

    async def _read_place(self, place: Place, floor: datetime, lacking: set[str]) -> None:
        """Hands in what was said there. What Slack does not show us is said in the log, and the others go on."""
        since = self._finder.since(place, floor).timestamp()
        try:
            messages = await self._steadily(lambda: self._history.missed(place, since, self._bot_user))
        except ScopeMissing as refused:
            report(refused, place.channel, lacking)
            return
        except (DeliveryRefused, ThreadGone) as refused:
            log.info("a place has no history for us", extra={"place": place.channel, "error": str(refused)})
            return
        for message in messages:
            await self._take_in(message)

    async def _take_in(self, message: Json) -> None:
        try:
            await self._steadily(lambda: self._hand_in(message))
            self.handed_in += 1
        except Exception as error:  # noqa: BLE001  one message that cannot be handled must not keep back all others
            log.error("a message from history was not taken in", extra={"place": message["channel"], "ts": message.get("ts"), "error": type(error).__name__})

    async def _note(self, key: str, at: datetime) -> None:
        await self._notebook.note(f"slack:{key}", at.isoformat())

    async def _steadily(self, step: Callable[[], Awaitable[Value]]) -> Value:
        """Until it works: the database or the network may be away. What is refused is raised."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                return await step()
            except (Unauthorized, DeliveryRefused, ThreadGone):
                raise
            except (DeliveryError, StoreError) as error:
                log.info("filling the gap waits", extra={"error": type(error).__name__, "wait_s": pause})
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)


async def _nowhere(message: Json) -> None:
    raise StoreError("not listening yet")


def _read(moment: str) -> datetime | None:
    """The moment of a note; None when there is none, or it was written by hand."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return at if at.tzinfo else None
