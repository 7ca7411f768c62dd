"""Choices where nothing can be pressed (mail, text messages): a numbered list, and what is typed is taken for the press it means.

Where a question waits for words, a number may be its answer: what stands beside it (Back, Cancel) is then chosen by its words alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.messages import Choice, Outbound, Part, Say, Small
from bot.engine.kept import Kept
from bot.engine.tongue import Tongue

LONGEST = 80  # characters: more is no choice but a message
_NUMBER = re.compile(r"\D?(\d{1,2})\D?")  # "1", "1.", "(1", "#1"
_BESIDE = re.compile(r"fill:[0-9a-f]+:\d+:[a-z]")  # what stands beside a question that waits for words: bot.engine.interview


@dataclass(frozen=True, slots=True)
class Offered:
    """What could be chosen last in a conversation: label and action, in the order of their numbers; and what is chosen by its words alone.

    taken: actions that were chosen since.
    """

    numbered: tuple[tuple[str, str], ...]
    named: tuple[tuple[str, str], ...] = ()
    taken: tuple[str, ...] = ()


OFFERED: Kept[Offered] = Kept("numbered", Offered)


def offered(choices: Sequence[Choice]) -> Offered:
    """What can be chosen; a choice that opens an address is none."""
    known = [(choice.label, choice.action) for choice in choices if not choice.link]
    beside = [one for one in known if _BESIDE.fullmatch(one[1])]
    return Offered(tuple(one for one in known if one not in beside), tuple(beside))


def spelt(t: Tongue, message: Outbound, *, is_letter: bool = False) -> Outbound:
    """The message with its choices in words. is_letter: whoever answers may write more than the number."""
    there = offered(message.choices)
    links = [f"{choice.label}: {choice.link}" for choice in message.choices if choice.link]
    parts: list[Part] = [Say("\n".join(links))] if links else []
    if there.numbered:
        parts.append(Say("\n".join(f"{n}. {label}" for n, (label, _) in enumerate(there.numbered, 1))))
        parts.append(Small(t.say("Answer with the number.")))
        if is_letter and any(action.startswith("rate:") for _, action in there.numbered):
            parts.append(Small(t.say("You may write a comment under it.")))
    if there.named:
        parts.append(Small(t.say("Or write: {words}", words=", ".join(label for label, _ in there.named))))
    return replace(message, parts=(*message.parts, *parts), choices=())


def meant(there: Offered, typed: str) -> str:
    """The action that these words choose, "" for none."""
    words = typed.strip()
    if len(words) > LONGEST:
        return ""
    number = _NUMBER.fullmatch(words)
    if number is not None and 1 <= int(number[1]) <= len(there.numbered):
        return there.numbered[int(number[1]) - 1][1]
    bare = _bare(words)
    return next((action for label, action in (*there.numbered, *there.named) if bare and _bare(label) == bare), "")


def _bare(label: str) -> str:
    """The letters and digits alone, case aside: people leave out signs."""
    return "".join(c for c in label.casefold() if c.isalnum())
