"""A word that no list knows, taken apart into words that one does: "Klangeditor" into "Klang Editor", "remezcla" into "mezcla".

Sentence encoders know the parts and seldom the whole, of which they read the end alone. German writes nouns together as it needs them; in Spanish,
Portuguese, French and Italian "re-" says of any verb that it is done again. What it is worth: docs/decisions/0009-matching-by-meaning.md
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

SHORTEST = 3  # letters of a part
LONG, USUAL = 4, 2_000  # letters from which any known word may be a part; a shorter one is among so many: of rare ones nearly every word could be made
LONGEST = 40  # letters of a word; what is longer is none
MOST = 3  # parts
LINKS = {"de": ("", "s", "es", "n", "en")}  # between parts, in languages that write words together
AGAIN = dict.fromkeys(("es", "pt", "fr", "it"), "re")
Rank = Callable[[str], int | None]  # of a folded word among the known ones, 0 the most frequent; None of one that is not known


def apart(typed: str, folded: str, lang: str, rank: Rank) -> str | None:
    """The words in a word that is not known, as they were typed; None where it has none. folded: the same as rank knows it."""
    again, parts = AGAIN.get(lang, ""), list[tuple[int, int]]()
    if again and folded.startswith(again):
        parts = [(len(again), len(folded))] if len(folded) - len(again) >= LONG and rank(folded[len(again) :]) is not None else []
    elif lang in LINKS and len(folded) <= LONGEST:
        parts = _parts(folded, LINKS[lang], rank)
    word = typed if len(typed) == len(folded) else folded  # "ß" folds to two letters
    return " ".join(word[start:end] for start, end in parts) or None


def _parts(word: str, links: tuple[str, ...], rank: Rank) -> list[tuple[int, int]]:
    """Where the parts begin and end, without what links them: as few as can be, and then those that cost least."""
    ways: dict[int, _Way] = {0: _Way(0, 0, ())}  # by where they end
    for end in range(SHORTEST, len(word) + 1):
        for start in [one for one in ways if one <= end - SHORTEST and len(ways[one].parts) < MOST]:
            for link in links:
                stop = end - len(link)
                if word[start:end].endswith(link) and (not link or end < len(word)) and (cost := _cost(word[start:stop], link, rank)) is not None:
                    way = _Way(len(ways[start].parts) + 1, max(ways[start].cost, cost), (*ways[start].parts, (start, stop)))
                    ways[end] = min(ways.get(end, way), way)
    whole = ways.get(len(word))
    return list(whole.parts) if whole is not None and whole.many > 1 else []


class _Way(NamedTuple):
    """How the beginning of a word can be taken apart. cost: that of the costliest part."""

    many: int
    cost: int
    parts: tuple[tuple[int, int], ...]


def _cost(part: str, link: str, rank: Rank) -> int | None:
    """The rarer, the dearer; letters that only link are paid for, too. None: it is no part."""
    place = rank(part) if len(part) >= SHORTEST else None
    return None if place is None or (len(part) < LONG and place >= USUAL) else (place + 1) * (1 + len(link))
