"""Text made comparable: one spelling for the same words, whatever was typed.

Every step is linear in a capped length, so no message can make it slow.
"""
from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 4000  # characters read of one message; more is never a question, and NFKC of hostile text grows with it
MAX_TOKENS = 400  # words kept of one message; a FAQ question has about ten

_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "’": "'", "‘": "'", "`": "'", "´": "'"})
# Each pattern has one unbounded run over one class that the rest cannot match: no backtracking worth the name.
_URL = re.compile(r"(?:https?://|www\.)\S+")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_MARKUP = re.compile(r"<[@#!][^<>\s]{1,80}>")  # a mention as Slack writes it
_ENGLISH_TAIL = re.compile(r"'(?=(?:t|s|m|d|re|ve|ll)\b)")  # can't = cant, what's = whats: both are typed
_LONG_NUMBER = re.compile(r"\b\w{0,4}\d{5,}\w{0,20}\b")  # order and ticket numbers say nothing about what is asked
_FIVE_DIGITS = re.compile(r"\d{5}")  # without them the slower pattern above finds nothing
_SHORT_HYPHEN = re.compile(r"\b([^\W\d_]{1,2})-(?=[^\W\d_])")  # wi-fi = wifi, e-mail = email
_WORD = re.compile(r"[^\W_]+")


def clean(text: str) -> str:
    """The text without what no store or library can hold: NUL and lone surrogates become a space; capped at MAX_CHARS."""
    text = text[:MAX_CHARS]
    if text.isascii():
        return text.replace("\0", " ")
    return "".join(" " if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def fold(text: str) -> str:
    """Lower case without accents, compatibility forms made plain: `Contraseña` -> `contrasena`. Not capped: give it capped text."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def tokens(text: str) -> list[str]:
    """The words of a message, folded, in order, at most MAX_TOKENS; links, addresses, mentions and long numbers are left out."""
    text = fold(clean(text))[:MAX_CHARS]
    if "://" in text or "www." in text:
        text = _URL.sub(" ", text)
    if "@" in text:
        text = _MAIL.sub(" ", _MARKUP.sub(" ", text))
    if "'" in text:
        text = _ENGLISH_TAIL.sub("", text)
    if "-" in text:
        text = _SHORT_HYPHEN.sub(r"\1", text)
    if _FIVE_DIGITS.search(text):
        text = _LONG_NUMBER.sub(" ", text)
    return _WORD.findall(text)[:MAX_TOKENS]


def normalise(text: str) -> str:
    """The words joined by one space: equal for two texts that differ only in case, accents, punctuation or numbers of orders."""
    return " ".join(tokens(text))
