"""The bot's voice in one language: gettext catalogues, plural forms, dates in the reader's zone.

Every sentence is written in English where it is said (`t.say("…", name=…)`); the catalogues in bot/locale hold the other five.
"""

from __future__ import annotations

import gettext
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time, format_timedelta

LOCALE_FOLDER = Path(__file__).resolve().parent.parent / "locale"
DOMAIN = "firstline"


def N_(sentence: str) -> str:
    """Marks a sentence for the catalogues where it is only named; it is translated where it is said."""
    return sentence


class Tongue:
    """One language. Values in sentences are named (`{number}`); a value is never itself translated or parsed."""

    def __init__(self, language: str, catalogue: gettext.NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def say(self, sentence: str, /, **values: object) -> str:
        """The sentence in this language with its values."""
        said = self._catalogue.gettext(sentence)
        return said.format(**values) if values else said

    def many(self, one: str, more: str, count: int, /, **values: object) -> str:
        """The plural form for `count`, which the sentence may name as {count}."""
        return self._catalogue.ngettext(one, more, count).format(count=count, **values)

    def when(self, moment: datetime, timezone: str) -> str:
        """Date and time in the reader's zone: "Nov 21, 9:30 PM", "21 de nov., 21:30"."""
        local = moment.astimezone(ZoneInfo(timezone))
        day = format_skeleton("MMMd", local, locale=self.language)
        return f"{day}, {format_time(local, 'short', locale=self.language)}"

    def span(self, length: timedelta) -> str:
        """A length of time in words: "15 minutes"."""
        return str(format_timedelta(length, locale=self.language, threshold=1.5))


@cache
def tongue(language: str) -> Tongue:
    """The voice for a language; English for one that has no catalogue."""
    return Tongue(language, gettext.translation(DOMAIN, LOCALE_FOLDER, [language], fallback=True))
