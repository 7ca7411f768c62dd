"""What somebody's questions taught the FAQ, and entries without it. An entry stays; better one that is found a little less than their words in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from typing import Any

from bot.store import codec
from bot.store.person import Theirs, alike
from bot.store.session import Session
from bot.store.tables import entry_versions
from bot.store.verbatim import Place, Verbatim

PAGE = 500  # versions read at a time
_LISTS = ("phrasings", "finds", "avoids")  # in which an entry keeps other ways to ask

_VERSIONS = Verbatim(entry_versions)
_ENTRY, _AT = (_VERSIONS.columns.index(name) for name in ("entry", "at"))


async def taught(session: Session, theirs: Theirs) -> frozenset[str]:
    """As `alike` has them: what was taken over from their tickets, and what they asked that no entry had said before."""
    asked = {text: codec.to_micros(at) for text, at in theirs.asked.items()}
    place: Place | None = None
    while asked and (rows := await _VERSIONS.page(session, place, PAGE)):
        place = _VERSIONS.place(rows[-1])
        for row in rows:
            for text in _said(json.loads(row[_ENTRY])):
                if row[_AT] < asked.get(alike(text), 0):
                    del asked[alike(text)]
    return theirs.phrasings | frozenset(asked)


def without(entry: str, phrasings: Set[str]) -> tuple[str, bool]:
    """An entry, as JSON text, without these; and is one of them its own question? That one stays: what an entry is called is the desk's to say."""
    value = json.loads(entry)
    if not any(alike(text) in phrasings for text in _said(value)):
        return entry, False
    is_called_so = any(alike(text["question"]) in phrasings for text in value["texts"])
    for holder in (value, *value["texts"]):
        for name in _LISTS:
            if name in holder:
                holder[name] = [text for text in holder[name] if alike(text) not in phrasings]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")), is_called_so


def _said(entry: dict[str, Any]) -> Iterator[str]:
    for holder in (entry, *entry["texts"]):
        for name in _LISTS:
            yield from holder.get(name, ())
    yield from (text["question"] for text in entry["texts"])
