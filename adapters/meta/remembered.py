"""What a channel notes of its people: when they wrote last, what waits for them, what they were asked, by which ids they are known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.ports import Clock, Notebook

DAY = timedelta(hours=24)  # Meta takes free text for so long after somebody's last message
MARGIN = timedelta(minutes=1)  # what is on its way arrives within it
GRAIN = timedelta(minutes=5)  # a talk is not noted message by message
MOST = 20_000  # people in memory
HEARD, HELD, ASKED, WAS, NOW, NUMBER = "heard", "held", "asked", "was", "now", "number"
WAITING, KNOCKED = "waits", "told"  # of HELD: something waits for them; and they were told that there is news


class Remembered:
    """Notes by person, under keys that begin with the channel's name."""

    def __init__(self, channel: str, notebook: Notebook) -> None:
        self._begin, self._notebook = f"{channel}:of:", notebook

    async def of(self, user: str) -> dict[str, str]:
        """All that is noted of that person, by its name."""
        begin = f"{self._begin}{user}:"
        return {key.removeprefix(begin): value for key, value in (await self._notebook.noted(begin)).items() if value}

    async def put(self, user: str, what: str, value: str) -> None:
        """Note it; "" is nothing."""
        await self._notebook.note(f"{self._begin}{user}:{what}", value)


class Windows:
    """For whom free text is taken now. Whoever never wrote, as far as we know, has no window."""

    def __init__(self, remembered: Remembered, clock: Clock) -> None:
        self._remembered, self._clock = remembered, clock
        self._heard: dict[str, datetime] = {}

    async def heard(self, user: str, at: datetime, noted: Mapping[str, str]) -> None:
        """They wrote. at: as Meta says, which may send it late and out of order; noted: what is remembered of them."""
        at = min(at, self._clock.now())
        known = _moment(noted.get(HEARD, ""))
        self._keep(user, max(at, known) if known else at)
        if known is None or at - known > GRAIN:
            await self._remembered.put(user, HEARD, at.isoformat())

    async def is_open(self, user: str, span: timedelta = DAY) -> bool:
        """Have they written within that time? Asked of the notes only when this process has not heard them."""
        after = self._clock.now() - span + MARGIN
        if (here := self._heard.get(user)) is not None and here > after:
            return True
        noted = _moment((await self._remembered.of(user)).get(HEARD, ""))
        if noted is None:
            return False
        self._keep(user, noted)
        return noted > after

    async def shut(self, user: str) -> None:
        """Meta says that it is closed, whatever we thought."""
        self._heard.pop(user, None)
        await self._remembered.put(user, HEARD, "")

    def _keep(self, user: str, at: datetime) -> None:
        if len(self._heard) >= MOST:
            self._heard.clear()
        self._heard[user] = at


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
