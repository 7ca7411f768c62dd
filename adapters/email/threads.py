"""What is known of each mail thread, so that what goes out stands where people look for it: subject, what to answer to, how much was sent by itself.

Kept in the channel's notebook under the thread's name, which names nobody; the same in every process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from bot.ports.world import Clock, Notebook

KEPT = timedelta(days=400)  # after its last mail; an answer that comes later still finds its thread, under a new subject
REFERENCES = 20  # Message-IDs: the first and the newest, so that the header stays below what servers take
SUBJECT = 200  # characters
_BEGINS = re.compile(r"^(?:(?:re|aw|antw|rv|res|sv|fw|fwd|wg|tr|rif|r|i|enc)\s*(?:\[\d+\])?\s*:|\[[A-Z][A-Z0-9]{0,9}-\d+\])\s*", re.IGNORECASE)
_ODD = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class MailThread:
    """One thread. subject: of its first mail, plain. references: Message-IDs of both sides, oldest first, with their brackets.

    verified: the sender's server vouches for their address, or they answered what only they could read.
    """

    at: datetime
    subject: str = ""
    references: tuple[str, ...] = ()
    verified: bool = False


_THREAD = TypeAdapter(MailThread)


class MailThreads:
    """All of them, by name."""

    def __init__(self, notebook: Notebook, clock: Clock) -> None:
        self._notebook, self._clock = notebook, clock

    async def of(self, thread: str) -> MailThread | None:
        """What is known; None of a thread nobody wrote in yet."""
        key = _key(thread)
        found = (await self._notebook.noted(key)).get(key, "")
        return _THREAD.validate_json(found) if found else None

    async def heard(self, thread: str, header: str, subject: str, *, verified: bool) -> None:
        """Somebody wrote: what we send next answers this Message-ID. Called before the mail is handed on; twice is no harm."""
        known = await self.of(thread) or MailThread(self._clock.now(), plain_subject(subject))
        known = replace(known, subject=known.subject or plain_subject(subject), verified=known.verified or verified)
        await self._keep(thread, known, header)

    async def sent(self, thread: str, header: str, subject: str = "") -> None:
        """We wrote; twice is no harm. subject: kept where the thread has none yet."""
        known = await self.of(thread) or MailThread(self._clock.now())
        await self._keep(thread, replace(known, subject=known.subject or plain_subject(subject)), header)

    async def forget(self) -> None:
        """What is too old."""
        oldest = self._clock.now() - KEPT
        for key, value in (await self._notebook.noted(_key(""))).items():
            if value and _THREAD.validate_json(value).at < oldest:
                await self._notebook.note(key, "")

    async def _keep(self, thread: str, known: MailThread, header: str) -> None:
        named = f"<{''.join(header.split()).strip('<>')}>"
        others = [one for one in known.references if one != named]
        listed = (*others, named) if named != "<>" else tuple(others)
        if len(listed) > REFERENCES:
            listed = (listed[0], *listed[1 - REFERENCES :])
        value = _THREAD.dump_json(replace(known, at=self._clock.now(), references=listed)).decode()
        await self._notebook.note(_key(thread), value)


def plain_subject(subject: str) -> str:
    """One line without what programs put in front: "Re:", "AW:", "[IT-42]"."""
    line = _ODD.sub(" ", subject).strip()
    while found := _BEGINS.match(line):
        line = line[found.end() :]
    return line[:SUBJECT].strip()


def _key(thread: str) -> str:
    return f"email:thread:{thread}"
