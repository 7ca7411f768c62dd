"""Messages for the ear: what is read aloud of them, and what can be chosen by a key. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters import plain
from bot.domain.desks import LANGUAGES
from bot.domain.messages import Article, Outbound, Part, Say, Small, Title, Words
from bot.engine.tongue import N_, Tongue, tongue
from kb.language import detect

LONGEST = 480  # characters of an article that are read: half a minute
_LIST = re.compile(r"(?:\d{1,2}\. [^\n]+\n?)+")
_OPTION = re.compile(r"(\d{1,2})\. ([^\n]+)")
_PIECE = re.compile(r"^\(\d+/\d+\) ")
_ADDRESS = re.compile(r"\s*\(?(?:https?://|mailto:)[^\s()]+\)?")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)
_SENTENCES = re.compile(r"(?<=[.!?…])\s+")


def _in_all(sentence: str) -> frozenset[str]:
    return frozenset(tongue(language).say(sentence) for language in LANGUAGES)


PRESSABLE = _in_all(N_("Answer with the number."))  # stands below what can be chosen, where choices are written out
SOLVED, NOT_IT, PERSON = (_in_all(label) for label in (N_("Yes, solved"), N_("Not what I need"), N_("Talk to a person")))
OF_A_RECEIPT = _in_all(N_("Cancel request"))  # whoever can cancel it has a request that people have


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something to be said in one language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What one turn of the desk is to the ear.

    choices: labels; the first is chosen by the key 1. number: of the ticket that is named, or "". is_receipt: people have that ticket now.
    is_answer: an entry is read.
    """

    lines: tuple[Sentence, ...]
    choices: tuple[str, ...] = ()
    number: str = ""
    is_receipt: bool = False
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class _Paragraph:
    part: Part
    text: str


def heard(pieces: Sequence[Outbound], language: str, prefix: str) -> Heard:
    """The pieces of one turn. Small print is not read, unless there is nothing else. prefix: of ticket numbers."""
    paragraphs = list(_paragraphs(pieces))
    number = re.compile(rf"\b{re.escape(prefix)}-\d+\b")
    small = re.compile(rf"{re.escape(prefix)}-\d+ · ")
    choices: tuple[str, ...] = ()
    lines: list[Sentence] = []
    left, named = LONGEST, ""
    for n, paragraph in enumerate(paragraphs):
        below = paragraphs[n + 1].text if n + 1 < len(paragraphs) else ""
        if below in PRESSABLE and _LIST.fullmatch(paragraph.text):
            choices = tuple(label.strip() for _, label in _OPTION.findall(paragraph.text))
        elif isinstance(paragraph.part, Small) or paragraph.text in PRESSABLE or small.match(paragraph.text):
            continue
        else:
            is_read = isinstance(paragraph.part, Article | Words)
            text = shortened(for_the_ear(paragraph.text), left) if is_read else for_the_ear(paragraph.text)
            left -= len(text) if is_read else 0
            named = named or next(iter(number.findall(text)), "")
            if text:
                lines.append(Sentence(_language(paragraph, language), number.sub(lambda found: spelt(found[0]), text)))
    if not lines and not choices:
        read = (for_the_ear(paragraph.text) for paragraph in paragraphs if paragraph.text not in PRESSABLE)
        lines = [Sentence(language, text) for text in read if text]
    is_receipt = bool(OF_A_RECEIPT & set(choices))
    is_answer = any(isinstance(paragraph.part, Article) for paragraph in paragraphs)
    return Heard(tuple(lines), () if is_receipt else choices, named, is_receipt, is_answer)


def _paragraphs(pieces: Iterable[Outbound]) -> Iterator[_Paragraph]:
    for piece in pieces:
        for part in piece.parts:
            for text in _PIECE.sub("", plain.text_of((part,))).split("\n\n"):
                if text.strip():
                    yield _Paragraph(part, text.strip())


def _language(paragraph: _Paragraph, language: str) -> str:
    """An entry may be there in another language than is spoken, and is read in its own."""
    return detect(paragraph.text, language) or language if isinstance(paragraph.part, Article) else language


def for_the_ear(text: str) -> str:
    """Without addresses, bullets and quoting signs; each line a sentence."""
    lines = [_BULLET.sub("", line.lstrip("> ")).strip() for line in _ADDRESS.sub("", text).split("\n")]
    return " ".join(line if line[-1] in ".!?…:;," else f"{line}." for line in lines if line)


def shortened(text: str, most: int) -> str:
    """As many whole sentences as fit; the first one in any case, while there is room at all."""
    if len(text) <= most or most <= 0:
        return text if most > 0 else ""
    kept = ""
    for sentence in _SENTENCES.split(text):
        if kept and len(kept) + len(sentence) >= most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept[:most] if len(kept) > 2 * most else kept


def is_for_eyes(piece: Outbound) -> bool:
    """Is it more than can be heard: a part of a long message, an address to open, or an answer that is read in short?"""
    text = plain.text_of(piece.parts)
    long = any(len(part.text) > LONGEST for part in piece.parts if isinstance(part, Article))
    return long or bool(_PIECE.match(text)) or any(_ADDRESS.search(plain.text_of((part,))) for part in piece.parts if isinstance(part, Article | Say | Title))


def spelt(number: str) -> str:
    """A ticket's number, sign by sign with a breath between: "I, T, 4, 1"."""
    return ", ".join(sign for sign in number if sign.isalnum())


def offers(t: Tongue, choices: Sequence[str]) -> list[str]:
    """What can be chosen, and by which key: a sentence each."""
    said = []
    for digit, label in enumerate(choices[:9], 1):
        if label in SOLVED:
            said.append(t.say("If that solved it, say yes or press {digit}.", digit=digit))
        elif label in NOT_IT:
            said.append(t.say("If not, say no or press {digit}.", digit=digit))
        elif label in PERSON:
            said.append(t.say("To speak to a person, press {digit}.", digit=0))
        else:
            said.append(t.say("For “{choice}”, press {digit}.", choice=label.strip(" ?¿.!¡"), digit=digit))
    return said
