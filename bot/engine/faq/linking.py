"""Somebody says, after the fact, which entry answers a ticket's question."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import tickets
from bot.domain.messages import Choice, Outbound, Part, Say, Small, Words
from bot.domain.tickets import Ticket
from bot.engine.curation import curation
from bot.engine.faq import learning, outcomes, review
from bot.engine.faq.unanswered import question_of
from bot.engine.rights import asker, may
from bot.engine.tickets import cards
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from kb.entries import Entry

NAMED = 60  # characters of an entry's question in a sentence: some channels show two hundred in all


async def link(turn: Turn, ticket: Ticket, word: str) -> None:
    """Link the ticket to an entry; without a word ask which. The caller has checked the person's right to it. word: an entry's tag, or its id.

    An admin's link is published at once: they have seen the question as it will be known. An agent's becomes a proposal.
    """
    t = await turn.tongue_for(turn.person.id)
    if not word:
        await _ask(turn, t, ticket)
        return
    named = curation.entry_named(turn, word)
    entry = await curation.as_it_is(turn, named.id) if named else None
    if entry is None or entry.retired:
        raise MoveRefused("no_longer")
    linked, fact = tickets.link_entry(ticket, entry.id, turn.person.id, turn.now)
    linked = await turn.save(linked) if linked != ticket else ticket
    await turn.record(fact)
    await outcomes.resolved(turn, linked, entry.id)
    await learning.propose(turn, linked, entry.id)
    if linked.is_with_humans:
        await cards.show(turn, linked)
    await _close_question(turn, linked, entry)
    said: list[Part] = [Say(_linked(t, linked, entry))]
    mine = next((p for p in await turn.tx.proposals_from(ticket.id) if p.state == "waiting" and p.entry == entry.id), None)
    if may(asker(turn), "learn-yes"):
        said += await learning.publish(turn, t, mine, entry, mine.text) if mine else []
        await learning.show_asked(turn, t, said)
        return
    if mine is not None:
        said.append(Small(t.say("An admin will decide whether the question becomes a way to ask it.")))
    await turn.answer(*said)


def _linked(t: Tongue, ticket: Ticket, entry: Entry) -> str:
    return t.say("{number} is linked to “{entry}”.", number=ticket.id, entry=shortened(entry.text_for(t.language).question))


def shortened(question: str) -> str:
    """An entry's question as it stands in a sentence."""
    return question if len(question) <= NAMED else f"{question[:NAMED]}…"


# ------------------------------------------------------------------------------------------------------------ which one
async def _ask(turn: Turn, t: Tongue, ticket: Ticket) -> None:
    """In the thread of the card when it was pressed there: not everybody in a team has a private chat with the bot."""
    found = review.to_link(turn.knowledge, ticket.question, ticket.language, [offer.entry for offer in ticket.offers])
    tier = turn.desk.tier_at(getattr(turn.event.what, "place", ""))
    if tier is not None and tier.level == ticket.tier:
        t = turn.team_tongue
        await _in_thread(turn, ticket, [_line(t, found)], review.link_choices(ticket.id, found, t.language))
        await turn.answer()
        return
    shown = question_of(ticket)
    await turn.answer(*([Words(shown, ticket.id)] if shown else []), _line(t, found), choices=review.link_choices(ticket.id, found, t.language))


def _line(t: Tongue, found: Sequence[Entry]) -> Say:
    return Say(t.say("Which entry answers it?") if found else t.say("Nothing in the FAQ fits these words."))


async def _in_thread(turn: Turn, ticket: Ticket, parts: Sequence[Part], choices: Sequence[Choice] = (), *, only_if_there: bool = False) -> None:
    """One line in the thread of the card, changed in place."""
    tier, key = turn.desk.tier(ticket.tier), f"link:{ticket.id}"
    there = {place for place in (tier.places if tier else ()) if await turn.tx.parcel(f"{key}@{place}") is not None}
    for place in there:
        await turn.change(f"{key}@{place}", place, Outbound(tuple(parts), tuple(choices)), ticket.id, f"{place}#{ticket.id}")
    if not there and not only_if_there:
        await turn.tell_team(ticket, tier, parts, choices, key=key)


async def _close_question(turn: Turn, ticket: Ticket, entry: Entry) -> None:
    await _in_thread(turn, ticket, [Small(_linked(turn.team_tongue, ticket, entry))], only_if_there=True)
