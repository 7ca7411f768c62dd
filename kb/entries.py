"""Entry, Match, and what makes an entry sound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Literal
from urllib.parse import unquote

from kb.lexicon import LANGUAGES
from kb.text import normalise

MAX_QUESTION = 300  # characters; a longer one does not fit a button's tooltip, a list or a modal's title line
MAX_ANSWER = 20_000  # characters; channels send longer texts in parts, but this is no answer any more
MAX_PHRASINGS = 500
MAX_TESTS = 200  # questions that an entry must be found for, or must not

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_LINK = re.compile(
    r"\]\(\s*(?:<([^<>\n]{1,2000})>|([^\s<>)]{1,2000}))"  # [text](target)
    r"|<([a-z][a-z0-9+.-]{1,20}:[^\s<>]{1,2000})>"  # <target>
    r"|^ {0,3}\[[^\]\n]{1,200}\]:\s*<?([^\s<>]{1,2000})",
    re.I | re.M,
)  # [label]: target
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.I)
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")
_ALLOWED_SCHEMES = frozenset({"http", "https", "mailto"})

Audience = Literal["public", "desk", "internal"]
AUDIENCES: tuple[Audience, ...] = ("public", "desk", "internal")
"""From everybody to few."""


@dataclass(frozen=True, slots=True)
class Text:
    """An entry in one language: the question, other ways to ask it, and the answer in Markdown."""

    lang: str
    question: str
    answer: str
    phrasings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with its answer, in one or more languages, one text a language, their order kept.

    audience: desk = answers whoever asks, but stands on no page that is open to all; internal = shown to agents alone, and answers no requester.
    valid_until: the last day on which it answers. review_on: the day on which somebody should look at it again. finds, avoids: its own tests: questions
    that must be answered with it, and such that must not.
    """

    id: str
    texts: tuple[Text, ...]
    tags: tuple[str, ...] = ()
    retired: bool = False
    audience: Audience = "public"
    valid_until: date | None = None
    review_on: date | None = None
    finds: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()

    def text_for(self, lang: str | None, fallback: Sequence[str] = ("en",)) -> Text:
        """The text in that language, else in the first fallback there is, else the first. ValueError when the entry has no text."""
        for wanted in (lang, *fallback):
            for text in self.texts:
                if text.lang == wanted:
                    return text
        if not self.texts:
            raise ValueError(f"entry {self.id} has no text")
        return self.texts[0]

    def is_over(self, today: date) -> bool:
        """Is its last day past? Then it answers nobody."""
        return self.valid_until is not None and today > self.valid_until

    def answers(self, today: date) -> bool:
        """May a requester be answered with it on that day?"""
        return not self.retired and self.audience != "internal" and not self.is_over(today)

    def is_open_to_all(self, today: date) -> bool:
        """May anybody read it on that day, who asks nothing and is not known?"""
        return self.audience == "public" and self.answers(today)

    def answers_agents(self, today: date) -> bool:
        """Is it one that agents alone are shown on that day?"""
        return not self.retired and self.audience == "internal" and not self.is_over(today)


