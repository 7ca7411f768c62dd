"""A ticket comes from another department: it gets a number of its own here, with everything that was said; once, however often its envelope comes."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import tickets
from bot.domain.departments import CHANNEL, FRONT
from bot.domain.events import TicketMovedIn
from bot.domain.ids import ConversationId
from bot.domain.messages import FromDesk, Inbound, Say
from bot.domain.people import BOT
from bot.domain.tickets import INSIDE, Ticket
from bot.engine.departments.envelope import Envelope, whole
from bot.engine.departments.moves import ARRIVED, IN, PIECES, Arrived, In, Piece
from bot.engine.departments.talks import send
from bot.engine.tickets import desk
from bot.engine.tickets.labels import label
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn

HERE = frozenset({"kept", "failed", "taken_back"})  # how far a message got that is as true here; whatever waited was sent from there


async def came(turn: Turn, what: FromDesk) -> None:
    """A piece of an envelope; with the last one it is opened, and whoever sent it is answered."""
    name = turn.event.key.rpartition(":")[0]
    if what.step == "part":
        await PIECES.put(turn.tx, turn.event.key, Piece(what.body))
    if what.step != "ticket":
        return
    before = await PIECES.all(turn.tx, name)
    arrived = await ARRIVED.get(turn.tx, name)
    if arrived is None:
        envelope = whole("".join([*(piece.text for piece in before.values()), what.body]))
        arrived = Arrived((await _take_in(turn, envelope, name)).id)
        await ARRIVED.put(turn.tx, name, arrived)
    for piece in before:
        await PIECES.drop(turn.tx, piece)
    await _tell(turn, f"{CHANNEL}:{what.of}", name, FromDesk("taken", turn.desk.key, arrived.number, what.about))
    await _tell(turn, FRONT, name, FromDesk("talks", turn.desk.key, arrived.number, what.of))


async def _tell(turn: Turn, to: str, name: str, what: FromDesk) -> None:
    await send(turn, to, Inbound(f"{name}:{what.step}", CHANNEL, turn.event.conversation, BOT, turn.now, what))


async def _take_in(turn: Turn, envelope: Envelope, name: str) -> Ticket:
    """The ticket, in the queue of the first team. Its requester is told its new number."""
    was = envelope.ticket
    await _know(turn, envelope)
    number = await turn.tx.next_number(turn.desk.prefix)
    language = was.language if was.language in turn.desk.languages else turn.desk.languages[0]
    conversation = ConversationId(f"{INSIDE}:{number}") if was.is_inside else was.conversation
    fresh, opened = tickets.open_ticket(number, was.requester, conversation, was.question, language, turn.now)
    ours = {field.name for field in turn.desk.fields}
    fresh = replace(
        fresh, priority=was.priority, impact=was.impact, urgency=was.urgency, tags=was.tags, watchers=was.watchers, kind=was.kind,
        fields=tuple(field for field in was.fields if field[0] in ours),
    )  # fmt: skip
    await turn.tx.add_ticket(fresh)
    await turn.record(opened)
    await IN.put(turn.tx, number, In(envelope.of, envelope.name, was.id))
    await _bring(turn, fresh, envelope, [field for field in was.fields if field[0] not in ours and field[1]])
    there, fact = tickets.hand_over(fresh, turn.desk.first_tier.level, "moved", BOT.id, turn.now)
    there = await move(turn, there, fact, TicketMovedIn(ticket=number, by=BOT.id, at=turn.now, of=envelope.of, was=was.id))
    await label(turn, there)
    await desk.enter_queue(turn, there)
    told = tongue(language).say("{number} is now {other} with {desk}.", number=was.id, other=number, desk=turn.desk.name)
    await turn.say(there.conversation, [Say(told)], ticket=there, key=f"moved:{name}")
    return there


async def _know(turn: Turn, envelope: Envelope) -> None:
    """People whom nobody here has met, by the names that they have there; and the language that the requester chose."""
    for person in envelope.people:
        known = await turn.tx.person(person.id)
        chosen = envelope.chosen if person.id == envelope.ticket.requester and not await turn.tx.chosen_language(person.id) else ""
        if chosen:
            await turn.tx.remember(known or person, chosen_language=chosen)
        elif known is None or not known.name:
            await turn.tx.remember(person)


async def _bring(turn: Turn, fresh: Ticket, envelope: Envelope, unknown: list[tuple[str, str]]) -> None:
    """Everything that was said; what is known of it that has no field here becomes a note."""
    for said in envelope.talk:
        brought = await turn.write_down(
            fresh, said.direction, said.kind, said.text, author=said.author, source=said.source, attachments=said.attachments,
            delivery=said.delivery if said.delivery in HERE or not said.delivery else "sent", at=said.at,
        )  # fmt: skip
        if said.deleted or said.edited:
            await turn.tx.save_message(replace(brought, deleted=said.deleted, edited=said.edited))
    if unknown:
        words = dict(envelope.labels)
        lines = "\n".join(f"{words.get(field, field)}: {value}" for field, value in unknown)
        await turn.write_down(fresh, "out", "note", lines, author=BOT.id, delivery="kept")
