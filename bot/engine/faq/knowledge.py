"""The FAQ in this process: entries, and the index over them that is updated in place."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from bot.engine.incidents.likes import Likes
from kb.deciding import Deciding
from kb.decision import Thresholds, Verdict
from kb.encoders import Encoders
from kb.entries import Entry, Match
from kb.language import detect
from kb.matching import Matcher, NotRead
from kb.phrasing import likeness
from kb.precedents import Floats, Precedents
from kb.text import normalise

log = logging.getLogger(__name__)


class Unread(Exception):
    """A question must be read by the sentence encoder first: `consider` it off the event loop, then ask again."""

    def __init__(self, question: str, language: str) -> None:
        super().__init__("a question is not read yet")
        self.question, self.language = question, language


def _no_day() -> date:
    """Where no clock is given no entry's last day is past."""
    return date.min


class Knowledge:
    """What tier 1 knows, and what agents alone do."""

    def __init__(self, entries: Iterable[Entry], languages: Sequence[str], limits: Thresholds | None = None, today: Callable[[], date] = _no_day) -> None:
        """today: the day where the desk is: an entry whose last day is past answers nobody, from the next question on."""
        self._entries = {e.id: e for e in entries}
        self._today, self._day = today, today()
        self._matcher = Matcher(e for e in self._entries.values() if e.answers(self._day))
        self._inner = Matcher(e for e in self._entries.values() if e.answers_agents(self._day))
        self._ending = {e.id for e in self._entries.values() if e.valid_until is not None}
        self._languages = tuple(languages)
        self.limits = limits or Thresholds()
        self.precedents: Precedents | None = None  # what became of questions before; learned together with the limits
        self.popular: tuple[str, ...] = ()  # ids of entries, the most helpful first; see bot.engine.faq.popular
        self._outside: dict[int, str] = {}  # by the id of the mark, normalised
        self._marked: Counter[str] = Counter()
        self._likes = Likes(self.meant)
        self._changed = asyncio.Event()
        self.begun = asyncio.Event()  # set by `run` once it is known whether words decide alone: only then `scale` stays what it is

    @property
    def scale(self) -> str:
        """Which matcher gives the scores: those of different ones cannot be compared."""
        return self._matcher.scale

    async def run(self, opened: Callable[[], Encoders | None]) -> None:
        """Read all entries, and whatever changes, in a thread beside the event loop; until cancelled. Until the first is done words decide alone."""
        encoders = await asyncio.to_thread(opened)
        if encoders is None:
            log.warning("without the sentence encoder only words are compared, and languages are not crossed")
            self.begun.set()
            return
        try:
            self._changed.clear()
            await asyncio.to_thread(self._matcher.begin, encoders)
            await asyncio.to_thread(self._inner.begin, encoders)
            self.begun.set()
            log.info("questions are matched by meaning", extra={"entries": len(self._matcher)})
            while True:
                await self._changed.wait()
                self._changed.clear()
                await asyncio.to_thread(self._matcher.read)
                await asyncio.to_thread(self._inner.read)
        except Exception as fault:  # what was read stays; what is new is found by its words
            self.begun.set()
            log.error("the FAQ is not read any more until the next start", extra={"error": type(fault).__name__}, exc_info=fault)

    def consider(self, question: str, language: str) -> None:
        """Read a question, so that `ask` need not; some milliseconds, for a thread of its own."""
        self._matcher.prepare(question, language)
        if len(self._inner):
            self._inner.prepare(question, language)
        self.meant(question)
        self._likes.consider()

    def ask(self, question: str, language: str) -> Verdict:
        """Answer, suggest or hand over. Raises Unread when the question must be considered first."""
        self._keep_to_day()
        try:
            return self.deciding(self._matcher, question, language, encode=False)
        except NotRead as fault:
            raise Unread(question, language) from fault

    @property
    def today(self) -> date:
        """The day where the desk is."""
        return self._today()

    @property
    def deciding(self) -> Deciding:
        """How it is decided at this moment."""
        return Deciding(self.limits, self.precedents, self._marked)

    def copied(self) -> Matcher:
        """A matcher that knows the same and may be changed: for rehearsals, in a thread of their own."""
        return self._matcher.copy()

    def for_agents(self, question: str, language: str) -> Sequence[Match]:
        """The internal entries that fit, best first. Raises Unread as `ask` does."""
        self._keep_to_day()
        try:
            return self._inner.rank(question, language, encode=False) if len(self._inner) else ()
        except NotRead as fault:
            raise Unread(question, language) from fault

    def meant(self, question: str) -> Floats | None:
        """What the question means, as a vector; None while words decide alone. Some milliseconds, for a thread of its own."""
        return self._matcher.vector(question)

    def meanings(self, questions: Sequence[str]) -> Floats | None:
        """What each question means, a row each, as `meant` says."""
        return self._matcher.vectors(questions)

    def alike(self, question: str, others: Sequence[str]) -> list[bool]:
        """Which of the others ask for the same, as far as one can tell. Raises Unread."""
        found = self._likes.alike(question, others, self.scale)
        if found is None and not self._matcher.reads_meaning:
            self._likes.consider()  # words alone are read at once
            found = self._likes.alike(question, others, self.scale)
        if found is None:
            raise Unread(question, self._languages[0])
        return found

    def owners(self, phrasing: str, internal: bool = False) -> frozenset[str]:
        """The entries that are asked by these very words now. What two are asked by, none can answer. internal: among those for agents alone."""
        self._keep_to_day()
        return (self._inner if internal else self._matcher).owners(phrasing)

    def put_outside(self, mark: int, text: str) -> bool:
        """An admin said that this question is not for the FAQ: from the next one on it is handed over. mark: the id of Outside. Was it news?"""
        if mark in self._outside:
            return False
        self._outside[mark] = normalise(text)
        self._marked[self._outside[mark]] += 1
        self._matcher.put_outside(mark, text)
        self._changed.set()
        return True

    def drop_outside(self, mark: int) -> bool:
        """They took it back. Was it known?"""
        text = self._outside.pop(mark, None)
        if text is None:
            return False
        self._marked -= Counter([text])  # keeps only what is still marked by another
        self._matcher.drop_outside(mark)
        self._changed.set()
        return True

    def near(self, entry: str, text: str) -> float:
        """How near a text is to the nearest phrasing of an entry: 1 says the same, from kb.phrasing.SAME on it adds nothing, 0 nothing is shared."""
        known = self._entries.get(entry)
        return max((likeness(way, text) for of in known.texts for way in (of.question, *of.phrasings)), default=0.0) if known else 0.0

    def language_of(self, text: str, hint: str | None) -> str:
        """The language of a message: by its words, else the hint, else the desk's first."""
        known = hint if hint in self._languages else None
        return detect(text, known, self._languages) or known or self._languages[0]

    def entry(self, entry: str) -> Entry | None:
        """By its id, retired or not."""
        return self._entries.get(entry)

    def entries(self) -> list[Entry]:
        """All that answer requesters now, by id."""
        today = self._today()
        return sorted((e for e in self._entries.values() if e.answers(today)), key=lambda e: e.id)

    def answering(self, entry: str) -> Entry | None:
        """The entry, if a requester may be answered with it now."""
        known = self._entries.get(entry)
        return known if known is not None and known.answers(self._today()) else None

    def put(self, entry: Entry) -> None:
        """From the next question on it is so. A retired entry answers nothing."""
        self._entries[entry.id] = entry
        if entry.valid_until is not None:
            self._ending.add(entry.id)
        else:
            self._ending.discard(entry.id)
        self._place(entry, self._today())

    def _place(self, entry: Entry, day: date) -> None:
        """Where it answers on that day, and nowhere else."""
        if entry.answers(day):
            self._matcher.put(entry)
        else:
            self._matcher.remove(entry.id)
        if entry.answers_agents(day):
            self._inner.put(entry)
        elif len(self._inner):
            self._inner.remove(entry.id)
        self._changed.set()

    def _keep_to_day(self) -> None:
        """When the day has changed since the last question: what is over is taken out, whichever way the clock was set."""
        if not self._ending or (today := self._today()) == self._day:
            return
        for name in self._ending:
            entry = self._entries[name]
            if entry.is_over(today) != entry.is_over(self._day):
                self._place(entry, today)
        self._day = today

    def by_tag(self, tag: str) -> Entry | None:
        """The entry whose button this is; see `tag`."""
        return next((e for e in self._entries.values() if entry_tag(e.id) == tag), None)


def entry_tag(entry: str) -> str:
    """Ten hexadecimal digits that stand for an entry in a button: a platform's buttons hold 64 bytes, an id may be longer."""
    return hashlib.sha256(entry.encode()).hexdigest()[:10]
