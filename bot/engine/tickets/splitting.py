"""Some of a requester's words become a ticket of their own: two matters in one talk are two numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import tickets
from bot.domain.events import TicketSplit
from bot.domain.messages import Form, FormField, Say, Words
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.act import Act, Asking, Given
from bot.engine.tickets import desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Link

OFFERED = 50  # of the newest messages
SHOWN = 70  # characters of each
QUOTED = 300  # characters of the new question that the requester reads


def may_leave(talk: Sequence[TicketMessage]) -> list[TicketMessage]:
    """What can be split off: what came from the requester's side and is still there."""
    return [said for said in talk if said.direction == "in" and not said.deleted and (said.text or said.attachments)]


async def split_off(turn: Turn, ticket: Ticket, chosen: Sequence[TicketMessage]) -> Ticket:
    """A new ticket in the same team's queue, with those words and files; the two show each other and the requester hears the new number."""
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    authors = {said.author for said in chosen}
    requester = next(iter(authors)) if len(authors) == 1 else ticket.requester
    question = "\n".join(said.text or ", ".join(file.name for file in said.attachments) for said in chosen)[: tickets.MAX_QUESTION]
    number = await turn.tx.next_number(turn.desk.prefix)
    fresh, opened = tickets.open_ticket(number, requester, ticket.conversation, question, ticket.language, turn.now)
    fresh = replace(fresh, related=(ticket.id,))
    await turn.tx.add_ticket(fresh)
    await turn.record(opened)
    for place, said in enumerate(chosen):
        await _bring(turn, fresh, said, "detail" if place else "question")
    moved, fact = tickets.hand_over(fresh, ticket.tier, "split", turn.person.id, turn.now)
    moved = await move(turn, moved, fact)
    split = TicketSplit(ticket=ticket.id, by=turn.person.id, at=turn.now, into=fresh.id, messages=len(chosen))
    left = await move(turn, replace(ticket, related=(*ticket.related, fresh.id)), split)
    await desk.update_card(turn, left)
    await desk.enter_queue(turn, moved)
    t = tongue(moved.language)
    told = t.say("This part of {number} is now a ticket of its own, {other}:", number=left.id, other=moved.id)
    await turn.say(moved.conversation, [Say(told), Words(question[:QUOTED])], ticket=moved)
    return moved


async def _bring(turn: Turn, fresh: Ticket, said: TicketMessage, kind: str) -> None:
    """The message is the new ticket's; the first question stays with its ticket, too, because that begins with it."""
    if said.kind == "question":
        await turn.tx.add_message(replace(said, ticket=fresh.id, source="", kind=kind))
        return
    await turn.tx.save_message(replace(said, ticket=fresh.id, kind=kind))
    if said.source:
        await turn.tx.link(said.source, Link(fresh.id, "message"))


async def _run(turn: Turn, ticket: Ticket, given: Given) -> None:
    wanted = set((given.values.get("messages", "") or given.extra or given.words).split())
    chosen = [said for said in may_leave(await turn.tx.talk(ticket.id, internal=True)) if str(said.id) in wanted]
    if not chosen:
        raise MoveRefused("which_words")
    fresh = await split_off(turn, ticket, chosen)
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("{other} was split off from {number}.", other=fresh.id, number=ticket.id)))


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra:
        return None
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)
    offered = may_leave(await asking.lists.talk(ticket.id, internal=True))[-OFFERED:]
    if not offered:
        raise MoveRefused("nothing_to_split", number=ticket.id)
    options = tuple((str(said.id), _begin(said)) for said in offered)
    field = FormField("messages", t.say("Which messages belong to the new ticket?"), "choices", options=options)
    about = (Say(t.say("They become a ticket with its own number, and the requester is told.")),)
    return Form(f"divide:{ticket.id}", f"{t.say('Split')} · {ticket.id}", t.say("Split"), t.say("Cancel"), (field,), about)


def _begin(said: TicketMessage) -> str:
    words = " ".join(said.text.split()) or ", ".join(file.name for file in said.attachments)
    return f"{words[:SHOWN]}{'…' if len(words) > SHOWN else ''}"


ACTS: dict[str, Act] = {"divide": Act(_run, _form)}
