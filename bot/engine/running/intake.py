"""The one door in: an event is committed before anybody is told that we have it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.domain.messages import MAX_WORDS, Commanded, Edited, Inbound, Marked, Said, Submitted
from bot.domain.people import Person
from bot.errors import StoreError
from bot.ports import Clock, Store, Transaction
from bot.ports.store import Unit

KEEP_S = 2.5  # seconds an event may take to be kept: Slack waits three for its acknowledgement, and sends again what had none
MAX_NAME = 80  # characters
_LOST = str.maketrans({"\0": "\ufffd", **{chr(c): "\ufffd" for c in range(0xD800, 0xE000)}})
_CONTROLS = str.maketrans({chr(c): " " for c in (*range(1, 9), 11, 12, *range(14, 32), 127, *range(128, 160))})


def clean(text: str) -> str:
    """Text as every database and log can hold it: no NUL, no half surrogates, no control characters but tab and newline; at most MAX_WORDS."""
    kept = text[:MAX_WORDS].translate(_LOST).translate(_CONTROLS)
    return kept.replace("\r\n", "\n").replace("\r", "\n") if "\r" in kept else kept


class Intake:
    """Commits, then tells the workers. While the database does not, one event at a time tries it and the others are refused at once."""

    def __init__(self, store: Store, clock: Clock, poke: Callable[[str], None]) -> None:
        self._store, self._clock, self._poke = store, clock, poke
        self.received = 0
        self.repeated = 0
        self._away = False  # the latest try failed
        self._trying = 0

    async def receive(self, event: Inbound) -> None:
        """Returns when the event is committed, or was before. Raises StoreError when it could not be kept, within KEEP_S."""
        event = _cleaned(event)
        now = self._clock.now()

        async def keep(tx: Transaction) -> bool:
            await tx.take(event.conversation)  # so that ids grow in the order of the commits, however many processes receive
            return await tx.keep(event, now)

        if await self._in_time(keep):
            self.received += 1
            self._poke(event.conversation)
        else:
            self.repeated += 1

    async def _in_time(self, keep: Unit[bool]) -> bool:
        if self._away and self._trying:
            raise StoreError("the database is away")
        self._trying += 1
        try:
            async with asyncio.timeout(KEEP_S):
                is_new = await self._store.run(keep)
        except TimeoutError:
            self._away = True
            raise StoreError(f"the database did not answer within {KEEP_S:g} s") from None
        except StoreError:
            self._away = True
            raise
        finally:
            self._trying -= 1
        self._away = False
        return is_new


def _cleaned(event: Inbound) -> Inbound:
    person = _named(event.person)
    what = event.what
    if isinstance(what, Said | Marked):
        earlier = tuple(replace(q, text=clean(q.text), author=_named(q.author)) for q in what.earlier)
        what = replace(what, text=clean(what.text), earlier=earlier)
        if isinstance(what, Marked):
            what = replace(what, author=_named(what.author))
    elif isinstance(what, Edited):
        what = replace(what, text=clean(what.text))
    elif isinstance(what, Commanded):
        what = replace(what, argument=clean(what.argument))
    elif isinstance(what, Submitted):
        what = replace(what, values={clean(k): clean(v) for k, v in what.values.items()})
    return replace(event, person=person, what=what)


def _named(person: Person) -> Person:
    """With a name of one line and at most 80 characters, whatever an adapter let through."""
    return replace(person, name=" ".join(clean(person.name).split())[:MAX_NAME])
