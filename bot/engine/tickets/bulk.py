"""One act on many tickets: each with its own check of rights and its own line about what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.messages import Facts, Part, Title
from bot.engine import replies
from bot.engine.act import Given
from bot.engine.acts import ACTS
from bot.engine.rights import asker, permit
from bot.engine.tickets import kinship
from bot.engine.turn import Turn
from bot.errors import MoveRefused

VERBS = ("take", "release", "assign", "tag", "priority", "watch", "note", "resolve", "close", "merge", "duplicate", "kind", "problem")
MOST = 50  # tickets at a time: all of them are one transaction
TO_OTHER = ("merge", "duplicate", "problem")  # typed, the last number is the ticket that the others go to


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be done to which. values: as a form of the act has them."""

    verb: str
    numbers: tuple[str, ...]
    words: str = ""
    values: Mapping[str, str] | None = None


def typed(turn: Turn, line: str) -> Wanted:
    """ "take 41 42 43", "tag 41 42 vpn", "merge 41 42 into 43", "resolve 41 42 It was the cable." Raises MoveRefused."""
    verb, _, rest = line.strip().partition(" ")
    words = rest.replace(",", " ").split()
    count = next((place for place, word in enumerate(words) if not _is_number(word)), len(words))
    numbers, more = [kinship.number_of(turn, word) for word in words[:count]], words[count:]
    verb = verb.casefold()
    if verb in TO_OTHER:
        named = more[1:] if more and more[0].casefold() in ("into", "of") else more
        other = named[0] if named else numbers.pop() if len(numbers) > 1 else ""
        return _checked(Wanted(verb, tuple(numbers), other))
    after = rest.split(None, count)[count].strip() if more else ""  # as it was typed, commas and all
    return _checked(Wanted(verb, tuple(numbers), after))


def posted(turn: Turn, values: Mapping[str, str]) -> Wanted:
    """A page's form: "act", "tickets" (a number a line) and what the act's own form would have. Raises MoveRefused."""
    numbers = tuple(kinship.number_of(turn, line) for line in values.get("tickets", "").split() if line.strip())
    rest = {name: value for name, value in values.items() if name not in ("act", "tickets")}
    return _checked(Wanted(values.get("act", ""), numbers, rest.get("words", "").strip(), rest))


def _checked(wanted: Wanted) -> Wanted:
    if wanted.verb not in VERBS:
        raise MoveRefused("no_bulk", verbs=", ".join(VERBS))
    if not wanted.numbers:
        raise MoveRefused("which_ticket")
    if len(wanted.numbers) > MOST:
        raise MoveRefused("too_many", most=str(MOST))
    if wanted.verb == "problem" and not _is_number(wanted.words):
        raise MoveRefused("which_ticket")  # many new problems are never meant
    if ACTS[wanted.verb].needs_words and not wanted.words:
        raise MoveRefused("no_words")
    return wanted


async def run(turn: Turn, wanted: Wanted) -> None:
    """All that may be done is done; what may not is told, a line a ticket."""
    permit(asker(turn), "bulk")
    numbers = tuple(dict.fromkeys(wanted.numbers))
    with turn.unanswered():
        lines = [(number, await _one(turn, wanted, number)) for number in numbers]
    t = await turn.tongue_for(turn.person.id)
    done = sum(not problem for _, problem in lines)
    parts: list[Part] = [Title(t.say("{done} of {all} done", done=done, all=len(lines)))]
    parts.append(Facts(tuple((number, problem or t.say("done")) for number, problem in lines)))
    await turn.answer(*parts)


async def _one(turn: Turn, wanted: Wanted, number: str) -> str:
    """Why not; "" when it was done."""
    ticket = await turn.tx.ticket(number)
    try:
        permit(asker(turn), wanted.verb, ticket)
        if ticket is None:
            raise MoveRefused("no_such_ticket", other=number[:24])
        await ACTS[wanted.verb].run(turn, ticket, Given(wanted.words, wanted.words, wanted.values or {}))
    except MoveRefused as refused:
        if ticket is not None:
            await turn.deny(ticket.id, wanted.verb, refused.reason)
        return await _why(turn, refused, number)
    return ""


async def _why(turn: Turn, refused: MoveRefused, number: str) -> str:
    owner = refused.details.get("owner", "")
    is_mine = refused.reason == "already_claimed" and owner == turn.person.id
    told = MoveRefused("yours_already") if is_mine else refused
    details = {"owner": await turn.name_of(owner)} if owner and not is_mine else {}  # type: ignore[arg-type]
    return replies.refusal(await turn.tongue_for(turn.person.id), told, refused.details.get("number", "") or number, **details)[0].text


def _is_number(word: str) -> bool:
    digits = word.lstrip("#").rpartition("-")[2]
    return digits.isascii() and digits.isdigit() and len(digits) < 12


def lines_of(numbers: Sequence[str]) -> str:
    """The value of "tickets" in a page's form."""
    return "\n".join(numbers)
