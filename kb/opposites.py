"""Words that a prefix turns round: "advantages" and "disadvantages", "vantaggi" and "svantaggi", "Vorteile" and "Nachteile".

Such pairs lie near to each other for any encoder, since they stand in the same sentences; only their letters tell which one is meant.
"""
from __future__ import annotations

from collections.abc import Collection

_PREFIXES = {
    "en": ("dis", "un", "in", "im", "ir", "il", "de", "mis", "non"), "es": ("des", "in", "im", "ir", "no"), "pt": ("des", "in", "im", "ir"),
    "fr": ("des", "de", "dis", "in", "im", "ir", "mal", "non"), "it": ("s", "dis", "in", "im", "ir"), "de": ("un", "miss", "ent", "de", "nicht")}
_TURNED = {"de": (("nach", "vor"), ("aus", "ein"), ("ab", "an"), ("ent", "ver"))}  # one prefix in place of another
_SHORTEST = 4  # letters of what is left


def opposed(words: Collection[str]) -> dict[str, str]:
    """Of English words, those whose opposite by prefix is among them, and those opposites, each -> the one with the prefix."""
    found: dict[str, str] = {}
    for word in words:
        for stem in denied(word, "en"):
            if stem in words:
                found[stem] = found[word] = word
    return found


def denied(word: str, lang: str) -> list[str]:
    """What the folded word may be the opposite of, by its letters; many are no words."""
    bare = [word.removeprefix(prefix) for prefix in _PREFIXES.get(lang, ()) if word.startswith(prefix)]
    turned = [yes + word.removeprefix(no) for no, yes in _TURNED.get(lang, ()) if word.startswith(no)]
    return [stem for stem in (*bare, *turned) if len(stem) >= _SHORTEST]
