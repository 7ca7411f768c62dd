"""What an entry would say, as far as a ticket's thread tells: the requester's question, other ways they put it, and what helped. No person is left in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.ids import PersonId
from bot.domain.removal import KINDS, Cleared, Removed, cleared
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.faq.unanswered import is_question
from bot.engine.tongue import N_, Tongue, tongue
from kb.entries import MAX_QUESTION
from kb.phrasing import cleaned, fit, introduced, is_everyday, likeness

SHORTEST_NAME = 3  # letters of a part of a name that is taken out alone
LONGEST = 2500  # characters of an answer that is prefilled; Slack's input takes 3000 UTF-16 units
WAYS = 5  # further ways to ask
SAME = 0.9  # likeness from which two say the same
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
MARKS: dict[Removed, str] = {
    "card": N_("card number"),
    "iban": N_("account number"),
    "secret": N_("password"),
    "national_id": N_("identity number"),
    "phone": N_("phone number"),
    "email": N_("email address"),
    "health": N_("health"),
    "name": N_("name"),
    "number": N_("number"),
}
Names = Callable[[Sequence[PersonId]], Awaitable[Mapping[PersonId, str]]]


class Talks(Protocol):
    """Whoever can tell what was said: a transaction or a reader."""

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """removed: how often what was taken out of question and answer."""

    question: str
    phrasings: tuple[str, ...] = ()
    answer: str = ""
    removed: Mapping[Removed, int] = field(default_factory=dict)

    def told_removed(self, t: Tongue) -> str:
        """ "email address, 2 × name", or ""."""
        shown = [(t.say(MARKS[kind]), self.removed[kind]) for kind in KINDS if self.removed.get(kind)]
        return ", ".join(f"{count} × {word}" if count > 1 else word for word, count in shown)


async def told(talks: Talks, ticket: Ticket, names: Names) -> Told:
    """From the question, the agents' replies that went out, and what they wrote down as the solution."""
    whole = await talks.talk(ticket.id, internal=True)
    talk = [one for one in whole if one.kind != "note" and one.text and not one.deleted and one.delivery not in ("taken_back", "failed")]
    people = await names(sorted({ticket.requester, *([ticket.assignee] if ticket.assignee else []), *ticket.watchers, *(one.author for one in whole)}))
    own = [name for text in (ticket.question, *(one.text for one in talk)) for name in introduced(text)]
    t, known = tongue(ticket.language), _with_parts([*people.values(), *own])
    asked = without_people(t, ticket.question if is_question(ticket) else "", known)
    answer = without_people(t, _answer(ticket, talk), known)
    question = _shortened(cleaned(asked.text))
    question = question[:1].upper() + question[1:]
    return Told(question, _ways(ticket, talk, known), _as_input(answer.text), Counter((*asked.removed, *answer.removed)))


def of_message(t: Tongue, words: str) -> Told:
    """The same of one message: short it is the question, else the answer."""
    found = without_people(t, words)
    text, counted = found.text.strip(), Counter(found.removed)
    is_asked = len(text) <= MAX_QUESTION and (text.endswith("?") or "\n" not in text)
    return Told(" ".join(text.split()), removed=counted) if is_asked else Told("", answer=_as_input(text), removed=counted)


def without_people(t: Tongue, words: str, names: Sequence[str] = ()) -> Cleared:
    """Without personal matter and these names; each leaves a mark in that language."""
    return cleared(words, names, lambda kind: f"[…{t.say(MARKS[kind])}…]")


def _as_input(text: str) -> str:
    """As much as a form takes: what is longer is a log, and no answer."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _with_parts(names: Iterable[str]) -> list[str]:
    """Whole names before their parts; a part that is an everyday word may be one where it stands."""
    whole = [name.strip() for name in names if len(name.strip()) >= SHORTEST_NAME]
    parts = [part for name in whole for part in name.split() if len(part) >= SHORTEST_NAME and part[0].isupper() and not is_everyday(part)]
    return sorted(dict.fromkeys([*whole, *parts]), key=len, reverse=True)


def _answer(ticket: Ticket, talk: Sequence[TicketMessage]) -> str:
    """The solution, then what the agents wrote to the requester; what says the same once."""
    said: list[str] = []
    for text in (ticket.solution, *(one.text for one in talk if one.kind == "reply")):
        if text.strip() and all(likeness(text, before) < SAME for before in said):
            said.append(text.strip())
    return "\n\n".join(said)


def _shortened(question: str) -> str:
    """As long as a question may be: up to its first question mark, else its beginning."""
    if len(question) <= MAX_QUESTION:
        return question
    first, mark, _ = question.partition("?")
    return first + mark if mark and len(first) < MAX_QUESTION else f"{question[: MAX_QUESTION - 1].rsplit(' ', 1)[0]}…"


def _ways(ticket: Ticket, talk: Sequence[TicketMessage], names: Sequence[str]) -> tuple[str, ...]:
    """The question as it was asked, whatever becomes of it above, and whatever else they asked: the sentences in which nothing personal stands."""
    found: list[str] = []
    for text in (ticket.question, *(one.text for one in talk if one.direction == "in" and one.kind == "detail" and "?" in one.text)):
        way = fit(" ".join(sentence for sentence in _SENTENCE.split(text) if not cleared(sentence, names, str).removed))
        if way and all(likeness(way, before) < SAME for before in found):
            found.append(way)
    return tuple(found[:WAYS])
