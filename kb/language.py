"""How likely each of our languages is for a short text.

Naive Bayes over known words (by rank in the list, Zipf) and, for the others, character trigrams counted on the same lists, with and without
accents because people leave them out. The tables are made from kb/words when first asked for; a text takes 0.1 ms, with words seen before less.
"""
from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from kb.lexicon import LANGUAGES, ranks, words
from kb.text import MAX_CHARS, clean, fold, tokens

_CELLS = 1 << 15  # trigram codes are hashed into this many cells
_READ_TOKENS = 40  # words looked at; more change nothing
_WORD_LIMIT = 4.0  # nats one word may add at most for one language over another
_SURE = 0.6  # probability from which detect() speaks without a hint
_HINT = 3.0  # how many times likelier the hint makes its language


def _codes(padded: str) -> NDArray[np.int64]:
    """Hashed codes of all character trigrams."""
    chars = np.frombuffer(padded.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.int64)
    return ((chars[:-2] * 961 + chars[1:-1] * 31 + chars[2:]) * 40503 >> 3) % _CELLS


@cache
def _trigrams() -> NDArray[np.float32]:
    """log P(trigram | language), shape (_CELLS, languages)."""
    columns = []
    for lang in LANGUAGES:
        forms = [(form, rank) for rank, word in enumerate(words(lang)) for form in sorted({word, fold(word)})]
        line = " " + " ".join(form for form, _ in forms) + " "
        # flatter than Zipf: the unknown words to be judged are rare ones
        shares = np.repeat([(rank + 50) ** -0.5 for _, rank in forms], [len(form) + 1 for form, _ in forms])[: len(line) - 2]
        inside = np.array([c != " " for c in line[1:-1]])  # a trigram with a space in its middle lies across two words
        columns.append(np.bincount(_codes(line)[inside], weights=shares[inside], minlength=_CELLS) + 0.02)
    counts = np.stack(columns, axis=1)
    table: NDArray[np.float32] = np.log(counts / counts.sum(axis=0)).astype(np.float32)
    return table


@lru_cache(maxsize=20_000)
def _evidence(word: str, folded: str) -> NDArray[np.float64]:
    """log-likelihood of one word in each language, up to a constant. Not to be changed: it is kept."""
    places = [ranks(lang).get(folded) for lang in LANGUAGES]
    if all(place is None for place in places):
        found: NDArray[np.float64] = _trigrams()[_codes(f" {word} ")].sum(axis=0).astype(np.float64) * 0.6
    else:
        found = np.array([log(1 / (20000 if place is None else place + 10)) for place in places])
        if word != folded:  # an accent that was typed says more than the folded word
            found += 0.4 * _trigrams()[_codes(f" {word} ")].sum(axis=0)
    top: NDArray[np.float64] = np.maximum(found, found.max() - _WORD_LIMIT)
    return top


def prepare() -> None:
    """Make the tables now (about 100 ms, once), so that no question waits for them."""
    _trigrams()
    for lang in LANGUAGES:
        ranks(lang)


def probabilities(text: str) -> dict[str, float]:
    """Language -> probability, summing to 1; all equal when the text says nothing (empty, numbers, emoji, other scripts)."""
    total = np.zeros(len(LANGUAGES))
    raw = clean(text).casefold()[:MAX_CHARS]
    for word, folded in _with_accents(raw)[:_READ_TOKENS]:
        total += _evidence(word, folded)
    if "¿" in raw or "¡" in raw:
        total[LANGUAGES.index("es")] += _WORD_LIMIT
    total -= total.max()
    odds = np.exp(total)
    return dict(zip(LANGUAGES, (odds / odds.sum()).tolist(), strict=True))


def _with_accents(raw: str) -> list[tuple[str, str]]:
    """(word as typed, word folded), Latin letters only."""
    found = []
    for word in raw.replace("'", " ").replace("’", " ").split()[: 2 * _READ_TOKENS]:
        folded = tokens(word)
        plain = "".join(folded)
        if len(folded) == 1 and plain.isascii() and plain.isalpha():
            found.append((word.strip(".,;:!?¿¡()[]\"«»…*_~`"), plain))
        else:
            found.extend((part, part) for part in folded if part.isascii() and part.isalpha())
    return found


def detect(text: str, hint: str | None = None, allowed: Sequence[str] = LANGUAGES) -> str | None:
    """The language of the text among those allowed; the hint (the requester's own, the platform's) decides when the text does not.

    None when unsure and without a hint that is allowed. Languages outside the six can only be answered through the hint.
    """
    known = probabilities(text)
    odds = {lang: known[lang] * (_HINT if lang == hint else 1.0) for lang in allowed if lang in known}
    total = sum(odds.values())
    if total > 0:
        best = max(odds, key=lambda lang: odds[lang])
        if odds[best] / total >= _SURE:
            return best
    return hint if hint in allowed else None
