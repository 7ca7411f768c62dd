"""What a form says about an entry: one language of it, and what holds for the whole. What a form leaves out stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, cast

from bot.errors import MoveRefused
from kb.entries import AUDIENCES, Audience, Entry, Text

FIELDS = ("question", "answer", "phrasings", "tags", "audience", "valid_until", "review_on", "finds", "avoids")
"""The names under which forms give them. phrasings, finds, avoids: one a line. tags: with commas. Days: 2026-12-31, or "" for none."""


def changed(entry: Entry, language: str, values: Mapping[str, str]) -> Entry:
    """The entry as a form wants it. Raises MoveRefused("no_day") for what is no day."""
    now = _whole(entry, values)
    if not {"question", "answer", "phrasings"} & set(values):
        return now
    old = next((text for text in entry.texts if text.lang == language), Text(language, "", ""))
    question = _line(values["question"]) if "question" in values else old.question
    ways = lines(values["phrasings"]) if "phrasings" in values else old.phrasings
    answer = values["answer"].strip() if "answer" in values else old.answer
    return with_text(now, Text(language, question, answer, tuple(way for way in ways if way != question)))


def _whole(entry: Entry, values: Mapping[str, str]) -> Entry:
    changes: dict[str, Any] = {}
    if "tags" in values:
        changes["tags"] = tags(values["tags"])
    if values.get("audience") in AUDIENCES:
        changes["audience"] = cast(Audience, values["audience"])
    for name in ("valid_until", "review_on"):
        if name in values:
            changes[name] = day(values[name])
    for name in ("finds", "avoids"):
        if name in values:
            changes[name] = lines(values[name])
    return replace(entry, **changes)


def with_text(entry: Entry, text: Text) -> Entry:
    """The entry with this text in place of the one in the same language, or added."""
    if any(known.lang == text.lang for known in entry.texts):
        return replace(entry, texts=tuple(text if known.lang == text.lang else known for known in entry.texts))
    return replace(entry, texts=(*entry.texts, text))


def without_text(entry: Entry, language: str) -> Entry:
    """The entry without that language."""
    return replace(entry, texts=tuple(text for text in entry.texts if text.lang != language))


def lines(text: str) -> tuple[str, ...]:
    """Each line that says something, once."""
    return tuple(dict.fromkeys(_line(line) for line in text.splitlines() if line.strip()))


def tags(text: str) -> tuple[str, ...]:
    """Each tag once, as it was typed: "network, vpn"."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def day(text: str) -> date | None:
    """A day as forms give it; None for nothing. Raises MoveRefused("no_day")."""
    wanted = text.strip()
    if not wanted:
        return None
    try:
        return date.fromisoformat(wanted) if re.fullmatch(r"\d{4}-\d\d-\d\d", wanted) else _no_day(wanted)
    except ValueError:
        return _no_day(wanted)


def _no_day(text: str) -> date:
    raise MoveRefused("no_day", day=text[:40])


def _line(text: str) -> str:
    return " ".join(text.split())