@dataclass(frozen=True, slots=True)
class Match:
    """An entry with a score.

    score: 0..100, the share of such matches that were right when the weights were made; 100 is a known phrasing word for word.
    lang, phrasing: the text that matched. known: word for word or nearly, so that it needs no evidence to be answered.
    reasons: readable, for agents and curators: which words, which repaired, which signals.
    """

    entry_id: str
    score: float
    lang: str
    phrasing: str
    reasons: Sequence[str] = ()
    known: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where. line: 1-based, 0 for the whole file. warning: worth a look, but no fault."""

    file: str
    line: int
    what: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {'warning: ' if self.warning else ''}{self.what}"


def problems(entry: Entry) -> list[str]:
    """Everything that makes the entry unsound, as sentences; empty when it is sound."""
    found = []
    if not _ID.match(entry.id):
        found.append(f"the id {entry.id[:80]!r} is not 1 to 64 letters, digits, dots, dashes or underscores")
    if not entry.texts:
        found.append("it has no text in any language")
    seen: set[str] = set()
    for text in entry.texts:
        if text.lang in seen:
            found.append(f"there are two texts in {text.lang}")
        seen.add(text.lang)
        found.extend(f"{text.lang}: {what}" for what in _text_problems(text))
    found.extend(_test_problems(entry))
    return found


def _test_problems(entry: Entry) -> Iterable[str]:
    for name, questions in (("finds", entry.finds), ("avoids", entry.avoids)):
        if len(questions) > MAX_TESTS:
            yield f"{name} has {len(questions)} questions, more than {MAX_TESTS}"
        for question in questions:
            if not question.strip():
                yield f"{name} has an empty question"
            elif len(question) > MAX_QUESTION:
                yield f"{name} has a question of {len(question)} characters, more than {MAX_QUESTION}: {question[:40]!r}…"
            elif _is_unstorable(question):
                yield f"{name} holds NUL or half of a surrogate pair, which no database stores"
    for question in entry.finds:
        if question in entry.avoids:
            yield f"{question[:80]!r} is in finds and in avoids: it cannot be both"


def _text_problems(text: Text) -> Iterable[str]:
    if text.lang not in LANGUAGES:
        yield f"unknown language (known: {', '.join(LANGUAGES)})"
    if not text.question.strip():
        yield "the question is empty"
    if len(text.question) > MAX_QUESTION:
        yield f"the question has {len(text.question)} characters, more than {MAX_QUESTION}"
    if not text.answer.strip():
        yield "the answer is empty"
    if len(text.answer) > MAX_ANSWER:
        yield f"the answer has {len(text.answer)} characters, more than {MAX_ANSWER}"
    if len(text.phrasings) > MAX_PHRASINGS:
        yield f"{len(text.phrasings)} phrasings, more than {MAX_PHRASINGS}"
    for phrasing in text.phrasings:
        if not phrasing.strip():
            yield "a phrasing is empty"
        elif len(phrasing) > MAX_QUESTION:
            yield f"a phrasing has {len(phrasing)} characters, more than {MAX_QUESTION}: {phrasing[:40]!r}…"
    if text.question.strip() and not any(normalise(way) for way in (text.question, *text.phrasings)):
        yield "neither question nor phrasings have a word that could be matched"
    for part in (text.question, text.answer, *text.phrasings):
        if _is_unstorable(part):
            yield "it holds NUL or half of a surrogate pair, which no database stores"
            break
    for target in bad_links(text.answer):
        yield f"the link {target[:80]!r} is not http, https or mailto"


def _is_unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= c <= "\udfff" for c in text)


def bad_links(markdown: str) -> list[str]:
    """Targets of Markdown links whose scheme could run or hide something (javascript:, data:, file:, …); relative ones are fine."""
    found = []
    for parts in _LINK.findall(markdown):
        target = next(part for part in parts if part)
        scheme = _SCHEME.match(_HIDDEN.sub("", _unescape(target)))
        if scheme and scheme.group(1).lower() not in _ALLOWED_SCHEMES:
            found.append(target)
    return found


def _unescape(target: str) -> str:
    """The target as a browser would read it: HTML references and percent signs of a scheme in disguise."""
    return unquote(unescape(target))


def check(entries: Iterable[Entry], languages: Sequence[str] = ()) -> list[Problem]:
    """What is unsound in each entry and between entries, with the entry's id as the place.

    languages: those every entry should have; a missing one is a warning.
    """
    found: list[Problem] = []
    ways: dict[tuple[str, str], str] = {}
    ids: set[str] = set()
    for entry in entries:
        found.extend(Problem(entry.id, 0, what) for what in problems(entry))
        if entry.id in ids:
            found.append(Problem(entry.id, 0, "there are two entries with this id"))
        ids.add(entry.id)
        if entry.retired:
            continue
        missing = [lang for lang in languages if all(text.lang != lang for text in entry.texts)]
        if missing:
            found.append(Problem(entry.id, 0, f"no text in {', '.join(missing)}", warning=True))
        for text in entry.texts:
            for way in dict.fromkeys((text.question, *text.phrasings)):
                key = (text.lang, normalise(way))
                owner = ways.setdefault(key, entry.id)
                if owner != entry.id and key[1]:
                    found.append(Problem(entry.id, 0, f"{text.lang}: {way!r} is a phrasing of {owner}, too: nobody asking so can be answered"))
    return found
