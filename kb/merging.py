"""Two changes of one entry become one: what each changed since they parted is kept, and what both changed is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from kb.entries import Entry, Text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Merged:
    """entry: both together. conflicts: what both changed, and not to the same, as `fields` names it: `mine` stands there."""

    entry: Entry
    conflicts: tuple[str, ...]


def fields(entry: Entry | None) -> dict[str, str]:
    """All that an entry says, by name: "en · answer", "tags"; what it does not say is "". Lists are a line each, tags are joined by commas."""
    if entry is None:
        return {}
    found: dict[str, str] = {}
    for text in entry.texts:
        found |= {f"{text.lang} · question": text.question, f"{text.lang} · phrasings": "\n".join(text.phrasings), f"{text.lang} · answer": text.answer}
    return found | {
        "tags": ", ".join(entry.tags),
        "audience": entry.audience,
        "valid until": entry.valid_until.isoformat() if entry.valid_until else "",
        "review on": entry.review_on.isoformat() if entry.review_on else "",
        "finds": "\n".join(entry.finds),
        "avoids": "\n".join(entry.avoids),
        "retired": "✓" if entry.retired else "",
    }


def differing(was: Entry | None, now: Entry) -> list[str]:
    """The names of the fields in which two versions differ, in their order."""
    before, after = fields(was), fields(now)
    return [name for name in {**before, **after} if before.get(name, "") != after.get(name, "")]


def merged(base: Entry | None, mine: Entry, theirs: Entry) -> Merged:
    """Both changes of `base` (None: there was no entry) as one. Lists are joined value by value, so only single texts and days can conflict."""
    conflicts: list[str] = []

    def one(name: str, was: T, my: T, their: T) -> T:
        if my != their and my != was and their != was:
            conflicts.append(name)
        return their if my == was else my

    def text(lang: str) -> Text | None:
        was, my, their = _text(base, lang), _text(mine, lang), _text(theirs, lang)
        if my is None or their is None:  # one side has no text in this language
            return one(lang, was, my, their)
        old = was or Text(lang, "", "")
        return Text(
            lang,
            one(f"{lang} · question", old.question, my.question, their.question),
            one(f"{lang} · answer", old.answer, my.answer, their.answer),
            _joined(old.phrasings, my.phrasings, their.phrasings),
        )

    languages = dict.fromkeys(of.lang for of in (*theirs.texts, *mine.texts))
    old = base or Entry(mine.id, ())
    entry = replace(
        mine,
        texts=tuple(found for lang in languages if (found := text(lang)) is not None),
        tags=_joined(old.tags, mine.tags, theirs.tags),
        retired=one("retired", old.retired, mine.retired, theirs.retired),
        audience=one("audience", old.audience, mine.audience, theirs.audience),
        valid_until=one("valid until", old.valid_until, mine.valid_until, theirs.valid_until),
        review_on=one("review on", old.review_on, mine.review_on, theirs.review_on),
        finds=_joined(old.finds, mine.finds, theirs.finds),
        avoids=_joined(old.avoids, mine.avoids, theirs.avoids),
    )
    return Merged(entry, tuple(conflicts))


def _text(entry: Entry | None, lang: str) -> Text | None:
    return next((text for text in entry.texts if text.lang == lang), None) if entry is not None else None


def _joined(was: Iterable[str], mine: Iterable[str], theirs: Iterable[str]) -> tuple[str, ...]:
    """Theirs, without what I took out, and with what I added."""
    was, mine = set(was), list(mine)
    taken = was - set(mine)
    return tuple(dict.fromkeys([*(value for value in theirs if value not in taken), *(value for value in mine if value not in was)]))
