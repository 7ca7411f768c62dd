"""Tickets among each other: merged, linked, marked as the same; and how they come apart. The rules are bot/domain/bonds.py."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import bonds, tickets
from bot.domain.messages import Attachment, Choice, Form, FormField, Part, Said, Say, Small, Words
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.act import Act, Asking, Given
from bot.engine.rights import asker, permit
from bot.engine.tickets import cards, desk, kinship
from bot.engine.tickets.labels import label
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import TicketQuery

SUGGESTED = 10  # other tickets of the same requester that a form names


# ----------------------------------------------------------------------------------------------------------------- merge
async def merge(turn: Turn, ticket: Ticket, into: Ticket) -> None:
    """It goes on as `into`: closed, with a pointer; everything said in it is carried into the other's thread, and its requester is told once."""
    talk = await kinship.whole_talk(turn.tx, ticket)
    (gone, ended), (kept, taken) = bonds.merge(ticket, into, await kinship.ancestors(turn.tx, into), turn.person.id, turn.now)
    gone = await move(turn, gone, *ended)
    for child in await kinship.children(turn.tx, ticket.id):
        await turn.save(bonds.move_on(child, kept, turn.now))
    kept = await move(turn, kept, *taken)
    await label(turn, kept)
    t = turn.team_tongue
    parts: list[Part] = [Small(t.say("From {number}, which goes on here:", number=gone.id))]
    worth = [said for said in talk if said.text and not said.deleted and said.kind != "bot" and said.delivery != "taken_back"]
    parts += [Words(said.text, await cards.label(turn, t, said)) for said in worth]
    files = [file for said in talk if not said.deleted for file in said.attachments]
    if gone.requester != kept.requester:
        parts.append(Small(t.say("Replies reach {name}, too.", name=await turn.name_of(gone.requester))))
    await turn.tell_team(kept, turn.desk.tier(kept.tier), parts, attachments=files)
    await cards.redraw(turn, gone)
    await desk.enter_queue(turn, kept)
    mine = tongue(gone.language)
    said = mine.say("{number} goes on together with {other}: from now on you are answered as {other}.", number=gone.id, other=kept.id)
    await turn.say(gone.conversation, [Say(said), Small(mine.say("To add something, just write here."))], ticket=kept)
    await turn.answer()


async def hears(turn: Turn, asked: Ticket, into: Ticket, said: Said) -> bool:
    """Words where a ticket was asked that goes on as another requester's: they reach it while it is open. False: they are a matter of their own."""
    if not into.is_open or not into.is_with_humans or not (said.text.strip() or said.attachments):
        return False
    await merged_wrote(turn, asked, into, said.text, said.attachments, source=said.message)
    return True


async def merged_wrote(turn: Turn, ticket: Ticket, into: Ticket, words: str, files: tuple[Attachment, ...], *, source: str) -> None:
    """Words of somebody whose ticket goes on as another one's: kept with their own ticket, which that other requester never sees, and read by the team."""
    waited = into.status == "pending"
    heard, fact = tickets.hear_requester(into, turn.now)
    heard = await move(turn, heard, replace(fact, by=turn.person.id))
    await turn.write_down(ticket, "in", "detail", words, source=source, attachments=files)
    name = f"{await turn.name_of(turn.person.id)} ({ticket.id})"
    await turn.tell_team(heard, turn.desk.tier(heard.tier), [Words(words, name)] if words else [Small(name)], attachments=files)
    if waited:
        await desk.enter_queue(turn, heard)


# ------------------------------------------------------------------------------------------------------------- duplicates
async def duplicate(turn: Turn, ticket: Ticket, of: Ticket) -> None:
    """It is resolved together with `of`; at once when that one is."""
    marked, shows, fact = bonds.duplicate(ticket, of, await kinship.ancestors(turn.tx, of), turn.person.id, turn.now)
    marked = await move(turn, marked, fact)
    shows = await turn.save(shows)
    await cards.show(turn, marked)
    await desk.update_card(turn, shows)
    if not shows.is_open:
        await _resolve_with(turn, marked, shows)
    else:
        t = tongue(marked.language)
        same = t.say("{number} is a matter that is being worked on already. As soon as that is solved, you are told here.", number=marked.id)
        await turn.say(marked.conversation, [Say(same)], ticket=marked)
    await turn.answer()


async def unmark(turn: Turn, ticket: Ticket) -> None:
    """A matter of its own after all."""
    of = await turn.tx.ticket(ticket.parent)
    alone, fact = bonds.unmark(ticket, turn.person.id, turn.now)
    alone = await move(turn, alone, fact)
    await cards.show(turn, alone)
    if of is not None:
        await desk.update_card(turn, await turn.save(bonds.without(of, alone.id)))
    await turn.answer()


async def original_over(turn: Turn, ticket: Ticket) -> None:
    """What a duplicate is the same as came to an end: so does the duplicate, when that was solved; else it is a matter of its own."""
    of = await turn.tx.ticket(ticket.parent) if ticket.parent_as == "duplicate" and ticket.is_open else None
    if of is None or of.is_open:
        return
    if of.resolved_at is not None:
        await _resolve_with(turn, ticket, of)
        return
    alone, fact = bonds.unmark(ticket, BOT.id, turn.now)
    alone = await move(turn, alone, fact)
    await cards.show(turn, alone)
    line = turn.team_tongue.say("{other} was closed without a solution, so {number} is a matter of its own again.", other=of.id, number=alone.id)
    await turn.tell_team(alone, turn.desk.tier(alone.tier), [Say(line)])


