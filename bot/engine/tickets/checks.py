"""Before a reply goes out: is it an answer the requester refused, a secret, a link that works only inside? Then its author is asked once."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.disclosures import disclosed
from bot.domain.events import ReplyQuestioned
from bot.domain.messages import Attachment, Choice, Edited, Part, Said, Say, Title, Words
from bot.domain.tickets import Ticket
from bot.engine.tickets import mentions, unsent
from bot.engine.tickets.unsent import Unsent
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from kb.entries import Entry
from kb.phrasing import pieces
from kb.text import normalise

ALIKE = 0.8  # of a refused answer's three-letter pieces, how many must stand in a reply for it to be that answer
SHORTEST = 20  # characters of an answer that can be told from everyday words


def doubts(turn: Turn, ticket: Ticket, words: str) -> tuple[str, ...]:
    """Why its author should look again: "refused:<entry>", "unknown_entry:<name>", "secret", "link"; () when nothing speaks against it."""
    mentioned, unknown = mentions.named(turn.knowledge, words)
    refused = [f"refused:{entry}" for entry in _refused(turn, ticket, words, {entry.id for entry in mentioned})]
    return (*refused, *(f"unknown_entry:{name}" for name in unknown), *disclosed(words, turn.desk.internal_hosts))


def _refused(turn: Turn, ticket: Ticket, words: str, mentioned: set[str]) -> list[str]:
    """The entries that the requester refused and that these words would give them again."""
    found = []
    theirs = pieces(words)
    for offer in ticket.offers:
        entry = turn.knowledge.entry(offer.entry) if offer.outcome == "refused" else None
        if entry is not None and (entry.id in mentioned or any(_is_same(text.answer, words, theirs) for text in entry.texts)):
            found.append(entry.id)
    return list(dict.fromkeys(found))


def _is_same(answer: str, words: str, theirs: frozenset[str]) -> bool:
    plain = normalise(answer)
    if len(plain) < SHORTEST:
        return bool(plain) and plain == normalise(words)
    ours = pieces(answer)
    return len(ours & theirs) >= ALIKE * len(ours)


async def asks_first(
    turn: Turn, ticket: Ticket, words: str, attachments: Sequence[Attachment] = (), *, source: str = "", place: str = "", verb: str = "reply"
) -> bool:
    """When something speaks against these words: keep them, ask whoever wrote them, and give True. verb: as Unsent.verb."""
    why = doubts(turn, ticket, words)
    if not why:
        return False
    kept = Unsent(words, turn.person.id, turn.now, ticket.tier, None, why, tuple(attachments), source, place, verb)
    which = await unsent.keep(turn.tx, ticket.id, kept)
    await turn.record(ReplyQuestioned(ticket=ticket.id, by=turn.person.id, at=turn.now, doubts=tuple(one.partition(":")[0] for one in why)))
    await ask(turn, ticket, which, kept)
    return True


async def ask(turn: Turn, ticket: Ticket, which: str, kept: Unsent) -> None:
    """Ask about one that is kept: its author alone where that can be, else in the thread of the card, where they wrote it."""
    in_thread = is_in_thread(turn)
    t = turn.team_tongue if in_thread else await turn.tongue_for(turn.person.id)
    parts: list[Part] = [Title(ticket.id, "warning"), Say(t.say("Not sent yet"))]
    parts += [Say(told(t, doubt, turn.knowledge.entry(doubt.partition(":")[2]))) for doubt in kept.doubts]
    if not kept.source:
        parts.append(Words(kept.words))
    is_moment = any(doubt.startswith("when_") for doubt in kept.doubts)
    again = "later" if is_moment and not in_thread else "rewrite"
    label = t.say("Send now") if is_moment else t.say("Send anyway")
    choices = [Choice(label, f"anyway:{ticket.id}:{which}"), Choice(t.say("Change"), f"{again}:{ticket.id}:{which}", "primary")]
    if in_thread:
        await turn.tell_team(ticket, turn.desk.tier(ticket.tier), parts, choices, key=unsent.line_key(ticket.id, which))
        await turn.answer()
    else:
        await turn.answer(*parts, choices=choices)


def is_in_thread(turn: Turn) -> bool:
    """Does this happen in a team's place where nothing can be shown to one person alone?"""
    if isinstance(turn.event.what, Edited):
        return True  # of a message in it
    tier = turn.desk.tier_at(getattr(turn.event.what, "place", ""))
    channel = turn.crew.channels.get(turn.event.channel)
    return tier is not None and (isinstance(turn.event.what, Said) or (channel is not None and not channel.can.forms))


def told(t: Tongue, doubt: str, entry: Entry | None) -> str:
    """A doubt as its author reads it. entry: the one it names, if there is one."""
    kind, _, which = doubt.partition(":")
    question = entry.text_for(t.language).question if entry else which
    match kind:
        case "refused":
            return t.say("The requester has refused this answer already: “{question}”.", question=question)
        case "fresh":
            return t.say("“{question}” was published meanwhile and answers this.", question=question)
        case "unknown_entry":
            return t.say("There is no entry “{name}” in the FAQ.", name=which)
        case "when_unclear":
            return t.say("When it shall go out is not clear: write “2h”, “tomorrow 9:00”, “mon 14:30” or “2026-12-31 09:00”.")
        case "when_past":
            return t.say("The time at which it shall go out is past.")
        case "when_far":
            return t.say("It cannot wait for more than a year.")
        case "secret":
            return t.say("It looks as if it held a password or a key.")
        case _:
            return t.say("It holds a link that seems to work only inside.")
