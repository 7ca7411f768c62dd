"""How late the updates come: Telegram keeps them for a day, and drops what nobody has taken by then."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

ALARM = timedelta(hours=12)  # half of what Telegram keeps: time enough to do something about it
AGAIN = timedelta(hours=1)  # the alarm is repeated while it lasts

log = logging.getLogger(__name__)


class Lag:
    """Looks at the date that each message bears, whether it can be kept or not."""

    def __init__(self) -> None:
        self.latest = timedelta()
        self._alarmed: datetime | None = None

    def see(self, update: Mapping[str, Any], now: datetime) -> None:
        """An update has come; presses say nothing of when they were made."""
        said = _said_at(update)
        if said is None:
            return
        self.latest = max(timedelta(), timedelta(seconds=now.timestamp() - said))
        if self.latest >= ALARM and (self._alarmed is None or now - self._alarmed >= AGAIN):
            self._alarmed = now
            hours = round(self.latest / timedelta(hours=1))
            log.error("updates come %d hours late, and Telegram drops them after 24: see what keeps us from storing them", hours,
                      extra={"update_id": update.get("update_id"), "lag_s": round(self.latest.total_seconds())})  # fmt: skip


def _said_at(update: Mapping[str, Any]) -> int | None:
    """When its message was written or last changed, in Unix seconds."""
    for kind, key in (("message", "date"), ("edited_message", "edit_date")):
        message = update.get(kind)
        if isinstance(message, Mapping) and type(at := message.get(key)) is int and 0 < at < 2**33:
            return at
    return None
