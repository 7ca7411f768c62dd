"""That somebody's data was given out, held or erased is written down: by whom and why, and of whom by a sign alone."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.events import DataGivenOut, Event, PersonErased, PersonHeld, PersonReleased
from bot.domain.ids import PersonId, TicketId
from bot.errors import StoreError
from bot.store import tables
from bot.store.person import Identifiers, Theirs
from bot.store.session import Session, Statement, inserting

NOBODY = TicketId("")
LOOK_S = 30.0  # seconds between looks for what was left
log = logging.getLogger(__name__)
Within = Callable[[Callable[[Session], Awaitable[None]]], Awaitable[None]]
_EVENT = Statement(inserting(tables.events))


@dataclass(frozen=True, slots=True)
class Doing:
    """Somebody does something with one person's data. secret: signs are made with it, so that the database alone tells nobody whose they are."""

    by: PersonId
    why: str = ""
    channel: str = "console"
    secret: bytes = b""

    def sign(self, addresses: Iterable[str]) -> str:
        """Stands for whoever has these addresses, the same whichever of them was named."""
        return hmac.new(self.secret, f"firstline|person|{min(addresses)}".encode(), hashlib.sha256).hexdigest()[:12]

    def said(self, theirs: Theirs) -> str:
        """The reason, without what names them."""
        sign = self.sign(theirs.addresses)
        return str(Identifiers(dict.fromkeys(theirs.addresses, f"person:{sign}"), theirs.names, sign).replaced(" ".join(self.why.split())[:200]))

    def gave_out(self, theirs: Theirs, now: datetime) -> Event:
        """All that is theirs."""
        return DataGivenOut(ticket=NOBODY, by=self.by, at=now, of=self.sign(theirs.addresses), why=self.said(theirs))

    def held(self, theirs: Theirs, now: datetime) -> Event:
        """It must stay."""
        return PersonHeld(ticket=NOBODY, by=self.by, at=now, of=self.sign(theirs.addresses), why=self.said(theirs))

    def released(self, theirs: Theirs, now: datetime) -> Event:
        """It need not stay."""
        return PersonReleased(ticket=NOBODY, by=self.by, at=now, of=self.sign(theirs.addresses), why=self.said(theirs))

    def erased(self, theirs: Theirs, became: str, now: datetime, *, again: bool = False) -> Event:
        """They are nobody."""
        return PersonErased(ticket=NOBODY, by=self.by, at=now, of=self.sign(theirs.addresses), became=became, why=self.said(theirs), again=again)

    async def record(self, session: Session, event: Event) -> None:
        """Within the transaction in which it is done."""
        await session.add(_EVENT, ticket=event.ticket, name=event.name, by=event.by, channel=self.channel, at=event.at, details=event.details())


# ------------------------------------------------------------------------- what was done while another process had the file
def leave(database: Path, doing: Doing, event: Event) -> None:
    """Beside the database, until a process that may write takes it in; on the disk when this returns."""
    line = json.dumps({"name": event.name, "by": event.by, "channel": doing.channel, "at": event.at.isoformat(), "details": event.details()})
    handle = os.open(_beside(database), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as written:
        written.write(line + "\n")
        written.flush()
        os.fsync(written.fileno())


class TakingIn:
    """Records what was left beside a file, for as long as the desk runs."""

    def __init__(self, within: Within, database: Path) -> None:
        self._within, self._database = within, database

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except (StoreError, OSError, ValueError) as fault:
                log.warning("what was done beside the desk is written down later", extra={"error": type(fault).__name__})
            await asyncio.sleep(LOOK_S)

    async def look(self) -> int:
        """Record what is left there now; how much it was. Raises StoreError, OSError."""
        left, taken = _beside(self._database), _beside(self._database).with_suffix(".taken")
        if not taken.exists():
            if not left.exists():
                return 0
            left.rename(taken)  # whoever leaves something now begins anew
        lines = [json.loads(line) for line in taken.read_text(encoding="utf-8").splitlines()]

        async def unit(session: Session) -> None:
            for one in lines:
                at = datetime.fromisoformat(one["at"]).astimezone(UTC)
                await session.add(_EVENT, ticket="", name=one["name"], by=one["by"], channel=one["channel"], at=at, details=one["details"])

        await self._within(unit)
        taken.unlink()
        return len(lines)


def _beside(database: Path) -> Path:
    return database.with_name(database.name + ".did")
