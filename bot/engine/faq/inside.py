"""What agents alone know about a question: internal entries, shown on the card when a person gets it."""

from __future__ import annotations

from bot.domain.messages import Choice
from bot.domain.tickets import Offer, Ticket
from bot.engine.faq.knowledge import entry_tag
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn

SHOWN = 3
NEAR = 15.0  # score from which an entry is worth a line on the card; below it shares no more than everyday words


def offers(turn: Turn, ticket: Ticket) -> tuple[Offer, ...]:
    """The internal entries that fit the ticket's question and are not on it yet. Raises Unread."""
    known, found = {offer.entry for offer in ticket.offers}, []
    for match in turn.knowledge.for_agents(ticket.question, ticket.language):
        entry = turn.knowledge.entry(match.entry_id)
        if entry is not None and match.score >= NEAR and match.entry_id not in known:
            question = entry.text_for(match.lang).question
            found.append(Offer(match.entry_id, match.lang, question, match.score, match.phrasing, "unlike", why=tuple(match.reasons), internal=True))
    return tuple(found[:SHOWN])


def rows(t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """What the card says of them."""
    found = [f"{offer.question[:80]} ({offer.score:.0f}/100)" for offer in ticket.offers if offer.internal]
    return [(t.say("For agents"), "\n".join(found))] if found else []


def choices(ticket: Ticket) -> list[Choice]:
    """A button for each that shows it to whoever presses."""
    return [Choice(offer.question, f"faq-show:{entry_tag(offer.entry)}", more=True) for offer in ticket.offers if offer.internal]
