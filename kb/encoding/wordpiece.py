"""Text to the piece numbers of BERT's uncased English vocabulary: 30,522 words and parts of words.

Gives the numbers that Hugging Face's tokenizers gives with the settings of all-MiniLM-L6-v2, but for two things: a mark of the vocabulary that
somebody types, as "[SEP]", is text like any other; and some 500 signs of rare scripts are what a newer Unicode says they are.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice

UNKNOWN, BEGIN, END = "[UNK]", "[CLS]", "[SEP]"
LONGEST_WORD = 100  # letters; a longer one is unknown as a whole, as in BERT
LONGEST_KEPT = 32  # letters; a longer "word" is a link: not worth remembering
WORDS_KEPT = 8192  # words; about 2 MB
WITHIN = "##"  # stands in the vocabulary before a part that does not begin a word
PLAIN = re.compile(r"[a-z0-9]+|[^a-z0-9 ]")  # words and signs of lower-case ASCII
IDEOGRAPHS = re.compile(
    "([\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f\U0002b740-\U0002b81f\U0002b920-\U0002ceaf"
    "\U0002f800-\U0002fa1f])"
)


class Wordpiece:
    """The vocabulary, and how a text is cut into it. Any thread may call it."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        """vocabulary: the pieces by number."""
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown, self._begin, self._end = (self._numbers[mark] for mark in (UNKNOWN, BEGIN, END))
        self._kept = lru_cache(WORDS_KEPT)(self._cut)

    def of(self, text: str, limit: int) -> list[int]:
        """The numbers of the text's pieces between the marks of begin and end, no more than `limit` with them; empty when none is known."""
        pieces = chain.from_iterable((self._kept if len(word) <= LONGEST_KEPT else self._cut)(word) for word in _words(text))
        found = list(islice(pieces, limit - 2))
        if all(piece == self._unknown for piece in found):
            return []
        return [self._begin, *found, self._end]

    def _cut(self, word: str) -> tuple[int, ...]:
        """The longest piece that the word begins with, then of the rest, and so on; unknown as a whole when that gets stuck."""
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        numbers = self._numbers
        found: list[int] = []
        start, size = 0, len(word)
        while start < size:
            before = WITHIN if start else ""
            for end in range(size, start, -1):
                number = numbers.get(before + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(found)


def _words(text: str) -> Iterator[str]:
    """Words and single signs: lower case, without accents and invisible signs."""
    if text.isascii() and text.isprintable():
        return iter(PLAIN.findall(text.lower()))
    visible = "".join(" " if sign in "\t\n\r" else sign for sign in text if sign in "\t\n\r" or _is_visible(sign))
    apart = IDEOGRAPHS.sub(r" \1 ", visible)
    bare = "".join(sign for sign in unicodedata.normalize("NFD", apart) if unicodedata.category(sign) != "Mn")
    lower = "".join(map(str.lower, bare))  # sign by sign: a final sigma is a sigma
    return chain.from_iterable(_parts(word) for word in lower.split())


def _is_visible(sign: str) -> bool:
    """A sign newer than this Python's tables (Cn) may be an emoji: as unknown as every emoji is, but there."""
    return unicodedata.category(sign) not in ("Cc", "Cf", "Co", "Cs") and sign != "\ufffd"


def _parts(word: str) -> list[str]:
    """The word cut before and after each punctuation sign."""
    parts: list[str] = []
    start = 0
    for at, sign in enumerate(word):
        if _is_punctuation(sign):
            parts += [word[start:at], sign] if at > start else [sign]
            start = at + 1
    return [*parts, word[start:]] if start < len(word) else parts


def _is_punctuation(sign: str) -> bool:
    """As BERT has it: all of ASCII but letters and digits, of the rest what Unicode calls so."""
    return "!" <= sign <= "~" and not sign.isalnum() if sign.isascii() else unicodedata.category(sign)[0] == "P"
