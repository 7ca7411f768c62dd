"""An agent moves a ticket to another department: everything known of it is sent there, and until an answer comes nothing is done with it here."""

from __future__ import annotations

from bot.domain import tickets
from bot.domain.custom_fields import said
from bot.domain.departments import CHANNEL
from bot.domain.ids import channel_of
from bot.domain.messages import Form, FormField, FromDesk, Inbound, Say
from bot.domain.people import BOT, Person
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.act import Act, Asking, Given
from bot.engine.departments.envelope import OWN_PAGES, Envelope, own_files, pieces
from bot.engine.departments.moves import OUT, VERB, Out, name_of
from bot.engine.departments.talks import send
from bot.engine.tickets import cards, kinship
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn
from bot.errors import MoveRefused


async def send_away(turn: Turn, ticket: Ticket, to: str) -> None:
    """To the department of that key. It is closed here once that one has it."""
    _must_be_able(ticket)
    going = tickets.send_out(ticket, to)
    if await kinship.children(turn.tx, ticket.id):
        raise MoveRefused("held_together", number=ticket.id)
    going = await move(turn, going)
    name = f"{turn.desk.key}:{ticket.id}:{turn.now:%Y%m%dT%H%M%S%f}"
    await OUT.put(turn.tx, ticket.id, Out(to, name, turn.person.id))
    talk = await kinship.whole_talk(turn.tx, going)
    *before, last = pieces(await _envelope(turn, ticket, talk))
    for n, piece in enumerate(before):
        await _send(turn, to, f"{name}:{n:06}", ticket, FromDesk("part", turn.desk.key, ticket.id, piece), ())
    await _send(turn, to, f"{name}:{len(before):06}", ticket, FromDesk("ticket", turn.desk.key, ticket.id, last), talk)
    await cards.redraw(turn, going)
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("{number} is on its way to {desk}.", number=ticket.id, desk=name_of(turn.desk, to))))


async def _send(turn: Turn, to: str, key: str, ticket: Ticket, what: FromDesk, talk: tuple[TicketMessage, ...] | list[TicketMessage]) -> None:
    event = Inbound(key, CHANNEL, ticket.conversation, BOT, turn.now, what)
    await send(turn, f"{CHANNEL}:{to}", event, own_files(talk))


async def _envelope(turn: Turn, ticket: Ticket, talk: list[TicketMessage]) -> Envelope:
    ids = dict.fromkeys((ticket.requester, *(one.author for one in talk), *ticket.watchers))
    people = [known for person in ids if person != BOT.id and (known := await turn.tx.person(person)) is not None]
    labels = tuple((field.name, said(field.label, turn.desk.languages[0])) for field in turn.desk.fields)
    chosen = await turn.tx.chosen_language(ticket.requester) or ""
    return Envelope(turn.desk.key, turn.desk.name, ticket, tuple(talk), tuple(Person(p.id, p.name, p.language, p.timezone) for p in people), chosen, labels)


def _must_be_able(ticket: Ticket) -> None:
    """Whoever reads the answers on this department's own pages is not found on another's."""
    if channel_of(ticket.conversation) in OWN_PAGES:
        raise MoveRefused("own_page", number=ticket.id)


async def _run(turn: Turn, ticket: Ticket, given: Given) -> None:
    wanted = " ".join((given.values.get("to", "") or given.words or given.extra).casefold().split())
    found = [key for key, name in turn.desk.others if wanted in (key, name.casefold())]
    if not found:
        raise MoveRefused("which_department", names=", ".join(name for _, name in turn.desk.others))
    await send_away(turn, ticket, found[0])


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra or not asking.desk.others:
        return None
    tickets.send_out(ticket, "")
    _must_be_able(ticket)
    only = asking.desk.others[0][0] if len(asking.desk.others) == 1 else ""
    field = FormField("to", t.say("Which department shall have it?"), "choice", initial=only, options=asking.desk.others)
    about = (Say(t.say("It goes there with everything said in it, gets a number there, and is closed here. The requester is told the new number.")),)
    return Form(f"{VERB}:{ticket.id}", f"{t.say('Move')} · {ticket.id}", t.say("Move"), t.say("Cancel"), (field,), about)


ACTS: dict[str, Act] = {VERB: Act(_run, _form)}
