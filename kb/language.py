"""How likely each of our languages is for a short text.

Naive Bayes over known words (by rank in the list, Zipf) and, for the others, character trigrams counted on the same lists, with and without
accents because people leave them out. The tables are made from kb/words when first asked for; the evidence of a word is kept, so that a text takes
about 0.01 ms, and 0.02 ms more for every word that was not seen before.
"""
from __future__ import annotations

from collections.abc import Container, Sequence
from functools import cache, lru_cache
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from kb.lexicon import LANGUAGES, ranks, words
from kb.text import MAX_CHARS, clean, fold, tokens

_CELLS = 1 << 15  # trigram codes are hashed into this many cells
_READ_TOKENS = 40  # words looked at; more change nothing
_KEPT_LETTERS = 40  # evidence of longer words is not kept
_NOTHING = (0.0,) * len(LANGUAGES)
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


def _evidence(word: str, folded: str) -> tuple[float, ...]:
    """log-likelihood of one word in each language, up to a constant."""
    places = [ranks(lang).get(folded) for lang in LANGUAGES]
    if all(place is None for place in places):
        found = [0.6 * value for value in _spelt(word)]
    else:
        found = [-log(20_000 if place is None else place + 10) for place in places]
        if word != folded:  # an accent that was typed says more than the folded word
            found = [value + 0.4 * more for value, more in zip(found, _spelt(word), strict=True)]
    least = max(found) - _WORD_LIMIT
    return tuple(max(value, least) for value in found)


def _spelt(word: str) -> list[float]:
    """log-likelihood of the word's trigrams in each language."""
    found: list[float] = _trigrams().take(_codes(f" {word} "), axis=0).sum(axis=0).tolist()
    return found


def prepare() -> None:
    """Make the tables now (about 100 ms, once), so that no question waits for them."""
    _trigrams()
    for lang in LANGUAGES:
        ranks(lang)


def probabilities(text: str, names: Container[str] = ()) -> dict[str, float]:
    """Language -> probability, summing to 1; all equal when the text says nothing (empty, numbers, emoji, other scripts).

    names: folded words that are the same in all languages and say nothing.
    """
    raw = clean(text).casefold()[:MAX_CHARS]
    heard = list[tuple[float, ...]]()
    for word in raw.replace("'", " ").replace("’", " ").split()[: 2 * _READ_TOKENS]:
        if names and all(part in names for part in tokens(word)):
            continue
        heard.extend(_heard(word) if len(word) <= _KEPT_LETTERS else _heard.__wrapped__(word))
        if len(heard) >= _READ_TOKENS:
            break
    total = [sum(each) for each in zip(_NOTHING, *heard[:_READ_TOKENS], strict=True)]
    if "¿" in raw or "¡" in raw:
        total[LANGUAGES.index("es")] += _WORD_LIMIT
    top = max(total)
    odds = [exp(value - top) for value in total]
    whole = sum(odds)
    return {lang: value / whole for lang, value in zip(LANGUAGES, odds, strict=True)}


@lru_cache(maxsize=10_000)
def _heard(word: str) -> tuple[tuple[float, ...], ...]:
    """The evidence of what stands between two spaces: mostly one word; none when it has no Latin letters."""
    folded = tokens(word)
    plain = "".join(folded)
    if len(folded) == 1 and plain.isascii() and plain.isalpha():
        return (_evidence(word.strip(".,;:!?¿¡()[]\"«»…*_~`"), plain),)
    return tuple(_evidence(part, part) for part in folded if part.isascii() and part.isalpha())


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
