"""Outbound to text messages: short pieces in plain words, counted as networks count them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adapters import plain
from bot.domain.messages import Choice, Outbound, Part, Say, Words

SEGMENTS = 6  # of one message: longer ones are allowed (1600 characters), but get lost more often, and nobody reads them
GSM_UNITS, WIDE_UNITS = 153, 67  # characters of a segment that is one of several: 7 bits each, or 16 (GSM 03.40, concatenated)
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€")  # take two
PLAINER = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "·": "-", "•": "-", "★": "*", "\u00a0": " ", "\u202f": " ", "\t": " "}
)


def fit(message: Outbound) -> Sequence[Outbound]:
    """The message in pieces of SEGMENTS at most, numbered when there are several; then a piece for each file. Nothing is lost."""
    listed = _listed(message.choices)
    text = plain.text_of(_in_short(message.parts))
    most = most_of(text + listed)
    if not message.attachments and len(text) + len(listed) <= most:
        return [message]
    bare = replace(message, parts=_in_short(message.parts), choices=message.choices)
    return plain.fit(bare, most - len(listed))


def body(message: Outbound) -> str:
    """What is sent of one piece that is no file."""
    return plainer(plain.text_of(_in_short(message.parts)) + _listed(message.choices))


def most_of(text: str) -> int:
    """Characters that a piece of this text may have."""
    plain_text = plainer(text)
    if is_gsm(plain_text):
        units, doubles = SEGMENTS * GSM_UNITS, sum(character in GSM_DOUBLE for character in plain_text)
        doubles += len(plain_text) - len(text)  # "…" becomes three
    else:
        units, doubles = SEGMENTS * WIDE_UNITS, sum(character > "\uffff" for character in text)
    return max(units // 3, units - doubles)


def is_gsm(text: str) -> bool:
    """Can it be sent in the small alphabet, of which more than twice as much goes into a message?"""
    return all(character in GSM or character in GSM_DOUBLE for character in text)


def plainer(text: str) -> str:
    """With typewriter's quotes and dashes, where these alone would make it cost more than twice as much."""
    typed = text.translate(PLAINER)
    return typed if is_gsm(typed) else text


def _in_short(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Who writes stands in front of their words: on a telephone ">" at each line only takes room."""
    shown = [part for part in parts if not isinstance(part, Words) or part.text.strip()]
    return tuple(Say(f"{part.author}:\n{part.text}") if isinstance(part, Words) and part.author else part for part in shown)


def _listed(choices: Sequence[Choice]) -> str:
    """Choices that came with a message: the core writes them out itself."""
    lines = "\n".join(f"{n}. {choice.label}{f': {choice.link}' if choice.link else ''}" for n, choice in enumerate(choices, 1))
    return f"\n\n{lines}" if lines else ""
