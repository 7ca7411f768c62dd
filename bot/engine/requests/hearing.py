"""A requester's words in a ticket that people have: into the team's thread, and the bot itself is silent."""

from __future__ import annotations

from bot.domain import tickets
from bot.domain.messages import Attachment, Small, Words
from bot.domain.tickets import Ticket
from bot.engine.people import listed
from bot.engine.tickets import desk
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn


async def requester_wrote(turn: Turn, ticket: Ticket, words: str, attachments: tuple[Attachment, ...] = (), *, source: str = "") -> None:
    """Words in an open ticket: into the team's thread; the bot itself is silent."""
    await listed.renew(turn, ticket)
    waited = ticket.status == "pending"
    heard, fact = tickets.hear_requester(ticket, turn.now)
    heard = await move(turn, heard, fact)
    await turn.write_down(heard, "in", "detail", words, source=source, attachments=attachments)
    await carry_to_team(turn, heard, words, attachments)
    if waited:
        await desk.enter_queue(turn, heard)
    elif heard.promised != ticket.promised:  # until when the next answer is promised
        await desk.update_card(turn, heard)


async def carry_to_team(turn: Turn, ticket: Ticket, text: str, attachments: tuple[Attachment, ...]) -> None:
    """Words from the requester's conversation in the thread of the card."""
    name = await turn.name_of(turn.person.id)
    parts = [Words(text, name)] if text else [Small(name)]
    await turn.tell_team(ticket, turn.desk.tier(ticket.tier), parts, attachments=attachments)
