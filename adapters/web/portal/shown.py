"""Entries as the portal shows them: one language each, at an address that stays. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from adapters.markdown import to_html
from kb.entries import Entry, Text

AREA = "/kb"
DESCRIBED = 160  # characters of an answer that search engines show
_ADDRESS = re.compile(rf"{AREA}/[a-z]{{2}}(?=/|\Z|\?)")
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry in one language. languages: those of the desk in which there is one, in the desk's order."""

    entry: Entry
    text: Text
    languages: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where it is read in this language."""
        return address(self.entry.id, self.text.lang)

    @property
    def topic(self) -> str:
        """What it is listed under."""
        return self.entry.tags[0] if self.entry.tags else ""

    @property
    def internal(self) -> bool:
        """Is it for agents alone?"""
        return self.entry.audience == "internal"

    @property
    def description(self) -> str:
        """The beginning of its answer, in one line."""
        plain = to_html(self.text.answer).striptags()
        return plain if len(plain) <= DESCRIBED else f"{plain[: DESCRIBED - 1].rstrip()}…"


def address(entry: str, language: str) -> str:
    """Where an entry is read."""
    return f"{AREA}/{language}/{quote(entry, safe='')}"


def in_language(path: str, language: str) -> str:
    """The same page of the knowledge base in another language; any other path as it is."""
    return _ADDRESS.sub(f"{AREA}/{language}", path, count=1)


def of(entry: Entry, language: str, languages: Sequence[str]) -> Shown | None:
    """The entry in that language; None when it is not written in it."""
    text = next((text for text in entry.texts if text.lang == language), None)
    known = {text.lang for text in entry.texts}
    return Shown(entry, text, tuple(one for one in languages if one in known)) if text is not None else None


def topics(counted: Mapping[str, int], first: int, chosen: str) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Each topic with how many entries it has: those with the most, and the chosen one, to be seen at once; and the others. By name."""
    at_once = {name for name, _ in Counter(counted).most_common(first)} | {chosen}
    by_name = sorted(counted.items())
    return [one for one in by_name if one[0] in at_once], [one for one in by_name if one[0] not in at_once]


def found_by_words(every: Iterable[Shown], words: str) -> list[Shown]:
    """Those that hold every word; first those whose question does."""
    wanted = words.casefold().split()
    if not wanted:
        return []

    def holds(text: str) -> bool:
        known = text.casefold()
        return all(word in known for word in wanted)

    asked = {one.entry.id: holds(" ".join((one.text.question, *one.text.phrasings, *one.entry.tags))) for one in every}
    return sorted((one for one in every if asked[one.entry.id] or holds(one.text.answer)), key=lambda one: not asked[one.entry.id])


def structured(shown: Shown, url: str) -> Markup:
    """The entry for search engines, as JSON-LD that stands in a script element: nothing in it ends the element, whatever was written."""
    answer = {"@type": "Answer", "text": str(to_html(shown.text.answer)).strip(), "inLanguage": shown.text.lang}
    question = {"@type": "Question", "name": shown.text.question, "acceptedAnswer": answer}
    page: Mapping[str, object] = {
        "@context": "https://schema.org", "@type": "FAQPage", "inLanguage": shown.text.lang, "url": url, "mainEntity": [question],
    }  # fmt: skip
    text = json.dumps(page, ensure_ascii=False)
    return Markup("".join(_UNSAFE.get(sign, sign) for sign in text))
