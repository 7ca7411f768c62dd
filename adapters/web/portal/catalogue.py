"""The entries as readers see them, put in order once after each change: a list of ten thousand costs each page next to nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from xml.sax.saxutils import escape

from adapters.web.portal import shown
from adapters.web.portal.shown import AREA, Shown
from bot.engine.curation.shelf import Shelf
from bot.engine.faq.knowledge import entry_tag
from kb.entries import Entry

Reader = Literal["anybody", "known", "agent"]
MOST_MAPPED = 50_000  # addresses of one map; sitemaps.org


@dataclass(frozen=True, slots=True)
class Listed:
    """What one kind of reader sees in one language. rows: by topic and question. by_tag: by what a button calls an entry. topics: how many have each."""

    rows: tuple[Shown, ...]
    by_id: Mapping[str, Shown]
    by_tag: Mapping[str, Shown]
    by_topic: Mapping[str, Sequence[Shown]]
    topics: Mapping[str, int]


def readable(reader: Reader, day: date) -> Callable[[Entry], bool]:
    """What is for everybody; who is known also reads what answers whoever asks; an agent also what agents alone are shown."""
    match reader:
        case "anybody":
            return lambda entry: entry.is_open_to_all(day)
        case "known":
            return lambda entry: entry.answers(day)
        case "agent":
            return lambda entry: entry.answers(day) or entry.answers_agents(day)


class Catalogue:
    """Made anew when an entry or the day has changed."""

    def __init__(self, shelf: Shelf, languages: Sequence[str]) -> None:
        self._shelf, self._languages = shelf, languages
        self._known: Mapping[str, Entry] = {}
        self._day = date.min
        self._lists: dict[tuple[Reader, str], Listed] = {}
        self._map: tuple[str, str] = ("", "")

    async def listed(self, reader: Reader, language: str, day: date) -> Listed:
        """What this reader sees in that language. Raises StoreError."""
        known = await self._look(day)
        if (reader, language) not in self._lists:
            made = await asyncio.to_thread(_listed, list(known.values()), readable(reader, day), language, self._languages)
            if known is not self._known:  # it has changed meanwhile, and what was made is for this page alone
                return made
            self._lists[reader, language] = made
        return self._lists[reader, language]

    async def entry(self, entry: str) -> Entry | None:
        """By its id, whoever may read it. Raises StoreError."""
        return (await self._shelf.every()).get(entry)

    async def mapped(self, home: str, day: date) -> str:
        """The map of what everybody may read. home: where our pages are. Raises StoreError."""
        known = await self._look(day)
        if self._map[0] == home:
            return self._map[1]
        made = await asyncio.to_thread(_mapped, list(known.values()), readable("anybody", day), self._languages, home)
        if known is self._known:
            self._map = (home, made)
        return made

    async def _look(self, day: date) -> Mapping[str, Entry]:
        known = await self._shelf.every()
        if known is not self._known or day != self._day:
            self._known, self._day, self._map = known, day, ("", "")
            self._lists = {}
        return known


def _listed(entries: Iterable[Entry], is_readable: Callable[[Entry], bool], language: str, languages: Sequence[str]) -> Listed:
    found = (shown.of(entry, language, languages) for entry in entries if is_readable(entry))
    rows = sorted((one for one in found if one is not None), key=lambda one: (one.topic == "", one.topic.casefold(), one.text.question.casefold()))
    by_topic: dict[str, list[Shown]] = {}
    for one in rows:
        for tag in one.entry.tags:
            by_topic.setdefault(tag, []).append(one)
    by_id = {one.entry.id: one for one in rows}
    return Listed(tuple(rows), by_id, {entry_tag(id_): one for id_, one in by_id.items()}, by_topic, Counter({tag: len(of) for tag, of in by_topic.items()}))


def _mapped(entries: Iterable[Entry], is_readable: Callable[[Entry], bool], languages: Sequence[str], home: str) -> str:
    lines = [f"  <url><loc>{escape(f'{home}{AREA}/{language}')}</loc></url>" for language in languages]
    for entry in sorted((entry for entry in entries if is_readable(entry)), key=lambda entry: entry.id):
        known = {text.lang for text in entry.texts}
        where = {language: escape(home + shown.address(entry.id, language)) for language in languages if language in known}
        others = "".join(f'<xhtml:link rel="alternate" hreflang="{language}" href="{address}"/>' for language, address in where.items())
        lines += [f"  <url><loc>{address}</loc>{others}</url>" for address in where.values()]
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    body = "\n".join(lines[:MOST_MAPPED])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {names}>\n{body}\n</urlset>\n'
