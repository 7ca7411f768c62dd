"""A requester's own tickets: the list, one of them, and what its requester can do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain import tickets
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Choice, Facts, Form, FormField, HomeSection, Part, Say, Small, Title, Words
from bot.domain.ratings import is_rateable
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine import replies
from bot.engine.act import Act, Asking, Given
from bot.engine.people.addresses import addresses_of, is_theirs
from bot.engine.requests import hearing, invitation, selfservice, waiting
from bot.engine.tickets import computers_shown, desk
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import TicketQuery

LISTED = 8  # tickets with a button each: what one glance takes in, and every platform shows
LAST_WORDS = 3  # messages of the desk on a ticket's own view; the rest is where they came
BEGINNING = 24  # characters of the question on a button


class Lists(Protocol):
    """A transaction or a reader."""

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
        ...

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """As Reader.noted."""
        ...


# ---------------------------------------------------------------------------------------------------------- what is unread
async def unread(lists: Lists, of: Desk, ticket: Ticket) -> list[TicketMessage]:
    """What people of the desk said to its requester since they last looked, wrote or pressed."""
    since = ticket.seen_at or ticket.opened_at
    if ticket.human_at is None or (ticket.changed_at or ticket.opened_at) + of.take_back <= since:
        return []  # nothing has happened since: the talk need not be read
    return new_words(await lists.talk(ticket.id, internal=False), since, of.take_back)


def new_words(talk: Sequence[TicketMessage], since: datetime, held_back: timedelta) -> list[TicketMessage]:
    """Those of a requester's view of the talk that came after that moment; a reply comes when it can no longer be taken back."""
    return [m for m in talk if m.kind == "reply" and not m.deleted and m.at + held_back > since]


async def _own(lists: Lists, person: PersonId, limit: int) -> list[Ticket]:
    found: list[Ticket] = []
    for address in await addresses_of(lists, person):
        found += await lists.tickets(TicketQuery(requester=address, statuses=("open", "pending", "resolved"), limit=limit))
    found = sorted(found, key=lambda ticket: ticket.changed_at or ticket.opened_at, reverse=True)[:limit]
    return [ticket for ticket in found if not ticket.is_inside and (ticket.status != "resolved" or ticket.is_with_humans)]


# ---------------------------------------------------------------------------------------------------------------- the list
async def show_list(turn: Turn) -> None:
    """One's own tickets, newest change first, each with a button that opens it."""
    t = await turn.tongue_for(turn.person.id)
    own = await _own(turn.tx, turn.person.id, LISTED)
    if not own:
        await turn.answer(*replies.my_tickets(t, own))
        return
    rows = [(f"{ticket.id} · {await _standing(turn.tx, turn.desk, t, ticket)}", _begin(ticket.question, 80)) for ticket in own]
    buttons = [Choice(f"{ticket.id} · {_begin(ticket.question, BEGINNING)}", f"details:{ticket.id}") for ticket in own]
    await turn.answer(Title(t.say("Your tickets")), Facts(tuple(rows)), choices=buttons)


async def _standing(lists: Lists, of: Desk, t: Tongue, ticket: Ticket) -> str:
    status = t.say(replies.STATUS_FOR_REQUESTER[ticket.status])
    new = len(await unread(lists, of, ticket))
    return f"{status} · {t.many('{count} new message', '{count} new messages', new)}" if new else status


def _begin(question: str, length: int) -> str:
    words = " ".join(question.split())
    return f"{words[:length].rstrip()}…" if len(words) > length else words


async def show_one(turn: Turn, ticket: Ticket) -> None:
    """How it stands, what was last said, and what can be done; it is seen now."""
    t = await turn.tongue_for(turn.person.id)
    tier = turn.desk.tier(ticket.tier)
    agent = await turn.name_of(ticket.assignee) if ticket.assignee else ""
    parts: list[Part] = list(replies.one_ticket(t, turn.desk, ticket, tier.name if tier else t.say("the bot"), agent))
    if known := await computers_shown.own_rows(turn.tx, turn.desk, t, ticket, turn.now):
        parts.append(Facts(tuple(known)))
    if said := await waiting.line(turn, ticket):
        parts.append(Small(said))
    talk = [m for m in await turn.tx.talk(ticket.id, internal=False) if m.kind == "reply" and m.text and not m.deleted]
    parts += [Words(m.text[:500], await turn.name_of(m.author)) for m in talk[-LAST_WORDS:]]
    stars = invitation.stars(ticket) if turn.desk.ask_rating and not ticket.rating and is_rateable(ticket, turn.now) else []
    if stars:
        parts.append(Small(t.say("How was the help? 1 is bad, 5 is very good.")))
    await turn.answer(*parts, choices=[*stars, *ways(t, ticket)])
    await seen(turn, ticket)


async def seen(turn: Turn, ticket: Ticket) -> None:
    """Its requester has it before them."""
    if await is_theirs(turn, ticket):
        await turn.save(replace(ticket, seen_at=turn.now))


