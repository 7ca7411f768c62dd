"""How common a word is in each language: the general knowledge beside a knowledge base's own words.

Source of the lists: kb/words/README.md.
"""
from __future__ import annotations

from functools import cache, lru_cache
from math import log
from pathlib import Path

from kb.text import fold

LANGUAGES = ("en", "es", "pt", "fr", "it", "de")

_WORDS = Path(__file__).with_name("words")
# Contractions as tokens() writes them; the lists, counted on split subtitles, lack them.
_CONTRACTED = {"en": "im ive id ill its whats hows wheres whos thats theres cant dont wont didnt doesnt isnt arent wasnt havent hasnt couldnt "
               "wouldnt shouldnt youre youve were theyre lets"}
_CHATTER = {  # polite wrapping, common in chat and rare in films
    "en": "hi hello hey please pls plz thanks thank team anyone somebody someone guys regards morning afternoon",
    "es": "hola buenas buenos gracias favor porfavor saludos alguien equipo tardes dias",
    "pt": "oi ola bom boa obrigado obrigada favor alguem equipe tarde dia gostaria",
    "fr": "bonjour bonsoir salut merci svp stp quelquun equipe aimerais voudrais",
    "it": "ciao salve buongiorno grazie favore qualcuno saluti vorrei buonasera",
    "de": "hallo moin bitte danke jemand team gruss grusse liebe guten tag morgen mochte"}

FREQUENT = 5_000  # words whose rank is known; the rest of the lists only tell what is a word
COMMON_RANK = 30  # up to this rank a word is grammar: it weighs least
RARE_RANK = 1500  # from this rank on a word counts in full
LEAST = 0.12  # weight of grammar beside a word with content; not 0, so that "when" and "how" may still decide between equals


@cache
def words(lang: str) -> tuple[str, ...]:
    """The language's most frequent words, most frequent first, with accents; empty for a language without a list."""
    return all_words(lang)[:FREQUENT]


def all_words(lang: str) -> tuple[str, ...]:
    """The whole list, for spelling; it is read anew each time, since whoever asks keeps what it needs."""
    path = _WORDS / f"{lang}.txt"
    return tuple(path.read_text(encoding="utf-8").split()) if path.is_file() else ()


@cache
def ranks(lang: str) -> dict[str, int]:
    """Folded word -> rank (0 is the most frequent)."""
    found: dict[str, int] = {}
    for rank, word in enumerate(words(lang)):
        found.setdefault(fold(word), rank)
    for extra, rank in ((_CONTRACTED, 20), (_CHATTER, 40)):
        for word in extra.get(lang, "").split():
            found[word] = min(rank, found.get(word, rank))
    return found


@lru_cache(maxsize=20_000)
def is_frequent(word: str) -> bool:
    """Whether the folded word is among the FREQUENT of any language."""
    return any(word in ranks(lang) for lang in LANGUAGES)


@lru_cache(maxsize=20_000)
def weight(word: str, lang: str) -> float:
    """What a word says about the subject, LEAST (grammar) to 1 (rare or unknown)."""
    rank = ranks(lang).get(word)
    if rank is None:
        return 1.0 if len(word) > 1 else LEAST
    if rank <= COMMON_RANK:
        return LEAST
    return min(1.0, LEAST + (1 - LEAST) * log(rank / COMMON_RANK) / log(RARE_RANK / COMMON_RANK))
