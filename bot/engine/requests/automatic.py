"""What a program wrote: filed where it belongs, shown to the team, and never answered; so two programs do not answer each other for ever."""

from __future__ import annotations

from bot.domain.messages import Part, Said, Small, Words
from bot.domain.tickets import Ticket
from bot.engine.people import senders
from bot.engine.requests import selfservice
from bot.engine.tickets import desk, kinship
from bot.engine.turn import Turn


async def wrote(turn: Turn, said: Said) -> None:
    """A note of the ticket it came about, which stays as it is; without one a request for people, of which its sender is told nothing."""
    ticket = await _about(turn, said)
    if ticket is None:
        opened = await selfservice.open_request(turn, said.text, source=said.message, attachments=said.attachments, own_words=False)
        await senders.heard(turn, opened, said, is_new=True)
        await desk.hand_over(turn, opened, "no_match", silently=True)
        return
    await turn.write_down(ticket, "in", "note", said.text, source=said.message, attachments=said.attachments)
    into = await kinship.current(turn.tx, ticket)
    if into.is_with_humans:
        name, t = await turn.name_of(turn.person.id), turn.team_tongue
        parts: list[Part] = [Small(t.say("Written by a program for {name}; nobody was answered:", name=name)), Words(said.text)]
        await turn.tell_team(into, turn.desk.tier(into.tier), parts, attachments=said.attachments)


async def _about(turn: Turn, said: Said) -> Ticket | None:
    """The ticket of what it answers, else the newest of its conversation."""
    link = await turn.tx.linked(said.reply_to) if said.reply_to else None
    named = await turn.tx.ticket(link.ticket) if link is not None and link.ticket else None
    is_here = named is not None and named.conversation == turn.event.conversation
    return named if is_here else await turn.tx.latest_ticket(turn.event.conversation)
