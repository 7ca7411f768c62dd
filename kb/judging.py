"""From what words and meaning found of a question to matches: which entries, how sure, and why."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kb.entries import Match
from kb.lexical import Found
from kb.meaning import Meant
from kb.reasons import Reasons, by_words
from kb.weighing import SHOWN, Regime, Seen, order, sure

KNOWN = 100.0
NEARLY = 99.5  # score of a phrasing that is nearly known
# Nearly known: what the two share (kb.signals). Of the public sets' questions that reach this 99 % are that entry's.
NEARLY_ALIKE, NEARLY_ORDER, NEARLY_GAP = 0.97, 0.93, 0.02
MEANT = "meaning: "  # begins a reason of what an encoder read
Owner = tuple[str, str, str]  # entry, language, the phrasing as written


def judged(meant: Meant, regime: Regime, lexical: Mapping[str, Found], limit: int, told: tuple[str, ...]) -> list[Match]:
    """The entries in order, as sure as the reading makes them. lexical: what words found, by entry; told: reasons that hold for all."""
    if not meant.entries:
        return []
    what = seen(meant, lexical)
    strengths = order(what, regime)
    places = (-strengths).argsort(kind="stable")[:max(limit, SHOWN)]
    shares = sure(what, regime, strengths, places)
    return [_by_meaning(meant, place, share, lexical, told) for place, share in zip(places[:limit].tolist(), shares.tolist(), strict=False)]


def seen(meant: Meant, lexical: Mapping[str, Found]) -> Seen:
    """What is meant, and what words are shared."""
    facts = np.zeros((3, len(meant.entries)), np.float32)
    facts[1] = 1.0  # nothing of the question is there
    for place, name in enumerate(meant.entries):
        if name in lexical:
            item = lexical[name]
            facts[:, place] = -item.weakness, item.signals.gap, item.signals.owned
    return Seen(meant.spread, {**meant.near, "words": facts[0], "gap": facts[1], "owned": facts[2]}, meant.usual, meant.usual_english)


def _by_meaning(meant: Meant, place: int, share: float, lexical: Mapping[str, Found], told: tuple[str, ...]) -> Match:
    name, row = meant.entries[place], meant.rows[place]
    near, item = {key: float(values[place]) for key, values in meant.near.items()}, lexical.get(name)
    usual = float(meant.usual[place])
    return Match(name, 99.0 * share, row.lang, row.text, Reasons(lambda: told, lambda: _meant(near, usual), lambda: _shared(item)))


def _meant(near: Mapping[str, float], usual: float) -> list[str]:
    found = [f"{MEANT}{round(100 * near['near'])} %", f"usual for this entry: {round(100 * usual)} %"]
    if "english near" in near:
        found.append(f"meaning in English: {round(100 * near['english near'])} %")
    return found


def _shared(item: Found | None) -> tuple[str, ...]:
    return by_words(item.unit, item.terms, item.shelf.speller.words, item.signals.asked) if item is not None else ()


def nearly(found: Sequence[Found]) -> Found | None:
    """The one entry that has this phrasing but for a slip or an ending."""
    close = [item for item in found if item.signals.alike >= NEARLY_ALIKE and item.signals.order >= NEARLY_ORDER and item.signals.gap <= NEARLY_GAP]
    return close[0] if len(close) == 1 else None


def known_nearly(item: Found) -> Match:
    """The match of an entry that has this phrasing, nearly."""
    reasons = Reasons(lambda: ("a known phrasing, nearly",), lambda: _shared(item))
    return Match(item.entry_id, NEARLY, item.lang, item.unit.phrasings[item.signals.best], reasons, True)


def word_for_word(owners: tuple[Owner, ...], lang: str | None, limit: int) -> list[Match]:
    """A match for each entry that has this very phrasing, those in the language first."""
    found: dict[str, Match] = {}
    for entry_id, text_lang, phrasing in sorted(owners, key=lambda owner: owner[1] != lang):
        found.setdefault(entry_id, Match(entry_id, KNOWN, text_lang, phrasing, ("a known phrasing, word for word",), True))
    return list(found.values())[:limit]


def alone(item: Found, score: float) -> Match:
    """A match by words alone."""
    return Match(item.entry_id, score, item.lang, item.unit.phrasings[item.signals.best], Reasons(lambda: _shared(item)))