async def _resolve_with(turn: Turn, ticket: Ticket, of: Ticket) -> None:
    """In its requester's language, with a way back."""
    done, fact = tickets.resolve(ticket, BOT.id, of.solution, turn.now, of.entry)
    done = await move(turn, done, fact)
    await cards.show(turn, done)
    t = tongue(done.language)
    solver = turn.desk.tier(of.tier)
    parts, _ = replies.resolved(t, done, solver.name if solver else BOT.name, turn.desk.reopen_within)
    await turn.say(done.conversation, parts, [Choice(t.say("Reopen"), f"reopen:{done.id}")], ticket=done)
    await desk.close_later(turn, done)


# ------------------------------------------------------------------------------------------------------------------ links
async def relate(turn: Turn, ticket: Ticket, other: Ticket) -> None:
    """Each card shows the other."""
    (one, first), (two, second) = bonds.relate(ticket, other, turn.person.id, turn.now)
    await _show_both(turn, await move(turn, one, first), await move(turn, two, second))


async def unrelate(turn: Turn, ticket: Ticket, other: Ticket) -> None:
    """Neither card shows the other."""
    (one, first), (two, second) = bonds.unrelate(ticket, other, turn.person.id, turn.now)
    await _show_both(turn, await move(turn, one, first), await move(turn, two, second))


async def _show_both(turn: Turn, one: Ticket, other: Ticket) -> None:
    await desk.update_card(turn, one)
    await desk.update_card(turn, other)
    await turn.answer()


# ------------------------------------------------------------------------------------------------------------------- acts
async def _other(turn: Turn, given: Given, verb: str) -> Ticket:
    """The other ticket that was named. Raises MoveRefused. verb: what it must be permitted for, too; "" that it is any agent's business."""
    word = given.values.get("other", "") or given.words or given.extra
    if not word.strip():
        raise MoveRefused("which_ticket")
    number = kinship.number_of(turn, word)
    other = await turn.tx.ticket(number)
    if other is None or not other.is_with_humans:
        raise MoveRefused("no_such_ticket", other=number[:24])
    if verb:
        permit(asker(turn), verb, other)
    return other


async def _merge(turn: Turn, ticket: Ticket, given: Given) -> None:
    await merge(turn, ticket, await _other(turn, given, "merge"))


async def _duplicate(turn: Turn, ticket: Ticket, given: Given) -> None:
    await duplicate(turn, ticket, await _other(turn, given, ""))


async def _unmark(turn: Turn, ticket: Ticket, given: Given) -> None:
    await unmark(turn, ticket)


async def _relate(turn: Turn, ticket: Ticket, given: Given) -> None:
    await relate(turn, ticket, await _other(turn, given, ""))


async def _unrelate(turn: Turn, ticket: Ticket, given: Given) -> None:
    await unrelate(turn, ticket, await _other(turn, given, ""))


async def _which(asking: Asking, verb: str, title: str, label: str, about: str) -> Form:
    """Which other ticket? The same requester's are named first."""
    t, ticket = asking.t, asking.ticket
    theirs = await asking.lists.tickets(TicketQuery(requester=ticket.requester, statuses=("open", "pending"), humans_only=True, limit=SUGGESTED))
    near = tuple(dict.fromkeys((*(one.id for one in theirs if one.id != ticket.id), *ticket.related)))
    hint = t.say("Its number, such as {number}.", number=next(iter(near), "IT-41"))
    field = FormField("other", label, "line", hint=hint, max_length=60, suggestions=near)
    return Form(f"{verb}:{ticket.id}", f"{title} · {ticket.id}", title, t.say("Cancel"), (field,), (Say(about),))


async def _merge_form(asking: Asking) -> Form | None:
    t = asking.t
    _must_be_open(asking.ticket)
    about = t.say(
        "{number} is closed and goes on as the other one, with everything said in it. Replies then reach whoever asked either of them.", number=asking.ticket.id
    )
    return None if asking.extra else await _which(asking, "merge", t.say("Merge"), t.say("Which ticket shall it go on as?"), about)


async def _duplicate_form(asking: Asking) -> Form | None:
    t = asking.t
    _must_be_open(asking.ticket)
    about = t.say("It stays open and is resolved as soon as the other one is.")
    return None if asking.extra else await _which(asking, "duplicate", t.say("Duplicate of"), t.say("Which ticket is it the same as?"), about)


async def _relate_form(asking: Asking) -> Form | None:
    t = asking.t
    about = t.say("Each of them shows the other; nothing else changes.")
    return None if asking.extra else await _which(asking, "relate", t.say("Link to a ticket"), t.say("Which ticket?"), about)


async def _unrelate_form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra:
        return None
    if not ticket.related:
        raise MoveRefused("nothing_linked", number=ticket.id)
    field = FormField("other", t.say("Which ticket?"), "choice", options=tuple((number, number) for number in ticket.related))
    return Form(f"unrelate:{ticket.id}", _titled(t.say("Remove a link"), ticket), t.say("Remove"), t.say("Cancel"), (field,))


def _titled(title: str, ticket: Ticket) -> str:
    return f"{title} · {ticket.id}"


def _must_be_open(ticket: Ticket) -> None:
    if not ticket.is_open:
        raise MoveRefused("over" if ticket.status == "closed" else ticket.status, number=ticket.id)


ACTS: dict[str, Act] = {
    "merge": Act(_merge, _merge_form),
    "duplicate": Act(_duplicate, _duplicate_form),
    "unmark": Act(_unmark),
    "relate": Act(_relate, _relate_form),
    "unrelate": Act(_unrelate, _unrelate_form),
}
