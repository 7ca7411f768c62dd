"""The company's directory, asked outside any transaction: few questions at a time, each bounded, none while it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.ids import PersonId, channel_of
from bot.domain.listings import Listed, Sought, judged
from bot.errors import DeliveryError, DirectoryAway
from bot.ports import Channel, Clock
from bot.ports.listing import DirectorySource, KnowsMail

log = logging.getLogger(__name__)

QUESTION_S = 3.0  # a conversation is held up no longer than this, the waiting for others included
AT_ONCE = 4  # questions of one process
NOBODY = timedelta(minutes=10)  # whom nothing is known of to look for may have joined an address since
PAUSES_S = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)  # between looks at a directory that is away
LOOK_S = 60.0  # between looks at one that answers, so that what operators see is true although nobody asks
MAX_KNOWN = 20_000  # people in memory


class Unlisted(Exception):
    """The directory must be asked about somebody, outside the transaction; then the turn is tried again."""

    def __init__(self, person: PersonId, sought: Sought) -> None:
        super().__init__(person)
        self.person, self.sought = person, sought


@dataclass(frozen=True, slots=True)
class Rules:
    """What is made of listings. refresh: how long one is believed. fields: custom field of a ticket to the fact that fills it in.

    vip_priority: of the tickets of those whom the directory marks so; "" none.
    """

    refresh: timedelta = timedelta(hours=24)
    fields: Mapping[str, str] = field(default_factory=dict)
    vip_priority: str = ""


class Company:
    """One directory, as one process knows it."""

    def __init__(self, source: DirectorySource, rules: Rules, channels: Mapping[str, Channel], clock: Clock) -> None:
        self.rules = rules
        self._source, self._channels, self._clock = source, channels, clock
        self._few = asyncio.Semaphore(AT_ONCE)
        self._rest_until: dict[PersonId, datetime] = {}
        self._found: dict[PersonId, Listed] = {}
        self._looked = asyncio.Event()
        self._failures = 0
        self._asked_for_s = 0.0
        self.trouble = ""
        self.questions = 0
        self.failed = 0

    @property
    def is_up(self) -> bool:
        """Did it answer when it was last asked?"""
        return not self.trouble

    # ------------------------------------------------------------------------------------------------ within a transaction
    def wants(self, person: PersonId) -> bool:
        """May it be asked about this person, when the store knows nothing fresh?"""
        until = self._rest_until.get(person)
        return until is None or self._clock.now() >= until

    def found(self, person: PersonId) -> Listed | None:
        """What the directory said, not stored yet."""
        return self._found.get(person)

    def stored(self, person: PersonId) -> None:
        """What it said of them is in the store."""
        self._found.pop(person, None)

    def _rest(self, person: PersonId, until: datetime) -> None:
        """Nothing came of it: not again before."""
        if len(self._rest_until) >= MAX_KNOWN:
            self._rest_until.clear()
        self._rest_until[person] = until

    # ------------------------------------------------------------------------------------------------------------- outside
    async def ask(self, person: PersonId, sought: Sought) -> None:
        """Ask it. Whatever comes of it, the turn that wanted to know can go on."""
        now = self._clock.now()
        try:
            async with asyncio.timeout(QUESTION_S):
                sought = await self._with_mail(person, sought)
                if not sought:
                    return self._rest(person, now + NOBODY)
                if not self.is_up:  # looked at by `run`: no conversation waits for a directory that is away
                    return self._rest(person, now + timedelta(seconds=self._pause()))
                async with self._few:
                    self.questions += 1
                    self._found[person] = judged(await self._source.find(sought), now)
        except DirectoryAway as away:
            self._fell(away)
        except TimeoutError:
            self._fell(_slow())
        except DeliveryError as fault:
            log.info("a platform does not say somebody's mail address", extra={"person": person, "error": type(fault).__name__})
        else:
            return self._rose()
        self._rest(person, now + timedelta(seconds=PAUSES_S[-1]))
        return None

    async def _with_mail(self, person: PersonId, sought: Sought) -> Sought:
        channel = self._channels.get(channel_of(person))
        mail = await channel.mail_of(person) if isinstance(channel, KnowsMail) else ""
        return Sought(tuple(dict.fromkeys((*sought.mails, mail.lower()))), sought.phones) if mail else sought

    async def run(self) -> None:
        """Until cancelled: look whether it answers."""
        while True:
            wait_s = await self.look()
            self._looked.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._looked.wait()  # a question has failed meanwhile: its pause counts from now
            except TimeoutError:
                continue
            await asyncio.sleep(self._pause())

    async def look(self) -> float:
        """Does it answer? Gives the seconds until the next look."""
        try:
            async with asyncio.timeout(QUESTION_S):
                await self._source.probe()
        except DirectoryAway as away:
            self._fell(away)
            return self._pause()
        except TimeoutError:
            self._fell(_slow())
            return self._pause()
        self._rose()
        return LOOK_S

    async def close(self) -> None:
        """After the last question."""
        await self._source.close()

    def numbers(self) -> dict[str, float]:
        """For /metrics."""
        return {"directory_up": float(self.is_up), "directory_questions_total": self.questions, "directory_failures_total": self.failed}

    def _pause(self) -> float:
        return max(PAUSES_S[min(max(self._failures, 1), len(PAUSES_S)) - 1], min(self._asked_for_s, PAUSES_S[-1]))

    def _fell(self, away: DirectoryAway) -> None:
        if self.is_up:
            log.warning("the directory cannot be asked; work goes on without it", extra={"cure": str(away)})
            self._looked.set()
        self._failures += 1
        self.failed += 1
        self._asked_for_s = away.retry_after_s
        self.trouble = str(away)

    def _rose(self) -> None:
        if not self.is_up:
            log.info("the directory answers again")
            self._rest_until.clear()
        self._failures, self._asked_for_s, self.trouble = 0, 0.0, ""


def _slow() -> DirectoryAway:
    return DirectoryAway(f"it does not answer within {QUESTION_S:g} s; see whether DIRECTORY_URL can be reached from here")


def facts_of(people: Sequence[str]) -> Sought:
    """By what somebody who has all these addresses, each proved, can be looked for."""
    mails = [person.partition(":")[2] for person in people if channel_of(PersonId(person)) == "email"]
    mails += [person.partition(":agent-")[2] for person in people if person.startswith("web:agent-") and "@" in person]
    phones = [person.partition(":")[2] for person in people if person.startswith("phone:+")]
    return Sought(tuple(dict.fromkeys(one.lower() for one in mails)), tuple(dict.fromkeys(phones)))