def ways(t: Tongue, ticket: Ticket) -> list[Choice]:
    """What its requester can do with it as it stands."""
    if ticket.is_open:
        return waiting.ways(t, ticket)
    return [Choice(t.say("Reopen"), f"reopen:{ticket.id}")] if ticket.status == "resolved" else []


async def home_sections(lists: Lists, of: Desk, t: Tongue, person: PersonId, limit: int = 10) -> list[HomeSection]:
    """The same on a home page: a section a ticket, its buttons below it."""
    own = await _own(lists, person, limit)
    if not own:
        return [HomeSection((Title(t.say("My tickets")), Small(t.say("You have no open tickets."))))]
    sections = [HomeSection((Title(t.say("My tickets")),))]
    for ticket in own:
        row = (f"{ticket.id} · {await _standing(lists, of, t, ticket)}", _begin(ticket.question, 80))
        sections.append(HomeSection((Facts((row,)),), (Choice(t.say("Details"), f"details:{ticket.id}"), *ways(t, ticket))))
    return sections


# ---------------------------------------------------------------------------------------------------------------- the acts
async def _details(turn: Turn, ticket: Ticket, given: Given) -> None:
    await show_one(turn, ticket)


async def _seen(turn: Turn, ticket: Ticket, given: Given) -> None:
    await seen(turn, ticket)
    turn.changed.clear()  # nobody sees anything else than before: a page that is open would at once unmark what it has just shown as new
    await turn.answer()


async def _add_form(asking: Asking) -> Form | None:
    if asking.ticket.status == "closed":
        raise MoveRefused("closed", number=asking.ticket.id)
    t = asking.t
    fields = (
        FormField("words", t.say("What would you like to add?"), required=False),
        FormField("files", t.say("Files"), kind="file", required=False, quiet=True),
    )
    return Form(f"add:{asking.ticket.id}", t.say("Add to {number}", number=asking.ticket.id), t.say("Send"), t.say("Cancel"), fields)


async def _add(turn: Turn, ticket: Ticket, given: Given) -> None:
    """More words or files of its requester's, wherever they came from: a resolved ticket is open again by them."""
    if ticket.status == "closed":
        raise MoveRefused("closed", number=ticket.id)
    if ticket.status == "resolved":
        ticket = await desk.reopen(turn, ticket, by_words=True)
        await turn.write_down(ticket, "in", "detail", given.words, source=given.source, attachments=given.attachments)
        await hearing.carry_to_team(turn, ticket, given.words, given.attachments)
    elif ticket.is_with_humans:
        await hearing.requester_wrote(turn, ticket, given.words, given.attachments, source=given.source)
    else:
        await turn.write_down(ticket, "in", "detail", given.words, source=given.source, attachments=given.attachments)
        await selfservice.drop_waiting_offer(turn, ticket)
        ticket = await turn.save(tickets.add_words(ticket, given.words, turn.now))
        await selfservice.help_with(turn, ticket, given.words or ticket.question)
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("Added to {number}.", number=ticket.id)))


async def _cancel_form(asking: Asking) -> Form | None:
    if asking.extra:
        return None
    if not asking.ticket.is_open:
        raise MoveRefused(asking.ticket.status, number=asking.ticket.id)
    t = asking.t
    why = FormField("words", t.say("Why, if you like to say"), kind="line", required=False, max_length=300)
    about = (Say(t.say("Nobody will work on it any more. To ask again, write a new question.")),)
    number = asking.ticket.id
    return Form(f"cancel:{number}", t.say("Cancel {number}?", number=number), t.say("Cancel it"), t.say("Do not cancel"), (why,), about)


async def _cancel(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Its requester needs it no more. One press alone asks first: what is closed stays closed."""
    if not ticket.is_open:
        raise MoveRefused(ticket.status, number=ticket.id)
    if given.extra != "yes" and "words" not in given.values:
        t = await turn.tongue_for(turn.person.id)
        sentence = t.say("Cancel {number}? Nobody will work on it any more.", number=ticket.id)
        await turn.answer(Say(sentence), choices=[Choice(t.say("Yes, cancel it"), f"cancel:{ticket.id}:yes", "danger")])
        return
    await cancel(turn, ticket, given.words)


async def cancel(turn: Turn, ticket: Ticket, why: str = "") -> None:
    """Closed by its requester; the team is told, and why."""
    done = await desk.close(turn, ticket, "requester", turn.person.id)
    if why:
        await turn.write_down(done, "in", "detail", why)
    name = await turn.name_of(turn.person.id)
    parts: list[Part] = [Say(turn.team_tongue.say("{name} has cancelled {number}.", name=name, number=done.id))]
    await turn.tell_team(done, turn.desk.tier(done.tier), [*parts, *([Words(why, name)] if why else [])])


ACTS = {
    "details": Act(_details),
    "seen": Act(_seen),
    "add": Act(_add, _add_form, needs_words=True),
    "cancel": Act(_cancel, _cancel_form, asks_itself=True),
}
