"""Moments in people's words: "2h", "tomorrow 9:00", "mon 14:30", "2026-03-29 09:00". Strict: what is not understood is not guessed."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FARTHEST = timedelta(days=366)
MORNING = time(9)  # of a day without a time

_UNITS = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SPAN = re.compile(r"(?:in )?(\d{1,4}) ?(m|min|h|d)")
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?([ap]m)|(\d{1,2})[:.h](\d{2})")
_HALF_DAY = re.compile(r"\b(\d{1,2}(?:[:.]\d{2})?) ([ap]m)\b")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_JOINED_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2})t")
_TODAY = frozenset({"today", "hoy", "hoje", "aujourd'hui", "oggi", "heute"})
_TOMORROW = frozenset({"tomorrow", "manana", "amanha", "demain", "domani", "morgen"})
_JOINING = frozenset({"at", "a", "as", "um", "alle", "las", "les", "on", "am", "el", "le"})
_DAYS = (
    ("mon", "monday", "lunes", "segunda", "lundi", "lunedi", "montag"),
    ("tue", "tuesday", "martes", "terca", "mardi", "martedi", "dienstag"),
    ("wed", "wednesday", "miercoles", "quarta", "mercredi", "mercoledi", "mittwoch"),
    ("thu", "thursday", "jueves", "quinta", "jeudi", "giovedi", "donnerstag"),
    ("fri", "friday", "viernes", "sexta", "vendredi", "venerdi", "freitag"),
    ("sat", "saturday", "sabado", "samedi", "sabato", "samstag"),
    ("sun", "sunday", "domingo", "dimanche", "domenica", "sonntag"),
)
_WEEKDAY = {name: number for number, names in enumerate(_DAYS) for name in names}
_LONGEST = 6  # words of a moment: "on monday at 14:30"


class NoMoment(Exception):
    """The words name no moment; `reason`: unclear, past or far."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def moment(words: str, now: datetime, zone: str) -> datetime:
    """The moment that these words name, in UTC. zone: the IANA zone in which days and times are meant. Raises NoMoment.

    A time alone is its next occurrence; a day alone means nine in the morning. A time that the clocks skip is as much later as they do; one that
    they show twice is the first.
    """
    said = " ".join(_plain(words).split())
    span = _SPAN.fullmatch(said)
    if span:
        return _ahead(now + int(span[1]) * _UNITS[span[2]], now)
    with_zone = _with_zone(words.strip())
    if with_zone is not None:
        return _ahead(with_zone, now)
    local = now.astimezone(ZoneInfo(zone))
    parted = _HALF_DAY.sub(r"\1\2", _JOINED_DATE.sub(r"\1 ", said))
    day, at = _day_and_time([word for word in parted.split() if word not in _JOINING], local.date())
    if day is None and at is None:
        raise NoMoment("unclear")
    meant = _in_zone(day or local.date(), at or MORNING, zone)
    if meant <= now and day is None:
        meant = _in_zone(local.date() + timedelta(days=1), at or MORNING, zone)
    return _ahead(meant, now)


def leading_moment(text: str, now: datetime, zone: str) -> tuple[datetime, str]:
    """The moment with which a text begins, as many words as name one, and the rest of the text. Raises NoMoment when none does."""
    line, newline, below = text.strip().partition("\n")
    words, fault = line.split(), NoMoment("unclear")
    for count in range(min(len(words), _LONGEST), 0, -1):
        if _plain(words[count - 1]) in _JOINING:
            continue  # "tomorrow at" would take a word from what is to be said
        try:
            found = moment(" ".join(words[:count]).rstrip(":,;"), now, zone)
        except NoMoment as no:
            fault = no if no.reason != "unclear" else fault
            continue
        return found, (" ".join(words[count:]) + newline + below).strip()
    raise fault


def _plain(words: str) -> str:
    folded = unicodedata.normalize("NFKD", words.lower().replace("’", "'"))
    return "".join(c for c in folded if not unicodedata.combining(c))


def _with_zone(words: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _day_and_time(words: list[str], today: date) -> tuple[date | None, time | None]:
    """Raises NoMoment for a word that is neither, or for two of a kind."""
    day: date | None = None
    at: time | None = None
    for word in words:
        if (found := _time(word)) is not None and at is None:
            at = found
        elif (named := _day(word, today)) is not None and day is None:
            day = named
        else:
            raise NoMoment("unclear")
    return day, at


def _time(word: str) -> time | None:
    found = _TIME.fullmatch(word)
    if found is None:
        return None
    hour, minute = int(found[1] or found[4]), int(found[2] or found[5] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "pm" else 0) if 1 <= hour <= 12 else 24
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _day(word: str, today: date) -> date | None:
    if word in _TODAY:
        return today
    if word in _TOMORROW:
        return today + timedelta(days=1)
    if word in _WEEKDAY:
        return today + timedelta(days=(_WEEKDAY[word] - today.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(word) if _DATE.fullmatch(word) else None
    except ValueError:
        return None


def _in_zone(day: date, at: time, zone: str) -> datetime:
    """fold 0: of two moments the first; of none, as many minutes later as the clocks skip."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _ahead(meant: datetime, now: datetime) -> datetime:
    if meant <= now:
        raise NoMoment("past")
    if meant - now > FARTHEST:
        raise NoMoment("far")
    return meant
