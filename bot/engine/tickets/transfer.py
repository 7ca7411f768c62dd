"""Gives a ticket to another agent of its tier."""

from __future__ import annotations

from bot.domain import tickets
from bot.domain.ids import PersonId
from bot.domain.messages import Choice, Form, Say, Words
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.act import Act, Asking, Given
from bot.engine.people import notices
from bot.engine.service import routing
from bot.engine.tickets import cards, colleagues, desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused

QUOTED = 300  # characters of the question that the new assignee reads


async def transfer(turn: Turn, ticket: Ticket, to: PersonId) -> None:
    """They have it from now on and are told so in private; its requester hears who helps them."""
    if refused := await routing.may_be_given(turn, to):
        raise MoveRefused(refused, agent=await turn.name_of(to))
    given, fact = tickets.transfer(ticket, to, turn.person.id, turn.now)
    given = await move(turn, given, fact)
    await cards.show(turn, given)
    await desk.await_answer(turn, given)
    name = await turn.name_of(to)
    await turn.say(given.conversation, replies.taken(tongue(given.language), given, name), ticket=given)
    t = await turn.tongue_for(to)
    line = t.say("{name} gave you {number}.", name=await turn.name_of(turn.person.id), number=given.id)
    await notices.notify(turn, to, "assigned", [Say(line), Words(given.question[:QUOTED])], given, [Choice(t.say("Release"), f"release:{given.id}")])
    mine = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(mine.say("{name} has {number} now.", name=name, number=given.id)))


async def _assign(turn: Turn, ticket: Ticket, given: Given) -> None:
    named = (given.values.get("agent", "") or given.words or given.extra).strip()
    if not named:
        raise MoveRefused("who")
    await transfer(turn, ticket, turn.person.id if named.casefold() == "me" else await colleagues.meant(turn, named, ticket.tier))


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra:
        return None
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    fields = await colleagues.fields(asking, t.say("Who shall have it?"))
    return Form(f"assign:{ticket.id}", f"{t.say('Assign')} · {ticket.id}", t.say("Assign"), t.say("Cancel"), fields)


ACTS: dict[str, Act] = {"assign": Act(_assign, _form)}
